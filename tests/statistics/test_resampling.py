"""Draws that never change, and the paired bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from benchfolio.statistics import draws, resampled_drop, resampling

VALUES = st.lists(st.floats(-100, 100), min_size=40, max_size=80)


def test_golden_draws() -> None:
    """The first draws are these for ever, else resamples of old files could not be paired."""
    (drawn,) = draws(5, 3)
    assert_array_equal(drawn, [[0, 2, 1, 1, 1], [0, 1, 2, 1, 1], [1, 0, 1, 1, 2]])


@given(st.integers(1, 50), st.integers(1, 20), st.integers(0, 3))
def test_each_draw_is_whole(samples: int, resamples: int, seed: int) -> None:
    """Every resample draws as many samples as there are."""
    drawn = np.concatenate(list(draws(samples, resamples, seed)))
    assert drawn.shape == (resamples, samples)
    assert_array_equal(drawn.sum(axis=1), np.full(resamples, samples))


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws are the same whatever is held in memory at once."""
    (whole,) = draws(7, 10)
    monkeypatch.setattr(resampling, "_CHUNK", 21)
    chunks = list(draws(7, 10))
    assert [len(chunk) for chunk in chunks] == [3, 3, 3, 1]
    assert_array_equal(np.concatenate(chunks), whole)


def test_draws_are_even() -> None:
    """Samples are drawn equally often: mean 1, variance 1 − 1/N."""
    drawn = np.concatenate(list(draws(50, 4000)))
    assert np.abs(drawn.mean(axis=0) - 1).max() < 0.07
    assert drawn.var() == pytest.approx(0.98, abs=0.02)


def test_seeds_differ() -> None:
    """Another seed draws something else."""
    assert not np.array_equal(next(draws(50, 1)), next(draws(50, 1, seed=1)))


def test_no_sample() -> None:
    """Nothing can be drawn from no sample."""
    with pytest.raises(ValueError, match="no sample"):
        next(draws(0, 1))


@given(VALUES)
def test_resampled_drop(baseline: list[float]) -> None:
    """The interval encloses the value, and a drop of a lower-is-better metric is its negative."""
    candidate = list(reversed(baseline))
    value = float(np.mean(baseline)) - candidate[0]
    found = resampled_drop(value, baseline, candidate, higher_is_better=True)
    turned = resampled_drop(-value, baseline, candidate, higher_is_better=False)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= value <= found.high
    assert turned.low == pytest.approx(-found.high)
    assert turned.high == pytest.approx(-found.low)


def test_pairs_cancel() -> None:
    """What both have in common in each resample is not in the interval."""
    rng = np.random.default_rng(0)
    common, own = rng.normal(70, 5, 1000), rng.normal(1, 0.1, 1000)
    found = resampled_drop(1.0, common, common - own, higher_is_better=True)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(own, [2.5, 97.5])))


def test_undefined_resamples() -> None:
    """Resamples in which a metric is undefined are left out; of fewer than 40 is no interval."""
    baseline = [1.0] * 40 + [float("nan"), float("inf")]
    found = resampled_drop(0.0, baseline, [0.5] * 42, higher_is_better=True)
    assert (found.low, found.high, found.n) == (0.0, 0.5, 40)
    few = resampled_drop(0.1, baseline[1:], [0.5] * 41, higher_is_better=True)
    assert (few.value, few.low, few.high, few.n) == (0.1, None, None, 39)


def test_unpaired() -> None:
    """Different numbers of resamples cannot be paired."""
    with pytest.raises(ValueError, match="not paired"):
        resampled_drop(0.0, [1.0], [1.0, 2.0], higher_is_better=True)


def test_resampled_drop_covers() -> None:
    """For a mean, whose truth is known, the interval covers in 93–97 %."""
    rng, covered = np.random.default_rng(1), 0
    weights = next(draws(200, 400)) / 200
    for _ in range(1000):
        baseline = rng.normal(0.7, 0.2, 200)
        candidate = baseline - 0.01 + rng.normal(0, 0.05, 200)
        resamples = weights @ baseline, weights @ candidate
        value = float(np.mean(baseline - candidate))
        found = resampled_drop(value, *resamples, higher_is_better=True)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.01 <= found.high
    assert 930 <= covered <= 970
