"""What the driver asks of a child process, and what comes back; both travel as JSON."""

from __future__ import annotations

import msgspec

from benchfolio.results import Outcomes, Port, Precision, Scenario, Share, State, Value
from benchfolio.runner.engines.base import Config, Device, Purpose, Scalar
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


class LoadGenSettings(Wire, frozen=True, kw_only=True):
    """A test of MLPerf LoadGen, as the suite describes it; ``None`` is what its rules say."""

    min_duration_ms: int | None = None
    min_query_count: int | None = None
    samples_per_query: int | None = None
    target_latency_ms: float | None = None
    target_qps: float | None = None
    expected_latency_ms: float | None = None
    expected_qps: float | None = None
    max_tests: int = 1
    warmup_seconds: float = 0.0


class Measure(Wire, frozen=True, kw_only=True, tag="measure"):
    """Measure one cell.

    Attributes:
        subject: The model.
        scenario: What to measure.
        engine: Runtime id.
        device: Device as the engine knows it.
        precision: Of the artefact.
        artefact: The file to load.
        feeds: File of samples that ``Inspect`` kept.
        baseline: The FP32 original, to compare outputs with where the data have no targets.
        shapes: Static shape per input, where all samples have the same.
        batch: Samples per request.
        cores: Cores to use.
        streams: Parallel streams; the engine's advice when ``None``.
        requests: Requests kept in flight; the engine's advice when ``None``.
        loadgen: Where LoadGen measures.
        options: Options of the engine.
    """

    subject: Subject
    scenario: Scenario
    engine: str
    device: str
    precision: Precision
    artefact: str
    feeds: str
    baseline: str | None = None
    shapes: dict[str, tuple[int, ...]] = {}
    batch: int = 1
    cores: int = 1
    streams: int | None = None
    requests: int | None = None
    loadgen: LoadGenSettings | None = None
    options: dict[str, Scalar] = {}

    def config(self, purpose: Purpose) -> Config:
        """Return how the engine shall load the artefact."""
        return Config(
            device=self.device,
            precision=self.precision,
            purpose=purpose,
            shapes=self.shapes,
            outputs=self.subject.outputs,
            cores=self.cores,
            streams=self.streams,
            requests=self.requests,
            options=self.options,
        )


Job = LookForDevices | Inspect | Prepare | Measure


class Hold(Wire, frozen=True, kw_only=True, tag="hold"):
    """Hold a model ready in a process of its own, and answer commands.

    Attributes:
        subject: The model.
        engine: Runtime id.
        device: Device as the engine knows it.
        precision: Of the artefact.
        artefact: The file to load.
        options: Options of the engine.
        processors: Logical processors that the process is bound to; all where there is none.
    """

    subject: Subject
    engine: str
    device: str
    precision: Precision
    artefact: str
    options: dict[str, Scalar] = {}
    processors: tuple[int, ...] = ()


class Open(Wire, frozen=True, kw_only=True, tag="open"):
    """Load the model for a scenario, run it once, warm it up.

    Attributes:
        name: What blocks will call it.
        purpose: One request at a time, or as many as possible.
        feeds: File of samples that ``Inspect`` kept.
        shapes: Static shape per input, where all samples have the same.
        cores: Cores to use.
        streams: Parallel streams; the engine's advice when ``None``.
        requests: Requests kept in flight; the engine's advice when ``None``.
        warmup_seconds: Untimed inferences.
    """

    name: str
    purpose: Purpose
    feeds: str
    shapes: dict[str, tuple[int, ...]] = {}
    cores: int = 1
    streams: int | None = None
    requests: int | None = None
    warmup_seconds: float = 0.0


class Block(Wire, frozen=True, kw_only=True, tag="block"):
    """Work for one block: one request after the other.

    Attributes:
        name: As in ``Open``.
        untimed: Requests before the clock, to wake threads and warm caches.
        count: Timed requests.
    """

    name: str
    untimed: int
    count: int


class Stretch(Wire, frozen=True, kw_only=True, tag="stretch"):
    """Work for one block of a given length, with requests in flight.

    Attributes:
        name: As in ``Open``.
        seconds: Requests are submitted for so long.
        start: Clock (``time.perf_counter``, which processes of a machine share) to begin at;
            several instances begin at the same time.
        one_by_one: One request after the other, whatever the engine's queue could do.
    """

    name: str
    seconds: float
    start: float | None = None
    one_by_one: bool = False


class Profile(Wire, frozen=True, kw_only=True, tag="profile"):
    """Find out in which precision the layers run, in a profiled run of its own."""

    name: str
    seconds_each: float


Command = Open | Block | Stretch | Profile


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
    outcomes: dict[str, Outcomes] = {}
    executed: dict[str, Share] = {}
    settings: dict[str, Scalar] = {}
    shape: str | None = None
    version: str | None = None


class Opened(Wire, frozen=True, kw_only=True, tag="opened"):
    """A model is loaded and warm.

    Attributes:
        load: Seconds of reading and compiling.
        first: Seconds of the first inference.
        memory: Peak resident set of the process so far, bytes.
        pace: Seconds between two completions, about.
        in_flight: Requests kept in flight.
        settings: As they really are.
        shape: Shapes that run, as ``image=1x1x96x96``.
        version: Of the engine.
    """

    load: float
    first: float
    memory: int
    pace: float
    in_flight: int
    settings: dict[str, Scalar]
    shape: str
    version: str


class Timed(Wire, frozen=True, kw_only=True, tag="timed"):
    """One block.

    Attributes:
        started: Clock when the first timed request was submitted.
        stopped: Clock when the last one was.
        completed: Clock at each completion, ascending: 64-bit floats in the machine's byte order.
        processor: Processor time of all threads meanwhile, seconds.
        waited: Seconds that threads of ours were ready to run and others had the processors; summed
            over threads, with the untimed requests.
    """

    started: float
    stopped: float
    completed: bytes
    processor: float
    waited: float = 0.0


class Profiled(Wire, frozen=True, kw_only=True, tag="profiled"):
    """What the layers run in, by precision; or why that cannot be told."""

    executed: dict[str, Share] = {}
    unknown: str | None = None


class Refused(Wire, frozen=True, kw_only=True, tag="refused"):
    """There is no result; a state and its reason instead.

    Attributes:
        state: How it ended.
        reason: Why.
        settings: As they really were, where something ran nevertheless.
        shape: The shapes that ran then.
        note: What is to be kept of it beside the reason.
    """

    state: State
    reason: str
    settings: dict[str, Scalar] = {}
    shape: str | None = None
    note: str | None = None


Answer = Opened | Timed | Profiled | Refused
"""To a command."""
Reply = DevicesFound | Inspected | Prepared | Measured | Refused
