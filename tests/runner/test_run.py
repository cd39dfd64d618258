"""The driver for real: tiny suites, real engines, real crashes, hangs, hunger and interruptions."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest
from click.testing import CliRunner
from runner import models, suites
from runner.runs import CRASH, Counting, Holding, cell, crash_at, request_for
from runner.waiting import hear_interruption, wait_for

from benchfolio import results
from benchfolio.cli import platform as cli_platform
from benchfolio.cli import run as cli_run
from benchfolio.results import (
    BadInput,
    Cell,
    Precision,
    ResultFile,
    Scenario,
    State,
    WrongUsage,
    cell_id,
)
from benchfolio.runner.jobs import Block, Command, Measure, Prepare
from benchfolio.runner.plan import plan
from benchfolio.runner.process import Held
from benchfolio.runner.run import Request, run
from benchfolio.runner.run.observer import News
from benchfolio.runner.suite_file import load_suite
from benchfolio.runner.words import scrub

BOTH = """
  tiny:
    name: Tiny
    task: image-classification
    path: tiny.onnx
    dataset: scenes
    inputs: {image: pixels}
    postprocess: argmax
    metrics: [accuracy@top1]
  words:
    name: Words
    path: words.onnx
    inputs: {tokens: {random: integers, low: 0, high: 64}}
    shape: {tokens: ["?", 6]}
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Request, ResultFile]:
    """Run a suite of two models once, FP32 and INT8 on both engines."""
    folder = tmp_path_factory.mktemp("run")
    variants = suites.BOTH.replace("    method: ptq\n", "    method: ptq\n    models: [tiny]\n")
    suite = suites.write(folder / "suite", variants=variants, models_text=BOTH)
    models.matmul_net(folder / "suite" / "words.onnx")
    request = request_for(suite, folder)
    summary = run(request)
    file = results.read(summary.path)
    assert set(summary.states) == {"ok"}, summary.reasons
    return request, file


def test_every_planned_cell_has_values(measured: tuple[Request, ResultFile]) -> None:
    """Each model, variant, runtime and scenario is one cell with the values of its scenario."""
    _, file = measured
    assert len(file.cells) == 4 * 3 + 2 * 2
    wanted = {
        Scenario.ACCURACY: {"accuracy@top1"},
        Scenario.LATENCY: {"latency@median", "time@load", "time@first", "memory@peak", "size"},
        Scenario.THROUGHPUT: {"throughput"},
    }
    for each in file.cells:
        assert wanted[each.scenario] <= set(each.values), cell_id(each)
        assert each.runtime_version
        assert each.started is not None


def test_values_are_plausible(measured: tuple[Request, ResultFile]) -> None:
    """Size is that of the file, accuracy a share of all samples, memory that of a process."""
    request, file = measured
    latency = cell(file, "^tiny/FP32/fp32/openvino/CPU/latency")
    onnx = request.suite.parent / "tiny.onnx"
    assert latency.values["size"].value == onnx.stat().st_size / 2**20
    assert 20 < latency.values["memory@peak"].value < 2000
    assert latency.shape == "image=1x1x8x8"
    accuracy = cell(file, "^tiny/FP32/fp32/openvino/CPU/accuracy").values["accuracy@top1"]
    assert accuracy.n == 24
    assert accuracy.value * 24 / 100 == pytest.approx(round(accuracy.value * 24 / 100))
    assert (
        accuracy.value
        == cell(file, "^tiny/FP32/fp32/onnxruntime/CPU/accuracy").values["accuracy@top1"].value
    )


def test_what_ran_is_recorded(measured: tuple[Request, ResultFile]) -> None:
    """Executed precisions, settings and the timed region stand beside the values."""
    _, file = measured
    original = cell(file, "^tiny/FP32/fp32/openvino/CPU/latency")
    assert original.executed["FP32"].time == pytest.approx(1, abs=0.3)
    assert original.settings["inference_precision_hint"] == "f32"
    assert "copy" in str(original.settings["timed_region"])
    assert cell(file, "^tiny/INT8/nncf-int8/openvino/CPU/latency").executed["INT8"].layers >= 2
    assert cell(file, "^tiny/INT8/ort-qdq/onnxruntime/CPU/latency").executed["INT8"].layers >= 2


def test_model_and_data_are_described(measured: tuple[Request, ResultFile]) -> None:
    """Ports, weights, sample counts, content hashes, recipes and calibration are in the file."""
    _, file = measured
    assert file.models["tiny"].inputs[0].shape == ("batch", 1, 8, 8)
    assert file.models["tiny"].parameters
    assert file.datasets["scenes"].samples == 24
    assert file.datasets["scenes"].sha256
    assert file.recipes["nncf-int8"].tool == "nncf"
    assert file.recipes["nncf-int8"].tool_version
    assert file.recipes["nncf-int8"].options["subset_size"] == 16
    calibration = file.artefacts["tiny@ort-qdq"].calibration
    assert calibration is not None
    assert (calibration.dataset, calibration.samples) == ("scenes", 16)
    assert file.artefacts["tiny@nncf-int8"].format == "ir"
    assert {"python", "openvino", "onnxruntime", "nncf", "benchfolio"} <= set(file.software)


def test_nothing_private_is_in_the_file(measured: tuple[Request, ResultFile]) -> None:
    """A result file holds no absolute path, no host name and nothing that was withheld."""
    request, file = measured
    text = re.sub(r'"(figures|disturbed)": "[^"]*"', "", results.encode(file).decode())
    assert str(request.suite.parent.parent) not in text
    assert not re.search(r'"/|\s/(home|tmp|usr|opt|root|work|var)/', text)
    assert os.uname().nodename not in text
    assert file.platform.system.kernel is None
    assert file.platform.withheld == ("system.kernel",)


def test_command_measures_the_cell_again(measured: tuple[Request, ResultFile]) -> None:
    """The command beside a cell selects it and its baseline, with relative names, and works."""
    request, file = measured
    for each in file.cells:
        id_ = cell_id(each)
        original = re.sub(r"/INT8/[^/]+/", "/FP32/fp32/", id_)
        wanted = " ".join(f"--only {name}" for name in dict.fromkeys((id_, original)))
        assert each.command == (
            f"benchfolio run suite.yaml --release r1 --platform here {wanted} --out again"
        )
    id_ = cell_id(cell(file, "ort-qdq/onnxruntime/CPU/latency"))
    only = (id_, id_.replace("/INT8/ort-qdq/", "/FP32/fp32/"))
    again = run(msgspec.structs.replace(request, only=only, out=request.out / "again"))
    assert again.states == {"ok": 2}
    assert len(results.read(again.path).races) == 1


def test_existing_file_is_not_replaced(measured: tuple[Request, ResultFile]) -> None:
    """Results that exist are not overwritten unless that is asked for."""
    request, _ = measured
    before = (request.out / "r1" / "here.json").read_bytes()
    with pytest.raises(WrongUsage, match="--resume"):
        run(request)
    assert (request.out / "r1" / "here.json").read_bytes() == before


def test_resume_measures_nothing_twice(measured: tuple[Request, ResultFile]) -> None:
    """Resuming a finished run measures and quantises nothing and leaves the file as it is."""
    request, _ = measured
    path = request.out / "r1" / "here.json"
    before = path.read_bytes()
    counting, holding = Counting(), Holding()
    run(msgspec.structs.replace(request, resume=True), execute=counting, hold=holding)
    assert counting.count(Measure) == 0
    assert counting.count(Prepare) == 0
    assert not holding.jobs
    assert path.read_bytes() == before


def test_resume_after_a_change_measures_what_changed(tmp_path: Path) -> None:
    """When the model's file has changed, resuming measures its cells again."""
    suite = suites.write(tmp_path / "suite", runtimes="{onnxruntime: {devices: [CPU]}}")
    request = request_for(suite, tmp_path)
    run(request)
    models.conv_net(tmp_path / "suite" / "tiny.onnx", batch=1)
    counting, holding = Counting(), Holding()
    run(msgspec.structs.replace(request, resume=True), execute=counting, hold=holding)
    assert counting.count(Measure) == 1
    assert len(holding.jobs) == 2  # the model and its twin, for both scenarios


def test_cache_saves_quantising(tmp_path: Path) -> None:
    """A second run finds the artefacts of the first; other options make another."""
    variants = (
        "\n  q: {precision: INT8, quantiser: onnxruntime, method: ptq, options: {per_channel: %s},"
        " runtimes: [onnxruntime]}\n"
    )
    counts = []
    for attempt, per_channel in (("a", "false"), ("b", "false"), ("c", "true")):
        suite = suites.write(
            tmp_path / "suite",
            variants=variants % per_channel,
            runtimes="{onnxruntime: {devices: [CPU]}}",
            scenarios=f"{{latency: {suites.QUICK}}}",
        )
        counting = Counting()
        run(request_for(suite, tmp_path, release=attempt), execute=counting)
        counts.append(counting.count(Prepare))
    assert counts == [1, 0, 1]


@pytest.mark.parametrize("block", [0, 2])
def test_crash_costs_one_cell(tmp_path: Path, block: int) -> None:
    """A variant that crashes while it is loaded, or in a round, costs its cell; the others race."""
    suite = suites.write(
        tmp_path / "suite",
        variants=suites.BOTH,
        scenarios=f"{{latency: {suites.QUICK}, throughput: {suites.QUICK}}}",
    )
    holding = Holding(crash_at(block) if block else CRASH, Precision.INT8)
    run(request_for(suite, tmp_path), hold=holding)
    file = results.read(tmp_path / "results" / "r1" / "here.json")
    bad = {cell_id(each): each.reason for each in file.cells if each.state is not State.OK}
    assert len(bad) == 1, bad
    (failed,) = bad
    assert "/INT8/" in failed
    assert "/latency/" in failed
    lost = cell(file, failed)
    assert (lost.state, lost.reason) == (State.FAILED, "killed by SIGSEGV")
    assert lost.rounds is None
    assert not lost.values
    assert {race.scenario for race in file.races.values()} == {
        Scenario.LATENCY,
        Scenario.THROUGHPUT,
    }
    assert not workers()


def test_crash_of_a_baseline_leaves_the_others_their_figures(tmp_path: Path) -> None:
    """Without its baseline a variant has no gain, but it has its own figure."""
    suite = suites.write(
        tmp_path / "suite",
        variants=suites.BOTH,
        scenarios=f"{{latency: {suites.QUICK}}}",
    )
    run(request_for(suite, tmp_path), hold=Holding(crash_at(1)))
    file = results.read(tmp_path / "results" / "r1" / "here.json")
    states = Counter(each.state for each in file.cells)
    assert states == {State.OK: 3, State.FAILED: 1}
    assert cell(file, "/FP32/fp32/openvino/").state is State.FAILED
    assert cell(file, "/INT8/nncf-int8/openvino/").values["latency@median"].value > 0


def test_resume_measures_a_whole_race_again(tmp_path: Path) -> None:
    """Where one cell of a race is open, all of it is measured again; other races are kept."""
    suite = suites.write(
        tmp_path / "suite",
        variants=suites.BOTH,
    )
    request = request_for(suite, tmp_path)
    give_up = "import sys; sys.exit('the engine gave up')"
    run(request, hold=Holding(give_up, Precision.INT8))
    before = results.read(tmp_path / "results/r1/here.json")
    (failed,) = [each for each in before.cells if each.state is not State.OK]
    assert failed.reason == "ended with exit status 1 and no result: the engine gave up"
    counting, holding = Counting(), Holding()
    resumed = msgspec.structs.replace(request, resume=True)
    summary = run(resumed, execute=counting, hold=holding)
    assert summary.states == {"ok": 12}
    assert counting.count(Measure) == 0
    assert len(holding.jobs) == 5  # four variants and a twin
    after = results.read(summary.path)
    assert set(after.races) == set(before.races)
    for id_, race in after.races.items():
        assert (race == before.races[id_]) is (race.scenario is Scenario.THROUGHPUT)
    for each in after.cells:
        kept = each == cell(before, cell_id(each))
        assert kept is (each.scenario is not Scenario.LATENCY)


class Interrupted(Held):
    """A worker during whose first block a person presses Ctrl-C."""

    def send(self, command: Command) -> None:
        """Be interrupted."""
        if isinstance(command, Block):
            raise KeyboardInterrupt
        super().send(command)


def test_interruption_takes_nothing_away(tmp_path: Path) -> None:
    """A race that is run again and interrupted in its first round leaves the file as it was."""
    suite = suites.write(
        tmp_path / "suite", variants=suites.BOTH, scenarios=f"{{latency: {suites.QUICK}}}"
    )
    request = request_for(suite, tmp_path)
    path = run(request, hold=Holding(CRASH, Precision.INT8)).path
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        run(msgspec.structs.replace(request, resume=True), hold=Holding(kind=Interrupted))
    assert path.read_bytes() == before
    assert not workers()


def test_hang_costs_one_cell(tmp_path: Path) -> None:
    """A model that loops for ever ends at the time limit, and its process is gone."""
    suite = suites.write(
        tmp_path / "suite",
        runtimes="{onnxruntime: {devices: [CPU]}}",
        limits="{cell_seconds: 2}",
        scenarios=f"{{latency: {suites.QUICK}}}",
    )
    models.endless(tmp_path / "suite" / "tiny.onnx")
    run(request_for(suite, tmp_path))
    (only,) = results.read(tmp_path / "results/r1/here.json").cells
    assert (only.state, only.reason) == (State.FAILED, "time limit of 2 s")
    assert not workers()


def test_hunger_costs_one_cell(tmp_path: Path) -> None:
    """A model that takes more memory than the limit is stopped, and says so."""
    suite = suites.write(
        tmp_path / "suite",
        runtimes="{onnxruntime: {devices: [CPU]}}",
        limits="{cell_seconds: 60, memory_mib: 400}",
        scenarios=f"{{latency: {suites.QUICK}}}",
    )
    models.hungry(tmp_path / "suite" / "tiny.onnx", mebibytes=1500)
    run(request_for(suite, tmp_path))
    (only,) = results.read(tmp_path / "results/r1/here.json").cells
    assert (only.state, only.reason) == (State.FAILED, "memory limit of 400 MiB")


def test_broken_model_costs_its_cells(tmp_path: Path) -> None:
    """A model file that cannot be read fails its own cells and nobody else's."""
    both = BOTH.replace("path: words.onnx", "path: broken.onnx")
    suite = suites.write(
        tmp_path / "suite", models_text=both, runtimes="{onnxruntime: {devices: [CPU]}}"
    )
    (tmp_path / "suite" / "broken.onnx").write_bytes(b"\xffno model")
    run(request_for(suite, tmp_path))
    file = results.read(tmp_path / "results/r1/here.json")
    assert {each.state for each in file.cells if each.model == "tiny"} == {State.OK}
    (state,) = {each.state for each in file.cells if each.model == "words"}
    assert state is State.FAILED
    assert "broken.onnx" in str(cell(file, "words.*latency").reason)


def test_unsupported_is_never_a_hole(tmp_path: Path) -> None:
    """What an engine cannot do is a cell with the engine's own reason."""
    variants = "\n  bf16: {precision: BF16, method: original, runtimes: [onnxruntime]}\n"
    suite = suites.write(
        tmp_path / "suite",
        variants=variants,
        runtimes="{onnxruntime: {devices: [CPU, CUDAExecutionProvider]}}",
        scenarios=f"{{latency: {suites.QUICK}}}",
    )
    summary = run(request_for(suite, tmp_path))
    assert summary.states == {"unsupported": 2}
    reasons = summary.reasons["unsupported"]
    assert any("no CUDAExecutionProvider" in reason for reason in reasons.values())


def test_similarity_without_targets(tmp_path: Path) -> None:
    """Where the data have no targets, outputs are compared with those of the original."""
    variants = """
  fp32: {precision: FP32, method: original}
  q: {precision: INT8, quantiser: onnxruntime, method: ptq}
"""
    suite = suites.write(
        tmp_path / "suite",
        variants=variants,
        runtimes="{onnxruntime: {devices: [CPU]}}",
        scenarios="{accuracy: {batch: 5}}",
    )
    text = suite.read_text().replace("    targets: labels\n", "")
    suite.write_text(text.replace("    metrics: [accuracy@top1]\n", ""))
    run(request_for(suite, tmp_path))
    file = results.read(tmp_path / "results/r1/here.json")
    assert cell(file, "fp32").values["similarity@cosine"].value == pytest.approx(1)
    quantised = cell(file, "INT8").values
    assert 0.9 < quantised["similarity@cosine"].value < 1
    assert quantised["agreement@top1"].n == 24


def test_file_is_whole_after_every_cell(tmp_path: Path) -> None:
    """After each cell the file on disk is valid, with the others still pending."""
    suite = suites.write(tmp_path / "suite", runtimes="{onnxruntime: {devices: [CPU]}}")
    path = tmp_path / "results/r1/here.json"
    seen: list[int] = []

    class Reader:
        """Reads the file whenever a cell is finished."""

        def planned(self, cells: Sequence[Cell], seconds: float) -> None:
            """Check what is announced."""
            assert len(cells) == 3
            assert seconds > 0

        def doing(self, what: str) -> None:
            """Show nothing."""

        def done(self, seconds: float) -> None:
            """Show nothing."""

        def raced(self, news: News) -> None:
            """Show nothing."""

        def finished(self, cell: Cell) -> None:  # noqa: ARG002
            """Count what is still pending on disk."""
            states = [each.state for each in results.read(path).cells]
            seen.append(states.count(State.PENDING))

    run(request_for(suite, tmp_path), observer=Reader())
    assert seen == [2, 1, 0]


def test_interruption_keeps_finished_rounds(tmp_path: Path) -> None:
    """Ctrl-C ends a run with code 130 and keeps finished rounds; resuming runs that race again."""
    suite = suites.write(
        tmp_path / "suite",
        runtimes="{onnxruntime: {devices: [CPU]}}",
        scenarios="{accuracy: {}, latency: {target_percent: 0.0001, warmup_seconds: 0}}",
    )
    path = tmp_path / "results/r1/here.json"
    arguments = ["run", str(suite), "--release", "r1", "--platform", "here"]
    arguments += ["--out", str(tmp_path / "results"), "--cache", str(tmp_path / "cache")]
    main = "from benchfolio.cli import main; main()"
    child = subprocess.Popen(
        [sys.executable, "-c", main, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interruption,
    )
    try:
        wait_for(
            lambda: path.exists() and any(c.state is State.OK for c in results.read(path).cells)
        )
        wait_for(lambda: worked(child.pid))
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=120)
    finally:
        child.kill()
    assert child.returncode == 130
    assert "--resume" in said
    assert "Traceback" not in said
    file = results.read(path)
    assert {each.state for each in file.cells} == {State.OK}
    (race,) = file.races.values()
    assert (race.ended, race.scenario) == ("interrupted", Scenario.LATENCY)
    rounds = cell(file, "latency").rounds
    assert rounds is not None
    assert results.count_floats(rounds.figures) in (race.rounds - 1, race.rounds)
    assert not workers()
    holding = Holding()
    quick = request_for(suite, tmp_path, resume=True, time_limit=0.3)
    assert run(quick, hold=holding).states == {"ok": 2}
    assert len(holding.jobs) == 2
    assert [each.ended for each in results.read(path).races.values()] == ["time limit"]


def test_plan_is_in_order_and_complete(tmp_path: Path) -> None:
    """Cells come by model, variant, runtime, device and scenario; absent runtimes are skipped."""
    suite = load_suite(suites.write(tmp_path, variants=suites.BOTH))
    cells = plan(suite, {"openvino": ()}, cores=4, sockets=1)
    assert cells[0].id == "tiny/FP32/fp32/openvino/CPU/accuracy/1ins1bs"
    assert cells[1].id == "tiny/FP32/fp32/openvino/CPU/latency/1s4c1ins1bs"
    assert len({planned.id for planned in cells}) == len(cells) == 12
    skipped = [planned for planned in cells if planned.cell.state is State.SKIPPED]
    assert {planned.cell.runtime for planned in skipped} == {"onnxruntime"}
    assert "pip install 'benchfolio[onnxruntime]'" in str(skipped[0].cell.reason)


def test_optional_devices_only_where_present(tmp_path: Path) -> None:
    """An optional device is planned where it is found, a required one always."""
    from benchfolio.runner.engines.base import Device

    path = suites.write(
        tmp_path, runtimes="{openvino: {devices: [CPU, NPU], optional_devices: [GPU]}}"
    )
    suite = load_suite(path)
    here = {"openvino": [Device(id="CPU"), Device(id="GPU.0")]}
    assert {p.cell.device for p in plan(suite, here)} == {"CPU", "NPU", "GPU"}
    assert {p.cell.device for p in plan(suite, {"openvino": [Device(id="CPU")]})} == {"CPU", "NPU"}


def test_wrong_option_is_found_before_anything_runs(tmp_path: Path) -> None:
    """A quantiser's option that does not exist ends the run before it began."""
    variants = "\n  q: {precision: INT8, quantiser: nncf, method: ptq, options: {presset: mixed}}\n"
    suite = suites.write(tmp_path / "suite", variants=variants)
    with pytest.raises(BadInput, match="presset"):
        run(request_for(suite, tmp_path))
    assert not (tmp_path / "results").exists()


def test_only_that_matches_nothing(tmp_path: Path) -> None:
    """A pattern that no cell matches is wrong usage, with how to list the cells."""
    suite = suites.write(tmp_path / "suite")
    with pytest.raises(WrongUsage, match="--list"):
        run(request_for(suite, tmp_path, only=("nothing*",)))


def test_another_machine_is_not_mixed_in(measured: tuple[Request, ResultFile]) -> None:
    """Resuming a file that was measured on another processor is refused."""
    request, file = measured
    processor = msgspec.structs.replace(file.platform.processor, name="Another CPU")
    other = msgspec.structs.replace(
        file, platform=msgspec.structs.replace(file.platform, processor=processor)
    )
    target = request.out / "r9" / "here.json"
    results.write(other, target)
    with pytest.raises(WrongUsage, match="another processor"):
        run(msgspec.structs.replace(request, release="r9", resume=True))


def test_cli_lists_cells(tmp_path: Path) -> None:
    """``--list`` prints the ids of the cells and measures nothing."""
    suite = suites.write(tmp_path / "suite")
    done = CliRunner().invoke(cli_run.command, [str(suite), "--list", "--only", "*latency*"])
    assert done.exit_code == 0
    assert [line.split("/")[3] for line in done.stdout.split()] == ["openvino", "onnxruntime"]


def test_cli_ends_with_what_a_reader_looks_for(tmp_path: Path) -> None:
    """The command prints where the file is, the best gain, the worst drop and what did not work."""
    variants = suites.FP32 + (
        "  q: {precision: INT8, quantiser: onnxruntime, method: ptq, runtimes: [onnxruntime]}\n"
        "  b: {precision: BF16, method: original, runtimes: [onnxruntime]}\n"
    )
    suite = suites.write(
        tmp_path / "suite", variants=variants, runtimes="{onnxruntime: {devices: [CPU]}}"
    )
    arguments = [str(suite), "--release", "r1", "--platform", "here"]
    arguments += ["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
    arguments += ["--target", "40", "--time-limit", "0.3"]
    done = CliRunner().invoke(cli_run.command, arguments)
    assert done.exit_code == 0, done.output
    assert "here.json: 6 ok, 3 unsupported" in done.stdout
    for start in ("best gain: ", "worst drop: ", "unsupported: tiny/BF16/b/"):
        assert f"\n{start}" in done.stdout
    assert "tiny: 6 ok, 3 unsupported" in done.stderr
    races = results.read(tmp_path / "out/r1/here.json").races.values()
    assert {(race.target, race.time_limit) for race in races} == {(0.4, 0.3)}


def test_cli_platform_shows_what_would_be_published() -> None:
    """The platform command shows every field, marks what may be withheld, and obeys."""
    shown = CliRunner().invoke(cli_platform.command, [])
    assert shown.exit_code == 0
    assert "--withhold system.kernel" in shown.stdout
    arguments = ["--json", "--id", "lab-1", "--withhold", "system.kernel"]
    raw = json.loads(CliRunner().invoke(cli_platform.command, arguments).stdout)
    assert raw["id"] == "lab-1"
    assert "kernel" not in raw["system"]
    assert raw["withheld"] == ["system.kernel"]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("cannot open /usr/lib/x/model.onnx: no", "cannot open model.onnx: no"),
        ("node /encoder/layer.0/MatMul failed", "node /encoder/layer.0/MatMul failed"),
        ("/onnxruntime_src/core/graph.cc:12 bad", "graph.cc:12 bad"),
        (r"at C:\Users\me\a.onnx now", "at a.onnx now"),
        ("a/b and 1/2 and x->y/z", "a/b and 1/2 and x->y/z"),
        ("two\n\n  lines ", "two\nlines"),
    ],
)
def test_words_lose_paths_only(text: str, clean: str) -> None:
    """Paths become file names; names of layers that look like paths stay."""
    assert scrub(text) == clean


def test_words_are_cut() -> None:
    """A reason of a hundred thousand characters does not reach the file whole."""
    assert len(scrub("x" * 100_000)) <= 1200


def workers() -> list[int]:
    """Return the worker processes that this test has left behind."""
    family = psutil.Process().children(recursive=True)
    return [each.pid for each in family if "benchfolio.runner.worker" in " ".join(_words(each))]


def worked(pid: int) -> bool:
    """Tell whether both workers of a driver have been at work for a while."""
    family = psutil.Process(pid).children()
    return len(family) == 2 and all(sum(each.cpu_times()[:2]) > 0.7 for each in family)


def _words(each: psutil.Process) -> list[str]:
    try:
        return each.cmdline()
    except psutil.Error:
        return []


def test_feeds_are_real_samples(measured: tuple[Request, ResultFile]) -> None:
    """The timed loops cycle different samples, as many as the data set has, up to a limit."""
    _, file = measured
    assert cell(file, "^tiny/FP32/fp32/openvino/CPU/latency").settings["distinct_requests"] == 24
    assert np.isfinite(
        cell(file, "^words/FP32/fp32/openvino.*latency").values["latency@median"].value
    )
