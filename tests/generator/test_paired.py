"""Measured together: gains by rounds, drops by samples, and the noise that neither may hide."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import msgspec
import pytest
from factory import METRIC_OF, QUIET, RESAMPLES, in_rounds, raced, result_file
from hypothesis import given, settings
from hypothesis import strategies as st

from benchfolio import statistics
from benchfolio.generator.collection import Collection
from benchfolio.generator.derive import DIFFERENCE_METHOD, RATIO_METHOD
from benchfolio.generator.load import load
from benchfolio.generator.measured import Measured, is_beyond
from benchfolio.generator.merge import merge
from benchfolio.generator.together import Together
from benchfolio.results import (
    Calm,
    Cell,
    Dataset,
    Outcomes,
    Precision,
    ResultFile,
    Rounds,
    Scenario,
    cell_id,
    pack_bits,
    pack_floats,
    unpack_bits,
    unpack_floats,
    write,
)
from benchfolio.statistics import Estimate

NAME = "2026.2/lab-xeon.json"
FILE = raced(result_file())
COLLECTION = merge([(NAME, FILE)])

Change = Callable[[Cell], Cell]


def cell_of(
    file: ResultFile, scenario: Scenario, precision: Precision, model: str = "digits-resnet"
) -> Cell:
    """Return the one cell of OpenVINO."""
    return next(
        cell
        for cell in file.cells
        if (cell.model, cell.scenario, cell.precision, cell.runtime)
        == (model, scenario, precision, "openvino")
    )


def found_in(
    collection: Collection,
    metric: str,
    precision: Precision = Precision.INT8,
    model: str = "digits-resnet",
) -> Measured:
    """Return one value of OpenVINO, in our own scenarios."""
    where = {"model": [model], "precision": [precision.value], "runtime": ["openvino"]}
    (found,) = collection.measured(metric, collection.select(where)).values()
    return found


def with_cells(change: Change, file: ResultFile = FILE) -> ResultFile:
    """Return a file with other cells."""
    return msgspec.structs.replace(file, cells=tuple(map(change, file.cells)))


def of_baselines(change: Change) -> Change:
    """Change FP32 cells only."""
    return lambda cell: change(cell) if cell.precision is Precision.FP32 else cell


@pytest.mark.parametrize("scenario", [Scenario.LATENCY, Scenario.THROUGHPUT])
def test_a_gain_comes_from_the_rounds_of_both_sides(scenario: Scenario) -> None:
    """It is the statistics room's gain of the stored figures, with its interval and method."""
    sides = [cell_of(FILE, scenario, each).rounds for each in (Precision.INT8, Precision.FP32)]
    figures = [unpack_floats(side.figures) for side in sides if side]
    wanted = statistics.gain(*figures, higher_is_better=scenario is Scenario.THROUGHPUT)
    found = found_in(COLLECTION, METRIC_OF[scenario])
    assert (found.gain, found.gain_low, found.gain_high) == (wanted.value, wanted.low, wanted.high)
    assert found.gain_rounds == wanted.n == 24
    assert f"24 rounds, measured in turn ({wanted.method})" in found.gain_method
    assert found.gain_low is not None
    assert found.gain_low < 2.1 < (found.gain_high or 0)


def test_a_relative_change_follows_from_the_gain() -> None:
    """Of a throughput it is the gain less 1; of a latency that of the inverse gain."""
    fast = found_in(COLLECTION, "throughput")
    assert (fast.gain, fast.relative) != (None, None)
    assert fast.relative == pytest.approx((fast.gain or 0) - 1)
    assert fast.relative_low == pytest.approx((fast.gain_low or 0) - 1)
    slow = found_in(COLLECTION, "latency@median")
    assert slow.relative == pytest.approx(1 / (slow.gain or 1) - 1)
    assert slow.relative_low == pytest.approx(1 / (slow.gain_high or 1) - 1)
    assert slow.relative_high == pytest.approx(1 / (slow.gain_low or 1) - 1)
    assert (slow.relative_low or 0) < (slow.relative or 0) < (slow.relative_high or 0)


def test_drift_that_all_share_is_not_in_the_gain() -> None:
    """Figures drift by 30 %; the interval of their gain is narrower than 1 %."""
    figures = in_rounds("any", 1.0, 0.0)
    assert max(figures) / min(figures) > 1.2
    found = found_in(COLLECTION, "throughput")
    assert (found.gain_high or 9) / (found.gain_low or 1) < 1.01


@pytest.mark.parametrize(
    "change",
    [
        lambda cell: msgspec.structs.replace(cell, rounds=None),
        lambda cell: msgspec.structs.replace(
            cell, rounds=cell.rounds and Rounds(race="other", figures=cell.rounds.figures)
        ),
        lambda cell: msgspec.structs.replace(
            cell, rounds=cell.rounds and Rounds(race=cell.rounds.race, figures="")
        ),
    ],
    ids=["no rounds", "another race", "no figures"],
)
def test_without_common_rounds_both_sides_are_independent(change: Change) -> None:
    """A gain across races is computed from the values, and its method says independent."""
    found = found_in(merge([(NAME, with_cells(of_baselines(change)))]), "throughput")
    assert found.gain == pytest.approx(2.1)
    assert (found.gain_rounds, found.gain_method) == (None, RATIO_METHOD)
    assert "independent" in found.gain_method


def test_rounds_of_two_files_are_not_common() -> None:
    """A race of the same name in another file took place at another time."""
    base = msgspec.structs.replace(
        FILE, cells=tuple(c for c in FILE.cells if c.precision is Precision.FP32)
    )
    rest = msgspec.structs.replace(
        FILE, cells=tuple(c for c in FILE.cells if c.precision is not Precision.FP32)
    )
    found = found_in(merge([(NAME, base), ("2026.2/again.json", rest)]), "throughput")
    assert found.gain == pytest.approx(2.1)
    assert found.gain_rounds is None


def test_other_speeds_are_not_taken_from_rounds() -> None:
    """Rounds hold medians and throughputs; a p90 is compared by its values."""
    assert found_in(COLLECTION, "latency@p90").gain_rounds is None


def test_what_rounds_and_samples_say_survives_writing_and_reading(tmp_path: Path) -> None:
    """A file read from disk gives the same gains, drops and noise floor."""
    write(FILE, tmp_path / NAME)
    again = merge(load(tmp_path).files)
    for metric in ("throughput", "latency@median", "accuracy@top1"):
        assert found_in(again, metric) == found_in(COLLECTION, metric)
    assert again.together.noise_floor("lab-xeon", "2026.2") == COLLECTION.together.noise_floor(
        "lab-xeon", "2026.2"
    )


def test_the_drop_of_a_share_pairs_the_samples() -> None:
    """Its interval is that of the statistics room in points, and far narrower than without."""
    cells = [cell_of(FILE, Scenario.ACCURACY, p) for p in (Precision.FP32, Precision.INT8)]
    outcomes = [cell.outcomes["accuracy@top1"] for cell in cells]
    flags = [unpack_bits(one.right or "", one.samples) for one in outcomes]
    wanted = statistics.drop(*flags)
    found = found_in(COLLECTION, "accuracy@top1")
    assert found.drop_low == pytest.approx(100 * (wanted.low or 0))
    assert found.drop_high == pytest.approx(100 * (wanted.high or 0))
    assert found.drop == pytest.approx(0.3)
    assert (found.change_low, found.change_high) == (
        -(found.drop_high or 0),
        -(found.drop_low or 0),
    )
    assert (found.drop_pairs, "paired" in found.drop_method) == (360, True)
    alone = found_in(merge([(NAME, result_file())]), "accuracy@top1")
    width = (alone.drop_high or 0) - (alone.drop_low or 0)
    assert (found.drop_high or 0) - (found.drop_low or 0) < width / 2


def test_the_drop_of_any_other_metric_pairs_the_resamples() -> None:
    """A perplexity, of which lower is better, keeps the sign of its drop and of its change."""
    found = found_in(COLLECTION, "perplexity", model="tiny-lm")
    assert found.drop_pairs == RESAMPLES
    assert "paired percentile bootstrap" in found.drop_method
    assert (found.change_low, found.change_high) == (found.drop_low, found.drop_high)
    assert (found.drop_low or 0) <= (found.drop or 0) <= (found.drop_high or 0)


def _other_draws(outcomes: Outcomes) -> Outcomes:
    return msgspec.structs.replace(outcomes, draws="others")


def _fewer(outcomes: Outcomes) -> Outcomes:
    right = outcomes.right and pack_bits(unpack_bits(outcomes.right, outcomes.samples)[:-1])
    return msgspec.structs.replace(outcomes, samples=outcomes.samples - 1, right=right)


@pytest.mark.parametrize(
    ("metric", "model", "change"),
    [
        ("perplexity", "tiny-lm", _other_draws),
        ("accuracy@top1", "digits-resnet", _fewer),
        ("perplexity", "tiny-lm", _fewer),
    ],
)
def test_other_samples_or_draws_are_not_paired(
    metric: str, model: str, change: Callable[[Outcomes], Outcomes]
) -> None:
    """What was not drawn alike is independent, and says so."""

    def changed(cell: Cell) -> Cell:
        outcomes = {name: change(one) for name, one in cell.outcomes.items()}
        return msgspec.structs.replace(cell, outcomes=outcomes)

    found = found_in(merge([(NAME, with_cells(of_baselines(changed)))]), metric, model=model)
    assert (found.drop_pairs, found.drop_method) == (None, DIFFERENCE_METHOD)
    assert not found.is_undetectable


@pytest.mark.parametrize(
    ("sha256", "paired"), [("ab" * 32, True), ("cd" * 32, False), (None, False)]
)
def test_samples_of_two_files_are_the_same_by_their_hash(sha256: str | None, paired: bool) -> None:
    """Data of the same name and another hash, or of none, are other samples."""
    data = {**FILE.datasets, "digits": Dataset(name="Digits scenes", sha256=sha256)}
    halves = [
        msgspec.structs.replace(
            FILE,
            datasets=datasets,
            cells=tuple(c for c in FILE.cells if (c.precision is Precision.FP32) is base),
        )
        for base, datasets in ((True, FILE.datasets), (False, data))
    ]
    merged = merge([(NAME, halves[0]), ("2026.2/again.json", halves[1])])
    assert (found_in(merged, "accuracy@top1").drop_pairs is not None) is paired


def test_the_noise_floor_is_that_of_the_platforms_twins() -> None:
    """Baselines against themselves set it; other releases and platforms have their own."""
    gains = []
    for id_, race in FILE.races.items():
        for twin in race.twins:
            own = next(c for c in FILE.cells if cell_id(c) == twin.cell)
            assert own.rounds is not None
            assert own.rounds.race == id_
            higher = race.scenario is Scenario.THROUGHPUT
            gains.append(
                statistics.gain(
                    unpack_floats(twin.figures),
                    unpack_floats(own.rounds.figures),
                    higher_is_better=higher,
                )
            )
    assert len(gains) == 10
    assert COLLECTION.together.noise_floor("lab-xeon", "2026.2") == statistics.noise_floor(gains)
    assert COLLECTION.together.noise_floor("lab-xeon", "2026.1") is None
    assert COLLECTION.together.noise_floor("desk-core", "2026.2") is None


def test_without_a_twin_no_floor_is_claimed() -> None:
    """Nor is there one where the baseline of a twin is gone."""
    assert merge([(NAME, raced(result_file(), twins=False))]).together.noise_floor(*_PLACE) is None
    orphans = with_cells(of_baselines(lambda cell: msgspec.structs.replace(cell, rounds=None)))
    assert merge([(NAME, orphans)]).together.noise_floor(*_PLACE) is None


_PLACE = ("lab-xeon", "2026.2")


def test_noise_is_no_gain() -> None:
    """A format as fast as FP32 is within the noise; one twice as fast, or slower, is not."""
    collection = merge([(NAME, raced(result_file(), alike=[Precision.BF16]))])
    for metric in METRIC_OF.values():
        assert found_in(collection, metric, Precision.BF16).is_within_noise
        assert not found_in(collection, metric, Precision.INT8).is_within_noise
        assert not found_in(
            collection, metric, Precision.FP8_E4M3, "digits-detector"
        ).is_within_noise
        assert not found_in(collection, metric, Precision.FP32).is_within_noise


def test_a_real_gain_below_the_floor_is_noise() -> None:
    """A gain of 1 % that is known exactly is none where FP32 differs from itself by 5 %."""
    found = msgspec.structs.replace(
        found_in(COLLECTION, "throughput"), gain=1.01, gain_low=1.009, gain_high=1.011, floor=0.05
    )
    assert found.is_within_noise
    assert not msgspec.structs.replace(found, floor=0.001).is_within_noise
    assert not msgspec.structs.replace(found, floor=None).is_within_noise
    assert not msgspec.structs.replace(found, floor=None, gain_rounds=None).is_within_noise


@settings(max_examples=60, deadline=None)
@given(st.floats(0.2, 5), st.floats(0, 0.2))
def test_without_an_interval_the_distance_decides(value: float, floor: float) -> None:
    """A gain and its inverse are as far from 1."""

    def beyond(gain: float) -> bool:
        estimate = Estimate(value=gain, low=None, high=None, method="", n=0)
        return is_beyond(estimate, floor)

    assert beyond(value) == beyond(1 / value) or abs(abs(value - 1) - floor) < 1e-9
    assert not beyond(1.0)
    assert beyond((1 + floor) * 1.001)


def test_transcribed_and_imported_figures_claim_no_noise() -> None:
    """Where nothing ran against itself a gain is what its values say."""
    found = found_in(merge([(NAME, result_file())]), "throughput")
    assert found.floor is None
    assert not msgspec.structs.replace(found, gain=1.0001).is_within_noise


def test_the_worse_verdict_of_both_sides_counts() -> None:
    """A gain over an unusable baseline is unusable; the value itself is not; quality never is."""
    calm = {Precision.FP32: Calm.UNUSABLE, Precision.INT8: Calm.NOISY}
    file = raced(
        result_file(),
        verdict=lambda cell: msgspec.structs.replace(
            QUIET, calm=calm.get(cell.precision, Calm.QUIET)
        ),
    )
    collection = merge([(NAME, file)])
    found = found_in(collection, "throughput")
    assert (found.own_calm, found.calm) == (Calm.NOISY, Calm.UNUSABLE)
    assert (found.is_own_usable, found.is_usable) == (True, False)
    quality = found_in(collection, "accuracy@top1")
    assert (quality.own_calm, quality.calm, quality.is_usable) == (None, None, True)


def test_zero_and_short_figures_do_not_stop_a_page() -> None:
    """One common round gives a gain without an interval."""

    def once(cell: Cell) -> Cell:
        if cell.rounds is None:
            return cell
        figures = pack_floats(unpack_floats(cell.rounds.figures)[:1])
        return msgspec.structs.replace(cell, rounds=Rounds(race=cell.rounds.race, figures=figures))

    found = found_in(merge([(NAME, with_cells(of_baselines(once)))]), "throughput")
    assert (found.gain_rounds, found.gain_low, found.gain_high) == (1, None, None)


def test_gains_that_are_found_at_once_are_those_found_one_by_one() -> None:
    """Every pair of cells has the same gain, or none, whether it is asked for alone or not."""
    pairs = list(permutations(range(len(COLLECTION)), 2))
    alone, at_once = Together(COLLECTION), Together(COLLECTION)
    at_once.find_gains(pairs)
    found = [at_once.gain_between(*pair) for pair in pairs]
    assert found == [alone.gain_between(*pair) for pair in pairs]
    assert None in found
    assert any(one is not None for one in found)
