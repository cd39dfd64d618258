"""Percentiles against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from benchfolio.statistics import median, nearest_rank, needed, supports

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)
TABLE = [(50, 7), (90, 44), (95, 90), (97, 152), (99, 459), (99.9, 4603)]


@pytest.mark.parametrize(("percent", "n"), TABLE)
def test_needed(percent: float, n: int) -> None:
    """A percentile needs the least n of which, with 99 % confidence, one is above it."""
    assert needed(percent) == n
    fewer, enough = (float(stats.binom.sf(0, each, 1 - percent / 100)) for each in (n - 1, n))
    assert fewer < 0.99 <= enough


@pytest.mark.parametrize(("percent", "n"), TABLE)
def test_supports(percent: float, n: int) -> None:
    """So many requests support a percentile, and one fewer does not."""
    assert supports(n, percent)
    assert not supports(n - 1, percent)


@given(VALUES, st.floats(0, 100))
def test_nearest_rank(values: list[float], percent: float) -> None:
    """The nearest rank is the smallest value that at least p percent of all do not exceed."""
    ordered = sorted(values)
    found = nearest_rank(ordered, percent)
    wanted = np.ceil(len(ordered) * percent / 100)
    assert found in ordered
    assert sum(each <= found for each in ordered) >= wanted
    assert sum(each < found for each in ordered) < max(wanted, 1)


@given(VALUES)
def test_median(values: list[float]) -> None:
    """The median is NumPy's."""
    assert median(sorted(values)) == pytest.approx(float(np.median(values)))


def test_no_value() -> None:
    """No value has no median and no percentile."""
    with pytest.raises(ValueError, match="no value"):
        median([])
    with pytest.raises(ValueError, match="no value"):
        nearest_rank([], 50)
