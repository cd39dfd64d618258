"""Made-up but realistic result files: three platforms, two releases, every state, hostile names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.load import load
from benchfolio.generator.merge import merge
from benchfolio.results import (
    Artefact,
    Calibration,
    Cell,
    Dataset,
    Interval,
    Limit,
    Load,
    Model,
    Origin,
    Platform,
    Precision,
    Processor,
    Recipe,
    ResultFile,
    Scenario,
    Share,
    State,
    System,
    Value,
    write,
)

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
            for scenario in Scenario:
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
