"""What is asked of a run: the cells of one record whose rounds have the same settings."""

from __future__ import annotations

import glob
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from benchfolio.results import Race
from benchfolio.runner import platform
from benchfolio.runner.run import Request
from benchfolio.runner.verify.comparing import TOLERANCE
from benchfolio.runner.verify.matching import Match


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks for.

    Attributes:
        cell: Id, pattern, model or link.
        results: Folder of result files; it is only read.
        release: Of the record; the newest when left out.
        platform_id: Of the record; that of this machine when left out.
        suite: Instead of the one that the record's command names.
        cache: Folder for artefacts and data.
        tolerance: By how much absolute speeds may differ, relative.
        time_limit: Seconds for the rounds, instead of the record's.
        target_percent: Half width of the intervals of gains, instead of the record's.
        keep: Folder for the repetition's result files; none are kept when left out.
    """

    cell: str
    results: Path = Path("results")
    release: str | None = None
    platform_id: str | None = None
    suite: Path | None = None
    cache: Path | None = None
    tolerance: float = TOLERANCE
    time_limit: float | None = None
    target_percent: float | None = None
    keep: Path | None = None


def requests(matches: Sequence[Match], asked: Asked) -> list[tuple[Request, list[Match]]]:
    """Put together what is of one record and has the same settings of rounds."""
    groups: dict[tuple[object, ...], list[Match]] = defaultdict(list)
    for match in matches:
        if match.cell is not None:
            groups[_settings(match)].append(match)
    return [(_request(members, asked), members) for members in _joined(groups)]


def _settings(match: Match) -> tuple[object, ...]:
    file, cell = match.recorded.file, match.recorded.cell
    race = file.races.get(cell.rounds.race) if cell.rounds else None
    rounds = None if race is None else (race.time_limit, race.target)
    return (match.suite, file.release, file.platform.id, rounds)


def _joined(groups: Mapping[tuple[object, ...], list[Match]]) -> list[list[Match]]:
    """Measure what has no rounds together with what has."""
    joined: dict[tuple[object, ...], list[list[Match]]] = defaultdict(list)
    for key in sorted(groups, key=lambda key: key[-1] is None):
        there = joined[key[:-1]]
        if key[-1] is None and there:
            there[0].extend(groups[key])
        else:
            there.append(list(groups[key]))
    return [members for several in joined.values() for members in several]


def _request(members: Sequence[Match], asked: Asked) -> Request:
    """Ask for the cells and their baselines, as the record's release and platform."""
    file = members[0].recorded.file
    races = (_race(match) for match in members)
    race = next((each for each in races if each is not None), None)
    ids = [id_ for match in members for id_ in (match.cell, match.baseline) if id_]
    withheld = [field for field in file.platform.withheld if field in platform.WITHHOLDABLE]
    return Request(
        suite=members[0].suite,
        release=file.release,
        platform_id=file.platform.id,
        cache=asked.cache,
        only=tuple(glob.escape(id_) for id_ in dict.fromkeys(ids)),
        withhold=tuple(withheld),
        time_limit=asked.time_limit or (race.time_limit if race else None),
        target_percent=asked.target_percent or (round(race.target * 100, 9) if race else None),
    )


def _race(match: Match) -> Race | None:
    rounds = match.recorded.cell.rounds
    return match.recorded.file.races.get(rounds.race) if rounds else None
