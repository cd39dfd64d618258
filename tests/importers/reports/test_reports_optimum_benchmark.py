"""optimum-benchmark; the reports were written by its own classes (0.6.0), the configuration to its
documented fields.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importers.reports.reading_reports import (
    HOSTILE,
    NOTHING,
    check,
    damaged,
    figures,
    odd,
    refuses_or_reads,
    text_of,
    unsaid,
)

from benchfolio.importers.reports.optimum_benchmark import OptimumBenchmark
from benchfolio.results import BadInput, Direction, Precision, Scenario

READER = OptimumBenchmark()
WHOLE = text_of("optimum_benchmark/benchmark.json")
REPORT = text_of("optimum_benchmark/benchmark_report.json")
GENERATE = text_of("optimum_benchmark/benchmark_report_generate.json")


def _small() -> Any:  # noqa: ANN401
    """Return the whole benchmark with few values, for many changes."""
    root = json.loads(WHOLE)
    root["report"]["forward"]["latency"]["values"] = [0.1, 0.2]
    return root


def _with(backend: dict[str, object]) -> str:
    root = json.loads(WHOLE)
    root["config"]["backend"] |= backend
    return json.dumps(root)


def test_a_whole_benchmark_says_what_its_configuration_says() -> None:
    """Model, task, runtime with its version, provider, precision, batch and shape are stated."""
    assert READER.recognises("benchmark.json", WHOLE)
    report = READER.read(WHOLE, "b", NOTHING)
    check(report)
    (row,) = report.rows
    assert (row.model, row.task) == ("microsoft/resnet-50", "image-classification")
    assert (row.runtime, row.runtime_version) == ("onnxruntime", "1.24.1")
    assert (row.device, row.precision) == ("CPUExecutionProvider", Precision.FP32)
    assert (row.batch, row.shape) == (2, "height=224, num_channels=3, width=224")
    assert report.software["optimum-benchmark"] == "0.6.0"
    assert row.settings["session_options.intra_op_num_threads"] == 4


def test_figures_are_those_of_the_values_in_the_registrys_units() -> None:
    """Seconds are milliseconds, MB of 10⁶ bytes MiB; a p99 of 120 values is not carried."""
    (row,) = READER.read(REPORT, "b", NOTHING).rows
    said = json.loads(REPORT)
    found = figures(row)
    latency = said["forward"]["latency"]
    assert found["latency@median"][0] == pytest.approx(latency["p50"] * 1000)
    assert found["latency@median"][1:] == ("ms", 120)
    assert found["throughput"][0] == said["forward"]["throughput"]["value"]
    assert found["time@load"][0] == pytest.approx(said["load_model"]["latency"]["mean"] * 1000)
    most = max(said[target]["memory"]["max_ram"] for target in said)
    assert found["memory@peak"][0] == pytest.approx(most * 1e6 / 2**20)
    assert "latency@p95" in found
    assert "latency@p99" not in found
    assert unsaid(row) >= {"model", "runtime", "precision", "batch"}


def test_phases_are_metrics_of_their_own() -> None:
    """Prefill, decode and tokens stand beside the whole generation, each with its direction."""
    report = READER.read(GENERATE, "b", NOTHING)
    check(report)
    (row,) = report.rows
    assert row.scenario is Scenario.LATENCY
    assert {"latency@median", "latency@prefill", "latency@decode", "latency@per_token"} <= set(
        row.values
    )
    assert report.metrics["latency@prefill"].direction is Direction.LOWER
    assert report.metrics["throughput@decode"].direction is Direction.HIGHER
    assert row.settings["generate.energy.total"] == 1.7e-06
    assert report.left_out == ()


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ({"torch_dtype": "float16"}, Precision.FP16),
        ({"torch_dtype": "bfloat16"}, Precision.BF16),
        ({"torch_dtype": "auto"}, None),
        ({"torch_dtype": None}, None),
        ({"torch_dtype": None, "half": True}, Precision.FP16),
        ({"load_in_8bit": True}, None),
        ({"quantization": True}, None),
        ({"auto_quantization": "avx512_vnni"}, None),
        ({"autocast_enabled": True}, None),
    ],
)
def test_a_precision_that_is_in_doubt_is_not_said(
    backend: dict[str, object], expected: Precision | None
) -> None:
    """A dtype of auto, and any quantisation, leave the precision to the person."""
    (row,) = READER.read(_with(backend), "b", NOTHING).rows
    assert row.precision is expected


def test_an_older_report_without_values_has_the_tools_median() -> None:
    """Where single values are not there, p50 is taken with its count; p90 and beyond are not."""
    said = json.loads(REPORT)
    del said["forward"]["latency"]["values"]
    (row,) = READER.read(json.dumps(said), "b", NOTHING).rows
    assert figures(row)["latency@median"][2] == 120
    assert "latency@p90" not in row.values


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        json.dumps(json.loads(WHOLE)["config"]),
        WHOLE[:3000],
        REPORT.replace('"unit": "s"', '"unit": "h"'),
        REPORT.replace('"unit": "MB"', '"unit": "GB"'),
        '{"train": {"latency": {"unit": "s", "p50": 1}}}',
        "[" * 100_000,
        '{"forward": ' * 5_000,
    ],
)
def test_what_is_no_report_of_inference_is_refused(text: str) -> None:
    """Configurations, training, other units, cut and bottomless files end in BadInput."""
    with pytest.raises(BadInput):
        READER.read(text, "b", NOTHING)


def test_hostile_names_stay_text() -> None:
    """A model's name is carried as it is."""
    (row,) = READER.read(_with({"model": HOSTILE}), "b", NOTHING).rows
    assert row.model == HOSTILE


@settings(deadline=None)
@given(damaged(json.dumps(_small())) | damaged(GENERATE[:2500]) | st.text())
def test_damage_is_refused_or_read_soundly(text: str) -> None:
    """No change of bytes raises anything but BadInput."""
    refuses_or_reads(READER, text)


@settings(deadline=None)
@given(odd(_small()))
def test_odd_values_are_refused_or_read_soundly(document: Any) -> None:  # noqa: ANN401
    """No value of another kind, anywhere, raises anything but BadInput."""
    refuses_or_reads(READER, json.dumps(document))
