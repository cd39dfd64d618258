"""The static API: complete, documented, the same whatever the order, and equal to the tables."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from factory import HOSTILE, raced, result_file, with_loadgen
from publish.made import SITE, files, one_model, only, published
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from benchfolio.generator.measured import Measured
from benchfolio.generator.merge import merge
from benchfolio.generator.publish import Site, publish
from benchfolio.generator.publish.schemas import DOCUMENTS, attribute_texts, schemas
from benchfolio.generator.publish.types import Cell, Derived, Index, Measurements
from benchfolio.generator.render import Renderer
from benchfolio.results import (
    Kind,
    Origin,
    Publication,
    Scenario,
    State,
    cell_anchor,
    cell_id,
)

COLLECTION = merge(files())
FILES = published(files())
KINDS = {
    "releases": "release",
    "models": "model",
    "platforms": "platform",
    "datasets": "dataset",
    "runtimes": "runtime",
    "measurements": "measurements",
}


class Document(SingleFileSnapshotExtension):
    """One JSON file per snapshot, as it is published."""

    _write_mode = WriteMode.TEXT
    file_extension = "json"


def kind_of(path: str) -> str | None:
    """Return which kind of document a path of the API holds; ``None`` of what is no document."""
    parts = path.split("/")
    if parts[:2] != ["api", "v1"] or parts[2] == "schema" or not path.endswith(".json"):
        return None
    return KINDS.get(parts[2], parts[2].removesuffix(".json"))


def documents() -> list[tuple[str, str]]:
    """Return path and kind of every document."""
    return [(path, kind) for path in FILES if (kind := kind_of(path))]


def all_cells() -> list[tuple[Measurements, Cell]]:
    """Return every cell that is published, with its document."""
    found = [
        msgspec.json.decode(FILES[path], type=Measurements)
        for path, kind in documents()
        if kind == "measurements"
    ]
    return [(document, cell) for document in found for cell in document.cells]


def test_cells_of_one_model_are_published_as_they_were(snapshot: SnapshotAssertion) -> None:
    """Keys, values, derived figures, states, artefacts and commands have the agreed form."""
    made = publish(one_model(), SITE, Renderer())
    text = made["api/v1/measurements/2026.2/lab-xeon.json"].decode()
    assert text == snapshot(extension_class=Document)


def test_index_leads_to_every_document() -> None:
    """Whoever reads the index finds every other file; nothing it names is missing."""
    named = set(
        re.findall(r'"((?:api|badges)/[^"]+|feed\.xml)"', FILES["api/v1/index.json"].decode())
    )
    assert named == set(FILES) - {"api/v1/index.json"}


@pytest.mark.parametrize(("path", "kind"), documents())
def test_document_is_of_its_type(path: str, kind: str) -> None:
    """Every document is what its type says, and nothing in it is outside the type."""
    read = msgspec.json.decode(FILES[path], type=DOCUMENTS[kind])
    again = msgspec.json.format(msgspec.json.encode(read, order="sorted"), indent=1) + b"\n"
    assert again == FILES[path]


@pytest.mark.parametrize(("path", "kind"), documents())
def test_document_follows_its_schema(path: str, kind: str) -> None:
    """The published JSON Schema describes every key of every document, and requires no other."""
    schema = msgspec.json.decode(FILES[f"api/v1/schema/{kind}.json"])
    check(msgspec.json.decode(FILES[path]), schema, schema["$defs"], path)


Schema = dict[str, Any]
PLAIN: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def check(value: object, schema: Schema, types: Schema, where: str) -> None:
    """Hold a value against as much of JSON Schema as these schemas use."""
    if "$ref" in schema:
        schema = types[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        assert any(fits(value, option, types, where) for option in schema["anyOf"]), where
        return
    assert value in schema.get("enum", [value]), f"{where}: {value!r}"
    assert value == schema.get("const", value), f"{where}: {value!r}"
    if "type" in schema:
        assert isinstance(value, PLAIN[schema["type"]]), f"{where}: {value!r}"
    for name, inner, described in parts_of(value, schema):
        assert isinstance(described, dict), f"{where}: {name} is not described"
        check(inner, described, types, f"{where}.{name}")


def fits(value: object, schema: Schema, types: Schema, where: str) -> bool:
    """Tell whether a value follows a schema."""
    try:
        check(value, schema, types, where)
    except AssertionError:
        return False
    return True


def parts_of(value: object, schema: Schema) -> Iterator[tuple[str, object, object]]:
    """Yield what is inside a value, and the schema it has to follow."""
    if isinstance(value, dict):
        missing = set(schema.get("required", ())) - set(value)
        assert not missing, missing
        further = schema.get("additionalProperties", True)
        for name, inner in value.items():
            yield name, inner, schema.get("properties", {}).get(name, further)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield str(at), inner, schema.get("items", {})


def test_every_key_is_described() -> None:
    """No type and no key of the API is without a sentence on what it is."""
    of_contract = set(schemas()["results"]["$defs"]) | {"Metric", "Direction", "Kind"}
    plain = {"api", "id", "release", "platform", "model", "states", "label"}
    silent = []
    for name, schema in schemas().items():
        for type_, described in schema["$defs"].items():
            if name == "results" or type_ in of_contract - {"Cell", "Value"}:
                continue
            assert described.get("description"), type_
            assert "Attributes:" not in described["description"]
            if type_ in ("Key", "Schemas", "Best", "Metrics", "Recipes", "BadgeReference"):
                continue
            fields = described.get("properties", {})
            silent += [
                f"{type_}.{key}"
                for key, field in fields.items()
                if "description" not in field and key not in plain
            ]
    assert not silent


def test_attributes_of_a_docstring_become_descriptions() -> None:
    """A description goes on over indented lines and ends where the next attribute begins."""
    block = "    one: The first,\n        in two lines.\n    two: The second: last.\n"
    assert attribute_texts(block) == {"one": "The first, in two lines.", "two": "The second: last."}


def test_every_cell_is_there_once_with_its_key_and_state() -> None:
    """No planned cell is left out, also none without a value, and none is there twice."""
    expected = {
        cell_anchor(file.release, file.platform.id, cell): (
            file.release, file.platform.id, cell_id(cell), cell.state, cell.reason, cell.command,
        )
        for _, file in files()
        for cell in file.cells
    }  # fmt: skip
    found = [
        (cell.anchor, (doc.release, doc.platform, cell.id, cell.state, cell.reason, cell.command))
        for doc, cell in all_cells()
    ]
    assert len(found) == len(expected)
    assert dict(found) == expected


def figures(found: Measured, kind: Kind) -> dict[str, tuple[float | None, ...] | None]:
    """Return the derived figures of a value as the collection has them."""
    names = ["change", "relative", "drop" if kind is Kind.QUALITY else "gain"]
    if found.is_baseline or found.refusal:
        return dict.fromkeys(names)
    all_ = {
        name: tuple(getattr(found, name + end) for end in ("", "_low", "_high")) for name in names
    }
    return {name: None if ends[0] is None else ends for name, ends in all_.items()}


def test_every_figure_is_that_of_the_collection() -> None:
    """Values, intervals and derived figures are those that tables are made from, bit for bit."""
    cells = {cell.anchor: cell for _, cell in all_cells()}
    order = [cell for document in sorted_documents() for cell in document.cells]
    assert len(order) == len(COLLECTION)
    seen = 0
    for metric in COLLECTION.metric_ids():
        kind = COLLECTION.metric(metric).kind
        for at, found in COLLECTION.measured(metric, range(len(COLLECTION))).items():
            value = cells[order[at].anchor].values[metric]
            assert (value.value, value.unit, value.n) == (found.value, found.unit, found.n)
            assert value.within_noise == (found.is_within_noise and not found.is_baseline)
            assert value.noise_floor == found.floor
            assert (value.refusal.code if value.refusal else "") == found.refusal
            for name, ends in figures(found, kind).items():
                assert ends_of(getattr(value, name)) == ends, (metric, name)
            seen += 1
    assert seen == sum(len(cell.values) for cell in cells.values()) == len(COLLECTION.values)


def ends_of(derived: Derived | None) -> tuple[float | None, ...] | None:
    """Return value and ends of a derived figure."""
    return (derived.value, derived.low, derived.high) if derived else None


def sorted_documents() -> list[Measurements]:
    """Return the documents of cells in the order of a collection."""
    found = {
        (document.release, document.platform): document
        for path, kind in documents()
        if kind == "measurements"
        for document in [msgspec.json.decode(FILES[path], type=Measurements)]
    }
    return [found[key] for key in sorted(found)]


def test_gain_names_its_method_and_rounds() -> None:
    """A gain from rounds says over how many; one from intervals alone has no such number."""
    gains = {
        (doc.release, metric): value.gain
        for doc, cell in all_cells()
        for metric, value in cell.values.items()
        if value.gain
    }
    raced_gain, other = gains["2026.2", "throughput"], gains["2026.1", "throughput"]
    assert raced_gain.n == 24
    assert "rounds" in (raced_gain.method or "")
    assert other.n is None
    assert "independent" in (other.method or "")


def test_value_that_is_not_compared_says_why() -> None:
    """A refusal has a word for programs and a reason for people, and then nothing is derived."""
    file = result_file()
    kept = [cell for cell in file.cells if cell.precision.value != "FP32"]
    made = published([("a.json", msgspec.structs.replace(file, cells=tuple(kept)))])
    found = msgspec.json.decode(made["api/v1/measurements/2026.2/lab-xeon.json"], type=Measurements)
    values = [value for cell in found.cells for value in cell.values.values()]
    assert values
    assert {value.refusal.code for value in values if value.refusal} == {"no-baseline"}
    assert not [value for value in values if value.gain or value.drop or value.change]


def test_acceptance_and_calm_stand_beside_the_figures() -> None:
    """A reader learns what is said of a format and of the machine without computing either."""
    words = {cell.acceptance for _, cell in all_cells()}
    assert words == {"baseline", "acceptable", "over the limit", "not judged"}
    quiet = [cell for doc, cell in all_cells() if doc.release == "2026.2" and cell.values]
    assert all(cell.verdict and cell.verdict.calm == "quiet" for cell in quiet)


def test_permalink_leads_to_the_page_of_the_model() -> None:
    """A cell has an address on a page that exists, and none where there is no page."""
    for _, cell in all_cells():
        page = "benchfolio/models/digits-resnet.html"
        wanted = f"{page}#{cell.anchor}" if cell.key.model == "digits-resnet" else None
        assert cell.permalink == wanted


def test_transcribed_cells_keep_what_was_printed_and_where_from() -> None:
    """A transcribed cell has its publication, its claims, and no line to measure it again."""
    origin = Origin(kind="transcribed", publication=Publication(title="A page", tested="2022-09"))
    file = msgspec.structs.replace(only(result_file(), ["digits-resnet"]), origin=origin)
    made = published([("a.json", file)])
    found = msgspec.json.decode(made["api/v1/measurements/2026.2/lab-xeon.json"], type=Measurements)
    assert {cell.origin for cell in found.cells} == {origin}
    assert not [cell.verify for cell in found.cells if cell.verify]
    assert not [path for path in made if path.startswith("badges/")]


def test_order_of_files_leaves_no_trace() -> None:
    """The same results in any order, or built twice, are the same bytes."""
    mixed = files()
    for seed in range(3):
        random.Random(seed).shuffle(mixed)
        assert published(mixed) == FILES


def test_hostile_texts_stay_texts() -> None:
    """What a result file says is found again as it was; paths are made from safe ids alone."""
    read = msgspec.json.decode(FILES["api/v1/models/hostile.json"])
    assert read["model"]["name"] == HOSTILE[0]
    assert read["model"]["input_size"] == HOSTILE[4]
    assert all(re.fullmatch(r"[A-Za-z0-9._+@/-]+", path) for path in FILES)
    assert not [path for path in FILES if path.startswith("/") or ".." in path.split("/")]


def test_platform_has_only_what_its_file_says() -> None:
    """The document of a machine is the description of its newest result file, and no more."""
    read = msgspec.json.decode(FILES["api/v1/platforms/arm-board.json"])
    assert set(read) == {"api", "id", "platform", "releases"}
    assert msgspec.convert(read["platform"], type(result_file("arm-board").platform)) == (
        result_file("arm-board").platform
    )


def test_states_are_counted_with_those_that_do_not_occur() -> None:
    """A release tells how many cells ended in each state, zero included."""
    read = msgspec.json.decode(FILES["api/v1/releases/2026.1.json"])
    count = {state.value: 0 for state in State}
    for _, file in files():
        for cell in file.cells if file.release == "2026.1" else ():
            count[cell.state.value] += 1
    assert read["states"] == count


def test_release_tells_what_is_new_in_it() -> None:
    """Only what no earlier release has is new; a publication is no earlier measured release."""
    first = only(result_file(release="2026.1"), ["digits-resnet"])
    second = only(result_file(release="2026.2"), ["digits-resnet", "digits-detector"])
    printed = msgspec.structs.replace(
        only(result_file("desk-core", "2026.1"), ["digits-detector"]),
        release="2025.1",
        origin=Origin(kind="transcribed", publication=Publication(title="A page")),
    )
    made = published([("a.json", first), ("b.json", second), ("c.json", printed)])
    read = msgspec.json.decode(made["api/v1/releases/2026.2.json"])
    assert read["new_models"] == ["digits-detector"]
    assert read["before"] == "2026.1"
    assert "new_platforms" not in read


def test_best_gains_are_acceptable_and_no_noise() -> None:
    """A release praises no format that is over the limit, within the noise, or of unknown noise."""
    praised = msgspec.json.decode(FILES["api/v1/releases/2026.2.json"])["best"]
    assert {best["model"] for best in praised} == {
        "digits-resnet",
        "digits-detector",
        "names-encoder",
    }
    assert {best["precision"] for best in praised} == {"INT8"}
    assert [best["gain"]["value"] for best in praised] == sorted(
        (best["gain"]["value"] for best in praised), reverse=True
    )
    silent = published([("a.json", raced(result_file(), twins=False))])
    assert "best" not in msgspec.json.decode(silent["api/v1/releases/2026.2.json"])


def test_no_results_are_a_valid_site() -> None:
    """Without any result there is an index of nothing, and a feed of nothing."""
    made = published([])
    index = msgspec.json.decode(made["api/v1/index.json"], type=Index)
    assert (index.models, index.measurements) == ((), ())


def test_scenarios_of_loadgen_are_not_judged() -> None:
    """What was measured by other rules has no word on its acceptance."""
    made = published([("a.json", with_loadgen(result_file()))])
    found = msgspec.json.decode(made["api/v1/measurements/2026.2/lab-xeon.json"], type=Measurements)
    server = [cell for cell in found.cells if cell.key.scenario == Scenario.SERVER.value]
    assert server
    assert {cell.acceptance for cell in server} == {None}


def test_site_without_an_address_has_relative_ones_only() -> None:
    """Where the site will be is not guessed."""
    made = published(files(), Site(title="x"))
    assert not [path for path, data in made.items() if b"example.org/results" in data]
