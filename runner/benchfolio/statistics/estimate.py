"""A value with its interval, and the quantiles that intervals are built with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

CONFIDENCE = 0.95
Z95 = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and where the truth may be.

    Attributes:
        value: The point estimate.
        low: Lower end of the 95 % interval; ``None`` where there is too little data for one.
        high: Upper end, likewise.
        method: How the interval was computed.
        n: Number of rounds, requests, samples or resamples that it rests on.
    """

    value: float
    low: float | None
    high: float | None
    method: str
    n: int


@cache
def student_t(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Return the two-sided quantile of Student's t: P(|T| ≤ t) = confidence.

    Args:
        freedom: Degrees of freedom, from 1.
        confidence: Between 0 and 1.
    """
    low, high = 0.0, 1.0
    while _t_inside(high, freedom) < confidence:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        if _t_inside(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return high


def _t_inside(t: float, freedom: int) -> float:
    """Return P(|T| ≤ t): the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, square = math.sin(angle), math.cos(angle) ** 2
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for k in range(freedom // 2):
        total += term
        term *= square * (2 * k + 2) / (2 * k + 3) if odd else square * (2 * k + 1) / (2 * k + 2)
    return 2 / math.pi * (angle + sine * total) if odd else sine * total
