"""AI Hub Models' perf.yaml and numerics.yaml: published ones, and some written to their keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from importers.reports.reading_reports import (
    HOSTILE,
    NOTHING,
    check,
    damaged,
    figures,
    odd,
    refuses_or_reads,
    text_of,
)

from benchfolio.documents import Form, parse
from benchfolio.importers.reports.ai_hub import AiHub
from benchfolio.importers.reports.types import Stated
from benchfolio.results import BadInput, Direction, Precision, Scenario, State

READER = AiHub()
PERF = text_of("ai_hub/perf.yaml")
MODELS = text_of("ai_hub/perf_models.yaml")
NUMERICS = text_of("ai_hub/numerics.yaml")
FORM = Form(name="a file", expected="a file")


@pytest.mark.parametrize("text", [PERF, MODELS, NUMERICS])
def test_all_three_kinds_are_recognised(text: str) -> None:
    """Both generations of perf.yaml, and numerics.yaml, are known by their keys."""
    assert READER.recognises("perf.yaml", text)
    check(READER.read(text, "f", NOTHING))


def test_microseconds_and_bytes_of_the_first_generation() -> None:
    """1174 µs are 1.174 ms and bytes become MiB; it is an estimate, not a median."""
    report = READER.read(MODELS, "f", NOTHING)
    row = report.rows[0]
    assert figures(row) == {
        "latency@estimate": (1.174, "ms", None),
        "memory@peak": (16936144 / 2**20, "MiB", None),
    }
    assert report.metrics["latency@estimate"].direction is Direction.LOWER
    assert (row.model, row.platform, row.device) == ("Net-B", "Galaxy One", "NPU")
    assert (row.precision, row.scenario) == (Precision.INT8, Scenario.LATENCY)
    assert row.started == datetime(2025, 2, 12, 8, 8, 49, tzinfo=UTC)


def test_a_skipped_job_is_skipped() -> None:
    """The text null is no figure, no device and no precision."""
    row = READER.read(MODELS, "f", NOTHING).rows[1]
    assert (row.state, row.reason) == (State.SKIPPED, "AI Hub: job Skipped")
    assert row.values == {}
    assert row.device is row.precision is None


def test_milliseconds_and_binary_megabytes_of_the_second_generation() -> None:
    """Milliseconds stay; its MB are 2²⁰ bytes; a peak of 0 was not measured."""
    first, _, laptop, *_ = READER.read(PERF, "f", NOTHING).rows
    assert figures(first) == {
        "latency@estimate": (12.248, "ms", None),
        "memory@peak": (273.0, "MiB", None),
    }
    assert (first.runtime, first.runtime_version) == ("tflite", "2.17.0")
    assert figures(laptop) == {"latency@estimate": (21.759, "ms", None)}
    assert (laptop.runtime, laptop.runtime_version) == ("qnn_dlc", "2.41.0.2")
    assert laptop.settings["layers_on_cpu"] == 4


def test_a_failed_job_has_failed() -> None:
    """A job without a time has no figures and says so."""
    row = READER.read(PERF, "f", NOTHING).rows[1]
    assert (row.state, row.reason) == (State.FAILED, "AI Hub: job Failed")


def test_precisions_that_are_none_of_ours() -> None:
    """float says none; w8a8 is INT8; w8a16 is mixed, and its recipe tells it from w4a16."""
    rows = READER.read(PERF, "f", NOTHING).rows
    assert [(row.precision, row.recipe) for row in rows] == [
        (None, None),
        (None, None),
        (None, None),
        (Precision.MIXED, "w8a16"),
        (Precision.INT8, None),
        (Precision.MIXED, "w4a16"),
        (Precision.MIXED, "w4a16"),
    ]


def test_a_language_model_has_a_row_for_each_context_length() -> None:
    """Tokens per second and the times to the first token stand under the length."""
    *_, short, long = READER.read(PERF, "f", NOTHING).rows
    assert (short.shape, long.shape) == ("context_length=1024", "context_length=4096")
    assert figures(long) == {
        "throughput@tokens": (9.5, "1/s", None),
        "latency@first_token_min": (238.545, "ms", None),
        "latency@first_token_max": (1399.168, "ms", None),
    }


@pytest.mark.parametrize("name", ["resnet50", "whisper_small_quantized", "qwen3_0_6b"])
def test_a_published_file_is_read_whole(name: str) -> None:
    """Each published file is recognised, and none of its rows shares the key of another."""
    text = text_of(f"ai_hub/published/{name}.perf.yaml")
    assert READER.recognises("perf.yaml", text)
    report = READER.read(text, "f", NOTHING)
    check(report)
    assert not report.left_out
    names = ("model", "form", "platform", "precision", "recipe", "runtime", "device", "shape")
    keys = [tuple(getattr(row, name) for name in names) for row in report.rows]
    assert len(set(keys)) == len(keys)


def test_the_only_component_is_the_model() -> None:
    """A published ResNet-50 has figures of two devices and runtimes in float and INT8."""
    rows = READER.read(text_of("ai_hub/published/resnet50.perf.yaml"), "f", NOTHING).rows
    assert {row.model for row in rows} == {"ResNet50"}
    assert {row.form for row in rows} == {None}
    assert {row.precision for row in rows} == {None, Precision.INT8}
    assert {row.runtime_version for row in rows if row.runtime == "onnx"} == {"1.30.0"}


def test_components_are_parts_of_a_model_that_has_to_be_stated() -> None:
    """Encoder and decoder of one file are forms; they are not taken for models of that name."""
    name = "whisper_small_quantized"
    rows = READER.read(text_of(f"ai_hub/published/{name}.perf.yaml"), "f", NOTHING).rows
    assert {row.model for row in rows} == {None}
    assert [row.form for row in rows] == ["decoder", "encoder"]


def test_a_language_model_has_a_row_for_each_compute_unit() -> None:
    """The same context length on CPU, GPU and NPU is three rows, not one three times."""
    rows = READER.read(text_of("ai_hub/published/qwen3_0_6b.perf.yaml"), "f", NOTHING).rows
    of = {
        row.device: row for row in rows if row.recipe == "q4_0" and row.shape and "512" in row.shape
    }
    assert set(of) == {"CPU", "GPU", "NPU"}
    assert figures(of["CPU"]) == {
        "throughput@tokens": (112.441671, "1/s", None),
        "throughput@prompt_tokens": (1237.424353, "1/s", None),
        "latency@first_token_min": (103.547, "ms", None),
        "latency@first_token_max": (414.188, "ms", None),
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("w8a16", "weights of 8 bit, activations of 16 bit"),
        ("w8a16_mixed_fp16", "weights of 8 bit, activations of 16 bit, some layers in FP16"),
        ("w4", "weights of 4 bit"),
        ("q4_0", "weights of 4 bit in blocks, as llama.cpp has them"),
        ("mxfp4", "weights in MXFP4"),
        ("mixed_with_float", "several precisions, some layers in floating point"),
    ],
)
def test_names_of_mixed_precisions_say_what_they_are(name: str, said: str) -> None:
    """Every such name in the published files is MIXED, with a recipe that says what is known."""
    report = READER.read(PERF.replace("w8a16:", f"{name}:"), "f", NOTHING)
    assert report.recipes[name].label == said
    assert Precision.MIXED in {row.precision for row in report.rows if row.recipe == name}


def test_an_unknown_precision_is_asked_for() -> None:
    """A name that nobody has seen yet is not guessed at."""
    report = READER.read(PERF.replace("w8a16:", "w8z:"), "f", NOTHING)
    assert "w8z" not in report.recipes


def test_numerics_of_one_device_and_data_set_are_one_row() -> None:
    """top-1 and top-5 stand together with their samples; torch's own figure is beside them."""
    report = READER.read(NUMERICS, "f", NOTHING)
    first, second = report.rows
    assert figures(first) == {
        "accuracy@top1": (76.0, "%", 1000),
        "accuracy@top5": (92.8, "%", 1000),
    }
    assert first.settings == {"torch_accuracy@top1": 76.1, "torch_accuracy@top5": 92.9}
    assert (second.precision, second.recipe) == (Precision.MIXED, "w8a16")
    assert first.model is None, "the folder's name, not the file, says it"
    assert report.datasets["imagenet"].split == "validation split"


def test_a_metric_of_unknown_direction_waits_for_the_person() -> None:
    """Perplexity is left out until its direction is stated."""
    assert "Perplexity" in READER.read(NUMERICS, "f", NOTHING).left_out[0].got
    report = READER.read(NUMERICS, "f", Stated(directions={"Perplexity": "lower"}))
    check(report)
    assert figures(report.rows[-1]) == {"Perplexity": (8.4, "1", 250)}
    assert report.metrics["Perplexity"].direction is Direction.LOWER


def test_percent_that_may_be_fractions_are_left_out() -> None:
    """0.572 % of a metric whose values are all below 1 is not believed, nor multiplied."""
    report = READER.read(NUMERICS, "f", NOTHING)
    assert "masked" not in {row.dataset for row in report.rows}
    assert "fractions" in report.left_out[1].what


BOMB = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{new}: &{new} [*{old},*{old},*{old},*{old},*{old},*{old},*{old},*{old}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "hello",
        "models: {}\n",
        "models: []\n",
        "precisions: {float: {}}\n",
        "metrics: [{}]\n",
        PERF[:700],
        PERF.replace("12.248", "fast"),
        MODELS.replace("2025-02-12", "2025-99-99"),
        BOMB,
        "[" * 5000,
        "models: !!python/object/apply:os.system [id]\n",
    ],
)
def test_what_is_no_such_file_is_refused(text: str) -> None:
    """Empty, cut, foreign, bottomless and multiplying files end in BadInput."""
    with pytest.raises(BadInput):
        READER.read(text, "f", NOTHING)


def test_hostile_names_stay_text() -> None:
    """A model's name is carried as it is."""
    text = MODELS.replace("Net-B", json.dumps(HOSTILE))
    assert READER.read(text, "f", NOTHING).rows[0].model == HOSTILE


@settings(deadline=None, max_examples=60)
@given(damaged(MODELS) | damaged(NUMERICS) | damaged(PERF[:1500]))
def test_damage_is_refused_or_read_soundly(text: str) -> None:
    """No change of bytes raises anything but BadInput."""
    refuses_or_reads(READER, text)


def _documents() -> list[Any]:
    return [parse(text, "f", FORM).plain() for text in (MODELS, NUMERICS, PERF)]


@settings(deadline=None, max_examples=60)
@given(odd(_documents()[0]) | odd(_documents()[1]) | odd(_documents()[2]))
def test_odd_values_are_refused_or_read_soundly(document: Any) -> None:  # noqa: ANN401
    """No value of another kind, anywhere, raises anything but BadInput."""
    stated = Stated(directions={"Perplexity": "lower"})
    refuses_or_reads(READER, json.dumps(document), stated)
