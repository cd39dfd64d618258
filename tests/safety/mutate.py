"""Break files in many ways and read them: each is accepted or refused as ``BadInput``.

Run as ``python tests/safety/mutate.py --count 100000``. The same seed gives the same files. What
fails is kept under ``--keep`` with its traceback, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))

from factory import raced, result_file  # noqa: E402
from pages.building import small  # noqa: E402
from safety.mutations import Mutation, leaves, mutated  # noqa: E402

from benchfolio.cli.importing import REPORT  # noqa: E402
from benchfolio.documents.text import read_text  # noqa: E402
from benchfolio.generator.definitions.loading import FORM as TABLE  # noqa: E402
from benchfolio.generator.definitions.loading import packaged  # noqa: E402
from benchfolio.generator.definitions.loading import parse as parse_table  # noqa: E402
from benchfolio.generator.griddata import grid_data  # noqa: E402
from benchfolio.generator.lint import examine, read_mutes  # noqa: E402
from benchfolio.generator.pages import find_now  # noqa: E402
from benchfolio.generator.publish import Before, Site  # noqa: E402
from benchfolio.generator.render import Renderer  # noqa: E402
from benchfolio.generator.workbook import table_bytes  # noqa: E402
from benchfolio.importers.pages import import_page, load_mapping, read_page  # noqa: E402
from benchfolio.importers.pages.mapping import Mapping  # noqa: E402
from benchfolio.importers.reports.assembling import Named, Order, assemble  # noqa: E402
from benchfolio.importers.reports.registry import names as reader_names  # noqa: E402
from benchfolio.importers.reports.registry import reader, recognised  # noqa: E402
from benchfolio.importers.reports.types import Stated  # noqa: E402
from benchfolio.release.policy import read_policy  # noqa: E402
from benchfolio.results import BadInput, BenchfolioError, WrongUsage, decode, encode, read  # noqa: E402
from benchfolio.results.validation import validate  # noqa: E402
from benchfolio.runner.suite_file import load_suite  # noqa: E402
from benchfolio.sphinxext.project import Project  # noqa: E402

FORMATS = ("csv", "json", "md", "xlsx")
MEMORY = 3 * 2**30
SECONDS = 10
"""What takes longer hangs."""

MUTES = b"""\
- rule: platform
  where: "2026.2/arm-board.json: *"
  reason: &why the board has no VNNI
  until: 2027-03-01
- {rule: speed, where: "*", reason: *why}
"""

SUITE = """\
suite: small
datasets:
  scenes: {name: Scenes, kind: npz, path: test.npz, inputs: pixels, targets: labels}
models:
  tiny: &tiny
    name: Tiny
    task: image-classification
    path: tiny.onnx
    dataset: scenes
    inputs: {image: {from: pixels, steps: [{scale: 0.5}, {layout: HWC->CHW}]}}
    postprocess: argmax
    metrics: [accuracy@top1]
  other: {<<: *tiny, name: Other}
variants:
  fp32: {precision: FP32, method: original}
  int8: {precision: INT8, quantiser: onnxruntime, method: ptq, options: {x: 1, y: true}}
runtimes: {openvino: {devices: [CPU]}, onnxruntime: {devices: [CPU]}}
scenarios:
  accuracy: {}
  latency: {target_percent: 1.5, time_limit: 12, block_seconds: 0.05}
limits: {cell_seconds: 60}
"""

POLICY = """\
accuracy:
  limits:
    - max_drop: 0.5
      where: {task: image-classification}
    - {max_drop: 1.0, where: {unit: "%"}}
  floors:
    - {at_least: 70, where: {model: digits-*, metric: accuracy@top1}}
performance:
  limits:
    - {max_loss: 5, where: {scenario: throughput}}
undecided: warn
exceptions:
  - where: {model: tiny-lm, platform: arm-board}
    reason: the new kernel is slower on this board
    until: 2027-03-01
"""

STATED = Stated(
    fields={
        **dict.fromkeys(("release", "platform", "model", "dataset", "recipe", "runtime"), "x"),
        "scenario": "latency",
        "precision": "INT8",
        "device": "CPU",
        "batch": "1",
    }
)

Read = Callable[[Path], object]


class Hang(BaseException):
    """A file took longer than it may; no reader can catch this by mistake."""


class Target:
    """A kind of file: examples of it, and who reads it.

    Args:
        suffix: Of its file.
        seeds: Valid files.
        read: Reads one.
        share: How many of all mutated files are of this kind, relative.
        mutate: Breaks one.
    """

    def __init__(
        self,
        suffix: str,
        seeds: Sequence[bytes],
        read: Read,
        share: float,
        mutate: Mutation = mutated,
    ) -> None:
        self.suffix = suffix
        self.seeds = seeds
        self.read = read
        self.share = share
        self.mutate = mutate


def targets() -> dict[str, Target]:
    """Return every kind of file that somebody else may have written."""
    results = result_seeds()
    publications = ROOT / "publications"
    suites = [path.read_bytes() for path in sorted((ROOT / "suite").glob("*.yaml"))]
    suites += [SUITE.encode()] * 3
    mappings = [path.read_bytes() for path in sorted(publications.glob("*/mapping.yaml"))]
    tables = [path.read_bytes() for path in sorted(packaged().glob("*.yaml"))]
    pages = [path.read_bytes() for path in sorted(publications.glob("*/page.*"))]
    return {
        "results": Target(".json", results, _result, 10),
        "pages": Target(".md", [*map(_start, pages), *_pages()], _import, 3),
        "suite": Target(".yaml", suites, load_suite, 1),
        "mapping": Target(".yaml", mappings, load_mapping, 0.5),
        "tables": Target(".yaml", tables, _table, 2),
        "mutes": Target(".yaml", [MUTES], read_mutes, 2),
        "policy": Target(".yaml", [POLICY.encode()], read_policy, 1),
        "reports": Target(".txt", [_head(path) for path in _reports()], _report, 2),
        "site": Target(".json", results, _site, 0.05, _valid),
    }


def _result(path: Path) -> object:
    """Read a file; what is accepted is without any problem, whatever short cut reading takes."""
    file = read(path)
    problems = validate(file, path.name)
    assert not problems, problems
    return file


def _valid(rng: random.Random, data: bytes) -> bytes:
    """Change a result file such that it is still valid."""
    for _ in range(50):
        other = leaves(rng, data)
        try:
            decode(other, "")
        except BadInput:
            continue
        return other
    return data


def result_seeds() -> list[bytes]:
    """Return valid result files: measured in turn, with every state; one of claims."""
    names = ("lab-xeon", "desk-core", "arm-board")
    made = [encode(raced(small(result_file(name)), ended="target")) for name in names]
    claims = sorted((ROOT / "results").glob("*/*.json"), key=lambda path: path.stat().st_size)
    return [*made, *(path.read_bytes() for path in claims[:2])]


def _start(page: bytes) -> bytes:
    return page[:2500]


def _pages() -> list[bytes]:
    row = "<tr><td rowspan=2>a<br>b</td><th><a href='#x'>1.5 (0.2)</a></th></tr>"
    html = f"<!doctype html><h2 id=x>T</h2><table>{row * 3}</table>"
    rst = "Title\n=====\n\n.. list-table::\n\n   * - a\n     - b\n   * - 1\n     - 2\n"
    line = "   +---+---+\n"
    grid = f"Title\n~~~~~\n\n.. table::\n\n{line}   | a | b |\n{line}   | 1 | 2 |\n{line}"
    pipe = "# T {#t}\n\n[x](#t)\n\n| a | b |\n|---|--:|\n| 1 | [2](x) |\n"
    return [html.encode(), rst.encode(), grid.encode(), pipe.encode()]


@cache
def _mappings() -> tuple[Mapping, ...]:
    return tuple(map(load_mapping, sorted((ROOT / "publications").glob("*/mapping.yaml"))))


def _import(path: Path) -> object:
    page = read_page(path)
    for mapping in _mappings():
        try:
            imported = import_page(page, mapping, path.name)
        except BadInput:
            continue
        for file in imported.files:
            encode(file)
    return page


def _reports() -> list[Path]:
    folder = ROOT / "tests" / "importers" / "reports" / "fixtures"
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _head(path: Path) -> bytes:
    """Return a whole report, or the first lines of a long one."""
    data = path.read_bytes()
    return data if len(data) < 20_000 else data[: data.rindex(b"\n", 0, 20_000) + 1]


def _report(path: Path) -> object:
    """Read a report and make result files of it; what it does not say is stated."""
    text = read_text(path, path.name, REPORT).replace("\r\n", "\n").replace("\r", "\n")
    try:
        try:
            report = recognised(path.name, text, path.name).read(text, path.name, STATED)
        except BadInput:
            names = reader_names()
            report = reader(names[len(text) % len(names)]).read(text, path.name, STATED)
        order = Order(stated=STATED)
        made = assemble([Named(path.name, report)], order, lambda *_: None)
    except WrongUsage as error:  # something else is to be stated for this one
        raise BadInput(error.problems) from error
    return [encode(file) for file in made.files]


def _table(path: Path) -> object:
    return parse_table(read_text(path, path.name, TABLE), path.name)


def _site(path: Path) -> object:
    """Read a file, then compute and draw everything that a site shows of it."""
    files = [(path.name, read(path))]
    examine(files)
    source, _ = Project(results=path.parent).open()
    renderer = Renderer()
    for page in filter(None, (planned.make() for planned in source.plan(find_now))):
        for section in page.sections:
            if section.table is not None:
                renderer.table(section.table, str, prefix="t")
                for suffix in FORMATS:
                    table_bytes(section.table, suffix)
                grid_data(section.table, "t", str)
            if section.chart is not None:
                renderer.drawing(section.chart)
    site = Site(title="T", author="", url="https://example.org/", home="./", pages={}, parquet=True)
    source.explored()
    return [document.make() for document in source.published(site, renderer, Before())]


CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.symlink", "os.link", "os.rmdir", "os.chmod")


class Fence:
    """Notes every file that is written, made, renamed or removed outside a folder."""

    def __init__(self, folder: Path) -> None:
        self.inside = str(folder)
        self.outside: list[str] = []
        self.is_up = False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_up:
            return
        if event in ("os.system", "subprocess.Popen", "socket.connect", "os.exec", "os.fork"):
            self.outside.append(f"{event} {arguments[:2]}")
        elif event == "open":
            path, mode, flags = arguments
            writes = bool(flags & 3) if isinstance(flags, int) else "r" not in str(mode)
            if writes and not str(path).startswith(self.inside):
                self.outside.append(f"open {path}")
        elif event in CHANGES and not str(arguments[0]).startswith(self.inside):
            self.outside.append(f"{event} {arguments}")


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise ``Hang`` in what takes longer."""

    def late(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def outcome(read_it: Read, path: Path, fence: Fence) -> tuple[str, str]:
    """Read a file; return what came of it, and the traceback of what should not have."""
    fence.is_up = True
    try:
        with limited(SECONDS), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            read_it(path)
    except BadInput as error:
        str(error).encode()  # told on a terminal, so it can be encoded
        return "refused", ""
    except BenchfolioError as error:
        return f"refused as {type(error).__name__}", ""
    except Hang:
        return "hung", traceback.format_exc()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it should not have been
        return f"raised {type(error).__name__}", traceback.format_exc()
    finally:
        fence.is_up = False
    return "accepted", ""


def mutate(
    count: int, *, seed: int = 0, keep: Path | None = None, only: Sequence[str] = ()
) -> dict[str, Any]:
    """Read so many mutated files; return how many came out how, by kind.

    Args:
        count: Of files, over all kinds.
        seed: Another one gives other files.
        keep: Folder for what fails.
        only: Kinds; all when empty.
    """
    kinds = {name: one for name, one in targets().items() if not only or name in only}
    whole = sum(one.share for one in kinds.values())
    report: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        fence = Fence(Path(name))
        for kind, target in kinds.items():
            # Whatever is imported on the way is imported before the fence stands.
            outcome(target.read, _put(Path(name), target, target.seeds[0]), fence)
            fence.outside.clear()
            wanted = max(1, round(count * target.share / whole))
            report[kind] = _kind(kind, target, wanted, seed, Path(name), fence, keep)
    return report


def _put(folder: Path, target: Target, data: bytes) -> Path:
    path = folder / f"file{target.suffix}"
    for other in folder.iterdir():
        other.unlink()
    path.write_bytes(data)
    return path


def _kind(
    kind: str, target: Target, count: int, seed: int, folder: Path, fence: Fence, keep: Path | None
) -> dict[str, Any]:
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    started = time.perf_counter()
    for number in range(count):
        rng = random.Random(f"{seed} {kind} {number}")
        data = target.mutate(rng, rng.choice(target.seeds))
        path = _put(folder, target, data)
        begun = time.perf_counter()
        came, trace = outcome(target.read, path, fence)
        slowest = max(slowest, time.perf_counter() - begun)
        left = sorted(each.name for each in folder.iterdir() if each != path)
        if fence.outside or left:
            came, trace = "wrote elsewhere", "\n".join([*fence.outside, *left])
            fence.outside.clear()
        outcomes[came] += 1
        if trace and keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{kind}-{seed}-{number}{target.suffix}").write_bytes(data)
            (keep / f"{kind}-{seed}-{number}.txt").write_text(
                f"{came}\n{trace}", "utf-8", "replace"
            )
    seconds = time.perf_counter() - started
    return {
        "files": count,
        "outcomes": dict(sorted(outcomes.items())),
        "slowest_seconds": round(slowest, 3),
        "seconds": round(seconds, 1),
    }


def failures(report: dict[str, Any]) -> int:
    """Return how many files came out as none may."""
    return sum(
        count
        for one in report.values()
        for came, count in one["outcomes"].items()
        if came not in ("accepted", "refused")
    )


def main() -> int:
    """Read the command line; 1 when a file came out as none may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=ROOT / "build" / "mutated")
    parser.add_argument("--only", action="append", default=[])
    options = parser.parse_args()
    # What fills the memory fails here, and nobody else for want of it.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    report = mutate(options.count, seed=options.seed, keep=options.keep, only=options.only)
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    return 1 if failures(report) else 0


if __name__ == "__main__":
    raise SystemExit(main())
