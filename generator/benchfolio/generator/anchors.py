"""Anchors of cells, from the columns of a collection."""

from __future__ import annotations

from collections.abc import Sequence

from benchfolio.generator.collection import Collection
from benchfolio.results import Cell, Precision, Scenario, State, cell_anchor, parse_load

_KEY = ("model", "dataset", "form", "recipe", "runtime", "runtime_version", "device", "shape")


def anchors(collection: Collection, cells: Sequence[int]) -> list[str]:
    """Return ``results.cell_anchor`` of cells by their positions."""
    return [_anchor(collection, cell) for cell in cells]


def _anchor(collection: Collection, cell: int) -> str:
    text = {name: collection.text(name, cell) or None for name in _KEY}
    load, batch = parse_load(collection.text("load", cell))
    keyed = Cell(
        model=text["model"] or "",
        dataset=text["dataset"],
        form=text["form"],
        scenario=Scenario(collection.text("scenario", cell)),
        precision=Precision(collection.text("precision", cell)),
        recipe=text["recipe"] or "",
        runtime=text["runtime"] or "",
        runtime_version=text["runtime_version"],
        device=text["device"] or "",
        batch=batch,
        shape=text["shape"],
        load=load,
        # No part of the key.
        state=State.PENDING,
    )
    release, platform = (collection.text(name, cell) for name in ("release", "platform"))
    return cell_anchor(release, platform, keyed)
