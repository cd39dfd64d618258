"""One child process per job: a crash, a hang or a hunger for memory costs that job and no more."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec
import psutil

from benchfolio.results import State
from benchfolio.runner import words
from benchfolio.runner.jobs import Job, Refused, Reply

WORKER = (sys.executable, "-P", "-m", "benchfolio.runner.worker")
_LOOK_SECONDS = 0.25
_LAST_WORDS = 4000

_decoder: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)


def execute(
    job: Job,
    *,
    seconds: float,
    memory_bytes: int | None = None,
    command: Sequence[str] = WORKER,
) -> Reply:
    """Run a job in a fresh interpreter and return its reply, or why there is none.

    The reply comes over a pipe of its own, so that whatever an engine prints disturbs nothing. The
    caller sleeps meanwhile and wakes four times a second to look at the child's memory. The child
    does not outlive the caller, however that ends.

    Args:
        job: What to do.
        seconds: Wall time after which the child is killed.
        memory_bytes: Resident memory above which it is killed.
        command: The program; it gets the number of the reply pipe as last argument and the job on
            its standard input, which stays open as long as the caller lives.
    """
    mine, theirs = os.pipe()
    with (
        tempfile.TemporaryDirectory(prefix="benchfolio-") as folder,
        tempfile.TemporaryFile() as said,
    ):
        try:
            child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [*command, str(theirs)],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                pass_fds=(theirs,),
                process_group=0,
                cwd=folder,
                env=_environment(),
            )
        finally:
            os.close(theirs)
        try:
            _send(child, job)
            answer, verdict = _await(child, mine, seconds, memory_bytes)
            if verdict is None:  # it has closed its end and is about to leave
                with suppress(subprocess.TimeoutExpired):
                    child.wait(timeout=5)
        finally:
            os.close(mine)
            _end(child)
        return _reply(answer, verdict, child.returncode, said)


def _environment() -> dict[str, str]:
    """Return the caller's environment, made such that equal jobs give equal bytes."""
    return {**os.environ, "PYTHONHASHSEED": "0", "NO_COLOR": "1"}


def _send(child: subprocess.Popen[bytes], job: Job) -> None:
    assert child.stdin is not None
    with suppress(BrokenPipeError):  # it is dead already; its exit status tells
        child.stdin.write(msgspec.json.encode(job) + b"\n")
        child.stdin.flush()


def _await(
    child: subprocess.Popen[bytes], pipe: int, seconds: float, memory_bytes: int | None
) -> tuple[bytes, str | None]:
    """Collect the reply until the child closes its end; also why it was stopped, if it was."""
    answer = bytearray()
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return bytes(answer), f"time limit of {seconds:g} s"
            if selector.select(min(left, _LOOK_SECONDS) if memory_bytes else left):
                part = os.read(pipe, 1 << 16)
                if not part:
                    return bytes(answer), None
                answer += part
            if memory_bytes and _resident(child.pid) > memory_bytes:
                return bytes(answer), f"memory limit of {memory_bytes // 2**20} MiB"


def _resident(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:  # it has just ended
        return 0


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child if it is still there, and what it has started, as a data set's script."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdin is not None:
        with suppress(BrokenPipeError):
            child.stdin.close()


def _reply(answer: bytes, verdict: str | None, status: int, said: IO[bytes]) -> Reply:
    if verdict is not None:
        return Refused(state=State.FAILED, reason=verdict)
    try:
        return _decoder.decode(answer)
    except msgspec.DecodeError:
        reason = _cause(status)
        last = _last_words(said)
        return Refused(state=State.FAILED, reason=f"{reason}: {last}" if last else reason)


def _cause(status: int) -> str:
    if status < 0:
        try:
            return f"killed by {signal.Signals(-status).name}"
        except ValueError:
            return f"killed by signal {-status}"
    return f"ended with exit status {status} and no result"


def _last_words(said: IO[bytes]) -> str:
    """Return the end of what the child printed, where an engine often says why it gives up."""
    size = said.seek(0, os.SEEK_END)
    said.seek(max(0, size - _LAST_WORDS))
    lines = words.scrub(said.read().decode("utf-8", "replace"), limit=_LAST_WORDS).splitlines()
    return " / ".join(lines[-3:])[-400:]


def available_memory() -> int:
    """Return the bytes that this process and its children may use; a cgroup may limit them."""
    total = int(psutil.virtual_memory().total)
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            total = min(total, int(text))
    return total
