"""Replace a folder as a whole: at every moment there is the old one or the new one.

Linux exchanges two folders in one step (``renameat2``); elsewhere there is an instant between two
renames in which neither has the name, and the next call brings the old one back.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchfolio.generator.exchanging import exchange


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
            _put(new, folder)
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
    if old.is_dir() and not folder.exists():
        old.rename(folder)
    for leftover in (old, _beside(folder, "new")):
        if leftover.exists():
            shutil.rmtree(leftover)


def _put(new: Path, folder: Path) -> None:
    if not folder.exists():
        new.rename(folder)
    elif not exchange(new, folder):
        old = _beside(folder, "old")
        folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            _recover(folder)
            raise
        shutil.rmtree(old, ignore_errors=True)
