"""Building sites of many measurements, against asv and against an empty Sphinx project.

The largest size takes many minutes on both sides: it is measured only where the environment
variable ``BENCH_LARGEST`` is set.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench import scale_asv, scale_data
from bench.scale_data import Shape
from bench.sides import Outcome, python, seconds
from bench.site_build import BUILD, ROOT, trivial

CURVE = {
    1_000: Shape(platforms=1, releases=2, models=25),
    10_000: Shape(platforms=4, releases=5, models=25),
    100_000: Shape(platforms=10, releases=20, models=25),
    200_000: Shape(platforms=20, releases=20, models=25),
}
LARGEST = 1_000_000
LARGEST_SHAPE = Shape(platforms=50, releases=20, models=50)
MAIN = 200_000
ROUNDS = 5


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    megabytes: float


def bench() -> list[Outcome]:
    """Measure every size once cold, and the main one again after one change and after none."""
    shapes = {**CURVE, LARGEST: LARGEST_SHAPE} if os.environ.get("BENCH_LARGEST") else CURVE
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        trivial(work / "empty", 0)
        sites = {values: Site(work, values, shape) for values, shape in shapes.items()}
        cold = {values: site.build() for values, site in sites.items()}
        found = [*_changes(work, sites[MAIN])]
        for values in (MAIN, LARGEST):
            if values in sites:
                found += _against_asv(work, sites[values], cold[values])
    return [*found, *_growth(cold)]


class Site:
    """A project with made-up results, and its site."""

    def __init__(self, work: Path, values: int, shape: Shape) -> None:
        self.values = values
        self.shape = shape
        self.results = work / f"results-{values}"
        self.out = work / f"site-{values}"
        self._project = work / "project"
        if not self._project.exists():
            shutil.copytree(ROOT / "templates" / "starter", self._project)
        scale_data.write_results(self.results, shape)

    def build(self) -> Run:
        """Build it in a process of its own, from what the last build left."""
        where = (str(self._project), "--results", str(self.results), "--out", str(self.out))
        return run([sys.executable, "-c", BUILD, "build", *where])

    def files(self) -> dict[str, tuple[int, int]]:
        """Return the files of the site, each with what changes when it is written again."""
        return {
            str(path.relative_to(self.out)): (path.stat().st_mtime_ns, path.stat().st_ino)
            for path in self.out.rglob("*")
            if path.is_file()
        }


def run(command: Sequence[str], cwd: Path | None = None) -> Run:
    """Run a command; its memory is that of its largest process.

    A small process starts it: the peak of a process is never below that of whoever started it.
    """
    done = subprocess.run(
        [sys.executable, "-S", "-c", _RUN, *command], cwd=cwd, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stderr[-2000:]}")
    took, kilobytes = done.stdout.split()
    return Run(float(took), int(kilobytes) / 1024)


_RUN = """
import resource, subprocess, sys, time
began = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=sys.stderr)
took = time.perf_counter() - began
print(took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""


def _changes(work: Path, site: Site) -> Iterator[Outcome]:
    """Compare builds after one change, and after none, with a cold one of an empty project."""
    nothing = python("-m", "sphinx", "-qE", str(work / "empty"), str(work / "out"))

    def empty() -> None:
        shutil.rmtree(work / "out", ignore_errors=True)
        nothing()

    def change(turn: int) -> None:
        scale_data.change_one(site.results, site.shape, turn + 1)

    name = f"{site.values:,} values in {site.shape.files} files"
    peer = "an empty Sphinx project with the same theme"
    changed = _in_turn(site, empty, change)
    yield Outcome(f"one file changed: {name}", changed, "×", 2.0, peer)
    site.build()
    before = site.files()
    unchanged = _in_turn(site, empty, lambda _: None)
    after = site.files()
    yield Outcome(f"nothing changed: {name}", unchanged, "×", 1.3, peer)
    rewritten = sum(before.get(path) != after.get(path) for path in {*before, *after})
    yield Outcome(f"files rewritten, nothing changed: {name}", rewritten, "files", 0.0,
                  f"{len(after)} files of the site")  # fmt: skip


def _in_turn(site: Site, peer: Callable[[], object], before: Callable[[int], object]) -> float:
    """Return the median ratio of builds to a peer, each after something was done."""
    ratios = []
    for turn in range(ROUNDS):
        before(turn)
        ours = site.build().seconds
        ratios.append(ours / seconds(peer))
    return statistics.median(ratios)


def _against_asv(work: Path, site: Site, ours: Run) -> Iterator[Outcome]:
    """Compare a cold build with asv publishing the same figures, machines and releases."""
    name = f"{site.values:,} values in {site.shape.files} files"
    target = 1 / 15 if site.values == LARGEST else 1 / 10
    asv = _asv()
    if asv is not None:
        theirs = _publish(asv, work / "flat", site.shape, parametrised=False)
        fewer = _publish(asv, work / "parametrised", site.shape, parametrised=True)
        benchmarks = site.shape.models * scale_data.VALUES_OF_MODEL
        peer = (
            f"asv publish, {benchmarks} benchmarks: {theirs.seconds:.1f} s and "
            f"{theirs.megabytes:.0f} MB ({fewer.seconds:.1f} s as {benchmarks // 4} with "
            f"parameters); ours {ours.seconds:.1f} s"
        )
        ratio = ours.seconds / theirs.seconds
        yield Outcome(f"cold build: {name}", ratio, "×", round(target, 3), peer)
    peak = f"memory of a cold build: {name}"
    yield Outcome(peak, ours.megabytes, "MB", 1000.0, "largest process")


def _asv() -> str | None:
    """Return asv beside this interpreter, or anywhere."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("asv", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        print("asv is not installed: pip install 'asv>=0.6.4'", file=sys.stderr)
    return found


def _publish(asv: str, folder: Path, shape: Shape, *, parametrised: bool) -> Run:
    scale_asv.write_project(folder, shape, parametrised=parametrised)
    try:
        return run([asv, "publish"], cwd=folder)
    finally:
        shutil.rmtree(folder)


def _growth(cold: dict[int, Run]) -> Iterator[Outcome]:
    """Compare each size with the next smaller one: how much faster time grows than results."""
    sizes = sorted(cold)
    steps = [
        (cold[large].seconds / cold[small].seconds) / (large / small)
        for small, large in pairwise(sizes)
    ]
    curve = ", ".join(f"{size:,}: {cold[size].seconds:.1f} s" for size in sizes)
    yield Outcome("growth of a cold build with its values", max(steps), "× linear", 1.0, curve)
