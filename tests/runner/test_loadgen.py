"""MLPerf LoadGen for real on a tiny model, its judgements, and what happens without it."""

from __future__ import annotations

import gc
import importlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from runner import models, suites

from benchfolio import results
from benchfolio.importers.reports.loadgen import LoadgenSummary
from benchfolio.importers.reports.types import Stated
from benchfolio.results import BadInput, MissingEnvironment, Precision, Scenario, State
from benchfolio.runner import loadgen
from benchfolio.runner.cells import measure
from benchfolio.runner.engines.base import Device, Feeds, Outputs
from benchfolio.runner.inspecting import save_feeds
from benchfolio.runner.jobs import LoadGenSettings, Measure, Measured, Refused, Subject
from benchfolio.runner.loadgen import rules, testing
from benchfolio.runner.loadgen.answering import Answerer, Library
from benchfolio.runner.loadgen.summary import parse
from benchfolio.runner.plan import plan
from benchfolio.runner.refusing import answer_or_refusal
from benchfolio.runner.run import Request, run
from benchfolio.runner.suite import Input, Model
from benchfolio.runner.suite_file import load_suite

SUMMARIES = Path(__file__).parents[1] / "importers" / "reports" / "fixtures" / "loadgen"
SHORT = LoadGenSettings(min_duration_ms=100, min_query_count=10, warmup_seconds=0.02)
KEEP: list[object] = []  # engines that streamed, which nothing may destroy
SCENARIOS = (
    "{single-stream: {min_duration_ms: 100, warmup_seconds: 0.02}, "
    "multi-stream: {min_duration_ms: 100, samples_per_query: 4, batch: 4, warmup_seconds: 0.02}, "
    "offline: {min_duration_ms: 10, expected_qps: 500000, min_query_count: 24, batch: 3, "
    "warmup_seconds: 0.02}, "
    "server: {min_duration_ms: 100, target_latency_ms: 0.001, target_qps: 100, "
    "warmup_seconds: 0.02}}"
)

INVALID = """\
Scenario : Server
Scheduled samples per second : 7.63
Result is : INVALID
  Performance constraints satisfied : NO
  Min duration satisfied : NO
  Min queries satisfied : Yes
Recommendations:
 * Reduce target QPS to improve latency.
 * The test exited early, before enough queries were issued.
   See the detailed log for why this may have occurred.

Additional Stats
50.00 percentile latency (ns)   : 12345
"""


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    """Measuring switches Python's garbage collector off; here others still need it."""
    yield
    gc.unfreeze()
    gc.enable()


def job(folder: Path, scenario: Scenario, *, batch: int = 1, **asked: float) -> Measure:
    """Return the job that measures the tiny convolution network."""
    images = models.images(12)
    feeds = folder / "feeds.npz"
    save_feeds(feeds, [{"image": images[at : at + batch]} for at in range(0, 12, batch)])
    return Measure(
        subject=Subject(model=Model(name="T", path="t.onnx"), dataset=None, folder="", cache=""),
        scenario=scenario,
        engine="onnxruntime",
        device="CPU",
        precision=Precision.FP32,
        artefact=str(models.conv_net(folder / "t.onnx")),
        feeds=str(feeds),
        shapes={"image": (batch, 1, 8, 8)},
        batch=batch,
        cores=2,
        loadgen=msgspec.structs.replace(SHORT, **asked),
    )


def measured_by(job: Measure) -> Measured:
    """Measure a cell whose test LoadGen calls valid."""
    found = measure(job, KEEP)
    assert isinstance(found, Measured), found.reason
    return found


def refused_by(job: Measure) -> Refused:
    """Measure a cell whose test LoadGen calls INVALID."""
    found = measure(job, KEEP)
    assert isinstance(found, Refused)
    return found


def test_single_stream_gives_the_90th_percentile(tmp_path: Path) -> None:
    """Single-stream: p90 and its neighbours, what LoadGen judged, its version and its seeds."""
    measured = measured_by(job(tmp_path, Scenario.SINGLE_STREAM, expected_latency_ms=0.002))
    p90 = measured.values["latency@p90"]
    assert measured.values["latency@median"].value <= p90.value < 1000
    assert p90.n == measured.settings["queries"]
    assert "single-stream" in str(p90.definition)
    assert measured.settings["loadgen_result"] == "VALID"
    assert measured.settings["loadgen_version"] == loadgen.version()
    assert int(str(measured.settings["schedule_rng_seed"])) > 0
    assert measured.settings["requests"] == 1


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_multi_stream_times_whole_queries(tmp_path: Path, engine: str) -> None:
    """Multi-stream: p99 of queries of several samples, which run side by side."""
    asked = job(tmp_path, Scenario.MULTI_STREAM, samples_per_query=6, min_query_count=1000)
    measured = measured_by(msgspec.structs.replace(asked, engine=engine))
    assert "latency@p99" in measured.values
    assert "throughput" not in measured.values
    assert measured.settings["samples_per_query"] == 6
    assert "samples_per_query 6 (rule: 8)" in str(measured.settings["mlperf_rules_not_kept"])


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("batch", [1, 4])
def test_offline_gives_samples_per_second(tmp_path: Path, engine: str, batch: int) -> None:
    """Offline: all samples of one query, in batches or not, counted as samples."""
    asked = job(tmp_path, Scenario.OFFLINE, batch=batch, min_duration_ms=1, expected_qps=500_000)
    measured = measured_by(msgspec.structs.replace(asked, engine=engine))
    throughput = measured.values["throughput"]
    assert throughput.n == 550  # LoadGen adds a tenth to 500 000/s for 1 ms
    assert throughput.value > 0
    assert measured.settings["queries"] == 1
    assert measured.settings["performance_sample_count"] == 12


def test_server_sends_what_it_is_asked_for(tmp_path: Path) -> None:
    """Server: a target given is the rate that is scheduled, and another metric than throughput."""
    asked = job(
        tmp_path, Scenario.SERVER, min_duration_ms=1500, target_qps=400, target_latency_ms=20_000
    )
    measured = measured_by(asked)
    assert set(measured.values) >= {"throughput@server", "latency@median"}
    assert "throughput" not in measured.values
    assert measured.values["throughput@server"].value == pytest.approx(400, rel=0.3)
    assert measured.settings["target_qps"] == 400
    assert measured.settings["loadgen_result"] == "VALID"


def test_server_without_a_target_searches(tmp_path: Path) -> None:
    """Server without a target: several tests, of which a valid one is kept."""
    asked = job(tmp_path, Scenario.SERVER, min_duration_ms=200, target_latency_ms=1000, max_tests=3)
    measured = measured_by(asked)
    assert measured.settings["search"] == "bisection"
    assert measured.settings["tests"] in (2, 3)
    assert measured.settings["loadgen_result"] == "VALID"
    assert measured.values["throughput@server"].value > 0


def test_search_ends_at_the_highest_valid_rate() -> None:
    """Bisection keeps the highest valid rate, tells the lowest invalid one, and ends within 5 %."""
    settings = SimpleNamespace(server_target_qps=0.0)
    valid, not_valid = parse("Result is : VALID"), parse("Result is : INVALID")

    def test() -> testing.Tested:
        summary = valid if settings.server_target_qps <= 300 else not_valid
        return testing.Tested(summary=summary, queries=1, samples=1)

    tested, found = testing._search(settings, test, 800.0, 20)
    assert tested.summary.is_valid
    assert 285 <= settings.server_target_qps <= 300
    assert 300 < float(str(found["lowest_qps_not_valid"])) <= 316
    assert int(str(found["tests"])) < 10


def test_a_bound_that_is_not_kept_is_no_result(tmp_path: Path) -> None:
    """A server too slow for its latency bound has failed; what it printed is kept in the note."""
    asked = job(tmp_path, Scenario.SERVER, target_qps=200, target_latency_ms=0.001)
    refused = refused_by(asked)
    assert refused.state is State.FAILED
    assert "Performance constraints satisfied" in refused.reason
    assert "Reduce target QPS to improve latency." in refused.reason
    assert refused.note is not None
    assert re.match(r"LoadGen printed throughput@server [\d.]+ 1/s, latency@median ", refused.note)
    assert refused.settings["loadgen_result"] == "INVALID"
    assert refused.settings["target_qps"] == 200
    assert refused.shape == "image=1x1x8x8"


def test_a_test_that_is_too_short_is_told(tmp_path: Path) -> None:
    """A test that ends before its minimum duration is INVALID for that reason."""
    asked = job(tmp_path, Scenario.OFFLINE, min_duration_ms=2000, expected_qps=1)
    assert "Min duration satisfied" in refused_by(asked).reason


def test_an_invalid_test_is_the_same_whether_run_or_imported() -> None:
    """State, reason, note and figures are those that the importer of summaries makes."""
    text = (SUMMARIES / "server_invalid.txt").read_text("utf-8")
    (row,) = LoadgenSummary().read(text, "s", Stated()).rows
    tested = testing.Tested(summary=parse(text), queries=300, samples=300)
    found = testing._ended(Scenario.SERVER, tested, {}, "x=1")
    assert isinstance(found, Refused)
    assert (found.state, found.reason, found.note) == (row.state, row.reason, row.note)


def test_a_guess_that_was_too_low_is_corrected() -> None:
    """An offline test that was too short is done again with the rate that it reached."""
    texts = iter(
        [
            "Samples per second: 500\nResult is : INVALID\n  Min duration satisfied : NO\n",
            "Samples per second: 510\nResult is : VALID\n  Min duration satisfied : Yes\n",
        ]
    )
    settings = SimpleNamespace(offline_expected_qps=10.0)

    def test() -> testing.Tested:
        return testing.Tested(summary=parse(next(texts)), queries=1, samples=100)

    tested, found = testing._tested(Scenario.OFFLINE, settings, SHORT, test, 10.0)
    assert tested.summary.is_valid
    assert settings.offline_expected_qps == pytest.approx(600)
    assert found == {"tests": 2}


def test_rules_are_those_that_loadgen_carries() -> None:
    """What is shorter than MLPerf's rules is recorded beside the rule, and nothing else is."""
    package = loadgen.find()
    _, said = rules.settings(package, Scenario.MULTI_STREAM, SHORT)
    assert said == "min_duration_ms 100 (rule: 600000); min_query_count 10 (rule: 662)"
    longer = LoadGenSettings(min_duration_ms=700_000)
    used, said = rules.settings(package, Scenario.SINGLE_STREAM, longer)
    assert said == "none"
    assert used.min_duration_ms == 700_000


def test_summary_is_read_by_its_keys() -> None:
    """Figures, unmet conditions and advice over two lines are read; decoration is not."""
    summary = parse(INVALID)
    assert summary.number("scheduled samples per second") == 7.63
    assert summary.number("50.00 percentile latency (ns)") == 12345
    assert summary.number("no such thing") is None
    assert not summary.is_valid
    assert summary.reason == (
        "LoadGen: INVALID; not met: Performance constraints satisfied, Min duration satisfied; "
        "Reduce target QPS to improve latency.; The test exited early, before enough queries were "
        "issued. See the detailed log for why this may have occurred."
    )


def test_an_empty_summary_is_not_valid() -> None:
    """A test that left no summary is not taken for a valid one."""
    assert parse("").reason == "LoadGen: no result; not met: not said"


def test_batches_hold_the_samples_that_were_asked_for() -> None:
    """A batch is made of the very samples named, filled up with the last; constants stay whole."""
    model = Model(name="M", path="m", inputs={"scale": Input(constant=2.0)})
    rows = np.arange(6, dtype=np.float32).reshape(3, 2, 1)
    library = Library(model, [{"x": row, "scale": np.array([2.0])} for row in rows], 2)
    assert len(library) == 6
    full = library.request([5, 0])
    assert full["x"].tolist() == [[5], [0]]
    assert full["scale"].tolist() == [2]
    assert library.request([3])["x"].tolist() == [[3], [3]]
    threes = Library(model, [{"x": np.arange(3).reshape(3, 1), "scale": np.array([2.0])}], 3)
    assert threes.request([2, 0])["x"].tolist() == [[2], [0], [0]]


def test_figures_are_in_the_units_of_their_metrics() -> None:
    """Nanoseconds become milliseconds; a percentile that n does not support is left out."""
    text = "50.00 percentile latency (ns) : 1500000\n99.00 percentile latency (ns) : 2500000\n"
    tested = testing.Tested(summary=parse(text), queries=100, samples=100)
    found = testing.values(Scenario.SERVER, tested)
    assert {name: each.value for name, each in found.items()} == {"latency@median": 1.5}
    found = testing.values(Scenario.MULTI_STREAM, tested)
    assert found["latency@p99"].value == 2.5  # the scenario's own figure; LoadGen judges n
    assert found["latency@p99"].unit == "ms"


class _Recorder:
    """Stands for LoadGen's module: notes what is reported."""

    def __init__(self) -> None:
        self.reported: list[int] = []

    def QuerySampleResponse(self, id_: int, _data: int, _size: int) -> int:  # noqa: N802
        """Return the id."""
        return id_

    def QuerySamplesComplete(self, ids: Sequence[int]) -> None:  # noqa: N802
        """Note the ids."""
        self.reported += ids


@pytest.mark.parametrize("at_once", [True, False])
def test_a_failure_ends_the_test_and_is_raised(at_once: bool) -> None:
    """All samples are reported although inference fails, so LoadGen ends; then it is raised."""

    def infer(_: Feeds) -> Outputs:
        raise RuntimeError("no such kernel")

    recorder = _Recorder()
    library = Library(Model(name="M", path="m"), [{"x": np.zeros(1)}] * 3, 1)
    answerer = Answerer(recorder, library, [infer], batch=1, at_once=at_once)
    answerer.issue([SimpleNamespace(id=id_, index=0) for id_ in (7, 8, 9)])
    with pytest.raises(RuntimeError, match="no such kernel"):
        answerer.end()
    assert sorted(recorder.reported) == [7, 8, 9]


def test_without_loadgen_the_remedy_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the package cannot be imported, the cell is skipped with the line to type."""

    def absent(name: str) -> None:
        raise ModuleNotFoundError(name)

    asked = job(tmp_path, Scenario.OFFLINE)
    engine = SimpleNamespace()
    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(MissingEnvironment):
        testing.measure(engine, asked)
    reply = answer_or_refusal(lambda: testing.measure(engine, asked))
    assert isinstance(reply, Refused)
    assert reply.state is State.SKIPPED
    assert "pip install 'benchfolio[loadgen]'" in reply.reason


def planned_states(folder: Path) -> dict[Scenario, tuple[State, str | None]]:
    """Return the state and reason of each scenario's cell in a plan."""
    suite = load_suite(
        suites.write(folder, scenarios=SCENARIOS, runtimes="{openvino: {devices: [CPU]}}")
    )
    cells = plan(suite, {"openvino": (Device(id="CPU"),)}, cores=2, sockets=1)
    return {each.cell.scenario: (each.cell.state, each.cell.reason) for each in cells}


def test_plan_has_a_cell_for_each_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The four scenarios are planned; where LoadGen is absent they are skipped."""
    states = planned_states(tmp_path)
    assert set(states) == {
        Scenario.SINGLE_STREAM,
        Scenario.MULTI_STREAM,
        Scenario.OFFLINE,
        Scenario.SERVER,
    }
    assert {state for state, _ in states.values()} == {State.PENDING}
    monkeypatch.setattr(loadgen, "version", lambda: None)
    for state, reason in planned_states(tmp_path).values():
        assert state is State.SKIPPED
        assert "pip install 'benchfolio[loadgen]'" in str(reason)


def mistakes(folder: Path, scenarios: str) -> list[str]:
    """Return what is wrong with a suite of these scenarios."""
    path = suites.write(folder, scenarios=scenarios)
    with pytest.raises(BadInput) as caught:
        load_suite(path, where="s.yaml")
    return [f"{each.where} {each.what} {each.remedy}" for each in caught.value.problems]


def test_an_unknown_key_gets_its_line(tmp_path: Path) -> None:
    """A key that LoadGen's scenario does not have is told with its line and the likely word."""
    (told,) = mistakes(tmp_path, "\n  offline: {min_durations_ms: 5}")
    assert told.startswith("s.yaml:")
    assert "scenarios.offline.min_durations_ms: unknown key" in told
    assert "did you mean min_duration_ms?" in told
    line = int(told.split(":")[1])
    assert "min_durations_ms" in (tmp_path / "suite.yaml").read_text().splitlines()[line - 1]


def test_a_test_longer_than_a_cell_may_take_is_refused(tmp_path: Path) -> None:
    """MLPerf's 600 s do not fit a shorter limit of a cell: said before anything is measured."""
    (told,) = mistakes(tmp_path, "{single-stream: {}}")
    assert "scenarios.single-stream.min_duration_ms: takes longer than limits.cell_seconds" in told
    (told,) = mistakes(
        tmp_path, "{server: {target_latency_ms: 5, min_duration_ms: 20000, max_tests: 4}}"
    )
    assert "scenarios.server.min_duration_ms" in told


def test_a_run_measures_all_four(tmp_path: Path) -> None:
    """A run writes the cells of both precisions with values, settings and LoadGen's verdict."""
    path = suites.write(
        tmp_path / "suite",
        variants=suites.FP32 + "  int8: {precision: INT8, quantiser: onnxruntime, method: ptq}\n",
        scenarios=SCENARIOS,
        runtimes="{onnxruntime: {devices: [CPU]}}",
    )
    request = Request(
        suite=path,
        release="r",
        platform_id="p",
        out=tmp_path / "results",
        cache=tmp_path / "cache",
        withhold=("system.kernel",),
    )
    file = results.read(run(request).path)
    assert len(file.cells) == 8
    states = {cell.scenario: cell.state for cell in file.cells}
    assert states == {
        Scenario.SINGLE_STREAM: State.OK,
        Scenario.MULTI_STREAM: State.OK,
        Scenario.OFFLINE: State.OK,
        Scenario.SERVER: State.FAILED,
    }, [cell.reason for cell in file.cells]
    found = {cell.scenario: cell for cell in file.cells if cell.precision is Precision.INT8}
    assert "latency@p90" in found[Scenario.SINGLE_STREAM].values
    assert "latency@p99" in found[Scenario.MULTI_STREAM].values
    assert found[Scenario.MULTI_STREAM].settings["samples_per_query"] == 4
    assert found[Scenario.MULTI_STREAM].batch == 4
    assert "throughput" in found[Scenario.OFFLINE].values
    assert found[Scenario.OFFLINE].settings["performance_sample_count"] == 24
    server = found[Scenario.SERVER]
    assert server.settings["loadgen_result"] == "INVALID"
    assert str(server.reason).startswith("LoadGen: INVALID; not met: ")
    assert str(server.note).startswith("LoadGen printed throughput@server ")
    assert (server.values, server.verdict) == ({}, None)
