"""Writes torchmetrics-mean-iou.json: masks, and what torchmetrics makes of them.

Run once with torch and torchmetrics installed, which the tests do not need::

    python tests/runner/golden/torchmetrics_mean_iou.py

Masks are texts, one character a pixel, one text a row: the class, or ``.`` for the value 255.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found]
import torchmetrics  # type: ignore[import-not-found]
from torchmetrics.classification import MulticlassJaccardIndex  # type: ignore[import-not-found]
from torchmetrics.segmentation import MeanIoU  # type: ignore[import-not-found]

OUT = Path(__file__).with_name("torchmetrics-mean-iou.json")
IGNORED = 255
SHAPE = (3, 6, 8)  # images, height, width

Masks = np.ndarray


def near(rng: np.random.Generator, target: Masks, classes: int, share: float) -> Masks:
    """Return a prediction that is right except for some pixels."""
    other = rng.integers(0, classes, target.shape)
    known = np.where(target == IGNORED, other, target)
    return np.where(rng.random(target.shape) < share, other, known)


def made() -> dict[str, tuple[int, Masks, Masks]]:
    """Return number of classes, predictions and targets by name of the case."""
    rng = np.random.default_rng(11)
    any_ = rng.integers(0, 4, SHAPE)
    absent = rng.choice([0, 2, 5], SHAPE)  # 1, 3 and 4 of six classes occur nowhere
    ignored = np.where(rng.random(SHAPE) < 0.3, IGNORED, any_)
    blank = ignored.copy()
    blank[1] = IGNORED
    only_predicted = near(rng, absent, 6, 0.2)
    only_predicted[0, 0, :3] = 4
    return {
        "random": (4, rng.integers(0, 4, SHAPE), any_),
        "mostly right": (4, near(rng, any_, 4, 0.25), any_),
        "absent classes": (6, np.where(rng.random(SHAPE) < 0.2, 0, absent), absent),
        "a class only predicted": (6, only_predicted, absent),
        "ignored pixels": (4, near(rng, ignored, 4, 0.25), ignored),
        "an image of ignored pixels": (4, near(rng, blank, 4, 0.25), blank),
        "perfect": (4, any_, any_),
        "all wrong": (4, (any_ + 1) % 4, any_),
    }


def rows(masks: Masks) -> list[list[str]]:
    """Return masks as texts."""
    return [
        ["".join("." if pixel == IGNORED else str(pixel) for pixel in row) for row in mask]
        for mask in masks
    ]


def jaccard(classes: int, predicted: Masks, target: Masks) -> float:
    """Return the Jaccard index of all pixels, mean over classes."""
    metric = MulticlassJaccardIndex(classes, average="macro", ignore_index=IGNORED)
    for one, other in zip(predicted, target, strict=True):
        metric.update(torch.from_numpy(one), torch.from_numpy(other))
    return float(metric.compute())


def mean_iou(classes: int, predicted: Masks, target: Masks) -> float:
    """Return MeanIoU with one update per image; it knows no pixels to be ignored."""
    metric = MeanIoU(classes, input_format="index")
    for one, other in zip(predicted, target, strict=True):
        metric.update(torch.from_numpy(one)[None], torch.from_numpy(other)[None])
    return float(metric.compute())


def case(classes: int, predicted: Masks, target: Masks) -> dict[str, object]:
    """Return masks and results."""
    found: dict[str, object] = {"jaccard_macro": jaccard(classes, predicted, target)}
    if not (target == IGNORED).any():
        found["mean_iou"] = mean_iou(classes, predicted, target)
        found["mean_iou_per_image"] = [
            mean_iou(classes, predicted[k : k + 1], target[k : k + 1]) for k in range(len(target))
        ]
    return {"predicted": rows(predicted), "target": rows(target), **found}


if __name__ == "__main__":
    golden = {
        "torch": torch.__version__,
        "torchmetrics": torchmetrics.__version__,
        "cases": {name: case(*each) for name, each in made().items()},
    }
    OUT.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")
