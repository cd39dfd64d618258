"""What a run works with: folders, who is told, who does the work, and how much memory that has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchfolio.runner import jobs, process
from benchfolio.runner.jobs import Job, Reply
from benchfolio.runner.process import Held
from benchfolio.runner.run.observer import Observer
from benchfolio.runner.suite import Suite

_MEMORY_SHARE = 0.9


class Execute(Protocol):
    """Runs a job in a process of its own; ``process.execute`` but in tests."""

    def __call__(self, job: Job, *, seconds: float, memory_bytes: int | None = None) -> Reply:
        """Return the reply, or why there is none."""
        ...


class Hold(Protocol):
    """Holds a model ready in a process of its own; ``process.Held`` but in tests."""

    def __call__(self, job: jobs.Hold, *, memory_bytes: int | None = None) -> Held:
        """Return the process."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a run works with.

    Attributes:
        cache: Folder for artefacts and data that may be deleted at any time.
        scratch: Folder that goes away with the run.
        observer: Is told how the run goes.
        execute: Runs a job.
        hold: Holds a model ready.
        memory_bytes: What a process may take.
        all_memory_bytes: What all processes that are held ready may take together.
    """

    cache: Path
    scratch: Path
    observer: Observer
    execute: Execute
    hold: Hold
    memory_bytes: int
    all_memory_bytes: int

    def do(self, job: Job, seconds: float) -> Reply:
        """Run a job for at most so long."""
        return self.execute(job, seconds=seconds, memory_bytes=self.memory_bytes)


def memory_for(suite: Suite) -> tuple[int, int]:
    """Return the bytes that one process may take, and all together.

    One may take the suite's limit, where this machine has as much.
    """
    available = int(process.available_memory() * _MEMORY_SHARE)
    limit = suite.limits.memory_mib
    return min(limit * 2**20, available) if limit else available, available
