"""Pages without what they do not use: the pydata theme loads the search index on every one.

The whole index on each page is more than all the rest of it on a site of many pages. It serves
only the search while one types, which is off unless a project asks for it; the page of results
has scripts of its own. The theme's script of icons draws those of brands and of a project's own;
all others are glyphs of a font. sphinx-design styles its own parts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from benchfolio.sphinxext.nodes import DOWNLOADING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

THEME = "pydata_sphinx_theme"
OPTION = "search_as_you_type"

SEARCH_SCRIPT = re.compile(
    r'[ \t]*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>\n?'
)

ICON_SCRIPT = re.compile(r'[ \t]*<script [^>]*src="[^"]*/fontawesome\.js[^"]*"></script>\n?')
DESIGN_PARTS = re.compile(
    r'[ \t]*(?:<script [^>]*src="[^"]*/design-tabs\.js[^"]*"></script>|'
    r'<link [^>]*href="[^"]*/sphinx-design[^"]*\.css[^"]*" />)\n?'
)


def leave_out(app: Sphinx) -> None:
    """Leave out of all pages what they do not use."""
    templates: Any = getattr(app.builder, "templates", None)
    if templates is None or app.builder.name not in DOWNLOADING:
        return
    if app.config.html_theme != THEME or _is_asked_for(app):
        return
    render = templates.render

    def render_lighter(template: str, context: dict[str, Any]) -> str:
        html = str(render(template, context))
        if context.get("pagename") == "search" or "<html" not in html[:2000]:
            return html
        head, sign, body = html.partition("</head>")
        return _lighter(SEARCH_SCRIPT.sub("", head), body) + sign + body

    templates.render = render_lighter


def _lighter(head: str, body: str) -> str:
    if "fa-brands" not in body and "fa-custom" not in body:
        head = ICON_SCRIPT.sub("", head)
    return head if "sd-" in body else DESIGN_PARTS.sub("", head)


def _is_asked_for(app: Sphinx) -> bool:
    told = app.config.html_theme_options.get(OPTION, False)
    return str(told).lower() in {"true", "1"}
