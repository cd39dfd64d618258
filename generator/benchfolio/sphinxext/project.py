"""A project's settings, and the one place where the extension asks the generator for views."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from sphinx.util.parallel import parallel_available

from benchfolio.generator.definitions import load_definitions, packaged
from benchfolio.generator.lint import mutes_in
from benchfolio.generator.lint.mutes import FILE as MUTES
from benchfolio.generator.load import open_results
from benchfolio.generator.pages import Content, Recall, find_now
from benchfolio.generator.render import Renderer
from benchfolio.results import BadInput, Problem, result_paths
from benchfolio.sphinxext.files import code_digest
from benchfolio.sphinxext.source import ResultSource
from benchfolio.sphinxext.views import Source

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from benchfolio.generator.definitions import Definition
    from benchfolio.generator.lint.mutes import Mute
    from benchfolio.generator.load import Opened
    from benchfolio.generator.view import Page
    from benchfolio.results import ResultFile


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are; all paths are absolute.

    Attributes:
        results: Folder of result files.
        release: Only this release; the newest of each platform when empty.
        templates: Folders of the project's own templates; table definitions are in ``tables/``
            of each.
        tables: Further folders of the project's own table definitions.
        pages: Whether pages are generated.
        cache: Folder in which what was read is kept for the next build.
        jobs: Processes that read results and make pages.
    """

    results: Path
    release: str = ""
    templates: tuple[Path, ...] = ()
    tables: tuple[Path, ...] = ()
    pages: bool = True
    cache: Path | None = None
    jobs: int = 1

    def definition_folders(self) -> tuple[Path, ...]:
        """Return the folders of the project's own table definitions; later ones override."""
        return (*(folder / "tables" for folder in self.templates), *self.tables)

    def inputs(self) -> tuple[Path, ...]:
        """Return every file that views are computed from."""
        found = list(result_paths(self.results)) if self.results.is_dir() else []
        for folder in (packaged(), *self.definition_folders()):
            found += sorted(folder.glob("*.yaml"))
        return (*found, self.mutes) if self.mutes.exists() else tuple(found)

    def settings(self) -> tuple[object, ...]:
        """Return what else the views depend on."""
        return (str(self.results), self.release, self.pages)

    def open(self, recall: Recall = find_now) -> tuple[Source, Sequence[Problem]]:
        """Read the results; what is wrong with them comes along.

        Args:
            recall: Knows what was found in earlier builds.
        """
        opened = open_results(
            self.results, release=self.release or None, cache=self.cache, jobs=self.jobs
        )
        folders = self.definition_folders()
        definitions, wrong = recall(
            ("definitions",), _defined_in(folders), lambda: _definitions(folders)
        )
        findings, wrong_mutes = _findings(opened, self.results)
        problems = (*opened.problems, *opened.collection.findings, *wrong, *wrong_mutes)
        making = _hash(_making(definitions, self.templates))
        content = Content(digests=opened.digests, slices=opened.slices, making=making)
        state = _hash((self.settings(), making, opened.digests, _bytes(self.mutes), problems))
        return ResultSource(
            opened.collection, definitions, self.templates, findings, content, state
        ), problems

    @property
    def mutes(self) -> Path:
        """The file that says which findings are harmless; it need not be there."""
        return self.results / MUTES


def _making(definitions: Mapping[str, Definition], templates: Sequence[Path]) -> tuple[object, ...]:
    """Return what makes pages of results."""
    return (
        code_digest(),
        np.__version__,
        msgspec.__version__,
        Renderer(templates).digest(),
        msgspec.json.encode(definitions).decode(),
        *(_bytes(path) for folder in templates for path in sorted(folder.rglob("*.jinja"))),
    )


def _hash(known: object) -> str:
    return hashlib.sha256(repr(known).encode("utf-8", "backslashreplace")).hexdigest()


def _bytes(path: Path) -> bytes:
    """Return the content of a file; nothing where it cannot be read, which others report."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _findings(opened: Opened, folder: Path) -> tuple[Page | None, tuple[Problem, ...]]:
    """Return the page of findings about publications; a wrong file of mutes mutes nothing."""
    carried = opened.whole(lambda info: info.origin.kind == "transcribed")
    if not carried:
        return None, _wrong_mutes(folder)
    try:
        return _page_of_findings(carried, mutes_in(folder)), ()
    except BadInput as error:
        return _page_of_findings(carried, ()), error.problems


def _wrong_mutes(folder: Path) -> tuple[Problem, ...]:
    try:
        mutes_in(folder)
    except BadInput as error:
        return error.problems
    return ()


def _page_of_findings(
    files: Sequence[tuple[str, ResultFile]], mutes: Sequence[Mute]
) -> Page | None:
    from benchfolio.generator.lint.page import findings_page

    return findings_page(files, mutes=mutes)


def _defined_in(own: Iterable[Path]) -> str:
    """Return a hash of all table definitions, or nothing; to read what they say takes longer."""
    files = [path for folder in (packaged(), *own) for path in sorted(folder.glob("*.yaml"))]
    content = {str(path): _bytes(path) for path in files}
    return _hash((code_digest(), content)) if all(content.values()) else ""


def _definitions(own: Iterable[Path]) -> tuple[dict[str, Definition], tuple[Problem, ...]]:
    """Read table definitions; where one of the project's is wrong, ours are left."""
    try:
        return load_definitions(own), ()
    except BadInput as error:
        return load_definitions(), error.problems


def project_of(app: Sphinx) -> Project:
    """Return the settings of a Sphinx project."""
    config, base = app.config, Path(app.confdir)
    return Project(
        results=base / config.benchfolio_results,
        release=config.benchfolio_release,
        templates=tuple(base / name for name in _names(config.benchfolio_templates)),
        tables=tuple(base / name for name in _names(config.benchfolio_tables)),
        pages=config.benchfolio_pages,
        cache=Path(app.doctreedir, "benchfolio-results"),
        jobs=app.parallel if parallel_available else 1,
    )


def _names(value: str | Sequence[str]) -> Sequence[str]:
    return ([value] if value else []) if isinstance(value, str) else value
