"""Outputs into predictions.

Each post-processing is a function from what there is of one sample to a prediction, and one entry
in ``POSTPROCESSES``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from benchfolio.results import BadInput, Problem
from benchfolio.runner.processing.answers import AnswerOptions, answer
from benchfolio.runner.processing.detections import DetectionOptions, detections
from benchfolio.runner.processing.look import Look, split
from benchfolio.runner.processing.stage import Array, Count, Stage, argument
from benchfolio.runner.suite import Model, Part

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples


class SegmentationOptions(Part, frozen=True, kw_only=True):
    """Argument of ``segmentation``: the axis of classes in the model's output, batch counted."""

    axis: int = 1


def none(look: Look, _: None) -> Array:
    """Take the output as it is."""
    return look.main


def argmax(look: Look, _: None) -> Array:
    """Take the class with the highest score, int64 []; the first of equals."""
    return np.asarray(look.main.argmax(), np.int64)


def top(look: Look, count: Count) -> Array:
    """Take the classes with the highest scores, best first, int64 [count]; the first of equals."""
    return np.argsort(-look.main.ravel(), kind="stable")[:count].astype(np.int64)


def threshold(look: Look, limit: float) -> Array:
    """Take class 1 where a single score is above the limit, else 0; int64 []."""
    if look.main.size != 1:
        raise ValueError(f"one score is wanted, not shape {list(look.main.shape)}")
    return np.asarray(look.main.item() > limit, np.int64)


def segmentation(look: Look, options: SegmentationOptions) -> Array:
    """Take the class with the highest score per pixel, int64 [H, W]."""
    axis = options.axis - 1 if look.batched and options.axis > 0 else options.axis
    mask = look.main.argmax(axis)
    return np.asarray(mask.reshape(mask.shape[-2:]), np.int64)


POSTPROCESSES: Mapping[str, Stage] = MappingProxyType(
    {
        "none": Stage(function=none, argument=None),
        "argmax": Stage(function=argmax, argument=None),
        "top": Stage(function=top, argument=Count),
        "threshold": Stage(function=threshold, argument=float),
        "segmentation": Stage(function=segmentation, argument=SegmentationOptions),
        "detections": Stage(function=detections, argument=DetectionOptions),
        "answer": Stage(function=answer, argument=AnswerOptions),
    }
)
"""Post-processings by name. Each sees one sample: its outputs and, where it asks, its fields."""


def postprocess(
    model: Model,
    outputs: Mapping[str, Array],
    samples: Samples | None = None,
    indices: Sequence[int] | None = None,
) -> list[Any]:
    """Return the predictions of one inference, one per sample.

    Args:
        model: As the suite describes it.
        outputs: Arrays by output name; with a batch axis in front where ``model.batch``.
        samples: The data set, for post-processings that look at fields of the sample.
        indices: Which samples these are. A batch that was filled up beyond them gives no more
            predictions than there are indices. All of the batch when left out.

    Returns:
        What the post-processing makes: an array (``none``, ``argmax``, ``top``, ``threshold``,
        ``segmentation``), ``Detections``, or a text (``answer``).

    Raises:
        BadInput: The outputs, or the fields of a sample, are not what the suite says.
    """
    stage = POSTPROCESSES[model.postprocess.name]
    try:
        value = argument(stage, model.postprocess)
        return [stage.function(look, value) for look in _looks(model, outputs, samples, indices)]
    except (ValueError, TypeError, IndexError) as error:
        raise BadInput(
            Problem(
                where=f"model {model.name}, postprocess {model.postprocess.name}",
                what="the outputs cannot be made into predictions",
                expected="outputs and fields of samples as the suite describes them",
                got=str(error)[:300],
                remedy="correct `output` or `postprocess` of the model in the suite",
            )
        ) from error


def _looks(
    model: Model,
    outputs: Mapping[str, Array],
    samples: Samples | None,
    indices: Sequence[int] | None,
) -> list[Look]:
    parts = split(model, outputs)
    if indices is None:
        return [Look(outputs=part, chosen=model.output, batched=model.batch) for part in parts]
    return [
        Look(
            outputs=part,
            chosen=model.output,
            batched=model.batch,
            sample=None if samples is None else partial(samples.item, index),
        )
        for part, index in zip(parts, indices, strict=False)
    ]
