"""View models of whole pages: each opens with its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchfolio.generator.changes import Compared, all_changes
from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import load_definitions
from benchfolio.generator.figures import drop_by_task_chart, gain_chart
from benchfolio.generator.formatting import natural
from benchfolio.generator.pages.changes import changes_page
from benchfolio.generator.pages.dataset import dataset_page
from benchfolio.generator.pages.model import group_of, model_page
from benchfolio.generator.pages.overview import overview
from benchfolio.generator.pages.parts import Definitions
from benchfolio.generator.pages.platform import platform_page, system_summary
from benchfolio.generator.pages.release import release_page
from benchfolio.generator.pages.runtime import runtime_page
from benchfolio.generator.tables import build
from benchfolio.generator.view import Chart, Page, Section, Table

__all__ = ["overview", "pages", "system_summary", "table_pages"]

MOST_DRAWN = 400
"""Rows of a table beyond which no chart of them all stands below it: nobody could read it."""


def pages(
    collection: Collection,
    definitions: Definitions | None = None,
    templates: Sequence[Path] = (),
) -> tuple[Page, ...]:
    """Return a page for everything that is described, and what changed in the newest release.

    That is every model, machine, data set, runtime and release. Models are in the order in which
    lists show them: measured ones first, then by publication.

    Args:
        collection: The results.
        definitions: Table definitions; the packaged ones when left out.
        templates: Folders of a project's own templates.
    """
    known = load_definitions() if definitions is None else definitions
    models = sorted(collection.models, key=lambda id_: _place(collection, id_))
    machines = sorted(collection.machines, key=natural)
    platforms = [platform_page(collection, known, id_, templates) for id_ in machines]
    compared = all_changes(collection)
    changed = changes_page(collection, compared)
    return (
        *([changed] if changed else []),
        *(model_page(collection, known, id_) for id_ in models),
        *sorted(platforms, key=lambda page: page.group),
        *(dataset_page(collection, known, id_) for id_ in collection.datasets),
        *_runtime_pages(collection),
        *_release_pages(collection, compared),
    )


def _runtime_pages(collection: Collection) -> list[Page]:
    """Return a page for every runtime, measured ones first."""
    names = sorted(set(collection.texts("runtime")) - {""}, key=natural)
    return sorted((runtime_page(collection, id_) for id_ in names), key=lambda page: page.group)


def _release_pages(collection: Collection, compared: Mapping[str, Compared]) -> list[Page]:
    """Return a page for every release: measured ones first, and of these the newest."""
    found = [release_page(collection, id_, compared) for id_ in reversed(collection.releases)]
    return sorted(found, key=lambda page: page.group)


_GROUPS = {
    "measured": "Measured",
    "any": "Summaries, measured and transcribed apart",
    "transcribed": "Transcribed from publications",
}
"""Headings under which tables are listed, by origin."""


def _place(collection: Collection, model: str) -> tuple[object, ...]:
    group, rank = group_of(collection, model)
    return (rank, group, natural(collection.models[model].name), model)


def _chart_of(table: Table, collection: Collection) -> Chart | None:
    """Return the chart that stands below a table on its page, of those that have one."""
    if table.id == "precision-comparison" and len(table.rows) <= MOST_DRAWN:
        return gain_chart(table)
    return drop_by_task_chart(collection, {}) if table.id == "accuracy-drop" else None


def table_pages(collection: Collection, definitions: Definitions) -> tuple[Page, ...]:
    """Return a page for every table; those of special figures only where there are any."""
    found = []
    for id_, definition in definitions.items():
        table = build(definition, collection)
        if not table.rows and (definition.only_filled or definition.origin == "transcribed"):
            continue
        drawn = _chart_of(table, collection)
        sections = [Section(id="table", title="", table=table)]
        if drawn is not None:
            sections.append(Section(id="chart", title="Chart", chart=drawn))
        found.append(
            Page(
                kind="table",
                id=id_,
                title=table.title,
                sentence=table.description,
                sections=tuple(sections),
                group=_GROUPS[definition.origin],
            )
        )
    return tuple(sorted(found, key=lambda page: list(_GROUPS.values()).index(page.group)))
