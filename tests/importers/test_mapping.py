"""Mapping files: validated, with the line of every mistake."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from benchfolio.importers.pages import Imported, import_page, load_mapping, parse_page
from benchfolio.results import BadInput, State

MAPPING = """publication: {title: Page}
release: page
platforms:
  - {id: lab, label: Lab}
metric_names: {acc: accuracy}
recipes:
  ptq: {method: ptq}
words:
  n/a: {state: unsupported, reason: n/a on the page}
tables:
  - heading: One
    all: {platform: lab, scenario: accuracy, precision: INT8, runtime: openvino, device: CPU}
    cells:
      - {id: int8, recipe: ptq}
    columns:
      - {label: model, read: [{is: model}]}
      - {label: INT8, read: [{is: values, of: int8, metric: accuracy}]}
"""
PAGE = "# One\n\n| model | INT8 |\n|---|---|\n| net | 86.52% |\n"


def carried(page: str = PAGE, mapping: str = MAPPING, *, folder: Path) -> Imported:
    """Import a page as text."""
    path = folder / "mapping.yaml"
    path.write_text(mapping)
    return import_page(parse_page(page, "page.md"), load_mapping(path, "m.yaml"), "page.md")


def test_a_page_is_carried(tmp_path: Path) -> None:
    """Table and mapping give a file with the value, its text and its place."""
    cell = carried(folder=tmp_path).files[0].cells[0]
    assert (cell.values["accuracy"].printed, cell.values["accuracy"].value) == ("86.52%", 86.52)
    assert cell.published is not None
    assert (cell.published.table, cell.published.row) == ("One", 1)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("recipe: ptq}", "recipe: qat}", "m.yaml:14"),
        ("of: int8,", "of: fp32,", "m.yaml:17"),
        ("metric: accuracy}", "metric: luck}", "m.yaml:17"),
        ("acc: accuracy", "acc: luck", "m.yaml:5"),
        ("platform: lab,", "platform: elsewhere,", "m.yaml:14"),
        ("scenario: accuracy, ", "", "m.yaml:14"),
        ("precision: INT8", "precision: INT7", "m.yaml:12"),
        ("is: model", "is: magic", "m.yaml:16"),
        ("release: page", "release: ../page", "m.yaml:2"),
        ("  - {id: lab, label: Lab}", "  - {id: lab, label: Lab, sockets: 2}", "m.yaml:4"),
        ("release: page", "release: page\nrelease: page", "m.yaml:3"),
        ("release: page", "release: !!python/object:os.system x", "m.yaml:2"),
        ("release: page", "release: [", "m.yaml:4"),
    ],
)
def test_mistakes_are_reported_with_their_line(
    tmp_path: Path, old: str, new: str, where: str
) -> None:
    """Every mistake in a mapping is bad input at file, line and column."""
    assert old in MAPPING
    with pytest.raises(BadInput) as caught:
        carried(mapping=MAPPING.replace(old, new, 1), folder=tmp_path)
    assert caught.value.problems[0].where.startswith(f"{where}:")


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{c}: &{c} [{', '.join([f'*{p}'] * 9)}]\n"
            for p, c in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "a: &a [*a]\n",
        "[" * 5000,
        "".join(f"k{i}: &n{i} [*n{i - 1}]\n" if i else "k0: &n0 []\n" for i in range(2000)),
    ],
)
def test_hostile_yaml_ends_soon(tmp_path: Path, text: str) -> None:
    """Aliases that multiply and endless nesting are refused within seconds."""
    started = time.monotonic()
    with pytest.raises(BadInput):
        carried(mapping=text, folder=tmp_path)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("86.52%", "often", r"page\.md:3: table 'One', row 1, column 'INT8': not a figure"),
        ("86.52%", "", "row 1: says nothing for the cell 'int8'"),
        ("86.52%", "1 luck", "a metric that the mapping does not know"),
        ("INT8", "INT4", "has other columns than the mapping says"),
        ("# One", "# Two", "a table that the mapping describes is not in the document"),
        ("net ", " ", "a row without a model"),
    ],
)
def test_what_is_not_understood_is_said(tmp_path: Path, old: str, new: str, what: str) -> None:
    """A part of the page that the mapping does not explain is a problem with its place."""
    problems = carried(PAGE.replace(old, new), folder=tmp_path).problems
    assert len(problems) == 1
    assert re.search(what, str(problems[0]))


def test_words_in_the_place_of_figures(tmp_path: Path) -> None:
    """A word that the mapping explains becomes the state of the cell, with its reason."""
    cell = carried(PAGE.replace("86.52%", "N/A"), folder=tmp_path).files[0].cells[0]
    assert (cell.state, cell.reason) == (State.UNSUPPORTED, "n/a on the page")


def test_tables_without_a_mapping_are_left_alone_and_listed(tmp_path: Path) -> None:
    """A table nobody speaks of is in the summary, not in the files."""
    imported = carried(PAGE + "\n# Two\n\n| a |\n|---|\n| 1 |\n", folder=tmp_path)
    assert [table.mapped for table in imported.tables] == [True, False]
    assert len(imported.files[0].cells) == 1


def test_names_that_differ_only_in_blanks_or_case_are_one_model(tmp_path: Path) -> None:
    """Spellings share an id and keep their own text; other names keep ids of their own."""
    page = "# One\n\n" + "".join(
        f"<table><tr><th>model</th><th>INT8</th></tr>{rows}</table>\n"
        for rows in ("<tr><td>Net 18</td><td>1%</td></tr><tr><td>net/18</td><td>2%</td></tr>",)
    )
    second = MAPPING[MAPPING.index("  - heading") :].replace("device: CPU", "device: GPU")
    second = second.replace("heading: One", "heading: One\n    number: 2")
    page += (
        "<table><tr><th>model</th><th>INT8</th></tr><tr><td>net18 </td><td>3%</td></tr></table>\n"
    )
    imported = carried(page, MAPPING + second, folder=tmp_path)
    names = {cell.published.name: cell.model for cell in imported.files[0].cells if cell.published}
    assert names == {"Net 18": "net-18", "net18 ": "net-18", "net/18": "net-18.2"}


def test_rows_with_one_key_are_a_problem_not_a_loss(tmp_path: Path) -> None:
    """Two rows that nothing distinguishes are reported instead of one replacing the other."""
    problems = carried(PAGE + "| net | 80% |\n", folder=tmp_path).problems
    assert ["has the same key" in problem.what for problem in problems] == [True]
