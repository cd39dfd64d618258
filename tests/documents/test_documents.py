"""YAML documents: bounded, as values that know their places, and as types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchfolio.documents import Form, convert, parse, read
from benchfolio.results import BadInput

FORM = Form(name="a list of things", expected="things", remedy="see the list", max_values=200)


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    """Something in a document."""

    name: str
    size: float = 0.0


def refusal(text: str) -> str:
    """Return why a text is no list of things, ``LINE:COLUMN: what`` and all the rest."""
    with pytest.raises(BadInput) as caught:
        convert(parse(text, "t.yaml", FORM), list[Thing], "t.yaml", FORM)
    return str(caught.value).removeprefix("t.yaml:")


def test_values_are_plain_and_know_their_places() -> None:
    """A trail finds the key or item at its end, or the nearest part around it."""
    root = parse("a: {b: [1, two]}\nc: ~\n", "t.yaml", FORM)
    assert root.plain() == {"a": {"b": [1, "two"]}, "c": None}
    assert root.find(("a", "b", 1))[0] == (1, 12)
    assert root.find(("c",))[0] == (2, 1)
    assert root.find(("a", "b", 7, "x")) == root.find(("a", "b"))
    assert root.find(("a", 0)) == root.find(("a",))


def test_an_empty_document_is_nothing() -> None:
    """A file of comments is a document without a value, not an error."""
    assert parse("# nothing yet\n", "t.yaml", FORM).value is None


def test_dates_stay_text() -> None:
    """What looks like a date is text until a type wants a date."""
    assert parse("2027-03-01", "t.yaml", FORM).value == "2027-03-01"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- name: a\n- nam: b\n", "2:3: $[1] is not what a list of things has there"),
        ("- {name: a, size: big}\n", "1:13: $[0].size is not"),
        ("- {name: a, size: big}\n", "expected: `float`\n  got:      `str`\n  remedy:   see the"),
        ("- name: 2026.1\n", 'put numbers with a point in quotes, as "2026.1"'),
        ("a: 1\n", "1:1: $ is not what a list of things has there"),
        ("- name: a\n  name: b\n", "2:3: the key 'name' is given twice"),
        ("- name: a\n  size: .inf\n", "2:9: not a finite number"),
        ("- !thing a\n- !other b\n", "t.yaml:2:3: a YAML tag"),
        ("- [\n", "expected: things"),
        ("[" + "1," * 500 + "]", "too many values"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(text: str, told: str) -> None:
    """Errors name line, column, what was expected, what was found and what to do."""
    assert told in refusal(text)


def test_aliases_that_nest_are_stopped() -> None:
    """A chain of aliases is bounded by its depth, however few values it has."""
    chain = "".join(f"- &n{i} [*n{i - 1}]\n" if i else "- &n0 []\n" for i in range(30))
    form = Form(name="a chain", expected="lists")
    with pytest.raises(BadInput, match="nested too deeply once its aliases are followed"):
        parse(chain, "t.yaml", form)


def test_size_is_checked_before_anything_else(tmp_path: Path) -> None:
    """A file beyond its bound is refused as too large, whatever it holds."""
    path = tmp_path / "t.yaml"
    path.write_bytes(b"\xff" * 33)
    with pytest.raises(BadInput, match="too large for a note"):
        read(path, "t.yaml", Form(name="a note", expected="text", max_bytes=32))


def test_the_yaml_reader_is_loaded_only_when_a_file_is_read() -> None:
    """Importing the package costs no YAML."""
    code = "import sys, benchfolio.documents; sys.exit('ruamel.yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
