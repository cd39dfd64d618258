"""What must be said of figures that benchfolio did not measure: which publication, which day."""

from __future__ import annotations

from collections.abc import Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.facets import TRANSCRIBED
from benchfolio.generator.formatting import clean, listing


def mark(collection: Collection, cells: Sequence[int]) -> str:
    """Return the remark above figures of which some are transcribed; empty when none is."""
    kinds = collection.column("origin", cells)
    taken = [cell for cell, kind in zip(cells, kinds, strict=True) if kind in TRANSCRIBED]
    if not taken:
        return ""
    some = "" if len(taken) == len(cells) else "Some figures are "
    text = f"{some}transcribed from {listing(publications(collection, taken))}"
    return f"{text[0].upper()}{text[1:]}; not measured by benchfolio."


def publications(collection: Collection, cells: Sequence[int]) -> list[str]:
    """Name the publications that cells were transcribed from, with their test dates."""
    days: dict[str, set[str]] = {}
    files = set(collection.column("file", cells))
    for info in (collection.catalogue.files[at] for at in sorted(files)):
        if info.origin.publication is not None:
            publication = info.origin.publication
            days.setdefault(publication.title, set()).add(publication.tested or "")
    return [f"“{clean(title)}”, {_tested(found)}" for title, found in sorted(days.items())]


def _tested(days: set[str]) -> str:
    stated = sorted(clean(day) for day in days if day)
    if not stated:
        return "no test date stated"
    found = f"tested {' and '.join(stated)}"
    return f"{found} or without a date" if "" in days else found
