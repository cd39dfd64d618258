"""Runs for tests: what is asked for, and means that count, watch or fail."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchfolio.results import Cell, Precision, ResultFile, cell_id
from benchfolio.runner import process
from benchfolio.runner.jobs import Hold, Job, Reply
from benchfolio.runner.process import Held
from benchfolio.runner.run import Request


def request_for(suite: Path, folder: Path, **changes: object) -> Request:
    """Return a request into a folder."""
    request = Request(
        suite=suite,
        release="r1",
        platform_id="here",
        out=folder / "results",
        cache=folder / "cache",
        withhold=("system.kernel",),
    )
    return msgspec.structs.replace(request, **changes)


def cell(file: ResultFile, pattern: str) -> Cell:
    """Return the one cell whose id matches."""
    (found,) = [each for each in file.cells if re.search(pattern, cell_id(each))]
    return found


class Counting:
    """Runs jobs and counts them by kind."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def __call__(self, job: Job, *, seconds: float, memory_bytes: int | None = None) -> Reply:
        """Run a job."""
        self.jobs.append(job)
        return process.execute(job, seconds=seconds, memory_bytes=memory_bytes)

    def count(self, kind: type[Job]) -> int:
        """Return how many jobs of a kind there were."""
        return sum(isinstance(job, kind) for job in self.jobs)


class Holding:
    """Holds models, and keeps what was held; the first that fits is held by another program.

    Args:
        program: Python text that is run instead of a worker.
        precision: Of the model that it is run for.
        kind: How a worker is held.
    """

    def __init__(
        self,
        program: str | None = None,
        precision: Precision = Precision.FP32,
        kind: type[Held] = Held,
    ) -> None:
        self.jobs: list[Hold] = []
        self.held: list[Held] = []
        self._program = program
        self._precision = precision
        self._kind = kind

    def __call__(self, job: Hold, *, memory_bytes: int | None = None) -> Held:
        """Hold a model."""
        self.jobs.append(job)
        command: Sequence[str] = process.WORKER
        if self._program is not None and job.precision is self._precision:
            command = [sys.executable, "-c", self._program]
            self._program = None
        self.held.append(self._kind(job, memory_bytes=memory_bytes, command=command))
        return self.held[-1]


CRASH = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"


def crash_at(block: int) -> str:
    """Return the program of a worker that dies at the block with this number, from 1."""
    return f"""
import os, signal
from benchfolio.runner import holding, jobs, worker
do, blocks = holding.Holder.do, []
def dying(self, command):
    if isinstance(command, jobs.Block | jobs.Stretch):
        blocks.append(command)
    if len(blocks) == {block}:
        os.kill(os.getpid(), signal.SIGSEGV)
    return do(self, command)
holding.Holder.do = dying
worker.main()
"""
