"""The line to type to measure a cell again: ``benchfolio verify``."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.formatting import clean

ID_FIELDS = ("model", "precision", "recipe", "runtime", "device", "scenario", "load")
"""The parts of ``results.cell_id``, in its order."""


def verify_lines(collection: Collection, cells: Sequence[int]) -> tuple[str, ...]:
    """Return the lines that measure cells again; there is none for what nobody measured here.

    Args:
        collection: The results.
        cells: Positions of cells; those that are not ok, or not measured by benchfolio, are left
            out.
    """
    columns = (collection.column(name, cells) for name in ("origin", "state"))
    ours = [
        cell
        for cell, origin, state in zip(cells, *columns, strict=True)
        if origin == "measured" and state == "ok"
    ]
    return tuple(line for cell in ours if (line := _line(collection, cell)))


def id_of(collection: Collection, cell: int) -> str:
    """Return the id of a cell, as ``results.cell_id`` writes it."""
    return "/".join(collection.text(name, cell) for name in ID_FIELDS)


def _line(collection: Collection, cell: int) -> str:
    release, platform = (collection.text(name, cell) for name in ("release", "platform"))
    line = (
        f"benchfolio verify {shlex.quote(id_of(collection, cell))} "
        f"--release {shlex.quote(release)} --platform {shlex.quote(platform)}"
    )
    # A line that cannot be shown as it is must not be typed.
    return line if clean(line) == line else ""
