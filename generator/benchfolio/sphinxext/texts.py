"""What a view says in words: for translators, and for Sphinx's search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from benchfolio.generator.view import Chart, Column, Fact, Figure, Table

Said = TypeVar("Said")

TRANSLATED: tuple[tuple[type[msgspec.Struct], tuple[str, ...]], ...] = (
    (Table, ("title", "description", "mark")),
    (Column, ("group", "label")),
    (Chart, ("title", "description", "x_label", "y_label", "reference_label", "limit_label")),
    (Figure, ("label",)),
    (Fact, ("label",)),
)
"""Type → the fields in which we speak; all others are names and figures."""


def messages(view: object) -> list[str]:
    """Return the texts of a view that can be translated, each once."""
    return [text for text in dict.fromkeys(_messages(view)) if any(map(str.isalpha, text))]


def _messages(view: object) -> Iterator[str]:
    if isinstance(view, tuple):
        for one in view:
            yield from _messages(one)
        return
    for kind, fields in TRANSLATED:
        if isinstance(view, kind):
            yield from (getattr(view, name) for name in fields)
    if isinstance(view, Table):
        yield from _messages(view.columns)
        yield from view.notes


def translated(view: Said, original: str, translation: str) -> Said:
    """Return a view in which a text is replaced wherever we say it."""
    if isinstance(view, tuple):
        return type(view)(translated(one, original, translation) for one in view)
    for kind, fields in TRANSLATED:
        if isinstance(view, kind):
            found = {name: translation for name in fields if getattr(view, name) == original}
            view = msgspec.structs.replace(view, **found)
    if isinstance(view, Table):
        notes = tuple(translation if note == original else note for note in view.notes)
        columns = translated(view.columns, original, translation)
        view = msgspec.structs.replace(view, notes=notes, columns=columns)
    return view


def words(view: object) -> str:
    """Return what a reader may search a view by: titles, and the names of rows, each once."""
    match view:
        case Table():
            said = [view.title, view.description, *_row_names(view)]
        case Chart():
            said = [view.title, view.description, *_chart_names(view)]
        case _:
            return ""
    return " · ".join(dict.fromkeys(text for text in said if text))


def _row_names(table: Table) -> Iterator[str]:
    places = [place for place, column in enumerate(table.columns) if column.heading]
    for row in table.rows:
        yield from (row.entries[place].text for place in places)


def _chart_names(chart: Chart) -> Iterator[str]:
    for group in chart.groups:
        yield group.label
        yield from (bar.label for bar in group.bars)
    yield from (point.label for point in chart.points)
