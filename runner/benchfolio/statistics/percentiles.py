"""Medians and percentiles of requests, and how many requests a percentile needs."""

from __future__ import annotations

import math
from collections.abc import Sequence

_SUPPORT = 0.99


def median(ordered: Sequence[float]) -> float:
    """Return the median of ascending values: the middle one, or the mean of the two.

    Raises:
        ValueError: There is no value.
    """
    if not ordered:
        raise ValueError("the median of no value")
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def nearest_rank(ordered: Sequence[float], percent: float) -> float:
    """Return the ⌈n·p/100⌉-th smallest of ascending values.

    Raises:
        ValueError: There is no value.
    """
    if not ordered:
        raise ValueError("a percentile of no value")
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def needed(percent: float) -> int:
    """Return how many requests a percentile needs: the least n with 1 − (p/100)ⁿ ≥ 99 %.

    With 99 % confidence one of n independent requests is then above the percentile (binomial order
    statistics): 7 for p50, 44 for p90, 90 for p95, 152 for p97, 459 for p99, 4,603 for p99.9.

    Args:
        percent: Above 0, below 100.
    """
    return math.ceil(math.log(1 - _SUPPORT) / math.log(percent / 100))


def supports(n: int, percent: float) -> bool:
    """Tell whether n requests support a percentile, see ``needed``."""
    return n >= needed(percent)
