"""Judges a release against a policy: every cell, every platform, and the policy itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchfolio.generator.changes import compared
from benchfolio.generator.comparing import FIGURES
from benchfolio.generator.comparison import DROP, GAIN, GONE, KINDS, NEW, REFUSED, WORSE
from benchfolio.generator.formatting import clean
from benchfolio.release.alarms import Floats
from benchfolio.release.evidence import Evidence, gather
from benchfolio.release.judgement import (
    JudgedCell,
    JudgedPlatform,
    Judgement,
    LimitState,
    Note,
    Outcome,
)
from benchfolio.release.limits import (
    KIND,
    STATE,
    STATES,
    Codes,
    Flags,
    Limits,
    exceeds,
    held_against_limits,
)
from benchfolio.release.noise import RESTLESS, Drift, Noise
from benchfolio.release.policy import DEFAULT, Action, Allowed, Floor, Policy
from benchfolio.release.selecting import Columns
from benchfolio.release.telling import figure_text, loss_text
from benchfolio.results import Direction

if TYPE_CHECKING:
    from benchfolio.generator.changes import Compared
    from benchfolio.generator.collection import Collection

Texts = npt.NDArray[np.object_]

OUTCOMES = tuple(Outcome)
_OF_ACTION = {
    Action.FAIL: OUTCOMES.index(Outcome.FAIL),
    Action.WARN: OUTCOMES.index(Outcome.WARN),
    Action.IGNORE: OUTCOMES.index(Outcome.OK),
}
_OK, _FAIL = OUTCOMES.index(Outcome.OK), OUTCOMES.index(Outcome.FAIL)


def judge(
    collection: Collection,
    base: str,
    candidate: str,
    policy: Policy = DEFAULT,
    today: date = date.min,
    *,
    where: Mapping[str, Iterable[str]] | None = None,
    policy_name: str = "",
) -> Judgement:
    """Judge a release.

    Args:
        collection: The results of both releases.
        base: The earlier release.
        candidate: The later one.
        policy: What it may lose.
        today: The day that exceptions are held against.
        where: Accepted values by column, as of ``Collection.select``; all cells when left out.
        policy_name: How reports name the policy.
    """
    found = compared(collection, base, candidate, where)
    columns = Columns(found)
    known = gather(found, columns, policy)
    limits = held_against_limits(found, columns, known, policy)
    outcome, why = _outcomes(found, columns, known, limits, policy)
    floors = _hold_floors(found, columns, policy, outcome, why)
    excused = _excuse(found, columns, policy, today, outcome, why)
    platforms = tuple(_platforms(found, columns, known, policy, outcome))
    notes = (*excused, *limits.notes, *floors, *_restless(known))
    cells = tuple(_cells(found, columns, known, limits, outcome, why))
    worst = {cell.outcome for cell in cells[:1]} | {one.outcome for one in platforms}
    worst |= {one.outcome for one in notes}
    return Judgement(
        base=base,
        candidate=candidate,
        outcome=next((each for each in OUTCOMES if each in worst), Outcome.OK),
        policy=policy_name,
        today=today.isoformat(),
        tests=known.tests,
        method=policy.multiplicity.method,
        rate=policy.multiplicity.rate,
        counts={kind: int(np.count_nonzero(known.kind == code)) for kind, code in KIND.items()},
        outcomes={
            each.value: int(np.count_nonzero(outcome == code)) for code, each in enumerate(OUTCOMES)
        },
        platforms=platforms,
        notes=tuple(sorted(notes, key=lambda one: (OUTCOMES.index(one.outcome), one.what))),
        cells=cells,
    )


# ---------------------------------------------------------------------------------------- outcomes


def _outcomes(
    found: Compared, columns: Columns, known: Evidence, limits: Limits, policy: Policy
) -> tuple[Codes, Texts]:
    """Say what the policy does about each pair, and why."""
    outcome = np.full(len(found), _OK, dtype=np.int64)
    why = np.full(len(found), "", dtype=object)
    worse, refused = known.kind == KIND[WORSE], known.kind == KIND[REFUSED]
    # What has no value in either release lost nothing: it is listed, and no more.
    has_value = (found.speaking.before >= 0) | (found.speaking.after >= 0)
    none = limits.state == STATE[LimitState.NONE]
    for chosen, action, told in (
        (known.kind == KIND[GONE], policy.gone, "gone"),
        (refused & has_value, policy.not_comparable, "not comparable"),
        (known.kind == KIND[NEW], policy.new, "new"),
        (worse & none, policy.worse, "worse"),
        (limits.state == STATE[LimitState.UNDECIDED], policy.undecided, "undecided"),
        (limits.state == STATE[LimitState.BEYOND], Action.FAIL, "beyond"),
    ):
        outcome[chosen] = _OF_ACTION[action]
        at = np.flatnonzero(chosen) if action is not Action.IGNORE else np.empty(0, np.int64)
        for i in at.tolist():
            why[i] = _why(found, columns, known, limits, i, told)
    return outcome, why


def _why(
    found: Compared, columns: Columns, known: Evidence, limits: Limits, i: int, told: str
) -> str:
    if told in ("gone", "not comparable", "new"):
        return f"{told}: {known.reason[i]}"
    figure = FIGURES[found.judged.figure[i]]
    value, low, high = (float(column[i]) for column in (found.judged.value, known.low, known.high))
    lost = figure_text(figure, value, low, high, columns.text("unit", i))
    if told == "worse":
        return f"{lost}; no limit speaks of it"
    limit = loss_text(figure, float(limits.limit[i]), columns.text("unit", i))
    if told == "beyond":
        return f"{lost}, limit {limit}"
    return f"{lost}: cannot be told whether it exceeds {limit}"


def _hold_floors(
    found: Compared, columns: Columns, policy: Policy, outcome: Codes, why: Texts
) -> list[Note]:
    """Fail the cells whose value is beyond an absolute floor; return floors of no use."""
    rows = found.speaking.after
    values = np.where(rows >= 0, found.collection.value_columns.arrays["value"][rows], np.nan)
    notes = []
    for number, floor in enumerate(policy.accuracy.floors, 1):
        chosen = columns.selected(floor.where) & ~np.isnan(values)
        chosen &= _has_direction(found, columns, floor)
        if not chosen.any():
            what = f"floor {number} of accuracy fits no cell ({clean(str(floor.where))})"
            notes.append(Note(outcome=Outcome.WARN, about="limit", what=what))
        too_low = values < floor.at_least if floor.at_least is not None else values > floor.at_most
        for i in np.flatnonzero(chosen & too_low).tolist():
            outcome[i] = _FAIL
            told = f"{values[i]:.6g} {columns.text('unit', i)}".strip()
            asked = f"{'at least' if floor.at_least is not None else 'at most'} "
            asked += f"{floor.at_least if floor.at_least is not None else floor.at_most:g}"
            why[i] = "; ".join(filter(None, (f"{told}, {asked} is asked for", why[i])))
    return notes


def _has_direction(found: Compared, columns: Columns, floor: Floor) -> Flags:
    """Tell which metrics a floor can be meant for: more is better where it is ``at_least``."""
    wanted = Direction.HIGHER if floor.at_least is not None else Direction.LOWER
    names, codes = columns.of("metric")
    fits = [bool(name) and found.collection.metric(name).direction is wanted for name in names]
    flags: Flags = np.array(fits, dtype=np.bool_)[codes]
    return flags


def _excuse(
    found: Compared,
    columns: Columns,
    policy: Policy,
    today: date,
    outcome: Codes,
    why: Texts,
) -> list[Note]:
    """Allow what exceptions allow; return exceptions that have run out or are of no use."""
    notes = []
    in_question = outcome < OUTCOMES.index(Outcome.ALLOWED)
    for number, allowed in enumerate(policy.exceptions, 1):
        chosen = in_question & columns.selected(allowed.where) & _small_enough(found, allowed)
        about = f"exception {number} ({clean(str(allowed.where))})"
        if today > allowed.until:
            what = f"{about} ran out on {allowed.until}: {clean(allowed.reason)}"
            notes.append(Note(outcome=Outcome.FAIL, about="exception", what=what))
            continue
        if not chosen.any():
            what = f"{about} allows nothing: no cell in question fits"
            notes.append(Note(outcome=Outcome.WARN, about="exception", what=what))
        outcome[chosen] = OUTCOMES.index(Outcome.ALLOWED)
        for i in np.flatnonzero(chosen).tolist():
            why[i] = f"{why[i]}; allowed until {allowed.until}: {clean(allowed.reason)}"
        in_question &= ~chosen
    return notes


def _small_enough(found: Compared, allowed: Allowed) -> Flags:
    """Tell which losses are within what an exception allows; of others it says nothing."""
    judged, fits = found.judged, np.ones(len(found), dtype=np.bool_)
    for figure, most in ((GAIN, allowed.max_loss), (DROP, allowed.max_drop)):
        if most is None:
            continue
        loss = 100 * (1 - judged.value) if figure == GAIN else judged.value
        of_figure = judged.figure == FIGURES.index(figure)
        fits &= ~of_figure | ~exceeds(loss, np.full(len(found), most))
    return fits


# --------------------------------------------------------------------------------------- platforms


def _platforms(
    found: Compared, columns: Columns, known: Evidence, policy: Policy, outcome: Codes
) -> Iterator[JudgedPlatform]:
    names, codes = columns.of("platform")
    machines = dict(found.machines())
    for code in np.unique(codes).tolist():
        own = codes == code
        kinds = Counter(known.kind[own].tolist())
        noise, drift = known.platforms.get(names[code], (Noise(), None))
        state, limit, why = _drift_outcome(names[code], drift, policy)
        worst = min(int(outcome[own].min()), OUTCOMES.index(state))
        gain = drift.gain if drift else None
        yield JudgedPlatform(
            platform=names[code],
            outcome=OUTCOMES[worst],
            counts={kind: kinds.get(number, 0) for kind, number in KIND.items()},
            noise=round(noise.scale, 6) if noise.source else None,
            noise_source=noise.source,
            twins=noise.twins,
            drift=_rounded(gain.value) if gain else None,
            drift_low=_rounded(gain.low) if gain else None,
            drift_high=_rounded(gain.high) if gain else None,
            drift_removed=gain is not None and policy.performance.drift == "remove",
            limit=limit,
            why=why,
            machine=machines.get(names[code], ()),
        )


def _rounded(gain: float | None) -> float | None:
    return None if gain is None else round(gain, 9)


def _drift_outcome(
    platform: str, drift: Drift | None, policy: Policy
) -> tuple[Outcome, float | None, str]:
    """Say what is done about what all cells of a platform lost together."""
    if drift is None or policy.performance.drift == "keep":
        return Outcome.OK, None, ""
    gain = drift.gain
    told = figure_text(GAIN, gain.value, gain.low, gain.high, "")
    told = f"all {drift.cells} cells of {drift.models} models together: {told}"
    limit = _platform_limit(platform, policy)
    if gain.value >= 1:
        return Outcome.OK, limit, told
    if limit is None:
        return OUTCOMES[_OF_ACTION[policy.drift]], None, f"{told}; no limit speaks of it"
    least, shown = 1 - limit / 100, loss_text(GAIN, limit, "")
    if gain.high is not None and gain.high < least:
        return Outcome.FAIL, limit, f"{told}, limit {shown}"
    if gain.low is not None and gain.low < least:
        state = OUTCOMES[_OF_ACTION[policy.undecided]]
        return state, limit, f"{told}: cannot be told whether it exceeds {shown}"
    return Outcome.OK, limit, f"{told}, within its limit of {shown}"


def _platform_limit(platform: str, policy: Policy) -> float | None:
    """Return the first limit that asks for no more than the platform."""
    for rule in policy.performance.limits:
        conditions = dict(rule.where.conditions())
        pattern = conditions.pop("platform", None)
        if not conditions and (pattern is None or pattern.fullmatch(platform)):
            return rule.max_loss
    return None


def _restless(known: Evidence) -> Iterator[Note]:
    """Say where cells lie much further apart than A/A runs tell."""
    for platform, (noise, _) in sorted(known.platforms.items()):
        if noise.restless >= RESTLESS:
            what = (
                f"platform {clean(platform)}: half of the cells lie {noise.restless:.1f} times as "
                f"far apart as its {noise.twins} A/A runs tell: either most of them changed, or "
                "the machine did between the releases (performance: noise: spread allows for that)"
            )
            yield Note(outcome=Outcome.WARN, about="platform", what=what)


# ------------------------------------------------------------------------------------------- cells

_FIELDS = (
    "platform",
    "model",
    "precision",
    "recipe",
    "runtime",
    "device",
    "scenario",
    "load",
    "batch",
    "task",
    "form",
    "dataset",
    "shape",
    "metric",
    "unit",
)


_NUMBERS = ("before", "now", "value", "low", "high", "net", "p", "adjusted", "limit")


def _cells(
    found: Compared,
    columns: Columns,
    known: Evidence,
    limits: Limits,
    outcome: Codes,
    why: Texts,
) -> Iterator[JudgedCell]:
    """Yield every cell, worst first."""
    order = np.lexsort((np.arange(len(found)), -found.judged.size, known.kind, outcome))
    fields = [_texts(*columns.of(name), order) for name in _FIELDS]
    told = found.stated()
    rows = zip(
        outcome[order].tolist(),
        known.kind[order].tolist(),
        found.judged.figure[order].tolist(),
        limits.state[order].tolist(),
        why[order].tolist(),
        known.reason[order].tolist(),
        [told[i] for i in order.tolist()],
        zip(*fields, *_numbers(found, known, limits, order), strict=True),
        strict=True,
    )
    names = (*_FIELDS, *_NUMBERS)
    for code, kind, figure, state, because, reason, stated, rest in rows:
        yield JudgedCell(
            outcome=OUTCOMES[code],
            verdict=KINDS[kind],  # type: ignore[arg-type]
            figure=FIGURES[figure],  # type: ignore[arg-type]
            limit_state=STATES[state],
            why=because,
            reason=reason,
            stated=stated,
            **dict(zip(names, rest, strict=True)),
        )


def _numbers(
    found: Compared, known: Evidence, limits: Limits, order: Codes
) -> Iterator[list[float | None]]:
    """Yield the columns of ``_NUMBERS``.

    Logarithms differ in the last digit from machine to machine; reports shall not.
    """
    judged, value = found.judged, found.collection.value_columns.arrays["value"]
    sides = []
    for rows in (found.speaking.before, found.speaking.after):
        side = np.full(len(rows), np.nan)
        side[rows >= 0] = value[rows[rows >= 0]]
        sides.append(side)
    net = np.where(known.centre == 1, np.nan, judged.value / known.centre)
    gains = (np.round(column, 9) for column in (judged.value, known.low, known.high, net))
    for column in (*sides, *gains):
        yield _plain(column[order])
    for column in (known.p, known.adjusted):
        shown = _plain(column[order])
        yield [x if x is None or x == 1 else float(f"{x:.4g}") for x in shown]
    yield _plain(limits.limit[order])


def _texts(texts: Sequence[str], codes: Codes, order: Codes) -> list[str]:
    return [texts[code] for code in codes[order].tolist()]


def _plain(column: Floats) -> list[float | None]:
    return [None if x != x else x for x in column.tolist()]
