"""Gains and medians over rounds: what holds for any figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats
from simulation import SCENARIOS, intervals

from benchfolio.statistics import Estimate, Pair, centre, gain, gains, pooled_median
from benchfolio.statistics.rounds import ENOUGH, _midranks

FIGURES = st.lists(st.floats(0.1, 1000), min_size=1, max_size=60)


def ends(estimate: Estimate) -> tuple[float, float]:
    """Return both ends of an interval that must be there."""
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


@given(FIGURES, FIGURES, st.booleans())
def test_inverse(candidate: list[float], baseline: list[float], higher: bool) -> None:
    """The gain of the inverse comparison is the inverse gain, interval included."""
    one = gain(candidate, baseline, higher_is_better=higher)
    for other in (
        gain(baseline, candidate, higher_is_better=higher),
        gain(candidate, baseline, higher_is_better=not higher),
    ):
        assert one.value * other.value == pytest.approx(1)
        assert (one.low is None) == (other.low is None)
        if one.low is not None:
            assert np.multiply(ends(one), ends(other)[::-1]) == pytest.approx(1)


@given(FIGURES, FIGURES, st.floats(0.01, 100))
def test_scale(candidate: list[float], baseline: list[float], factor: float) -> None:
    """A gain does not depend on the unit of the figures, nor on a speed common to a round."""
    one = gain(candidate, baseline, higher_is_better=True)
    speeds = factor * np.linspace(1, 3, max(len(candidate), len(baseline)))
    other = gain(
        np.array(candidate) * speeds[: len(candidate)],
        np.array(baseline) * speeds[: len(baseline)],
        higher_is_better=True,
    )
    assert other.value == pytest.approx(one.value)


@given(FIGURES, FIGURES)
def test_common_rounds(candidate: list[float], baseline: list[float]) -> None:
    """Only the first rounds that both have count."""
    n = min(len(candidate), len(baseline))
    one = gain(candidate, baseline, higher_is_better=False)
    assert one.n == n
    assert one == gain(candidate[:n], baseline[:n], higher_is_better=False)


@given(FIGURES)
@example([1.0, 1.0, 1.0, 1.0, 1.6837183622112093, 513.6840882798782])
def test_interval_encloses(figures: list[float]) -> None:
    """The interval encloses the median, within the figures; fewer than six have none."""
    found = centre(figures)
    assert found.value == pytest.approx(float(np.median(figures)))
    assert found.n == len(figures)
    assert (found.low is None) == (found.high is None) == (len(figures) < 6)
    if found.low is not None:
        low, high = ends(found)
        assert min(figures) <= low <= found.value <= high <= max(figures)


PAIRS = st.builds(Pair, FIGURES, FIGURES, st.booleans(), st.lists(st.booleans(), max_size=70))


@given(st.lists(PAIRS, max_size=8))
def test_many_gains_at_once_are_what_each_is_alone(pairs: list[Pair]) -> None:
    """A batch of any lengths, directions and disturbed rounds says the same to the last bit."""
    assert gains(pairs) == [
        gain(
            pair.candidate,
            pair.baseline,
            higher_is_better=pair.higher_is_better,
            disturbed=pair.disturbed,
        )
        for pair in pairs
    ]


@pytest.mark.parametrize("rounds", [5, 6, 7, 8, 9, 24, 60, 129, 1000])
def test_rows_of_one_length_do_not_meet(rounds: int) -> None:
    """Of many series of one length each has the gain that it has alone, to the last bit."""
    figures = np.exp(np.random.default_rng(rounds).normal(size=(40, 2, rounds)))
    figures[::3] = figures[::3].round(1) + 0.1  # some have ties
    pairs = [Pair(one, other, True) for one, other in figures]
    assert gains(pairs) == [gain(*sides, higher_is_better=True) for sides in figures]


def test_ranks_of_ties_are_their_middle() -> None:
    """Ranks are what SciPy's are, moved to lie between −½ and ½."""
    rows = np.random.default_rng(1).integers(0, 9, (20, 30)).astype(np.float64)
    wanted = (stats.rankdata(rows, axis=1) - 0.5) / 30 - 0.5
    assert _midranks(rows) == pytest.approx(wanted)


def test_direction() -> None:
    """Twice the throughput, and half the latency, are a gain of two."""
    assert gain([20.0] * 8, [10.0] * 8, higher_is_better=True).value == pytest.approx(2)
    assert gain([5.0] * 8, [10.0] * 8, higher_is_better=False).value == pytest.approx(2)


def test_gain_is_within_rounds() -> None:
    """The median is that of the ratios, not the ratio of the medians."""
    candidate, baseline = [1.0, 20.0, 300.0], [2.0, 10.0, 100.0]
    assert gain(candidate, baseline, higher_is_better=True).value == pytest.approx(2)


@pytest.mark.parametrize("wrong", [[], [0.0, 1.0], [-1.0], [math.nan]])
def test_nonsense(wrong: list[float]) -> None:
    """No round, and figures that are not above zero, are refused."""
    with pytest.raises(ValueError, match=r"no figure|above 0"):
        gain(wrong, [1.0, 2.0], higher_is_better=True)


@pytest.mark.parametrize("rounds", [6, 7, 12, 33, 300])
def test_simulation_is_of_the_same_interval(rounds: int) -> None:
    """What the simulation computes for many series at once is what ``centre`` computes."""
    series = SCENARIOS["AR(1), ρ = 0.5"](np.random.default_rng(rounds), 20, rounds)
    low, high = intervals(series)
    for row, figures in enumerate(series):
        assert ends(centre(figures)) == pytest.approx((low[row], high[row]))


def test_memory_widens() -> None:
    """The same figures, sorted into slow waves, have the wider interval."""
    rng = np.random.default_rng(0)
    figures = rng.normal(size=400)
    waves = np.concatenate([np.sort(part) for part in figures.reshape(4, 100)])
    plain, wide = (np.subtract(*ends(centre(each))[::-1]) for each in (figures, waves))
    assert wide > 2 * plain


def test_independent_rounds() -> None:
    """Of independent rounds the interval is about as wide as binomial order statistics are."""
    width, classic = 0.0, 0.0
    for seed in range(200):
        ordered = np.sort(figures := np.random.default_rng(seed).normal(size=100))
        low, high = ends(centre(figures))
        width, classic = width + high - low, classic + ordered[60] - ordered[39]
    assert 0.95 < width / classic < 1.2


def test_equal_figures() -> None:
    """Figures that are all equal, as a coarse clock gives, are their own interval."""
    found = centre([3.0] * 20)
    assert (found.low, found.value, found.high) == (3.0, 3.0, 3.0)


def test_outliers_count_by_number() -> None:
    """How far away an outlier is does not matter."""
    figures = np.random.default_rng(1).normal(10, 1, 50)
    figures[[3, 17, 40]] = 100
    further = np.where(figures == 100, 1e9, figures)
    assert centre(further) == centre(figures)


def test_blocks_of_one_are_rounds() -> None:
    """The pooled median of blocks of one request is the median over rounds."""
    figures = np.random.default_rng(2).normal(size=40)
    one, other = pooled_median(figures[:, None].tolist()), centre(figures)
    assert (one.value, one.low, one.high) == (other.value, other.low, other.high)


def test_blocks_are_the_unit() -> None:
    """Requests that repeat within their blocks add nothing to what is known."""
    figures = np.random.default_rng(3).normal(size=40)
    once = ends(pooled_median([[each] for each in figures]))
    often = ends(pooled_median([[each] * 25 for each in figures]))
    assert often[1] - often[0] == pytest.approx(once[1] - once[0], rel=0.25)


def test_pooled() -> None:
    """All requests count alike, empty blocks not at all, and five blocks have no interval."""
    blocks = [[1.0], [], [2.0, 3.0, 4.0], [5.0], [6.0, 7.0], [8.0, 9.0]]
    found = pooled_median(blocks)
    assert (found.value, found.n, found.low, found.high) == (5.0, 9, None, None)
    assert pooled_median([*blocks, [5.0]]).low is not None
    with pytest.raises(ValueError, match="no figure"):
        pooled_median([[], []])


def test_disturbed_rounds_are_left_out_where_enough_others_remain() -> None:
    """Figures of disturbed rounds count for nothing from twelve undisturbed ones on."""
    calm, rough = [2.0] * ENOUGH, [9.0] * 30
    disturbed = [False] * ENOUGH + [True] * 30
    found = gain([*calm, *rough], [1.0] * 42, higher_is_better=True, disturbed=disturbed)
    assert found.value == pytest.approx(2)
    assert found.n == ENOUGH
    assert "undisturbed" in found.method
    fewer = gain([*calm, *rough][1:], [1.0] * 41, higher_is_better=True, disturbed=disturbed[1:])
    assert fewer.value == pytest.approx(9)
    assert fewer.n == 41


def test_rounds_without_a_count_are_undisturbed() -> None:
    """A series that says nothing of disturbance, or less than all, is taken as it is."""
    figures = [2.0, 3.0, 4.0] * 8
    plain = gain(figures, [1.0] * 24, higher_is_better=True)
    assert gain(figures, [1.0] * 24, higher_is_better=True, disturbed=[False] * 5) == plain
