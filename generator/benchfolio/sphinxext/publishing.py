"""The API, feed and badges of a site: written when a build ends, removed when stale.

What was written is listed in a manifest within the output, so that nothing of anybody else is
overwritten or removed.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from docutils import nodes
from markupsafe import escape
from sphinx.util import logging

from benchfolio.generator.publish import Site, is_available
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
        settle(out, {})
        return
    site = site_of(app, domain)
    state, kept = _state(site, domain), Path(app.doctreedir, f"benchfolio-{app.builder.name}.state")
    if _read(kept) == state.encode() and all((out / name).is_file() for name in manifest(out)):
        return
    for name in settle(out, domain.views.published(site, domain.renderer)):
        logger.warning(
            "%s was not written by benchfolio and is left as it is",
            name,
            type="benchfolio",
            subtype="api",
        )
    write_if_different(kept, state.encode())


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
    stated = str(app.config.benchfolio_site_url or app.config.html_baseurl)
    if not stated:
        return ""
    address = safe_address(stated)
    if not address:
        logger.warning(
            "benchfolio_site_url: expected an address that begins with https:// or http://, got %r",
            stated,
            type="benchfolio",
            subtype="api",
        )
        return ""
    return address if address.endswith("/") else f"{address}/"


def _state(site: Site, domain: BenchfolioDomain) -> str:
    """Return a hash of everything the files follow from."""
    known = (
        domain.data["inputs"],
        domain.renderer.digest(),
        version("benchfolio"),
        version("pyarrow") if site.parquet else "",
        msgspec.structs.astuple(site),
    )
    return hashlib.sha256(repr(known).encode("utf-8", "backslashreplace")).hexdigest()


def manifest(out: Path) -> dict[str, str]:
    """Return path → SHA-256 of what was written into an output before."""
    try:
        return msgspec.json.decode(_read(out / MANIFEST), type=dict[str, str])
    except msgspec.DecodeError:
        return {}


def settle(out: Path, files: Mapping[str, bytes]) -> list[str]:
    """Make an output hold exactly these files of ours; return those that are somebody else's.

    Args:
        out: Folder of the output.
        files: Content by path, relative and with slashes.
    """
    before = manifest(out)
    foreign = [name for name, data in files.items() if _is_foreign(out, name, data, before)]
    now: dict[str, str] = {}
    for name, data in files.items():
        if name not in foreign:
            write_if_different(out / name, data)
            now[name] = _hash(data)
    for name, known in before.items():
        if name not in now:
            _remove(out, name, known)
    if now:
        write_if_different(out / MANIFEST, msgspec.json.encode(now, order="sorted") + b"\n")
    else:
        (out / MANIFEST).unlink(missing_ok=True)
    return foreign


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
