"""Boxes: thresholds, formats and non-maximum suppression."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta

from benchfolio.runner.processing.look import Look
from benchfolio.runner.processing.stage import Array, Count
from benchfolio.runner.suite import Part


class Detections(msgspec.Struct, frozen=True):
    """What was found in one image, best first.

    Attributes:
        boxes: float64 [K, 4]: left, top, right, bottom in pixels of the model's input.
        scores: float64 [K].
        labels: int64 [K], index of the class.
    """

    boxes: Array
    scores: Array
    labels: Array


class DetectionOptions(Part, frozen=True, kw_only=True):
    """Argument of ``detections``.

    Attributes:
        boxes: Output with boxes [.., K, 4].
        scores: Output with scores [.., K, classes], or [.., K] where ``labels`` is given.
        labels: Output with classes [.., K].
        format: ``xyxy`` (corners), ``xywh`` (corner and size) or ``cxcywh`` (centre and size).
        size: Height and width in pixels, where boxes are relative to them (0 to 1).
        score_threshold: Lower scores are dropped.
        iou_threshold: Of two boxes of one class that overlap by more, the better stays.
        max_detections: At most so many are kept, the best.
    """

    boxes: str
    scores: str
    labels: str | None = None
    format: Literal["xyxy", "xywh", "cxcywh"] = "xyxy"
    size: tuple[Count, Count] | None = None
    score_threshold: Annotated[float, Meta(ge=0, le=1)] = 0.05
    iou_threshold: Annotated[float, Meta(ge=0, le=1)] = 0.5
    max_detections: Count = 100


def detections(look: Look, options: DetectionOptions) -> Detections:
    """Find boxes: threshold, non-maximum suppression class by class, the best of what is left."""
    boxes, scores, labels = _candidates(look, options)
    kept: list[npt.NDArray[np.int64]] = []
    for label in np.unique(labels):
        of_class = np.flatnonzero(labels == label)
        order = of_class[np.argsort(-scores[of_class], kind="stable")]
        kept.append(_suppress(boxes, order, options.iou_threshold))
    chosen = np.concatenate(kept) if kept else np.empty(0, np.int64)
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")][: options.max_detections]
    return Detections(boxes[chosen], scores[chosen], labels[chosen])


def _candidates(look: Look, options: DetectionOptions) -> tuple[Array, Array, Array]:
    """Return boxes [M, 4] as corners, scores [M] and labels [M] of at least the threshold."""
    boxes = look.output(options.boxes).reshape(-1, 4).astype(np.float64)
    boxes = _corners(boxes, options.format)
    if options.size is not None:
        boxes = boxes * np.tile(np.array(options.size, np.float64)[::-1], 2)
    scores = look.output(options.scores).astype(np.float64)
    if options.labels is not None:
        labels = look.output(options.labels).ravel().astype(np.int64)
        above = np.flatnonzero(scores.ravel() >= options.score_threshold)
        return boxes[above], scores.ravel()[above], labels[above]
    table = scores.reshape(len(boxes), -1)
    rows, labels = np.nonzero(table >= options.score_threshold)
    return boxes[rows], table[rows, labels], labels.astype(np.int64)


def _corners(boxes: Array, form: str) -> Array:
    if form == "xyxy":
        return boxes
    start, size = boxes[:, :2], boxes[:, 2:]
    start = start - size / 2 if form == "cxcywh" else start
    return np.concatenate([start, start + size], axis=1)


def _suppress(boxes: Array, order: Array, limit: float) -> npt.NDArray[np.int64]:
    """Return those of the boxes, best first, that no better one kept overlaps too much."""
    kept: list[int] = []
    while order.size:
        best, order = int(order[0]), order[1:]
        kept.append(best)
        order = order[_iou(boxes[best], boxes[order]) <= limit]
    return np.array(kept, np.int64)


def _iou(box: Array, others: Array) -> Array:
    """Return the intersection over union of a box [4] with others [K, 4]; 0 where empty."""
    inner = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    both = inner.clip(0).prod(1)
    areas = (others[:, 2:] - others[:, :2]).clip(0).prod(1)
    union = areas + (box[2:] - box[:2]).clip(0).prod() - both
    iou: Array = np.divide(both, union, out=np.zeros_like(both), where=union > 0)
    return iou
