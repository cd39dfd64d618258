"""Where the files of a suite are: beside it, at an absolute path, or inside a Python package."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path, PurePosixPath

from benchfolio.results import BadInput, MissingEnvironment, Problem
from benchfolio.runner.suite import Location, PackageFile


def locate(location: Location, folder: Path) -> Path:
    """Return the path of a file or folder that a suite names; it exists.

    Args:
        location: As the suite has it.
        folder: What relative paths are relative to.

    Raises:
        BadInput: There is no such file.
        MissingEnvironment: The package that carries it is not installed.
    """
    if isinstance(location, PackageFile):
        return _in_package(location)
    path = folder / location
    if not (path.is_file() or path.is_dir()):  # a pipe would be waited for
        raise BadInput(
            Problem(
                where=describe(location),
                what="no such file or folder",
                expected="a path relative to the suite's folder, or an absolute one",
                got="a pipe, a socket or a device" if path.exists() else "",
                remedy="correct the path in the suite, or make the file",
            )
        )
    return path


def describe(location: Location) -> str:
    """Return how results and messages name it: the words of the suite, never a resolved path."""
    if isinstance(location, PackageFile):
        return f"{location.package}: {location.file}"
    return PurePosixPath(location).name if Path(location).is_absolute() else location


def escapes(location: Location) -> bool:
    """Tell whether a relative path leads out of the folder it is relative to."""
    path = PurePosixPath(location.file if isinstance(location, PackageFile) else location)
    return ".." in path.parts or (isinstance(location, PackageFile) and path.is_absolute())


def _in_package(location: PackageFile) -> Path:
    try:
        distribution = metadata.distribution(location.package)
    except (metadata.PackageNotFoundError, ValueError) as error:
        raise MissingEnvironment(
            Problem(
                where=describe(location),
                what="the Python package that carries this file is not installed",
                expected=f"the package {location.package}",
                got="nothing of that name",
                remedy=f"pip install {location.package}",
            )
        ) from error
    path = Path(str(distribution.locate_file(location.file)))
    if not path.is_file():
        raise BadInput(
            Problem(
                where=describe(location),
                what=f"{location.package} {distribution.version} does not carry this file",
                expected="the path of a file in the package, with forward slashes",
                got=location.file,
                remedy=_alike(distribution, location.file),
            )
        )
    return path


def _alike(distribution: metadata.Distribution, file: str) -> str:
    suffix = PurePosixPath(file).suffix
    alike = sorted(str(each) for each in distribution.files or () if each.suffix == suffix)
    if not alike:
        return f"it carries no {suffix} file; check the version"
    return f"it carries {', '.join(alike[:8])}"
