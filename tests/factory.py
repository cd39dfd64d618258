"""Made-up but realistic result files: three platforms, two releases, every state, hostile names.

``raced`` adds what measuring in turn leaves: rounds, outcomes per sample, verdicts, twins.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.load import load
from benchfolio.generator.merge import merge
from benchfolio.results import (
    Artefact,
    Calibration,
    Calm,
    Cell,
    Conditions,
    Dataset,
    Interval,
    Limit,
    Load,
    Model,
    Origin,
    Outcomes,
    Platform,
    Precision,
    Processor,
    Race,
    Recipe,
    ResultFile,
    Rounds,
    Scenario,
    Share,
    State,
    System,
    Twin,
    Value,
    Verdict,
    cell_id,
    pack_bits,
    pack_floats,
    pack_scores,
    write,
)
from benchfolio.statistics import DRAWS

HOSTILE = (
    "<script>alert(1)</script>",
    "`x`_ |y| :raw:`z`",
    "=cmd()|' /C calc'!A0",
    "../../etc/passwd",
    "two\nlines | and a pipe",
    "right\u202eot\u2066left",
)
"""Texts that a result file may carry anywhere it carries text."""

RELEASES = ("2026.1", "2026.2")
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

MODELS = {
    "digits-resnet": Model(
        name="Digits ResNet-8",
        task="image-classification",
        source="trained here",
        license="Apache-2.0",
        input_size="96x96",
        parameters=78_042,
    ),
    "digits-detector": Model(name="Digits detector", task="object-detection", input_size="128x128"),
    "names-encoder": Model(
        name="Names encoder",
        task="text-classification",
        link="https://example.org/names",
        input_size="32 tokens",
    ),
    "tiny-lm": Model(name="Tiny LM", task="language-modelling", input_size="64 tokens"),
    "hostile": Model(
        name=HOSTILE[0],
        task=HOSTILE[2],
        source=HOSTILE[1],
        link="javascript:alert(1)",
        license=HOSTILE[5],
        input_size=HOSTILE[4],
        description=HOSTILE[3],
    ),
}

QUALITY: dict[str, dict[str, tuple[float, int]]] = {
    "digits-resnet": {"accuracy@top1": (98.61, 360)},
    "digits-detector": {"map@50:95": (71.2, 200), "map@50": (93.4, 200)},
    "names-encoder": {"accuracy": (86.52, 3900), "f1@macro": (84.1, 3900)},
    "tiny-lm": {"perplexity": (23.4, 5000)},
    "hostile": {"accuracy@top1": (50.0, 100)},
}
"""FP32 quality by model and metric: value and number of samples."""

LATENCY = {
    "digits-resnet": 6.2,
    "digits-detector": 14.5,
    "names-encoder": 0.81,
    "tiny-lm": 51.0,
    "hostile": 1.0,
}
"""FP32 median latency, ms."""

DATASETS = {
    "digits": Dataset(
        name="Digits scenes", split="test", samples=360, sha256="ab" * 32, license="CC-BY-4.0"
    ),
    "names": Dataset(name="CLDR names", split="test", samples=3900),
    "text": Dataset(name=HOSTILE[4], samples=5000),
}

RECIPES = {
    "original": Recipe(method="original", label="original"),
    "cast": Recipe(method="cast", label="cast"),
    "nncf-ptq": Recipe(
        method="ptq",
        label="NNCF PTQ",
        tool="nncf",
        tool_version="3.1.0",
        calibration=Calibration(dataset="digits", split="train", samples=300),
        options={"preset": "mixed", "fast_bias_correction": True},
    ),
    "ort-qdq": Recipe(method="ptq", label="ORT QDQ", tool="onnxruntime", tool_version="1.24.0"),
}


class Variant(msgspec.Struct, frozen=True):
    """One way of running a model; gain and loss against FP32 of the same runtime."""

    precision: Precision
    recipe: str
    runtime: str
    gain: float = 1.0
    loss: float = 0.0


VARIANTS = (
    Variant(Precision.FP32, "original", "openvino"),
    Variant(Precision.BF16, "cast", "openvino", 1.4, 0.05),
    Variant(Precision.INT8, "nncf-ptq", "openvino", 2.1, 0.3),
    Variant(Precision.FP8_E4M3, "nncf-ptq", "openvino", 0.8, 1.7),
    Variant(Precision.FP32, "original", "onnxruntime", 0.9),
    Variant(Precision.INT8, "ort-qdq", "onnxruntime", 1.6, 0.6),
)

PLATFORMS = {
    "lab-xeon": Platform(
        id="lab-xeon",
        label="Xeon Platinum 8380",
        processor=Processor(
            name="Intel Xeon Platinum 8380",
            vendor="Intel",
            architecture="x86_64",
            isa=("AVX2", "AVX-512", "VNNI"),
            sockets=2,
            cores=80,
            threads=160,
        ),
        memory_bytes=512 * 2**30,
        system=System(os="Ubuntu 24.04", kernel="6.8.0", governor="performance", turbo=True),
    ),
    "desk-core": Platform(
        id="desk-core",
        label="Core i9-12900K",
        processor=Processor(name="Intel Core i9-12900K", isa=("AVX2", "VNNI"), cores=16),
        memory_bytes=64 * 2**30,
    ),
    "arm-board": Platform(
        id="arm-board",
        label=f"Board {HOSTILE[0]}",
        processor=Processor(architecture="aarch64", isa=("NEON",), cores=4),
        withheld=("system.hypervisor",),
    ),
}
SPEED = {"lab-xeon": 2.0, "desk-core": 1.0, "arm-board": 0.25}

NOT_OK = {
    ("arm-board", Precision.BF16): (State.UNSUPPORTED, "the device has no bfloat16"),
    ("arm-board", Precision.FP8_E4M3): (State.SKIPPED, "excluded by the suite"),
    ("desk-core", Precision.BF16): (State.WITHHELD, "the owner does not publish it"),
    ("desk-core", Precision.FP8_E4M3): (State.PENDING, None),
    ("lab-xeon", Precision.FP8_E4M3): (State.FAILED, "Exception: FakeConvert <unsupported>"),
}


def result_file(platform: str = "lab-xeon", release: str = RELEASES[-1]) -> ResultFile:
    """Return one platform's results; the FP8 failures of ``lab-xeon`` concern one model only."""
    cells = tuple(_cells(platform, release))
    return ResultFile(
        format="benchfolio-results",
        version=1,
        release=release,
        platform=PLATFORMS[platform],
        origin=Origin(kind="measured", tool="benchfolio 0.1.0"),
        suite="bundled",
        software={"python": "3.12.1", "openvino": "2026.0.0", "onnxruntime": "1.24.0"},
        acceptance={
            "image-classification": Limit(metric="accuracy@top1", max_drop=1.0),
            "object-detection": Limit(metric="map@50:95", max_drop=1.0),
            "text-classification": Limit(metric="accuracy", max_drop=0.5),
        },
        models=MODELS,
        datasets=DATASETS,
        recipes=RECIPES,
        artefacts=dict(_artefacts()),
        cells=cells,
    )


def portfolio() -> list[tuple[str, ResultFile]]:
    """Return three platforms in two releases (one platform only in the first), with their names."""
    return [
        (f"{release}/{platform}.json", result_file(platform, release))
        for release in RELEASES
        for platform in PLATFORMS
        if (platform, release) != ("arm-board", "2026.2")
    ]


ROUNDS = 24
RESAMPLES = 200
QUIET = Verdict(calm=Calm.QUIET)
NOISY = Verdict(calm=Calm.NOISY, reasons=("other processes took 12 % of the processor",))
UNUSABLE = Verdict(calm=Calm.UNUSABLE, reasons=("the processor slowed down because of heat",))
METRIC_OF = {Scenario.LATENCY: "latency@median", Scenario.THROUGHPUT: "throughput"}


def raced(
    file: ResultFile,
    *,
    alike: Sequence[Precision] = (),
    verdict: Callable[[Cell], Verdict] = lambda _: QUIET,
    ended: str = "target",
    target: float = 0.01,
    twins: bool = True,
    noise: float = 0.004,
) -> ResultFile:
    """Return a file whose formats were measured in turn, and whose samples are known one by one.

    Args:
        file: From ``result_file``.
        alike: Precisions that are exactly as fast as FP32 of the same runtime, but for noise.
        verdict: What is said of the machine while a cell was measured.
        ended: As ``Race.ended``.
        target: As ``Race.target``.
        twins: Whether baselines also ran against themselves.
        noise: Standard deviation of a figure around the drift that all share, relative.
    """
    cells = [
        _watched(_alike(cell, file, alike), verdict, noise) if cell.state is State.OK else cell
        for cell in file.cells
    ]
    names = sorted({cell.rounds.race for cell in cells if cell.rounds is not None})
    races = {name: _race(name, cells, (ended, target), twins=twins, noise=noise) for name in names}
    return msgspec.structs.replace(file, cells=tuple(cells), races=races)


def with_loadgen(file: ResultFile) -> ResultFile:
    """Return a file in which MLPerf LoadGen also measured every format that has a latency."""
    more = [
        msgspec.structs.replace(
            cell,
            scenario=Scenario.SERVER,
            values={
                "latency@p90": timing(2 * cell.values["latency@p90"].value, "ms"),
                "throughput": timing(10_000 / cell.values["latency@median"].value, "1/s"),
            },
            executed={},
            rounds=None,
        )
        for cell in file.cells
        if cell.scenario is Scenario.LATENCY and cell.state is State.OK
    ]
    return msgspec.structs.replace(file, cells=(*file.cells, *more))


def shifted(
    file: ResultFile,
    *,
    speed: Callable[[Cell], float] = lambda _: 1.0,
    points: Callable[[Cell], float] = lambda _: 0.0,
    versions: Mapping[str, str] = MappingProxyType({}),
    state: Callable[[Cell], tuple[State, str] | None] = lambda _: None,
) -> ResultFile:
    """Return a file as a later release might be.

    Args:
        file: From ``result_file``.
        speed: How many times as fast a cell is.
        points: How much better its quality is.
        versions: New versions by runtime.
        state: State and reason of a cell that has no value any more.
    """
    cells = tuple(_shifted(cell, speed, points, versions, state) for cell in file.cells)
    return msgspec.structs.replace(file, cells=cells)


def _shifted(
    cell: Cell,
    speed: Callable[[Cell], float],
    points: Callable[[Cell], float],
    versions: Mapping[str, str],
    state: Callable[[Cell], tuple[State, str] | None],
) -> Cell:
    cell = msgspec.structs.replace(
        cell, runtime_version=versions.get(cell.runtime, cell.runtime_version)
    )
    now = state(cell)
    if now is not None:
        return msgspec.structs.replace(
            cell, state=now[0], reason=now[1], values={}, executed={}, settings={}, seconds=None
        )
    values = dict(cell.values)
    for metric, factor in (("latency@median", 1 / speed(cell)), ("throughput", speed(cell))):
        if metric in values:
            values[metric] = timing(values[metric].value * factor, values[metric].unit)
    if cell.scenario is Scenario.ACCURACY and points(cell):
        values |= {
            name: proportion(round(value.value + points(cell), 2), value.n or 1)
            for name, value in values.items()
            if value.unit == "%"
        }
    return msgspec.structs.replace(cell, values=values)


def race_id(cell: Cell) -> str:
    """Return the race of a cell: all formats of a model, in one scenario."""
    return f"{cell.model}-{cell.scenario.value}"


def in_rounds(name: str, value: float, noise: float) -> list[float]:
    """Return a figure for each round: noise of its own on a drift that everybody shares."""
    own, drift = random.Random(name), random.Random("drift")
    return [
        value * (1 + 0.3 * drift.random()) * math.exp(own.gauss(0, noise)) for _ in range(ROUNDS)
    ]


def _alike(cell: Cell, file: ResultFile, alike: Sequence[Precision]) -> Cell:
    metric = METRIC_OF.get(cell.scenario)
    if metric is None or cell.precision not in alike:
        return cell
    base = next(
        one
        for one in file.cells
        if (one.model, one.runtime, one.scenario) == (cell.model, cell.runtime, cell.scenario)
        and one.precision is Precision.FP32
    )
    return msgspec.structs.replace(cell, values={**cell.values, metric: base.values[metric]})


def _watched(cell: Cell, verdict: Callable[[Cell], Verdict], noise: float) -> Cell:
    metric = METRIC_OF.get(cell.scenario)
    rounds = None
    if metric is not None:
        figures = in_rounds(cell_id(cell), cell.values[metric].value, noise)
        rounds = Rounds(race=race_id(cell), figures=pack_floats(figures))
    outcomes = {
        name: _outcomes(name, value)
        for name, value in cell.values.items()
        if cell.scenario is Scenario.ACCURACY
    }
    return msgspec.structs.replace(cell, rounds=rounds, outcomes=outcomes, verdict=verdict(cell))


def _race(
    name: str, cells: Sequence[Cell], end: tuple[str, float], *, twins: bool, noise: float
) -> Race:
    own = [cell for cell in cells if cell.rounds is not None and cell.rounds.race == name]
    scenario = own[0].scenario
    metric = METRIC_OF[scenario]
    again = [
        Twin(
            cell=cell_id(cell),
            figures=pack_floats(in_rounds(f"twin of {name}", cell.values[metric].value, noise)),
        )
        for cell in own
        if cell.precision is Precision.FP32 and cell.runtime == "openvino"
    ]
    return msgspec.convert(
        {
            "scenario": scenario.value,
            "rounds": ROUNDS,
            "target": end[1],
            "ended": end[0],
            "time_limit": 12.0,
            "seconds": 11.5,
            "order": "each order and its reverse in turn",
            "block_seconds": 0.05,
            "twins": again if twins else [],
            "conditions": Conditions(
                verdict=QUIET, others=0.012, steal=0.003, mhz_low=2890.0, mhz_high=3010.0
            ),
        },
        Race,
        from_attributes=True,
    )


def _outcomes(metric: str, value: Value) -> Outcomes:
    """Return outcomes in which a better format is right wherever a worse one is, but for a few."""
    samples = value.n or 1
    if metric.startswith("accuracy"):
        hits = round(value.value * samples / 100)
        ranked = random.Random(samples).sample(range(samples), samples)
        right = set(ranked[:hits])
        return Outcomes(samples=samples, right=pack_bits([i in right for i in range(samples)]))
    shared, own = random.Random("resamples"), random.Random(f"{metric} {value.value}")
    spread = 0.02 * value.value
    drawn = [value.value + shared.gauss(0, spread) for _ in range(RESAMPLES)]
    return Outcomes(
        samples=samples,
        scores=pack_scores(shared.random() for _ in range(samples)),
        resampled=pack_floats(each + own.gauss(0, 0.1) for each in drawn),
        draws=f"{DRAWS}, {RESAMPLES} resamples",
    )


def published_collection() -> Collection:
    """Return what this repository carries of published pages."""
    files = load(Path(__file__).parents[1] / "results").files
    return merge((name, file) for name, file in files if file.origin.kind == "transcribed")


def write_results(folder: Path) -> None:
    """Write the portfolio into a results folder."""
    for name, file in portfolio():
        write(file, folder / name)


def dataset_of(model: str) -> str:
    """Return the data set a model's quality is measured on."""
    return {"names-encoder": "names", "tiny-lm": "text"}.get(model, "digits")


def proportion(value: float, n: int) -> Value:
    """Return an accuracy in % with its Wilson interval."""
    z, p = 1.959964, value / 100
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    interval = Interval(low=100 * (middle - half), high=100 * (middle + half), method="wilson")
    return Value(value=value, unit="%", n=n, interval=interval)


def timing(value: float, unit: str, *, n: int = 200, noise: float = 0.02) -> Value:
    """Return a speed with an interval of ± ``noise``."""
    interval = Interval(low=value * (1 - noise), high=value * (1 + noise), method="bootstrap")
    return Value(value=value, unit=unit, n=n, interval=interval, spread=value * noise)


def _artefact_id(model: str, variant: Variant) -> str:
    return f"{model}-{variant.precision.value.lower()}-{variant.recipe}"


def _artefacts() -> Iterator[tuple[str, Artefact]]:
    for model in MODELS:
        for variant in VARIANTS:
            kind = "onnx" if variant.runtime == "onnxruntime" else "ir"
            yield (
                _artefact_id(model, variant),
                Artefact(
                    model=model,
                    precision=variant.precision,
                    recipe=variant.recipe,
                    format="onnx-qdq" if variant.recipe == "ort-qdq" else kind,
                    sha256=f"{len(model):02x}" * 32,
                    bytes=400_000 if variant.precision is Precision.FP32 else 110_000,
                ),
            )


def _cells(platform: str, release: str) -> Iterator[Cell]:
    start = START + timedelta(days=90 * RELEASES.index(release))
    for model in MODELS:
        for variant in VARIANTS:
            for scenario in (Scenario.ACCURACY, Scenario.LATENCY, Scenario.THROUGHPUT):
                start += timedelta(seconds=10)
                yield _cell(platform, model, variant, scenario, start)


def _cell(
    platform: str, model: str, variant: Variant, scenario: Scenario, started: datetime
) -> Cell:
    state, reason = NOT_OK.get((platform, variant.precision), (State.OK, None))
    if state is State.FAILED and model != "hostile":
        state, reason = State.OK, None
    ok = state is State.OK
    accuracy = scenario is Scenario.ACCURACY
    throughput = scenario is Scenario.THROUGHPUT
    return Cell(
        model=model,
        scenario=scenario,
        precision=variant.precision,
        recipe=variant.recipe,
        runtime=variant.runtime,
        runtime_version="2026.0.0" if variant.runtime == "openvino" else "1.24.0",
        device="CPU" if variant.runtime == "openvino" else "CPUExecutionProvider",
        dataset=dataset_of(model) if accuracy else None,
        artefact=_artefact_id(model, variant),
        shape="image=1x1x96x96",
        load=Load(instances=2, cores_per_instance=1) if throughput else Load(),
        state=state,
        reason=reason,
        values=_values(platform, model, variant, scenario) if ok else {},
        executed=_executed(variant) if ok and scenario is Scenario.LATENCY else {},
        settings={"INFERENCE_NUM_THREADS": 2} if ok else {},
        started=None if state is State.PENDING else started,
        seconds=4.5 if ok else None,
        command=f"benchfolio run suite.yaml --only {model}/{variant.precision.value}",
    )


def _executed(variant: Variant) -> dict[str, Share]:
    if variant.precision is Precision.INT8:
        return {"INT8": Share(layers=18, time=0.93), "FP32": Share(layers=3, time=0.07)}
    return {variant.precision.value: Share(layers=21, time=1.0)}


def _values(platform: str, model: str, variant: Variant, scenario: Scenario) -> dict[str, Value]:
    if scenario is Scenario.ACCURACY:
        return {name: _quality(name, *found, variant) for name, found in QUALITY[model].items()}
    speed = SPEED[platform] * variant.gain
    median = LATENCY[model] / speed
    if scenario is Scenario.THROUGHPUT:
        return {"throughput": timing(1850 / median, "1/s")}
    return {
        "latency@median": timing(median, "ms"),
        "latency@p90": timing(median * 1.12, "ms"),
        "time@load": Value(value=41.3 + median, unit="ms"),
        "time@first": Value(value=median * 3, unit="ms"),
        "memory@peak": Value(value=122.4 / variant.gain**0.2, unit="MiB"),
        "size": Value(value=1.53 if variant.precision is Precision.FP32 else 0.42, unit="MiB"),
    }


def _quality(metric: str, value: float, n: int, variant: Variant) -> Value:
    if metric == "perplexity":
        found = value * (1 + variant.loss / 100)
        interval = Interval(low=found - 0.2, high=found + 0.2, method="bootstrap")
        return Value(value=found, unit="1", n=n, interval=interval)
    return proportion(round(value - variant.loss, 2), n)
