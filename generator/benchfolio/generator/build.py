"""Build a site with Sphinx and put it in the place of the old one only when it is complete.

Sphinx works in a folder of its own beside the site and goes on there from the last build, as far
as that ended properly and nothing is different that it would not see (``build_state``). When
nothing is different at all, it is not even started. Readers get what really changed
(``build_output``).
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchfolio.generator.build_children import children, told_failures
from benchfolio.generator.build_faces import Faces
from benchfolio.generator.build_output import Laid, beside, is_touched, lay_out, recover
from benchfolio.generator.build_search import gather, keep
from benchfolio.generator.build_state import (
    State,
    environment_hash,
    forget_state,
    inputs_of,
    key_of,
    listening,
    read_state,
    stamps_hash,
    stamps_now,
    still,
    walk,
    write_state,
)
from benchfolio.results import BadInput, MissingEnvironment, NotFine, Problem, WrongUsage

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

Report = Callable[[str], None]
"""Called with a short text whenever the build gets somewhere."""

BUILT = ".buildinfo"
"""Sphinx leaves this file in every HTML output: the mark of a folder that may be replaced."""

INDEX = "search.pickle"
"""In the work folder: what the search index was made of."""

THRESHOLDS = (100_000, 20, 100)
"""Of the search for cycles: an eighth less time for a twentieth more memory, at 200 models."""

LEAVING = (0.05, 0.1, 0.2, 0.4)
"""Seconds to wait for processes of a build that was killed; they end by themselves."""

FACES = "faces.json"
"""In the work folder: what pages show of one another."""

IGNORE = "# The workshop of benchfolio build; it may be removed at any time.\n*\n"

FAILED = re.compile(r"\w+Error: \[Errno (\d+)\]")
"""How Sphinx tells what the operating system refused to another process."""

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A built site.

    Attributes:
        index: The page to open.
        pages: How many pages it has.
        warnings: What Sphinx warned of, one text each.
        written: How many files are new or changed.
    """

    index: Path
    pages: int
    warnings: tuple[str, ...]
    written: int = 0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be built; paths are absolute.

    Attributes:
        source: Folder of the pages.
        project: Folder with ``conf.py``.
        out: Where the site goes.
        results: Another folder of result files than ``conf.py`` names.
        strict: Fail on any warning.
        jobs: Processes that write pages and files.
    """

    source: Path
    project: Path
    out: Path
    results: Path | None
    strict: bool
    jobs: int

    @property
    def work(self) -> Path:
        """Where Sphinx works."""
        return beside(self.out, "work")

    def key(self) -> str:
        """Return a hash of what makes work of another build useless."""
        return key_of(self.project, self.source, [self.out, self.results])


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of Sphinx left.

    Attributes:
        assets: Hash of the project's static files and theme templates.
        generated: Folder of the generated sources.
        tracked: Files of the output that stand for something of the project, which may go.
        pages: How many pages there are.
        warnings: What Sphinx warned of.
        passing: Those of them that only the reading of a page gives.
    """

    assets: str
    generated: Path
    tracked: tuple[str, ...]
    pages: int
    warnings: tuple[str, ...]
    passing: tuple[str, ...]


class _NotSameError(Exception):
    """What the last build left cannot be gone on from."""


def build_site(
    project: Path,
    out: Path,
    *,
    strict: bool = False,
    results: Path | None = None,
    jobs: int = 1,
    fresh: bool = False,
    report: Report | None = None,
) -> Site:
    """Build the site of a project folder; the old site stays whole until the new one is complete.

    Args:
        project: Folder with ``conf.py`` and, beside it or in ``site/``, the pages.
        out: Where the site goes; replaced when it holds a site already.
        strict: Fail on any warning.
        results: Another folder of result files than ``conf.py`` names.
        jobs: Processes that write pages and files.
        fresh: Go on from no earlier build.
        report: Told about progress.

    Raises:
        WrongUsage: ``project`` is no project, or ``out`` holds something that is no site.
        BadInput: Under ``strict``, a result file or definition is wrong; or Sphinx gave up.
        NotFine: Under ``strict``, there were other warnings.
        MissingEnvironment: The folder beside ``out`` cannot be written to, or another build is
            writing there.
    """
    order = Order(
        source=source_folder(project).absolute(),
        project=project.absolute(),
        out=out.absolute(),
        results=None if results is None else results.absolute(),
        strict=strict,
        jobs=jobs,
    )
    _refuse_foreign(order.out)
    with _workshop(order) as work:
        recover(order.out)
        key, before = order.key(), None if fresh else read_state(work)
        if before is None or before.key != key or (strict and before.warnings):
            before = None
        elif _is_same(order, before):
            return _site(order, before, 0)
        try:
            return _build(order, key, before, report)
        except _NotSameError:
            return _build(order, key, None, report)


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


# The folder beside the site ----------------------------------------------------------------


@contextlib.contextmanager
def _workshop(order: Order) -> Iterator[Path]:
    """Give the folder that Sphinx works in, to one build at a time; it goes when a build fails."""
    work = order.work
    try:
        work.mkdir(parents=True, exist_ok=True)
        lock = (work / "lock").open("ab")
    except OSError as error:
        raise _cannot_write(work.parent, error) from error
    with lock:
        _take(lock.fileno(), order.out)
        try:
            yield work
        except OSError as error:
            shutil.rmtree(work, ignore_errors=True)
            raise _cannot_write(work.parent, error) from error
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise


def _take(lock: int, out: Path) -> None:
    """Let no other build in; the lock goes with this process, however that ends."""
    try:
        import fcntl
    except ImportError:  # where there is no such lock, nobody is kept out
        return
    for wait in (*LEAVING, None):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if wait is None:
                raise _taken(out) from error
            time.sleep(wait)
        else:
            return


def _taken(out: Path) -> MissingEnvironment:
    return MissingEnvironment(
        Problem(
            where=str(out),
            what="is being built by another process; nothing was changed",
            expected="one build at a time",
            got="a build under way",
            remedy="wait for it, or name another folder after --out",
        )
    )


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


def _clear(work: Path) -> None:
    for name in ("html", "doctrees"):
        if (work / name).exists():
            shutil.rmtree(work / name)
    for name in (INDEX, FACES):
        (work / name).unlink(missing_ok=True)
    (work / ".gitignore").write_text(IGNORE, encoding="utf-8")


# One build ---------------------------------------------------------------------------------


def _is_same(order: Order, before: State) -> bool:
    """Tell whether nothing is different, neither what goes in nor what came out."""
    return (
        before.is_closed
        and before.environment == environment_hash()
        and still(before)
        and walk(order.out) == before.published
    )


def _site(order: Order, state: State, written: int) -> Site:
    index = order.out / "index.html"
    return Site(index=index, pages=state.pages, warnings=state.warnings, written=written)


def _build(order: Order, key: str, before: State | None, report: Report | None) -> Site:
    """Run Sphinx, from where the last build was or anew, and publish what it made."""
    work = order.work
    # Pages with a fault are not read again, and so would not be warned of again.
    if before is not None and (before.passing or is_touched(work / "html", _laid(before))):
        before = None
    forget_state(work)
    if before is None:
        _clear(work)
    earlier = {} if before is None else stamps_now(before.inputs, before.own)
    environment = environment_hash()  # what runs in this process may change it
    with listening() as opened, _rare_collection(), children(opened, work / "opened"):
        ran = _run_sphinx(order, before, report)
    if before is not None:
        _remove_stale(work / "html", before.tracked, ran.tracked)
    laid = lay_out(work / "html", order.out, _laid(before))
    own = _own(order, ran)
    state = State(
        key=key,
        assets=ran.assets,
        environment=environment,
        inputs=inputs_of(opened, earlier, own),
        own=own,
        is_closed=opened.is_closed,
        tracked=ran.tracked,
        staged=laid.staged,
        published=laid.published,
        policy=laid.policy,
        pages=ran.pages,
        warnings=ran.warnings,
        passing=ran.passing,
    )
    write_state(work, state)
    return _site(order, state, laid.written)


@contextlib.contextmanager
def _rare_collection() -> Iterator[None]:
    """Look for cycles less often: most of a million objects live until the end, and have none.

    What was frozen meanwhile is looked at again afterwards.
    """
    before = gc.get_threshold()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _own(order: Order, ran: Ran) -> frozenset[str]:
    """Return the folders that a build writes."""
    places = (beside(order.out, name) for name in ("work", "next", "previous"))
    return frozenset(map(str, (order.out, ran.generated, *places)))


def _laid(before: State | None) -> Laid:
    if before is None:
        return Laid(staged={}, published={}, policy={}, written=0)
    return Laid(staged=before.staged, published=before.published, policy=before.policy, written=0)


def _remove_stale(html: Path, before: tuple[str, ...], now: tuple[str, ...]) -> None:
    """Remove what stands for pages and pictures that are gone: Sphinx leaves it."""
    for name in set(before) - set(now):
        (html / name).unlink(missing_ok=True)


def _run_sphinx(order: Order, before: State | None, report: Report | None) -> Ran:
    from sphinx.errors import SphinxError, SphinxParallelError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    warnings = io.StringIO()
    try:
        with patch_docutils(str(order.project)), docutils_namespace(), told_failures():
            app = _application(order, warnings, report, fresh=before is None)
            _read_alone(app, order.jobs)
            gc.freeze()  # results and views are there until the end: no need to look at them again
            if before is not None:
                _refuse_other(app, before)
            gather(app.builder, None if before is None else order.work / INDEX)
            faces = Faces(order.work / FACES)
            faces.follow(app)
            app.build()
            faces.keep()
            keep(app.builder, order.work / INDEX)
            bad: tuple[Problem, ...] = app.env.domaindata.get("bf", {}).get("problems", ())
            found = split_warnings(warnings.getvalue(), (order.source, order.project))
            ran = _ran(app, found, bad)
    except SphinxParallelError as error:
        told = FAILED.match(error.message)
        if told:  # a full disk is the same in every process
            raise OSError(int(told[1]), os.strerror(int(told[1]))) from error
        raise BadInput(_gave_up(order.project, str(error))) from error
    except SphinxError as error:
        raise BadInput(_gave_up(order.project, str(error))) from error
    except EOFError as error:
        raise MissingEnvironment(_lost(order.project)) from error
    if order.strict and bad:
        raise BadInput(bad)
    if order.strict and found:
        raise NotFine([Problem(where="", what=text) for text in found])
    (order.work / "html" / ".nojekyll").touch()
    return ran


def _application(
    order: Order, warnings: io.StringIO, report: Report | None, *, fresh: bool
) -> Sphinx:
    from sphinx.application import Sphinx

    overrides = {} if order.results is None else {"benchfolio_results": str(order.results)}
    return Sphinx(
        order.source,
        order.project,
        order.work / "html",
        order.work / "doctrees",
        "html",
        confoverrides=dict(overrides),
        status=_Progress(report),
        warning=warnings,
        freshenv=fresh,
        parallel=order.jobs,
    )


def _read_alone(app: Sphinx, jobs: int) -> None:
    """Have Sphinx read pages in this process, and write them in several.

    What is read in other processes has to be sent here and put together: that takes as long as it
    saves, and twice the memory.
    """

    def allow(app: Sphinx, _env: BuildEnvironment) -> None:
        # Sphinx counts this process, too, which does little but wait for those that write.
        app.parallel = jobs + 1 if jobs > 1 else 1

    app.parallel = 1
    app.connect("env-updated", allow, priority=0)


def _refuse_other(app: Sphinx, before: State) -> None:
    """Begin anew where the configuration is another: what it leaves behind nobody knows.

    Raises:
        _NotSameError: It is.
    """
    from sphinx.environment import CONFIG_OK

    there = Path(app.outdir, BUILT)
    info = getattr(app.builder, "build_info", None)
    told = f"config: {info.config_hash}\ntags: {info.tags_hash}\n" if info else ""
    if (
        app.env.config_status != CONFIG_OK
        or not there.is_file()
        or not there.read_text(encoding="utf-8").endswith(told)
        or not Path(app.outdir).with_name(INDEX).is_file()
        or _assets(app) != before.assets
    ):
        raise _NotSameError


def _assets(app: Sphinx) -> str:
    """Return a hash of the project's own static files and templates of the theme."""
    names = (
        *app.config.html_static_path,
        *app.config.html_extra_path,
        *app.config.templates_path,
    )
    places = [Path(app.confdir, name) for name in names]
    hashes = [
        stamps_hash(place) if place.is_dir() else repr(stamps_now([str(place)]))
        for place in places
        if not place.is_relative_to(app.outdir)
    ]
    return repr(hashes)


def _ran(app: Sphinx, found: tuple[str, ...], bad: tuple[Problem, ...]) -> Ran:
    told = {str(problem) for problem in bad}
    passing = tuple(text for text in found if not any(one in text for one in told))
    return Ran(
        assets=_assets(app),
        generated=Path(app.srcdir, getattr(app.config, "benchfolio_folder", "benchfolio")),
        tracked=tuple(sorted(_tracked(app))),
        pages=len(app.env.found_docs),
        warnings=found,
        passing=passing,
    )


def _tracked(app: Sphinx) -> Iterator[str]:
    """Yield the files of the output that stand for pages, pictures, downloads and indices."""
    builder: Any = app.builder
    for docname in app.env.found_docs:
        yield Path(builder.get_outfilename(docname)).relative_to(app.outdir).as_posix()
        source = Path(app.env.doc2path(docname)).suffix + app.config.html_sourcelink_suffix
        yield f"_sources/{docname}{source}"
    yield from (f"_images/{name}" for _, name in app.env.images.values())
    yield from (f"_downloads/{name}" for _, name in app.env.dlfiles.values())
    yield from (f"{one[0]}.html" for one in builder.domain_indices)


def _gave_up(project: Path, reason: str) -> Problem:
    return Problem(
        where=str(project / "conf.py"),
        what="Sphinx cannot build this project; the site that was there is untouched",
        expected="a project that Sphinx builds",
        got=ANSI.sub("", reason),
        remedy="correct what it names",
    )


def _lost(project: Path) -> Problem:
    return Problem(
        where=str(project),
        what="a process that wrote pages was ended; the site that was there is untouched",
        expected="processes that are left to finish",
        got="one that is gone",
        remedy="make room if memory ran out, or build in one process: --jobs 1",
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
