"""The Sphinx extension: ``extensions = ["benchfolio.sphinxext"]``."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from benchfolio.sphinxext.directives import all_directives
from benchfolio.sphinxext.domain import BenchfolioDomain
from benchfolio.sphinxext.latex import declare_characters
from benchfolio.sphinxext.lifecycle import EVENTS
from benchfolio.sphinxext.nodes import (
    VIEWS,
    Folded,
    depart_folded,
    pass_through,
    visit_folded,
    visit_view,
)
from benchfolio.sphinxext.reference import reference_directives
from benchfolio.sphinxext.roles import ValueRole
from benchfolio.sphinxext.settings import add_settings

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register everything with Sphinx."""
    add_settings(app)
    app.add_domain(BenchfolioDomain)
    for kind in VIEWS:
        app.add_node(kind, html=(visit_view, None))
    folding = (pass_through, pass_through)
    app.add_node(
        Folded,
        html=(visit_folded, depart_folded),
        latex=folding,
        text=folding,
        man=folding,
        texinfo=folding,
    )
    for name, directive in (*all_directives(), *reference_directives()):
        app.add_directive(name, directive)
    app.add_role("benchfolio", ValueRole())
    app.connect("config-inited", declare_characters)
    for event, handler in EVENTS:
        app.connect(event, handler)
    return {
        "version": version("benchfolio"),
        "env_version": 2,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
