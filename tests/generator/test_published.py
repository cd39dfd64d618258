"""Transcribed figures: kept apart from measured ones, marked, and read by one convention."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from factory import portfolio, published_collection, result_file
from syrupy.assertion import SnapshotAssertion

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import load_definitions, parse
from benchfolio.generator.figures import chart
from benchfolio.generator.losses import find_losses
from benchfolio.generator.merge import merge
from benchfolio.generator.pages import overview, pages, table_pages
from benchfolio.generator.quality import Where
from benchfolio.generator.tables import build
from benchfolio.generator.view import Entry, Page, Table
from benchfolio.generator.writers import to_json, to_markdown
from benchfolio.results import (
    Cell,
    Claim,
    Origin,
    Platform,
    Precision,
    Processor,
    Publication,
    ResultFile,
    Scenario,
    State,
    Value,
)

DEFINITIONS = load_definitions()
PUBLISHED = published_collection()
"""What this repository carries of published pages; everything measured in it is left out below."""
TRANSCRIBED = {"origin": "transcribed"}


def table(id_: str, where: Where | None = None, collection: Collection = PUBLISHED) -> Table:
    """Build a packaged table."""
    return build(DEFINITIONS[id_], collection, where)


def rows(found: Table, *texts: str) -> list[Mapping[str, Entry]]:
    """Return entries by column id, of the rows that show all these texts."""
    named = [
        dict(zip((column.id for column in found.columns), row.entries, strict=True))
        for row in found.rows
    ]
    return [row for row in named if {entry.text for entry in row.values()} >= set(texts)]


def page_of(collection: Collection, kind: str, id_: str) -> Page:
    """Return one page."""
    found = pages(collection, DEFINITIONS)
    return next(page for page in found if (page.kind, page.id) == (kind, id_))


def transcribed(
    *cells: Cell, platform: Platform | None = None, tested: str | None = "2022-09-24"
) -> ResultFile:
    """Return a small file of transcribed cells."""
    file = result_file()
    publication = Publication(title="A page", tested=tested)
    return msgspec.structs.replace(
        file,
        cells=cells,
        artefacts={},
        acceptance={},
        software={},
        suite=None,
        release="a-page",
        platform=platform or Platform(id="named", label="Named", processor=Processor(name="CPU X")),
        origin=Origin(kind="transcribed", publication=publication),
    )


def cell(
    values: dict[str, Value],
    *,
    precision: Precision = Precision.INT8,
    claims: tuple[Claim, ...] = (),
) -> Cell:
    """Return an accuracy cell of one model."""
    return Cell(
        model="digits-resnet",
        scenario=Scenario.ACCURACY,
        precision=precision,
        recipe="original" if precision is Precision.FP32 else "nncf-ptq",
        runtime="openvino",
        device="CPU",
        state=State.OK,
        values=values,
        claims=claims,
    )


def accuracy(printed: str, unit: str = "%") -> dict[str, Value]:
    """Return a printed accuracy."""
    return {"accuracy@top1": Value(value=float(printed), unit=unit, printed=printed)}


def both(int8: str, fp32: str, *claims: Claim) -> Collection:
    """Return an INT8 and an FP32 accuracy as published."""
    return merge(
        [
            (
                "a.json",
                transcribed(
                    cell(accuracy(fp32), precision=Precision.FP32),
                    cell(accuracy(int8), claims=claims),
                ),
            )
        ]
    )


def relative(printed: str) -> Claim:
    """Return a relative change as published, in per cent."""
    return Claim(
        figure="relative-change",
        metric="accuracy@top1",
        value=float(printed.rstrip("%")),
        unit="%",
        printed=printed,
    )


@pytest.mark.parametrize(
    "id_", ["published-pruning", "published-distillation", "published-portability"]
)
def test_golden_published_tables(id_: str, snapshot: SnapshotAssertion) -> None:
    """Pruning, distillation and portability look as they did, to the last digit."""
    assert to_markdown(table(id_)) == snapshot


@pytest.mark.parametrize("id_", sorted(DEFINITIONS))
def test_no_measured_table_shows_a_transcribed_figure(id_: str) -> None:
    """Tables of measured results are the same with and without transcribed files beside them."""
    if DEFINITIONS[id_].origin != "measured":
        return
    files = portfolio()
    mixed = merge([*files, ("z.json", transcribed(cell(accuracy("12.34"))))])
    with_them, without = (table(id_, collection=found) for found in (mixed, merge(files)))
    assert with_them.rows == without.rows
    assert with_them.mark == ""


@pytest.mark.parametrize("id_", sorted(name for name in DEFINITIONS if "published" in name))
def test_every_transcribed_table_says_so_above_its_rows(id_: str) -> None:
    """The mark names the publication, and with figures the day and that nobody measured here."""
    found = table(id_)
    assert found.rows
    assert found.mark.startswith("Transcribed from “")
    if DEFINITIONS[id_].about == "results":
        assert found.mark.endswith("not measured by benchfolio.")
        assert "tested 2022-09-24" in found.mark or "no test date stated" in found.mark


def test_a_table_of_any_origin_says_that_some_figures_are_transcribed() -> None:
    """Who asks for a mixture gets it marked."""
    text = "id: m\ntitle: M\norigin: any\nrows: [model]\nvalues: [{metric: accuracy@top1}]\n"
    mixed = merge([*portfolio(), ("z.json", transcribed(cell(accuracy("12.34"))))])
    assert build(parse(text, "m.yaml"), mixed).mark.startswith("Some figures are transcribed")


def test_the_overview_speaks_of_measured_results_only() -> None:
    """A transcribed loss of 80 points is neither the worst drop nor in any key figure."""
    files = portfolio()
    low = transcribed(cell(accuracy("90.00"), precision=Precision.FP32), cell(accuracy("10.00")))
    mixed = overview(merge([*files, ("z.json", low)]), DEFINITIONS)
    alone = overview(merge(files), DEFINITIONS)
    assert mixed.figures == alone.figures
    assert "transcribed from “A page”" in mixed.sentence
    assert {"publications"} == {s.id for s in mixed.sections} - {s.id for s in alone.sections}


def test_without_measured_results_the_overview_says_so() -> None:
    """No published figure steps in for a measurement that is missing."""
    page = overview(merge([("a.json", transcribed(cell(accuracy("90.00"))))]), DEFINITIONS)
    assert page.sentence.startswith("No measured results yet.")
    assert page.figures[0].value == "0"
    assert {"gains", "worst"} <= set(page.empty)


@pytest.mark.parametrize(
    ("published", "beside"),
    [("-0.42%", "published as -0.42%"), ("-0.30%", ""), ("-0.31%", ""), ("-0.33%", "published as")],
)
def test_a_published_ratio_is_shown_only_where_it_contradicts(published: str, beside: str) -> None:
    """What rounding of the ratio and of both values explains is not repeated."""
    found = table("published-quantisation", collection=both("99.70", "100.00", relative(published)))
    (row,) = rows(found)
    assert row["relative-change-quality"].text == "−0.30"
    assert row["relative-change-quality"].detail.startswith(beside)
    assert bool(row["relative-change-quality"].detail) is bool(beside)


def test_a_difference_keeps_the_digits_of_both_values() -> None:
    """91.34 against 90.7 is a change of −0.64, not of −0.6."""
    found = table("published-quantisation", collection=both("90.7", "91.34"))
    (row,) = rows(found)
    assert row["change-quality"].text == "−0.64"


def test_a_shifted_row_is_not_compared() -> None:
    """Where a throughput is printed as a ratio, nothing is computed from its row; all is shown."""
    found = table("published-quantisation", {"runtime": "mxnet"})
    assert len(found.rows) == 9
    for row in rows(found):
        for name in ("change-quality", "relative-change-quality", "gain-throughput"):
            assert row[name].text == "not comparable"
            assert "shifted against its header" in row[name].tip
            assert row[name].raw is None
    (row,) = rows(found, "inception v3")
    printed = [row[name].detail for name in ("quality", "baseline-quality", "throughput")]
    assert printed == ["printed 77.65%", "printed 0.16%", "printed 58.046"]
    assert row["baseline-throughput"].detail == "printed 1.62x"


def test_every_quantised_row_is_there() -> None:
    """Each published pair of INT8 and FP32 has a row, whatever its framework."""
    counts = {"tensorflow": 44, "pytorch": 47, "ipex": 4, "onnxruntime": 71, "mxnet": 9}
    for runtime, count in counts.items():
        assert len(table("published-quantisation", {"runtime": runtime}).rows) == count


def test_what_never_varies_is_told_in_the_notes() -> None:
    """Load and test date need no column where each row would say the same."""
    found = table("published-quantisation", {"runtime": "tensorflow"})
    assert {"load", "date"}.isdisjoint(column.id for column in found.columns)
    assert "load 1s4c8ins1bs; test date 2022-09-24" in found.notes[0]
    assert "runtime version 2.11.0" in found.notes[0]


def test_pending_distillation_is_pending() -> None:
    """What a publication announces without a figure is a state with its reason."""
    (row,) = rows(table("published-distillation"), "BiLSTM")
    entry = row["distributed.quality"]
    assert (entry.text, entry.tip) == ("pending", "WIP")
    assert row["baseline-quality"].text == "0.8314"
    assert row["teacher-quality"].text == "0.9403"
    assert row["one-machine.change-quality"].text == "+0.0734"


def test_the_machine_that_differs_is_named() -> None:
    """7.26 points from the median of three others that agree stand apart; 0.2 do not."""
    found = table("published-portability")
    (row,) = rows(found, "mobilenet v2")
    assert "AWS c6a.2xlarge (AMD) −7.26\u202fpoints" in row["apart"].text
    assert rows(found, "SSD")[0]["apart"].text == "no"
    assert any("Instruction sets are not stated for: AWS c6a" in note for note in found.notes)


def test_the_instruction_sets_that_a_machine_lacks_are_named() -> None:
    """Where machines state what they have, the one apart is told with what it lacks."""
    files = []
    for name, isa, value in (
        ("a", ("AVX2",), "60.00"),
        ("b", ("AVX2", "VNNI"), "70.00"),
        ("c", ("AVX2", "VNNI"), "70.10"),
    ):
        platform = Platform(id=name, label=name.upper(), processor=Processor(name="X", isa=isa))
        files.append((f"{name}.json", transcribed(cell(accuracy(value)), platform=platform)))
    (row,) = rows(table("published-portability", collection=merge(files)))
    assert row["apart"].text == "A −10.05\u202fpoints"
    assert row["apart"].detail == "without VNNI"


def test_all_published_workloads_are_listed_once() -> None:
    """A model of the same name in another publication neither hides nor renames a workload."""
    found = table("published-workloads")
    assert len(found.rows) == 20
    (row,) = rows(found, "bert-base-cased")
    assert (row["source"].text, row["input_size"].text) == ("BERT", "128")
    assert row["task"].text == "question answering"


def test_a_place_holder_is_no_machine() -> None:
    """Publications that state no machine add none: no page, no row, no link."""
    machines = {page.id for page in pages(PUBLISHED, DEFINITIONS) if page.kind == "platform"}
    assert {"no-machine", "not-stated"}.isdisjoint(machines)
    assert "xeon-8380" in machines
    listed = {row.entries[0].text for row in table("published-platforms").rows}
    assert "Machine not stated" not in listed


def test_a_measured_machine_of_which_nothing_is_told_has_a_page() -> None:
    """Who measures need not describe the machine to find it on the site."""
    file = msgspec.structs.replace(result_file(), platform=Platform(id="bare", label="Bare"))
    assert page_of(merge([("a.json", file)]), "platform", "bare").title == "Bare"


def test_a_model_of_which_only_drops_are_published_says_that() -> None:
    """The first sentence gives the drops as published and says that there is nothing behind."""
    page = page_of(PUBLISHED, "model", "resnet-50-pytorch")
    assert "INT8 loses 0.11 to 0.13 points of accuracy@top1 on 3 platforms" in page.sentence
    assert "the values behind these drops are not published" in page.sentence
    assert page.sentence.startswith("As published in “")


def test_a_platform_tells_how_many_comparisons_its_mean_is_over() -> None:
    """The mean is of the 71 rows of one runtime, not of all models that the machine ran."""
    sentence = page_of(PUBLISHED, "platform", "xeon-8380").sentence
    assert "117 models; INT8 on ONNX Runtime runs" in sentence
    assert sentence.endswith("(geometric mean of 71 comparisons).")


def test_a_loss_without_a_unit_is_not_called_one() -> None:
    """A perplexity that a publication lists as accuracy is neither lost nor won."""
    page = page_of(PUBLISHED, "model", "gpt-j-wikitext")
    assert "its loss of quality is not told: no unit is published" in page.sentence
    assert "worst published drop" not in {figure.label for figure in page.figures}


def test_models_are_listed_measured_first_then_by_publication() -> None:
    """Lists of models have a heading for what was measured and for each publication."""
    extra = transcribed(msgspec.structs.replace(cell(accuracy("90.00")), model="other"))
    models = {"other": msgspec.structs.replace(extra.models["tiny-lm"], name="A other")}
    mixed = merge([*portfolio(), ("z.json", msgspec.structs.replace(extra, models=models))])
    groups = [page.group for page in pages(mixed, DEFINITIONS) if page.kind == "model"]
    assert groups == ["Measured"] * 5 + ["Transcribed from “A page”"]


def test_tables_without_transcribed_figures_have_no_pages() -> None:
    """A site of measured results is not littered with empty pages for what others published."""
    names = {page.id for page in table_pages(merge(portfolio()), DEFINITIONS)}
    assert not [name for name in names if name.startswith("published-")]
    assert "accuracy-drop" in names


def test_losses_of_both_origins_are_never_put_together() -> None:
    """Measured and transcribed losses of one task and format are two medians, with two counts."""
    low = transcribed(cell(accuracy("90.00"), precision=Precision.FP32), cell(accuracy("50.00")))
    mixed = merge([*portfolio(), ("z.json", low)])
    found = table("task-summary", {"task": "image-classification"}, mixed)
    (row,) = rows(found, "INT8")
    assert row["transcribed_median"].raw == pytest.approx(40.0)
    assert row["transcribed_n"].raw == 1
    assert row["measured_worst"].raw == pytest.approx(0.6)
    assert row["measured_n"].raw == 6


def test_published_drops_count_where_their_values_are_missing() -> None:
    """The summary takes 13 models on 3 platforms whose drops alone are published."""
    where = {"publication": "Model Accuracy and Performance for INT8 and FP32"}
    losses = find_losses(PUBLISHED, where, "transcribed")
    assert sum(map(len, losses.by.values())) == 39
    drawn = chart("drop-by-task", PUBLISHED, DEFINITIONS, TRANSCRIBED)
    assert any(bar.value is not None for group in drawn.groups for bar in group.bars)


def test_what_the_summary_leaves_out_is_counted() -> None:
    """Figures without a unit or without FP32 are told, not dropped."""
    losses = find_losses(PUBLISHED, {}, "transcribed")
    assert losses.unstated > 0
    assert losses.refused > 0
    assert f"{losses.refused} without a comparable FP32" in table("task-summary").notes[0]


def test_downloads_carry_the_mark() -> None:
    """A table that leaves the site still says that nobody measured it here."""
    found = table("published-pruning")
    assert found.mark in to_markdown(found)
    assert f'"mark": "{found.mark}"' in to_json(found)
    assert '"mark"' not in to_json(table("platforms", collection=merge(portfolio())))
