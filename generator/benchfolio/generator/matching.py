"""Finds what to compare of two releases: cells of one key, and the metric that speaks for each.

For whole columns at once: a release may have 100,000 cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from benchfolio.generator.derive import Flags, Ints
from benchfolio.generator.frame import Frame, dense
from benchfolio.generator.quality import primary_quality
from benchfolio.results import Scenario

if TYPE_CHECKING:
    from benchfolio.generator.collection import Collection

KEY = (
    "platform",
    "model",
    "form",
    "scenario",
    "precision",
    "recipe",
    "runtime",
    "device",
    "dataset",
    "batch",
    "shape",
    "load",
)
"""What a cell keeps from one release to the next; the version of its runtime may change."""

SPEAKERS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        Scenario.LATENCY.value: ("latency@median",),
        Scenario.THROUGHPUT.value: ("throughput",),
        Scenario.SINGLE_STREAM.value: ("latency@p90", "latency@median"),
        Scenario.MULTI_STREAM.value: ("latency@p99", "latency@median"),
        Scenario.OFFLINE.value: ("throughput",),
        Scenario.SERVER.value: ("throughput@server", "throughput"),
    }
)
"""Which metric speaks for a cell, by scenario; of accuracy the model's own does."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Cells of two releases, side by side.

    Attributes:
        before: [P], position in the earlier release; -1 where the cell is new.
        after: [P], position in the later release; -1 where it is gone.
        doubt: [P], whether several versions of the runtime could be meant.
    """

    before: Ints
    after: Ints
    doubt: Flags

    def known(self) -> Ints:
        """Return a position for each pair: that of the later release where there is one."""
        return np.where(self.after >= 0, self.after, self.before)


def match(collection: Collection, old: Sequence[int], new: Sequence[int]) -> Pairs:
    """Match cells of one key: by version of the runtime first, then what is left if one of each.

    Args:
        collection: The results.
        old: Positions of the earlier release's cells.
        new: Positions of the later release's.

    Returns:
        Every cell once: matched ones first, then those of one side alone.
    """
    first, second = np.asarray(old, dtype=np.int64), np.asarray(new, dtype=np.int64)
    at, columns = np.concatenate([first, second]), collection.cell_columns
    names = (*KEY, "runtime_version")
    taken = Frame({name: columns.arrays[name][at] for name in names}, columns.categories)
    group, exact = dense(taken.numbers(KEY)), taken.numbers(names)
    count, split = int(group.max(initial=-1)) + 1, len(first)
    same = _looked_up(exact[:split], exact[split:])
    left_old = np.ones(split, dtype=np.bool_)
    left_old[same[same >= 0]] = False
    left_new = same < 0
    sides = (group[:split][left_old], group[split:][left_new])
    left = [np.bincount(side, minlength=count) for side in sides]
    lone = (left[0] == 1) & (left[1] == 1)
    doubt = (left[0] > 0) & (left[1] > 0) & ~lone
    first_left, second_left = first[left_old], second[left_new]
    again = _looked_up(sides[0], sides[1])
    paired = lone[sides[1]]
    before = (
        first[same[~left_new]],
        first_left[again[paired]],
        first_left[~lone[sides[0]]],
        np.full(int(np.count_nonzero(~paired)), -1),
    )
    after = (
        second[~left_new],
        second_left[paired],
        np.full(int(np.count_nonzero(~lone[sides[0]])), -1),
        second_left[~paired],
    )
    doubts = (
        np.zeros(len(before[0]) + len(before[1]), dtype=np.bool_),
        doubt[sides[0][~lone[sides[0]]]],
        doubt[sides[1][~paired]],
    )
    return Pairs(
        np.concatenate(before).astype(np.int64),
        np.concatenate(after).astype(np.int64),
        np.concatenate(doubts),
    )


def _looked_up(known: Ints, wanted: Ints) -> Ints:
    """Return where each wanted number stands among the known ones; -1 where it does not."""
    if not len(known):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(known, kind="stable")
    at = np.minimum(np.searchsorted(known[order], wanted), len(known) - 1)
    found: Ints = np.where(known[order[at]] == wanted, order[at], -1)
    return found


@dataclass(frozen=True, slots=True)
class Speaking:
    """Which metric speaks for each pair, and where its values stand.

    Attributes:
        metric: [P], code of the metric in ``Collection.values``; -1 where there is no value.
        before: [P], row of ``Collection.values``; -1 where there is none.
        after: [P], likewise.
    """

    metric: Ints
    before: Ints
    after: Ints


def speaking(collection: Collection, pairs: Pairs) -> Speaking:
    """Choose the metric of each pair: the scenario's or model's own, else the registry's first."""
    values = collection.value_columns
    names = values.categories["metric"]
    codes, cell = (values.arrays[name].astype(np.int64) for name in ("metric", "cell"))
    preferred, number = _preferences(collection, pairs, names)
    pair = np.full(len(collection), -1, dtype=np.int64)
    for side in (pairs.before, pairs.after):
        there = np.flatnonzero(side >= 0)
        pair[side[there]] = there
    of_pair = pair[cell]
    rows = np.flatnonzero(of_pair >= 0)
    rank = np.argsort(preferred, axis=1)
    best = np.full(len(pairs.before), len(names), dtype=np.int64)
    np.minimum.at(best, of_pair[rows], rank[number[of_pair[rows]], codes[rows]])
    has = best < len(names)
    metric = np.full(len(best), -1, dtype=np.int64)
    metric[has] = preferred[number[has], best[has]]
    keys = cell * max(1, len(names)) + codes
    sides = [_rows(keys, side, metric, len(names)) for side in (pairs.before, pairs.after)]
    return Speaking(metric, *sides)


def _rows(keys: Ints, cells: Ints, metric: Ints, metrics: int) -> Ints:
    """Return the row of each cell's metric; keys are ascending, as values are sorted."""
    rows = np.full(len(cells), -1, dtype=np.int64)
    if not len(keys):
        return rows
    there = np.flatnonzero((cells >= 0) & (metric >= 0))
    wanted = cells[there] * max(1, metrics) + metric[there]
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    rows[there] = np.where(keys[at] == wanted, at, -1)
    return rows


def _preferences(collection: Collection, pairs: Pairs, names: Sequence[str]) -> tuple[Ints, Ints]:
    """Return lists of metrics in the order of preference [L, M], and the list of each pair [P]."""
    at = pairs.known()
    cells, fields = collection.cell_columns, ("scenario", "model", "task")
    scenarios, models, tasks = (cells.categories[name] for name in fields)
    codes = [cells.arrays[name][at].astype(np.int64) for name in fields]
    files = cells.arrays["file"][at]
    accuracy = codes[0] == cells.number("scenario", Scenario.ACCURACY.value)
    # Only of accuracy do model and limit matter; the rest of a scenario shares one list.
    rows = np.stack([codes[0], *(np.where(accuracy, x, -1) for x in (*codes[1:], files))], axis=1)
    kinds, number = np.unique(rows, axis=0, return_inverse=True)
    lists = []
    registry = collection.metric_ids()
    known: dict[tuple[str, ...], list[int]] = {}
    for scenario, model, task, file in kinds.tolist():
        wanted = tuple(SPEAKERS.get(scenarios[scenario], ()))
        if model >= 0:
            limit = collection.catalogue.files[file].acceptance.get(tasks[task])
            own = primary_quality(collection, models[model], limit.metric if limit else None)
            wanted = (own,) if own else ()
        if wanted not in known:
            known[wanted] = _ordered(wanted, registry, names)
        lists.append(known[wanted])
    shaped = np.array(lists, dtype=np.int64).reshape(len(kinds), len(names))
    return shaped, number.reshape(-1)


def _ordered(wanted: Sequence[str], registry: Sequence[str], names: Sequence[str]) -> list[int]:
    code = {name: number for number, name in enumerate(names)}
    return [code[name] for name in dict.fromkeys((*wanted, *registry)) if name in code]
