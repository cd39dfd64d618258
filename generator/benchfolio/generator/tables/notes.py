"""What is said below a table: what all of its rows share, and where they are from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchfolio.generator.entries import field_label
from benchfolio.generator.formatting import clean, listing
from benchfolio.generator.tables.headers import label
from benchfolio.generator.tables.layout import Layout
from benchfolio.generator.tables.selection import Selection


def shared_notes(layout: Layout, shown: Sequence[str]) -> list[str]:
    """Say once what all rows share, or that there is none.

    Args:
        layout: The rows.
        shown: Fields that have columns of their own.
    """
    if not layout.rows:
        return ["No results match."]
    same = [*_shared_fields(layout, shown), *_shared_values(layout.selection)]
    return [f"All rows: {'; '.join(same)}."] if same else []


def _shared_fields(layout: Layout, shown: Sequence[str]) -> Iterator[str]:
    collection = layout.selection.collection
    for index, name in enumerate(layout.row_fields):
        values = sorted({row[index] for row in layout.rows})
        if name in shown or not any(values):
            continue
        told = [field_label(collection, name, value) for value in values]
        if len(values) > 1:
            told = [
                f"{field_label(collection, 'runtime', runtime)} on {clean(value)}"
                for runtime, value in layout.by_runtime(name).items()
            ]
        colon = ":" if len(values) > 1 else ""
        yield f"{label(name).lower()}{colon} {listing(told)}"


def _shared_values(selection: Selection) -> Iterator[str]:
    for spec in selection.definition.values:
        if selection.is_told(spec) and any(selection.told(spec)):
            name = spec.field or ""
            told = [field_label(selection.collection, name, text) for text in selection.told(spec)]
            yield f"{(spec.label or label(name)).lower()} {listing(told)}"


def sources(selection: Selection) -> tuple[str, ...]:
    """Return the names of the files that a table is made of."""
    files = sorted(set(selection.collection.column("file", selection.cells)))
    return tuple(selection.collection.catalogue.files[position].name for position in files)
