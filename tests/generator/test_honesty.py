"""What pages say of noise, chance and unrest: never more than the figures show."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

import msgspec
import pytest
from factory import (
    NOISY,
    PLATFORMS,
    QUIET,
    UNUSABLE,
    raced,
    result_file,
    with_loadgen,
)
from syrupy.assertion import SnapshotAssertion

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import load_definitions, parse
from benchfolio.generator.entries import NO_DIFFERENCE, NO_LOSS, TOO_FEW
from benchfolio.generator.executed import elsewhere
from benchfolio.generator.figures import gain_chart, tradeoff_chart
from benchfolio.generator.formats import best, formats, gain_of
from benchfolio.generator.lint import examine
from benchfolio.generator.merge import merge
from benchfolio.generator.pages import overview, pages, table_pages
from benchfolio.generator.percentiles import percent_of, shortage
from benchfolio.generator.quality import Where
from benchfolio.generator.remarks import remarks
from benchfolio.generator.tables import build
from benchfolio.generator.values import value
from benchfolio.generator.verdicts import NOT_JUDGED
from benchfolio.generator.verifying import id_of, verify_lines
from benchfolio.generator.view import Entry, Page, Section, Table
from benchfolio.generator.writers import to_markdown
from benchfolio.results import (
    Cell,
    Load,
    Origin,
    Precision,
    ResultFile,
    Scenario,
    Share,
    System,
    Value,
    Verdict,
    WrongUsage,
    cell_id,
)

NAME = "2026.2/lab-xeon.json"
THIN = "\u202f"
DEFINITIONS = load_definitions()


def collection_of(file: ResultFile) -> Collection:
    """Merge one file."""
    return merge([(NAME, file)])


def mapped(file: ResultFile, **changes: object) -> ResultFile:
    """Return a file in which every cell of OpenVINO's INT8 latency is changed."""
    return msgspec.structs.replace(
        file,
        cells=tuple(
            msgspec.structs.replace(cell, **changes)
            if (cell.precision, cell.runtime, cell.scenario)
            == (Precision.INT8, "openvino", Scenario.LATENCY)
            else cell
            for cell in file.cells
        ),
    )


def compare(collection: Collection, where: Where | None = None) -> Table:
    """Return the comparison of formats."""
    return build(DEFINITIONS["precision-comparison"], collection, where)


def rows(table: Table, **wanted: str) -> Iterator[Mapping[str, Entry]]:
    """Yield entries by column id of the rows that show these texts in these columns."""
    for row in table.rows:
        found = {c.id: e for c, e in zip(table.columns, row.entries, strict=True)}
        if all(found[name].text == text for name, text in wanted.items()):
            yield found


def every_entry(collection: Collection) -> Iterator[Entry]:
    """Yield every entry of every page."""
    for page in every_page(collection):
        for section in page.sections:
            for row in section.table.rows if section.table else ():
                yield from row.entries


def every_page(collection: Collection) -> tuple[Page, ...]:
    """Return all pages."""
    made = pages(collection, DEFINITIONS)
    return (*made, *table_pages(collection, DEFINITIONS), overview(collection, DEFINITIONS))


def page_of(collection: Collection, id_: str) -> Page:
    """Return a page by its id."""
    return next(page for page in pages(collection, DEFINITIONS) if page.id == id_)


def section(page: Page, id_: str) -> Section:
    """Return a section of a page."""
    return next(one for one in page.sections if one.id == id_)


ALIKE = collection_of(
    raced(
        result_file(),
        alike=[precision for precision in Precision if precision is not Precision.FP32],
    )
)
"""Nothing is faster or slower than FP32."""


def test_golden_comparison_of_formats_measured_in_turn(snapshot: SnapshotAssertion) -> None:
    """Gains of rounds, words for noise and chance, and warnings are written as agreed."""
    file = raced(
        result_file(),
        alike=[Precision.BF16],
        verdict=unquiet,
        ended="time limit",
        target=0.001,
    )
    assert to_markdown(compare(collection_of(file), {"model": "digits-resnet"})) == snapshot


def test_a_gain_within_the_noise_is_said_in_words() -> None:
    """The figure and its interval are in the tip, and kept as values; no colour, no unit."""
    for found in rows(compare(ALIKE), precision="BF16"):
        entry = found["gain-throughput"]
        assert (entry.text, entry.tone, entry.unit) == (NO_DIFFERENCE, "", "")
        assert isinstance(entry.raw, float)
        assert abs(entry.raw - 1) < 0.01
        assert "×; " in entry.tip
        assert " to " in entry.tip
        assert "noise floor" in entry.tip
        assert "24 rounds" in entry.tip


@pytest.mark.parametrize("figure", ["gain", "change", "relative-change", "drop"])
def test_every_difference_within_the_noise_is_none(figure: str) -> None:
    """However the difference is written, it is not called one."""
    selector = "model=digits-resnet precision=BF16 metric=latency@median"
    assert value(ALIKE, f"{selector} derive={figure}").text == NO_DIFFERENCE


def test_where_nothing_differs_nobody_speaks_of_faster() -> None:
    """No page, key figure, ranking, chart or mean of equal formats shows a gain or a loss."""
    for entry in every_entry(ALIKE):
        assert "fastest" not in entry.text
        if entry.worded and entry.text == NO_DIFFERENCE:
            assert entry.tone == ""
    for page in every_page(ALIKE):
        assert "× as fast" not in page.sentence
        for figure in page.figures:
            assert figure.unit != "×"
            assert "gain" not in figure.label or figure.tone == ""
    means = section(overview(ALIKE, DEFINITIONS), "gains").table
    assert means is not None
    assert {entry.text for row in means.rows for entry in row.entries[-3:]} == {NO_DIFFERENCE}


def test_charts_say_it_too() -> None:
    """A bar within the noise is neutral and in words; no such point is on the front by its gain."""
    table = compare(ALIKE, {"model": "digits-resnet"})
    bars = [bar for group in gain_chart(table).groups for bar in group.bars]
    assert {(bar.text, bar.tone) for bar in bars if bar.value is not None} == {(NO_DIFFERENCE, "")}
    points = tradeoff_chart(table, None).points
    least = min(point.y for point in points)
    assert all(point.y == least for point in points if point.front)
    assert all(NO_DIFFERENCE in point.text for point in points)


def test_a_gain_of_noise_puts_no_point_on_the_front() -> None:
    """However far to the right it is drawn, it is worth no more than FP32."""
    table = compare(ALIKE, {"model": "digits-resnet"})
    gain, drop = (
        [column.id for column in table.columns].index(name)
        for name in ("gain-throughput", "drop-quality")
    )
    drops = [row.entries[drop].raw for row in table.rows]
    worst = drops.index(max(raw for raw in drops if isinstance(raw, float)))
    entries = list(table.rows[worst].entries)
    entries[gain] = msgspec.structs.replace(entries[gain], raw=1.5)
    moved = msgspec.structs.replace(table.rows[worst], entries=tuple(entries))
    changed = (*table.rows[:worst], moved, *table.rows[worst + 1 :])
    points = tradeoff_chart(msgspec.structs.replace(table, rows=changed), None).points
    assert [point.front for point in points if point.x == 1.5] == [False]


def test_a_small_gain_that_is_known_goes_before_a_large_one_that_is_not() -> None:
    """Noise counts as 1 where formats are ranked by their gains."""
    one, other = formats(collection_of(raced(result_file())), {"model": "tiny-lm"})[-2:]
    assert one.gain is not None
    known, unknown = (
        msgspec.structs.replace(one.gain, gain=gain, gain_low=low, gain_high=high, floor=0.001)
        for gain, low, high in ((1.02, 1.01, 1.03), (1.2, 0.9, 1.5))
    )
    ranked = [
        msgspec.structs.replace(one, gain=unknown, verdict=NOT_JUDGED),
        msgspec.structs.replace(other, gain=known, verdict=NOT_JUDGED),
    ]
    assert best(ranked) is ranked[1]


def test_a_format_within_the_noise_is_no_headline() -> None:
    """The best of formats that are as fast as FP32 has no gain to show; the sentence says so."""
    page = page_of(ALIKE, "digits-resnet")
    assert "as fast as FP32 within the noise" in page.sentence
    figure = page.figures[0]
    assert (figure.value, figure.detail) == ("none", NO_DIFFERENCE)
    platform = page_of(ALIKE, "lab-xeon")
    assert "is as fast as FP32 within the noise" in platform.sentence


def test_a_slower_format_is_still_called_slower() -> None:
    """What differs beyond the noise keeps its figure and its colour."""
    slower = [
        found["gain-throughput"]
        for found in rows(compare(collection_of(raced(result_file()))), precision="FP8-E4M3")
        if found["gain-throughput"].state == "ok"
    ]
    assert len(slower) == 4
    assert {(entry.tone, entry.worded) for entry in slower} == {("bad", False)}
    assert all(entry.text[:4] in ("0.79", "0.80") for entry in slower)


def test_those_that_noise_does_not_tell_apart_share_the_place() -> None:
    """Two equal formats are both among the fastest; with FP32 among them nobody is."""
    file = raced(result_file())
    twin = [
        msgspec.structs.replace(cell, recipe="cast")
        for cell in file.cells
        if cell.precision is Precision.INT8 and cell.runtime == "openvino"
    ]
    both = collection_of(msgspec.structs.replace(file, cells=(*file.cells, *twin)))
    verdicts = [one["verdict"] for one in rows(compare(both, {"model": "digits-resnet"}))]
    shared = [entry for entry in verdicts if entry.text == "acceptable, among the fastest"]
    assert len(shared) == 2
    assert all("noise" in entry.tip for entry in shared)
    alone = [one["verdict"].text for one in rows(compare(ALIKE, {"model": "digits-resnet"}))]
    assert not any("fastest" in text for text in alone)


def test_no_detectable_loss_is_said_with_its_bound() -> None:
    """The drop's interval includes 0: in words, with what it is at most, rounded up."""
    collection = collection_of(raced(result_file()))
    found = next(rows(compare(collection, {"model": "digits-resnet"}), precision="BF16"))
    entry = found["drop-quality"]
    assert entry.text == NO_LOSS
    assert entry.detail.startswith("at most ")
    assert entry.detail.endswith(f"points at 95{THIN}%")
    assert entry.high is not None
    bound = float(entry.detail.removeprefix("at most ").partition(THIN)[0])
    assert entry.high <= bound < entry.high + 0.1
    sentence = page_of(collection, "digits-resnet").sentence
    assert "loses no detectable accuracy@top1 (at most " in sentence


def test_a_loss_that_samples_show_is_a_figure() -> None:
    """Where the paired interval excludes 0 the loss is told, also within the limit."""
    collection = collection_of(raced(result_file()))
    (found,) = rows(
        compare(collection, {"model": "digits-detector"}), precision="INT8", runtime="OpenVINO"
    )
    assert (found["drop-quality"].text, found["drop-quality"].worded) == ("0.30", False)
    assert found["verdict"].text.startswith("acceptable")


def test_what_is_no_loss_is_not_among_the_worst() -> None:
    """The ranking of losses holds those that are detectable, or over the limit."""
    table = section(overview(collection_of(raced(result_file())), DEFINITIONS), "worst").table
    assert table is not None
    assert table.rows
    assert NO_LOSS not in {entry.text for row in table.rows for entry in row.entries}


def test_only_paired_samples_show_no_loss() -> None:
    """An interval of independent sides that includes 0 is shown as before."""
    found = next(rows(compare(collection_of(result_file())), precision="BF16"))
    assert not found["drop-quality"].worded


def test_a_loss_over_the_limit_is_never_called_none() -> None:
    """Where the observed drop is over the limit, its figure stays, and so does the verdict."""
    file = raced(result_file())
    strict = {
        task: msgspec.structs.replace(limit, max_drop=0.01)
        for task, limit in file.acceptance.items()
    }
    collection = collection_of(msgspec.structs.replace(file, acceptance=strict))
    found = next(rows(compare(collection, {"model": "digits-resnet"}), precision="BF16"))
    assert (found["drop-quality"].worded, found["drop-quality"].tone) == (False, "bad")
    assert found["verdict"].text == "over the limit"
    assert "which includes the limit" in found["verdict"].tip


def unquiet(cell: Cell) -> Verdict:
    """Return a verdict: OpenVINO's INT8 unusable, ONNX Runtime noisy."""
    if cell.precision is Precision.INT8 and cell.runtime == "openvino":
        return UNUSABLE
    return NOISY if cell.runtime == "onnxruntime" else QUIET


UNQUIET = collection_of(raced(result_file(), verdict=unquiet))


def test_verdicts_are_marked_in_words_with_their_reasons() -> None:
    """A small word beside the figure, the reasons in its tip and in the facts of the page."""
    table = compare(UNQUIET, {"model": "digits-resnet"})
    (bad,) = rows(table, precision="INT8", runtime="OpenVINO")
    for column in ("throughput", "gain-throughput", "latency@median"):
        assert bad[column].mark == "unusable"
        assert "the processor slowed down because of heat" in bad[column].tip
    assert bad["quality"].mark == bad["memory@peak"].mark == ""
    (noisy,) = rows(table, precision="INT8", runtime="ONNX Runtime")
    assert noisy["throughput"].mark == "noisy"
    assert "FP32 noisy: other processes took 12 %" in noisy["gain-throughput"].tip
    (quiet,) = rows(table, precision="BF16")
    assert quiet["throughput"].mark == ""
    facts = section(page_of(UNQUIET, "digits-resnet"), "how").facts
    told = {fact.text for fact in facts if fact.label.startswith("machine")}
    assert "unusable: the processor slowed down because of heat" in told


def test_what_is_unusable_wins_nothing() -> None:
    """It is never fastest, best, in a headline or in a mean, though it would be the fastest."""
    assert not any(
        "fastest" in found["verdict"].text
        for found in rows(compare(UNQUIET), precision="INT8", runtime="OpenVINO")
    )
    first = best(formats(UNQUIET, {"model": "digits-resnet"}))
    assert first is not None
    assert (first.key["precision"], first.key["runtime"]) != ("INT8", "openvino")
    bad = [one for one in formats(UNQUIET, {}) if one.gain and not one.gain.is_usable]
    assert len(bad) == 5
    assert all(gain_of(one) is None for one in bad)
    means = section(page_of(UNQUIET, "lab-xeon"), "gains").table
    assert means is not None
    assert not any(
        (row.entries[0].text, row.entries[1].text) == ("INT8", "OpenVINO") for row in means.rows
    )
    assert "Left out as unusable: 5." in means.notes


def test_of_several_configurations_a_usable_one_is_shown() -> None:
    """A better figure that is unusable gives way to one that can be relied on."""
    file = raced(result_file())
    better = [
        msgspec.structs.replace(
            cell,
            load=Load(instances=9),
            verdict=UNUSABLE,
            rounds=None,
            values={"throughput": Value(value=1e6, unit="1/s", n=9)},
        )
        for cell in file.cells
        if cell.scenario is Scenario.THROUGHPUT and cell.values
    ]
    both = collection_of(msgspec.structs.replace(file, cells=(*file.cells, *better)))
    shown = [found["throughput"] for found in rows(compare(both, {"model": "digits-resnet"}))]
    assert shown
    assert all(entry.raw != 1e6 for entry in shown)


def test_the_page_of_a_machine_says_how_calm_it_was() -> None:
    """Races with rounds, target, whether it was reached, noise floor and conditions."""
    calm = section(page_of(UNQUIET, "lab-xeon"), "calm")
    floor = UNQUIET.together.noise_floor("lab-xeon", "2026.2")
    assert f"noise floor of {100 * (floor or 0):.1f}{THIN}%" in calm.text
    assert "unusable" in calm.text
    assert calm.table is not None
    assert len(calm.table.rows) == 10
    first = next(rows(calm.table))
    assert first["rounds"].text == "24"
    assert first["known"].detail == f"target ±1{THIN}% reached"
    assert (first["others"].text, first["mhz"].text) == ("1.2", "2890 to 3010")
    assert "rest" not in first
    plain = page_of(collection_of(result_file()), "lab-xeon")
    assert "calm" not in {one.id for one in plain.sections}


def test_a_time_limit_is_said_beside_the_number() -> None:
    """A gain that is known worse than the target says how well it is known, and why no better."""
    collection = collection_of(raced(result_file(), ended="time limit", target=0.001))
    (found,) = rows(
        compare(collection, {"model": "digits-resnet"}), precision="INT8", runtime="OpenVINO"
    )
    assert f"{THIN}%; time limit of 12{THIN}s reached" in found["gain-throughput"].detail
    calm = section(page_of(collection, "lab-xeon"), "calm").table
    assert calm is not None
    assert f"time limit of 12{THIN}s reached" in next(rows(calm))["known"].detail
    reached = collection_of(raced(result_file(), ended="time limit"))
    (found,) = rows(
        compare(reached, {"model": "digits-resnet"}), precision="INT8", runtime="OpenVINO"
    )
    assert "limit" not in found["gain-throughput"].detail


@pytest.mark.parametrize(
    ("metric", "n", "told"),
    [
        ("latency@p99", 30, "n = 30 supports no p99 (459 needed)"),
        ("latency@p99.9", 4602, "n = 4602 supports no p99.9 (4603 needed)"),
        ("latency@p99.9", 4603, ""),
        ("latency@p90", 44, ""),
        ("latency@median", 1, ""),
        ("throughput", 1, ""),
        ("latency@p99", None, ""),
    ],
)
def test_a_percentile_needs_requests(metric: str, n: int | None, told: str) -> None:
    """So many as binomial order statistics ask for; other metrics are no percentiles."""
    assert shortage(metric, n) == told
    assert (percent_of(metric) is None) is ("@p" not in metric)


def performance(values: Mapping[str, Value]) -> Mapping[str, Entry]:
    """Return the row of INT8 on OpenVINO in which latency was measured as given."""
    collection = collection_of(mapped(result_file(), values=values))
    table = build(DEFINITIONS["performance"], collection, {"model": "digits-resnet"})
    (found,) = rows(table, precision="INT8", runtime="OpenVINO")
    return {name.rpartition(".")[2]: entry for name, entry in found.items()}


def test_an_absent_percentile_says_why() -> None:
    """Too few requests are no bare dash; where there were enough, it was not measured."""
    few = performance({"latency@median": Value(value=1.0, unit="ms", n=30)})["latency@p90"]
    assert (few.text, few.state) == (TOO_FEW, "none")
    assert few.tip == "n = 30 supports no p90 (44 needed)"
    enough = performance({"latency@median": Value(value=1.0, unit="ms", n=300)})["latency@p90"]
    assert (enough.text, enough.tip) == ("–", "not measured")


def test_an_unsupported_percentile_is_flagged_with_its_definition() -> None:
    """The figure stays, with a mark; its tip says which percentile and how many are needed."""
    values = {
        "latency@median": Value(value=1.0, unit="ms", n=30),
        "latency@p90": Value(value=1.2, unit="ms", n=30),
    }
    entry = performance(values)["latency@p90"]
    assert (entry.raw, entry.mark) == (1.2, TOO_FEW)
    assert "n = 30 supports no p90 (44 needed)" in entry.tip
    assert "nearest rank" in entry.tip


FP32_MOSTLY = {"INT8": Share(layers=18, time=0.17), "FP32": Share(layers=3, time=0.83)}


@pytest.mark.parametrize(
    ("precision", "method", "executed", "told"),
    [
        ("INT8", "ptq", FP32_MOSTLY, f"INT8 file, 83{THIN}% of the time in FP32"),
        ("MIXED", "accuracy-control", FP32_MOSTLY, ""),
        ("FP32", "original", FP32_MOSTLY, ""),
        ("INT8", "ptq", {}, ""),
        ("INT8", "ptq", {"INT8": Share(layers=1, time=0.5), "FP32": Share(layers=9, time=0.5)}, ""),
        (
            "INT8",
            "ptq",
            {"INT8": Share(layers=1), "BF16": Share(layers=3, time=0.1)},
            f"INT8 file, 75{THIN}% of the layers in BF16",
        ),
        ("BF16", "cast", {"INT8": Share(layers=1, time=1.0)}, ""),
        ("FP16", "cast", {"BF16": Share(layers=1, time=1.0)}, ""),
        ("INT4", "weight-only", {"FP32": Share(layers=1, time=1.0)}, ""),
        (
            "INT4",
            "ptq",
            {"INT8": Share(layers=1, time=1.0)},
            f"INT4 file, 100{THIN}% of the time in INT8",
        ),
        (
            "INT8",
            "ptq",
            {"unknown": Share(layers=9, time=0.6), "FP32": Share(layers=1, time=0.4)},
            "",
        ),
        ("INT8", "ptq", {"INT64": Share(layers=1, time=1.0)}, ""),
    ],
)
def test_what_really_ran(
    precision: str, method: str, executed: Mapping[str, Share], told: str
) -> None:
    """A file is flagged when less than half of it ran in its precision or a narrower one."""
    found = elsewhere(precision, method, executed)
    assert (found.told() if found else "") == told


@pytest.mark.parametrize("table", ["precision-comparison", "validated-models", "performance"])
def test_a_page_flags_what_mostly_ran_in_another_precision(table: str) -> None:
    """The word stands beside the format in every row, also of cells that do not tell it."""
    collection = collection_of(mapped(result_file(), executed=FP32_MOSTLY))
    built = build(DEFINITIONS[table], collection)
    told = f"INT8 file, 83{THIN}% of the time in FP32"
    flagged = [row for row in built.rows if any(e.detail == told for e in row.entries)]
    assert len(flagged) == 5
    assert all("OpenVINO" in {entry.text for entry in row.entries} for row in flagged)
    facts = section(page_of(collection, "digits-resnet"), "how").facts
    assert any(fact.text.startswith(told) for fact in facts)
    assert {one.rule for one in examine([(NAME, mapped(result_file(), executed=FP32_MOSTLY))])} == {
        "mostly-another-precision"
    }


def test_every_row_of_figures_has_the_line_to_measure_it_again() -> None:
    """It names the cell as ``results.cell_id`` does; what was not measured here has none."""
    file = result_file()
    collection = collection_of(file)
    assert {id_of(collection, at) for at in range(len(collection))} == set(map(cell_id, file.cells))
    known = {cell_id(cell) for cell in file.cells if cell.values}
    for row in compare(collection).rows:
        for line in row.verify:
            words = shlex.split(line)
            assert words[:2] == ["benchfolio", "verify"]
            assert words[2] in known
            assert words[3:] == ["--release", "2026.2", "--platform", "lab-xeon"]
    verified = [line for row in compare(collection).rows for line in row.verify]
    assert {shlex.split(line)[2] for line in verified} == known
    for kind in ("imported", "transcribed"):
        other = collection_of(msgspec.structs.replace(file, origin=Origin(kind=kind)))
        assert verify_lines(other, range(len(other))) == ()
    assert not any(row.verify for row in build(DEFINITIONS["states"], collection).rows)


def test_a_name_cannot_break_out_of_the_line() -> None:
    """What a shell would obey is quoted; what cannot be shown as it is gives no line."""
    file = result_file()
    for device, there in (("CPU; rm -rf ~", True), ("C\u202ePU", False)):
        cells = tuple(msgspec.structs.replace(cell, device=device) for cell in file.cells[:3])
        lines = verify_lines(
            collection_of(msgspec.structs.replace(file, cells=cells)), range(len(cells))
        )
        assert bool(lines) is there
        assert all(len(shlex.split(line)) == 7 for line in lines)


LOADGEN = collection_of(with_loadgen(result_file()))


def test_scenarios_of_mlperf_stand_apart() -> None:
    """They have a table of their own, where there are any, and change no other table."""
    plain = collection_of(result_file())
    assert "loadgen" not in {page.id for page in table_pages(plain, DEFINITIONS)}
    assert "loadgen" in {page.id for page in table_pages(LOADGEN, DEFINITIONS)}
    for id_ in ("precision-comparison", "performance", "validated-models", "accuracy-drop"):
        ours, beside = (build(DEFINITIONS[id_], one) for one in (plain, LOADGEN))
        assert ours == beside
    table = build(DEFINITIONS["loadgen"], LOADGEN)
    assert {found["scenario"].text for found in rows(table)} == {"MLPerf Server"}
    assert formats(plain, {}) != []
    assert [one.gain and one.gain.value for one in formats(LOADGEN, {})] == [
        one.gain and one.gain.value for one in formats(plain, {})
    ]
    assert examine([(NAME, with_loadgen(result_file()))]) == ()


OWN = """
id: own
title: Own
rows: [model, runtime, precision, recipe]
values: [{metric: throughput}, {derive: verdict}]
"""


def test_tables_of_ones_own_keep_scenarios_apart() -> None:
    """Without a filter a value and a verdict are ours; with scenarios as rows each has its own."""
    plain, definition = result_file(), parse(OWN, "own.yaml")
    more = [c for c in with_loadgen(plain).cells if c.scenario is Scenario.SERVER]
    some = tuple(cell for cell in more if cell.runtime == "onnxruntime")
    mixed = collection_of(msgspec.structs.replace(plain, cells=(*plain.cells, *some)))
    ours, beside = (build(definition, one) for one in (collection_of(plain), mixed))
    assert [row.entries for row in ours.rows] == [row.entries for row in beside.rows]
    apart = build(parse(OWN.replace("[model", "[scenario, model"), "own.yaml"), mixed)
    shown = list(rows(apart, scenario="MLPerf Server"))
    assert len(shown) == len(some)
    assert all(isinstance(found["throughput"].raw, float) for found in shown)


def test_a_latency_of_mlperf_is_not_held_against_a_throughput_of_ours() -> None:
    """Only what was measured by one kind of rules can contradict itself."""
    file = result_file()
    slow = [
        msgspec.structs.replace(
            cell,
            scenario=Scenario.SINGLE_STREAM,
            values={"latency@median": Value(value=1e9, unit="ms")},
        )
        for cell in file.cells
        if cell.scenario is Scenario.LATENCY and cell.values
    ]
    more = msgspec.structs.replace(file, cells=(*file.cells, *slow))
    assert examine([(NAME, more)]) == ()


def test_a_value_is_ours_unless_a_scenario_is_named() -> None:
    """Running text that names no scenario means what it meant before."""
    selector = "model=digits-resnet precision=INT8 runtime=openvino metric=throughput"
    assert value(LOADGEN, selector).text == value(collection_of(result_file()), selector).text
    assert value(LOADGEN, f"{selector} scenario=server").text != value(LOADGEN, selector).text
    with pytest.raises(WrongUsage, match="there is accuracy, latency, server and throughput"):
        value(LOADGEN, f"{selector} scenario=offline")


@pytest.mark.parametrize(
    ("file", "separate", "in_turn"),
    [
        (result_file(), True, False),
        (raced(result_file()), False, True),
        (
            msgspec.structs.replace(
                raced(result_file()),
                cells=tuple(
                    msgspec.structs.replace(cell, rounds=None) if number == 2 else cell
                    for number, cell in enumerate(raced(result_file()).cells)
                ),
            ),
            True,
            True,
        ),
    ],
    ids=["none in turn", "all in turn", "all but one"],
)
def test_separate_runs_are_warned_of_where_there_are_any(
    file: ResultFile, separate: bool, in_turn: bool
) -> None:
    """The remark on gains of separate processes is made of them alone."""
    platform = msgspec.structs.replace(PLATFORMS["lab-xeon"], system=System(hypervisor="KVM"))
    collection = collection_of(msgspec.structs.replace(file, platform=platform))
    text = remarks(collection, collection.select(), platform)
    assert ("ran one after the other" in text) is separate
    assert ("within rounds of short blocks" in text) is in_turn
    assert ("FP32 was also run against itself" in text) is in_turn
