"""A complete folder takes the place of another, at best in one step: two exchange their names.

Linux can do that (``renameat2``); elsewhere there is an instant between two renames in which
neither has the name, and whoever looks after a kill there brings the old one back.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_UNABLE = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM)
"""What kernels and file systems answer that cannot do it."""


def exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two files or folders of one file system; see ``renameat2(2)``.

    Returns:
        Whether it was done; ``False`` where kernel, C library or file system cannot.

    Raises:
        OSError: They are not both there, or may not be renamed.
    """
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    names = (os.fsencode(one), os.fsencode(other))
    if rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNABLE:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def take_place(new: Path, folder: Path, aside: Path) -> None:
    """Put a folder in the place of another, which goes; both are on one file system.

    Args:
        new: What is complete.
        folder: The name that it gets, whether there is something of that name or not.
        aside: Where the old one is in the instant between two renames; see ``bring_back``.

    Raises:
        OSError: ``new`` is not there or may not be renamed; ``folder`` is as it was.
    """
    if not folder.exists():
        new.rename(folder)
    elif exchange(new, folder):
        shutil.rmtree(new, ignore_errors=True)
    else:
        folder.rename(aside)
        try:
            new.rename(folder)
        except OSError:
            bring_back(folder, aside)
            raise
        shutil.rmtree(aside, ignore_errors=True)


def bring_back(folder: Path, aside: Path) -> None:
    """Give a folder its name again where a process ended between the renames of ``take_place``."""
    if aside.is_dir() and not folder.exists():
        aside.rename(folder)
