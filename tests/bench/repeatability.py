"""Does a gain come out the same again, while other processes come and go?"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench.contenders import Contenders, SwitchingLoad, benchmark_app, contenders, let_go
from bench.sides import Outcome

from benchfolio.runner.racing import Entrant, race
from benchfolio.runner.racing.race import estimate_of

REPETITIONS = 8
SECONDS = 12.0
TARGET = 0.001
"""Never reached: both have the same time."""


def spread(gains: Sequence[float]) -> float:
    """Return (largest − smallest) / median, in percent."""
    return 100 * (max(gains) - min(gains)) / statistics.median(gains)


def our_gain(fp32: Entrant, int8: Entrant) -> float:
    """Return the gain by rounds of blocks in turn."""
    for entrant in (fp32, int8):
        entrant.forget()
    race([fp32, int8], target=TARGET, time_limit=SECONDS, after_round=lambda *_: None)
    return estimate_of(int8).value


def their_gain(files: Contenders) -> float:
    """Return the gain by one run of benchmark_app after the other, half the time each."""
    fp32, int8 = (
        benchmark_app(path, files.shape(), hint="latency", seconds=SECONDS / 2)["latency"]
        for path in (files.fp32, files.int8)
    )
    return fp32 / int8


def bench() -> list[Outcome]:
    """Measure the INT8/FP32 gain again and again, by us and by benchmark_app in turn."""
    ours: list[float] = []
    theirs: list[float] = []
    with contenders() as files:
        fp32 = files.entrant(files.fp32)
        int8 = files.entrant(files.int8, baseline=fp32)
        with let_go(fp32, int8), SwitchingLoad(seed=0):
            for index in range(REPETITIONS):
                if index % 2:
                    theirs.append(their_gain(files))
                ours.append(our_gain(fp32, int8))
                if not index % 2:
                    theirs.append(their_gain(files))
    told = f"{REPETITIONS} repetitions of {SECONDS:g} s, 0–2 busy processes"
    peer = f"(max − min)/median of a gain: {told}"
    against = f"benchmark_app's {spread(theirs):.0f} %, same minutes"
    return [
        Outcome("repeatability of a gain", spread(ours), "%", 5, peer),
        Outcome(
            "repeatability, share of the peer's", spread(ours) / spread(theirs), "×", 0.05, against
        ),
    ]
