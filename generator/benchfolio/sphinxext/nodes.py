"""Document nodes that carry a view, and how HTML builders write them.

A table of 50,000 cells as docutils nodes takes half a minute, as one node with its view two
seconds; every other format gets plain nodes made from the same view (see ``plain``).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import msgspec
from docutils import nodes
from sphinx import addnodes

from benchfolio.generator.render import Data, Download, is_large
from benchfolio.generator.view import Chart, Entry, Fact, Figure, Link, Table
from benchfolio.sphinxext.texts import messages, translated, words

if TYPE_CHECKING:
    from sphinx.builders.html import StandaloneHTMLBuilder
    from sphinx.writers.html5 import HTML5Translator

    from benchfolio.sphinxext.domain import BenchfolioDomain

FORMATS = ("csv", "json", "md", "xlsx")
FEWER = ("csv", "json")
"""Of the tables of a page about one thing, which come in thousands: scripts make the others."""

LABELS = {"csv": "CSV", "json": "JSON", "md": "Markdown", "xlsx": "XLSX"}


class View(addnodes.translatable, nodes.General, nodes.Element):
    """Base of the nodes that carry a view in the attribute ``view``.

    Sphinx's search sees only text, so ``words`` puts what a reader may look for inside; no writer
    shows it. Translators get what we say in a view, never what comes from measurements.
    """

    kind: ClassVar[Any]
    """Type of the view."""

    def __getstate__(self) -> dict[str, Any]:
        """Return what is kept between builds, the view packed: ten times as fast as pickled."""
        packed = msgspec.msgpack.encode(self["view"])
        return {**self.__dict__, "attributes": {**self.attributes, "view": packed}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what was kept."""
        self.__dict__.update(state)
        packed = state["attributes"]["view"]
        self.attributes["view"] = msgspec.msgpack.decode(packed, type=self.kind)

    def preserve_original_messages(self) -> None:
        """Do nothing: the view stays as it is until a message is translated."""

    def apply_translated_message(self, original_message: str, translated_message: str) -> None:
        """Put a translation in the place of a text."""
        self["view"] = translated(self["view"], original_message, translated_message)

    def extract_original_messages(self) -> list[str]:
        """Return the texts that can be translated."""
        return messages(self["view"])

    def add_words(self) -> Self:
        """Let the search find this view; return it."""
        text = words(self["view"])
        if text:
            self.append(nodes.Text(text))
        return self


class TableView(View):
    """A table; ``prefix`` is its id on the page, ``stem`` the name of its downloads."""

    kind = Table

    @property
    def view(self) -> Table:
        """The table."""
        return cast("Table", self["view"])


class ChartView(View):
    """A chart; ``prefix`` is its id on the page, ``stem`` the name of its download."""

    kind = Chart

    @property
    def view(self) -> Chart:
        """The chart."""
        return cast("Chart", self["view"])


class FiguresView(View):
    """Key figures."""

    kind = tuple[Figure, ...]

    @property
    def view(self) -> tuple[Figure, ...]:
        """The figures."""
        return cast("tuple[Figure, ...]", self["view"])


class FactsView(View):
    """A list of facts."""

    kind = tuple[Fact, ...]

    @property
    def view(self) -> tuple[Fact, ...]:
        """The facts."""
        return cast("tuple[Fact, ...]", self["view"])


class SourcesView(View):
    """The result files that a page was made from."""

    kind = tuple[str, ...]

    @property
    def view(self) -> tuple[str, ...]:
        """The names of the files."""
        return cast("tuple[str, ...]", self["view"])


class ValueView(View, nodes.Inline):
    """One value in running text."""

    kind = Entry

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


def write_html(node: View, builder: StandaloneHTMLBuilder, taken: set[str] | None = None) -> str:
    """Return a view as HTML for the page that is being written.

    Args:
        node: The view.
        builder: Knows the page.
        taken: Anchors of measurements that the page has a place of already; grows.
    """
    domain = _domain(builder)
    renderer = domain.renderer

    @functools.cache  # a table leads to the same few pages again and again
    def href(link: Link) -> str:
        return domain.address(link, builder)

    match node:
        case TableView():
            downloads = table_downloads(node, builder)
            quiet = bool(node["quiet"])
            prefix = str(node["prefix"])
            return renderer.table(
                node.view,
                href,
                prefix=prefix,
                downloads=downloads,
                quiet=quiet,
                data=table_data(node, builder),
                taken=taken,
            )
        case ChartView():
            downloads = chart_downloads(node, builder)
            prefix = str(node["prefix"])
            return renderer.chart(node.view, href, prefix=prefix, downloads=downloads)
        case FiguresView():
            return renderer.figures(node.view)
        case FactsView():
            return renderer.facts(node.view, href)
        case SourcesView():
            return renderer.sources(node.view)
        case ValueView():
            return renderer.value(node.view, href)
    raise TypeError(type(node).__name__)


def formats_of(stem: str) -> tuple[str, ...]:
    """Return the formats in which a table is offered; only those of pages have a folder."""
    return FEWER if "/" in stem else FORMATS


def table_downloads(node: TableView, builder: StandaloneHTMLBuilder) -> tuple[Download, ...]:
    """Return the downloads of a table, addressed from the page that is being written."""
    if not node["stem"] or builder.name not in DOWNLOADING:
        return ()
    return tuple(
        Download(
            label=LABELS[suffix],
            address=_domain(builder).file_address(download_path(node["stem"], suffix), builder),
        )
        for suffix in formats_of(str(node["stem"]))
    )


DRAWING = "svg"
"""Suffix of charts as files."""


def chart_downloads(node: ChartView, builder: StandaloneHTMLBuilder) -> tuple[Download, ...]:
    """Return the download of a chart, addressed from the page that is being written."""
    if not node.get("stem") or builder.name not in DOWNLOADING:
        return ()
    path = download_path(node["stem"], DRAWING)
    return (Download(label="SVG", address=_domain(builder).file_address(path, builder)),)


def table_data(node: TableView, builder: StandaloneHTMLBuilder) -> Data | None:
    """Return where the page that is being written finds all rows of a large table."""
    if not node["stem"] or builder.name not in DOWNLOADING or not is_large(node.view):
        return None
    address = _domain(builder).file_address(download_path(node["stem"], DATA), builder)
    return Data(name=node["stem"], address=address)


DATA = "js"
"""Suffix of the rows of large tables, for scripts."""

DOWNLOADING = frozenset({"html", "dirhtml", "singlehtml"})
"""Builders whose output has room for files beside the pages."""


def download_path(stem: str, suffix: str) -> str:
    """Return the place of a download within the output, with slashes."""
    return f"_downloads/benchfolio/{stem}.{suffix}"


def visit_view(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write a view with its template."""
    # One translator writes one document: what it has given an id to stays with it.
    taken: set[str] = translator.__dict__.setdefault("benchfolio_taken", set())
    translator.body.append(write_html(cast("View", node), translator.builder, taken))
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
