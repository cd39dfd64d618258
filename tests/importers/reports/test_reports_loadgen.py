"""MLPerf LoadGen's summaries; all fixtures were written by LoadGen 6.0.17 itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importers.reports.reading_reports import (
    HOSTILE,
    NOTHING,
    check,
    damaged,
    figures,
    refuses_or_reads,
    text_of,
    unsaid,
)

from benchfolio.importers.reports.loadgen import LoadgenSummary
from benchfolio.results import BadInput, Scenario, State

READER = LoadgenSummary()
SINGLE = text_of("loadgen/single_stream.txt")
SERVER = text_of("loadgen/server.txt")


@pytest.mark.parametrize(
    ("name", "scenario", "expected"),
    [
        (
            "single_stream",
            Scenario.SINGLE_STREAM,
            {
                "latency@median": (0.271989, "ms", 1449),
                "latency@p90": (0.284938, "ms", 1449),
                "latency@p95": (0.286821, "ms", 1449),
                "latency@p99": (0.299179, "ms", 1449),
            },
        ),
        (
            "multi_stream",
            Scenario.MULTI_STREAM,
            {
                "latency@median": (0.385639, "ms", 662),
                "latency@p90": (0.394372, "ms", 662),
                "latency@p95": (0.396826, "ms", 662),
                "latency@p99": (0.432129, "ms", 662),
            },
        ),
        ("offline", Scenario.OFFLINE, {"throughput": (3290.5, "1/s", 1650)}),
        ("server", Scenario.SERVER, {"throughput@server": (494.84, "1/s", None)}),
    ],
)
def test_each_scenario_has_its_own_figures(
    name: str, scenario: Scenario, expected: dict[str, tuple[float, str, int | None]]
) -> None:
    """A VALID test has MLPerf's figure of its scenario and the percentiles its queries support."""
    text = text_of(f"loadgen/{name}.txt")
    assert READER.recognises("mlperf_log_summary.txt", text)
    report = READER.read(text, "s", NOTHING)
    check(report)
    (row,) = report.rows
    assert (row.scenario, row.state) == (scenario, State.OK)
    assert figures(row) == expected
    assert unsaid(row) >= {"model", "runtime", "device", "precision", "batch"}


def test_settings_are_those_that_the_runner_records() -> None:
    """Bounds, rates and seeds are carried under the names of benchfolio's own LoadGen cells."""
    (row,) = READER.read(SERVER, "s", NOTHING).rows
    assert row.settings["target_qps"] == 500
    assert row.settings["target_latency_ms"] == 5
    assert row.settings["completed_qps"] == 494.65
    assert row.settings["qsl_rng_seed"] == "0"
    assert row.settings["loadgen_result"] == "VALID"


def test_an_invalid_test_has_failed_for_loadgens_reasons() -> None:
    """Its figures do not count: they are in the note, the reasons in LoadGen's words."""
    (row,) = READER.read(text_of("loadgen/server_invalid.txt"), "s", NOTHING).rows
    assert row.state is State.FAILED
    assert row.values == {}
    assert row.reason == (
        "LoadGen: INVALID; not met: Performance constraints satisfied, Early stopping satisfied; "
        "Reduce target QPS to improve latency."
    )
    assert row.note is not None
    assert "throughput@server 476.62 1/s" in row.note


def test_the_estimate_of_early_stopping_is_no_percentile() -> None:
    """What MLPerf publishes beside the percentile is a setting under its own name."""
    (row,) = READER.read(text_of("loadgen/single_stream_invalid.txt"), "s", NOTHING).rows
    assert row.settings["early_stopping_p90_ms"] == 0.316215
    assert "early_stopping_p99_ms" not in row.settings


@pytest.mark.parametrize(
    "text",
    [
        "",
        "MLPerf Results Summary\n",
        SINGLE.partition("Result is")[0],
        SINGLE.replace("Scenario : SingleStream", "Scenario : Interactive"),
        SINGLE.replace("Mode     : PerformanceOnly", "Mode     : AccuracyOnly"),
        SINGLE.replace("Result is : VALID", "Result is : PERHAPS"),
        SINGLE.replace(": 284938", ": many"),
        SERVER.replace("Scheduled samples per second", "Something else"),
    ],
)
def test_what_is_no_summary_of_a_performance_test_is_refused(text: str) -> None:
    """Empty, cut, accuracy runs, and figures that are none end in BadInput."""
    with pytest.raises(BadInput):
        READER.read(text, "s", NOTHING)


def test_figures_of_tokens_are_kept_as_printed() -> None:
    """They are settings rather than figures of queries, and not lost."""
    text = SINGLE.replace("Mean latency", "Mean First Token latency (ns) : 12\nMean latency")
    (row,) = READER.read(text, "s", NOTHING).rows
    assert row.settings["mean first token latency (ns)"] == "12"


def test_hostile_text_changes_no_figure() -> None:
    """A name of a system under test is carried as text."""
    (row,) = READER.read(SINGLE.replace("PySUT", HOSTILE), "s", NOTHING).rows
    assert row.settings["sut"] == HOSTILE
    assert row.values["latency@p90"].value == 0.284938


@settings(deadline=None)
@given(damaged(SINGLE) | damaged(SERVER) | st.text().map("MLPerf Results Summary\n".__add__))
def test_damage_is_refused_or_read_soundly(text: str) -> None:
    """No change of bytes raises anything but BadInput."""
    refuses_or_reads(READER, text)
