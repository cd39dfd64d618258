"""Files of the output that are no pages, and the files that we are made of."""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import shutil
from pathlib import Path
from typing import BinaryIO

import benchfolio.generator


def write_if_different(path: Path, data: bytes) -> None:
    """Write a file unless it holds exactly this already: what is unchanged keeps its time.

    A file that is there is replaced and never written into: readers may have the same file under
    another name (``generator.build_output``).
    """
    try:
        with _new(path) as file:
            file.write(data)
    except FileExistsError:
        if path.read_bytes() == data:
            return
        new = path.with_name(f".{os.getpid()}.new")
        new.write_bytes(data)
        new.replace(path)


def move(source: Path, path: Path) -> None:
    """Put a file in the place of another, or where none is, also on another file system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        new = path.with_name(f".{os.getpid()}.new")
        shutil.copyfile(source, new)
        new.replace(path)
        source.unlink()


def _new(path: Path) -> BinaryIO:
    """Open a file that is not there yet."""
    try:
        return path.open("xb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb")


@functools.cache
def code_digest() -> str:
    """Return a hash of the code that computes and writes what pages show.

    A newer version of it is a reason to write everything again, as a changed template is.
    """
    seen = hashlib.sha256()
    for folder in (Path(benchfolio.generator.__file__).parent, Path(__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            seen.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return seen.hexdigest()
