"""Figures as people print them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchfolio.importers.pages.figures import parse_figures
from benchfolio.results import BadInput


@pytest.mark.parametrize(
    ("text", "expected", "names"),
    [
        ("86.52%", [("86.52%", 86.52, "%", "")], ""),
        ("1.82x", [("1.82x", 1.82, "x", "")], ""),
        ("-0.0063", [("-0.0063", -0.0063, "", "")], ""),
        ("+0.98%", [("+0.98%", 0.98, "%", "")], ""),
        ("f1]=76.87", [("76.87", 76.87, "", "f1")], "f1]"),
        ("top-1% acc = 69.76", [("69.76", 69.76, "", "top-1% acc")], "top-1% acc"),
        ("(0.7965 ACC)", [("0.7965", 0.7965, "", "ACC")], "ACC"),
        (
            "[accuracy, f1] = [91.10, 88.05]",
            [("91.10", 91.1, "", "accuracy"), ("88.05", 88.05, "", "f1")],
            "[accuracy, f1]",
        ),
        (
            "0.7442/0.8371 EM/F1",
            [("0.7442", 0.7442, "", "EM"), ("0.8371", 0.8371, "", "F1")],
            "EM/F1",
        ),
        ("[-2.51%, -1.80%]", [("-2.51%", -2.51, "%", ""), ("-1.80%", -1.8, "%", "")], ""),
    ],
)
def test_printed_forms(text: str, expected: list[tuple[str, float, str, str]], names: str) -> None:
    """Each way to print figures gives them with unit and name, and the text untouched."""
    found = parse_figures(text, "here")
    assert [(f.printed, f.value, f.unit, f.name) for f in found.figures] == expected
    assert found.names == names


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**6), max_value=10**6, places=4
    )
)
def test_the_value_is_the_decimal_as_printed(number: Decimal) -> None:
    """No figure is rescaled or rounded: its text is kept and its value is that of the text."""
    figure = parse_figures(f"{number}%", "here").figures[0]
    assert (figure.printed, figure.value, figure.unit) == (f"{number}%", float(number), "%")


@pytest.mark.parametrize(
    "text",
    ["", "n/a", "1,234.5", "nan", "1e999", "12%%", "[a, b] = [1]", "１２", "0x10", "="],
)
def test_what_is_no_figure_is_refused(text: str) -> None:
    """Anything else is bad input that shows the text, never a number by accident."""
    with pytest.raises(BadInput, match="figure"):
        parse_figures(text, "here")
