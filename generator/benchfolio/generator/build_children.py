"""Processes that a build forks: none of them outlives it, and what they opened was opened by it."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.util import Finalize, register_after_fork
from pathlib import Path

from benchfolio.generator.build_state import Opened


class Lifeline:
    """A pipe that nobody writes to: its other end is closed when the process that has it is gone.

    Whoever is forked by ``multiprocessing`` meanwhile reads from it and ends then, also when the
    parent was killed and could not say goodbye: nobody writes into folders of a later build.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self._is_complete = False
        register_after_fork(self, Lifeline._hold)

    def _hold(self) -> None:
        """In a child: wait for the end of the parent."""
        if self._write < 0:
            return
        os.close(self._write)
        if self._is_complete:
            os.close(self._read)
        else:
            threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        os.read(self._read, 1)
        os._exit(1)

    def complete(self) -> None:
        """Say that all have been forked that are to hold on to it."""
        self._is_complete = True

    def close(self) -> None:
        """Let go: children that are left end now."""
        os.close(self._write)
        os.close(self._read)
        self._write = -1  # the number may soon be that of another file


class _Told:
    """What children have opened; each writes it down when it ends.

    Of one that was ended before, nobody knows what it opened.

    Args:
        opened: What the parent has.
        folder: Where children write.
    """

    def __init__(self, opened: Opened, folder: Path) -> None:
        self._opened = opened
        self._folder = folder
        self._modules: frozenset[str] = frozenset()
        self._is_over = False
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        register_after_fork(self, _Told._begin)

    def _begin(self) -> None:
        """In a child: begin anew, and tell at the end."""
        if self._is_over:
            return
        self._note.touch()
        self._opened.found.clear()
        self._modules = frozenset(sys.modules)
        Finalize(self, self._write, exitpriority=0)

    def _write(self) -> None:
        for name in sys.modules.keys() - self._modules:
            path = getattr(sys.modules[name], "__file__", None)
            self._opened.note("open", (path, "r", 0))
        answer = pickle.dumps((self._opened.found, self._opened.is_closed))
        self._note.write_bytes(answer)

    @property
    def _note(self) -> Path:
        return self._folder / str(os.getpid())

    def take(self) -> None:
        """Add what children have opened; they have ended."""
        self._is_over = True
        for path in sorted(self._folder.iterdir()):
            told = path.read_bytes()
            found, is_closed = pickle.loads(told) if told else ({}, False)  # noqa: S301 - our own
            for name, one in found.items():
                self._opened.found.setdefault(name, one)
            self._opened.is_closed &= is_closed
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def children(opened: Opened, folder: Path) -> Iterator[None]:
    """Let processes be forked; when this is left, whatever way, all of them have ended.

    Args:
        opened: Where to note what they open.
        folder: For their notes; made and removed here.
    """
    before = set(multiprocessing.active_children())
    lifeline, told = Lifeline(), _Told(opened, folder)
    try:
        yield
    finally:
        left = set(multiprocessing.active_children()) - before
        for child in left:
            child.kill()
        for child in left:
            child.join()
        lifeline.close()
        told.take()


@contextmanager
def told_failures() -> Iterator[None]:
    """Let no process of Sphinx fail unheard.

    While Sphinx hands out more work it ends the other processes when one fails, and goes on
    without a word: their pages would be missing.
    """
    from sphinx.util.parallel import ParallelTasks

    end, earlier = ParallelTasks.terminate, sys.exc_info()[1]

    def end_and_tell(self: ParallelTasks) -> None:
        error = sys.exc_info()[1]
        end(self)
        if error is not None and error is not earlier:
            raise error

    ParallelTasks.terminate = end_and_tell  # type: ignore[method-assign]
    try:
        yield
    finally:
        ParallelTasks.terminate = end  # type: ignore[method-assign]


def processes() -> int:
    """Return how many processes this one may use at once."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
