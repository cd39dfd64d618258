"""Parts that pages share: tables, charts, lists of facts; what is empty is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import Definition
from benchfolio.generator.entries import outside
from benchfolio.generator.figures import common_limit, tradeoff_chart
from benchfolio.generator.formatting import clean, number
from benchfolio.generator.quality import Where
from benchfolio.generator.scenarios import LOADGEN
from benchfolio.generator.tables import build, shows_nothing
from benchfolio.generator.view import Chart, Fact, Section, Table

Definitions = Mapping[str, Definition]

MOST_ROWS = 200
"""Rows of a table of which a reader wants the first ones: more are counted."""

PORTABILITY = "published-portability"
PUBLISHED = (
    ("published-quantisation", "Quantised, as published"),
    ("published-accuracy-drop", "Quality lost, as published"),
    (PORTABILITY, "One file on several machines, as published"),
    ("published-pruning", "Pruned, as published"),
    ("published-distillation", "Distilled, as published"),
)
"""Tables of transcribed figures, with their headings on pages of other things."""


def published(
    collection: Collection,
    definitions: Definitions,
    where: Where,
    machines: Where | None = None,
) -> tuple[Section, ...]:
    """Return the sections with transcribed figures.

    Args:
        collection: The results.
        definitions: Table definitions.
        where: What the page is about.
        machines: What is compared across machines, where ``where`` would leave but one of them.
    """
    other = {PORTABILITY: where if machines is None else machines}
    return tuple(
        table(id_, title, collection, definitions, other.get(id_, where))
        for id_, title in PUBLISHED
    )


def table(
    id_: str, title: str, collection: Collection, definitions: Definitions, where: Where
) -> Section:
    """Return a section with a table; without rows, or without its definition, it is left out."""
    definition = definitions.get(id_)
    if definition is None or shows_nothing(definition, collection, where):
        return Section(id=id_, title=title)
    return Section(id=id_, title=title, table=build(definition, collection, where))


def loadgen(collection: Collection, definitions: Definitions, where: Where) -> Section:
    """Return the section of what MLPerf LoadGen measured; empty where it measured nothing."""
    title = "By the rules of MLPerf"
    if set(LOADGEN).isdisjoint(collection.texts("scenario")):
        return Section(id="loadgen", title=title)
    return table("loadgen", title, collection, definitions, where)


def comparison(collection: Collection, definitions: Definitions, where: Where) -> Table | None:
    """Return the table that sentence, figures and charts of a page rest on."""
    definition = definitions.get("precision-comparison")
    return build(definition, collection, where) if definition else None


def tradeoff(collection: Collection, compared: Table | None, where: Where) -> Chart | None:
    """Return the chart of quality against speed."""
    return tradeoff_chart(compared, common_limit(collection, where)) if compared else None


def drawn(id_: str, title: str, chart: Chart | None) -> Section:
    """Return a section with a chart; one without a single value is left out."""
    bars = [bar for group in chart.groups for bar in group.bars] if chart else []
    shows = any(bar.value is not None for bar in bars) or bool(chart and chart.points)
    return Section(id=id_, title=title, chart=chart if shows else None)


def shown(*sections: Section) -> tuple[Section, ...]:
    """Leave out what is empty."""
    return tuple(
        section
        for section in sections
        if section.text or section.facts or section.chart or (section.table and section.table.rows)
    )


def more_rows(count: int) -> str:
    """Say how many rows a table that was cut would have."""
    return f"The first {number(MOST_ROWS, 0)} of {number(count, 0)}, the largest first."


def facts(*pairs: tuple[str, str | None]) -> tuple[Fact, ...]:
    """Return what is known as facts; a pair without a text is left out."""
    return tuple(
        Fact(label=label, text=clean(text), link=outside(text) if label == "link" else None)
        for label, text in pairs
        if text
    )


def sources(collection: Collection, cells: Sequence[int]) -> tuple[str, ...]:
    """Name the result files that cells come from."""
    files = sorted(set(collection.column("file", cells)))
    return tuple(collection.catalogue.files[position].name for position in files)


def switch(name: str, on: bool | None) -> str:
    """Write a setting as ``turbo on``; empty when it is not known."""
    return "" if on is None else f"{name} {'on' if on else 'off'}".strip()
