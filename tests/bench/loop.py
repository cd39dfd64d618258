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
from benchfolio.runner.timing import Turns, block, warm_up

BLOCK_SECONDS = 0.02
ROUNDS = 200


def bare_loop(session: Session, feeds: Feeds, count: int) -> float:
    """Return the seconds of so many inferences in the shortest loop there is."""
    infer = session.infer
    start = time.perf_counter()
    for _ in range(count):
        infer(feeds)
    return time.perf_counter() - start


def timed_loop(session: Session, turns: Turns, count: int) -> float:
    """Return the wall time of a block that measures as many, bookkeeping included."""
    start = time.perf_counter()
    block(session, turns, untimed=0, count=count)
    return time.perf_counter() - start


def bench() -> list[Outcome]:
    """Compare blocks of the measuring loop with bare ones, in turn, in one process and session."""
    with tempfile.TemporaryDirectory() as folder:
        model = conv_net(Path(folder) / "net.onnx", batch=4)
        session = find("onnxruntime").load(model, Config(device="CPUExecutionProvider"))
        feeds: Feeds = {"image": np.ones((4, 1, 8, 8), np.float32)}
        turns = Turns([feeds])
        count = round(BLOCK_SECONDS / warm_up(session, turns, 0.5))
        ratios, bare = [], []
        for number in range(ROUNDS):
            first = timed_loop(session, turns, count) if number % 2 else None
            bare.append(bare_loop(session, feeds, count))
            ratios.append((first or timed_loop(session, turns, count)) / bare[-1])
        session.close()
    micro = statistics.median(bare) / count * 1e6
    peer = f"a bare loop, {micro:.0f} µs an inference"
    return [Outcome("timed loop", statistics.median(ratios), "×", 1.02, peer)]
