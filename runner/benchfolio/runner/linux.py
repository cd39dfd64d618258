"""What Linux tells of the processor's settings and of control groups; what is absent is ``None``.

Everything is read through a `Reader`, so that tests can lay out the files of other machines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

CPU = "/sys/devices/system/cpu"
"""Where the settings of processors are."""

_CGROUP = "/sys/fs/cgroup"

Reader = Callable[[str], str]
"""Absolute path of a small text file → its text, stripped; empty where it cannot be read."""


class Periods(NamedTuple):
    """How often a control group's processor limit was looked at, and how often it was reached."""

    all: int
    throttled: int


def reader(root: Path = Path("/")) -> Reader:
    """Return a reader of the files of the machine whose tree begins at ``root``."""
    prefix = str(root).rstrip("/")

    def read(path: str) -> str:
        # Not Path.read_text: /proc is read file by file, and this takes half as long.
        try:
            with open(f"{prefix}{path}", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
                return file.read().strip()
        except OSError:
            return ""

    return read


def governor(read: Reader) -> str | None:
    """Return the name of the frequency governor."""
    return read(f"{CPU}/cpu0/cpufreq/scaling_governor") or None


def turbo(read: Reader) -> bool | None:
    """Return whether the processor may run above its nominal frequency."""
    no_turbo = read(f"{CPU}/intel_pstate/no_turbo")
    if no_turbo:
        return no_turbo == "0"
    return {"1": True, "0": False}.get(read(f"{CPU}/cpufreq/boost"))


def cpu_limit(read: Reader) -> float | None:
    """Return the processors' worth of time that control groups allow; ``None`` for no limit."""
    limits = [_limit(read, group) for group in _groups(read)]
    return min((limit for limit in limits if limit is not None), default=None)


def periods(read: Reader) -> dict[str, Periods]:
    """Return the counters of each control group that this process is in and that has a limit."""
    found = {}
    for group in _groups(read):
        counts = dict(numbers(read(f"{group}/cpu.stat")))
        if "nr_periods" in counts and "nr_throttled" in counts:
            found[group] = Periods(counts["nr_periods"], counts["nr_throttled"])
    return found


def numbers(text: str) -> Iterator[tuple[str, int]]:
    """Return the lines of a text that are a name and a whole number, as /proc/vmstat has them."""
    for line in text.splitlines():
        name, _, number = line.partition(" ")
        if re.fullmatch(r"\d{1,20}", number, re.ASCII):
            yield name, int(number)


def _limit(read: Reader, group: str) -> float | None:
    quota, _, period = read(f"{group}/cpu.max").partition(" ")
    if not quota:
        quota = read(f"{group}/cpu.cfs_quota_us")
        period = read(f"{group}/cpu.cfs_period_us")
    try:
        limit = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
    return limit if limit > 0 else None


def _groups(read: Reader) -> list[str]:
    """Return the folders of this process's control groups for processor time, inmost first.

    A limit anywhere above counts too. In a container the path is often the host's, while the
    mount shows the container's own group at its root: what is not there is read as empty.
    """
    found = (
        "/".join((mount, *parts[:length]))
        for mount, parts in _mounts(read)
        for length in range(len(parts), -1, -1)
    )
    return list(dict.fromkeys(found))


def _mounts(read: Reader) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return where hierarchies with the processor may be mounted, and this process's path there."""
    for line in read("/proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        parts = PurePosixPath(path).parts[1:]
        if not controllers:  # version 2
            yield _CGROUP, parts
        elif "cpu" in controllers.split(","):
            yield f"{_CGROUP}/{controllers}", parts
            yield f"{_CGROUP}/cpu", parts
    yield _CGROUP, ()
    yield f"{_CGROUP}/cpu", ()
