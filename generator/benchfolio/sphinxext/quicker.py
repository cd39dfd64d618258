"""What Sphinx computes for page after page though it is the same.

The title of a page stands on those before and after it and on all below it, and Sphinx sets up a
whole document to render it each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes

from benchfolio.sphinxext.nodes import DOWNLOADING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def remember_titles(app: Sphinx) -> None:
    """Let a builder render each title once; titles are the same wherever they stand."""
    builder: Any = app.builder
    if builder.name not in DOWNLOADING:
        return
    render = builder.render_partial
    known: dict[int, tuple[nodes.title, dict[str, str]]] = {}

    def render_once(node: nodes.Node | None) -> dict[str, str]:
        if not isinstance(node, nodes.title):
            return dict(render(node))
        if id(node) not in known:
            known[id(node)] = node, render(node)  # the node is kept, so that its id stays its own
        return dict(known[id(node)][1])

    builder.render_partial = render_once
