"""Replace a folder as a whole: at every moment there is the old one or the new one.

Where the system cannot do that in one step (see ``generator.exchanging``), the next call brings
back what a kill left aside.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchfolio.generator.exchanging import bring_back, take_place


@contextlib.contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside one; when all went well, it takes the place of that one.

    Only one process at a time replaces folders with the same parent; others wait. What a process
    that was killed left behind is put right first.

    Raises:
        OSError: The parent cannot be written to, or the disk is full; ``folder`` is as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.parent):
        _recover(folder)
        new = _beside(folder, "new")
        new.mkdir()
        try:
            yield new
            take_place(new, folder, _beside(folder, "old"))
        finally:
            shutil.rmtree(new, ignore_errors=True)


@contextlib.contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Hold the lock of a folder; the system lets go of it however a process ends."""
    handle = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f".{folder.name}.benchfolio-{what}")


def _recover(folder: Path) -> None:
    """Bring back a folder that was between two renames, and remove what is half made."""
    old = _beside(folder, "old")
    bring_back(folder, old)
    for leftover in (old, _beside(folder, "new")):
        if leftover.exists():
            shutil.rmtree(leftover)
