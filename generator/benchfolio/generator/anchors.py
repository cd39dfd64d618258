"""Anchors of cells, from the columns of a collection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchfolio.generator.collection import Collection
from benchfolio.results import KEY_FIELDS, key_anchor

_KEY = ("release", "platform", *KEY_FIELDS)

_FEW = 8
"""Up to so many cells are looked up one by one: whole columns have a price of their own."""


def anchors(collection: Collection, cells: Sequence[int]) -> list[str]:
    """Return ``results.cell_anchor`` of cells by their positions."""
    return [
        key_anchor(release, platform, tuple(key))
        for release, platform, *key in _keys(collection, cells)
    ]


def _keys(collection: Collection, cells: Sequence[int]) -> Iterable[Iterable[str]]:
    if len(cells) <= _FEW:
        return ([_text(collection, name, cell) for name in _KEY] for cell in cells)
    columns = (map(str, collection.column(name, cells)) for name in _KEY)
    return zip(*columns, strict=True)


def _text(collection: Collection, name: str, cell: int) -> str:
    if name == "batch":
        return str(collection.column(name, [cell])[0])
    return collection.text(name, cell)
