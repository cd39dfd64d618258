"""BASE and CANDIDATE of a command line: releases of a results folder, files or folders of files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from benchfolio.generator.load import Loaded, load
from benchfolio.results import BadInput, Problem, ResultFile, WrongUsage, read_all, release_order

Named = tuple[str, ResultFile]
_ROLES = ("base", "candidate")


class Sides(msgspec.Struct, frozen=True, kw_only=True):
    """Two sides that can be merged into one collection.

    Attributes:
        files: Result files of both, each of the release of its side.
        base: Name of the earlier side's release.
        candidate: Name of the later side's.
        problems: What is wrong with files that belong to neither.
    """

    files: tuple[Named, ...]
    base: str
    candidate: str
    problems: tuple[Problem, ...] = ()


def read_sides(base: str, candidate: str, results: Path) -> Sides:
    """Read both sides.

    Args:
        base: A release in the results folder, a result file, or a folder of one release's files.
        candidate: Likewise.
        results: The results folder; it is not read where both are paths.

    Raises:
        WrongUsage: There is no such release or path, or a folder holds several releases.
        BadInput: A file of either side is not valid.
    """
    asked = (base, candidate)
    folder = None if all(map(_is_path, asked)) else load(results)
    sides = [_side(name, results, folder) for name in asked]
    names = [release for release, _ in sides]
    if names[0] == names[1]:
        names = [f"{name} ({role})" for name, role in zip(names, _ROLES, strict=True)]
    files = tuple(
        (f"{role}: {file}", msgspec.structs.replace(content, release=name))
        for (_, own), name, role in zip(sides, names, _ROLES, strict=True)
        for file, content in own
    )
    problems = folder.problems if folder else ()
    _refuse_broken(problems, asked)
    return Sides(files=files, base=names[0], candidate=names[1], problems=problems)


def _is_path(name: str) -> bool:
    """Tell whether a name can be nothing but a path."""
    separated = os.sep in name or bool(os.altsep and os.altsep in name)
    return (separated or name.endswith(".json") or name in (".", "..")) and Path(name).exists()


def _side(name: str, results: Path, folder: Loaded | None) -> tuple[str, Sequence[Named]]:
    """Return the release of one side, and its files."""
    if folder is not None and not _is_path(name):
        own = [named for named in folder.files if named[1].release == name]
        if own:
            return name, own
    path = Path(name)
    if not path.exists():
        raise WrongUsage(_unknown(name, results, folder))
    files = list(_files(path))
    releases = sorted({file.release for _, file in files}, key=release_order)
    if len(releases) != 1:
        raise WrongUsage(_several(name, releases))
    return releases[0], files


def _files(path: Path) -> Iterator[Named]:
    if path.is_file():
        files, problems = read_all([path])
    else:
        loaded = load(path)
        files, problems = list(loaded.files), list(loaded.problems)
    if problems:
        raise BadInput(problems)
    for name, file in files:
        yield (path / name).as_posix() if path.is_dir() else path.as_posix(), file


def _refuse_broken(problems: Sequence[Problem], asked: Sequence[str]) -> None:
    """Stop where a broken file lies in the folder of a release that is compared."""
    ours = [one for one in problems if one.where.partition("/")[0] in asked]
    if ours:
        raise BadInput(ours)


def _unknown(name: str, results: Path, folder: Loaded | None) -> Problem:
    files = folder.files if folder else ()
    releases = sorted({file.release for _, file in files}, key=release_order)
    return Problem(
        where=name[:80],
        what=f"neither a release in {results.as_posix()} nor a path",
        expected=", ".join(releases) or "a release, a result file or a folder of them",
        got=name[:80],
        remedy="name one of these, or --results FOLDER where the releases are",
    )


def _several(name: str, releases: Sequence[str]) -> Problem:
    return Problem(
        where=name[:80],
        what="holds several releases" if releases else "holds no result file",
        expected="result files of one release",
        got=", ".join(releases) or "nothing",
        remedy=f"name a release, with --results {name[:80]}",
    )
