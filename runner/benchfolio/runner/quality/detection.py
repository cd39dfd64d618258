"""Right boxes: mean average precision, matched by pycocotools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from benchfolio.runner.processing import Detections
from benchfolio.runner.quality.intervals import SLOW_RESAMPLES, bootstrap
from benchfolio.runner.quality.score import Array, Floats, Score
from benchfolio.runner.quality.targets import targets
from benchfolio.runner.suite import Model

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples, Truth


def map_coco(model: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """COCO mAP: mean over classes and IoU 0.50:0.05:0.95; see ``_average_precision``."""
    return _average_precision(model, predictions, samples, slice(None))


def map_50(model: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """COCO mAP at IoU 0.50; see ``_average_precision``."""
    return _average_precision(model, predictions, samples, slice(0, 1))


def _average_precision(
    model: Model, predictions: Sequence[Any], samples: Samples, thresholds: slice
) -> Score:
    """Match by pycocotools once (all areas, at most 100 detections), resample the matches.

    The outcome of an image is the share of its objects that are found at the lowest threshold.
    """
    truths = _truths(samples)
    found = [
        _in_image_pixels(model, each, truth)
        for each, truth in zip(predictions, truths, strict=True)
    ]
    matches, outcomes = _match(found, truths, thresholds)

    def statistic(weights: Floats) -> Floats:
        return _resampled_precision(matches, weights)

    return bootstrap(statistic, outcomes, resamples=SLOW_RESAMPLES, over="images")


def _truths(samples: Samples) -> Sequence[Truth]:
    from benchfolio.runner.datasets import Truth

    truths = [each for each in targets(samples) if isinstance(each, Truth)]
    if len(truths) != len(samples):
        raise ValueError("annotated boxes are wanted: a data set of kind coco")
    if not any(len(truth.labels) for truth in truths):
        raise ValueError("there is no annotated box in any image")
    return truths


def _in_image_pixels(model: Model, found: Detections, truth: Truth) -> Detections:
    """Scale boxes back where a step resized the image before the model saw it."""
    sizes = [
        step.value
        for wanted in model.inputs.values()
        for step in wanted.steps
        if step.name == "resize"
    ]
    if not sizes:
        return found
    factors = np.array(truth.size, np.float64)[::-1] / np.array(sizes[-1], np.float64)[::-1]
    return Detections(found.boxes * np.tile(factors, 2), found.scores, found.labels)


class _Matches(msgspec.Struct, frozen=True):
    """Detections of one class over all images, best first, as pycocotools matched them.

    Attributes:
        image: [D], index of the image.
        hit: [T, D], whether it found an object, by IoU threshold.
        miss: [T, D], whether it is a false alarm (neither a hit nor to be ignored).
        objects: [N], number of objects of the class per image.
    """

    image: Array
    hit: Array
    miss: Array
    objects: Floats


def _match(
    found: Sequence[Detections], truths: Sequence[Truth], thresholds: slice
) -> tuple[list[_Matches], Floats]:
    """Return matches per class that has objects, and per image the share of objects found."""
    evaluation = _coco_evaluation(found, truths, thresholds)
    count = len(truths)
    per_class = [
        evaluation.evalImgs[first : first + count]
        for first in range(0, len(evaluation.evalImgs), count)
    ]
    matches = [_class_matches(images, count) for images in per_class]
    objects = sum((each.objects for each in matches), np.zeros(count))
    hits = np.zeros(count)
    for each in matches:
        np.add.at(hits, each.image, each.hit[0])
    share = np.divide(hits, objects, out=np.ones(count), where=objects > 0)
    return [each for each in matches if each.objects.any()], share


def _coco_evaluation(
    found: Sequence[Detections], truths: Sequence[Truth], thresholds: slice
) -> Any:  # noqa: ANN401 - pycocotools has no types
    import contextlib
    import io

    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):  # it prints its progress
        wanted, given = COCO(), COCO()
        wanted.dataset, given.dataset = _coco_truth(truths), _coco_found(found, truths)
        wanted.createIndex()
        given.createIndex()
        evaluation = COCOeval(wanted, given, "bbox")
        evaluation.params.iouThrs = evaluation.params.iouThrs[thresholds]
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, 1e10]], ["all"]
        evaluation.params.maxDets = [100]
        evaluation.evaluate()
    return evaluation


def _coco_truth(truths: Sequence[Truth]) -> dict[str, Any]:
    labels = {int(label) for truth in truths for label in truth.labels}
    annotations = [
        {
            "image_id": image,
            "category_id": int(truth.labels[k]),
            "bbox": _xywh(truth.boxes[k]),
            "area": float(truth.areas[k]),
            "iscrowd": int(truth.crowd[k]),
        }
        for image, truth in enumerate(truths)
        for k in range(len(truth.labels))
    ]
    return _coco_dataset(len(truths), labels, annotations)


def _coco_found(found: Sequence[Detections], truths: Sequence[Truth]) -> dict[str, Any]:
    labels = {int(label) for truth in truths for label in truth.labels}
    annotations = [
        {
            "image_id": image,
            "category_id": int(each.labels[k]),
            "bbox": (box := _xywh(each.boxes[k])),
            "area": box[2] * box[3],
            "iscrowd": 0,
            "score": float(each.scores[k]),
        }
        for image, each in enumerate(found)
        for k in range(len(each.labels))
    ]
    return _coco_dataset(len(found), labels, annotations)


def _coco_dataset(
    count: int, labels: set[int], annotations: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "images": [{"id": image} for image in range(count)],
        "categories": [{"id": label} for label in sorted(labels)],
        # Ids from 1: pycocotools takes an id of 0 for "not matched".
        "annotations": [{"id": id_, **each} for id_, each in enumerate(annotations, 1)],
    }


def _xywh(box: Array) -> list[float]:
    return [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])]


def _class_matches(images: Sequence[Mapping[str, Any] | None], count: int) -> _Matches:
    """Put the matches of one class in the order of scores, as ``COCOeval.accumulate`` does."""
    objects = np.zeros(count)
    parts: list[tuple[Array, Array, Array, Array]] = []
    for image, each in enumerate(images):
        if each is None:
            continue
        objects[image] = np.count_nonzero(np.asarray(each["gtIgnore"]) == 0)
        scores = np.asarray(each["dtScores"], np.float64)
        hit, ignored = each["dtMatches"] > 0, each["dtIgnore"].astype(bool)
        parts.append((np.full(scores.size, image), scores, hit & ~ignored, ~hit & ~ignored))
    if not parts:
        return _Matches(np.empty(0, np.int64), np.empty((1, 0)), np.empty((1, 0)), objects)
    owner, scores = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    hits, misses = (np.concatenate([part[k] for part in parts], axis=1) for k in (2, 3))
    order = np.argsort(-scores, kind="mergesort")
    return _Matches(owner[order], hits[:, order], misses[:, order], objects)


def _resampled_precision(matches: Sequence[_Matches], weights: Floats) -> Floats:
    """Return the mean over classes and IoU thresholds of the average precision, [R, N] to [R]."""
    total, present = np.zeros(len(weights)), np.zeros(len(weights))
    for each in matches:
        for row, weight in enumerate(weights):
            objects = weight @ each.objects
            if objects > 0:
                total[row] += _class_precision(each, weight[each.image], objects)
                present[row] += 1
    mean: Floats = np.divide(total, present, out=np.full(len(weights), np.nan), where=present > 0)
    return mean


_RECALLS = np.linspace(0.0, 1.0, 101)


def _class_precision(matches: _Matches, weight: Floats, objects: float) -> float:
    """Return the average precision of one class, mean over thresholds: 101-point interpolation.

    A recall point takes the best precision at that recall or beyond, so a detection counts as often
    as there are recall points between the recall before it and its own.
    """
    hits = np.cumsum(matches.hit * weight, axis=1)
    misses = np.cumsum(matches.miss * weight, axis=1)
    precision = hits / (hits + misses + np.spacing(1))
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    reached = np.searchsorted(_RECALLS, hits / objects, side="right")
    points = np.diff(reached, axis=1, prepend=0)
    return float((best * points).sum() / (len(_RECALLS) * len(matches.hit)))
