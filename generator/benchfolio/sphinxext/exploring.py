"""Scripts of Compare and Chooser: on these pages alone, their figures beside them as scripts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

from benchfolio.generator.explore.script import HEAD, scripts
from benchfolio.generator.pages.chooser import CHOOSER
from benchfolio.generator.pages.compare import COMPARE
from benchfolio.generator.view import Link
from benchfolio.sphinxext.domain import BenchfolioDomain, domain_of
from benchfolio.sphinxext.files import code_digest, write_if_different
from benchfolio.sphinxext.nodes import DOWNLOADING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "_static/benchfolio-explore"
"""Where the figures are, within the output; nobody else's files are there."""

SCRIPTS = {CHOOSER: "chooser.js", COMPARE: "compare.js"}
"""Page → the script that makes it answer, beside ``explore.js``."""


def add_scripts(
    app: Sphinx,
    pagename: str,
    _template: str,
    _context: Mapping[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Add the scripts of a page that needs them, to no other."""
    if app.builder.name not in DOWNLOADING:
        return
    domain = domain_of(app.env)
    for page, script in SCRIPTS.items():
        if domain.docname("page", page) == pagename:
            app.add_js_file("explore.js", loading_method="defer")
            app.add_js_file(script, loading_method="defer")


def write_figures(app: Sphinx, exception: Exception | None) -> None:
    """Write the figures where they differ; they follow from results and addresses of pages."""
    if exception is not None or app.builder.name not in DOWNLOADING:
        return
    domain, folder = domain_of(app.env), Path(app.outdir, FOLDER)
    if not any(domain.docname("page", page) for page in SCRIPTS):
        _settle(folder, ())
        return
    state, kept = (
        _state(app, domain),
        Path(app.doctreedir, f"benchfolio-{app.builder.name}.figures"),
    )
    if (folder / HEAD).is_file() and kept.is_file() and kept.read_bytes() == state:
        return

    def href(link: Link) -> str:
        return domain.address_from(".", link, app.builder)

    _settle(folder, scripts(domain.views.explored(), href))
    write_if_different(kept, state)


def _state(app: Sphinx, domain: BenchfolioDomain) -> bytes:
    """Return a hash of everything the figures follow from."""
    pages = sorted(domain.data["titles"])
    known = (domain.data["inputs"], code_digest(), pages, app.config.benchfolio_folder)
    return hashlib.sha256(repr(known).encode("utf-8", "replace")).hexdigest().encode()


def _settle(folder: Path, files: Iterable[tuple[str, str]]) -> None:
    """Write these files, one after the other, and remove others."""
    written = set()
    for name, text in files:
        write_if_different(folder / name, text.encode())
        written.add(name)
    for path in folder.glob("*.js"):
        if path.name not in written:
            path.unlink()


EVENTS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("html-page-context", add_scripts),
    ("build-finished", write_figures),
)
