"""What Compare and Chooser rest on: the same figures and words as everywhere else."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from factory import UNUSABLE, portfolio, raced, result_file
from hypothesis import given
from hypothesis import strategies as st

from benchfolio.generator.collection import Collection
from benchfolio.generator.comparison import REFUSED
from benchfolio.generator.comparison import compare as judge
from benchfolio.generator.definitions import load_definitions
from benchfolio.generator.explore import (
    FACETS,
    Comparing,
    Comparison,
    Explored,
    Pair,
    Question,
    Ranking,
    Wish,
    explore,
)
from benchfolio.generator.explore.comparing import ALONE, NOT, SAME, UNJUDGED
from benchfolio.generator.explore.estimates import Between, is_beyond
from benchfolio.generator.explore.script import HEAD, registered, scripts
from benchfolio.generator.formats import formats, gain_of
from benchfolio.generator.load import load
from benchfolio.generator.measured import is_beyond as elsewhere
from benchfolio.generator.merge import merge
from benchfolio.generator.pages import Plan
from benchfolio.generator.pages.ways import find_ways, with_facts
from benchfolio.generator.view import Page
from benchfolio.results import Precision, ResultFile, Scenario, Value
from benchfolio.statistics import Estimate

RESULTS = Path(__file__).parents[2] / "results"


@pytest.fixture(scope="module")
def collection() -> Collection:
    """Return the portfolio, measured in turn."""
    return merge((name, raced(file)) for name, file in portfolio())


@pytest.fixture(scope="module")
def explored(collection: Collection) -> Explored:
    """Return what is gathered from the portfolio."""
    return explore(collection)


def sides(explored: Explored, facet: str) -> Iterator[tuple[str, str]]:
    """Yield every two different ids of a facet."""
    ids = [id_ for id_, _ in explored.head.names[facet]]
    yield from ((a, b) for a in ids for b in ids if a != b)


def questions(explored: Explored) -> Iterator[Question]:
    """Yield every question of two sides and a metric."""
    for facet in FACETS:
        for a, b in sides(explored, facet):
            for metric in explored.head.metrics:
                yield Question(facet=facet, a=a, b=b, metric=metric.id)


def ask(explored: Explored, facet: str, a: str, b: str, metric: str, **where: str) -> Comparison:
    """Answer one question."""
    question = Question(facet=facet, a=a, b=b, metric=metric, where=where)
    return Comparing(explored).answer(question)


def test_a_gain_over_fp32_is_that_of_every_table(
    collection: Collection, explored: Explored
) -> None:
    """INT8 against FP32 of the same race has the gain, interval and words that tables show."""
    found = ask(explored, "precision", "FP32", "INT8", "throughput")
    pairs = [pair for pair in found.pairs if pair.found is not None]
    cells = [pair.other for pair in pairs]
    known = collection.measured("throughput", cells)
    assert len(pairs) > 10
    for pair in pairs:
        one = known[pair.other]
        assert pair.found is not None
        assert (pair.one, pair.paired) == (one.baseline, True)
        assert pair.found.value == pytest.approx(one.gain, rel=1e-8)
        assert pair.found.low == pytest.approx(one.gain_low, rel=1e-8)
        assert (pair.word == SAME) == one.is_within_noise


def test_a_drop_is_paired_as_everywhere(collection: Collection, explored: Explored) -> None:
    """The loss of quality of INT8 has the interval of the same samples, as tables have it."""
    found = ask(explored, "precision", "FP32", "INT8", "accuracy@top1")
    pairs = [pair for pair in found.pairs if pair.found is not None]
    known = collection.measured("accuracy@top1", [pair.other for pair in pairs])
    assert pairs
    for pair in pairs:
        one = known[pair.other]
        assert pair.paired
        assert pair.found is not None
        assert pair.found.high == pytest.approx(one.drop_high, rel=1e-8)
        assert (pair.word == SAME) == (one.is_undetectable or one.drop == 0)


def test_releases_are_judged_as_on_the_page_of_changes() -> None:
    """Between releases every value is judged as ``comparison`` judges it, published ones too."""
    files = [*portfolio(), ("late.json", slower(result_file("lab-xeon"), "2026.3"))]
    collection = merge((name, raced(file)) for name, file in files)
    explored = explore(collection)
    judged = 0
    for metric in explored.head.metrics:
        for pair in ask(explored, "release", "2026.2", "2026.3", metric.id).pairs:
            both = collection.measured(metric.id, sorted((pair.one, pair.other)))
            if pair.one < 0 or pair.other < 0 or len(both) < 2:
                continue
            floors = [collection.together.noise_floor("lab-xeon", "2026.2"), pair.floor]
            change = judge(
                collection.metric(metric.id),
                both[pair.one],
                both[pair.other],
                floors=floors if metric.timed else (),
            )
            words = {SAME: "no difference", UNJUDGED: REFUSED}
            if not pair.paired:
                assert words.get(pair.word, pair.word) == change.kind, (metric.id, pair, change)
                judged += change.kind in ("better", "worse")
    assert judged > 5


def slower(file: ResultFile, release: str) -> ResultFile:
    """Return a file of another release in which every figure but shares is a fifth larger."""
    cells = tuple(
        msgspec.structs.replace(
            cell, values={name: _larger(value) for name, value in cell.values.items()}
        )
        for cell in file.cells
    )
    return msgspec.structs.replace(file, release=release, cells=cells)


def _larger(value: Value) -> Value:
    if value.unit == "%":
        return value
    interval = value.interval
    if interval is not None:
        interval = msgspec.structs.replace(
            interval, low=interval.low * 1.2, high=interval.high * 1.2
        )
    return msgspec.structs.replace(value, value=value.value * 1.2, interval=interval)


def test_the_inverse_question_has_the_inverse_answer(explored: Explored) -> None:
    """Whoever exchanges the sides gets inverse gains, opposite losses and opposite words."""
    opposite = {"better": "worse", "worse": "better"}
    for metric in ("throughput", "accuracy@top1"):
        there = ask(explored, "platform", "lab-xeon", "desk-core", metric)
        back = ask(explored, "platform", "desk-core", "lab-xeon", metric)
        known = {(pair.other, pair.one): pair for pair in back.pairs}
        for pair in there.pairs:
            other = known[pair.one, pair.other]
            assert other.word == opposite.get(pair.word, pair.word)
            if pair.found is not None and other.found is not None:
                ratio = metric == "throughput"
                turned = 1 / pair.found.value if ratio else -pair.found.value
                assert other.found.value == pytest.approx(turned)


def test_pairs_differ_in_nothing_but_what_is_compared(explored: Explored) -> None:
    """What is said to be held equal is equal, and what differs is named, before any figure."""
    found = ask(explored, "runtime", "onnxruntime", "openvino", "throughput")
    assert [name for name, _ in found.differ] == ["runtime", "runtime_version", "device"]
    assert {"model", "precision", "recipe", "load", "release"} <= {name for name, _ in found.held}


def test_a_mean_is_over_ratios_of_one_origin() -> None:
    """Geometric means are of measured and of transcribed pairs apart, and say of how many."""
    explored = explore(merge(load(RESULTS).files))
    found = ask(explored, "precision", "FP32", "INT8", "throughput")
    origins = [explored.head.names["origin"][mean.origin][0] for mean in found.means]
    assert origins == ["measured", "transcribed"]
    same = [pair for pair in found.pairs if pair.found is not None]
    assert sum(mean.of for mean in found.means) == len(same)
    own = [pair for pair in same if _origin(explored, pair) == "measured"]
    logs = [math.log(pair.found.value) for pair in own if pair.found is not None]
    assert found.means[0].value == pytest.approx(math.exp(sum(logs) / len(logs)))


def _origin(explored: Explored, pair: Pair) -> str:
    cell = explored.part.cells[pair.one]
    return explored.head.names["origin"][explored.head.places[cell.place][-1]][0]


def test_what_cannot_be_compared_says_why() -> None:
    """Other data, samples, units, definitions, loads and states are refused, each by its name."""
    file = result_file("lab-xeon")
    cells = list(file.cells)
    told: list[str] = []
    for at, cell in enumerate(cells):
        if cell.scenario is Scenario.ACCURACY and cell.model == "digits-resnet":
            values = {
                name: msgspec.structs.replace(value, n=77) for name, value in cell.values.items()
            }
            cells[at] = msgspec.structs.replace(cell, values=values)
        if cell.scenario is Scenario.THROUGHPUT and cell.model == "digits-resnet":
            load_ = msgspec.structs.replace(cell.load, instances=8)
            cells[at] = msgspec.structs.replace(cell, load=load_)
    other = msgspec.structs.replace(file, release="2026.3", cells=tuple(cells))
    explored = explore(merge([("a.json", file), ("b.json", other)]))
    for metric in ("accuracy@top1", "throughput"):
        found = ask(explored, "release", "2026.2", "2026.3", metric, model="digits-resnet")
        assert found.counts[NOT] == len(found.pairs)
        told += [pair.reason for pair in found.pairs]
    assert "the two were measured on different numbers of samples" in told
    assert any("has it only with load" in reason for reason in told)


def test_unusable_figures_are_not_compared() -> None:
    """A figure of a disturbed machine is neither compared nor ranked, and its reason is said."""
    file = raced(result_file(), verdict=lambda _: UNUSABLE)
    explored = explore(merge([("a.json", file)]))
    found = ask(explored, "precision", "FP32", "INT8", "throughput")
    assert {pair.word for pair in found.pairs} <= {NOT, ALONE}
    assert any("because of heat" in pair.reason for pair in found.pairs)
    ranked = Ranking(explored).rank(Wish(where={"model": "digits-resnet"}, metric="throughput"))
    assert {one.rank for one in ranked} == {0}


def test_choices_are_ranked_by_speed_within_the_limit(
    collection: Collection, explored: Explored
) -> None:
    """Ranked are those that lose no more than accepted, in the order of their speed."""
    where = {"model": "digits-resnet", "platform": "lab-xeon"}
    found = Ranking(explored).rank(Wish(where=where, metric="throughput"))
    ranked = [one for one in found if one.rank]
    values = collection.measured("throughput", [one.speed for one in ranked])
    speeds = [values[one.speed].value for one in ranked]
    assert speeds == sorted(speeds, reverse=True)
    accepted = {one.choice for one in ranked}
    for at, choice in enumerate(explored.part.choices):
        if at in accepted and choice.loss is not None and choice.limit is not None:
            assert choice.baseline or choice.loss.drop <= choice.limit.most
    over = [one for one in found if one.reason == "over"]
    assert over
    more = Ranking(explored).rank(Wish(where=where, metric="throughput", accepted=50.0))
    assert not [one for one in more if one.reason == "over"]


def test_verdicts_agree_with_those_of_the_tables(
    collection: Collection, explored: Explored
) -> None:
    """By the limits of the suite, the same formats are acceptable as in every table."""
    found = Ranking(explored).rank(Wish(where={}, metric="throughput"))
    known = {one.cells[0]: one for one in formats(collection, {})}
    assert len(found) == len(known)
    for one in found:
        format_ = known[explored.part.choices[one.choice].cell]
        if one.reason == "over":
            assert format_.verdict == "over the limit"
        elif one.rank:
            assert format_.verdict in ("acceptable", "baseline")


def test_formats_that_noise_cannot_separate_share_a_rank() -> None:
    """BF16 that is exactly as fast as FP32 but for noise has the rank of FP32."""
    explored = explore(merge([("a.json", raced(result_file(), alike=[Precision.BF16]))]))
    ranking = Ranking(explored)
    where = {"model": "digits-resnet", "runtime": "openvino"}
    found = ranking.rank(Wish(where=where, metric="throughput"))
    names = explored.head.names["precision"]
    ranks = {names[ranking.cell(one).precision][0]: one.rank for one in found}
    assert ranks["BF16"] == ranks["FP32"]
    assert ranks["INT8"] == 1


def test_gains_of_choices_are_those_of_the_tables(
    collection: Collection, explored: Explored
) -> None:
    """A choice shows the gain that its format has everywhere."""
    known = {one.cells[0]: one for one in formats(collection, {})}
    metric = next(at for at, one in enumerate(explored.head.metrics) if one.id == "throughput")
    seen = 0
    for choice in explored.part.choices:
        for speed in choice.speeds:
            gain = gain_of(known[choice.cell])
            if speed.metric == metric and gain is not None:
                assert speed.gain == pytest.approx(gain, rel=1e-8)
                seen += 1
    assert seen > 20


@given(
    value=st.floats(0.2, 5.0),
    width=st.none() | st.floats(0.0, 0.5),
    floor=st.none() | st.floats(0.0, 0.2),
)
def test_a_gain_is_one_where_it_is_one_elsewhere(
    value: float, width: float | None, floor: float | None
) -> None:
    """What may be called a gain is decided as ``measured`` decides it, for every figure."""
    low, high = (None, None) if width is None else (value / (1 + width), value * (1 + width))
    theirs = Estimate(value=value, low=low, high=high, method="", n=0)
    assert is_beyond(Between(value, low, high), floor) == elsewhere(theirs, floor)


def test_a_gain_below_the_noise_floor_is_none() -> None:
    """An interval that excludes 1 is not enough where the machine's noise goes further."""
    gain = Between(1.01, 1.005, 1.015)
    assert is_beyond(gain, None)
    assert is_beyond(gain, 0.005)
    assert not is_beyond(gain, 0.02)


def test_a_script_cannot_end_or_break_itself() -> None:
    """Names with ``</script>``, U+2028 and quotes stay text within the script, and come back."""
    explored = explore(merge([("a.json", result_file("arm-board"))]))
    hostile = "</script><!--\u2028\u2029'\"\\"
    names = {**explored.head.names, "model": ((hostile, hostile),)}
    text = registered("explore", msgspec.structs.replace(explored.head, names=names))
    assert not set("<>&\u2028\u2029") & set(text)
    start, end = text.index("{"), text.rindex("}")
    assert json.loads(text[start : end + 1])["names"]["model"] == [[hostile, hostile]]


def test_large_collections_are_cut_by_model(
    explored: Explored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond some thousand cells each part has whole models, and parts together have all."""
    monkeypatch.setattr("benchfolio.generator.explore.script.WHOLE", 100)
    files = dict(scripts(explored, lambda _: ""))
    parts = [_read(text) for name, text in files.items() if name != HEAD]
    assert len(parts) > 2
    models = [{cell[0] for cell in part["cells"]} for part in parts]
    assert sum(map(len, models)) == len(set().union(*models))
    for name in ("cells", "values", "gains", "drops", "choices"):
        assert sum(len(part[name]) for part in parts) == len(getattr(explored.part, name))
    for part in parts:
        for row in part["gains"]:
            assert part["cells"][row[1]][0] == part["cells"][row[2]][0]


def _read(text: str) -> dict[str, list[list[int]]]:
    found: dict[str, list[list[int]]] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return found


def test_figures_of_this_repository_are_small() -> None:
    """What pages load for the committed results is below 300 KB, and the same in every build."""
    files = dict(scripts(explore(merge(load(RESULTS).files)), lambda _: "models/some-model.html"))
    assert sum(len(text.encode()) for text in files.values()) < 300_000
    assert files == dict(
        scripts(explore(merge(reversed(load(RESULTS).files))), lambda _: "models/some-model.html")
    )


def asking_pages(collection: Collection, explored: Explored) -> tuple[Page, ...]:
    """Return the pages on which readers ask for themselves, as far as there is anything to ask."""
    planned = Plan(collection, load_definitions()).asking(lambda: explored)
    return tuple(page for one in planned if (page := one.make()))


def test_pages_stand_without_a_script(collection: Collection, explored: Explored) -> None:
    """Chooser has the best format of each model and platform, Compare the two newest releases."""
    chooser, compare = asking_pages(collection, explored)
    tables = [section.table for section in chooser.sections if section.table is not None]
    pairs = {(row.entries[0].raw, row.entries[1].raw) for row in tables[0].rows}
    measured = {(one.key["model"], one.key["platform"]) for one in formats(collection, {})}
    assert pairs == measured
    assert "2026.2 against 2026.1" in compare.sentence
    assert "JavaScript" in chooser.sections[0].text
    assert "JavaScript" in compare.sections[0].text


def test_pages_lead_to_them_with_what_they_are_about(
    collection: Collection, explored: Explored
) -> None:
    """A model's page leads to Chooser and Compare with this model chosen, hostile ids quoted."""
    ways = find_ways(collection)
    assert ways.there == {page.id for page in asking_pages(collection, explored)}
    page = Page(kind="model", id="digits-resnet", title="", sentence="")
    other = Page(kind="platform", id="a&b#c", title="", sentence="")
    found = [with_facts(one, ways.of(one.kind, one.id)) for one in (page, other)]
    links = [
        [fact.link.target for fact in one.sections[0].facts if fact.link is not None]
        for one in found
    ]
    assert links[0] == ["chooser#model=digits-resnet", "compare#model=digits-resnet"]
    assert links[1] == ["compare#platform=a%26b%23c", "compare#facet=platform&b=a%26b%23c"]


def test_nothing_measured_gives_no_page() -> None:
    """Without results there is neither page, and no link to one."""
    empty = merge([])
    explored = explore(empty)
    assert asking_pages(empty, explored) == ()
    page = Page(kind="page", id="overview", title="", sentence="")
    assert find_ways(empty).of(page.kind, page.id) == ()
