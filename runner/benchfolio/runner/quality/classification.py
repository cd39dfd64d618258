"""Right classes: accuracy and macro F1, as scikit-learn computes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from benchfolio.runner.quality.intervals import bootstrap, mean_of_present, proportion
from benchfolio.runner.quality.score import Floats, Score
from benchfolio.runner.suite import Model

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples

Indices = npt.NDArray[np.int64]


def accuracy(_: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """Share of samples whose best class is the label (scikit-learn's ``accuracy_score``)."""
    return proportion(_top1(predictions) == _classes(samples))


def accuracy_top5(_: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """Share of samples whose label is among the five best (``top_k_accuracy_score``)."""
    labels = _classes(samples)
    few = min(np.size(each) for each in predictions)
    if few < 5:
        raise ValueError(
            f"five ranked classes are wanted, not {few}: use `postprocess: {{top: 5}}`"
        )
    ranked = np.stack([np.ravel(each)[:5] for each in predictions])
    return proportion((ranked == labels[:, None]).any(axis=1))


def macro_f1(_: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """Mean F1 of the classes that occur as label or prediction (``f1_score``, macro)."""
    pairs = np.stack([_classes(samples), _top1(predictions)])
    classes, (labels, found) = np.unique(pairs, return_inverse=True)
    is_right = labels == found
    right = labels[is_right]

    def count(where: Indices, weights: Floats) -> Floats:
        counts = [np.bincount(where, row, len(classes)) for row in weights]
        return np.array(counts, np.float64)

    def statistic(weights: Floats) -> Floats:
        both = count(right, weights[:, is_right])
        return mean_of_present(2 * both, count(labels, weights) + count(found, weights))

    return bootstrap(statistic, is_right)


def _classes(samples: Samples) -> Indices:
    """Return the target classes [N].

    Raises:
        ValueError: The targets are something else.
    """
    targets = np.asarray(samples.targets)
    if targets.dtype.kind not in "iub" or targets.ndim != 1:
        raise ValueError(f"one class per sample is wanted, not {targets.dtype} {targets.shape}")
    return targets.astype(np.int64)


def _top1(predictions: Sequence[Any]) -> Indices:
    return np.array([np.ravel(each)[0] for each in predictions], np.int64)
