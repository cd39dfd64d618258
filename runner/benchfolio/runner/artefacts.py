"""The cache of artefacts, found by what they were made of; never trusted without a look."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from benchfolio.runner.digests import digest_of
from benchfolio.runner.jobs import Prepared

_FORMAT = 1
_RECORD = "artefact.json"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An artefact on disk.

    Attributes:
        path: The file to load.
        format: ir, onnx, onnx-qdq, onnx-qoperator.
        sha256: Over the bytes of its files in order; of an IR the ``.xml`` first.
        bytes: Of all files.
        opset: ONNX opset; ``None`` for IR.
    """

    path: str
    format: str
    sha256: str
    bytes: int
    opset: int | None = None


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    format: str
    files: tuple[str, ...]
    sha256: str
    opset: int | None = None


def key(ingredients: Mapping[str, Any]) -> str:
    """Return the name of an artefact: a hash of everything that it depends on."""
    text = json.dumps({"format": _FORMAT, **ingredients}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def find(cache: Path, name: str) -> Kept | None:
    """Return an artefact from the cache; ``None`` when it is not there or was damaged."""
    folder = cache / "artefacts" / name
    try:
        record = msgspec.json.decode((folder / _RECORD).read_bytes(), type=_Record)
        kept = _kept(folder, record)
    except (OSError, msgspec.DecodeError):
        return None
    return kept if kept.sha256 == record.sha256 else None


@contextmanager
def place(cache: Path) -> Iterator[Path]:
    """Yield an empty folder in the cache to make an artefact in; what is not kept is removed."""
    parent = cache / "artefacts"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(cache: Path, name: str, made: Path, prepared: Prepared) -> Kept:
    """Give a finished folder its name in the cache, in one step, and return what is there."""
    sha256 = digest_of([made / file for file in prepared.files])[0]
    record = _Record(
        format=prepared.format, files=prepared.files, sha256=sha256, opset=prepared.opset
    )
    (made / _RECORD).write_bytes(msgspec.json.encode(record))
    folder = cache / "artefacts" / name
    with suppress(OSError):  # a damaged one, or none
        shutil.rmtree(folder)
    try:
        made.rename(folder)
    except OSError:
        # Another run was faster; it made the same of the same.
        if not folder.is_dir():
            raise
    return _kept(folder, record)


def default_cache() -> Path:
    """Return the user's cache: ``$XDG_CACHE_HOME/benchfolio``, or ``~/.cache/benchfolio``."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "benchfolio"


def _kept(folder: Path, record: _Record) -> Kept:
    paths = [folder / name for name in record.files]
    sha256, size = digest_of(paths)
    return Kept(
        path=str(paths[0]), format=record.format, sha256=sha256, bytes=size, opset=record.opset
    )
