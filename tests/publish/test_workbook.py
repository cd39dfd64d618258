"""Workbooks: numbers are numbers, text is text, and the same table is the same bytes."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree as ET

import msgspec
from factory import HOSTILE, portfolio
from pages.made import TABLE

from benchfolio.generator.definitions import load_definitions
from benchfolio.generator.merge import merge
from benchfolio.generator.tables import build
from benchfolio.generator.view import Column, Entry, Row, Table
from benchfolio.generator.workbook import table_bytes, to_xlsx

M = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet(data: bytes, number: int = 1) -> list[list[str | float | None]]:
    """Return the rows of a sheet: numbers as numbers, texts as texts; nothing may be a formula."""
    book = zipfile.ZipFile(io.BytesIO(data))
    shared = ET.fromstring(book.read("xl/sharedStrings.xml"))
    texts = ["".join(item.itertext()) for item in shared]
    root = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    assert not list(root.iter(f"{M}f")), "a formula"
    assert not list(root.iter(f"{M}hyperlink"))
    rows: list[list[str | float | None]] = []
    for line in root.iter(f"{M}row"):
        found: list[str | float | None] = []
        for cell in line:
            value = cell.findtext(f"{M}v")
            if value is None:
                found.append(None)
            else:
                found.append(texts[int(value)] if cell.get("t") == "s" else float(value))
        rows.append(found)
    return rows


def table(*texts: str) -> Table:
    """Return a table of one column of texts."""
    rows = tuple(Row(entries=(Entry(text=text),)) for text in texts)
    return Table(id="t", title="T", columns=(Column(id="a", label="A"),), rows=rows)


def test_numbers_and_states_stand_where_the_csv_has_them() -> None:
    """Values are unformatted numbers; where there is none, the state says why in a word."""
    rows = sheet(to_xlsx(TABLE))
    assert rows[0][0] == "Model"
    assert rows[1][:2] == ["Digits ResNet-8", 98.3]
    assert "unsupported" in rows[2]


def test_text_that_looks_like_a_formula_stays_text() -> None:
    """Nothing from a result file runs in a spreadsheet, and the text is unchanged."""
    given = ("=1+1", "{=1+1}", "@SUM(1)", "https://example.org", "0012", HOSTILE[2], HOSTILE[0])
    assert sheet(to_xlsx(table(*given)))[1:] == [[text] for text in given]


def test_text_too_long_for_a_cell_is_cut() -> None:
    """A text that no spreadsheet can hold does not make the file invalid."""
    assert sheet(to_xlsx(table("x" * 40_000)))[1] == ["x" * 32_767]


def test_transcribed_numbers_show_the_zeros_they_are_printed_with() -> None:
    """86.50 stays 86.50 to a reader and is still a number."""
    entry = Entry(text="86.50", raw=86.5)
    made = msgspec.structs.replace(table(), rows=(Row(entries=(entry,)),), mark="Transcribed.")
    book = zipfile.ZipFile(io.BytesIO(to_xlsx(made)))
    assert b'formatCode="0.00"' in book.read("xl/styles.xml") or b'numFmtId="2"' in book.read(
        "xl/styles.xml"
    )
    assert sheet(to_xlsx(made))[1] == [86.5]


def test_second_sheet_explains_the_first() -> None:
    """Title, description, notes and sources go with the figures."""
    told = [text for row in sheet(to_xlsx(TABLE), 2) for text in row]
    assert told == [TABLE.title, TABLE.description, *TABLE.notes, f"From {TABLE.sources[0]}"]


def test_same_table_is_the_same_bytes() -> None:
    """No file knows when it was made."""
    assert to_xlsx(TABLE) == to_xlsx(TABLE)
    core = zipfile.ZipFile(io.BytesIO(to_xlsx(TABLE))).read("docProps/core.xml")
    assert core.count(b"1980-01-01T00:00:00Z") == 2


def test_every_table_of_a_site_can_be_a_workbook() -> None:
    """All packaged tables, hostile names included, can be written and read."""
    collection = merge(portfolio())
    for definition in load_definitions().values():
        made = build(definition, collection)
        assert len(sheet(table_bytes(made, "xlsx"))) == len(made.rows) + 1
