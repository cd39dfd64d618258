"""Quality metrics equal their references, and their intervals hold what they promise."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, f1_score, jaccard_score, top_k_accuracy_score

from benchfolio.results import METRICS, BadInput, Kind, Value
from benchfolio.runner import quality
from benchfolio.runner.datasets import Samples, Truth
from benchfolio.runner.processing import POSTPROCESSES, Detections
from benchfolio.runner.quality import wilson
from benchfolio.runner.suite import Input, Model, Step


def samples(targets: Any) -> Samples:  # noqa: ANN401
    """Return samples of which only the targets matter."""
    return Samples(fields=(), count=len(targets), item=lambda _: {}, targets=targets)


def model(*metrics: str, postprocess: str = "argmax") -> Model:
    """Return a model with these metrics."""
    return Model(name="Net", path="n.onnx", metrics=metrics, postprocess=Step(name=postprocess))


def measure(metric: str, predictions: Any, targets: Any) -> Value:  # noqa: ANN401
    """Return one value."""
    return quality.evaluate(model(metric), predictions, samples(targets)).values[metric]


def test_every_metric_is_known_to_the_contract() -> None:
    """What can be computed is a quality metric of the contract, from predictions that exist."""
    for id_, entry in quality.QUALITIES.items():
        assert METRICS[id_].kind is Kind.QUALITY
        assert entry.postprocesses <= set(POSTPROCESSES)


# ---------------------------------------------------------------------------------- classification

CLASSES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1, max_size=40)


@given(CLASSES)
@settings(deadline=None, max_examples=40)
def test_accuracy_and_macro_f1_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    """Accuracy and macro F1 equal scikit-learn's for any labels and predictions."""
    labels, found = (np.array(each) for each in zip(*pairs, strict=True))
    accuracy, f1 = measure("accuracy", found, labels), measure("f1@macro", found, labels)
    assert accuracy.value == pytest.approx(100 * accuracy_score(labels, found))
    expected = f1_score(labels, found, average="macro", zero_division=0)
    assert f1.value == pytest.approx(100 * expected)
    for value in (accuracy, f1):
        assert value.interval is not None
        assert value.interval.low <= value.interval.high
        assert (value.unit, value.n) == ("%", len(pairs))


def test_top5_accuracy_is_that_of_scikit_learn() -> None:
    """The label may be anywhere among five ranked classes; fewer classes are refused."""
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(200, 12)), rng.integers(0, 12, 200)
    ranked = np.argsort(-scores, axis=1)
    expected = top_k_accuracy_score(labels, scores, k=5, labels=np.arange(12))
    assert measure("accuracy@top5", ranked[:, :5], labels).value == pytest.approx(100 * expected)
    with pytest.raises(BadInput, match="five ranked classes"):
        measure("accuracy@top5", ranked[:, :3], labels)


def test_the_interval_of_a_proportion_is_wilsons() -> None:
    """81 right of 263 have the 95 % interval that Newcombe (1998) publishes: 25.53 to 36.62 %."""
    labels = np.zeros(263, np.int64)
    interval = measure("accuracy@top1", np.arange(263) >= 81, labels).interval
    assert interval is not None
    assert (round(interval.low, 2), round(interval.high, 2)) == (25.53, 36.62)
    assert (interval.method, interval.confidence) == ("Wilson", 0.95)


def test_outcomes_are_kept_for_paired_tests() -> None:
    """Which samples were right is there beside the values, in the order of the samples."""
    evaluation = quality.evaluate(
        model("accuracy", "f1@macro"), [0, 1, 1], samples(np.array([0, 0, 1]))
    )
    for outcomes in evaluation.outcomes.values():
        assert outcomes.tolist() == [True, False, True]


def test_the_bootstrap_is_repeatable_and_as_wide_as_theory() -> None:
    """For a mean the percentile bootstrap agrees with 1.96 standard errors within a tenth."""
    outcomes = np.random.default_rng(3).normal(size=400)

    def statistic(weights: Any) -> Any:  # noqa: ANN401
        return weights @ outcomes / weights.sum(axis=1)

    one, two = (quality.bootstrap(statistic, 400, outcomes) for _ in range(2))
    assert (one.low, one.high) == (two.low, two.high)
    assert (one.high - one.low) / 2 == pytest.approx(1.96 * outcomes.std() / 20, rel=0.1)
    assert "1000 resamples" in one.method


# ------------------------------------------------------------------------------------ segmentation


def test_mean_iou_is_that_of_one_confusion_matrix() -> None:
    """Mean IoU equals scikit-learn's macro Jaccard over all pixels, which are 255 left out."""
    rng = np.random.default_rng(1)
    targets = rng.choice([0, 1, 2, 255], (5, 6, 7)).astype(np.uint8)
    masks = list(rng.integers(0, 4, (5, 6, 7)))
    kept = targets != 255
    expected = jaccard_score(targets[kept], np.stack(masks)[kept], average="macro", zero_division=0)
    value = measure("mean_iou", masks, targets)
    assert value.value == pytest.approx(100 * expected)
    assert value.n == 5
    assert value.interval is not None
    assert value.interval.low < value.value < value.interval.high


def test_a_mask_of_another_size_is_brought_to_that_of_the_target() -> None:
    """A coarse mask is enlarged by nearest neighbour before pixels are counted."""
    target = np.array([[0, 0, 1, 1], [0, 0, 1, 1]], np.uint8)
    assert measure("mean_iou", [np.array([[0, 1]])], [target]).value == 100


# --------------------------------------------------------------------------------------- detection


def truth(boxes: Any, labels: Any, crowd: Any = None) -> Truth:  # noqa: ANN401
    """Return the objects of a 100 × 200 image."""
    array = np.array(boxes, np.float64).reshape(-1, 4)
    return Truth(
        boxes=array,
        labels=np.array(labels, np.int64),
        areas=(array[:, 2:] - array[:, :2]).prod(axis=1),
        crowd=np.zeros(len(array), bool) if crowd is None else np.array(crowd, bool),
        size=(100, 200),
    )


def scene(rng: np.random.Generator) -> tuple[Detections, Truth]:
    """Return random objects and detections near them, some wrong, some missing."""
    corner = rng.uniform(0, 80, (rng.integers(0, 6), 2))
    boxes = np.concatenate([corner, corner + rng.uniform(5, 20, corner.shape)], axis=1)
    labels = rng.integers(0, 3, len(boxes))
    extra = rng.uniform(0, 40, (3, 2))
    wrong = np.tile(extra, 2) + np.array([0, 0, 9, 9])
    found = np.concatenate([boxes + rng.normal(0, 1.5, boxes.shape), wrong])
    names = np.concatenate(
        [np.where(rng.random(len(boxes)) < 0.9, labels, 0), rng.integers(0, 4, 3)]
    )
    kept = rng.random(len(found)) < 0.8
    scores = np.round(rng.random(len(found)), 1)  # ties
    crowd = rng.random(len(boxes)) < 0.1
    return Detections(found[kept], scores[kept], names[kept]), truth(boxes, labels, crowd)


def annotation(image: int, box: Any, label: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what annotations and results of COCO have in common."""
    corner, size = box[:2].tolist(), (box[2:] - box[:2]).tolist()
    return {"image_id": image, "category_id": int(label) + 1, "bbox": corner + size}


def reference(found: Sequence[Detections], truths: Sequence[Truth]) -> tuple[float, float]:
    """Return mAP and mAP@50 as pycocotools computes and summarises them by itself."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    objects: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for image, (seen, real) in enumerate(zip(found, truths, strict=True), 1):
        for k, box in enumerate(real.boxes):
            objects.append({**annotation(image, box, real.labels[k]), "id": len(objects) + 1})
            objects[-1] |= {"area": float(real.areas[k]), "iscrowd": int(real.crowd[k])}
        for k, box in enumerate(seen.boxes):
            results.append(
                {**annotation(image, box, seen.labels[k]), "score": float(seen.scores[k])}
            )
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": i + 1} for i in range(len(truths))],
            "categories": [{"id": i} for i in range(1, 5)],
            "annotations": objects,
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return 100 * float(evaluation.stats[0]), 100 * float(evaluation.stats[1])


@pytest.mark.parametrize("seed", range(6))
def test_map_is_that_of_pycocotools(seed: int) -> None:
    """mAP equals COCOeval's own summary, with ties, crowds, empty images and unknown classes."""
    rng = np.random.default_rng(seed)
    found, truths = zip(*(scene(rng) for _ in range(25)), strict=True)
    whole, half = reference(found, truths)
    assert measure("map@50:95", found, truths).value == pytest.approx(whole, abs=1e-9)
    assert measure("map@50", found, truths).value == pytest.approx(half, abs=1e-9)


def test_the_bootstrap_of_map_draws_whole_images() -> None:
    """Weights of two and zero give the mAP of a set with one image twice and another left out."""
    rng = np.random.default_rng(7)
    pairs = [scene(rng) for _ in range(12)]
    weights = np.array([[2.0, 0.0] + [1.0] * 10])
    matches, _ = quality._match([p[0] for p in pairs], [p[1] for p in pairs], slice(None))
    resampled = [pairs[0], pairs[0], *pairs[2:]]
    expected, _ = reference([p[0] for p in resampled], [p[1] for p in resampled])
    # Copies tie with each other, and pycocotools ranks ties by image: a hair's breadth, no more.
    assert 100 * quality._resampled_precision(matches, weights)[0] == pytest.approx(
        expected, abs=0.5
    )


def test_boxes_are_scaled_back_to_the_image_as_stored() -> None:
    """Where a step resized the image, boxes are brought to the pixels of the annotations."""
    steps = (Step(name="resize", value=[50, 50]),)
    inputs = {"x": Input(source="image", steps=steps)}
    net = Model(name="Net", path="n.onnx", metrics=("map@50:95",), inputs=inputs)
    found = Detections(np.array([[5.0, 5, 10, 10]]), np.array([0.9]), np.array([0]))
    evaluation = quality.evaluate(net, [found], samples([truth([[20, 10, 40, 20]], [0])]))
    assert evaluation.values["map@50:95"].value == pytest.approx(100)


def test_finding_nothing_is_a_map_of_zero() -> None:
    """No detections at all are a result, not an error; no objects at all are."""
    nothing = Detections(np.empty((0, 4)), np.empty(0), np.empty(0, np.int64))
    assert measure("map@50:95", [nothing], [truth([[0, 0, 9, 9]], [0])]).value == 0
    with pytest.raises(BadInput, match="no annotated box"):
        measure("map@50:95", [nothing], [truth([], [])])


def test_outcomes_of_detection_are_shares_of_objects_found() -> None:
    """Per image the outcome is the share of its objects that were found at IoU 0.50."""
    objects = truth([[0, 0, 10, 10], [50, 50, 60, 60]], [0, 0])
    found = Detections(np.array([[0.0, 0, 10, 11]]), np.array([0.9]), np.array([0]))
    evaluation = quality.evaluate(model("map@50"), [found], samples([objects]))
    assert evaluation.outcomes["map@50"].tolist() == [0.5]


def test_intervals_for_300_images_take_a_moment() -> None:
    """mAP with its interval for 300 images takes seconds at most, even on a busy machine."""
    rng = np.random.default_rng(0)
    found, truths = zip(*(scene(rng) for _ in range(300)), strict=True)
    began = time.process_time()
    interval = measure("map@50:95", found, truths).interval
    assert time.process_time() - began < 4
    assert interval is not None
    assert interval.low < interval.high


# --------------------------------------------------------------------------------- what cannot be


@pytest.mark.parametrize(
    ("metric", "predictions", "targets", "message"),
    [
        ("accuracy", [0], None, "the data set has no targets"),
        ("accuracy", [0], np.array([0, 1]), "not one prediction per sample"),
        ("accuracy", [0], np.array([[0]]), "one class per sample is wanted"),
        ("accuracy", [0], np.array([0.5]), "one class per sample is wanted"),
        ("mean_iou", [np.zeros((2, 2), int)], np.array([1]), "masks"),
        ("map@50", [0], np.array([1]), "kind coco"),
    ],
)
def test_targets_that_do_not_fit_are_refused(
    metric: str,
    predictions: list[Any],
    targets: Any,  # noqa: ANN401
    message: str,
) -> None:
    """A metric says which targets it wants instead of computing something else."""
    empty = Samples(fields=(), count=len(predictions), item=lambda _: {})
    data = empty if targets is None else samples(targets)
    with pytest.raises(BadInput, match=message):
        quality.evaluate(model(metric), predictions, data)


# --------------------------------------------------------------------------------- without targets


def outputs(*vectors: Sequence[float]) -> list[dict[str, Any]]:
    """Return one output per sample."""
    return [{"y": np.array(vector, np.float32)} for vector in vectors]


def test_similarity_is_the_mean_cosine_and_agreement_of_classes() -> None:
    """Outputs at right angles have a cosine of 0, parallel ones of 1; classes agree or not."""
    evaluation = quality.similarity(model(), outputs([1, 0], [0, 2]), outputs([0, 1], [0, 1]))
    assert evaluation.values["similarity@cosine"].value == pytest.approx(0.5)
    assert evaluation.values["agreement@top1"].value == 50
    assert evaluation.outcomes["agreement@top1"].tolist() == [False, True]
    features = quality.similarity(model(postprocess="none"), outputs([1, 0]), outputs([1, 0]))
    assert list(features.values) == ["similarity@cosine"]


@given(
    st.lists(st.floats(-1e3, 1e3).filter(lambda x: abs(x) > 1e-3), min_size=1, max_size=8),
    st.floats(0.01, 100),
)
@settings(deadline=None, max_examples=25)
def test_similarity_does_not_see_scale(vector: list[float], factor: float) -> None:
    """An output and its multiple have a cosine of 1, never a hair more."""
    scaled = [factor * each for each in vector]
    value = quality.similarity(model(), outputs(vector), outputs(scaled)).values[
        "similarity@cosine"
    ]
    assert 1 - 1e-5 <= value.value <= 1


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (outputs([1.0]), outputs([1.0], [1.0]), "outputs of different samples"),
        (outputs([1.0]), outputs([1.0, 2.0]), "outputs of different sizes"),
        (outputs([1.0]), outputs([np.nan]), "not finite"),
        ([], [], "outputs of different samples"),
    ],
)
def test_outputs_that_cannot_be_compared_are_refused(
    one: list[dict[str, Any]], other: list[dict[str, Any]], message: str
) -> None:
    """Different samples, sizes and values that are no numbers are errors, not similarities."""
    with pytest.raises(BadInput, match=message):
        quality.similarity(model(), one, other)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy(case: tuple[int, int]) -> None:
    """The Wilson interval is the one of scipy.stats, at the ends too."""
    hits, count = case
    expected = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    assert wilson(hits, count) == pytest.approx((expected.low, expected.high), abs=1e-12)
