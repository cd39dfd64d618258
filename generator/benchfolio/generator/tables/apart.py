"""The column that names who stands apart, and how often each does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from benchfolio.generator.apart import (
    APART,
    NOBODY,
    NOT_STATED_ISA,
    SEPARATOR,
    UNSTATED,
    Place,
    apart_entry,
)
from benchfolio.generator.formatting import listing
from benchfolio.generator.tables.headers import Headers
from benchfolio.generator.tables.layout import Layout
from benchfolio.generator.tables.selection import Key
from benchfolio.generator.view import Column, Entry

Group = list[tuple[Column, list[Entry]]]
"""Columns under one upper header, each with its entries row by row."""


def apart_column(
    layout: Layout, headers: Headers, groups: Sequence[tuple[Key, Group]], limit: float
) -> tuple[Column, list[Entry]]:
    """Return the column that names what differs from the others by more than a limit.

    Args:
        layout: The rows.
        headers: Labels of the upper header.
        groups: The columns under each key of the upper header; the first of each is compared.
        limit: A ratio.
    """
    named = [dict(zip(layout.column_fields, key, strict=True)) for key, _ in groups]
    places = [
        Place(
            label=" · ".join(headers.group_labels(key)),
            platform=layout.selection.collection.platforms.get(names.get("platform", "")),
        )
        for names, (key, _) in zip(named, groups, strict=True)
    ]
    first = groups[0][1][0][0]
    entries = [
        apart_entry(places, [found[0][1][row] for _, found in groups], limit, first)
        for row in range(len(layout.rows))
    ]
    return Column(id=APART, label=f"Stands apart by more than {limit:g}"), entries


def apart_notes(columns: Sequence[Column], entries: Sequence[Sequence[Entry]]) -> list[str]:
    """Say how often each place stands apart."""
    if not columns or columns[-1].id != APART:
        return []
    named = Counter(
        name for row in entries for name in str(row[-1].raw or "").split(SEPARATOR) if name
    )
    named.pop(NOBODY, None)
    told = [f"{name} in {count}" for name, count in named.most_common()]
    unknown = sorted({row[-1].raw for row in entries if row[-1].tip == NOT_STATED_ISA}, key=str)
    return [
        f"Stands apart, of {len(entries)} rows: {listing(told)}."
        if told
        else "No machine stands apart.",
        *([f"{UNSTATED}: {listing([str(name) for name in unknown])}."] if unknown else []),
    ]
