"""The types of a suite: what applies to which model."""

from __future__ import annotations

import msgspec
import pytest

from benchfolio.results import Precision, Scenario
from benchfolio.runner.suite import (
    Accuracy,
    Latency,
    Model,
    Runtime,
    Scenarios,
    Suite,
    Throughput,
    Variant,
)


@pytest.fixture
def suite() -> Suite:
    """A suite of two tasks, one of whose models has no data and one no batch axis."""
    return Suite(
        suite="s",
        models={
            "classifier": Model(name="C", path="c.onnx", task="image-classification", dataset="d"),
            "embedder": Model(
                name="E", path="e.onnx", scenarios=Scenarios(latency=Latency(batch=2))
            ),
            "single": Model(name="S", path="s.onnx", dataset="d", batch=False),
        },
        variants={
            "fp32": Variant(precision=Precision.FP32),
            "int8": Variant(
                precision=Precision.INT8, tasks=("image-classification",), runtimes=("onnxruntime",)
            ),
            "mixed": Variant(precision=Precision.MIXED, models=("embedder",)),
        },
        runtimes={"openvino": Runtime(devices=("CPU",)), "onnxruntime": Runtime()},
        scenarios=Scenarios(accuracy=Accuracy(batch=8), throughput=Throughput()),
    )


def test_variants_apply_to_the_models_and_tasks_they_name(suite: Suite) -> None:
    """A variant without filters applies to all, one with a filter only where it holds."""
    assert list(suite.variants_of("classifier")) == ["fp32", "int8"]
    assert list(suite.variants_of("embedder")) == ["fp32", "mixed"]


def test_runtimes_of_a_variant_are_those_it_names_or_all(suite: Suite) -> None:
    """A variant runs on the runtimes it names, and on all where it names none."""
    assert list(suite.runtimes_of("int8")) == ["onnxruntime"]
    assert list(suite.runtimes_of("fp32")) == ["openvino", "onnxruntime"]


def test_accuracy_is_not_planned_without_data(suite: Suite) -> None:
    """A model without a data set has no accuracy scenario, and its own scenarios replace all."""
    assert suite.scenarios_of("embedder") == {Scenario.LATENCY: Latency(batch=2)}
    assert list(suite.scenarios_of("classifier")) == [Scenario.ACCURACY, Scenario.THROUGHPUT]


def test_accuracy_of_a_model_without_batch_axis_runs_one_by_one(suite: Suite) -> None:
    """The accuracy batch, which only saves time, is 1 where samples have no batch axis."""
    assert suite.scenarios_of("single")[Scenario.ACCURACY].batch == 1
    assert suite.scenarios_of("classifier")[Scenario.ACCURACY].batch == 8


def test_a_suite_survives_json(suite: Suite) -> None:
    """A suite can be handed to another process as JSON."""
    assert msgspec.json.decode(msgspec.json.encode(suite), type=Suite) == suite
