"""Waiting for what other processes do."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import psutil


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that is dead and not yet buried does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def hear_interruption() -> None:
    """In a child: take Ctrl-C, which those who are started in the background do not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(condition: Callable[[], object], *, seconds: float = 120) -> None:
    """Wait until a condition holds; the time is there to end what hangs, not to judge speed."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
