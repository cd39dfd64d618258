"""Files of ours in an output: made somewhere else, then put in their places all at once.

What was put there is listed in a manifest within the output, so that nothing of anybody else is
overwritten or removed.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from benchfolio.generator.publish import Document
from benchfolio.sphinxext.files import move, write_if_different

MANIFEST = ".benchfolio-published.json"
"""In the output: path → SHA-256 of everything written here."""


class Sight(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was left: what it followed from, its size, and when it was written."""

    key: str
    size: int
    modified: int


class Staged(msgspec.Struct, frozen=True):
    """What an output is to hold.

    Attributes:
        folder: Where the files are that were made.
        made: Their SHA-256, by path.
        same: SHA-256 of files that are there, and as they were left, by path.
        keys: Keys by path, of files that have one.
    """

    folder: Path
    made: dict[str, str]
    same: dict[str, str]
    keys: dict[str, str]


class Settled(msgspec.Struct, frozen=True):
    """What became of an output.

    Attributes:
        foreign: Files that are somebody else's.
        files: Files with a key, by path.
    """

    foreign: list[str]
    files: dict[str, Sight]


def stage(
    folder: Path, out: Path, documents: Iterable[Document], known: Mapping[str, Sight]
) -> Staged:
    """Make files; the output stays as it is.

    A file that is as it was left, and follows from the same as then, is not made again.

    Args:
        folder: Where to make them; emptied before.
        out: Folder of the output.
        documents: The files; paths are relative and with slashes.
        known: What was left, by path.
    """
    shutil.rmtree(folder, ignore_errors=True)
    before = manifest(out)
    staged = Staged(folder, {}, {}, {})
    for one in documents:
        path = out / one.path
        if one.key:
            staged.keys[one.path] = one.key
        if one.path in before and one.key and sight(path, one.key) == known.get(one.path):
            staged.same[one.path] = before[one.path]
        else:
            data = one.make()
            write_if_different(folder / one.path, data)
            staged.made[one.path] = _hash(data)
    return staged


def settle(out: Path, staged: Staged, known: Mapping[str, Sight]) -> Settled:
    """Make an output hold exactly these files of ours.

    Args:
        out: Folder of the output.
        staged: The files.
        known: What was left, by path.
    """
    before = manifest(out)
    foreign = {name for name in staged.made if _is_foreign(out, name, staged, before)}
    # Somebody may have put a file there since it was seen.
    now = {name: it for name, it in staged.same.items() if _is_there(out, name, staged, known)}
    foreign |= {name for name in staged.same if name not in now and (out / name).exists()}
    for name, hash_ in staged.made.items():
        if name not in foreign:
            _place(staged.folder / name, out / name)
            now[name] = hash_
    for name, hash_ in before.items():
        if name not in now:
            _remove(out, name, hash_)
    _write_manifest(out, now)
    keys = {name: key for name, key in staged.keys.items() if name in now}
    return Settled(sorted(foreign), {name: sight(out / name, key) for name, key in keys.items()})


def clear(out: Path) -> None:
    """Leave no file of ours in an output."""
    settle(out, Staged(out, {}, {}, {}), {})


def sight(path: Path, key: str) -> Sight:
    """Return how a file looks; one that is not there looks like no other."""
    try:
        status = path.stat()
    except OSError:
        return Sight("", -1, -1)
    return Sight(key, status.st_size, status.st_mtime_ns)


def manifest(out: Path) -> dict[str, str]:
    """Return path → SHA-256 of what was written into an output before."""
    try:
        return msgspec.json.decode(read(out / MANIFEST), type=dict[str, str])
    except msgspec.DecodeError:
        return {}


def read(path: Path) -> bytes:
    """Return what a file holds; nothing where there is none."""
    return path.read_bytes() if path.is_file() else b""


def _place(made: Path, path: Path) -> None:
    """Put a file in its place, unless the same is there: what is unchanged keeps its time."""
    if path.is_file() and path.read_bytes() == made.read_bytes():
        return
    move(made, path)


def _is_foreign(out: Path, name: str, staged: Staged, before: Mapping[str, str]) -> bool:
    path = out / name
    if not path.exists():
        return False
    return _hash(read(path)) not in (staged.made[name], before.get(name))


def _is_there(out: Path, name: str, staged: Staged, known: Mapping[str, Sight]) -> bool:
    path = out / name
    return (
        sight(path, staged.keys[name]) == known.get(name) or _hash(read(path)) == staged.same[name]
    )


def _write_manifest(out: Path, now: Mapping[str, str]) -> None:
    if now:
        ordered = dict(sorted(now.items()))
        write_if_different(out / MANIFEST, msgspec.json.encode(ordered) + b"\n")
    else:
        (out / MANIFEST).unlink(missing_ok=True)


def _remove(out: Path, name: str, known: str) -> None:
    """Remove a file, unless somebody has changed it since, and folders that it leaves empty."""
    path = (out / name).resolve()
    root = out.resolve()
    # The manifest is a file like any other: what it names may be anywhere.
    if root not in path.parents or not path.is_file() or _hash(read(path)) != known:
        return
    path.unlink()
    with contextlib.suppress(OSError):
        for folder in path.parents:
            if folder == root:
                return
            folder.rmdir()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
