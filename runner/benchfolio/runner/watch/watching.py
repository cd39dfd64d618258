"""The watch: what the measuring half holds in its hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path

import msgspec

from benchfolio.results import Conditions
from benchfolio.runner import linux
from benchfolio.runner.watch import verdict
from benchfolio.runner.watch.span import Span

SECONDS_BETWEEN = 1.0
"""Readings are at least so far apart."""

MOST_WORK = 0.003
"""Share of a core that further readings may use; where there are thousands of processes they are
taken less often. A process that ends between two is accounted for by its parent."""

MOST_DELAY = 0.02
"""Share of the time by which they may hold up the measurement: some kernels sleep while they read
a frequency, and on a busy machine a reading has to wait for a processor."""

NAMED_SHARE = 0.01
"""Share of all processors' time below which a program is not worth naming."""


class Watch:
    """Watches the machine while something is measured; reads rarely, and only when called.

    Counters are compared between the first and the last reading. Inside a container /proc/stat
    usually shows the whole host: then the others are everybody on the host. Without Linux's /proc
    and /sys nothing is known, and nothing raises for that.

    Args:
        processors: Logical processors of the machine; counted where left out.
        root: Where /proc and /sys are.
        clock: Seconds, never going back.
    """

    def __init__(
        self,
        *,
        processors: int | None = None,
        root: Path = Path("/"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._processors = processors
        self._root = root
        self._read = linux.reader(root)
        self._clock = clock
        self._span: Span | None = None
        self._due = 0.0

    def start(self, own: Collection[int]) -> None:
        """Take the first reading; what was read before is forgotten.

        Args:
            own: Numbers of our own worker processes. Their threads, their children and this
                process count as ours as well; other children of this process do not.
        """
        self._started(own)

    def look(self, own: Collection[int]) -> None:
        """Take a further reading, if one is due; to be called between blocks, as often as wanted.

        Args:
            own: As for `start`, as they are now.
        """
        if self._clock() >= self._due:
            self._look(own)

    def finish(self, own: Collection[int]) -> Conditions:
        """Take the last reading and say how the machine was.

        Args:
            own: As for `start`, as they are now.

        Returns:
            Shares are of the time between the first and the last reading. Nothing in it names a
            program.
        """
        span = self._look(own)
        found = span.conditions()
        judged = verdict.judge(found, processors=span.processors, swapped=span.swapped())
        return msgspec.structs.replace(found, verdict=judged)

    def programs(self) -> dict[str, float]:
        """Return the other programs' names with their shares of all processors' time, 0–1.

        The busiest first. For the terminal only: what else runs on a machine is nobody's business.
        A program that ran for a moment only is in its parent's share.
        """
        return self._span.programs() if self._span else {}

    def _started(self, own: Collection[int]) -> Span:
        self._span = Span(self._clock(), own, self._root, self._read, self._processors)
        self._due = self._clock() + SECONDS_BETWEEN
        return self._span

    def _look(self, own: Collection[int]) -> Span:
        if self._span is None:
            return self._started(own)
        began, used = self._clock(), time.thread_time()
        self._span.add(began, own)
        ended, used = self._clock(), time.thread_time() - used
        pause = max(SECONDS_BETWEEN, used / MOST_WORK, (ended - began) / MOST_DELAY)
        self._due = ended + pause
        return self._span


def busiest(watch: Watch, most: int = 3) -> list[str]:
    """Return the names of the busiest other programs with their shares, for the terminal only.

    Args:
        watch: A watch that has finished.
        most: How many.

    Returns:
        As ``firefox (34 %)``, the busiest first, without those that used next to nothing.
    """
    shares = [item for item in watch.programs().items() if item[1] >= NAMED_SHARE]
    return [f"{_printable(name)} ({100 * share:.0f} %)" for name, share in shares[:most]]


def _printable(name: str) -> str:
    """Return a program's name without what could steer a terminal; programs choose their names."""
    return "".join(letter for letter in name if letter.isprintable())
