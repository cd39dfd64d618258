"""Read result files from a folder; a bad one is reported and skipped."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchfolio.generator.cache import Cache, Found, digest_of
from benchfolio.generator.collection import Collection, FileInfo
from benchfolio.generator.columns import columns_of
from benchfolio.generator.merge import Part, join
from benchfolio.generator.slices import Slices, slices_of
from benchfolio.results import BadInput, Problem, ResultFile, decode, read, result_paths
from benchfolio.results.reading import read_bytes

FEWEST = 20
"""Files that are worth another process."""


class Loaded(msgspec.Struct, frozen=True):
    """What a folder of results holds.

    Attributes:
        files: Valid result files with their names relative to the folder, sorted by name.
        problems: What is wrong with the files that were skipped.
    """

    files: tuple[tuple[str, ResultFile], ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Opened:
    """A folder of results, merged.

    Attributes:
        folder: Where the files are.
        collection: The good files merged.
        problems: What is wrong with the files that were skipped; conflicts between good ones are
            ``collection.findings``.
        digests: Hash of the content of each good file, by name: what changed between two builds
            differs.
        slices: Hashes of the parts of each good file, by name.
    """

    folder: Path
    collection: Collection
    problems: tuple[Problem, ...]
    digests: dict[str, bytes]
    slices: dict[str, Slices]

    def whole(self, wanted: Callable[[FileInfo], bool]) -> tuple[tuple[str, ResultFile], ...]:
        """Read some of the files in full: what rules about publications look at.

        Raises:
            BadInput: A file was broken since it was opened.
        """
        names = [info.name for info in self.collection.catalogue.files if wanted(info)]
        return tuple(
            (name, read(self.folder / name, where=name, root=self.folder)) for name in names
        )


def load(folder: Path, *, release: str | None = None) -> Loaded:
    """Load the result files below a folder.

    Args:
        folder: Where the ``RELEASE/PLATFORM.json`` files are.
        release: Keep only this release.

    Returns:
        The good files and the problems of the bad ones; a folder that is missing or empty is
        one problem.
    """
    problems: list[Problem] = []
    with without_garbage_collection():
        files = tuple(stream(folder, problems, release=release))
    return Loaded(files, tuple(problems))


def open_results(
    folder: Path, *, release: str | None = None, cache: Path | None = None, jobs: int = 1
) -> Opened:
    """Read and merge the result files below a folder, one after the other.

    Args:
        folder: Where the ``RELEASE/PLATFORM.json`` files are.
        release: Keep only this release.
        cache: A folder of its own in which columns of files are kept from one build to the next.
        jobs: Processes that read, where there is a cache.

    Returns:
        The same as ``merge(load(folder).files)``, without holding all files at once.
    """
    problems: list[Problem] = []
    kept = None if cache is None else Cache(cache, folder)
    digests: dict[str, bytes] = {}
    slices: dict[str, Slices] = {}
    parts: list[Part] = []
    paths = list(_paths(folder, problems))
    with without_garbage_collection(), _helpers(paths, folder, kept, jobs):
        for name, one in _found(paths, folder, problems, kept):
            if release is None or one.columns.head.release == release:
                digests[name], slices[name] = one.digest, one.slices
                parts.append((name, one.columns))
        if kept is not None:
            kept.clear_rest()
        # Taken from the list, so that each is gone as soon as it is no longer needed.
        collection = join(parts.pop() for _ in range(len(parts)))
    return Opened(folder, collection, tuple(problems), digests, slices)


def stream(
    folder: Path, problems: list[Problem], *, release: str | None = None
) -> Iterator[tuple[str, ResultFile]]:
    """Yield one valid file after the other, so that no more than one is held in memory.

    Args:
        folder: Where the result files are.
        problems: What is wrong is appended here.
        release: Keep only this release.
    """
    for name, path in _paths(folder, problems):
        try:
            file = read(path, where=name, root=folder)
        except BadInput as error:
            problems += error.problems
            continue
        if release is None or file.release == release:
            yield name, file


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Put off the search for cycles while millions of objects arise: results have none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _paths(folder: Path, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    paths = result_paths(folder) if folder.is_dir() else []
    if not paths:
        problems.append(_nothing(folder))
    start = len(folder.parts)
    for path in paths:
        yield "/".join(path.parts[start:]), path


def _found(
    paths: Iterable[tuple[str, Path]], folder: Path, problems: list[Problem], cache: Cache | None
) -> Iterator[tuple[str, Found]]:
    """Yield the columns of one valid file after the other."""
    for name, path in paths:
        found = None if cache is None else cache.find(name, path)
        if found is None:
            try:
                found = _read(path, name, folder, cache)
            except BadInput as error:
                problems += error.problems
                continue
        yield name, found


@contextmanager
def _helpers(
    paths: Iterable[tuple[str, Path]], folder: Path, cache: Cache | None, jobs: int
) -> Iterator[None]:
    """Let other processes read files that are not kept yet, from the last one on.

    What they have kept is found when this process gets there; one that dies is no loss.
    """
    if cache is None or jobs < 2:
        yield
        return
    new = [(name, path) for name, path in paths if not cache.has(name)]
    count = min(jobs - 1, len(new) // FEWEST)
    context = multiprocessing.get_context("fork")
    parts = [new[-1 - at :: -count] for at in range(count)]
    helpers = [
        context.Process(target=_keep, args=(folder, part, cache), daemon=True) for part in parts
    ]
    for helper in helpers:
        helper.start()
    try:
        yield
    except BaseException:
        for helper in helpers:
            helper.kill()
        raise
    finally:
        for helper in helpers:
            helper.join()


def _keep(folder: Path, files: Sequence[tuple[str, Path]], cache: Cache) -> None:
    """Keep columns of files until one comes that somebody else has been at."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    for name, path in files:
        if cache.has(name):
            return
        with contextlib.suppress(BadInput):  # the parent will come to it, and tell
            _read(path, name, folder, cache)


def _read(path: Path, name: str, folder: Path, cache: Cache | None) -> Found:
    status = _status_before(path)
    data = read_bytes(path, name, root=folder)
    file = decode(data, name)
    columns = columns_of(file)
    found = Found(columns, digest_of(data), slices_of(file, columns))
    if cache is not None and status is not None:
        cache.keep(name, status, found)
    return found


def _status_before(path: Path) -> os.stat_result | None:
    """Return the status of a file before it is read: a change meanwhile makes another."""
    try:
        return path.stat()
    except OSError:
        return None


def _nothing(folder: Path) -> Problem:
    return Problem(
        where=folder.as_posix(),
        what="holds no result files",
        expected="RELEASE/PLATFORM.json files",
        got="an empty folder" if folder.is_dir() else "no such folder",
        remedy="measure with: benchfolio run SUITE --release R --platform ID",
    )
