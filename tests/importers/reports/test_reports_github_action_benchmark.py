"""github-action-benchmark's data, written to the types of its source."""

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
)

from benchfolio.importers.reports.github_action_benchmark import GithubActionBenchmark
from benchfolio.importers.reports.types import Stated
from benchfolio.results import BadInput, Direction, Scenario

READER = GithubActionBenchmark()
TEXT = text_of("github_action_benchmark/data.js")
JSON = TEXT.partition("=")[2]


def _custom(tool: str, unit: str, value: object = 3) -> str:
    bench = {"name": "n", "value": value, "unit": unit}
    return json.dumps({"entries": {"S": [{"commit": {}, "tool": tool, "benches": [bench]}]}})


@pytest.mark.parametrize("text", [TEXT, JSON, TEXT + ";\n"])
def test_script_and_json_are_the_same(text: str) -> None:
    """data.js and the external JSON file are recognised and give the same rows."""
    assert READER.recognises("data.js", text)
    report = READER.read(text, "d", NOTHING)
    check(report)
    assert report.rows == READER.read(TEXT, "d", NOTHING).rows


def test_units_tell_metric_and_direction() -> None:
    """ns/iter are times in milliseconds, iter/sec and ops/s rates; each with its direction."""
    report = READER.read(TEXT, "d", NOTHING)
    found = {row.model: figures(row) for row in report.rows}
    assert found["Rust: bench_fib_20"] == {"latency@median": (0.037174, "ms", None)}
    assert found["Python: tests/test_a.py::test_a"] == {"throughput@calls": (952.25, "1/s", 510)}
    assert found["Java: throughput"] == {"throughput@calls": (4821.5, "1/s", None)}
    assert report.metrics["throughput@calls"].direction is Direction.HIGHER


def test_custom_tools_say_the_direction() -> None:
    """Smaller and bigger are metrics of their own, in the unit they were given in."""
    report = READER.read(TEXT, "d", NOTHING)
    assert report.metrics["figure@megabytes.lower"].direction is Direction.LOWER
    assert report.metrics["figure@points.higher"].direction is Direction.HIGHER
    size = next(row for row in report.rows if row.model == "Size: binary")
    assert figures(size) == {"figure@megabytes.lower": (12.5, "Megabytes", None)}
    assert size.scenario is None, "it is not said what was measured"


def test_a_custom_tool_is_believed_about_its_unit() -> None:
    """customBiggerIsBetter in ms is no latency: bigger is better."""
    report = READER.read(_custom("customBiggerIsBetter", "ms"), "d", NOTHING)
    check(report)
    assert set(report.rows[0].values) == {"figure@ms.higher"}


def test_any_other_unit_waits_for_the_person() -> None:
    """Furlongs are left out until a direction is stated by the name that the problem gives."""
    assert "figure@furlongs=higher" in READER.read(TEXT, "d", NOTHING).left_out[-1].remedy
    report = READER.read(TEXT, "d", Stated(directions={"figure@furlongs": "lower"}))
    check(report)
    assert figures(report.rows[-1]) == {"figure@furlongs": (3, "furlongs", None)}
    assert report.metrics["figure@furlongs"].direction is Direction.LOWER


def test_one_commit_is_read_and_the_history_is_said() -> None:
    """The newest entry counts, or that of the commit that is stated as the release."""
    newest = READER.read(TEXT, "d", NOTHING)
    assert (newest.rows[0].settings["entry"], newest.rows[0].settings["entries"]) == (2, 2)
    older = READER.read(TEXT, "d", Stated(fields={"release": "1111111"}))
    assert figures(older.rows[0]) == {"throughput@calls": (900.5, "1/s", 500)}
    assert older.rows[0].release is None, "the stated release is the release"


def test_a_list_of_benches_has_no_direction_but_its_units() -> None:
    """What custom tools read is a plain list: times are times, other units wait."""
    text = json.dumps([{"name": "a", "value": 2.5, "unit": "us"}, {"name": "b", "value": 1}])
    report = READER.read(text, "d", NOTHING)
    assert figures(report.rows[0]) == {"latency@unspecified": (0.0025, "ms", None)}
    assert len(report.rows) == len(report.left_out) == 1


def test_people_are_not_carried() -> None:
    """Names and addresses of authors are in the data, and nowhere in what is made of it."""
    made = repr(READER.read(TEXT, "d", NOTHING))
    assert "example.org" not in made
    assert "A Person" not in made


def test_time_and_scenario() -> None:
    """An entry's date is milliseconds since 1970; times and rates of calls are latencies."""
    row = READER.read(TEXT, "d", NOTHING).rows[0]
    assert row.started is not None
    assert row.started.isoformat() == "2025-11-22T08:26:40+00:00"
    assert row.scenario is Scenario.LATENCY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"entries": []}',
        '{"entries": {"S": [{"benches": "none"}]}}',
        TEXT[:900],
        JSON.replace("37174", '"slow"'),
        JSON.replace("37174", "-37174"),
        JSON.replace('"date": 1763800000000', '"date": 1e300'),
        "window.BENCHMARK_DATA = alert(1)",
        "[" * 100_000,
    ],
)
def test_what_is_no_such_data_is_refused(text: str) -> None:
    """Empty, cut, foreign and bottomless data end in BadInput; no script is run."""
    with pytest.raises(BadInput):
        READER.read(text, "d", NOTHING)


def test_hostile_names_and_units_stay_text() -> None:
    """Names are carried as they are, and units give metrics safe names."""
    text = _custom("customBiggerIsBetter", HOSTILE).replace('"n"', json.dumps(HOSTILE))
    report = READER.read(text, "d", NOTHING)
    assert report.rows[0].model == HOSTILE
    (metric,) = report.metrics
    assert "<" not in metric


@settings(deadline=None)
@given(damaged(TEXT) | st.text().map("window.BENCHMARK_DATA = ".__add__))
def test_damage_is_refused_or_read_soundly(text: str) -> None:
    """No change of bytes raises anything but BadInput."""
    refuses_or_reads(READER, text)


@settings(deadline=None)
@given(odd(json.loads(JSON)))
def test_odd_values_are_refused_or_read_soundly(document: Any) -> None:  # noqa: ANN401
    """No value of another kind, anywhere, raises anything but BadInput."""
    refuses_or_reads(READER, json.dumps(document), Stated(directions={"figure@furlongs": "higher"}))
