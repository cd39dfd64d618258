"""What a comparison knows of each side: the cell, its baseline, and the file they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from benchfolio.results import (
    METRICS,
    Cell,
    Direction,
    Metric,
    ResultFile,
    Scenario,
    cell_id,
)
from benchfolio.runner.gains import is_baseline, series_gain
from benchfolio.statistics import Estimate, noise_floor

HEADLINES: Mapping[Scenario, str] = MappingProxyType(
    {
        Scenario.LATENCY: "latency@median",
        Scenario.THROUGHPUT: "throughput",
        Scenario.SINGLE_STREAM: "latency@p90",
        Scenario.MULTI_STREAM: "latency@p99",
        Scenario.OFFLINE: "throughput",
        Scenario.SERVER: "throughput@server",
    }
)
"""Scenario → the metric that it is run for."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """A cell as one of two files has it.

    Attributes:
        file: The result file.
        cell: The cell.
        baseline: The FP32 original that differs in nothing but precision and recipe; none of the
            original itself, nor where it is not ok.
    """

    file: ResultFile
    cell: Cell
    baseline: Cell | None = None

    def metric(self, id_: str) -> Metric:
        """Return what a metric is; every metric of a valid file is known."""
        return METRICS.get(id_) or self.file.metrics[id_]


def is_higher_better(metric: Metric) -> bool:
    """Tell the direction of a metric."""
    return metric.direction is Direction.HIGHER


def baselines_of(file: ResultFile, cell: Cell) -> list[Cell]:
    """Return the FP32 originals that a cell may be compared with; none for one of them."""
    if is_baseline(file, cell):
        return []
    key = _but_format(cell)
    return [each for each in file.cells if is_baseline(file, each) and _but_format(each) == key]


def gain_of(side: Side) -> Estimate | None:
    """Return the gain over the baseline: of the rounds they shared, else of the two values."""
    metric = HEADLINES.get(side.cell.scenario)
    if metric is None or side.baseline is None:
        return None
    higher = is_higher_better(METRICS[metric])
    own, against = side.cell.rounds, side.baseline.rounds
    if own is not None and against is not None and own.race == against.race:
        found = series_gain(own, against, side.cell.scenario)
        if found is not None:
            return found
    values = side.cell.values.get(metric), side.baseline.values.get(metric)
    if values[0] is None or values[1] is None or min(values[0].value, values[1].value) <= 0:
        return None
    quotient = values[0].value / values[1].value
    return Estimate(quotient if higher else 1 / quotient, None, None, "quotient of two values", 1)


def floor_of(file: ResultFile) -> float:
    """Return the noise floor that the baselines which ran against themselves in a file give."""
    return noise_floor(_twin_gains(file))


def _twin_gains(file: ResultFile) -> Iterator[Estimate]:
    known = {(each.rounds.race, cell_id(each)): each for each in file.cells if each.rounds}
    for id_, race in file.races.items():
        for twin in race.twins:
            own = known.get((id_, twin.cell))
            if own is None or own.rounds is None:
                continue
            found = series_gain(twin, own.rounds, race.scenario)
            if found is not None:
                yield found


def _but_format(cell: Cell) -> tuple[object, ...]:
    return (
        cell.model,
        cell.dataset,
        cell.scenario,
        cell.runtime,
        cell.runtime_version,
        cell.device,
        cell.batch,
        cell.load,
    )
