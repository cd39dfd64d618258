"""What the timed loop adds to the inferences it times."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from bench.sides import Outcome
from runner.models import conv_net

from benchfolio.runner.engines import find
from benchfolio.runner.engines.base import Config, Feeds, Session
from benchfolio.runner.measure import latencies

SECONDS = 0.25
ROUNDS = 21


def bare_loop(session: Session, feeds: list[Feeds], seconds: float) -> float:
    """Return seconds per inference of the shortest loop there is."""
    infer = session.infer
    count = 0
    start = time.perf_counter()
    end = start + seconds
    while time.perf_counter() < end:
        infer(feeds[0])
        count += 1
    return (time.perf_counter() - start) / count


def timed_loop(session: Session, feeds: list[Feeds], seconds: float) -> float:
    """Return the wall time per inference of the loop that measures, bookkeeping included."""
    start = time.perf_counter()
    times = latencies(session, feeds, seconds=seconds, at_least=1, warmup=0)
    return (time.perf_counter() - start) / len(times)


def bench() -> list[Outcome]:
    """Compare the measuring loop with a bare one, in turn, in one process, on one session."""
    with tempfile.TemporaryDirectory() as folder:
        model = conv_net(Path(folder) / "net.onnx", batch=1)
        config = Config(device="CPUExecutionProvider")
        session = find("onnxruntime").load(model, config)
        feeds: list[Feeds] = [{"image": np.ones((1, 1, 8, 8), np.float32)}]
        bare_loop(session, feeds, SECONDS)
        pairs = [
            (timed_loop(session, feeds, SECONDS), bare_loop(session, feeds, SECONDS))
            for _ in range(ROUNDS)
        ]
        session.close()
    value = statistics.median(ours / bare for ours, bare in pairs)
    micro = statistics.median(bare for _, bare in pairs) * 1e6
    return [Outcome("timed loop", value, "×", 1.02, f"a bare loop, {micro:.0f} µs an inference")]
