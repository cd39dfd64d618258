"""What a build remembers for the next: what it was made of, and what it left where.

The next build goes on from there only when all of it still holds; else it begins anew. Whatever a
build opened is one of its inputs, whether it is a result file, a page, a template, or something
that ``conf.py`` reads: nobody has to list them.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

FORMAT = 1
"""Of the state; one of another format is as good as none."""

NAME = "state.json"

VOLATILE = frozenset({"_", "SHLVL", "PWD", "OLDPWD", "TERM", "COLUMNS", "LINES"})
"""Variables of the environment that differ from call to call and that no site follows from."""

Stamp = tuple[int, int]
"""Size and time of modification, ns, of a file; of a folder, a hash of the names in it."""

ABSENT: Stamp = (-1, 0)
COMPILED = ".pyc"
"""Modules that Python writes itself; their sources are inputs."""

FOLDER = -2
"""In the place of the size."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What a build leaves when it ended properly.

    Attributes:
        key: Hash of what makes work of another build useless: versions, code, configuration.
        assets: Hash of static files and theme templates of the project.
        environment: Hash of the variables of the environment.
        inputs: Every file that the build opened and every folder that it listed.
        own: Paths that the build makes itself, which are none of them.
        is_closed: Whether these are all inputs; not where other programs were run.
        tracked: Files of the output that stand for something of the project, which may go.
        staged: Files of the output as Sphinx left them.
        published: The same where readers have them.
        policy: Which shared files a page needs, by page.
        pages: Number of pages.
        warnings: What was warned of.
        passing: Warnings that only the reading of a page gives: the next build has to read it.
    """

    key: str
    assets: str
    environment: str
    inputs: Mapping[str, Stamp]
    own: frozenset[str]
    is_closed: bool
    tracked: tuple[str, ...]
    staged: Mapping[str, Stamp]
    published: Mapping[str, Stamp]
    policy: Mapping[str, tuple[str, ...]]
    pages: int
    warnings: tuple[str, ...]
    passing: tuple[str, ...]
    format: int = FORMAT


def read_state(work: Path) -> State | None:
    """Return what the last build in a folder left; nothing where it did not end properly."""
    try:
        found = msgspec.json.decode((work / NAME).read_bytes(), type=State)
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.format == FORMAT else None


def write_state(work: Path, state: State) -> None:
    """Write the state whole or not at all."""
    new = work / f"{NAME}.new"
    new.write_bytes(msgspec.json.encode(state))
    new.replace(work / NAME)


def forget_state(work: Path) -> None:
    """Say that the folder is being worked in: what is there is worth nothing until the end."""
    (work / NAME).unlink(missing_ok=True)


# What has to agree -------------------------------------------------------------------------


def key_of(project: Path, source: Path, options: Iterable[object]) -> str:
    """Return a hash of everything that makes a build begin anew."""
    seen = hashlib.sha256()
    seen.update(repr((FORMAT, sys.version, str(project), str(source), *options)).encode())
    seen.update(_bytes(project / "conf.py"))
    for name in installed():
        seen.update(f"{name}\0".encode())
    for folder in own_folders():
        seen.update(stamps_hash(folder).encode())
    return seen.hexdigest()


def installed() -> list[str]:
    """Return name and version of everything that is installed, as folders say it."""
    found: set[str] = set()
    for folder in sys.path:
        try:
            names = [path.name for path in Path(folder).iterdir()]
        except OSError:
            continue
        found.update(name for name in names if name.endswith((".dist-info", ".egg-info")))
    return sorted(found)


def own_folders() -> list[Path]:
    """Return where our code and templates are, wherever they are installed."""
    import benchfolio
    from benchfolio.generator.packaged import template_folder

    return [*(Path(folder) for folder in benchfolio.__path__), template_folder()]


def environment_hash() -> str:
    """Return a hash of the variables of the environment: ``conf.py`` may ask for any."""
    known = sorted(item for item in os.environ.items() if item[0] not in VOLATILE)
    return hashlib.sha256(repr(known).encode("utf-8", "surrogateescape")).hexdigest()


def stamps_hash(folder: Path) -> str:
    """Return a hash of names, sizes and times of everything in a folder but compiled modules."""
    found = sorted(item for item in walk(folder).items() if not item[0].endswith(COMPILED))
    return hashlib.sha256(repr(found).encode("utf-8", "surrogateescape")).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def walk(folder: Path) -> dict[str, Stamp]:
    """Return size and time of all files below a folder by relative path, with slashes."""
    return dict(_walk(str(folder), ""))


def _walk(folder: str, prefix: str) -> Iterator[tuple[str, Stamp]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, f"{prefix}{entry.name}/")
        else:
            status = entry.stat(follow_symlinks=False)
            yield f"{prefix}{entry.name}", (status.st_size, status.st_mtime_ns)


def stamp(path: str, own: Container[str] = ()) -> Stamp:
    """Return what stands at a path, in short: of a folder, what names it has.

    Args:
        path: A file or folder.
        own: Paths that a build makes itself; their names do not count.
    """
    found = look(path)
    if not isinstance(found, list):
        return found
    return names_stamp(path, found, own)


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - a link stays one: where it leads may change


def look(path: str) -> Stamp | list[str]:
    """Return size and time of a file, or the names in a folder."""
    try:
        status = os.stat(path)  # noqa: PTH116 - thousands of them, and paths are slow
        if (status.st_mode & 0o170000) == 0o040000:
            return os.listdir(path)  # noqa: PTH208 - as above
    except OSError:
        return ABSENT
    return (status.st_size, status.st_mtime_ns)


def names_stamp(path: str, names: Iterable[str], own: Container[str]) -> Stamp:
    """Return what stands for a folder with these names."""
    told = sorted(name for name in names if f"{path}{os.sep}{name}" not in own)
    seen = hashlib.sha256("\0".join(told).encode("utf-8", "surrogateescape"))
    return (FOLDER, int.from_bytes(seen.digest()[:6]))


# What a build opens ------------------------------------------------------------------------


class Opened:
    """What is opened for reading, or listed, while a build runs in this process.

    Attributes:
        found: Files and folders as they were just before they were first opened: what changes
            while it is being read is seen as a change by the next build.
        is_closed: Whether these are all inputs: no other program and nothing far away was asked.
    """

    def __init__(self) -> None:
        self.found: dict[str, Stamp | list[str]] = {}
        self.is_closed = True
        self.is_listening = True

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take an event of the interpreter, which tells of every one; few concern us."""
        if not self.is_listening:
            return
        if event in _ASKING:
            self.is_closed = False
        elif event in _NAMING and (event != "open" or _reads(arguments[1])):
            path = arguments[0]
            if isinstance(path, (str, bytes)):
                self._take(_absolute(os.fsdecode(path)))

    def _take(self, path: str) -> None:
        if path not in self.found:
            self.is_listening = False  # to our own looking
            self.found[path] = look(path)
            self.is_listening = True


_NAMING = frozenset({"open", "os.listdir", "os.scandir"})
_ASKING = frozenset({"subprocess.Popen", "os.system", "os.posix_spawn", "socket.connect"})


def _reads(mode: object) -> bool:
    return not isinstance(mode, str) or not any(sign in mode for sign in "wax")


@contextmanager
def listening() -> Iterator[Opened]:
    """Note what is opened within."""
    found = Opened()
    # Such a hook stays for as long as the process; afterwards it does nothing.
    sys.addaudithook(found.note)
    try:
        yield found
    finally:
        found.is_listening = False


def inputs_of(
    opened: Opened, earlier: Mapping[str, Stamp], own: Collection[str]
) -> dict[str, Stamp]:
    """Return the inputs among what was opened, and the modules that are not installed.

    Args:
        opened: What was opened in this build.
        earlier: What was opened in those before, as it was when this one began.
        own: Paths that a build makes itself: what is there follows from inputs.
    """
    prefixes = (
        *(f"{one}{os.sep}" for one in (*own, sys.prefix, sys.base_prefix)),
        "/proc/",
        "/dev/",
    )
    stamps = {
        path: names_stamp(path, one, own) if isinstance(one, list) else one
        for path, one in opened.found.items()
    }
    return {
        path: one
        for path, one in sorted({**_modules(), **earlier, **stamps}.items())
        if not path.startswith(prefixes) and path not in own and not path.endswith(COMPILED)
    }


def _modules() -> dict[str, Stamp]:
    """Return the sources of all modules: compiled ones are opened in their place."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    paths = {_absolute(name) for name in files if isinstance(name, str)}
    return {path: stamp(path) for path in paths}


def stamps_now(paths: Iterable[str], own: Container[str] = ()) -> dict[str, Stamp]:
    """Return what stands at some paths now."""
    return {path: stamp(path, own) for path in paths}


def still(state: State) -> bool:
    """Tell whether all inputs are as they were."""
    return all(stamp(path, state.own) == known for path, known in state.inputs.items())
