"""Speeds, gains, memory, size and what layers ran in: recorded against here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from benchfolio.results import Calm, Kind, Share
from benchfolio.runner.verify.figure import (
    Figure,
    Span,
    Word,
    change,
    is_vague,
    percent,
    ratio,
    span_of,
    span_of_estimate,
)
from benchfolio.runner.verify.side import HEADLINES, Side, floor_of, gain_of

SHARE_TOLERANCE = 0.1
"""The share of a precision that may be another: profiles of short runs differ by as much."""

_VAGUE = "known so little that half or twice as much would not be told"


def speed_figures(recorded: Side, here: Side, tolerance: float) -> Iterator[Figure]:
    """Yield the gain, the scenario's own figure, and what else was measured beside it."""
    gained = _gain(recorded, here, tolerance)
    if gained is not None:
        yield gained
    headline = HEADLINES.get(recorded.cell.scenario)
    for metric in recorded.cell.values:
        if metric in here.cell.values and recorded.metric(metric).kind is not Kind.QUALITY:
            yield _value(metric, recorded, here, tolerance, headline=metric == headline)


def _gain(recorded: Side, here: Side, tolerance: float) -> Figure | None:
    before, after = gain_of(recorded), gain_of(here)
    if before is None or after is None:
        return None
    spans = span_of_estimate(before), span_of_estimate(after)
    difference = ratio(*spans)
    assert difference is not None  # gains are above 0
    metric = HEADLINES[recorded.cell.scenario]
    what = "throughput" if metric.startswith("throughput") else "latency"
    raced = recorded.cell.rounds is not None and here.cell.rounds is not None
    if difference.value == 1:
        word, reason = Word.AGREES, "equal"
    elif raced and difference.low is None:
        word, reason = Word.NOT_COMPARABLE, "too few rounds: one side does not know its gain"
    else:
        floor = max(floor_of(recorded.file), floor_of(here.file))
        word, reason = _judged_gain(difference, floor, tolerance)
    return Figure(
        name=f"gain in {what}",
        metric=metric,
        kind="gain",
        unit="×",
        recorded=spans[0],
        here=spans[1],
        how="ratio",
        difference=difference,
        word=word,
        reason=reason,
    )


def _judged_gain(difference: Span, floor: float, tolerance: float) -> tuple[Word, str]:
    """Judge by the interval, the noise floor and the tolerance: any of them may excuse it.

    An interval knows how figures vary within a session, not how two sessions differ.
    """
    within_floor = abs(math.log(difference.value)) <= math.log1p(floor)
    if is_vague(difference) or (within_floor and floor > 1):
        return Word.NOT_COMPARABLE, _VAGUE
    if difference.includes(1):
        return Word.AGREES, "within the intervals"
    if within_floor:
        return Word.AGREES, f"below the noise floor of {percent(floor)}"
    word, reason = _within(difference, tolerance)
    if word is Word.AGREES or difference.low is None:
        return word, reason
    return word, f"beyond the intervals, the noise floor of {percent(floor)} and the tolerance"


def _within(difference: Span, tolerance: float) -> tuple[Word, str]:
    if abs(difference.value - 1) <= tolerance:
        return Word.AGREES, f"within the tolerance of {percent(tolerance)}"
    return Word.DISAGREES, f"beyond the tolerance of {percent(tolerance)}"


def _value(metric: str, recorded: Side, here: Side, tolerance: float, *, headline: bool) -> Figure:
    before, after = recorded.cell.values[metric], here.cell.values[metric]
    spans = span_of(before), span_of(after)
    difference = change(*spans) if metric == "size" else ratio(*spans)
    word, reason = Word.NOTED, ""
    if difference is None:
        word, reason = Word.NOT_COMPARABLE, "no ratio of figures that are not above 0"
    elif metric == "size":
        word, reason = _judged_size(*spans)
    elif headline:
        word, reason = _judged_speed(difference, tolerance, _unusable(recorded, here))
    elif metric == "memory@peak":
        reason = _within(difference, tolerance)[1]
    return Figure(
        name=recorded.metric(metric).label,
        metric=metric,
        kind="value",
        unit=before.unit,
        recorded=spans[0],
        here=spans[1],
        how="change" if metric == "size" else "ratio",
        difference=difference,
        word=word,
        reason=reason,
    )


def _judged_size(recorded: Span, here: Span) -> tuple[Word, str]:
    if recorded.value == here.value:
        return Word.AGREES, "equal"
    return Word.DISAGREES, "the same file has another size"


def _judged_speed(difference: Span, tolerance: float, unusable: str) -> tuple[Word, str]:
    """Judge an absolute speed; one that a machine in no state to measure took cannot disagree."""
    word, reason = _within(difference, tolerance)
    if word is Word.AGREES:
        return word, reason
    if is_vague(difference):
        return Word.NOT_COMPARABLE, _VAGUE
    if difference.includes(1):
        return Word.AGREES, "within the intervals"
    if unusable:
        return Word.NOT_COMPARABLE, f"{reason}, but {unusable}"
    if difference.low is not None:
        reason = f"beyond the intervals and the tolerance of {percent(tolerance)}"
    return word, reason


def _unusable(recorded: Side, here: Side) -> str:
    """Say which side's machine was in no state to measure; empty where none was."""
    for name, side in (("the record is", recorded), ("this machine was", here)):
        verdict = side.cell.verdict
        if verdict is not None and verdict.calm is Calm.UNUSABLE:
            return f"{name} unusable"
    return ""


def share_figures(recorded: Side, here: Side) -> Iterator[Figure]:
    """Yield the share of each precision that layers really ran in, where both sides know it."""
    before, after = recorded.cell.executed, here.cell.executed
    if not before or not after:
        return
    of = "time"
    if any(share.time is None for share in (*before.values(), *after.values())):
        of = "layers"
    shares = _shares(before, of), _shares(after, of)
    for precision in sorted({*before, *after}):
        spans = Span(shares[0].get(precision, 0.0)), Span(shares[1].get(precision, 0.0))
        difference = change(*spans)
        same = abs(difference.value) <= SHARE_TOLERANCE + 1e-9
        yield Figure(
            name=f"{of} in {precision}",
            metric=precision,
            kind="share",
            unit="1",
            recorded=spans[0],
            here=spans[1],
            how="change",
            difference=difference,
            word=Word.AGREES if same else Word.DISAGREES,
            reason=f"{'within' if same else 'beyond'} {SHARE_TOLERANCE:g}",
        )


def _shares(executed: Mapping[str, Share], of: str) -> dict[str, float]:
    if of == "time":
        return {name: share.time or 0.0 for name, share in executed.items()}
    total = sum(share.layers for share in executed.values()) or 1
    return {name: share.layers / total for name, share in executed.items()}
