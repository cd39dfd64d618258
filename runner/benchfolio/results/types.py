"""The contract: frozen types of a result file, one platform and one release each.

``None`` means *not known* or *does not apply*; a planned cell that has no value says so by its
state. Every field's description is part of the published JSON Schema.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from benchfolio.results.metrics import Line, Metric

VERSION = 1

MAX_INTEGER = 2**53 - 1
"""Larger ones are not the same number in every language that reads JSON."""

MAX_CELLS = 100_000
"""Of one file; one platform and release have some hundreds."""

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._+@-]{0,127}$(?!\n)"

Id = Annotated[
    str,
    Meta(
        pattern=ID_PATTERN,
        description="Stable id: letters, digits and . _ + @ -, at most 128; safe as a file name.",
    ),
]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", description="SHA-256, hex.")]
Count = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
Bytes = Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="Bytes.")]
Integer = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]
Scalar = bool | int | float | Line | None


class Precision(StrEnum):
    """Number format of an artefact's weights and activations."""

    FP32 = "FP32"
    FP16 = "FP16"
    BF16 = "BF16"
    FP8_E4M3 = "FP8-E4M3"
    FP8_E5M2 = "FP8-E5M2"
    INT8 = "INT8"
    INT4 = "INT4"
    MIXED = "MIXED"


class Scenario(StrEnum):
    """What a cell measures: quality, one request at a time, or many in flight.

    The last four are those of MLPerf LoadGen, measured by LoadGen itself and by its rules.
    """

    ACCURACY = "accuracy"
    LATENCY = "latency"
    THROUGHPUT = "throughput"
    SINGLE_STREAM = "single-stream"
    MULTI_STREAM = "multi-stream"
    OFFLINE = "offline"
    SERVER = "server"


class State(StrEnum):
    """How a planned cell ended; exactly one of these."""

    OK = "ok"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    SKIPPED = "skipped"
    PENDING = "pending"
    WITHHELD = "withheld"


class Part(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,  # a frozen tree has no cycles: nothing for the collector to find in a million cells
):
    """Base of everything in a result file: immutable, named fields, no unknown keys."""


class Publication(Part, frozen=True, kw_only=True):
    """Where a transcribed figure was published."""

    title: Text
    url: Text | None = None
    date: Annotated[Line, Meta(description="Date of the publication, ISO 8601.")] | None = None
    tested: Annotated[Line, Meta(description="When it says that it tested, ISO 8601.")] | None = (
        None
    )


class Heading(Part, frozen=True, kw_only=True):
    """A heading of a publication; ``anchor`` only where it is written out."""

    text: Text
    level: Annotated[int, Meta(ge=1, le=6)]
    anchor: Text | None = None


class Entry(Part, frozen=True, kw_only=True):
    """A link within a publication, as its table of contents has them."""

    text: Line
    target: Annotated[Line, Meta(description="Anchor as printed, without the #.")]


class Document(Part, frozen=True, kw_only=True):
    """How a publication is divided, so that its own references can be checked."""

    title: Text
    headings: tuple[Heading, ...] = ()
    contents: tuple[Entry, ...] = ()


class Origin(Part, frozen=True, kw_only=True):
    """Where figures come from."""

    kind: Literal["measured", "imported", "transcribed"]
    tool: (
        Annotated[Line, Meta(description="Tool and version that measured or wrote it.")] | None
    ) = None
    publication: Publication | None = None


class Processor(Part, frozen=True, kw_only=True):
    """The processor of a platform."""

    name: Text | None = None
    vendor: Text | None = None
    architecture: Annotated[Line, Meta(description="As `uname -m` names it.")] | None = None
    isa: Annotated[
        tuple[Line, ...], Meta(description="Instruction sets that matter to inference, sorted.")
    ] = ()
    sockets: Count | None = None
    cores: (
        Annotated[int, Meta(ge=1, le=MAX_INTEGER, description="Physical cores, all sockets.")]
        | None
    ) = None
    threads: (
        Annotated[int, Meta(ge=1, le=MAX_INTEGER, description="Logical processors.")] | None
    ) = None
    numa_nodes: Count | None = None
    max_mhz: Annotated[float, Meta(gt=0, description="Maximum frequency, MHz.")] | None = None
    microcode: Line | None = None


class Accelerator(Part, frozen=True, kw_only=True):
    """A GPU, NPU or other device beside the processor."""

    name: Text
    kind: Annotated[Line, Meta(description="GPU, NPU, …")]
    memory_bytes: Bytes | None = None
    driver: Line | None = None


class System(Part, frozen=True, kw_only=True):
    """Operating system and how it was set."""

    os: Line | None = None
    kernel: Line | None = None
    governor: Line | None = None
    turbo: bool | None = None
    smt: bool | None = None
    hypervisor: Line | None = None
    container: Line | None = None


class Platform(Part, frozen=True, kw_only=True):
    """The machine. Its id is chosen by people: a kernel update makes no new platform."""

    id: Id
    label: Annotated[Text, Meta(description="As a reader knows the machine.")]
    processor: Processor = Processor()
    memory_bytes: (
        Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="Main memory, bytes.")] | None
    ) = None
    accelerators: tuple[Accelerator, ...] = ()
    system: System = System()
    withheld: Annotated[
        tuple[Line, ...], Meta(description="Fields the owner chose not to publish, dotted.")
    ] = ()
    note: Text | None = None


class Port(Part, frozen=True, kw_only=True):
    """One input or output of a model."""

    name: Line
    dtype: Annotated[Line, Meta(description="NumPy name of the element type.")]
    shape: Annotated[
        tuple[Integer | Line, ...], Meta(description="Sizes; a name stands for a dynamic size.")
    ]


class Model(Part, frozen=True, kw_only=True):
    """A model, whatever the precision it is run in."""

    name: Text
    task: Annotated[Line, Meta(description="Task family, as image-classification.")] | None = None
    source: Annotated[Line, Meta(description="Who made it, or the public network.")] | None = None
    link: Text | None = None
    license: Line | None = None
    input_size: Annotated[Line, Meta(description="As readers know it, as 224x224.")] | None = None
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    parameters: (
        Annotated[int, Meta(ge=0, le=MAX_INTEGER, description="Number of weights.")] | None
    ) = None
    description: Text | None = None


class Dataset(Part, frozen=True, kw_only=True):
    """The samples a quality was measured on."""

    name: Text
    split: Line | None = None
    samples: Count | None = None
    sha256: (
        Annotated[
            Line,
            Meta(
                pattern=r"^[0-9a-f]{64}$(?!\n)",
                description="Hash of content, not files.",
            ),
        ]
        | None
    ) = None
    link: Text | None = None
    license: Line | None = None


class Calibration(Part, frozen=True, kw_only=True):
    """The samples a quantiser looked at."""

    dataset: Id
    split: Line | None = None
    samples: Count | None = None


class Pruning(Part, frozen=True, kw_only=True):
    """Which weights were removed."""

    ratio: Annotated[float, Meta(ge=0, le=1, description="Share of weights removed, 0–1.")]
    pattern: Annotated[Line, Meta(description="As unstructured, 2:4, 4x1, per channel.")] | None = (
        None
    )
    balanced: bool | None = None


class Distillation(Part, frozen=True, kw_only=True):
    """Which model taught this one."""

    teacher: Annotated[Id, Meta(description="Id of the teacher model.")]
    distributed: bool = False


class Recipe(Part, frozen=True, kw_only=True):
    """How an artefact was made from the model."""

    method: Annotated[
        Line,
        Meta(description="original, ptq, dynamic-ptq, accuracy-control, weight-only, cast, qat, …"),
    ]
    label: Text | None = None
    tool: Annotated[Line, Meta(description="Tool that made it, as nncf.")] | None = None
    tool_version: Line | None = None
    calibration: Calibration | None = None
    pruning: Pruning | None = None
    distillation: Distillation | None = None
    options: Annotated[
        dict[Line, Scalar], Meta(description="Every option that changes the result.")
    ] = {}


class Artefact(Part, frozen=True, kw_only=True):
    """The very file that ran."""

    model: Id
    precision: Precision
    recipe: Id
    format: Annotated[Line, Meta(description="onnx, ir, onnx-qdq, onnx-qoperator, …")]
    sha256: Sha256 | None = None
    bytes: Bytes | None = None
    opset: Count | None = None
    calibration: Annotated[
        Calibration | None,
        Meta(description="What the quantiser looked at, where a recipe serves several data sets."),
    ] = None


class Load(Part, frozen=True, kw_only=True):
    """How much work is offered at once; ``1s4c8ins1bs`` when written short."""

    instances: Count = 1
    cores_per_instance: Count | None = None
    sockets: Count | None = None
    streams: (
        Annotated[int, Meta(ge=1, le=MAX_INTEGER, description="Parallel streams per instance.")]
        | None
    ) = None
    requests: (
        Annotated[int, Meta(ge=1, le=MAX_INTEGER, description="Requests kept in flight.")] | None
    ) = None


class Interval(Part, frozen=True, kw_only=True):
    """A confidence interval."""

    low: float
    high: float
    confidence: Annotated[float, Meta(gt=0, lt=1)] = 0.95
    method: Annotated[Line, Meta(description="How it was computed, as wilson or bootstrap.")]


class Value(Part, frozen=True, kw_only=True):
    """One value of one metric."""

    value: float
    unit: Annotated[Line, Meta(description="Unit; % of an accuracy is points of 0–100.")]
    n: (
        Annotated[int, Meta(ge=1, le=MAX_INTEGER, description="Samples or requests behind it.")]
        | None
    ) = None
    interval: Interval | None = None
    spread: (
        Annotated[float, Meta(ge=0, description="Interquartile range of the samples, same unit.")]
        | None
    ) = None
    definition: (
        Annotated[
            Line, Meta(description="What exactly was computed, where a metric leaves a choice.")
        ]
        | None
    ) = None
    printed: (
        Annotated[
            Line, Meta(description="As printed, character for character, for transcribed figures.")
        ]
        | None
    ) = None


class Claim(Part, frozen=True, kw_only=True):
    """A derived figure as a publication states it; ours are computed, never stored.

    Attributes:
        figure: What the publication says it is.
        metric: The metric it is derived from.
        value: The figure.
    """

    figure: Literal["change", "relative-change", "drop", "gain"]
    metric: Line
    value: float
    unit: Line
    printed: Annotated[Line, Meta(description="As printed, character for character.")]
    baseline: (
        Annotated[Line, Meta(description="What it is against, in the publication's words.")] | None
    ) = None


class Published(Part, frozen=True, kw_only=True):
    """Where in a publication a transcribed cell stands.

    Attributes:
        table: Heading of the table.
        row: Number of the body row, from 1.
        name: The model's name as printed, blanks included.
        metric: The metric's name as printed in the row, brackets included.
    """

    table: Text
    row: Count
    name: Line
    metric: Line | None = None


class Share(Part, frozen=True, kw_only=True):
    """How much of a model really ran in one precision."""

    layers: Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
    time: Annotated[float, Meta(ge=0, le=1, description="Share of the time, 0–1.")] | None = None


class Calm(StrEnum):
    """How far the machine let a measurement alone."""

    QUIET = "quiet"
    NOISY = "noisy"
    UNUSABLE = "unusable"


class Verdict(Part, frozen=True, kw_only=True):
    """Whether a figure can be relied on, and why not."""

    calm: Calm
    reasons: Annotated[tuple[Text, ...], Meta(description="Empty where it is quiet.")] = ()


Part01 = Annotated[float, Meta(ge=0, le=1)]


class Conditions(Part, frozen=True, kw_only=True):
    """The machine while figures were taken; ``None`` is what it does not tell.

    Attributes:
        verdict: What follows from the rest.
        others: Share of all processor time that other processes took, 0–1.
        steal: Share of processor time that the hypervisor gave to others, 0–1.
        load: Load average over the minute before.
        mhz_low: Lowest frequency seen of a core in use.
        mhz_high: Highest frequency seen of it.
        throttled: Times that the processor slowed itself down because of heat.
        celsius: Highest temperature seen.
        memory_pressure: Share of time that some process waited for memory (PSI), 0–1.
        quota: Share of periods in which a control group's processor limit was reached, 0–1.
        governor: Frequency governor.
        turbo: Whether turbo was allowed.
    """

    verdict: Verdict
    others: Part01 | None = None
    steal: Part01 | None = None
    load: Annotated[float, Meta(ge=0)] | None = None
    mhz_low: Annotated[float, Meta(ge=0)] | None = None
    mhz_high: Annotated[float, Meta(ge=0)] | None = None
    throttled: Annotated[int, Meta(ge=0, le=MAX_INTEGER)] | None = None
    celsius: float | None = None
    memory_pressure: Part01 | None = None
    quota: Part01 | None = None
    governor: Line | None = None
    turbo: bool | None = None


Packed = Annotated[
    str,
    Meta(
        pattern=r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$(?!\n)",
        description="Base64; numbers are little-endian 32-bit floats, see results.packing.",
    ),
]
Figures = Annotated[
    Packed,
    Meta(description="One per round, from the first on: mean latency, ms, or throughput, 1/s."),
]


class Series(Part, frozen=True, kw_only=True):
    """One figure per round of a race, from the first on.

    Series of one race are compared round by round: figures at the same place were taken within the
    same moments. Who is known leaves the race, so that some have fewer figures.
    """

    figures: Figures
    disturbed: Annotated[
        Packed | None,
        Meta(
            description="One bit per round, the first in the highest bit: whether other processes "
            "took processors from this one meanwhile."
        ),
    ] = None


class Rounds(Series, frozen=True, kw_only=True):
    """What a cell did in each round of a race."""

    race: Annotated[Id, Meta(description="Key of $.races.")]


class Twin(Series, frozen=True, kw_only=True):
    """A baseline that ran a second time in its own race (A/A): any gain of it is noise."""

    cell: Annotated[Line, Meta(description="Id of the baseline's cell.")]


class Race(Part, frozen=True, kw_only=True):
    """Rounds in which all variants of a model were timed in turn, in short blocks.

    All were loaded and ready, each in its own process; one worked at a time.

    Attributes:
        scenario: What was timed.
        rounds: How many there were.
        target: Half width that the 95 % interval of every gain shall have, relative, as 0.01.
        ended: Why there was no further round: every gain was known, or the time was up.
        time_limit: Seconds that the rounds were allowed.
        seconds: Seconds they took.
        order: How the order changed from round to round.
        block_seconds: Length of one block, about.
        twins: Of baselines; the noise floor follows from them.
        conditions: The machine meanwhile.
    """

    scenario: Scenario
    rounds: Count
    target: Annotated[float, Meta(gt=0, lt=1)]
    ended: Literal["target", "time limit", "interrupted"]
    time_limit: Annotated[float, Meta(gt=0)]
    seconds: Annotated[float, Meta(ge=0)]
    order: Line
    block_seconds: Annotated[float, Meta(gt=0)]
    twins: tuple[Twin, ...] = ()
    conditions: Conditions | None = None


class Outcomes(Part, frozen=True, kw_only=True):
    """How each sample came out, in few bytes, so that two cells can be compared sample by sample.

    Attributes:
        samples: Number of samples N.
        right: N bits, the first sample in the highest bit: right or wrong. For metrics that are a
            share of right samples.
        scores: N bytes: score of each sample, 0–255 for 0–1. For all other metrics.
        resampled: The metric, in its unit, of resamples of the samples that are the same for all
            cells with as many samples, so that differences are paired. For all other metrics.
        draws: How the resamples were drawn; only equal ones may be paired.
    """

    samples: Count
    right: Packed | None = None
    scores: Packed | None = None
    resampled: Packed | None = None
    draws: Line | None = None


class Cell(Part, frozen=True, kw_only=True):
    """One planned measurement and what became of it.

    Its key is everything that makes two values comparable; see ``keys.cell_key``.
    """

    model: Id
    task: Annotated[Line, Meta(description="Where it is not the model's own.")] | None = None
    scenario: Scenario
    precision: Precision
    recipe: Id
    runtime: Annotated[Id, Meta(description="openvino, onnxruntime, …")]
    device: Annotated[Line, Meta(min_length=1, description="Device or execution provider.")]
    dataset: Id | None = None
    form: (
        Annotated[
            Line,
            Meta(description="Source form where it distinguishes: pb, ckpt, keras, eager, fx, …"),
        ]
        | None
    ) = None
    artefact: Id | None = None
    batch: Count = 1
    shape: (
        Annotated[Line, Meta(description="Input shapes that ran, as image=1x1x96x96.")] | None
    ) = None
    load: Load = Load()
    runtime_version: Line | None = None
    state: State
    reason: Annotated[Line, Meta(description="Why not ok, in the engine's words.")] | None = None
    values: dict[Line, Value] = {}
    claims: Annotated[
        tuple[Claim, ...], Meta(description="Derived figures as a publication states them.")
    ] = ()
    published: Published | None = None
    executed: Annotated[
        dict[Line, Share], Meta(description="What the layers really ran in, by precision.")
    ] = {}
    rounds: Annotated[Rounds | None, Meta(description="Where it was measured in turn.")] = None
    outcomes: Annotated[
        dict[Line, Outcomes], Meta(description="Per sample, by metric; for paired comparisons.")
    ] = {}
    verdict: Verdict | None = None
    settings: Annotated[
        dict[Line, Scalar], Meta(description="Engine settings as they really were.")
    ] = {}
    started: Annotated[datetime, Meta(tz=True, description="UTC.")] | None = None
    seconds: Annotated[float, Meta(ge=0, description="Wall time the cell took.")] | None = None
    command: Annotated[Line, Meta(description="Reproduces this cell.")] | None = None
    origin: Annotated[Origin, Meta(description="Where it differs from the file's.")] | None = None
    note: Text | None = None


class Limit(Part, frozen=True, kw_only=True):
    """How much quality a format may lose and still be acceptable."""

    metric: Line
    max_drop: Annotated[float, Meta(ge=0, description="In the metric's own unit.")]


class ResultFile(Part, frozen=True, kw_only=True):
    """Results of one platform for one release."""

    format: Literal["benchfolio-results"]
    version: Annotated[int, Meta(ge=1, le=MAX_INTEGER, description="Version of the contract.")]
    release: Annotated[Id, Meta(description="The release these results belong to.")]
    platform: Platform
    origin: Origin
    suite: Annotated[Line, Meta(description="Name of the suite that was run.")] | None = None
    software: Annotated[
        dict[Line, Line], Meta(description="Versions: python, benchfolio, engines, quantisers.")
    ] = {}
    acceptance: Annotated[
        dict[Line, Limit], Meta(description="Acceptance limits by task, as the suite states them.")
    ] = {}
    metrics: Annotated[
        dict[Line, Metric], Meta(description="Definitions of metrics benchfolio does not know.")
    ] = {}
    models: dict[Id, Model] = {}
    datasets: dict[Id, Dataset] = {}
    recipes: dict[Id, Recipe] = {}
    artefacts: dict[Id, Artefact] = {}
    documents: Annotated[
        tuple[Document, ...],
        Meta(description="Outlines of what was transcribed; in one file of a release is enough."),
    ] = ()
    races: Annotated[
        dict[Id, Race], Meta(description="Rounds in which cells were measured in turn.")
    ] = {}
    cells: Annotated[tuple[Cell, ...], Meta(max_length=MAX_CELLS)] = ()
