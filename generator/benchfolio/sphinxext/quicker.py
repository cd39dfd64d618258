"""What Sphinx and its themes compute for page after page though it is the same.

The title of a page stands on those before and after it and on all below it, and Sphinx sets up a
whole document to render it each time. The pydata theme parses the contents of a page to dress
them, though pages of one kind have the same parts. The addresses of scripts and style sheets
differ between folders alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from docutils import nodes

from benchfolio.sphinxext.nodes import DOWNLOADING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

CONTENTS = "generate_toc_html"
"""What the pydata theme's templates call for the contents of a page."""

TITLE = re.compile(r'<ul>\n<li><a class="reference internal" href="#">([^<&]+)</a>')
"""What contents begin with: the title of their page, here one without an entity."""

Context = dict[str, Any]


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


def remember_parts(app: Sphinx) -> None:
    """Let templates get the parts of a page once that are the same on many."""
    builder: Any = app.builder
    templates: Any = getattr(builder, "templates", None)
    if templates is None or builder.name not in DOWNLOADING:
        return
    if hasattr(templates, "environment"):
        templates.environment.auto_reload = False  # no template changes during a build
    render = templates.render
    known: dict[Hashable, str] = {}

    def render_remembering(template: str, context: Context) -> str:
        parts: Context = {}
        if "css_tag" in context and "js_tag" in context and "pagename" in context:
            folder = builder.get_target_uri(context["pagename"]).rpartition("/")[0]
            parts["css_tag"] = _tags(context["css_tag"], ("css", folder), known)
            parts["js_tag"] = _tags(context["js_tag"], ("js", folder), known)
        if CONTENTS in context and "toc" in context:
            parts[CONTENTS] = _contents(context, known)
        return str(render(template, {**context, **parts}))

    templates.render = render_remembering


def _tags(
    write: Callable[[Any], str], place: tuple[str, str], known: dict[Hashable, str]
) -> Callable[[Any], str]:
    """Have the tag of a script or style sheet written once for all pages of a folder."""

    def write_once(asset: Hashable) -> str:
        key = (place, asset)
        if key not in known:
            known[key] = write(asset)
        return known[key]

    return write_once


def _contents(context: Context, known: dict[Hashable, str]) -> Callable[..., object]:
    """Have the contents of a page dressed once for all that differ in nothing but their title.

    The theme leaves the title out where a page has but one; else it is among the contents, and
    they are dressed anew.
    """
    dress, told = context[CONTENTS], context["toc"]

    def dress_once(kind: str = "html") -> object:
        title = TITLE.match(told)
        if kind != "html" or title is None:
            return dress(kind)
        key = (CONTENTS, told[title.end() :], context.get("theme_show_toc_level"))
        if key not in known:
            dressed = str(dress(kind))
            if title[1] in dressed:
                return dressed
            known[key] = dressed
        return known[key]

    return dress_once
