"""Documentation of rules: a page for each, whose example is what the rule reports."""

from __future__ import annotations

import textwrap

import pytest
from generator.lint.pages import FOLDER, example, pages, report

from benchfolio.generator.lint import RULES

UPDATE = "run: python tests/generator/lint/pages.py"


@pytest.mark.parametrize("rule", RULES)
def test_the_example_on_a_page_is_what_the_rule_reports(rule: str) -> None:
    """Each page has the rule's sentence and, letter for letter, the report of its example."""
    text = (FOLDER / f"{rule}.rst").read_text(encoding="utf-8")
    assert RULES[rule].doc in text, UPDATE
    assert textwrap.indent(report(example(rule)), "   ") in text, UPDATE


def test_pages_are_those_that_the_rules_make() -> None:
    """No page is missing, left over or out of date."""
    on_disk = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.rst")}
    assert on_disk == pages(), UPDATE
