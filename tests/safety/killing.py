"""Kill commands at random moments: results and the published site are whole at every one of them.

Run as ``python tests/safety/killing.py --count 100``. Every other command is killed after a random
time, the others before a random change of the file system, where files are at their most fragile.
The whole process group is killed; workers have groups of their own and must end by themselves.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import psutil

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))

from factory import result_file  # noqa: E402
from pages.building import make_project, small  # noqa: E402
from runner import suites  # noqa: E402

from benchfolio.results import State, cell_id, encode, read, result_paths, write  # noqa: E402

MARK = "BENCHFOLIO_KILLING"
"""In the environment of everything that was started here."""

PATIENCE = 20.0
"""Seconds after which a worker whose parent is gone should be gone, on a busy machine."""

PROGRAM = """
import atexit, os, signal, sys
at, which, told = (os.environ[f"KILL_{name}"] for name in ("AT", "WHICH", "COUNT"))
count = {"change": 0, "os.rename": 0}
changes = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink"}
def hook(event, arguments):
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
    if event in changes or writes:
        for name in {"change", event} & set(count):
            count[name] += 1
        if count[which] == int(at) and which in ("change", event):
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
atexit.register(lambda: open(told, "w").write(f"{count['change']} {count['os.rename']}"))
from benchfolio.cli import main
main()
"""

Check = Callable[[], str]
"""Returns how things stand; raises AssertionError where they may not stand so."""


class Ended:
    """How a command ended.

    Attributes:
        status: Exit status; negative where a signal ended it.
        seconds: How long it took.
        changes: How often it changed the file system, by kind; none where it was killed.
        said: What it printed.
        orphans: Processes that it left and that did not go away.
    """

    def __init__(
        self,
        status: int,
        seconds: float,
        changes: Mapping[str, int],
        said: str,
        orphans: Sequence[str],
    ) -> None:
        self.status = status
        self.seconds = seconds
        self.changes = changes
        self.said = said
        self.orphans = tuple(orphans)


def command(
    arguments: Sequence[str],
    folder: Path,
    *,
    seconds: float | None = None,
    change: int = 0,
    which: str = "change",
) -> Ended:
    """Run ``benchfolio`` and kill it, if it has not ended before.

    Args:
        arguments: Of the command line.
        folder: Where it runs; its temporary files go there, too.
        seconds: When its process group is killed; never when left out.
        change: Before which change of the file system it kills itself; 0 is never.
        which: Which changes are counted: all (``change``), or ``os.rename``.
    """
    mark, told, temporary = str(uuid.uuid4()), folder / "changes", folder / "tmp"
    temporary.mkdir(exist_ok=True)
    told.unlink(missing_ok=True)
    own = {MARK: mark, "TMPDIR": str(temporary), "SOURCE_DATE_EPOCH": "1700000000"}
    own |= {"KILL_AT": str(change), "KILL_WHICH": which, "KILL_COUNT": str(told)}
    started = time.monotonic()
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            cwd=folder,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            process_group=0,
        )
        try:
            status = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            status = process.wait()
    took = time.monotonic() - started
    counts = told.read_text().split() if told.exists() else []
    changes = dict(zip(("change", "os.rename"), map(int, counts), strict=False))
    text = (folder / "said").read_text("utf-8", "replace")
    return Ended(status, took, changes, text, _orphans(mark))


def _orphans(mark: str) -> list[str]:
    """Wait for what was left to end; kill and return what does not."""
    deadline = time.monotonic() + PATIENCE
    left = _marked(mark)
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [each for each in left if each.is_running() and each.status() != "zombie"]
    for each in left:
        each.kill()
    return [str(each) for each in left]


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != "zombie":
                found.append(process)
        except psutil.Error:
            continue
    return found


class Running:
    """``benchfolio run``: the file is valid, and what was measured once stays as it was."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        variants = (
            suites.FP32 + "  ort-qdq: {precision: INT8, quantiser: onnxruntime, method: ptq}\n"
        )
        suites.write(folder, variants=variants, runtimes="{onnxruntime: {devices: [CPU]}}")
        self._before: dict[str, bytes] = {}

    def arguments(self, number: int) -> list[str]:
        """Go on with what is there; begin anew where everything is done."""
        is_done = len(self._before) >= 6 or number == 0
        if is_done:
            self._before = {}
        return [
            *("run", "suite.yaml", "--release", "r1", "--platform", "here"),
            *("--cache", "cache", "--overwrite" if is_done else "--resume"),
        ]

    def check(self) -> str:
        """Return how many cells are finished."""
        for path in result_paths(self.folder / "results"):
            assert path.name == "here.json", path
        path = self.folder / "results" / "r1" / "here.json"
        if not path.exists():
            assert not self._before, "the file is gone"
            return "no file yet"
        file = read(path)
        assert encode(file) == path.read_bytes(), "not as it was written"
        done = {cell_id(cell): repr(cell).encode() for cell in file.cells if cell.state is State.OK}
        gone = [id_ for id_ in self._before if id_ not in done]
        assert not gone, f"lost {gone}"
        self._before = done
        return "a valid file"


class Building:
    """``benchfolio build``: the published site is the old one or the new one, whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_project(folder / "project")
        self._file = folder / "project" / "results" / "2026.2" / "lab-xeon.json"
        self._whole: dict[str, str] = {}
        self._wanted = ""

    def arguments(self, number: int) -> list[str]:
        """Build with other results than the time before."""
        self._wanted = ("one", "other")[number % 2]
        write(small(result_file("lab-xeon", ("2026.2", "2026.1")[number % 2])), self._file)
        return ["build", "project", "--out", "public"]

    def finished(self) -> None:
        """Keep what a build that was not disturbed has made."""
        known = self._whole.setdefault(tree(self.folder / "public"), self._wanted)
        assert known == self._wanted, "the same site of other results"
        assert len(self._whole) <= 2, "another site of the same results"

    def check(self) -> str:
        """Return which site is there."""
        out = self.folder / "public"
        assert (out / "index.html").is_file(), "there is no site"
        found = self._whole.get(tree(out))
        assert found is not None, "a site that is neither the old nor the new one"
        return "the new site" if found == self._wanted else "the old site"


class Merging:
    """``benchfolio merge``: what was merged before or what is merged now, whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._whole: dict[bytes, str] = {}
        self._wanted = ""
        file = small(result_file("lab-xeon"))
        half = len(file.cells) // 2
        self._one = msgspec.structs.replace(file, cells=file.cells[:half])
        self._two = msgspec.structs.replace(file, cells=file.cells[half:])

    def arguments(self, number: int) -> list[str]:
        """Merge other files than the time before, with what is there."""
        self._wanted = ("one", "other")[number % 2]
        software = {**self._one.software, "python": f"3.12.{number % 2}"}
        self._two = msgspec.structs.replace(self._two, software=software)
        one = msgspec.structs.replace(self._one, software=software)
        write(one, self.folder / "in" / "one.json")
        write(self._two, self.folder / "in" / "two.json")
        return ["merge", "in", "--out", "results", "--replace"]

    def finished(self) -> None:
        """Keep what a merge that was not disturbed has made."""
        data = (self.folder / "results" / "2026.2" / "lab-xeon.json").read_bytes()
        assert self._whole.setdefault(data, self._wanted) == self._wanted
        assert len(self._whole) <= 2, "another file of the same results"

    def check(self) -> str:
        """Return which file is there; those that were merged are as they were."""
        (path,) = result_paths(self.folder / "results")
        assert encode(read(self.folder / "in" / "two.json")) == encode(self._two)
        found = self._whole.get(path.read_bytes())
        assert found is not None, "neither the old file nor the new one"
        return "the new file" if found == self._wanted else "the old file"


def tree(folder: Path) -> str:
    """Return a hash over names and bytes of all files below a folder."""
    seen = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        seen.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
        seen.update(path.read_bytes())
    return seen.hexdigest()


KINDS: Mapping[str, Callable[[Path], Any]] = {"run": Running, "build": Building, "merge": Merging}


def kill(kind: str, count: int, folder: Path, *, seed: int = 0) -> dict[str, Any]:
    """Kill a command so many times; return how it ended and what was there.

    Commands that were faster do not count, but what they left is looked at, too.

    Raises:
        AssertionError: Something was there that may not be; or a worker outlived its parent.
    """
    subject = KINDS[kind](folder)
    seconds, changes = _undisturbed(subject, folder)
    rng = random.Random(f"{seed} {kind}")
    ends: Counter[str] = Counter()
    killed = 0
    for number in range(4 * count):
        arguments = subject.arguments(number)
        if number % 2:
            ended = command(arguments, folder, seconds=rng.uniform(0.02, seconds))
        else:
            which = rng.choice(sorted(name for name in changes if changes[name]))
            ended = command(arguments, folder, change=rng.randint(1, changes[which]), which=which)
        assert not ended.orphans, ended.orphans
        assert ended.status in (0, -signal.SIGKILL), ended.said
        if ended.status == 0:
            seconds = ended.seconds  # so busy is the machine now
        killed += ended.status != 0
        ends[f"{'killed' if ended.status else 'ended before'}: {subject.check()}"] += 1
        if killed == count:
            break
    last = command(subject.arguments(number + 1), folder)
    assert last.status == 0, last.said
    ends[f"at last: {subject.check()}"] += 1
    return {
        "killed": killed,
        "ends": dict(sorted(ends.items())),
        "seconds undisturbed": round(seconds, 2),
        "changes of the file system": changes,
        "left behind": litter(folder),
    }


def _undisturbed(subject: Any, folder: Path) -> tuple[float, Mapping[str, int]]:  # noqa: ANN401
    """Run a command to its end, twice where it tells two outputs apart."""
    seconds, changes = 0.0, dict[str, int]()
    for number in range(2 if hasattr(subject, "finished") else 1):
        ended = command(subject.arguments(number), folder)
        assert ended.status == 0, ended.said
        if hasattr(subject, "finished"):
            subject.finished()
        subject.check()
        seconds, changes = ended.seconds, {**ended.changes}
    return seconds, changes


def litter(folder: Path) -> Mapping[str, int]:
    """Return what is left beside results, site and cache when all is over, by kind."""
    hidden = (each for each in folder.rglob(".*") if "cache/artefacts/" not in str(each))
    names = (each.relative_to(folder).as_posix() for each in hidden)
    ignored = (".buildinfo", ".nojekyll", ".gitignore", ".benchfolio-published.json")
    temporary = [f"tmp/{each.name}" for each in (folder / "tmp").iterdir()]
    left = (name for name in (*names, *temporary) if not name.endswith(ignored))
    return Counter(re.sub(r"-\w{8}$", "-*", name) for name in sorted(left))


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", choices=sorted(KINDS), default=[])
    options = parser.parse_args()
    for kind in options.only or KINDS:
        with tempfile.TemporaryDirectory() as name:
            report = kill(kind, options.count, Path(name), seed=options.seed)
        sys.stdout.write(json.dumps({kind: report}, indent=2) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
