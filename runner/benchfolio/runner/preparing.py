"""In the child process: an artefact is made of a model by a quantiser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchfolio.results import METRICS, Direction, MissingEnvironment, Problem
from benchfolio.runner import quantisers
from benchfolio.runner.engines.base import Feeds
from benchfolio.runner.jobs import Prepare, Prepared, Subject
from benchfolio.runner.location import locate
from benchfolio.runner.quantisers.base import Infer, Task

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples, Targets


def prepare(job: Prepare) -> Prepared:
    """Make an artefact in the job's folder.

    Raises:
        Unsupported: The quantiser says that it cannot.
        BadInput: There are no calibration samples, or they do not fit.
        MissingEnvironment: The quantiser is not installed.
    """
    quantiser = quantisers.find(job.quantiser)
    samples = _calibration(job.subject) if quantiser.calibrates(job.method) else None
    feeds = _feeds(job, samples) if samples is not None else []
    model = job.subject.model
    task = Task(
        source=locate(model.path, Path(job.subject.folder)),
        precision=job.precision,
        method=job.method,
        options=job.options,
        feeds=feeds,
        shapes={
            name: tuple(size if isinstance(size, int) else None for size in shape)
            for name, shape in model.shape.items()
        },
        outputs=job.subject.outputs,
        validate=_validation(job.subject, samples, feeds),
    )
    try:
        made = quantiser.quantise(task, Path(job.out))
    except ModuleNotFoundError as error:
        raise MissingEnvironment(_missing(job.quantiser, str(error.name))) from error
    opset = _opset(Path(job.out, made.files[0]))
    return Prepared(format=made.format, files=made.files, opset=opset)


def _calibration(subject: Subject) -> Samples | None:
    if subject.dataset is None or subject.dataset.calibration is None:
        return None
    from benchfolio.runner import datasets

    return datasets.load(
        subject.dataset, Path(subject.folder), Path(subject.cache), subset="calibration"
    )


def _feeds(job: Prepare, samples: Samples) -> list[Feeds]:
    from benchfolio.runner.processing import preprocess

    subject = job.subject
    count = len(samples)
    subset = job.options.get("subset_size")
    if job.method == "ptq" and isinstance(subset, int):
        count = min(count, subset)
    return [preprocess(subject.model, samples, index, subject.ports) for index in range(count)]


class _Validation:
    """The suite's first metric on calibration samples, higher is better."""

    def __init__(self, subject: Subject, samples: Samples, feeds: Sequence[Feeds]) -> None:
        self._model = subject.model
        self._samples = samples
        self._feeds = feeds

    def __call__(self, infer: Infer, indices: Sequence[int]) -> float:
        from benchfolio.runner import quality
        from benchfolio.runner.processing import postprocess

        predictions = []
        for index in indices:
            outputs = infer(self._feeds[index])
            predictions += postprocess(self._model, outputs, self._samples, [index])
        metric = self._model.metrics[0]
        chosen = _subset(self._samples, indices)
        value = quality.evaluate(self._model, predictions, chosen).values[metric].value
        lower = METRICS[metric].direction is Direction.LOWER
        return -value if lower else value


def _validation(
    subject: Subject, samples: Samples | None, feeds: Sequence[Feeds]
) -> _Validation | None:
    if samples is None or samples.targets is None or not subject.model.metrics:
        return None
    return _Validation(subject, samples, feeds)


def _subset(samples: Samples, indices: Sequence[int]) -> Samples:
    from benchfolio.runner.datasets import Samples as Subset

    targets = samples.targets
    assert targets is not None
    chosen: Targets
    if isinstance(targets, np.ndarray):
        chosen = targets[list(indices)]
    else:
        chosen = [targets[index] for index in indices]
    return Subset(
        fields=samples.fields,
        count=len(indices),
        item=lambda index: samples.item(indices[index]),
        targets=chosen,
        classes=samples.classes,
        split=samples.split,
    )


def _opset(path: Path) -> int | None:
    if path.suffix != ".onnx":
        return None
    from benchfolio.runner.inspecting import read_onnx

    return read_onnx(path).opset


def _missing(quantiser: str, package: str) -> Problem:
    return Problem(
        where=quantiser,
        what="this quantiser is not installed",
        expected=f"the package {package}",
        got="nothing of that name",
        remedy=f"pip install 'benchfolio[{quantisers.QUANTISERS[quantiser]}]'",
    )
