"""What a cell gains over its baseline, by the rounds of their race."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from benchfolio.results import Cell, Precision, ResultFile, Scenario, Series, State, together
from benchfolio.statistics import Estimate, gain

HIGHER_IS_BETTER: Mapping[Scenario, bool] = MappingProxyType(
    {Scenario.LATENCY: False, Scenario.THROUGHPUT: True}
)
"""Scenarios that are raced."""


def is_baseline(file: ResultFile, cell: Cell) -> bool:
    """Tell whether others are compared with a cell: an FP32 original that has values."""
    return (
        cell.state is State.OK
        and cell.precision is Precision.FP32
        and file.recipes[cell.recipe].method == "original"
    )


def gain_by_rounds(cell: Cell, baseline: Cell) -> Estimate | None:
    """Return the gain of a cell over its baseline; ``None`` where they ran in different races."""
    own, against = cell.rounds, baseline.rounds
    if own is None or against is None or own.race != against.race:
        return None
    return series_gain(own, against, cell.scenario)


def series_gain(own: Series, against: Series, scenario: Scenario) -> Estimate | None:
    """Return the gain of one series of a race over another; ``None`` without a common round."""
    (figures, others), disturbed = together(own, against)
    if not figures:
        return None
    higher = HIGHER_IS_BETTER[scenario]
    return gain(figures, others, higher_is_better=higher, disturbed=disturbed)
