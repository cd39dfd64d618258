"""Comparing two releases against reading the same files."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
from bench.sides import Outcome, ratio
from factory import PLATFORMS, result_file

from benchfolio.generator.merge import merge
from benchfolio.release.judging import judge
from benchfolio.release.reports import render
from benchfolio.release.sides import read_sides
from benchfolio.results import Cell, Interval, ResultFile, Scenario, Value, read, write

RELEASES = ("2026.1", "2026.2")
CELLS = 100_000
FILES = 100
ROUNDS = 3
_METRICS = (
    (Scenario.LATENCY, "latency@median", "ms", 5.0),
    (Scenario.THROUGHPUT, "throughput", "1/s", 300.0),
    (Scenario.ACCURACY, "accuracy@top1", "%", 75.0),
)


def write_releases(folder: Path, cells: int = CELLS, files: int = FILES) -> None:
    """Write two releases of so many cells each; one cell in fifty is a tenth slower."""
    base = result_file("lab-xeon", RELEASES[0])
    template = next(cell for cell in base.cells if cell.scenario is Scenario.LATENCY)
    for index in range(files):
        id_ = f"machine-{index:05}"
        platform = msgspec.structs.replace(PLATFORMS["lab-xeon"], id=id_)
        model = next(iter(base.models.values()))
        for release in RELEASES:
            made = tuple(_cells(template, cells // files, f"{index}", release))
            file = msgspec.structs.replace(
                base,
                release=release,
                platform=platform,
                models={cell.model: model for cell in made},
                artefacts={},
                cells=made,
            )
            write(file, folder / release / f"{id_}.json")


def _cells(template: Cell, count: int, seed: str, release: str) -> Iterator[Cell]:
    shared, own = random.Random(seed), random.Random(f"{seed} {release}")
    for number in range(count):
        scenario, metric, unit, typical = _METRICS[number % 3]
        true = typical * shared.uniform(0.8, 1.2)
        slower = shared.random() < 0.02 and release == RELEASES[1]
        accuracy = scenario is Scenario.ACCURACY
        if not accuracy:
            factor = 1.1 if slower else 1.0
            true *= own.gauss(1, 0.01) * (factor if unit == "ms" else 1 / factor)
        interval = Interval(low=0.98 * true, high=1.02 * true, method="bootstrap")
        yield msgspec.structs.replace(
            template,
            model=f"model-{number // 3:05}",
            scenario=scenario,
            dataset="digits" if accuracy else None,
            artefact=None,
            executed={},
            values={metric: Value(value=true, unit=unit, n=1000, interval=interval)},
        )


def compare(folder: Path) -> str:
    """Do as ``benchfolio compare`` does, and return its report."""
    sides = read_sides(*RELEASES, folder)
    judgement = judge(merge(sides.files), sides.base, sides.candidate, today=date(2026, 1, 1))
    return render(judgement, "text")


def bench() -> list[Outcome]:
    """Compare two releases of 100,000 cells with reading their files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_releases(folder)
        paths = sorted(folder.rglob("*.json"))

        def reading() -> list[ResultFile]:
            return [read(path) for path in paths]

        value = ratio(lambda: compare(folder), reading, ROUNDS)
        megabytes = sum(path.stat().st_size for path in paths) / 1e6
    peer = f"reading the same {len(paths)} files, {megabytes:.0f} MB"
    return [Outcome(f"compare two releases of {CELLS:,} cells", value, "×", 3.0, peer)]
