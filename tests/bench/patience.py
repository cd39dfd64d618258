"""How long until a gain is known, how idle is the parent meanwhile, and is noise called a gain?"""

from __future__ import annotations

import time

from bench.contenders import Contenders, contenders, let_go
from bench.sides import Outcome

from benchfolio.runner.jobs import Answer
from benchfolio.runner.process import Held
from benchfolio.runner.racing import Entrant, race
from benchfolio.runner.racing.race import estimate_of, half_width
from benchfolio.runner.watch import Watch
from benchfolio.statistics import Estimate, differs, noise_floor

THEIR_SECONDS = 120.0
"""benchmark_app's default of 60 s, for each of two formats."""
KNOWN = 0.02
COMPARISONS = 200
RACES = 8
"""Races of a platform that its noise floor is taken from."""


class Waiting(Held):
    """Counts the processor time that this process takes while it waits for an answer."""

    waited = 0.0

    def answer(self, seconds: float) -> Answer:
        """Wait for an answer."""
        before = time.process_time()
        found = super().answer(seconds)
        Waiting.waited += time.process_time() - before
        return found


def bench() -> list[Outcome]:
    """Measure all three on one model in FP32 and INT8."""
    with contenders(batches=(1, 2)) as files:
        return [*_time_to_gain(files), _alarms(files)]


def _time_to_gain(files: Contenders) -> list[Outcome]:
    """Start everything anew, race until the gain is known, all included."""
    started = time.perf_counter()
    fp32 = files.entrant(files.fp32, batch=2, hold=Waiting)
    int8 = files.entrant(files.int8, batch=2, baseline=fp32, hold=Waiting)
    watch = Watch()
    with let_go(fp32, int8):
        pids = [holder.pid for each in (fp32, int8) for holder in each.holders]
        watch.start(pids)
        Waiting.waited = 0.0
        before, clock = time.process_time(), time.perf_counter()
        race(
            [fp32, int8],
            target=KNOWN,
            time_limit=THEIR_SECONDS,
            after_round=lambda *_: watch.look(pids),
        )
        own, passed = time.process_time() - before, time.perf_counter() - clock
        took = time.perf_counter() - started
        width = half_width(estimate_of(int8)) or float("nan")
        each = fp32.opened[0].pace * 1e3
    known = f"±{width:.1%} after {took:.1f} s, loading included; FP32 takes {each:.1f} ms"
    return [
        Outcome(
            "time to a gain known to ±2 %",
            took / THEIR_SECONDS,
            "×",
            0.1,
            f"benchmark_app's default 2 × 60 s ({known})",
        ),
        Outcome(
            "parent's processor time while a child is timed",
            100 * Waiting.waited / passed,
            "%",
            1,
            f"one core; {100 * own / passed:.1f} % with all it does between blocks",
        ),
    ]


def _alarms(files: Contenders) -> Outcome:
    """Compare a model with itself; the floor is that of the platform's other races."""
    gains: list[Estimate] = []
    twins: list[Estimate] = []
    for _ in range(COMPARISONS + RACES):
        gain, twin = _against_itself(files)
        gains.append(gain)
        twins.append(twin)
    called = sum(
        differs(gains[index], noise_floor(twins[index - RACES : index]))
        for index in range(RACES, COMPARISONS + RACES)
    )
    return Outcome(
        "A/A comparisons called different",
        100 * called / COMPARISONS,
        "%",
        2,
        f"{COMPARISONS} comparisons of a model with itself, noise floor of {RACES} earlier races",
    )


def _against_itself(files: Contenders) -> tuple[Estimate, Estimate]:
    """Race three processes of one file: baseline, candidate and twin; return both gains."""
    baseline = files.entrant(files.fp32, engine="onnxruntime", name="baseline")
    others = [
        files.entrant(files.fp32, engine="onnxruntime", name=name, baseline=baseline)
        for name in ("candidate", "twin")
    ]
    everybody: list[Entrant] = [baseline, *others]
    with let_go(*everybody):
        race(everybody, target=0.01, time_limit=1, after_round=lambda *_: None)
    candidate, twin = (estimate_of(each) for each in others)
    return candidate, twin
