"""Keys: what makes two values comparable, as tuples to merge by and as text for people."""

from __future__ import annotations

import re

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


_LOAD = re.compile(r"(?:(\d+)s)?(?:(\d+)c)?(\d+)ins(\d+)bs(?:-(\d+)st)?(?:-(\d+)req)?")


def parse_load(name: str) -> tuple[Load, int]:
    """Return the load configuration and the batch size that ``load_name`` wrote.

    Raises:
        ValueError: It is not such a name.
    """
    found = _LOAD.fullmatch(name)
    numbers = [int(group) if group else None for group in found.groups()] if found else []
    if not numbers or 0 in numbers:
        raise ValueError(f"{name!r} is no load configuration such as 1s4c8ins1bs")
    sockets, cores, instances, batch, streams, requests = numbers
    assert instances is not None
    assert batch is not None
    load = Load(
        instances=instances,
        cores_per_instance=cores,
        sockets=sockets,
        streams=streams,
        requests=requests,
    )
    return load, batch


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


def cell_anchor(release: str, platform_id: str, cell: Cell) -> str:
    """Return the anchor of a cell on pages, as ``c-0123456789ab``: the same in every build.

    It is a hash of release, platform and complete key, so that it survives other rows and columns
    and names one cell among all releases and platforms.
    """
    return key_anchor(release, platform_id, cell_key(cell))


def key_anchor(release: str, platform_id: str, key: CellKey) -> str:
    """Return the anchor of the cell with a key; see ``cell_anchor``."""
    import hashlib  # of use to few who import keys, and slow to load

    text = "\n".join((release, platform_id, *key))
    return f"c-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


_BEFORE = frozenset({"a", "alpha", "b", "beta", "c", "dev", "pre", "preview", "rc"})


def release_order(release: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key: 2026.1rc1 < 2026.1 < 2026.1.1 < 2026.10; words sort before numbers.

    The text itself comes last, so that two spellings never compare as equal.
    """
    parts: list[tuple[int, int, str]] = []
    for part in re.findall(r"[0-9]+|[a-z]+", release.lower()):
        if part.isdigit():
            parts.append((1, int(part), ""))
        else:
            parts.append((-1 if part in _BEFORE else 0, 0, part))
    return (*parts, (0, 0, ""), (0, 0, release))
