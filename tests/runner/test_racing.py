"""Races: who takes turns in which order, when somebody is done, and what a block comes to."""

from __future__ import annotations

import importlib
import random
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal, cast

import msgspec
import pytest

from benchfolio.results import State
from benchfolio.runner.jobs import (
    Answer,
    Block,
    Command,
    Open,
    Opened,
    Profile,
    Profiled,
    Refused,
    Stretch,
    Timed,
)
from benchfolio.runner.process import Held
from benchfolio.runner.racing import Ended, Entrant, Setting, race
from benchfolio.runner.racing.orders import order
from benchfolio.runner.racing.race import FEWEST, estimate_of, half_width
from benchfolio.runner.racing.values import latency_values, settings_of, values_of
from benchfolio.statistics import gain

rounds_module = importlib.import_module("benchfolio.runner.racing.race")

# ------------------------------------------------------------------------------------------ orders


@pytest.mark.parametrize("count", range(1, 10))
def test_orders_are_balanced(count: int) -> None:
    """Everybody comes at every place, and after everybody else, equally often."""
    length = count if count % 2 == 0 else 2 * count
    rows = [order(count, number) for number in range(length)]
    assert all(sorted(row) == list(range(count)) for row in rows)
    for place in range(count):
        assert set(Counter(row[place] for row in rows).values()) == {length // count}
    successions = Counter(pair for row in rows for pair in pairwise(row))
    assert len(successions) == count * (count - 1)
    assert len(set(successions.values())) <= 1
    assert order(count, length + 1) == order(count, 1)


# ------------------------------------------------------------------------------------------- races


def setting(
    figure: Literal["latency", "throughput"] = "latency", *, seconds: float = 0.02, batch: int = 1
) -> Setting:
    """Return how an entrant works."""
    command = Open(name="x", purpose=figure, feeds="none")
    return Setting(open=command, figure=figure, batch=batch, block_seconds=seconds, seconds=9)


class Runner(Entrant):
    """An entrant whose figures are made up, one per turn."""

    def __init__(
        self, id_: str, figure_of: Callable[[int], float], baseline: Entrant | None = None
    ) -> None:
        super().__init__(id_, setting(), [], baseline)
        self._figure_of = figure_of
        self.turns = 0

    def turn(self) -> None:
        """Work for one block."""
        self.turns += 1
        self.figures.append(self._figure_of(len(self.figures)))


def noisy(centre: float, share: float, seed: int) -> Callable[[int], float]:
    """Return figures around a centre that scatter by a share of it."""
    rng = random.Random(seed)
    return lambda _: centre * (1 + rng.gauss(0, share))


def run(
    entrants: Sequence[Entrant], *, target: float = 0.01, time_limit: float = 1e9
) -> tuple[Ended, list[float | None]]:
    """Run a race; return how it ended and what was said after each round."""
    said: list[float | None] = []

    def after_round(rounds: int, widest: float | None) -> None:
        assert rounds < 5000, "it does not end"
        said.append(widest)

    ended = race(entrants, target=target, time_limit=time_limit, after_round=after_round)
    return ended, said


def test_who_is_known_leaves_and_the_baseline_stays() -> None:
    """A calm candidate leaves early; the baseline stays until the last gain is known."""
    baseline = Runner("b", noisy(10, 0.01, 1))
    calm = Runner("c", noisy(5, 0.003, 2), baseline)
    wild = Runner("w", noisy(4, 0.05, 3), baseline)
    ended, said = run([wild, baseline, calm])
    assert ended.why == "target"
    assert FEWEST <= len(calm.figures) < len(wild.figures) == len(baseline.figures) == ended.rounds
    for each in (calm, wild):
        assert (half_width(estimate_of(each)) or 1) <= 0.01
    assert estimate_of(calm).value == pytest.approx(2, rel=0.01)
    assert said[0] is None
    assert (said[-1] or 0) > 0.01


def test_a_baseline_that_drifts_holds_nobody_up() -> None:
    """Gains are what must be known: a machine that slows down all the time is no reason to stay."""
    drift = [1 + 0.05 * number for number in range(200)]
    noise = noisy(1, 0.002, 4)
    baseline = Runner("b", lambda number: 10 * drift[number])
    candidate = Runner("c", lambda number: 5 * drift[number] * noise(number), baseline)
    ended, _ = run([baseline, candidate])
    assert (ended.why, ended.rounds) == ("target", FEWEST)
    assert estimate_of(candidate).value == pytest.approx(2, rel=0.01)


def test_who_is_compared_with_nobody_goes_on_until_its_own_figure_is_known() -> None:
    """Without anybody to compare with, the interval of the figure itself must be narrow."""
    alone = Runner("a", noisy(10, 0.05, 5))
    ended, _ = run([alone])
    assert ended.why == "target"
    assert ended.rounds > FEWEST
    assert (half_width(estimate_of(alone)) or 1) <= 0.01


def test_figures_that_never_differ_are_known() -> None:
    """An interval of no width is one: the race ends at the first look."""
    baseline = Runner("b", lambda _: 10.0)
    assert run([baseline, Runner("c", lambda _: 5.0, baseline)])[0].rounds == FEWEST


@pytest.mark.parametrize(("time_limit", "rounds"), [(20, 10), (0.1, 3), (7, 4)])
def test_time_limit_ends_it_after_three_rounds_at_least(
    monkeypatch: pytest.MonkeyPatch, time_limit: float, rounds: int
) -> None:
    """No round begins after the time limit, once there were three."""
    now = [0.0]
    monkeypatch.setattr(rounds_module, "clock", lambda: now[0])

    def figure(_: int) -> float:
        now[0] += 1
        return 1.0

    baseline = Runner("b", figure)
    candidate = Runner("c", figure, baseline)
    ended, _ = run([baseline, candidate], time_limit=time_limit)
    assert ended == Ended(why="time limit", rounds=rounds, seconds=2.0 * rounds)


def test_whoever_is_refused_drops_out_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that fails has no further turn; the others go on to the end."""
    baseline = Runner("b", noisy(10, 0.02, 6))
    bad = Runner("x", noisy(5, 0.02, 7), baseline)
    good = Runner("g", noisy(5, 0.02, 8), baseline)
    never = Runner("n", noisy(5, 0.02, 8), baseline)
    never.refused = Refused(state=State.UNSUPPORTED, reason="cannot")
    turn = bad.turn

    def turn_until_it_fails() -> None:
        if bad.turns == 4:
            bad.refused = Refused(state=State.FAILED, reason="killed")
        else:
            turn()

    monkeypatch.setattr(bad, "turn", turn_until_it_fails)
    ended, _ = run([bad, never, baseline, good])
    assert ended.why == "target"
    assert (len(bad.figures), never.turns) == (4, 0)
    assert len(good.figures) == ended.rounds > FEWEST


@pytest.mark.parametrize("turns", [0, 4])
def test_without_its_baseline_a_candidate_goes_on_for_its_own_figure(
    monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """A baseline that fails, even at once, takes nobody with it."""
    baseline = Runner("b", lambda _: 10.0)
    candidate = Runner("c", noisy(5, 0.02, 9), baseline)
    turn = baseline.turn

    def turn_until_it_fails() -> None:
        if baseline.turns == turns:
            baseline.refused = Refused(state=State.FAILED, reason="killed")
        else:
            turn()

    monkeypatch.setattr(baseline, "turn", turn_until_it_fails)
    ended, _ = run([baseline, candidate])
    assert ended.why == "target"
    assert len(candidate.figures) == ended.rounds > FEWEST
    assert estimate_of(candidate).value == pytest.approx(5, rel=0.02)


@pytest.mark.parametrize("place", ["turn", "look"])
def test_interruption_keeps_what_was_measured(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Ctrl-C ends the race and raises nothing; figures so far stay, aligned from the first."""
    baseline = Runner("b", noisy(10, 0.1, 10))

    def figure(number: int) -> float:
        if place == "turn" and number == 5:
            raise KeyboardInterrupt
        return 5.0

    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    if place == "look":
        monkeypatch.setattr(rounds_module, "still_open", interrupted)
    candidate = Runner("c", figure, baseline)
    ended, _ = run([baseline, candidate])
    assert ended.why == "interrupted"
    # The sixth round begins with the baseline or with the candidate.
    wanted = {(5, 5), (5, 6)} if place == "turn" else {(FEWEST, FEWEST)}
    assert (len(candidate.figures), ended.rounds) in wanted


def test_looks_are_ever_further_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gains are looked at after twelve rounds, then each time a fifth later."""
    seen: list[int] = []
    alone = Runner("a", noisy(10, 0.5, 11))

    def look(running: list[Entrant], *_: object) -> tuple[list[Entrant], None]:
        seen.append(alone.turns)
        return ([] if alone.turns > 100 else running), None

    monkeypatch.setattr(rounds_module, "still_open", look)
    run([alone])
    assert seen[0] == FEWEST
    assert len(seen) < 20
    assert all(before * 1.15 < after < before * 1.35 for before, after in pairwise(seen))


def test_all_work_equally_often_at_every_place() -> None:
    """In a race of four, everybody was first, second, third and last equally often."""
    turns: list[str] = []

    def noting(name: str) -> Callable[[int], float]:
        scatter = noisy(10, 0.3, len(name))

        def figure(number: int) -> float:
            turns.append(name)
            return scatter(number)

        return figure

    baseline = Runner("b", noting("b"))
    others = [Runner(name, noting(name), baseline) for name in ("c", "dd", "eee")]
    run([baseline, *others], target=0.9)
    places = Counter((index % 4, name) for index, name in enumerate(turns[: 4 * FEWEST]))
    assert set(places.values()) == {FEWEST // 4}


# ------------------------------------------------------------------------------------------ blocks


class Worker:
    """Answers as a held process would: requests take the seconds it is told, on a made-up clock."""

    def __init__(self, *answers: Answer, log: list[str] | None = None, pace: float = 0.001) -> None:
        self._answers = list(answers)
        self._log = log if log is not None else []
        self._pace = pace
        self.commands: list[Command] = []
        self.refusal: Refused | None = None

    def send(self, command: Command) -> None:
        """Note the command."""
        self.commands.append(command)
        self._log.append("send")

    def answer(self, seconds: float) -> Answer:  # noqa: ARG002
        """Return the next of its answers; loaded, in the end, at its pace."""
        self._log.append("answer")
        return self._answers.pop(0) if self._answers else opened(self._pace)

    def ask(self, command: Command, seconds: float) -> Answer:
        """Send a command and return its answer."""
        self.send(command)
        return self.answer(seconds)

    def too_large(self) -> Refused | None:
        """Return what it is told to."""
        return self.refusal


def opened(pace: float, in_flight: int = 1) -> Opened:
    """Return the answer of a model that is loaded."""
    return Opened(
        load=0.5,
        first=0.25,
        memory=3 * 2**20,
        pace=pace,
        in_flight=in_flight,
        settings={"a": 1},
        shape="x=1",
        version="1",
    )


def timed(*completed: float, started: float = 0.0, stopped: float | None = None) -> Timed:
    """Return the answer of a block, busy on two processors."""
    return Timed(
        started=started,
        stopped=completed[-1] if stopped is None else stopped,
        completed=array("d", completed).tobytes(),
        processor=2 * (completed[-1] - started),
    )


def entrant(how: Setting, *workers: Worker) -> Entrant:
    """Return an entrant that is loaded."""
    made = Entrant("x", how, cast("Sequence[Held]", workers))
    made.open()
    return made


@pytest.mark.parametrize(
    ("pace", "untimed", "count"),
    [(0.00002, 50, 1000), (0.001, 1, 20), (0.01, 1, 3), (0.04, 1, 1), (0.1, 0, 1)],
)
def test_blocks_of_latency_last_about_as_long(pace: float, untimed: int, count: int) -> None:
    """A block is 20 ms of requests, three where they are short; slow ones need no untimed one."""
    worker = Worker(opened(pace), timed(0.1))
    entrant(setting(), worker).turn()
    assert worker.commands[1:] == [Block(name="x", untimed=untimed, count=count)]


def test_a_quick_variant_works_as_long_as_its_baseline() -> None:
    """Untimed and timed requests take as long as one, and three, of the baseline."""
    slow = entrant(setting(), Worker(opened(0.01)))
    worker = Worker(opened(0.001), timed(0.03))
    quick = Entrant("q", setting(), cast("Sequence[Held]", (worker,)), slow)
    quick.open()
    quick.turn()
    assert worker.commands[1:] == [Block(name="x", untimed=10, count=30)]


def test_figure_of_latency_is_the_mean_of_a_block() -> None:
    """The figure is the block's mean in milliseconds; all requests are kept."""
    worker = Worker(opened(0.001), timed(0.001, 0.003, 0.009), timed(1.0, 2.0))
    made = entrant(setting(), worker)
    made.turn()
    made.turn()
    assert made.figures == pytest.approx([3.0, 1000.0])
    assert list(made.blocks()[0]) == pytest.approx([0.001, 0.002, 0.006])
    assert list(made.blocks()[1]) == [1, 1]
    assert made.requests == 5
    assert made.cores_busy == pytest.approx(2)


def test_a_block_whose_threads_had_to_wait_is_marked() -> None:
    """A block is disturbed when others had the processors for more than a twentieth of it."""
    waits = (0.0, 0.04, 0.06)
    blocks = [msgspec.structs.replace(timed(0.5, 1.0), waited=each) for each in waits]
    made = entrant(setting(), Worker(opened(0.001), *blocks))
    for _ in blocks:
        made.turn()
    assert made.disturbed == [False, False, True]


def test_blocks_of_a_queue_hold_four_waves() -> None:
    """Where requests are slow or many, a block is long enough for four waves of them."""
    worker = Worker(opened(0.01, in_flight=8), timed(*(0.01 * n for n in range(1, 33))))
    made = entrant(setting("throughput", batch=2), worker)
    made.turn()
    (command,) = worker.commands[1:]
    assert isinstance(command, Stretch)
    assert command.seconds == pytest.approx(0.32)
    assert made.figures == pytest.approx([200.0])


def test_a_block_that_is_too_short_is_done_again_twice_as_long() -> None:
    """Where not one wave was measured the next block is longer, and the round has its figure."""
    short, enough = timed(0.01, 0.02), timed(*(0.01 * n for n in range(1, 13)))
    worker = Worker(opened(0.001, in_flight=4), short, short, enough)
    made = entrant(setting("throughput"), worker)
    made.turn()
    lengths = [each.seconds for each in worker.commands if isinstance(each, Stretch)]
    assert lengths == [0.02, 0.04, 0.08]
    assert made.figures == pytest.approx([100.0])


def test_instances_begin_together_and_their_rates_add_up() -> None:
    """All instances are told one moment before any is waited for; only common time counts."""
    log: list[str] = []
    one = Worker(opened(0.001), timed(*(0.1 * n for n in range(1, 11))), log=log)
    two = Worker(
        opened(0.001), timed(*(0.5 + 0.05 * n for n in range(1, 21)), started=0.5), log=log
    )
    made = entrant(setting("throughput", batch=3), one, two)
    log.clear()
    made.turn()
    assert log == ["send", "send", "answer", "answer"]
    first, second = one.commands[1], two.commands[1]
    assert first == second
    assert isinstance(first, Stretch)
    assert first.one_by_one
    assert first.start is not None
    assert made.figures == pytest.approx([3 * (10 + 20)])
    assert made.requests == 30


def test_instances_without_common_time_begin_again() -> None:
    """Where one ended before the other began there is no figure; a longer block follows."""
    apart = timed(5.1, 5.2, started=5.0)
    one = Worker(opened(0.001), timed(0.1, 0.2), timed(0.1, 0.2))
    two = Worker(opened(0.001), apart, timed(0.1, 0.2))
    made = entrant(setting("throughput"), one, two)
    made.turn()
    assert made.figures == pytest.approx([20.0])
    lengths = [each.seconds for each in one.commands if isinstance(each, Stretch)]
    assert lengths[1] == 2 * lengths[0]


def test_latency_of_instances_is_that_of_all_their_requests() -> None:
    """Requests of all instances make one block."""
    one = Worker(opened(0.001), timed(0.001, 0.002))
    two = Worker(opened(0.001), timed(0.004, 0.008))
    made = entrant(setting(), one, two)
    made.turn()
    assert sorted(made.blocks()[0]) == pytest.approx([0.001, 0.001, 0.004, 0.004])


@pytest.mark.parametrize("at", ["open", "block", "memory", "memory later"])
def test_whatever_ends_a_worker_refuses_its_entrant(at: str) -> None:
    """A worker that cannot load, dies at work or grows too large: its reason is the entrant's."""
    reason = Refused(state=State.FAILED, reason="memory limit")
    worker = Worker(*([reason] if at == "open" else [opened(0.001), timed(0.1), reason]))
    worker.refusal = reason if at == "memory" else None
    made = entrant(setting(), worker)
    if at in ("open", "memory"):
        assert (made.refused, made.opened) == (reason, [])
        return
    worker.refusal = reason if at == "memory later" else None
    made.turn()
    assert len(made.figures) == 1
    if made.refused is None:
        made.turn()
    assert made.refused == reason
    assert len(made.figures) == 1


def test_profile_is_as_long_as_a_request() -> None:
    """The worker is told how long a request takes, so that the profiled run stays short."""
    worker = Worker(opened(0.001), timed(0.004), Profiled(unknown="no counters"))
    made = entrant(setting(), worker)
    made.turn()
    assert made.profile() == Profiled(unknown="no counters")
    command = worker.commands[-1]
    assert isinstance(command, Profile)
    assert command.seconds_each == pytest.approx(0.004)


# ------------------------------------------------------------------------------------------ values


def test_percentiles_only_where_supported() -> None:
    """One hundred requests support p95 and not p99; forty support neither p90."""
    hundred = latency_values([[i / 1e3 for i in range(1, 101)]])
    assert {"latency@p90", "latency@p95"} <= set(hundred)
    assert "latency@p99" not in hundred
    assert hundred["latency@p90"].value == pytest.approx(90)
    assert hundred["latency@p90"].n == 100
    assert "nearest rank" in str(hundred["latency@p90"].definition)
    assert set(latency_values([[1e-3] * 40])) == {"latency@median"}


def test_latency_states_n_spread_and_interval() -> None:
    """The median comes with n, the interquartile range, and an interval over blocks."""
    blocks = [[(10 * n + block) / 1e3 for n in range(10)] for block in range(10)]
    value = latency_values(blocks)["latency@median"]
    assert (value.value, value.n, value.spread) == pytest.approx((49.5, 100, 50))
    assert value.interval is not None
    assert value.interval.low < 49.5 < value.interval.high
    assert latency_values(blocks[:5])["latency@median"].interval is None


def test_values_of_a_latency() -> None:
    """Loading, first inference and memory stand beside the latency, in their units."""
    made = entrant(
        setting(), Worker(opened(0.001), timed(0.002)), Worker(opened(0.001), timed(0.002))
    )
    made.turn()
    found = {name: (value.value, value.unit) for name, value in values_of(made).items()}
    assert found["time@load"] == (500, "ms")
    assert found["time@first"] == (250, "ms")
    assert found["memory@peak"] == (6, "MiB")  # of both instances
    assert settings_of(made) == {"a": 1, "processors_busy": 2.0, "instances": 2}


def test_value_of_a_throughput_is_the_centre_of_its_rounds() -> None:
    """The value is the median over rounds; n counts samples; how it is defined is said."""
    blocks = [timed(*(n / rate for n in range(1, 9))) for rate in (90, 100, 130)]
    made = entrant(setting("throughput", batch=4), Worker(opened(0.001), *blocks))
    for _ in blocks:
        made.turn()
    value = values_of(made)["throughput"]
    assert value.value == pytest.approx(400)
    assert value.n == 3 * 8 * 4
    assert value.interval is None
    assert "first wave" in str(value.definition)


def test_gain_of_a_throughput_is_the_right_way_up() -> None:
    """Twice the throughput is a gain of two, twice the latency one of a half."""
    baseline = Entrant("b", setting("throughput"), [])
    candidate = Entrant("c", setting("throughput"), [], baseline)
    baseline.figures, candidate.figures = [1.0] * 9, [2.0] * 7
    assert estimate_of(candidate) == gain([2.0] * 7, [1.0] * 9, higher_is_better=True)
    assert estimate_of(candidate).value == 2
