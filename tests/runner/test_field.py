"""Races of the real driver: real engines, tiny models, short rounds."""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Sequence
from itertools import chain, pairwise
from pathlib import Path
from statistics import mean, median

import msgspec
import psutil
import pytest
from runner import suites
from runner.runs import Holding, cell, request_for

from benchfolio import results
from benchfolio.results import Cell, ResultFile, Scenario, State, cell_id, load_name, unpack_floats
from benchfolio.runner import topology
from benchfolio.runner.jobs import Answer, Block, Command, Hold, Stretch, Timed
from benchfolio.runner.process import Held
from benchfolio.runner.progress import Told
from benchfolio.runner.run import Request, run
from benchfolio.runner.run.observer import News, Silent
from benchfolio.statistics import gain

RACED = (Scenario.LATENCY, Scenario.THROUGHPUT)
TIMED = f"{{latency: {suites.QUICK}, throughput: {suites.QUICK}}}"
BOUND = "1s1c2ins1bs"


class Watched(Held):
    """A worker that notes when it worked, and which processors its threads might use then."""

    def __init__(
        self, job: Hold, *, memory_bytes: int | None = None, command: Sequence[str] = ()
    ) -> None:
        super().__init__(job, memory_bytes=memory_bytes, command=command)
        self.job = job
        self.told: list[float] = []
        self.answered: list[float] = []
        self.commands: list[Command] = []
        self.blocks: list[tuple[float, float]] = []
        self.marks: list[list[float]] = []
        self.starts: list[float | None] = []
        self.affinities: set[frozenset[int]] = set()

    def send(self, command: Command) -> None:
        """Send a command; note when it shall begin."""
        if isinstance(command, Stretch):
            self.starts.append(command.start)
        if isinstance(command, Block | Stretch):
            self.commands.append(command)
            self.told.append(time.monotonic())
        super().send(command)

    def answer(self, seconds: float) -> Answer:
        """Note from when to when a block went."""
        answer = super().answer(seconds)
        if isinstance(answer, Timed):
            self.answered.append(time.monotonic())
            completed = array("d")
            completed.frombytes(answer.completed)
            self.blocks.append((answer.started, completed[-1]))
            self.marks.append([answer.started, *completed])
        if not self.is_lost:
            threads = psutil.Process(self.pid).threads()
            self.affinities |= {frozenset(os.sched_getaffinity(each.id)) for each in threads}
        return answer

    def latencies(self) -> list[list[float]]:
        """Return the milliseconds of each request, by block of one request after the other."""
        return [
            [(end - begin) * 1e3 for begin, end in pairwise(marks)]
            for marks, command in zip(self.marks, self.commands, strict=True)
            if isinstance(command, Block)
        ]


class Listening(Silent):
    """Keeps what is said of races."""

    def __init__(self) -> None:
        self.news: list[News] = []

    def raced(self, news: News) -> None:
        """Keep it."""
        self.news.append(news)


@pytest.fixture(scope="module")
def raced(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Request, ResultFile, list[Watched], list[News]]:
    """Run latency and throughput of four variants on two engines once."""
    folder = tmp_path_factory.mktemp("field")
    request = request_for(
        suites.write(folder / "suite", variants=suites.BOTH, scenarios=TIMED), folder
    )
    holding, listening = Holding(kind=Watched), Listening()
    summary = run(request, hold=holding, observer=listening)
    watched = [each for each in holding.held if isinstance(each, Watched)]
    return request, results.read(summary.path), watched, listening.news


Run = tuple[Request, ResultFile, list[Watched], list[News]]


def baseline_of(file: ResultFile, candidate: Cell) -> Cell:
    """Return the FP32 original that a cell is compared with."""
    place = ("runtime", "device", "scenario", "load", "batch", "model")
    (found,) = [
        each
        for each in file.cells
        if each.recipe == "fp32" and all(getattr(each, n) == getattr(candidate, n) for n in place)
    ]
    return found


def figures(each: Cell) -> Sequence[float]:
    """Return a cell's figure of each round."""
    assert each.rounds is not None
    return unpack_floats(each.rounds.figures)


def test_every_timed_cell_raced_its_baseline(raced: Run) -> None:
    """All variants on a device are in one race a scenario, with figures of the same rounds."""
    _, file, _, _ = raced
    assert {race.scenario for race in file.races.values()} == set(RACED)
    assert len(file.races) == 2
    for each in file.cells:
        assert each.state is State.OK, each.reason
        assert each.rounds is not None
        assert baseline_of(file, each).rounds is not None
        assert baseline_of(file, each).rounds.race == each.rounds.race  # type: ignore[union-attr]
        race = file.races[each.rounds.race]
        assert race.scenario is each.scenario
        assert 3 <= len(figures(each)) <= race.rounds
        assert len(figures(baseline_of(file, each))) >= len(figures(each))


def test_gains_follow_from_rounds(raced: Run) -> None:
    """From the file alone the gain of each cell is computed within rounds."""
    _, file, _, _ = raced
    for each in file.cells:
        higher = each.scenario is Scenario.THROUGHPUT
        estimate = gain(figures(each), figures(baseline_of(file, each)), higher_is_better=higher)
        assert estimate.n == len(figures(each))
        assert (estimate.value == 1) is (each.recipe == "fp32")


def who_ran(watched: list[Watched], wanted: Cell) -> list[Watched]:
    """Return the worker of a cell; of a baseline with a twin that of the twin after it."""
    key = wanted.runtime, wanted.precision
    return [each for each in watched if (each.job.engine, each.job.precision) == key]


def test_absolute_figures_come_from_the_same_blocks(raced: Run) -> None:
    """The value of a cell is the median of what its rounds' figures are made of; n counts it."""
    _, file, watched, _ = raced
    for each in file.cells:
        found = figures(each)
        if each.scenario is Scenario.LATENCY:
            value = each.values["latency@median"]
            blocks = who_ran(watched, each)[0].latencies()
            times = list(chain.from_iterable(blocks))
            assert [mean(block) for block in blocks] == pytest.approx(found, rel=1e-6)
            assert value.value == pytest.approx(median(times))
            assert value.n == len(times)
        else:
            value = each.values["throughput"]
            assert value.value == pytest.approx(median(found), rel=1e-6)
            assert (value.n or 0) >= len(found)


def test_a_twin_ran_in_every_race(raced: Run) -> None:
    """The first baseline ran twice in its race: the second time in a process of its own."""
    _, file, watched, _ = raced
    for race in file.races.values():
        (twin,) = race.twins
        original = cell(file, f"^{twin.cell}$")
        assert original.recipe == "fp32"
        assert original.scenario is race.scenario
        against = unpack_floats(twin.figures)
        assert 3 <= len(against) <= race.rounds
        assert list(against) != list(figures(original))
        one, two = who_ran(watched, original)
        assert one.pid != two.pid
        if race.scenario is Scenario.LATENCY:
            own = [mean(block) for block in two.latencies()]
            assert list(against) == pytest.approx(own, rel=1e-6)


def test_races_say_how_they_ended(raced: Run) -> None:
    """Rounds, target, time limit and how they ended stand in the file, with the machine's state."""
    _, file, _, _ = raced
    for race in file.races.values():
        assert race.ended in {"target", "time limit"}
        assert (race.target, race.time_limit, race.block_seconds) == (0.5, 0.4, 0.005)
        assert race.rounds >= 3
        assert race.seconds > 0
        assert race.order == "Williams design"
        assert race.conditions is not None
        assert race.conditions.verdict.calm


def test_every_timed_cell_has_a_verdict(raced: Run) -> None:
    """A cell is not called calmer than its race was."""
    _, file, _, _ = raced
    for each in file.cells:
        assert each.rounds is not None
        conditions = file.races[each.rounds.race].conditions
        assert conditions is not None
        assert each.verdict is not None
        assert set(conditions.verdict.reasons) <= set(each.verdict.reasons)


def test_settings_are_what_they_really_were(raced: Run) -> None:
    """Threads, busy processors, requests and the timed region are recorded, the last for all."""
    _, file, _, _ = raced
    assert len({each.settings["timed_region"] for each in file.cells}) == 1
    for each in file.cells:
        assert isinstance(each.settings["threads_started"], int)
        busy = each.settings["processors_busy"]
        assert isinstance(busy, float)
        assert 0 < busy < len(os.sched_getaffinity(0)) + 0.5
        if each.scenario is Scenario.THROUGHPUT:
            assert isinstance(each.settings["requests"], int)
        else:
            assert each.executed or "executed_unknown" in each.settings
    ort = cell(file, "FP32/fp32/onnxruntime/CPU/latency").settings
    assert ort["intra_op_num_threads"] == len(os.sched_getaffinity(0))


def test_one_works_at_a_time(raced: Run) -> None:
    """From the first to the last block of a run no two ever overlap, whoever they are of."""
    _, file, watched, _ = raced
    spans = sorted(span for each in watched for span in each.blocks)
    assert len(watched) == 5
    assert len(spans) >= sum(race.rounds for race in file.races.values())
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_models_are_loaded_once(raced: Run) -> None:
    """One process per variant, and one for the twin, serves both scenarios."""
    _, _, watched, _ = raced
    held = [(each.job.engine, each.job.precision) for each in watched]
    assert len(held) == len(set(held)) + 1 == 5
    assert all(not psutil.pid_exists(each.pid) for each in watched)


def test_people_are_told_how_races_went(raced: Run) -> None:
    """Each race gives news; what did not reach its target says what is known instead."""
    _, file, _, news = raced
    assert {each.race.scenario for each in news} == set(RACED)
    assert [each.race for each in news] == [file.races[_id(file, each)] for each in news]
    race = msgspec.structs.replace(news[0].race, ended="time limit", conditions=None, rounds=7)
    told = News(what="tiny latency", race=race, widest=0.034, advice=("rest", "rest"))
    assert list(Told().lines(told)) == [
        "tiny latency: time limit after 7 rounds; gains are known to ± 3.4%, ± 50.0% was wanted",
        "  advice: rest",
    ]
    unknown = msgspec.structs.replace(told, widest=None, advice=())
    assert "gains are not known" in next(Told().lines(unknown))


def _id(file: ResultFile, news: News) -> str:
    return next(id_ for id_, race in file.races.items() if race.scenario is news.race.scenario)


def test_target_and_time_limit_of_the_command_win(tmp_path: Path) -> None:
    """What a person asks for stands in the race instead of what the suite says."""
    suite = suites.write(tmp_path / "suite", scenarios=f"{{latency: {suites.QUICK}}}")
    request = request_for(suite, tmp_path, time_limit=0.2, target_percent=0.001)
    (race,) = results.read(run(request).path).races.values()
    assert (race.target, race.time_limit, race.ended) == (1e-5, 0.2, "time limit")


def test_a_part_that_is_measured_later_is_a_race_of_its_own(tmp_path: Path) -> None:
    """``--only`` on a file that is there adds a race under another id and touches no other."""
    suite = suites.write(
        tmp_path / "suite", variants=suites.BOTH, scenarios=f"{{latency: {suites.QUICK}}}"
    )
    request = request_for(suite, tmp_path)
    without = msgspec.structs.replace(request, only=("*/onnxruntime/*", "*/FP32/*"))
    before = results.read(run(without).path)
    assert len(before.races) == 1
    later = msgspec.structs.replace(request, only=("*/INT8/*/openvino/*",), resume=True)
    after = results.read(run(later).path)
    (id_,) = before.races
    assert set(after.races) == {id_, f"{id_}@2"}
    assert after.races[id_] == before.races[id_]
    assert [each for each in after.cells if each.runtime == "onnxruntime"] == [
        each for each in before.cells if each.runtime == "onnxruntime"
    ]
    added = cell(after, "/INT8/nncf-int8/openvino/").rounds
    assert added is not None
    assert added.race == f"{id_}@2"
    assert not after.races[f"{id_}@2"].twins


def test_whoever_finds_no_memory_races_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where memory holds two models only, pairs race one after the other, with their baselines."""
    monkeypatch.setattr("benchfolio.runner.run.running.memory_for", lambda _: (2**33, 1))
    suite = suites.write(
        tmp_path / "suite", variants=suites.BOTH, scenarios=f"{{latency: {suites.QUICK}}}"
    )
    holding = Holding(kind=Watched)
    summary = run(request_for(suite, tmp_path), hold=holding)
    file = results.read(summary.path)
    assert summary.states == {"ok": 4}
    assert len(file.races) == 2
    assert not any(race.twins for race in file.races.values())
    for each in file.cells:
        ours, theirs = each.rounds, baseline_of(file, each).rounds
        assert ours is not None
        assert theirs is not None
        assert ours.race == theirs.race
    first = [each for each in holding.held if isinstance(each, Watched) and each.blocks]
    openvino = max(end for each in first if each.job.engine == "openvino" for _, end in each.blocks)
    ort = min(
        start for each in first if each.job.engine == "onnxruntime" for start, _ in each.blocks
    )
    assert openvino < ort


# ------------------------------------------------------------------------------ load configurations


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> tuple[ResultFile, list[Watched]]:
    """Run two instances on a core each, and eight that this machine has no room for."""
    if len(topology.cores_here()) < 2:
        pytest.skip("two instances need two cores, and a system that tells of them")
    folder = tmp_path_factory.mktemp("bound")
    how = f"{suites.QUICK[:-1]}, loads: [{BOUND}, 1s64c512ins1bs]}}"
    suite = suites.write(folder / "suite", scenarios=f"{{latency: {how}, throughput: {how}}}")
    holding = Holding(kind=Watched)
    summary = run(request_for(suite, folder), hold=holding)
    watched = [each for each in holding.held if isinstance(each, Watched)]
    return results.read(summary.path), watched


def test_instances_stay_on_their_processors(bound: tuple[ResultFile, list[Watched]]) -> None:
    """Every thread of an instance is bound to its own core, which no other instance has."""
    file, watched = bound
    places = {each.job.processors for each in watched}
    assert len(places) == 2
    assert len({each for place in places for each in place}) == 2
    for each in watched:
        allowed = set(each.job.processors)
        assert all(affinity <= allowed for affinity in each.affinities), each.affinities
    timed = [each for each in file.cells if load_name(each.load, each.batch) == BOUND]
    assert len(timed) == 4
    for found in timed:
        assert found.state is State.OK
        assert (found.settings["instances"], found.settings["bound_to_processors"]) == (2, 1)
    threads = "intra_op_num_threads", "inference_num_threads"
    assert all(1 in [each.settings.get(name) for name in threads] for each in timed)


def pairs(watched: Sequence[Watched]) -> list[tuple[Watched, Watched]]:
    """Return who worked together: those that were told the same moments."""
    return [
        (one, two)
        for index, one in enumerate(watched)
        for two in watched[index + 1 :]
        if one.starts and one.starts == two.starts
    ]


def test_instances_work_at_the_same_time(bound: tuple[ResultFile, list[Watched]]) -> None:
    """Both instances of a cell are told the same moment before it comes, on one core each."""
    _, watched = bound
    together = pairs(watched)
    assert len(together) == len(watched) / 2 >= 2
    for one, two in together:
        assert one.job.processors != two.job.processors
        assert None not in one.starts
        for start, ours, theirs in zip(one.starts, one.blocks, two.blocks, strict=True):
            assert min(ours[0], theirs[0]) >= (start or 0)
        for told, answered in zip(
            zip(one.told, two.told, strict=True),
            zip(one.answered, two.answered, strict=True),
            strict=True,
        ):
            assert max(told) < min(answered)


def test_throughput_of_instances_adds_up(bound: tuple[ResultFile, list[Watched]]) -> None:
    """A figure is the sum of what both completed in the time in which both ran."""
    file, watched = bound
    for engine in ("openvino", "onnxruntime"):
        found = cell(file, f"/{engine}/CPU/throughput/{BOUND}")
        one, two = next(pair for pair in pairs(watched) if pair[0].job.engine == engine)
        last = _rate(one, two, -1)  # throughput came after latency
        assert figures(found)[-1] == pytest.approx(last, rel=1e-4)
        assert "summed over instances" in str(found.values["throughput"].definition)


def _rate(one: Watched, two: Watched, index: int) -> float:
    """Return what both did per second in the time in which both ran."""
    begin = max(one.blocks[index][0], two.blocks[index][0])
    end = min(one.blocks[index][1], two.blocks[index][1])
    total = 0.0
    for each in (one, two):
        marks = [at for at in each.marks[index] if begin <= at <= end]
        total += (len(marks) - 1) / (marks[-1] - marks[0])
    return total


def test_a_load_without_cores_is_refused(bound: tuple[ResultFile, list[Watched]]) -> None:
    """Where the machine has not the cores, the cell is unsupported and says what there is."""
    file, _ = bound
    refused = [each for each in file.cells if load_name(each.load, each.batch) != BOUND]
    assert len(refused) == 4
    for each in refused:
        assert each.state is State.UNSUPPORTED, cell_id(each)
        assert "512 × 64 cores are wanted on a socket and this machine has" in str(each.reason)
