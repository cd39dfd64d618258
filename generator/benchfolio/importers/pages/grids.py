"""Grids: tables as rectangles of exact text, whatever markup they were written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchfolio.results import BadInput, Problem

MAX_CELLS = 200_000
MAX_SPAN = 1000

Place = tuple[int, int]
"""Line, from 1, and column of a document."""

_GLUE = ("_", "-", "/")


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell.

    Attributes:
        text: Exactly as given; a line break is a newline.
        link: Target of its first link.
        header: Whether it is a header cell.
        columns: How many columns it covers.
        rows: How many rows it covers.
    """

    text: str
    link: str | None = None
    header: bool = False
    columns: int = 1
    rows: int = 1

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines, blanks normalised, empty ones left out."""
        found = (" ".join(line.split()) for line in self.text.split("\n"))
        return tuple(line for line in found if line)

    @property
    def plain(self) -> str:
        """One line, blanks normalised; a word broken after ``_``, ``-`` or ``/`` is whole again."""
        whole = ""
        for line in self.lines:
            whole += line if not whole or whole.endswith(_GLUE) else f" {line}"
        return whole


@dataclass(frozen=True, slots=True)
class Grid:
    """One table with its spans filled in.

    Attributes:
        line: Line of the document it begins on.
        labels: Of each column, the texts of its header cells joined by " / ", repeats left out.
        rows: Body rows, without those that are empty; each as wide as it really is.
        heading: The nearest heading before it; empty without one.
    """

    line: int
    labels: tuple[str, ...]
    rows: tuple[tuple[GridCell, ...], ...]
    heading: str = ""

    def under(self, heading: str) -> Grid:
        """Return the same table under a heading."""
        return replace(self, heading=heading)


def fill(line: int, rows: Sequence[Sequence[GridCell]], where: str) -> Grid:
    """Make a grid of rows: leading rows of header cells name the columns, spans are filled.

    Raises:
        BadInput: There are more cells than a page can mean.
    """
    filled = _filled(rows, f"{where}:{line}")
    heads = 0
    while heads < len(rows) and all(cell.header for cell in rows[heads]):
        heads += 1
    if heads == len(rows):
        # A table of nothing but header cells has its names in the first row.
        heads = min(heads, 1)
    body = tuple(tuple(row) for row in filled[heads:] if any(cell.lines for cell in row))
    return Grid(line=line, labels=_labels(filled[:heads]), rows=body)


def bad(where: str, what: str, expected: str, got: str) -> Problem:
    """Return a problem of a document, with the usual remedy."""
    return Problem(
        where=where,
        what=what,
        expected=expected,
        got=got[:200],
        remedy="correct the document, or save the page again",
    )


def _filled(rows: Sequence[Sequence[GridCell]], where: str) -> list[list[GridCell]]:
    """Repeat cells over the rows and columns that they cover."""
    hanging: dict[int, tuple[GridCell, int]] = {}
    filled: list[list[GridCell]] = []
    count = 0
    for row in rows:
        out: list[GridCell] = []
        for cell in row:
            _hang(out, hanging)
            # Counted before it is repeated: a few spans must not fill the memory.
            count += cell.columns
            if count > MAX_CELLS:
                raise BadInput(
                    bad(where, "a table without end", f"at most {MAX_CELLS} cells", "more")
                )
            for _ in range(cell.columns):
                if cell.rows > 1:
                    hanging[len(out)] = (cell, cell.rows - 1)
                out.append(cell)
        _hang(out, hanging)
        count += len(out)
        filled.append(out)
    return filled


def _hang(out: list[GridCell], hanging: dict[int, tuple[GridCell, int]]) -> None:
    """Append the cells that reach down from earlier rows to where the row has got."""
    while len(out) in hanging:
        cell, left = hanging.pop(len(out))
        if left > 1:
            hanging[len(out)] = (cell, left - 1)
        out.append(cell)


def _labels(heads: Sequence[Sequence[GridCell]]) -> tuple[str, ...]:
    width = max((len(row) for row in heads), default=0)
    labels = []
    for column in range(width):
        texts = [row[column].plain for row in heads if column < len(row)]
        labels.append(" / ".join(dict.fromkeys(text for text in texts if text)))
    return tuple(labels)
