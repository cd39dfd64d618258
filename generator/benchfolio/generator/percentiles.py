"""Percentiles by the names of their metrics, and whether there were enough requests for them."""

from __future__ import annotations

import functools
import re

from benchfolio.statistics import needed, supports


@functools.lru_cache(maxsize=256)  # asked for each figure shown, of few metrics
def percent_of(metric: str) -> float | None:
    """Return the percentile that a metric is, as 99.9 of ``latency@p99.9``; ``None`` of others."""
    found = re.fullmatch(r"[^@]+@p(\d+(?:\.\d+)?)", metric)
    if found is None:
        return None
    percent = float(found[1])
    return percent if 0 < percent < 100 else None


def shortage(metric: str, n: int | None) -> str:
    """Say that so many requests support no such percentile, as ``n = 30 supports no p99 (…)``.

    Empty where they do, where the metric is no percentile, and where n is not known.
    """
    percent = percent_of(metric)
    if percent is None or n is None or supports(n, percent):
        return ""
    return f"n = {n} supports no p{percent:g} ({needed(percent)} needed)"
