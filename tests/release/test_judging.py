"""Verdicts, limits, exceptions and drift: what a policy makes of a comparison."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pytest
from factory import proportion, raced, shifted
from release.made import NOW, OLD, TODAY, judged, many_models, of_model, plain_file
from release.test_policy import written

from benchfolio.generator.merge import merge
from benchfolio.release.evidence import p_of_drop
from benchfolio.release.judgement import Judgement, LimitState, Outcome
from benchfolio.release.judging import judge
from benchfolio.release.policy import DEFAULT, Action, Policy, read_policy
from benchfolio.results import Cell, ResultFile, Scenario, State
from benchfolio.statistics import mcnemar

SLOW = "model-003"


def policy(folder: Path, text: str) -> Policy:
    """Return a policy from its text."""
    return read_policy(written(folder, text))


def slower(factor: float, *, models: int = 12, noise: float = 0.005) -> Judgement:
    """Judge a release in which one model's throughput changed by a factor."""
    new = many_models(models, lambda number: factor if number == 3 else 1.0, noise=noise)
    return judged(many_models(models, release=OLD, noise=noise), new)


@pytest.mark.parametrize(
    ("factor", "verdict", "outcome", "state"),
    [
        (0.80, "worse", Outcome.FAIL, LimitState.BEYOND),
        (0.97, "worse", Outcome.OK, LimitState.WITHIN),
        (0.95, "worse", Outcome.WARN, LimitState.UNDECIDED),
        (1.00, "no difference", Outcome.OK, LimitState.WITHIN),
        (1.20, "better", Outcome.OK, LimitState.WITHIN),
    ],
)
def test_speed_is_held_against_its_limit_with_its_interval(
    factor: float, verdict: str, outcome: Outcome, state: LimitState
) -> None:
    """Only a loss whose interval lies beyond 5 % fails; one around 5 % cannot be told."""
    cell = of_model(slower(factor), SLOW)
    assert (cell.verdict, cell.outcome, cell.limit_state) == (verdict, outcome, state)
    assert cell.limit == 5


def test_a_wide_interval_convicts_nobody() -> None:
    """A loss of 8 % known to ± 10 % is no difference, and cannot be told to be within 5 %."""
    judgement = slower(0.92, noise=0.07)
    cell = of_model(judgement, SLOW)
    assert (cell.verdict, cell.limit_state) == ("no difference", LimitState.UNDECIDED)
    assert judgement.outcome is Outcome.WARN
    assert "cannot be told" in cell.why


@pytest.mark.parametrize("action", list(Action))
def test_what_cannot_be_told_is_up_to_the_policy(action: Action) -> None:
    """It fails, warns or is ignored."""
    policy_ = msgspec.structs.replace(DEFAULT, undecided=action)
    new = many_models(12, lambda number: 0.95 if number == 3 else 1.0, noise=0.005)
    cell = of_model(judged(many_models(12, release=OLD, noise=0.005), new, policy_), SLOW)
    expected = {"fail": Outcome.FAIL, "warn": Outcome.WARN, "ignore": Outcome.OK}[action]
    assert cell.outcome is expected


def test_among_many_a_difference_must_be_surer() -> None:
    """A loss with p around 1 % counts among two cells, and is chance among a thousand."""
    verdicts = []
    for count in (4, 1000):
        new = many_models(count, lambda number: 0.964 if number == 3 else 1.0)
        verdicts.append(of_model(judged(many_models(count, release=OLD), new), SLOW))
    assert verdicts[0].p == verdicts[1].p
    assert verdicts[0].p is not None
    assert verdicts[0].p < 0.02
    assert verdicts[1].verdict == "no difference"
    assert "chance explains it among 1000" in verdicts[1].reason


@pytest.mark.parametrize("seed", range(3))
def test_unchanged_cells_raise_no_alarm(seed: int) -> None:
    """Two thousand cells that differ by noise alone are no different, every one."""
    chance = random.Random(seed)
    factors = [math.exp(chance.gauss(0, 0.01 / 1.96 * math.sqrt(2))) for _ in range(2000)]
    old, new = (
        many_models(2000, release=OLD, noise=0.01),
        many_models(2000, factors.__getitem__, noise=0.01),
    )
    judgement = judged(old, new)
    assert judgement.counts["worse"] + judgement.counts["better"] == 0
    assert judgement.is_fine


def drifting(factor: float, policy_: Policy = DEFAULT, one: float = 1.0) -> Judgement:
    """Judge a release in which everything on a platform changed by a factor, one model more."""
    new = many_models(40, lambda number: factor * (one if number == 3 else 1.0), noise=0.005)
    return judged(many_models(40, release=OLD, noise=0.005), new, policy_)


def test_a_drift_is_one_finding() -> None:
    """A platform that is 8 % slower as a whole fails once, and none of its cells does."""
    judgement = drifting(0.92)
    (platform,) = judgement.platforms
    assert platform.outcome is Outcome.FAIL
    assert platform.drift == pytest.approx(0.92)
    assert "8.0" in platform.why
    assert judgement.counts["worse"] == 0
    assert judgement.outcomes["fail"] == 0
    assert not judgement.is_fine


def test_a_drift_within_the_limit_is_told_and_fine() -> None:
    """A platform that is 3 % slower is said to be, and passes; a cell 10 % slower still fails."""
    judgement = drifting(0.97, one=0.9)
    assert "within its limit" in judgement.platforms[0].why
    cell = of_model(judgement, SLOW)
    assert (cell.verdict, cell.outcome) == ("worse", Outcome.FAIL)
    assert cell.net == pytest.approx(0.9)
    assert judgement.outcomes["fail"] == 1


def test_a_drift_leaves_no_cell_in_doubt() -> None:
    """Cells that lose 5 % with their platform are within the limit; the platform is in doubt."""
    chance = random.Random(4)
    moved = [0.95 * math.exp(chance.gauss(0, 0.002)) for _ in range(40)]
    new = many_models(40, moved.__getitem__, noise=0.005)
    judgement = judged(many_models(40, release=OLD, noise=0.005), new)
    assert judgement.outcomes["warn"] == 0
    assert judgement.platforms[0].outcome is Outcome.WARN
    assert "cannot be told" in judgement.platforms[0].why


def test_nothing_below_the_noise_floor_is_a_difference(tmp_path: Path) -> None:
    """A loss that its interval shows is none where it is less than the floor of A/A runs."""
    files = [with_twins(many_models(12, release=release, noise=1e-4)) for release in (OLD, NOW)]
    collection = merge([(file.release, file) for file in files])
    floors = [collection.together.noise_floor("lab-xeon", release) for release in (OLD, NOW)]
    floor = max(floor for floor in floors if floor is not None)
    alone = policy(tmp_path, "multiplicity: {method: none}\n")
    kinds = []
    for share in (0.9, 1.1):
        new = many_models(12, lambda n, s=share: (1 + floor) ** -s if n == 3 else 1.0, noise=1e-4)  # type: ignore[misc]
        kinds.append(of_model(judged(files[0], with_twins(new), alone), SLOW))
    assert [cell.verdict for cell in kinds] == ["no difference", "worse"]
    assert kinds[0].reason == "less than the noise floor"
    assert kinds[0].high is not None
    assert kinds[0].high < 1


def test_a_drift_may_be_kept(tmp_path: Path) -> None:
    """On request what all cells lose together counts for each of them."""
    text = "performance: {drift: keep, limits: [{max_loss: 5}]}\n"
    judgement = drifting(0.92, policy(tmp_path, text))
    assert judgement.counts["worse"] == 40
    assert judgement.outcomes["fail"] == 40


def test_a_drift_beyond_no_limit_is_up_to_the_policy(tmp_path: Path) -> None:
    """Where no limit speaks of whole platforms, drift says what is done."""
    limits = "performance: {limits: [{max_loss: 5, where: {model: x}}]}\n"
    for action, outcome in (("fail", Outcome.FAIL), ("ignore", Outcome.OK)):
        judgement = drifting(0.92, policy(tmp_path, f"{limits}drift: {action}\n"))
        assert judgement.platforms[0].outcome is outcome


def test_what_a_machine_does_to_most_cells_is_remarked() -> None:
    """Cells that lie much further apart than A/A runs tell are named as a warning."""
    chance = random.Random(1)
    moved = [math.exp(chance.gauss(0, 0.05)) for _ in range(60)]
    old, new = (
        many_models(60, release=OLD, noise=0.002),
        many_models(60, moved.__getitem__, noise=0.002),
    )
    (note,) = judged(with_twins(old), with_twins(new)).notes
    assert note.outcome is Outcome.WARN
    assert "times as far apart as its 20 A/A runs tell" in note.what


def with_twins(file: ResultFile) -> ResultFile:
    """Return a file in which ten baselines also ran against themselves."""
    watched = raced(plain_file(file.release))
    races = {name: race for name, race in watched.races.items() if race.twins}
    cells = tuple(cell for cell in watched.cells if cell.rounds and cell.rounds.race in races)
    return msgspec.structs.replace(
        file,
        races=races,
        cells=(*file.cells, *cells),
        models={**watched.models, **file.models},
        artefacts=watched.artefacts,
    )


def accuracy(points: float, policy_: Policy = DEFAULT) -> Judgement:
    """Judge a release in which one model's accuracy changed by so many points."""
    old = plain_file()
    new = msgspec.structs.replace(old, release=NOW)
    chosen = lambda cell: -points if cell.model == "names-encoder" else 0.0  # noqa: E731
    return judged(old, shifted(new, points=chosen), policy_)


def of_names(judgement: Judgement) -> set[Outcome]:
    """Return the outcomes of the accuracy cells of one model."""
    return {
        cell.outcome
        for cell in judgement.cells
        if (cell.model, cell.scenario) == ("names-encoder", "accuracy")
    }


def test_quality_is_held_against_its_limit_as_measured() -> None:
    """Half a point is within the default limit, one and a half are not, whatever the interval."""
    assert of_names(accuracy(0.5)) == {Outcome.OK}
    assert of_names(accuracy(1.5)) == {Outcome.FAIL}


def test_quality_may_be_held_by_its_interval(tmp_path: Path) -> None:
    """On request only a loss whose interval lies beyond the limit fails."""
    by_interval = policy(tmp_path, "accuracy: {judge: interval, limits: [{max_drop: 1}]}\n")
    assert of_names(accuracy(1.5, by_interval)) == {Outcome.WARN}
    assert of_names(accuracy(9.0, by_interval)) == {Outcome.FAIL}


def test_paired_samples_of_one_hash_are_compared_one_by_one() -> None:
    """With a hash of the data, McNemar's test is never surer than its interval."""
    points = lambda cell: -4.0 if cell.model == "digits-resnet" else 0.0  # noqa: E731
    old, new = raced(plain_file()), raced(shifted(plain_file(NOW), points=points))
    cells = [
        cell
        for cell in judged(old, new).cells
        if (cell.model, cell.scenario) == ("digits-resnet", "accuracy")
    ]
    assert {cell.verdict for cell in cells} == {"worse"}
    for cell in cells:
        assert cell.value is not None
        assert cell.low is not None
        assert cell.high is not None
        assert cell.low > 0
        only_old = round(cell.value * 360 / 100)
        exact = mcnemar([True] * only_old, [False] * only_old)
        ends = [np.array([end]) for end in (cell.value, cell.low, cell.high)]
        by_interval = float(p_of_drop(ends[0], ends[1], ends[2], 0.0)[0])
        assert cell.p == pytest.approx(max(exact, by_interval), rel=1e-3)


def test_an_absolute_floor_holds_whatever_was_before(tmp_path: Path) -> None:
    """A value under its floor fails even where nothing changed; one of the other kind is let be."""
    text = (
        "accuracy: {floors: [{at_least: 90, where: {metric: accuracy}}, "
        "{at_most: 20, where: {metric: perplexity}}, {at_least: 5, where: {model: nobody}}]}\n"
    )
    judgement = accuracy(0.0, policy(tmp_path, text))
    failed = {cell.model for cell in judgement.cells if cell.outcome is Outcome.FAIL}
    assert failed == {"names-encoder", "tiny-lm"}
    assert any("at least 90 is asked for" in cell.why for cell in judgement.cells)
    assert [note.what for note in judgement.notes] == [
        "floor 3 of accuracy fits no cell (model nobody)"
    ]


def lost(state: State = State.FAILED) -> Judgement:
    """Judge a release in which one model failed, another is new and one gone."""
    old, new = many_models(12, release=OLD), many_models(13)
    cells = [cell for cell in new.cells if cell.model != "model-005"]
    cells = [
        msgspec.structs.replace(cell, state=state, reason="no memory", values={})
        if cell.model == SLOW
        else cell
        for cell in cells
    ]
    return judged(old, msgspec.structs.replace(new, cells=tuple(cells)))


def test_gone_new_and_failed_are_told_apart() -> None:
    """What has no value any more fails, with its reason; what is new does not."""
    judgement = lost()
    assert of_model(judgement, "model-005").why == f"gone: not planned for {NOW}"
    assert "no memory" in of_model(judgement, SLOW).why
    assert of_model(judgement, "model-012").outcome is Outcome.OK
    assert judgement.counts["gone"] == 2
    assert judgement.counts["new"] == 1


def test_what_cannot_be_compared_warns() -> None:
    """Another unit is no comparison; by default that is a warning."""
    old, new = many_models(12, release=OLD), many_models(12)
    cells = [_in_minutes(cell) if cell.model == SLOW else cell for cell in new.cells]
    cell = of_model(judged(old, msgspec.structs.replace(new, cells=tuple(cells))), SLOW)
    assert (cell.verdict, cell.outcome) == ("not comparable", Outcome.WARN)
    assert "in 1/s before, in 1/min now" in cell.why


def _in_minutes(cell: Cell) -> Cell:
    value = msgspec.structs.replace(cell.values["throughput"], unit="1/min")
    return msgspec.structs.replace(cell, values={"throughput": value})


def test_what_never_had_a_value_is_let_be() -> None:
    """A cell that failed in both releases is not comparable, and no warning."""
    files = []
    for release in (OLD, NOW):
        file = many_models(12, release=release)
        cells = [
            msgspec.structs.replace(cell, state=State.UNSUPPORTED, reason="no FP16", values={})
            if cell.model == SLOW
            else cell
            for cell in file.cells
        ]
        files.append(msgspec.structs.replace(file, cells=tuple(cells)))
    cell = of_model(judged(files[0], files[1]), SLOW)
    assert (cell.verdict, cell.outcome) == ("not comparable", Outcome.OK)
    assert "no FP16" in cell.reason


EXCEPTION = """\
performance: {limits: [{max_loss: 5}]}
exceptions:
  - where: {model: model-003%s}
    reason: a known defect
    until: %s
"""


def excepted(folder: Path, until: str, more: str = "", extra: str = "") -> Judgement:
    """Judge a loss of 20 % that an exception speaks of."""
    new = many_models(12, lambda number: 0.8 if number == 3 else 1.0, noise=0.005)
    text = EXCEPTION % (more, until) + extra
    return judged(many_models(12, release=OLD, noise=0.005), new, policy(folder, text))


def test_an_exception_allows_until_its_last_day(tmp_path: Path) -> None:
    """On its last day an exception still holds, and says why."""
    judgement = excepted(tmp_path, TODAY.isoformat())
    cell = of_model(judgement, SLOW)
    assert cell.outcome is Outcome.ALLOWED
    assert cell.why.endswith("allowed until 2026-11-01: a known defect")
    assert judgement.is_fine
    assert not judgement.notes


def test_an_expired_exception_is_a_failure(tmp_path: Path) -> None:
    """The day after, the cell fails again, and so does the exception itself."""
    judgement = excepted(tmp_path, "2026-10-31")
    assert of_model(judgement, SLOW).outcome is Outcome.FAIL
    (note,) = judgement.notes
    assert note.outcome is Outcome.FAIL
    assert "ran out on 2026-10-31" in note.what


def test_an_expired_exception_fails_a_release_without_losses(tmp_path: Path) -> None:
    """It fails even where nothing is left that it allowed: policies are kept clean."""
    old, new = many_models(12, release=OLD), many_models(12)
    text = EXCEPTION % ("", "2026-01-01")
    assert not judged(old, new, policy(tmp_path, text)).is_fine


def test_an_unused_exception_is_named(tmp_path: Path) -> None:
    """An exception that no cell in question fits is a warning."""
    judgement = excepted(tmp_path, "2027-01-01", ", precision: INT8")
    assert [note.outcome for note in judgement.notes] == [Outcome.WARN]
    assert "allows nothing" in judgement.notes[0].what
    assert not judgement.is_fine


def test_an_exception_may_be_bounded(tmp_path: Path) -> None:
    """One for losses up to 10 % does not allow 20 %, one up to 25 % does."""
    assert not excepted(tmp_path, "2027-01-01", extra="    max_loss: 10\n").is_fine
    assert excepted(tmp_path, "2027-01-01", extra="    max_loss: 25\n").is_fine


def test_the_first_limit_that_fits_counts(tmp_path: Path) -> None:
    """A special limit before the general one wins; a limit that fits nothing is named."""
    text = (
        "performance: {limits: [{max_loss: 30, where: {model: model-003}}, "
        "{max_loss: 1, where: {task: nothing}}, {max_loss: 5}]}\n"
    )
    new = many_models(12, lambda number: 0.8 if number == 3 else 1.0, noise=0.005)
    judgement = judged(many_models(12, release=OLD, noise=0.005), new, policy(tmp_path, text))
    assert of_model(judgement, SLOW).limit == 30
    assert judgement.outcome is Outcome.WARN
    assert "limit 2 of performance fits no cell" in judgement.notes[0].what


def test_worse_without_a_limit_is_up_to_the_policy(tmp_path: Path) -> None:
    """Where no limit speaks of a cell that is worse, worse says what is done."""
    new = many_models(12, lambda number: 0.9 if number == 3 else 1.0, noise=0.005)
    old = many_models(12, release=OLD, noise=0.005)
    for action, outcome in (("fail", Outcome.FAIL), ("warn", Outcome.WARN), ("ignore", Outcome.OK)):
        cell = of_model(judged(old, new, policy(tmp_path, f"worse: {action}\n")), SLOW)
        assert (cell.verdict, cell.outcome) == ("worse", outcome)


def test_the_order_of_files_is_of_no_account() -> None:
    """The same files in any order give the same judgement."""
    files = [
        (f"{release}/{platform}.json", many_models(5, speed, release=release, platform=platform))
        for platform in ("lab-xeon", "desk-core")
        for release, speed in ((OLD, _same), (NOW, _tenth))
    ]
    both = [judge(merge(each), OLD, NOW, DEFAULT, TODAY) for each in (files, files[::-1])]
    assert both[0] == both[1]


def _same(_: int) -> float:
    return 1.0


def _tenth(number: int) -> float:
    return 0.9 if number == 2 else 1.0


@pytest.mark.parametrize("read", [date.min, date.max])
def test_nothing_depends_on_the_day_but_exceptions(read: date) -> None:
    """Without exceptions, any day gives the same judgement but for the day itself."""
    old, new = many_models(6, release=OLD), many_models(6, _tenth)
    found = judged(old, new, today=read)
    assert msgspec.structs.replace(found, today="") == msgspec.structs.replace(
        judged(old, new), today=""
    )


def test_results_without_intervals_are_compared_by_their_spread() -> None:
    """Sixty imported figures without intervals: what lies far outside the others is worse."""
    chance = random.Random(5)
    factors = [math.exp(chance.gauss(0, 0.01)) for _ in range(60)]
    factors[3] = 0.7
    old, new = many_models(60, release=OLD), many_models(60, factors.__getitem__)
    judgement = judged(_bare(old), _bare(new))
    assert of_model(judgement, SLOW).verdict == "worse"
    assert judgement.counts["worse"] == 1
    assert judgement.counts["not comparable"] == 0


def _bare(file: ResultFile) -> ResultFile:
    strip: Callable[[Cell], Cell] = lambda cell: msgspec.structs.replace(  # noqa: E731
        cell,
        values={
            name: msgspec.structs.replace(value, interval=None)
            for name, value in cell.values.items()
        },
    )
    return msgspec.structs.replace(file, cells=tuple(map(strip, file.cells)))


def test_a_loss_without_an_interval_is_still_held_by_value() -> None:
    """An accuracy without an interval that lost five points fails its limit."""
    cells = {}
    for release, value in ((OLD, 90.0), (NOW, 85.0)):
        file = plain_file(release)
        own = next(cell for cell in file.cells if cell.scenario is Scenario.ACCURACY)
        bare = msgspec.structs.replace(proportion(value, 100), interval=None)
        cell = msgspec.structs.replace(own, values={"accuracy@top1": bare})
        cells[release] = msgspec.structs.replace(file, cells=(cell,))
    (found,) = judged(cells[OLD], cells[NOW]).cells
    assert found.outcome is Outcome.FAIL
