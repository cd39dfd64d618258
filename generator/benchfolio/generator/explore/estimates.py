"""Estimates for two values that were not measured together, and what may be said of them."""

from __future__ import annotations

import math

import msgspec


class Between(msgspec.Struct, frozen=True):
    """A ratio or a difference of two values; no interval where either has none."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int = 0


Side = tuple[float, float | None, float | None]
"""A value and its interval."""


def difference(one: Side, other: Side) -> Between:
    """Return one − other with its square-and-add interval; see ``derive``."""
    (c, c1, c2), (b, b1, b2) = one, other
    if c1 is None or c2 is None or b1 is None or b2 is None:
        return Between(c - b)
    low, high = math.hypot(c - c1, b2 - b), math.hypot(c2 - c, b - b1)
    return Between(c - b, c - b - low, c - b + high)


def ratio(one: Side, other: Side) -> Between:
    """Return one / other, both above 0, with the same interval on logarithms."""
    logs = difference(_logs(one), _logs(other))
    low, high = (None if end is None else math.exp(end) for end in (logs.low, logs.high))
    return Between(math.exp(logs.value), low, high)


def _logs(side: Side) -> Side:
    value, low, high = side
    if low is None or high is None or low <= 0:
        return math.log(value), None, None
    return math.log(value), math.log(low), math.log(high)


def inverse(found: Between) -> Between:
    """Return the gain of the other over the one."""
    if found.low is None or found.high is None:
        return Between(1 / found.value, None, None, found.n)
    return Between(1 / found.value, 1 / found.high, 1 / found.low, found.n)


def opposite(found: Between) -> Between:
    """Return the loss of the other against the one."""
    if found.low is None or found.high is None:
        return Between(0 - found.value, None, None, found.n)
    return Between(0 - found.value, 0 - found.high, 0 - found.low, found.n)


def is_beyond(gain: Between, floor: float | None) -> bool:
    """Tell whether a gain is one; as ``measured.is_beyond``."""
    if gain.low is not None and gain.high is not None and gain.low <= 1 <= gain.high:
        return False
    return abs(math.log(gain.value)) > math.log1p(floor or 0.0)
