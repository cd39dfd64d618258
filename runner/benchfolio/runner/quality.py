"""Quality of predictions: one function and one registry entry per metric, each with an interval.

Proportions have Wilson intervals (Wilson 1927, as SciPy computes them). Everything else has a
percentile bootstrap over samples or images: whole samples are drawn with replacement, which is
computed from per-sample counts and weights, so that a thousand resamples cost a matrix product.
Unit and meaning of a metric are in ``results.METRICS``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import NormalDist
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from benchfolio.results import METRICS, BadInput, Interval, Problem, Value
from benchfolio.runner.processing import Detections
from benchfolio.runner.suite import Model

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples, Truth

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

SEED = 0
RESAMPLES = 1000
BOX_RESAMPLES = 200
"""For mAP, whose statistic is a walk over all detections, not a product."""
_CHUNK = 8_000_000
"""Weights held at once, so that memory does not grow with the samples."""
IGNORED = 255
"""Mask value of pixels that count for nothing, as in Pascal VOC."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What a metric function returns, in its own scale (0–1), before it becomes a ``Value``.

    Attributes:
        value: The metric.
        low: Lower end of the 95 % interval.
        high: Upper end.
        method: How the interval was computed.
        outcomes: [N], per sample: right (bool), or a share between 0 and 1; for paired tests.
    """

    value: float
    low: float
    high: float
    method: str
    outcomes: Array


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """Quality of a model on a data set.

    Attributes:
        values: By metric id.
        outcomes: By metric id, one per sample in the data set's order; see ``Score.outcomes``.
    """

    values: dict[str, Value]
    outcomes: dict[str, Array]


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the registry.

    Attributes:
        function: From model, predictions and samples to a score.
        postprocesses: Names of the post-processings whose predictions it understands.
    """

    function: Callable[[Model, Sequence[Any], Samples], Score]
    postprocesses: frozenset[str]


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
        raise BadInput(_unfit(model, "the data set has no targets", "targets", "none"))
    if len(predictions) != len(samples):
        got = f"{len(predictions)} predictions"
        raise BadInput(_unfit(model, "not one prediction per sample", f"{len(samples)}", got))
    scores: dict[str, Score] = {}
    for metric in model.metrics:
        try:
            scores[metric] = QUALITIES[metric].function(model, predictions, samples)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            what = f"{metric} cannot be computed"
            raise BadInput(_unfit(model, what, "targets of its kind", str(error))) from error
    return Evaluation(
        values={id_: value(id_, score, len(samples)) for id_, score in scores.items()},
        outcomes={id_: score.outcomes for id_, score in scores.items()},
    )


def value(metric: str, score: Score, count: int) -> Value:
    """Write a score in the metric's unit."""
    unit = METRICS[metric].unit
    factor = 100.0 if unit == "%" else 1.0
    return Value(
        value=score.value * factor,
        unit=unit,
        n=count,
        interval=Interval(low=score.low * factor, high=score.high * factor, method=score.method),
    )


def _unfit(model: Model, what: str, expected: str, got: str) -> Problem:
    return Problem(
        where=f"model {model.name}",
        what=what,
        expected=expected,
        got=got[:300],
        remedy="correct the data set, `postprocess` or `metrics` in the suite",
    )


# --------------------------------------------------------------------------------------- intervals


def proportion(outcomes: npt.NDArray[np.bool_]) -> Score:
    """Score a share of samples, with its Wilson interval."""
    hits, count = int(outcomes.sum()), int(outcomes.size)
    low, high = wilson(hits, count)
    return Score(value=hits / count, low=low, high=high, method="Wilson", outcomes=outcomes)


def wilson(hits: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a proportion (Wilson 1927, without continuity correction).

    Written out because importing scipy.stats takes longer than most accuracy cells; a test holds
    it equal to scipy's.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, square = hits / count, z * z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = z * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    half /= 1 + square / count
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrap(
    statistic: Callable[[Floats], Floats],
    count: int,
    outcomes: Array,
    *,
    resamples: int = RESAMPLES,
    over: str = "samples",
) -> Score:
    """Score a statistic of all samples, with a percentile bootstrap interval over samples.

    Args:
        statistic: From weights [R, N], how often each sample was drawn, to values [R]. It must be
            the metric itself for weights of one.
        count: Number of samples N.
        outcomes: As in ``Score``.
        resamples: How often N samples are drawn.
        over: What is drawn, for the description.
    """
    whole = float(statistic(np.ones((1, count)))[0])
    drawn = np.concatenate([statistic(weights) for weights in _weights(count, resamples)])
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.percentile(drawn, [2.5, 97.5]) if drawn.size else (whole, whole)
    return Score(
        value=whole,
        low=float(low),
        high=float(high),
        method=f"percentile bootstrap over {over}, {resamples} resamples, seed {SEED}",
        outcomes=outcomes,
    )


def _weights(count: int, resamples: int) -> Iterator[Floats]:
    """Yield how often each sample is drawn, [≤ resamples, count] at a time."""
    rng = np.random.default_rng(SEED)
    rows = max(1, _CHUNK // count)
    for first in range(0, resamples, rows):
        size = min(rows, resamples - first)
        yield rng.multinomial(count, np.full(count, 1 / count), size).astype(np.float64)


# ----------------------------------------------------------------------------------- classification


def _classes(samples: Samples) -> npt.NDArray[np.int64]:
    """Return the target classes [N].

    Raises:
        ValueError: The targets are something else.
    """
    targets = np.asarray(samples.targets)
    if targets.dtype.kind not in "iub" or targets.ndim != 1:
        raise ValueError(f"one class per sample is wanted, not {targets.dtype} {targets.shape}")
    return targets.astype(np.int64)


def _targets(samples: Samples) -> Sequence[Any]:
    return () if samples.targets is None else list(samples.targets)


def _top1(predictions: Sequence[Any]) -> npt.NDArray[np.int64]:
    return np.array([np.ravel(each)[0] for each in predictions], np.int64)


def accuracy(_: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """Share of samples whose best class is the label."""
    return proportion(_top1(predictions) == _classes(samples))


def accuracy_top5(_: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """Share of samples whose label is among the five best classes."""
    labels = _classes(samples)
    few = min(np.size(each) for each in predictions)
    if few < 5:
        raise ValueError(
            f"five ranked classes are wanted, not {few}: use `postprocess: {{top: 5}}`"
        )
    ranked = np.stack([np.ravel(each)[:5] for each in predictions])
    return proportion((ranked == labels[:, None]).any(axis=1))


def macro_f1(_: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """Mean F1 of the classes that occur as label or prediction, as scikit-learn computes it."""
    labels, found = _classes(samples), _top1(predictions)
    classes = np.union1d(labels, found)
    is_label = (labels[:, None] == classes).astype(np.float64)
    is_found = (found[:, None] == classes).astype(np.float64)

    def statistic(weights: Floats) -> Floats:
        both = weights @ (is_label * is_found)
        total = weights @ (is_label + is_found)
        return _mean_of_present(2 * both, total)

    return bootstrap(statistic, len(labels), labels == found)


def _mean_of_present(part: Floats, whole: Floats) -> Floats:
    """Return the mean over classes of part / whole where whole > 0: [R, C] to [R]."""
    present = whole > 0
    ratio = np.divide(part, whole, out=np.zeros_like(part), where=present)
    mean: Floats = ratio.sum(axis=1) / np.maximum(present.sum(axis=1), 1)
    return mean


# ------------------------------------------------------------------------------------- segmentation


def mean_iou(_: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """Mean IoU of the classes that occur in targets or predictions; pixels of 255 are ignored.

    Intersections and unions are summed over all images first (one confusion matrix), as Pascal VOC
    does; the outcome of one image is its own mean IoU.
    """
    targets = [np.asarray(each) for each in _targets(samples)]
    masks = [
        _at_size(np.asarray(each), target)
        for each, target in zip(predictions, targets, strict=True)
    ]
    counts = [_overlap(mask, target) for mask, target in zip(masks, targets, strict=True)]
    inner = np.stack([both for both, _ in counts]).astype(np.float64)
    union = np.stack([either for _, either in counts]).astype(np.float64)

    def statistic(weights: Floats) -> Floats:
        return _mean_of_present(weights @ inner, weights @ union)

    return bootstrap(statistic, len(targets), _mean_of_present(inner, union), over="images")


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


# ---------------------------------------------------------------------------------------- detection


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

    return bootstrap(statistic, len(truths), outcomes, resamples=BOX_RESAMPLES, over="images")


def _truths(samples: Samples) -> Sequence[Truth]:
    from benchfolio.runner.datasets import Truth

    truths = [each for each in _targets(samples) if isinstance(each, Truth)]
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


# ---------------------------------------------------------------------------------- without targets


def similarity(
    model: Model,
    reference: Sequence[Mapping[str, Array]],
    outputs: Sequence[Mapping[str, Array]],
) -> Evaluation:
    """Compare raw outputs with those of the FP32 baseline for the same samples.

    Args:
        model: As the suite describes it; its ``output`` is compared, or all outputs.
        reference: Outputs of the baseline, one mapping per sample, see ``processing.split``.
        outputs: Outputs to compare, likewise.

    Returns:
        ``similarity@cosine`` (mean over samples of the cosine of all values of a sample as one
        vector) and, where the post-processing ranks classes, ``agreement@top1``.

    Raises:
        BadInput: The outputs differ in number, name or size, or are not finite numbers.
    """
    if len(reference) != len(outputs) or not outputs:
        got = f"{len(outputs)} samples against {len(reference)}"
        raise BadInput(_unfit(model, "outputs of different samples", "the same samples", got))
    pairs = [
        (_vector(model, each), _vector(model, other))
        for each, other in zip(reference, outputs, strict=True)
    ]
    for each, other in pairs:
        if each.shape != other.shape:
            got = f"{other.size} values against {each.size}"
            raise BadInput(_unfit(model, "outputs of different sizes", "the same size", got))
    scores = {"similarity@cosine": _mean(np.array([_cosine(*pair) for pair in pairs]))}
    if model.postprocess.name in ("argmax", "top"):
        scores["agreement@top1"] = proportion(
            np.array([each.argmax() == other.argmax() for each, other in pairs])
        )
    return Evaluation(
        values={id_: value(id_, score, len(pairs)) for id_, score in scores.items()},
        outcomes={id_: score.outcomes for id_, score in scores.items()},
    )


def _vector(model: Model, outputs: Mapping[str, Array]) -> Floats:
    names = sorted(outputs) if model.output is None else [model.output]
    missing = [name for name in names if name not in outputs]
    if missing:
        raise BadInput(_unfit(model, "no such output", ", ".join(outputs), missing[0]))
    vector = np.concatenate([np.ravel(outputs[name]).astype(np.float64) for name in names])
    if not np.isfinite(vector).all():
        raise BadInput(_unfit(model, "outputs that are not finite", "numbers", "NaN or infinity"))
    return vector


def _cosine(one: Floats, other: Floats) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    if lengths == 0.0:
        return float(not one.any() and not other.any())
    return float(np.clip(np.dot(one, other) / lengths, -1.0, 1.0))


def _mean(outcomes: Floats) -> Score:
    count = len(outcomes)

    def statistic(weights: Floats) -> Floats:
        mean: Floats = weights @ outcomes / count
        return mean

    return bootstrap(statistic, count, outcomes)


_RANKED = frozenset({"argmax", "top", "threshold"})

QUALITIES: Mapping[str, Quality] = MappingProxyType(
    {
        "accuracy": Quality(function=accuracy, postprocesses=_RANKED),
        "accuracy@top1": Quality(function=accuracy, postprocesses=_RANKED),
        "accuracy@top5": Quality(function=accuracy_top5, postprocesses=frozenset({"top"})),
        "f1@macro": Quality(function=macro_f1, postprocesses=_RANKED),
        "mean_iou": Quality(function=mean_iou, postprocesses=frozenset({"segmentation"})),
        "map@50:95": Quality(function=map_coco, postprocesses=frozenset({"detections"})),
        "map@50": Quality(function=map_50, postprocesses=frozenset({"detections"})),
    }
)
"""Metrics that compare predictions with targets, by metric id."""
