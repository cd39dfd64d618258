"""The timed loops, with a clock that only the model moves."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
import threading
from collections.abc import Sequence
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchfolio.results import Share
from benchfolio.runner import timing
from benchfolio.runner.engines.base import Feeds, Outputs, Scalar, Stream
from benchfolio.runner.timing import Turns, block, durations, one_by_one, steady_rate, warm_up


class Model:
    """A session whose inferences take the seconds it is told, on a clock of its own."""

    def __init__(self, seconds: Sequence[float]) -> None:
        self.now = 100.0
        self.fed: list[Feeds] = []
        self._seconds = seconds

    def infer(self, feeds: Feeds) -> Outputs:
        """Note the sample; the clock moves on."""
        self.now += self._seconds[len(self.fed) % len(self._seconds)]
        self.fed.append(feeds)
        return {}

    def stream(self, feeds: Sequence[Feeds], seconds: float) -> Stream:
        """Do nothing of the kind."""
        raise NotImplementedError

    def settings(self) -> dict[str, Scalar]:
        """Return none."""
        return {}

    def executed(self, feeds: Sequence[Feeds]) -> dict[str, Share]:  # noqa: ARG002
        """Return none."""
        return {}

    def close(self) -> None:
        """Hold nothing."""


def model(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> Model:
    """Return a model whose clock is that of the timed loops."""
    made = Model(seconds)
    monkeypatch.setattr(timing, "clock", lambda: made.now)
    return made


def samples(count: int) -> list[Feeds]:
    """Return so many different samples."""
    return [{f"x{index}": index} for index in range(count)]  # type: ignore[dict-item]


def test_turns_go_on_where_the_last_block_ended() -> None:
    """Samples are taken in turn for ever, across blocks of any length."""
    feeds = samples(3)
    turns = Turns(feeds)
    taken = [*turns.take(2), *turns.take(0), *turns.take(7), *turns.take(1)]
    assert taken == [feeds[index % 3] for index in range(10)]


def test_block_times_what_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Untimed requests come first; each timed one lasts from one completion to the next."""
    session = model(monkeypatch, 9, 9, 1, 2, 4)
    feeds = samples(4)
    turns = Turns(feeds)
    stretch = block(session, turns, untimed=2, count=3)
    assert stretch.started == 118
    assert durations(stretch) == [1, 2, 4]
    assert session.fed == [*feeds, feeds[0]]
    block(session, turns, untimed=0, count=1)
    assert session.fed[-1] == feeds[1]


def test_one_by_one_stops_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests begin for so long; the one that is under way at the end counts."""
    session = model(monkeypatch, 1)
    stretch = one_by_one(session, Turns(samples(2)), 3.5)
    assert (stretch.started, stretch.stopped) == (100, 103.5)
    assert stretch.completed == [101, 102, 103, 104]


def test_warm_up_tells_the_pace_of_its_last_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pace is the median of the second half: what came first is not warm."""
    assert warm_up(model(monkeypatch, 50, 20, 1, 2, 1), Turns(samples(1)), 73.5) == 1
    session = model(monkeypatch, 5)
    assert warm_up(session, Turns(samples(1)), 0) == 5
    assert len(session.fed) == 3


@given(
    st.integers(1, 9),
    st.floats(1e-5, 1),
    st.integers(1, 12),
    st.lists(st.floats(0, 0.999), min_size=9, max_size=9),
    st.floats(0, 0.999),
)
def test_rate_of_streams_with_any_phases_is_exact(
    streams: int, seconds: float, waves: int, phases: list[float], end: float
) -> None:
    """R streams that take s each complete R/s requests per second, whenever each began."""
    stopped = (waves + end) * seconds
    completed = sorted(
        (turn + phase) * seconds
        for phase in phases[:streams]
        for turn in range(1, waves + 3)
        if (turn - 1 + phase) * seconds < stopped  # submitted when the one before completed
    )
    rate = steady_rate(Stream(started=0, stopped=stopped, completed=completed), streams)
    if rate is not None:
        assert rate == pytest.approx(streams / seconds, rel=1e-6)
    assert rate is not None or waves < 3


@given(st.integers(1, 9), st.floats(1e-4, 1), st.integers(3, 12), st.floats(0, 0.5))
def test_rate_of_waves_is_not_biased(
    streams: int, seconds: float, waves: int, spread: float
) -> None:
    """Requests that complete in waves count as whole waves, however close they lie in each."""
    completed = [
        (wave + spread * place / streams) * seconds
        for wave in range(1, waves + 2)
        for place in range(streams)
    ]
    stretch = Stream(started=0, stopped=waves * seconds, completed=completed)
    assert steady_rate(stretch, streams) == pytest.approx(streams / seconds)


@pytest.mark.parametrize("count", [0, 1, 3, 7])
def test_no_rate_of_less_than_a_wave(count: int) -> None:
    """Where not one wave follows the first, nothing is said."""
    completed = [0.1 * (index + 1) for index in range(count)]
    assert steady_rate(Stream(started=0, stopped=5, completed=completed), 4) is None


def test_no_rate_of_no_time() -> None:
    """Completions at the same reading of the clock have no rate."""
    assert steady_rate(Stream(started=0, stopped=1, completed=[0.5] * 8), 2) is None


def settled(monkeypatch: pytest.MonkeyPatch, busy: float) -> float:
    """Return how long it waits for threads that spin for so many seconds."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(timing, "clock", lambda: now[0])
    monkeypatch.setattr(timing, "time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(timing, "_others_run", lambda: now[0] <= busy)
    timing.settle()
    return now[0]


def test_settle_waits_for_spinning_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block ends when two looks in turn find the engine's threads at rest, or after 200 ms."""
    assert settled(monkeypatch, 0) == pytest.approx(0.002)
    assert settled(monkeypatch, 0.0305) == pytest.approx(0.032)
    assert settled(monkeypatch, math.inf) == pytest.approx(0.2, abs=2e-3)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the state of threads")
def test_a_spinning_thread_is_seen() -> None:
    """A thread in native code that spins is running, however little of its time is counted yet."""
    assert not timing._others_run()
    zeros = np.zeros(30_000_000, np.uint8).tobytes()
    spinning = threading.Thread(target=lambda: hashlib.sha256(zeros))  # without the lock
    spinning.start()
    seen = 0
    while spinning.is_alive():
        seen += timing._others_run()
    assert seen
    assert not timing._others_run()


def test_no_garbage_collection_in_timed_regions() -> None:
    """Python's garbage collector is off from then on, and what is there is not looked at again."""
    program = (
        "import gc\nfrom benchfolio.runner.timing import without_collection\n"
        "without_collection()\nprint(gc.isenabled(), gc.get_freeze_count() > 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]


def test_clock_is_one_of_all_processes() -> None:
    """A later reading in another process is a later one here: a barrier can name a moment."""
    program = "from benchfolio.runner.timing import clock\nprint(repr(clock()))"
    readings = [timing.clock()]
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        readings += [float(done.stdout), timing.clock()]
    assert all(before < after for before, after in pairwise(readings))
