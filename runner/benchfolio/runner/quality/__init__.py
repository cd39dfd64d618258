"""Quality of predictions: one function and one registry entry per metric, each with an interval.

Proportions have Wilson intervals, everything else a percentile bootstrap over samples or images;
see ``intervals``. Unit and meaning of a metric are in ``results.METRICS``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from benchfolio.results import BadInput
from benchfolio.runner.quality.classification import accuracy, accuracy_top5, macro_f1
from benchfolio.runner.quality.detection import map_50, map_coco
from benchfolio.runner.quality.problems import unfit
from benchfolio.runner.quality.score import Evaluation, Quality, Score, evaluation
from benchfolio.runner.quality.segmentation import mean_iou
from benchfolio.runner.quality.similarity import similarity
from benchfolio.runner.quality.text import exact_match, f1_squad
from benchfolio.runner.suite import Model

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples

__all__ = ["QUALITIES", "Evaluation", "Quality", "Score", "evaluate", "similarity"]

_RANKED = frozenset({"argmax", "top", "threshold"})
_BOXES = frozenset({"detections"})
_TEXT = frozenset({"answer"})

QUALITIES: Mapping[str, Quality] = MappingProxyType(
    {
        "accuracy": Quality(function=accuracy, postprocesses=_RANKED),
        "accuracy@top1": Quality(function=accuracy, postprocesses=_RANKED),
        "accuracy@top5": Quality(function=accuracy_top5, postprocesses=frozenset({"top"})),
        "f1@macro": Quality(function=macro_f1, postprocesses=_RANKED),
        "mean_iou": Quality(function=mean_iou, postprocesses=frozenset({"segmentation"})),
        "map@50:95": Quality(function=map_coco, postprocesses=_BOXES),
        "map@50": Quality(function=map_50, postprocesses=_BOXES),
        "em": Quality(function=exact_match, postprocesses=_TEXT),
        "f1@squad": Quality(function=f1_squad, postprocesses=_TEXT),
    }
)
"""Metrics that compare predictions with targets, by metric id."""


def evaluate(model: Model, predictions: Sequence[Any], samples: Samples) -> Evaluation:
    """Compare predictions with the targets, by every metric of the model.

    Args:
        model: As the suite describes it.
        predictions: From ``processing.postprocess``, one per sample, in order.
        samples: The data set.

    Raises:
        BadInput: Targets are missing, or do not fit the predictions or the metric.
    """
    if samples.targets is None:
        raise BadInput(unfit(model, "the data set has no targets", "targets", "none"))
    if len(predictions) != len(samples):
        got = f"{len(predictions)} predictions"
        raise BadInput(unfit(model, "not one prediction per sample", f"{len(samples)}", got))
    scores: dict[str, Score] = {}
    for metric in model.metrics:
        try:
            scores[metric] = QUALITIES[metric].function(model, predictions, samples)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            what = f"{metric} cannot be computed"
            raise BadInput(unfit(model, what, "targets of its kind", str(error))) from error
    return evaluation(scores, len(samples))
