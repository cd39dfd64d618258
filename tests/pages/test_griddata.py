"""The rows of large tables as a script, and what a page holds of them."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import made

from benchfolio.generator.griddata import grid_data, packed
from benchfolio.generator.render import EXCERPT, LARGE, Data, Renderer
from benchfolio.generator.view import Column, Entry, Row, Table


def table(rows: int) -> Table:
    """Return a table of one name and one number."""
    return Table(
        id="many",
        title="Many",
        columns=(
            Column(id="name", label="Name", heading=True),
            Column(id="drop", label="Drop", numeric=True),
        ),
        rows=tuple(
            Row(entries=(Entry(text=f"row {place}"), Entry(text="0.0", raw=0.0, cell="c-1")))
            for place in range(rows)
        ),
    )


def data_of(text: str) -> dict[str, Any]:
    """Return the data that a script registers."""
    found = re.fullmatch(r'benchfolio\.data\("many", (.*)\);\n', text, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


@given(st.lists(st.one_of(st.text(), st.none(), st.floats(allow_nan=False))))
def test_packed_values_are_found_again(values: list[object]) -> None:
    """Whether kept as they are or by place, every row has its own value."""
    found = packed(values)
    if isinstance(found, dict):
        found = [found["of"][place] for place in found["at"]]
    assert found == values


def test_data_keep_zeros_and_leave_out_what_is_taken_for_granted() -> None:
    """A column of zeros is no column of nothing; empty fields are not written."""
    _, drop = data_of(grid_data(table(3), "many", lambda _: ""))["fields"]
    assert drop["raw"] == {"of": [0.0], "at": [0, 0, 0]}
    assert "tip" not in drop


def test_data_are_one_call_whatever_texts_hold() -> None:
    """Markup, quotes and line ends in names stay inside a string of the script."""
    hostile = msgspec.structs.replace(made.TABLE, id="many")
    found = data_of(grid_data(hostile, "many", lambda _: "x.html"))
    names = found["fields"][0]["text"]
    assert made.SCRIPT in (names if isinstance(names, list) else names["of"])


@pytest.mark.parametrize(("rows", "kept"), [(LARGE, LARGE), (LARGE + 1, EXCERPT)])
def test_page_of_a_large_table_holds_an_excerpt(rows: int, kept: int) -> None:
    """Beyond a thousand rows a page with a data file holds the first ones, and says so."""
    data = Data(name="many", address="many.js")
    text = Renderer().table(table(rows), lambda _: "", prefix="many", data=data)
    assert text.count("<tr id=") == kept
    assert ("the whole table needs JavaScript" in text) == (kept < rows)


def test_page_without_a_data_file_holds_every_row() -> None:
    """Where no data file can be written nothing is left out."""
    text = Renderer().table(table(LARGE + 1), lambda _: "", prefix="many")
    assert text.count("<tr id=") == LARGE + 1


def test_measurement_is_one_place_on_a_page() -> None:
    """The id of a measurement is given once, however many cells and tables show it."""
    taken: set[str] = set()
    renderer = Renderer()
    both = "".join(
        renderer.table(table(2), lambda _: "", prefix=prefix, taken=taken) for prefix in "ab"
    )
    assert both.count('id="c-1"') == 1
    assert both.count('data-cell="c-1"') == 4
