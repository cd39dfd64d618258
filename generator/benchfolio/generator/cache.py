"""Columns of files kept between builds, so that only files that changed are read again.

An entry is used only if its file is certainly the one it was made from: by its status, or by the
hash of its content. Whatever is wrong with an entry, its file is read as if there were none.
Entries are MessagePack with a checksum, never code: a folder that others can write to can make
figures wrong, as a folder of results can, but nothing run.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import time
import zlib
from functools import cache
from pathlib import Path

import msgspec

from benchfolio import results
from benchfolio.generator import columns, slices
from benchfolio.generator.columns import FileColumns
from benchfolio.generator.slices import Slices
from benchfolio.results import BadInput
from benchfolio.results.reading import read_bytes

SUFFIX = ".columns"

_SETTLED = 2_000_000_000
"""Nanoseconds after which a file that is written to gets another time of change, anywhere."""


class _Status(msgspec.Struct, frozen=True, array_like=True):
    """What the file system says of a file; two contents never share all of it, once settled."""

    size: int
    modified: int
    changed: int
    inode: int


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of one file.

    Attributes:
        version: Of the code that made it.
        status: Of the file.
        settled: Whether the status alone tells the file.
        digest: Hash of the file's content.
        content: MessagePack of the columns and of the hashes of its parts.
        checksum: Of ``content``.
    """

    version: str
    status: _Status
    settled: bool
    digest: bytes
    content: bytes
    checksum: int


_entries = msgspec.msgpack.Decoder(_Entry)
_contents = msgspec.msgpack.Decoder(tuple[FileColumns, Slices])
_encode = msgspec.msgpack.Encoder().encode


def digest_of(data: bytes) -> bytes:
    """Return the hash by which contents of files are told apart."""
    return hashlib.sha256(data).digest()


@cache
def version() -> str:
    """Return a hash of the code that reads files and makes columns of them."""
    seen = hashlib.sha256(f"{sys.byteorder} {msgspec.__version__}".encode())
    contract = Path(str(results.__file__)).parent
    ours = (Path(columns.__file__), Path(slices.__file__), Path(__file__))
    for path in (*sorted(contract.glob("*.py")), *ours):
        seen.update(path.read_bytes())
    return seen.hexdigest()


class Found(msgspec.Struct, frozen=True):
    """Columns of a file, and hashes of the content that they were made from and of its parts."""

    columns: FileColumns
    digest: bytes
    slices: Slices


class Cache:
    """A folder with an entry for each result file; it may be lost, shared or broken at any time.

    Args:
        folder: Of the entries.
        root: Of the result files.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root
        self._seen: set[str] = set()

    def find(self, name: str, path: Path) -> Found | None:
        """Return the columns of a file, if they are kept and the file is still the same."""
        place = self._place(name)
        self._seen.add(place.name)
        try:
            entry = _entries.decode(place.read_bytes())
            if entry.version != version():
                return None
            if zlib.crc32(entry.content) != entry.checksum:
                return None
            if not (entry.settled and entry.status == _status(path.stat())):
                return self._compared(entry, name, path)
            return _found(entry)
        except (OSError, BadInput, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def has(self, name: str) -> bool:
        """Tell whether there is an entry of a file, whatever it is worth."""
        return self._place(name).exists()

    def keep(self, name: str, status: os.stat_result, found: Found) -> None:
        """Keep the columns of a file; where that cannot be done, nothing is kept."""
        with contextlib.suppress(OSError):
            data = _encode((found.columns, found.slices))
            entry = _Entry(
                version=version(),
                status=_status(status),
                settled=time.time_ns() - status.st_mtime_ns > _SETTLED,
                digest=found.digest,
                content=data,
                checksum=zlib.crc32(data),
            )
            self._write(self._place(name), _encode(entry))

    def clear_rest(self) -> None:
        """Remove the entries of files that were not asked for, and what a killed build left."""
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                is_ours = path.suffix in (SUFFIX, ".part")
                if is_ours and path.name not in self._seen:
                    path.unlink(missing_ok=True)

    def _compared(self, entry: _Entry, name: str, path: Path) -> Found | None:
        """Return an entry's columns if its file has the same content, whatever its status."""
        if not path.is_file():  # a pipe would hold us up
            return None
        status = path.stat()
        if status.st_size != entry.status.size:
            return None
        if digest_of(read_bytes(path, name, root=self._root)) != entry.digest:
            return None
        found = _found(entry)
        self.keep(name, status, found)
        return found

    def _place(self, name: str) -> Path:
        return self._folder / (hashlib.sha256(name.encode()).hexdigest()[:32] + SUFFIX)

    def _write(self, path: Path, data: bytes) -> None:
        """Write a file so that others see it whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(suffix=".part", dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise


def _found(entry: _Entry) -> Found:
    made, parts = _contents.decode(entry.content)
    return Found(made, entry.digest, parts)


def _status(found: os.stat_result) -> _Status:
    return _Status(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
