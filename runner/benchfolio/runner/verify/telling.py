"""What came of verifying, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from benchfolio.runner.verify.comparing import Compared
from benchfolio.runner.verify.figure import Figure, Span, Word

_HEADS = ("figure", "recorded", "here", "difference", "verdict")
_COUNTED = (Word.AGREES, Word.DISAGREES, Word.NOT_COMPARABLE)


def as_text(compared: Sequence[Compared]) -> str:
    """Return a block per cell, its word first, and a line of counts."""
    blocks = ["\n".join(_block(each)) for each in compared]
    return "\n\n".join([*blocks, _counts(compared)]) + "\n"


def as_json(compared: Sequence[Compared], *, tolerance: float) -> str:
    """Return the same for programs; ``site/docs/verify.rst`` describes it.

    Args:
        compared: What came of it.
        tolerance: That was used, relative.
    """
    counts = _count(compared)
    document = {
        "format": "benchfolio-verification",
        "version": 1,
        "tolerance": tolerance,
        "counts": {word.value: counts[word] for word in _COUNTED},
        "cells": [msgspec.to_builtins(each) for each in compared],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _count(compared: Sequence[Compared]) -> Counter[Word]:
    return Counter(each.word for each in compared)


def _counts(compared: Sequence[Compared]) -> str:
    counts = _count(compared)
    agree = "agrees" if counts[Word.AGREES] == 1 else "agree"
    disagree = "disagrees" if counts[Word.DISAGREES] == 1 else "disagree"
    return (
        f"{counts[Word.AGREES]} {agree}, {counts[Word.DISAGREES]} {disagree}, "
        f"{counts[Word.NOT_COMPARABLE]} not comparable"
    )


def _block(compared: Compared) -> Iterator[str]:
    yield f"{compared.word.value}: {plain(compared.cell)}"
    yield f"  record: release {compared.release}, platform {compared.platform}"
    for difference in compared.differences:
        note = f" ({difference.note})" if difference.note else ""
        told = f"recorded {difference.recorded}, here {difference.here}{note}"
        yield f"  differs: {plain(f'{difference.what}: {told}')}"
    for note in compared.notes:
        yield f"  note: {plain(note)}"
    if compared.figures:
        yield from _table([_HEADS, *map(_row, compared.figures)])


def plain(text: str) -> str:
    """Return a text on one line that does nothing to a terminal: a record is somebody's file."""
    return "".join(each if each.isprintable() else " " for each in text)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    verdict = f"{figure.word.value}: {figure.reason}" if figure.reason else figure.word.value
    sides = (_number(span.value, figure) for span in (figure.recorded, figure.here))
    return (plain(figure.name), *sides, _difference(figure), plain(verdict))  # type: ignore[return-value]


def _number(value: float, figure: Figure) -> str:
    if figure.kind == "share":
        return f"{100 * value:.0f} %"
    unit = "" if figure.unit == "1" else f" {plain(figure.unit)}"
    return f"{value:.0f}{unit}" if abs(value) >= 1000 else f"{value:.4g}{unit}"


def _difference(figure: Figure) -> str:
    found = figure.difference
    if found is None:
        return "none"
    scale, unit = _scale(figure)
    if figure.how == "ratio":
        ends = (None if end is None else end - 1 for end in (found.low, found.high))
        found = Span(found.value - 1, *ends)
    text = f"{_signed(scale * found.value)}{unit}"
    if found.low is None or found.high is None:
        return text
    return f"{text} ({_signed(scale * found.low)} to {_signed(scale * found.high)})"


def _scale(figure: Figure) -> tuple[float, str]:
    """Return what a difference is multiplied by, and its unit."""
    if figure.how == "ratio":
        return 100.0, " %"
    if figure.kind == "share":
        return 100.0, " points"
    return 1.0, {"%": " points", "1": ""}.get(figure.unit, f" {plain(figure.unit)}")


def _signed(number: float) -> str:
    text = f"{number:+.3g}"
    return "0" if text in ("+0", "-0") else text.replace("-", "−")
