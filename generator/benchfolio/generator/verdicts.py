"""Verdicts: is what a format loses within the acceptance limit, and which one is fastest?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import BASELINE_TIP, is_over, why_refused
from benchfolio.generator.formatting import clean, number, span, with_unit
from benchfolio.generator.lookups import Values
from benchfolio.generator.measured import Measured, is_beyond
from benchfolio.generator.scenarios import OURS
from benchfolio.generator.view import Entry
from benchfolio.results import Limit

ACCEPTABLE = "acceptable"
OVER = "over the limit"
NOT_JUDGED = "not judged"
BASELINE = "baseline"


FASTEST = "fastest"
AMONG = "among the fastest"
_TIPS = {
    FASTEST: "the fastest that is acceptable",
    AMONG: "noise does not tell which of the fastest acceptable ones is the fastest",
}

_CONTEST = ("platform", "release", "model")
"""What formats have in common of which one is the fastest."""


class Verdict(msgspec.Struct, frozen=True):
    """What was decided about one format, and the value that decided it."""

    word: str
    worst: Measured | None = None


Cells = tuple[int, ...]
"""The cells of a format."""


class Verdicts:
    """Judges formats, and finds the fastest acceptable one of each model and platform.

    Args:
        collection: The results.
        formats: The cells of each format that is compared.

    Attributes:
        values: The values of all of these cells that were measured by our rules.
    """

    def __init__(self, collection: Collection, formats: Iterable[Sequence[int]]) -> None:
        known = list(map(tuple, formats))
        self._collection = collection
        self.values = Values(collection, _ours(collection, {c for cells in known for c in cells}))
        self._found = {cells: self._judge(cells) for cells in known}
        self._fastest: dict[Cells, str] = {}
        raced = [fast for some in self._contests() if (fast := self._speeds(some))]
        pairs = ((first, one) for first, *others in raced for _, one in others)
        collection.together.find_gains((first[1].cell, one.cell) for first, one in pairs)
        for first, *others in raced:
            self._fastest |= self._placed(first, others)

    def entry(self, cells: Sequence[int]) -> Entry:
        """Return the verdict on one format."""
        key = tuple(cells)
        word, tip = self._found[key].word, self._tip(key)
        fastest = self._fastest.get(key, "")
        state = "not comparable" if word == NOT_JUDGED else "ok"
        return Entry(
            text=f"{word}, {fastest}" if fastest else word,
            state=state,
            tone="good" if fastest else "bad" if word == OVER else "",
            tip=f"{tip}; {_TIPS[fastest]}" if fastest else tip,
            raw=word,
        )

    def word(self, cells: Sequence[int]) -> str:
        """Return the verdict on one format in a word."""
        return self._found[tuple(cells)].word

    def is_fastest(self, cells: Sequence[int]) -> bool:
        """Whether no acceptable format is faster."""
        return tuple(cells) in self._fastest

    def _contests(self) -> list[list[Cells]]:
        """Return the acceptable formats of each model and platform that has several."""
        found: dict[tuple[str, ...], list[Cells]] = {}
        for cells, verdict in self._found.items():
            if verdict.word in (ACCEPTABLE, BASELINE) and self._collection.limit(cells[0]):
                found.setdefault(self._contest(cells[0]), []).append(cells)
        return [formats for formats in found.values() if len(formats) > 1]

    def _contest(self, cell: int) -> tuple[str, ...]:
        return tuple(self._collection.text(name, cell) for name in _CONTEST)

    def _speeds(self, formats: Sequence[Cells]) -> list[tuple[Cells, Measured]]:
        """Return the first by throughput, or by latency where no throughput was measured.

        The others that have a speed follow.
        """
        for metric, sign in (("throughput", 1), ("latency@median", -1)):
            known = self.values.all(metric)
            speeds = {
                cells: max(found, key=lambda one: sign * one.value)
                for cells in formats
                if (found := [known[at] for at in cells if at in known and known[at].is_own_usable])
            }
            if speeds:
                first = max(speeds, key=lambda key: sign * speeds[key].value)
                return [(first, speeds.pop(first)), *speeds.items()]
        return []

    def _placed(
        self, first: tuple[Cells, Measured], others: Sequence[tuple[Cells, Measured]]
    ) -> dict[Cells, str]:
        """Return the fastest: those that noise does not tell from the first share its place.

        Where a baseline is among them, nobody is called fast.
        """
        tied = [cells for cells, speed in others if not self._is_beaten(speed, first[1])]
        if not tied:
            return {first[0]: FASTEST}
        if any(self._found[cells].word == BASELINE for cells in (first[0], *tied)):
            return {}
        return dict.fromkeys((first[0], *tied), AMONG)

    def _is_beaten(self, one: Measured, first: Measured) -> bool:
        """Tell whether the first is faster than one by more than noise, where noise is known."""
        gain = self._collection.together.gain_between(first.cell, one.cell)
        if gain is not None:
            return is_beyond(gain, first.floor)
        if first.floor is None or min(first.value, one.value) <= 0:
            return True
        return abs(math.log(first.value / one.value)) > math.log1p(first.floor)

    def _judge(self, cells: Cells) -> Verdict:
        """Judge one format by its drop against the limit that its result file states."""
        if all(map(self._collection.is_original, cells)):
            return Verdict(BASELINE)
        limit = self._collection.limit(cells[0])
        found = self.values.of(limit.metric, cells) if limit else []
        if limit is None or not found:
            return Verdict(NOT_JUDGED)
        # Several configurations of one format: the worst counts.
        worst = max(found, key=lambda one: one.drop if one.drop is not None else float("inf"))
        if worst.drop is None:
            return Verdict(NOT_JUDGED, worst)
        return Verdict(OVER if worst.drop > limit.max_drop else ACCEPTABLE, worst)

    def _tip(self, cells: Cells) -> str:
        """Say why a format is judged as it is."""
        collection, verdict = self._collection, self._found[cells]
        if verdict.word == BASELINE:
            return BASELINE_TIP
        limit = collection.limit(cells[0])
        if limit is None:
            task = clean(collection.text("task", cells[0])) or "this task"
            return f"no acceptance limit is stated for {task}"
        if verdict.worst is None:
            return _unmeasured(collection, cells, limit)
        if verdict.worst.drop is None:
            return why_refused(collection, verdict.worst)
        return _told(collection, verdict.worst, limit)


def _ours(collection: Collection, cells: Iterable[int]) -> list[int]:
    """Leave out what was measured by other rules than ours."""
    ordered = sorted(cells)
    scenarios = collection.column("scenario", ordered)
    return [cell for cell, name in zip(ordered, scenarios, strict=True) if name in OURS]


def _unmeasured(collection: Collection, at: Cells, limit: Limit) -> str:
    columns = (collection.column(name, at) for name in ("scenario", "state", "reason"))
    for scenario, state, reason in zip(*columns, strict=True):
        if scenario == "accuracy" and state != "ok":
            return f"accuracy is {state}{': ' + clean(reason) if reason else ''}"
    return f"{clean(limit.metric)} was not measured"


def _told(collection: Collection, found: Measured, limit: Limit) -> str:
    metric = collection.metric(found.metric)
    unit = "points" if found.unit == "%" else found.unit
    drop, most = (
        with_unit(number(value, metric.decimals), unit)
        for value in (found.drop or 0.0, limit.max_drop)
    )
    text = f"{clean(metric.label)} drops by {drop}, limit {most}"
    if found.is_undetectable and not is_over(collection, found):
        text = f"no detectable loss of {clean(metric.label)} ({drop}), limit {most}"
    if found.drop_low is None or found.drop_high is None:
        return text
    text += f"; interval {span(found.drop_low, found.drop_high, metric.decimals)}"
    unsure = found.drop_low <= limit.max_drop < found.drop_high
    return f"{text}, which includes the limit" if unsure else text
