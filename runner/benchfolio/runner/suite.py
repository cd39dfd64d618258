"""The types of a suite: models, data sets, variants, runtimes, scenarios and limits.

A suite says what shall be measured and says it in words only: nothing here opens a file, and no
path in it depends on a machine. ``suite_file.load_suite`` makes a ``Suite`` of a YAML file; all
paths are relative to that file's folder, which is passed beside the suite to whoever opens files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from benchfolio.results import ID_PATTERN, Limit, Precision, Scenario

Id = Annotated[str, Meta(pattern=ID_PATTERN)]
Text = Annotated[str, Meta(min_length=1, max_length=4000)]
Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0, le=86400)]
Percent = Annotated[float, Meta(gt=0, lt=100)]
Scalar = bool | int | float | str | None
MLPERF_MIN_DURATION_MS = 600_000
"""Of every scenario, in MLPerf's rules."""
Subset = Literal["test", "calibration"]
Kind = Literal["npz", "image-folder", "csv", "jsonl", "coco"]


class Part(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Base of everything in a suite: immutable, named fields, no unknown keys."""


class PackageFile(Part, frozen=True, kw_only=True):
    """A file that an installed Python package carries.

    Found by the package's metadata, without importing it, so a suite can name the model of another
    distribution without naming a folder of this machine.

    Attributes:
        package: Name of the distribution, as one gives it to pip.
        file: Path inside it with forward slashes, as ``magika/models/…/model.onnx``.
    """

    package: Text
    file: Text


Location = str | PackageFile
"""Where a file is: relative to the suite's folder, absolute on purpose, or in a package.

A relative path stays inside the suite's folder (no ``..``), so that the folder can be moved and
copied as a whole; symbolic links in it are followed.
"""


class Step(Part, frozen=True, kw_only=True):
    """One pre-processing step, or the post-processing; in YAML ``name`` or ``{name: value}``.

    Attributes:
        name: A key of ``processing.STEPS`` or ``processing.POSTPROCESSES``.
        value: Its argument, ``None`` when it was given by its name alone.
    """

    name: str
    value: Any = None


class Build(Part, frozen=True, kw_only=True):
    """A function that makes a data set's files, in a script beside the suite.

    It runs once in a Python process of its own; what it writes is kept in the cache under a hash of
    the script, the function and the versions of the packages named.

    Attributes:
        script: Path of the Python file.
        function: Name of a function ``f(out: Path) -> None`` in it.
        packages: Distributions whose version changes what is built.
    """

    script: str
    function: Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    packages: tuple[str, ...] = ()


class Calibration(Part, frozen=True, kw_only=True):
    """The samples a quantiser may look at; never those of the test split.

    What is not given here is as in the data set it belongs to.

    Attributes:
        path: The file or folder, as in ``Dataset.path``.
        samples: Only the first so many.
        split: Name of the split.
        kind: Where it differs from the data set's.
        inputs: Where they differ from the data set's; the field names must be the same.
        labels: As in ``Dataset.labels``; none when left out, as that file lists the test images.
        images: As in ``Dataset.images``.
        build: Where another function builds it.
    """

    path: Location
    samples: Count | None = None
    split: str = "calibration"
    kind: Kind | None = None
    inputs: str | tuple[str, ...] | dict[str, str] | None = None
    labels: str | None = None
    images: str | None = None
    build: Build | None = None


class Dataset(Part, frozen=True, kw_only=True):
    """Samples and their targets, as files.

    Attributes:
        name: As a reader knows it.
        kind: How it is stored: ``npz`` (arrays, first axis the sample), ``image-folder``,
            ``csv`` (with a header), ``jsonl`` (one object a line) or ``coco``.
        path: The file; of an image folder the folder; of COCO the annotation file. Relative to the
            build folder, or to the suite's folder where nothing is built.
        build: Makes the files first.
        inputs: The fields of a sample. npz: name of an array, several, or ``{field: array}``. csv
            and jsonl: the same with columns. Images: always the one field ``image``; in a labelled
            image folder the column with the file name.
        targets: npz: name of the array; csv, jsonl and ``labels``: the column. Without it (and
            outside COCO and class folders) the samples have no targets. A jsonl column of lists of
            texts holds the answers that count as right.
        labels: Image folder: a CSV that gives file names and targets, instead of sub-folders.
        images: COCO: the folder of the images.
        classes: Names of the classes in the order of the model's outputs; text targets and
            class folders are numbered by it; sorted by name when left out. COCO: the category
            names likewise; in the order of category ids when left out.
        mode: Images are converted to grey (``L``) or ``RGB``; as stored when left out.
        layout: Axes of an image as a step first sees it (uint8): ``HWC`` or ``CHW``.
        split: Name of the split.
        limit: Only the first so many samples.
        sha256: Hash of the content it must have, see ``datasets.Samples``.
        calibration: What quantisers may look at.
        license: Of the data.
        link: Where the data come from.
    """

    name: Text
    kind: Kind
    path: Location
    build: Build | None = None
    inputs: str | tuple[str, ...] | dict[str, str] | None = None
    targets: str | None = None
    labels: str | None = None
    images: str | None = None
    classes: tuple[str, ...] | None = None
    mode: Literal["L", "RGB"] | None = None
    layout: Literal["HWC", "CHW"] = "HWC"
    split: str | None = None
    limit: Count | None = None
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    calibration: Calibration | None = None
    license: str | None = None
    link: str | None = None


class Input(Part, frozen=True, kw_only=True):
    """Where one input of a model comes from; exactly one of ``from``, ``constant``, ``random``.

    Attributes:
        source: Field of the data set's samples (``from`` in YAML).
        steps: Pre-processing of that field, in order.
        constant: The same value always: a number, or nested lists.
        random: Generated, seeded by the sample's index: ``uniform`` in [low, high), ``normal`` with
            mean ``low`` and standard deviation ``high``, ``integers`` in [low, high).
        low: See ``random``; 0 when left out.
        high: See ``random``; 1 when left out, 2 for integers.
        shape: Shape of a constant or generated input, without a batch axis unless one of its sizes
            is the word ``batch``, which stands for the batch size. Taken from the model when left
            out; ``[]`` is a scalar.
        dtype: NumPy name of the element type; the model's when left out.
    """

    source: str | None = msgspec.field(name="from", default=None)
    steps: tuple[Step, ...] = ()
    constant: Any = None
    random: Literal["uniform", "normal", "integers"] | None = None
    low: float | None = None
    high: float | None = None
    shape: tuple[Annotated[int, Meta(ge=0)] | Literal["batch"], ...] | None = None
    dtype: str | None = None


class Accuracy(Part, frozen=True, kw_only=True):
    """How quality is measured: every sample of the data set once."""

    batch: Count = 1


LoadName = Annotated[str, Meta(pattern=r"^(auto|([1-9]\d*s)?([1-9]\d*c)?[1-9]\d*ins[1-9]\d*bs)$")]


class Latency(Part, frozen=True, kw_only=True):
    """How latency is measured: one request at a time, all variants of a model in turn.

    Attributes:
        batch: Samples per request.
        loads: Load configurations, as ``1s4c8ins1bs`` (one socket, 4 cores for each of 8 instances,
            batch 1); ``auto`` is one instance with the whole machine and the batch above.
        target_percent: Rounds go on until every gain is known to ± so many percent …
        time_limit: … or for so many seconds, for all variants of a model on a device together.
        block_seconds: How long each works at a time, about.
        warmup_seconds: Untimed inferences before the first round.
    """

    batch: Count = 1
    loads: tuple[LoadName, ...] = ("auto",)
    target_percent: Percent = 1.0
    time_limit: Seconds = 60.0
    block_seconds: Seconds = 0.01
    warmup_seconds: Annotated[float, Meta(ge=0, le=86400)] = 0.3


class Throughput(Part, frozen=True, kw_only=True):
    """How throughput is measured: many requests in flight, all variants of a model in turn.

    Attributes:
        batch: Samples per request.
        loads: Load configurations, as ``1s4c8ins1bs`` (one socket, 4 cores for each of 8 instances,
            batch 1); ``auto`` is one instance with the whole machine and the batch above.
        target_percent: Rounds go on until every gain is known to ± so many percent …
        time_limit: … or for so many seconds, for all variants of a model on a device together.
        block_seconds: How long each works at a time, at least.
        warmup_seconds: Untimed inferences before the first round.
        requests: Requests kept in flight; ``auto`` is what the engine advises.
        streams: Parallel streams; ``auto`` is what the engine advises.
    """

    batch: Count = 1
    loads: tuple[LoadName, ...] = ("auto",)
    target_percent: Percent = 1.0
    time_limit: Seconds = 60.0
    block_seconds: Seconds = 0.05
    warmup_seconds: Annotated[float, Meta(ge=0, le=86400)] = 0.3
    requests: Count | Literal["auto"] = "auto"
    streams: Count | Literal["auto"] = "auto"


class LoadGen(Part, frozen=True, kw_only=True):
    """What all four scenarios of MLPerf LoadGen share; names are those of its TestSettings.

    What is left out is as in the ``mlperf.conf`` that LoadGen carries, which is MLPerf's rule. What
    differs from a rule is recorded beside the figures.

    Attributes:
        min_duration_ms: A test goes on for at least so long; MLPerf's 600,000 when left out.
        min_query_count: … and for at least so many queries; offline: samples.
        warmup_seconds: Untimed inferences before the test.
    """

    min_duration_ms: Count | None = None
    min_query_count: Count | None = None
    warmup_seconds: Annotated[float, Meta(ge=0, le=86400)] = 1.0

    @property
    def batch(self) -> int:
        """Samples per request to the engine."""
        return 1

    @property
    def seconds(self) -> float:
        """How long it takes, at least."""
        milliseconds = self.min_duration_ms or MLPERF_MIN_DURATION_MS
        return milliseconds / 1e3 + self.warmup_seconds


class SingleStream(LoadGen, frozen=True, kw_only=True):
    """LoadGen's single-stream: a query of one sample, the next when it is answered.

    Attributes:
        expected_latency_ms: From it LoadGen makes its queries in advance; found out in the warm-up
            when left out.
    """

    expected_latency_ms: Annotated[float, Meta(gt=0)] | None = None


class MultiStream(LoadGen, frozen=True, kw_only=True):
    """LoadGen's multi-stream: a query of several samples, the next when it is answered.

    Attributes:
        samples_per_query: Samples of a query; MLPerf's 8 when left out.
        batch: Samples per request to the engine. As many as a query has: one request after the
            other. Fewer: the requests of a query run side by side.
        expected_latency_ms: As in single-stream.
    """

    samples_per_query: Count | None = None
    batch: Count = 1
    expected_latency_ms: Annotated[float, Meta(gt=0)] | None = None


class Offline(LoadGen, frozen=True, kw_only=True):
    """LoadGen's offline: one query of all samples.

    Attributes:
        batch: Samples per request to the engine.
        expected_qps: Samples per second, from which LoadGen makes its query long enough; found out
            in the warm-up when left out.
    """

    batch: Count = 1
    expected_qps: Annotated[float, Meta(gt=0)] | None = None


class Server(LoadGen, frozen=True, kw_only=True):
    """LoadGen's server: queries of one sample at random times, answered within a latency.

    Attributes:
        target_latency_ms: 99 of 100 queries shall be answered within it.
        target_qps: Queries per second that are sent. When left out, the most that keep the latency
            are searched for in several tests.
        max_tests: How many tests a search may take, each of the full length.
    """

    target_latency_ms: Annotated[float, Meta(gt=0)]
    target_qps: Annotated[float, Meta(gt=0)] | None = None
    max_tests: Annotated[int, Meta(ge=1, le=20)] = 6

    @property
    def seconds(self) -> float:
        """How long it takes, at least; a search to its end."""
        tests = 1 if self.target_qps else self.max_tests
        milliseconds = self.min_duration_ms or MLPERF_MIN_DURATION_MS
        return milliseconds / 1e3 * tests + self.warmup_seconds


How = Accuracy | Latency | Throughput | LoadGen
"""Settings of a scenario."""


class Scenarios(Part, frozen=True, kw_only=True):
    """What is measured; a scenario that is ``None`` is not planned."""

    accuracy: Accuracy | None = None
    latency: Latency | None = None
    throughput: Throughput | None = None
    single_stream: SingleStream | None = msgspec.field(name="single-stream", default=None)
    multi_stream: MultiStream | None = msgspec.field(name="multi-stream", default=None)
    offline: Offline | None = None
    server: Server | None = None


class Model(Part, frozen=True, kw_only=True):
    """A model, how samples become its inputs and its outputs predictions.

    Attributes:
        name: As a reader knows it.
        path: ONNX file, or the ``.xml`` of an OpenVINO IR (its ``.bin`` beside it).
        task: Task family: image-classification, object-detection, semantic-segmentation,
            text-classification, feature-extraction, or any other words; acceptance limits and
            variants are keyed by it.
        dataset: Id of its data set; without one no accuracy is planned and inputs are generated.
        inputs: Where each input of the model comes from. An input that is not named here is fed
            from the field of its own name, or generated where the model has no data set.
        shape: Static shape per input where the model leaves sizes open; ``?`` stays open.
        batch: Whether the first axis of inputs and outputs is a batch; else samples are passed one
            by one, just as the steps leave them.
        output: The output that post-processing looks at; the only one when left out.
        postprocess: How outputs become predictions.
        metrics: Quality metrics, ids of ``results.METRICS``.
        scenarios: Replaces the suite's scenarios altogether.
        source: Who made it, or the public network.
        link: Where it comes from.
        license: Of the weights.
        input_size: As readers know it, as ``96x96``.
        description: A sentence or two.
        card: Path of a model card in Markdown.
    """

    name: Text
    path: Location
    task: Text = "other"
    dataset: Id | None = None
    inputs: dict[str, Input] = {}
    shape: dict[str, tuple[Count | Literal["?"], ...]] = {}
    batch: bool = True
    output: str | None = None
    postprocess: Step = Step(name="none")
    metrics: tuple[str, ...] = ()
    scenarios: Scenarios | None = None
    source: str | None = None
    link: str | None = None
    license: str | None = None
    input_size: str | None = None
    description: Text | None = None
    card: str | None = None


class Variant(Part, frozen=True, kw_only=True):
    """A precision and the recipe that reaches it; its id is the id of the recipe in results.

    Attributes:
        precision: Number format of the artefact, or of its execution.
        method: original, cast, ptq, dynamic-ptq, accuracy-control, weight-only, …
        quantiser: Tool that makes the artefact; none for ``original`` and ``cast``.
        options: Options of the quantiser; every one is part of the recipe.
        runtimes: Ids of the runtimes that run it; all when left out.
        models: Ids of the models it applies to; all when left out.
        tasks: Tasks it applies to; all when left out. With ``models``, both must hold.
        label: As a reader knows the recipe.
    """

    precision: Precision
    method: str = "original"
    quantiser: Id | None = None
    options: dict[str, Scalar] = {}
    runtimes: tuple[str, ...] | None = None
    models: tuple[str, ...] | None = None
    tasks: tuple[str, ...] | None = None
    label: Text | None = None


class Runtime(Part, frozen=True, kw_only=True):
    """Devices or execution providers of one engine.

    Attributes:
        devices: Required: where one is absent its cells end as ``unsupported``.
        optional_devices: Planned only where they are present.
        options: Options of the engine.
    """

    devices: tuple[str, ...] = ()
    optional_devices: tuple[str, ...] = ()
    options: dict[str, Scalar] = {}


class Limits(Part, frozen=True, kw_only=True):
    """What one process may take; beyond that its cell ends as ``failed``.

    Attributes:
        cell_seconds: Wall time of an accuracy, of loading a model, or of one block.
        prepare_seconds: Wall time of making one artefact.
        memory_mib: Memory of the measuring process, MiB.
    """

    cell_seconds: Seconds = 600.0
    prepare_seconds: Seconds = 1800.0
    memory_mib: Annotated[int, Meta(ge=64)] | None = None


class Suite(Part, frozen=True, kw_only=True):
    """What shall be measured. References between its parts are resolved and checked on loading.

    Attributes:
        suite: Id of the suite.
        description: A sentence or two.
        datasets: Data sets by id.
        models: Models by id.
        variants: Precisions with their recipes, by recipe id.
        runtimes: Engines by id: ``openvino``, ``onnxruntime``.
        scenarios: What is measured, unless a model says otherwise.
        acceptance: By task, how much quality a format may lose and still be acceptable.
        limits: What one cell may take.
    """

    suite: Id
    description: Text | None = None
    datasets: dict[Id, Dataset] = {}
    models: dict[Id, Model]
    variants: dict[Id, Variant]
    runtimes: dict[Id, Runtime]
    scenarios: Scenarios = Scenarios(
        accuracy=Accuracy(), latency=Latency(), throughput=Throughput()
    )
    acceptance: dict[str, Limit] = {}
    limits: Limits = Limits()

    def variants_of(self, model: str) -> Mapping[str, Variant]:
        """Return the variants that apply to the model with this id, in the suite's order."""
        task = self.models[model].task
        return {
            id_: variant
            for id_, variant in self.variants.items()
            if (variant.models is None or model in variant.models)
            and (variant.tasks is None or task in variant.tasks)
        }

    def runtimes_of(self, variant: str) -> Mapping[str, Runtime]:
        """Return the runtimes that shall run the variant with this id, in the suite's order."""
        wanted = self.variants[variant].runtimes
        return {
            id_: runtime
            for id_, runtime in self.runtimes.items()
            if wanted is None or id_ in wanted
        }

    def scenarios_of(self, model: str) -> Mapping[Scenario, How]:
        """Return what is measured of the model with this id; in a fixed order.

        A model without a data set has no accuracy scenario. One with a data set but without metrics
        keeps it: its outputs are compared with those of the FP32 baseline.
        """
        model_ = self.models[model]
        chosen = model_.scenarios or self.scenarios
        accuracy = chosen.accuracy if model_.dataset else None
        if accuracy and not model_.batch:
            accuracy = Accuracy(batch=1)  # there, a batch only saves time
        planned: dict[Scenario, How | None] = {
            Scenario.ACCURACY: accuracy,
            Scenario.LATENCY: chosen.latency,
            Scenario.THROUGHPUT: chosen.throughput,
            Scenario.SINGLE_STREAM: chosen.single_stream,
            Scenario.MULTI_STREAM: chosen.multi_stream,
            Scenario.OFFLINE: chosen.offline,
            Scenario.SERVER: chosen.server,
        }
        return {scenario: settings for scenario, settings in planned.items() if settings}
