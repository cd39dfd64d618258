"""Numbers and names as readers should see them."""

from __future__ import annotations

import pytest
from factory import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from benchfolio.generator.entries import Number, finish
from benchfolio.generator.formatting import (
    Sample,
    clean,
    decimals,
    listing,
    natural,
    number,
    printed_decimals,
    size,
    slug,
    with_unit,
)


@pytest.mark.parametrize(
    ("value", "places", "signed", "expected"),
    [
        (-1.5, 1, False, "−1.5"),
        (1.5, 1, True, "+1.5"),
        (-0.04, 1, True, "0.0"),
        (0.0, 2, True, "0.00"),
        (9999.0, 0, False, "9999"),
        (10000.0, 0, False, "10\u202f000"),
        (-1234567.891, 2, False, "−1\u202f234\u202f567.89"),
        (9999.6, 0, False, "10\u202f000"),
    ],
)
def test_numbers_are_typeset(value: float, places: int, signed: bool, expected: str) -> None:
    """True minus, a plus on changes, no sign on zero, thin spaces from 10 000 on."""
    assert number(value, places, signed=signed) == expected


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_a_typeset_number_reads_back(value: float, places: int) -> None:
    """What is shown is the value, rounded and nothing else."""
    shown = number(value, places).replace("\u202f", "").replace("−", "-")
    assert float(shown) == pytest.approx(value, abs=0.501 * 10**-places)


@pytest.mark.parametrize(
    ("halves", "expected"),
    [
        ([1.9], 1),
        ([4.2], 0),
        ([0.3], 2),
        ([0.036], 2),
        ([0.97], 1),
        ([30.0], 0),
        ([0.2, 0.2, 5.0], 2),
        ([5.0, 5.0, 0.2], 0),
    ],
)
def test_decimals_follow_the_typical_uncertainty(halves: list[float], expected: int) -> None:
    """A column has the digits that its intervals support; one outlier does not change that."""
    assert decimals([Sample(97.2, half) for half in halves], 3) == expected


def test_a_small_value_does_not_vanish() -> None:
    """A column of large values gets more decimals where a small one would read 0."""
    assert decimals([Sample(50.0, 1.0), Sample(50.0, 1.0), Sample(0.052, 0.001)], 3) == 3
    assert decimals([Sample(0.01, 1.0)], 3) == 1


def test_without_uncertainty_three_digits_are_enough() -> None:
    """Figures without intervals are not shown to the last bit."""
    assert decimals([Sample(122.4)], 3) == 0
    assert decimals([Sample(6.234)], 3) == 2
    assert decimals([Sample(0.0123456)], 3) == 3
    assert decimals([], 3) == 3


def test_transcribed_figures_keep_their_digits() -> None:
    """A figure that was printed with two decimals is shown with two."""
    assert printed_decimals("86.50%") == 2
    assert printed_decimals("0,123") == 3
    assert printed_decimals("170") == 0
    assert printed_decimals("") is None
    shown = [Number(value=25.676, printed=3), Number(value=86.5, printed=2), Number(value=1.25)]
    assert [entry.text for entry in finish(shown)[0]] == ["25.676", "86.50", "1.25"]


def test_invisible_characters_are_shown() -> None:
    """Controls and direction marks are neither hidden nor obeyed; white space becomes blanks."""
    assert clean("right\u202eot\u2066left") == "right⟨U+202E⟩ot⟨U+2066⟩left"
    assert clean("a\x00b\x1b[31m") == "a⟨U+0000⟩b⟨U+001B⟩[31m"
    assert clean("two\r\nlines\u2028more") == "two  lines more"
    assert clean("Zürich 東京 №") == "Zürich 東京 №"


@given(st.text(st.characters(exclude_categories=["Zs"])))
def test_clean_text_is_printable_and_stable(text: str) -> None:
    """Cleaning leaves nothing that cannot be seen, and cleaning twice changes nothing."""
    once = clean(text)
    assert once.isprintable()
    assert clean(once) == once


@pytest.mark.parametrize("text", HOSTILE)
def test_a_slug_is_safe(text: str) -> None:
    """Anchors and file names hold letters, digits and hyphens, whatever the text."""
    assert slug(text).replace("-", "").isalnum()
    assert slug(text).isascii()


def test_small_words() -> None:
    """Lists, sizes, units and order as people write and count."""
    assert listing(["a", "b", "c"]) == "a, b and c"
    assert listing(["a", "b", "c"], most=2) == "a, b and 1 more"
    assert size(512 * 2**30) == "512\u202fGiB"
    assert size(1500) == "1.5\u202fKiB"
    assert with_unit("2.1", "×") == "2.1×"
    assert with_unit("3.4", "1") == "3.4"
    assert sorted(["model-10", "model-2", "Model-1"], key=natural) == [
        "Model-1",
        "model-2",
        "model-10",
    ]
