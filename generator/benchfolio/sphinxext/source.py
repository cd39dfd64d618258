"""Views of merged results, as the extension asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchfolio.generator import figures, tables, values
from benchfolio.generator.definitions import CELL_FIELDS
from benchfolio.generator.entries import field_label
from benchfolio.generator.explore import Explored, explore
from benchfolio.generator.formatting import clean, listing, natural
from benchfolio.generator.pages import Content, Plan, Planned, Recall
from benchfolio.generator.publish import Before, Document, Site, badge_part, plan
from benchfolio.generator.view import Chart, Entry, Page, Section, Table
from benchfolio.results import Problem, WrongUsage
from benchfolio.sphinxext.views import Where

if TYPE_CHECKING:
    from benchfolio.generator.collection import Collection
    from benchfolio.generator.definitions import Definition
    from benchfolio.generator.render import Renderer


class ResultSource:
    """The results of one project.

    Attributes:
        state: Hash of everything that views follow from.
    """

    def __init__(
        self,
        collection: Collection,
        definitions: Mapping[str, Definition],
        templates: Sequence[Path] = (),
        findings: Page | None = None,
        content: Content | None = None,
        state: str = "",
    ) -> None:
        self._collection = collection
        self._definitions = definitions
        self._templates = templates
        self._findings = findings
        self._content = content
        self.state = state

    def table(self, table_id: str, where: Where) -> Table:
        """Return a table.

        Raises:
            WrongUsage: There is no such table or field, or nothing has a value that is wanted.
        """
        definition = self._definitions.get(table_id)
        if definition is None:
            raise WrongUsage(
                Problem(
                    where="",
                    what=f"there is no table {table_id!r}",
                    expected=f"one of {', '.join(self._definitions)}",
                    remedy="correct the id, or define the table",
                )
            )
        if definition.about != "results":
            return tables.build(definition, self._collection, where)
        self._check(where)
        table = tables.build(definition, self._collection, where)
        return msgspec.structs.replace(table, notes=(*self._pinned(table, where), *table.notes))

    def chart(self, chart_id: str, where: Where) -> Chart:
        """Return a chart.

        Raises:
            WrongUsage: There is no such chart or field, or nothing has a value that is wanted.
        """
        self._check(where)
        return figures.chart(chart_id, self._collection, self._definitions, where)

    def _check(self, where: Where) -> None:
        """Refuse conditions that cannot hold: a misspelt one would show nothing, and not why."""
        for name, wanted in where.items():
            if name not in CELL_FIELDS:
                raise _no_condition(
                    f"there is no field {name!r}", f"one of {', '.join(CELL_FIELDS)}"
                )
            for text in wanted:
                if not self._collection.select({name: [text]}, releases="all"):
                    there = {str(each) for each in self._collection.column(name, self._all)} - {""}
                    known = listing([clean(each) for each in sorted(there, key=natural)], most=8)
                    raise _no_condition(f"{name} {text!r} is not there", f"one of {known}")

    @cached_property
    def _all(self) -> list[int]:
        return self._collection.select(releases="all")

    def _pinned(self, table: Table, where: Where) -> list[str]:
        """Say what is one and the same by condition: the table has no column for it."""
        told = [
            f"{name.replace('_', ' ')} {field_label(self._collection, name, wanted[0])}"
            for name, wanted in where.items()
            if len(wanted) == 1
        ]
        return [f"Only {', '.join(told)}."] if told and table.rows else []

    def value(self, selector: str) -> Entry:
        """Return one value.

        Raises:
            WrongUsage: Nothing or more than one value is selected.
        """
        return values.value(self._collection, selector)

    def plan(self, recall: Recall) -> Iterator[Planned]:
        """Yield all pages, in the order in which lists show them."""
        plan = Plan(self._collection, self._definitions, self._templates, self._content, recall)
        return plan.all(self.explored, self._findings)

    def published(self, site: Site, renderer: Renderer, before: Before) -> Iterator[Document]:
        """Yield the files for programs."""
        digests = self._content.digests if self._content else {}
        return plan(self._collection, site, renderer, digests, before)

    def badge(self, model: str, site: Site) -> Section | None:
        """Return the part of a model's page that offers its badge."""
        return badge_part(self._collection, model, site)

    def explored(self) -> Explored:
        """Return what Compare and Chooser work on."""
        return self._explored

    @cached_property
    def _explored(self) -> Explored:
        return explore(self._collection)


def _no_condition(what: str, expected: str) -> WrongUsage:
    return WrongUsage(
        Problem(
            where="option where",
            what=what,
            expected=expected,
            remedy="correct the condition",
        )
    )
