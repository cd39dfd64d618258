"""Numbers and names as a reader should see them: plain text, escaped by nobody yet."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

import msgspec

MINUS = "\u2212"
THIN = "\u202f"
"""Narrow no-break space: groups digits and stands before units, and never breaks a line."""
DASH = "–"
MAX_DECIMALS = 6

RUNTIMES = MappingProxyType(
    {
        "ipex": "IPEX",
        "mxnet": "MXNet",
        "onnxruntime": "ONNX Runtime",
        "openvino": "OpenVINO",
        "pytorch": "PyTorch",
        "tensorflow": "TensorFlow",
    }
)
"""Runtimes as their makers write them."""

SCENARIOS = MappingProxyType(
    {
        "single-stream": "MLPerf SingleStream",
        "multi-stream": "MLPerf MultiStream",
        "offline": "MLPerf Offline",
        "server": "MLPerf Server",
    }
)
"""Scenarios that are not ours, as their rules call them."""


class Sample(msgspec.Struct, frozen=True):
    """What decides the decimals of a column: a value, and what is known of its uncertainty.

    Attributes:
        value: The value.
        half: Half the width of its interval, if it has one.
    """

    value: float
    half: float | None = None


def clean(text: str) -> str:
    """Make text harmless to look at: white space becomes blanks, invisible controls are shown.

    A right-to-left override turns into ``⟨U+202E⟩``: neither hidden nor obeyed.
    """
    # Our own thin spaces are not printable as Python sees it, and every other figure has one.
    if text.isprintable() or text.replace(THIN, "").isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\t\n\v\f\r\x85" or category in ("Zl", "Zp"):
        return " "
    if category in ("Cc", "Cf", "Cs", "Cn", "Co"):
        return f"⟨U+{ord(character):04X}⟩"
    return character


def number(value: float, decimals: int, *, signed: bool = False) -> str:
    """Write a number: true minus, thin spaces from 10 000 on, a plus sign on changes.

    What rounds to zero has no sign.
    """
    digits = f"{abs(value):.{decimals}f}"
    whole, dot, fraction = digits.partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", THIN)
    if not digits.strip("0."):
        sign = ""
    elif value < 0:
        sign = MINUS
    else:
        sign = "+" if signed else ""
    return sign + whole + dot + fraction


def span(low: float, high: float, decimals: int, *, signed: bool = False) -> str:
    """Write an interval as ``97.1 to 98.9``."""
    low_text, high_text = (number(end, decimals, signed=signed) for end in (low, high))
    return f"{low_text} to {high_text}"


def decimals(samples: Iterable[Sample], most: int) -> int:
    """Choose the one number of decimals of a column.

    An uncertainty supports as many decimals as keep one or two digits of it (the rule of the
    Particle Data Group: two up to 354, one from 355, two from 950 on). The column gets what its
    median value supports, so that one small sample does not blur all others, and more only where
    a small value would otherwise lose digits that it supports itself. Without intervals, three
    digits of the median, at most ``most``.
    """
    known = list(samples)
    supported = [(s, _supported(s.half)) for s in known if s.half]
    if not supported:
        return _three_digits([abs(sample.value) for sample in known], most)
    counts = sorted(count for _, count in supported)
    typical = counts[(len(counts) - 1) // 2]
    needed = [min(count, _two_digits(abs(sample.value))) for sample, count in supported]
    return max(0, min(MAX_DECIMALS, max(typical, *needed)))


def _supported(half: float) -> int:
    exponent = math.floor(math.log10(half))
    leading = round(half / 10.0**exponent * 100)
    if leading >= 950:
        return -exponent
    return 1 - exponent if leading < 355 else -exponent


def _two_digits(value: float) -> int:
    return 1 - math.floor(math.log10(value)) if value > 0 else 0


def _three_digits(values: Sequence[float], most: int) -> int:
    positive = sorted(value for value in values if value > 0)
    if not positive:
        return most
    median = positive[len(positive) // 2]
    return max(0, min(most, 2 - math.floor(math.log10(median))))


def printed_decimals(printed: str) -> int | None:
    """Return how many decimals a printed figure has; ``None`` of an empty one."""
    if not printed:
        return None
    found = re.search(r"[.,]([0-9]+)", printed)
    return len(found[1]) if found else 0


def with_unit(text: str, unit: str) -> str:
    """Put a unit behind a number; the unit 1 is not written."""
    if unit in ("", "1"):
        return text
    return f"{text}{unit}" if unit == "×" else f"{text}{THIN}{unit}"


def date(seconds: float | None) -> str:
    """Write the day (UTC) of a time in seconds since 1970; empty when unknown."""
    if seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(seconds, tz=UTC).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return ""


def size(count: int) -> str:
    """Write bytes in binary units, as ``512 GiB``."""
    value, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024 and len(units) > 1:
        value /= 1024
        units.pop(0)
    shown = number(value, 0 if value >= 100 or value == int(value) else 1)
    return f"{shown}{THIN}{units[0]}"


def slug(*parts: str) -> str:
    """Return a safe name for anchors and files from any texts."""
    joined = "-".join(part for part in parts if part)
    return re.sub(r"[^a-z0-9]+", "-", joined.lower()).strip("-") or "x"


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key in which ``model-2`` comes before ``model-10``."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text.casefold())
    numbered = [
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts
    ]
    return (*numbered, (-1, 0, text))


def listing(items: Sequence[str], *, most: int = 4) -> str:
    """Join names for people: ``a, b and c``; beyond ``most`` the rest is counted."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"
