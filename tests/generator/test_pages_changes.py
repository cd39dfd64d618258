"""What changed in a release: the judgement, the cells it is made for, and its page."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from factory import RELEASES, published_collection, raced, result_file, shifted
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from benchfolio.generator.changes import (
    CellChange,
    Compared,
    compared,
    measured_releases,
)
from benchfolio.generator.collection import Collection
from benchfolio.generator.comparison import (
    BETTER,
    GONE,
    KINDS,
    NEW,
    REFUSED,
    SAME,
    WORSE,
    Change,
    compare,
    loss,
    ratio,
)
from benchfolio.generator.derive import RATIO_METHOD, derived
from benchfolio.generator.explore import explore
from benchfolio.generator.formats import formats
from benchfolio.generator.measured import Measured
from benchfolio.generator.merge import merge
from benchfolio.generator.pages import find_now, pages
from benchfolio.generator.pages.compare import compare_page
from benchfolio.generator.pages.comparisons import Comparisons
from benchfolio.generator.pages.keys import Keys
from benchfolio.generator.view import Page, Section, Table
from benchfolio.results import METRICS, Calm, Cell, Precision, ResultFile, Scenario, State
from benchfolio.statistics import Estimate

OLD, NOW = RELEASES


def measured(
    metric: str,
    value: float,
    half: float | None = None,
    *,
    unit: str = "",
    n: int | None = None,
    definition: str = "",
    own_calm: Calm | None = None,
) -> Measured:
    """Return a value with an interval of ± ``half``."""
    nothing: dict[str, Any] = dict.fromkeys(
        f"{name}{end}"
        for name in ("change", "relative", "drop", "gain")
        for end in ("", "_low", "_high")
    )
    return Measured(
        cell=0,
        metric=metric,
        value=value,
        unit=unit or METRICS[metric].unit,
        low=None if half is None else value - half,
        high=None if half is None else value + half,
        confidence=0.95,
        method="",
        n=n,
        printed="",
        definition=definition,
        baseline=-1,
        refusal="no-baseline",
        own_calm=own_calm,
        **nothing,
    )


def judge(metric: str, before: Measured, after: Measured, *floors: float | None) -> Change:
    """Compare two values of a metric."""
    return compare(METRICS[metric], before, after, floors=floors)


@pytest.mark.parametrize(
    ("metric", "before", "after", "half", "floors", "kind"),
    [
        ("throughput", 100.0, 120.0, 2.0, (0.01, 0.02), BETTER),
        ("throughput", 120.0, 100.0, 2.0, (0.01, 0.02), WORSE),
        ("latency@median", 5.0, 6.0, 0.1, (0.01, 0.02), WORSE),
        ("latency@median", 6.0, 5.0, 0.1, (None, None), BETTER),
        ("throughput", 100.0, 101.0, 2.0, (0.01, 0.01), SAME),
        ("throughput", 100.0, 105.0, 0.1, (0.01, 0.08), SAME),
        ("throughput", 100.0, 105.0, 0.1, (0.08, None), SAME),
        ("throughput", 100.0, 105.0, None, (0.01, 0.01), BETTER),
        ("throughput", 100.0, 105.0, None, (None, None), REFUSED),
        ("size", 1.5, 1.6, None, (), WORSE),
        ("size", 1.5, 1.5, None, (), SAME),
        ("memory@peak", 100.0, 130.0, None, (), REFUSED),
        ("accuracy@top1", 98.0, 90.0, 1.0, (), WORSE),
        ("accuracy@top1", 90.0, 98.0, 1.0, (), BETTER),
        ("accuracy@top1", 98.0, 97.5, 1.0, (), SAME),
        ("accuracy@top1", 98.0, 97.5, None, (), REFUSED),
        ("accuracy@top1", 98.0, 98.0, None, (), SAME),
        ("perplexity", 20.0, 25.0, 1.0, (), WORSE),
    ],
)
def test_a_difference_is_one_only_beyond_interval_and_noise(
    metric: str,
    before: float,
    after: float,
    half: float | None,
    floors: tuple[float | None, ...],
    kind: str,
) -> None:
    """Direction, both intervals and the larger of both floors decide; without any, nothing does."""
    found = judge(metric, measured(metric, before, half), measured(metric, after, half), *floors)
    assert found.kind == kind
    assert bool(found.reason) is (kind in (SAME, REFUSED))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            measured("throughput", 1.0, unit="1/s"),
            measured("throughput", 1.0, unit="1/min"),
            "in 1/s before, in 1/min now",
        ),
        (
            measured("throughput", 1.0),
            measured("throughput", 1.0, definition="other"),
            "another definition",
        ),
        (
            measured("throughput", 1.0),
            measured("throughput", 2.0, own_calm=Calm.UNUSABLE),
            "too busy now",
        ),
        (measured("throughput", 0.0), measured("throughput", 2.0), "positive"),
    ],
)
def test_what_cannot_be_compared_says_why(before: Measured, after: Measured, told: str) -> None:
    """Units, definitions, a machine too busy and zeros are refused with the reason."""
    found = judge("throughput", before, after)
    assert (found.kind, found.value) == (REFUSED, None)
    assert told in found.reason


def test_quality_on_other_samples_is_refused() -> None:
    """Two accuracies of different numbers of samples are not compared."""
    old = measured("accuracy@top1", 98.0, 1.0, n=360)
    new = measured("accuracy@top1", 90.0, 1.0, n=300)
    assert judge("accuracy@top1", old, new).reason == "measured on 360 samples before, on 300 now"


def test_paired_samples_see_what_separate_intervals_cannot() -> None:
    """Where both releases know each sample, the paired interval decides."""
    old, new = measured("accuracy@top1", 98.0, 2.0), measured("accuracy@top1", 97.0, 2.0)
    assert judge("accuracy@top1", old, new).kind == SAME
    paired = Estimate(value=1.0, low=0.2, high=1.9, method="paired", n=360)
    found = compare(METRICS["accuracy@top1"], old, new, paired=paired)
    assert (found.kind, found.method) == (WORSE, "paired")


POSITIVE = st.floats(min_value=0.01, max_value=1e4)
SHARES = st.floats(min_value=0.001, max_value=0.5)


@given(POSITIVE, POSITIVE, SHARES, SHARES)
def test_turned_round_better_is_worse(a: float, b: float, p: float, q: float) -> None:
    """Exchanging before and after inverts the ratio, its interval and the verdict."""
    one, other = measured("throughput", a, a * p), measured("throughput", b, b * q)
    there, back = judge("throughput", one, other), judge("throughput", other, one)
    opposite = {BETTER: WORSE, WORSE: BETTER, SAME: SAME}
    assert back.kind == opposite[there.kind]
    assert there.value is not None
    assert there.low is not None
    assert back.value == pytest.approx(1 / there.value)
    assert back.high == pytest.approx(1 / there.low)


def test_ratios_have_the_interval_that_tables_have() -> None:
    """Across releases the ratio is combined exactly as one of separate runs within a release."""
    file = result_file("lab-xeon", NOW)
    collection = merge([("a.json", file)])
    frame = derived(collection.cell_columns, collection.value_columns, METRICS)
    where = {"model": ["digits-resnet"], "precision": ["INT8"], "runtime": ["openvino"]}
    (cell,) = collection.select({**where, "scenario": ["latency"]})
    found = collection.measured("latency@median", [cell])[cell]
    base = collection.measured("latency@median", [found.baseline])[found.baseline]
    rows = collection.values
    at = rows.index[(rows["cell"] == cell) & (rows["metric"] == "latency@median")][0]
    ours = ratio(METRICS["latency@median"], base, found)
    assert ours.method == RATIO_METHOD
    for mine, name in ((ours.value, "gain"), (ours.low, "gain_low"), (ours.high, "gain_high")):
        assert mine == pytest.approx(frame.arrays[name][at])


def test_losses_have_the_interval_that_tables_have() -> None:
    """So is a difference of quality, with its sign by direction."""
    old, new = measured("accuracy@top1", 98.0, 1.0), measured("accuracy@top1", 97.0, 2.0)
    found = loss(METRICS["accuracy@top1"], old, new)
    assert found.value == pytest.approx(1.0)
    assert found.low == pytest.approx(1.0 - math.hypot(1.0, 2.0))
    assert found.high == pytest.approx(1.0 + math.hypot(1.0, 2.0))


def _speed(cell: Cell) -> float:
    if cell.model == "digits-resnet" and cell.precision is Precision.INT8:
        return 1.25
    return 0.8 if cell.model == "names-encoder" and cell.runtime == "onnxruntime" else 1.0


def _points(cell: Cell) -> float:
    return -20.0 if (cell.model, cell.precision) == ("digits-detector", Precision.INT8) else 0.0


def _state(cell: Cell) -> tuple[State, str] | None:
    if cell.model == "tiny-lm" and cell.precision is Precision.BF16:
        return State.FAILED, "out of memory"
    return None


def later() -> ResultFile:
    """Return the later release of one platform: some faster, some slower, some worse or gone."""
    return shifted(
        result_file("lab-xeon", NOW),
        speed=_speed,
        points=_points,
        versions={"openvino": "2026.1.0"},
        state=_state,
    )


def collected(*files: ResultFile) -> Collection:
    """Merge files under the names that a results folder would give them."""
    return merge((f"{file.release}/{file.platform.id}.json", file) for file in files)


TWO = collected(result_file("lab-xeon", OLD), result_file("arm-board", OLD), later())
FOUND = compared(TWO, OLD, NOW)


def only(found: Compared, **key: str) -> list[CellChange]:
    """Return the changes of cells with some values."""
    return [
        one for one in found.cells() if all(one.key[name] == value for name, value in key.items())
    ]


def test_every_cell_of_both_releases_is_told_once() -> None:
    """The changes hold each cell of either release exactly once, the worst kinds first."""
    cells = [at for one in FOUND.cells() for at in (one.before, one.after) if at is not None]
    assert sorted(cells) == TWO.select(releases=[OLD, NOW])
    ranks = [KINDS.index(one.change.kind) for one in FOUND.cells()]
    assert ranks == sorted(ranks)
    assert sum(FOUND.count(kind) for kind in KINDS) == len(FOUND)


def test_changes_are_found_where_they_were_made() -> None:
    """Faster, slower, less accurate and lost cells are told as that, and all others as the same."""
    for one in only(FOUND, platform="arm-board"):
        assert one.change.kind == (GONE if one.old is not None else REFUSED)
        assert "this platform was not measured for 2026.2" in one.change.reason
    here = only(FOUND, platform="lab-xeon")
    kinds = {
        kind: {
            (one.key["model"], one.key["precision"], one.key["runtime"])
            for one in here
            if one.change.kind == kind
        }
        for kind in (WORSE, BETTER)
    }
    assert kinds[BETTER] == {
        ("digits-resnet", "INT8", "openvino"),
        ("digits-resnet", "INT8", "onnxruntime"),
    }
    assert {model for model, *_ in kinds[WORSE]} == {"names-encoder", "digits-detector"}
    lost = only(FOUND, platform="lab-xeon", model="tiny-lm", precision="BF16")
    assert {one.change.kind for one in lost} == {GONE}
    assert all("failed (out of memory)" in one.change.reason for one in lost)


def test_a_new_version_of_a_runtime_is_stated_and_not_refused() -> None:
    """The cells are compared, and what else changed stands beside the result."""
    found = only(FOUND, platform="lab-xeon", model="digits-resnet", runtime="openvino")
    assert all(one.stated == ("OpenVINO 2026.0.0 → 2026.1.0",) for one in found)
    assert REFUSED not in {one.change.kind for one in found}
    others = only(FOUND, platform="lab-xeon", runtime="onnxruntime")
    assert all(not one.stated for one in others)


def test_the_way_back_is_new() -> None:
    """What one direction calls gone the other calls new."""
    back = compared(TWO, NOW, OLD)
    assert back.count(NEW) == FOUND.count(GONE)
    assert back.count(BETTER) == FOUND.count(WORSE)
    assert back.count(SAME) == FOUND.count(SAME)


def test_another_processor_is_not_compared() -> None:
    """A platform id does not make two machines one."""
    file = later()
    processor = msgspec.structs.replace(file.platform.processor, name="Another CPU")
    other = msgspec.structs.replace(
        file, platform=msgspec.structs.replace(file.platform, processor=processor)
    )
    found = compared(collected(result_file("lab-xeon", OLD), other), OLD, NOW)
    valued = [one for one in found.cells() if one.old is not None and one.new is not None]
    assert valued
    assert all("another processor" in one.change.reason for one in valued)


def test_other_data_are_not_compared() -> None:
    """Quality on a data set whose content changed is refused; speed is not."""
    file = later()
    data = msgspec.structs.replace(file.datasets["digits"], sha256="cd" * 32)
    file = msgspec.structs.replace(file, datasets={**file.datasets, "digits": data})
    found = compared(collected(result_file("lab-xeon", OLD), file), OLD, NOW)
    for one in only(found, model="digits-resnet", precision="INT8"):
        refused = one.key["scenario"] == Scenario.ACCURACY.value
        assert (one.change.reason == "the data set has other content") is refused


def test_several_versions_of_a_runtime_are_not_guessed_at() -> None:
    """Where two versions could follow one, nothing is called its successor."""
    file = later()
    more = shifted(file, versions={"openvino": "2026.2.0"})
    own = tuple(cell for cell in more.cells if cell.runtime == "openvino")
    file = msgspec.structs.replace(file, cells=(*file.cells, *own))
    found = compared(collected(result_file("lab-xeon", OLD), file), OLD, NOW)
    for one in only(found, model="digits-resnet", runtime="openvino"):
        assert one.change.reason == "several versions of the runtime match it"


def test_paired_samples_are_used_across_releases() -> None:
    """Where both releases know each sample of the same data, a small loss is seen."""

    def points(cell: Cell) -> float:
        return -0.8 if cell.model == "names-encoder" else 0.0

    files = (result_file("lab-xeon", OLD), shifted(result_file("lab-xeon", NOW), points=points))
    data = {"names": msgspec.structs.replace(files[0].datasets["names"], sha256="ef" * 32)}
    hashed = [msgspec.structs.replace(file, datasets={**file.datasets, **data}) for file in files]
    where = {"model": ["names-encoder"], "scenario": ["accuracy"]}
    apart = compared(collected(*hashed), OLD, NOW, where)
    assert {one.change.kind for one in apart.cells()} == {SAME}
    paired = compared(collected(*(raced(file) for file in hashed)), OLD, NOW, where)
    assert {one.change.kind for one in paired.cells()} == {WORSE}


def test_noise_floors_of_races_count() -> None:
    """Twins of both releases give the floor that a difference has to be beyond."""
    files = [raced(file, noise=0.05) for file in (result_file("lab-xeon", OLD), later())]
    found = compared(collected(*files), OLD, NOW)
    floors = {one.change.floor for one in found.cells() if one.change.figure == "gain"}
    assert None not in floors
    own = TWO.together.noise_floor("lab-xeon", NOW)
    assert own is None
    known = collected(*files).together
    assert floors == {max(known.noise_floor("lab-xeon", name) or 0 for name in (OLD, NOW))}


# Pages -------------------------------------------------------------------------------------------

PAGES = {(page.kind, page.id): page for page in pages(TWO)}
CHANGED = PAGES["page", "changes"]


def part(page: Page, id_: str) -> Section:
    """Return one section."""
    return next(found for found in page.sections if found.id == id_)


def table(page: Page, id_: str) -> Table:
    """Return the table of one section."""
    found = part(page, id_).table
    assert found is not None
    return found


def test_the_page_of_changes_counts_first_and_then_tells_what_is_worse() -> None:
    """Counts add up, and the first table after the chart holds what got worse."""
    ids = [section.id for section in CHANGED.sections]
    assert ids[:4] == ["counts", "change-chart", "changes-worse", "changes-gone"]
    raw = [e.raw for row in table(CHANGED, "counts").rows for e in row.entries]
    assert sum(each for each in raw if isinstance(each, float)) == len(FOUND)
    assert len(table(CHANGED, "changes-worse").rows) == FOUND.count(WORSE)
    assert f"{FOUND.count(WORSE)} are worse" in CHANGED.sentence
    assert "1 platform that was not measured again" in CHANGED.sentence
    tones = {figure.label: figure.tone for figure in CHANGED.figures}
    assert tones == {"worse": "bad", "gone": "bad", "better": "", "no difference": ""}


def test_the_chart_of_changes_has_the_rows_of_its_tables() -> None:
    """Its bars are the speeds of what is worse and better, with their intervals."""
    chart = part(CHANGED, "change-chart").chart
    assert chart is not None
    assert chart.reference == 1.0
    bars = [bar for group in chart.groups for bar in group.bars]
    shown = [
        entry
        for id_ in ("changes-worse", "changes-better")
        for row in table(CHANGED, id_).rows
        for entry, column in zip(row.entries, table(CHANGED, id_).columns, strict=True)
        if column.id == "gain" and isinstance(entry.raw, float)
    ]
    assert [(bar.value, bar.low, bar.high) for bar in bars] == [
        (entry.raw, entry.low, entry.high) for entry in shown
    ]


def test_what_is_no_difference_is_counted_and_not_listed() -> None:
    """Cells within intervals and noise are in the counts, and in no table of the page."""
    within = shifted(result_file("lab-xeon", NOW), speed=lambda _: 1.01)
    collection = collected(result_file("lab-xeon", OLD), within)
    found = {(p.kind, p.id): p for p in pages(collection)}["page", "changes"]
    same = part(found, "changes-same")
    count = compared(collection, OLD, NOW).count(SAME)
    assert count > 0
    assert same.title == f"No difference ({count})"
    assert same.table is None
    assert f"benchfolio compare {OLD} {NOW} --format json" in same.text
    assert not any(one.id in ("changes-worse", "changes-better") for one in found.sections)


def test_long_lists_are_cut_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest differences are listed, all are counted, and a note says where the others are."""
    for module in ("changes", "parts", "release"):
        monkeypatch.setattr(f"benchfolio.generator.pages.{module}.MOST_ROWS", 2)
    found = {(p.kind, p.id): p for p in pages(TWO)}
    cut, whole = table(found["page", "changes"], "changes-worse"), table(CHANGED, "changes-worse")
    assert [row.anchor for row in cut.rows] == [row.anchor for row in whole.rows[:2]]
    assert (cut.title, len(cut.rows)) == (f"Worse ({FOUND.count(WORSE)})", 2)
    told = f"The first 2 of {FOUND.count(WORSE)}, the largest first."
    assert cut.notes[0].startswith(f"{told} All cells: benchfolio compare {OLD} {NOW}")
    assert not any("largest first" in note for note in whole.notes)
    sizes = [one.change.size for one in FOUND.of((WORSE,)).cells()]
    assert sizes == sorted(sizes, reverse=True)
    best = table(found["release", NOW], "best")
    assert len(best.rows) == 2
    assert best.notes[0].endswith("the largest first.")


def compare_table(collection: Collection) -> tuple[Page, Table | None]:
    """Return the page Compare and its table of the two newest releases."""
    page = compare_page(collection, explore(collection))
    assert page is not None
    found = {section.id: section.table for section in page.sections}
    return page, found.get("releases")


def test_the_page_compare_lists_what_differs_and_counts_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pairs that are the same are counted in the sentence; of others the largest are listed."""
    page, whole = compare_table(TWO)
    assert whole is not None
    words = [row.entries[-1].text for row in whole.rows]
    assert " 69 same within noise" in page.sentence
    assert "same within noise" not in words
    assert whole.notes[0] == "Counted, not listed: 69 same within noise."
    assert f"{words.count(WORSE)} {WORSE}" in page.sentence
    monkeypatch.setattr("benchfolio.generator.pages.compare.MOST_ROWS", 1)
    again, cut = compare_table(TWO)
    assert cut is not None
    assert again.sentence == page.sentence
    assert [row.entries[-1].text for row in cut.rows] == list(dict.fromkeys(words))
    assert f"1 of {words.count(WORSE)} {WORSE}" in cut.notes[1]


def test_one_release_has_nothing_to_compare_with() -> None:
    """The page is there and says so; collections without measurements have none."""
    alone = {(p.kind, p.id): p for p in pages(collected(result_file("lab-xeon", NOW)))}
    assert alone["page", "changes"].sentence == (
        "Release 2026.2 is the first that was measured: there is nothing to compare it with."
    )
    assert ("page", "changes") not in {(p.kind, p.id) for p in pages(merge([]))}


def test_a_release_tells_what_was_measured_where() -> None:
    """States, best gains, losses over the limit and the way to the changes are on its page."""
    page = PAGES["release", NOW]
    assert "measured on Xeon Platinum 8380" in page.sentence
    (row,) = table(page, "platforms").rows
    counted = sum(entry.raw for entry in row.entries if isinstance(entry.raw, float))
    assert counted == len(TWO.select(releases=[NOW]))
    best = table(page, "best")
    assert "over the limit" not in " ".join(row.entries[2].text for row in best.rows)
    over = table(page, "over")
    assert {row.entries[0].text for row in over.rows} >= {"Digits detector"}
    links = {fact.link.target for fact in part(page, "links").facts if fact.link}
    assert links == {OLD, "changes", f"compare#facet=release&a={OLD}&b={NOW}"}


def test_an_earlier_release_has_its_own_changes() -> None:
    """Of three releases the middle one tells its changes itself, the newest on its own page."""
    third = msgspec.structs.replace(later(), release="2026.10")
    three = collected(result_file("lab-xeon", OLD), later(), third)
    assert measured_releases(three) == (OLD, NOW, "2026.10")
    assert list(Comparisons(three, Keys(three, None), find_now)) == [NOW, "2026.10"]
    found = {(page.kind, page.id): page for page in pages(three)}
    middle = {section.id for section in found["release", NOW].sections}
    assert {"counts", "changes-worse", "changes-better", "changes-same"} <= middle
    (row,) = table(found["page", "changes"], "earlier").rows
    assert [entry.text for entry in row.entries[:2]] == [NOW, OLD]


def test_a_runtime_tells_its_versions_and_what_it_cannot() -> None:
    """Versions stand by release, and states with their reasons."""
    page = PAGES["runtime", "openvino"]
    versions = [[e.text for e in row.entries[:2]] for row in table(page, "versions").rows]
    assert versions == [[NOW, "2026.1.0"], [OLD, "2026.0.0"]]
    told = [[entry.text for entry in row.entries] for row in table(page, "unsupported").rows]
    assert any(row[0] == "unsupported" and row[3] == "the device has no bfloat16" for row in told)
    chart = part(page, "gains-chart").chart
    assert chart is not None
    gains = table(page, "gains")
    at = [column.id for column in gains.columns].index("gain")
    bars = [bar.value for group in chart.groups for bar in group.bars]
    assert sorted(bars, key=str) == sorted((row.entries[at].raw for row in gains.rows), key=str)


def test_older_pages_say_that_they_are() -> None:
    """Age is told relative to the newest measurement and release, without a clock."""
    old, new = PAGES["platform", "arm-board"], PAGES["platform", "lab-xeon"]
    assert old.old == "Newest results here are of release 2026.1; the newest release is 2026.2."
    assert old.fresh == (
        "Newest measurement: 2026-03-01, release 2026.1; 90 days before the newest measurement of "
        "this collection (2026-05-30)."
    )
    assert (new.old, new.fresh) == ("", "Newest measurement: 2026-05-30, release 2026.2.")
    assert all(
        page.fresh
        for page in PAGES.values()
        if page.kind in ("model", "platform", "runtime") and page.id != "digits-detector"
    )


def written(page: Page) -> str:
    """Return a page as text, line by line."""
    lines = [page.title, page.sentence, page.fresh, page.old]
    lines += [f"{one.label}: {one.value} {one.unit} {one.detail}" for one in page.figures]
    for section in page.sections:
        lines += ["", f"## {section.title}", section.text]
        lines += [f"{fact.label}: {fact.text}" for fact in section.facts]
        if section.table is not None:
            lines.append(" | ".join(column.label for column in section.table.columns))
            for row in section.table.rows[:6]:
                lines.append(" | ".join(f"{e.text} {e.detail}".strip() for e in row.entries))
    return "\n".join(lines)


@pytest.mark.parametrize(
    "key",
    [("page", "changes"), ("release", OLD), ("release", NOW), ("runtime", "openvino")],
    ids="/".join,
)
def test_pages_say_what_they_said(key: tuple[str, str], snapshot: SnapshotAssertion) -> None:
    """Pages of releases, runtimes and changes are worded as agreed."""
    assert written(PAGES[key]) == snapshot


def test_a_release_that_nobody_measured_says_where_it_comes_from() -> None:
    """Releases of publications are named as that, with and without figures."""
    found = {p.id: p for p in pages(published_collection()) if p.kind == "release"}
    assert found
    assert all(page.group == "Transcribed from publications" for page in found.values())
    assert all("not measured by benchfolio" in page.sentence for page in found.values())
    assert all(page.sources and not page.fresh for page in found.values())


def test_every_loss_over_the_limit_is_on_the_page_of_its_release() -> None:
    """The list is not cut at the ten worst."""
    rows = table(PAGES["release", NOW], "over").rows
    over = [
        one
        for one in formats(TWO, {"release": NOW}, releases="all")
        if one.verdict == "over the limit"
    ]
    assert len(rows) == len(over)
    many = shifted(result_file("lab-xeon", NOW), points=_all_but_original)
    page = next(p for p in pages(collected(many)) if p.kind == "release")
    assert len(table(page, "over").rows) > 10


def _all_but_original(cell: Cell) -> float:
    return 0.0 if cell.precision is Precision.FP32 else -30.0
