"""Quality metrics equal their references, and their intervals hold what they promise."""

from __future__ import annotations

import collections
import contextlib
import io
import json
import re
import string
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, f1_score, jaccard_score, top_k_accuracy_score

from benchfolio.results import (
    METRICS,
    BadInput,
    Kind,
    Outcomes,
    Value,
    unpack_bits,
    unpack_floats,
    unpack_scores,
)
from benchfolio.runner import quality
from benchfolio.runner.datasets import Samples, Truth
from benchfolio.runner.processing import POSTPROCESSES, Detections
from benchfolio.runner.quality import detection, intervals, text
from benchfolio.runner.suite import Input, Model, Step
from benchfolio.statistics import DRAWS, resampled_drop

GOLDEN = Path(__file__).parent / "golden"


def samples(targets: Any, classes: Sequence[str] = ()) -> Samples:  # noqa: ANN401
    """Return samples of which only the targets matter."""
    return Samples(
        fields=(), count=len(targets), item=lambda _: {}, targets=targets, classes=classes
    )


def model(*metrics: str, postprocess: str = "argmax") -> Model:
    """Return a model with these metrics."""
    return Model(name="Net", path="n.onnx", metrics=metrics, postprocess=Step(name=postprocess))


def measure(metric: str, predictions: Any, targets: Any) -> Value:  # noqa: ANN401
    """Return one value."""
    return quality.evaluate(model(metric), predictions, samples(targets)).values[metric]


def outcomes(metric: str, predictions: Any, targets: Any) -> Outcomes:  # noqa: ANN401
    """Return the outcomes of one metric."""
    return quality.evaluate(model(metric), predictions, samples(targets)).outcomes[metric]


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


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(deadline=None)
def test_the_interval_of_a_proportion_is_that_of_scipy(case: tuple[int, int]) -> None:
    """The Wilson interval is the one of scipy.stats, at the ends too."""
    hits, count = case
    score = intervals.proportion(np.arange(count) < hits)
    expected = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    assert (score.low, score.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


# --------------------------------------------------------------------------- outcomes, intervals


def test_shares_of_right_samples_keep_which_were_right() -> None:
    """The outcomes of an accuracy are one bit per sample, in the order of the samples."""
    found = outcomes("accuracy", [0, 1, 1], np.array([0, 0, 1]))
    assert found.right is not None
    assert unpack_bits(found.right, found.samples) == [True, False, True]
    assert (found.scores, found.resampled, found.draws) == (None, None, None)


def test_other_metrics_keep_scores_and_resamples_in_their_unit() -> None:
    """All but shares keep a byte per sample, and resamples whose spread is that of the interval."""
    rng = np.random.default_rng(4)
    labels, found = rng.integers(0, 3, 300), rng.integers(0, 3, 300)
    evaluation = quality.evaluate(model("f1@macro"), list(found), samples(labels))
    value, kept = evaluation.values["f1@macro"], evaluation.outcomes["f1@macro"]
    assert value.interval is not None
    assert kept.right is None
    assert unpack_scores(kept.scores or "") == (labels == found).tolist()
    resampled = unpack_floats(kept.resampled or "")
    assert len(resampled) == intervals.RESAMPLES
    assert kept.draws == f"{DRAWS}, {intervals.RESAMPLES} resamples"
    ends = np.percentile(resampled, [2.5, 97.5])
    assert ends == pytest.approx((value.interval.low, value.interval.high), rel=1e-6)


def test_two_cells_are_paired_resample_by_resample() -> None:
    """A model that is worse on one image in ten of 200 is surely worse, though intervals overlap.

    Without pairing the difference would be as uncertain as both values together.
    """
    rng = np.random.default_rng(5)
    targets = rng.integers(0, 3, (200, 4, 4)).astype(np.uint8)
    share = rng.uniform(0, 1, (200, 1, 1))
    masks = np.where(rng.random(targets.shape) < share, targets, (targets + 1) % 3)
    worse = masks.copy()
    worse[::10] = (targets[::10] + 1) % 3
    one, other = (
        quality.evaluate(model("mean_iou"), list(each), samples(targets)) for each in (masks, worse)
    )
    values = [each.values["mean_iou"] for each in (one, other)]
    assert values[0].interval is not None
    assert values[1].interval is not None
    assert values[0].interval.low < values[1].interval.high
    drop = resampled_drop(
        values[0].value - values[1].value,
        unpack_floats(one.outcomes["mean_iou"].resampled or ""),
        unpack_floats(other.outcomes["mean_iou"].resampled or ""),
        higher_is_better=True,
    )
    assert drop.low is not None
    assert drop.low > 0


def test_the_bootstrap_is_repeatable_and_as_wide_as_theory() -> None:
    """For a mean the percentile bootstrap agrees with 1.96 standard errors within a tenth."""
    scores = np.random.default_rng(3).normal(size=400)
    one, two = (intervals.mean(scores) for _ in range(2))
    assert one.low is not None
    assert one.high is not None
    assert (one.low, one.high) == (two.low, two.high)
    assert (one.high - one.low) / 2 == pytest.approx(1.96 * scores.std() / 20, rel=0.1)
    assert "500 resamples" in one.method


def test_a_resample_without_an_object_is_no_value_of_map() -> None:
    """Where mAP is not defined for a resample, the interval leaves it out and the file is finite.

    Of two images one has an object, so that a quarter of the resamples have none.
    """
    nothing = Detections(np.empty((0, 4)), np.empty(0), np.empty(0, np.int64))
    found = Detections(np.array([[0.0, 0, 9, 9]]), np.array([0.9]), np.array([0]))
    pair = [truth([[0, 0, 9, 9]], [0]), truth([], [])]
    evaluation = quality.evaluate(model("map@50"), [found, nothing], samples(pair))
    interval = evaluation.values["map@50"].interval
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((100, 100))
    resampled = unpack_floats(evaluation.outcomes["map@50"].resampled or "")
    assert set(resampled) == {100.0}


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


def masks(rows: list[list[str]]) -> list[Any]:
    """Return the masks that a golden file writes as texts."""
    return [
        np.array([[255 if pixel == "." else int(pixel) for pixel in row] for row in mask], np.uint8)
        for mask in rows
    ]


def test_mean_iou_is_the_jaccard_index_of_torchmetrics() -> None:
    """Mean IoU equals torchmetrics' macro JaccardIndex, and MeanIoU for every single image.

    Classes that are absent, pixels that are ignored, all right and all wrong are among the cases.
    torchmetrics computes with 32-bit floats, and a score of one image is kept in a byte.
    """
    golden = json.loads((GOLDEN / "torchmetrics-mean-iou.json").read_text(encoding="utf-8"))
    for name, case in golden["cases"].items():
        predicted, targets = masks(case["predicted"]), masks(case["target"])
        evaluation = quality.evaluate(model("mean_iou"), predicted, samples(targets))
        value = evaluation.values["mean_iou"].value
        assert value == pytest.approx(100 * case["jaccard_macro"], rel=1e-6), name
        scores = unpack_scores(evaluation.outcomes["mean_iou"].scores or "")
        if "mean_iou_per_image" in case:
            assert scores == pytest.approx(case["mean_iou_per_image"], abs=1 / 510 + 1e-6), name


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


def test_of_more_than_a_hundred_detections_the_best_count() -> None:
    """As with pycocotools, detections beyond the best hundred of an image and class are nothing."""
    rng = np.random.default_rng(2)
    pairs = [scene(rng) for _ in range(5)]
    found, truths = [each[0] for each in pairs], [each[1] for each in pairs]
    corner = rng.uniform(0, 80, (130, 2))
    many = np.concatenate([corner, corner + 9], axis=1)
    boxes = np.concatenate([truths[0].boxes, many])
    scores = np.concatenate([np.full(len(truths[0].boxes), 0.01), rng.uniform(0.1, 1, 130)])
    labels = np.concatenate([truths[0].labels, np.repeat(truths[0].labels[:1], 130)])
    found[0] = Detections(boxes, scores, labels)
    whole, _ = reference(found, truths)
    assert measure("map@50:95", found, truths).value == pytest.approx(whole, abs=1e-9)
    assert len(truths[0].labels)


def test_the_bootstrap_of_map_draws_whole_images() -> None:
    """Weights of two and zero give the mAP of a set with one image twice and another left out."""
    rng = np.random.default_rng(7)
    pairs = [scene(rng) for _ in range(12)]
    weights = np.array([[2.0, 0.0] + [1.0] * 10])
    matches, _ = detection._match([p[0] for p in pairs], [p[1] for p in pairs], slice(None))
    resampled = [pairs[0], pairs[0], *pairs[2:]]
    expected, _ = reference([p[0] for p in resampled], [p[1] for p in resampled])
    # Copies tie with each other, and pycocotools ranks ties by image: a hair's breadth, no more.
    assert 100 * detection._resampled_precision(matches, weights)[0] == pytest.approx(
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
    scores = outcomes("map@50", [found], [objects]).scores
    assert unpack_scores(scores or "") == pytest.approx([0.5], abs=1 / 510)


def test_intervals_for_300_images_take_a_moment() -> None:
    """mAP with its interval for 300 images takes seconds at most, even on a busy machine."""
    rng = np.random.default_rng(0)
    found, truths = zip(*(scene(rng) for _ in range(300)), strict=True)
    began = time.process_time()
    interval = measure("map@50:95", found, truths).interval
    assert time.process_time() - began < 4
    assert interval is not None
    assert interval.low < interval.high


# --------------------------------------------------------------------------------- answers in words

WORDS = st.lists(
    st.sampled_from(
        [
            "the",
            "a",
            "An",
            "Denver",
            "broncos",
            "Broncos",
            "1989",
            "be",
            "twenty-one",
            "?",
            "é",
            "U.S.",
        ]
    ),
    max_size=6,
).map(" ".join)
ANSWERS = st.lists(
    st.tuples(WORDS | st.text(max_size=12), st.lists(WORDS, min_size=1, max_size=3)),
    min_size=1,
    max_size=12,
)


def squad_script(pairs: list[tuple[str, list[str]]]) -> tuple[float, float]:
    """Return exact match and F1 as SQuAD's evaluate-v1.1.py computes them, step by step."""

    def normalize(answer: str) -> str:
        answer = answer.lower()
        answer = "".join(ch for ch in answer if ch not in set(string.punctuation))
        answer = re.sub(r"\b(a|an|the)\b", " ", answer)
        return " ".join(answer.split())

    def f1_score(prediction: str, truth: str) -> float:
        found, wanted = normalize(prediction).split(), normalize(truth).split()
        num_same = sum((collections.Counter(found) & collections.Counter(wanted)).values())
        if num_same == 0:
            return 0
        precision, recall = 1.0 * num_same / len(found), 1.0 * num_same / len(wanted)
        return (2 * precision * recall) / (precision + recall)

    def exact_match_score(prediction: str, truth: str) -> bool:
        return normalize(prediction) == normalize(truth)

    def best(metric: Callable[[str, str], float], prediction: str, truths: list[str]) -> float:
        return max(metric(prediction, each) for each in truths)

    f1 = exact_match = 0.0
    for prediction, truths in pairs:
        exact_match += best(exact_match_score, prediction, truths)
        f1 += best(f1_score, prediction, truths)
    return 100.0 * exact_match / len(pairs), 100.0 * f1 / len(pairs)


def answers(pairs: Sequence[tuple[str, Sequence[str]]]) -> tuple[float, float]:
    """Return exact match and F1."""
    found, references = [each[0] for each in pairs], [tuple(each[1]) for each in pairs]
    net = model("em", "f1@squad", postprocess="answer")
    values = quality.evaluate(net, found, samples(references)).values
    return values["em"].value, values["f1@squad"].value


@given(ANSWERS)
@settings(deadline=None, max_examples=100)
def test_exact_match_and_f1_equal_the_squad_script(pairs: list[tuple[str, list[str]]]) -> None:
    """For any answers and references both equal the SQuAD 1.1 script to the last digit."""
    assert answers(pairs) == squad_script(pairs)


def test_exact_match_and_f1_are_those_of_torchmetrics() -> None:
    """Articles, case, punctuation, blanks, several references: as torchmetrics' SQuAD has them."""
    golden = json.loads((GOLDEN / "torchmetrics-squad.json").read_text(encoding="utf-8"))
    pairs = {name: (each["answer"], each["references"]) for name, each in golden["cases"].items()}
    cases = {**{name: [each] for name, each in pairs.items()}, "all": list(pairs.values())}
    expected = {**golden["cases"], "all": golden["all"]}
    for name, case in cases.items():
        found = expected[name]["exact_match"], expected[name]["f1"]
        assert answers(case) == pytest.approx(found, rel=1e-6), name


def test_an_answer_without_a_word_has_no_f1() -> None:
    """Where normalising leaves nothing of answer and reference they are equal, with an F1 of 0."""
    assert answers([("the!", ["a"])]) == squad_script([("the!", ["a"])]) == (100, 0)


def test_answers_keep_their_outcomes() -> None:
    """Exact match keeps bits; F1 a score per answer, and resamples; no text of either is kept."""
    net = model("em", "f1@squad", postprocess="answer")
    references = [("Queen Anne",), ("secret",)]
    found = quality.evaluate(net, ["Anne", "the secret"], samples(references)).outcomes
    assert unpack_bits(found["em"].right or "", 2) == [False, True]
    assert unpack_scores(found["f1@squad"].scores or "") == pytest.approx([2 / 3, 1], abs=1 / 510)
    assert len(unpack_floats(found["f1@squad"].resampled or "")) == intervals.RESAMPLES
    assert "secret" not in str(found)


def test_a_class_that_is_text_is_a_reference() -> None:
    """Where every target is one text, which data sets number as a class, its name is compared."""
    data = samples(np.array([1, 0]), classes=("Anne", "Denver"))
    net = model("em", postprocess="answer")
    assert quality.evaluate(net, ["the denver", "Denver"], data).values["em"].value == 50


@given(st.text(max_size=30))
def test_normalising_twice_changes_no_punctuation_or_blank(words: str) -> None:
    """Normalised text has no punctuation, no doubled blank and no capital left."""
    found = text.normalised(words)
    assert not set(found) & set(string.punctuation)
    assert found == " ".join(found.split())
    assert found == found.lower()


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
        ("em", ["a"], np.array([1]), "references are wanted"),
        ("f1@squad", [3], [("a",)], "f1@squad cannot be computed"),
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
    assert unpack_bits(evaluation.outcomes["agreement@top1"].right or "", 2) == [False, True]
    assert unpack_scores(evaluation.outcomes["similarity@cosine"].scores or "") == [0, 1]
    features = quality.similarity(model(postprocess="none"), outputs([1, 0]), outputs([1, 0]))
    assert list(features.values) == ["similarity@cosine", "error@max"]


def test_the_largest_error_is_of_any_value_of_any_sample() -> None:
    """The largest absolute difference has the outputs' unit, and neither interval nor outcomes."""
    one, other = outputs([0, 5, 1], [2, 2, 2]), outputs([0, 5, 1.5], [2, -1, 2])
    evaluation = quality.similarity(model(), one, other)
    value = evaluation.values["error@max"]
    assert (value.value, value.unit, value.n, value.interval) == (3, "1", 2, None)
    assert set(evaluation.outcomes) == {"similarity@cosine", "agreement@top1"}
    same = quality.similarity(model(), one, one)
    assert same.values["error@max"].value == 0


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
