"""ONNX Runtime's onnxruntime_perf_test: its result file, in both revisions."""

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

from benchfolio.importers.reports.ort_perf_test import OrtPerfTest
from benchfolio.results import BadInput, Scenario

SECONDS = text_of("ort_perf_test/seconds.txt")
NANOSECONDS = text_of("ort_perf_test/nanoseconds.txt")
READER = OrtPerfTest()


@pytest.mark.parametrize("text", [SECONDS, NANOSECONDS])
def test_both_revisions_are_recognised_and_read_in_milliseconds(text: str) -> None:
    """Seconds and nanoseconds of the same runs are the same figures, to the digits printed."""
    assert READER.recognises("result.txt", text)
    report = READER.read(text, "r", NOTHING)
    check(report)
    (row,) = report.rows
    assert (row.model, row.runtime, row.scenario) == ("resnet50", "onnxruntime", Scenario.LATENCY)
    assert unsaid(row) >= {"precision", "device", "batch", "runtime_version"}
    found = figures(row)
    assert found["latency@median"][0] == pytest.approx(20.51036, rel=1e-5)
    assert found["latency@p90"][0] == pytest.approx(21.25465, rel=1e-5)
    assert found["latency@p90"][1:] == ("ms", 120)
    assert found["memory@peak"] == (100.0, "MiB", None)
    assert "latency@p99" not in found, "120 runs do not support it"


def test_the_unit_is_told_by_the_text_in_seconds() -> None:
    """Whole numbers below 1000 tell no unit; with the tool's statistics they do."""
    rows = "".join(f"m,{value},0,0,{run}\n" for run, value in enumerate((300, 200, 250)))
    with pytest.raises(BadInput, match="unknown unit"):
        READER.read(rows, "r", NOTHING)
    (row,) = READER.read(f"{rows}\nP50 Latency is 2.5e-07 sec\n", "r", NOTHING).rows
    assert row.values["latency@median"].value == 0.00025
    (row,) = READER.read(f"{rows}\nP50 Latency is 250 sec\n", "r", NOTHING).rows
    assert row.values["latency@median"].value == 250_000


def test_printed_seconds_are_converted_exactly() -> None:
    """The median of two decimals is the decimal that a person computes."""
    (row,) = READER.read("m,0.0203,0,0,0\nm,0.0200007,0,0,1\n", "r", NOTHING).rows
    assert row.values["latency@median"].value == 20.15035


def test_statistics_of_other_runs_are_an_error() -> None:
    """A text that fits the runs in neither unit is a contradiction, not a choice."""
    with pytest.raises(BadInput, match="statistics of other runs"):
        READER.read(SECONDS.replace("P50 Latency is 0.02", "P50 Latency is 0.03"), "r", NOTHING)


def test_each_invocation_in_an_appended_file_is_a_row() -> None:
    """Run 0 begins another row, also of the same model; 0 bytes are no memory."""
    report = READER.read(text_of("ort_perf_test/appended.txt"), "r", NOTHING)
    assert [row.model for row in report.rows] == ["resnet50", "bert,large", "resnet50"]
    assert [row.where for row in report.rows] == ["r:1", "r:11", "r:21"]
    assert "memory@peak" not in report.rows[1].values


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "r"),
        ("m,0.1,0,0,1\n", "r:1"),
        ("m,0.1,0,0,0\nm,0.1,0,0,2\n", "r:2"),
        ("m,0.1,0,0,0\nn,0.1,0,0,1\n", "r:2"),
        ("m,-0.1,0,0,0\n", "r:1"),
        ("m,inf,0,0,0\n", "r:1"),
        ("m,0.1,0,0,0\nP50 Latency is 0.1sec\nm,0.1,0,0,1\n", "r:3"),
        ("P50 Latency is 0.1sec\n", "r:1"),
        ("m,0.1,0,0,0\nhello\n", "r:2"),
    ],
)
def test_what_is_no_such_file_is_refused_with_its_line(text: str, line: str) -> None:
    """Empty, truncated and foreign files end in a problem at the line where it begins."""
    with pytest.raises(BadInput) as caught:
        READER.read(text, "r", NOTHING)
    assert caught.value.problems[0].where == line


def test_hostile_names_stay_text() -> None:
    """Whatever stands in the place of the model's name is carried as it is."""
    name = HOSTILE.replace("\n", "")
    (row,) = READER.read(f"{name},0.5,0,0,0\n", "r", NOTHING).rows
    assert row.model == name


@settings(deadline=None)
@given(damaged(SECONDS[:900] + SECONDS[-180:]) | damaged(NANOSECONDS[:700]) | st.text())
def test_damage_is_refused_or_read_soundly(text: str) -> None:
    """No change of bytes raises anything but BadInput."""
    refuses_or_reads(READER, text)
