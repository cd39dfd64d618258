"""What a reader would look for first in a result file: gains, drops, what did not work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from benchfolio.results import (
    METRICS,
    Cell,
    Direction,
    Kind,
    ResultFile,
    Scenario,
    State,
    cell_id,
)
from benchfolio.runner.gains import gain_by_rounds, is_baseline


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A cell against the FP32 original on the same runtime, device and load.

    Attributes:
        cell: Id of the cell.
        metric: Id of the metric.
        baseline: Value of the baseline.
        candidate: Value of the cell.
        change: Of a speed the gain, as a ratio; of a quality the drop, positive when worse, in the
            metric's unit.
        unit: Unit of the metric.
    """

    cell: str
    metric: str
    baseline: float
    candidate: float
    change: float
    unit: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended.

    Attributes:
        path: The result file.
        states: Number of cells by state.
        best_gain: The largest gain in throughput; in latency where no throughput was measured.
        worst_drop: The largest loss of quality.
        reasons: Cell id → reason, of every cell that has no value and is not pending, by state.
    """

    path: Path
    states: dict[str, int]
    best_gain: Change | None
    worst_drop: Change | None
    reasons: dict[str, dict[str, str]]


def summarise(file: ResultFile, path: Path) -> Summary:
    """Sum up a result file."""
    changes = list(_changes(file))
    gains = [each for each in changes if METRICS[each.metric].kind is Kind.SPEED]
    throughput = [each for each in gains if each.metric == "throughput"]
    drops = [each for each in changes if METRICS[each.metric].kind is Kind.QUALITY]
    reasons: dict[str, dict[str, str]] = {}
    for cell in file.cells:
        if cell.reason is not None:
            reasons.setdefault(cell.state.value, {})[cell_id(cell)] = cell.reason
    return Summary(
        path=path,
        states=dict(Counter(cell.state.value for cell in file.cells)),
        best_gain=max(throughput or gains, key=lambda each: each.change, default=None),
        worst_drop=max(drops, key=lambda each: each.change, default=None),
        reasons=reasons,
    )


def _changes(file: ResultFile) -> Iterator[Change]:
    baselines = {_place(cell): cell for cell in file.cells if is_baseline(file, cell)}
    for cell in file.cells:
        baseline = baselines.get(_place(cell))
        if cell.state is State.OK and baseline is not None and baseline is not cell:
            yield from _compared(cell, baseline)


def _compared(cell: Cell, baseline: Cell) -> Iterator[Change]:
    wanted: Mapping[Scenario, tuple[str, ...]] = {
        Scenario.ACCURACY: tuple(cell.values),
        Scenario.LATENCY: ("latency@median",),
        Scenario.THROUGHPUT: ("throughput",),
    }
    for name in wanted.get(cell.scenario, ()):  # those of LoadGen are judged by LoadGen
        before, after = baseline.values.get(name), cell.values.get(name)
        metric = METRICS.get(name)
        if before is None or after is None or metric is None:
            continue
        higher = metric.direction is Direction.HIGHER
        if metric.kind is Kind.QUALITY:
            change = (before.value - after.value) * (1 if higher else -1)
        else:
            raced = gain_by_rounds(cell, baseline)
            quotient = after.value / before.value if higher else before.value / after.value
            change = raced.value if raced is not None else quotient
        yield Change(
            cell=cell_id(cell),
            metric=name,
            baseline=before.value,
            candidate=after.value,
            change=change,
            unit=metric.unit,
        )


def _place(cell: Cell) -> tuple[object, ...]:
    return (cell.model, cell.runtime, cell.device, cell.scenario, cell.batch, cell.load)
