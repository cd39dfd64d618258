"""Verdicts: is what a format loses within the acceptance limit, and which one is fastest?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import is_over, why_refused
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


class Verdict(msgspec.Struct, frozen=True):
    """What was decided about one format, and why."""

    word: str
    tip: str


class Verdicts:
    """Judges formats, and finds the fastest acceptable one of each model and platform.

    Args:
        collection: The results.
        formats: The cells of each format that is compared.
    """

    def __init__(self, collection: Collection, formats: Iterable[Sequence[int]]) -> None:
        known = [tuple(cells) for cells in formats]
        self._collection = collection
        self._values = Values(collection, _ours(collection, {c for cells in known for c in cells}))
        self._found: dict[tuple[int, ...], Verdict] = {}
        contests: dict[tuple[str, ...], list[tuple[int, ...]]] = {}
        for key in known:
            self._found[key] = self._judge(key)
            judged = self._found[key].word in (ACCEPTABLE, BASELINE)
            if judged and collection.limit(key[0]) is not None:
                contests.setdefault(self._contest(key), []).append(key)
        self._fastest: dict[tuple[int, ...], str] = {}
        for keys in contests.values():
            if len(keys) > 1:
                self._fastest |= self._winners(keys)

    def entry(self, cells: Sequence[int]) -> Entry:
        """Return the verdict on one format."""
        key = tuple(cells)
        verdict = self._found[key]
        fastest = self._fastest.get(key, "")
        state = "not comparable" if verdict.word == NOT_JUDGED else "ok"
        return Entry(
            text=f"{verdict.word}, {fastest}" if fastest else verdict.word,
            state=state,
            tone="good" if fastest else "bad" if verdict.word == OVER else "",
            tip=f"{verdict.tip}; {_TIPS[fastest]}" if fastest else verdict.tip,
            raw=verdict.word,
        )

    def word(self, cells: Sequence[int]) -> str:
        """Return the verdict on one format in a word."""
        return self._found[tuple(cells)].word

    def is_fastest(self, cells: Sequence[int]) -> bool:
        """Whether no acceptable format is faster."""
        return tuple(cells) in self._fastest

    def _contest(self, cells: Sequence[int]) -> tuple[str, ...]:
        return tuple(
            self._collection.text(name, cells[0]) for name in ("platform", "release", "model")
        )

    def _winners(self, formats: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], str]:
        """Return the fastest by throughput, or by latency where no throughput was measured.

        Those that noise does not tell from the first share its place; where a baseline is among
        them, nobody is called fast.
        """
        for metric, sign in (("throughput", 1), ("latency@median", -1)):
            speeds = {
                cells: max(found, key=lambda one: sign * one.value)
                for cells in formats
                if (found := [one for one in self._values.of(metric, cells) if one.is_own_usable])
            }
            if speeds:
                return self._placed(speeds, max(speeds, key=lambda key: sign * speeds[key].value))
        return {}

    def _placed(
        self, speeds: Mapping[tuple[int, ...], Measured], first: tuple[int, ...]
    ) -> dict[tuple[int, ...], str]:
        tied = [
            cells
            for cells, speed in speeds.items()
            if cells != first and not self._is_beaten(speed, speeds[first])
        ]
        if not tied:
            return {first: FASTEST}
        if any(self._found[cells].word == BASELINE for cells in (first, *tied)):
            return {}
        return dict.fromkeys((first, *tied), AMONG)

    def _is_beaten(self, one: Measured, first: Measured) -> bool:
        """Tell whether the first is faster than one by more than noise, where noise is known."""
        gain = self._collection.together.gain_between(first.cell, one.cell)
        if gain is not None:
            return is_beyond(gain, first.floor)
        if first.floor is None or min(first.value, one.value) <= 0:
            return True
        return abs(math.log(first.value / one.value)) > math.log1p(first.floor)

    def _judge(self, cells: tuple[int, ...]) -> Verdict:
        """Judge one format by its drop against the limit that its result file states."""
        collection = self._collection
        if all(_is_original(collection, cell) for cell in cells):
            return Verdict(BASELINE, "the FP32 original that the others are compared with")
        limit = collection.limit(cells[0])
        if limit is None:
            task = clean(collection.text("task", cells[0])) or "this task"
            return Verdict(NOT_JUDGED, f"no acceptance limit is stated for {task}")
        found = self._values.of(limit.metric, cells)
        if not found:
            return Verdict(NOT_JUDGED, _unmeasured(collection, list(cells), limit))
        # Several configurations of one format: the worst counts.
        worst = max(found, key=lambda one: one.drop if one.drop is not None else float("inf"))
        if worst.drop is None:
            return Verdict(NOT_JUDGED, why_refused(collection, worst))
        word = OVER if worst.drop > limit.max_drop else ACCEPTABLE
        return Verdict(word, _told(collection, worst, limit))


def _ours(collection: Collection, cells: Iterable[int]) -> list[int]:
    """Leave out what was measured by other rules than ours."""
    ordered = sorted(cells)
    scenarios = collection.column("scenario", ordered)
    return [cell for cell, name in zip(ordered, scenarios, strict=True) if name in OURS]


def _is_original(collection: Collection, cell: int) -> bool:
    names = ("precision", "method")
    return [collection.text(name, cell) for name in names] == ["FP32", "original"]


def _unmeasured(collection: Collection, at: list[int], limit: Limit) -> str:
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
