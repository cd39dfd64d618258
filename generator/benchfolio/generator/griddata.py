"""All rows of a large table as a script that registers them, for the grid that draws them.

Pages are opened from file://, where nothing can be fetched: data come as a script. They are kept
column by column, and a field whose texts come again and again is kept as its distinct texts
(``of``) and each row's place among them (``at``).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import msgspec

from benchfolio.generator.formatting import clean
from benchfolio.generator.render import Href, row_anchor
from benchfolio.generator.view import Entry, Table

Field = Callable[[Entry], Any]

_FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "text": lambda entry: clean(entry.text),
        "detail": lambda entry: clean(entry.detail),
        "state": attrgetter("state"),
        "tone": attrgetter("tone"),
        "mark": attrgetter("mark"),
        "tip": lambda entry: clean(entry.tip),
        "unit": attrgetter("unit"),
        "cell": attrgetter("cell"),
        "file": attrgetter("file"),
        "raw": attrgetter("raw"),
        "low": attrgetter("low"),
        "high": attrgetter("high"),
        "worded": attrgetter("worded"),
    }
)
Packed = list[Any] | dict[str, list[Any]]
"""A field of all rows: its values, or the distinct ones and where each stands."""


def grid_data(table: Table, name: str, href: Href) -> str:
    """Write all rows of a table as a script.

    Args:
        table: The table.
        name: What the data are registered as.
        href: Finds the address of a link, from the place of the script.

    Returns:
        A script of one call, ``benchfolio.data(name, {columns, anchors, fields, verify})``.
    """
    href = functools.cache(href)  # a table leads to the same few pages again and again
    places = range(len(table.columns))
    columns = [[row.entries[place] for row in table.rows] for place in places]
    data: dict[str, Any] = {
        "columns": [_without_defaults(msgspec.to_builtins(column)) for column in table.columns],
        "anchors": [row_anchor(row, place) for place, row in enumerate(table.rows)],
        "fields": [_fields(column, href) for column in columns],
    }
    if any(row.verify for row in table.rows):
        data["verify"] = [list(row.verify) for row in table.rows]
    told, body = msgspec.json.encode(name).decode(), msgspec.json.encode(data).decode()
    return f"benchfolio.data({told}, {body});\n"


def _without_defaults(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if not _is_default(value)}


def _is_default(value: object) -> bool:
    """Tell what a script takes for granted where a field is left out; 0 is not among it."""
    return value is None or value is False or (isinstance(value, str) and value in ("", "ok"))


def _fields(column: Sequence[Entry], href: Href) -> dict[str, Packed]:
    def address(entry: Entry) -> str:
        return href(entry.link) if entry.link else ""

    fields = {**_FIELDS, "href": address}
    found = {name: [field(entry) for entry in column] for name, field in fields.items()}
    # A name is its own key unless it is shown as something else.
    found["raw"] = [
        None if raw == text else raw for raw, text in zip(found["raw"], found["text"], strict=True)
    ]
    return {
        name: packed(values) for name, values in found.items() if not all(map(_is_default, values))
    }


def packed(values: Sequence[Any]) -> Packed:
    """Return values as they are, or as the distinct ones and where each stands."""
    distinct = dict.fromkeys(values)
    if len(distinct) > len(values) // 2:
        return list(values)
    places = {value: place for place, value in enumerate(distinct)}
    return {"of": list(distinct), "at": [places[value] for value in values]}
