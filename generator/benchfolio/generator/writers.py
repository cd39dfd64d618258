"""Tables in other languages: CSV, JSON and Markdown, each escaped for what it is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import msgspec

from benchfolio.generator.formatting import clean
from benchfolio.generator.view import Column, Entry, Link, Table

_MARKDOWN = str.maketrans(
    {**{sign: f"\\{sign}" for sign in "\\`*_[]|~$@"}, "&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠−")


def to_csv(table: Table) -> str:
    """Write a table as CSV (RFC 4180, one header line, CRLF).

    Numbers are unformatted, with intervals, and units that vary, in columns of their own;
    states stand in the place of missing numbers. Transcribed numbers keep the zeros that they
    are printed with. Text that a spreadsheet would take for a formula gets an apostrophe.
    """
    out = io.StringIO(newline="")
    write = csv.writer(out, lineterminator="\r\n")
    value = _csv_printed if table.mark else _csv_value
    header: list[str] = []
    columns: list[list[str]] = []
    for index, column in enumerate(table.columns):
        title = flat_title(column)
        entries = [row.entries[index] for row in table.rows]
        names = extras_of(table, index)
        header += [_safe(title), *(_safe(f"{title} {name}") for name in names)]
        columns += [[*map(value, entries)], *(_csv_extra(entries, name) for name in names)]
    write.writerow(header)
    write.writerows(zip(*columns, strict=True))
    return out.getvalue()


def to_json(table: Table) -> str:
    """Write a table as JSON: values, intervals, units, states and formulas.

    Rows hold one object per column, by the column's id. ``text`` is always there; ``value``,
    ``low``, ``high``, ``unit`` (where the column has none), ``state`` (unless ``ok``), ``detail``
    (what stands beside the text and is no interval), ``mark`` (a warning), ``note`` and ``link``
    are where there are any; so is ``verify`` of a row, the lines that measure it again.
    """
    return json_bytes(table).decode()


def json_bytes(table: Table) -> bytes:
    """Write a table as JSON, encoded: the largest of its files."""
    ids = [column.id for column in table.columns]
    document = {
        "id": table.id,
        "title": table.title,
        "description": table.description,
        **({"mark": table.mark} if table.mark else {}),
        "columns": [_json_column(column) for column in table.columns],
        "rows": [
            {
                "anchor": row.anchor,
                **({"verify": list(row.verify)} if row.verify else {}),
                "cells": dict(zip(ids, map(_json_entry, row.entries), strict=True)),
            }
            for row in table.rows
        ],
        "notes": list(table.notes),
        "sources": list(table.sources),
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def to_markdown(table: Table) -> str:
    """Write a table as a GitHub-flavoured Markdown pipe table with its title and notes."""
    heads = [_markdown(flat_title(column)) for column in table.columns]
    rules = ["---:" if column.numeric else "---" for column in table.columns]
    lines = [
        f"**{_markdown(table.title)}**",
        "",
        *([_paragraph(table.description), ""] if table.description else []),
        *([_paragraph(table.mark), ""] if table.mark else []),
        f"| {' | '.join(heads)} |",
        f"| {' | '.join(rules)} |",
        *(f"| {' | '.join(map(_markdown_entry, row.entries))} |" for row in table.rows),
    ]
    if table.notes:
        lines += ["", *(f"- {_paragraph(note)}" for note in table.notes)]
    return "\n".join(lines) + "\n"


WRITERS: Mapping[str, Callable[[Table], str]] = MappingProxyType(
    {"csv": to_csv, "json": to_json, "md": to_markdown}
)
"""Writers by file suffix."""


def flat_title(column: Column) -> str:
    """Flatten a two-level header."""
    title = ": ".join(part for part in (column.group, column.label) if part)
    if column.formula:
        title += f" = {column.formula}"
    return clean(f"{title} ({column.unit})" if column.unit else title)


def extras_of(table: Table, index: int) -> list[str]:
    """Return what else a column needs to be told: unit, low, high, mark."""
    entries = [row.entries[index] for row in table.rows]
    unit = ["unit"] if any(entry.unit for entry in entries) else []
    ends = ["low", "high"] if any(entry.low is not None for entry in entries) else []
    return unit + ends + (["mark"] if any(entry.mark for entry in entries) else [])


def _csv_extra(entries: Sequence[Entry], name: str) -> list[str]:
    found = map(attrgetter(name), entries)
    return [*map(_plain if name in ("low", "high") else _safe, found)]


def _plain(number: float | None) -> str:
    if number is None:
        return ""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _csv_value(entry: Entry) -> str:
    """Return a number as it is, and anything else as safe text."""
    if isinstance(entry.raw, (int, float)):
        return _plain(float(entry.raw))
    return _safe(f"{entry.text} ({entry.detail})" if entry.detail else entry.text)


def _csv_printed(entry: Entry) -> str:
    """Return a number with the zeros that end its text, so that 86.50 % stays 86.50."""
    shown = _csv_value(entry)
    decimals = re.match(r"[+−-]?\d+\.(\d+)", entry.text)
    if not isinstance(entry.raw, float) or decimals is None:
        return shown
    exact = f"{entry.raw:.{len(decimals[1])}f}"
    return exact if len(exact) > len(shown) and float(exact) == entry.raw else shown


def _safe(text: str) -> str:
    """Keep spreadsheets from running text (OWASP, CSV injection)."""
    shown = clean(text)
    return f"'{shown}" if shown.lstrip()[:1] in _FORMULA_STARTS else shown


def _json_column(column: Column) -> dict[str, Any]:
    found = msgspec.to_builtins(column)
    return {name: value for name, value in found.items() if value not in ("", False)}


class _Cell(msgspec.Struct, omit_defaults=True):
    """A cell of the JSON of a table; what is nothing is left out."""

    text: str
    value: float | str | None = None
    low: float | None = None
    high: float | None = None
    unit: str | None = None
    state: str | None = None
    detail: str | None = None
    mark: str | None = None
    note: str | None = None
    link: str | None = None


def _json_entry(entry: Entry) -> _Cell:
    return _Cell(
        clean(entry.text),
        clean(entry.raw) if isinstance(entry.raw, str) else entry.raw,
        entry.low,
        entry.high,
        entry.unit or None,
        None if entry.state == "ok" else entry.state,
        (clean(entry.detail) or None) if entry.low is None or entry.worded else None,
        entry.mark or None,
        clean(entry.tip) or None,
        _json_link(entry.link),
    )


def _json_link(link: Link | None) -> str | None:
    if link is None:
        return None
    return link.target if link.kind == "url" else f"{link.kind}/{link.target}"


def _markdown_entry(entry: Entry) -> str:
    text = _markdown(entry.text)
    beside = "; ".join(filter(None, (entry.detail, entry.mark)))
    return f"{text} ({_markdown(beside)})" if beside else text


def _markdown(text: str) -> str:
    """Escape what Markdown, its tables and its HTML give a meaning to, wherever it stands."""
    return clean(text).translate(_MARKDOWN)


def _paragraph(text: str) -> str:
    """Escape also what has a meaning at the start of a line: headings, lists, rules."""
    return re.sub(r"^(\s*[0-9]*)([#+=.)-])", r"\1\\\2", _markdown(text))
