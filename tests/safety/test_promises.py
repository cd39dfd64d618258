"""SECURITY.md says what is true: promises name tests, limits are those of the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

from benchfolio.documents import Form
from benchfolio.generator.definitions.loading import FORM as TABLE
from benchfolio.generator.lint.mutes import FORM as MUTES
from benchfolio.importers.pages import documents, grids, html, mapping, rst
from benchfolio.release.policy import FORM as POLICY
from benchfolio.results import reading, types
from benchfolio.results.metrics import Line
from benchfolio.runner.suite_file import FORM as SUITE

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_promises_name_tests_that_exist() -> None:
    """Every promise names at least one test, and every test that is named is there."""
    promised = TEXT.partition("## What is promised")[2].partition("## Limits")[0]
    for promise in promised.split("\n- ")[1:]:
        named = re.findall(r"`(tests/\w+/\w+\.py)::(\w+)`", promise)
        assert named, promise
        for file, test in named:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            names = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
            assert test in names, (file, test)


def test_limits_are_those_of_the_code() -> None:
    """The table of limits says what readers really allow."""
    kib, mib = 1024, 1024 * 1024
    any_yaml = Form(name="a", expected="a")
    assert (64 * mib, 100_000) == (reading.MAX_BYTES, types.MAX_CELLS)
    assert types.MAX_INTEGER == 2**53 - 1
    for text in (Line, types.Text):
        (bound,) = get_args(text)[1:]
        assert bound.max_length == 4000
    assert (SUITE.max_bytes, any_yaml.max_depth, any_yaml.max_values) == (512 * kib, 24, 20_000)
    assert (mapping.FORM.max_bytes, mapping.FORM.max_values) == (mib, 50_000)
    assert {form.max_bytes for form in (TABLE, POLICY, MUTES)} == {256 * kib}
    assert (4 * mib, 200_000) == (documents.FORM.max_bytes, grids.MAX_CELLS)
    assert (rst.MAX_TABLES, html.MAX_INSIDE) == (500, 300)
    for number in ("64 MiB", "100,000 cells", "4,000", "512 KiB", "24 levels", "20,000 values"):
        assert number in TEXT
    for number in ("1 MiB", "50,000", "256 KiB", "4 MiB", "200,000", "500 RST", "300 parts"):
        assert number in TEXT
