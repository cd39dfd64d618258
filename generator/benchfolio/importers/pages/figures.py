"""Figures as people print them: ``86.52%``, ``1.82x``, ``[em, f1] = [79.34, 87.10]``, …"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite

from benchfolio.importers.pages.grids import bad
from benchfolio.results import BadInput

_FIGURE = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?) ?(?P<unit>%|x)?"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        printed: As printed, sign and unit included.
        value: The decimal as printed, never rescaled.
        unit: As printed; empty without one.
        name: The metric's name, freed of brackets; empty without one.
    """

    printed: str
    value: float
    unit: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a cell, and the metrics' names as printed, brackets included."""

    figures: tuple[Figure, ...]
    names: str


def parse_figures(text: str, where: str) -> Figures:
    """Read one or several figures with or without names.

    Names stand before ``=`` or behind the figures; several are in brackets with commas, or
    divided by ``/``. Figures without a name are fine.

    Raises:
        BadInput: A figure is not a decimal with nothing or ``%`` or ``x`` behind it, or there are
            as many names as figures on neither side.
    """
    inner = text.strip()
    if inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1].strip()
    if "=" in inner:
        names, _, numbers = inner.partition("=")
    elif inner.startswith("["):
        names, numbers = "", inner
    else:
        numbers, _, names = inner.partition(" ")
    named = _items(names)
    figures = [_figure(item, text, where) for item in _items(numbers)]
    if not figures or (named and len(named) != len(figures)):
        raise BadInput(
            bad(where, "not figures", "as many names as figures, or no names", repr(text))
        )
    named = named or [""] * len(figures)
    return Figures(
        tuple(
            Figure(printed, value, unit, name)
            for (printed, value, unit), name in zip(figures, named, strict=True)
        ),
        names.strip(),
    )


def _items(text: str) -> list[str]:
    # Only one of a pair of brackets may be there: pages have "f1]=76.87". Without any, a comma may
    # be one of thousands, and is refused later.
    bracketed = text.strip()
    inner = bracketed.strip("[]")
    parts = inner.split("," if inner != bracketed and "," in inner else "/")
    return [part.strip() for part in parts if part.strip()]


def _figure(item: str, text: str, where: str) -> tuple[str, float, str]:
    match = _FIGURE.fullmatch(item.replace("\N{MINUS SIGN}", "-"))
    value = float(match["number"]) if match else float("nan")
    if match is None or not isfinite(value):
        raise BadInput(
            bad(where, "not a figure", "a decimal as 86.52, 86.52% or 1.82x", repr(text))
        )
    return item, value, match["unit"] or ""
