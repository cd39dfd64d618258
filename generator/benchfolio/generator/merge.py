"""Many result files → one collection: one row per key, whatever the order of the files."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchfolio.generator.collection import (
    Catalogue,
    Collection,
    FileInfo,
    Spelling,
)
from benchfolio.generator.derive import baselines, derived, group_numbers
from benchfolio.generator.paired import twin_pairs
from benchfolio.results import (
    KEY_FIELDS,
    METRICS,
    Cell,
    Dataset,
    Interval,
    Kind,
    Load,
    Metric,
    Model,
    Platform,
    Problem,
    Recipe,
    ResultFile,
    Value,
    load_name,
    release_order,
)

KEY_COLUMNS = ("release", "platform", *KEY_FIELDS)
"""What makes a row of ``cells`` unique, and its order."""

CELL_COLUMNS = (
    *KEY_COLUMNS,
    "task",
    "method",
    "format",
    "artefact",
    "origin",
    "state",
    "reason",
    "note",
    "command",
    "started",
    "seconds",
    "settings",
    "executed",
    "claims",
    "published",
    "rounds",
    "outcomes",
    "verdict",
    "file",
)
"""Columns of ``cells``. Text is categorical, empty where unknown; ``started`` is seconds since 1970
(UTC) and ``seconds`` a duration, NaN where unknown; ``file`` is a position in the catalogue.
``baseline`` is added: the position of the cell that others are compared with, negative without."""

_NO_INTERVAL = Interval(low=np.nan, high=np.nan, confidence=np.nan, method="")
_VALUE_TEXTS = ("metric", "unit", "method", "definition", "printed")
_CELL_NUMBERS = {"batch": "q", "started": "d", "seconds": "d", "file": "q"}
_VALUE_NUMBERS = {
    "cell": "q",
    "value": "d",
    "low": "d",
    "high": "d",
    "confidence": "d",
    "n": "q",
    "spread": "d",
}
"""Columns of numbers, as type codes of ``array``."""
_OBJECTS = ("settings", "executed", "claims", "published", "rounds", "outcomes", "verdict")
_TEXTS = tuple(name for name in CELL_COLUMNS if name not in {*_OBJECTS, *_CELL_NUMBERS})

T = TypeVar("T")


def merge(files: Iterable[tuple[str, ResultFile]]) -> Collection:
    """Merge result files; of two cells with the same key the one started last wins.

    Args:
        files: Valid files with their names; consumed one by one, in any order.

    Returns:
        The collection; every conflict that was decided is among its findings.
    """
    builder = _Builder()
    for name, file in files:
        builder.add(name, file)
    return builder.finish()


class _Texts:
    """A column of texts kept as numbers: the same text is stored once."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.codes = array("i")

    def extend(self, texts: Iterable[str]) -> None:
        numbers = self.numbers
        self.codes.extend([numbers.setdefault(text, len(numbers)) for text in texts])

    def column(self) -> pd.Categorical:
        """Return the column, its categories sorted: order of arrival leaves no trace."""
        names = list(self.numbers)
        order = sorted(range(len(names)), key=names.__getitem__)
        rank = np.empty(len(names), dtype=np.int32)
        rank[order] = np.arange(len(names), dtype=np.int32)
        codes = rank[np.asarray(self.codes)]
        return pd.Categorical.from_codes(
            codes, categories=pd.Index([names[i] for i in order], dtype=object)
        )


class _Latest(Generic[T]):
    """Descriptions by id; that of the newest release stays, ties go by the file's name."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Any, T]] = {}

    def add(self, rank: object, described: Iterable[tuple[str, T]]) -> None:
        for id_, description in described:
            known = self._found.get(id_)
            if known is None or rank > known[0]:
                self._found[id_] = (rank, description)

    def result(self) -> dict[str, T]:
        """Return the descriptions, sorted by id."""
        return {id_: self._found[id_][1] for id_ in sorted(self._found)}


class _Builder:
    """Gathers columns as lists; files may come in any order."""

    def __init__(self) -> None:
        self._texts = {name: _Texts() for name in _TEXTS}
        self._objects: dict[str, list[Any]] = {name: [] for name in _OBJECTS}
        self._plain: dict[str, array[Any]] = {
            name: array(kind) for name, kind in _CELL_NUMBERS.items()
        }
        self._value_texts = {name: _Texts() for name in _VALUE_TEXTS}
        self._value_plain: dict[str, array[Any]] = {
            name: array(kind) for name, kind in _VALUE_NUMBERS.items()
        }
        self._loads: dict[tuple[Load, int], str] = {}
        self._files: list[FileInfo] = []
        self._models = _Latest[Model]()
        self._datasets = _Latest[Dataset]()
        self._recipes = _Latest[Recipe]()
        self._platforms = _Latest[Platform]()
        self._metrics = _Latest[Metric]()
        self._spellings: set[Spelling] = set()

    def add(self, name: str, file: ResultFile) -> None:
        """Take one file's cells and descriptions."""
        start = len(self._plain["file"])
        self._add_cells(file, len(self._files))
        self._add_values(file.cells, start)
        self._describe(name, file)

    def finish(self) -> Collection:
        """Sort, decide conflicts, derive."""
        cells, values = self._frames()
        order = _order(cells, [info.name for info in self._files])
        cells, values = _reorder(cells, values, order)
        keep, winner = _winners(cells)
        names = [info.name for info in sorted(self._files, key=lambda info: info.name)]
        cells["file"] = _ranks([info.name for info in self._files])[cells["file"].to_numpy()]
        findings = _conflicts(cells, values, keep, winner, names)
        if not keep.all():
            cells, values = _reorder(cells, values, np.flatnonzero(keep))
        catalogue = self._catalogue()
        cells["baseline"] = baselines(cells)
        values["quality"] = _is_quality(values, catalogue)
        values = pd.concat([values, derived(cells, values, catalogue.metrics)], axis=1)
        return Collection(cells, values, catalogue, findings)

    def _add_cells(self, file: ResultFile, number: int) -> None:
        cells = file.cells
        for name, texts in _texts_of(file, self._loads):
            self._texts[name].extend(texts)
        plain = self._plain
        plain["batch"].extend([cell.batch for cell in cells])
        plain["started"].extend(
            [cell.started.timestamp() if cell.started else np.nan for cell in cells]
        )
        plain["seconds"].extend(
            [np.nan if cell.seconds is None else cell.seconds for cell in cells]
        )
        for name in _OBJECTS:
            self._objects[name].extend([getattr(cell, name) for cell in cells])
        plain["file"].extend([number] * len(cells))

    def _add_values(self, cells: Sequence[Cell], start: int) -> None:
        plain, texts = self._value_plain, self._value_texts
        plain["cell"].extend([i for i, cell in enumerate(cells, start) for _ in cell.values])
        texts["metric"].extend([name for cell in cells for name in cell.values])
        found: list[Value] = [value for cell in cells for value in cell.values.values()]
        intervals = [value.interval or _NO_INTERVAL for value in found]
        plain["value"].extend([value.value for value in found])
        plain["low"].extend([interval.low for interval in intervals])
        plain["high"].extend([interval.high for interval in intervals])
        plain["confidence"].extend([interval.confidence for interval in intervals])
        plain["n"].extend([value.n or -1 for value in found])
        plain["spread"].extend([np.nan if v.spread is None else v.spread for v in found])
        texts["unit"].extend([value.unit for value in found])
        texts["method"].extend([interval.method for interval in intervals])
        texts["definition"].extend([value.definition or "" for value in found])
        texts["printed"].extend([value.printed or "" for value in found])

    def _describe(self, name: str, file: ResultFile) -> None:
        rank = (release_order(file.release), name)
        platform = file.platform
        self._models.add(rank, file.models.items())
        self._datasets.add(rank, file.datasets.items())
        self._recipes.add(rank, file.recipes.items())
        self._platforms.add(rank, [(platform.id, platform)])
        self._metrics.add(rank, file.metrics.items())
        spelled = [("platform", platform.id, platform.label)]
        spelled += [("model", id_, model.name) for id_, model in file.models.items()]
        self._spellings |= {Spelling(*parts, name) for parts in spelled}
        self._files.append(
            FileInfo(
                name=name,
                release=file.release,
                platform=platform,
                origin=file.origin,
                suite=file.suite,
                software=file.software,
                acceptance=file.acceptance,
                artefacts=file.artefacts,
                models=file.models,
                datasets=file.datasets,
                races=file.races,
                twins=tuple(twin_pairs(file)),
            )
        )

    def _frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        cells: dict[str, Any] = {name: texts.column() for name, texts in self._texts.items()}
        cells |= {name: np.asarray(items) for name, items in self._plain.items()}
        for name in _OBJECTS:
            cells[name] = _objects(self._objects[name])
        values: dict[str, Any] = {name: texts.column() for name, texts in self._value_texts.items()}
        values |= {name: np.asarray(items) for name, items in self._value_plain.items()}
        return pd.DataFrame({name: cells[name] for name in CELL_COLUMNS}), pd.DataFrame(values)

    def _catalogue(self) -> Catalogue:
        return Catalogue(
            files=tuple(sorted(self._files, key=lambda info: info.name)),
            models=self._models.result(),
            datasets=self._datasets.result(),
            recipes=self._recipes.result(),
            platforms=self._platforms.result(),
            metrics={**METRICS, **self._metrics.result()},
            spellings=tuple(sorted(self._spellings)),
        )


def _texts_of(file: ResultFile, loads: dict[tuple[Load, int], str]) -> list[tuple[str, list[str]]]:
    """Return the text columns of one file's cells."""
    tasks = {id_: model.task or "" for id_, model in file.models.items()}
    methods = {id_: recipe.method for id_, recipe in file.recipes.items()}
    formats: dict[str | None, str] = {id_: made.format for id_, made in file.artefacts.items()}
    kind = file.origin.kind
    read: dict[str, Callable[[Cell], str]] = {
        "release": lambda _: file.release,
        "platform": lambda _: file.platform.id,
        "model": lambda cell: cell.model,
        "dataset": lambda cell: cell.dataset or "",
        "form": lambda cell: cell.form or "",
        "scenario": lambda cell: cell.scenario.value,
        "precision": lambda cell: cell.precision.value,
        "recipe": lambda cell: cell.recipe,
        "runtime": lambda cell: cell.runtime,
        "runtime_version": lambda cell: cell.runtime_version or "",
        "device": lambda cell: cell.device,
        "shape": lambda cell: cell.shape or "",
        "task": lambda cell: tasks.get(cell.model, ""),
        "method": lambda cell: methods.get(cell.recipe, ""),
        "format": lambda cell: formats.get(cell.artefact, ""),
        "artefact": lambda cell: cell.artefact or "",
        "origin": lambda cell: cell.origin.kind if cell.origin else kind,
        "state": lambda cell: cell.state.value,
        "reason": lambda cell: cell.reason or "",
        "note": lambda cell: cell.note or "",
        "command": lambda cell: cell.command or "",
    }
    columns = [(name, [get(cell) for cell in file.cells]) for name, get in read.items()]
    return [*columns, ("load", [_load(cell, loads) for cell in file.cells])]


def _load(cell: Cell, known: dict[tuple[Load, int], str]) -> str:
    key = (cell.load, cell.batch)
    name = known.get(key)
    if name is None:
        name = known[key] = load_name(cell.load, cell.batch)
    return name


def _objects(items: list[Any]) -> NDArray[np.object_]:
    column = np.empty(len(items), dtype=object)
    column[:] = items
    return column


def _ranks(names: list[str]) -> NDArray[np.int64]:
    ranks = np.empty(len(names), dtype=np.int64)
    ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return ranks


def _order(cells: pd.DataFrame, names: list[str]) -> NDArray[np.int64]:
    """Return the canonical order: by key, then when started, then by the file's name."""
    started = np.nan_to_num(cells["started"].to_numpy(), nan=-np.inf)
    by: list[NDArray[Any]] = [_ranks(names)[cells["file"].to_numpy()], started]
    for name in reversed(KEY_COLUMNS):
        column = cells[name]
        by.append(column.to_numpy() if name == "batch" else column.cat.codes.to_numpy())
    return np.lexsort(by).astype(np.int64)


def _reorder(
    cells: pd.DataFrame, values: pd.DataFrame, order: NDArray[np.int64]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take cells in another order, or fewer of them, and their values with them."""
    position = np.full(len(cells), -1, dtype=np.int64)
    position[order] = np.arange(len(order))
    cell = position[values["cell"].to_numpy()]
    by = np.lexsort((values["metric"].cat.codes.to_numpy(), cell))
    by = by[cell[by] >= 0]
    taken = values.take(by).reset_index(drop=True)
    taken["cell"] = cell[by]
    return cells.take(order).reset_index(drop=True), taken


def _winners(cells: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which cells stay, and for each the position of the one that stays for its key."""
    group = group_numbers(cells, KEY_COLUMNS)
    last = np.ones(len(group), dtype=np.bool_)
    last[:-1] = group[1:] != group[:-1]
    edges = np.flatnonzero(last)
    return last, edges[np.searchsorted(edges, np.arange(len(group)))]


def _conflicts(
    cells: pd.DataFrame,
    values: pd.DataFrame,
    keep: NDArray[np.bool_],
    winner: NDArray[np.int64],
    names: list[str],
) -> list[Problem]:
    """Describe every cell that gave way to another with other figures."""
    found = []
    for lost in np.flatnonzero(~keep):
        kept = int(winner[lost])
        theirs, ours = _content(cells, values, int(lost)), _content(cells, values, kept)
        if theirs != ours:
            found.append(_conflict(cells, int(lost), kept, (theirs, ours), names))
    return found


def _content(cells: pd.DataFrame, values: pd.DataFrame, cell: int) -> str:
    """Write down what a cell found, to compare and to show."""
    rows = np.searchsorted(values["cell"].to_numpy(), [cell, cell + 1])
    part = values.iloc[rows[0] : rows[1]]
    figures = [
        f"{metric} {value:.12g} {unit}"
        for metric, value, unit in zip(part["metric"], part["value"], part["unit"], strict=True)
    ]
    return ", ".join(figures) or f"{cells['state'].iloc[cell]} {cells['reason'].iloc[cell]}".strip()


def _conflict(
    cells: pd.DataFrame, lost: int, kept: int, contents: tuple[str, str], names: list[str]
) -> Problem:
    key = ", ".join(
        f"{name}={part}" for name in KEY_COLUMNS if (part := str(cells[name].iloc[kept]))
    )
    loser, keeper = (names[int(cells["file"].iloc[cell])] for cell in (lost, kept))
    return Problem(
        where=loser,
        what=f"a cell is also in {keeper} with other figures; the one started last is used",
        expected="one result for " + key,
        got=f"{contents[0]} here, {contents[1]} in {keeper}",
        remedy="remove one of them, or add what distinguishes them (recipe, load, shape, …)",
    )


def _is_quality(values: pd.DataFrame, catalogue: Catalogue) -> NDArray[np.bool_]:
    names = values["metric"].cat.categories
    kinds = np.array(
        [catalogue.metrics[name].kind is Kind.QUALITY for name in names], dtype=np.bool_
    )
    codes = values["metric"].cat.codes.to_numpy()
    return kinds[codes] if len(kinds) else np.zeros(0, dtype=np.bool_)
