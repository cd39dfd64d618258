"""What was read from a start until now, and the figures that follow."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from benchfolio.results import Calm, Conditions, Verdict
from benchfolio.runner import linux
from benchfolio.runner.linux import Periods, Reader
from benchfolio.runner.watch import reading
from benchfolio.runner.watch.accounting import Accounts
from benchfolio.runner.watch.reading import Reading
from benchfolio.runner.watch.sensors import Sensors, most_throttled

SHORTEST = 0.5
"""Seconds below which no share is told: time is counted in pieces of 10 ms per process, which on
two processors would be 1 % already."""

IN_USE = 0.5
"""Busy share since the reading before from which on a core's frequency is that of work. A core at
rest may well be slow."""


class Span:
    """A first reading and what has come after it.

    Args:
        at: The clock, in seconds.
        own: Numbers of our own worker processes.
        root: Where /proc and /sys are.
        read: Reads a file below it.
        processors: Logical processors of the machine; counted where ``None``.
    """

    def __init__(
        self, at: float, own: Collection[int], root: Path, read: Reader, processors: int | None
    ) -> None:
        self._root = root
        self._read = read
        self._load = reading.load_average(read)
        self._sensors = Sensors(root, read)
        self._throttles = self._sensors.throttles()
        self._first = self._last = reading.take(at, root, read)
        self._accounts = Accounts(os.getpid(), self._first.processes, own)
        self._mhz: list[float] = []
        self._celsius: list[float] = []
        self.processors = max(1, processors or len(self._first.busy) or os.cpu_count() or 1)
        """Logical processors."""
        self._feel()

    def add(self, at: float, own: Collection[int]) -> None:
        """Take a further reading."""
        now = reading.take(at, self._root, self._read)
        self._accounts.add(now.processes, own)
        mhz = self._sensors.mhz(_in_use(self._last, now))
        self._mhz += [mhz] if mhz is not None else []
        self._feel()
        self._last = now

    def conditions(self) -> Conditions:
        """Return the figures, not yet judged."""
        return Conditions(
            verdict=Verdict(calm=Calm.QUIET),
            others=self._others(),
            steal=self._steal(),
            load=self._load,
            mhz_low=min(self._mhz, default=None),
            mhz_high=max(self._mhz, default=None),
            throttled=most_throttled(self._throttles, self._sensors.throttles()),
            celsius=max(self._celsius, default=None),
            memory_pressure=self._pressure(),
            quota=self._quota(),
            governor=linux.governor(self._read),
            turbo=linux.turbo(self._read),
        )

    def swapped(self) -> float | None:
        """Return the pages per second that were swapped in or out."""
        first, last = self._first.swapped, self._last.swapped
        if first is None or last is None or self._seconds() < SHORTEST:
            return None
        return max(0.0, (last - first) / self._seconds())

    def programs(self) -> dict[str, float]:
        """Return other programs' names and shares of all processors' time, the busiest first."""
        used = sorted(self._accounts.programs.items(), key=lambda item: -item[1])
        shares = ((name, self._share(seconds, self.processors)) for name, seconds in used)
        return {name: share for name, share in shares if share}

    def _feel(self) -> None:
        celsius = self._sensors.celsius()
        self._celsius += [celsius] if celsius is not None else []

    def _seconds(self) -> float:
        return self._last.at - self._first.at

    def _share(self, seconds: float, processors: int) -> float | None:
        """Return a time as a share, 0–1, of all that passed on so many processors."""
        if self._seconds() < SHORTEST:
            return None
        return _within(seconds / (self._seconds() * processors))

    def _others(self) -> float | None:
        first, last = self._first.times, self._last.times
        if first is None or last is None or not last.busy > first.busy:
            return None  # a counter that stands still tells nothing, as in some sandboxes
        return self._share(last.busy - first.busy - self._accounts.ours, self.processors)

    def _steal(self) -> float | None:
        first, last = self._first.times, self._last.times
        if first is None or last is None or first.steal is None or last.steal is None:
            return None
        return self._share(last.steal - first.steal, self.processors)

    def _pressure(self) -> float | None:
        first, last = self._first.stalled, self._last.stalled
        return None if first is None or last is None else self._share(last - first, 1)

    def _quota(self) -> float | None:
        before, now = self._first.periods, self._last.periods
        found = [_reached(before[group], now[group]) for group in now if group in before]
        return max((share for share in found if share is not None), default=None)


def _in_use(before: Reading, now: Reading) -> list[int]:
    """Return the cores that worked most of the time since the reading before, busiest first."""
    least = IN_USE * (now.at - before.at)
    busy = {core: now.busy[core] - before.busy[core] for core in now.busy if core in before.busy}
    worked = [core for core, seconds in busy.items() if seconds > least > 0]
    return sorted(worked, key=busy.__getitem__, reverse=True)


def _reached(before: Periods, now: Periods) -> float | None:
    """Return the share of periods in which a limit was reached; ``None`` where none passed."""
    passed = now.all - before.all
    return _within((now.throttled - before.throttled) / passed) if passed > 0 else None


def _within(share: float) -> float:
    """Return a share between 0 and 1; counters go back where a processor is taken away."""
    return round(min(1.0, max(0.0, share)), 4)
