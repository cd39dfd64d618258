"""Keys: what makes two values comparable, as tuples to merge by and as text for people."""

from __future__ import annotations

from benchfolio.results.types import Cell, Load

KEY_FIELDS = (
    "model",
    "dataset",
    "form",
    "scenario",
    "precision",
    "recipe",
    "runtime",
    "runtime_version",
    "device",
    "batch",
    "shape",
    "load",
)
"""Names of the parts of a cell's key, in the order of :func:`cell_key`."""

CellKey = tuple[str, ...]


def load_name(load: Load, batch: int) -> str:
    """Write a load configuration short.

    ``1s4c8ins1bs`` is one socket, four cores per instance, eight instances, batch size 1. What is
    not known is left out; streams and requests in flight follow after a dash.
    """
    parts = [
        f"{load.sockets}s" if load.sockets else "",
        f"{load.cores_per_instance}c" if load.cores_per_instance else "",
        f"{load.instances}ins",
        f"{batch}bs",
    ]
    extra = [
        f"-{load.streams}st" if load.streams else "",
        f"-{load.requests}req" if load.requests else "",
    ]
    return "".join(parts + extra)


def cell_key(cell: Cell) -> CellKey:
    """Return the complete key of a cell within its file: one text per name in ``KEY_FIELDS``."""
    return (
        cell.model,
        cell.dataset or "",
        cell.form or "",
        cell.scenario.value,
        cell.precision.value,
        cell.recipe,
        cell.runtime,
        cell.runtime_version or "",
        cell.device,
        str(cell.batch),
        cell.shape or "",
        load_name(cell.load, cell.batch),
    )


def cell_id(cell: Cell) -> str:
    """Return the short id of a cell, as people type it after ``benchfolio run --only``.

    It leaves out what one run cannot vary (runtime version, shape): two cells of one file that
    differ in nothing else share it.
    """
    return "/".join(
        (
            cell.model,
            cell.precision.value,
            cell.recipe,
            cell.runtime,
            cell.device,
            cell.scenario.value,
            load_name(cell.load, cell.batch),
        )
    )
