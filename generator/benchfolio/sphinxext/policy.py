"""Pages for sites that send ``Content-Security-Policy: default-src 'self'``.

We write no inline script and no inline style, but themes do, and such a policy ignores them: the
switch between light and dark and Sphinx's search stop working. With ``benchfolio_strict_policy``
each page is rewritten before it reaches the disk: inline scripts and styles become files, named by
a hash of their content and shared between pages. Classic scripts run in the order in which they
stand, inline or not, so nothing else changes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchfolio.sphinxext.files import write_if_different
from benchfolio.sphinxext.nodes import DOWNLOADING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "_static/benchfolio-policy"
"""Where the files are, within the output."""

PARTS = re.compile(
    r"(?P<comment><!--.*?-->)"
    r"|<script(?P<attributes>[^>]*)>(?P<script>.*?)</script\s*>"
    r"|<style(?P<options>[^>]*)>(?P<style>.*?)</style\s*>"
    r"|(?P<before><[a-zA-Z][^<>]*?)\sstyle\s*=\s*(?P<value>\"[^\"]*\"|'[^']*')(?P<after>[^<>]*>)",
    re.DOTALL | re.IGNORECASE,
)
"""What a policy cares about; of elements without content, only those with a style."""

EXTERNAL = re.compile(r"\ssrc\s*=", re.IGNORECASE)
TYPE = re.compile(r"\stype\s*=\s*[\"']?([^\"'\s>]*)", re.IGNORECASE)
CLASS = re.compile(r"\sclass\s*=\s*([\"'])(.*?)\1", re.DOTALL | re.IGNORECASE)
PAGE_NAME = re.compile(r"\s*DOCUMENTATION_OPTIONS\.pagename = '((?:[^'\\]|\\.)*)';?\s*")
EXECUTABLE = frozenset({"", "text/javascript", "application/javascript", "module"})

PAGE_NAME_SCRIPT = (
    "DOCUMENTATION_OPTIONS.pagename = document.currentScript.getAttribute('data-pagename');\n"
)
"""One file for all pages, where the theme has a script for each."""


class Moved(msgspec.Struct, frozen=True):
    """A page without inline parts.

    Attributes:
        html: The page.
        files: Content of the files that it now needs, by name.
    """

    html: str
    files: dict[str, str]


def without_inline(html: str, root: str) -> Moved:
    """Move inline scripts, style sheets and styles of a page into files.

    Args:
        html: A whole page.
        root: Address of the output's root from the page, with a slash at its end.
    """
    files: dict[str, str] = {}
    links: list[str] = []

    def keep(text: str, suffix: str) -> str:
        name = f"{_hash(text)}.{suffix}"
        files[name] = text
        return f"{root}{FOLDER}/{name}"

    def replace(match: re.Match[str]) -> str:
        if match["script"] is not None:
            return _script(match, keep)
        if match["style"] is not None:
            address = keep(match["style"].strip() + "\n", "css")
            return f'<link rel="stylesheet"{match["options"]} href="{escape(address)}">'
        if match["value"] is not None:
            return _styled(match, keep, links)
        return match[0]

    moved = PARTS.sub(replace, html)
    if links:
        moved = moved.replace("</head>", "".join(dict.fromkeys(links)) + "</head>", 1)
    return Moved(moved, files)


def _script(match: re.Match[str], keep: Callable[[str, str], str]) -> str:
    """Return a script as one of a file; data and scripts of a file stay as they are."""
    attributes, text = match["attributes"], match["script"]
    kind = TYPE.search(attributes)
    if EXTERNAL.search(attributes) or (kind and kind[1].lower() not in EXECUTABLE):
        return match[0]
    named = PAGE_NAME.fullmatch(text)
    if named:
        # Sphinx writes the name with the escapes of JSON.
        name = json.loads('"' + named[1].replace("\\'", "'").replace('"', '\\"') + '"')
        attributes += f' data-pagename="{escape(name)}"'
        text = PAGE_NAME_SCRIPT
    # What an inline script begins with or ends on does not change what it does.
    address = keep(text.strip() + "\n", "js")
    return f'<script{attributes} src="{escape(address)}"></script>'


def _styled(match: re.Match[str], keep: Callable[[str, str], str], links: list[str]) -> str:
    """Return a tag with a class in the place of its style."""
    rules = unescape(match["value"][1:-1]).strip()
    name = f"bf-style-{_hash(rules)}"
    # Three times, for a style outweighs what a rule of the theme says by class.
    address = keep(f".{name}.{name}.{name} {{ {rules} }}\n", "css")
    links.append(f'<link rel="stylesheet" href="{escape(address)}">\n')
    tag = match["before"] + match["after"]
    known = CLASS.search(tag)
    if known:
        start, end = known.span(2)
        return f"{tag[:start]}{known[2]} {name}{tag[end:]}"
    return f'{match["before"]} class="{name}"{match["after"]}'


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def hold_to_policy(app: Sphinx) -> None:
    """Rewrite each page between its template and the disk, in every process that writes."""
    if not app.config.benchfolio_strict_policy or app.builder.name not in DOWNLOADING:
        return
    templates: Any = getattr(app.builder, "templates", None)
    if templates is None:
        return
    render, out = templates.render, Path(app.outdir)

    def render_without_inline(template: str, context: dict[str, Any]) -> str:
        html = str(render(template, context))
        if "<html" not in html[:2000]:
            return html
        moved = without_inline(html, str(context.get("content_root") or "./"))
        for name, text in moved.files.items():
            write_if_different(out / FOLDER / name, text.encode("utf-8"))
        return moved.html

    templates.render = render_without_inline
