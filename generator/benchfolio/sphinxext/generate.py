"""Generated pages: tiny sources that name a page, written when they differ, removed when stale.

No text of a result file ever goes through RST: a source holds a directive, safe ids, and a toctree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchfolio.generator.view import Page
from benchfolio.results import BadInput, Problem
from benchfolio.sphinxext.views import Face

FOLDERS: Mapping[str, str] = {
    "table": "tables",
    "model": "models",
    "platform": "platforms",
    "dataset": "datasets",
    "runtime": "runtimes",
    "release": "releases",
}
"""Kind of page → its folder, in the order of the navigation; other kinds follow by name."""

OVERVIEW = "overview"
"""The page that stands at the top."""

GROUP_SIZE = 40
"""A flat toctree of 1,000 pages costs five times a nested one."""

IGNORE = "# Written by benchfolio on every build.\n*\n"


def folder_of(kind: str) -> str:
    """Return the folder of a kind of page."""
    return FOLDERS.get(kind, f"{kind}s")


def page_name(kind: str, page_id: str) -> str:
    """Return the place of a page below the generated folder; the overview stands at its top."""
    if kind == "page":
        return "index" if page_id == OVERVIEW else page_id
    return f"{folder_of(kind)}/{page_id}"


def page_sources(pages: Sequence[Page | Face]) -> dict[str, str]:
    """Return file name → content for all generated pages, the lists among them, nested."""
    by_kind: dict[str, list[Page | Face]] = {}
    for page in pages:
        by_kind.setdefault(page.kind, []).append(page)
    kinds = sorted(set(by_kind) - {"page"}, key=_place)
    lists = [folder_of(kind) for kind in kinds]
    sources = {".gitignore": IGNORE}
    others = [page.id for page in by_kind.get("page", ()) if page.id != OVERVIEW]
    for page in by_kind.get("page", ()):
        children = [*lists, *others] if page.id == OVERVIEW else []
        sources[f"{page_name('page', page.id)}.rst"] = _source("page", page.id, children)
    for kind in kinds:
        sources |= _kind_sources(kind, by_kind[kind])
    return sources


def _place(kind: str) -> tuple[int, str]:
    order = list(FOLDERS)
    return (order.index(kind) if kind in order else len(order), kind)


def _kind_sources(kind: str, pages: Sequence[Page | Face]) -> dict[str, str]:
    folder = folder_of(kind)
    names = [page_name(kind, page.id) for page in pages]
    sources = {
        f"{name}.rst": _source(kind, page.id) for name, page in zip(names, pages, strict=True)
    }
    if len(pages) <= GROUP_SIZE:
        sources[f"{folder}.rst"] = _source("list", kind, names)
        return sources
    parts = [names[start : start + GROUP_SIZE] for start in range(0, len(names), GROUP_SIZE)]
    part_names = [f"{folder}-{number}" for number in range(1, len(parts) + 1)]
    for number, (name, part) in enumerate(zip(part_names, parts, strict=True), start=1):
        sources[f"{name}.rst"] = _source("list", f"{kind} {number}", part)
    sources[f"{folder}.rst"] = _source("list", kind, part_names)
    return sources


def _source(kind: str, page_id: str, children: Sequence[str] = ()) -> str:
    text = f".. benchfolio-page:: {kind} {page_id}\n"
    if not children:
        return text
    lines = "".join(f"      {child}\n" for child in children)
    return f"{text}\n   .. toctree::\n      :hidden:\n\n{lines}"


def write_sources(folder: Path, sources: Mapping[str, str]) -> bool:
    """Make a folder hold exactly these files; return whether anything had to change.

    Raises:
        BadInput: The folder holds pages that were not generated; they are left alone.
    """
    _refuse_foreign(folder)
    changed = False
    for name, text in sources.items():
        path = folder / name
        if not _holds(path, text):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed = True
    for path in sorted(folder.rglob("*"), reverse=True):
        relative = path.relative_to(folder).as_posix()
        if path.is_dir():
            changed |= _remove_if_empty(path)
        elif path.suffix == ".rst" and relative not in sources:
            path.unlink()
            changed = True
    return changed


def _refuse_foreign(folder: Path) -> None:
    """Stop before a folder of somebody's own pages is taken for the generated one."""
    if _holds(folder / ".gitignore", IGNORE) or not any(folder.rglob("*.rst")):
        return
    raise BadInput(
        Problem(
            where=str(folder.name),
            what="this folder holds pages that benchfolio did not write",
            expected="a folder for generated pages alone, which is emptied of all others",
            got=", ".join(sorted(path.name for path in folder.rglob("*.rst"))[:5]),
            remedy="move them, or name another folder in benchfolio_folder",
        )
    )


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False


def _remove_if_empty(path: Path) -> bool:
    if any(path.iterdir()):
        return False
    path.rmdir()
    return True
