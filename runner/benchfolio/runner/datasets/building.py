"""Data sets that a function beside the suite makes: run once in a process of its own, and kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from benchfolio.results import BadInput, MissingEnvironment, Problem
from benchfolio.runner.location import describe, locate
from benchfolio.runner.suite import Build

SECONDS = 1800
"""A function that takes longer is stopped."""

# Runs with the script's folder first on the path, so that it can import its neighbours.
_PROGRAM = """
import importlib.util, pathlib, sys
script, function, out = sys.argv[1:]
sys.path.insert(0, str(pathlib.Path(script).parent))
spec = importlib.util.spec_from_file_location(pathlib.Path(script).stem, script)
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
spec.loader.exec_module(module)
getattr(module, function)(pathlib.Path(out))
"""


def built(build: Build, folder: Path, cache: Path) -> Path:
    """Return the folder with what the function writes; it runs only where the cache has nothing.

    Args:
        build: As the suite has it.
        folder: The suite's folder.
        cache: Folder that may be deleted at any time.

    Raises:
        BadInput: There is no such script or function, or it fails.
        MissingEnvironment: It needs a package that is not installed.
    """
    script = locate(build.script, folder)
    kept = cache / "datasets" / f"{build.function}-{_key(build, script)}"
    if kept.is_dir():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=kept.parent))
    try:
        _run(build, script, making)
        _move(making, kept)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return kept


def _move(making: Path, kept: Path) -> None:
    """Give the finished folder its name; another process that was faster made the same."""
    try:
        making.rename(kept)
    except OSError:
        if not kept.is_dir():
            raise


def _key(build: Build, script: Path) -> str:
    parts = [build.function, *(f"{name}={_version(build, name)}" for name in build.packages)]
    digest = hashlib.sha256("\n".join(parts).encode())
    digest.update(b"\0" + script.read_bytes())
    return digest.hexdigest()[:20]


def _version(build: Build, package: str) -> str:
    try:
        return metadata.version(package)
    except (metadata.PackageNotFoundError, ValueError) as error:
        raise MissingEnvironment(_no_package(build, package)) from error


def _run(build: Build, script: Path, out: Path) -> None:
    command = [sys.executable, "-c", _PROGRAM, str(script.resolve()), build.function, str(out)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603 - a suite's script is code the user chose to run
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BadInput(_failed(build, f"not finished after {SECONDS} s")) from error
    if done.returncode == 0:
        return
    said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
    last = said[-1][:300]
    if last.startswith("ModuleNotFoundError: No module named"):
        raise MissingEnvironment(_no_package(build, last.split("'")[1].partition(".")[0]))
    raise BadInput(_failed(build, f"exit status {done.returncode}: {last}"))


def _no_package(build: Build, package: str) -> Problem:
    return Problem(
        where=f"{describe(build.script)}: {build.function}",
        what="the data set is built from a Python package that is not installed",
        expected=f"the package {package}",
        got="nothing of that name",
        remedy=f"pip install {package} (the bundled suite: pip install 'benchfolio[suite]')",
    )


def _failed(build: Build, got: str) -> Problem:
    return Problem(
        where=f"{describe(build.script)}: {build.function}",
        what="the data set could not be built",
        expected=f"a function {build.function}(out) that writes files into the folder out",
        got=got,
        remedy="run the function by hand and correct the script",
    )
