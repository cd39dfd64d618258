"""``benchfolio verify`` for real: which cells are meant, run again, and what is said of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import psutil
import pytest
from click.testing import CliRunner, Result
from runner import suites
from runner.waiting import hear_interruption, wait_for

from benchfolio import results
from benchfolio.cli.verify import command
from benchfolio.results import (
    BadInput,
    BenchfolioError,
    Cell,
    Outcomes,
    Processor,
    ResultFile,
    Scenario,
    State,
    Value,
    WrongUsage,
    cell_anchor,
    cell_id,
    pack_bits,
    pack_floats,
    release_order,
    unpack_bits,
    unpack_floats,
)
from benchfolio.runner import platform
from benchfolio.runner.run import Observer, Request, path_of, run
from benchfolio.runner.summary import Summary
from benchfolio.runner.verify import Asked, Word, find, verify

VARIANTS = """
  fp32: {precision: FP32, method: original}
  ort-qdq: {precision: INT8, quantiser: onnxruntime, method: ptq}
"""
LONGER = "{target_percent: 20, time_limit: 3, block_seconds: 0.01, warmup_seconds: 0}"
FP32_ACCURACY = "tiny/FP32/fp32/onnxruntime/CPU/accuracy/1ins1bs"
INT8_ACCURACY = "tiny/INT8/ort-qdq/onnxruntime/CPU/accuracy/1ins1bs"
INT8_THROUGHPUT = "tiny/INT8/ort-qdq/onnxruntime/CPU/throughput/*"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ResultFile]:
    """Measure a suite of one model once; return its folder and the result file."""
    folder = tmp_path_factory.mktemp("verify")
    suite = suites.write(
        folder / "suite",
        variants=VARIANTS,
        runtimes="{onnxruntime: {devices: [CPU]}}",
        scenarios=f"{{accuracy: {{}}, latency: {suites.QUICK}, throughput: {LONGER}}}",
    )
    request = Request(
        suite=suite, release="r1", platform_id="here", out=folder / "out", cache=folder / "cache"
    )
    return folder, results.read(run(request).path)


@pytest.fixture
def here(
    recorded: tuple[Path, ResultFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ResultFile:
    """Stand in the suite's folder, with nothing in results/ of the test's own folder yet."""
    monkeypatch.chdir(recorded[0] / "suite")
    (tmp_path / "results").mkdir()
    return recorded[1]


def put(file: ResultFile, folder: Path) -> Path:
    """Write a record; return the folder of results."""
    results.write(file, folder / "results" / file.release / f"{file.platform.id}.json")
    return folder / "results"


def edited(
    file: ResultFile, edit: Callable[[Cell], Cell], chosen: Callable[[Cell], bool] = lambda _: True
) -> ResultFile:
    """Return a file with some cells changed."""
    cells = tuple(edit(cell) if chosen(cell) else cell for cell in file.cells)
    return msgspec.structs.replace(file, cells=cells)


def ask(folder: Path, cell: str, *options: str, cache: Path | None = None) -> Result:
    """Call the command."""
    arguments = [cell, "--results", str(folder / "results"), *options]
    arguments += ["--cache", str(cache or folder / "cache")]
    return CliRunner().invoke(command, arguments)


class Copying:
    """Measures nothing: gives back a file that was measured before."""

    def __init__(self, file: ResultFile) -> None:
        self.requests: list[Request] = []
        self._file = file

    def __call__(self, request: Request, *, observer: Observer | None = None) -> Summary:  # noqa: ARG002
        """Write the file where the repetition is expected."""
        self.requests.append(request)
        path = path_of(request)
        results.write(self._file, path)
        return Summary(path=path, states={}, best_gain=None, worst_drop=None, reasons={})


# ---------------------------------------------------------------------------------- with an engine


def test_an_honest_record_agrees(
    here: ResultFile, recorded: tuple[Path, ResultFile], tmp_path: Path
) -> None:
    """A cell measured again here agrees; the results stay as they are, byte for byte."""
    folder = put(here, tmp_path)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    cache = recorded[0] / "cache"
    done = ask(tmp_path, "tiny/*/accuracy/*", cache=cache)
    assert done.exit_code == 0, done.output
    words = [line for line in done.stdout.splitlines() if line.startswith("agrees: tiny/")]
    assert len(words) == 2
    assert done.stdout.endswith("\n2 agree, 0 disagree, 0 not comparable\n")
    assert "every one of 24 samples came out the same" in done.stdout
    assert "drop in accuracy@top1" in done.stdout
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_speed_is_measured_with_its_baseline_in_the_record_s_way(
    here: ResultFile, recorded: tuple[Path, ResultFile], tmp_path: Path
) -> None:
    """A candidate runs against its baseline, with the target and time limit of the record."""
    put(here, tmp_path)
    keep = tmp_path / "kept"
    options = ("--tolerance", "1000", "--format", "json", "--keep", str(keep))
    done = ask(tmp_path, INT8_THROUGHPUT, *options, cache=recorded[0] / "cache")
    (found,) = json.loads(done.stdout)["cells"]
    names = {each["name"]: each for each in found["figures"]}
    assert names["gain in throughput"]["here"]["value"] > 0
    assert names["throughput"]["word"] == "agrees"
    again = results.read(keep / "r1" / "here.json")
    assert {each.precision.value for each in again.cells} == {"FP32", "INT8"}
    assert len({each.rounds.race for each in again.cells if each.rounds}) == 1
    (race,) = again.races.values()
    assert race.time_limit == 3
    assert race.target == pytest.approx(0.2)
    assert str(tmp_path) not in done.stdout
    assert str(recorded[0]) not in done.stdout


def test_a_doctored_gain_is_found(
    here: ResultFile, recorded: tuple[Path, ResultFile], tmp_path: Path
) -> None:
    """A record whose gain is a multiple of what it was disagrees, by how much, and exits 1.

    The multiple is beyond any noise floor of a machine that runs other tests meanwhile.
    """
    put(edited(here, times(1e4), is_quantised_throughput), tmp_path)
    done = ask(tmp_path, INT8_THROUGHPUT, cache=recorded[0] / "cache")
    assert done.exit_code == 1, done.output
    assert done.stdout.startswith("disagrees: tiny/INT8")
    (line,) = [each for each in done.stdout.splitlines() if "gain in throughput" in each]
    assert "disagrees: beyond the intervals" in line
    assert "−100 % (" in line


def times(factor: float) -> Callable[[Cell], Cell]:
    """Return what makes a cell look faster in every round."""

    def doctored(cell: Cell) -> Cell:
        assert cell.rounds is not None
        figures = [factor * each for each in unpack_floats(cell.rounds.figures)]
        rounds = msgspec.structs.replace(cell.rounds, figures=pack_floats(figures))
        return msgspec.structs.replace(cell, rounds=rounds)

    return doctored


def is_quantised_throughput(cell: Cell) -> bool:
    """Tell whether it is the cell that the tests of speed are about."""
    return cell.scenario is Scenario.THROUGHPUT and cell.precision.value == "INT8"


def better(cell: Cell) -> Cell:
    """Turn the wrong samples of a cell right, but the last."""
    outcomes = cell.outcomes["accuracy@top1"]
    flags = unpack_bits(outcomes.right or "", outcomes.samples)
    flags = [True] * (len(flags) - 1) + flags[-1:]
    value = Value(value=100 * sum(flags) / len(flags), unit="%", n=len(flags))
    return msgspec.structs.replace(
        cell,
        values={"accuracy@top1": value},
        outcomes={"accuracy@top1": Outcomes(samples=len(flags), right=pack_bits(flags))},
    )


def test_a_doctored_accuracy_is_found(
    here: ResultFile, recorded: tuple[Path, ResultFile], tmp_path: Path
) -> None:
    """A record with better outcomes than the model has disagrees, in accuracy and in the drop."""
    put(edited(here, better, lambda cell: cell_id(cell) == INT8_ACCURACY), tmp_path)
    done = ask(tmp_path, INT8_ACCURACY, cache=recorded[0] / "cache")
    assert done.exit_code == 1, done.output
    told = [line for line in done.stdout.splitlines() if "disagrees:" in line]
    assert len(told) == 3  # the cell, its accuracy and its drop
    assert done.stdout.endswith("\n0 agree, 1 disagrees, 0 not comparable\n")


def test_another_machine_is_not_compared(
    here: ResultFile, recorded: tuple[Path, ResultFile], tmp_path: Path
) -> None:
    """A record of another processor and engine is measured, shown, and not judged: exit 4."""
    processor = msgspec.structs.replace(here.platform.processor, name="Another CPU")
    other = msgspec.structs.replace(
        here, platform=msgspec.structs.replace(here.platform, processor=processor)
    )
    put(edited(other, lambda cell: msgspec.structs.replace(cell, runtime_version="0.1")), tmp_path)
    done = ask(tmp_path, FP32_ACCURACY, cache=recorded[0] / "cache")
    assert done.exit_code == 4, done.output
    assert f"{FP32_ACCURACY}: not comparable: processor: recorded Another CPU" in done.stderr
    assert done.stdout.startswith(f"not comparable: {FP32_ACCURACY}\n")
    assert "differs: version of onnxruntime: recorded 0.1, here 1." in done.stdout
    assert "accuracy@top1" in done.stdout
    assert "agrees:" not in done.stdout


def test_interruption_leaves_nothing_behind(
    here: ResultFile, recorded: tuple[Path, ResultFile], tmp_path: Path
) -> None:
    """Ctrl-C ends with 130: no file in the temporary folder, none changed, no process."""
    folder = put(here, tmp_path)
    before = (folder / "r1" / "here.json").read_bytes()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    arguments = ["verify", INT8_THROUGHPUT, "--results", str(folder), "--time-limit", "60"]
    arguments += ["--target", "0.001", "--cache", str(recorded[0] / "cache")]
    child = subprocess.Popen(
        [sys.executable, "-c", "from benchfolio.cli import main; main()", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(scratch)},
        preexec_fn=hear_interruption,
    )
    try:
        wait_for(lambda: any(scratch.glob("benchfolio-verify-*/r1/here.json")))
        wait_for(lambda: len(psutil.Process(child.pid).children(recursive=True)) >= 3)
        children = psutil.Process(child.pid).children(recursive=True)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=120)
    finally:
        child.kill()
    assert child.returncode == 130
    assert said.endswith("interrupted\n")
    assert "Traceback" not in said
    assert not list(scratch.glob("benchfolio-verify-*"))
    assert (folder / "r1" / "here.json").read_bytes() == before
    wait_for(lambda: not any(each.is_running() for each in children))


# ------------------------------------------------------------------------------------ what is asked


def verified(file: ResultFile, tmp_path: Path, cell: str, **asked: object) -> list[Request]:
    """Verify against the very same file; return what was asked to be measured."""
    copying = Copying(file)
    wanted = Asked(cell=cell, results=tmp_path / "results", cache=tmp_path / "cache", **asked)  # type: ignore[arg-type]
    compared = verify(wanted, measure=copying)
    assert {each.word for each in compared} == {Word.AGREES}
    return copying.requests


def test_scenarios_keep_their_own_rounds(here: ResultFile, tmp_path: Path) -> None:
    """A whole model is measured in as many runs as there are settings of rounds."""
    put(here, tmp_path)
    requests = verified(here, tmp_path, "tiny")
    settings = {(each.time_limit, each.target_percent) for each in requests}
    assert settings == {(0.4, 50), (3, 20)}
    assert sorted(len(each.only) for each in requests) == [2, 4]
    assert len({each.out for each in requests}) == 2
    assert all(each.release == "r1" and each.platform_id == "here" for each in requests)


def test_a_person_may_ask_for_other_rounds(here: ResultFile, tmp_path: Path) -> None:
    """``--time-limit`` and ``--target`` go before those of the record."""
    put(here, tmp_path)
    requests = verified(here, tmp_path, INT8_THROUGHPUT, time_limit=7.0, target_percent=3.0)
    assert [(each.time_limit, each.target_percent) for each in requests] == [(7, 3)]


def test_what_the_owner_withheld_stays_withheld(here: ResultFile, tmp_path: Path) -> None:
    """The repetition, which may be kept and published, withholds the record's fields."""
    machine = msgspec.structs.replace(here.platform, withheld=("system.kernel",))
    file = msgspec.structs.replace(here, platform=machine)
    put(file, tmp_path)
    (request,) = verified(file, tmp_path, FP32_ACCURACY)
    assert request.withhold == ("system.kernel",)


def test_a_machine_with_other_cores_measures_what_it_has(here: ResultFile, tmp_path: Path) -> None:
    """Where a record has all cores of a larger machine, all cores here stand beside it."""

    def larger(cell: Cell) -> Cell:
        load = msgspec.structs.replace(cell.load, cores_per_instance=56, sockets=2)
        return msgspec.structs.replace(cell, load=load)

    record = edited(here, larger, lambda cell: cell.scenario is Scenario.THROUGHPUT)
    put(record, tmp_path)
    told: list[str] = []
    asked = Asked(cell="tiny/INT8/*2s56c1ins1bs", results=tmp_path / "results", cache=tmp_path)
    (compared,) = verify(asked, tell=told.append, measure=Copying(here))
    assert compared.word is Word.NOT_COMPARABLE
    assert [each.what for each in compared.differences] == ["load"]
    assert {each.name for each in compared.figures} >= {"gain in throughput", "throughput"}
    assert any("load: recorded 2s56c1ins1bs, here" in line for line in told)


def test_a_cell_that_the_suite_has_no_more(here: ResultFile, tmp_path: Path) -> None:
    """What the suite does not plan is not comparable, and nothing is measured for it."""
    device = edited(here, lambda cell: msgspec.structs.replace(cell, device="CUDA"))
    put(device, tmp_path)
    copying = Copying(here)
    asked = Asked(cell="*/accuracy/*", results=tmp_path / "results")
    compared = verify(asked, measure=copying)
    assert not copying.requests
    assert {each.word for each in compared} == {Word.NOT_COMPARABLE}
    assert {each.differences[0].what for each in compared} == {"suite"}


def test_missing_data_is_said_before(
    here: ResultFile, recorded: tuple[Path, ResultFile], tmp_path: Path
) -> None:
    """That the data set is not here is said before anything is measured."""
    put(here, tmp_path)
    text = (recorded[0] / "suite" / "suite.yaml").read_text().replace("test.npz", "none.npz")
    suite = tmp_path / "suite.yaml"
    suite.write_text(text)
    told: list[str] = []

    def measure(request: Request, *, observer: Observer | None = None) -> Summary:
        """Look at what was said by now."""
        assert any("data: recorded none.npz, here no such file" in line for line in told)
        return Copying(here)(request, observer=observer)

    asked = Asked(cell=FP32_ACCURACY, results=tmp_path / "results", suite=suite)
    verify(asked, tell=told.append, measure=measure)


# --------------------------------------------------------------------------------- which are meant


def ids(folder: Path, text: str, **asked: str) -> list[str]:
    """Return the ids that a reference finds."""
    processor = platform.describe("here").processor
    found = find(text, folder / "results", processor=processor, **asked)
    return [
        f"{each.file.release} {each.file.platform.id} {cell_id(each.cell)}" for each in found.sides
    ]


def test_cells_are_found_by_id_pattern_and_model(here: ResultFile, tmp_path: Path) -> None:
    """An id finds one cell, a pattern some, a model all of its own."""
    put(here, tmp_path)
    assert ids(tmp_path, FP32_ACCURACY) == [f"r1 here {FP32_ACCURACY}"]
    assert len(ids(tmp_path, "tiny/INT8/*")) == 3
    assert len(ids(tmp_path, "tiny")) == 6


@pytest.mark.parametrize("before", ["", "#", "https://example.org/models/tiny.html#"])
def test_cells_are_found_by_their_link(here: ResultFile, tmp_path: Path, before: str) -> None:
    """A link to a row finds its cell among all releases, the old ones too."""
    put(here, tmp_path)
    put(msgspec.structs.replace(here, release="r2"), tmp_path)
    cell = here.cells[2]
    anchor = cell_anchor("r1", "here", cell)
    assert ids(tmp_path, before + anchor) == [f"r1 here {cell_id(cell)}"]


def test_the_newest_release_is_meant(here: ResultFile, tmp_path: Path) -> None:
    """Without a release the newest is meant, by number, not by letter."""
    for release in ("2026.9", "2026.10", "2026.10rc1"):
        put(msgspec.structs.replace(here, release=release), tmp_path)
    assert ids(tmp_path, FP32_ACCURACY)[0].startswith("2026.10 here")
    assert ids(tmp_path, FP32_ACCURACY, release="2026.9")[0].startswith("2026.9 here")
    assert sorted(["2026.1", "2026.1rc1", "2026.1.1"], key=release_order) == [
        "2026.1rc1",
        "2026.1",
        "2026.1.1",
    ]


def of_platform(file: ResultFile, id_: str, name: str | None = None) -> ResultFile:
    """Return the file as of another machine."""
    machine = msgspec.structs.replace(file.platform, id=id_)
    if name is not None:
        machine = msgspec.structs.replace(machine, processor=Processor(name=name))
    return msgspec.structs.replace(file, platform=machine)


def test_the_platform_of_this_processor_is_meant(here: ResultFile, tmp_path: Path) -> None:
    """Of several platforms, that with this machine's processor is meant; two of them are asked."""
    put(here, tmp_path)
    put(of_platform(here, "other", "Another CPU"), tmp_path)
    assert ids(tmp_path, FP32_ACCURACY)[0].startswith("r1 here")
    put(of_platform(here, "twin"), tmp_path)
    with pytest.raises(WrongUsage, match="--platform ID") as caught:
        ids(tmp_path, FP32_ACCURACY)
    assert "here (" in str(caught.value)
    assert "twin (" in str(caught.value)
    assert "other" not in str(caught.value)
    assert ids(tmp_path, FP32_ACCURACY, platform="twin")[0].startswith("r1 twin")


def test_of_strange_platforms_none_is_guessed(here: ResultFile, tmp_path: Path) -> None:
    """Where no platform has this processor, one alone is meant and two are asked."""
    put(of_platform(here, "one", "One CPU"), tmp_path)
    assert ids(tmp_path, FP32_ACCURACY)[0].startswith("r1 one")
    put(of_platform(here, "two", "Two CPU"), tmp_path)
    with pytest.raises(WrongUsage, match="one \\(One CPU\\), two \\(Two CPU\\)"):
        ids(tmp_path, FP32_ACCURACY)


def test_what_is_near_is_named(here: ResultFile, tmp_path: Path) -> None:
    """A reference to nothing names ids that look like it, and other places that have it."""
    put(here, tmp_path)
    with pytest.raises(WrongUsage, match=FP32_ACCURACY):
        ids(tmp_path, FP32_ACCURACY.replace("fp32", "fp23"))
    with pytest.raises(WrongUsage, match="it is in r1 on here"):
        ids(tmp_path, FP32_ACCURACY, release="r9")
    with pytest.raises(WrongUsage, match="no measured cell"):
        ids(tmp_path, "c-000000000000")


def test_only_what_was_measured_and_is_ok_is_meant(here: ResultFile, tmp_path: Path) -> None:
    """Transcribed figures and failed cells cannot be verified; the failed one says so."""
    failed = edited(
        here,
        lambda cell: msgspec.structs.replace(
            cell,
            state=State.FAILED,
            reason="it crashed",
            values={},
            outcomes={},
            rounds=None,
            executed={},
        ),
        lambda cell: cell_id(cell) == FP32_ACCURACY,
    )
    put(failed, tmp_path)
    with pytest.raises(WrongUsage, match=f"failed: {FP32_ACCURACY}"):
        ids(tmp_path, FP32_ACCURACY)
    origin = msgspec.structs.replace(here.origin, kind="transcribed")
    put(msgspec.structs.replace(here, origin=origin), tmp_path)
    with pytest.raises(WrongUsage, match="no measured cell"):
        ids(tmp_path, "tiny")


# ------------------------------------------------------------------------------------ what is wrong


def with_command(file: ResultFile, said: str | None) -> ResultFile:
    """Return a file whose cells say another command."""
    return edited(file, lambda cell: msgspec.structs.replace(cell, command=said))


@pytest.mark.parametrize(
    "said",
    [
        None,
        "rm -rf /",
        "benchfolio run 'unfinished",
        "benchfolio run elsewhere.yaml --release r1",
        "benchfolio run ../suite/suite.yaml --release r1",
    ],
)
def test_a_record_without_its_suite_says_what_to_do(
    here: ResultFile, tmp_path: Path, said: str | None
) -> None:
    """Without a command, or a suite at its place in this folder, the remedy is ``--suite``."""
    put(with_command(here, said), tmp_path)
    asked = Asked(cell=FP32_ACCURACY, results=tmp_path / "results")
    with pytest.raises(BadInput, match="--suite FILE"):
        verify(asked, measure=Copying(here))


def test_a_record_without_a_command_is_verified_with_a_suite(
    here: ResultFile, tmp_path: Path
) -> None:
    """With ``--suite`` the command is not needed; the baseline is the FP32 original."""
    put(with_command(here, None), tmp_path)
    (request,) = verified(here, tmp_path, INT8_ACCURACY, suite=Path("suite.yaml"))
    assert request.only == (INT8_ACCURACY, FP32_ACCURACY)


def test_a_broken_file_beside_is_passed_over(here: ResultFile, tmp_path: Path) -> None:
    """A result file that cannot be read is named and costs no other."""
    put(here, tmp_path)
    (tmp_path / "results" / "broken.json").write_text("{}")
    told: list[str] = []
    asked = Asked(cell=FP32_ACCURACY, results=tmp_path / "results")
    (compared,) = verify(asked, tell=told.append, measure=Copying(here))
    assert compared.word is Word.AGREES
    assert told[0].startswith("passed over: broken.json")


@pytest.mark.parametrize("inside", [True, False])
def test_the_repetition_is_not_written_among_files(
    here: ResultFile, tmp_path: Path, inside: bool
) -> None:
    """``--keep`` takes a new or empty folder outside of the results, before it measures."""
    put(here, tmp_path)
    keep = tmp_path / "results" / "again" if inside else tmp_path / "full"
    if not inside:
        keep.mkdir()
        (keep / "mine").write_text("mine")
    asked = Asked(cell=FP32_ACCURACY, results=tmp_path / "results", keep=keep)
    with pytest.raises(WrongUsage, match="--keep"):
        verify(asked, measure=Copying(here))


def test_errors_have_their_exit_codes(here: ResultFile, tmp_path: Path) -> None:
    """No such cell is wrong usage, no results are bad input."""
    put(here, tmp_path)
    assert exit_code(ask(tmp_path, "tony")) == 2
    assert exit_code(ask(tmp_path / "nowhere", "tiny")) == 3


def exit_code(done: Result) -> int:
    """Return the code that the program would end with."""
    assert isinstance(done.exception, BenchfolioError)
    return done.exception.exit_code


def test_json_says_what_the_page_says(
    here: ResultFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The JSON has a version, counts, and for each figure both sides, difference and word."""
    put(here, tmp_path)
    copying = Copying(here)
    monkeypatch.setattr(
        "benchfolio.cli.verify.verify",
        lambda asked, **_: verify(asked, measure=copying),
    )
    done = ask(tmp_path, INT8_ACCURACY, "--format", "json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["format"], found["version"]) == ("benchfolio-verification", 1)
    assert found["tolerance"] == 0.05
    assert found["counts"] == {"agrees": 1, "disagrees": 0, "not comparable": 0}
    (cell,) = found["cells"]
    assert cell["cell"] == INT8_ACCURACY
    assert cell["anchor"].startswith("c-")
    keys = ["name", "metric", "kind", "unit", "recorded", "here", "how", "difference"]
    assert all([*each] == [*keys, "word", "reason"] for each in cell["figures"])
    page = Path(__file__).parents[2] / "site" / "docs" / "verify.rst"
    documented = page.read_text(encoding="utf-8")
    everything: Sequence[str] = [*found, *cell, *keys, "low", "high"]
    assert not [key for key in everything if f"``{key}``" not in documented]
