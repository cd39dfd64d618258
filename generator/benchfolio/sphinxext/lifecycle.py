"""When things happen in a build: open results, write page sources, find what is out of date.

Results are read once, in the main process, before Sphinx forks; when neither they nor the table
definitions changed since the last build, they are not read at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging

from benchfolio.generator.griddata import grid_data
from benchfolio.generator.render import Renderer, is_large
from benchfolio.generator.view import Chart, Link, Table
from benchfolio.generator.workbook import table_bytes
from benchfolio.results import BadInput, Problem
from benchfolio.sphinxext import exploring, publishing, versions
from benchfolio.sphinxext.domain import Badges, BenchfolioDomain, domain_of
from benchfolio.sphinxext.files import code_digest, write_if_different
from benchfolio.sphinxext.generate import page_sources, write_sources
from benchfolio.sphinxext.lighter import leave_out
from benchfolio.sphinxext.nodes import (
    DATA,
    DOWNLOADING,
    DRAWING,
    ChartView,
    TableView,
    download_path,
    formats_of,
)
from benchfolio.sphinxext.plain import replace_views
from benchfolio.sphinxext.policy import hold_to_policy
from benchfolio.sphinxext.project import Project, project_of
from benchfolio.sphinxext.quicker import remember_parts, remember_titles
from benchfolio.sphinxext.views import Memory, Views

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"

SCRIPTS = (
    "benchfolio.js",
    "table-model.js",
    "table-query.js",
    "table-address.js",
    "table-controls.js",
    "table-details.js",
    "tables.js",
    "charts.js",
    "theme-repairs.js",
)
"""Scripts of every page, in the order in which they need one another; these load others."""


def add_styles(app: Sphinx, config: Config) -> None:
    """Offer our style sheet and scripts to every HTML builder.

    This has to happen before the configuration is compared with that of the last build.
    """
    config.html_static_path = [*config.html_static_path, str(STATIC)]
    app.add_css_file("benchfolio.css")
    for name in SCRIPTS:
        app.add_js_file(name, loading_method="defer")


def forget_places(app: Sphinx) -> None:
    """Keep out of the output where on this machine our files are installed.

    Sphinx publishes a hash of the configuration, in which our folders stand.
    """
    builder: Any = app.builder
    if not hasattr(builder, "create_build_info"):
        return
    names = ("html_static_path", "templates_path")
    kept = {name: getattr(app.config, name) for name in names}
    for name, folders in kept.items():
        setattr(app.config, name, [_without_place(folder) for folder in folders])
    builder.build_info = builder.create_build_info()
    for name, folders in kept.items():
        setattr(app.config, name, folders)


def _without_place(folder: str) -> str:
    package = Path(__file__).parent
    return Path(folder).name if Path(folder).is_relative_to(package) else folder


def open_results(app: Sphinx) -> None:
    """Open the results and make the sources of the generated pages agree with them."""
    domain = domain_of(app.env)
    project = project_of(app)
    domain.renderer = Renderer(project.templates)
    if publishing.is_publishing(app):
        domain.badges = Badges(publishing.known_url(app), app.builder.get_target_uri)
    memory = Memory(domain.data["kept"])
    domain.views = Views(partial(project.open, memory.recall), memory)
    stamps = fingerprint(project)
    folder = Path(app.srcdir, app.config.benchfolio_folder)
    if domain.data["stamps"] != stamps or not _all_there(folder, domain.data["sources"]):
        _refresh(domain, project, folder)
        memory.forget_rest()
        domain.data["stamps"] = stamps
    _report(domain.data["problems"], app)


def _all_there(folder: Path, names: Sequence[str]) -> bool:
    return all((folder / name).is_file() for name in names)


def _refresh(domain: BenchfolioDomain, project: Project, folder: Path) -> None:
    domain.data["problems"] = domain.views.problems
    domain.data["inputs"] = domain.views.state
    faces = domain.views.faces(project.jobs) if project.pages else ()
    domain.data["titles"] = {(face.kind, face.id): face.title for face in faces}
    sources = page_sources(faces) if faces else {}
    if sources or folder.is_dir():
        try:
            write_sources(folder, sources)
        except BadInput as error:
            raise ExtensionError(str(error), modname="benchfolio") from error
    domain.data["sources"] = tuple(sorted(sources))


def _report(problems: Iterable[Problem], app: Sphinx) -> None:
    """Warn of everything wrong with the inputs, in every build, not only the one that read them."""
    found = tuple(problems)
    if found and app.config.benchfolio_strict:
        raise ExtensionError("\n".join(str(problem) for problem in found), modname="benchfolio")
    for problem in found:
        logger.warning("%s", problem, type="benchfolio", subtype="results")


def fingerprint(project: Project) -> str:
    """Return a hash over names, sizes and times of everything the views are computed from."""
    seen = hashlib.sha256(repr((project.settings(), code_digest())).encode())
    for path in project.inputs():
        try:
            status = path.stat()
        except OSError:
            continue
        seen.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return seen.hexdigest()


def find_outdated(
    _app: Sphinx,
    env: BuildEnvironment,
    _added: set[str],
    _changed: set[str],
    _removed: set[str],
) -> list[str]:
    """Return the documents whose views or templates are no longer what they were."""
    domain = domain_of(env)
    state = (domain.data["inputs"], domain.rendering())
    if domain.data["compared"] == state:
        return []
    outdated = domain.outdated()
    domain.data["compared"] = state
    return [docname for docname in outdated if docname in env.found_docs]


def write_downloads(
    app: Sphinx,
    _pagename: str,
    _template: str,
    _context: Mapping[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Write the tables of a page as files, beside the page and only when they differ."""
    if doctree is None or app.builder.name not in DOWNLOADING:
        return
    for node in doctree.findall(TableView):
        if node["stem"]:
            for suffix in formats_of(str(node["stem"])):
                path = Path(app.outdir, download_path(node["stem"], suffix))
                write_if_different(path, table_bytes(cast("Table", node["view"]), suffix))
            _write_data(app, node)
    for chart in doctree.findall(ChartView):
        if chart.get("stem"):
            drawing = domain_of(app.env).renderer.drawing(cast("Chart", chart["view"]))
            path = Path(app.outdir, download_path(chart["stem"], DRAWING))
            write_if_different(path, drawing.encode("utf-8"))


def _write_data(app: Sphinx, node: TableView) -> None:
    """Write all rows of a large table for the script that shows them."""
    if not is_large(node.view):
        return
    domain = domain_of(app.env)
    path = download_path(node["stem"], DATA)

    def href(link: Link) -> str:
        return domain.address_from(path, link, app.builder)

    script = grid_data(node.view, node["stem"], href)
    write_if_different(Path(app.outdir, path), script.encode("utf-8"))


def remove_stale_downloads(app: Sphinx, exception: Exception | None) -> None:
    """Remove the downloads of tables that no page shows any more."""
    if exception is not None or app.builder.name not in DOWNLOADING:
        return
    stems = {stem for stems in domain_of(app.env).data["stems"].values() for stem in stems}
    kept = {
        Path(app.outdir, download_path(stem, suffix))
        for stem in stems
        for suffix in (*formats_of(stem), DATA, DRAWING)
    }
    for path in Path(app.outdir, "_downloads", "benchfolio").rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()


EVENTS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("config-inited", add_styles),
    ("config-inited", versions.offer_template),
    ("builder-inited", open_results),
    ("builder-inited", leave_out),
    ("builder-inited", hold_to_policy),
    ("builder-inited", remember_titles),
    ("builder-inited", remember_parts),
    ("builder-inited", forget_places),
    ("env-get-outdated", find_outdated),
    ("doctree-resolved", replace_views),
    ("html-page-context", write_downloads),
    ("html-page-context", versions.show_versions),
    ("html-collect-pages", versions.list_page),
    ("build-finished", versions.write_scripts),
    ("build-finished", remove_stale_downloads),
    *publishing.EVENTS,
    *exploring.EVENTS,
)
