"""Directives: tables, charts and generated pages; the same in RST and MyST."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from benchfolio.generator.render import paragraphs, slug
from benchfolio.generator.view import Chart, Page, Section, Table
from benchfolio.sphinxext.domain import BenchfolioDomain, domain_of, page_anchor
from benchfolio.sphinxext.generate import GROUP_SIZE
from benchfolio.sphinxext.nodes import (
    ChartView,
    FactsView,
    FiguresView,
    Folded,
    SourcesView,
    TableView,
    View,
)
from benchfolio.sphinxext.views import Key, Missing, chart_key, parse_where, table_key

if TYPE_CHECKING:
    from benchfolio.sphinxext.views import View as AnyView

logger = logging.getLogger(__name__)

Placed = TypeVar("Placed", bound=View)

Options = dict[str, Callable[[str], Any]]

TABLE_OPTIONS: Options = {
    "where": directives.unchanged_required,
    "columns": directives.unchanged_required,
    "caption": directives.unchanged_required,
    "class": directives.class_option,
}
CHART_OPTIONS: Options = {
    "where": directives.unchanged_required,
    "caption": directives.unchanged_required,
}
PAGE_OPTIONS: Options = {"untitled": directives.flag, "sections": directives.unchanged}


class BenchfolioDirective(SphinxDirective):
    """Base: finds views, and remembers that this document shows them."""

    @property
    def domain(self) -> BenchfolioDomain:
        """Our domain."""
        return domain_of(self.env)

    def resolve(self, key: Key) -> AnyView:
        """Return a view; a missing one is a warning at the directive."""
        view = self.domain.views.resolve(key)
        self.domain.note_use(self.env.docname, key, view)
        if isinstance(view, Missing):
            self.warn(view.text)
        return view

    def warn(self, text: str) -> None:
        """Report what is wrong with this directive."""
        logger.warning("%s: %s", self.name, text, location=self.get_location(), type="benchfolio")

    def where(self) -> dict[str, list[str]]:
        """Return the conditions of the option ``where``."""
        try:
            return parse_where(self.options.get("where", ""))
        except ValueError as error:
            self.warn(f"option where: {error}")
            return {}

    def table_node(self, table: Table, stem: str, *, quiet: bool = False) -> TableView:
        """Return the node of a table; ``stem`` names its downloads."""
        docname = self.env.docname
        if stem:
            self.domain.note_download(docname, stem)
        classes = list(self.options.get("class", []))
        node = TableView(
            view=table, prefix=self._prefix(table.id), stem=stem, quiet=quiet, classes=classes
        )
        return self._placed(node)

    def chart_node(self, chart: Chart, stem: str) -> ChartView:
        """Return the node of a chart; ``stem`` names its download."""
        if stem:
            self.domain.note_download(self.env.docname, stem)
        prefix = self._prefix(f"chart-{chart.id}")
        return self._placed(ChartView(view=chart, prefix=prefix, stem=stem))

    def _placed(self, node: Placed) -> Placed:
        self.set_source_info(node)
        node.add_words()
        return node

    def _prefix(self, name: str) -> str:
        """Return an id that is unique on this page and the same in every build."""
        taken = cast("set[str]", self.env.temp_data.setdefault("benchfolio_prefixes", set()))
        base = slug(name)
        number = 1
        prefix = base
        while prefix in taken:
            number += 1
            prefix = f"{base}-{number}"
        taken.add(prefix)
        return prefix


class TableDirective(BenchfolioDirective):
    """``.. benchfolio-table:: ID``."""

    required_arguments = 1
    option_spec = TABLE_OPTIONS

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        columns = [name.strip() for name in self.options.get("columns", "").split(",")]
        key = table_key(self.arguments[0], self.where(), [name for name in columns if name])
        view = self.resolve(key)
        if not isinstance(view, Table):
            return []
        if "caption" in self.options:
            view = msgspec.structs.replace(view, title=self.options["caption"])
        return [self.table_node(view, table_stem(key))]


def table_stem(key: Key) -> str:
    """Return the name of a table's downloads: its id, and a mark where something was selected."""
    name = slug(key[1])
    if not any(key[2:]):
        return name
    return f"{name}-{hashlib.sha256(repr(key[2:]).encode()).hexdigest()[:8]}"


class ChartDirective(BenchfolioDirective):
    """``.. benchfolio-chart:: ID``."""

    required_arguments = 1
    option_spec = CHART_OPTIONS

    def run(self) -> list[nodes.Node]:
        """Return the chart."""
        key = chart_key(self.arguments[0], self.where())
        view = self.resolve(key)
        if not isinstance(view, Chart):
            return []
        if "caption" in self.options:
            view = msgspec.structs.replace(view, title=self.options["caption"])
        return [self.chart_node(view, f"chart-{table_stem(key)}")]


class PageDirective(BenchfolioDirective):
    """``.. benchfolio-page:: KIND ID``: a whole generated page, or ``list KIND [PART]``.

    With ``sections``, only these parts of it, by id.
    """

    required_arguments = 2
    optional_arguments = 1
    has_content = True
    option_spec = PAGE_OPTIONS

    def run(self) -> list[nodes.Node]:
        """Return the page as a section; with ``untitled``, only what is under its title."""
        page = self.resolve(self._key())
        if not isinstance(page, Page):
            return []
        section = self._section(page.id, page.title)
        section["ids"].insert(0, self._prefix(page_anchor(page.kind, page.id)))
        section["classes"].append("benchfolio-page")
        if page.sentence:
            lead = nodes.paragraph(page.sentence, page.sentence, classes=["bf-lead"])
            lead["support_smartquotes"] = False  # it has names in it
            section += lead
        section += _freshness(page)
        if page.figures:
            section += self._placed(FiguresView(view=page.figures))
        for part in self._wanted(page):
            section += self._part(page, part)
        section += self._badge(page)
        if page.sources:
            section += self._placed(SourcesView(view=page.sources))
        if self.content:
            self.state.nested_parse(self.content, self.content_offset, section)
        if "untitled" in self.options:
            return [child for child in section.children if not isinstance(child, nodes.title)]
        return [section]

    def _badge(self, page: Page) -> list[nodes.Node]:
        """Return the part that offers the badge of a model, where badges are published."""
        badges = self.domain.badges
        if page.kind != "model" or "sections" in self.options or badges is None:
            return []
        key = ("badge", page.id, badges.url, badges.address(self.env.docname))
        view = self.domain.views.resolve(key)
        self.domain.note_use(self.env.docname, key, view)
        return self._part(page, view) if isinstance(view, Section) else []

    def _wanted(self, page: Page) -> list[Section]:
        if "sections" not in self.options:
            return list(page.sections)
        names = [name.strip() for name in self.options["sections"].split(",") if name.strip()]
        known = {part.id: part for part in page.sections}
        unknown = [name for name in names if name not in known and name not in page.empty]
        if unknown:
            there = ", ".join(known)
            self.warn(f"{page.title} has no section {', '.join(unknown)}; it has {there}")
        return [known[name] for name in names if name in known]

    def _key(self) -> Key:
        kind, page_id, *part = self.arguments
        if kind != "list":
            return ("page", kind, page_id)
        return ("list", page_id, *part, *([str(GROUP_SIZE)] if part else []))

    def _section(self, section_id: str, title: str) -> nodes.section:
        text = " ".join(title.split()) or section_id
        section = nodes.section(names=[nodes.fully_normalize_name(section_id)])
        # A name is data: dashes and quotes in it stay as they are.
        section += nodes.title(text, text, support_smartquotes=False)
        section["ids"].append(self._prefix(f"{section_id}"))
        return section

    def _part(self, page: Page, part: Section) -> list[nodes.Node]:
        content = self._content(page, part)
        if not content:
            return []
        if not part.title:
            return content
        section = self._section(part.id, part.title)
        self.set_source_info(section[0])  # so that it can be translated; titles of pages are data
        if part.folded:
            folded = Folded("", *content, summary=_summary(part))
            section += folded
        else:
            section += content
        return [section]

    def _content(self, page: Page, part: Section) -> list[nodes.Node]:
        content: list[nodes.Node] = [nodes.paragraph(text, text) for text in paragraphs(part.text)]
        if part.facts:
            content.append(self._placed(FactsView(view=part.facts)))
        if part.chart is not None:
            content.append(self.chart_node(part.chart, page_stem(page, part.chart)))
        if part.table is not None:
            stem = "" if page.kind == "list" else page_stem(page, part.table)
            quiet = part.table.title in ("", part.title, page.title)
            content.append(self.table_node(part.table, stem, quiet=quiet))
        return content


def _freshness(page: Page) -> list[nodes.paragraph]:
    """Return how fresh a page is, and the note where it is older than the newest release."""
    told = ((page.old, "bf-old"), (page.fresh, "bf-fresh"))
    return [nodes.paragraph(text, text, classes=[name]) for text, name in told if text]


def page_stem(page: Page, shown: Table | Chart) -> str:
    """Return the name of the downloads of a table or chart on a generated page."""
    name = f"chart-{shown.id}" if isinstance(shown, Chart) else shown.id
    if page.kind == "table":
        return slug(name)
    return f"{slug(page.kind)}/{slug(page.id)}-{slug(name)}"


def _summary(part: Section) -> str:
    if part.facts and not part.table:
        return f"Show {len(part.facts)} facts" if len(part.facts) > 1 else "Show one fact"
    if part.table is not None:
        return f"Show {len(part.table.rows)} rows"
    return "Show"


def all_directives() -> Sequence[tuple[str, type[SphinxDirective]]]:
    """Return the directives with their names."""
    return (
        ("benchfolio-table", TableDirective),
        ("benchfolio-chart", ChartDirective),
        ("benchfolio-page", PageDirective),
    )
