"""Do we find the same latency and throughput as others, measured alternately?"""

from __future__ import annotations

import statistics
from collections.abc import Callable

from bench.contenders import Contenders, benchmark_app, contenders, let_go, python
from bench.sides import Outcome

from benchfolio.runner.racing import Entrant, race
from benchfolio.runner.racing.values import values_of

ROUNDS = 7
SECONDS = 3.0

_BARE = """
import sys, threading, time
import numpy, onnxruntime
path, kind, threads, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads if kind == "latency" else 1
session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
feed = {name: numpy.random.default_rng(0).random((1, 1, 96, 96), numpy.float32)}
def loop(times, end):
    while time.perf_counter() < end:
        before = time.perf_counter()
        session.run(None, feed)
        times.append(time.perf_counter() - before)
loop([], time.perf_counter() + 0.3)
found = [[] for _ in range(1 if kind == "latency" else threads)]
started = time.perf_counter()
workers = [threading.Thread(target=loop, args=(each, started + seconds)) for each in found]
for worker in workers: worker.start()
for worker in workers: worker.join()
passed = time.perf_counter() - started
if kind == "latency":
    print(sorted(found[0])[len(found[0]) // 2] * 1e3)
else:
    print(sum(map(len, found)) / passed)
"""


def ours(entrant: Entrant) -> float:
    """Return the published value of so many seconds of blocks."""
    entrant.forget()
    race([entrant], target=1e-6, time_limit=SECONDS, after_round=lambda *_: None)
    values = values_of(entrant)
    name = "latency@median" if entrant.figure == "latency" else "throughput"
    return values[name].value


def off(mine: Callable[[], float], peer: Callable[[], float]) -> float:
    """Return by how many percent the median over rounds of the ratio of both is off one."""
    ratios = []
    for index in range(ROUNDS):
        first, second = (mine, peer) if index % 2 else (peer, mine)
        one, other = first(), second()
        ratios.append(one / other if index % 2 else other / one)
    return 100 * abs(statistics.median(ratios) - 1)


def bench() -> list[Outcome]:
    """Compare with benchmark_app on OpenVINO and with a bare loop on ONNX Runtime."""
    outcomes = []
    with contenders() as files:
        for kind in ("latency", "throughput"):
            told = f"{ROUNDS} rounds of {SECONDS:g} s in turn"
            for peer, engine, theirs in (
                ("benchmark_app", "openvino", _app(files, kind)),
                ("a bare ONNX Runtime loop", "onnxruntime", _bare(files, kind)),
            ):
                entrant = files.entrant(files.fp32, purpose=kind, engine=engine)
                with let_go(entrant):
                    value = off(lambda entrant=entrant: ours(entrant), theirs)  # type: ignore[misc]
                outcomes.append(
                    Outcome(f"{kind} off {peer}", value, "%", 2, f"{peer}, FP32, {told}")
                )
    return outcomes


def _app(files: Contenders, kind: str) -> Callable[[], float]:
    return lambda: benchmark_app(files.fp32, files.shape(), hint=kind, seconds=SECONDS)[kind]  # type: ignore[arg-type]


def _bare(files: Contenders, kind: str) -> Callable[[], float]:
    from benchfolio.runner import platform

    cores = platform.usable_cores()
    return lambda: float(python(_BARE, files.fp32, kind, str(cores), str(SECONDS)))
