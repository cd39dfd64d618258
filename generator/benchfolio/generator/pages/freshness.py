"""How fresh the figures of a page are, told without a clock: relative to the newest of them all."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from benchfolio.generator.changes import measured_releases
from benchfolio.generator.collection import Collection
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.view import Fact, Link
from benchfolio.results import release_order


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """How fresh the figures of a page are.

    Attributes:
        text: The newest measurement, and its release.
        note: That the results are older than the newest release; empty when they are not.
    """

    text: str = ""
    note: str = ""


def freshness(collection: Collection, where: Mapping[str, Sequence[str]]) -> Freshness:
    """Return how fresh the measured figures are that match; nothing where none does."""
    cells = collection.select({**where, "origin": MEASURED}, releases="all")
    releases = sorted(set(collection.column("release", cells)), key=release_order)
    if not releases:
        return Freshness()
    own, newest = releases[-1], measured_releases(collection)[-1]
    note = ""
    if own != newest:
        note = f"Newest results here are of release {own}; the newest release is {newest}."
    return Freshness(text=_text(collection, cells, own), note=note)


def newest_release(collection: Collection, where: Mapping[str, Sequence[str]]) -> tuple[Fact, ...]:
    """Return the newest release with figures that match, as the way on to its page."""
    cells = collection.select({**where, "origin": MEASURED}, releases="all")
    releases = sorted(set(collection.column("release", cells)), key=release_order)
    return tuple(
        Fact(label="newest release", text=name, link=Link("release", name))
        for name in releases[-1:]
    )


def _text(collection: Collection, cells: Sequence[int], release: str) -> str:
    day = _newest(collection, cells)
    if not day:
        return f"Newest results: release {release}; no date is stated."
    last = newest_day(collection)
    days = (date.fromisoformat(last) - date.fromisoformat(day)).days
    text = f"Newest measurement: {day}, release {release}"
    if not days:
        return f"{text}."
    unit = "day" if days == 1 else "days"
    return f"{text}; {days} {unit} before the newest measurement of this collection ({last})."


@functools.lru_cache(maxsize=1)  # every page asks, of the same collection
def newest_day(collection: Collection) -> str:
    """Return the newest day of measurement of all results; empty where none is known."""
    return _newest(collection, collection.select({"origin": MEASURED}, releases="all"))


def _newest(collection: Collection, cells: Sequence[int]) -> str:
    """Return the newest day of measurement; empty where none is known."""
    started = zip(collection.column("started", cells), cells, strict=True)
    known = [(seconds, cell) for seconds, cell in started if seconds is not None]
    return collection.tested(max(known)[1]) if known else ""
