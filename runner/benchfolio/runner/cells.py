"""In the child process: one cell is measured."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchfolio.results import Precision, Scenario, Share, Value
from benchfolio.runner import engines
from benchfolio.runner.engines.base import (
    TIMED_REGION,
    Config,
    Engine,
    Feeds,
    Outputs,
    Scalar,
    Session,
)
from benchfolio.runner.inspecting import load_feeds
from benchfolio.runner.jobs import Measure, Measured
from benchfolio.runner.measure import (
    latencies,
    latency_values,
    median,
    stream,
    throughput_value,
)

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples

_PROFILED_SECONDS = 0.3


def measure(job: Measure, keep: list[object]) -> Measured:
    """Measure one cell.

    Args:
        job: What to measure.
        keep: The engine is put here: destroying one while its threads wind down can block for
            ever, so whoever calls keeps it until the process ends.

    Raises:
        Unsupported: The engine says that it cannot; the reason is in its words.
        BadInput: The data do not fit the model.
        MissingEnvironment: The engine is not installed.
    """
    engine = engines.find(job.engine)
    keep.append(engine)
    measured = _SCENARIOS[job.scenario](engine, job)
    (version,) = engine.versions().values()
    return Measured(
        values=measured.values,
        executed=measured.executed,
        settings=measured.settings,
        shape=measured.shape,
        version=version,
    )


def _latency(engine: Engine, job: Measure) -> Measured:
    feeds = _feeds(job)
    started = time.perf_counter()
    session = engine.load(Path(job.artefact), _config(job))
    loaded = time.perf_counter()
    session.infer(feeds[0])
    first = time.perf_counter()
    times = latencies(
        session,
        feeds,
        seconds=job.seconds,
        at_least=job.min_requests,
        warmup=job.warmup_seconds,
    )
    values = latency_values(times)
    values["time@load"] = _milliseconds(loaded - started)
    values["time@first"] = _milliseconds(first - loaded)
    values["memory@peak"] = Value(value=peak_memory() / 2**20, unit="MiB", n=1)
    executed, why_not = _executed(session, feeds, median(sorted(times)))
    settings = {**_settings(session, job, feeds), **why_not}
    return Measured(values=values, executed=executed, settings=settings, shape=_shape(feeds))


def _throughput(engine: Engine, job: Measure) -> Measured:
    feeds = _feeds(job)
    session = engine.load(Path(job.artefact), _config(job))
    session.infer(feeds[0])
    completed = stream(session, feeds, seconds=job.seconds, warmup=job.warmup_seconds)
    return Measured(
        values={"throughput": throughput_value(completed, job.batch)},
        settings=_settings(session, job, feeds),
        shape=_shape(feeds),
    )


def _accuracy(engine: Engine, job: Measure) -> Measured:
    from benchfolio.runner import datasets, quality
    from benchfolio.runner.processing import postprocess, split

    subject = job.subject
    model = subject.model
    assert subject.dataset is not None
    samples = datasets.load(subject.dataset, Path(subject.folder), Path(subject.cache))
    runner = _Patient(engine, job, job.artefact, job.precision)
    if model.metrics and samples.targets is not None:
        predictions: list[Any] = []
        for count, outputs in runner.outputs(samples):
            predictions += postprocess(model, outputs)[:count]
        evaluation = quality.evaluate(model, predictions, samples)
    else:
        results: list[Mapping[str, Any]] = []
        for count, outputs in runner.outputs(samples):
            results += split(model, outputs)[:count]
        assert job.baseline is not None
        reference: list[Mapping[str, Any]] = []
        for count, outputs in _Patient(engine, job, job.baseline, Precision.FP32).outputs(samples):
            reference += split(model, outputs)[:count]
        evaluation = quality.similarity(model, reference, results)
    return Measured(
        values=evaluation.values,
        settings=runner.session().settings(),
        shape=_shape(_feeds(job)),
    )


class _Patient:
    """A model that is loaded with static shapes, and again with open ones where samples differ."""

    def __init__(self, engine: Engine, job: Measure, artefact: str, precision: Precision) -> None:
        self._engine = engine
        self._job = job
        self._artefact = Path(artefact)
        self._precision = precision
        self._shapes = job.shapes
        self._session: Session | None = None

    def session(self) -> Session:
        """Return the loaded model."""
        if self._session is None:
            config = _config(self._job, precision=self._precision, shapes=self._shapes)
            self._session = self._engine.load(self._artefact, config)
        return self._session

    def outputs(self, samples: Samples) -> Iterator[tuple[int, Outputs]]:
        """Yield the outputs of all samples in order, batch by batch, with how many are of use.

        The last batch is filled up with its last sample, so that one shape serves all.
        """
        from benchfolio.runner.processing import preprocess

        subject, batch = self._job.subject, self._job.batch
        for start in range(0, len(samples), batch):
            indices = list(range(start, min(start + batch, len(samples))))
            count = len(indices)
            indices += indices[-1:] * (batch - count)
            feeds = preprocess(subject.model, samples, indices, subject.ports)
            if self._shapes and {name: feed.shape for name, feed in feeds.items()} != self._shapes:
                self._shapes = {}
                self._session = None
            yield count, self.session().infer(feeds)


_SCENARIOS = {
    Scenario.ACCURACY: _accuracy,
    Scenario.LATENCY: _latency,
    Scenario.THROUGHPUT: _throughput,
}


def peak_memory() -> int:
    """Return the peak resident set of this process in bytes; since it began its program."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        memory = psutil.Process().memory_info()
        return int(getattr(memory, "peak_wset", memory.rss))
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else int(psutil.Process().memory_info().rss)


def _config(
    job: Measure,
    *,
    precision: Precision | None = None,
    shapes: dict[str, tuple[int, ...]] | None = None,
) -> Config:
    return Config(
        device=job.device,
        precision=precision or job.precision,
        purpose="throughput" if job.scenario is Scenario.THROUGHPUT else "latency",
        shapes=job.shapes if shapes is None else shapes,
        outputs=job.subject.outputs,
        cores=job.cores,
        streams=job.streams,
        requests=job.requests,
        options=job.options,
    )


def _feeds(job: Measure) -> list[Feeds]:
    assert job.feeds is not None
    return load_feeds(Path(job.feeds))


def _settings(session: Session, job: Measure, feeds: Sequence[Feeds]) -> dict[str, Scalar]:
    return {
        **session.settings(),
        "timed_region": TIMED_REGION,
        "distinct_requests": len(feeds),
        "warmup_seconds": job.warmup_seconds,
    }


def _executed(
    session: Session, feeds: Sequence[Feeds], seconds_each: float
) -> tuple[dict[str, Share], dict[str, Scalar]]:
    """Return what ran in which precision; an engine that cannot tell costs nothing but that."""
    count = max(1, min(8, len(feeds), int(_PROFILED_SECONDS / max(seconds_each, 1e-6))))
    try:
        return session.executed(feeds[:count]), {}
    except Exception as error:  # noqa: BLE001 - the values are measured; this is beside them
        return {}, {"executed_unknown": type(error).__name__}


def _shape(feeds: Sequence[Feeds]) -> str:
    """Write the shapes that ran, as ``image=1x1x96x96``; ``?`` for a size that differed."""
    parts = []
    for name in feeds[0]:
        sizes = zip(*(feed[name].shape for feed in feeds), strict=True)
        text = "x".join(str(each[0]) if len(set(each)) == 1 else "?" for each in sizes)
        parts.append(f"{name}={text or 'scalar'}")
    return " ".join(parts)


def _milliseconds(seconds: float) -> Value:
    return Value(value=seconds * 1e3, unit="ms", n=1)
