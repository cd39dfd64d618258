"""Made-up published tables, and for every rule an instance of what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType

import msgspec
from factory import result_file

from benchfolio.generator.lint import Mute
from benchfolio.results import (
    Cell,
    Claim,
    Direction,
    Document,
    Heading,
    Kind,
    Load,
    Metric,
    Model,
    Origin,
    Platform,
    Precision,
    Problem,
    Processor,
    Publication,
    Published,
    Recipe,
    ResultFile,
    Scenario,
    Share,
    State,
    Value,
)
from benchfolio.results.types import Entry

FILE = "page-1/lab.json"
MEASURED = "2026.2/lab-xeon.json"
DAY = date(2026, 7, 1)

Files = list[tuple[str, ResultFile]]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a made-up table as printed; a figure is its text, the unit is read from it.

    Attributes:
        name: The model's name as printed.
        int8: Accuracy.
        fp32: Accuracy.
        ratio: Relative change of the accuracy.
        fast: Throughput of INT8.
        slow: Throughput of FP32.
        gain: Their ratio.
    """

    name: str = "net"
    model: str = ""
    form: str | None = None
    task: str = "image-classification"
    int8: str = "75.98%"
    fp32: str = "76.15%"
    ratio: str = "-0.22%"
    fast: str = "360.16"
    slow: str = "161.44"
    gain: str = "2.23x"
    metric: str | None = None


def value(printed: str, unit: str = "") -> Value:
    """Read a printed figure."""
    number = float(printed.rstrip("%x"))
    signed = "%" if printed.endswith("%") else "x" if printed.endswith("x") else unit
    return Value(value=number, unit=signed, printed=printed)


def claim(figure: str, metric: str, printed: str, unit: str = "1") -> Claim:
    """Read a printed derived figure."""
    found = value(printed, unit)
    return msgspec.convert(
        {
            "figure": figure,
            "metric": metric,
            "value": found.value,
            "unit": found.unit,
            "printed": printed,
            "baseline": "FP32",
        },
        Claim,
    )


def published(
    lines: Sequence[Line],
    heading: str = "Models",
    *,
    numbers: Sequence[int] = (),
    runtime: str = "onnxruntime",
    version: str | None = None,
) -> tuple[Cell, ...]:
    """Return the cells of a published table."""
    rows = zip(numbers or range(1, len(lines) + 1), lines, strict=True)
    return tuple(
        msgspec.structs.replace(cell, runtime=runtime, runtime_version=version)
        for number, line in rows
        for cell in row_cells(number, line, heading)
    )


def row_cells(number: int, line: Line, heading: str) -> list[Cell]:
    """Return the four cells of a row; a figure that is empty is left out."""
    found = []
    for scenario, metric, texts, unit in (
        (Scenario.ACCURACY, "accuracy", (line.int8, line.fp32, line.ratio), ""),
        (Scenario.THROUGHPUT, "throughput", (line.fast, line.slow, line.gain), "1/s"),
    ):
        kind = "relative-change" if scenario is Scenario.ACCURACY else "gain"
        for precision, printed in zip((Precision.INT8, Precision.FP32), texts[:2], strict=True):
            reduced = precision is Precision.INT8
            claims = (claim(kind, metric, texts[2]),) if reduced and texts[2] else ()
            if not printed and not claims:
                continue
            found.append(
                Cell(
                    model=line.model or " ".join(line.name.split()).replace(" ", "-").lower(),
                    scenario=scenario,
                    precision=precision,
                    recipe="ptq" if reduced else "original",
                    runtime="onnxruntime",
                    device="CPU",
                    form=line.form,
                    state=State.OK,
                    values={metric: value(printed, unit)} if printed else {},
                    claims=claims,
                    published=Published(
                        table=heading, row=number, name=line.name, metric=line.metric
                    ),
                )
            )
    return found


def page(
    *cells: Cell,
    platform: str = "lab",
    processor: Processor | None = None,
    tested: str | None = None,
    release: str = "page-1",
    tasks: Mapping[str, str] = MappingProxyType({}),
    document: Document | None = None,
    day: str | None = None,
) -> ResultFile:
    """Return a file of transcribed cells."""
    models = {
        cell.model: Model(name=cell.model, task=tasks.get(cell.model, "image-classification"))
        for cell in cells
    }
    return ResultFile(
        format="benchfolio-results",
        version=1,
        release=release,
        platform=Platform(id=platform, label=platform, processor=processor or Processor()),
        origin=Origin(
            kind="transcribed",
            publication=Publication(title="A made-up page", tested=tested, date=day),
        ),
        models=models,
        recipes={"original": Recipe(method="original"), "ptq": Recipe(method="ptq")},
        documents=(document,) if document else (),
        cells=cells,
    )


def complete(file: ResultFile) -> ResultFile:
    """Return a measured file without its pending cells."""
    cells = tuple(cell for cell in file.cells if cell.state is not State.PENDING)
    return msgspec.structs.replace(file, cells=cells)


def changed(metric: str, found: Value) -> ResultFile:
    """Return a measured file in which the first value of a metric is another."""
    file = complete(result_file())
    at = next(index for index, cell in enumerate(file.cells) if metric in cell.values)
    cell = file.cells[at]
    new = msgspec.structs.replace(cell, values={**cell.values, metric: found})
    return msgspec.structs.replace(file, cells=(*file.cells[:at], new, *file.cells[at + 1 :]))


def defined(id_: str, direction: Direction) -> ResultFile:
    """Return a measured file that defines a metric of its own."""
    metric = Metric(label=id_.replace("@", " "), unit="1", direction=direction, kind=Kind.QUALITY)
    return msgspec.structs.replace(complete(result_file()), metrics={id_: metric})


def contents(*entries: tuple[str, str]) -> Document:
    """Return a document with two headings and a table of contents."""
    headings = (Heading(text="Models in PTQ Mode", level=2), Heading(text="Models 2.1", level=2))
    return Document(
        title="A made-up page",
        headings=headings,
        contents=tuple(Entry(text=text, target=target) for text, target in entries),
    )


def _one(*lines: Line) -> Files:
    return [(FILE, page(*published(lines)))]


def _platforms() -> Files:
    figures = {"a": "74.76%", "b": "68.95%", "c": "74.76%", "d": "74.75%"}
    return [
        (
            f"page-1/{name}.json",
            page(
                *published([Line(name="resnet", int8=text, fp32="", ratio="", fast="", gain="")]),
                platform=name,
            ),
        )
        for name, text in figures.items()
    ]


def _copied() -> Files:
    lines = [
        Line(),
        Line(
            name="other",
            int8="69.68%",
            fp32="69.76%",
            ratio="-0.11%",
            fast="664.99",
            slow="329.15",
            gain="2.02x",
        ),
    ]
    first = published(lines, "In QAT mode", runtime="pytorch")
    return [(FILE, page(*first, *published(lines, "With an extension", runtime="ipex")))]


def _shifted() -> Files:
    lines = [
        Line(
            name="resnet",
            int8="78.54%",
            fp32="-0.30%",
            ratio="66.616",
            fast="36.553",
            slow="1.82x",
            gain="2.39x",
        ),
        Line(
            name="mobilenet",
            int8="72.23%",
            fp32="-0.86%",
            ratio="436.461",
            fast="314.811",
            slow="1.39x",
            gain="2.01x",
        ),
    ]
    return _one(*lines)


def _hole() -> Files:
    cells = published([Line(), Line(name="other")], numbers=(1, 3))
    return [(FILE, page(*cells))]


def _same_key() -> Files:
    # The importer told the rows apart by a data set that the page does not print as a name.
    first, second = published([Line()]), published([Line(int8="75.12%", ratio="-1.35%")])
    moved = tuple(
        msgspec.structs.replace(
            cell,
            runtime_version="2",
            published=Published(table="Models", row=2, name="net"),
        )
        for cell in second
    )
    return [(FILE, page(*first, *moved))]


def _old() -> Files:
    stale = page(*published([Line()]), tested="2022-09-24")
    return [(FILE, stale), (MEASURED, complete(result_file()))]


def _early() -> Files:
    cells = published([Line()], "Models with ONNX Runtime 1.13.1", version="1.13.1")
    return [(FILE, page(*cells, tested="2022-09-24"))]


def _loaded(instances: int) -> Files:
    load = Load(instances=instances, cores_per_instance=4, sockets=1)
    cells = tuple(msgspec.structs.replace(cell, load=load) for cell in published([Line()]))
    return [(FILE, page(*cells, processor=Processor(name="Intel Xeon Platinum 8380")))]


def _conflicting() -> Files:
    file = complete(result_file())
    other = changed("accuracy@top1", Value(value=97.0, unit="%", n=360))
    return [(MEASURED, file), (f"again/{MEASURED}", other)]


def _without_baseline() -> Files:
    file = complete(result_file())
    cells = tuple(
        cell
        for cell in file.cells
        if cell.model == "digits-resnet"
        and cell.runtime == "onnxruntime"
        and cell.precision is not Precision.FP32
    )
    return [(MEASURED, msgspec.structs.replace(file, cells=cells))]


def _renamed() -> Files:
    file = complete(result_file())
    models = {**file.models, "Digits_ResNet": file.models["digits-resnet"]}
    return [(MEASURED, msgspec.structs.replace(file, models=models))]


def _too_fast() -> Files:
    return [(MEASURED, changed("latency@p90", Value(value=0.001, unit="ms")))]


def _few_requests() -> Files:
    file = complete(result_file())
    known = next(c.values["latency@p90"] for c in file.cells if "latency@p90" in c.values)
    return [(MEASURED, changed("latency@p90", msgspec.structs.replace(known, n=30)))]


def _in_fp32() -> Files:
    file = complete(result_file())
    at = next(
        index
        for index, cell in enumerate(file.cells)
        if cell.precision is Precision.INT8 and cell.executed
    )
    executed = {"INT8": Share(layers=18, time=0.17), "FP32": Share(layers=3, time=0.83)}
    cell = msgspec.structs.replace(file.cells[at], executed=executed)
    cells = (*file.cells[:at], cell, *file.cells[at + 1 :])
    return [(MEASURED, msgspec.structs.replace(file, cells=cells))]


def _document(*entries: tuple[str, str]) -> Files:
    return [(FILE, page(*published([Line()]), document=contents(*entries)))]


def _versions() -> Files:
    return [(FILE, page(*published([Line()], "Models with Runtime 2.11.0", version="2.10.0")))]


EXAMPLES: Mapping[str, Callable[[], Files]] = MappingProxyType(
    {
        "misplaced": lambda: [("2026.1/lab-xeon.json", complete(result_file()))],
        "conflict": _conflicting,
        "pending": lambda: [("2026.2/desk-core.json", result_file("desk-core"))],
        "spelling": _renamed,
        "baseline": _without_baseline,
        "speed": _too_fast,
        "shifted": _shifted,
        "repeated-block": _copied,
        "same-key": _same_key,
        "hole": _hole,
        "claim": lambda: _one(Line(name="Bert-Large", int8="90.7%", fp32="91.34%", ratio="-0.07%")),
        "claim-rounding": lambda: _one(Line(fast="3.1999", slow="1.0000", gain="3.19x")),
        "claim-source": lambda: _one(Line(), Line(name="other", fp32="", ratio="-0.50%")),
        "ratio-scale": lambda: _one(
            Line(), Line(name="b"), Line(name="c", int8="76.02%", ratio="-0.0017")
        ),
        "accuracy-scale": lambda: _one(
            Line(),
            Line(name="b"),
            Line(name="bert large squad", int8="92.404", fp32="92.986", ratio="-0.63%"),
        ),
        "quality-range": lambda: _one(
            Line(name="diffuser", int8="275.80%", fp32="334.48%", ratio="-17.54%")
        ),
        "percent-sign": lambda: [(MEASURED, changed("perplexity", Value(value=23.4, unit="%")))],
        "unit": lambda: [(MEASURED, changed("throughput", Value(value=800.0, unit="fps")))],
        "metric-scale": lambda: [(MEASURED, defined("similarity@cka", Direction.LOWER))],
        "direction": lambda: [
            (
                FILE,
                page(
                    *published([Line(name="gpt", int8="3.3587", fp32="2.3351", ratio="43.84%")]),
                    tasks={"gpt": "text-generation"},
                ),
            )
        ],
        "metric-name": lambda: [
            (
                FILE,
                page(
                    *published([Line(name="pegasus", int8="42.10", fp32="42.67", ratio="-1.34%")]),
                    tasks={"pegasus": "summarisation"},
                ),
            )
        ],
        "blanks": lambda: _one(Line(name="alexnet"), Line(name="alexnet ", form="qdq")),
        "same-name": lambda: _one(
            Line(form="eager"), Line(form="fx", int8="76.03%", ratio="-0.16%")
        ),
        "name-spelling": lambda: _one(
            Line(name="yolo v3", form="a"), Line(name="yolov3", model="yolo-v3", form="b")
        ),
        "metric-spelling": lambda: _one(
            Line(name="a", metric="accuracy"), Line(name="b", metric="ACC")
        ),
        "bracket": lambda: _one(Line(metric="f1]", ratio="", int8="", fast="", slow="", gain="")),
        "anchor": lambda: _document(("Models 2.1", "models-20")),
        "anchor-case": lambda: _document(("Models 2.1", "Models-21")),
        "contents-entry": lambda: _document(("Models in PTQ Mode", "models-21")),
        "software-date": _early,
        "release-date": lambda: [
            (
                "page-2022-09-24/lab.json",
                page(*published([Line()]), tested="2022-10-24", release="page-2022-09-24"),
            )
        ],
        "heading-version": _versions,
        "old": _old,
        "platform": _platforms,
        "load": lambda: _loaded(12),
        "idle-cores": lambda: _loaded(8),
        "unsupported-percentile": _few_requests,
        "mostly-another-precision": _in_fp32,
        "mute": list,
        "contract": list,
    }
)
"""Rule → files in which it finds something; what is no matter of files is below."""

PROBLEMS: Mapping[str, tuple[Problem, ...]] = MappingProxyType(
    {
        "contract": (
            Problem(
                where="2026.2/lab-xeon.json: $.cells[3].state",
                what="not a state",
                expected="one of ok, failed, unsupported, skipped, pending, withheld",
                got="'done'",
                remedy="use the state that is true",
            ),
        )
    }
)
MUTES: Mapping[str, tuple[Mute, ...]] = MappingProxyType(
    {"mute": (Mute(rule="platform", where="2026.2/arm-board.json: *"),)}
)

STARTED = datetime(2026, 3, 1, tzinfo=UTC)
