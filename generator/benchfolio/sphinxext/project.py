"""A project's settings, and the one place where the extension asks the generator for views."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchfolio.generator.definitions import load_definitions, packaged
from benchfolio.generator.lint import mutes_in
from benchfolio.generator.lint.mutes import FILE as MUTES
from benchfolio.generator.lint.page import findings_page
from benchfolio.generator.load import load
from benchfolio.generator.merge import merge
from benchfolio.results import BadInput, Problem, ResultFile, result_paths
from benchfolio.sphinxext.source import ResultSource
from benchfolio.sphinxext.views import Source

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from benchfolio.generator.definitions import Definition
    from benchfolio.generator.view import Page


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are; all paths are absolute.

    Attributes:
        results: Folder of result files.
        release: Only this release; the newest of each platform when empty.
        templates: Folders of the project's own templates; table definitions are in ``tables/``
            of each.
        tables: Further folders of the project's own table definitions.
        pages: Whether pages are generated.
    """

    results: Path
    release: str = ""
    templates: tuple[Path, ...] = ()
    tables: tuple[Path, ...] = ()
    pages: bool = True

    def definition_folders(self) -> tuple[Path, ...]:
        """Return the folders of the project's own table definitions; later ones override."""
        return (*(folder / "tables" for folder in self.templates), *self.tables)

    def inputs(self) -> tuple[Path, ...]:
        """Return every file that views are computed from."""
        found = list(result_paths(self.results)) if self.results.is_dir() else []
        for folder in (packaged(), *self.definition_folders()):
            found += sorted(folder.glob("*.yaml"))
        mutes = self.results / MUTES
        return (*found, mutes) if mutes.exists() else tuple(found)

    def settings(self) -> tuple[object, ...]:
        """Return what else the views depend on."""
        return (str(self.results), self.release, self.pages)

    def open(self) -> tuple[Source, Sequence[Problem]]:
        """Read the results; what is wrong with them comes along."""
        loaded = load(self.results, release=self.release or None)
        definitions, wrong = _definitions(self.definition_folders())
        collection = merge(loaded.files)
        findings, wrong_mutes = _findings(loaded.files, self.results)
        problems = (*loaded.problems, *collection.findings, *wrong, *wrong_mutes)
        return ResultSource(collection, definitions, self.templates, findings), problems


def _findings(
    files: Sequence[tuple[str, ResultFile]], folder: Path
) -> tuple[Page | None, tuple[Problem, ...]]:
    """Return the page of findings about publications; a wrong file of mutes mutes nothing."""
    try:
        return findings_page(files, mutes=mutes_in(folder)), ()
    except BadInput as error:
        return findings_page(files), error.problems


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
    )


def _names(value: str | Sequence[str]) -> Sequence[str]:
    return ([value] if value else []) if isinstance(value, str) else value
