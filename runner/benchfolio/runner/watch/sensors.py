"""Frequency, temperature and throttling of the processor, where the machine shows them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from benchfolio.runner.linux import CPU, Reader

CHIPS = frozenset({"coretemp", "k10temp", "zenpower", "cpu_thermal", "soc_thermal", "scpi_sensors"})
"""Drivers that measure the processor; others measure disks, networks and batteries."""

MOST_CORES = 8
"""Cores whose frequency is read at once: a read may interrupt the core and take milliseconds."""

# What lies outside is a broken sensor: 0 K, or 255 °C.
_COLDEST, _HOTTEST = -50.0, 150.0
_ZONES = re.compile(r"cpu|pkg|soc|core", re.IGNORECASE)
_MHZ = re.compile(r"^cpu MHz\s*:\s*(\d{1,7}(?:\.\d{1,9})?)$", re.MULTILINE)


class Sensors:
    """The sensors that a machine has; they are looked for once."""

    def __init__(self, root: Path, read: Reader) -> None:
        self._read = read
        self._temperatures = _chips(root, read) or _zones(root, read)
        self._throttles = _paths(root, f"{CPU}/cpu[0-9]*/thermal_throttle/*_throttle_count")
        self._scaling = bool(read(f"{CPU}/cpu0/cpufreq/scaling_cur_freq"))
        # Without this flag, as in most virtual machines, the figure is nominal and never moves.
        self._counted = " aperfmperf" in read("/proc/cpuinfo").partition("\n\n")[0]

    def celsius(self) -> float | None:
        """Return the highest temperature of a processor."""
        found = (_whole(self._read(path)) for path in self._temperatures)
        degrees = [value / 1000 for value in found if value is not None]
        return max((each for each in degrees if _COLDEST < each < _HOTTEST), default=None)

    def mhz(self, cores: Iterable[int]) -> float | None:
        """Return the frequency of the fastest of these cores.

        They were in use until a moment ago, and one of them may rest by now, at a frequency that
        it never worked at; the fastest is the one that still works, or that worked last.
        """
        chosen = list(cores)[:MOST_CORES]
        found = self._scaled(chosen) if self._scaling else self._listed(chosen)
        return max((each for each in found if each > 0), default=None)

    def throttles(self) -> dict[str, int]:
        """Return how often each part of the processor slowed itself down because of heat."""
        found = ((path, _whole(self._read(path))) for path in self._throttles)
        return {path: count for path, count in found if count is not None}

    def _scaled(self, cores: Collection[int]) -> list[float]:
        read = (self._read(f"{CPU}/cpu{core}/cpufreq/scaling_cur_freq") for core in cores)
        return [khz / 1000 for khz in map(_whole, read) if khz is not None]

    def _listed(self, cores: Collection[int]) -> list[float]:
        if not self._counted or not cores:
            return []
        listed = [float(each) for each in _MHZ.findall(self._read("/proc/cpuinfo"))]
        return [listed[core] for core in cores if core < len(listed)]


def most_throttled(before: Mapping[str, int], now: Mapping[str, int]) -> int | None:
    """Return the largest growth of a counter.

    Cores share counters and each event is in several, so that their sum would tell too many.
    """
    return max((max(0, now[path] - before[path]) for path in now if path in before), default=None)


def _chips(root: Path, read: Reader) -> list[str]:
    folders = [path.removesuffix("/name") for path in _paths(root, "/sys/class/hwmon/*/name")]
    # The first sensor of these drivers is the whole package, not one of a hundred cores.
    return [f"{each}/temp1_input" for each in folders if read(f"{each}/name") in CHIPS]


def _zones(root: Path, read: Reader) -> list[str]:
    types = _paths(root, "/sys/class/thermal/thermal_zone*/type")
    return [f"{path.removesuffix('/type')}/temp" for path in types if _ZONES.search(read(path))]


def _paths(root: Path, pattern: str) -> list[str]:
    found = sorted(root.glob(pattern.lstrip("/")))
    return [f"/{path.relative_to(root).as_posix()}" for path in found]


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else None
