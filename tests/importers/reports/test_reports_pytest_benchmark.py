"""pytest-benchmark; the fixture was written by pytest-benchmark 5.2.3 itself, host and commit
replaced.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
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
)

from benchfolio.importers.reports.pytest_benchmark import PytestBenchmark
from benchfolio.results import BadInput, Precision, Scenario

READER = PytestBenchmark()
TEXT = text_of("pytest_benchmark/benchmark.json")


def _changed(change: Any) -> str:  # noqa: ANN401 - a function of the document
    root = json.loads(TEXT)
    change(root["benchmarks"][0])
    return json.dumps(root)


def test_each_benchmark_is_a_row() -> None:
    """The median of the rounds is in milliseconds, with its spread; the test is the model."""
    assert READER.recognises("0001.json", TEXT)
    report = READER.read(TEXT, "p", NOTHING)
    check(report)
    assert report.tool == "pytest-benchmark 5.2.3"
    assert [row.model for row in report.rows] == ["test_resize[32]", "test_resize[64]", "test_once"]
    row = report.rows[0]
    assert figures(row) == {"latency@median": (0.0312549000227591, "ms", 40)}
    assert row.values["latency@median"].spread == 0.0001192998752230792
    assert row.scenario is Scenario.LATENCY
    assert row.started == datetime(2026, 11, 22, 11, 2, 40, 698061, tzinfo=UTC)
    assert row.precision is row.runtime is row.device is row.platform is None


def test_what_a_test_says_of_itself_is_taken() -> None:
    """extra_info under our fields' names is read, anything else is a setting."""

    def change(benchmark: dict[str, Any]) -> None:
        benchmark["extra_info"] = {
            "model": "resnet-50",
            "precision": "int8",
            "runtime": "onnxruntime",
            "device": "CPU",
            "batch": "8",
            "flops": 3,
            "sizes": [1, 2],
        }

    report = READER.read(_changed(change), "p", NOTHING)
    row = report.rows[0]
    assert (row.model, row.precision, row.batch) == ("resnet-50", Precision.INT8, 8)
    assert (row.runtime, row.device) == ("onnxruntime", "CPU")
    assert (row.settings["extra.flops"], row.settings["extra.sizes"]) == (3, "[1,2]")


def test_percentiles_need_single_calls() -> None:
    """Rounds of five calls have a median of means and no percentiles; rounds of one have both."""

    def single(benchmark: dict[str, Any]) -> None:
        data = [0.001 + index * 1e-6 for index in range(44)]
        benchmark["stats"] |= {"data": data, "rounds": 44, "iterations": 1}

    text = _changed(single)
    means = text.replace('"iterations": 1}', '"iterations": 5}', 1)
    assert means != text
    assert set(READER.read(means, "p", NOTHING).rows[0].values) == {"latency@median"}
    row = READER.read(text, "p", NOTHING).rows[0]
    assert row.values["latency@p90"].value == 1.039
    assert "latency@p95" not in row.values, "44 rounds do not support it"


def test_neither_host_nor_people_are_carried() -> None:
    """The machine's name is in the report, and nowhere in what is made of it."""
    assert '"node": "lab"' in TEXT
    assert "'lab'" not in repr(READER.read(TEXT, "p", NOTHING))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"benchmarks": []}',
        TEXT[:2000],
        TEXT.replace('"median": 3.1', '"median": -3.1'),
        TEXT.replace('"rounds": 40', '"rounds": 0'),
        TEXT.replace('"median": 3.12549000227591e-05', '"median": NaN'),
        TEXT.replace("2026-11-22T", "yesterday"),
        "[" * 100_000,
    ],
)
def test_what_is_no_such_report_is_refused(text: str) -> None:
    """Empty, cut, negative, missing and bottomless ends in BadInput."""
    with pytest.raises(BadInput):
        READER.read(text, "p", NOTHING)


def test_a_round_that_is_missing_is_noticed() -> None:
    """As many times as rounds must be there."""

    def change(benchmark: dict[str, Any]) -> None:
        benchmark["stats"] |= {"iterations": 1}
        benchmark["stats"]["data"].pop()

    with pytest.raises(BadInput, match="a round is missing"):
        READER.read(_changed(change), "p", NOTHING)


def test_hostile_names_stay_text() -> None:
    """A test's name is carried as it is."""
    text = _changed(lambda benchmark: benchmark.update(name=HOSTILE))
    assert READER.read(text, "p", NOTHING).rows[0].model == HOSTILE


@settings(deadline=None)
@given(damaged(TEXT[:3500]) | damaged(json.dumps(json.loads(TEXT))) | st.text())
def test_damage_is_refused_or_read_soundly(text: str) -> None:
    """No change of bytes raises anything but BadInput."""
    refuses_or_reads(READER, text)


def _small() -> Any:  # noqa: ANN401
    root = json.loads(TEXT)
    del root["benchmarks"][:2]
    return root


@settings(deadline=None)
@given(odd(_small()))
def test_odd_values_are_refused_or_read_soundly(document: Any) -> None:  # noqa: ANN401
    """No value of another kind, anywhere, raises anything but BadInput."""
    refuses_or_reads(READER, json.dumps(document))
