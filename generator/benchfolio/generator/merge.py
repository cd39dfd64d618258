"""Many result files → one collection: one row per key, whatever the order of the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchfolio.generator.collection import Catalogue, Collection, FileInfo, Section
from benchfolio.generator.columns import (
    CELL_COLUMNS,
    CELL_NUMBERS,
    CELL_TEXTS,
    KEY_COLUMNS,
    OBJECTS,
    SECTIONS,
    VALUE_NUMBERS,
    VALUE_TEXTS,
    Encoded,
    FileColumns,
    Texts,
    code_type,
    columns_of,
)
from benchfolio.generator.derive import baselines, derived
from benchfolio.generator.frame import Frame, Objects
from benchfolio.results import METRICS, Kind, Problem, ResultFile, release_order

__all__ = ["CELL_COLUMNS", "KEY_COLUMNS", "join", "merge"]

Part = tuple[str, FileColumns]
"""The name of a file and its columns."""

T = TypeVar("T")


def merge(files: Iterable[tuple[str, ResultFile]]) -> Collection:
    """Merge result files; of two cells with the same key the one started last wins.

    Args:
        files: Valid files with their names; consumed one by one, in any order.

    Returns:
        The collection; every conflict that was decided is among its findings.
    """
    return join((name, columns_of(file)) for name, file in files)


def join(parts: Iterable[Part]) -> Collection:
    """Join the columns of files as ``merge`` does."""
    ordered = sorted(parts, key=lambda part: part[0])
    names, columns = [name for name, _ in ordered], [part for _, part in ordered]
    cells, values = _frames(columns)
    catalogue = _catalogue(names, columns)
    del ordered, columns  # they are large, and all is taken from them
    order = _order(cells)
    cells.reorder(order)
    _follow(values, order, len(order))
    keep, winner = _winners(cells)
    findings = []
    if not keep.all():
        findings = _conflicts(cells, values, keep, winner, names)
        kept = np.flatnonzero(keep)
        cells.reorder(kept)
        _follow(values, kept, len(keep))
    cells.arrays["baseline"] = baselines(cells)
    values.arrays["quality"] = _is_quality(values, catalogue)
    more = derived(cells, values, catalogue.metrics)
    values.arrays.update(more.arrays)
    values.categories.update(more.categories)
    return Collection(cells, values, catalogue, findings)


def _frames(parts: Sequence[FileColumns]) -> tuple[Frame, Frame]:
    """Put the columns of all files one below the other."""
    counts = [part.cells for part in parts]
    starts = np.cumsum([0, *counts])
    cells = Frame({})
    for name in CELL_COLUMNS:
        if name in CELL_NUMBERS:
            packed = (part.numbers[name] for part in parts)
            cells.arrays[name] = _numbers(packed, CELL_NUMBERS[name])
        elif name in OBJECTS:
            _join_objects(cells, name, [part.objects[name] for part in parts])
        elif name in CELL_TEXTS:
            _join_texts(cells, name, [part.texts[name] for part in parts])
    cells.arrays["file"] = np.repeat(np.arange(len(parts)), counts)
    values = Frame({})
    for name, kind in VALUE_NUMBERS.items():
        values.arrays[name] = _numbers((part.value_numbers[name] for part in parts), kind)
    for name in VALUE_TEXTS:
        _join_texts(values, name, [part.value_texts[name] for part in parts])
    own = [len(part.value_numbers["cell"]) // 8 for part in parts]
    values.arrays["cell"] += np.repeat(starts[:-1], own)
    return cells, values


def _numbers(packed: Iterable[bytes], kind: str) -> NDArray[Any]:
    return np.frombuffer(b"".join(packed), dtype=kind).copy()


def _join_texts(frame: Frame, name: str, columns: Sequence[Texts]) -> None:
    """Join text columns; their texts are sorted: the order of files leaves no trace."""
    texts = sorted({text for names in {column.names for column in columns} for text in names})
    number = {text: place for place, text in enumerate(texts)}
    frame.categories[name] = texts
    frame.arrays[name] = _recoded(columns, number)


def _join_objects(frame: Frame, name: str, columns: Sequence[Encoded]) -> None:
    number = {b"": 0}
    for column in columns:
        for data in column.names:
            number.setdefault(data, len(number))
    kind, empty = OBJECTS[name]
    frame.objects[name] = Objects(list(number), kind, empty)
    frame.arrays[name] = _recoded(columns, number)


def _recoded(columns: Sequence[Texts | Encoded], number: Mapping[Any, int]) -> NDArray[np.int32]:
    """Return the numbers of all columns one after the other, as all together count."""
    known: dict[tuple[Any, ...], NDArray[np.int32]] = {}
    found = [np.zeros(0, dtype=np.int32)]
    for column in columns:
        rank = known.get(column.names)
        if rank is None:
            rank = np.array([number[name] for name in column.names], dtype=np.int32)
            known[column.names] = rank
        found.append(rank[np.frombuffer(column.codes, dtype=code_type(len(rank)))])
    return np.concatenate(found)


def _order(cells: Frame) -> NDArray[np.int64]:
    """Return the canonical order: by key, then when started, then by the file's name."""
    key = cells.numbers(KEY_COLUMNS)
    order = np.argsort(key, kind="stable")
    if np.any(key[order[1:]] == key[order[:-1]]):
        started = np.nan_to_num(cells.arrays["started"], nan=-np.inf)
        order = np.lexsort((cells.arrays["file"], started, key))
    return order.astype(np.int64)


def _follow(values: Frame, order: NDArray[np.int64], count: int) -> None:
    """Reorder values with their cells, of so many, which are others or elsewhere now."""
    position = np.full(count, -1, dtype=np.int64)
    position[order] = np.arange(len(order))
    values.arrays["cell"] = cell = position[values.arrays["cell"]]
    metrics = max(1, len(values.categories["metric"]))
    by = np.argsort(cell * metrics + values.arrays["metric"], kind="stable")
    values.reorder(by[cell[by] >= 0].astype(np.int64))


def _winners(cells: Frame) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which cells stay, and for each the position of the one that stays for its key."""
    key = cells.numbers(KEY_COLUMNS)
    last = np.ones(len(key), dtype=np.bool_)
    last[:-1] = key[1:] != key[:-1]
    edges = np.flatnonzero(last)
    return last, edges[np.searchsorted(edges, np.arange(len(key)))]


def _conflicts(
    cells: Frame,
    values: Frame,
    keep: NDArray[np.bool_],
    winner: NDArray[np.int64],
    names: Sequence[str],
) -> list[Problem]:
    """Describe every cell that gave way to another with other figures."""
    found = []
    for lost in np.flatnonzero(~keep).tolist():
        kept = int(winner[lost])
        theirs, ours = _content(cells, values, lost), _content(cells, values, kept)
        if theirs != ours:
            found.append(_conflict(cells, lost, kept, (theirs, ours), names))
    return found


def _content(cells: Frame, values: Frame, cell: int) -> str:
    """Write down what a cell found, to compare and to show."""
    first, last = np.searchsorted(values.arrays["cell"], [cell, cell + 1])
    rows = np.arange(first, last)
    columns = (values.take(name, rows) for name in ("metric", "value", "unit"))
    figures = [
        f"{metric} {value:.12g} {unit}" for metric, value, unit in zip(*columns, strict=True)
    ]
    return ", ".join(figures) or " ".join(cells.text(n, cell) for n in ("state", "reason")).strip()


def _conflict(
    cells: Frame, lost: int, kept: int, contents: tuple[str, str], names: Sequence[str]
) -> Problem:
    key = ", ".join(f"{name}={part}" for name in KEY_COLUMNS if (part := cells.text(name, kept)))
    loser, keeper = (names[int(cells.arrays["file"][cell])] for cell in (lost, kept))
    return Problem(
        where=loser,
        what=f"a cell is also in {keeper} with other figures; the one started last is used",
        expected="one result for " + key,
        got=f"{contents[0]} here, {contents[1]} in {keeper}",
        remedy="remove one of them, or add what distinguishes them (recipe, load, shape, …)",
    )


def _is_quality(values: Frame, catalogue: Catalogue) -> NDArray[np.bool_]:
    names = values.categories["metric"]
    kinds = [catalogue.metrics[name].kind is Kind.QUALITY for name in names]
    quality: NDArray[np.bool_] = np.array(kinds, dtype=np.bool_)[values.arrays["metric"]]
    return quality


def _catalogue(names: Sequence[str], parts: Sequence[FileColumns]) -> Catalogue:
    """Gather descriptions; that of the newest release stays, ties go by the file's name."""
    known: dict[tuple[str, bytes], Section] = {}
    files = tuple(
        _info(name, part, {kind: _section(kind, part, known) for kind in SECTIONS})
        for name, part in zip(names, parts, strict=True)
    )
    ranks = {release: release_order(release) for release in {info.release for info in files}}
    ordered = sorted(files, key=lambda info: (ranks[info.release], info.name))
    newest = {kind: _newest(info.sections[kind] for info in ordered) for kind in _DESCRIBED}
    platforms = {info.platform.id: info.platform for info in ordered}
    return Catalogue(
        files=files,
        models=newest["models"],
        datasets=newest["datasets"],
        recipes=newest["recipes"],
        platforms=dict(sorted(platforms.items())),
        metrics={**METRICS, **newest["metrics"]},
    )


_DESCRIBED = ("models", "datasets", "recipes", "metrics")


def _section(kind: str, part: FileColumns, known: dict[tuple[str, bytes], Section]) -> Section:
    """Return a section; files that say the same share it."""
    data = part.sections[kind]
    return known.setdefault((kind, data), Section(data, SECTIONS[kind]))


def _info(name: str, part: FileColumns, sections: Mapping[str, Section]) -> FileInfo:
    head = part.head
    return FileInfo(
        name=name,
        release=head.release,
        platform=head.platform,
        origin=head.origin,
        suite=head.suite,
        software=head.software,
        acceptance=head.acceptance,
        sections=sections,
    )


def _newest(sections: Iterable[Section]) -> dict[str, Any]:
    """Return descriptions by id, sorted; each section overrides those before it."""
    last = {id(section): (place, section) for place, section in enumerate(sections)}
    found: dict[str, Any] = {}
    for _, section in sorted(last.values(), key=lambda one: one[0]):
        found |= section.content
    return dict(sorted(found.items()))
