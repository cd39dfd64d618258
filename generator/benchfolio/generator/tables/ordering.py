"""What rows and columns are sorted by."""

from __future__ import annotations

from typing import Any

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import field_label
from benchfolio.generator.formatting import natural
from benchfolio.results import Precision

_PRECISIONS = {precision.value: number for number, precision in enumerate(Precision)}


def field_order(collection: Collection, field: str, value: str) -> tuple[Any, ...]:
    """Return what a value of a field is sorted by."""
    if field == "precision":
        return (_PRECISIONS.get(value, 99), ())
    if field == "recipe":
        return (value != "original", natural(value))
    if field == "distributed":
        # What is done on one machine comes before what takes several.
        return (value == "distributed", ())
    if field == "metric":
        return (0, ()) if not value else (1, natural(value))
    return (0, natural(field_label(collection, field, value)), natural(value))


def raw_order(raw: float | str | None, turned: bool) -> tuple[Any, ...]:
    """Return what an entry is sorted by: numbers, then texts, then what is missing.

    Turned round, the missing stay last.
    """
    if raw is None:
        return (2, 0.0, "")
    if isinstance(raw, str):
        return (1, 0.0, raw)
    return (0, -raw if turned else raw, "")
