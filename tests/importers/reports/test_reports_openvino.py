"""Reports of OpenVINO's tools: what is taken of them, and the traps of each format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importers.reports.openvino_cases import CASES, files_of, golden, report_of
from importers.reports.reading_reports import (
    HOSTILE,
    check,
    damaged,
    figures,
    odd,
    refuses_or_reads,
    text_of,
)
from syrupy.assertion import SnapshotAssertion

from benchfolio.importers.reports.assembling import Named, Order, assemble
from benchfolio.importers.reports.openvino_names import narrowest, split_platform
from benchfolio.importers.reports.registry import reader, recognised
from benchfolio.importers.reports.types import Row, Stated
from benchfolio.results import (
    ID_PATTERN,
    BadInput,
    Cell,
    Direction,
    Precision,
    Scenario,
    State,
    WrongUsage,
    encode,
)

DEFINED = [name for name in CASES if not name.startswith("inc/")]
"""Reports whose metrics need no ``--direction``."""

JSON = [name for name in CASES if name.endswith(".json")]


@pytest.mark.parametrize("name", CASES)
def test_golden_result_files(name: str, snapshot: SnapshotAssertion) -> None:
    """Each report gives the result files it gave; ``pytest --snapshot-update`` accepts a change."""
    assert golden(name) == snapshot


@pytest.mark.parametrize("name", CASES)
def test_a_report_is_recognised_by_its_content(name: str) -> None:
    """The file's name does not matter, and no other reader takes it for its own."""
    assert recognised("anything.txt", text_of(name), name).name == CASES[name][0]


@pytest.mark.parametrize("name", DEFINED)
def test_rows_are_sound(name: str) -> None:
    """Each row has figures in the units of their metrics, or a reason."""
    check(report_of(name))


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_damaged_report_is_read_or_refused(name: str) -> None:
    """Whatever happens to its bytes: sound rows, valid files, or BadInput or WrongUsage."""

    @settings(max_examples=60, deadline=None)
    @given(damaged(text_of(name)))
    def holds(text: str) -> None:
        if name in DEFINED:
            refuses_or_reads(reader(CASES[name][0]), text)
        _assembles_or_refuses(name, text)

    holds()


@pytest.mark.parametrize("name", JSON)
def test_an_odd_value_anywhere_is_read_or_refused(name: str) -> None:
    """A value of another type, at any place of a JSON report, raises nothing else."""

    @settings(max_examples=80, deadline=None)
    @given(odd(json.loads(text_of(name))))
    def holds(document: Any) -> None:  # noqa: ANN401
        text = json.dumps(document)
        refuses_or_reads(reader(CASES[name][0]), text)
        _assembles_or_refuses(name, text)

    holds()


def _assembles_or_refuses(name: str, text: str) -> None:
    stated = Stated(fields=CASES[name][1])
    try:
        report = reader(CASES[name][0]).read(text, name, stated)
        made = assemble([Named(name, report)], Order(stated=stated), lambda *_: None)
        for file in made.files:
            encode(file)
    except (BadInput, WrongUsage):
        return


@pytest.mark.parametrize("name", sorted({reader for reader, _ in CASES.values()}))
@given(text=st.text(max_size=200))
def test_any_text_is_refused_or_read(name: str, text: str) -> None:
    """Text that is no report at all raises nothing but BadInput."""
    refuses_or_reads(reader(name), text)


@pytest.mark.parametrize("name", CASES)
def test_half_a_report_is_refused_or_less(name: str) -> None:
    """A file cut in the middle gives no row that the whole file does not give."""
    text = text_of(name)
    whole = {(row.where, repr(row.values)) for row in report_of(name).rows}
    try:
        rows = report_of(name, text[: len(text) // 2]).rows
    except BadInput:
        return
    assert CASES[name][0] != "benchmark-app" or not rows
    # The last row of a table may be cut within a figure: a table has no end mark.
    assert {(row.where, repr(row.values)) for row in rows[:-1]} <= whole


@pytest.mark.parametrize("name", JSON)
def test_the_wrong_type_at_the_top_is_refused(name: str) -> None:
    """A JSON list where an object belongs, and the other way round, is bad input."""
    text = "{}" if text_of(name).lstrip().startswith("[") else "[]"
    with pytest.raises(BadInput):
        report_of(name, text)


def row_of(name: str, change: Callable[[str], str] = str) -> Row:
    """Return the one row of a report whose text was changed."""
    (row,) = report_of(name, change(text_of(name))).rows
    return row


# benchmark_app


def test_json_and_csv_of_one_tool_say_the_same() -> None:
    """The CSV of the Python tool has the fields of its JSON, of another run."""
    one, other = row_of("benchmark_app/python-sync.json"), row_of("benchmark_app/python-sync.csv")
    assert set(one.values) == set(other.values)
    assert (one.scenario, one.device, one.batch, one.shape) == (
        other.scenario,
        other.device,
        other.batch,
        other.shape,
    )


def test_the_percentile_decides_the_metric() -> None:
    """``latency_median`` of C++, and Python's label, hold the percentile that was asked for."""
    python = row_of("benchmark_app/python-p90.json")
    assert python.values["latency@p90"].value == 11.97
    assert "latency@median" not in python.values
    cpp = row_of("benchmark_app/cpp-async.json")
    assert cpp.values["latency@loaded-p90"].value == 6.03115
    assert "⌊n·p/100⌋" in (cpp.values["latency@loaded-p90"].definition or "")
    assert "⌈n·p/100⌉" in (python.values["latency@p90"].definition or "")


def test_an_odd_percentile_defines_its_own_metric() -> None:
    """A percentile that is not registered gets a definition, lower is better."""
    report = report_of(
        "benchmark_app/python-p90.json",
        text_of("benchmark_app/python-p90.json").replace("(90 percentile)", "(75 percentile)"),
    )
    assert report.metrics["latency@p75"].direction is Direction.LOWER


def test_latencies_of_requests_that_queue_are_metrics_of_their_own() -> None:
    """With several requests in flight nothing is called the latency of one request."""
    row = row_of("benchmark_app/python-async.json")
    assert row.scenario is Scenario.THROUGHPUT
    assert row.load is not None
    assert row.load.requests == 2
    assert {name for name in row.values if name.startswith("latency@")} == {
        "latency@loaded-median",
        "latency@loaded-mean",
        "latency@loaded-min",
        "latency@loaded-max",
    }


def test_one_at_a_time_is_latency_and_its_throughput_is_named_so() -> None:
    """Frames per second of one request at a time are not the throughput of many."""
    row = row_of("benchmark_app/python-sync.json")
    assert row.scenario is Scenario.LATENCY
    assert row.values["latency@median"].value == 2.45
    assert row.values["latency@median"].n == 40
    assert row.values["throughput@sync"].value == 398.24
    assert "throughput" not in row.values
    assert row.values["time@load"].value == pytest.approx(15.79 + 3.03 + 49.92)


def test_figures_of_the_last_group_are_not_taken_for_the_whole() -> None:
    """Python's JSON overwrites average, least and largest; its CSV keeps those of the whole."""
    overwritten = row_of("benchmark_app/python-groups.json")
    assert not [name for name in overwritten.values if name.endswith(("mean", "min", "max"))]
    assert "last group" in (overwritten.note or "")
    kept = row_of("benchmark_app/python-groups.csv")
    assert kept.values["latency@max"].value == 47.41
    assert kept.values["latency@mean"].value == 9.16


def test_a_batch_size_that_is_open_is_asked_for() -> None:
    """``?`` is no batch size."""
    assert row_of("benchmark_app/python-groups.json").batch is None


def test_several_devices_have_no_latency() -> None:
    """A report of MULTI has its throughput alone."""
    row = row_of("benchmark_app/cpp-multi.json")
    assert row.device == "MULTI:CPU,GPU"
    assert [name for name in row.values if name.startswith("latency")] == []
    assert row.values["throughput"].value == 1501.42


def test_the_precision_of_inputs_is_not_the_models() -> None:
    """C++ writes the input's type as precision: it is a setting, and the model's is asked for."""
    row = row_of("benchmark_app/cpp-async.json")
    assert row.precision is None
    assert row.settings["input_precision"] == "u8"
    assert row_of("benchmark_app/python-sync.json").settings.get("input_precision") is None


def test_a_run_that_failed_is_a_failed_cell() -> None:
    """The tool's own words are the reason."""
    row = row_of("benchmark_app/python-error.json")
    assert row.state is State.FAILED
    assert row.reason == "Input image is dynamic. Provide data shapes!"


@pytest.mark.parametrize("form", ["json", "csv"])
def test_counters_of_layers_are_known_and_left_out(form: str) -> None:
    """A report of performance counters is no result, and says which file is."""
    text = text_of(f"benchmark_app/python-counters.{form}")
    found = recognised("x", text, "x")
    report = found.read(text, "x", Stated())
    assert report.rows == ()
    assert "benchmark_report.json" in report.left_out[0].expected


def test_options_in_the_place_of_results_are_refused_with_a_way_out() -> None:
    """The mistake of a version of 2023 is recognised."""
    with pytest.raises(BadInput, match="without -json_stats"):
        report_of(
            "benchmark_app/python-sync.json", text_of("benchmark_app/options-three-times.json")
        )


def test_paths_on_the_command_line_are_not_published() -> None:
    """Only options that decide a figure are kept."""
    row = row_of(
        "benchmark_app/python-sync.json", lambda text: text.replace("model.onnx", "/home/me/secret")
    )
    assert "secret" not in repr(row)


# published by OpenVINO


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Intel® Core™ i7-12700H CPU-only", ("Intel® Core™ i7-12700H", "CPU")),
        ("Intel® Core™ i7-12700H CPU+iGPU", ("Intel® Core™ i7-12700H", "CPU+iGPU")),
        ("Intel® Core Ultra 7-165H NPU-only", ("Intel® Core Ultra 7-165H", "NPU")),
        ("Intel® Data Center GPU Flex 170 dGPU", ("Intel® Data Center GPU Flex 170", "dGPU")),
        ("Intel®  Xeon® 8260M CPU-only", ("Intel® Xeon® 8260M", "CPU")),
        ("Intel® Arc™ A770 Graphics", ("Intel® Arc™ A770 Graphics", None)),
        ("CPU-only", ("CPU-only", None)),
    ],
)
def test_the_device_is_split_from_the_platform(text: str, expected: tuple[str, str]) -> None:
    """A machine is one platform however many of its devices were measured."""
    assert split_platform(text) == expected


def test_devices_of_one_machine_are_cells_of_one_file() -> None:
    """CPU and CPU+iGPU of a processor stand in one result file; another machine has its own."""
    files = {file.platform.id: file for file in files_of("openvino/graph-data-ov.json")}
    assert set(files) == {
        "intel-core-ultra-7-processor-155h",
        "intel-xeon-platinum-8490h",
    }
    core = files["intel-core-ultra-7-processor-155h"]
    assert {cell.device for cell in core.cells} == {"CPU", "CPU+iGPU"}
    assert core.platform.label == "Intel® Core™ Ultra 7 processor 155H"


def test_an_empty_text_is_no_figure() -> None:
    """What is missing makes no cell, and above all no 0."""
    rows = report_of("openvino/graph-data-ov.json").rows
    assert len(rows) == 7
    assert all(value.value for row in rows for value in row.values.values())


def test_tokens_are_not_frames() -> None:
    """Throughput of language models is a metric of its own."""
    rows = [
        row for row in report_of("openvino/graph-data-ov.json").rows if "llama" in str(row.model)
    ]
    assert [set(row.values) for row in rows] == [{"throughput@tokens"}] * 2


def test_server_and_runtime_are_told_apart() -> None:
    """``int8_ov`` and ``int8_ovms`` are one precision of two runtimes."""
    rows = report_of("openvino/graph-data-ovms.json").rows
    assert sorted((row.precision, row.runtime) for row in rows) == [
        ("FP32", "openvino"),
        ("FP32", "ovms"),
        ("INT8", "openvino"),
        ("INT8", "ovms"),
    ]


def test_each_rate_of_requests_is_a_cell() -> None:
    """Figures of a server depend on the rate; the precision ends the model's name."""
    rows = report_of("openvino/graph-data-ovms-genai.json").rows
    assert {row.shape for row in rows} == {"requests=0.2/s", "requests=inf/s"}
    assert {row.model for row in rows} == {"meta-llama/Llama-2-7b-chat-hf"}
    assert {row.precision for row in rows} == {Precision.FP16}
    assert {row.runtime for row in rows} == {"ovms", "vllm"}


@pytest.mark.parametrize(
    ("old", "new"),
    [('"FPS"', '"FPS per dollar"'), ("higher is better", "lower is better"), ("245.16", '"fast"')],
)
def test_another_unit_or_direction_or_no_figure_is_refused(old: str, new: str) -> None:
    """What the format does not know is not taken for what it knows."""
    text = text_of("openvino/graph-data-ov.json").replace(old, new)
    with pytest.raises(BadInput):
        report_of("openvino/graph-data-ov.json", text)


def test_an_unknown_precision_is_left_out_by_name() -> None:
    """A column that nobody knows is not lost in silence."""
    text = text_of("openvino/graph-data-ov.json").replace('"int8"', '"nf4x"')
    assert "nf4x" in report_of("openvino/graph-data-ov.json", text).left_out[0].got


def test_columns_of_a_table_are_known_by_name() -> None:
    """INT8, FP32 and BF16 of one row are cells; marks, prices and derived columns are not."""
    rows = [
        row
        for row in report_of("openvino/OV-benchmark-data.csv").rows
        if row.platform == "Intel® Xeon® Platinum 8490H"
    ]
    found = {(row.scenario, row.precision): figures(row) for row in rows}
    assert found == {
        (Scenario.THROUGHPUT, Precision.INT8): {"throughput": (3159.1, "1/s", None)},
        (Scenario.THROUGHPUT, Precision.FP32): {"throughput": (495.77, "1/s", None)},
        (Scenario.THROUGHPUT, Precision.BF16): {"throughput": (2066.26, "1/s", None)},
        (Scenario.LATENCY, Precision.INT8): {"latency@median": (3.89, "ms", None)},
        (Scenario.LATENCY, Precision.BF16): {"latency@median": (4.67, "ms", None)},
    }
    assert {row.runtime_version for row in rows} == {"2024.1"}


@pytest.mark.parametrize("change", [("msec.", "sec."), (",FPS,", ",,")])
def test_another_unit_of_a_table_is_refused(change: tuple[str, str]) -> None:
    """Seconds are not taken for milliseconds, nor a figure without a unit for frames."""
    with pytest.raises(BadInput, match="another unit"):
        row_of("openvino/OV-benchmark-data.csv", lambda text: text.replace(*change))


def test_blanks_make_no_other_model_or_machine() -> None:
    """``Mobilenet-V2 `` and double blanks are the same names."""
    rows = report_of("openvino/OVMS-benchmark-data.csv").rows
    assert {row.model for row in rows} == {"Mobilenet-V2"}
    assert {row.platform for row in rows} == {"Intel® Xeon® 8260M", "Intel® Core™ i3-10100"}


def test_a_way_of_compressing_is_a_recipe() -> None:
    """INT4-MIXED is INT4 made in a way of that name; empty rows are nothing."""
    rows = report_of("openvino/llm_models_7-368H.csv".replace("368H", "258V")).rows
    assert [(row.precision, row.recipe, row.shape) for row in rows] == [
        (Precision.INT4, "INT4-MIXED", "tokens=1024"),
        (Precision.INT4, "INT4-MIXED", "tokens=32"),
        (Precision.INT8, "INT8-CW", "tokens=32"),
        (Precision.FP16, "not-stated", "tokens=31"),
    ]


def test_a_key_listed_twice_is_a_problem_with_both_lines() -> None:
    """Which of two equal keys is which cannot be known: neither is taken."""
    name = "openvino/llm_models_7-368H.csv"
    fields = CASES["openvino/llm_models_7-258V.csv"][1]
    report = reader("openvino-llm-csv").read(text_of(name), name, Stated())
    order = Order(stated=Stated(fields=fields))
    made = assemble([Named(name, report)], order, lambda *_: None)
    (problem,) = made.problems
    assert problem.where == f"{name}:2"
    assert f"{name}:4" in problem.what
    assert len(made.files[0].cells) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FP16-INT8", Precision.INT8),
        ("OV_FP16-4BIT_DEFAULT", Precision.INT4),
        ("bf16", Precision.BF16),
        ("FP8-E4M3", Precision.FP8_E4M3),
        ("unknown", None),
        ("", None),
    ],
)
def test_the_narrowest_precision_of_a_name(text: str, expected: Precision | None) -> None:
    """A name with two precisions is of a model with the narrower weights."""
    assert narrowest(text) is expected


# Accuracy Checker


def cells(name: str) -> list[Cell]:
    """Return the cells of a report with one result file."""
    (file,) = files_of(name)
    return list(file.cells)


def test_raw_values_are_shown_as_the_tool_shows_them() -> None:
    """Value times scale, in points where the postfix is a percent sign; metrics make one cell."""
    (cell,) = [
        cell
        for cell in cells("accuracy_checker/results.csv")
        if (cell.model, cell.precision) == ("resnet-50-pytorch", "INT8")
    ]
    assert cell.values["accuracy@top1"].value == 75.984
    assert cell.values["accuracy@top5"].value == 92.852
    assert cell.values["accuracy@top1"].n == 50_000
    assert (cell.runtime, cell.dataset) == ("openvino", "imagenet_1000_classes")


def test_a_table_that_the_tool_wrote_is_read() -> None:
    """accuracy_check of openvino-dev 2023.3.0 judged digits-resnet on both of its launchers."""
    found = {cell.runtime: cell for cell in cells("accuracy_checker/digits-resnet.csv")}
    assert set(found) == {"openvino", "onnxruntime"}
    for cell in found.values():
        values = {name: (value.value, value.n) for name, value in cell.values.items()}
        assert values == {
            "accuracy@top1": (98.6, 500),
            "accuracy@top3": (100.0, 500),
            "by_class": (98.62264137539073, 500),
        }
        assert (cell.precision, cell.device, cell.dataset) == ("FP32", "CPU", "digit_scenes")


def test_the_target_is_the_direction() -> None:
    """``higher-worse`` is a metric of which less is better."""
    metrics = report_of("accuracy_checker/results.csv").metrics
    assert metrics["rmse"].direction is Direction.LOWER
    assert metrics["psnr"].direction is Direction.HIGHER
    assert {"map@car", "map@mean"} <= set(metrics)
    assert "accuracy@top1" not in metrics


def test_a_registered_name_with_another_target_is_another_metric() -> None:
    """What benchfolio knows is never turned round by a report."""
    text = text_of("accuracy_checker/results.csv").replace(
        "accuracy@top1,accuracy,0.7613,higher-better", "accuracy@top1,accuracy,0.7613,higher-worse"
    )
    report = report_of("accuracy_checker/results.csv", text)
    assert report.metrics["accuracy@top1@accuracy-checker"].direction is Direction.LOWER


def test_a_target_that_is_none_and_a_run_twice_are_refused() -> None:
    """No direction is guessed; and a file that two runs were appended to is ambiguous."""
    text = text_of("accuracy_checker/results.csv")
    with pytest.raises(BadInput, match="no direction"):
        report_of("accuracy_checker/results.csv", text.replace("higher-worse", "lower"))
    again = "\n".join([text.strip(), text.strip().split("\n")[1]])
    with pytest.raises(BadInput, match=r"stands at .*:2 already"):
        report_of("accuracy_checker/results.csv", again)


# NNCF


def test_status_texts_become_states_reasons_and_notes() -> None:
    """A value stays whatever the status says of it; no value is failed, or skipped."""
    rows = report_of("nncf/ptq-results.csv").rows
    accuracy = [row for row in rows if row.scenario is Scenario.ACCURACY]
    assert [row.state for row in accuracy] == ["ok", "ok", "ok", "failed", "skipped"]
    assert (accuracy[2].note or "").startswith("Regression: ")
    assert accuracy[3].reason == "RuntimeError | no kernel image is available, sorry"


def test_fractions_are_points_and_differences_are_claims() -> None:
    """Acc@1 0.75048, −0.00456 against FP32, is 75.048 % and a change of −0.456 points."""
    row = report_of("nncf/ptq-results.csv").rows[1]
    assert row.values["accuracy@top1"].value == 75.048
    (claim,) = row.claims
    assert (claim.figure, claim.value, claim.unit) == ("change", -0.456, "%")
    assert (claim.printed, claim.baseline) == ("-0.00456", "FP32")


def test_the_backend_is_a_form_and_fp32_the_original() -> None:
    """Backends of one model are cells of their own; FP32 is what they are compared with."""
    rows = report_of("nncf/ptq-results.csv").rows
    assert (rows[0].precision, rows[0].recipe, rows[0].form) == ("FP32", "original", None)
    assert (rows[1].precision, rows[1].recipe, rows[1].form) == ("INT8", "nncf-ptq", "OV")
    assert rows[2].scenario is Scenario.THROUGHPUT


def test_layouts_of_weight_compression_and_of_old() -> None:
    """INT4 where such nodes are counted; the older table has points already."""
    rows = report_of("nncf/wc-results.csv").rows
    assert [(row.precision, row.recipe) for row in rows] == [
        ("INT4", "nncf-weight-compression"),
        ("INT8", "nncf-weight-compression"),
    ]
    assert rows[1].note == "XFAIL: ticket 12345"
    (old,) = report_of("nncf/accuracy-results.csv").rows
    assert old.values["accuracy@top1"].value == 75.92
    assert old.claims[0].value == -0.23


# llm_bench


def test_the_warm_up_of_each_prompt_is_not_measured_and_prompts_are_not_mixed() -> None:
    """Iteration 0 of every prompt is left out; each prompt is a cell with its own median."""
    rows = report_of("llm_bench/report.json").rows
    assert [row.shape for row in rows] == ["prompt=0,tokens=32", "prompt=1,tokens=1024"]
    assert [row.values["latency@first-token"].value for row in rows] == [59.5, 405.0]
    assert rows[0].values["latency@next-token"].value == 19.5


def test_missing_figures_are_not_averaged() -> None:
    """−1, an empty text and NA are no figures."""
    prompt = report_of("llm_bench/report.json").rows[1]
    assert figures(prompt)["latency@next-token"] == (22.0, "ms", 1)
    (row,) = report_of("llm_bench/report.csv").rows
    assert figures(row)["latency@next-token"] == (24.1, "ms", 1)
    assert figures(row)["latency@first-token"] == (80.4, "ms", 2)


def test_memory_is_taken_where_its_unit_is_certain() -> None:
    """GiB of newer versions; MB of older ones were MiB, or were not."""
    assert report_of("llm_bench/report.json").rows[0].values["memory@peak"].value == 1280
    assert "memory@peak" not in report_of("llm_bench/report.csv").rows[0].values


def test_a_warm_up_alone_and_pictures_are_left_out() -> None:
    """What was not measured, or generates no text, is named and gives no cell."""
    document = json.loads(text_of("llm_bench/report.json"))
    document["perfdata"]["results"] = document["perfdata"]["results"][:2]
    report = report_of("llm_bench/report.json", json.dumps(document))
    assert (len(report.rows), len(report.left_out)) == (0, 2)
    document = json.loads(text_of("llm_bench/report.json"))
    for each in document["perfdata"]["results"]:
        each["output_size"] = ""
    report = report_of("llm_bench/report.json", json.dumps(document))
    assert "generated no text" in report.left_out[0].what


@pytest.mark.parametrize("name", ["llm_bench/report.json", "accuracy_checker/results.csv"])
def test_hostile_names_arrive_as_they_are(name: str) -> None:
    """Names are text, however they look; ids made of them are safe as file names."""
    hostile = HOSTILE.replace("\0", "").replace('"', "").replace("'", "")
    text = text_of(name)
    for old in ("tiny-llama-1.1b-chat", "ssd300"):
        text = text.replace(old, hostile)
    models = {
        id_: model.name for file in files_of(name, text) for id_, model in file.models.items()
    }
    (id_,) = [id_ for id_, model in models.items() if model == hostile]
    assert re.search(ID_PATTERN, id_)
