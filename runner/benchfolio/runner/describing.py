"""What can be said of a process and of the samples it is fed with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from benchfolio.runner.engines.base import Feeds


def peak_memory() -> int:
    """Return the peak resident set of this process in bytes; since it began its program."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        memory = psutil.Process().memory_info()
        return int(getattr(memory, "peak_wset", memory.rss))
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else int(psutil.Process().memory_info().rss)


def waiting_seconds() -> float:
    """Return how long threads of this process were ready to run and did not, so far, summed up.

    The run delay of the scheduler's statistics (``/proc/…/schedstat``); 0 where there are none.
    """
    total = 0
    for path in Path("/proc/self/task").glob("*/schedstat"):
        with suppress(OSError, ValueError, IndexError):  # the thread has just ended
            total += int(path.read_bytes().split()[1])
    return total / 1e9


def shape_of(feeds: Sequence[Feeds]) -> str:
    """Write the shapes that ran, as ``image=1x1x96x96``; ``?`` for a size that differed."""
    parts = []
    for name in feeds[0]:
        sizes = zip(*(feed[name].shape for feed in feeds), strict=True)
        text = "x".join(str(each[0]) if len(set(each)) == 1 else "?" for each in sizes)
        parts.append(f"{name}={text or 'scalar'}")
    return " ".join(parts)
