"""Made-up results of any size: a fixed shape, written as our result files and as asv's.

The shape was chosen before anything was made fast, after ``results/2026.11/epyc-2core-vm.json``.
Each file is one platform and one release; of each model it holds four ways (FP32 and INT8, each
on two runtimes), and of each way five values in three cells:

- accuracy, with interval, of 1,000 samples;
- latency: median with interval and spread, p99, and peak memory;
- throughput, with interval.

Every cell says when, how long and by which command it was measured, and with which settings.
Every fifth model was raced: its latency and throughput have 40 rounds, each race has a twin, and
its accuracy has the outcome of each sample. That is about 0.75 kB a value; a file of the real suite
has 1.2 kB, as all of its models were raced and judged by two metrics.

A figure drifts by 1 % from release to release, and one series in twenty has a step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec

from benchfolio.results import (
    Artefact,
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
    State,
    System,
    Twin,
    Value,
    Verdict,
    cell_id,
    pack_bits,
    pack_floats,
    write_bytes,
)
from benchfolio.results import encode as canonical

VALUES_OF_MODEL = 20
SAMPLES = 1000
ROUNDS = 40
RACED = 5
"""One model in so many was raced."""


@dataclass(frozen=True)
class Shape:
    """How much there is."""

    platforms: int
    releases: int
    models: int

    @property
    def files(self) -> int:
        """One for each platform and release."""
        return self.platforms * self.releases

    @property
    def values(self) -> int:
        """All measured values."""
        return self.files * self.models * VALUES_OF_MODEL


@dataclass(frozen=True)
class Way:
    """A precision, made by a recipe, on a runtime; and what that does to a model."""

    precision: Precision
    recipe: str
    runtime: str
    device: str
    faster: float
    loss: float


WAYS = (
    Way(Precision.FP32, "original", "openvino", "CPU", 1.0, 0.0),
    Way(Precision.FP32, "original", "onnxruntime", "CPUExecutionProvider", 0.85, 0.0),
    Way(Precision.INT8, "nncf-int8", "openvino", "CPU", 2.6, 0.4),
    Way(Precision.INT8, "ort-qdq", "onnxruntime", "CPUExecutionProvider", 1.9, 0.6),
)
VERSIONS = {"openvino": "2026.4.1", "onnxruntime": "1.24.0"}
METRICS = ("latency@median", "latency@p99", "memory@peak", "throughput", "accuracy")
"""The five metrics, in the order of :class:`Figures`."""


@dataclass(frozen=True)
class Figures:
    """What one way of one model did on one platform for one release."""

    latency: float
    p99: float
    memory: float
    throughput: float
    right: int

    def values(self) -> dict[str, float]:
        """Return the five values by metric."""
        accuracy = 100 * self.right / SAMPLES
        found = (self.latency, self.p99, self.memory, self.throughput, accuracy)
        return dict(zip(METRICS, found, strict=True))


def release_name(release: int) -> str:
    """Return the name of a release: 2021.1, 2021.2, … four a year."""
    return f"{2021 + release // 4}.{release % 4 + 1}"


def released(release: int) -> datetime:
    """Return the day of a release."""
    return datetime(2021, 1, 15, tzinfo=UTC) + timedelta(days=91 * release)


def figures(platform: int, release: int, model: int, way: int) -> Figures:
    """Return the same figures for the same place, always."""
    series = Random(f"{platform}/{model}/{way}")
    own = Random(f"{platform}/{model}/{way}/{release}")
    step = series.random() < 0.05 and release >= series.randrange(4, 16)
    speed = WAYS[way].faster * (1 + 0.15 * platform) * (0.92 if step else 1.0)
    latency = 0.8 * 1.17 ** (model % 25) / speed * math.exp(own.gauss(0, 0.01))
    return Figures(
        latency=latency,
        p99=latency * (1.2 + 0.1 * own.random()),
        memory=60 + 9 * (model % 25) + 40 * series.random(),
        throughput=1700 / latency * math.exp(own.gauss(0, 0.01)),
        right=round(SAMPLES * (0.7 + 0.28 * Random(model).random()) - 10 * WAYS[way].loss),
    )


def write_results(folder: Path, shape: Shape) -> None:
    """Write ``RELEASE/PLATFORM.json`` files."""
    for platform in range(shape.platforms):
        for release in range(shape.releases):
            file = result_file(platform, release, shape.models)
            path = folder / file.release / f"{file.platform.id}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(canonical(file))


def change_one(folder: Path, shape: Shape, turn: int) -> None:
    """Change one value of the newest file of the last platform, another one in every turn."""
    file = result_file(shape.platforms - 1, shape.releases - 1, shape.models, turn)
    write_bytes(canonical(file), folder / file.release / f"{file.platform.id}.json")


def result_file(platform: int, release: int, models: int, turn: int = 0) -> ResultFile:
    """Return one file; a turn other than 0 changes one of its values."""
    cells = [cell for model in range(models) for cell in _cells(platform, release, model)]
    if turn:
        cells[-1] = _slower(cells[-1], turn)
    return ResultFile(
        format="benchfolio-results",
        version=1,
        release=release_name(release),
        platform=_platform(platform),
        origin=Origin(kind="measured", tool="benchfolio 0.1.0"),
        suite="synthetic",
        software={"python": "3.11.9", "benchfolio": "0.1.0", **VERSIONS},
        acceptance={task: Limit(metric="accuracy", max_drop=1.0) for task in _TASKS},
        models={_model_id(model): _model(model) for model in range(models)},
        datasets={"samples": Dataset(name="Samples", split="test", samples=SAMPLES)},
        recipes=_recipes(),
        artefacts=dict(made for model in range(models) for made in _artefacts(model)),
        races=dict(
            race for model in range(0, models, RACED) for race in _races(platform, release, model)
        ),
        cells=tuple(cells),
    )


_TASKS = ("image-classification", "object-detection", "text-classification")


def _model_id(model: int) -> str:
    return f"model-{model:03}"


def _model(model: int) -> Model:
    return Model(
        name=f"Model {model:03}",
        task=_TASKS[model % len(_TASKS)],
        source="made up",
        license="Apache-2.0",
        input_size="224x224",
        parameters=1_000_000 * (model + 1),
    )


def _platform(platform: int) -> Platform:
    return Platform(
        id=f"platform-{platform:02}",
        label=f"Platform {platform:02}",
        processor=Processor(
            name=f"Processor {platform:02}",
            architecture="x86_64",
            isa=("avx2", "avx512_vnni", "avx512f"),
            sockets=1,
            cores=8,
            threads=16,
        ),
        memory_bytes=64 * 2**30,
        system=System(os="Debian GNU/Linux 12 (bookworm)", governor="performance", turbo=False),
    )


def _recipes() -> dict[str, Recipe]:
    return {
        "original": Recipe(method="original"),
        "nncf-int8": Recipe(method="ptq", tool="nncf", tool_version="3.0.0"),
        "ort-qdq": Recipe(method="ptq", tool="onnxruntime", tool_version="1.24.0"),
    }


def _artefacts(model: int) -> Iterator[tuple[str, Artefact]]:
    for way in WAYS:
        id_ = f"{_model_id(model)}@{way.recipe}"
        yield (
            id_,
            Artefact(
                model=_model_id(model),
                precision=way.precision,
                recipe=way.recipe,
                format="onnx",
                bytes=4_000_000 * (model + 1) // (4 if way.loss else 1),
            ),
        )


def _cells(platform: int, release: int, model: int) -> Iterator[Cell]:
    for number, way in enumerate(WAYS):
        found = figures(platform, release, model, number)
        raced = model % RACED == 0
        for scenario, values in _values(found):
            yield Cell(
                model=_model_id(model),
                scenario=scenario,
                precision=way.precision,
                recipe=way.recipe,
                runtime=way.runtime,
                runtime_version=VERSIONS[way.runtime],
                device=way.device,
                dataset="samples",
                artefact=f"{_model_id(model)}@{way.recipe}",
                shape="image=1x3x224x224",
                load=Load() if scenario is Scenario.ACCURACY else _LOAD,
                state=State.OK,
                values=values,
                settings={"inference_num_threads": 8, "performance_hint": scenario.value.upper()},
                started=released(release) + timedelta(seconds=10 * model + number),
                seconds=1.5,
                command=f"benchfolio run suite.yaml --release {release_name(release)}"
                f" --only {_model_id(model)}/{way.recipe}/{way.runtime}/{scenario.value}",
                rounds=_rounds(found, platform, model, scenario) if raced else None,
                outcomes=_outcomes(found, model, number) if raced and "accuracy" in values else {},
                verdict=Verdict(calm=Calm.QUIET) if raced else None,
            )


_LOAD = Load(cores_per_instance=8, sockets=1)


def _values(found: Figures) -> list[tuple[Scenario, dict[str, Value]]]:
    at = found.values()
    half = 0.004
    speed = {
        name: Value(
            value=at[name],
            unit=unit,
            n=1200,
            interval=Interval(
                low=at[name] * (1 - half),
                high=at[name] * (1 + half),
                method="median of rounds, order statistics, 40 blocks",
            ),
            spread=at[name] * 0.02,
        )
        for name, unit in (("latency@median", "ms"), ("throughput", "1/s"))
    }
    p99 = Value(value=found.p99, unit="ms", n=1200, definition="nearest rank")
    memory = Value(value=found.memory, unit="MiB", n=1)
    share = found.right / SAMPLES
    wide = 196 * math.sqrt(share * (1 - share) / SAMPLES)
    interval = Interval(
        low=100 * share - wide, high=min(100.0, 100 * share + wide), method="normal"
    )
    accuracy = Value(value=at["accuracy"], unit="%", n=SAMPLES, interval=interval)
    return [
        (Scenario.ACCURACY, {"accuracy": accuracy}),
        (
            Scenario.LATENCY,
            {
                "latency@median": speed["latency@median"],
                "latency@p99": p99,
                "memory@peak": memory,
            },
        ),
        (Scenario.THROUGHPUT, {"throughput": speed["throughput"]}),
    ]


def _race_id(model: int, scenario: Scenario) -> str:
    return f"{_model_id(model)}@{scenario.value}"


def _per_round(centre: float, seed: str) -> str:
    random = Random(seed)
    return pack_floats(centre * (1 + 0.02 * random.random()) for _ in range(ROUNDS))


def _rounds(found: Figures, platform: int, model: int, scenario: Scenario) -> Rounds | None:
    if scenario is Scenario.ACCURACY:
        return None
    centre = found.latency if scenario is Scenario.LATENCY else found.throughput
    figures_ = _per_round(centre, f"{platform}/{model}/{centre}")
    return Rounds(race=_race_id(model, scenario), figures=figures_)


def _outcomes(found: Figures, model: int, way: int) -> dict[str, Outcomes]:
    order = list(range(SAMPLES))
    Random(f"{model}/{way}").shuffle(order)
    right = [False] * SAMPLES
    for place in order[: found.right]:
        right[place] = True
    return {"accuracy": Outcomes(samples=SAMPLES, right=pack_bits(right))}


def _races(platform: int, release: int, model: int) -> Iterator[tuple[str, Race]]:
    baseline = figures(platform, release, model, 0)
    cells = list(_cells(platform, release, model))
    for scenario, centre in (
        (Scenario.LATENCY, baseline.latency),
        (Scenario.THROUGHPUT, baseline.throughput),
    ):
        cell = next(cell for cell in cells if cell.scenario is scenario)
        twin = Twin(cell=cell_id(cell), figures=_per_round(centre, f"twin/{platform}/{centre}"))
        yield (
            _race_id(model, scenario),
            Race(
                scenario=scenario,
                rounds=ROUNDS,
                target=0.01,
                ended="target",
                time_limit=60.0,
                seconds=12.0,
                order="balanced Latin square",
                block_seconds=0.05,
                twins=(twin,),
                conditions=Conditions(verdict=Verdict(calm=Calm.QUIET), others=0.01),
            ),
        )


def _slower(cell: Cell, turn: int) -> Cell:
    values = {
        name: msgspec.structs.replace(value, value=value.value * (1 - 0.001 * (turn % 3 + 1)))
        for name, value in cell.values.items()
    }
    return msgspec.structs.replace(cell, values=values)
