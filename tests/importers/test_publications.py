"""The committed publications: every row and figure carried, digit for digit, mistakes included."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from benchfolio.importers.pages import Imported, import_page, load_mapping, read_page
from benchfolio.results import Cell, Precision, ResultFile, Scenario, State, encode, read

ROOT = Path(__file__).parents[2]
PAGES = {
    "openvino-int8-vs-fp32": "page.md",
    "validated-models": "page.md",
    "openvino-workloads": "page.rst",
}
PRUNING = "Validated Pruning Examples"
DISTILLATION = "Validated Knowledge Distillation Examples"
MXNET = "MXNet Models with MXNet 1.9.1"
QAT = "PyTorch Models with Torch 1.13.1+cpu in QAT Mode"
IPEX = "PyTorch Models with Torch and Intel® Extension for PyTorch* 1.13.0+cpu"
TENSORFLOW = "TensorFlow Models with TensorFlow 2.11.0"


@cache
def imported(name: str) -> Imported:
    """Import one committed publication."""
    folder = ROOT / "publications" / name
    page = read_page(folder / PAGES[name], PAGES[name])
    return import_page(page, load_mapping(folder / "mapping.yaml"), PAGES[name])


def file(platform: str, name: str = "validated-models") -> ResultFile:
    """Return one imported file."""
    return next(file for file in imported(name).files if file.platform.id == platform)


def row(table: str, number: int, platform: str = "xeon-8380") -> list[Cell]:
    """Return the cells of one row of a table."""
    return [
        cell
        for cell in file(platform).cells
        if cell.published and (cell.published.table, cell.published.row) == (table, number)
    ]


class Printed(NamedTuple):
    """One figure as printed, with the place that it was printed at.

    Attributes:
        table: Heading of the table.
        row: Number of the body row, from 1.
        column: What the figure is, as ``INT8 accuracy`` or ``INT8 gain of throughput``.
        platform: Where it was measured; a column of its own in some tables.
        text: The figure, character for character.
    """

    table: str
    row: int
    column: str
    platform: str
    text: str


def printed(files: Iterable[ResultFile]) -> list[Printed]:
    """List every figure that files took from a publication: the import, turned round."""
    found = [
        Printed(cell.published.table, cell.published.row, column, file.platform.id, text)
        for file in files
        for cell in file.cells
        if cell.published is not None
        for column, text in figures_in(cell)
    ]
    return sorted(found)


def figures_in(cell: Cell) -> Iterator[tuple[str, str]]:
    """Yield what each printed figure of a cell is, and the figure."""
    kind = f"{cell.model} {cell.precision} {cell.recipe}"
    for metric, value in cell.values.items():
        if value.printed is not None:
            yield f"{kind} {metric}", value.printed
    for claim in cell.claims:
        yield f"{kind} {claim.figure} of {claim.metric}", claim.printed


def lines_of(cell: str) -> list[str]:
    """Split a cell at its line breaks, for the independent reader."""
    return [line.strip() for line in re.split(r"</?br>", cell) if line.strip()]


def figures_of(heading: str, cells: list[str]) -> list[str]:
    """Find the figures of a row by looking at the text alone, for the independent reader."""
    if heading == PRUNING:
        parts = [line.partition("=")[2] or line for cell in cells[2:4] for line in lines_of(cell)]
        return [part for text in parts for part in re.findall(r"[+-]?[0-9.]+%?", text)]
    if heading == DISTILLATION:
        parts = [lines_of(cell)[1] for cell in cells[2:4]]
        parts += [line for cell in cells[4:] for line in lines_of(cell) if line != "WIP"]
        return [part for text in parts for part in re.findall(r"[0-9.]+", text.split(" ")[0])]
    return [cell for cell in cells[1:] if re.match(r"[+-]?[0-9]", cell)]


def independent(name: str) -> dict[tuple[str, int], Counter[str]]:
    """Read the figures of a publication line by line, sharing no code with the importer."""
    heading, number, found = "", 0, {}
    for line in (ROOT / "publications" / name / PAGES[name]).read_text("utf-8").splitlines():
        if line.startswith("#"):
            heading, number = re.sub(r" \{#.*", "", line.lstrip("# ")), 0
        cells = re.findall(r"<td>(.*?)</td>", line)
        if line.startswith("|") and "---" not in line and "Example Name" not in line:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells:
            number += 1
            found[heading, number] = Counter(figures_of(heading, cells))
    return found


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_files_are_what_the_import_gives(name: str) -> None:
    """Document and mapping give the committed result files, byte for byte, and nothing is lost."""
    assert imported(name).problems == ()
    for made in imported(name).files:
        path = ROOT / "results" / made.release / f"{made.platform.id}.json"
        assert path.read_bytes() == encode(made), path.name
        assert read(path).release == made.release


@pytest.mark.parametrize(
    ("name", "rows", "figures"),
    [("openvino-int8-vs-fp32", 13, 39), ("validated-models", 241, 1315)],
)
def test_every_figure_digit_for_digit(name: str, rows: int, figures: int) -> None:
    """The figures of every row are exactly those that stand in the document, none more or less."""
    expected = independent(name)
    got: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for figure in printed(imported(name).files):
        got[figure.table, figure.row][figure.text] += 1
    assert got == expected
    assert (len(expected), sum(count.total() for count in expected.values())) == (rows, figures)


@pytest.mark.parametrize("name", PAGES)
def test_values_are_the_decimals_as_printed(name: str) -> None:
    """No value or claim was rescaled on the way from its text."""
    for made in imported(name).files:
        for cell in made.cells:
            found = [(value.value, value.printed or "") for value in cell.values.values()]
            found += [(claim.value, claim.printed) for claim in cell.claims]
            assert all(value == float(text.rstrip("%x")) for value, text in found)


def test_every_row_of_every_table() -> None:
    """The tables have the rows that the pages have, and none is without a mapping."""
    counts = [table.rows for name in PAGES for table in imported(name).tables if table.mapped]
    assert counts == [13, 44, 43, 4, 4, 71, 9, 33, 10, 23, 20]
    assert all(table.mapped for name in PAGES for table in imported(name).tables)


def test_drops_without_values() -> None:
    """The page that prints only drops is carried as claims on three platforms."""
    igpu = file("i9-12900k-igpu", "openvino-int8-vs-fp32")
    cell = next(cell for cell in igpu.cells if cell.model == "faster_rcnn_resnet50_coco")
    assert cell.values == {}
    assert (cell.claims[0].figure, cell.claims[0].metric) == ("drop", "map@50:95")
    assert (cell.claims[0].printed, cell.claims[0].unit) == ("0.31", "%")
    assert cell.published is not None
    assert cell.published.name == "faster_rcnn_\nresnet50_coco"
    assert cell.published.metric == "coco_precision"


def test_pruning_has_ratio_pattern_and_both_sides() -> None:
    """A pruned row is a dense cell and a sparse one whose recipe says how it was pruned."""
    dense, sparse = sorted(row(PRUNING, 11, "not-stated"), key=lambda cell: cell.recipe)
    assert (dense.recipe, dense.form) == ("original", sparse.form)
    pruning = file("not-stated").recipes[sparse.recipe].pruning
    assert pruning is not None
    assert (pruning.ratio, pruning.pattern, pruning.balanced) == (0.7, "unstructured", True)
    assert {metric: value.printed for metric, value in sparse.values.items()} == {
        "accuracy": "90.48",
        "f1": "87.06",
    }
    assert [(c.metric, c.printed) for c in sparse.claims] == [
        ("accuracy", "-0.68%"),
        ("f1", "-1.12%"),
    ]
    assert [cell.precision for cell in row(PRUNING, 3, "not-stated") if cell.claims] == [
        Precision.INT8
    ]


def test_distillation_has_teacher_and_pending_cells() -> None:
    """A distilled row is student, teacher, distilled student, and what is still in progress."""
    cells = row(DISTILLATION, 7, "not-stated")
    recipes = file("not-stated").recipes
    pending = [cell for cell in cells if cell.state is State.PENDING]
    assert [recipes[cell.recipe].distillation is not None for cell in pending] == [True]
    teachers = {
        recipe.distillation.teacher for c in cells if (recipe := recipes[c.recipe]).distillation
    }
    assert teachers == {"bert-base"}
    assert "bert-base" in file("not-stated").models
    assert any(
        cell.model == "bert-base" and cell.values["f1"].printed == "0.8814" for cell in cells
    )


def test_portability_is_one_cell_a_machine() -> None:
    """One artefact has one value on each of four machines, keyed alike."""
    machines = ("aws-c6i.2xlarge", "aws-c6a.2xlarge", "aws-c6g.2xlarge", "nvidia-a100")
    cells = [next(c for c in file(name).cells if c.model == "alexnet") for name in machines]
    assert [c.values["accuracy"].printed for c in cells] == ["54.71%", "47.06%", "54.71%", "54.79%"]
    assert [c.device for c in cells] == ["CPU", "CPU", "CPU", "CUDA"]


def test_workloads_are_models_with_source_link_task_and_size() -> None:
    """The workload table is twenty described models and no cells."""
    models = file("no-machine", "openvino-workloads").models
    assert len(models) == 20
    net = models["mask_rcnn_resnet50_atrous_coco"]
    assert (net.source, net.input_size) == ("Mask R-CNN ResNet 50 Atrous", "800x1365")
    assert (net.task, net.description) == ("instance-segmentation", "object instance segmentation")
    assert net.link is not None
    assert net.link.startswith("https://github.com/")


def test_mistakes_of_scale_survive() -> None:
    """Ratios keep % or fraction, accuracies keep % or none, as each row prints them."""
    claims = [c for cell in file("xeon-8380").cells for c in cell.claims if c.metric == "accuracy"]
    assert Counter(claim.unit for claim in claims) == {"1": 78, "%": 97}
    bare, signed = row(TENSORFLOW, 2), row(TENSORFLOW, 1)
    assert {c.values["accuracy"].unit for c in bare if "accuracy" in c.values} == {""}
    assert {c.values["accuracy"].unit for c in signed if "accuracy" in c.values} == {"%"}


def test_shifted_cells_stay_where_they_stand() -> None:
    """The MXNet row has a percentage for an FP32 accuracy and a factor for a throughput."""
    cells = {(c.scenario, c.precision): c for c in row(MXNET, 2)}
    assert cells[Scenario.ACCURACY, Precision.FP32].values["accuracy"].printed == "-0.86%"
    speed = cells[Scenario.THROUGHPUT, Precision.FP32].values["throughput"]
    assert (speed.printed, speed.unit) == ("1.39x", "x")


def test_spellings_of_one_model_survive() -> None:
    """Names that differ in blanks are one model with the printed name in each cell."""
    names = {
        cell.published.name
        for cell in file("xeon-8380").cells
        if cell.published and cell.model == "faster-rcnn-inception-resnet-v2"
    }
    assert names == {
        "faster rcnn inception resnet\xa0\xa0\xa0v2",
        "faster rcnn inception resnet\xa0\xa0\xa0v2 ",
    }


def test_repeated_blocks_survive() -> None:
    """Two tables with the same figures are both there, under their own headings."""
    for number in range(1, 5):
        figures = [
            sorted(
                value.printed or "" for cell in row(table, number) for value in cell.values.values()
            )
            for table in (QAT, IPEX)
        ]
        assert figures[0] == figures[1]
        assert len(figures[0]) == 4


def test_outline_dates_and_load_survive() -> None:
    """Headings, contents with their anchors, test date, versions and load are all there."""
    made = file("xeon-8380")
    outline = made.documents[0]
    targets = [entry.target for entry in outline.contents]
    assert targets.count("pytorch-models-with-torch-1131cpu-in-qat-mode") == 2
    assert "tensorflow-models-with-tensorflow-2100" in targets
    assert TENSORFLOW in {heading.text for heading in outline.headings}
    assert made.origin.publication is not None
    assert made.origin.publication.tested == "2022-09-24"
    load = next(cell.load for cell in made.cells if cell.scenario is Scenario.THROUGHPUT)
    assert (load.sockets, load.cores_per_instance, load.instances) == (1, 4, 8)


def test_a_stray_bracket_survives() -> None:
    """The metric is understood, and its printed name still has the bracket."""
    cells = row(PRUNING, 17, "not-stated")
    assert {cell.published.metric for cell in cells if cell.published} == {"f1]", "f1"}
    assert {metric for cell in cells for metric in cell.values} == {"f1"}
