"""The job that measures a cell on its own."""

from __future__ import annotations

import msgspec

from benchfolio.results import Scenario
from benchfolio.runner import platform
from benchfolio.runner.artefacts import Kept
from benchfolio.runner.jobs import Inspected, LoadGenSettings, Measure, Subject
from benchfolio.runner.plan import Planned
from benchfolio.runner.suite import How, LoadGen


def measure_job(planned: Planned, subject: Subject, found: Inspected, kept: Kept) -> Measure:
    """Return the job that measures a cell."""
    cell = planned.cell
    feeds = found.feeds[cell.batch]
    shapes = {
        name: tuple(size for size in shape if size is not None)
        for name, shape in feeds.shapes.items()
    }
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
        loadgen=_loadgen(planned.how),
        options=planned.runtime.options,
    )


def _loadgen(how: How) -> LoadGenSettings | None:
    """Return what LoadGen is asked for; the settings that a scenario does not have stay open."""
    if not isinstance(how, LoadGen):
        return None
    return msgspec.convert(how, LoadGenSettings, from_attributes=True)
