"""Views as plain docutils nodes, for every builder that does not write HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from docutils import nodes

from benchfolio.generator.render import grid
from benchfolio.generator.svg import chart_table
from benchfolio.generator.view import Column, Entry, Figure, Table
from benchfolio.sphinxext.nodes import (
    VIEWS,
    ChartView,
    FactsView,
    FiguresView,
    SourcesView,
    TableView,
    ValueView,
    View,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config


def replace_views(app: Sphinx, doctree: nodes.document, _docname: str) -> None:
    """Replace the views of a document where the builder does not write HTML."""
    if app.builder.format == "html" or app.builder.name == "gettext":
        return  # gettext asks the views themselves for what can be translated
    for kind in VIEWS:
        for node in list(doctree.findall(kind)):
            node.replace_self(plain(node, app.config))


def plain(node: View, config: Config) -> list[nodes.Node]:
    """Return a view as docutils nodes."""
    match node:
        case TableView():
            return plain_table(node.view, config.benchfolio_plain_rows)
        case ChartView():
            return plain_table(chart_table(node.view), config.benchfolio_plain_rows)
        case FiguresView():
            return [_fields((f.label, _figure_text(f), False) for f in node.view)]
        case FactsView():
            return [_fields((f.label, f.text, f.code) for f in node.view)]
        case SourcesView():
            return [_sources(node.view)]
        case ValueView():
            return [nodes.inline(node.view.text, node.view.text)]
    raise TypeError(type(node).__name__)


def plain_table(table: Table, most_rows: int) -> list[nodes.Node]:
    """Return a table with its reasons and notes; only its first rows when it is large."""
    shown = table.rows[:most_rows]
    arranged = grid(table, table.id)
    result = nodes.table(classes=["benchfolio", "longtable"])
    result += nodes.title(table.title, table.title)
    group = nodes.tgroup(cols=len(table.columns))
    result += group
    for column in table.columns:
        group += nodes.colspec(colwidth=_width(column, table))
    group += _head(table.columns)
    body = nodes.tbody()
    group += body
    for line in arranged.lines[: len(shown)]:
        row = nodes.row()
        for cell in line.cells:
            row += _cell(_entry_text(cell.entry, cell.note))
        body += row
    if not shown:
        return [nodes.paragraph("", f"{table.title}: no result belongs in this table.")]
    parts: list[nodes.Node] = [result]
    if table.mark:
        parts.insert(0, nodes.paragraph(table.mark, table.mark))
    if len(shown) < len(table.rows):
        left = f"The first {len(shown)} of {len(table.rows)} rows; the web pages show all."
        parts.append(nodes.paragraph(left, left))
    reasons = [" ".join(f"[{r.number}] {r.state} {r.text}".split()) for r in arranged.reasons]
    remarks = [*reasons, *table.notes]
    if remarks:
        parts.append(_bullets(remarks))
    return parts


def _width(column: Column, table: Table) -> int:
    index = table.columns.index(column)
    cells = (len(row.entries[index].text) for row in table.rows)
    return min(30, max([len(column.label), len(column.unit), *cells]) + 2)


def _head(columns: Sequence[Column]) -> nodes.thead:
    """Return one header row: not every format can span cells, so groups are named in each."""
    row = nodes.row()
    for column in columns:
        parts = [column.group, column.label, column.unit, column.formula]
        row += _cell("\n".join(part for part in parts if part))
    return nodes.thead("", row)


def _cell(text: str) -> nodes.entry:
    cell = nodes.entry()
    for line in text.split("\n"):
        if line:
            cell += nodes.paragraph(line, line)
    return cell


def _entry_text(entry: Entry, note: int) -> str:
    text = " ".join(entry.text.split())
    if note:
        text += f" [{note}]"
    return f"{text}\n({entry.detail})" if entry.detail else text


def _figure_text(figure: Figure) -> str:
    return " ".join(part for part in (figure.value, figure.unit, figure.detail) if part)


def _fields(pairs: Iterable[tuple[str, str, bool]]) -> nodes.field_list:
    fields = nodes.field_list()
    for label, text, code in pairs:
        inner = nodes.literal(text, text) if code else nodes.Text(text)
        body = nodes.field_body("", nodes.paragraph("", "", inner))
        fields += nodes.field("", nodes.field_name(label, label), body)
    return fields


def _sources(sources: Iterable[str]) -> nodes.paragraph:
    return nodes.paragraph("", "From " + ", ".join(sources))


def _bullets(texts: Iterable[str]) -> nodes.bullet_list:
    items = [nodes.list_item("", nodes.paragraph(text, text)) for text in texts]
    return nodes.bullet_list("", *items)
