"""Any CSV, with a mapping."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from importers.reports.reading_reports import (
    FIXTURES,
    HOSTILE,
    check,
    damaged,
    figures,
    refuses_or_reads,
    text_of,
)

from benchfolio.importers.reports.csv_mapping import load_mapping
from benchfolio.importers.reports.plain_csv import PlainCsv
from benchfolio.importers.reports.types import Stated
from benchfolio.results import BadInput, Direction, Load, Precision, Scenario, State, WrongUsage

READER = PlainCsv()
TABLE = text_of("plain_csv/table.csv")
MAPPING = text_of("plain_csv/mapping.yaml")
STATED = Stated(mapping=FIXTURES / "plain_csv" / "mapping.yaml")
SMALL = """\
constants: {scenario: latency}
columns:
  Model: {field: model}
  Time: {metric: latency@median, unit: us}
"""


def _stated(folder: Path, mapping: str, **directions: str) -> Stated:
    path = folder / "m.yaml"
    path.write_text(mapping, encoding="utf-8")
    return Stated(mapping=path, directions=directions)  # type: ignore[arg-type]


def test_a_line_makes_a_row_of_each_group_of_columns() -> None:
    """Latency and rate of one line are two rows with the same fields, settings and note."""
    report = READER.read(TABLE, "t", STATED)
    check(report)
    latency, rate = report.rows[:2]
    assert (latency.scenario, rate.scenario) == (Scenario.LATENCY, Scenario.THROUGHPUT)
    assert figures(latency) == {"latency@median": (12.5, "ms", None)}
    assert figures(rate) == {"throughput": (1204.5, "1/s", 2000)}
    assert (latency.where, latency.model, latency.batch) == ("t:5", "resnet-50", 1)
    assert (latency.precision, latency.runtime) == (Precision.INT8, "openvino")
    assert (latency.settings, latency.note) == ({"driver": "31.1"}, "first")
    assert report.tool == "our lab script 3"


def test_words_are_states() -> None:
    """n/a and FAIL end as unsupported and failed with their reasons; a dash is nothing."""
    report = READER.read(TABLE, "t", STATED)
    found = {(row.model, row.scenario): (row.state, row.reason) for row in report.rows}
    assert found["whisper", Scenario.LATENCY] == (
        State.UNSUPPORTED,
        "the plugin cannot compile it",
    )
    assert found["whisper", Scenario.THROUGHPUT] == (State.FAILED, "the run crashed")
    assert "gone" not in {row.model for row in report.rows}
    assert report.left_out == ()


def test_a_line_without_figures_is_left_out_and_named(tmp_path: Path) -> None:
    """An empty field is no word that says so; beside figures a word is a setting."""
    mapping = SMALL + "  P90: {metric: latency@p90}\nwords: {n/a: {state: unsupported}}\n"
    text = "Model,Time,P90\nnet,5,n/a\ngone,,\n"
    report = READER.read(text, "t", _stated(tmp_path, mapping))
    (row,) = report.rows
    assert figures(row) == {"latency@median": (0.005, "ms", None)}
    assert row.settings == {"P90": "n/a"}
    assert [problem.where for problem in report.left_out] == ["t:3"]


def test_a_metric_of_ones_own_has_unit_direction_and_kind() -> None:
    """A share times 100 is percent, exactly; the registry's metrics cannot be turned round."""
    report = READER.read(TABLE, "t", STATED)
    row = next(row for row in report.rows if "wer" in row.values)
    assert figures(row) == {"wer": (4.25, "%", None)}
    assert report.metrics["wer"].direction is Direction.LOWER


def test_a_direction_may_be_stated_beside_the_mapping(tmp_path: Path) -> None:
    """Without one the metric is refused by name; two that differ are refused too."""
    own = MAPPING.replace("direction: lower, ", "")
    with pytest.raises(BadInput, match="which way is better"):
        READER.read(TABLE, "t", _stated(tmp_path, own))
    report = READER.read(TABLE, "t", _stated(tmp_path, own, wer="lower"))
    assert report.metrics["wer"].direction is Direction.LOWER
    with pytest.raises(BadInput, match="two directions"):
        READER.read(TABLE, "t", _stated(tmp_path, MAPPING, wer="higher"))


def test_columns_of_several_precisions_are_several_rows(tmp_path: Path) -> None:
    """A column for each precision says so in its fields; a load may be a field as well."""
    mapping = """\
delimiter: "\\t"
constants: {scenario: throughput, load: 1s4c8ins1bs}
columns:
  Model: {field: model}
  FPS INT8: {metric: throughput, fields: {precision: INT8}}
  FPS FP32: {metric: throughput, fields: {precision: FP32}}
"""
    text = "Model\tFPS INT8\tFPS FP32\nnet\t20\t10\nother\t5\t\n"
    rows = READER.read(text, "t", _stated(tmp_path, mapping)).rows
    assert [(row.model, row.precision, row.values["throughput"].value) for row in rows] == [
        ("net", Precision.INT8, 20),
        ("net", Precision.FP32, 10),
        ("other", Precision.INT8, 5),
    ]
    assert rows[0].load == Load(instances=8, cores_per_instance=4, sockets=1)


@pytest.mark.parametrize(
    ("mapping", "line", "what"),
    [
        (SMALL.replace("unit: us", "unit: MB"), 4, "not a unit of latency@median"),
        (SMALL.replace("latency@median", "speed"), 4, "not in the registry"),
        (SMALL.replace("scenario: latency", "scenario: lunch"), 1, "not a scenario"),
        (SMALL.replace("scenario: latency", "colour: red"), 1, "$"),
        (SMALL.replace("field: model", "field: model, note: true"), 3, "not exactly one thing"),
        (SMALL.replace("field: model", "field: scenario"), 3, "a constant too"),
        (SMALL.replace("unit: us", "unit: us, direction: higher"), 4, "the direction of"),
        (SMALL.replace("unit: us", "unit: us, samples: N"), 4, "names no column"),
        (SMALL.replace("{field: model}", "{field: model, unit: ms}"), 3, "without metric"),
        (SMALL.replace("metric: latency@median, unit: us", "ignore: true"), 2, "has a metric"),
        (SMALL + "skip: [{column: Mode, values: [x]}]\n", 5, "names no column"),
        (SMALL + "decimal: ','\n", 1, "one sign for two things"),
        (SMALL + "delimiter: ab\n", 5, "$.delimiter"),
        (SMALL + "colour: red\n", 1, "$"),
        ("columns: {}\n", 1, "$.columns"),
        ("", 1, "$"),
    ],
)
def test_a_broken_mapping_is_refused_with_its_line(
    tmp_path: Path, mapping: str, line: int, what: str
) -> None:
    """Units, names, fields, signs and contradictions are found before a table is read."""
    path = tmp_path / "m.yaml"
    path.write_text(mapping, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_mapping(path, "m.yaml")
    first = caught.value.problems[0]
    assert first.where.startswith(f"m.yaml:{line}:")
    assert what in first.what


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "t", "no header"),
        ("Model,Time\n", "t", "without a row"),
        ("Model\nnet\n", "t:1", "not one column"),
        ("Model,Time,Time\nnet,1,1\n", "t:1", "not one column"),
        ("Model,Time,Extra\nnet,1,1\n", "t:1", "does not know"),
        ("Model,Time\nnet\n", "t:2", "not as many fields"),
        ("Model,Time\nnet,1,2\n", "t:2", "not as many fields"),
        ("Model,Time\nnet,fast\n", "t:2: Time", "not a figure"),
        ("Model,Time\nnet,-5\n", "t:2: Time", "a negative amount"),
        ("Model,Time\nnet,nan\n", "t:2: Time", "not a figure"),
        ('Model,Time\n"net,1\n', "t:2", "not valid CSV"),
    ],
)
def test_a_broken_table_is_refused_with_its_line(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    """Columns, fields and figures that are wrong end in a problem at their line."""
    with pytest.raises(BadInput) as caught:
        READER.read(text, "t", _stated(tmp_path, SMALL))
    first = caught.value.problems[0]
    assert first.where == where
    assert what in first.what


def test_several_broken_lines_are_reported_at_once(tmp_path: Path) -> None:
    """All wrong lines are named, up to twenty."""
    text = "Model,Time\n" + "net,fast\n" * 30
    with pytest.raises(BadInput) as caught:
        READER.read(text, "t", _stated(tmp_path, SMALL))
    assert len(caught.value.problems) == 20


@pytest.mark.parametrize(
    ("printed", "value"),
    [("1.234,5", 1234.5), ("1.234.567", 1234567), ("0,25", 0.25), ("\N{MINUS SIGN}3,5", -3.5)],
)
def test_signs_of_decimals_and_thousands(tmp_path: Path, printed: str, value: float) -> None:
    """Figures of a decimal comma are read as they are meant."""
    mapping = """\
{delimiter: ";", decimal: ",", thousands: ".",
 columns: {M: {field: model}, D: {metric: d, unit: dB, direction: higher, kind: quality}}}
"""
    (row,) = READER.read(f"M;D\nnet;{printed}\n", "t", _stated(tmp_path, mapping)).rows
    assert row.values["d"].value == value


@pytest.mark.parametrize("printed", ["1.23", "12.34,5", "1,2,3", "1234.567,8"])
def test_signs_in_the_wrong_place_are_refused(tmp_path: Path, printed: str) -> None:
    """A point that divides no thousands is not dropped."""
    mapping = """\
{delimiter: ";", decimal: ",", thousands: ".",
 columns: {M: {field: model}, D: {metric: throughput}}}
"""
    with pytest.raises(BadInput, match="not a figure"):
        READER.read(f"M;D\nnet;{printed}\n", "t", _stated(tmp_path, mapping))


def test_a_point_is_no_decimal_where_a_comma_is(tmp_path: Path) -> None:
    """1.5 in a table of decimal commas is neither 1.5 nor 15."""
    mapping = """\
{delimiter: ";", decimal: ",", columns: {M: {field: model}, D: {metric: throughput}}}
"""
    with pytest.raises(BadInput, match="decimals after ','"):
        READER.read("M;D\nnet;1.5\n", "t", _stated(tmp_path, mapping))


@pytest.mark.parametrize(
    ("column", "printed", "value"),
    [
        ("{metric: accuracy@top1, unit: fraction}", "0.7613", 76.13),
        ("{metric: accuracy@top1, unit: '%'}", "76.13", 76.13),
        ("{metric: latency@median, unit: us, scale: '1000'}", "1.5", 1.5),
        ("{metric: memory@peak, unit: MB}", "1048.576", 1000.0),
        ("{metric: throughput, unit: images/s, scale: '1e3'}", "1.2", 1200.0),
    ],
)
def test_units_and_scales_are_converted_exactly(
    tmp_path: Path, column: str, printed: str, value: float
) -> None:
    """A figure is the decimal that is printed, times its scale, in the registry's unit."""
    mapping = f"columns:\n  M: {{field: model}}\n  D: {column}\n"
    (row,) = READER.read(f"M,D\nnet,{printed}\n", "t", _stated(tmp_path, mapping)).rows
    assert [found.value for found in row.values.values()] == [value]


def test_without_a_mapping_it_is_wrong_usage() -> None:
    """A CSV is never recognised, and never read without its mapping."""
    assert not READER.recognises("t.csv", TABLE)
    with pytest.raises(WrongUsage, match="mapping"):
        READER.read(TABLE, "t", Stated())


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    """A model's name is carried as it is, quotes undone."""
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    (row,) = READER.read(f"Model,Time\n{quoted},3\n", "t", _stated(tmp_path, SMALL)).rows
    assert (row.model, row.values["latency@median"].value) == (HOSTILE, 0.003)


@settings(deadline=None)
@given(damaged(TABLE))
def test_a_damaged_table_is_refused_or_read_soundly(text: str) -> None:
    """No change of bytes raises anything but BadInput."""
    refuses_or_reads(READER, text, STATED)


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(mapping=damaged(MAPPING))
def test_a_damaged_mapping_is_refused_or_read_soundly(tmp_path: Path, mapping: str) -> None:
    """No change of a mapping's bytes raises anything but BadInput."""
    refuses_or_reads(READER, TABLE, _stated(tmp_path, mapping))
