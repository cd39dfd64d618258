"""What the driver asks of a child process, and what comes back; both travel as JSON."""

from __future__ import annotations

import msgspec

from benchfolio.results import Port, Precision, Scenario, Share, State, Value
from benchfolio.runner.engines.base import Device, Scalar
from benchfolio.runner.suite import Dataset, Model


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all parts that travel."""


class Subject(Wire, frozen=True, kw_only=True):
    """A model with its data set, and the folders they are found and kept in.

    Attributes:
        model: As the suite describes it.
        dataset: Its data set.
        folder: The suite's folder, absolute.
        cache: Folder for what may be kept between runs, absolute.
        ports: The model's inputs, once they are known.
        outputs: Names of its outputs, once they are known.
    """

    model: Model
    dataset: Dataset | None
    folder: str
    cache: str
    ports: tuple[Port, ...] = ()
    outputs: tuple[str, ...] = ()


class LookForDevices(Wire, frozen=True, kw_only=True, tag="devices"):
    """Ask installed engines for their devices."""

    engines: tuple[str, ...]


class Inspect(Wire, frozen=True, kw_only=True, tag="inspect"):
    """Read a model and its data, and keep samples ready to be fed.

    Attributes:
        subject: The model.
        batches: Batch sizes to make feeds for.
        scratch: Folder to write them to.
    """

    subject: Subject
    batches: tuple[int, ...]
    scratch: str


class Prepare(Wire, frozen=True, kw_only=True, tag="prepare"):
    """Make an artefact in a folder."""

    subject: Subject
    quantiser: str
    precision: Precision
    method: str
    options: dict[str, Scalar]
    out: str


class Measure(Wire, frozen=True, kw_only=True, tag="measure"):
    """Measure one cell.

    Attributes:
        subject: The model.
        scenario: What to measure.
        engine: Runtime id.
        device: Device as the engine knows it.
        precision: Of the artefact.
        artefact: The file to load.
        baseline: The FP32 original, to compare outputs with where the data have no targets.
        feeds: File of samples that ``Inspect`` kept.
        shapes: Static shape per input, where all samples have the same.
        batch: Samples per request.
        cores: Cores to use.
        streams: Parallel streams; the engine's advice when ``None``.
        requests: Requests kept in flight; the engine's advice when ``None``.
        seconds: Length of the timed part.
        warmup_seconds: Untimed inferences before it.
        min_requests: Timed requests, at least.
        options: Options of the engine.
    """

    subject: Subject
    scenario: Scenario
    engine: str
    device: str
    precision: Precision
    artefact: str
    baseline: str | None = None
    feeds: str | None = None
    shapes: dict[str, tuple[int, ...]] = {}
    batch: int = 1
    cores: int = 1
    streams: int | None = None
    requests: int | None = None
    seconds: float = 1.0
    warmup_seconds: float = 0.0
    min_requests: int = 1
    options: dict[str, Scalar] = {}


Job = LookForDevices | Inspect | Prepare | Measure


class DevicesFound(Wire, frozen=True, kw_only=True, tag="devices"):
    """Devices by engine; an engine that is not installed is absent."""

    devices: dict[str, tuple[Device, ...]]


class Feedable(Wire, frozen=True, kw_only=True):
    """Samples kept ready for one batch size.

    Attributes:
        path: File with the arrays.
        count: Number of requests in it.
        shapes: Shape per input; ``None`` for a size that differs between samples.
        static: Whether no size differs.
    """

    path: str
    count: int
    shapes: dict[str, tuple[int | None, ...]]
    static: bool


class DataFound(Wire, frozen=True, kw_only=True):
    """Size and content hash of a split."""

    samples: int
    sha256: str
    split: str | None
    targets: bool


class Inspected(Wire, frozen=True, kw_only=True, tag="inspected"):
    """What a model and its data are.

    Attributes:
        inputs: Inputs of the model.
        outputs: Outputs of the model.
        parameters: Number of weights.
        opset: ONNX opset; ``None`` for IR.
        format: onnx or ir.
        files: The model's files, the one to load first, absolute.
        sha256: Of the files' bytes in this order.
        bytes: Of all files.
        test: The data set's test split.
        calibration: The samples that quantisers may look at.
        feeds: By batch size.
    """

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    parameters: int
    opset: int | None
    format: str
    files: tuple[str, ...]
    sha256: str
    bytes: int
    test: DataFound | None = None
    calibration: DataFound | None = None
    feeds: dict[int, Feedable] = {}


class Prepared(Wire, frozen=True, kw_only=True, tag="prepared"):
    """An artefact that was made; file names within its folder, the one to load first."""

    format: str
    files: tuple[str, ...]
    opset: int | None = None


class Measured(Wire, frozen=True, kw_only=True, tag="measured"):
    """Values of one cell and what really ran."""

    values: dict[str, Value]
    executed: dict[str, Share] = {}
    settings: dict[str, Scalar] = {}
    shape: str | None = None
    version: str | None = None


class Refused(Wire, frozen=True, kw_only=True, tag="refused"):
    """There is no result; a state and its reason instead."""

    state: State
    reason: str


Reply = DevicesFound | Inspected | Prepared | Measured | Refused
