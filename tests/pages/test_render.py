"""Views to HTML: golden texts, and what must hold whatever the view."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from pages import made
from pages.goldens import Html
from syrupy.assertion import SnapshotAssertion

from benchfolio.generator.packaged import template_folder
from benchfolio.generator.render import (
    Download,
    Renderer,
    escaped,
    grid,
    safe_address,
    slug,
)
from benchfolio.generator.view import Chart, Column, Entry, Link, Row, Table
from benchfolio.results import BadInput


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return the snapshots as files; update them with ``pytest --snapshot-update``."""
    return snapshot.use_extension(Html)


RENDERER = Renderer()


def href(link: Link) -> str:
    """Address links as a page of its own would."""
    return (
        safe_address(link.target) if link.kind == "url" else f"../{link.kind}s/{link.target}.html"
    )


DOWNLOADS = (Download(label="CSV", address="../_downloads/benchfolio/validated.csv"),)


def table_html(table: Table = made.TABLE) -> str:
    """Return a table as HTML."""
    return Renderer().table(table, href, prefix="validated", downloads=DOWNLOADS)


def test_table_is_written_as_it_was(golden: SnapshotAssertion) -> None:
    """A table with two header levels, intervals, states and hostile names is written as agreed."""
    assert table_html() == golden


def test_lines_to_type_stand_in_their_row() -> None:
    """A row that can be measured again has its lines, escaped, in a last column of their own."""
    lines = ("benchfolio verify 'a/<b>' --release 1", "benchfolio verify c")
    first = msgspec.structs.replace(made.TABLE.rows[0], verify=lines)
    html = table_html(msgspec.structs.replace(made.TABLE, rows=(first, *made.TABLE.rows[1:])))
    root = ElementTree.fromstring(f"<div>{html}</div>")
    body = [row for row in root.iter("tr") if row.get("id")]
    assert ["".join(code.itertext()) for code in body[0].iter("code")] == list(lines)
    assert not list(body[1].iter("code"))
    assert len({len(row) for row in body}) == 1
    (head,) = (one for one in root.iter("th") if "Verify" in "".join(one.itertext()))
    assert head.get("rowspan") == "2"
    assert "Verify" not in table_html()


def test_a_warning_is_a_word_and_not_a_colour_alone() -> None:
    """A mark is text that a screen reader reads, beside its figure."""
    entry = Entry(text="12", raw=12.0, mark="unusable")
    html = Renderer().value(entry, href)
    assert "unusable</span>" in html
    assert 'class="bf-detail bf-warning bf-warning-unusable"' in html
    assert "warning" not in Renderer().value(Entry(text="12"), href)


def test_bars_are_written_as_they_were(golden: SnapshotAssertion) -> None:
    """A bar chart with whiskers, a reference and a missing value is written as agreed."""
    assert Renderer().chart(made.BARS, href, prefix="gain") == golden


def test_scatter_is_written_as_it_was(golden: SnapshotAssertion) -> None:
    """A scatter chart with front and limit is written as agreed."""
    assert Renderer().chart(made.SCATTER, href, prefix="tradeoff") == golden


def test_nothing_from_a_view_becomes_markup() -> None:
    """Hostile names, reasons and addresses stay text in tables, charts, figures and facts."""
    renderer = Renderer()
    figure = msgspec.structs.replace(made.MODEL.figures[0], label=made.SCRIPT, value=made.SCRIPT)
    fact = msgspec.structs.replace(
        made.MODEL.sections[1].facts[0],
        text=made.SCRIPT,
        link=Link(kind="url", target="javascript:alert(1)"),
    )
    html = "".join(
        (
            table_html(),
            renderer.chart(made.BARS, href, prefix="x"),
            renderer.figures([figure]),
            renderer.facts([fact], href),
            renderer.value(Entry(text=made.SCRIPT, tip='" onload="x'), href),
        )
    )
    assert "<script" not in html
    assert "javascript:" not in html
    assert not re.search(r'"\s*onload="', html)
    assert html.count("&lt;script&gt;") >= 6


def test_fragments_carry_no_inline_style_or_script() -> None:
    """Fragments work under a policy that forbids inline styles, scripts and handlers."""
    renderer = Renderer()
    html = table_html() + renderer.chart(made.BARS, href, prefix="a")
    html += renderer.chart(made.SCATTER, href, prefix="b") + renderer.figures(made.MODEL.figures)
    assert not re.search(r"<(style|script)|\s(style|on[a-z]+)=", html)


@pytest.mark.parametrize("chart", [made.BARS, made.SCATTER], ids=lambda chart: chart.kind)
def test_chart_says_in_words_what_it_shows(chart: Chart) -> None:
    """A chart is an image, or a group where it has links, named, with its figures as a table."""
    html = Renderer().chart(chart, href, prefix="c")
    root = ElementTree.fromstring(html)
    space = "{http://www.w3.org/2000/svg}"
    svg = next(root.iter(f"{space}svg"))
    assert svg.get("role") == ("group" if list(svg.iter(f"{space}a")) else "img")
    ids = {element.get("id") for element in svg.iter() if element.get("id")}
    assert {svg.get("aria-labelledby"), svg.get("aria-describedby")} == ids
    rows = list(root.iter("tr"))[1:]
    count = len(chart.points) or sum(len(group.bars) for group in chart.groups)
    assert len(rows) == count


def test_missing_bar_is_a_word_and_no_bar() -> None:
    """What has no value is drawn as its word, never as a bar of length 0."""
    html = Renderer().chart(made.BARS, href, prefix="c")
    svg = html[html.index("<svg") : html.index("</svg>")]
    assert svg.count("<rect") == 2
    assert "unsupported</text>" in svg


def test_reason_is_said_once_and_linked_from_every_cell() -> None:
    """Cells of the same reason share a number, and the number leads to the visible reason."""
    html = table_html()
    assert html.count("the device has no &lt;INT8&gt;</li>") == 1
    assert html.count('href="#validated-reason-1"') == 2
    assert 'id="validated-reason-1"' in html


def test_every_id_occurs_once() -> None:
    """Ids of a fragment are unique, so that permalinks and labels find their place."""
    html = table_html() + Renderer().chart(made.BARS, href, prefix="gain")
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_header_says_shared_unit_once() -> None:
    """A unit that all columns of an upper header share stands there and not in each column."""
    upper, lower = grid(made.TABLE, "x").heads
    accuracy = next(head for head in upper if head.label == "Accuracy")
    assert (accuracy.unit, accuracy.better, accuracy.columns) == ("%", "higher", 2)
    assert all(not head.unit and not head.better for head in lower)


def test_commonest_reason_for_nothing_needs_no_number() -> None:
    """Dashes are explained once under the table; only the rarer reasons for them have numbers."""
    tips = ["not planned", "not planned", "not stated"]
    rows = tuple(Row(entries=(Entry(text="–", state="none", tip=tip),)) for tip in tips)
    arranged = grid(Table(id="t", title="t", columns=(Column(id="a", label="a"),), rows=rows), "t")
    assert arranged.nothing is not None
    assert arranged.nothing.tip == "not planned"
    assert [line.cells[0].note for line in arranged.lines] == [0, 0, 1]
    assert [reason.text for reason in arranged.reasons] == ["not stated"]


def test_same_row_headers_step_back_only_from_the_left() -> None:
    """A row header is marked as repeated only when all before it are repeated too."""
    columns = (
        Column(id="a", label="a", heading=True),
        Column(id="b", label="b", heading=True),
    )
    texts = [("m", "x"), ("m", "y"), ("n", "y")]
    rows = tuple(Row(entries=tuple(Entry(text=text) for text in row)) for row in texts)
    lines = grid(Table(id="t", title="t", columns=columns, rows=rows), "t").lines
    assert [["bf-same" in cell.attributes for cell in line.cells] for line in lines] == [
        [False, False],
        [True, False],
        [False, False],
    ]
    assert [line.begins for line in lines] == [False, False, False]


TEXTS = st.text("ab &<>\"';", min_size=1, max_size=6)


@given(
    st.builds(
        Entry,
        text=TEXTS,
        detail=st.sampled_from(["", "1 to 2", "1 to 2; n 3", "<b>"]),
        state=st.sampled_from(["ok", "ok", "failed", "none"]),
        tone=st.sampled_from(["", "", "good", "bad"]),
        tip=st.sampled_from(["", "<why>"]),
        link=st.sampled_from([None, Link("model", "<m>"), Link("url", "javascript:x")]),
        mark=st.sampled_from(["", "", "noisy"]),
    )
)
def test_cell_says_the_same_as_a_value_in_text(entry: Entry) -> None:
    """What a table writes of a cell without a reason is what the macro for running text writes."""
    table = Table(
        id="t",
        title="t",
        columns=(Column(id="a", label="a"), Column(id="b", label="b")),
        rows=(Row(entries=(Entry(text="x"), entry)),),
    )
    html = RENDERER.table(table, href, prefix="t")
    cell = re.findall(r"<td[^>]*>(.*?)</td>", html, re.DOTALL)[1]
    assert re.sub(r'<sup class="bf-note">.*?</sup>', "", cell) == RENDERER.value(entry, href)


@given(raw=st.one_of(TEXTS, st.floats()), state=TEXTS, unit=TEXTS, cell=TEXTS, file=TEXTS)
def test_attributes_hold_any_text(
    raw: float | str, state: str, unit: str, cell: str, file: str
) -> None:
    """What scripts read of a cell is what the view says, whatever characters are in it."""
    entry = Entry(text="x", raw=raw, state=state, unit=unit, cell=cell, file=file)
    columns = (Column(id="a", label="a"),)
    arranged = grid(Table(id="t", title="t", columns=columns, rows=(Row(entries=(entry,)),)), "t")
    found = ElementTree.fromstring(f"<td{arranged.lines[0].cells[0].attributes}/>").attrib
    told = {"unit": unit, "cell": cell, "file": file}
    assert {name: found[f"data-{name}"] for name in told} == told
    assert (found["id"], found.get("data-state", "ok")) == (cell, state)
    shown = found["data-key"] if isinstance(raw, str) and raw != "x" else found.get("data-raw", "x")
    assert shown == str(raw)


@given(st.one_of(TEXTS, st.text(), st.integers(), st.floats(), st.booleans(), st.none()))
def test_templates_escape_as_ever(value: object) -> None:
    """What a template shows is escaped as Jinja would; what is markup already stays as it is."""
    assert escaped(value) == escape(value)
    assert escaped(escape(value)) == escape(value)


def test_own_template_overrides_ours(tmp_path: Path) -> None:
    """A project's template replaces the one of the same name; the others stay."""
    (tmp_path / "value.html.jinja").write_text("<b>{{ value.text }}</b>", encoding="utf-8")
    renderer = Renderer([tmp_path])
    assert renderer.value(Entry(text="<1"), href) == "<b>&lt;1</b>"
    assert 'class="bf-table"' in renderer.table(made.TABLE, href, prefix="t")
    assert renderer.digest() != Renderer().digest()


def test_unknown_name_in_a_template_is_an_error(tmp_path: Path) -> None:
    """A misspelt name in a template is reported, not shown as an empty place."""
    (tmp_path / "value.html.jinja").write_text("{{ valeu.text }}", encoding="utf-8")
    with pytest.raises(BadInput, match=r"value\.html\.jinja(.|\n)*valeu"):
        Renderer([tmp_path]).value(Entry(text="1"), href)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://example.org/x", "https://example.org/x"),
        (" http://example.org ", "http://example.org"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//example.org", ""),
        ("java\nscript:alert(1)", ""),
        ("https://", ""),
    ],
)
def test_only_web_addresses_are_linked(address: str, expected: str) -> None:
    """Addresses of other schemes than http and https never become links."""
    assert safe_address(address) == expected


def test_slugs_of_different_names_differ() -> None:
    """Names that differ only in unsafe characters get different ids, and safe names stay."""
    assert slug("digits-resnet") == "digits-resnet"
    assert len({slug("a b"), slug("a/b"), slug("a-b"), slug("ä"), slug("ö")}) == 5


def test_readme_names_every_template() -> None:
    """The templates' README and the guide name every template that is shipped."""
    folder = template_folder()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    guide = Path(__file__).parents[2] / "site" / "docs" / "templates.rst"
    for path in folder.glob("*.jinja"):
        assert f"`{path.name}`" in readme
        assert f"``{path.name}``" in guide.read_text(encoding="utf-8")
