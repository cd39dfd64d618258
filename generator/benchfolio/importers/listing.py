"""What an imported file says its publication printed, row by row: the import, turned round."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from benchfolio.results import Cell, ResultFile


class Printed(NamedTuple):
    """One figure as printed.

    Attributes:
        table: Heading of the table.
        row: Number of the body row, from 1.
        column: What the figure is, as ``INT8 accuracy`` or ``INT8 gain of throughput``.
        platform: Where it was measured; a column of its own in some tables.
        text: The figure, character for character.
    """

    table: str
    row: int
    column: str
    platform: str
    text: str


def printed(files: Iterable[ResultFile]) -> list[Printed]:
    """List every figure that the files took from a publication, in the order of its tables' rows.

    Cells without a place in a publication are left out.
    """
    found = [
        Printed(cell.published.table, cell.published.row, column, file.platform.id, text)
        for file in files
        for cell in file.cells
        if cell.published is not None
        for column, text in _figures(cell)
    ]
    return sorted(found)


def _figures(cell: Cell) -> Iterable[tuple[str, str]]:
    kind = f"{cell.model} {cell.precision} {cell.recipe}"
    for metric, value in cell.values.items():
        if value.printed is not None:
            yield f"{kind} {metric}", value.printed
    for claim in cell.claims:
        yield f"{kind} {claim.figure} of {claim.metric}", claim.printed
