"""One figure, recorded and here: how far apart they are, and what is said of that."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Literal

import msgspec

from benchfolio.results import Value
from benchfolio.statistics import Estimate


class Word(StrEnum):
    """What is said of a figure, and of a cell; ``noted`` of figures that decide nothing."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    NOT_COMPARABLE = "not comparable"
    NOTED = "noted"


class Span(msgspec.Struct, frozen=True):
    """A number with its 95 % interval, where there is one."""

    value: float
    low: float | None = None
    high: float | None = None

    def includes(self, number: float) -> bool:
        """Whether there is an interval and the number lies in it."""
        if self.low is None or self.high is None:
            return False
        return self.low <= number <= self.high


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a cell, twice.

    Attributes:
        name: For people, as ``gain in throughput``.
        metric: Metric id, or the precision of a share.
        kind: A value as measured; a gain or a drop against the baseline; a share of what ran.
        unit: Of both figures.
        recorded: The published one.
        here: The repeated one.
        how: ``ratio`` is here / recorded; ``change`` is here − recorded, in the unit.
        difference: That much; none where there is no ratio.
        word: What is said of it.
        reason: Why.
    """

    name: str
    metric: str
    kind: Literal["value", "gain", "drop", "share"]
    unit: str
    recorded: Span
    here: Span
    how: Literal["ratio", "change"]
    difference: Span | None
    word: Word
    reason: str


def span_of(value: Value) -> Span:
    """Return a value with its interval."""
    interval = value.interval
    if interval is None:
        return Span(value.value)
    return Span(value.value, interval.low, interval.high)


def span_of_estimate(estimate: Estimate) -> Span:
    """Return an estimate with its interval."""
    return Span(estimate.value, estimate.low, estimate.high)


def change(recorded: Span, here: Span) -> Span:
    """Return here − recorded, its interval by square-and-add (MOVER).

    Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures.
    Statistics in Medicine 27, 1693–1702. It takes the two to be independent, as two sessions are.
    """
    value = here.value - recorded.value
    if None in (recorded.low, recorded.high, here.low, here.high):
        return Span(value)
    down, up = _sides(here)
    before_down, before_up = _sides(recorded)
    return Span(value, value - math.hypot(down, before_up), value + math.hypot(up, before_down))


def ratio(recorded: Span, here: Span) -> Span | None:
    """Return here / recorded, its interval from that of the change of logarithms.

    ``None`` where one of them is not above 0. Exchanging the two inverts it.
    """
    if recorded.value <= 0 or here.value <= 0:
        return None
    found = change(_logarithm(recorded), _logarithm(here))
    ends = (None if end is None else math.exp(end) for end in (found.low, found.high))
    return Span(math.exp(found.value), *ends)


def _sides(span: Span) -> tuple[float, float]:
    """Return how far the interval reaches down and up; one beside its value reaches nowhere."""
    assert span.low is not None
    assert span.high is not None
    return max(0.0, span.value - span.low), max(0.0, span.high - span.value)


def _logarithm(span: Span) -> Span:
    value = math.log(span.value)
    if span.low is None or span.high is None or span.low <= 0 or span.high <= 0:
        return Span(value)
    return Span(value, math.log(span.low), math.log(span.high))


def is_vague(difference: Span, factor: float = 2.0) -> bool:
    """Tell whether an interval of a ratio holds both 1 and its half or double: it tells nothing."""
    if difference.low is None or difference.high is None or not difference.includes(1):
        return False
    return difference.low < 1 / factor or difference.high > factor


def percent(share: float) -> str:
    """Write a relative size, as ``5 %`` or ``1.3 %``."""
    return f"{100 * share:.3g} %"
