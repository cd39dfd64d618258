"""Counters of the whole machine at one moment, as Linux shows them in /proc."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from benchfolio.runner import linux
from benchfolio.runner.linux import Periods, Reader

_TICKS = float(os.sysconf("SC_CLK_TCK")) if hasattr(os, "sysconf") else 100.0
_STALLED = re.compile(r"^some .*\btotal=(\d{1,18})$", re.MULTILINE)

# Fields of a line of /proc/stat, proc(5). Time as a guest is contained in user and nice already.
_USER, _NICE, _SYSTEM, _IRQ, _SOFTIRQ, _STEAL = 0, 1, 2, 5, 6, 7
# Fields of /proc/<pid>/stat after the name, which may itself contain blanks and brackets.
_PARENT, _TIMES, _STARTED = 1, slice(11, 15), 19


class Process(NamedTuple):
    """One process.

    Attributes:
        started: Ticks since boot; with the number it names a process for good.
        parent: Number of the process that started it.
        seconds: Processor time of all its threads and of its children that have ended and were
            waited for.
        name: Name of the program; never stored.
    """

    started: int
    parent: int
    seconds: float
    name: str


class Times(NamedTuple):
    """Processor time since boot, in seconds, of all processors together."""

    busy: float
    steal: float | None


class Reading(NamedTuple):
    """All counters, read within a few milliseconds.

    Attributes:
        at: The clock, in seconds.
        times: ``None`` where /proc/stat is absent.
        busy: Processor → its busy seconds since boot.
        processes: Number → process, of all that can be seen.
        stalled: Seconds in which some process waited for memory.
        swapped: Pages swapped in or out.
        periods: Control group → its counters.
    """

    at: float
    times: Times | None
    busy: Mapping[int, float]
    processes: Mapping[int, Process]
    stalled: float | None
    swapped: int | None
    periods: Mapping[str, Periods]


def take(at: float, root: Path, read: Reader) -> Reading:
    """Read all counters now; what cannot be read is ``None`` or empty."""
    times, busy = _times(read)
    return Reading(
        at=at,
        times=times,
        busy=busy,
        processes=_processes(root, read),
        stalled=_stalled(read),
        swapped=_swapped(read),
        periods=linux.periods(read),
    )


def load_average(read: Reader) -> float | None:
    """Return the load average over the last minute."""
    first = read("/proc/loadavg").partition(" ")[0]
    return float(first) if re.fullmatch(r"\d{1,9}\.\d+", first, re.ASCII) else None


def _times(read: Reader) -> tuple[Times | None, dict[int, float]]:
    whole, busy = None, {}
    for line in read("/proc/stat").splitlines():
        name, *fields = line.split()
        if not name.startswith("cpu"):
            break  # they come first, and the line of interrupts is long
        with suppress(ValueError, IndexError):
            times = _of_line([int(field) / _TICKS for field in fields])
            if name == "cpu":
                whole = times
            else:
                busy[int(name[3:])] = times.busy
    return whole, busy


def _of_line(seconds: list[float]) -> Times:
    busy = sum(seconds[field] for field in (_USER, _NICE, _SYSTEM, _IRQ, _SOFTIRQ))
    return Times(busy, seconds[_STEAL] if len(seconds) > _STEAL else None)


def _processes(root: Path, read: Reader) -> dict[int, Process]:
    found = {}
    try:
        names = os.listdir(root / "proc")  # noqa: PTH208 - a thousand names, no need of paths
    except OSError:
        return {}
    for name in names:
        if name.isdecimal():
            process = _process(read(f"/proc/{name}/stat"))
            if process is not None:  # it has not ended meanwhile
                found[int(name)] = process
    return found


def _process(text: str) -> Process | None:
    head, _, tail = text.rpartition(")")
    fields = tail.split()
    try:
        return Process(
            started=int(fields[_STARTED]),
            parent=int(fields[_PARENT]),
            seconds=sum(map(int, fields[_TIMES])) / _TICKS,
            name=head.partition("(")[2],
        )
    except (ValueError, IndexError):
        return None


def _stalled(read: Reader) -> float | None:
    found = _STALLED.search(read("/proc/pressure/memory"))
    return int(found.group(1)) / 1e6 if found else None


def _swapped(read: Reader) -> int | None:
    counts = dict(linux.numbers(read("/proc/vmstat")))
    if "pswpin" not in counts or "pswpout" not in counts:
        return None
    return counts["pswpin"] + counts["pswpout"]
