"""Cells of a collection with everything derived from them, as the API has them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeVar

import msgspec
import numpy as np

from benchfolio.generator.anchors import anchors
from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import why_refused
from benchfolio.generator.formatting import clean
from benchfolio.generator.frame import Frame
from benchfolio.generator.publish import figures
from benchfolio.generator.publish.figures import Figures, Floats, Ints, Words
from benchfolio.generator.publish.judging import Judged
from benchfolio.generator.publish.site import Site
from benchfolio.generator.publish.types import Cell, Derived, File, Key, Refusal, Value
from benchfolio.generator.verifying import ID_FIELDS
from benchfolio.results import KEY_FIELDS, Calm, Direction, Interval, Origin, State, release_order

Told = TypeVar("Told")

_STATES = {state.value: state for state in State}


@dataclass(frozen=True)
class Group:
    """All cells of one platform for one release: they stand together in a collection.

    Attributes:
        release: Id of the release.
        platform: Id of the platform.
        cells: Positions of the cells.
        rows: Positions of their values in ``value_columns``.
    """

    release: str
    platform: str
    cells: range
    rows: range


class Part:
    """All cells of one release: documents and the table share what is found.

    What all cells have is one column; what follows from few of their fields is found once for
    each that is different.

    Args:
        collection: The results.
        site: What is to be known of the site.
        release: Its id.
        groups: Its groups, one after the other as in the collection.
    """

    def __init__(
        self, collection: Collection, site: Site, release: str, groups: Sequence[Group]
    ) -> None:
        self.collection = collection
        self._site = site
        self.release = release
        self.groups = groups
        ends = (groups[0], groups[-1]) if groups else None
        self.cells = range(ends[0].cells.start, ends[1].cells.stop) if ends else range(0)
        self.rows = range(ends[0].rows.start, ends[1].rows.stop) if ends else range(0)

    @cached_property
    def figures(self) -> Figures:
        """The columns of all values."""
        return Figures(self.collection, self.rows.start, self.rows.stop)

    @cached_property
    def judged(self) -> Judged:
        """What is said of the formats."""
        return Judged(self.collection, self.cells, self.figures)

    @cached_property
    def anchors(self) -> list[str]:
        """The anchor of each cell."""
        return anchors(self.collection, self.cells)

    @cached_property
    def permalinks(self) -> list[str | None]:
        """Where each cell is shown."""
        pages = self._shared(("model",), lambda model: self._site.page("model", model))
        pairs = zip(pages, self.anchors, strict=True)
        return [f"{page}#{anchor}" if page else None for page, anchor in pairs]

    @cached_property
    def baselines(self) -> list[str | None]:
        """The anchor of what each cell is compared with."""
        own, first = self.anchors, self.cells.start
        return [own[at - first] if at >= 0 else None for at in self.column("baseline")]

    @cached_property
    def verify_lines(self) -> list[str | None]:
        """The line that measures each cell again; see ``verifying.verify_lines``."""
        ids = self._shared(ID_FIELDS, lambda *parts: _typed("/".join(parts)))
        places = self._shared(("release", "platform"), _place)
        rights = zip(self.column("origin"), self.column("state"), strict=True)
        ours = [right == ("measured", "ok") for right in rights]
        return [
            f"benchfolio verify {id_} {place}" if is_ours and id_ and place else None
            for is_ours, id_, place in zip(ours, ids, places, strict=True)
        ]

    @cached_property
    def started(self) -> list[datetime | None]:
        """When each cell was started."""
        return list(map(_time, self.column("started")))

    @cached_property
    def artefacts(self) -> list[File | None]:
        """The file that ran in each cell."""
        files = self.collection.catalogue.files

        def file(at: int, id_: str) -> File | None:
            one = files[at].artefacts.get(id_)
            if one is None:
                return None
            return File(id=id_, format=one.format, sha256=one.sha256, bytes=one.bytes)

        return self._shared(("file", "artefact"), file)

    @cached_property
    def ids(self) -> list[str]:
        """The id of each cell, as ``results.cell_id`` writes it."""
        return self._shared(ID_FIELDS, lambda *parts: "/".join(parts))

    @cached_property
    def keys(self) -> list[Key]:
        """What makes each cell comparable."""
        optional = {"dataset", "form", "runtime_version", "shape"}

        def key(*row: Any) -> Key:  # noqa: ANN401 - of another type in each column
            named = dict(zip(KEY_FIELDS, row, strict=True))
            return Key(**named | {name: named[name] or None for name in optional})

        return self._shared(KEY_FIELDS, key)

    @cached_property
    def origins(self) -> list[Origin]:
        """Where each cell comes from: its file's origin, unless it has one of its own."""
        files = self.collection.catalogue.files

        def origin(at: int, kind: Any) -> Origin:  # noqa: ANN401 - one of the words of the type
            return files[at].origin if files[at].origin.kind == kind else Origin(kind=kind)

        return self._shared(("file", "origin"), origin)

    def column(self, name: str) -> list[Any]:
        """Return a column of the cells."""
        return self.collection.column(name, self.cells)

    def _shared(self, names: Sequence[str], tell: Callable[..., Told]) -> list[Told]:
        """Return what is told of the values of some columns, of each cell."""
        frame, own = self.collection.cell_columns, slice(self.cells.start, self.cells.stop)
        arrays = {name: frame.arrays[name][own] for name in names}
        numbers = Frame(arrays, frame.categories).numbers(names)
        _, first, place = np.unique(numbers, return_index=True, return_inverse=True)
        at = (first + own.start).tolist()
        columns = (self.collection.column(name, at) for name in names)
        told = [tell(*row) for row in zip(*columns, strict=True)]
        return [told[at] for at in place.reshape(-1).tolist()]


def _typed(text: str) -> str:
    """Return a text for a command line; what cannot be shown as it is must not be typed."""
    quoted = shlex.quote(text)
    return quoted if clean(quoted) == quoted else ""


def _place(release: str, platform: str) -> str:
    release, platform = _typed(release), _typed(platform)
    return f"--release {release} --platform {platform}" if release and platform else ""


def groups(collection: Collection) -> list[Group]:
    """Return all cells by release and platform, oldest release first."""
    if not len(collection):
        return []
    arrays = collection.cell_columns.arrays
    differs = np.zeros(len(collection), dtype=np.bool_)
    for name in ("release", "platform"):
        differs[1:] |= arrays[name][1:] != arrays[name][:-1]
    edges = [0, *np.flatnonzero(differs).tolist(), len(collection)]
    rows = collection.value_columns.arrays["cell"].searchsorted(edges).tolist()
    found = [
        Group(
            release=collection.text("release", cells[0]),
            platform=collection.text("platform", cells[0]),
            cells=range(*cells),
            rows=range(*own),
        )
        for cells, own in zip(pairwise(edges), pairwise(rows), strict=True)
    ]
    return sorted(found, key=lambda one: (release_order(one.release), one.platform))


def parts(collection: Collection, site: Site) -> Iterator[Part]:
    """Yield everything by release, the oldest first; also a release without any cell."""
    by_release: dict[str, list[Group]] = {}
    for group in groups(collection):
        by_release.setdefault(group.release, []).append(group)
    for release in collection.releases:
        yield Part(collection, site, release, by_release.get(release, []))


def cells(part: Part, group: Group) -> tuple[Cell, ...]:
    """Return the cells of a group of a part, in the order of their keys."""
    first = part.cells.start
    own = slice(group.cells.start - first, group.cells.stop - first)
    names = [info.name for info in part.collection.catalogue.files]
    shared = {name: column[own] for name, column in _shared_columns(part).items()}
    taken = {name: part.collection.column(name, group.cells) for name in _TAKEN}
    columns: dict[str, Sequence[object]] = {
        **shared,
        **taken,
        **{name: [text or None for text in taken[name]] for name in _OPTIONAL},
        "state": [_STATES[state] for state in taken["state"]],
        "file": [names[at] for at in taken["file"]],
        "race": _races(part.collection, group.cells),
        "values": _values(part, group),
        "started": [time and _told(time) for time in part.started[own]],
    }
    return tuple(map(Cell, *(columns[name] for name in Cell.__struct_fields__)))


_OPTIONAL = ("task", "reason", "note", "command")
_TAKEN = (
    *("state", "file", "seconds", "settings", "executed", "claims", "published", "verdict"),
    *_OPTIONAL,
)
"""Columns of a cell that are taken as they are, or nearly so."""


def _shared_columns(part: Part) -> dict[str, list[Any]]:
    return {
        "anchor": part.anchors,
        "permalink": part.permalinks,
        "id": part.ids,
        "key": part.keys,
        "acceptance": part.judged.words,
        "baseline": part.baselines,
        "artefact": part.artefacts,
        "origin": part.origins,
        "verify": part.verify_lines,
    }


class _OfRace(msgspec.Struct, frozen=True):
    """What is wanted of ``results.Rounds`` here: the figures are many."""

    race: str


def _races(collection: Collection, at: range) -> list[str | None]:
    """Return the race that each cell took part in."""
    numbers = collection.cell_columns.arrays["rounds"][at.start : at.stop].tolist()
    encoded = collection.cell_columns.objects["rounds"].encoded
    decoder = msgspec.json.Decoder(_OfRace)
    return [decoder.decode(encoded[number]).race if number else None for number in numbers]


def moment(seconds: float | None) -> str | None:
    """Return a time in seconds since 1970 by RFC 3339, UTC; ``None`` where it is not known."""
    time = _time(seconds)
    return None if time is None else _told(time)


def _time(seconds: float | None) -> datetime | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _told(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


# Values ------------------------------------------------------------------------------------


def _values(part: Part, group: Group) -> list[dict[str, Value]]:
    """Return the values of each cell of a group by metric."""
    found: list[dict[str, Value]] = [{} for _ in group.cells]
    first, known = part.rows.start, part.figures
    own = slice(group.rows.start - first, group.rows.stop - first)
    places = (known.cell[own] - group.cells.start).tolist()
    made = _made(part.collection, known, own)
    for place, metric, value in zip(places, known.metric[own].texts(), made, strict=True):
        found[place][str(metric)] = value
    return found


def _made(collection: Collection, known: Figures, own: slice) -> list[Value]:
    """Return a value with everything that follows from it, of each of some rows."""
    columns: dict[str, Sequence[object]] = {
        "value": known.value[own].tolist(),
        "unit": known.unit[own].texts(),
        "direction": _members(known.direction[own], Direction),
        "n": _counts(known.n[own]),
        "interval": _intervals(known, own),
        "spread": _numbers(known.spread[own]),
        "definition": known.definition[own].texts(),
        "printed": known.printed[own].texts(),
        "is_baseline": known.is_baseline[own].tolist(),
        **{name: _derived(known.derived[name][own]) for name in figures.FIGURES},
        "within_noise": known.within_noise[own].tolist(),
        "undetectable": known.undetectable[own].tolist(),
        "noise_floor": _numbers(known.noise_floor[own]),
        "calm": _members(known.calm[own], Calm),
        "refusal": _refusals(collection, known, own),
    }
    return list(map(Value, *(columns[name] for name in Value.__struct_fields__)))


def _numbers(column: Floats) -> list[float | None]:
    return [None if value != value else value for value in column.tolist()]


def _counts(column: Ints) -> list[int | None]:
    return [None if value < 0 else value for value in column.tolist()]


def _members(words: Words, kind: Any) -> list[Any]:  # noqa: ANN401 - an enumeration
    members = [*map(kind, words.names), None]
    return [members[code] for code in words.codes.tolist()]


def _intervals(known: Figures, own: slice) -> list[Interval | None]:
    columns = (column[own].tolist() for column in (known.low, known.high, known.confidence))
    return [
        None
        if method is None
        else Interval(low=low, high=high, confidence=confidence, method=method)
        for low, high, confidence, method in zip(*columns, known.method[own].texts(), strict=True)
    ]


def _derived(found: figures.Derived) -> list[Derived | None]:
    columns = (found.value.tolist(), found.low.tolist(), found.high.tolist())
    rows = zip(*columns, found.method.texts(), _counts(found.n), strict=True)
    return [
        None
        if value != value
        else Derived(value, n=n)
        if method is None
        else Derived(value, low, high, method, n)
        for value, low, high, method, n in rows
    ]


def _refusals(collection: Collection, known: Figures, own: slice) -> list[Refusal | None]:
    """Return why nothing is derived; what several values of a cell have in common is told once."""
    codes, metrics, cells = known.refusal[own], known.metric[own], known.cell[own]
    found: list[Refusal | None] = [None] * len(codes)
    told: dict[tuple[str, int], Refusal] = {}
    for row in np.flatnonzero(codes.codes >= 0).tolist():
        key = (codes.names[codes.codes[row]], int(cells[row]))
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
