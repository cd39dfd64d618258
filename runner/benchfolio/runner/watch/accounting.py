"""Who used the processor: our own processes and others', while they come and go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from benchfolio.runner.watch.reading import Process

Processes = Mapping[int, Process]


class Accounts:
    """Adds up the processor time of our own processes, and that of others by program.

    Ours are this process, its own workers and their children, also such as have lost their
    parent. Other children of this process are not; only what they use between being seen last and
    their end counts as ours, since the kernel adds it to this process's.

    Args:
        me: Number of this process.
        processes: All processes at the beginning.
        own: Numbers of our own workers.
    """

    def __init__(self, me: int, processes: Processes, own: Collection[int]) -> None:
        self._me = me
        self._before = processes
        self._ours = self._of_us(processes, own)
        self.ours = 0.0
        """Processor time of our own processes, seconds."""
        self.programs: dict[str, float] = defaultdict(float)
        """Name of another program → its processor time, seconds."""

    def add(self, now: Processes, own: Collection[int]) -> None:
        """Take what was used since the last call.

        Args:
            now: All processes.
            own: Numbers of our own workers; those of earlier calls still count.
        """
        known = {pid for pid in self._ours if _same(pid, self._before, now)}
        self._ours = self._of_us(now, known.union(own))
        for pid, seconds in growth(self._before, now).items():
            if pid in self._ours:
                self.ours += seconds
            elif seconds > 0:
                self.programs[now[pid].name] += seconds
        self._before = now

    def _of_us(self, now: Processes, own: Collection[int]) -> set[int]:
        return _with_children(now, set(own) - {self._me}) | {self._me}


def growth(before: Processes, now: Processes) -> dict[int, float]:
    """Return the seconds that each process used in between, with its children that have ended.

    A process that has ended leaves its time to the parent that waited for it, together with what
    it used since it was last seen. So only what was seen before is taken off again.
    """
    grown = {
        pid: process.seconds - (before[pid].seconds if _same(pid, before, now) else 0.0)
        for pid, process in now.items()
    }
    for pid, process in before.items():
        if not _same(pid, before, now):
            heir = _heir(process, before, now)
            if heir is not None:
                grown[heir] -= process.seconds
    return grown


def _same(pid: int, before: Processes, now: Processes) -> bool:
    """Return whether the number still names the same process; numbers are used again."""
    return pid in before and pid in now and before[pid].started == now[pid].started


def _with_children(now: Processes, roots: Collection[int]) -> set[int]:
    children = defaultdict(list)
    for pid, process in now.items():
        children[process.parent].append(pid)
    found: set[int] = set()
    waiting = [pid for pid in roots if pid in now]
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children[pid]
    return found


def _heir(process: Process, before: Processes, now: Processes) -> int | None:
    """Return the next ancestor that is still there."""
    seen = set()
    while process.parent in before and process.parent not in seen:
        seen.add(process.parent)  # numbers that change while they are read could make a ring
        if _same(process.parent, before, now):
            return process.parent
        process = before[process.parent]
    return None
