"""Derived values: one convention, and refusal where it does not apply."""

from __future__ import annotations

import math

import msgspec
import pytest
from factory import proportion, result_file
from hypothesis import given, settings
from hypothesis import strategies as st

from benchfolio.generator.collection import Collection
from benchfolio.generator.derive import geometric_mean
from benchfolio.generator.entries import why_refused
from benchfolio.generator.measured import Measured
from benchfolio.generator.merge import merge
from benchfolio.results import (
    METRICS,
    Cell,
    Direction,
    Interval,
    Load,
    Precision,
    Recipe,
    Scenario,
    State,
    Value,
)

positive = st.floats(min_value=1e-3, max_value=1e6)


def cell(precision: Precision, values: dict[str, Value], **changes: object) -> Cell:
    """Return an accuracy cell in some precision."""
    made = Cell(
        model="digits-resnet",
        scenario=Scenario.ACCURACY,
        precision=precision,
        recipe="original" if precision is Precision.FP32 else "nncf-ptq",
        runtime="openvino",
        device="CPU",
        dataset="digits",
        state=State.OK,
        values=values,
    )
    return msgspec.structs.replace(made, **changes)


def collection_of(*cells: Cell) -> Collection:
    """Merge cells of one file."""
    return merge([("a.json", msgspec.structs.replace(result_file(), cells=cells))])


def candidate(collection: Collection, metric: str) -> Measured:
    """Return the one value that is not FP32."""
    at = collection.select({"precision": ["INT8"]})
    return collection.measured(metric, at)[at[0]]


def pair(metric: str, base: float, value: float) -> Measured:
    """Compare a candidate with a baseline."""
    unit = METRICS[metric].unit
    both = [
        cell(Precision.FP32, {metric: Value(value=base, unit=unit)}),
        cell(Precision.INT8, {metric: Value(value=value, unit=unit)}),
    ]
    return candidate(collection_of(*both), metric)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(METRICS)), positive, positive)
def test_gain_times_the_inverse_gain_is_one(metric: str, a: float, b: float) -> None:
    """Exchanging candidate and baseline inverts the gain and negates change and drop."""
    there, back = pair(metric, a, b), pair(metric, b, a)
    assert there.gain is not None
    assert back.gain is not None
    assert there.gain * back.gain == pytest.approx(1)
    assert there.change == pytest.approx(-(back.change or 0))
    assert there.drop == pytest.approx(-(back.drop or 0))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(METRICS)), positive, positive)
def test_a_drop_is_positive_exactly_when_it_got_worse(
    metric: str, base: float, value: float
) -> None:
    """The sign of a drop follows the direction of its metric, as a gain above 1 does."""
    found = pair(metric, base, value)
    worse = value < base if METRICS[metric].direction is Direction.HIGHER else value > base
    assert found.drop is not None
    assert found.gain is not None
    assert (found.drop > 0) is worse
    if abs(value - base) > 1e-9 * base:
        assert (found.gain < 1) is worse


def test_the_convention_in_numbers() -> None:
    """Change in points, relative change of the baseline, loss positive, gain of both kinds."""
    accuracy = pair("accuracy", 80.0, 79.0)
    assert (accuracy.change, accuracy.drop, accuracy.relative) == (-1.0, 1.0, -1 / 80)
    assert pair("throughput", 100.0, 210.0).gain == pytest.approx(2.1)
    assert pair("latency@median", 21.0, 10.0).gain == pytest.approx(2.1)
    assert pair("perplexity", 20.0, 21.0).drop == 1.0


def test_the_interval_of_a_drop_is_newcombes() -> None:
    """Newcombe 1998, method 10, its own example: 56/70 − 48/80 is 0.2 (0.0524 to 0.3339)."""
    values = (proportion(100 * 56 / 70, 70), proportion(100 * 48 / 80, 80))
    alike = [msgspec.structs.replace(value, n=None) for value in values]
    both = [
        cell(precision, {"accuracy": value})
        for precision, value in zip((Precision.FP32, Precision.INT8), alike, strict=True)
    ]
    found = candidate(collection_of(*both), "accuracy")
    assert found.drop == pytest.approx(20.0)
    assert found.drop_low == pytest.approx(5.24, abs=0.01)
    assert found.drop_high == pytest.approx(33.39, abs=0.01)
    assert found.change_low == pytest.approx(-(found.drop_high or 0))


@settings(max_examples=40, deadline=None)
@given(positive, positive, st.floats(0.001, 0.5), st.floats(0.001, 0.5))
def test_the_interval_of_a_gain_holds_it(a: float, b: float, left: float, right: float) -> None:
    """The gain lies within its interval, which is within that of the extreme quotients."""

    def value(x: float, part: float) -> Value:
        interval = Interval(low=x * (1 - part), high=x * (1 + part), method="made up")
        return Value(value=x, unit="1/s", interval=interval)

    both = [
        cell(Precision.FP32, {"throughput": value(a, left)}),
        cell(Precision.INT8, {"throughput": value(b, right)}),
    ]
    found = candidate(collection_of(*both), "throughput")
    assert found.gain is not None
    assert found.gain_low is not None
    assert found.gain_high is not None
    assert found.gain_low <= found.gain <= found.gain_high
    assert found.gain_low >= b * (1 - right) / (a * (1 + left)) * (1 - 1e-9)
    assert found.gain_high <= b * (1 + right) / (a * (1 - left)) * (1 + 1e-9)


def test_without_both_intervals_there_is_none() -> None:
    """An interval that one side lacks is not made up."""
    both = [
        cell(Precision.FP32, {"accuracy": Value(value=80.0, unit="%")}),
        cell(Precision.INT8, {"accuracy": proportion(79.0, 100)}),
    ]
    found = candidate(collection_of(*both), "accuracy")
    assert found.drop == 1.0
    assert found.drop_low is None
    assert found.gain_high is None


def test_a_baseline_differs_from_itself_by_exactly_nothing() -> None:
    """The FP32 original is its own baseline, without an interval around its zero."""
    alone = collection_of(cell(Precision.FP32, {"accuracy": proportion(80.0, 100)}))
    found = alone.measured("accuracy", [0])[0]
    assert found.is_baseline
    assert (found.drop, found.drop_low, found.gain) == (0.0, None, 1.0)
    assert math.copysign(1, found.drop or 0.0) == 1


VALUE = {"accuracy": Value(value=80.0, unit="%", n=100)}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"batch": 8, "load": Load()}, "batch 1, baseline 8"),
        ({"runtime_version": "2"}, "runtime version none, baseline 2"),
        ({"device": "GPU"}, "device CPU, baseline GPU"),
        ({"runtime": "onnxruntime"}, "runtime openvino, baseline onnxruntime"),
        ({"shape": "x=1"}, "shape none, baseline x=1"),
        ({"load": Load(instances=4)}, "load 1ins1bs, baseline 4ins1bs"),
        ({"form": "keras"}, "form none, baseline keras"),
        ({"state": State.FAILED, "reason": "out of memory", "values": {}}, "out of memory"),
        ({"values": {"f1": Value(value=1.0, unit="%")}}, "without this metric"),
        ({"values": {"accuracy": Value(value=0.8, unit="1")}}, "another unit"),
        ({"values": {"accuracy": Value(value=80.0, unit="%", n=99)}}, "number of samples"),
        (
            {"values": {"accuracy": Value(value=80.0, unit="%", definition="top 5")}},
            "another definition",
        ),
        ({"precision": Precision.FP16}, "no FP32 original"),
    ],
)
def test_what_differs_in_more_than_precision_is_refused(
    changes: dict[str, object], told: str
) -> None:
    """A comparison is refused, and says why, as soon as anything else differs."""
    base = msgspec.structs.replace(cell(Precision.FP32, VALUE), **changes)
    collection = collection_of(base, cell(Precision.INT8, VALUE))
    found = candidate(collection, "accuracy")
    assert found.refusal
    assert (found.drop, found.gain, found.change, found.relative) == (None, None, None, None)
    assert told in why_refused(collection, found)


def test_several_baselines_are_refused_unless_one_is_called_original() -> None:
    """Among FP32 originals the recipe called ``original`` is meant; otherwise nobody guesses."""
    recipes = {name: Recipe(method="original") for name in ("original", "left", "right")}
    recipes["nncf-ptq"] = Recipe(method="ptq")
    recipes |= {name: Recipe(method="x") for name in ("cast", "ort-qdq")}
    file = msgspec.structs.replace(result_file(), recipes=recipes)

    def refusal(*names: str) -> str:
        bases = [cell(Precision.FP32, VALUE, recipe=name) for name in names]
        cells = (*bases, cell(Precision.INT8, VALUE))
        merged = merge([("a.json", msgspec.structs.replace(file, cells=cells, artefacts={}))])
        return candidate(merged, "accuracy").refusal

    assert refusal("left", "right") == "several-baselines"
    assert refusal("left", "original") == ""
    assert refusal("left") == ""


def test_a_baseline_of_zero_has_no_relative_change() -> None:
    """Dividing by a baseline of 0 is refused; the absolute change remains."""
    found = pair("accuracy", 0.0, 10.0)
    assert (found.change, found.relative, found.gain) == (10.0, None, None)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=20))
def test_the_geometric_mean_lies_between_least_and_most(gains: list[float]) -> None:
    """It is a mean, and inverting all ratios inverts it."""
    mean = geometric_mean(gains)
    assert mean is not None
    assert min(gains) * (1 - 1e-9) <= mean <= max(gains) * (1 + 1e-9)
    assert geometric_mean([1 / gain for gain in gains]) == pytest.approx(1 / mean)


def test_nothing_has_no_mean() -> None:
    """No gains have no geometric mean, not 0 or 1."""
    assert geometric_mean([]) is None
