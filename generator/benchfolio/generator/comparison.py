"""Whether a measurement is better, worse or the same in another release: the judgement alone.

Two releases are separate runs, never rounds of one race: intervals of both sides are combined as
independent (square-and-add; Newcombe 1998, Zou and Donner 2008), and nothing is called a
difference that the noise floor of either release could have given. What changed in a machine
between two releases is part of the difference, and no floor knows it.

This is the definition, for one cell. ``comparing`` does the same for whole columns, and tests hold
it to this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from benchfolio.generator.derive import DIFFERENCE_METHOD, RATIO_METHOD
from benchfolio.generator.measured import Measured, is_beyond
from benchfolio.results import Direction, Kind, Metric
from benchfolio.statistics import Estimate

WORSE = "worse"
GONE = "gone"
REFUSED = "not comparable"
BETTER = "better"
NEW = "new"
SAME = "no difference"
KINDS = (WORSE, GONE, REFUSED, BETTER, NEW, SAME)
"""How a measurement compares with that of an earlier release; what must be looked at first."""

GAIN = "gain"
DROP = "drop"

EXACT = frozenset({"size"})
"""Metrics that no noise is in: every difference is one."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How a measurement compares with that of an earlier release.

    Attributes:
        kind: One of ``KINDS``.
        figure: ``gain`` (ratio, above 1 is better) for what is a speed or a cost, ``drop`` (in the
            unit of the metric, positive is worse) for quality; empty where nothing is computed.
        value: The ratio or difference; ``None`` where there is none.
        low: Lower end of its interval.
        high: Upper end of its interval.
        method: How the interval was computed.
        floor: Noise floor that it was held against, relative; ``None`` where none is known.
        size: How large the difference is, relative: to order changes of different metrics by.
        reason: Why it is no difference, or not comparable.
    """

    kind: str
    figure: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    method: str = ""
    floor: float | None = None
    size: float = 0.0
    reason: str = ""


def compare(
    metric: Metric,
    before: Measured,
    after: Measured,
    *,
    floors: Sequence[float | None] = (),
    paired: Estimate | None = None,
) -> Change:
    """Compare one metric of one cell across two releases.

    Args:
        metric: Definition of the metric.
        before: The value in the earlier release.
        after: The value in the later release.
        floors: Noise floors of the two releases on this platform, relative; the larger counts.
        paired: The drop from before to after in the metric's unit, paired by samples, where both
            releases know how each sample came out.
    """
    refusal = refusal_of(metric, before, after)
    if refusal:
        return Change(kind=REFUSED, reason=refusal)
    if metric.kind is Kind.QUALITY:
        return _quality(metric, before, after, paired)
    known = [floor for floor in floors if floor is not None]
    return _ratio(metric, before, after, max(known, default=None))


def refusal_of(metric: Metric, before: Measured, after: Measured) -> str:
    """Say why two values are not comparable; empty when they are."""
    if before.unit != after.unit:
        return f"in {before.unit or 'no unit'} before, in {after.unit or 'no unit'} now"
    if before.definition != after.definition:
        return "computed by another definition"
    if metric.kind is Kind.QUALITY:
        if None not in (before.n, after.n) and before.n != after.n:
            return f"measured on {before.n} samples before, on {after.n} now"
        return ""
    if not before.is_own_usable or not after.is_own_usable:
        when = "before" if not before.is_own_usable else "now"
        return f"the machine was too busy {when} to conclude anything"
    if before.value <= 0 or after.value <= 0:
        return "a ratio needs two positive values"
    return ""


def ratio(metric: Metric, before: Measured, after: Measured) -> Estimate:
    """Return the gain from before to after, above 1 when better, as of independent runs."""
    first, second = (before, after) if metric.direction is Direction.HIGHER else (after, before)
    value = second.value / first.value
    ends = (first.low, first.high, second.low, second.high)
    low = high = None
    if all(end is not None and end > 0 for end in ends):
        base = [math.log(end or 1.0) for end in (first.value, first.low, first.high)]
        cand = [math.log(end or 1.0) for end in (second.value, second.low, second.high)]
        low = value * math.exp(-math.hypot(cand[0] - cand[1], base[2] - base[0]))
        high = value * math.exp(math.hypot(cand[2] - cand[0], base[0] - base[1]))
    return Estimate(value=value, low=low, high=high, method=RATIO_METHOD, n=2)


def loss(metric: Metric, before: Measured, after: Measured) -> Estimate:
    """Return the loss of quality from before to after, positive when worse, as independent."""
    higher = metric.direction is Direction.HIGHER
    first, second = (before, after) if higher else (after, before)
    value = first.value - second.value
    low = high = None
    if None not in (first.low, first.high, second.low, second.high):
        low = value - math.hypot(first.value - (first.low or 0), (second.high or 0) - second.value)
        high = value + math.hypot((first.high or 0) - first.value, second.value - (second.low or 0))
    return Estimate(value=value, low=low, high=high, method=DIFFERENCE_METHOD, n=2)


def _ratio(metric: Metric, before: Measured, after: Measured, floor: float | None) -> Change:
    found = ratio(metric, before, after)
    change = Change(
        kind=BETTER if found.value > 1 else WORSE,
        figure=GAIN,
        value=found.value,
        low=found.low,
        high=found.high,
        method=found.method if found.low is not None else "",
        floor=floor,
        size=abs(math.log(found.value)),
    )
    if before.value == after.value:
        return _same(change, "the same value")
    if before.metric in EXACT:
        return change
    if found.low is None and floor is None:
        return msgspec.structs.replace(
            change, kind=REFUSED, reason="neither an interval nor a noise floor is known"
        )
    if is_beyond(found, floor):
        return change
    inside = found.low is not None and found.high is not None and found.low <= 1 <= found.high
    if inside:
        return _same(change, "the interval includes 1")
    return _same(change, f"less than the noise floor of {100 * (floor or 0):.1f} %")


def _quality(metric: Metric, before: Measured, after: Measured, paired: Estimate | None) -> Change:
    found = paired or loss(metric, before, after)
    change = Change(
        kind=WORSE if found.value > 0 else BETTER,
        figure=DROP,
        value=found.value + 0.0,
        low=found.low,
        high=found.high,
        method=found.method if found.low is not None else "",
        size=abs(found.value) / abs(before.value) if before.value else abs(found.value),
    )
    if found.value == 0:
        return _same(change, "the same value")
    if found.low is None or found.high is None:
        return msgspec.structs.replace(change, kind=REFUSED, reason="no interval is known")
    if found.low <= 0 <= found.high:
        return _same(change, "the interval includes 0")
    return change


def _same(change: Change, reason: str) -> Change:
    return msgspec.structs.replace(change, kind=SAME, reason=reason)
