"""What is wrong with the publications in ``results/`` is found, each mistake with its row."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from factory import result_file
from generator.lint.made import EXAMPLES, FILE, MEASURED, Line, published
from generator.lint.made import page as made_page

from benchfolio.generator.lint import Finding, Mute, examine
from benchfolio.generator.lint.page import findings_page
from benchfolio.generator.load import load
from benchfolio.results import ResultFile

RESULTS = Path(__file__).parents[3] / "results"
PTQ = "PyTorch Models with Torch 1.13.1+cpu in PTQ Mode"
QAT = "PyTorch Models with Torch 1.13.1+cpu in QAT Mode"
IPEX = "PyTorch Models with Torch and Intel® Extension for PyTorch* 1.13.0+cpu"
ONNX = "ONNX Models with ONNX Runtime 1.13.1"
TENSORFLOW = "TensorFlow Models with TensorFlow 2.11.0"
MXNET = "MXNet Models with MXNet 1.9.1"
PRUNING = "Validated Pruning Examples"
DISTILLATION = "Validated Knowledge Distillation Examples"
CONTENTS = "Table of contents"

Files = tuple[tuple[str, ResultFile], ...]


@pytest.fixture(scope="module")
def files() -> Files:
    """The transcribed files."""
    loaded = load(RESULTS)
    return tuple((n, f) for n, f in loaded.files if f.origin.kind == "transcribed")


@pytest.fixture(scope="module")
def findings(files: Files) -> tuple[Finding, ...]:
    """What is found in the transcribed files."""
    return examine(files)


def rows(findings: tuple[Finding, ...], rule: str, table: str) -> list[int]:
    """Return the rows of a table in which a rule found something."""
    return sorted({f.place.row for f in findings if f.rule == rule and f.place.table == table})


@pytest.mark.parametrize(
    ("rule", "table", "expected"),
    [
        (
            "ratio-scale",
            PTQ,
            [3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 18, 20, 21, 22, 28, 29, 31, 32, 34, 35, 40],
        ),
        ("ratio-scale", QAT, [2, 4]),
        ("ratio-scale", TENSORFLOW, [0]),
        ("ratio-scale", ONNX, []),
        ("accuracy-scale", TENSORFLOW, [2, 3, 40]),
        ("accuracy-scale", PTQ, [12, 20, 28, 30, 31, 38]),
        ("accuracy-scale", ONNX, [6, 23, 30, 37]),
        ("accuracy-scale", DISTILLATION, [0]),
        ("direction", PTQ, [20, 30, 31]),
        ("metric-name", PTQ, [28]),
        ("quality-range", PTQ, [30]),
        ("shifted", MXNET, list(range(1, 10))),
        ("repeated-block", IPEX, [1, 2, 3, 4]),
        ("repeated-block", MXNET, [1]),
        ("same-name", PTQ, [17, 32]),
        ("blanks", MXNET, [1]),
        ("bracket", PRUNING, [17, 19, 21, 23]),
        ("claim", PRUNING, [5]),
        ("claim-rounding", PRUNING, []),
        ("anchor", CONTENTS, [2]),
        ("anchor-case", CONTENTS, [1, 8, 9]),
        ("contents-entry", CONTENTS, [3]),
        ("software-date", TENSORFLOW, [0]),
        ("software-date", PTQ, [0]),
        ("software-date", ONNX, [0]),
        ("software-date", MXNET, []),
        ("idle-cores", "", [0]),
    ],
)
def test_known_mistakes_are_found_in_their_rows(
    findings: tuple[Finding, ...], rule: str, table: str, expected: list[int]
) -> None:
    """Each mistake that people found by hand is found by its rule, in its rows and no others."""
    assert rows(findings, rule, table) == expected


def test_what_a_finding_says_is_enough_to_look_it_up(findings: tuple[Finding, ...]) -> None:
    """The wrong drop names its table, row, model, the printed figure, and what would be right."""
    (finding,) = [f for f in findings if f.rule == "claim"]
    assert finding.problem.where.endswith(f"{PRUNING}, row 5 (Bert-Large)")
    assert finding.problem.expected == "-0.70 % = (90.7 − 91.34) / |91.34|"
    assert finding.problem.got == "-0.07%"


def test_names_that_differ_only_in_blanks_are_found(findings: tuple[Finding, ...]) -> None:
    """Every pair of rows with one name and a blank more is found, with both spellings."""
    pairs = [f for f in findings if f.rule == "blanks" and "only in blanks" in f.problem.what]
    assert Counter(f.place.table for f in pairs)[ONNX] == 23
    assert all("␣" in f.problem.got or "⍽" in f.problem.got for f in pairs)


def test_the_page_shows_every_finding_once(files: Files, findings: tuple[Finding, ...]) -> None:
    """The site's page lists what the command lists, by publication, errors first."""
    page = findings_page(files)
    assert page is not None
    listed = [
        section.table
        for section in page.sections
        if section.table and "Rules:" not in section.table.title
    ]
    assert sum(len(table.rows) for table in listed) == len(findings)
    assert all(len(row.entries) == len(table.columns) for table in listed for row in table.rows)
    assert [figure.value for figure in page.figures] == [
        str(sum(f.severity == severity for f in findings))
        for severity in ("error", "warning", "note")
    ]
    assert page.sections[0].title == "Validated Models (validated-models-2022-09-24)"
    assert len({section.id for section in page.sections}) == len(page.sections)


def test_there_is_no_page_where_nothing_is_transcribed() -> None:
    """A project of its own measurements gets no page about publications."""
    assert findings_page([(MEASURED, result_file())]) is None


def test_a_publication_without_mistakes_has_a_page_that_says_so() -> None:
    """The sentence says that nothing was found, and there is no table."""
    page = findings_page([(FILE, made_page(*published([Line()])))])
    assert page is not None
    assert page.sections == ()
    assert page.sentence == "Nothing was found in the transcribed publications."


def test_muted_findings_stay_on_the_page_with_their_reason() -> None:
    """What a person judged harmless is still to be seen, and why."""
    mute = Mute(rule="blanks", where="*", reason="both rows are meant")
    page = findings_page(EXAMPLES["blanks"](), mutes=[mute])
    assert page is not None
    tables = [section.table for section in page.sections if section.table]
    details = [entry.detail for table in tables for row in table.rows for entry in row.entries]
    assert "muted: both rows are meant" in details
