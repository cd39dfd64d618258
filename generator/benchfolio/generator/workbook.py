"""Tables as XLSX workbooks: numbers as numbers, everything else as text, nothing that runs."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from benchfolio.generator.formatting import clean
from benchfolio.generator.view import Entry, Table
from benchfolio.generator.writers import WRITERS, extras_of, flat_title, json_bytes

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

CREATED = datetime(1980, 1, 1)
"""Stands in every workbook, so that the same table is the same bytes."""

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_WIDEST = 60


def table_bytes(table: Table, suffix: str) -> bytes:
    """Return a table in one of the formats for download: ``xlsx``, or those of ``WRITERS``."""
    if suffix == "json":
        return json_bytes(table)
    return to_xlsx(table) if suffix == "xlsx" else WRITERS[suffix](table).encode()


def to_xlsx(table: Table) -> bytes:
    """Write a table as an XLSX workbook: the columns of the CSV, and a sheet that explains them.

    Numbers are unformatted, with intervals, and units that vary, in columns of their own; states
    stand in the place of missing numbers. Transcribed numbers keep the zeros they are printed with.
    """
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(out, _OPTIONS)
    book.set_properties({"title": clean(table.title), "created": CREATED})
    _fill(book, book.add_worksheet("Table"), table)
    _explain(book, book.add_worksheet("About"), table)
    book.close()
    return out.getvalue()


def _fill(book: Workbook, sheet: Worksheet, table: Table) -> None:
    formats = _Formats(book)
    extras = [extras_of(table, index) for index in range(len(table.columns))]
    heads = [
        head
        for column, names in zip(table.columns, extras, strict=True)
        for title in [flat_title(column)]
        for head in (title, *(f"{title} {name}" for name in names))
    ]
    for place, head in enumerate(heads):
        _text(sheet, 0, place, head, formats.bold)
    for line, row in enumerate(table.rows, start=1):
        place = 0
        for entry, names in zip(row.entries, extras, strict=True):
            _entry(sheet, line, place, entry, formats.printed(entry) if table.mark else None)
            for name in names:
                place += 1
                _part(sheet, line, place, getattr(entry, name))
            place += 1
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(table.rows)), len(heads) - 1)
    for place, width in enumerate(_widths(table, extras, heads)):
        sheet.set_column(place, place, width)


def _widths(table: Table, extras: list[list[str]], heads: list[str]) -> list[int]:
    """Return widths of columns in characters, from their texts."""
    widths: list[int] = []
    for index, names in enumerate(extras):
        longest = max((len(row.entries[index].text) for row in table.rows), default=0)
        widths += [longest] + [12] * len(names)
    return [
        min(_WIDEST, max(width, min(len(head), 24)) + 2)
        for width, head in zip(widths, heads, strict=True)
    ]


def _entry(sheet: Worksheet, line: int, place: int, entry: Entry, format_: Format | None) -> None:
    """Write a number as it is, and anything else as text."""
    if isinstance(entry.raw, (int, float)):
        sheet.write_number(line, place, float(entry.raw), format_)
    else:
        _text(sheet, line, place, f"{entry.text} ({entry.detail})" if entry.detail else entry.text)


def _part(sheet: Worksheet, line: int, place: int, part: float | str | None) -> None:
    if isinstance(part, str):
        _text(sheet, line, place, part)
    elif part is not None:
        sheet.write_number(line, place, part)


def _text(
    sheet: Worksheet, line: int, place: int, text: str, format_: Format | None = None
) -> None:
    """Write text as text, whatever it looks like: a string is never a formula."""
    if text:
        sheet.write_string(line, place, clean(text), format_)


class _Formats:
    """Formats of a workbook, each added once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._known: dict[int, Format] = {}
        self.bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})

    def printed(self, entry: Entry) -> Format | None:
        """Return the format with as many decimals as a transcribed figure was printed with."""
        decimals = re.match(r"[+−-]?\d+\.(\d+)", entry.text)
        if decimals is None:
            return None
        count = len(decimals[1])
        if count not in self._known:
            self._known[count] = self._book.add_format({"num_format": f"0.{'0' * count}"})
        return self._known[count]


def _explain(book: Workbook, sheet: Worksheet, table: Table) -> None:
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for line, text in enumerate(_told(table)):
        _text(sheet, line, 0, text, wrapped)
    sheet.set_column(0, 0, 100)


def _told(table: Table) -> Iterator[str]:
    yield table.title
    yield from filter(None, (table.mark, table.description))
    yield from table.notes
    if table.sources:
        yield f"From {', '.join(table.sources)}"
