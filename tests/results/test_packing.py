"""Many numbers in few bytes: what is written, byte by byte, and what is refused."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchfolio.results import (
    Series,
    count_floats,
    pack_bits,
    pack_floats,
    pack_scores,
    together,
    unpack_bits,
    unpack_floats,
    unpack_scores,
)


def test_bytes_are_the_same_on_every_machine() -> None:
    """Floats are little-endian, the first flag is the highest bit, a score of 1 is 255."""
    assert b64decode(pack_floats([1.0, -2.5])) == bytes.fromhex("0000803f 000020c0")
    assert b64decode(pack_bits([True, False, False, False, False, False, False, True, True])) == (
        b"\x81\x80"
    )
    assert b64decode(pack_scores([0, 0.5, 1, -1, 2])) == bytes([0, 128, 255, 0, 255])


@given(st.lists(st.floats(width=32), max_size=50))
def test_floats_are_counted_without_reading_them(numbers: list[float]) -> None:
    """The number of floats follows from the length of the text."""
    text = pack_floats(numbers)
    assert count_floats(text) == len(numbers)
    assert len(unpack_floats(text)) == len(numbers)


@given(st.floats(1e-30, 1e30))
def test_floats_keep_seven_digits(number: float) -> None:
    """What is read back differs by less than a ten-millionth."""
    assert unpack_floats(pack_floats([number]))[0] == pytest.approx(number, rel=6e-8)


@given(st.lists(st.booleans(), max_size=64))
def test_padding_of_bits_is_not_read(flags: list[bool]) -> None:
    """Only as many flags are read as are asked for, up to those of the last byte."""
    fewer = max(0, len(flags) - (len(flags) - 1) % 8) if flags else 0
    assert unpack_bits(pack_bits(flags), len(flags)) == flags
    assert unpack_bits(pack_bits(flags), fewer) == flags[:fewer]


@pytest.mark.parametrize("text", ["AAA", "ä", "A A=", "not base64!"])
def test_what_is_not_base64_is_refused(text: str) -> None:
    """Text that is not base64 raises, whatever should be in it."""
    with pytest.raises(ValueError, match=r"."):
        unpack_floats(text)
    with pytest.raises(ValueError, match=r"."):
        unpack_scores(text)
    with pytest.raises(ValueError, match=r"."):
        unpack_bits(text, 8)


def test_parts_of_numbers_are_refused() -> None:
    """Five bytes are no floats, and one byte is not nine flags."""
    with pytest.raises(ValueError, match="multiple"):
        unpack_floats(b64encode(b"12345").decode())
    with pytest.raises(ValueError, match="2 bytes are wanted for 9 flags, not 1"):
        unpack_bits(pack_bits([True] * 8), 9)


def test_series_of_one_race_are_read_together() -> None:
    """The common rounds of all series come back, with those in which any was disturbed."""
    one = Series(figures=pack_floats([1, 2, 3, 4]), disturbed=pack_bits([True, False, False, True]))
    other = Series(figures=pack_floats([5, 6, 7]))
    figures, disturbed = together(one, other)
    assert figures == [[1, 2, 3], [5, 6, 7]]
    assert disturbed == [True, False, False]
