"""Many numbers in few bytes: base64 of bits, bytes or 32-bit floats, on one line of a file."""

from __future__ import annotations

import sys
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchfolio.results.types import Series


def pack_floats(numbers: Iterable[float]) -> str:
    """Write numbers as little-endian 32-bit floats: seven significant digits."""
    packed = array("f", numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return b64encode(packed.tobytes()).decode("ascii")


def unpack_floats(text: str) -> array[float]:
    """Return what ``pack_floats`` wrote.

    Raises:
        ValueError: It is not base64, or not a whole number of floats.
    """
    numbers: array[float] = array("f")
    numbers.frombytes(b64decode(text, validate=True))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def count_floats(text: str) -> int:
    """Return how many floats a text holds, without reading them."""
    return (len(text) * 3 // 4 - text.count("=", -2)) // 4


def pack_scores(scores: Iterable[float]) -> str:
    """Write shares of 0–1 as bytes of 0–255."""
    return b64encode(bytes(round(min(max(each, 0.0), 1.0) * 255) for each in scores)).decode()


def unpack_scores(text: str) -> list[float]:
    """Return what ``pack_scores`` wrote, each within 1/510.

    Raises:
        ValueError: It is not base64.
    """
    return [byte / 255 for byte in b64decode(text, validate=True)]


def pack_bits(flags: Sequence[bool]) -> str:
    """Write flags as bits, the first in the highest bit of the first byte, padded with zeros."""
    count = len(flags)
    number = int("".join("1" if flag else "0" for flag in flags) or "0", 2)
    size = (count + 7) // 8
    return b64encode((number << (size * 8 - count)).to_bytes(size, "big")).decode("ascii")


def unpack_bits(text: str, count: int) -> list[bool]:
    """Return the first so many flags of what ``pack_bits`` wrote.

    Raises:
        ValueError: It is not base64, or of another number of flags.
    """
    data = b64decode(text, validate=True)
    if len(data) != (count + 7) // 8:
        raise ValueError(f"{(count + 7) // 8} bytes are wanted for {count} flags, not {len(data)}")
    bits = f"{int.from_bytes(data, 'big'):0{len(data) * 8}b}" if data else ""
    return [bit == "1" for bit in bits[:count]]


def together(*series: Series) -> tuple[list[list[float]], list[bool]]:
    """Return the figures of several series of one race in their common rounds.

    Returns:
        The figures of each, of equal length, and whether any of them was disturbed in that round.

    Raises:
        ValueError: Something is not packed as it should be.
    """
    figures = [list(unpack_floats(each.figures)) for each in series]
    rounds = min(len(each) for each in figures)
    disturbed = [False] * rounds
    for each, found in zip(series, figures, strict=True):
        if each.disturbed is not None:
            bits = unpack_bits(each.disturbed, len(found))
            disturbed = [one or other for one, other in zip(disturbed, bits, strict=False)]
    return [each[:rounds] for each in figures], disturbed
