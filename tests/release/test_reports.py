"""Reports of a judgement: what they say, and that hostile names stay names."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import msgspec
import pytest
from factory import HOSTILE
from markdown_it import MarkdownIt
from release.made import NOW, OLD, TODAY, judged, many_models
from syrupy.assertion import SnapshotAssertion

from benchfolio.release.judgement import JudgedCell, Judgement, Note, Outcome
from benchfolio.release.policy import DEFAULT, Allowed, Where
from benchfolio.release.report_json import schema, to_json
from benchfolio.release.report_junit import to_junit
from benchfolio.release.report_markdown import LIMIT, code, to_markdown
from benchfolio.release.report_text import to_text
from benchfolio.release.reports import FORMATS, render
from benchfolio.release.telling import figure_text

MEAN = (
    *HOSTILE,
    "@octocat fixes #1",
    "[x](javascript:alert(1)) ![x](http://example.org/x.png)",
    "www.example.org https://example.org a@example.org",
    "`` ` ```",
    "back\\slash\\|pipe",
    "</details><h1>",
    "]]>&amp;\x00\x1b[31m\ufffe\ud800",
    "*bold* _it_ ~~gone~~ <!-- x -->",
    "",
    " ",
)
"""Texts that mean something to a terminal, to Markdown, to a code host or to XML."""

FACTORS = {1: 0.7, 2: 0.95, 4: 1.3, 5: 0.8, 6: 0.97}


def example() -> Judgement:
    """Return a judgement in which something fails, warns, is allowed, better, gone and new."""
    old = many_models(12, release=OLD, noise=0.005)
    new = many_models(13, lambda number: FACTORS.get(number, 1.0), noise=0.005)
    cells = tuple(cell for cell in new.cells if cell.model != "model-007")
    allowed = Allowed(where=Where(model="model-005"), reason="known, see #7", until=TODAY)
    policy = msgspec.structs.replace(DEFAULT, exceptions=(allowed,))
    return judged(old, msgspec.structs.replace(new, cells=cells), policy)


def hostile() -> Judgement:
    """Return a judgement in which every text from a file is hostile, and every cell fails."""
    found = example()
    cells = tuple(
        msgspec.structs.replace(
            cell, outcome=Outcome.FAIL, platform=text, model=text, why=text, metric=text, unit=text
        )
        for cell in found.cells[:1]
        for text in MEAN
    )
    platform = msgspec.structs.replace(found.platforms[0], platform=MEAN[6], machine=MEAN)
    notes = tuple(Note(outcome=Outcome.WARN, about="limit", what=text) for text in MEAN)
    return msgspec.structs.replace(
        found, cells=cells, platforms=(platform,), notes=notes, base=MEAN[6], candidate=MEAN[7]
    )


@pytest.mark.parametrize("format_", FORMATS)
def test_reports_are_as_kept(format_: str, snapshot: SnapshotAssertion) -> None:
    """Each report of the same judgement is, byte for byte, what was looked at and kept."""
    assert render(example(), format_) == snapshot


@pytest.mark.parametrize("width", [20, 40, 80])
def test_text_fits_narrow_terminals(width: int) -> None:
    """No line is longer than the terminal is wide."""
    assert max(map(len, to_text(example(), width=width).splitlines())) <= width


@pytest.mark.parametrize(
    ("figure", "value", "low", "high", "unit", "told"),
    [
        ("gain", 0.9312, 0.9178, 0.9441, "ms", "6.9 % slower (5.6 to 8.2 %)"),
        ("gain", 1.2, 1.1, 1.3, "ms", "20 % faster (10 to 30 %)"),
        ("gain", 0.98, 0.95, 1.012, "ms", "2.0 % slower (−1.2 to 5.0 %)"),
        ("gain", 1.0, 0.92, 1.1, "ms", "no change (−8 to 10 %)"),
        ("gain", 0.5, None, None, "ms", "50.00 % slower"),
        ("drop", 0.612, 0.2, 1.01, "%", "0.61 points lost (0.20 to 1.01)"),
        ("drop", -0.5, -1.2, 0.2, "%", "0.5 points won (−0.2 to 1.2)"),
        ("drop", 1.5, 1.0, 2.0, "1", "1.5 lost (1.0 to 2.0)"),
        ("drop", 0.0, -0.5, 0.5, "%", "no change (−0.5 to 0.5)"),
    ],
)
def test_losses_and_wins_are_told_in_words(
    figure: str, value: float, low: float | None, high: float | None, unit: str, told: str
) -> None:
    """Words say which way, and an interval has as many digits as it supports."""
    assert figure_text(figure, value, low, high, unit) == told


def test_text_moves_no_cursor() -> None:
    """Nothing from a file is a control character, starts a line, or turns the direction."""
    shown = to_text(hostile(), width=1000)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", shown)


def test_text_counts_what_it_does_not_list() -> None:
    """Beyond so many cells under a title the rest is counted."""
    assert "and 1 more" in to_text(hostile(), most=len(MEAN) - 1)


def test_verdicts_may_be_asked_for() -> None:
    """--only lists the cells of a verdict, fine ones too, and leaves the outcome alone."""
    shown = render(example(), "text", only=["no-difference"])
    assert "No difference (6)" in shown
    assert "Fails" not in shown
    assert "not fine" in shown
    listed = json.loads(render(example(), "json", only=["new", "gone"]))
    assert {cell["verdict"] for cell in listed["cells"]} == {"new", "gone"}
    assert listed["outcome"] == "fail"


def test_markdown_makes_nothing_of_hostile_names() -> None:
    """Rendered as a code host does: no link, image, tag or emphasis; each name is code."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    shown = parser.render(to_markdown(hostile()))
    for tag in ("<a", "<img", "<script", "<em", "<strong", "<s>", "<!--", "<h1"):
        assert tag not in shown
    outside = re.sub(r"<code>.*?</code>", "", shown, flags=re.DOTALL)
    for word in ("@octocat", "#1", "example.org", "javascript"):
        assert word not in outside
    assert outside.count("<details>") == outside.count("</details>")
    rows = re.findall(r"<tr>(.*?)</tr>", shown, re.DOTALL)
    assert {row.count("<td") for row in rows[1 : 1 + len(MEAN)]} == {4}


@pytest.mark.parametrize("text", [text for text in MEAN if text.strip()])
def test_code_spans_show_what_was_written(text: str) -> None:
    """What stands in a cell of a table is the name, its control characters made visible."""
    table = f"| a | b |\n| --- | --- |\n| {code(text)} | x |\n"
    shown = MarkdownIt("commonmark").enable("table").render(table)
    (first, second) = re.findall(r"<td>(.*?)</td>", shown, re.DOTALL)
    assert re.fullmatch(r"<code>[^<]*</code>", first)
    assert second == "x"


@pytest.mark.parametrize("limit", [2_000, 5_000, LIMIT])
def test_markdown_fits_a_comment(limit: int) -> None:
    """What does not fit is left out whole, and counted; tables and folds stay closed."""
    found = example()
    many = msgspec.structs.replace(found, cells=found.cells * 200)
    shown = to_markdown(many, limit=limit)
    assert len(shown.encode()) <= limit
    assert re.search(r"\d+ more entries do not fit", shown)
    assert shown.count("<details>") == shown.count("</details>")
    assert all(line.endswith("|") for line in shown.splitlines() if line.startswith("|"))


def test_json_reads_back() -> None:
    """The report holds the judgement, every cell of it, and is JSON for hostile texts too."""
    assert msgspec.json.decode(to_json(example()), type=Judgement) == example()
    whole = [text for text in MEAN if "\ud800" not in text]
    cells = tuple(cell for cell in hostile().cells if cell.model in whole)
    found = msgspec.structs.replace(hostile(), cells=cells, notes=(), platforms=())
    assert [cell["model"] for cell in json.loads(to_json(found))["cells"]] == whole


def test_the_schema_describes_every_key() -> None:
    """The schema is of the report: every key of it is described there, and those always written."""
    found = schema()
    keys = found["$defs"]["Judgement"]["properties"]
    assert list(json.loads(to_json(example()))) == list(keys)
    cell = found["$defs"]["JudgedCell"]
    assert {key for one in json.loads(to_json(example()))["cells"] for key in one} <= set(
        cell["properties"]
    )
    assert {"outcome", "verdict", "platform", "model"} <= set(cell["required"])


def test_junit_has_a_case_for_each_cell() -> None:
    """Counts agree with the cases; what fails is a failure with its message."""
    root = ET.fromstring(to_junit(example()))
    suite = next(root.iter("testsuite"))
    cases = list(suite.iter("testcase"))
    assert int(suite.attrib["tests"]) == len(cases) == len(example().cells)
    failures = [case for case in cases if case.find("failure") is not None]
    assert int(suite.attrib["failures"]) == len(failures) == example().outcomes["fail"]
    assert {case.attrib["name"].partition("/")[0] for case in failures} == {
        "model-001",
        "model-007",
    }
    assert len({case.attrib["name"] for case in cases}) == len(cases)
    for case in failures:
        assert case.find("failure") is not None


def test_junit_stays_well_formed() -> None:
    """Hostile names are attributes and text, characters that XML forbids are made visible."""
    root = ET.fromstring(to_junit(hostile()).encode())
    cases = list(root.iter("testcase"))
    assert len(cases) == 2 * len(MEAN)
    assert {child.tag for case in cases for child in case} <= {"failure", "skipped", "system-out"}


def test_a_platform_that_drifts_is_a_case() -> None:
    """What all cells of a platform lost fails as a case of its own."""
    old = many_models(40, release=OLD, noise=0.005)
    root = ET.fromstring(to_junit(judged(old, many_models(40, lambda _: 0.9, noise=0.005))))
    (failed,) = (case for case in root.iter("testcase") if case.find("failure") is not None)
    assert failed.attrib["name"] == "the platform as a whole"


def test_reports_are_pure() -> None:
    """The same judgement twice gives the same bytes in every format."""
    for format_ in FORMATS:
        assert render(example(), format_) == render(example(), format_)
    with pytest.raises(ValueError, match="pdf"):
        render(example(), "pdf")


def test_a_cell_names_itself() -> None:
    """The name of a cell is what usually tells it from the others of its platform."""
    cell: JudgedCell = example().cells[0]
    assert cell.name.startswith(f"{cell.model}/FP32/original/openvino/CPU/throughput/")
    assert NOW not in cell.name
