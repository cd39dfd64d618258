"""What rules are made of: severities, places, hits, findings, and what rules look at."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.lint.printed import PrintedTable, Row, printed_tables, shown
from benchfolio.generator.merge import merge
from benchfolio.results import Problem, ResultFile


class Severity(StrEnum):
    """What a finding does to a check: errors fail it, warnings under ``--strict``, notes never."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Place(msgspec.Struct, frozen=True, order=True):
    """Where something was found: a file, and the row of a published table where there is one.

    Attributes:
        file: Name of the result file.
        table: Heading of the published table.
        row: Number of its row, 0 where a whole table or file is meant.
        name: The model's name as printed, blanks made visible.
    """

    file: str
    table: str = ""
    row: int = 0
    name: str = ""


class Hit(msgspec.Struct, frozen=True):
    """What a rule yields."""

    place: Place
    problem: Problem


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a rule found; ``muted`` says why it was judged harmless."""

    rule: str
    severity: Severity
    place: Place
    problem: Problem
    muted: str | None = None


@dataclass(frozen=True)
class Subject:
    """What rules look at.

    Attributes:
        files: Valid result files with their names.
        problems: What is wrong with the others.
    """

    files: tuple[tuple[str, ResultFile], ...]
    problems: tuple[Problem, ...] = ()

    @cached_property
    def collection(self) -> Collection:
        """The files merged."""
        return merge(self.files)

    @cached_property
    def tables(self) -> tuple[PrintedTable, ...]:
        """The published tables that the files were transcribed from."""
        return printed_tables(self.files)

    @cached_property
    def sound_tables(self) -> tuple[PrintedTable, ...]:
        """Tables whose figures stand in their columns.

        Where they do not, every other rule about figures would only repeat it row by row.
        """
        return tuple(table for table in self.tables if not table.is_shifted)

    @cached_property
    def shifted_cells(self) -> frozenset[int]:
        """Identities of the cells that stand in the wrong columns."""
        shifted = (table for table in self.tables if table.is_shifted)
        return frozenset(id(cell) for table in shifted for row in table.rows for cell in row.cells)


Find = Callable[[Subject], Iterable[Hit]]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule.

    Attributes:
        name: As findings, mutes and pages call it.
        doc: What it finds, in one sentence.
        more: Why it matters and what to do, for people who ask.
    """

    name: str
    severity: Severity
    doc: str
    more: str
    find: Find


def rule(severity: Severity, find: Find) -> Rule:
    """Make a rule of a function: its name and its documentation are those of the function."""
    doc, _, more = (inspect.getdoc(find) or "").partition("\n\n")
    name = getattr(find, "__name__", "").replace("_", "-")
    return Rule(
        name=name, severity=severity, doc=" ".join(doc.split()), more=more.strip(), find=find
    )


def about(problem: Problem) -> Hit:
    """Say where a problem is by what its text begins with."""
    return Hit(Place(problem.where.partition(": ")[0]), problem)


def at_table(
    table: PrintedTable, what: str, *, expected: str = "", got: str = "", remedy: str = ""
) -> Hit:
    """Report something about a whole table."""
    place = Place(table.file, table.heading)
    where = f"{table.file}: {table.heading}"
    return Hit(place, Problem(where=where, what=what, expected=expected, got=got, remedy=remedy))


def at_row(
    table: PrintedTable,
    row: Row,
    what: str,
    *,
    expected: str = "",
    got: str = "",
    remedy: str = "",
) -> Hit:
    """Report something about a row of a table."""
    name = shown(row.name)
    place = Place(row.file, table.heading, row.number, name)
    where = f"{row.file}: {table.heading}, row {row.number} ({name})"
    return Hit(place, Problem(where=where, what=what, expected=expected, got=got, remedy=remedy))


def cells_of(subject: Subject) -> Iterator[tuple[str, ResultFile, int]]:
    """Yield every cell that stands in its column as file name, file and index."""
    shifted = subject.shifted_cells
    for name, file in subject.files:
        for index, cell in enumerate(file.cells):
            if id(cell) not in shifted:
                yield name, file, index


def at_cell(
    name: str,
    file: ResultFile,
    index: int,
    what: str,
    *,
    part: str = "",
    expected: str = "",
    got: str = "",
    remedy: str = "",
) -> Hit:
    """Report something about a cell: by its row if it is transcribed, else by its JSON path."""
    published = file.cells[index].published
    where = f"{name}: $.cells[{index}]{part}"
    place = Place(name)
    if published is not None:
        printed = shown(published.name)
        place = Place(name, published.table, published.row, printed)
        where = f"{name}: {published.table}, row {published.row} ({printed})"
    return Hit(place, Problem(where=where, what=what, expected=expected, got=got, remedy=remedy))
