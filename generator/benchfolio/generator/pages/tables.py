"""The page of a table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import Definition
from benchfolio.generator.figures import drop_by_task_chart, gain_chart
from benchfolio.generator.tables import build
from benchfolio.generator.view import Chart, Page, Section, Table

MOST_DRAWN = 400
"""Rows of a table beyond which no chart of them all stands below it: nobody could read it."""

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "measured": "Measured",
        "any": "Summaries, measured and transcribed apart",
        "transcribed": "Transcribed from publications",
    }
)
"""Headings under which tables are listed, by origin."""


def table_page(collection: Collection, definition: Definition) -> Page | None:
    """Return the page of a table; of special figures only where there are any."""
    table = build(definition, collection)
    if not table.rows and (definition.only_filled or definition.origin == "transcribed"):
        return None
    drawn = _chart_of(table, collection)
    sections = [Section(id="table", title="", table=table)]
    if drawn is not None:
        sections.append(Section(id="chart", title="Chart", chart=drawn))
    return Page(
        kind="table",
        id=definition.id,
        title=table.title,
        sentence=table.description,
        sections=tuple(sections),
        group=GROUPS[definition.origin],
    )


def _chart_of(table: Table, collection: Collection) -> Chart | None:
    """Return the chart that stands below a table on its page, of those that have one."""
    if table.id == "precision-comparison" and len(table.rows) <= MOST_DRAWN:
        return gain_chart(table)
    return drop_by_task_chart(collection, {}) if table.id == "accuracy-drop" else None
