"""Build a site with Sphinx beside the old one and put it in its place only when it is complete."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchfolio.results import BadInput, MissingEnvironment, NotFine, Problem, WrongUsage

Report = Callable[[str], None]
"""Called with a short text whenever the build gets somewhere."""

BUILT = ".buildinfo"
"""Sphinx leaves this file in every HTML output: the mark of a folder that may be replaced."""

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A built site.

    Attributes:
        index: The page to open.
        pages: How many pages it has.
        warnings: What Sphinx warned of, one text each.
    """

    index: Path
    pages: int
    warnings: tuple[str, ...]


def build_site(
    project: Path,
    out: Path,
    *,
    strict: bool = False,
    results: Path | None = None,
    jobs: int = 1,
    report: Report | None = None,
) -> Site:
    """Build the site of a project folder; the old site stays whole until the new one is complete.

    Args:
        project: Folder with ``conf.py`` and, beside it or in ``site/``, the pages.
        out: Where the site goes; replaced when it holds a site already.
        strict: Fail on any warning.
        results: Another folder of result files than ``conf.py`` names.
        jobs: Processes that read and write pages.
        report: Told about progress.

    Raises:
        WrongUsage: ``project`` is no project, or ``out`` holds something that is no site.
        BadInput: Under ``strict``, a result file or definition is wrong; or Sphinx gave up.
        NotFine: Under ``strict``, there were other warnings.
        MissingEnvironment: The folder beside ``out`` cannot be written to.
    """
    source = source_folder(project)
    out = out.absolute()
    _refuse_foreign(out)
    _recover(out)
    with _workspace(out) as work:
        site = _run_sphinx(
            source, project, work, strict=strict, results=results, jobs=jobs, report=report
        )
        swap(work / "html", out)
    return msgspec.structs.replace(site, index=out / "index.html")


def source_folder(project: Path) -> Path:
    """Return the folder of the pages of a project: ``site/`` where there is one.

    Raises:
        WrongUsage: There is no ``conf.py``.
    """
    if not (project / "conf.py").is_file():
        raise WrongUsage(
            Problem(
                where=str(project),
                what="is not a project that can be built",
                expected="a folder with conf.py, and its pages in site/ or beside it",
                got="no conf.py",
                remedy="name the folder, or write a starter project with: benchfolio init DIR",
            )
        )
    inner = project / "site"
    return inner if (inner / "index.rst").is_file() or (inner / "index.md").is_file() else project


def _refuse_foreign(out: Path) -> None:
    if not out.exists() or (out / BUILT).is_file():
        return
    if out.is_dir() and not any(out.iterdir()):
        return
    raise WrongUsage(
        Problem(
            where=str(out),
            what="holds something that is not a site; nothing was changed",
            expected="a folder that is new, empty, or a site built before",
            got="a file" if out.is_file() else "other files",
            remedy="name another folder after --out",
        )
    )


def _previous(out: Path) -> Path:
    return out.with_name(f".{out.name}.previous")


def _recover(out: Path) -> None:
    """Bring back the old site where a build was killed in the instant between two renames."""
    previous = _previous(out)
    if previous.is_dir() and not out.exists():
        previous.rename(out)
    elif previous.is_dir():
        shutil.rmtree(previous)


def swap(new: Path, out: Path) -> None:
    """Put a complete folder in the place of another; both are on the same file system."""
    previous = _previous(out)
    if out.exists():
        out.rename(previous)
    try:
        new.rename(out)
    except OSError:
        _recover(out)
        raise
    shutil.rmtree(previous, ignore_errors=True)


@contextlib.contextmanager
def _workspace(out: Path) -> Iterator[Path]:
    """Give a folder beside the site, so that a rename is enough; it is gone afterwards."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise _cannot_write(out.parent, error) from error
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _cannot_write(folder: Path, error: OSError) -> MissingEnvironment:
    return MissingEnvironment(
        Problem(
            where=str(folder),
            what="cannot be written to; the site that was there is untouched",
            expected="a folder that can be written to, with space left",
            got=error.strerror or type(error).__name__,
            remedy="make room or change the permissions, or name another folder after --out",
        )
    )


def _run_sphinx(
    source: Path,
    project: Path,
    work: Path,
    *,
    strict: bool,
    results: Path | None,
    jobs: int,
    report: Report | None,
) -> Site:
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    warnings = io.StringIO()
    overrides = {} if results is None else {"benchfolio_results": str(results.absolute())}
    try:
        with patch_docutils(str(project)), docutils_namespace():
            app = Sphinx(
                source,
                project,
                work / "html",
                work / "doctrees",
                "html",
                confoverrides=dict(overrides),
                status=_Progress(report),
                warning=warnings,
                freshenv=True,
                parallel=jobs,
            )
            app.build()
            pages = len(app.env.found_docs)
            bad: tuple[Problem, ...] = app.env.domaindata.get("bf", {}).get("problems", ())
    except SphinxError as error:
        raise BadInput(_gave_up(project, str(error))) from error
    except OSError as error:
        raise _cannot_write(work.parent, error) from error
    if strict and bad:
        raise BadInput(bad)
    (work / "html" / ".nojekyll").touch()
    found = split_warnings(warnings.getvalue(), (source, project))
    if strict and found:
        raise NotFine([Problem(where="", what=text) for text in found])
    return Site(index=work / "html" / "index.html", pages=pages, warnings=found)


def _gave_up(project: Path, reason: str) -> Problem:
    return Problem(
        where=str(project / "conf.py"),
        what="Sphinx cannot build this project; the site that was there is untouched",
        expected="a project that Sphinx builds",
        got=ANSI.sub("", reason),
        remedy="correct what it names",
    )


def split_warnings(text: str, folders: tuple[Path, ...]) -> tuple[str, ...]:
    """Return warnings one by one: without colours, and relative to the project.

    A line that is indented goes on with the warning before it.
    """
    plain = ANSI.sub("", text)
    for folder in sorted(folders, key=lambda path: -len(str(path))):
        plain = plain.replace(f"{folder.absolute()}{os.sep}", "")
    return tuple(part.rstrip() for part in re.split(r"\n(?=\S)", plain.strip()) if part.strip())


class _Progress(io.StringIO):
    """Takes what Sphinx says about its progress and passes on the latest line of it."""

    def __init__(self, report: Report | None) -> None:
        super().__init__()
        self._report = report

    def write(self, text: str) -> int:
        """Report the last line of a message."""
        lines = [line.strip() for line in re.split(r"[\r\n]", ANSI.sub("", text)) if line.strip()]
        if lines and self._report is not None:
            self._report(lines[-1])
        return len(text)

    def isatty(self) -> bool:
        """Sphinx need not colour what nobody sees as it is."""
        return False
