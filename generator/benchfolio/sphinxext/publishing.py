"""The API, feed and badges of a site: made when its pages are known, put in place at the end."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from docutils import nodes
from markupsafe import escape
from sphinx.util import logging
from sphinx.util.parallel import parallel_available

from benchfolio.generator.publish import Before, Site, is_available
from benchfolio.generator.publish.places import FEED
from benchfolio.generator.render import safe_address
from benchfolio.sphinxext.aside import Aside
from benchfolio.sphinxext.domain import BenchfolioDomain, domain_of
from benchfolio.sphinxext.files import write_if_different
from benchfolio.sphinxext.nodes import DOWNLOADING
from benchfolio.sphinxext.settling import (
    Sight,
    Staged,
    clear,
    manifest,
    read,
    settle,
    sight,
    stage,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

_NOBODY = ("", "unknown", "Author name not set")
"""What Sphinx has as author where none is stated."""


def is_publishing(app: Sphinx) -> bool:
    """Tell whether this build has room for files beside the pages, and is to have them."""
    return bool(app.config.benchfolio_api) and app.builder.name in DOWNLOADING


def begin_publishing(app: Sphinx, _env: BuildEnvironment) -> None:
    """Begin to make the files for programs, where more than one process is allowed: beside pages.

    All pages have been read by now, and their addresses are known. The output is not touched
    before the build has come to its end.
    """
    if not is_publishing(app):
        return
    publication = Publication(app)
    if publication.is_done:
        return
    is_parallel = app.parallel > 1 and parallel_available
    aside = Aside("API, feed and badges", publication.stage) if is_parallel else None

    def finish(app: Sphinx, exception: Exception | None) -> None:
        app.disconnect(listener)
        try:
            if exception is None:
                publication.settle(aside.result() if aside else publication.stage())
        finally:
            if aside is not None:
                aside.end()
            publication.clear()

    listener = app.connect("build-finished", finish)


def remove_files(app: Sphinx, exception: Exception | None) -> None:
    """Remove what was published where this is no longer wanted."""
    if exception is None and app.builder.name in DOWNLOADING and not is_publishing(app):
        clear(Path(app.outdir))


class Publication:
    """The files for programs of one build."""

    def __init__(self, app: Sphinx) -> None:
        self._domain = domain_of(app.env)
        self._site = site_of(app, self._domain)
        self._out = Path(app.outdir)
        self._kept = Path(app.doctreedir, f"benchfolio-{app.builder.name}.state")
        self._folder = Path(app.doctreedir, f"benchfolio-{app.builder.name}.new")
        kept = kept_in(self._kept)
        self._before = kept.state
        self._known = kept.files if kept.code == self._code() else {}

    @property
    def is_done(self) -> bool:
        """Whether the output holds all files already."""
        there = (self._out / name for name in manifest(self._out))
        return self._before == self._state() and all(path.is_file() for path in there)

    def stage(self) -> Staged:
        """Make the files that are not there."""
        before = Left(self._out, self._known)
        found = self._domain.views.published(self._site, self._domain.renderer, before)
        return stage(self._folder, self._out, found, self._known)

    def settle(self, staged: Staged) -> None:
        """Put the files in their places."""
        settled = settle(self._out, staged, self._known)
        for name in settled.foreign:
            logger.warning(
                "%s was not written by benchfolio and is left as it is",
                name,
                type="benchfolio",
                subtype="api",
            )
        kept = Kept(state=self._state(), code=self._code(), files=settled.files)
        write_if_different(self._kept, msgspec.json.encode(kept, order="sorted"))

    def clear(self) -> None:
        """Leave nothing but what is in its place."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _state(self) -> str:
        """Return a hash of everything the files follow from."""
        site = msgspec.structs.astuple(self._site)
        return _hash_of(self._domain.data["inputs"], self._code(), site)

    def _code(self) -> str:
        """Return a hash of what makes the files, beside results and the site."""
        parquet = version("pyarrow") if self._site.parquet else ""
        return _hash_of(self._domain.rendering(), version("benchfolio"), parquet)


class Kept(msgspec.Struct, frozen=True):
    """What is kept between builds, beside the documents of Sphinx.

    Attributes:
        state: Hash of everything that all files followed from.
        code: Hash of what made them.
        files: Those with a key, by path.
    """

    state: str = ""
    code: str = ""
    files: dict[str, Sight] = {}


def kept_in(path: Path) -> Kept:
    """Return what the last build kept; nothing where that cannot be read."""
    try:
        return msgspec.json.decode(read(path), type=Kept)
    except msgspec.DecodeError:
        return Kept()


class Left(Before):
    """What the last build left in an output."""

    def __init__(self, out: Path, known: Mapping[str, Sight]) -> None:
        self._out = out
        self._known = known

    def key(self, path: str) -> str:
        """Return the key of what was published at a path; empty where there was none."""
        return self._known[path].key if path in self._known else ""

    def read(self, path: str) -> bytes:
        """Return what was published, if it still is as it was left; else nothing."""
        place, key = self._out / path, self.key(path)
        return read(place) if key and sight(place, key) == self._known[path] else b""


def site_of(app: Sphinx, domain: BenchfolioDomain) -> Site:
    """Return what published files need to know of this project.

    The title is the project's name, which, unlike the title of its pages, has no version: ids in
    the feed are made from it.
    """
    names = ((*key, domain.docname(*key)) for key in sorted(domain.data["titles"]))
    pages = {
        (kind, id_): app.builder.get_target_uri(docname)
        for kind, id_, docname in names
        if docname is not None
    }
    author = str(app.config.author)
    return Site(
        title=str(app.config.project or app.config.html_title),
        author="" if author in _NOBODY else author,
        url=site_url(app),
        home=app.builder.get_target_uri(app.config.root_doc) or "./",
        pages=pages,
        parquet=is_available(),
    )


def site_url(app: Sphinx) -> str:
    """Return the absolute address of the site, with a slash at its end; empty when not known."""
    stated = _stated_url(app)
    if stated and not safe_address(stated):
        logger.warning(
            "benchfolio_site_url: expected an address that begins with https:// or http://, got %r",
            stated,
            type="benchfolio",
            subtype="api",
        )
    return known_url(app)


def known_url(app: Sphinx) -> str:
    """Return the same as ``site_url``, without a warning where it is no address."""
    address = safe_address(_stated_url(app))
    return address if not address or address.endswith("/") else f"{address}/"


def _stated_url(app: Sphinx) -> str:
    return str(app.config.benchfolio_site_url or app.config.html_baseurl)


def _hash_of(*known: object) -> str:
    return hashlib.sha256(repr(known).encode("utf-8", "backslashreplace")).hexdigest()


def link_feed(
    app: Sphinx,
    _pagename: str,
    _template: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Tell readers of feeds on every page where the feed is."""
    pathto = context.get("pathto")
    if not is_publishing(app) or pathto is None:
        return
    title = escape(f"{app.config.project or app.config.html_title}: releases")
    link = (
        f'<link rel="alternate" type="application/atom+xml" title="{title}" '
        f'href="{escape(pathto(FEED, True))}">\n'
    )
    context["metatags"] = context.get("metatags", "") + link


EVENTS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("html-page-context", link_feed),
    ("env-updated", begin_publishing),
    ("build-finished", remove_files),
)
