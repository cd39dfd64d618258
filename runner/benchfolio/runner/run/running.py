"""The two things that can be asked of a suite: to be measured, and what that would be."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchfolio.results import MissingEnvironment, Problem
from benchfolio.results.locking import locked
from benchfolio.runner import artefacts, platform, process
from benchfolio.runner.plan import Planned
from benchfolio.runner.run.driver import Driver
from benchfolio.runner.run.means import Execute, Hold, Means, memory_for
from benchfolio.runner.run.observer import Observer, Silent
from benchfolio.runner.run.opening import check_machine, devices, earlier_file, plan_here
from benchfolio.runner.run.recording import Record
from benchfolio.runner.run.request import Request, adjusted, choose, path_of
from benchfolio.runner.run.scratch import scratch
from benchfolio.runner.run.skeleton import skeleton
from benchfolio.runner.suite import Suite
from benchfolio.runner.suite_file import load_suite
from benchfolio.runner.summary import Summary, summarise

_ROOM_BYTES = 1 << 16
"""What a cache must have room for before anything is begun; a full disk has none."""


def run(
    request: Request,
    *,
    observer: Observer | None = None,
    execute: Execute = process.execute,
    hold: Hold = process.Held,
) -> Summary:
    """Measure a suite on this machine and write ``OUT/RELEASE/PLATFORM.json``.

    The file is written when the plan is made and again after every cell, so that an interruption
    loses at most the cell in flight.

    Raises:
        BadInput: The suite, or the file to resume, is broken.
        WrongUsage: The file exists and neither resume nor overwrite is asked for; no cell is
            chosen; the file to resume is of another machine; another process is writing it.
        MissingEnvironment: None of the suite's engines is installed; a folder cannot be written to.
    """
    suite = adjusted(load_suite(request.suite), request)
    target = path_of(request)
    with locked(target, by="benchfolio run"):
        return _measured(request, suite, target, observer or Silent(), execute, hold)


def _measured(
    request: Request,
    suite: Suite,
    target: Path,
    observer: Observer,
    execute: Execute,
    hold: Hold,
) -> Summary:
    """Measure a suite into a file that nobody else writes meanwhile."""
    earlier = earlier_file(request, target)
    found = devices(suite, execute)
    chosen = choose(plan_here(suite, found), request.only)
    here = platform.describe(request.platform_id, request.label, found.devices)
    here = platform.withhold(here, request.withhold)
    if earlier is not None:
        check_machine(earlier, here, target)
    cache = _writable((request.cache or artefacts.default_cache()).absolute())
    record = Record(suite, skeleton(request, suite, here, chosen, earlier), earlier, target)
    one, together = memory_for(suite)
    with scratch(cache) as folder:
        means = Means(
            cache=cache,
            scratch=folder,
            observer=observer,
            execute=execute,
            hold=hold,
            memory_bytes=one,
            all_memory_bytes=together,
        )
        Driver(request, suite, chosen, record, means).run()
    return summarise(record.file, target)


def planned_cells(request: Request, *, execute: Execute = process.execute) -> tuple[Planned, ...]:
    """Return the cells that ``run`` would measure.

    Raises:
        BadInput: The suite is broken.
        WrongUsage: No cell is chosen.
        MissingEnvironment: None of the suite's engines is installed.
    """
    suite = adjusted(load_suite(request.suite), request)
    return choose(plan_here(suite, devices(suite, execute)), request.only)


def _writable(cache: Path) -> Path:
    """Make the cache, and see that something can be written there."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache, buffering=0) as file:
            file.write(bytes(_ROOM_BYTES))
            return cache
    except OSError as error:
        raise MissingEnvironment(
            Problem(
                where=str(cache),
                what="cannot be written to; nothing was measured",
                expected="a folder for artefacts and data, with space left",
                got=error.strerror or type(error).__name__,
                remedy="make room or change the permissions, or name another one after --cache",
            )
        ) from error
