"""Timed loops, in the process that runs the model."""

from __future__ import annotations

import gc
import threading
import time
from array import array
from collections.abc import Sequence
from pathlib import Path

from benchfolio.runner.engines.base import Feeds, Session, Stream

clock = time.perf_counter
"""Of the system, so that processes of one machine can compare their readings."""

_STEP = 0.001
_LOOKS = 2
_PATIENCE = 0.2


class Turns:
    """Samples taken in turn, for ever: the next block goes on where the last one ended."""

    def __init__(self, feeds: Sequence[Feeds]) -> None:
        self._feeds = feeds
        self._next = 0

    def take(self, count: int) -> list[Feeds]:
        """Return the next so many samples."""
        first, self._next = self._next, (self._next + count) % len(self._feeds)
        return [self._feeds[(first + index) % len(self._feeds)] for index in range(count)]

    def ahead(self) -> list[Feeds]:
        """Return all samples once, the next one first; taken they are not."""
        return [*self._feeds[self._next :], *self._feeds[: self._next]]


def block(session: Session, turns: Turns, *, untimed: int, count: int) -> Stream:
    """Run one request after the other.

    A request's time is that between two completions: it holds the copy in, the inference, the copy
    out, and one reading of the clock.

    Args:
        session: A loaded model.
        turns: Pre-processed samples.
        untimed: Requests before the clock, to wake threads and warm caches.
        count: Timed requests.
    """
    infer = session.infer
    for sample in turns.take(untimed):
        infer(sample)
    samples = turns.take(count)
    completed: list[float] = []
    note, now = completed.append, clock
    started = now()
    for sample in samples:
        infer(sample)
        note(now())
    return Stream(started=started, stopped=started, completed=completed)


def one_by_one(session: Session, turns: Turns, seconds: float) -> Stream:
    """Run one request after the other for so long."""
    infer = session.infer
    completed: list[float] = []
    note, now = completed.append, clock
    started = now()
    end = started + seconds
    while now() < end:
        (sample,) = turns.take(1)
        infer(sample)
        note(now())
    return Stream(started=started, stopped=end, completed=completed)


def in_flight(session: Session, turns: Turns, seconds: float) -> Stream:
    """Keep requests in flight for so long."""
    stretch = session.stream(turns.ahead(), seconds)
    turns.take(len(stretch.completed))
    return stretch


def warm_up(session: Session, turns: Turns, seconds: float) -> float:
    """Run for so long, at least three times; return the seconds of one, by the last half."""
    times = array("d")
    end = clock() + seconds
    while clock() < end or len(times) < 3:
        (sample,) = turns.take(1)
        before = clock()
        session.infer(sample)
        times.append(clock() - before)
    last = sorted(times[len(times) // 2 :])
    return last[len(last) // 2]


def durations(stretch: Stream) -> list[float]:
    """Return the seconds of each request of a block of one request after the other."""
    before = [stretch.started, *stretch.completed[:-1]]
    return [end - start for start, end in zip(before, stretch.completed, strict=True)]


def steady_rate(stretch: Stream, in_flight: int) -> float | None:
    """Return completions per second while all requests were in flight.

    The pipeline is full from the first submissions until the first completion after the last
    submission. The rate is taken between two completions within: the one that ends the first
    wave, and one a whole number of waves later, so that requests which complete in waves
    do not bias it.

    Args:
        stretch: What was measured.
        in_flight: Requests kept in flight R.

    Returns:
        Requests per second; ``None`` when fewer than one wave fits.
    """
    completed = stretch.completed
    first = in_flight - 1
    last = next((i for i, at in enumerate(completed) if at >= stretch.stopped), len(completed) - 1)
    waves = (last - first) // in_flight
    if waves < 1:
        return None
    last = first + waves * in_flight
    span = completed[last] - completed[first]
    return waves * in_flight / span if span > 0 else None


def settle() -> None:
    """Wait until the engine's threads have stopped to spin, but not longer than 200 ms.

    Threads of a pool look for more work for a while after the last, those of ONNX Runtime for
    30 ms; the next contender's block shall not pay for that.
    """
    end = clock() + _PATIENCE
    looks = 0
    while looks < _LOOKS and clock() < end:
        time.sleep(_STEP)
        looks = 0 if _others_run() else looks + 1


def _others_run() -> bool:
    """Tell whether a thread of this process other than the one that asks is running.

    The state of threads is looked at, as the system adds up their time by ticks of milliseconds
    only. Where it does not tell, none is.
    """
    own = threading.get_native_id()
    for task in Path("/proc/self/task").glob("*/stat"):
        try:
            status = task.read_text(encoding="ascii", errors="replace")
        except OSError:  # it has just ended
            continue
        if int(task.parent.name) != own and status.rpartition(")")[2].split()[0] == "R":
            return True
    return False


def without_collection() -> None:
    """Keep Python's garbage collector out of all timed regions, from now on."""
    gc.collect()
    gc.freeze()
    gc.disable()
