"""Two formats of a bundled model, held ready as a run holds them, and the peers beside them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from benchfolio.results import Precision
from benchfolio.runner.inspecting import inspect
from benchfolio.runner.jobs import Hold, Inspect, Inspected, Open, Subject
from benchfolio.runner.process import Held
from benchfolio.runner.racing import Entrant, Setting
from benchfolio.runner.suite import Latency
from benchfolio.runner.suite_file import load_suite

SUITE = Path(__file__).resolve().parents[2] / "suite" / "suite.yaml"
MODEL = "digits-resnet"
BLOCK_SECONDS = Latency().block_seconds
_BENCHMARK_APP = "import sys; from openvino.tools.benchmark.main import main; sys.exit(main())"
_QUANTISE = """
import sys, numpy, nncf, openvino
model = openvino.Core().read_model(sys.argv[1])
model.reshape([1, 1, 96, 96])
rng = numpy.random.default_rng(0)
samples = [rng.random((1, 1, 96, 96), numpy.float32) for _ in range(32)]
openvino.save_model(nncf.quantize(model, nncf.Dataset(samples), subset_size=32), sys.argv[2])
"""


@dataclass(frozen=True)
class Contenders:
    """A model in FP32 and INT8, as files, with samples.

    Attributes:
        subject: The model, as jobs describe it.
        found: What it and its samples are.
        fp32: The original, ONNX.
        int8: Quantised by NNCF, IR.
    """

    subject: Subject
    found: Inspected
    fp32: str
    int8: str

    def shape(self, batch: int = 1) -> str:
        """Return the shape as benchmark_app takes it."""
        ((_, shape),) = self.found.feeds[batch].shapes.items()
        return str([*shape])

    def entrant(
        self,
        path: str,
        *,
        purpose: Literal["latency", "throughput"] = "latency",
        baseline: Entrant | None = None,
        engine: str = "openvino",
        batch: int = 1,
        name: str = "",
        hold: type[Held] = Held,
    ) -> Entrant:
        """Return a format, held ready and warm."""
        precision = Precision.INT8 if path == self.int8 else Precision.FP32
        held = hold(
            Hold(
                subject=self.subject,
                engine=engine,
                device="CPU",
                precision=precision,
                artefact=path,
            )
        )
        feeds = self.found.feeds[batch]
        shapes = {
            key: tuple(size for size in shape if size is not None)
            for key, shape in feeds.shapes.items()
        }
        setting = Setting(
            open=Open(
                name="bench",
                purpose=purpose,
                feeds=feeds.path,
                shapes=shapes,
                cores=_cores(),
                warmup_seconds=0.3,
            ),
            figure=purpose,
            batch=batch,
            block_seconds=BLOCK_SECONDS,
            seconds=120,
        )
        entrant = Entrant(name or f"{engine} {precision.value}", setting, [held], baseline)
        entrant.open()
        assert entrant.refused is None, entrant.refused
        return entrant


@contextmanager
def contenders(batches: Sequence[int] = (1,)) -> Iterator[Contenders]:
    """Make both formats in a folder that goes away."""
    suite = load_suite(SUITE)
    model = suite.models[MODEL]
    assert model.dataset is not None
    with tempfile.TemporaryDirectory() as folder:
        subject = Subject(
            model=model,
            dataset=suite.datasets[model.dataset],
            folder=str(SUITE.parent),
            cache=str(Path(folder) / "cache"),
        )
        found = inspect(Inspect(subject=subject, batches=tuple(batches), scratch=folder))
        int8 = str(Path(folder) / "int8.xml")
        python(_QUANTISE, found.files[0], int8)
        yield Contenders(subject=subject, found=found, fp32=found.files[0], int8=int8)


@contextmanager
def let_go(*entrants: Entrant) -> Iterator[None]:
    """End the processes of entrants afterwards."""
    try:
        yield
    finally:
        for entrant in entrants:
            for holder in entrant.holders:
                holder.end()


def benchmark_app(
    path: str, shape: str, *, hint: Literal["latency", "throughput"], seconds: float
) -> dict[str, float]:
    """Run OpenVINO's benchmark_app in a process of its own; return its median and throughput.

    Its precision is fixed to that of ours: left to itself it would compute in BF16 where it can.

    Returns:
        ``latency`` in ms, ``throughput`` in samples per second.
    """
    with tempfile.TemporaryDirectory() as folder:
        options = ["-m", path, "-d", "CPU", "-hint", hint, "-t", f"{seconds:g}", "-shape", shape]
        options += ["-infer_precision", "f32", "-json_stats", "-report_type", "no_counters"]
        python(_BENCHMARK_APP, *options, "-report_folder", folder)
        (report,) = Path(folder).glob("*.json")
        return _figures(json.loads(report.read_text(encoding="utf-8")))


def _figures(report: dict[str, Any]) -> dict[str, float]:
    results = report["execution_results"]
    return {
        "latency": float(results["latency (ms)"]),
        "throughput": float(results["throughput"]),
    }


def python(code: str, *arguments: str) -> str:
    """Run code in an interpreter of its own; return what it prints."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


class SwitchingLoad:
    """Zero to two busy processes, switched every 0.5 to 4 seconds, until it is left."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        """Begin."""
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """End, and take the busy processes away."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            busy = [
                subprocess.Popen([sys.executable, "-c", "while True: pass"])
                for _ in range(self._random.choice((0, 1, 2)))
            ]
            self._over.wait(self._random.uniform(0.5, 4))
            for process in busy:
                process.kill()
                process.wait()


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long something takes, wall time."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _cores() -> int:
    from benchfolio.runner import platform

    return platform.usable_cores()
