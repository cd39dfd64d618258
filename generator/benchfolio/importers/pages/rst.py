"""Tables and titles of reStructuredText, found in whatever surrounds them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from docutils import nodes
from docutils.core import publish_doctree

from benchfolio.importers.pages.grids import Grid, GridCell, Place, bad, fill
from benchfolio.results import BadInput, Heading

MAX_TABLES = 500
"""Each is parsed by itself."""

_TABLES = ("list-table", "csv-table", "table")
_UNDERLINES = "~^\"*+#'.:_"

# Reports are of the surroundings that were cut away; files and raw text are none of a table's.
_SETTINGS = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 5,
}


def is_rst(lines: list[str]) -> bool:
    """Return whether any line is an RST directive."""
    return any(line.lstrip().startswith(".. ") and "::" in line for line in lines)


def rst_tables(lines: list[str], where: str) -> list[tuple[Place, Grid]]:
    """Return the tables of table directives, also of nested ones.

    Raises:
        BadInput: A table leaves the bounds.
    """
    found: list[tuple[Place, Grid]] = []
    for number, (start, block) in enumerate(_blocks(lines)):
        if number == MAX_TABLES:
            at = f"{where}:{start + 1}"
            raise BadInput(bad(at, "too many tables", f"at most {MAX_TABLES} on a page", "more"))
        try:
            tree = publish_doctree("\n".join(block), settings_overrides=_SETTINGS)
        except RecursionError as error:
            at = f"{where}:{start + 1}"
            raise BadInput(bad(at, "nested too deeply", "a table", "endless nesting")) from error
        grids = [fill(start + 1, _rows(table), where) for table in tree.findall(nodes.table)]
        found += [((start + 1, 0), grid) for grid in grids]
    return found


def rst_titles(lines: list[str]) -> Iterator[tuple[Place, Heading]]:
    """Yield titles underlined with what Markdown does not know; their lines are blanked."""
    for number, (text, under) in enumerate(pairwise(list(lines))):
        mark = under.rstrip()
        underlined = len(mark) >= max(3, len(text.rstrip())) and len(set(mark)) == 1
        if underlined and mark[0] in _UNDERLINES and text.strip() and text[0] != " ":
            yield (number + 1, 0), Heading(text=" ".join(text.split()), level=3)
            lines[number] = lines[number + 1] = ""


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line and the dedented lines of each table directive."""
    end = 0
    for start, line in enumerate(lines):
        text = line.lstrip()
        if start < end or not any(text.startswith(f".. {name}::") for name in _TABLES):
            continue
        indent = len(line) - len(text)
        block = [text]
        for following in lines[start + 1 :]:
            inner = following.lstrip()
            if inner and len(following) - len(inner) <= indent:
                break
            block.append(following[indent:])
        end = start + len(block)
        yield start, block


def _rows(table: nodes.table) -> list[list[GridCell]]:
    rows = []
    for row in table.findall(nodes.row):
        header = isinstance(row.parent, nodes.thead)
        rows.append([_cell(entry, header=header) for entry in row.findall(nodes.entry)])
    return rows


def _cell(entry: nodes.entry, *, header: bool) -> GridCell:
    links = [node["refuri"] for node in entry.findall(nodes.reference) if "refuri" in node]
    return GridCell(
        entry.astext(),
        link=str(links[0]) if links else None,
        header=header,
        columns=int(entry.get("morecols", 0)) + 1,
        rows=int(entry.get("morerows", 0)) + 1,
    )
