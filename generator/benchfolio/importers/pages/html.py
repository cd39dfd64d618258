"""Headings, links and tables of HTML, however badly it is closed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from bs4 import BeautifulSoup
from bs4.element import CData, NavigableString, PageElement, Tag

from benchfolio.importers.pages.grids import MAX_SPAN, Grid, GridCell, Place, bad, fill
from benchfolio.results import BadInput, Entry, Heading

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
MAX_INSIDE = 300
"""Parts (tags and pieces of text) of one heading or link."""

MAX_OPEN = 1000
"""Tags, and comments, that are begun and never ended."""

_BETWEEN = ("table", "thead", "tbody", "tfoot", "tr")


def html_parts(text: str, line: int, where: str) -> Iterator[tuple[Place, Heading | Entry | Grid]]:
    """Yield what a piece of HTML holds, each with its place.

    Args:
        text: The HTML.
        line: Line of the document on which it begins.
        where: How errors name the document.

    Raises:
        BadInput: A table, heading or link leaves the bounds.
    """
    _refuse_endless(text, f"{where}:{line}")
    # Browsers take the stray end tag for a line break; the parser would drop it and glue words.
    for stray in ("</br>", "</BR>", "</br >"):
        text = text.replace(stray, "<br>")
    soup = BeautifulSoup(text, "html.parser")
    for tag in soup.find_all(["table", "a", *HEADINGS]):
        assert isinstance(tag, Tag)
        place = ((tag.sourceline or 1) + line - 1, tag.sourcepos or 0)
        if tag.name == "table":
            yield place, fill(place[0], _rows(tag), where)
        elif tag.name in HEADINGS:
            yield place, _heading(tag, f"{where}:{place[0]}")
        elif _href(tag).startswith("#"):
            text = _text(tag, f"{where}:{place[0]}")
            yield place, Entry(text=text, target=_href(tag)[1:])


def _refuse_endless(text: str, where: str) -> None:
    """Refuse what the parser would search to the end again and again, from each place on."""
    for opening, end in (("<!--", "-->"), ("<", ">")):
        if text.count(opening, text.rfind(end) + 1) > MAX_OPEN:
            got = f"{opening} without {end}, more than {MAX_OPEN} times"
            raise BadInput(bad(where, "tags or comments without end", "a closed document", got))


def _text(tag: Tag, where: str) -> str:
    """Return the text of a heading or link.

    Raises:
        BadInput: It holds half a page: nobody closed it, and those after it hold the rest again.
    """
    inside = list(islice(tag.descendants, MAX_INSIDE + 1))
    if len(inside) > MAX_INSIDE:
        got = f"more than {MAX_INSIDE} parts in it"
        raise BadInput(bad(where, f"<{tag.name}> without end", f"</{tag.name}>", got))
    return "".join(str(each) for each in inside if type(each) in (NavigableString, CData))


def _heading(tag: Tag, where: str) -> Heading:
    text = " ".join(_text(tag, where).split()) or "-"
    anchor = tag.get("id")
    return Heading(text=text, level=int(tag.name[1]), anchor=str(anchor) if anchor else None)


def _href(tag: Tag) -> str:
    return str(tag.get("href") or "")


class _Reader:
    """Cells of one table, taken in the order of the source.

    Rows and cells begin where a tag says so and end where the next begins: a missing ``</td>`` or
    ``</tr>`` changes nothing, although the parser nests what follows into what was left open.
    """

    def __init__(self) -> None:
        self.rows: list[list[GridCell]] = []
        self._cell: Tag | None = None
        self._text: list[str] = []
        self._link: str | None = None

    def start(self, tag: Tag) -> None:
        if tag.name == "tr":
            self.close()
            self.rows.append([])
        elif tag.name in ("td", "th"):
            self.close()
            if not self.rows:
                self.rows.append([])
            self._cell = tag
        elif tag.name == "br":
            self._text.append("\n")
        elif tag.name == "a" and self._link is None:
            self._link = _href(tag) or None

    def string(self, text: NavigableString) -> None:
        # Line breaks of the source are blanks to a reader; those that count are <br>.
        outside = text.parent is not None and text.parent.name in _BETWEEN
        if type(text) is NavigableString and not outside:
            self._text.append(str(text).replace("\n", " "))

    def close(self) -> None:
        tag, text, link = self._cell, "".join(self._text), self._link
        self._cell, self._text, self._link = None, [], None
        if tag is not None:
            columns, rows = _span(tag, "colspan"), _span(tag, "rowspan")
            self.rows[-1].append(GridCell(text, link, tag.name == "th", columns, rows))


def _rows(table: Tag) -> list[list[GridCell]]:
    reader = _Reader()
    for node in _inside(table):
        if isinstance(node, Tag):
            reader.start(node)
        elif isinstance(node, NavigableString):
            reader.string(node)
    reader.close()
    return reader.rows


def _inside(table: Tag) -> Iterator[PageElement]:
    """Yield what is in a table in the order of the source, but not what is in tables within it."""
    open_ = [iter(table.contents)]
    while open_:
        node = next(open_[-1], None)
        if node is None:
            open_.pop()
            continue
        yield node
        if isinstance(node, Tag) and node.name != "table":
            open_.append(iter(node.contents))


def _span(tag: Tag, name: str) -> int:
    """Return a span as browsers understand it: nonsense is 1, the rest is bounded."""
    text = str(tag.get(name) or "1").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    return min(max(number, 1), MAX_SPAN)
