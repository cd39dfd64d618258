"""Views of merged results, as the extension asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from benchfolio.generator import figures, pages, tables, values
from benchfolio.generator.view import Chart, Entry, Page, Section, Table
from benchfolio.generator.writers import to_csv, to_json, to_markdown
from benchfolio.results import Problem, WrongUsage
from benchfolio.sphinxext.views import Where

if TYPE_CHECKING:
    from benchfolio.generator.collection import Collection
    from benchfolio.generator.definitions import Definition

CHART_OF = {"precision-comparison": "gain", "accuracy-drop": "drop-by-task"}
"""Table → the chart that stands above it on its page."""


class ResultSource:
    """The results of one project."""

    def __init__(self, collection: Collection, definitions: Mapping[str, Definition]) -> None:
        self._collection = collection
        self._definitions = definitions

    def table(self, table_id: str, where: Where) -> Table:
        """Return a table.

        Raises:
            WrongUsage: There is no such table, or no such field.
        """
        if table_id not in self._definitions:
            raise WrongUsage(
                Problem(
                    where="",
                    what=f"there is no table {table_id!r}",
                    expected=f"one of {', '.join(self._definitions)}",
                    remedy="correct the id, or define the table",
                )
            )
        return tables.build(self._definitions[table_id], self._collection, where)

    def chart(self, chart_id: str, where: Where) -> Chart:
        """Return a chart.

        Raises:
            WrongUsage: There is no such chart.
        """
        return figures.chart(chart_id, self._collection, self._definitions, where)

    def value(self, selector: str) -> Entry:
        """Return one value.

        Raises:
            WrongUsage: Nothing or more than one value is selected.
        """
        return values.value(self._collection, selector)

    def pages(self) -> Sequence[Page]:
        """Return the overview, then pages of tables, models, platforms and data sets."""
        return (
            pages.overview(self._collection, self._definitions),
            *(self._table_page(table_id) for table_id in self._definitions),
            *pages.pages(self._collection, self._definitions),
        )

    def _table_page(self, table_id: str) -> Page:
        table = self.table(table_id, {})
        name = CHART_OF.get(table_id)
        drawn = self.chart(name, {}) if name else None
        chart = () if drawn is None else (Section(id="chart", title="Chart", chart=drawn),)
        return Page(
            kind="table",
            id=table_id,
            title=table.title,
            sentence=table.description,
            sections=(Section(id="table", title="", table=table), *chart),
        )


WRITERS: Mapping[str, Callable[[Table], str]] = {
    "csv": to_csv,
    "json": to_json,
    "md": to_markdown,
}


def table_text(table: Table, suffix: str) -> str:
    """Return a table in one of the formats for download."""
    return WRITERS[suffix](table)
