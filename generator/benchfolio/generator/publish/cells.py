"""Cells of a collection with everything derived from them, as the API has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from benchfolio.generator.anchors import anchors
from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import why_refused
from benchfolio.generator.facets import TRANSCRIBED
from benchfolio.generator.formats import formats
from benchfolio.generator.measured import Measured
from benchfolio.generator.publish.site import Site
from benchfolio.generator.publish.types import Cell, Derived, File, Key, Refusal, Value
from benchfolio.generator.verifying import id_of, verify_lines
from benchfolio.results import KEY_FIELDS, Interval, Kind, Origin, State

_COLUMNS = (
    *KEY_FIELDS,
    *("release", "platform", "task", "state", "reason", "note", "command", "artefact", "origin"),
    *("started", "seconds", "settings", "executed", "claims", "published", "baseline"),
)
"""Columns of a cell that are taken as they are."""

Row = Mapping[str, Any]
"""One cell's columns by name."""


def cells(collection: Collection, site: Site) -> list[Cell]:
    """Return all cells, in the order of the collection, which is that of their keys."""
    return _Reader(collection, site).cells()


class _Reader:
    """Reads cells; what several of them need is looked up once."""

    def __init__(self, collection: Collection, site: Site) -> None:
        self._collection = collection
        self._site = site
        self._all = range(len(collection))
        self._anchors = anchors(collection, self._all)
        self._acceptance = acceptances(collection)
        self._values = self._read_values()

    def cells(self) -> list[Cell]:
        """Return all cells."""
        columns = [self._collection.column(name, self._all) for name in _COLUMNS]
        rows = (dict(zip(_COLUMNS, row, strict=True)) for row in zip(*columns, strict=True))
        return [self._cell(cell, row) for cell, row in enumerate(rows)]

    def _cell(self, cell: int, row: Row) -> Cell:
        anchor = self._anchors[cell]
        page = self._site.page("model", row["model"])
        rounds = self._collection.rounds(cell)
        return Cell(
            anchor=anchor,
            permalink=f"{page}#{anchor}" if page else None,
            id=id_of(self._collection, cell),
            key=_key(row),
            task=row["task"] or None,
            state=State(row["state"]),
            reason=row["reason"] or None,
            note=row["note"] or None,
            values=self._values.get(cell, {}),
            claims=row["claims"],
            published=row["published"],
            acceptance=cast("Any", self._acceptance.get(cell)),
            verdict=self._collection.verdict(cell),
            baseline=self._anchors[row["baseline"]] if row["baseline"] >= 0 else None,
            artefact=self._artefact(cell, row["artefact"]),
            executed=row["executed"],
            settings=row["settings"],
            race=rounds.race if rounds else None,
            origin=self._origin(cell, row["origin"]),
            file=self._collection.file_of(cell).name,
            started=moment(row["started"]),
            seconds=row["seconds"],
            command=row["command"] or None,
            verify=next(iter(verify_lines(self._collection, [cell])), None),
        )

    def _artefact(self, cell: int, id_: str) -> File | None:
        found = self._collection.file_of(cell).artefacts.get(id_)
        if found is None:
            return None
        return File(id=id_, format=found.format, sha256=found.sha256, bytes=found.bytes)

    def _origin(self, cell: int, kind: str) -> Origin:
        """Return where a cell comes from: its file's origin, unless it has one of its own."""
        origin = self._collection.file_of(cell).origin
        return origin if origin.kind == kind else Origin(kind=cast("Any", kind))

    def _read_values(self) -> dict[int, dict[str, Value]]:
        found: dict[int, dict[str, Value]] = {}
        spreads = self._spreads()
        for metric in sorted(self._collection.metric_ids()):
            for cell, one in self._collection.measured(metric, self._all).items():
                value = value_of(self._collection, one, spreads.get((cell, metric)))
                found.setdefault(cell, {})[metric] = value
        return found

    def _spreads(self) -> dict[tuple[int, str], float]:
        frame = self._collection.values
        columns = (frame[name].tolist() for name in ("cell", "metric", "spread"))
        return {
            (cell, metric): spread
            for cell, metric, spread in zip(*columns, strict=True)
            if math.isfinite(spread)
        }


def acceptances(collection: Collection) -> dict[int, str]:
    """Return what is said of each cell's format; nothing of what other rules measured."""
    measured = formats(collection, {}, releases="all")
    taken = formats(collection, {"origin": TRANSCRIBED}, releases="all")
    return {cell: one.verdict for one in (*measured, *taken) for cell in one.cells}


def _key(row: Row) -> Key:
    known: dict[str, Any] = {name: row[name] for name in KEY_FIELDS if row[name] != ""}
    return Key(**known)


def moment(seconds: float | None) -> str | None:
    """Return a time in seconds since 1970 by RFC 3339, UTC; ``None`` where it is not known."""
    if seconds is None:
        return None
    try:
        found = datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return found.isoformat().replace("+00:00", "Z")


def value_of(collection: Collection, found: Measured, spread: float | None = None) -> Value:
    """Return a value with everything that follows from it.

    A drop is of quality and a gain of everything else: a gain of accuracy would say nothing.
    """
    metric = collection.metric(found.metric)
    value = Value(
        value=found.value,
        unit=found.unit,
        direction=metric.direction,
        n=found.n,
        interval=_interval(found),
        spread=spread,
        definition=found.definition or None,
        printed=found.printed or None,
        is_baseline=found.is_baseline,
        noise_floor=found.floor,
        calm=found.calm,
    )
    if found.is_baseline:
        return value
    if found.refusal:
        refusal = Refusal(code=found.refusal, reason=why_refused(collection, found))
        return msgspec.structs.replace(value, refusal=refusal)
    quality = metric.kind is Kind.QUALITY
    return msgspec.structs.replace(
        value,
        change=derived(found, "change"),
        relative=derived(found, "relative"),
        drop=derived(found, "drop") if quality else None,
        gain=None if quality else derived(found, "gain"),
        within_noise=found.is_within_noise,
        undetectable=found.is_undetectable,
    )


def _interval(found: Measured) -> Interval | None:
    if found.low is None or found.high is None:
        return None
    confidence = found.confidence or 0.95
    return Interval(low=found.low, high=found.high, confidence=confidence, method=found.method)


_PAIRED: Mapping[str, Callable[[Measured], tuple[str, int | None]]] = {
    "change": lambda found: (found.drop_method, found.drop_pairs),
    "drop": lambda found: (found.drop_method, found.drop_pairs),
    "relative": lambda found: (found.gain_method, found.gain_rounds),
    "gain": lambda found: (found.gain_method, found.gain_rounds),
}
"""How the interval of each derived figure was computed, and over how many pairs."""


def derived(found: Measured, figure: str) -> Derived | None:
    """Return one derived figure; ``None`` where there is none."""
    value, low, high = (getattr(found, figure + end) for end in ("", "_low", "_high"))
    if value is None or not math.isfinite(value):
        return None
    method, n = _PAIRED[figure](found)
    if low is None or high is None or not math.isfinite(low) or not math.isfinite(high):
        return Derived(value=value, n=n)
    return Derived(value=value, low=low, high=high, method=method, n=n)


def states(collection: Collection, at: Sequence[int]) -> dict[str, int]:
    """Count cells by state; every state is told, also where there is none."""
    found = collection.column("state", at)
    return {state.value: found.count(state.value) for state in State}
