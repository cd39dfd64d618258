"""Holds every loss against the limit that a policy sets it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchfolio.generator.comparing import FIGURES
from benchfolio.generator.comparison import DROP, GAIN, KINDS, REFUSED, WORSE
from benchfolio.generator.formatting import clean
from benchfolio.release.alarms import Floats, adjust, p_values, t95
from benchfolio.release.evidence import Evidence, p_of_drop
from benchfolio.release.judgement import LimitState, Note, Outcome
from benchfolio.release.policy import DEFAULT, Policy, Where
from benchfolio.release.selecting import Columns

if TYPE_CHECKING:
    from benchfolio.generator.changes import Compared

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

STATES = tuple(LimitState)
"""By the codes of ``Limits.state``."""
STATE = {state: number for number, state in enumerate(STATES)}
KIND = {kind: number for number, kind in enumerate(KINDS)}
"""The codes of ``Evidence.kind``."""


@dataclass(slots=True)
class Limits:
    """The limit of each pair [P] (NaN: none), how its loss compares, and rules of no use."""

    limit: Floats
    state: Codes
    notes: list[Note]


def held_against_limits(
    found: Compared, columns: Columns, known: Evidence, policy: Policy
) -> Limits:
    """Find the limit of each loss, and whether the loss is beyond it."""
    out = Limits(np.full(len(found), np.nan), np.full(len(found), STATE[LimitState.NONE]), notes=[])
    speed = _is_compared(found, known, GAIN)
    by_value = policy.accuracy.judge == "value"
    quality = _is_compared(found, known, DROP, even_unbounded=by_value)
    losses = [rule.max_loss for rule in policy.performance.limits]
    drops = [rule.max_drop for rule in policy.accuracy.limits]
    places = (
        ("performance", GAIN, speed, losses, [rule.where for rule in policy.performance.limits]),
        ("accuracy", DROP, quality, drops, [rule.where for rule in policy.accuracy.limits]),
    )
    for part, figure, among, most, wheres in places:
        rule, used = columns.first(wheres)
        is_figure = found.judged.figure == FIGURES.index(figure)
        at = np.flatnonzero(is_figure & (rule >= 0))
        out.limit[at] = np.array([*most, np.nan])[rule[at]]
        if policy is not DEFAULT:
            out.notes += _useless(part, wheres, used)
        state = _speed_states if figure == GAIN else _quality_states
        out_at = np.flatnonzero(among & ~np.isnan(out.limit))
        out.state[out_at] = state(found, known, policy, out_at, out.limit[out_at])
    return out


def _useless(part: str, wheres: Sequence[Where], used: Sequence[bool]) -> Iterator[Note]:
    for number, (where, was_used) in enumerate(zip(wheres, used, strict=True), 1):
        if not was_used:
            what = f"limit {number} of {part} fits no cell ({clean(str(where))})"
            yield Note(outcome=Outcome.WARN, about="limit", what=what)


def _is_compared(
    found: Compared, known: Evidence, figure: str, *, even_unbounded: bool = False
) -> Flags:
    """Tell which pairs have a figure that may be held against a limit."""
    flags: Flags = ~np.isnan(found.judged.value)
    flags &= found.judged.figure == FIGURES.index(figure)
    return flags if even_unbounded else flags & (known.kind != KIND[REFUSED])


def _speed_states(
    found: Compared, known: Evidence, policy: Policy, at: Codes, limit: Floats
) -> Codes:
    """Hold gains against the least gain that a limit allows.

    A loss is beyond its limit where the cell is worse than its platform, and its interval excludes
    the limit with all comparisons accounted for. It is within where the interval does not reach
    the limit, be it with what the whole platform lost or without.
    """
    value, low, high = found.judged.value[at], known.low[at], known.high[at]
    least, centre = 1 - limit / 100, known.centre[at]
    with np.errstate(invalid="ignore", divide="ignore"):
        half = np.where(value < least, np.log(high / value), np.nan)
        deviation = np.log(least / value) / half * t95(known.freedom[at])
    p = np.where(value < least, p_values(deviation, known.freedom[at]), 1.0)
    exact = np.isnan(low)
    p[exact & (value < least)] = 0.0
    sure = adjust(p, policy.multiplicity.method) <= policy.multiplicity.rate
    worse = known.kind[at] == KIND[WORSE]
    within = np.where(exact, value >= least, (low >= least) | (low / centre >= least))
    return _states(sure & worse, within)


def _quality_states(
    found: Compared, known: Evidence, policy: Policy, at: Codes, limit: Floats
) -> Codes:
    value, low, high = found.judged.value[at], known.low[at], known.high[at]
    beyond = exceeds(value, limit)
    if policy.accuracy.judge == "value":
        return _states(beyond, ~beyond)
    p = np.where(beyond, p_of_drop(value, low, high, limit), 1.0)
    sure = adjust(p, policy.multiplicity.method) <= policy.multiplicity.rate
    within = np.where(np.isnan(high), value == 0, high <= limit)
    return _states(beyond & sure & (known.kind[at] == KIND[WORSE]), within)


def exceeds(value: Floats, limit: Floats) -> Flags:
    """Tell whether a drop is larger than a limit by more than rounding: 98.6 − 98.1 is 0.5."""
    flags: Flags = value > limit + 1e-9 * np.maximum(1.0, np.abs(limit))
    return flags


def _states(beyond: Flags, within: Flags) -> Codes:
    codes = [STATE[each] for each in (LimitState.BEYOND, LimitState.WITHIN, LimitState.UNDECIDED)]
    return np.where(beyond, codes[0], np.where(within, codes[1], codes[2]))
