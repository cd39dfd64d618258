"""Document nodes that carry a view, and how HTML builders write them.

A table of 50,000 cells as docutils nodes takes half a minute, as one node with its view two
seconds; every other format gets plain nodes made from the same view (see ``plain``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from docutils import nodes

from benchfolio.generator.render import Download
from benchfolio.generator.view import Chart, Entry, Fact, Figure, Link, Table

if TYPE_CHECKING:
    from sphinx.builders.html import StandaloneHTMLBuilder
    from sphinx.writers.html5 import HTML5Translator

    from benchfolio.sphinxext.domain import BenchfolioDomain

FORMATS = ("csv", "json", "md")
LABELS = {"csv": "CSV", "json": "JSON", "md": "Markdown"}


class View(nodes.General, nodes.Element):
    """Base of the nodes that carry a view in the attribute ``view``."""


class TableView(View):
    """A table; ``prefix`` is its id on the page, ``stem`` the name of its downloads."""

    @property
    def view(self) -> Table:
        """The table."""
        return cast("Table", self["view"])


class ChartView(View):
    """A chart."""

    @property
    def view(self) -> Chart:
        """The chart."""
        return cast("Chart", self["view"])


class FiguresView(View):
    """Key figures."""

    @property
    def view(self) -> tuple[Figure, ...]:
        """The figures."""
        return cast("tuple[Figure, ...]", self["view"])


class FactsView(View):
    """A list of facts."""

    @property
    def view(self) -> tuple[Fact, ...]:
        """The facts."""
        return cast("tuple[Fact, ...]", self["view"])


class SourcesView(View):
    """The result files that a page was made from."""

    @property
    def view(self) -> tuple[str, ...]:
        """The names of the files."""
        return cast("tuple[str, ...]", self["view"])


class ValueView(View, nodes.Inline):
    """One value in running text."""

    @property
    def view(self) -> Entry:
        """The value."""
        return cast("Entry", self["view"])


class Folded(nodes.General, nodes.Element):
    """Content behind a summary (the attribute ``summary``) where a format can fold."""


VIEWS: tuple[type[View], ...] = (
    TableView,
    ChartView,
    FiguresView,
    FactsView,
    SourcesView,
    ValueView,
)


def _domain(builder: StandaloneHTMLBuilder) -> BenchfolioDomain:
    return cast("BenchfolioDomain", builder.env.domains["bf"])


def write_html(node: View, builder: StandaloneHTMLBuilder) -> str:
    """Return a view as HTML for the page that is being written."""
    domain = _domain(builder)
    renderer = domain.renderer

    def href(link: Link) -> str:
        return domain.address(link, builder)

    match node:
        case TableView():
            downloads = table_downloads(node, builder)
            quiet = bool(node["quiet"])
            prefix = str(node["prefix"])
            return renderer.table(node.view, href, prefix=prefix, downloads=downloads, quiet=quiet)
        case ChartView():
            return renderer.chart(node.view, href, prefix=str(node["prefix"]))
        case FiguresView():
            return renderer.figures(node.view)
        case FactsView():
            return renderer.facts(node.view, href)
        case SourcesView():
            return renderer.sources(node.view)
        case ValueView():
            return renderer.value(node.view, href)
    raise TypeError(type(node).__name__)


def table_downloads(node: TableView, builder: StandaloneHTMLBuilder) -> tuple[Download, ...]:
    """Return the downloads of a table, addressed from the page that is being written."""
    if not node["stem"] or builder.name not in DOWNLOADING:
        return ()
    return tuple(
        Download(
            label=LABELS[suffix],
            address=_domain(builder).file_address(download_path(node["stem"], suffix), builder),
        )
        for suffix in FORMATS
    )


DOWNLOADING = frozenset({"html", "dirhtml", "singlehtml"})
"""Builders whose output has room for files beside the pages."""


def download_path(stem: str, suffix: str) -> str:
    """Return the place of a download within the output, with slashes."""
    return f"_downloads/benchfolio/{stem}.{suffix}"


def visit_view(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a view with its template."""
    translator.body.append(write_html(cast("View", node), translator.builder))
    raise nodes.SkipNode


def visit_folded(translator: HTML5Translator, node: nodes.Element) -> None:
    """Open a folded part."""
    summary = translator.encode(str(node["summary"]))
    translator.body.append(f'<details class="bf-folded"><summary>{summary}</summary>\n')


def depart_folded(translator: HTML5Translator, _node: nodes.Element) -> None:
    """Close a folded part."""
    translator.body.append("</details>\n")


def pass_through(_translator: nodes.NodeVisitor, _node: nodes.Element) -> None:
    """Write only what is inside: this format cannot fold."""
