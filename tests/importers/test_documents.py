"""Documents become grids of exact text, however they are written."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from benchfolio.importers.pages import Page, parse_page, read_page
from benchfolio.importers.pages.grids import Grid
from benchfolio.results import BadInput


def only(text: str) -> Grid:
    """Return the one table of a document."""
    page = parse_page(text, "page.md")
    assert len(page.tables) == 1
    return page.tables[0]


def texts(grid: Grid) -> list[list[str]]:
    """Return the exact texts of the body."""
    return [[cell.text for cell in row] for row in grid.rows]


SPANS = """
<table><thead>
<tr><th rowspan="2">model</th><th colspan="2">Accuracy<br>&nbsp;&nbsp;</th></tr>
<tr><th>INT8</th><th>Acc&nbsp;&nbsp;&nbsp;Ratio<br>[a/b]</th></tr>
</thead><tbody>
<tr><td rowspan="2">net</td><td>1%</td><td>0</td></tr>
<tr><td>2%</td><td>0.5</td></tr>
</tbody></table>
"""


def test_header_rows_with_spans_name_the_columns() -> None:
    """A column is named by all header cells above it, whatever they span."""
    assert only(SPANS).labels == ("model", "Accuracy / INT8", "Accuracy / Acc Ratio [a/b]")


def test_body_cells_with_spans_stand_in_every_row() -> None:
    """A body cell over two rows is in both of them."""
    assert texts(only(SPANS)) == [["net", "1%", "0"], ["net", "2%", "0.5"]]


def test_header_cells_alone_make_header_rows() -> None:
    """Without thead, leading rows of nothing but header cells are the header."""
    grid = only(
        "<table><tr><th></th><th>A</th></tr><tr><th>n</th><th>B</th></tr><tr><td>1<td>2</table>"
    )
    assert grid.labels == ("n", "A / B")
    assert texts(grid) == [["1", "2"]]


@pytest.mark.parametrize("line_break", ["<br>", "<br/>", "</br>", "</BR>"])
def test_broken_line_breaks(line_break: str) -> None:
    """A line break divides the lines of a cell, also where it is written as an end tag."""
    grid = only(f"<table><tr><th>t</th></tr><tr><td>one{line_break}two</td></tr></table>")
    assert grid.rows[0][0].lines == ("one", "two")


def test_missing_end_tags() -> None:
    """Rows and cells that nobody closed end where the next ones begin."""
    grid = only("<table><tr><th>a<th>b<tr><td>1<td>2<b>x</b><tr><td>3<td>4</table>")
    assert [[cell.plain for cell in row] for row in grid.rows] == [["1", "2x"], ["3", "4"]]


def test_blanks_are_kept_and_normalised() -> None:
    """The exact text keeps trailing and no-break blanks; the plain one has single blanks."""
    cell = only(
        "<table><tr><th>m</th></tr><tr><td>net&nbsp;&nbsp;&nbsp;v2 </td></tr></table>"
    ).rows[0][0]
    assert cell.text == "net\xa0\xa0\xa0v2 "
    assert cell.plain == "net v2"


def test_words_broken_at_an_underscore_are_whole() -> None:
    """A line break after an underscore or hyphen is no blank in a name."""
    cell = only("<table><tr><th>m</th></tr><tr><td>faster_<br>rcnn<br>v1</td></tr></table>").rows[
        0
    ][0]
    assert cell.plain == "faster_rcnn v1"


def test_a_table_in_a_table_is_read_on_its_own() -> None:
    """Rows after a nested table still belong to the outer one, and its cells do not."""
    inner = "<table><tr><th>b</th></tr><tr><td>2</td></tr></table>"
    page = parse_page(
        f"<table><tr><th>a</th></tr><tr><td>1{inner}</td></tr><tr><td>3</td></tr></table>", "p"
    )
    assert [texts(grid) for grid in page.tables] == [[["1"], ["3"]], [["2"]]]


def test_empty_rows_are_left_out() -> None:
    """Rows without a cell or with blank cells only are no rows."""
    grid = only(
        "<table><tr><th>m</th></tr><tr></tr><tr><td>&nbsp;</td></tr><tr><td>1</td></tr></table>"
    )
    assert texts(grid) == [["1"]]


def test_pipe_tables() -> None:
    """A Markdown table keeps its line breaks, and escaped pipes are text."""
    grid = only("| A | B |\n|---|---|\n| x<br>(1 ACC) | `c` \\| **d** |\n")
    assert grid.labels == ("A", "B")
    assert texts(grid) == [["x\n(1 ACC)", "c | d"]]


def test_a_pipe_row_wider_than_its_header_is_refused() -> None:
    """Markdown would drop cells beyond the header; we say so instead."""
    with pytest.raises(BadInput, match=r"page\.md:3: a row with more cells than its header"):
        parse_page("| A | B |\n|---|---|\n| 1 | 2 | 3 |\n", "page.md")


def test_raw_html_inside_other_markup() -> None:
    """A table in an indented raw block is found, under the heading of the markup around it."""
    text = (
        "# Title {#my_anchor}\n\n@directive\n.. raw:: html\n\n"
        "    <table>\n      <tr><th>a</th></tr>\n\n      <tr><td>1</td></tr>\n    </table>\n"
    )
    page = parse_page(text, "page.md")
    assert (page.headings[0].text, page.headings[0].anchor) == ("Title", "my_anchor")
    assert page.tables[0].heading == "Title"
    assert texts(page.tables[0]) == [["1"]]


def test_rst_list_tables_and_titles() -> None:
    """A nested list-table gives its texts and links, under the title before it."""
    text = (
        "Part\n~~~~\n\n.. dropdown:: x\n\n   .. list-table::\n      :header-rows: 1\n\n"
        "      * - Model\n        - Task\n"
        "      * - `net <https://example.org/net>`__\n        - seg\n\nend\n"
    )
    grid = parse_page(text, "page.rst").tables[0]
    assert (grid.heading, grid.labels, texts(grid)) == ("Part", ("Model", "Task"), [["net", "seg"]])
    assert grid.rows[0][0].link == "https://example.org/net"


def test_rst_tables_read_no_files(tmp_path: Path) -> None:
    """A table cannot bring a file of the machine into the results."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n")
    page = parse_page(f".. csv-table::\n   :file: {secret}\n", "page.rst")
    assert page.tables == ()


def test_several_tables_know_their_headings() -> None:
    """Each table stands under the nearest heading before it, in HTML and Markdown alike."""
    table = "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"
    page = parse_page(
        f"{table}\n\n## One\n\n{table}\n{table}\n\nTwo\n---\n\n| a |\n|--|\n| 1 |\n", "p"
    )
    assert [grid.heading for grid in page.tables] == ["", "One", "One", "Two"]
    html = parse_page(f"<html><h1 id=x>One</h1>{table}<h2>Two</h2>{table}</html>", "p.html")
    assert [grid.heading for grid in html.tables] == ["One", "Two"]
    assert html.headings[0].anchor == "x"


def test_contents_are_the_links_within_the_page() -> None:
    """Links to anchors are kept with their targets, links elsewhere are not."""
    page: Page = parse_page(
        "1. [One](#one)\n\n    1.1. [Two](#Two-x)\n\n[out](https://example.org)\n", "p"
    )
    assert [(entry.text, entry.target) for entry in page.contents] == [
        ("One", "one"),
        ("Two", "Two-x"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<table><tr><td>" + "<b>" * 20_000,
        "<table>" * 5_000,
        "<table><tr><td rowspan=99999999 colspan=-3>x</td></tr></table>",
        "<table><tr><td>" + "</td>" * 20_000 + "\0</table>",
        "| " * 20_000,
        "[" * 5_000,
        "> " * 500 + "x",
        "[a](#b) " * 20_000,
        ".. table::\n\n" + "".join(f"{'   ' * i}* - x\n\n" for i in range(1, 400)),
    ],
)
def test_hostile_markup_ends_soon(text: str) -> None:
    """Endless nesting and nonsense spans are read, or refused, within seconds."""
    started = time.monotonic()
    with contextlib.suppress(BadInput):
        parse_page(text, "p")
    assert time.monotonic() - started < 5


def test_spans_cannot_fill_the_memory() -> None:
    """A few cells that claim to be wide are bounded before they are repeated."""
    row = "<tr>" + "<td colspan=1000 rowspan=1000>x</td>" * 150 + "</tr>"
    with pytest.raises(BadInput, match="without end"):
        parse_page(f"<table>{row}{row}{row}</table>", "p")


def test_unreadable_documents(tmp_path: Path) -> None:
    """What is missing or not UTF-8 is bad input with its place."""
    with pytest.raises(BadInput, match="cannot be read"):
        read_page(tmp_path / "none.md")
    path = tmp_path / "latin.md"
    path.write_bytes(b"one\ntwo \xff\n")
    with pytest.raises(BadInput, match=r"latin\.md:2:1: not UTF-8"):
        read_page(path)
