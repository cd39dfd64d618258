"""Two sides measured in turn, and the ratio between them."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """One line of the table; smaller is better, ``met`` is ``value <= target``."""

    name: str
    value: float
    unit: str
    target: float
    peer: str

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        return self.value <= self.target

    def as_row(self) -> dict[str, Any]:
        """Return the form that is written as JSON."""
        row = asdict(self)
        row["value"] = round(self.value, 3)
        return {**row, "met": self.met}


def seconds(action: Callable[[], object]) -> float:
    """Return how long one call takes, wall time."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def ratio(ours: Callable[[], object], peer: Callable[[], object], rounds: int) -> float:
    """Return the median over rounds of our time divided by the peer's, both in each round.

    The order changes from round to round, so that drift cancels.
    """
    ours()
    peer()
    ratios = []
    for index in range(rounds):
        if index % 2:
            theirs = seconds(peer)
            mine = seconds(ours)
        else:
            mine = seconds(ours)
            theirs = seconds(peer)
        ratios.append(mine / theirs)
    return statistics.median(ratios)


def python(*arguments: str) -> Callable[[], object]:
    """Return an action that runs this interpreter in a process of its own."""
    command: Sequence[str] = (sys.executable, *arguments)
    return lambda: subprocess.run(command, check=True, capture_output=True)
