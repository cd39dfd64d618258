"""A recorded cell against its repetition: pure comparisons of made-up sides."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchfolio.results import (
    Artefact,
    Calm,
    Cell,
    Dataset,
    Interval,
    Model,
    Origin,
    Outcomes,
    Platform,
    Precision,
    Processor,
    Race,
    Recipe,
    ResultFile,
    Rounds,
    Scenario,
    Share,
    State,
    Twin,
    Value,
    Verdict,
    cell_id,
    pack_bits,
    pack_floats,
    validate,
)
from benchfolio.runner.verify import Compared, Figure, Side, Span, Word, as_text, compare
from benchfolio.runner.verify.figure import change, ratio
from benchfolio.runner.verify.qualities import paired_mean
from benchfolio.statistics import drop

RACE = Race(
    scenario=Scenario.THROUGHPUT,
    rounds=200,
    target=0.01,
    ended="target",
    time_limit=9,
    seconds=1,
    order="in turn",
    block_seconds=0.1,
)


def quality(right: Sequence[bool]) -> dict[str, object]:
    """Return the parts of a cell that say how samples came out."""
    share = 100 * float(np.mean(right))
    value = Value(value=share, unit="%", n=len(right))
    outcomes = Outcomes(samples=len(right), right=pack_bits(right))
    return {"values": {"accuracy@top1": value}, "outcomes": {"accuracy@top1": outcomes}}


def speed(figures: Sequence[float], *, width: float | None = None) -> dict[str, object]:
    """Return the parts of a cell that say how fast it was in each round."""
    middle = float(np.median(figures))
    interval = None
    if width is not None:
        interval = Interval(low=middle * (1 - width), high=middle * (1 + width), method="m")
    return {
        "values": {
            "throughput": Value(value=middle, unit="1/s", interval=interval),
            "size": Value(value=1.5, unit="MiB"),
            "memory@peak": Value(value=100.0, unit="MiB"),
        },
        "rounds": Rounds(race="r", figures=pack_floats(figures)),
    }


def side(
    scenario: Scenario,
    candidate: dict[str, object],
    baseline: dict[str, object] | None = None,
    *,
    twin: Sequence[float] = (),
) -> Side:
    """Return a side of a quantised model and its original, in a file that is valid."""
    cells = [made(scenario, Precision.INT8, "q", candidate)]
    if baseline is not None:
        cells.append(made(scenario, Precision.FP32, "fp32", baseline))
    twins = (Twin(cell=cell_id(cells[-1]), figures=pack_floats(twin)),) if twin else ()
    race = msgspec.structs.replace(RACE, scenario=scenario, twins=twins)
    file = ResultFile(
        format="benchfolio-results",
        version=1,
        release="r1",
        platform=Platform(
            id="here", label="Here", processor=Processor(name="A CPU", isa=("avx2", "fma"))
        ),
        origin=Origin(kind="measured"),
        models={"tiny": Model(name="Tiny")},
        datasets={"scenes": Dataset(name="Scenes", samples=24, sha256="ab" * 32)},
        recipes={
            "fp32": Recipe(method="original"),
            "q": Recipe(method="ptq", tool="onnxruntime", tool_version="1.24"),
        },
        artefacts={
            "tiny@q": artefact(Precision.INT8, "q", "cd" * 32),
            "tiny@fp32": artefact(Precision.FP32, "fp32", "ef" * 32),
        },
        races={"r": race},
        cells=tuple(cells),
    )
    assert validate(file, "made") == []
    return Side(file=file, cell=cells[0], baseline=cells[1] if len(cells) > 1 else None)


def artefact(precision: Precision, recipe: str, sha256: str) -> Artefact:
    """Return a file that ran."""
    return Artefact(model="tiny", precision=precision, recipe=recipe, format="onnx", sha256=sha256)


def made(scenario: Scenario, precision: Precision, recipe: str, parts: dict[str, object]) -> Cell:
    """Return a cell that is ok."""
    cell = Cell(
        model="tiny",
        scenario=scenario,
        precision=precision,
        recipe=recipe,
        runtime="onnxruntime",
        runtime_version="1.24",
        device="CPU",
        dataset="scenes",
        artefact=f"tiny@{recipe}",
        state=State.OK,
        values={"size": Value(value=1, unit="MiB")},
    )
    return msgspec.structs.replace(cell, **parts)


def steady(middle: float, rounds: int = 60) -> list[float]:
    """Return figures of a machine at rest: within half a percent."""
    noise = np.random.default_rng(rounds).normal(0, 0.002, rounds)
    return [middle * math.exp(each) for each in noise]


def figure(compared: Compared, name: str) -> Figure:
    """Return the figure of a name."""
    (found,) = [each for each in compared.figures if each.name == name]
    return found


speeds = st.lists(st.floats(0.5, 200, width=32), min_size=1, max_size=30)
spans = st.builds(
    lambda value, low, high: Span(value, value * low, value * high),
    st.floats(1e-3, 1e6),
    st.floats(0.01, 1),
    st.floats(1, 100),
)


# ------------------------------------------------------------------------------------- properties


@settings(max_examples=80)
@given(speeds, speeds, speeds)
def test_a_record_agrees_with_itself_in_speed(
    candidate: list[float], baseline: list[float], twin: list[float]
) -> None:
    """However noisy its rounds are, a record compared with itself agrees in every figure."""
    one = side(Scenario.THROUGHPUT, speed(candidate), speed(baseline), twin=twin)
    compared = compare(one, one, tolerance=0)
    assert compared.word is Word.AGREES
    assert {each.word for each in compared.figures} <= {Word.AGREES, Word.NOTED}


@settings(max_examples=80)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=200))
def test_a_record_agrees_with_itself_in_quality(right: list[tuple[bool, bool]]) -> None:
    """Whatever its outcomes are, a record compared with itself agrees, its drop too."""
    candidate, baseline = zip(*right, strict=True)
    one = side(Scenario.ACCURACY, quality(candidate), quality(baseline))
    compared = compare(one, one)
    assert compared.word is Word.AGREES
    assert {each.name for each in compared.figures} >= {"accuracy@top1", "drop in accuracy@top1"}


@given(spans, spans)
def test_exchanged_sides_invert_the_ratio(one: Span, other: Span) -> None:
    """Here against the record is the inverse of the record against here, interval and all."""
    there, back = ratio(one, other), ratio(other, one)
    assert there is not None
    assert back is not None
    ends = (there.value, there.low, there.high), (back.value, back.high, back.low)
    for forth, inverse in zip(*ends, strict=True):
        assert forth is not None
        assert inverse is not None
        assert forth * inverse == pytest.approx(1)


@given(spans, spans)
def test_change_encloses_its_value_and_is_no_wider_than_both(one: Span, other: Span) -> None:
    """The interval of a change holds it, and is shorter than the two intervals laid end to end."""
    found = change(one, other)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.value <= found.high
    widths = sum((each.high or 0) - (each.low or 0) for each in (one, other))
    assert found.high - found.low <= widths * (1 + 1e-9)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_paired_mean_is_the_drop_of_right_and_wrong(right: list[tuple[bool, bool]]) -> None:
    """For differences of −1, 0 and 1 the interval is that of ``statistics.drop``."""
    baseline, candidate = (np.array(each) for each in zip(*right, strict=True))
    found = paired_mean(baseline.astype(float) - candidate.astype(float))
    wanted = drop(baseline, candidate)
    assert found[0] == pytest.approx(wanted.value)
    assert max(-1, found[1]) == pytest.approx(wanted.low)
    assert min(1, found[2]) == pytest.approx(wanted.high)


# ------------------------------------------------------------------------------------------ speeds


def raced(gain: float, *, base: float = 100.0, twin: Sequence[float] = (), **kw: float) -> Side:
    """Return a side whose candidate is so many times faster."""
    fast, slow = steady(base * gain, 61), steady(base, 60)
    return side(Scenario.THROUGHPUT, speed(fast, **kw), speed(slow), twin=twin)


def test_another_gain_disagrees_by_how_much() -> None:
    """A published gain of three times the real one disagrees, and the ratio says by how much."""
    compared = compare(raced(6.0), raced(2.0), tolerance=0.05)
    assert compared.word is Word.DISAGREES
    found = figure(compared, "gain in throughput")
    assert found.word is Word.DISAGREES
    assert found.difference is not None
    assert found.difference.value == pytest.approx(1 / 3, rel=0.01)
    assert found.difference.includes(1 / 3)
    assert "−66.7 % (" in as_text([compared])


def test_a_gain_within_the_noise_floor_agrees() -> None:
    """Where a baseline differs from itself by more, a change of a gain is not called one."""
    quiet = compare(raced(2.0), raced(2.06), tolerance=0)
    assert figure(quiet, "gain in throughput").word is Word.DISAGREES
    noisy = compare(raced(2.0), raced(2.06, twin=steady(110.0)), tolerance=0)
    found = figure(noisy, "gain in throughput")
    assert found.word is Word.AGREES
    assert "noise floor" in found.reason


def test_a_gain_within_the_tolerance_agrees() -> None:
    """Two sessions differ by more than either knows: the tolerance allows for it."""
    found = figure(compare(raced(2.0), raced(2.06), tolerance=0.05), "gain in throughput")
    assert found.word is Word.AGREES
    assert found.reason == "within the tolerance of 5 %"
    found = figure(compare(raced(2.0), raced(2.2), tolerance=0.05), "gain in throughput")
    assert found.word is Word.DISAGREES


def test_a_slower_machine_leaves_the_gain() -> None:
    """Both variants slower by a tenth: the speed disagrees, and the gain within rounds agrees."""
    compared = compare(raced(2.0), raced(2.0, base=90), tolerance=0.05)
    assert figure(compared, "gain in throughput").word is Word.AGREES
    found = figure(compared, "throughput")
    assert found.word is Word.DISAGREES
    assert found.reason == "beyond the tolerance of 5 %"
    assert figure(compare(raced(2.0), raced(2.0, base=90), tolerance=0.12), "throughput").word is (
        Word.AGREES
    )


def test_speeds_within_their_intervals_agree() -> None:
    """A difference beyond the tolerance agrees where the intervals allow for it."""
    one, other = raced(2.0, width=0.1), raced(2.0, base=92, width=0.1)
    found = figure(compare(one, other, tolerance=0.01), "throughput")
    assert (found.word, found.reason) == (Word.AGREES, "within the intervals")


def test_a_gain_from_few_rounds_says_nothing() -> None:
    """Where a side has too few rounds for an interval, its gain neither agrees nor disagrees."""
    few = side(Scenario.THROUGHPUT, speed([200.0, 201.0]), speed([100.0, 99.0]))
    compared = compare(raced(2.2), few, tolerance=0.5)
    assert figure(compared, "gain in throughput").word is Word.NOT_COMPARABLE
    assert compared.word is Word.NOT_COMPARABLE


def test_a_gain_that_is_hardly_known_says_nothing() -> None:
    """Agreement is not claimed where an interval would hold half or twice the gain as well."""
    rng = np.random.default_rng(1)
    wild = [float(each) for each in np.exp(rng.normal(5, 1.5, 20))]
    vague = side(Scenario.THROUGHPUT, speed(wild), speed(steady(100.0)))
    found = figure(compare(raced(2.0), vague), "gain in throughput")
    assert found.word is Word.NOT_COMPARABLE


def test_an_unusable_machine_does_not_contradict() -> None:
    """A speed that a machine in no state to measure took is no disagreement."""
    here = raced(2.0, base=50)
    verdict = Verdict(calm=Calm.UNUSABLE, reasons=("others used 80 %",))
    cell = msgspec.structs.replace(here.cell, verdict=verdict)
    compared = compare(raced(2.0), msgspec.structs.replace(here, cell=cell))
    assert figure(compared, "throughput").word is Word.NOT_COMPARABLE
    assert "here: unusable: others used 80 %" in compared.notes
    assert figure(compare(raced(2.0), here), "throughput").word is Word.DISAGREES


def test_without_rounds_the_tolerance_decides_about_a_gain() -> None:
    """A record without rounds has a gain without interval; the tolerance decides."""
    one = raced(2.0)
    bare = [msgspec.structs.replace(cell, rounds=None) for cell in one.file.cells]
    old = Side(file=one.file, cell=bare[0], baseline=bare[1])
    assert figure(compare(old, raced(2.06)), "gain in throughput").word is Word.AGREES
    assert figure(compare(old, raced(2.2)), "gain in throughput").word is Word.DISAGREES


def test_another_size_disagrees_and_memory_decides_nothing() -> None:
    """The same file has the same size; memory is only noted."""
    one = raced(2.0)
    values = dict(one.cell.values)
    values["size"] = Value(value=1.6, unit="MiB")
    values["memory@peak"] = Value(value=300.0, unit="MiB")
    other = msgspec.structs.replace(one, cell=msgspec.structs.replace(one.cell, values=values))
    compared = compare(one, other)
    assert figure(compared, "size").word is Word.DISAGREES
    memory = figure(compared, "peak memory")
    assert (memory.word, memory.reason) == (Word.NOTED, "beyond the tolerance of 5 %")


@pytest.mark.parametrize(("here", "word"), [(0.82, Word.AGREES), (0.75, Word.DISAGREES)])
def test_what_ran_in_which_precision(here: float, word: Word) -> None:
    """The share of a precision may move by a tenth, not by more."""
    one = raced(2.0)

    def running(share: float) -> Side:
        executed = {
            "INT8": Share(layers=9, time=share),
            "FP32": Share(layers=1, time=1 - share),
        }
        return msgspec.structs.replace(
            one, cell=msgspec.structs.replace(one.cell, executed=executed)
        )

    compared = compare(running(0.9), running(here))
    assert figure(compared, "time in INT8").word is word
    assert compared.word is word


# --------------------------------------------------------------------------------------- qualities

RIGHT = [True] * 150 + [False] * 50


def flipped(right: Sequence[bool], samples: Sequence[int]) -> list[bool]:
    """Return outcomes of which some are turned round."""
    return [not each if index in samples else each for index, each in enumerate(right)]


def test_samples_that_changed_are_counted() -> None:
    """As many better as worse is chance, ten worse of ten is not."""
    base = quality(RIGHT)
    one = side(Scenario.ACCURACY, quality(RIGHT), base)
    chance = side(Scenario.ACCURACY, quality(flipped(RIGHT, [0, 199])), base)
    found = figure(compare(one, chance), "accuracy@top1")
    assert found.word is Word.AGREES
    assert found.reason == "2 of 200 samples changed, 1 for the better (McNemar, p = 1)"
    worse = side(Scenario.ACCURACY, quality(flipped(RIGHT, range(10))), base)
    compared = compare(one, worse)
    found = figure(compared, "accuracy@top1")
    assert found.word is Word.DISAGREES
    assert found.difference is not None
    assert found.difference.value == pytest.approx(-5)
    dropped = figure(compared, "drop in accuracy@top1")
    assert dropped.word is Word.DISAGREES
    assert dropped.difference is not None
    assert dropped.difference.value == pytest.approx(5)


def test_a_drop_counts_changes_of_both_sides() -> None:
    """Where baseline and candidate lose the same samples, the drop is as recorded."""
    worse = flipped(RIGHT, range(10))
    one = side(Scenario.ACCURACY, quality(RIGHT), quality(RIGHT))
    both = side(Scenario.ACCURACY, quality(worse), quality(worse))
    compared = compare(one, both)
    assert figure(compared, "accuracy@top1").word is Word.DISAGREES
    assert figure(compared, "drop in accuracy@top1").word is Word.AGREES


def test_a_value_that_its_own_outcomes_deny_disagrees() -> None:
    """A record whose printed accuracy is not that of its samples is found out."""
    one = side(Scenario.ACCURACY, quality(RIGHT))
    values = {"accuracy@top1": Value(value=85.0, unit="%", n=200)}
    doctored = msgspec.structs.replace(one, cell=msgspec.structs.replace(one.cell, values=values))
    found = figure(compare(doctored, one), "accuracy@top1")
    assert found.word is Word.DISAGREES
    assert found.reason == "the record says 85, its own outcomes 75"
    assert found.difference is not None
    assert found.difference.value == pytest.approx(-10)


def scored(value: float, resampled: Sequence[float]) -> dict[str, object]:
    """Return the parts of a cell whose metric is no share of right samples."""
    outcomes = Outcomes(samples=3, scores="AAAA", resampled=pack_floats(resampled), draws="some")
    return {
        "values": {"map@50": Value(value=value, unit="%", n=3)},
        "outcomes": {"map@50": outcomes},
    }


@pytest.mark.parametrize(
    ("value", "shift", "word"),
    [
        (60.0, 0.0, Word.AGREES),  # nothing changed
        (60.3, 0.0, Word.DISAGREES),  # a value that is not that of its own resamples
        (61.0, 1.0, Word.DISAGREES),  # every resample rose
    ],
)
def test_metrics_are_paired_by_their_resamples(value: float, shift: float, word: Word) -> None:
    """The same resamples on both sides show a change that single intervals would hide."""
    resamples = [float(each) for each in np.random.default_rng(3).normal(60, 5, 100)]
    baseline = scored(70.0, [each + 10 for each in resamples])
    one = side(Scenario.ACCURACY, scored(60.0, resamples), baseline)
    shifted = scored(value, [each + shift for each in resamples])
    other = side(Scenario.ACCURACY, shifted, baseline)
    compared = compare(one, other)
    assert figure(compared, "mAP@50").word is word
    assert figure(compared, "drop in mAP@50").word is word
    difference = figure(compared, "drop in mAP@50").difference
    assert difference is not None
    assert difference.value == pytest.approx(60.0 - value)


def test_unpaired_values_go_by_their_intervals() -> None:
    """Without outcomes, intervals decide; without intervals, what would be printed."""

    def only(value: float, half: float | None) -> Side:
        interval = None
        if half is not None:
            interval = Interval(low=value - half, high=value + half, method="m")
        found = Value(value=value, unit="%", interval=interval)
        return side(Scenario.ACCURACY, {"values": {"f1": found}})

    assert compare(only(80, 1), only(81, 1)).word is Word.AGREES
    assert compare(only(80, 1), only(83, 1)).word is Word.DISAGREES
    assert compare(only(80, None), only(80.004, None)).word is Word.AGREES
    assert compare(only(80, None), only(80.1, None)).word is Word.DISAGREES


# ------------------------------------------------------------------------------------- environment


def with_file(one: Side, **changes: object) -> Side:
    """Return a side whose file says something else."""
    return msgspec.structs.replace(one, file=msgspec.structs.replace(one.file, **changes))


def test_another_processor_is_not_compared() -> None:
    """Figures of two processors stand side by side, and nothing is said of them."""
    one = raced(2.0)
    processor = Processor(name="B CPU", isa=("avx2", "avx512f"))
    other = with_file(raced(3.0), platform=Platform(id="there", label="There", processor=processor))
    compared = compare(one, other)
    assert compared.word is Word.NOT_COMPARABLE
    told = {each.what: (each.recorded, each.here) for each in compared.differences}
    assert told == {
        "processor": ("A CPU", "B CPU"),
        "instruction sets": ("also fma", "also avx512f"),
    }
    assert figure(compared, "gain in throughput").here.value == pytest.approx(3, rel=0.01)
    assert not {each.word for each in compared.figures} & {Word.AGREES, Word.DISAGREES}


def test_what_is_withheld_is_not_held_against_the_record() -> None:
    """A record that does not tell its processor is compared, and the reader told."""
    one = raced(2.0)
    secret = with_file(one, platform=Platform(id="here", label="here"))
    compared = compare(secret, one)
    assert compared.word is Word.AGREES
    assert "the record does not tell its processor" in compared.notes


@pytest.mark.parametrize(
    ("processor", "version", "note"),
    [
        ("B CPU", "1.24", "by the same versions on another processor"),
        ("A CPU", "1.25", "by other versions"),
        ("A CPU", "1.24", "on the same processor"),
    ],
)
def test_another_artefact_says_where_it_may_come_from(
    processor: str, version: str, note: str
) -> None:
    """An artefact of another hash is no longer the same thing, whoever made it."""
    one = raced(2.0)
    artefacts = {**one.file.artefacts, "tiny@q": artefact(Precision.INT8, "q", "99" * 32)}
    recipes = {**one.file.recipes}
    recipes["q"] = msgspec.structs.replace(recipes["q"], tool_version=version)
    machine = Platform(
        id="there", label="There", processor=Processor(name=processor, isa=("avx2", "fma"))
    )
    other = with_file(one, artefacts=artefacts, recipes=recipes, platform=machine)
    compared = compare(one, other)
    (found,) = [each for each in compared.differences if each.what == "artefact"]
    assert note in found.note
    assert compared.word is Word.NOT_COMPARABLE


def test_other_data_other_models_other_settings_are_not_compared() -> None:
    """Data, the model itself, input shapes and the engine's own settings must be the same."""
    one = raced(2.0)
    cell = msgspec.structs.replace(
        one.cell, shape="image=1x1x8x8", settings={"num_streams": 2, "processors_busy": 1.9}
    )
    one = msgspec.structs.replace(one, cell=cell)
    other = with_file(
        one,
        datasets={"scenes": Dataset(name="Scenes", samples=24, sha256="12" * 32)},
        artefacts={
            **one.file.artefacts,
            "tiny@fp32": artefact(Precision.FP32, "fp32", "88" * 32),
        },
    )
    settings = {"num_streams": 1, "processors_busy": 0.5}
    cell = msgspec.structs.replace(cell, shape="image=1x1x9x9", settings=settings)
    other = msgspec.structs.replace(other, cell=cell)
    assert [each.what for each in compare(one, other).differences] == [
        "data",
        "input shapes",
        "setting num_streams",
        "model",
    ]


def test_a_baseline_that_failed_here_leaves_nothing_to_compare() -> None:
    """Without its baseline a candidate has no gain; that is said, not passed over."""
    one = raced(2.0)
    compared = compare(one, msgspec.structs.replace(one, baseline=None))
    assert [each.what for each in compared.differences] == ["baseline"]


def test_a_cell_that_fails_here_says_why() -> None:
    """What came to no figure here is not comparable, with the engine's reason."""
    one = raced(2.0)
    cell = msgspec.structs.replace(
        one.cell, state=State.UNSUPPORTED, reason="no such device", values={}
    )
    compared = compare(one, msgspec.structs.replace(one, cell=cell))
    assert compared.word is Word.NOT_COMPARABLE
    (found,) = compared.differences
    assert (found.what, found.here) == ("state", "unsupported: no such device")
    assert "differs: state: recorded ok, here unsupported: no such device" in as_text([compared])


def test_a_record_cannot_move_the_cursor() -> None:
    """Control characters in a record reach no terminal."""
    one = raced(2.0)
    hostile = Platform(id="here", label="x", processor=Processor(name="\x1b[2Jevil\nagrees: all"))
    text = as_text([compare(with_file(one, platform=hostile), one)])
    assert "\x1b" not in text
    assert "\nagrees: all" not in text
