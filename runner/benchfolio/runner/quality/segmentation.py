"""Right pixels: mean IoU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from benchfolio.runner.quality.intervals import bootstrap, mean_of_present
from benchfolio.runner.quality.score import Array, Floats, Score
from benchfolio.runner.quality.targets import targets
from benchfolio.runner.suite import Model

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples

IGNORED = 255
"""Mask value of pixels that count for nothing, as in Pascal VOC."""


def mean_iou(_: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """Mean IoU of the classes that occur in targets or predictions; pixels of 255 are ignored.

    Intersections and unions are summed over all images first (one confusion matrix), as Pascal VOC
    does; the outcome of one image is its own mean IoU. This is torchmetrics'
    ``JaccardIndex(task="multiclass", average="macro", ignore_index=255)`` and scikit-learn's
    ``jaccard_score(average="macro")`` over the pixels that count. torchmetrics' ``MeanIoU`` is
    another number: the mean over every pair of an image and a class in it, of that image's IoU;
    for a single image the two agree.
    """
    wanted = [np.asarray(each) for each in targets(samples)]
    masks = [
        _at_size(np.asarray(each), target) for each, target in zip(predictions, wanted, strict=True)
    ]
    counts = [_overlap(mask, target) for mask, target in zip(masks, wanted, strict=True)]
    inner = np.stack([both for both, _ in counts]).astype(np.float64)
    union = np.stack([either for _, either in counts]).astype(np.float64)

    def statistic(weights: Floats) -> Floats:
        return mean_of_present(weights @ inner, weights @ union)

    return bootstrap(statistic, mean_of_present(inner, union), over="images")


def _at_size(mask: Array, target: Array) -> Array:
    """Bring a predicted mask to the size of the target, nearest neighbour, where it differs."""
    if mask.ndim != 2 or target.ndim != 2:
        raise ValueError(f"masks [H, W] are wanted, not {mask.shape} and {target.shape}")
    rows, columns = (
        np.arange(wanted) * given // wanted
        for wanted, given in zip(target.shape, mask.shape, strict=True)
    )
    return mask if mask.shape == target.shape else mask[np.ix_(rows, columns)]


def _overlap(mask: Array, target: Array) -> tuple[Array, Array]:
    """Return intersection and union per class, [255] each, in pixels."""
    counted = target != IGNORED
    found, wanted = mask[counted], target[counted]
    if found.size and max(found.max(), wanted.max()) >= IGNORED:
        raise ValueError(f"classes from 0 to {IGNORED - 1} are wanted")
    both = np.bincount(found[found == wanted], minlength=IGNORED)
    each = np.bincount(found, minlength=IGNORED) + np.bincount(wanted, minlength=IGNORED)
    return both, each - both
