"""Tables: every cell says something true, whatever became of its measurement."""

from __future__ import annotations

import msgspec
import pytest
from factory import portfolio, published_collection, result_file, with_loadgen
from syrupy.assertion import SnapshotAssertion

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import Definition, load_definitions, parse
from benchfolio.generator.merge import merge
from benchfolio.generator.quality import Where
from benchfolio.generator.tables import build
from benchfolio.generator.view import Entry, Link, Table
from benchfolio.generator.writers import to_markdown
from benchfolio.results import (
    Cell,
    Claim,
    Load,
    Origin,
    Precision,
    Publication,
    ResultFile,
    State,
    Value,
)

COLLECTION = merge(portfolio())
DEFINITIONS = load_definitions()
PUBLISHED = published_collection()


def table(id_: str, where: Where | None = None, collection: Collection = COLLECTION) -> Table:
    """Build a packaged table."""
    return build(DEFINITIONS[id_], collection, where)


def cells_of(found: Table, *names: str) -> list[dict[str, Entry]]:
    """Return entries by column id, of the rows that show all these texts."""
    rows = []
    for row in found.rows:
        texts = {entry.text for entry in row.entries}
        if texts >= set(names):
            entries = zip(found.columns, row.entries, strict=True)
            rows.append({column.id: entry for column, entry in entries})
    return rows


def one(found: Table, *names: str) -> dict[str, Entry]:
    """Return the one row that shows all these texts."""
    (row,) = cells_of(found, *names)
    return row


@pytest.mark.parametrize("id_", ["accuracy-drop", "validated-models", "coverage", "states"])
def test_golden_tables_of_two_models(id_: str, snapshot: SnapshotAssertion) -> None:
    """The tables of two models look as they did; ``pytest --snapshot-update`` accepts a change."""
    assert to_markdown(table(id_, {"model": ["digits-resnet", "tiny-lm"]})) == snapshot


def test_golden_precision_comparison(snapshot: SnapshotAssertion) -> None:
    """The comparison of one model's formats on one platform looks as it did."""
    where = {"model": "digits-resnet", "platform": "lab-xeon"}
    assert to_markdown(table("precision-comparison", where)) == snapshot


@pytest.mark.parametrize("id_", sorted(DEFINITIONS))
def test_no_entry_is_ever_blank(id_: str) -> None:
    """Every entry has a text; what has no value has a state and a reason."""
    transcribed = DEFINITIONS[id_].origin == "transcribed" or id_ == "publications"
    special = {"loadgen": merge([("2026.2/lab-xeon.json", with_loadgen(result_file()))])}
    found = table(id_, collection=special.get(id_, PUBLISHED if transcribed else COLLECTION))
    assert found.rows
    for row in found.rows:
        assert len(row.entries) == len(found.columns)
        for entry in row.entries:
            assert entry.text.strip()
            assert entry.text.lower() not in ("nan", "none", "0.0%", "inf")
            assert entry.state == "ok" or entry.tip or entry.text == entry.state


@pytest.mark.parametrize("id_", sorted(DEFINITIONS))
def test_anchors_and_columns_are_unique(id_: str) -> None:
    """Rows can be linked to and columns be told apart."""
    transcribed = DEFINITIONS[id_].origin == "transcribed"
    found = table(id_, collection=PUBLISHED if transcribed else COLLECTION)
    anchors = [row.anchor for row in found.rows]
    assert len(set(anchors)) == len(anchors)
    ids = [column.id for column in found.columns]
    assert len(set(ids)) == len(ids)


def test_each_state_is_a_word_with_its_reason() -> None:
    """Failed, unsupported, skipped, withheld and pending cells say so in place of the number."""
    found = table("precision-comparison", {"model": "hostile"})
    seen = {entry.state: entry for row in found.rows for entry in row.entries}
    for state in ("failed", "unsupported", "skipped", "withheld", "pending"):
        assert seen[state].text == state
        assert seen[state].raw is None
    assert seen["failed"].tip == "Exception: FakeConvert <unsupported>"
    assert seen["pending"].tip == "pending, no reason stated"


def test_what_was_never_planned_is_a_dash() -> None:
    """A platform that has no such format shows a dash with ``not planned``."""
    file = result_file("desk-core")
    fewer = tuple(cell for cell in file.cells if cell.precision is not Precision.INT8)
    files = [("a.json", result_file()), ("b.json", msgspec.structs.replace(file, cells=fewer))]
    found = table("accuracy-drop", {"model": "digits-resnet"}, merge(files))
    row = one(found, "INT8", "NNCF PTQ", "OpenVINO")
    entry = row["desk-core-2026-2.drop-quality"]
    assert (entry.text, entry.state, entry.tip) == ("–", "none", "not planned")
    assert row["lab-xeon-2026-2.drop-quality"].raw == pytest.approx(0.3)


def test_a_drop_has_unit_formula_interval_and_tip() -> None:
    """A derived column says how it was computed, and each figure from what."""
    where = {"model": "digits-resnet", "precision": "INT8"}
    found = table("accuracy-drop", where)
    column = next(c for c in found.columns if c.id == "lab-xeon-2026-2.drop-quality")
    assert (column.unit, column.formula, column.better) == ("points", "FP32 − INT8", "lower")
    assert column.group == "Xeon Platinum 8380 · 2026.2"
    entry = one(found, "NNCF PTQ")["lab-xeon-2026-2.drop-quality"]
    assert entry.text == "0.3"
    assert entry.detail == "−1.7 to 2.4"
    assert "98.31 against 98.61" in entry.tip
    assert "n = 360" in entry.tip


def test_all_numbers_of_a_column_have_the_same_decimals() -> None:
    """One number of decimals per column, of values and of their difference."""
    found = table("validated-models", {"model": ["digits-resnet", "names-encoder"]})
    for index, column in enumerate(found.columns):
        texts = [row.entries[index] for row in found.rows]
        places = {
            len(entry.text.partition(".")[2]) for entry in texts if isinstance(entry.raw, float)
        }
        assert not column.numeric or len(places) == 1, column.id


def test_metrics_of_several_units_state_the_unit_in_each_cell() -> None:
    """A column of accuracies and perplexities cannot be read in the wrong unit."""
    found = table("precision-comparison", {"platform": "lab-xeon"})
    column = next(c for c in found.columns if c.id == "quality")
    assert column.unit == ""
    accuracy = one(found, "Digits ResNet-8", "BF16")["quality"]
    assert accuracy.text.endswith("\u202f%")
    assert accuracy.unit == "%"
    assert one(found, "Tiny LM", "BF16")["quality"].text == "23.41"


def test_a_verdict_follows_the_limit_of_the_task() -> None:
    """Within the limit is acceptable, beyond is not, and without a limit nobody judges."""
    found = table("precision-comparison", {"platform": "lab-xeon"})
    verdicts = {
        "INT8": one(found, "Digits ResNet-8", "INT8", "OpenVINO"),
        "FP8": one(found, "Digits ResNet-8", "FP8-E4M3"),
        "text": one(found, "Names encoder", "INT8", "ONNX Runtime"),
        "lm": one(found, "Tiny LM", "INT8", "OpenVINO"),
        "failed": one(found, "<script>alert(1)</script>", "FP8-E4M3"),
        "base": one(found, "Digits ResNet-8", "FP32", "OpenVINO"),
    }
    words = {name: row["verdict"].text for name, row in verdicts.items()}
    assert words == {
        "INT8": "acceptable, fastest",
        "FP8": "over the limit",
        "text": "over the limit",
        "lm": "not judged",
        "failed": "not judged",
        "base": "baseline",
    }
    assert verdicts["FP8"]["drop-quality"].tone == "bad"
    assert verdicts["FP8"]["gain-throughput"].tone == "bad"
    assert verdicts["INT8"]["verdict"].tone == "good"
    assert "limit" in verdicts["lm"]["verdict"].tip


def test_one_format_of_each_model_and_platform_is_the_fastest() -> None:
    """Among acceptable formats exactly one is marked, and none is faster."""
    found = table("precision-comparison", {"model": "digits-resnet"})
    for platform in ("Xeon Platinum 8380", "Core i9-12900K"):
        rows = cells_of(found, platform)
        good = [row for row in rows if row["verdict"].raw in ("acceptable", "baseline")]
        fast = [row for row in good if "fastest" in row["verdict"].text]
        assert len(fast) == 1
        speeds = [row["throughput"].raw for row in good]
        assert fast[0]["throughput"].raw == max(s for s in speeds if isinstance(s, float))


def test_of_several_configurations_the_best_is_shown_and_said() -> None:
    """Two loads of one format give the better figure, and the tip names what was chosen."""
    file = result_file()
    cell = next(c for c in file.cells if "throughput" in c.values)
    more = msgspec.structs.replace(
        cell, load=Load(instances=8), values={"throughput": Value(value=99999.0, unit="1/s")}
    )
    collection = merge([("a.json", msgspec.structs.replace(file, cells=(*file.cells, more)))])
    found = table("performance", {"model": cell.model}, collection)
    entry = next(e for row in found.rows for e in row.entries if e.raw == 99999.0)
    assert "best of 2 configurations: load 8ins1bs" in entry.tip


def test_where_pins_a_field_it_needs_no_column() -> None:
    """On a model's page its name is not repeated in every row."""
    found = table("precision-comparison", {"model": "tiny-lm", "platform": ["lab-xeon"]})
    assert [column.id for column in found.columns if column.heading] == [
        "runtime",
        "precision",
        "recipe",
    ]


def test_optional_fields_are_told_once_instead_of_in_every_row() -> None:
    """A field that never varies moves into the notes."""
    found = table("precision-comparison", {"platform": "lab-xeon"})
    assert "device" not in [column.id for column in found.columns]
    assert "ONNX Runtime on CPUExecutionProvider and OpenVINO on CPU" in found.notes[0]
    assert "release 2026.2" in found.notes[0]


def test_rows_and_names_lead_to_their_pages() -> None:
    """Models, platforms and data sets are links; an address that is not http is not."""
    row = one(table("accuracy-drop", {"precision": "INT8"}), "Digits ResNet-8", "NNCF PTQ")
    assert row["model"].link == Link("model", "digits-resnet")
    assert row["dataset"].link == Link("dataset", "digits")
    links = {
        row["id" if "id" in row else "model"].raw: row["link"]
        for row in cells_of(table("workloads"))
    }
    assert links["hostile"].link is None
    assert links["names-encoder"].link == Link("url", "https://example.org/names")


def test_only_what_matches_is_in_sources() -> None:
    """A table names the files that its figures come from, and no others."""
    found = table("performance", {"platform": "lab-xeon"})
    assert found.sources == ("2026.2/lab-xeon.json",)


def test_a_definition_can_ask_for_other_releases() -> None:
    """A table may show all releases, or a stated one, side by side."""
    text = (
        "id: h\ntitle: H\nreleases: all\nfilter: {precision: INT8, scenario: throughput}\n"
        "rows: [model, runtime]\ncolumns: [platform, release]\nvalues: [{metric: throughput}]\n"
    )
    found = build(parse(text, "h.yaml"), COLLECTION)
    groups = [column.group for column in found.columns if column.numeric]
    assert "Xeon Platinum 8380 · 2026.1" in groups
    assert "Xeon Platinum 8380 · 2026.2" in groups


def test_sorting_puts_what_is_missing_last() -> None:
    """Rows can be sorted by a value, either way, and holes never come first."""
    base = DEFINITIONS["precision-comparison"]
    for sort in ("throughput", "-throughput"):
        definition: Definition = msgspec.structs.replace(base, sort=[sort])
        found = build(definition, COLLECTION, {"model": "digits-resnet"})
        raws = [row["throughput"].raw for row in cells_of(found)]
        numbers = [raw for raw in raws if isinstance(raw, float)]
        assert raws[: len(numbers)] == numbers
        assert numbers == sorted(numbers, reverse=sort.startswith("-"))


def published() -> ResultFile:
    """Return a file whose only figure is a drop as a publication states it."""
    file = result_file()
    claim = Claim(figure="drop", metric="accuracy@top1", value=0.5, unit="points", printed="0.50")
    cell = Cell(
        model="digits-resnet",
        scenario=next(c for c in file.cells if c.dataset).scenario,
        precision=Precision.INT8,
        recipe="nncf-ptq",
        runtime="openvino",
        device="CPU",
        dataset="digits",
        state=State.OK,
        claims=(claim,),
    )
    origin = Origin(kind="transcribed", publication=Publication(title="A page"))
    return msgspec.structs.replace(file, cells=(cell,), origin=origin, artefacts={})


def test_a_published_drop_without_its_values_is_carried() -> None:
    """A figure that cannot be derived is shown as published, digit for digit, and said to be."""
    found = table("published-accuracy-drop", collection=merge([("a.json", published())]))
    (row,) = cells_of(found, "Digits ResNet-8")
    entry = row["lab-xeon-cpu-2026-2.drop-quality"]
    assert entry.text == "0.50"
    assert "as published" in entry.tip


def test_nothing_that_matches_is_an_empty_table_that_says_so() -> None:
    """A filter without matches gives a table with its columns and a note."""
    found = table("accuracy-drop", {"model": "no-such"})
    assert found.rows == ()
    assert "No results match." in found.notes


def test_a_metric_that_all_rows_share_is_told_once() -> None:
    """Where every model is judged by one metric the notes name it; else it has a column."""
    ids = {column.id: column for column in table("precision-comparison").columns}
    assert "metric" in ids
    alone = table("precision-comparison", {"model": "digits-resnet"})
    assert "metric" not in {column.id for column in alone.columns}
    assert "metric accuracy@top1" in alone.notes[0]
