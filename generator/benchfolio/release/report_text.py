"""A judgement as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from benchfolio.generator.formatting import clean
from benchfolio.release.judgement import JudgedCell, Judgement
from benchfolio.release.listing import (
    FAILS,
    change_of,
    counts_line,
    groups,
    headline,
    multiplicity_line,
    noise_line,
    values_of,
)

MOST = 40
"""Cells listed of what fails."""
_FEW = 10
"""Cells listed of what does not."""


def to_text(
    judgement: Judgement, *, width: int = 80, most: int = MOST, everything: bool = False
) -> str:
    """Write a judgement for people: the outcome first, then what fails, then the rest.

    Args:
        judgement: What was decided.
        width: Columns of the terminal; lines are folded, never cut.
        most: Cells listed of what fails, and a few at most of the rest; the others are counted.
        everything: Also list what is new or as before.
    """
    lines = [*_lines(judgement, most, everything=everything)]
    return "".join(f"{line}\n" for line in _folded(lines, max(20, width)))


def _lines(judgement: Judgement, most: int, *, everything: bool) -> Iterator[str]:
    yield headline(judgement)
    yield counts_line(judgement)
    yield multiplicity_line(judgement)
    yield from noise_line(judgement)
    for note in judgement.notes:
        yield f"{note.outcome}: {clean(note.what)}"
    for title, cells in groups(judgement, everything=everything):
        yield ""
        yield f"{title} ({len(cells)})"
        shown = most if everything or title == FAILS else min(most, _FEW)
        for cell in cells[:shown]:
            yield from _cell(cell)
        if len(cells) > shown:
            yield f"  and {len(cells) - shown} more; --format json lists all"


def _cell(cell: JudgedCell) -> Iterator[str]:
    yield f"  {clean(f'{cell.platform}: {cell.name}')}"
    for told in (values_of(cell), change_of(cell), clean(", ".join(cell.stated))):
        if told:
            yield f"    {told}"


def _folded(lines: Iterable[str], width: int) -> Iterator[str]:
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()))
        yield from textwrap.wrap(
            line,
            width,
            subsequent_indent=f"{indent}  ",
            break_on_hyphens=False,
        ) or [""]
