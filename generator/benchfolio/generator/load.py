"""Read result files from a folder; a bad one is reported and skipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchfolio.results import BadInput, Problem, ResultFile, read, result_paths


class Loaded(msgspec.Struct, frozen=True):
    """What a folder of results holds.

    Attributes:
        files: Valid result files with their names relative to the folder, sorted by name.
        problems: What is wrong with the files that were skipped.
    """

    files: tuple[tuple[str, ResultFile], ...]
    problems: tuple[Problem, ...]


def load(folder: Path, *, release: str | None = None) -> Loaded:
    """Load the result files below a folder.

    Args:
        folder: Where the ``RELEASE/PLATFORM.json`` files are.
        release: Keep only this release.

    Returns:
        The good files and the problems of the bad ones; a folder that is missing or empty is
        one problem.
    """
    problems: list[Problem] = []
    files = tuple(stream(folder, problems, release=release))
    return Loaded(files, tuple(problems))


def stream(
    folder: Path, problems: list[Problem], *, release: str | None = None
) -> Iterator[tuple[str, ResultFile]]:
    """Yield one valid file after the other, so that no more than one is held in memory.

    Args:
        folder: Where the result files are.
        problems: What is wrong is appended here.
        release: Keep only this release.
    """
    paths = result_paths(folder) if folder.is_dir() else []
    if not paths:
        problems.append(_nothing(folder))
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            file = read(path, where=name)
        except BadInput as error:
            problems += error.problems
            continue
        if release is None or file.release == release:
            yield name, file


def _nothing(folder: Path) -> Problem:
    return Problem(
        where=folder.as_posix(),
        what="holds no result files",
        expected="RELEASE/PLATFORM.json files",
        got="an empty folder" if folder.is_dir() else "no such folder",
        remedy="measure with: benchfolio run SUITE --release R --platform ID",
    )
