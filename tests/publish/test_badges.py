"""Badges: honest, readable, and safe to show."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

import msgspec
import pytest
from factory import HOSTILE, raced, result_file
from publish.made import SITE, only, published

from benchfolio.generator.formats import formats
from benchfolio.generator.merge import merge
from benchfolio.generator.publish import Site, badge_part
from benchfolio.generator.publish.badges import COLOURS, LABEL_COLOUR, measure, text_width
from benchfolio.generator.publish.badges import badges as badges_of
from benchfolio.results import Calm, Cell, Limit, Precision, ResultFile, Scenario, Verdict

S = "{http://www.w3.org/2000/svg}"
RESNET = "digits-resnet"


def resnet(change: Callable[[Cell], Cell | None] = lambda cell: cell) -> ResultFile:
    """Return one model on one machine before it was measured in turn."""
    file = only(result_file(), [RESNET])
    cells = [made for cell in file.cells if (made := change(cell)) is not None]
    return msgspec.structs.replace(file, cells=tuple(cells))


def message(file: ResultFile) -> str:
    """Return what the badge of the only model says."""
    collection = merge([("a.json", file)])
    (found,) = badges_of(collection, formats(collection, {}))
    return found.message


def scaled(factor: float, *precisions: Precision) -> Callable[[Cell], Cell]:
    """Return a change that makes the quality of some precisions worse by a factor."""

    def change(cell: Cell) -> Cell:
        if cell.scenario is not Scenario.ACCURACY or cell.precision not in precisions:
            return cell
        values = {
            name: msgspec.structs.replace(value, value=value.value * factor, interval=None)
            for name, value in cell.values.items()
        }
        return msgspec.structs.replace(cell, values=values)

    return change


def unpaired(file: ResultFile) -> ResultFile:
    """Return a file without outcomes per sample: drops are then told as they are."""
    cells = tuple(msgspec.structs.replace(cell, outcomes={}) for cell in file.cells)
    return msgspec.structs.replace(file, cells=cells)


def test_best_acceptable_format_is_named_with_gain_and_drop() -> None:
    """The badge says which format is fastest, how much faster, and what it costs."""
    assert message(unpaired(raced(resnet()))) == "INT8 2.1× · −0.3 pts"


def test_loss_that_samples_do_not_show_is_no_loss() -> None:
    """What paired samples cannot tell from nothing is not told as a figure."""
    assert message(raced(resnet())) == "INT8 2.1× · no detectable loss"


def test_format_over_the_limit_is_never_praised() -> None:
    """A faster format that loses too much gives its place to one that does not."""
    change = scaled(0.9, Precision.INT8)
    assert message(unpaired(raced(resnet(change)))) == "BF16 1.4× · −0.05 pts"


def test_only_baseline_where_nothing_else_is_worth_it() -> None:
    """Where every other format is over the limit or no faster, FP32 is what remains."""
    others = (Precision.INT8, Precision.BF16, Precision.FP8_E4M3)
    file = unpaired(raced(resnet(scaled(0.9, *others))))
    assert message(file) == "FP32 only"
    no_faster = (Precision.INT8, Precision.BF16, Precision.FP8_E4M3)
    assert message(unpaired(raced(resnet(), alike=no_faster))) == "FP32 only"


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(resnet(), id="never measured in turn"),
        pytest.param(raced(resnet(), twins=False), id="noise unknown"),
        pytest.param(
            raced(resnet(), verdict=lambda _: Verdict(calm=Calm.UNUSABLE, reasons=("hot",))),
            id="unusable",
        ),
        pytest.param(msgspec.structs.replace(raced(resnet()), acceptance={}), id="no limit"),
        pytest.param(
            raced(resnet(lambda cell: cell if cell.precision is Precision.FP32 else None)),
            id="nothing but FP32",
        ),
        pytest.param(
            raced(resnet(lambda cell: None if cell.scenario is Scenario.ACCURACY else cell)),
            id="no quality",
        ),
    ],
)
def test_what_is_not_known_is_not_judged(file: ResultFile) -> None:
    """Without limit, quality, noise floor or a usable gain the badge claims nothing."""
    assert message(file) == "not judged"


def test_endpoint_follows_the_schema_of_shields() -> None:
    """The endpoint has the four keys that shields.io reads, and says what the drawing says."""
    made = published([("a.json", raced(resnet()))])
    read = msgspec.json.decode(made[f"badges/{RESNET}.json"])
    assert read == {
        "schemaVersion": 1,
        "label": "best format",
        "message": "INT8 2.1× · no detectable loss",
        "color": COLOURS[""],
    }
    root = ET.fromstring(made[f"badges/{RESNET}.svg"])
    assert root.get("aria-label") == "best format: INT8 2.1× · no detectable loss"
    assert [element.text for element in root.iter(f"{S}text")] == [read["label"], read["message"]]


def test_drawing_needs_nothing_from_elsewhere() -> None:
    """A badge has a title for those who do not see it, and no script, style or address."""
    data = published([("a.json", raced(resnet()))])[f"badges/{RESNET}.svg"]
    root = ET.fromstring(data)
    (title,) = root.findall(f"{S}title")
    assert (title.text or "").startswith("Digits ResNet-8: INT8 on OpenVINO")
    assert root.get("role") == "img"
    assert {element.tag.removeprefix(S) for element in root.iter()} <= {
        "svg", "title", "rect", "path", "g", "text",
    }  # fmt: skip
    assert b"href" not in data
    assert b"style=" not in data


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [LABEL_COLOUR, *COLOURS.values()])
def test_white_text_can_be_read_on_every_colour(colour: str) -> None:
    """The contrast of text on a badge is at least 4.5 : 1 (WCAG AA)."""
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_boxes_hold_their_texts() -> None:
    """Each box is wider than its text, and a longer text has a wider box."""
    collection = merge([("a.json", raced(resnet()))])
    (found,) = badges_of(collection, formats(collection, {}))
    drawn = measure(found)
    assert drawn.left > drawn.label > 0
    assert drawn.right > drawn.message > 0
    assert drawn.width == drawn.left + drawn.right
    assert text_width("INT8 2.1×") < text_width("INT8 2.1× · −0.2 pts")


def test_hostile_names_are_no_markup() -> None:
    """A model called like a script has a badge that shows the name and nothing else."""
    file = raced(only(result_file(), ["hostile"]))
    root = ET.fromstring(published([("a.json", file)])["badges/hostile.svg"])
    (title,) = root.findall(f"{S}title")
    assert HOSTILE[0] in (title.text or "")
    assert not list(root.iter(f"{S}script"))


def test_metric_of_another_unit_is_named() -> None:
    """A change that is not in points says of what it is."""
    file = only(result_file(), ["tiny-lm"])
    limit = {"language-modelling": Limit(metric="perplexity", max_drop=100.0)}
    made = message(unpaired(raced(msgspec.structs.replace(file, acceptance=limit))))
    assert "perplexity" in made
    assert "pts" not in made


def test_page_of_a_model_offers_its_badge() -> None:
    """The part for a model's page has Markdown that shows the badge and leads to the page."""
    collection = merge([("a.json", raced(resnet()))])
    part = badge_part(collection, RESNET, SITE)
    assert part is not None
    facts = {fact.label: fact.text for fact in part.facts}
    assert facts["Markdown"] == (
        "[![best format: INT8 2.1× · no detectable loss]"
        f"(https://example.org/results/badges/{RESNET}.svg)]"
        f"(https://example.org/results/benchfolio/models/{RESNET}.html)"
    )
    assert facts["Endpoint for shields.io"].endswith(f"/badges/{RESNET}.json")
    assert badge_part(collection, "no such model", SITE) is None
    alone = badge_part(collection, RESNET, Site(title="x"))
    assert alone is not None
    assert "Put the address of this site before" in alone.text
