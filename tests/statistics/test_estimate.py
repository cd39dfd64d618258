"""Quantiles that are written out, against SciPy."""

from __future__ import annotations

import pytest
from scipy import stats

from benchfolio.statistics.estimate import Z95, student_t


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 10, 31, 100, 400])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.98])
def test_student(freedom: int, confidence: float) -> None:
    """Quantiles of Student's t are SciPy's."""
    wanted = stats.t.ppf((1 + confidence) / 2, freedom)
    assert student_t(freedom, confidence) == pytest.approx(wanted, rel=1e-9)


def test_normal() -> None:
    """The normal quantile is SciPy's."""
    assert pytest.approx(stats.norm.ppf(0.975)) == Z95
