"""Steps and outliers of short series, against what is plain to see and by simulation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from steps_simulation import SCENARIOS, alarms, excursions, last_values, power

from benchfolio.statistics.steps import FEWEST, Floats, Steps, steps

REPLICATES = 400

series = st.lists(st.floats(0.1, 1000), min_size=1, max_size=14)


def starts(found: Steps) -> list[int]:
    """Return where stretches begin."""
    return [each.start for each in found.segments]


def levels(found: Steps) -> list[float]:
    """Return the levels of stretches."""
    return [round(each.level, 6) for each in found.segments]


def test_a_step_has_its_place_and_its_levels() -> None:
    """A series that changes once is two stretches, with the medians of both."""
    found = steps([100, 101, 99, 100, 120, 121, 119, 120])
    assert starts(found) == [0, 4]
    assert levels(found) == [100, 120]
    assert found.outliers == ()
    assert not found.unsettled


def test_an_excursion_of_one_is_an_outlier_and_no_step() -> None:
    """What returns at once is off its level, and the level knows nothing of it."""
    found = steps([100, 101, 99, 150, 100, 101, 99])
    assert starts(found) == [0]
    assert found.outliers == (3,)
    assert levels(found) == [100]


def test_the_last_value_alone_is_not_yet_known() -> None:
    """One value that is off at the end is neither; a second one makes it a step."""
    quiet = [100, 101, 99, 100, 101, 99]
    assert steps([*quiet, 80]).unsettled
    assert not steps([*quiet, 80, 81]).unsettled
    assert starts(steps([*quiet, 80])) == [0]
    assert starts(steps([*quiet, 80, 81])) == [0, 6]
    assert steps([*quiet, 80, 100]).outliers == (6,)


def test_there_and_back_are_two_steps() -> None:
    """Three values elsewhere are a stretch of their own."""
    found = steps([100, 101, 99, 100, 130, 131, 129, 100, 99, 101])
    assert starts(found) == [0, 4, 7]


def test_values_that_repeat_exactly_have_no_noise() -> None:
    """Any change of what was the same for long is one; of nothing there is none."""
    assert starts(steps([98.5] * 6)) == [0]
    assert starts(steps([98.5, 98.5, 98.5, 98.4, 98.4])) == [0, 3]


def test_intervals_tell_steps_from_noise() -> None:
    """The same values are a step with narrow intervals and none with wide ones."""
    values = [100, 100, 100, 104, 104, 104]
    assert starts(steps(values, [0.5] * 6)) == [0, 3]
    assert starts(steps(values, [8.0] * 6)) == [0]


def test_an_uncertain_value_counts_less() -> None:
    """A value with a wide interval neither is an outlier nor moves its level."""
    values = [100, 101, 99, 140, 100, 101]
    halves: list[float | None] = [2, 2, 2, 60, 2, 2]
    assert steps(values, [2.0] * 6).outliers == (3,)
    found = steps(values, halves)
    assert found.outliers == ()
    assert levels(found) == [100]


def test_nothing_within_the_floor_is_a_step() -> None:
    """Levels closer than the noise floor are one, and so is what is off by less."""
    values = [100.0] * 5 + [101.0] * 5
    assert starts(steps(values)) == [0, 5]
    assert starts(steps(values, floor=0.02)) == [0]
    assert starts(steps([100.0] * 5 + [110.0] * 5, floor=0.02)) == [0, 5]
    assert steps([*values[:5], 100.01], floor=0.02).unsettled is False
    assert starts(steps([100.0] * 20 + [101.5] * 20, floor=0.02)) == [0]


def test_few_values_have_no_step() -> None:
    """Two or three say at most that the last is off, and only where noise is known."""
    assert steps([]) == Steps((), (), unsettled=False)
    assert not steps([100]).unsettled
    assert not steps([100, 150]).unsettled
    assert steps([100, 150], [1, 1]).unsettled
    assert steps([100, 150, 150], [1, 1, 1]).outliers == ()
    assert len(steps([100, 100, 150], floor=0.01).segments) == 1


@pytest.mark.parametrize("values", [[1.0, 0.0], [1.0, -2.0], [float("nan")], [float("inf")]])
def test_only_positive_values_have_levels(values: list[float]) -> None:
    """What has no logarithm is refused, and so are half widths of other values."""
    with pytest.raises(ValueError, match="above 0"):
        steps(values)
    with pytest.raises(ValueError, match="as many"):
        steps([1.0], [])


@given(series, st.floats(0.1, 10))
@example([1.0, 2.25, 0.75, 474.0, 1.0, 421.0, 438.0], 9.0)
def test_the_unit_makes_no_difference(values: list[float], factor: float) -> None:
    """Milliseconds and seconds have the same steps: stretches follow each other without a gap."""
    found = steps(values, [0.05 * value for value in values])
    scaled = steps([factor * v for v in values], [0.05 * factor * value for value in values])
    assert scaled.outliers == found.outliers
    assert [(s.start, s.end) for s in scaled.segments] == [(s.start, s.end) for s in found.segments]
    assert (found.segments[0].start, found.segments[-1].end) == (0, len(values))
    assert all(one.end == two.start for one, two in pairwise(found.segments))
    assert all(each.end - each.start > 1 for each in found.segments) or len(values) < FEWEST


@given(series)
def test_losses_and_gains_are_the_same_backwards(values: list[float]) -> None:
    """The inverse of a series has the same steps."""
    found, inverse = steps(values, floor=0.01), steps([1 / value for value in values], floor=0.01)
    assert starts(inverse) == starts(found)
    assert inverse.outliers == found.outliers


@pytest.mark.parametrize("values", [6, 9])
def test_the_cut_costs_least(values: int) -> None:
    """No other cut of a short series costs less, all of them tried."""
    from benchfolio.statistics.steps import _CAP, _PENALTY, _edges, _losses

    rng = np.random.default_rng(3)
    for _ in range(30):
        logs = rng.normal(size=values) + 6 * np.repeat(rng.normal(size=3), values // 3)
        ones = np.ones(values)

        def cost(edges: list[int], logs: Floats = logs) -> float:
            parts = [logs[a:b] for a, b in pairwise(edges)]
            least = [min(np.minimum(abs(p - m), _CAP).sum() for m in p) for p in parts]
            return float(sum(least)) + _PENALTY * (len(parts) - 1)

        cuts = [
            [0, *(at for at in range(1, values) if bits >> at & 1), values]
            for bits in range(0, 2**values, 2)
        ]
        allowed = [cut for cut in cuts if all(b - a > 1 for a, b in pairwise(cut))]
        assert cost(_edges(_losses(logs, ones))) == pytest.approx(min(map(cost, allowed)))


@pytest.mark.parametrize("count", [5, 12, 30])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("name", list(SCENARIOS)[:3])
def test_noise_is_seldom_called_a_step(name: str, known: bool, count: int) -> None:
    """At most four in a hundred series of independent noise have a step, of short ones one."""
    most = 0.0125 if count == 5 else 0.04
    assert alarms(SCENARIOS[name], count, REPLICATES, known=known) <= most


@pytest.mark.parametrize(("count", "known"), [(8, True), (12, True), (12, False), (30, False)])
def test_steps_are_found(count: int, known: bool) -> None:
    """A step of five times the noise is found at its place in most series."""
    assert power(count, count // 2, 5, REPLICATES, known=known) >= 0.85


def test_outliers_are_told_from_steps() -> None:
    """One value far off is an outlier in the middle and unsettled at the end, never a step."""
    outlier, step = excursions(12, 12, REPLICATES, known=True)
    assert outlier >= 0.97
    assert step <= 0.01
    assert last_values(12, 12, REPLICATES, known=True) >= 0.97
