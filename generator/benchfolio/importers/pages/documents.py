"""Documents as plain grids of text: HTML, Markdown, and text with raw HTML or RST tables in it.

One document may mix them, as published pages do: a Markdown heading over a raw HTML table, or an
RST directive around one. HTML goes through Beautiful Soup, Markdown through markdown-it, RST
tables through docutils; which lines belong to whom is decided here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from benchfolio.documents import Form
from benchfolio.documents.text import read_text
from benchfolio.importers.pages.grids import Grid, GridCell, Place, bad, fill
from benchfolio.importers.pages.html import html_parts
from benchfolio.importers.pages.rst import is_rst, rst_tables, rst_titles
from benchfolio.results import BadInput, Entry, Heading

FORM = Form(
    name="a page",
    expected="a page as it was published: HTML, Markdown or RST",
    max_bytes=4 * 1024 * 1024,
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a document holds: headings, links within it, tables, each in order."""

    headings: tuple[Heading, ...]
    contents: tuple[Entry, ...]
    tables: tuple[Grid, ...]


@dataclass(slots=True)
class _Found:
    """Parts of a document while it is read, each with its place."""

    headings: list[tuple[Place, Heading]] = field(default_factory=list)
    contents: list[tuple[Place, Entry]] = field(default_factory=list)
    tables: list[tuple[Place, Grid]] = field(default_factory=list)

    def add_html(self, text: str, line: int, where: str) -> None:
        for place, part in html_parts(text, line, where):
            if isinstance(part, Heading):
                self.headings.append((place, part))
            elif isinstance(part, Entry):
                self.contents.append((place, part))
            else:
                self.tables.append((place, part))

    def page(self) -> Page:
        headings = sorted(self.headings, key=lambda found: found[0])
        places = [place for place, _ in headings]
        tables = []
        for place, grid in sorted(self.tables, key=lambda found: found[0]):
            before = bisect_right(places, place)
            tables.append(grid.under(headings[before - 1][1].text if before else ""))
        contents = [entry for _, entry in sorted(self.contents, key=lambda found: found[0])]
        return Page(tuple(heading for _, heading in headings), tuple(contents), tuple(tables))


def read_page(path: Path, where: str | None = None) -> Page:
    """Read a document.

    Args:
        path: The file.
        where: How errors name it; the path as given when left out.

    Raises:
        BadInput: It is no regular file or cannot be read, is not UTF-8, or leaves the bounds.
    """
    name = where or path.as_posix()
    return parse_page(read_text(path, name, FORM), name)


def parse_page(text: str, where: str) -> Page:
    """Find headings, links and tables in the text of a document; see ``read_page``.

    Raises:
        BadInput: A table leaves the bounds, or a Markdown row has more cells than its header.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    found = _Found()
    if text.lstrip()[:9].lower().startswith(("<!doctype", "<html")):
        found.add_html(text, 1, where)
        return found.page()
    lines = text.split("\n")
    for start, end in list(_html_tables(lines)):
        found.add_html("\n".join(lines[start:end]), start + 1, where)
        # Blank, not gone: every other line keeps its number.
        lines[start:end] = [""] * (end - start)
    if is_rst(lines):
        found.tables += rst_tables(lines, where)
        found.headings += rst_titles(lines)
    _add_markdown(found, "\n".join(lines), where)
    return found.page()


def _html_tables(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Yield first and past-last line of each raw HTML table; an unclosed one ends at the next."""
    start: int | None = None
    for number, line in enumerate(lines):
        begins = line.lstrip().startswith("<") and "<table" in line.lower()
        if begins and start is not None:
            yield start, number
        if begins:
            start = number
        if start is not None and "</table" in line.lower():
            yield start, number + 1
            start = None
    if start is not None:
        yield start, len(lines)


def _add_markdown(found: _Found, text: str, where: str) -> None:
    """Add headings, links and pipe tables of Markdown."""
    lines = text.split("\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for index, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "heading_open":
            found.headings.append(((line, 0), _heading(tokens[index + 1], int(token.tag[1]))))
        elif token.type == "table_open":
            found.tables.append(((line, 0), _pipe_table(tokens, index, lines, where)))
        elif token.type == "html_block":
            found.add_html(token.content, line, where)
        elif token.type == "inline":
            found.contents += [((line, 0), entry) for entry in _links(token.children or [])]


def _heading(inline: Token, level: int) -> Heading:
    """Make a heading; ``{#anchor}`` at its end is the anchor that it states."""
    text = " ".join(_text(inline.children or []).split())
    words, brace, anchor = text.rpartition("{#")
    if brace and anchor.endswith("}"):
        return Heading(text=words.strip() or anchor[:-1], level=level, anchor=anchor[:-1] or None)
    return Heading(text=text or "-", level=level)


def _links(children: list[Token]) -> Iterator[Entry]:
    """Yield the links to anchors of the same page; links do not nest."""
    inner: list[Token] = []
    target = ""
    for token in children:
        if token.type == "link_open":
            inner, target = [], str(token.attrs.get("href", ""))
        elif token.type == "link_close" and target.startswith("#"):
            yield Entry(text=_text(inner), target=target[1:])
        else:
            inner.append(token)


def _text(children: list[Token]) -> str:
    """Return the text of inline tokens; ``<br>``, broken or not, is a newline."""
    parts = []
    for token in children:
        if token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "html_inline":
            name = token.content.strip("</> ").lower()
            parts.append("\n" if name == "br" else "")
        else:
            parts.append(token.content)
    return "".join(parts)


def _pipe_table(tokens: list[Token], start: int, lines: list[str], where: str) -> Grid:
    rows: list[list[GridCell]] = []
    begins = tokens[start].map or [0, 0]
    for this, following in pairwise(tokens[start:]):
        if this.type == "table_close":
            break
        if this.type == "tr_open":
            rows.append([])
            number = this.map[0] if this.map else begins[0] + len(rows)
            _check_width(lines[number], len(rows[0]), f"{where}:{number + 1}")
        elif this.type in ("th_open", "td_open"):
            children = following.children or []
            href = next((token.attrs["href"] for token in children if "href" in token.attrs), None)
            link = None if href is None else str(href)
            rows[-1].append(GridCell(_text(children), link=link, header=this.type == "th_open"))
    return fill(begins[0] + 1, rows, where)


def _check_width(line: str, width: int, where: str) -> None:
    """Refuse what Markdown would silently drop: cells beyond those of the header."""
    inner = line.strip().replace("\\|", "").removeprefix("|").removesuffix("|")
    cells = inner.count("|") + 1
    if width and cells > width:
        raise BadInput(
            bad(where, "a row with more cells than its header", f"{width} cells", f"{cells} cells")
        )
