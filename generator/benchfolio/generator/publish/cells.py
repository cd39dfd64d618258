"""Cells of a collection with everything derived from them, as the API has them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any, cast

import numpy as np

from benchfolio.generator.anchors import anchors
from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import why_refused
from benchfolio.generator.facets import TRANSCRIBED
from benchfolio.generator.formats import Format, formats
from benchfolio.generator.formatting import clean
from benchfolio.generator.publish import figures
from benchfolio.generator.publish.figures import Figures, Floats, Ints, Words
from benchfolio.generator.publish.site import Site
from benchfolio.generator.publish.types import Cell, Derived, File, Key, Refusal, Value
from benchfolio.generator.verifying import ID_FIELDS
from benchfolio.results import KEY_FIELDS, Calm, Direction, Interval, Origin, State, release_order

_COLUMNS = (
    *KEY_FIELDS,
    *("task", "state", "reason", "note", "command", "artefact", "origin", "file"),
    *("started", "seconds", "settings", "executed", "claims", "published", "rounds"),
    *("verdict", "baseline"),
)
"""Columns of a cell that are taken as they are."""


class Group:
    """All cells of one platform for one release: they stand together in a collection.

    Attributes:
        release: Id of the release.
        platform: Id of the platform.
        cells: Positions of the cells.
        rows: Positions of their values in ``value_columns``.
    """

    def __init__(self, collection: Collection, site: Site, cells: range) -> None:
        self._collection = collection
        self._site = site
        self.cells = cells
        self.release = collection.text("release", cells[0])
        self.platform = collection.text("platform", cells[0])
        ends = collection.value_columns.arrays["cell"].searchsorted([cells.start, cells.stop])
        self.rows = range(*ends.tolist())

    @cached_property
    def anchors(self) -> list[str]:
        """The anchor of each cell."""
        return anchors(self._collection, self.cells)

    @cached_property
    def formats(self) -> list[Format]:
        """Every measured format, in the order of the cells."""
        return self._formats({})

    @cached_property
    def acceptance(self) -> list[str | None]:
        """What is said of the format of each cell; nothing of what other rules measured."""
        found: list[str | None] = [None] * len(self.cells)
        taken = set(TRANSCRIBED) & set(self._collection.texts("origin"))
        for one in (*self.formats, *(self._formats({"origin": TRANSCRIBED}) if taken else ())):
            for cell in one.cells:
                found[cell - self.cells.start] = one.verdict
        return found

    def forget(self) -> None:
        """Let go of what takes much room and can be found again."""
        self.__dict__.pop("formats", None)

    def figures(self) -> Figures:
        """Return the columns of all values."""
        return Figures(self._collection, self.rows.start, self.rows.stop)

    def column(self, name: str) -> list[Any]:
        """Return a column of the cells."""
        return self._collection.column(name, self.cells)

    def started(self) -> list[datetime | None]:
        """Return when each cell was started."""
        return [_time(seconds) for seconds in self.column("started")]

    def permalinks(self) -> list[str | None]:
        """Return where each cell is shown."""
        pages = {model: self._site.page("model", model) for model in set(self.column("model"))}
        found = (pages[model] for model in self.column("model"))
        pairs = zip(found, self.anchors, strict=True)
        return [f"{page}#{anchor}" if page else None for page, anchor in pairs]

    def baselines(self) -> list[str | None]:
        """Return the anchor of what each cell is compared with."""
        first = self.cells.start
        return [self.anchors[at - first] if at >= 0 else None for at in self.column("baseline")]

    def ids(self) -> list[str]:
        """Return the id of each cell, as ``results.cell_id`` writes it."""
        columns = (self.column(name) for name in ID_FIELDS)
        return list(map("/".join, zip(*columns, strict=True)))

    def verify_lines(self) -> list[str | None]:
        """Return the line that measures each cell again; see ``verifying.verify_lines``."""
        end = f"--release {shlex.quote(self.release)} --platform {shlex.quote(self.platform)}"
        columns = (self.column("origin"), self.column("state"), self.ids())
        lines = (
            f"benchfolio verify {shlex.quote(id_)} {end}"
            if origin == "measured" and state == "ok"
            else None
            for origin, state, id_ in zip(*columns, strict=True)
        )
        return [line if line is not None and clean(line) == line else None for line in lines]

    def artefacts(self) -> list[File | None]:
        """Return the file that ran in each cell."""
        known: dict[tuple[int, str], File | None] = {}
        keys = list(zip(self.column("file"), self.column("artefact"), strict=True))
        for key in set(keys):
            found = self._collection.catalogue.files[key[0]].artefacts.get(key[1])
            known[key] = found and File(
                id=key[1], format=found.format, sha256=found.sha256, bytes=found.bytes
            )
        return [known[key] for key in keys]

    def origins(self) -> list[Origin]:
        """Return where each cell comes from: its file's origin, unless it has one of its own."""
        known: dict[tuple[int, str], Origin] = {}
        keys = list(zip(self.column("file"), self.column("origin"), strict=True))
        for key in set(keys):
            origin = self._collection.catalogue.files[key[0]].origin
            known[key] = origin if origin.kind == key[1] else Origin(kind=cast("Any", key[1]))
        return [known[key] for key in keys]

    def _formats(self, where: Mapping[str, Sequence[str]]) -> list[Format]:
        own = {**where, "platform": [self.platform], "release": [self.release]}
        return formats(self._collection, own, releases="all")


def groups(collection: Collection, site: Site) -> list[Group]:
    """Return all cells by release and platform, oldest release first."""
    if not len(collection):
        return []
    arrays = collection.cell_columns.arrays
    differs = np.zeros(len(collection), dtype=np.bool_)
    for name in ("release", "platform"):
        differs[1:] |= arrays[name][1:] != arrays[name][:-1]
    edges = [0, *np.flatnonzero(differs).tolist(), len(collection)]
    found = [Group(collection, site, range(first, last)) for first, last in pairwise(edges)]
    return sorted(found, key=lambda one: (release_order(one.release), one.platform))


def cells(collection: Collection, group: Group) -> tuple[Cell, ...]:
    """Return the cells of a group, in the order of their keys."""
    columns = {name: group.column(name) for name in _COLUMNS}
    rows = zip(
        group.anchors,
        group.permalinks(),
        group.ids(),
        _keys(columns),
        _values(collection, group),
        group.acceptance,
        group.baselines(),
        group.artefacts(),
        group.origins(),
        map(_told, group.started()),
        group.verify_lines(),
        *(columns[name] for name in _COLUMNS[len(KEY_FIELDS) :]),
        strict=True,
    )
    names = [info.name for info in collection.catalogue.files]
    return tuple(_cell(names, *row) for row in rows)


def _cell(
    names: Sequence[str],
    anchor: str,
    permalink: str | None,
    id_: str,
    key: Key,
    values: dict[str, Value],
    acceptance: Any,  # noqa: ANN401 - one of the words that the type lists
    baseline: str | None,
    artefact: File | None,
    origin: Origin,
    started: str | None,
    verify: str | None,
    *columns: Any,  # noqa: ANN401 - of another type in each column
) -> Cell:
    row = dict(zip(_COLUMNS[len(KEY_FIELDS) :], columns, strict=True))
    return Cell(
        anchor=anchor,
        permalink=permalink,
        id=id_,
        key=key,
        task=row["task"] or None,
        state=State(row["state"]),
        reason=row["reason"] or None,
        note=row["note"] or None,
        values=values,
        claims=row["claims"],
        published=row["published"],
        acceptance=acceptance,
        verdict=row["verdict"],
        baseline=baseline,
        artefact=artefact,
        executed=row["executed"],
        settings=row["settings"],
        race=row["rounds"].race if row["rounds"] else None,
        origin=origin,
        file=names[row["file"]],
        started=started,
        seconds=row["seconds"],
        command=row["command"] or None,
        verify=verify,
    )


def _keys(columns: Mapping[str, list[Any]]) -> Iterator[Key]:
    optional = ("dataset", "form", "runtime_version", "shape")
    known = {
        name: [text or None for text in columns[name]] if name in optional else columns[name]
        for name in KEY_FIELDS
    }
    for row in zip(*known.values(), strict=True):
        yield Key(**dict(zip(known, row, strict=True)))


def moment(seconds: float | None) -> str | None:
    """Return a time in seconds since 1970 by RFC 3339, UTC; ``None`` where it is not known."""
    return _told(_time(seconds))


def _time(seconds: float | None) -> datetime | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _told(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")


# Values ------------------------------------------------------------------------------------


def _values(collection: Collection, group: Group) -> list[dict[str, Value]]:
    """Return the values of each cell of a group by metric."""
    found: list[dict[str, Value]] = [{} for _ in group.cells]
    known = group.figures()
    first = group.cells.start
    metrics = known.metric.texts()
    for cell, metric, value in zip(
        known.cell.tolist(), metrics, _made(collection, known), strict=True
    ):
        found[cell - first][str(metric)] = value
    return found


def _made(collection: Collection, known: Figures) -> Iterator[Value]:
    """Yield a value with everything that follows from it, of each row."""
    columns: dict[str, Sequence[object]] = {
        "value": known.value.tolist(),
        "unit": known.unit.texts(),
        "direction": _members(known.direction, Direction),
        "n": _counts(known.n),
        "interval": _intervals(known),
        "spread": _numbers(known.spread),
        "definition": known.definition.texts(),
        "printed": known.printed.texts(),
        "is_baseline": known.is_baseline.tolist(),
        **{name: _derived(known.derived(name)) for name in figures.FIGURES},
        "within_noise": known.within_noise.tolist(),
        "undetectable": known.undetectable.tolist(),
        "noise_floor": _numbers(known.noise_floor),
        "calm": _members(known.calm, Calm),
        "refusal": _refusals(collection, known),
    }
    names = tuple(columns)
    for row in zip(*columns.values(), strict=True):
        yield Value(**cast("Any", dict(zip(names, row, strict=True))))


def _numbers(column: Floats) -> list[float | None]:
    return [None if value != value else value for value in column.tolist()]


def _counts(column: Ints) -> list[int | None]:
    return [None if value < 0 else value for value in column.tolist()]


def _members(words: Words, kind: Any) -> list[Any]:  # noqa: ANN401 - an enumeration
    members = [*map(kind, words.names), None]
    return [members[code] for code in words.codes.tolist()]


def _intervals(known: Figures) -> list[Interval | None]:
    columns = (known.low.tolist(), known.high.tolist(), known.confidence.tolist())
    return [
        None
        if method is None
        else Interval(low=low, high=high, confidence=confidence, method=method)
        for low, high, confidence, method in zip(*columns, known.method.texts(), strict=True)
    ]


def _derived(found: figures.Derived) -> list[Derived | None]:
    columns = (found.value.tolist(), found.low.tolist(), found.high.tolist())
    rows = zip(*columns, found.method.texts(), _counts(found.n), strict=True)
    return [
        None
        if value != value
        else Derived(value=value, n=n)
        if method is None
        else Derived(value=value, low=low, high=high, method=method, n=n)
        for value, low, high, method, n in rows
    ]


def _refusals(collection: Collection, known: Figures) -> list[Refusal | None]:
    """Return why nothing is derived; what several values of a cell have in common is told once."""
    found: list[Refusal | None] = [None] * len(known)
    told: dict[tuple[str, int], Refusal] = {}
    codes, metrics = known.refusal, known.metric
    for row in np.flatnonzero(codes.codes >= 0).tolist():
        key = (codes.names[codes.codes[row]], int(known.cell[row]))
        if key not in told:
            metric = metrics.names[metrics.codes[row]]
            value = collection.measured(metric, [key[1]])[key[1]]
            told[key] = Refusal(code=key[0], reason=why_refused(collection, value))
        found[row] = told[key]
    return found


def states(collection: Collection, at: Sequence[int]) -> dict[str, int]:
    """Count cells by state; every state is told, also where there is none."""
    codes = collection.cell_columns.arrays["state"][np.asarray(at, dtype=np.int64)]
    names = collection.cell_columns.categories["state"]
    counts = dict(zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True))
    return {state.value: counts.get(state.value, 0) for state in State}
