"""The command that a record says it was measured with: its suite, and what it chose."""

from __future__ import annotations

import shlex
from itertools import pairwise
from pathlib import Path, PurePosixPath

from benchfolio.results import BadInput, Cell, Problem, cell_id


def patterns(cell: Cell) -> tuple[str, ...]:
    """Return the ids after ``--only`` in the command that measured a cell: its own first."""
    words = _words(cell)
    return tuple(after for word, after in pairwise(words) if word == "--only")


def suite_of(cell: Cell, where: Path) -> Path:
    """Return the suite that the command of a record names.

    Args:
        cell: The recorded cell.
        where: What the name is relative to.

    Raises:
        BadInput: The record has no such command, or there is no such file.
    """
    words = _words(cell)
    if words[:2] != ["benchfolio", "run"] or len(words) < 3:
        raise BadInput(_no_command(cell))
    name = PurePosixPath(words[2])
    # A record is somebody's file: it does not say what is run from elsewhere on this machine.
    if name.is_absolute() or ".." in name.parts or not (where / name).is_file():
        raise BadInput(_no_suite(cell, words[2]))
    return where / name


def _words(cell: Cell) -> list[str]:
    try:
        return shlex.split(cell.command or "")
    except ValueError:  # a quotation that does not end
        return []


def _no_command(cell: Cell) -> Problem:
    return Problem(
        where=cell_id(cell),
        what="the record does not say by which command it was measured",
        expected="benchfolio run SUITE …",
        got=repr(cell.command)[:200] if cell.command else "no command",
        remedy="name the suite with --suite FILE",
    )


def _no_suite(cell: Cell, name: str) -> Problem:
    return Problem(
        where=cell_id(cell),
        what="the suite that the record's command names is not here",
        expected=f"{name[:200]} in the working directory",
        got="no such file there",
        remedy="go to the folder of the suite, or name it with --suite FILE",
    )
