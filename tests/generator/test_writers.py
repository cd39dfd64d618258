"""CSV, JSON and Markdown: the same figures, and nothing that a reader's program would run."""

from __future__ import annotations

import csv
import io
import json
import re

import msgspec
import pytest
from factory import HOSTILE, portfolio, published_collection
from hypothesis import given
from hypothesis import strategies as st

from benchfolio.generator.definitions import load_definitions
from benchfolio.generator.merge import merge
from benchfolio.generator.tables import build
from benchfolio.generator.view import Column, Entry, Row, Table
from benchfolio.generator.writers import WRITERS, to_csv, to_json, to_markdown

COLLECTION = merge(portfolio())
DEFINITIONS = load_definitions()
numbers = st.floats(allow_nan=False, allow_infinity=False)


def table(*entries: Entry, unit: str = "") -> Table:
    """Return a table of one column."""
    return Table(
        id="t",
        title="T",
        columns=(Column(id="c", label="value", group="upper", unit=unit, numeric=True),),
        rows=tuple(Row(entries=(entry,)) for entry in entries),
    )


def test_warnings_and_words_are_in_every_file() -> None:
    """A mark and what a number amounts to are told beside it; the number itself is kept."""
    worded = Entry(
        text="no detectable loss",
        detail="at most 0.6 points",
        raw=0.1,
        low=-0.4,
        high=0.6,
        mark="noisy",
        worded=True,
    )
    made = table(worded, Entry(text="1", raw=1.0))
    assert read_csv(to_csv(made))[1:] == [["0.1", "-0.4", "0.6", "noisy"], ["1", "", "", ""]]
    assert "no detectable loss (at most 0.6 points; noisy)" in to_markdown(made)
    cell = json.loads(to_json(made))["rows"][0]["cells"]["c"]
    assert (cell["text"], cell["value"]) == ("no detectable loss", 0.1)
    assert (cell["detail"], cell["mark"]) == ("at most 0.6 points", "noisy")


def test_lines_to_type_are_in_the_json() -> None:
    """A row that can be measured again says how."""
    made = table(Entry(text="1"))
    row = msgspec.structs.replace(made.rows[0], verify=("benchfolio verify a",))
    told = json.loads(to_json(msgspec.structs.replace(made, rows=(row, *made.rows))))["rows"]
    assert [one.get("verify") for one in told] == [["benchfolio verify a"], None]


def read_csv(text: str) -> list[list[str]]:
    """Read CSV back as any program would."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@given(st.lists(numbers, min_size=1, max_size=5))
def test_numbers_survive_csv_and_json_exactly(values: list[float]) -> None:
    """A figure that is written and read again is the same figure, to the last bit."""
    made = table(*(Entry(text="x", raw=value) for value in values))
    assert [float(row[0]) for row in read_csv(to_csv(made))[1:]] == values
    rows = json.loads(to_json(made))["rows"]
    assert [row["cells"]["c"]["value"] for row in rows] == values


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_keeps_its_row_and_column(texts: list[str]) -> None:
    """No text, whatever it holds, adds or removes a row or a column."""
    made = table(*(Entry(text=text) for text in texts))
    assert [len(row) for row in read_csv(to_csv(made))] == [1] * (len(texts) + 1) or "" in texts
    assert len(json.loads(to_json(made))["rows"]) == len(texts)
    body = to_markdown(made).split("\n")
    assert len(body) == 2 + 2 + len(texts) + 1


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "=cmd()|' /C calc'!A0"],
)
def test_a_spreadsheet_runs_no_text(text: str) -> None:
    """Text that starts like a formula gets an apostrophe, in cells, headers and units."""
    made = Table(
        id="t",
        title="T",
        columns=(Column(id="c", label=text),),
        rows=(Row(entries=(Entry(text=text),)), Row(entries=(Entry(text="1", unit=text),))),
    )
    for row in read_csv(to_csv(made)):
        for field in row:
            assert not field.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "＝"))


def test_negative_numbers_stay_numbers() -> None:
    """A number is never taken for a formula."""
    assert read_csv(to_csv(table(Entry(text="−1.5", raw=-1.5))))[1] == ["-1.5"]


def test_csv_has_intervals_states_and_units() -> None:
    """Intervals and varying units are columns; a state stands where the number is missing."""
    made = table(
        Entry(text="1.5 ms", raw=1.5, low=1.0, high=2.0, unit="ms"),
        Entry(text="failed", state="failed", tip="because"),
    )
    assert read_csv(to_csv(made)) == [
        ["upper: value", "upper: value unit", "upper: value low", "upper: value high"],
        ["1.5", "ms", "1", "2"],
        ["failed", "", "", ""],
    ]
    assert to_csv(made).count("\r\n") == 3


@pytest.mark.parametrize(
    ("text", "raw", "written"),
    [
        ("86.50 %", 86.5, "86.50"),
        ("−0.30 points", -0.3, "-0.30"),
        ("100.00 %", 100.0, "100.00"),
        ("92.404", 92.404, "92.404"),
        ("1.23", 1.234567, "1.234567"),
    ],
)
def test_transcribed_figures_keep_their_last_zeros(text: str, raw: float, written: str) -> None:
    """A published 86.50 % is 86.50 in the CSV file too; a measured figure is the plain number."""
    measured = table(Entry(text=text, raw=raw))
    transcribed = msgspec.structs.replace(measured, mark="Transcribed from “A page”.")
    assert read_csv(to_csv(transcribed))[1] == [written]
    assert read_csv(to_csv(measured))[1] == [f"{raw:.7g}"]


def test_a_figure_that_is_shown_but_not_compared_is_in_every_download() -> None:
    """What a shifted row prints stands beside its state, in CSV, JSON and Markdown."""
    found = build(DEFINITIONS["published-quantisation"], published_collection())
    for name, write in WRITERS.items():
        assert "printed 77.65%" in write(found), name


def test_json_has_everything_a_program_needs() -> None:
    """Formula, unit, state, reason, interval and link are fields, not text to take apart."""
    made = build(DEFINITIONS["precision-comparison"], COLLECTION, {"model": "hostile"})
    document = json.loads(to_json(made))
    columns = {column["id"]: column for column in document["columns"]}
    assert columns["gain-throughput"]["formula"] == "candidate / FP32"
    cells = [row["cells"] for row in document["rows"]]
    failed = next(
        cell["throughput"] for cell in cells if cell["throughput"].get("state") == "failed"
    )
    assert failed["note"] == "Exception: FakeConvert <unsupported>"
    assert "value" not in failed
    assert document["sources"] == list(made.sources)


@pytest.mark.parametrize("id_", sorted(DEFINITIONS))
@pytest.mark.parametrize("name", sorted(WRITERS))
def test_hostile_names_are_harmless_in_every_table(id_: str, name: str) -> None:
    """Markup, formulas, line breaks and direction marks of result files do nothing anywhere."""
    text = WRITERS[name](build(DEFINITIONS[id_], COLLECTION))
    assert "\u202e" not in text
    assert "\u2066" not in text
    if name == "md":
        assert "<script" not in text
        assert not re.search(r"(?<!\\)`", text)
    if name == "csv":
        assert all(len(row) == len(read_csv(text)[0]) for row in read_csv(text))
        assert not re.search(r"(^|,)\"?=cmd", text, re.MULTILINE)


@pytest.mark.parametrize("text", [*HOSTILE, "[a](javascript:x)", "![i](x)", "~~x~~", "$x$", "@all"])
def test_markdown_shows_text_as_it_is(text: str) -> None:
    """Every character that Markdown gives a meaning to is escaped."""
    made = to_markdown(table(Entry(text=text)))
    line = made.split("\n")[4]
    inner = line.removeprefix("| ").removesuffix(" |")
    assert "\n" not in inner
    assert "<" not in inner
    assert not re.search(r"(?<!\\)[|`*_\[\]~$@]", inner)


def test_descriptions_start_no_heading_or_list() -> None:
    """A description that begins like Markdown stays a paragraph."""
    made = Table(
        id="t", title="T", description="# big", columns=(Column(id="c", label="x"),), rows=()
    )
    assert "\n\\# big\n" in to_markdown(made)
    other = msgspec.structs.replace(made, description="1. x")
    assert "\n1\\. x\n" in to_markdown(other)


def test_writing_twice_gives_the_same_bytes() -> None:
    """Output is a function of the results and nothing else."""
    for write in WRITERS.values():
        one, other = (
            write(build(DEFINITIONS["performance"], merge(files)))
            for files in (portfolio(), list(reversed(portfolio())))
        )
        assert one == other
