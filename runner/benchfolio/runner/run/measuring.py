"""The job that measures a cell, and what becomes of its answer."""

from __future__ import annotations

from benchfolio.results import Scenario, Value
from benchfolio.runner import platform
from benchfolio.runner.artefacts import Kept
from benchfolio.runner.jobs import Inspected, Measure, Measured, Subject
from benchfolio.runner.plan import Planned
from benchfolio.runner.suite import Latency, Throughput


def measure_job(planned: Planned, subject: Subject, found: Inspected, kept: Kept) -> Measure:
    """Return the job that measures a cell."""
    cell, how = planned.cell, planned.how
    feeds = found.feeds[cell.batch]
    shapes = {
        name: tuple(size for size in shape if size is not None)
        for name, shape in feeds.shapes.items()
    }
    timed = (
        {"seconds": how.seconds, "warmup_seconds": how.warmup_seconds}
        if isinstance(how, Latency | Throughput)
        else {}
    )
    return Measure(
        subject=subject,
        scenario=cell.scenario,
        engine=cell.runtime,
        device=cell.device,
        precision=cell.precision,
        artefact=kept.path,
        baseline=found.files[0] if cell.scenario is Scenario.ACCURACY else None,
        feeds=feeds.path,
        shapes=shapes if feeds.static else {},
        batch=cell.batch,
        cores=platform.usable_cores(),
        streams=cell.load.streams,
        requests=cell.load.requests,
        min_requests=how.min_requests if isinstance(how, Latency) else 1,
        options=planned.runtime.options,
        **timed,
    )


def values(planned: Planned, measured: Measured, kept: Kept) -> dict[str, Value]:
    """Return the measured values; with the size of the artefact in the latency cell."""
    if planned.cell.scenario is not Scenario.LATENCY:
        return measured.values
    size = Value(value=kept.bytes / 2**20, unit="MiB", n=1)
    return {**measured.values, "size": size}
