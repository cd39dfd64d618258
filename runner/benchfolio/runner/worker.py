"""The child process: reads one job, imports only what it needs, does it, and answers.

Run as ``python -m benchfolio.runner.worker FD`` with the job as a line of JSON on standard input;
the reply is written to the file descriptor ``FD``. Everything else it prints is only looked at if
it dies. A job to hold a model ready is followed by commands on standard input, until that ends.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

import msgspec

from benchfolio.runner.jobs import (
    Hold,
    Inspect,
    Job,
    LookForDevices,
    Measure,
    Prepare,
    Reply,
)
from benchfolio.runner.refusing import answer_or_refusal

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Do the job and leave at once: an engine's tidying up is of no use and may crash."""
    pipe = int(sys.argv[1])
    os.set_inheritable(pipe, False)
    job: Job | Hold = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job | Hold)
    if not isinstance(job, Inspect):  # which may have a child of its own, to be killed with it
        _die_with_parent()
    if isinstance(job, Hold):
        from benchfolio.runner.holding import serve

        serve(job, os.fdopen(pipe, "wb"))
        os._exit(0)
    threading.Thread(target=_watch_parent, daemon=True).start()
    keep: list[object] = []
    answer = msgspec.json.encode(answer_to(job, keep))
    with os.fdopen(pipe, "wb") as stream:
        stream.write(answer)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def answer_to(job: Job, keep: list[object]) -> Reply:
    """Do a job; whatever goes wrong becomes a state with its reason."""
    return answer_or_refusal(lambda: _do(job, keep))


def _do(job: Job, keep: list[object]) -> Reply:
    """Import what a kind of job needs, and nothing of the others; ``keep`` outlives the job."""
    if isinstance(job, Measure):
        from benchfolio.runner.cells import measure

        return measure(job, keep)
    if isinstance(job, Prepare):
        from benchfolio.runner.preparing import prepare

        return prepare(job)
    if isinstance(job, Inspect):
        from benchfolio.runner.inspecting import inspect

        return inspect(job)
    assert isinstance(job, LookForDevices)
    from benchfolio.runner.inspecting import look_for_devices

    return look_for_devices(job)


def _die_with_parent() -> None:
    """On Linux let the kernel kill this process the moment its parent is gone.

    And if memory runs out, this process shall be the one that is killed, not the driver.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    with suppress(OSError):  # not permitted here
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _watch_parent() -> None:
    """Standard input ends when the parent does; then the whole group shall end."""
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
