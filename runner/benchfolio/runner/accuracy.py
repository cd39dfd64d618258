"""In the child process: the quality of one artefact, over every sample of a data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from benchfolio.results import Precision
from benchfolio.runner import datasets, quality
from benchfolio.runner.describing import shape_of
from benchfolio.runner.engines.base import Config, Engine, Outputs, Session
from benchfolio.runner.inspecting import load_feeds
from benchfolio.runner.jobs import Measure, Measured
from benchfolio.runner.processing import postprocess, preprocess, split

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples


def measure_accuracy(engine: Engine, job: Measure) -> Measured:
    """Measure the metrics of a model, or the likeness to its baseline where there are no targets.

    Args:
        engine: What runs the artefact, and the baseline where it is needed.
        job: What to measure.

    Returns:
        Values and per-sample outcomes.

    Raises:
        Unsupported: The engine says that it cannot; the reason is in its words.
        BadInput: The data do not fit the model.
    """
    subject = job.subject
    model = subject.model
    assert subject.dataset is not None
    samples = datasets.load(subject.dataset, Path(subject.folder), Path(subject.cache))
    patient = _Patient(engine, job, job.artefact, job.precision)
    if model.metrics and samples.targets is not None:
        predictions = patient.predictions(samples)
        evaluation = quality.evaluate(model, predictions, samples)
    else:
        assert job.baseline is not None
        baseline = _Patient(engine, job, job.baseline, Precision.FP32)
        results = patient.results(samples)
        evaluation = quality.similarity(model, baseline.results(samples), results)
    return Measured(
        values=evaluation.values,
        outcomes=evaluation.outcomes,
        settings=patient.session().settings(),
        shape=shape_of(load_feeds(Path(job.feeds))),
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
            self._session = self._engine.load(self._artefact, self._config())
        return self._session

    def predictions(self, samples: Samples) -> list[Any]:
        """Return the prediction for each sample."""
        model = self._job.subject.model
        return [
            prediction
            for indices, outputs in self._outputs(samples)
            for prediction in postprocess(model, outputs, samples, indices)
        ]

    def results(self, samples: Samples) -> list[Mapping[str, Any]]:
        """Return the raw outputs for each sample."""
        model = self._job.subject.model
        return [
            result
            for indices, outputs in self._outputs(samples)
            for result in split(model, outputs)[: len(indices)]
        ]

    def _outputs(self, samples: Samples) -> Iterator[tuple[Sequence[int], Outputs]]:
        """Yield the outputs of all samples in order, batch by batch, with the samples they are of.

        The last batch is filled up with its last sample, so that one shape serves all.
        """
        subject, batch = self._job.subject, self._job.batch
        for start in range(0, len(samples), batch):
            indices = list(range(start, min(start + batch, len(samples))))
            filled = indices + indices[-1:] * (batch - len(indices))
            feeds = preprocess(subject.model, samples, filled, subject.ports)
            if self._shapes and {name: feed.shape for name, feed in feeds.items()} != self._shapes:
                self._shapes = {}
                self._session = None
            yield indices, self.session().infer(feeds)

    def _config(self) -> Config:
        config = self._job.config("latency")
        return structs.replace(config, precision=self._precision, shapes=self._shapes)
