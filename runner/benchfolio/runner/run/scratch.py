"""A folder that goes away with the run, also with one that was killed: the next run removes it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = ".run-"
_GRACE_SECONDS = 60.0
"""Between making a folder and holding it nobody may take it for left behind."""


@contextmanager
def scratch(cache: Path) -> Iterator[Path]:
    """Yield an empty folder in the cache, and remove those of runs that are no more."""
    _sweep(cache)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=cache, ignore_cleanup_errors=True) as name:
        handle = os.open(name, os.O_RDONLY)
        try:
            _hold(handle)
            yield Path(name)
        finally:
            os.close(handle)


def _hold(handle: int) -> bool:
    """Lock an open folder, for as long as this process lives; tell whether nobody else has it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another run's, or a file system without locks
        return False
    return True


def _sweep(cache: Path) -> None:
    """Remove the folders of runs that were killed."""
    for folder in cache.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime < _GRACE_SECONDS:
                continue
            handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                if _hold(handle):
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)
