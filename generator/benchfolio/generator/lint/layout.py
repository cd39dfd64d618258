"""Rules about the layout of published tables: shifted cells, repeated blocks, holes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from benchfolio.generator.formatting import listing
from benchfolio.generator.lint.claims import ratio_follows
from benchfolio.generator.lint.model import Hit, Subject, at_row
from benchfolio.generator.lint.printed import PrintedTable, Row, collapsed
from benchfolio.results import Cell, State, Value, load_name

BLOCK_ROWS = 2
COLUMN_ROWS = 5
"""Fewer equal figures in a row may be chance, or one baseline printed twice."""


def shifted(subject: Subject) -> Iterator[Hit]:
    """The cells of a table stand in other columns than their headers say.

    Why: a relative change is read as an accuracy, and a throughput as a ratio. Every figure of the
    table is wrong, and all look plausible one by one. Other rules about figures skip such a table.

    Do: count the cells of the header and of a row in the page's source; one of them was lost.
    """
    for table in subject.tables:
        if not table.is_shifted:
            continue
        for row in table.rows:
            if row.misfits:
                hint = _ratio_hint(row)
                yield at_row(
                    table,
                    row,
                    "cells are shifted against the header",
                    expected="figures of the kind that the header names",
                    got=listing(row.misfits) + hint,
                    remedy="count the cells of header and row in the source of the page",
                )


def _ratio_hint(row: Row) -> str:
    """Say which two figures make the one that is printed as a ratio; it shows what they are."""
    ratios = [figure for figure in row.values if figure.source.unit in ("x", "×")]
    others = [figure for figure in row.figures if figure.source.unit not in ("x", "×", "%")]
    for ratio in ratios:
        for over, under in permutations(others, 2):
            if ratio_follows(ratio.source, over.source, under.source):
                return f"; {over.printed} / {under.printed} = {ratio.printed}, the gain"
    return ""


def repeated_block(subject: Subject) -> Iterator[Hit]:
    """The same block of figures stands under two different headings.

    Why: measured speeds never repeat to the last digit. One of the two tables was copied and not
    filled in, so its figures are not of what its heading says.

    Do: look up which heading the figures belong to, and measure the other.
    """
    rows = list(_repeated_rows(subject.tables))
    yield from (hit for _, hit in rows)
    yield from _repeated_columns(_shifted_last(subject.tables), {pair for pair, _ in rows})


def _shifted_last(tables: tuple[PrintedTable, ...]) -> tuple[PrintedTable, ...]:
    # Of two tables with the same column the shifted one is where it does not belong.
    return tuple(sorted(tables, key=lambda table: table.is_shifted))


Pair = tuple[str, str]
"""Headings of two tables."""


def _repeated_rows(tables: tuple[PrintedTable, ...]) -> Iterator[tuple[Pair, Hit]]:
    """Yield rows that repeat rows of another table."""
    seen: dict[tuple[str, ...], list[tuple[PrintedTable, int]]] = {}
    for table in tables:
        runs: dict[Pair, list[tuple[int, PrintedTable, int]]] = {}
        for position, row in enumerate(table.rows):
            signature = _signature(row)
            if signature is None:
                continue
            for other, at in seen.get(signature, ()):
                if other.heading != table.heading and other.release == table.release:
                    key = (other.heading, table.heading)
                    runs.setdefault(key, []).append((position, other, at))
            seen.setdefault(signature, []).append((table, position))
        for key, run in runs.items():
            if len(run) >= BLOCK_ROWS:
                yield from ((key, _copied_row(table, *found)) for found in run)


def _signature(row: Row) -> tuple[str, ...] | None:
    """Return a row's figures; ``None`` where they may repeat by chance or by right."""
    figures = tuple(sorted(figure.printed for figure in row.figures))
    fast = any(row.is_speed(figure.metric) for figure in row.values)
    return figures if fast and len(set(figures)) > 2 else None


def _copied_row(table: PrintedTable, position: int, other: PrintedTable, at: int) -> Hit:
    row = table.rows[position]
    return at_row(
        table,
        row,
        f"the same figures stand under “{other.heading}”",
        expected="figures of its own, different in the last digits at least",
        got=f"all {len(row.figures)} figures of row {other.rows[at].number} there",
        remedy="find out under which heading they were measured",
    )


def _repeated_columns(tables: tuple[PrintedTable, ...], copied: set[Pair]) -> Iterator[Hit]:
    """Yield columns of speeds or gains of which a run repeats that of another table."""
    seen: dict[tuple[str, ...], tuple[PrintedTable, int]] = {}
    for table in tables:
        found: dict[str, list[tuple[int, PrintedTable, int]]] = {}
        grams: list[tuple[tuple[str, ...], int]] = []
        for rows, printed in _speed_columns(table):
            for start in range(len(printed) - COLUMN_ROWS + 1):
                gram = tuple(printed[start : start + COLUMN_ROWS])
                if len(set(gram)) < COLUMN_ROWS - 1:
                    continue
                other = seen.get(gram)
                if other is not None and (other[0].heading, table.heading) not in copied:
                    found.setdefault(other[0].heading, []).append((rows[start], *other))
                grams.append((gram, rows[start]))
        for gram, number in grams:
            seen.setdefault(gram, (table, number))
        for run in found.values():
            yield _copied_column(table, run)


def _speed_columns(table: PrintedTable) -> Iterator[tuple[list[int], list[str]]]:
    columns: dict[tuple[str, ...], tuple[list[int], list[str]]] = {}
    for row in table.rows:
        for figure in row.figures:
            if row.is_speed(figure.metric):
                numbers, printed = columns.setdefault(figure.column, ([], []))
                numbers.append(row.number)
                printed.append(figure.printed)
    yield from columns.values()


def _copied_column(table: PrintedTable, run: list[tuple[int, PrintedTable, int]]) -> Hit:
    first, other, at = run[0]
    count = run[-1][0] - first + COLUMN_ROWS
    row = next(row for row in table.rows if row.number == first)
    return at_row(
        table,
        row,
        f"a run of figures also stands under “{other.heading}”",
        expected="figures of its own, different in the last digits at least",
        got=f"{count} figures of one column, rows {first}–{first + count - 1} here and "
        f"{at}–{at + count - 1} there",
        remedy="find out which table they belong to",
    )


def same_key(subject: Subject) -> Iterator[Hit]:
    """The same model, form and metric is printed several times with different values.

    Why: a column that distinguished the rows was dropped, so nobody can say which value is meant.

    Do: put the distinguishing column back, or remove the older row.
    """
    for table in subject.sound_tables:
        seen: dict[tuple[str, ...], tuple[Row, Value]] = {}
        for row in table.rows:
            for cell, source in zip(row.cells, row.sources, strict=True):
                for metric, value in cell.values.items():
                    key = (*_key(row, cell), metric, source)
                    first, other = seen.setdefault(key, (row, value))
                    if first is not row and other.value != value.value:
                        yield at_row(
                            table,
                            row,
                            f"{metric} of the same model and form as in row {first.number}",
                            expected=f"{_text(other)}, or something that distinguishes the rows",
                            got=_text(value),
                            remedy="say what distinguishes the rows, or remove one",
                        )


def _text(value: Value) -> str:
    return value.printed or f"{value.value:g}"


def _key(row: Row, cell: Cell) -> tuple[str, ...]:
    """Return what a reader of the page can tell rows apart by."""
    name = cell.published.name if cell.published else row.name
    return (
        collapsed(name).casefold(),
        cell.form or "",
        cell.task or "",
        cell.dataset or "",
        cell.scenario.value,
        cell.precision.value,
        cell.recipe,
        cell.runtime,
        cell.device,
        load_name(cell.load, cell.batch),
    )


def hole(subject: Subject) -> Iterator[Hit]:
    """Rows or figures are missing without a reason.

    Why: an empty cell can mean "not measured", "did not work" or "forgotten", and readers take the
    kindest.

    Do: say which it is; "WIP" is a reason, nothing is none.
    """
    for table in subject.tables:
        for before, after in zip(table.rows, table.rows[1:], strict=False):
            if after.number > before.number + 1:
                # Told by its ends: a file may name a row a million million rows further down.
                gone = {before.number + 1, after.number - 1}
                yield at_row(
                    table,
                    after,
                    "rows before this one carry nothing",
                    expected=f"row {before.number + 1}",
                    got=f"nothing in rows {'–'.join(map(str, sorted(gone)))}",
                    remedy="remove empty rows, or say why they are empty",
                )
        for row in table.rows:
            yield from _unexplained(table, row)


def _unexplained(table: PrintedTable, row: Row) -> Iterator[Hit]:
    empty = [cell for cell in row.cells if cell.state is State.PENDING and not cell.reason]
    if empty:
        cells = listing([f"{cell.precision.value} {cell.recipe}" for cell in empty])
        yield at_row(
            table,
            row,
            "empty without a reason",
            expected="a figure, or why there is none",
            got=f"nothing for {cells}",
            remedy="state the reason",
        )
