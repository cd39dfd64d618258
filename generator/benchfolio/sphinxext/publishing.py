"""The API, feed and badges of a site: written when a build ends, removed when stale.

What was written is listed in a manifest within the output, so that nothing of anybody else is
overwritten or removed.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from docutils import nodes
from markupsafe import escape
from sphinx.util import logging

from benchfolio.generator.publish import Before, Document, Site, is_available
from benchfolio.generator.publish.places import FEED
from benchfolio.generator.render import safe_address
from benchfolio.sphinxext.domain import BenchfolioDomain, domain_of
from benchfolio.sphinxext.files import write_if_different
from benchfolio.sphinxext.nodes import DOWNLOADING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

MANIFEST = ".benchfolio-published.json"
"""In the output: path → SHA-256 of everything written here."""

_NOBODY = ("", "unknown", "Author name not set")
"""What Sphinx has as author where none is stated."""


def is_publishing(app: Sphinx) -> bool:
    """Tell whether this build has room for files beside the pages, and is to have them."""
    return bool(app.config.benchfolio_api) and app.builder.name in DOWNLOADING


def publish_files(app: Sphinx, exception: Exception | None) -> None:
    """Make the output hold the files for programs that belong to the results."""
    if exception is not None or app.builder.name not in DOWNLOADING:
        return
    out, domain = Path(app.outdir), domain_of(app.env)
    if not is_publishing(app):
        settle(out, (), {})
        return
    site, path = site_of(app, domain), Path(app.doctreedir, f"benchfolio-{app.builder.name}.state")
    state, kept = _state(site, domain), kept_in(path)
    if kept.state == state and all((out / name).is_file() for name in manifest(out)):
        return
    code = _code(site, domain)
    known = kept.files if kept.code == code else {}
    found = domain.views.published(site, domain.renderer, Left(out, known))
    settled = settle(out, found, known)
    for name in settled.foreign:
        logger.warning(
            "%s was not written by benchfolio and is left as it is",
            name,
            type="benchfolio",
            subtype="api",
        )
    kept = Kept(state=state, code=code, files=settled.files)
    write_if_different(path, msgspec.json.encode(kept, order="sorted"))


class Sight(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was left: what it followed from, its size, and when it was written."""

    key: str
    size: int
    modified: int


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
        return msgspec.json.decode(_read(path), type=Kept)
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
        return _read(place) if key and _sight(place, key) == self._known[path] else b""


class Settled(msgspec.Struct, frozen=True):
    """What became of an output.

    Attributes:
        foreign: Files that are somebody else's.
        files: Files with a key, by path.
    """

    foreign: list[str]
    files: dict[str, Sight]


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


def _state(site: Site, domain: BenchfolioDomain) -> str:
    """Return a hash of everything the files follow from."""
    return _hash_of(
        domain.data["inputs"],
        _code(site, domain),
        msgspec.structs.astuple(site),
    )


def _code(site: Site, domain: BenchfolioDomain) -> str:
    """Return a hash of what makes the files, beside results and the site."""
    parquet = version("pyarrow") if site.parquet else ""
    return _hash_of(domain.rendering(), version("benchfolio"), parquet)


def _hash_of(*known: object) -> str:
    return hashlib.sha256(repr(known).encode("utf-8", "backslashreplace")).hexdigest()


def manifest(out: Path) -> dict[str, str]:
    """Return path → SHA-256 of what was written into an output before."""
    try:
        return msgspec.json.decode(_read(out / MANIFEST), type=dict[str, str])
    except msgspec.DecodeError:
        return {}


def settle(out: Path, documents: Iterable[Document], known: Mapping[str, Sight]) -> Settled:
    """Make an output hold exactly these files of ours.

    A file that is as it was left, and follows from the same as then, is not made again.

    Args:
        out: Folder of the output.
        documents: The files; paths are relative and with slashes.
        known: What was left, by path.
    """
    before = manifest(out)
    foreign: list[str] = []
    now: dict[str, str] = {}
    files: dict[str, Sight] = {}
    for one in documents:
        path = out / one.path
        if one.path in before and one.key and _sight(path, one.key) == known.get(one.path):
            now[one.path] = before[one.path]
        else:
            data = one.make()
            if _is_foreign(out, one.path, data, before):
                foreign.append(one.path)
                continue
            write_if_different(path, data)
            now[one.path] = _hash(data)
        if one.key:
            files[one.path] = _sight(path, one.key)
    for name, hash_ in before.items():
        if name not in now:
            _remove(out, name, hash_)
    _write_manifest(out, now)
    return Settled(foreign, files)


def _sight(path: Path, key: str) -> Sight:
    """Return how a file looks; one that is not there looks like no other."""
    try:
        status = path.stat()
    except OSError:
        return Sight("", -1, -1)
    return Sight(key, status.st_size, status.st_mtime_ns)


def _write_manifest(out: Path, now: Mapping[str, str]) -> None:
    if now:
        ordered = dict(sorted(now.items()))
        write_if_different(out / MANIFEST, msgspec.json.encode(ordered) + b"\n")
    else:
        (out / MANIFEST).unlink(missing_ok=True)


def _is_foreign(out: Path, name: str, data: bytes, before: Mapping[str, str]) -> bool:
    path = out / name
    if not path.exists():
        return False
    there = _read(path)
    return there != data and _hash(there) != before.get(name)


def _remove(out: Path, name: str, known: str) -> None:
    """Remove a file, unless somebody has changed it since, and folders that it leaves empty."""
    path = (out / name).resolve()
    root = out.resolve()
    # The manifest is a file like any other: what it names may be anywhere.
    if root not in path.parents or not path.is_file() or _hash(_read(path)) != known:
        return
    path.unlink()
    with contextlib.suppress(OSError):
        for folder in path.parents:
            if folder == root:
                return
            folder.rmdir()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


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
    ("build-finished", publish_files),
)
