"""In the child process: a cell that is measured on its own, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from benchfolio.results import Scenario
from benchfolio.runner import engines
from benchfolio.runner.accuracy import measure_accuracy
from benchfolio.runner.engines.base import Engine
from benchfolio.runner.jobs import Measure, Measured, Refused
from benchfolio.runner.loadgen.testing import measure as measure_with_loadgen

_SCENARIOS: dict[Scenario, Callable[[Engine, Measure], Measured | Refused]] = {
    Scenario.ACCURACY: measure_accuracy,
    Scenario.SINGLE_STREAM: measure_with_loadgen,
    Scenario.MULTI_STREAM: measure_with_loadgen,
    Scenario.OFFLINE: measure_with_loadgen,
    Scenario.SERVER: measure_with_loadgen,
}
"""Latency and throughput are measured in turn with others: see ``holding``."""


def measure(job: Measure, keep: list[object]) -> Measured | Refused:
    """Measure one cell.

    Args:
        job: What to measure.
        keep: The engine is put here: destroying one while its threads wind down can block for
            ever, so whoever calls keeps it until the process ends.

    Raises:
        Unsupported: The engine says that it cannot; the reason is in its words.
        BadInput: The data do not fit the model.
        MissingEnvironment: The engine is not installed.
    """
    engine = engines.find(job.engine)
    keep.append(engine)
    measured = _SCENARIOS[job.scenario](engine, job)
    if isinstance(measured, Refused):
        return measured
    (version,) = engine.versions().values()
    return structs.replace(measured, version=version)
