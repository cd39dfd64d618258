"""Bytes of files that others may have put there: bounded, regular, and where they seem to be."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from benchfolio.results.errors import BadInput, Problem

# A pipe without a writer shall not hold us up, and no terminal become ours.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def bytes_of(path: Path, where: str, kind: str, *, most: int, root: Path | None = None) -> bytes:
    """Read a file that is one: not a pipe, a device or a folder.

    Args:
        path: The file.
        where: How errors name it.
        kind: How errors speak of it, as ``a result file``.
        most: Bytes; of a larger file one more is returned.
        root: A link must lead to a file below this folder; anywhere, when left out.

    Raises:
        BadInput: It cannot be read, is no regular file, or its link leads out of the folder.
    """
    try:
        handle = _open(path, where, root)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise BadInput(_unreadable(where, kind, _sort(found.st_mode)))
            return _read(handle, found.st_size, most + 1)
        finally:
            os.close(handle)
    except OSError as error:
        got = error.strerror or type(error).__name__
        raise BadInput(_unreadable(where, kind, got)) from error
    except ValueError as error:  # a NUL in the name
        raise BadInput(_unreadable(where, kind, str(error))) from error


def _read(handle: int, size: int, most: int) -> bytes:
    """Read to the end, or as many bytes: a file may grow, and those below /proc have no size."""
    parts = []
    while most > 0 and (part := os.read(handle, min(most, max(size + 1, 1 << 16)))):
        parts.append(part)
        most -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _open(path: Path, where: str, root: Path | None) -> int:
    if root is None:
        return os.open(path, _FLAGS)
    try:
        return os.open(path, _FLAGS | _NO_LINK)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
    target = Path(os.path.realpath(path))
    if not target.is_relative_to(os.path.realpath(root)):
        raise BadInput(
            Problem(
                where=where,
                what="a link that leads out of the folder of results",
                expected="a file, or a link to one in the same folder",
                got="a link to somewhere else",
                remedy="put the file itself in its place",
            )
        )
    return os.open(target, _FLAGS)


def _sort(mode: int) -> str:
    """Return what a thing is that is no file."""
    sorts = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((word for is_one, word in sorts if is_one(mode)), "a device")


def _unreadable(where: str, kind: str, got: str) -> Problem:
    return Problem(
        where=where,
        what="cannot be read",
        expected=f"{kind} that can be read",
        got=got,
        remedy="check the path and its permissions",
    )
