"""View models of whole pages: each opens with its answer.

``planning.Plan`` says which pages there are and what each follows from; a page is made when
somebody wants to see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import load_definitions
from benchfolio.generator.pages.keys import Content
from benchfolio.generator.pages.overview import overview
from benchfolio.generator.pages.parts import Definitions
from benchfolio.generator.pages.planned import Planned, Recall, find_now
from benchfolio.generator.pages.planning import Plan
from benchfolio.generator.pages.platform import system_summary
from benchfolio.generator.view import Page

__all__ = [
    "Content",
    "Plan",
    "Planned",
    "Recall",
    "find_now",
    "overview",
    "pages",
    "system_summary",
    "table_pages",
]


def pages(
    collection: Collection,
    definitions: Definitions | None = None,
    templates: Sequence[Path] = (),
) -> tuple[Page, ...]:
    """Return a page for everything that is described, and what changed in the newest release.

    That is every model, machine, data set, runtime and release.

    Args:
        collection: The results.
        definitions: Table definitions; the packaged ones when left out.
        templates: Folders of a project's own templates.
    """
    known = load_definitions() if definitions is None else definitions
    planned = Plan(collection, known, templates).described()
    return tuple(page for one in planned if (page := one.make()))


def table_pages(collection: Collection, definitions: Definitions) -> tuple[Page, ...]:
    """Return a page for every table; those of special figures only where there are any."""
    planned = Plan(collection, definitions).tables()
    return tuple(page for one in planned if (page := one.make()))
