"""Child processes: a crash, a hang or a hunger for memory costs one job and no more."""

from __future__ import annotations

import os
import select
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec
import psutil

from benchfolio.results import State
from benchfolio.runner import words
from benchfolio.runner.jobs import Answer, Command, Hold, Job, Refused, Reply

WORKER = (sys.executable, "-P", "-m", "benchfolio.runner.worker")
_LOOK_SECONDS = 0.25
_LAST_WORDS = 4000
_LENGTH_BYTES = 8
_PART_BYTES = 1 << 18

_decoder: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


class Child:
    """An interpreter that was given a job, and the pipe that it answers on.

    The answers come over a pipe of their own, so that whatever an engine prints disturbs nothing.
    The child does not outlive the caller, however that ends.

    Args:
        job: What to do.
        command: The program; it gets the number of the answering pipe as last argument and the job
            on its standard input, which stays open as long as the caller lives.
    """

    def __init__(self, job: Job | Hold, command: Sequence[str]) -> None:
        # Both are removed by hand in `end`, which every user calls.
        self._folder = tempfile.TemporaryDirectory(prefix="benchfolio-")
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self.pipe, theirs = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [*command, str(theirs)],
                stdin=subprocess.PIPE,
                stdout=self._said,
                stderr=self._said,
                pass_fds=(theirs,),
                process_group=0,
                cwd=self._folder.name,
                env=_environment(),
            )
        finally:
            os.close(theirs)
        self.pid = self._process.pid
        self.write(msgspec.json.encode(job))

    def write(self, line: bytes) -> None:
        """Write a line to the child's standard input."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it is dead already; its exit status tells
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()

    def wait(self, seconds: float) -> None:
        """Give it time to leave by itself."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)

    def end(self) -> Refused:
        """Kill the child if it is still there, and what it has started; say how it ended."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self.pipe)
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        reason = _cause(self._process.returncode)
        last = self._last_words()
        self._said.close()
        self._folder.cleanup()
        return Refused(state=State.FAILED, reason=f"{reason}: {last}" if last else reason)

    def _last_words(self) -> str:
        """Return the end of what the child printed, where an engine often says why it gives up."""
        size = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, size - _LAST_WORDS))
        text = self._said.read().decode("utf-8", "replace")
        lines = words.scrub(text, limit=_LAST_WORDS).splitlines()
        return " / ".join(lines[-3:])[-400:]


def execute(
    job: Job,
    *,
    seconds: float,
    memory_bytes: int | None = None,
    command: Sequence[str] = WORKER,
) -> Reply:
    """Run a job in a fresh interpreter and return its reply, or why there is none.

    The caller sleeps meanwhile and wakes four times a second to look at the child's memory.

    Args:
        job: What to do.
        seconds: Wall time after which the child is killed.
        memory_bytes: Resident memory above which it is killed.
        command: See ``Child``.
    """
    child = Child(job, command)
    verdict: str | None = None
    try:
        answer, verdict = _await(child, seconds, memory_bytes)
        if verdict is None:  # it has closed its end and is about to leave
            child.wait(5)
    finally:
        ended = child.end()
    if verdict is not None:
        return Refused(state=State.FAILED, reason=verdict)
    try:
        return _decoder.decode(answer)
    except msgspec.DecodeError:
        return ended


class Held:
    """A worker that stays: it loads a model and answers commands until it is let go.

    Between commands it is blocked and uses no processor time; so is whoever waits for an answer.

    Args:
        job: What to hold ready.
        memory_bytes: Resident memory above which it is killed; looked at four times a second while
            an answer is waited for, and when ``too_large`` is asked.
        command: See ``Child``.
    """

    def __init__(
        self, job: Hold, *, memory_bytes: int | None = None, command: Sequence[str] = WORKER
    ) -> None:
        self._child: Child | None = Child(job, command)
        self._memory_bytes = memory_bytes
        self._messages = Messages(self._child.pipe)
        self._lost: Refused | None = None
        self.pid = self._child.pid

    def __enter__(self) -> Self:
        """Hold it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let it go."""
        self.end()

    def ask(self, command: Command, seconds: float) -> Answer:
        """Send a command and wait for its answer; see ``send`` and ``answer``."""
        self.send(command)
        return self.answer(seconds)

    @property
    def is_lost(self) -> bool:
        """Whether it has died or was killed."""
        return self._lost is not None

    def send(self, command: Command) -> None:
        """Send a command; to nobody, when the worker is lost."""
        if self._child is not None:
            self._child.write(msgspec.json.encode(command))

    def answer(self, seconds: float) -> Answer:
        """Return the answer to a command, or why there is none: then the worker is lost."""
        if self._lost is not None or self._child is None:
            return self._lost or Refused(state=State.FAILED, reason="let go")
        try:
            message = self._next(time.monotonic() + seconds)
        except TimeoutError:
            return self._lose(f"time limit of {seconds:g} s")
        except EOFError:
            self._child.wait(5)
            return self._lose(None)
        return message if isinstance(message, Refused) else _answers.decode(message)

    def _next(self, deadline: float) -> bytes | Refused:
        """Return the next message; whoever takes long has its memory looked at meanwhile."""
        while True:
            look = min(deadline, time.monotonic() + _LOOK_SECONDS)
            try:
                return self._messages.next(look)
            except TimeoutError:
                refused = self.too_large()
                if refused is not None:
                    return refused
                if look >= deadline:
                    raise

    def too_large(self) -> Refused | None:
        """Kill a worker that takes more memory than it may; say so."""
        limit = self._memory_bytes
        if limit is None or self._child is None or resident(self.pid) <= limit:
            return None
        return self._lose(f"memory limit of {limit // 2**20} MiB")

    def end(self) -> None:
        """Let the worker go."""
        if self._child is not None:
            self._child.end()
            self._child = None

    def _lose(self, verdict: str | None) -> Refused:
        assert self._child is not None
        ended = self._child.end()
        self._child = None
        self._lost = Refused(state=State.FAILED, reason=verdict) if verdict else ended
        return self._lost


def frame(message: bytes) -> bytes:
    """Return a message with its length before it, as a held worker writes them."""
    return len(message).to_bytes(_LENGTH_BYTES, "little") + message


class Messages:
    """Messages with their length before them, as they come out of a pipe.

    One poll and one read serve a message of ordinary size: whoever waits shall not work.
    """

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._data = bytearray()

    def next(self, deadline: float) -> bytes:
        """Return the next message.

        Args:
            deadline: Of ``time.monotonic``.

        Raises:
            TimeoutError: It does not come in time.
            EOFError: The other end is closed.
        """
        while True:
            length = int.from_bytes(self._data[:_LENGTH_BYTES], "little")
            end = _LENGTH_BYTES + length
            if len(self._data) >= max(end, _LENGTH_BYTES):
                message = bytes(self._data[_LENGTH_BYTES:end])
                del self._data[:end]
                return message
            left = max(0.0, deadline - time.monotonic())
            if not select.select((self._pipe,), (), (), left)[0]:
                raise TimeoutError
            part = os.read(self._pipe, _PART_BYTES)
            if not part:
                raise EOFError
            self._data += part


def _environment() -> dict[str, str]:
    """Return the caller's environment, made such that equal jobs give equal bytes."""
    return {**os.environ, "PYTHONHASHSEED": "0", "NO_COLOR": "1"}


def _await(child: Child, seconds: float, memory_bytes: int | None) -> tuple[bytes, str | None]:
    """Collect the reply until the child closes its end; also why it was stopped, if it was."""
    answer = bytearray()
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(child.pipe, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return bytes(answer), f"time limit of {seconds:g} s"
            if selector.select(min(left, _LOOK_SECONDS) if memory_bytes else left):
                part = os.read(child.pipe, 1 << 16)
                if not part:
                    return bytes(answer), None
                answer += part
            if memory_bytes and resident(child.pid) > memory_bytes:
                return bytes(answer), f"memory limit of {memory_bytes // 2**20} MiB"


def resident(pid: int) -> int:
    """Return the resident memory of a process, bytes; 0 when it has just ended."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _cause(status: int) -> str:
    if status < 0:
        try:
            return f"killed by {signal.Signals(-status).name}"
        except ValueError:
            return f"killed by signal {-status}"
    return f"ended with exit status {status} and no result"


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
