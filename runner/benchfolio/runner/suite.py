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
Scalar = bool | int | float | str | None
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
            outside COCO and class folders) the samples have no targets.
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


class Latency(Part, frozen=True, kw_only=True):
    """How latency is measured: one request at a time.

    Attributes:
        seconds: Length of the timed part, at least.
        batch: Samples per request.
        warmup_seconds: Untimed inferences before it.
        min_requests: Timed requests, at least, whatever the seconds.
    """

    seconds: Seconds = 2.0
    batch: Count = 1
    warmup_seconds: Annotated[float, Meta(ge=0, le=86400)] = 0.3
    min_requests: Count = 7


class Throughput(Part, frozen=True, kw_only=True):
    """How throughput is measured: many requests in flight.

    Attributes:
        seconds: Length of the timed part, at least.
        batch: Samples per request.
        warmup_seconds: Untimed inferences before it.
        requests: Requests kept in flight; ``auto`` is what the engine advises.
        streams: Parallel streams; ``auto`` is what the engine advises.
    """

    seconds: Seconds = 2.0
    batch: Count = 1
    warmup_seconds: Annotated[float, Meta(ge=0, le=86400)] = 0.3
    requests: Count | Literal["auto"] = "auto"
    streams: Count | Literal["auto"] = "auto"


class Scenarios(Part, frozen=True, kw_only=True):
    """What is measured; a scenario that is ``None`` is not planned."""

    accuracy: Accuracy | None = None
    latency: Latency | None = None
    throughput: Throughput | None = None


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
    """What one cell may take; beyond that it ends as ``failed``.

    Attributes:
        cell_seconds: Wall time of one measurement.
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

    def scenarios_of(self, model: str) -> Mapping[Scenario, Accuracy | Latency | Throughput]:
        """Return what is measured of the model with this id; in a fixed order.

        A model without a data set has no accuracy scenario. One with a data set but without metrics
        keeps it: its outputs are compared with those of the FP32 baseline.
        """
        model_ = self.models[model]
        chosen = model_.scenarios or self.scenarios
        accuracy = chosen.accuracy if model_.dataset else None
        if accuracy and not model_.batch:
            accuracy = Accuracy(batch=1)  # there, a batch only saves time
        planned = {
            Scenario.ACCURACY: accuracy,
            Scenario.LATENCY: chosen.latency,
            Scenario.THROUGHPUT: chosen.throughput,
        }
        return {scenario: settings for scenario, settings in planned.items() if settings}
