"""Write result files: validated, canonical to the byte, and all or nothing."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import msgspec

from benchfolio.results.errors import BadInput, MissingEnvironment, Problem
from benchfolio.results.keys import cell_key
from benchfolio.results.misfits import type_problem
from benchfolio.results.types import ResultFile
from benchfolio.results.validation import validate


def encode(file: ResultFile) -> bytes:
    """Return the canonical bytes: sorted keys and cells, two spaces, a trailing newline.

    Raises:
        BadInput: The file would not be valid when read again.
    """
    problems = validate(file, file.platform.id)
    if problems:
        raise BadInput(problems)
    ordered = msgspec.structs.replace(file, cells=tuple(sorted(file.cells, key=cell_key)))
    raw = _without_empty(msgspec.to_builtins(ordered, order="deterministic"))
    try:
        msgspec.convert(raw, ResultFile, strict=True)
    except msgspec.ValidationError as error:
        remedy = "not written: a mistake of the program that made these results"
        raise BadInput(type_problem(error, file.platform.id, remedy=remedy)) from error
    return msgspec.json.format(msgspec.json.encode(raw), indent=2) + b"\n"


def write(file: ResultFile, path: Path) -> None:
    """Write a result file: afterwards it is there whole, or the old one still is.

    Raises:
        BadInput: The file would not be valid when read again; nothing is written.
        MissingEnvironment: The folder cannot be written to; nothing is lost.
    """
    write_bytes(encode(file), path)


def write_bytes(data: bytes, path: Path) -> None:
    """Replace a file atomically, durable before it takes the name.

    Raises:
        MissingEnvironment: The folder cannot be written to, or the disk is full.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Who is killed leaves it behind; `locking` knows it by this name.
        handle, temporary = tempfile.mkstemp(".part", f".{path.name}.", path.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
        _sync(path.parent)
    except OSError as error:
        raise MissingEnvironment(
            Problem(
                where=str(path),
                what="cannot be written; the file that was there is untouched",
                expected="a folder that can be written to, with space left",
                got=error.strerror or type(error).__name__,
                remedy="make room or change the permissions, then run again",
            )
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def holds(path: Path, data: bytes) -> bool:
    """Tell whether a file is there, with just these bytes."""
    return path.is_file() and path.read_bytes() == data


def _sync(folder: Path) -> None:
    """Make a new name last, should the machine lose its power in the next moment."""
    with suppress(OSError):  # not every file system can
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _without_empty(node: object) -> object:
    """Drop keys whose object is empty: a default written out would make two spellings of one."""
    if isinstance(node, dict):
        kept = {key: _without_empty(value) for key, value in node.items()}
        return {key: value for key, value in kept.items() if value != {}}
    if isinstance(node, list | tuple):
        return [_without_empty(item) for item in node]
    return node
