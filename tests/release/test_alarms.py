"""p-values, their adjustment, and how many false alarms are left."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from release.alarms_simulation import (
    CELLS,
    LAB,
    MACHINES,
    SHARED,
    WORLDS,
    World,
    alarms,
    draw,
    plain,
)
from scipy import stats

from benchfolio.release.alarms import METHODS, Z95, adjust, p_values, t95
from benchfolio.release.evidence import Gains, examine, p_of_drop
from benchfolio.release.noise import Noise, drift, noise, widened
from benchfolio.release.policy import Performance

P = arrays.arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1))


@pytest.mark.parametrize("freedom", [2, 4, 8, 20, 100, 1e5])
def test_tails_are_those_of_student_or_a_little_heavier(freedom: float) -> None:
    """Quantile and tail agree with SciPy's t; where they do not, fewer alarms are raised."""
    width = float(t95(np.array(freedom)))
    assert width == pytest.approx(stats.t.ppf(0.975, freedom), rel=0.05)
    for t in (1.0, 3.0, 6.0):
        ours, theirs = float(p_values(np.array(t), freedom)), 2 * stats.t.sf(t, freedom)
        assert 0.97 * theirs < ours < (1.25 if freedom >= 8 else 2) * theirs


def test_normal_tails_are_exact() -> None:
    """Without degrees of freedom, p is that of a normal deviate, far out too."""
    z = np.array([0.0, 1.0, Z95, 5.0, 12.0])
    assert p_values(z) == pytest.approx(2 * stats.norm.sf(z), rel=1e-3)
    assert p_values(np.array([Z95]))[0] == pytest.approx(0.05)


@settings(deadline=None)
@given(P)
def test_adjusted_values_equal_scipys(p: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """Benjamini and Yekutieli's, and Benjamini and Hochberg's, are those of SciPy."""
    yekutieli = stats.false_discovery_control(p, method="by")
    hochberg = stats.false_discovery_control(p, method="bh")
    assert adjust(p, "benjamini-yekutieli") == pytest.approx(yekutieli, abs=1e-12)
    assert adjust(p, "benjamini-hochberg") == pytest.approx(hochberg, abs=1e-12)


@settings(deadline=None)
@given(P)
def test_adjusting_never_makes_surer(p: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """Every method keeps the order and never lowers p; Holm is at least as strict as Hochberg."""
    for method in METHODS:
        found = adjust(p, method)
        assert np.all(found >= p - 1e-15)
        assert np.all(np.diff(found[np.argsort(p, kind="stable")]) >= -1e-12)
    assert np.all(adjust(p, "holm") >= adjust(p, "benjamini-hochberg") - 1e-12)


def test_what_was_not_tested_is_no_comparison() -> None:
    """Cells without p neither count nor get an adjusted one."""
    found = adjust(np.array([0.01, np.nan, 0.5]), "holm")
    assert found[0] == pytest.approx(0.02)
    assert math.isnan(found[1])


@settings(deadline=None)
@given(
    value=st.floats(0.5, 2),
    below=st.floats(0.001, 0.2),
    above=st.floats(0.001, 0.2),
    twins=st.lists(st.floats(-0.02, 0.02), max_size=10),
)
def test_p_agrees_with_the_interval_shown(
    value: float, below: float, above: float, twins: list[float]
) -> None:
    """p is below 5 % exactly where the interval, noise included, excludes no change."""
    one = [np.array([x]) for x in (value, value * math.exp(-below), value * math.exp(above))]
    gains = Gains(one[0], one[1], one[2], np.array([np.nan]), np.array([0]))
    found = examine(gains, twins, Performance())
    excludes = not bool(found.low[0] <= 1 <= found.high[0])
    if abs(found.p[0] - 0.05) > 1e-9:
        assert bool(found.p[0] < 0.05) is excludes
    assert found.low[0] <= one[1][0] * (1 + 1e-9)


@settings(deadline=None)
@given(value=st.floats(-5, 5), below=st.floats(0.01, 3), above=st.floats(0.01, 3))
def test_p_of_a_drop_agrees_with_its_interval(value: float, below: float, above: float) -> None:
    """The same of losses of quality."""
    ends = (value - below, value + above)
    columns = [np.array([x]) for x in (value, *ends)]
    p = float(p_of_drop(columns[0], columns[1], columns[2], 0.0)[0])
    if abs(p - 0.05) > 1e-9:
        assert (p < 0.05) is not (ends[0] <= 0 <= ends[1])


def test_without_noise_an_interval_stays_as_it_is() -> None:
    """Where nothing is known of noise between releases, the cell's own interval is shown."""
    one, low, high = np.array([1.1]), np.array([1.05]), np.array([1.2])
    ends = widened(one, low, high, Noise())
    assert ends[0] == pytest.approx(low)
    assert ends[1] == pytest.approx(high)


def test_noise_comes_from_twins_where_they_are_enough() -> None:
    """Eight A/A runs suffice; fewer give way to the spread of fifty cells, and serve below that."""
    rng = np.random.default_rng(1)
    many, none = rng.normal(0, 0.01, 400), np.zeros(400)
    assert noise(many, none, [0.002] * 8, "auto").source == "A/A runs"
    spread = noise(many, none, [0.002] * 7, "auto")
    assert spread.source == "spread of the cells"
    assert spread.scale == pytest.approx(0.01, rel=0.25)
    assert noise(many[:49], none[:49], [0.002] * 2, "auto").freedom == 2
    assert noise(many[:49], none[:49], [], "auto") == Noise()
    assert noise(many, none, [0.002] * 8, "spread").source == "spread of the cells"
    assert noise(many, none, [0.002] * 8, "auto").restless == pytest.approx(5, rel=0.2)


def test_what_concerns_few_cells_hardly_widens_the_spread() -> None:
    """A tenth of the cells may change by a half without hiding it."""
    rng = np.random.default_rng(2)
    logs = rng.normal(0, 0.01, 500)
    logs[::10] += 0.4
    assert noise(logs, np.zeros(500), [], "auto").scale < 0.014


@pytest.mark.parametrize(
    ("share", "models", "found"),
    [(1.0, 40, True), (0.5, 40, False), (0.0, 40, False), (1.0, 8, False)],
)
def test_a_drift_is_what_most_cells_of_enough_models_share(
    share: float, models: int, found: bool
) -> None:
    """All cells 3 % slower are a drift; half of them, none, or those of eight models are not."""
    rng = np.random.default_rng(3)
    number = np.repeat(np.arange(models), 5)
    logs = rng.normal(0, 0.002, len(number))
    logs[number < share * models] -= 0.03
    common = drift(logs, np.full(len(number), 0.003), number, Noise(), 0.0)
    assert (common is not None) is found
    if common is not None:
        assert common.gain.value == pytest.approx(math.exp(-0.03), rel=0.002)


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_ten_thousand_unchanged_cells_raise_no_hundred_alarms(world: World) -> None:
    """By simulation, hardly any of three releases of 10,000 unchanged cells raises an alarm."""
    raised = [
        int(
            alarms(draw(seed, world.machine), world, np.zeros(CELLS), "benjamini-yekutieli")[
                0
            ].sum()
        )
        for seed in range(3)
    ]
    assert sum(raised) <= 3


def test_cell_by_cell_there_would_be_hundreds() -> None:
    """What the above is held against: without A/A runs each by itself is called different often."""
    world = next(world for world in WORLDS if not world.twins)
    assert plain(draw(0, SHARED), world).sum() > 200


def test_losses_are_found() -> None:
    """On a quiet machine nine in ten losses of 5 % are found among 10,000 cells."""
    changed = np.zeros(CELLS, dtype=np.bool_)
    changed[::100] = True
    world = next(world for world in MACHINES if world.machine is LAB)
    shift = np.where(changed, math.log1p(-0.05), 0.0)
    called, _ = alarms(draw(0, LAB), world, shift, "benjamini-yekutieli")
    assert called[changed].mean() > 0.9
    assert called[~changed].sum() <= 2
