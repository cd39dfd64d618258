"""Child processes: those that do one job, and those that hold a model ready."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from array import array
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
import psutil
import pytest
from runner import models, suites
from runner.waiting import alive, wait_for

from benchfolio.results import Precision, State
from benchfolio.runner import process
from benchfolio.runner.jobs import (
    Answer,
    Block,
    Hold,
    Inspect,
    Inspected,
    LookForDevices,
    Open,
    Opened,
    Profile,
    Profiled,
    Refused,
    Stretch,
    Subject,
    Timed,
)
from benchfolio.runner.process import Held
from benchfolio.runner.suite import Model
from benchfolio.runner.suite_file import load_suite

BATCH = 64
SERVING = """
import os, signal, sys, time
import msgspec
from benchfolio.runner import jobs, process
pipe = os.fdopen(int(sys.argv[1]), "wb")
msgspec.json.decode(sys.stdin.buffer.readline(), type=jobs.Hold)
big = []
for number, line in enumerate(sys.stdin.buffer):
    command = msgspec.json.decode(line, type=jobs.Command)
    {act}
    pipe.write(process.frame(msgspec.msgpack.encode(jobs.Profiled(unknown=command.name))))
    pipe.flush()
"""

# ------------------------------------------------------------------------------------------ one job


def test_no_child_survives_its_parent(tmp_path: Path) -> None:
    """When the driver is killed, so that it cannot tidy up, its child ends too."""
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text(
        "import os, pathlib, time\n"
        "from benchfolio.runner import worker\n"
        "def sleep(job, keep):\n"
        f"    pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "    time.sleep(60)\n"
        "worker._do = sleep\n"
        "worker.main()\n",
        encoding="utf-8",
    )
    program = (
        "import sys\n"
        "from benchfolio.runner import jobs, process\n"
        "job = jobs.LookForDevices(engines=())\n"
        f"process.execute(job, seconds=60, command=[sys.executable, {str(sleeper)!r}])\n"
    )
    own = {**os.environ, "TMPDIR": str(tmp_path)}  # what it leaves behind goes with the test
    parent = subprocess.Popen([sys.executable, "-c", program], env=own)
    pid_file = tmp_path / "pid"
    wait_for(lambda: pid_file.exists() and pid_file.read_text().isdigit())
    pid = int(pid_file.read_text())
    assert psutil.pid_exists(pid)
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(pid))


def test_engines_prints_disturb_nothing() -> None:
    """Whatever a child prints on its outputs, the reply comes through."""
    program = (
        "import os; print('{}' * 100000); os.write(2, b'x' * 200000)\n"
        "from benchfolio.runner.worker import main; main()"
    )
    noisy = [sys.executable, "-c", program]
    reply = process.execute(LookForDevices(engines=()), seconds=120, command=noisy)
    assert not isinstance(reply, Refused)


def test_parent_sleeps_while_child_works() -> None:
    """Waiting for a child takes the parent under two percent of a core."""
    sleeper = [sys.executable, "-c", "import time; time.sleep(1.5)"]
    before = time.process_time()
    process.execute(LookForDevices(engines=()), seconds=30, memory_bytes=2**33, command=sleeper)
    assert time.process_time() - before < 0.03 + 0.02 * 1.5


# ------------------------------------------------------------------------------------ held workers


def serving(act: str) -> tuple[str, ...]:
    """Return a worker that answers with the name in the command, and does something first."""
    return (sys.executable, "-c", SERVING.replace("{act}", act))


def job() -> Hold:
    """Return a job to hold nothing in particular."""
    subject = Subject(
        model=msgspec.convert({"name": "N", "path": "n.onnx"}, type=Model),
        dataset=None,
        folder="none",
        cache="none",
    )
    return Hold(
        subject=subject,
        engine="onnxruntime",
        device="CPU",
        precision=Precision.FP32,
        artefact="n.onnx",
    )


def asked(held: Held, name: str = "x", seconds: float = 20) -> Answer:
    """Ask for something that the workers above answer at once."""
    return held.ask(Profile(name=name, seconds_each=1), seconds)


def test_held_worker_answers_one_command_after_the_other() -> None:
    """Each command gets its own answer, however much the worker prints between them."""
    with Held(job(), command=serving("print('x' * 100000); os.write(2, b'y' * 100000)")) as held:
        assert [asked(held, name) for name in "abc"] == [Profiled(unknown=name) for name in "abc"]
        held.send(Profile(name="d", seconds_each=1))
        assert held.answer(20) == Profiled(unknown="d")
        assert not held.is_lost
        pid = held.pid
    assert not alive(pid)


def test_answers_may_be_large() -> None:
    """An answer of many times what a pipe holds comes whole."""
    name = "n" * 3_000_000
    with Held(job(), command=serving("pass")) as held:
        assert asked(held, name) == Profiled(unknown=name)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("number == 1 and os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV"),
        ("number == 1 and time.sleep(60)", "time limit of 0.5 s"),
        (
            "number == 1 and sys.exit('the engine gave up')",
            "ended with exit status 1 and no result: the engine gave up",
        ),
        ("number == 1 and os.close(pipe.fileno())", "ended with exit status 1 and no result"),
    ],
)
def test_a_worker_that_ends_or_hangs_is_lost_for_good(act: str, reason: str) -> None:
    """A crash, a hang, an exit: the answer says why, and so does every later one."""
    with Held(job(), command=serving(act)) as held:
        assert asked(held) == Profiled(unknown="x")
        refused = asked(held, seconds=0.5 if "sleep" in act else 120)
        assert isinstance(refused, Refused)
        assert refused.state is State.FAILED
        assert refused.reason.startswith(reason)
        assert held.is_lost
        assert asked(held) == refused
        assert not alive(held.pid)


def test_a_worker_that_takes_too_much_memory_is_lost() -> None:
    """A worker over its memory limit is killed, and the reason is the limit."""
    act = "number == 1 and big.append(b'x' * 300_000_000)"
    with Held(job(), memory_bytes=200 * 2**20, command=serving(act)) as held:
        asked(held)
        assert held.too_large() is None
        refused = Refused(state=State.FAILED, reason="memory limit of 200 MiB")
        # Seen while waiting for the answer where that takes long, else afterwards.
        assert refused in (asked(held), held.too_large())
        assert asked(held) == refused
        assert held.too_large() is None
        assert not alive(held.pid)


def test_memory_is_looked_at_while_a_worker_is_at_work() -> None:
    """A worker that takes too much and does not answer is killed long before its time limit."""
    act = "big.append(b'x' * 300_000_000); time.sleep(60)"
    with Held(job(), memory_bytes=200 * 2**20, command=serving(act)) as held:
        reason = "memory limit of 200 MiB"
        assert asked(held, seconds=50) == Refused(state=State.FAILED, reason=reason)
        assert held.is_lost


def test_whoever_was_let_go_answers_no_more() -> None:
    """After its end a worker is gone, and asking says so."""
    held = Held(job(), command=serving("pass"))
    held.end()
    held.end()
    assert asked(held) == Refused(state=State.FAILED, reason="let go")


@pytest.mark.parametrize("at_work", [False, True])
def test_no_held_worker_survives_its_parent(tmp_path: Path, at_work: bool) -> None:
    """When the driver is killed, a worker ends too: waiting for a command, or in the middle."""
    noted = tmp_path / "noted"
    program = f"""
import time, msgspec
from benchfolio.runner import holding, jobs, worker
from pathlib import Path
def do(self, command):
    Path({str(noted)!r}).write_text("x")
    time.sleep(60 if {at_work} else 0)
    return jobs.Profiled()
holding.Holder.do = do
worker.main()
"""
    driver = f"""
import sys, time, msgspec
from pathlib import Path
from benchfolio.runner import jobs, process
job = msgspec.json.decode({msgspec.json.encode(job())!r}, type=jobs.Hold)
held = process.Held(job, command=[sys.executable, "-c", {program!r}])
Path({str(tmp_path / "pid")!r}).write_text(str(held.pid) + " ")
held.send(jobs.Profile(name="x", seconds_each=1))
time.sleep(60)
"""
    own = {**os.environ, "TMPDIR": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", driver], env=own)
    try:
        wait_for(noted.exists)
        pid = int((tmp_path / "pid").read_text())
        time.sleep(0.2)
        assert alive(pid)
    finally:
        parent.kill()
        parent.wait()
    wait_for(lambda: not alive(pid))


# ------------------------------------------------------------------------------------ real engines


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Subject, Inspected]:
    """Return a model with feeds of a batch that keeps several threads at work."""
    folder = tmp_path_factory.mktemp("held")
    suite = load_suite(suites.write(folder))
    subject = Subject(
        model=suite.models["tiny"],
        dataset=suite.datasets["scenes"],
        folder=str(folder),
        cache=str(folder / "cache"),
    )
    scratch = folder / "scratch"
    scratch.mkdir()
    found = process.execute(
        Inspect(subject=subject, batches=(1, BATCH), scratch=str(scratch)), seconds=60
    )
    assert isinstance(found, Inspected)
    names = tuple(port.name for port in found.outputs)
    return msgspec.structs.replace(subject, ports=found.inputs, outputs=names), found


def holding(subject: Subject, found: Inspected, engine: str) -> Hold:
    """Return the job to hold the model in an engine."""
    return Hold(
        subject=subject,
        engine=engine,
        device="CPU",
        precision=Precision.FP32,
        artefact=found.files[0],
    )


def opening(found: Inspected, *, batch: int = BATCH, cores: int = 2) -> Open:
    """Return the command to load it for one request at a time."""
    return Open(name="x", purpose="latency", feeds=found.feeds[batch].path, cores=cores)


def spent(held: Held) -> float:
    """Return the processor time of a worker so far, seconds."""
    times = psutil.Process(held.pid).cpu_times()
    return float(times.user + times.system)


def test_who_waits_uses_no_processor_time(loaded: tuple[Subject, Inspected]) -> None:
    """While one works, the others, whose threads have just worked, use under 2 % of its time."""
    subject, found = loaded
    engines = ("onnxruntime", "openvino", "onnxruntime")
    with ExitStack() as stack:
        held = [stack.enter_context(Held(holding(subject, found, each))) for each in engines]
        for each in held:
            assert isinstance(each.ask(opening(found), 60), Opened)
        for each in held[:2]:
            assert isinstance(each.ask(Block(name="x", untimed=5, count=200), 60), Timed)
        before, began = [spent(each) for each in held], time.monotonic()
        assert isinstance(held[2].ask(Stretch(name="x", seconds=1.5, one_by_one=True), 60), Timed)
        wall = time.monotonic() - began
        grown = [spent(each) - first for each, first in zip(held, before, strict=True)]
    assert grown[2] > 0.1
    assert max(grown[:2]) < 0.02 * wall


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_blocks_of_a_real_engine(loaded: tuple[Subject, Inspected], engine: str) -> None:
    """A block has the requests it was asked for, a stretch ends after its time, a profile tells."""
    subject, found = loaded
    with Held(holding(subject, found, engine)) as held:
        opened = held.ask(opening(found, batch=1), 60)
        assert isinstance(opened, Opened)
        assert opened.shape == "image=1x1x8x8"
        assert 0 < opened.pace < 1
        assert opened.settings["distinct_requests"] == 24
        block = held.ask(Block(name="x", untimed=2, count=7), 60)
        assert len(ascending(block)) == 7
        start = time.perf_counter() + 0.1
        stretch = held.ask(Stretch(name="x", seconds=0.05, start=start, one_by_one=True), 60)
        assert isinstance(stretch, Timed)
        assert stretch.started >= start
        assert ascending(stretch)[-1] >= stretch.stopped == pytest.approx(stretch.started + 0.05)
        profiled = held.ask(Profile(name="x", seconds_each=opened.pace), 60)
        assert isinstance(profiled, Profiled)
        assert profiled.executed["FP32"].layers > 0


def ascending(answer: Answer) -> Sequence[float]:
    """Return the completions of a block, which must ascend from its start."""
    assert isinstance(answer, Timed)
    completed = array("d")
    completed.frombytes(answer.completed)
    assert [answer.started, *completed] == sorted([answer.started, *completed])
    assert answer.processor > 0
    return completed


def test_what_an_engine_refuses_costs_the_command_not_the_worker(
    loaded: tuple[Subject, Inspected], tmp_path: Path
) -> None:
    """A model that cannot be loaded is refused in the engine's words; the worker lives on."""
    subject, found = loaded
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    wrong = msgspec.structs.replace(holding(subject, found, "onnxruntime"), artefact=str(broken))
    with Held(wrong) as held:
        first = held.ask(opening(found, batch=1), 60)
        assert isinstance(first, Refused)
        assert first.state is State.UNSUPPORTED
        models.conv_net(broken)
        assert isinstance(held.ask(opening(found, batch=1), 60), Opened)
