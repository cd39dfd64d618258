"""Collection → the figures that Compare and Chooser work on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchfolio.generator.anchors import anchors
from benchfolio.generator.collection import Collection, FileInfo
from benchfolio.generator.entries import calm_words, field_label, why_refused
from benchfolio.generator.explore.rows import Rows
from benchfolio.generator.explore.types import (
    CELL_FIELDS,
    PLACE_FIELDS,
    Allowed,
    Cell,
    Choice,
    Explored,
    Head,
    Loss,
    Paired,
    Part,
    Shared,
    Speed,
    Value,
)
from benchfolio.generator.formats import Format, formats
from benchfolio.generator.formatting import clean
from benchfolio.generator.load import without_garbage_collection
from benchfolio.generator.measured import Measured
from benchfolio.generator.paired import RACED, paired_drop
from benchfolio.results import Artefact, Calm, Dataset, Direction, Kind, Limit
from benchfolio.statistics import Estimate

SPEEDS = ("throughput", "latency@median")
"""What a reader may rank by."""

_HASH = 12
_DIGITS = 9
"""More digits than any figure deserves, few enough to be quick to load."""

_TAKEN = ("cell", "metric", "value", "low", "high", "n", "unit", "definition", "refusal")
"""Columns of values that are needed."""

T = TypeVar("T")

Words = tuple[Sequence[T], NDArray[Any]]
"""A column: each thing once, and the place of each row's."""


def explore(collection: Collection) -> Explored:
    """Return everything that Compare and Chooser need of a collection, in its order."""
    with without_garbage_collection():
        return _Gatherer(collection).explored()


class _Numbers(Generic[T]):
    """Numbers for things in the order in which they come."""

    def __init__(self, first: Iterable[T] = ()) -> None:
        self._numbers = {one: number for number, one in enumerate(first)}

    def of(self, one: T) -> int:
        return self._numbers.setdefault(one, len(self._numbers))

    def all(self) -> tuple[T, ...]:
        return tuple(self._numbers)

    def of_rows(self, *columns: Words[T]) -> list[NDArray[np.int32]]:
        """Return the numbers of columns: things come row by row, in the order of the columns."""
        known = _Numbers(dict.fromkeys(one for names, _ in columns for one in names))
        ids = [np.array([known.of(one) for one in names], dtype=np.int64) for names, _ in columns]
        table = np.stack([own[codes] for own, (_, codes) in zip(ids, columns, strict=True)], axis=1)
        found, first = np.unique(table, return_index=True)
        things = known.all()
        number = np.zeros(len(things), dtype=np.int64)
        for id_ in found[np.argsort(first)].tolist():
            number[id_] = self.of(things[id_])
        return list(np.ascontiguousarray(number.astype(np.int32)[table].T))


class _Gatherer:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._all = range(len(collection))
        self._columns = {name: self._named(name) for name in (*CELL_FIELDS, *PLACE_FIELDS)}
        self._names = {name: _Numbers(names) for name, (names, _) in self._columns.items()}
        self._metrics = _Numbers(collection.metric_ids())
        self._texts = _Numbers([""])
        self._places: _Numbers[tuple[int, ...]] = _Numbers()

    def _named(self, name: str) -> Words[str]:
        """Return the texts of a column that occur, sorted, and the number of each cell's."""
        frame = self._collection.cell_columns
        found, codes = np.unique(frame.arrays[name], return_inverse=True)
        known = frame.categories.get(name)
        texts = [str(one) if known is None else known[one] for one in found.tolist()]
        order = sorted(range(len(texts)), key=texts.__getitem__)
        rank = np.argsort(np.array(order, dtype=np.int64))
        return [texts[at] for at in order], rank[codes.reshape(-1)]

    def _text(self, name: str, cell: int) -> str:
        names, codes = self._columns[name]
        return names[int(codes[cell])]

    def explored(self) -> Explored:
        """Gather all; the head comes last, when every name has its number."""
        part = Part(
            cells=self._cells(),
            values=self._values(),
            gains=tuple(self._gains()),
            drops=tuple(self._drops()),
            choices=tuple(self._choice(one) for one in formats(self._collection, {})),
        )
        return Explored(head=self._head(part), part=part)

    def _head(self, part: Part) -> Head:
        collection = self._collection
        recipes = (collection.recipes.get(id_) for id_ in self._names["recipe"].all())
        return Head(
            names={name: self._labelled(name) for name in self._names},
            originals=tuple(one is not None and one.method == "original" for one in recipes),
            tasks=self._tasks(),
            metrics=tuple(self._shared(id_) for id_ in self._metrics.all()),
            places=self._places.all(),
            floors=tuple(self._floor(place) for place in self._places.all()),
            texts=self._texts.all(),
            choosable=tuple(sorted({part.cells[one.cell].model for one in part.choices})),
            hosts=tuple(sorted(self._hosts(part).items())),
        )

    def _hosts(self, part: Part) -> dict[int, int]:
        places = self._places.all()
        found: dict[int, int] = {}
        for one in part.choices:
            cell = part.cells[one.cell]
            found.setdefault(places[cell.place][PLACE_FIELDS.index("platform")], cell.model)
        return found

    def _labelled(self, name: str) -> tuple[tuple[str, str], ...]:
        ids = self._names[name].all()
        return tuple((id_, field_label(self._collection, name, id_)) for id_ in ids)

    def _tasks(self) -> tuple[int, ...]:
        models, tasks = (self._columns[name][1] for name in ("model", "task"))
        last = np.zeros(len(self._names["model"].all()), dtype=np.int64)
        last[models] = tasks  # that of the last cell stays
        return tuple(last.tolist())

    def _shared(self, id_: str) -> Shared:
        metric = self._collection.metric(id_)
        scenarios = sorted(self._collection.scenarios_of(id_))
        return Shared(
            id=id_,
            label=clean(metric.label),
            higher=metric.direction is Direction.HIGHER,
            ratio=metric.kind is not Kind.QUALITY,
            timed=metric.kind is Kind.SPEED or id_.startswith("time@"),
            exact=id_ == "size",
            decimals=metric.decimals,
            scenarios=tuple(self._names["scenario"].of(one) for one in scenarios),
        )

    def _floor(self, place: Sequence[int]) -> float | None:
        ids = dict(zip(PLACE_FIELDS, place, strict=True))
        platform, release = (self._names[name].all()[ids[name]] for name in ("platform", "release"))
        floor = self._collection.together.noise_floor(platform, release)
        return None if floor is None else short(floor)

    # Cells and values --------------------------------------------------------------------

    def _cells(self) -> Rows[Cell]:
        collection = self._collection
        own = [self._columns[name][1].astype(np.int32) for name in CELL_FIELDS]
        newest = np.zeros(len(collection), dtype=np.bool_)
        newest[collection.select()] = True
        frame = collection.cell_columns
        reasons = [clean(reason) for reason in frame.categories["reason"]]
        texts = self._texts.of_rows(
            (frame.categories["state"], frame.arrays["state"]),
            (reasons, frame.arrays["reason"]),
            self._unusable(),
            self._hashes("dataset", lambda info: info.datasets),
            self._hashes("artefact", lambda info: info.artefacts),
        )
        named = np.array(anchors(collection, self._all), dtype=np.bytes_)
        columns = (*own, self._placed(), *texts, newest, named)
        return Rows(Cell, dict(zip(Cell.__struct_fields__, columns, strict=True)))

    def _placed(self) -> NDArray[np.int32]:
        """Return the number of each cell's place."""
        numbers = self._collection.cell_columns.numbers(PLACE_FIELDS)
        _, first, codes = np.unique(numbers, return_index=True, return_inverse=True)
        columns = (self._columns[name][1][first].tolist() for name in PLACE_FIELDS)
        (found,) = self._places.of_rows((list(zip(*columns, strict=True)), codes.reshape(-1)))
        return found

    def _unusable(self) -> Words[str]:
        """Return what is said against each cell that is of no use."""
        column = self._collection.cell_columns.arrays["verdict"]
        _, first, codes = np.unique(column, return_index=True, return_inverse=True)
        return [self._against(cell) for cell in first.tolist()], codes.reshape(-1)

    def _against(self, cell: int) -> str:
        verdict = self._collection.verdict(cell)
        if verdict is None or verdict.calm is not Calm.UNUSABLE:
            return ""
        return calm_words(self._collection, cell)

    def _hashes(
        self, name: str, described: Callable[[FileInfo], Mapping[str, Dataset | Artefact]]
    ) -> Words[str]:
        """Return the beginning of the hash of what a column names, as each cell's file has it."""
        frame = self._collection.cell_columns
        numbers = frame.numbers(("file", name))
        _, first, codes = np.unique(numbers, return_index=True, return_inverse=True)
        texts = []
        for cell in first.tolist():
            info = self._collection.file_of(cell)
            found = described(info).get(frame.text(name, cell))
            texts.append((found.sha256 or "")[:_HASH] if found else "")
        return texts, codes.reshape(-1)

    def _values(self) -> Rows[Value]:
        frame, metrics = self._collection.value_columns, self._metrics.all()
        number = {id_: at for at, id_ in enumerate(metrics)}
        rank = np.array([number[id_] for id_ in frame.categories["metric"]], dtype=np.int32)
        metric = rank[frame.arrays["metric"]] if len(rank) else np.zeros(0, dtype=np.int32)
        order = np.argsort(metric, kind="stable")
        columns = {name: column[order] for name, column in frame.arrays.items() if name in _TAKEN}
        unknown = np.isnan(columns["low"]) | np.isnan(columns["high"])
        ends = [np.where(unknown, np.nan, columns[name]) for name in ("low", "high")]
        unit, definition = self._texts.of_rows(
            *((frame.categories[name], columns[name]) for name in ("unit", "definition"))
        )
        found = (
            columns["cell"].astype(np.int32),
            metric[order],
            *map(_shortened, (columns["value"], *ends)),
            columns["n"],
            unit,
            definition,
            columns["refusal"] == frame.number("refusal", "misplaced"),
        )
        return Rows(Value, dict(zip(Value.__struct_fields__, found, strict=True)))

    # What was measured together -------------------------------------------------------------

    def _gains(self) -> Iterator[Paired]:
        """Yield the gain of each cell over each earlier one of its race."""
        races: dict[tuple[str, str], list[int]] = {}
        for cell in self._with("rounds"):
            rounds = self._collection.rounds(cell)
            if rounds is not None and rounds.figures:
                key = (self._collection.file_of(cell).name, rounds.race)
                races.setdefault(key, []).append(cell)
        metrics = {scenario: metric for metric, scenario in RACED.items()}
        pairs = [
            (metric, one, other)
            for cells in races.values()
            if (metric := metrics.get(self._text("scenario", cells[0]))) is not None
            for one, other in combinations(cells, 2)
        ]
        self._collection.together.find_gains((other, one) for _, one, other in pairs)
        for metric, one, other in pairs:
            gain = self._collection.together.gain_between(other, one)
            if gain is not None:
                yield self._paired(metric, one, other, gain)

    def _with(self, name: str) -> list[int]:
        """Return the cells that have something in a column of objects."""
        found: list[int] = np.flatnonzero(self._collection.cell_columns.arrays[name]).tolist()
        return found

    def _paired(self, metric: str, one: int, other: int, found: Estimate) -> Paired:
        low, high = found.low, found.high
        known = low is not None and high is not None
        return Paired(
            self._metrics.of(metric),
            one,
            other,
            short(found.value),
            short(low) if low is not None and known else None,
            short(high) if high is not None and known else None,
            found.n,
        )

    def _drops(self) -> Iterator[Paired]:
        """Yield the loss of each cell against each earlier one of the same samples of one file."""
        groups: dict[tuple[str, ...], list[int]] = {}
        for cell in self._with("outcomes"):
            for metric in self._collection.outcomes(cell):
                names = (self._text(name, cell) for name in ("model", "dataset"))
                key = (self._collection.file_of(cell).name, metric, *names)
                groups.setdefault(key, []).append(cell)
        for (_, metric, *_), cells in groups.items():
            found = self._collection.measured(metric, cells)
            for one, other in combinations([cell for cell in cells if cell in found], 2):
                yield from self._drop(metric, found[one], found[other])

    def _drop(self, metric: str, one: Measured, other: Measured) -> Iterator[Paired]:
        if one.unit != other.unit or one.refusal == "misplaced":
            return
        higher = self._collection.metric(metric).direction is Direction.HIGHER
        seen = one.value - other.value if higher else other.value - one.value
        outcomes = (self._collection.outcomes(cell)[metric] for cell in (other.cell, one.cell))
        pair = _with_drop(other, seen)
        drop = paired_drop(pair, *outcomes, higher_is_better=higher)
        if drop is not None:
            yield self._paired(metric, one.cell, other.cell, drop)

    # What may be chosen -----------------------------------------------------------------

    def _choice(self, one: Format) -> Choice:
        why = _why_unjudged(self._collection, one)
        speeds = tuple(self._speeds(one.cells))
        return Choice(
            one.cells[0],
            one.is_baseline,
            self._loss(one),
            self._limit(one.cells[0]),
            self._texts.of(why),
            self._texts.of("" if speeds else _why_no_speed(self._collection, one.cells)),
            speeds,
        )

    def _limit(self, cell: int) -> Allowed | None:
        limit: Limit | None = self._collection.limit(cell)
        if limit is None or limit.metric not in self._metrics.all():
            return None
        return Allowed(self._metrics.of(limit.metric), limit.max_drop)

    def _loss(self, one: Format) -> Loss | None:
        found = one.quality
        if found is None or found.drop is None:
            return None
        return Loss(
            found.cell,
            self._metrics.of(found.metric),
            short(found.drop),
            *_ends(found.drop_low, found.drop_high),
            found.drop_pairs is not None,
        )

    def _speeds(self, cells: Sequence[int]) -> Iterator[Speed]:
        for metric in SPEEDS:
            found = self._collection.measured(metric, cells)
            if found:
                sign = 1 if metric == "throughput" else -1
                best = max(found.values(), key=lambda one: (one.is_own_usable, sign * one.value))
                yield self._speed(best)

    def _speed(self, found: Measured) -> Speed:
        gain = None if found.refusal or not found.is_usable else found.gain
        return Speed(
            found.cell,
            self._metrics.of(found.metric),
            None if gain is None else short(gain),
            *(_ends(found.gain_low, found.gain_high) if gain is not None else (None, None)),
            found.is_within_noise,
            found.is_own_usable,
        )


def _ends(low: float | None, high: float | None) -> tuple[float | None, float | None]:
    if low is None or high is None:
        return None, None
    return short(low), short(high)


def short(value: float) -> float:
    """Return a figure with as many digits as are written."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else value


def _shortened(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array(list(map(short, values.tolist())), dtype=np.float64)


def _with_drop(found: Measured, drop: float) -> Measured:
    return msgspec.structs.replace(found, drop=drop)


def _why_unjudged(collection: Collection, one: Format) -> str:
    """Say why the loss of a format is not known; empty where it is."""
    if one.is_baseline or (one.quality is not None and one.quality.drop is not None):
        return ""
    if one.quality is not None:
        return why_refused(collection, one.quality)
    told = _states(collection, one.cells, ("accuracy",))
    return f"accuracy is {told}" if told else "its quality was not measured"


def _why_no_speed(collection: Collection, cells: Sequence[int]) -> str:
    return _states(collection, cells, ("throughput", "latency")) or "its speed was not measured"


def _states(collection: Collection, cells: Sequence[int], scenarios: Sequence[str]) -> str:
    """Return state and reason of the first of some cells that has no value."""
    columns = (collection.column(name, cells) for name in ("scenario", "state", "reason"))
    for scenario, state, reason in zip(*columns, strict=True):
        if scenario in scenarios and state != "ok":
            return f"{state}: {clean(reason)}" if reason else str(state)
    return ""


def ids(head: Head) -> Mapping[str, tuple[str, ...]]:
    """Return the ids of all names by field."""
    return {name: tuple(id_ for id_, _ in known) for name, known in head.names.items()}
