"""The versions of a site that stand side by side in a folder, and the list that all of them read.

The list is a script beside the folders of the versions, so an old version learns of newer ones
without being built again, from ``file://`` too. What is written here depends on nothing but the
folder: the same versions give the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Literal

import msgspec

from benchfolio.results import ID_PATTERN, BadInput, Problem, release_order

LIST = "versions.js"
"""The list of versions, as a script."""
PAGE = "versions.html"
"""The list of versions, as a page beside that script."""
TREE = "versions.json"
"""The list of versions for programs: the mark of a folder that ``benchfolio publish`` made."""
PAGES = "benchfolio-pages.js"
"""In each version: what pages it has."""
STYLE = "versions.css"
LATEST = "latest"
"""The folder that has the newest version, whatever its name."""

OWN = frozenset({LIST, PAGE, TREE, STYLE, LATEST, "index.html", "404.html", "404.js", ".nojekyll"})
"""Names beside the versions that are ours."""

STYLE_SHEET = """\
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.125rem; }
"""


class Version(msgspec.Struct, frozen=True):
    """A version of a site.

    Attributes:
        name: As readers know it: ``2026.10``.
        url: Its root, relative to the place of the list, or absolute.
        newest: Whether it is the one to read when nothing speaks against it.
    """

    name: str
    url: str
    newest: bool = False


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of published versions, as programs read it.

    Attributes:
        format: What this file is.
        base_path: Where a server has the folder: ``/`` or ``/repository/``.
        versions: Newest first; ``newest`` marks the one that ``latest/`` shows.
    """

    format: Literal["benchfolio-versions-1"] = "benchfolio-versions-1"
    base_path: str = "/"
    versions: tuple[Version, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the versions, newest first."""
        return tuple(one.name for one in self.versions)

    @property
    def latest(self) -> str:
        """Return the version that ``latest/`` shows; empty where there is none."""
        return next((one.name for one in self.versions if one.newest), "")


def is_version_name(name: str) -> bool:
    """Tell whether a folder beside our own files can have this name, on any file system."""
    reserved = name.casefold() in OWN or name.endswith((".", ".html", ".js", ".json", ".css"))
    return re.search(ID_PATTERN, name) is not None and not reserved


def ordered(names: Iterable[str], latest: str = "") -> tuple[Version, ...]:
    """Return versions newest first; the newest is ``latest``, or else the first."""
    found = sorted(set(names), key=release_order, reverse=True)
    newest = latest if latest in found else next(iter(found), "")
    return tuple(Version(name, f"{name}/", newest=name == newest) for name in found)


def read_tree(folder: Path) -> Tree | None:
    """Read the list that ``benchfolio publish`` keeps in a folder; ``None`` where there is none.

    Raises:
        BadInput: It is not what ``benchfolio publish`` writes.
    """
    path = folder / TREE
    if path.is_symlink() or not path.is_file():
        return None
    try:
        tree = msgspec.json.decode(path.read_bytes(), type=Tree)
        wrong = next((name for name in tree.names if not is_version_name(name)), None)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInput(_wrong_list(path, str(error))) from error
    if wrong is not None:
        raise BadInput(_wrong_list(path, f"{wrong!r} in the place of the name of a version"))
    return tree


def _wrong_list(path: Path, got: str) -> Problem:
    return Problem(
        where=str(path),
        what="is not the list of versions that benchfolio publish writes; nothing was changed",
        expected='an object with "format": "benchfolio-versions-1"',
        got=got,
        remedy="take it from an earlier state of the folder, or publish into a new one",
    )


def versions_beside(folder: Path) -> tuple[Version, ...]:
    """Return the versions of a site in the folders of a folder, newest first.

    A folder is one when it has an ``index.html`` and the list of its pages, or is in the list of
    ``benchfolio publish``.
    """
    tree = read_tree(folder)
    names = {path.parent.name for path in folder.glob(f"*/{PAGES}")}
    if tree is not None:
        names = (names | set(tree.names)) - {LATEST}
    there = [name for name in names if (folder / name / "index.html").is_file()]
    return ordered(there, tree.latest if tree else "")


def tree_files(tree: Tree) -> Mapping[str, bytes]:
    """Return the files beside the versions that list them, by name."""
    return {
        LIST: list_script(tree.versions).encode(),
        PAGE: list_page(tree.versions).encode(),
        STYLE: STYLE_SHEET.encode(),
        TREE: msgspec.json.format(msgspec.json.encode(tree), indent=2) + b"\n",
    }


def list_script(versions: Iterable[Version]) -> str:
    """Return the list of versions as a script that registers itself."""
    text = json.dumps([msgspec.to_builtins(one) for one in versions], ensure_ascii=True)
    return f'benchfolio.data("versions", {text});\n'


def list_items(versions: Iterable[Version]) -> str:
    """Return the list of versions as HTML."""
    items = "".join(
        f'<li><a href="{escape(one.url)}index.html">{escape(one.name)}</a>'
        f"{' (newest)' if one.newest else ''}</li>\n"
        for one in versions
    )
    return f'<ul class="bf-version-list">\n{items}</ul>\n'


def list_page(versions: Iterable[Version]) -> str:
    """Return the list of versions as a page of its own."""
    return bare_page("Versions", list_items(versions))


def bare_page(title: str, body: str, *, head: str = "", root: str = "") -> str:
    """Return a page that needs no theme: no inline style or script, readable on any screen.

    Args:
        title: Plain text: title and heading.
        body: HTML below the heading.
        head: Further HTML of the head, before anything with an address.
        root: Address of the folder of all versions, with a slash at its end.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"{head}<title>{escape(title)}</title>\n"
        f'<link rel="stylesheet" href="{escape(root)}{STYLE}">\n'
        f"<main>\n<h1>{escape(title)}</h1>\n{body}</main>\n</html>\n"
    )
