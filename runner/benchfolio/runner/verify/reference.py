"""Which recorded cells are meant: by id, pattern, model, or the link to a row of the site."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from benchfolio.results import (
    BadInput,
    Problem,
    Processor,
    ResultFile,
    State,
    WrongUsage,
    cell_anchor,
    cell_id,
    read_all,
    release_order,
    result_paths,
)
from benchfolio.runner.verify.command import patterns
from benchfolio.runner.verify.side import Side, baselines_of

_ANCHOR = re.compile(r"(?:^|#)(c-[0-9a-f]{12})$")
_SHOWN = 8


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a reference leads to.

    Attributes:
        sides: The recorded cells, each with its baseline.
        problems: Result files that could not be read, and were passed over.
    """

    sides: tuple[Side, ...]
    problems: tuple[Problem, ...]


def find(
    text: str,
    results: Path,
    *,
    processor: Processor,
    release: str | None = None,
    platform: str | None = None,
) -> Found:
    """Find measured cells that are ok.

    Args:
        text: Id of a cell, pattern of ids, id of a model, or anything that ends in ``#c-…``.
        results: Folder of result files.
        processor: Of this machine: its platform is meant where none is named.
        release: Only this one; the newest of the platform when left out.
        platform: Only this one.

    Raises:
        BadInput: The folder has no result file that can be read.
        WrongUsage: There is no such cell, or it is not said of which platform.
    """
    files, problems = _files(results)
    known = [side for file in files for side in _measured(file)]
    chosen = [
        side
        for side in known
        if release in (None, side.file.release) and platform in (None, side.file.platform.id)
    ]
    matches = _matcher(text)
    meant = [side for side in chosen if matches(side)]
    if not meant:
        raise WrongUsage(_nothing(text, chosen, known, files))
    if _ANCHOR.search(text) is None:
        meant = _of_one_platform(meant, processor)
        newest = max((side.file.release for side in meant), key=release_order)
        meant = [side for side in meant if side.file.release == newest]
    return Found(sides=tuple(map(_with_baseline, meant)), problems=tuple(problems))


def _files(results: Path) -> tuple[list[ResultFile], list[Problem]]:
    paths = result_paths(results) if results.is_dir() else []
    read, problems = read_all(paths, root=results)
    if not read:
        raise BadInput(problems or _no_files(results))
    return [file for _, file in read], problems


def _measured(file: ResultFile) -> list[Side]:
    """Return the cells that benchfolio measured, and that came to a figure."""
    return [
        Side(file=file, cell=cell)
        for cell in file.cells
        if cell.state is State.OK and (cell.origin or file.origin).kind == "measured"
    ]


def _matcher(text: str) -> Callable[[Side], bool]:
    anchor = _ANCHOR.search(text)
    if anchor is not None:
        return lambda side: _anchor(side) == anchor.group(1)
    return lambda side: (
        text in (side.cell.model, cell_id(side.cell))
        or fnmatch.fnmatchcase(cell_id(side.cell), text)
    )


def _anchor(side: Side) -> str:
    return cell_anchor(side.file.release, side.file.platform.id, side.cell)


def _of_one_platform(sides: Sequence[Side], processor: Processor) -> list[Side]:
    """Keep one platform: the only one, or the only one with this machine's processor.

    Raises:
        WrongUsage: There are several.
    """
    platforms = {side.file.platform.id: side.file.platform.processor for side in sides}
    if len(platforms) > 1:
        this = _looks(processor)
        platforms = {id_: each for id_, each in platforms.items() if _looks(each) == this} or {
            **platforms
        }
    if len(platforms) > 1:
        raise WrongUsage(_several(platforms))
    return [side for side in sides if side.file.platform.id in platforms]


def _looks(processor: Processor) -> tuple[object, ...]:
    return processor.name, tuple(sorted(processor.isa))


def _with_baseline(side: Side) -> Side:
    """Add the baseline: the one that the recorded command measures too, where it says so."""
    there = baselines_of(side.file, side.cell)
    named = [cell for cell in there if cell_id(cell) in patterns(side.cell)]
    baseline = next(iter(named or there), None)
    return msgspec.structs.replace(side, baseline=baseline)


# ------------------------------------------------------------------------------------------ errors


def _no_files(results: Path) -> Problem:
    return Problem(
        where="--results",
        what="holds no result files",
        expected="a folder with RELEASE/PLATFORM.json files",
        got="an empty folder" if results.is_dir() else "no such folder",
        remedy="name the folder that the record is in with --results DIR",
    )


def _nothing(
    text: str, chosen: Sequence[Side], known: Sequence[Side], files: Sequence[ResultFile]
) -> Problem:
    """Say why nothing is meant: no such id, another release or platform, or not ok."""
    elsewhere = sorted(
        {
            f"{side.file.release} on {side.file.platform.id}"
            for side in filter(_matcher(text), known)
        }
    )
    not_ok = sorted(
        f"{cell.state.value}: {cell_id(cell)}"
        for file in files
        for cell in file.cells
        if cell.state is not State.OK and text in (cell.model, cell_id(cell))
    )
    if elsewhere:
        got = f"it is in {_list(elsewhere)}"
        remedy = "name a release and a platform that have it"
    elif not_ok:
        got, remedy = _list(not_ok), "only a cell that is ok has figures to verify"
    else:
        got = f"{text[:200]!r}; near: {_list(_near(text, chosen)) or 'nothing'}"
        remedy = "list a suite's cells with: benchfolio run SUITE --list"
    return Problem(
        where="CELL",
        what="no measured cell is meant",
        expected="a cell's id, a pattern of ids, a model's id, or a link that ends in #c-…",
        got=got,
        remedy=remedy,
    )


def _near(text: str, sides: Sequence[Side]) -> list[str]:
    ids = sorted({name for side in sides for name in (side.cell.model, cell_id(side.cell))})
    if _ANCHOR.search(text):
        return []
    return difflib.get_close_matches(text, ids, n=_SHOWN, cutoff=0.4) or ids[:_SHOWN]


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _several(platforms: dict[str, Processor]) -> Problem:
    named = sorted(f"{id_} ({each.name or 'not told'})" for id_, each in platforms.items())
    return Problem(
        where="--platform",
        what="several platforms have this cell, and this machine does not tell which is meant",
        expected="one of them",
        got=_list(named),
        remedy="name one with --platform ID",
    )
