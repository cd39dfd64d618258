"""Result files of the same platform and release → one, by complete key, with every conflict.

The rules, so that the same files always give the same bytes:

- A cell is taken whole, never value by value. The one that has values beats the one that has none,
  the one started later beats the earlier, and what is left is decided by a hash of the content.
  With a stated precedence the file decides before that; but a pending cell, which says nothing yet,
  never beats another.
- Equal cells are one. Ids of artefacts and races are names within a file and do not count: what
  differs under the same id gets an id of its own, and rounds and twins go with their race.
- All cells of a race are started together, so that the newer race takes all cells that both have.
  Where cells are left of the older one, that is reported: a gain is computed within a race.
- A description takes each field from the newest file that states it; one that contradicts that
  file is left out. What was withheld once stays withheld.

Of cells, the order and the grouping in which files are merged make no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import Any

import msgspec

from benchfolio.release.contents import (
    EARLIEST,
    PENDING,
    VALUES,
    Candidate,
    Ref,
    Source,
    candidates,
    content,
    digest,
    names,
    plain,
    ref,
    with_ids,
)
from benchfolio.release.descriptions import Conflict, Descriptions, Side, check_metrics, told
from benchfolio.release.precedence import Precedence
from benchfolio.results import (
    KEY_FIELDS,
    VERSION,
    Artefact,
    BadInput,
    Cell,
    CellKey,
    Origin,
    Race,
    ResultFile,
    release_order,
)


class Combined(msgspec.Struct, frozen=True, kw_only=True):
    """One platform's results for one release, from several files.

    Attributes:
        file: The merged file.
        sources: Names of the files it was made from, sorted.
        conflicts: What they disagreed on, sorted.
    """

    file: ResultFile
    sources: tuple[str, ...]
    conflicts: tuple[Conflict, ...]


NEWEST = Precedence()


def combine(
    files: Iterable[tuple[str, ResultFile]],
    precedence: Precedence = NEWEST,
    *,
    another_machine: bool = False,
) -> list[Combined]:
    """Merge result files: one for each platform and release among them.

    Args:
        files: Valid files with their names; the order matters for ``first`` and ``last`` alone.
        precedence: Which file wins where two say different things.
        another_machine: Whether two different machines may go under one platform id; the winner's
            description is used then.

    Returns:
        Merged files, by release and platform. Every cell key of the files is in one of them.

    Raises:
        BadInput: Two files describe different machines, or define a metric differently.
        WrongUsage: A pattern of the precedence matches no file.
    """
    sources = [Source(name, file) for name, file in files]
    levels = precedence.levels([source.name for source in sources])
    groups: dict[tuple[str, str], list[tuple[Source, int]]] = {}
    for source, level in zip(sources, levels, strict=True):
        file = source.file
        groups.setdefault((file.release, file.platform.id), []).append((source, level))
    order = sorted(groups, key=lambda key: (release_order(key[0]), key[1]))
    problems = [
        problem
        for key in order
        for problem in check_metrics(sorted((s.name, s.file) for s, _ in groups[key]))
    ]
    if problems:
        raise BadInput(problems)
    return [_combined(groups[key], precedence, another_machine) for key in order]


def _combined(
    group: Sequence[tuple[Source, int]], precedence: Precedence, another_machine: bool
) -> Combined:
    ordered = sorted(group, key=lambda each: _file_rank(*each), reverse=True)
    sources = [source for source, _ in ordered]
    contest = _Contest(ordered, precedence)
    why = "of the file that is preferred" if precedence.is_stated else "of the newest file"
    described = Descriptions([(source.name, source.file) for source in sources], why)
    artefacts, races = contest.artefacts(), contest.races()
    origin = contest.origin()
    file = ResultFile(
        format="benchfolio-results",
        version=VERSION,
        release=sources[0].file.release,
        platform=described.platform(another_machine=another_machine),
        origin=origin,
        suite=described.suite(),
        software=described.mapping("software"),
        acceptance=described.mapping("acceptance"),
        metrics=described.mapping("metrics"),
        models=described.parts("models"),
        datasets=described.parts("datasets"),
        recipes=described.parts("recipes"),
        artefacts=contest.described("artefacts", artefacts),
        documents=described.documents(),
        races=contest.described("races", races),
        cells=with_ids(contest.won.values(), artefacts, races, origin),
    )
    conflicts = {*contest.conflicts(), *contest.split_races(races), *described.conflicts}
    conflicts |= set(contest.renamed(artefacts, races))
    return Combined(
        file=file,
        sources=tuple(sorted(source.name for source in sources)),
        conflicts=tuple(sorted(conflicts)),
    )


def _file_rank(source: Source, level: int) -> tuple[object, ...]:
    starts = [cell.started for cell in source.file.cells if cell.started is not None]
    return (level, max(starts, default=EARLIEST), digest(source.file), source.name)


_ORIGINS = ("transcribed", "imported", "measured")
"""Kinds of origin; the last of those that occur is the merged file's."""


class _Contest:
    """The cells of some files: which one is taken for each key, and what goes with it."""

    def __init__(self, sources: Sequence[tuple[Source, int]], precedence: Precedence) -> None:
        self._sources = [source for source, _ in sources]
        self._stated = precedence.is_stated
        entered: dict[CellKey, list[Candidate]] = {}
        for source, level in sources:
            for key, candidate in candidates(source, level).items():
                entered.setdefault(key, []).append(candidate)
        self._said: dict[CellKey, list[str]] = {}
        self._entered = {key: self._ranked(key, entered[key]) for key in sorted(entered)}
        self.won = {key: ranked[0] for key, ranked in self._entered.items()}

    def _ranked(self, key: CellKey, entered: list[Candidate]) -> list[Candidate]:
        """Return who wants to have a key, the winner first; note what each says."""
        if len(entered) == 1:
            return entered
        named = sorted(((content(one), one) for one in entered), key=lambda each: each[1].source)
        ranked = sorted(named, key=lambda each: self._rank(*each), reverse=True)
        self._said[key] = [said for said, _ in ranked]
        return [one for _, one in ranked]

    def _rank(self, said: str, one: Candidate) -> tuple[Any, ...]:
        heard = one.says != PENDING if self._stated else one.says
        race = one.race.digest if one.race else ""
        # Two races that were started in the same second do not mix: the race decides before the
        # cell does. Names come last and only make the choice between equal ones a fixed one.
        bases = tuple(each.base if each else "" for each in (one.artefact, one.race))
        return (heard, one.level, one.says, one.started, race, said, bases)

    def conflicts(self) -> Iterable[Conflict]:
        """Yield each cell that gave way to one that says something else."""
        for key, (kept, *_) in self._said.items():
            ranked = list(zip(self._said[key], self._entered[key], strict=True))
            won = ranked[0][1]
            agreeing = min(one.source for said, one in ranked if said == kept)
            for said, lost in ranked:
                if said != kept:
                    yield Conflict(
                        kind="cell",
                        key=key_words(key),
                        won=Side(agreeing, result_words(won.cell)),
                        lost=Side(lost.source, result_words(lost.cell)),
                        why=self._why(won, lost),
                    )

    def _why(self, won: Candidate, lost: Candidate) -> str:
        if self._stated and won.says != lost.says == PENDING:
            return "the other is still pending"
        if won.level != lost.level:
            return "of the file that is preferred"
        if won.says != lost.says:
            return "it has values" if won.says == VALUES else "the other is still pending"
        if won.started != lost.started:
            return f"started {_moment(won)}, the other {_moment(lost)}"
        fields = [
            name
            for name in won.cell.__struct_fields__
            if getattr(plain(won), name) != getattr(plain(lost), name)
        ]
        differing = ", ".join(fields) or "the artefact or the race"
        return (
            f"started at the same time, they differ in {differing}; a hash of the content decided"
        )

    def origin(self) -> Origin:
        """Return the merged file's origin: measured before imported before transcribed.

        Where files differ in more than that, the one of most cells.
        """
        stated = {digest(source.file.origin): source.file.origin for source in self._sources}
        if len(stated) == 1:
            return next(iter(stated.values()))
        cells: dict[Origin | None, int] = dict.fromkeys(stated.values(), 0)
        for one in self.won.values():
            if one.cell.origin in cells:
                cells[one.cell.origin] += 1
        return max(
            stated.values(),
            key=lambda each: (_ORIGINS.index(each.kind), cells[each], digest(each)),
        )

    def artefacts(self) -> dict[Ref, str]:
        """Return the artefacts that stay, with their ids: those in use, and those never contested.

        What no cell that is left was measured of goes, where another has its id.
        """
        used = _used((one.artefact, one.started) for one in self.won.values())
        return _kept(used, set(self._known("artefacts")))

    def races(self) -> dict[Ref, str]:
        """Return the races that stay, with their ids; one that lost all its cells goes."""
        used = _used((one.race, one.started) for one in self.won.values())
        raced = {one.race for entered in self._entered.values() for one in entered}
        return _kept(used, set(self._known("races")) - raced)

    def described(self, name: str, ids: Mapping[Ref, str]) -> dict[str, Any]:
        """Return artefacts or races by the ids they have now."""
        known = self._known(name)
        return {id_: known[each][1] for each, id_ in sorted(ids.items(), key=lambda item: item[1])}

    def renamed(self, artefacts: Mapping[Ref, str], races: Mapping[Ref, str]) -> Iterator[Conflict]:
        """Yield every artefact that is not what its id stands for now, and every renamed race."""
        for kind, name, ids in (("artefact", "artefacts", artefacts), ("race", "races", races)):
            known = self._known(name)
            firsts = {each.base: each for each, id_ in ids.items() if id_ == each.base}
            for each in sorted(known):
                first = firsts.get(each.base)
                gone = kind == "race" and each not in ids
                if first in (None, each) or gone or self._ids(name, each) == {ids.get(each)}:
                    continue
                yield self._rename(kind, known, first, (each, ids.get(each)))

    def _ids(self, name: str, one: Ref) -> set[str]:
        """Return what files call an artefact or a race."""
        return {
            id_
            for source in self._sources
            for id_, described in getattr(source.file, name).items()
            if ref(id_, described) == one
        }

    def _rename(
        self,
        kind: str,
        known: Mapping[Ref, tuple[str, Artefact | Race]],
        first: Ref,
        other: tuple[Ref, str | None],
    ) -> Conflict:
        each, id_ = other
        (file, kept), (lost_file, lost) = known[first], known[each]
        why = f"both are kept, the other as {id_}" if id_ else "no cell that is used was made of it"
        return Conflict(
            kind=kind,
            key=each.base,
            won=Side(file, _described(kept)),
            lost=Side(lost_file, _described(lost)),
            why=why,
        )

    def split_races(self, races: Mapping[Ref, str]) -> Iterator[Conflict]:
        """Yield each race of which some cells were measured anew and others were not."""
        for one, name in sorted(races.items()):
            raced = [
                (key, each)
                for key, entered in self._entered.items()
                for each in entered
                if each.race == one
            ]
            lost = [key for key, _ in raced if self.won[key].race != one]
            if lost and len(lost) < len(raced):
                count = len({key for key, _ in raced})
                owners = {self.won[key].source for key in lost}
                yield Conflict(
                    kind="race",
                    key=name,
                    field="cells",
                    won=Side(", ".join(sorted(owners)), f"{len(set(lost))} of its {count} cells"),
                    lost=Side(min(each.source for _, each in raced), key_words(lost[0])),
                    why="the rest stay in this race: gains are computed within one, so that between"
                    " these and those there is none; measure them together again",
                )

    def _known(self, name: str) -> dict[Ref, tuple[str, Artefact | Race]]:
        """Return all artefacts or races, with a file that has each."""
        found: dict[Ref, tuple[str, Artefact | Race]] = {}
        for source in sorted(self._sources, key=lambda each: each.name):
            for id_, described in getattr(source.file, name).items():
                found.setdefault(ref(id_, described), (source.name, described))
        return found


def _kept(used: Mapping[Ref, datetime], known: Set[Ref]) -> dict[Ref, str]:
    """Name what is used, and of what is not used one for every id that is still free."""
    taken = {each.base for each in used}
    idle = {each.base: each for each in sorted(known) if each.base not in taken}
    return names({**used, **dict.fromkeys(idle.values(), EARLIEST)})


def _used(found: Iterable[tuple[Ref | None, datetime]]) -> dict[Ref, datetime]:
    newest: dict[Ref, datetime] = {}
    for one, started in found:
        if one is not None:
            newest[one] = max(started, newest.get(one, EARLIEST))
    return newest


def _described(value: Artefact | Race) -> str:
    """Write an artefact or a race in few words; figures are not for reading."""
    if isinstance(value, Artefact):
        return told(value)
    return f"{value.scenario} race of {value.rounds} rounds, {value.seconds:g} s"


def _moment(one: Candidate) -> str:
    return one.cell.started.isoformat() if one.cell.started else "at an unknown time"


def key_words(key: CellKey) -> str:
    """Write a key for people, as ``model=digits-resnet, precision=INT8``."""
    pairs = zip(KEY_FIELDS, key, strict=True)
    return ", ".join(f"{name}={part}" for name, part in pairs if part)


def result_words(cell: Cell) -> str:
    """Write what a cell found, as ``latency@median 3.1 ms``, or why it found nothing."""
    values = [f"{name} {each.value:.6g} {each.unit}" for name, each in sorted(cell.values.items())]
    claims = [f"{each.figure} of {each.metric} {each.printed}" for each in cell.claims]
    return ", ".join((*values, *claims)) or f"{cell.state} {cell.reason or ''}".strip()
