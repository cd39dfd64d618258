"""One writer at a time: a result file is locked while it is measured, merged or imported.

The lock is the kernel's (``flock``): it ends with the process that holds it, however that ends, so
no lock is ever stale. It lies beside the file as ``.NAME.lock``, which is never taken for a result.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from benchfolio.results.errors import MissingEnvironment, Problem, WrongUsage

_TOLD_BYTES = 200


def lock_path(path: Path) -> Path:
    """Return where the lock of a file lies."""
    return path.with_name(f".{path.name}.lock")


@contextmanager
def locked(*paths: Path, by: str) -> Iterator[None]:
    """Keep all others from writing files, from before they are read until they are written.

    Files are locked in one order, so that two that want the same never wait for each other; nobody
    waits at all. What a killed writer left half written beside them is removed.

    Args:
        paths: Files to be written; they need not exist.
        by: Who asks, as ``benchfolio run``; told to whoever comes second.

    Raises:
        WrongUsage: Somebody else is writing one of them.
        MissingEnvironment: The folder cannot be written to, or its file system knows no locks.
    """
    with ExitStack() as held:
        for path in sorted({path.absolute() for path in paths}):
            held.callback(_remove_empty, _missing(path.parent))
            held.callback(_release, path, _acquire(path, by))
            _sweep(path)
        yield


def _missing(folder: Path) -> list[Path]:
    """Return the folders that are to be made for one, the innermost first."""
    return [each for each in (folder, *folder.parents) if not each.exists()]


def _remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders that were made for a lock and that nothing was written to."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def _acquire(path: Path, by: str) -> int:
    """Return the open lock of a file."""
    try:
        while (handle := _open(path)) is None or not _hold(handle, path):
            if handle is not None:
                os.close(handle)  # it was released and removed in between
    except (OSError, ImportError) as error:
        raise MissingEnvironment(_cannot_lock(path, error)) from error
    with suppress(OSError):  # a full disk: the lock holds all the same
        os.ftruncate(handle, 0)
        os.write(handle, f"{by}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC".encode())
    return handle


def _open(path: Path) -> int | None:
    """Return the lock of a file, open; nothing where its folder went away in between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return os.open(lock_path(path), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except FileNotFoundError:
        return None


def _hold(handle: int, path: Path) -> bool:
    """Lock an open file; tell whether it is still the one that others find."""
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        told = os.pread(handle, _TOLD_BYTES, 0).decode("utf-8", "replace")
        os.close(handle)
        raise WrongUsage(_taken(path, told)) from error
    except OSError:
        os.close(handle)
        raise
    try:
        there = lock_path(path).stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(handle))


def _release(path: Path, handle: int) -> None:
    # Removed while it is held: who comes next makes another, and nobody's is taken away.
    with suppress(OSError):
        lock_path(path).unlink()
    os.close(handle)


def _sweep(path: Path) -> None:
    """Remove what writers of this file left when they were killed; there are none now."""
    for left in _leftovers(path):
        with suppress(OSError):
            left.unlink()


def _leftovers(path: Path) -> Sequence[Path]:
    """Return the temporary files of a file; ``write_bytes`` names them."""
    named = re.compile(rf"\.{re.escape(path.name)}\.[a-z0-9_]+\.part")
    with os.scandir(path.parent) as entries:
        return [
            Path(entry.path)
            for entry in entries
            if named.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
        ]


def _taken(path: Path, told: str) -> Problem:
    return Problem(
        where=str(path),
        what="another process is writing this file; nothing was changed",
        expected="one writer at a time",
        got="".join(each if each.isprintable() else " " for each in told) or "a writer",
        remedy="wait until it has ended, or give this machine another --platform",
    )


def _cannot_lock(path: Path, error: OSError | ImportError) -> Problem:
    return Problem(
        where=str(path.parent),
        what="cannot be written to, or knows no locks; nothing was changed",
        expected="a folder that can be written to, on a file system with flock",
        got=getattr(error, "strerror", None) or type(error).__name__,
        remedy="change the permissions, or name another folder after --out",
    )
