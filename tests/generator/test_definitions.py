"""Table definitions: data that users write, so errors say file, line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchfolio.generator.definitions import load_definitions, packaged, parse
from benchfolio.results import BadInput

GOOD = """\
id: mine
title: Mine
rows: [model, precision]
values:
  - metric: throughput
  - metric: throughput
    derive: gain
"""


def test_all_packaged_definitions_are_valid() -> None:
    """Every definition that ships can be read, and is in the file of its name."""
    found = load_definitions()
    assert sorted(found) == sorted(path.stem for path in packaged().glob("*.yaml"))
    assert {"accuracy-drop", "validated-models", "precision-comparison"} <= set(found)


def test_a_users_definition_replaces_ours(tmp_path: Path) -> None:
    """The same id in a user's folder wins; other ids are added; a missing folder is none."""
    (tmp_path / "x.yaml").write_text(GOOD.replace("id: mine", "id: coverage"))
    (tmp_path / "y.yaml").write_text(GOOD)
    found = load_definitions([tmp_path, tmp_path / "missing"])
    assert found["coverage"].title == "Mine"
    assert found["mine"].rows == ["model", "precision"]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("rows: [model, precision]", "rows: [model, presicion]", 3, "presicion"),
        ("title: Mine", "titel: Mine", 1, "titel"),
        ("title: Mine", "title: 3", 2, "str"),
        ("  - metric: throughput\n    derive: gain", "  - derive: gain", 6, "neither"),
        ("    derive: gain", "    derive: profit", 7, "profit"),
        ("    derive: gain", "    field: load", 6, "both"),
        ("    derive: gain", "    scenario: latency\n  - metric: throughput", 8, "once"),
        ("rows:", "filter: {colour: red}\nrows:", 3, "colour"),
        ("rows:", "filter: {release: 2026.1}\nrows:", 3, "float"),
        ("rows:", "sort: [speed]\nrows:", 3, "speed"),
        ("id: mine", "id: ../mine", 1, "../mine"),
        ("title: Mine", "title: [", 4, "YAML"),
        ("title: Mine", "title: &a [*a]", 2, "array"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int, told: str) -> None:
    """Errors name the file, the line, what was expected and what was found."""
    with pytest.raises(BadInput) as caught:
        parse(GOOD.replace(old, new, 1), "tables/mine.yaml")
    problem = caught.value.problems[0]
    assert problem.where.startswith(f"tables/mine.yaml:{line}"), str(problem)
    assert told in str(problem)
    assert problem.expected


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    """Two wrong files are two problems, not one after the other."""
    (tmp_path / "a.yaml").write_text("- 1")
    (tmp_path / "b.yaml").write_bytes(b"\xff")
    with pytest.raises(BadInput) as caught:
        load_definitions([tmp_path])
    assert len(caught.value.problems) == 2


def test_entity_tables_have_their_own_fields() -> None:
    """A table about platforms cannot show a field of models."""
    text = "id: p\ntitle: P\nabout: platforms\nrows: [platform]\nvalues: [{field: input_size}]\n"
    with pytest.raises(BadInput, match="platforms have no such field"):
        parse(text, "p.yaml")
