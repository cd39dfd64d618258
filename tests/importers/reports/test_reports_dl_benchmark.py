"""dl-benchmark's tables, written to its documented columns."""

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
)

from benchfolio.importers.reports.dl_benchmark import DlBenchmark
from benchfolio.importers.reports.types import Stated
from benchfolio.results import BadInput, Direction, Load, Precision, Scenario, State

READER = DlBenchmark()
SPEED = text_of("dl_benchmark/benchmark.csv")
QUOTED = text_of("dl_benchmark/benchmark_quoted.csv")
ACCURACY = text_of("dl_benchmark/accuracy.csv")
TRAILING = text_of("dl_benchmark/accuracy_trailing.csv")


@pytest.mark.parametrize("text", [SPEED, QUOTED, ACCURACY, TRAILING])
def test_all_variants_are_recognised(text: str) -> None:
    """Benchmark and accuracy tables of several revisions are known by their columns."""
    assert READER.recognises("results.csv", text)
    check(READER.read(text, "t", NOTHING))


def test_a_synchronous_row_has_latency_and_rate() -> None:
    """Seconds become milliseconds exactly, FPS stay; the mean is a metric of its own."""
    report = READER.read(SPEED, "t", NOTHING)
    row = report.rows[0]
    assert figures(row) == {
        "throughput": (83.333, "1/s", 1000),
        "latency@median": (12.0, "ms", 1000),
        "latency@mean": (12.5, "ms", 1000),
    }
    assert report.metrics["latency@mean"].direction is Direction.LOWER
    assert (row.scenario, row.device, row.batch) == (Scenario.LATENCY, "CPU", 1)
    assert (row.precision, row.runtime) == (Precision.FP32, "OpenVINO DLDT")
    assert (row.dataset, row.shape, row.task) == ("ImageNET", "1x3x227x227", "Classification")
    assert row.runtime_version is row.platform is None


def test_the_latency_0_of_the_asynchronous_mode_is_none() -> None:
    """There is a rate and a load; what is printed as 0 was not measured."""
    row = READER.read(SPEED, "t", NOTHING).rows[1]
    assert row.scenario is Scenario.THROUGHPUT
    assert "latency@median" not in row.values
    assert row.device == "MULTI:CPU,GPU", "a value may have commas in it"
    assert row.load == Load(streams=2, requests=4)


def test_a_failed_row_has_its_reason() -> None:
    """Failed rows have no figures; the reason is the table's own where it has one."""
    assert READER.read(SPEED, "t", NOTHING).rows[2].reason == "dl-benchmark: Failed"
    row = READER.read(QUOTED, "t", NOTHING).rows[1]
    assert (row.state, row.reason) == (State.FAILED, "dl-benchmark: INFERENCE_EXCEPTION")
    assert row.dataset is row.shape is None


def test_columns_of_unsure_meaning_are_settings() -> None:
    """BATCH FPS, and a latency per token in seconds or milliseconds, are kept as printed."""
    report = READER.read(QUOTED, "t", NOTHING)
    assert report.rows[0].settings["batch_fps"] == "1.054"
    assert "latency_per_token" not in report.rows[0].settings, "N/A is nothing"
    assert report.left_out == ()
    assert report.rows[0].precision is None
    assert report.rows[0].settings["precision_as_printed"] == "FP16-INT8"


def test_an_update_of_the_system_makes_no_other_machine() -> None:
    """Rows that differ in the versions of system and Python alone are of one machine."""
    report = READER.read(SPEED, "t", NOTHING)
    assert {row.platform for row in report.rows} == {None}


def test_several_machines_are_several_platforms() -> None:
    """They are told apart by what no update changes."""
    report = READER.read(QUOTED, "t", NOTHING)
    assert [row.platform for row in report.rows] == [
        "RISC-V, 16215456 kB",
        "Another CPU, 8000000 kB",
    ]


def test_accuracies_of_one_model_are_put_together() -> None:
    """top1 and top5 are one row; of 100 and 500 objects the 500 count, and that is said."""
    report = READER.read(ACCURACY, "t", NOTHING)
    alexnet, failed = report.rows
    assert figures(alexnet) == {
        "accuracy@top1": (56.2, "%", 500),
        "accuracy@top5": (81.0, "%", 100),
    }
    assert (failed.model, failed.state) == ("mobilenet", State.FAILED)
    assert [(problem.where, problem.got) for problem in report.left_out] == [
        ("t:4", "'accuracy@top1'"),
        ("t:5", "'map'"),
        ("t:6", "'0.7710'"),
        ("t:7", "'mse'"),
    ]


def test_a_metric_without_a_known_direction_is_read_when_it_is_stated() -> None:
    """map is left out until the person says which way is better."""
    report = READER.read(ACCURACY, "t", Stated(directions={"map": "higher"}))
    check(report)
    assert figures(report.rows[1]) == {"map": (77.1, "%", 100)}
    assert report.metrics["map"].direction is Direction.HIGHER


def test_a_delimiter_at_the_end_of_lines_is_no_column() -> None:
    """The revision that ends all lines with a delimiter is read as any other."""
    (row,) = READER.read(TRAILING, "t", NOTHING).rows
    assert figures(row) == {"accuracy@top1": (54.2, "%", None)}
    assert row.precision is Precision.INT8


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "t:1"),
        ("a;b\n1;2\n", "t:1"),
        (SPEED.partition("\n")[0], "t"),
        ("Topology name;FPS;FPS\nm;1;1\n", "t:1"),
        (SPEED.replace(";0.0125;", ";fast;"), "t:2"),
        (SPEED.replace(";0.0125;0.012;83.333", ""), "t:2"),
        (SPEED.replace(";83.333", ";83.333;1;2"), "t:2"),
        (SPEED.replace("Sync", "Both", 1), "t:2"),
        (SPEED.replace("Success;", "Maybe;", 1), "t:2"),
        (ACCURACY.replace("top_k_5;FP32;100", "top_k_1;FP32;100", 1), "t:3"),
    ],
)
def test_what_is_no_such_table_is_refused_with_its_line(text: str, where: str) -> None:
    """Foreign, cut and contradictory tables end in a problem at their line."""
    with pytest.raises(BadInput) as caught:
        READER.read(text, "t", NOTHING)
    assert caught.value.problems[0].where == where


def test_hostile_names_stay_text() -> None:
    """A topology's name is carried as it is, quotes undone."""
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    assert READER.read(SPEED.replace("alexnet", quoted, 1), "t", NOTHING).rows[0].model == HOSTILE


@settings(deadline=None)
@given(damaged(SPEED) | damaged(QUOTED) | damaged(ACCURACY) | st.text().map(SPEED.__add__))
def test_damage_is_refused_or_read_soundly(text: str) -> None:
    """No change of bytes raises anything but BadInput."""
    refuses_or_reads(READER, text)
