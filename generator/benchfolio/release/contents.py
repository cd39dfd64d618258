"""What a cell of a result file says, whatever ids its file gives to artefacts and races."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import structs

from benchfolio.results import Artefact, Cell, CellKey, Origin, Race, ResultFile, State, cell_key

SHOWN = 12
"""Hexadecimal digits of a content's hash in the id of an artefact or race that was renamed."""

LONGEST = 128
"""Characters of an id."""

EARLIEST = datetime.min.replace(tzinfo=UTC)
"""Stands for a start that nobody wrote down: anything else is newer."""

OTHER, PENDING, VALUES = 1, 0, 2
"""How much a cell has to say: values; why it has none; nothing yet."""


class Source(msgspec.Struct, frozen=True):
    """A result file and how reports name it."""

    name: str
    file: ResultFile


class Ref(msgspec.Struct, frozen=True, order=True):
    """An artefact or a race: the id that people gave it, and the hash of what it is."""

    base: str
    digest: str


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A cell with what it refers to.

    Attributes:
        cell: The cell; its origin is stated, even where it is its file's.
        source: Name of its file.
        level: Rank of its file by a stated precedence; higher wins.
        artefact: What ran.
        race: What it was measured in.
    """

    cell: Cell
    source: str
    level: int
    artefact: Ref | None
    race: Ref | None

    @property
    def says(self) -> int:
        """How much it has to say: ``VALUES``, ``OTHER`` or ``PENDING``."""
        if self.cell.state is State.OK:
            return VALUES
        return PENDING if self.cell.state is State.PENDING else OTHER

    @property
    def started(self) -> datetime:
        """When it was started."""
        return self.cell.started or EARLIEST


def digest(value: object) -> str:
    """Return the hash of a value of the contract: equal values have equal ones."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


def content(candidate: Candidate) -> str:
    """Return the hash of what a cell says: ids of artefacts and races do not count."""
    cell = plain(candidate)
    return digest((cell, *(ref.digest if ref else "" for ref in _refs(candidate))))


def plain(candidate: Candidate) -> Cell:
    """Return a cell without the ids that its file alone gives."""
    cell = candidate.cell
    rounds = structs.replace(cell.rounds, race="race") if cell.rounds else None
    return structs.replace(cell, artefact=None, rounds=rounds)


def _refs(candidate: Candidate) -> tuple[Ref | None, Ref | None]:
    return (candidate.artefact, candidate.race)


def ref(id_: str, described: Artefact | Race) -> Ref:
    """Return what an id of a file stands for; a name that ``names`` made is undone."""
    found = digest(described)
    return Ref(id_.removesuffix(f"@{found[:SHOWN]}"), found)


def candidates(source: Source, level: int) -> dict[CellKey, Candidate]:
    """Return the cells of a file by key."""
    file = source.file
    artefacts = {id_: ref(id_, made) for id_, made in file.artefacts.items()}
    races = {id_: ref(id_, race) for id_, race in file.races.items()}
    return {
        cell_key(cell): Candidate(
            cell=structs.replace(cell, origin=cell.origin or file.origin),
            source=source.name,
            level=level,
            artefact=artefacts[cell.artefact] if cell.artefact else None,
            race=races[cell.rounds.race] if cell.rounds else None,
        )
        for cell in file.cells
    }


def names(used: Mapping[Ref, datetime]) -> dict[Ref, str]:
    """Give every artefact or race an id of its own.

    Of several different ones with the same id, the one used last keeps it; the others get the hash
    of what they are behind theirs, so that the same ones always have the same names.

    Args:
        used: When the newest cell that refers to it was started.
    """
    order = sorted(used, key=lambda each: (used[each], each.digest), reverse=True)
    firsts = {each.base: each for each in reversed(order)}
    found = {each: base for base, each in firsts.items()}
    for each in sorted(set(order) - set(found)):
        found[each] = _free(each, set(found.values()))
    return found


def _free(one: Ref, taken: set[str]) -> str:
    """Return its base with as many digits of the hash as it takes to be alone."""
    for digits in range(SHOWN, len(one.digest) + 1):
        name = f"{one.base[: LONGEST - 1 - digits]}@{one.digest[:digits]}"
        if name not in taken:
            return name
    raise AssertionError("two contents with one hash")


def with_ids(
    won: Iterable[Candidate],
    artefacts: Mapping[Ref, str],
    races: Mapping[Ref, str],
    origin: Origin,
) -> tuple[Cell, ...]:
    """Return cells as a file of this origin has them, with its ids of artefacts and races."""
    return tuple(_with_ids(each, artefacts, races, origin) for each in won)


def _with_ids(
    one: Candidate, artefacts: Mapping[Ref, str], races: Mapping[Ref, str], origin: Origin
) -> Cell:
    cell = one.cell
    rounds = cell.rounds
    if rounds is not None and one.race is not None:
        rounds = structs.replace(rounds, race=races[one.race])
    return structs.replace(
        cell,
        artefact=artefacts[one.artefact] if one.artefact else None,
        rounds=rounds,
        origin=None if cell.origin == origin else cell.origin,
    )
