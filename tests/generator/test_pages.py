"""Pages, charts and single values: what they say follows from the results, and agrees."""

from __future__ import annotations

import msgspec
import pytest
from factory import MODELS, PLATFORMS, RELEASES, portfolio, result_file

from benchfolio.generator.definitions import load_definitions
from benchfolio.generator.figures import CHARTS, chart, gain_chart
from benchfolio.generator.formats import formats
from benchfolio.generator.losses import find_losses
from benchfolio.generator.merge import merge
from benchfolio.generator.pages import overview, pages, system_summary
from benchfolio.generator.tables import build
from benchfolio.generator.values import value
from benchfolio.generator.view import Page, Section
from benchfolio.results import Precision, State, WrongUsage

COLLECTION = merge(portfolio())
DEFINITIONS = load_definitions()
PAGES = {(page.kind, page.id): page for page in pages(COLLECTION, DEFINITIONS)}


def section(page: Page, id_: str) -> Section:
    """Return one section."""
    return next(found for found in page.sections if found.id == id_)


def test_everything_that_is_described_has_a_page() -> None:
    """Each model, platform, data set, runtime and release has one page, named by its id."""
    expected = {("model", id_) for id_ in MODELS} | {("platform", id_) for id_ in PLATFORMS}
    assert expected <= set(PAGES)
    expected |= {("release", id_) for id_ in RELEASES}
    expected |= {("runtime", "openvino"), ("runtime", "onnxruntime"), ("page", "changes")}
    assert expected <= set(PAGES)
    assert {kind for kind, _ in PAGES} - {"dataset"} == {kind for kind, _ in expected}


def test_a_model_page_opens_with_its_answer() -> None:
    """The first sentence names the best format, its gain, its loss and the limit."""
    alone = merge([("2026.2/lab-xeon.json", result_file())])
    found = next(page for page in pages(alone, DEFINITIONS) if page.id == "digits-resnet")
    assert found.sentence.replace("\u202f", " ") == (
        "INT8 on OpenVINO runs 2.10× as fast as FP32 and loses 0.3 points of accuracy@top1, "
        "within the limit of 1."
    )


def test_without_a_limit_the_sentence_says_so() -> None:
    """Nothing is called acceptable when nobody stated what is."""
    assert "no limit is stated" in PAGES["model", "tiny-lm"].sentence


def test_a_model_without_results_says_so() -> None:
    """A model of which everything failed gets a true sentence and no chart."""
    file = result_file()
    cells = tuple(
        msgspec.structs.replace(
            cell, state=State.FAILED, reason="no engine", values={}, executed={}, settings={}
        )
        for cell in file.cells
    )
    collection = merge([("a.json", msgspec.structs.replace(file, cells=cells))])
    page = next(p for p in pages(collection, DEFINITIONS) if p.id == "digits-resnet")
    assert page.sentence.endswith("0 of 18 planned cells have a value.")
    assert {"gain", "tradeoff"}.isdisjoint(found.id for found in page.sections)
    assert section(page, "states").table is not None


def test_a_page_tells_how_to_reproduce_its_numbers() -> None:
    """Commands, settings, executed precisions, recipes, artefacts and data are all there."""
    page = PAGES["model", "digits-resnet"]
    how = section(page, "how")
    assert how.folded
    told = " ".join(f"{fact.label} {fact.text}" for fact in how.facts)
    assert "benchfolio run suite.yaml --only digits-resnet/INT8" in told
    assert "INFERENCE_NUM_THREADS=2" in told
    assert "INT8: 18 layers (93 % of the time), FP32: 3 layers" in told
    assert "calibrated on 300 samples of digits train" in told
    assert any("sha256" in fact.text for fact in section(page, "artefacts").facts)
    assert any("360 samples" in fact.text for fact in section(page, "data").facts)
    assert page.sources == (
        "2026.1/arm-board.json",
        "2026.2/desk-core.json",
        "2026.2/lab-xeon.json",
    )


@pytest.mark.parametrize("key", sorted(PAGES))
def test_no_part_of_a_page_is_empty(key: tuple[str, str]) -> None:
    """Sections, figures and facts that have nothing to say are not there."""
    page = PAGES[key]
    assert page.sentence
    assert len(page.figures) <= 4
    for found in page.sections:
        assert found.text or found.facts or found.chart or (found.table and found.table.rows)
        assert all(fact.text and fact.label for fact in found.facts)


def test_the_system_summary_is_made_from_the_platform() -> None:
    """Day, processor, cores, memory, system and versions, without a word typed by hand."""
    text = system_summary(COLLECTION, "lab-xeon")
    assert text.startswith("Tested on 2026-05-30: 2 × Intel Xeon Platinum 8380, 80 cores")
    assert "512\u202fGiB memory" in text
    assert "openvino 2026.0.0" in text
    assert "1c2ins1bs" in text
    assert "None" not in system_summary(COLLECTION, "arm-board")


def test_what_the_owner_withholds_is_named() -> None:
    """A reader sees that something was withheld, and what."""
    facts = section(PAGES["platform", "arm-board"], "facts").facts
    assert any(fact.text == "system.hypervisor" for fact in facts)


def test_the_overview_counts_and_ranks() -> None:
    """States add up, geometric means are between their extremes, the worst drop comes first."""
    page = overview(COLLECTION, DEFINITIONS)
    states = section(page, "states").table
    assert states is not None
    counted = sum(e.raw for row in states.rows for e in row.entries if isinstance(e.raw, float))
    assert counted == len(COLLECTION.select())
    worst = section(page, "worst").table
    assert worst is not None
    assert worst.rows[0].entries[0].text == "Names encoder"
    gains = section(page, "gains").table
    assert gains is not None
    for row in gains.rows:
        mean, least, most = (entry.raw for entry in row.entries[-3:])
        assert isinstance(mean, float)
        assert isinstance(least, float)
        assert isinstance(most, float)
        assert least <= mean * (1 + 1e-9)
        assert mean <= most * (1 + 1e-9)


def test_a_chart_shows_the_figures_of_its_table() -> None:
    """Bars have the values, texts and order of the table they are drawn from."""
    table = build(DEFINITIONS["precision-comparison"], COLLECTION, {"model": "digits-resnet"})
    drawn = gain_chart(table)
    at = [column.id for column in table.columns].index("gain-throughput")
    rows = [row.entries[at] for row in table.rows if row.entries[at].text != "baseline"]
    bars = [bar for group in drawn.groups for bar in group.bars]
    assert [bar.value for bar in bars] == [
        entry.raw if isinstance(entry.raw, float) else None for entry in rows
    ]
    assert all(bar.text.startswith(entry.text) for bar, entry in zip(bars, rows, strict=True))
    assert drawn.reference == 1.0


def test_what_is_missing_is_drawn_as_missing() -> None:
    """A bar without a value says its state and reason; it is never 0."""
    drawn = chart("gain", COLLECTION, DEFINITIONS, {"model": "hostile"})
    missing = [bar for group in drawn.groups for bar in group.bars if bar.value is None]
    assert {bar.text for bar in missing} == {
        "failed",
        "pending",
        "skipped",
        "unsupported",
        "withheld",
    }
    assert all(bar.tip for bar in missing)


def test_nothing_beats_the_front_in_both() -> None:
    """Points of the front are exactly those that no other point dominates."""
    points = chart("tradeoff", COLLECTION, DEFINITIONS, {}).points
    assert points
    for point in points:
        beaten = any(
            other.x >= point.x and other.y <= point.y and (other.x, other.y) != (point.x, point.y)
            for other in points
        )
        assert point.front is not beaten


def test_the_limit_is_drawn_only_where_it_holds_for_all() -> None:
    """One model's limit is a line; several tasks with several limits have none."""
    assert chart("tradeoff", COLLECTION, DEFINITIONS, {"model": "digits-resnet"}).limit == 1.0
    assert chart("tradeoff", COLLECTION, DEFINITIONS, {}).limit is None


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_can_be_drawn_of_nothing(name: str) -> None:
    """A filter that matches nothing gives an empty chart, not an error."""
    drawn = chart(name, COLLECTION, DEFINITIONS, {"model": "none"})
    assert drawn.points == ()
    assert all(not group.bars for group in drawn.groups)


def test_losses_by_task_leave_out_other_units() -> None:
    """Points and perplexities are never put into one median."""
    losses = find_losses(COLLECTION, {}, "measured")
    assert ("language-modelling", "INT8") not in losses.by
    (only,) = losses.by["image-classification", "FP8-E4M3"]
    assert only.points == pytest.approx(1.7)
    assert losses.unstated > 0


def test_an_unknown_chart_is_told_with_what_there_is() -> None:
    """The error names the charts."""
    with pytest.raises(WrongUsage, match="tradeoff"):
        chart("pie", COLLECTION, DEFINITIONS, {})


def test_formats_know_gain_loss_and_verdict() -> None:
    """Each format is one entry with the figures that speak for it."""
    found = formats(COLLECTION, {"model": "digits-resnet", "platform": "lab-xeon"})
    assert len(found) == 6
    fast = next(one for one in found if one.fastest)
    assert fast.key["precision"] == Precision.INT8.value
    assert fast.key["runtime"] == "openvino"


SELECTOR = "model=digits-resnet precision=INT8 runtime=openvino platform=lab-xeon"


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        ("metric=throughput derive=gain", "2.10×"),
        ("metric=quality derive=drop", "0.3\u202fpoints"),
        ("metric=accuracy@top1", "98.3\u202f%"),
        ("metric=accuracy@top1 of=baseline", "98.6\u202f%"),
        ("metric=latency@median", "1.476\u202fms"),
        ("metric=latency@median release=2026.1", "1.476\u202fms"),
        ("metric=throughput derive=relative-change", "+110\u202f%"),
    ],
)
def test_one_value_for_running_text(rest: str, text: str) -> None:
    """A selector gives the value with its unit, as the tables compute it."""
    found = value(COLLECTION, f"{SELECTOR} {rest}").text
    assert found.split("\u202f")[-1] == text.split("\u202f")[-1]
    assert found[:3] == text[:3]


def test_a_value_that_is_not_there_is_its_state() -> None:
    """Running text says ``unsupported`` rather than leaving a hole."""
    selector = "model=digits-resnet precision=BF16 platform=arm-board metric=throughput"
    found = value(COLLECTION, selector)
    assert (found.text, found.tip) == ("unsupported", "the device has no bfloat16")


@pytest.mark.parametrize(
    ("selector", "told"),
    [
        ("model=digits-resnet metric=throughput precision=INT8", "platform: arm-board, desk-core"),
        ("model=digits-resnt metric=throughput", "there is digits-detector, digits-resnet"),
        ("model=digits-resnet colour=red", "colour"),
        ("model=digits-resnet", "names no metric"),
        ("model='x", "quotation"),
        ("", "nothing"),
        (f"{SELECTOR} metric=throughput derive=profit", "profit"),
        (f"{SELECTOR} metric=perplexity", "no cell that matches has the metric"),
    ],
)
def test_a_wrong_selector_names_the_candidates(selector: str, told: str) -> None:
    """Ambiguous, empty and misspelled selectors say what would be right."""
    with pytest.raises(WrongUsage) as caught:
        value(COLLECTION, selector)
    assert told in str(caught.value)
