"""``benchfolio import`` of reports: what must be stated, what is added, and what is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import get_args

import factory
import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from importers.reports.openvino_cases import LAB, report_of
from importers.reports.reading_reports import FIXTURES, text_of

from benchfolio.cli.import_ import FIELDS
from benchfolio.cli.main import cli
from benchfolio.importers.reports.assembling import Named, Order, assemble
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.results import (
    BadInput,
    NotFine,
    ResultFile,
    Scenario,
    Value,
    WrongUsage,
    encode,
    read,
    write,
)

APP = "--release 2026.1 --platform lab --model digits --precision FP32 --recipe original"
SYNC = "benchmark_app/python-sync.json"
ASYNC = "benchmark_app/python-async.json"


def run(folder: Path, *names: str, options: str = APP, more: tuple[str, ...] = ()) -> Result:
    """Import fixtures, or files of the folder, into ``results`` there."""
    folders = {name: FIXTURES if (FIXTURES / name).exists() else folder for name in names}
    paths = [str(folders[name] / name) for name in names]
    arguments = ["import", *paths, *options.split(), *more, "--out", str(folder / "results")]
    return CliRunner().invoke(cli, arguments)


def imported(folder: Path) -> ResultFile:
    """Return the one result file that was written."""
    return read(folder / "results/2026.1/lab.json")


def changed(folder: Path, name: str = SYNC, **values: str) -> str:
    """Write a fixture with other execution results into the folder; return its name."""
    document = json.loads(text_of(name))
    document["execution_results"] |= {key.replace("_", " "): text for key, text in values.items()}
    (folder / "changed.json").write_text(json.dumps(document))
    return "changed.json"


def test_a_report_becomes_a_result_file(tmp_path: Path) -> None:
    """The tool is the origin, the cell has its key, and the same again gives the same bytes."""
    assert run(tmp_path, SYNC).exit_code == 0
    file = imported(tmp_path)
    assert (file.origin.kind, file.origin.tool) == ("imported", "benchmark_app (Python)")
    (cell,) = file.cells
    assert (cell.model, cell.scenario, cell.device) == ("digits", Scenario.LATENCY, "CPU")
    data = (tmp_path / "results/2026.1/lab.json").read_bytes()
    assert run(tmp_path, SYNC).exit_code == 0
    assert (tmp_path / "results/2026.1/lab.json").read_bytes() == data


def test_what_a_report_does_not_say_is_asked_for_by_option_report_and_place(tmp_path: Path) -> None:
    """Every missing field is named at once, and nothing is written."""
    result = run(tmp_path, SYNC, options="--release 2026.1 --platform lab --model digits")
    assert isinstance(result.exception, WrongUsage)
    problems = result.exception.problems
    assert ["--precision" in str(problems[0]), "--recipe" in str(problems[1])] == [True, True]
    assert all(each.where.endswith("python-sync.json: execution_results") for each in problems)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    "option", ["--device GPU", "--batch 8", "--scenario throughput", "--runtime onnxruntime"]
)
def test_what_contradicts_a_report_is_refused(tmp_path: Path, option: str) -> None:
    """What is stated never overrules a report."""
    result = run(tmp_path, SYNC, options=f"{APP} {option}")
    assert isinstance(result.exception, WrongUsage)
    assert f"{option.split()[0]} contradicts the report" in str(result.exception)


def test_fields_can_be_stated_for_the_rows_that_do_not_say_them() -> None:
    """With fill, rows that say a field keep it; what every row says otherwise is refused."""
    rows = (row("a", batch=4), row("b", batch=None))
    stated = Stated(fields={"batch": "1"})
    reports = [Named("r", Report(tool="t", rows=rows))]
    with pytest.raises(WrongUsage, match="--fill"):
        assemble(reports, Order(stated=stated), lambda *_: None)
    (file,) = assemble(reports, Order(stated=stated, fill=True), lambda *_: None).files
    assert {cell.model: cell.batch for cell in file.cells} == {"a": 4, "b": 1}
    reports = [Named("r", Report(tool="t", rows=rows[:1]))]
    with pytest.raises(WrongUsage, match="contradicts"):
        assemble(reports, Order(stated=stated, fill=True), lambda *_: None)


def test_what_agrees_with_a_report_is_fine(tmp_path: Path) -> None:
    """Stating what the report says changes nothing; case and blanks do not matter."""
    assert run(tmp_path, SYNC, options=f"{APP} --device cpu --batch 1").exit_code == 0


@pytest.mark.parametrize(
    "option", ["--precision INT9", "--batch 0", "--batch x", "--load 2x", "--scenario often"]
)
def test_what_cannot_be_understood_is_refused(tmp_path: Path, option: str) -> None:
    """A field that is no such thing is wrong usage, with what it may be."""
    options = f"{APP.replace(' --precision FP32', '')} {option}"
    result = run(tmp_path, SYNC, options=options)
    assert isinstance(result.exception, WrongUsage)
    assert result.exception.problems[0].where == option.split()[0]


def test_several_reports_are_cells_of_one_file_in_any_order(tmp_path: Path) -> None:
    """Latency and throughput of two runs; the order of the reports does not matter."""
    assert run(tmp_path / "a", SYNC, ASYNC).exit_code == 0
    assert run(tmp_path / "b", ASYNC, SYNC).exit_code == 0
    data = [(tmp_path / name / "results/2026.1/lab.json").read_bytes() for name in "ab"]
    assert data[0] == data[1]
    assert len(imported(tmp_path / "a").cells) == 2


def test_the_same_cell_in_two_reports_names_both(tmp_path: Path) -> None:
    """Which of them is right cannot be known: nothing is written, or neither cell."""
    name = changed(tmp_path, throughput="399.99")
    result = run(tmp_path, SYNC, name)
    assert isinstance(result.exception, BadInput)
    assert "changed.json" in str(result.exception)
    assert "python-sync.json" in str(result.exception)
    assert not (tmp_path / "results").exists()
    partly = run(tmp_path, SYNC, name, ASYNC, more=("--partial",))
    assert partly.exit_code == 0
    assert [cell.scenario for cell in imported(tmp_path).cells] == [Scenario.THROUGHPUT]


def test_cells_are_added_to_a_file_that_was_measured(tmp_path: Path) -> None:
    """What is there stays to the letter; what is new says that it was imported."""
    before = factory.result_file("lab-xeon", "2026.1")
    write(before, tmp_path / "results/2026.1/lab-xeon.json")
    options = APP.replace("lab", "lab-xeon").replace("digits", "digits-resnet")
    assert run(tmp_path, SYNC, options=options).exit_code == 0
    after = read(tmp_path / "results/2026.1/lab-xeon.json")
    new = [cell for cell in after.cells if cell.origin is not None]
    assert [cell.origin.tool for cell in new if cell.origin] == ["benchmark_app (Python)"]
    kept = msgspec.structs.replace(
        after,
        cells=tuple(cell for cell in after.cells if cell.origin is None),
        metrics=before.metrics,
    )
    assert encode(kept) == encode(before)


def test_a_cell_that_is_there_otherwise_stays_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    """A conflict is an error that shows both; --replace lets the imported cell win."""
    assert run(tmp_path, SYNC).exit_code == 0
    before = (tmp_path / "results/2026.1/lab.json").read_bytes()
    name = changed(tmp_path, throughput="399.99")
    result = run(tmp_path, name)
    assert isinstance(result.exception, BadInput)
    assert "398.24" in str(result.exception)
    assert "399.99" in str(result.exception)
    assert (tmp_path / "results/2026.1/lab.json").read_bytes() == before
    assert run(tmp_path, name, more=("--replace",)).exit_code == 0
    assert imported(tmp_path).cells[0].values["throughput@sync"].value == 399.99


def test_check_compares_and_writes_nothing(tmp_path: Path) -> None:
    """Before the import it is not fine, afterwards it is."""
    assert isinstance(run(tmp_path, SYNC, more=("--check",)).exception, NotFine)
    assert not (tmp_path / "results").exists()
    run(tmp_path, SYNC)
    assert run(tmp_path, SYNC, more=("--check",)).exit_code == 0


def test_partial_writes_no_file_of_nothing(tmp_path: Path) -> None:
    """Where every row is left out because another has its key, nothing is written."""
    name = changed(tmp_path, throughput="1.0")
    partly = run(tmp_path, SYNC, name, more=("--partial",))
    assert isinstance(partly.exception, BadInput)
    assert "nothing was written" in str(partly.exception)
    assert not (tmp_path / "results").exists()


BLOCKED = """
import sys
for name in ("bs4", "markdown_it", "docutils", "ruamel", "pandas", "numpy"):
    sys.modules[name] = None
from benchfolio.cli.main import cli
cli(sys.argv[1:])
"""


@pytest.mark.parametrize(
    "arguments",
    [["import", "--formats"], ["import", str(FIXTURES / SYNC), *APP.split(), "--out", "results"]],
)
def test_reports_need_no_package_that_pages_need(tmp_path: Path, arguments: list[str]) -> None:
    """Readers are listed, and a report is imported, with benchfolio's own dependencies alone."""
    command = [sys.executable, "-c", BLOCKED, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_readers_need_no_package_that_pages_need() -> None:
    """Every reader is imported without what reads HTML, Markdown and RST."""
    program = BLOCKED.partition("from")[0] + (
        "from importlib import import_module\n"
        "from benchfolio.importers.reports.registry import READERS\n"
        "for name in READERS.values():\n"
        "    import_module('benchfolio.importers.reports.' + name.partition(':')[0])\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_a_report_that_is_no_result_needs_partial(tmp_path: Path) -> None:
    """Counters beside a report stop the import; --partial leaves them out and says so."""
    names = (SYNC, "benchmark_app/python-counters.json")
    assert isinstance(run(tmp_path, *names).exception, BadInput)
    result = run(tmp_path, *names, more=("--partial",))
    assert result.exit_code == 0
    assert "left out:" in result.output
    assert len(imported(tmp_path).cells) == 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xff\xfe{", "not UTF-8"),
        (b'{"perfdata": ', "no reader"),
        (b"\0" * 100, "no reader"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    """An empty, binary or broken file is bad input that names the file."""
    (tmp_path / "x.json").write_bytes(data)
    result = run(tmp_path, "x.json")
    assert isinstance(result.exception, BadInput)
    assert why in str(result.exception)
    assert "x.json" in str(result.exception)


def test_a_report_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than the bound is not read."""
    from benchfolio.cli import importing

    monkeypatch.setattr(
        importing, "REPORT", type(importing.REPORT)(name="a report", expected="text", max_bytes=99)
    )
    result = run(tmp_path, SYNC)
    assert isinstance(result.exception, BadInput)
    assert "too large" in str(result.exception)


def test_a_missing_report_and_one_given_twice_are_refused(tmp_path: Path) -> None:
    """A file that is not there is bad input; one twice is a slip."""
    assert isinstance(run(tmp_path, "nothing.json").exception, BadInput)
    assert isinstance(run(tmp_path, SYNC, SYNC).exception, WrongUsage)


def test_a_metric_without_a_direction_is_asked_for(tmp_path: Path) -> None:
    """INC says not which way its accuracies are better; a known direction is not turned round."""
    options = "--release 2026.1 --recipe ptq --device CPU"
    result = run(tmp_path, "inc/summary.log", options=options)
    assert isinstance(result.exception, WrongUsage)
    assert "--direction 'inc-accuracy=higher'" in str(result.exception)
    more = ("--direction", "inc-accuracy=higher")
    assert run(tmp_path, "inc/summary.log", options=options, more=more).exit_code == 0
    file = read(tmp_path / "results/2026.1/icx.json")
    assert file.metrics["inc-accuracy"].direction == "higher"
    for wrong in ("throughput=lower", "speed=higher", "inc-accuracy=up", "inc-accuracy"):
        result = run(
            tmp_path / "b", "inc/summary.log", options=options, more=(*more, "--direction", wrong)
        )
        assert isinstance(result.exception, WrongUsage)


def test_an_id_of_ones_own_for_a_name(tmp_path: Path) -> None:
    """A report's name of a machine or a model can be given the id that is in use here."""
    options = "--release 2026.1 --batch 1 --device CPU"
    more = ("--id", "Intel® Xeon® Gold 6238M=lab", "--id", "bert-base-cased=bert")
    result = run(tmp_path, "openvino/graph-data-ovms.json", options=options, more=more)
    assert result.exit_code == 0, result.exception
    file = imported(tmp_path)
    assert file.platform.label == "Intel® Xeon® Gold 6238M"
    assert file.models["bert"].name == "bert-base-cased"
    unknown = run(tmp_path, SYNC, more=("--id", "resnet=r"))
    assert isinstance(unknown.exception, WrongUsage)
    assert "no report has this name" in str(unknown.exception)


def test_a_label_for_the_machine(tmp_path: Path) -> None:
    """It is kept; another one later is refused."""
    assert run(tmp_path, SYNC, more=("--platform-label", "Lab machine")).exit_code == 0
    assert imported(tmp_path).platform.label == "Lab machine"
    result = run(tmp_path, ASYNC, more=("--platform-label", "Other"))
    assert isinstance(result.exception, WrongUsage)


def test_options_for_reports_do_not_go_with_a_page(tmp_path: Path) -> None:
    """A mapping says what a page does not: fields beside it are wrong usage."""
    (tmp_path / "page.md").write_text("x")
    (tmp_path / "mapping.yaml").write_text("x")
    arguments = ["import", "page.md", "--mapping", "mapping.yaml", "--release", "r"]
    result = CliRunner().invoke(cli, arguments)
    assert isinstance(result.exception, WrongUsage)


def test_every_field_has_its_option() -> None:
    """What can be stated can be typed."""
    assert {field for field, _ in FIELDS} == set(get_args(Field))


def test_the_readers_are_listed() -> None:
    """``--formats`` shows each reader with what must be stated."""
    result = CliRunner().invoke(cli, ["import", "--formats"])
    assert result.exit_code == 0
    assert "benchmark-app\n    OpenVINO benchmark_app" in result.output
    assert "must be stated: --release, --platform, --model, --precision, --recipe" in result.output


def test_the_example_of_the_guide_gives_what_the_guide_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of the guide, on a report of the tool itself, print the lines shown there."""
    guide = Path(__file__).parents[3] / "site" / "docs" / "import.rst"
    block = re.search(r"code-block:: text\n\n((?:(?:   .*)?\n)+)", guide.read_text("utf-8"))
    assert block is not None
    monkeypatch.chdir(tmp_path)
    Path("benchmark_report.json").write_text(text_of(SYNC))
    commands = re.findall(r"\$ benchfolio (.*)\n((?:[^$].*\n)+)", dedent(block[1]))
    assert len(commands) == 2
    for line, expected in commands:
        result = CliRunner().invoke(cli, line.split())
        error = f"error: {result.exception}" if result.exception else ""
        output = error or result.output
        assert output.split() == expected.split()


# Assembling


def row(model: str, figure: float = 1.0, **more: object) -> Row:
    """Return a complete row."""
    fields: dict[str, object] = {
        "where": f"{model}:{figure}",
        "release": "2026.1",
        "platform": "Lab",
        "scenario": Scenario.THROUGHPUT,
        "precision": "FP32",
        "recipe": "original",
        "runtime": "own",
        "device": "CPU",
        "batch": 1,
        "values": {"throughput": Value(value=figure, unit="1/s")},
    }
    return msgspec.convert({"model": model, **fields, **more}, Row)


def assembled(*rows: Row, here: ResultFile | None = None) -> ResultFile:
    """Return the one result file of rows."""
    report = Named("r", Report(tool="t", rows=rows))
    made = assemble([report], Order(), lambda *_: here)
    assert not made.problems
    (file,) = made.files
    return file


def test_names_that_make_one_id_get_two_and_blanks_make_none() -> None:
    """``a b`` and ``a_b`` are two models; ``A  b`` and ``a b`` are one."""
    file = assembled(row("net a b"), row("net:a:b"))
    assert sorted(file.models) == ["net-a-b", "net-a-b.2"]
    again = assembled(row("NET  a b", shape="x"), here=file)
    assert sorted(again.models) == ["net-a-b", "net-a-b.2"]
    assert len(again.cells) == 3


def test_a_name_that_a_file_has_given_an_id_keeps_it() -> None:
    """Models are found again by id and by name, so that a second report is not a second model."""
    file = assembled(row("ResNet 50"))
    renamed = msgspec.structs.replace(
        file,
        models={"r50": file.models["resnet-50"]},
        cells=tuple(msgspec.structs.replace(cell, model="r50") for cell in file.cells),
    )
    assert set(assembled(row("resnet 50", shape="x"), here=renamed).models) == {"r50"}
    assert set(assembled(row("r50", shape="x"), here=renamed).models) == {"r50"}


def test_another_unit_than_the_metrics_is_refused() -> None:
    """A plug-in that gives seconds for milliseconds does not get through."""
    wrong = row("a", values={"throughput": Value(value=1, unit="1/min")})
    with pytest.raises(BadInput, match="another unit"):
        assembled(wrong)


def test_a_name_that_is_none_is_refused_where_it_stands() -> None:
    """An empty or endless name is bad input with its place in the report."""
    for name in (" ", "x" * 501):
        with pytest.raises(BadInput, match="not a model"):
            assembled(row(name))


@given(st.permutations([f"net {letter}" for letter in "abcde"] + ["net:a", "net;a"]))
def test_the_order_of_rows_does_not_matter(models: list[str]) -> None:
    """Whatever the order, the same bytes."""
    expected = assembled(*(row(name) for name in sorted(models)))
    assert encode(assembled(*(row(name) for name in models))) == encode(expected)


def test_a_load_states_its_batch_size_too() -> None:
    """``1s4c2ins8bs`` says sockets, cores, instances and batch size."""
    stated = Stated(fields={"load": "1s4c2ins8bs"})
    report = Report(tool="t", rows=(row("a", batch=None),))
    made = assemble([Named("r", report)], Order(stated=stated), lambda *_: None)
    (cell,) = made.files[0].cells
    assert (cell.batch, cell.load.instances, cell.load.cores_per_instance) == (8, 2, 4)


def test_a_failed_cell_is_kept_with_its_reason() -> None:
    """A run that failed is a failed cell, not a hole."""
    report = report_of("benchmark_app/python-error.json")
    fields = {**LAB, "model": "m", "precision": "FP32", "recipe": "original", "batch": "1"}
    stated = Stated(fields={**fields, "device": "CPU"})
    (file,) = assemble([Named("r", report)], Order(stated=stated), lambda *_: None).files
    assert file.cells[0].state == "failed"
