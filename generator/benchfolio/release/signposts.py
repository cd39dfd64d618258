"""Pages that lead readers to a version: from the root, from a page that is gone, from nowhere.

They work from ``file://``, below any path of a server, without JavaScript and under the policy
``default-src 'self'``. All addresses are relative, but for the page that a server shows at any
address where there is nothing: that one has to know where the folder is.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from benchfolio.generator.versionlist import PAGE, Tree, bare_page, list_items

SCRIPT = Path(__file__).with_name("not-found.js")
NO_INDEX = '<meta name="robots" content="noindex">\n'


def root_files(tree: Tree) -> dict[str, bytes]:
    """Return the pages at the root of a tree with at least one version, by name."""
    return {
        ".nojekyll": b"",
        "index.html": _redirect(f"{tree.latest}/index.html", tree.latest).encode(),
        "404.html": _not_found(tree).encode(),
        "404.js": SCRIPT.read_bytes(),
    }


def _redirect(address: str, name: str) -> str:
    target = escape(quote(address))
    return bare_page(
        f"Version {name}",
        f'<p>The newest version is <a href="{target}">{escape(name)}</a>.</p>\n'
        f'<p><a href="{PAGE}">All versions</a></p>\n',
        head=f'<meta http-equiv="refresh" content="0; url={target}">\n'
        f'<link rel="canonical" href="{target}">\n',
    )


def _not_found(tree: Tree) -> str:
    return bare_page(
        "Page not found",
        '<p>There is nothing at this address.</p>\n<div id="elsewhere"></div>\n'
        f"<h2>All versions</h2>\n{list_items(tree.versions)}",
        head=f'<base href="{escape(tree.base_path)}">\n{NO_INDEX}'
        '<script defer src="404.js"></script>\n',
    )


def gone(page: str, latest: str, versions: Sequence[str]) -> str:
    """Return the page in ``latest/`` for one that only earlier versions have.

    Args:
        page: Its path within a version, with forward slashes.
        latest: The version that no longer has it.
        versions: Those that have it, newest first.
    """
    root = "../" * (page.count("/") + 1)
    items = "".join(
        f'<li><a href="{root}{escape(quote(f"{name}/{page}"))}">{escape(name)}</a></li>\n'
        for name in versions
    )
    return bare_page(
        f"Not in version {latest}",
        f"<p>Version {escape(latest)} does not have this page. It is in:</p>\n<ul>\n{items}</ul>\n"
        f'<p><a href="{root}{escape(quote(latest))}/index.html">Version {escape(latest)}</a></p>\n',
        head=NO_INDEX,
        root=root,
    )
