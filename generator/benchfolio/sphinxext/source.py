"""Views of merged results, as the extension asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchfolio.generator import figures, pages, tables, values
from benchfolio.generator.view import Chart, Entry, Page, Table
from benchfolio.generator.writers import to_csv, to_json, to_markdown
from benchfolio.results import Problem, WrongUsage
from benchfolio.sphinxext.views import Where

if TYPE_CHECKING:
    from benchfolio.generator.collection import Collection
    from benchfolio.generator.definitions import Definition


class ResultSource:
    """The results of one project."""

    def __init__(
        self,
        collection: Collection,
        definitions: Mapping[str, Definition],
        templates: Sequence[Path] = (),
        findings: Page | None = None,
    ) -> None:
        self._collection = collection
        self._definitions = definitions
        self._templates = templates
        self._findings = findings

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
        """Return the overview and findings, then pages of tables, models, platforms, data sets."""
        return (
            pages.overview(self._collection, self._definitions),
            *([self._findings] if self._findings else []),
            *pages.table_pages(self._collection, self._definitions),
            *pages.pages(self._collection, self._definitions, self._templates),
        )


WRITERS: Mapping[str, Callable[[Table], str]] = {
    "csv": to_csv,
    "json": to_json,
    "md": to_markdown,
}


def table_text(table: Table, suffix: str) -> str:
    """Return a table in one of the formats for download."""
    return WRITERS[suffix](table)
