"""What a release brought: for its document and for the feed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from benchfolio.generator.anchors import anchors
from benchfolio.generator.collection import Collection
from benchfolio.generator.facets import MEASURED, TRANSCRIBED
from benchfolio.generator.formats import Format, gain_of, told
from benchfolio.generator.measured import Measured
from benchfolio.generator.publish.cells import moment, states
from benchfolio.generator.publish.judging import Judged
from benchfolio.generator.publish.places import places
from benchfolio.generator.publish.site import Site
from benchfolio.generator.publish.types import API, Best, Derived, ReleaseDocument


def release_document(
    collection: Collection, site: Site, id_: str, judged: Judged
) -> ReleaseDocument:
    """Return what a release brought.

    Args:
        collection: The results.
        site: What the document needs to know of the site.
        id_: Of the release.
        judged: Its formats.
    """
    cells = collection.select(releases=[id_])
    kinds = _kinds(collection, cells)
    earlier = _earlier(collection, id_, kinds)
    own = collection.select({"origin": kinds}, releases=[id_])
    before = collection.select({"origin": kinds}, releases=earlier)
    return ReleaseDocument(
        api=API,
        id=id_,
        page=site.page("release", id_),
        updated=updated(collection, cells),
        before=earlier[-1] if earlier else None,
        states=states(collection, cells),
        models=tuple(sorted(set(collection.column("model", cells)))),
        new_models=_new(collection, ("model",), own, before),
        new_platforms=_new(collection, ("platform",), own, before),
        new_runtimes=_new(collection, ("runtime", "runtime_version"), own, before),
        best=_best(collection, judged.fastest()),
        measured=places(collection, cells),
    )


def _kinds(collection: Collection, cells: Sequence[int]) -> Sequence[str]:
    """Return the kinds of origin that a release is compared by: measured, where anything is."""
    found = set(collection.column("origin", cells))
    return MEASURED if found & set(MEASURED) else TRANSCRIBED


def _earlier(collection: Collection, release: str, kinds: Sequence[str]) -> list[str]:
    """Return the releases before one that have cells of these origins, oldest first.

    A publication is no release before a measured one.
    """
    known = collection.releases
    there = set(collection.column("release", collection.select({"origin": kinds}, releases="all")))
    return [id_ for id_ in known[: known.index(release)] if id_ in there]


def _new(
    collection: Collection, names: Sequence[str], own: Sequence[int], before: Sequence[int]
) -> tuple[str, ...]:
    return tuple(sorted(_texts(collection, names, own) - _texts(collection, names, before)))


def _texts(collection: Collection, names: Sequence[str], at: Sequence[int]) -> set[str]:
    frame, cells = collection.cell_columns, np.asarray(at, dtype=np.int64)
    codes = np.stack([frame.arrays[name][cells] for name in names])
    known = [frame.categories[name] for name in names]
    return {
        " ".join(filter(None, (texts[code] for texts, code in zip(known, column, strict=True))))
        for column in _distinct(codes)
    }


def _distinct(codes: NDArray[np.int64]) -> list[list[int]]:
    """Return the columns that occur."""
    numbers = codes[0].astype(np.int64)
    for row in codes[1:]:
        numbers = numbers * (int(row.max(initial=0)) + 1) + row
    at = np.unique(numbers, return_index=True)[1]
    found: list[list[int]] = codes[:, at].T.tolist()
    return found


def updated(collection: Collection, cells: Sequence[int]) -> str | None:
    """Return the newest date among figures: when measured, else as their publications say."""
    started = [found for found in collection.column("started", cells) if found is not None]
    newest = moment(max(started)) if started else None
    return newest or max(_published(collection, cells), default=None)


_DAY = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?!\d)")


def _published(collection: Collection, cells: Sequence[int]) -> Iterable[str]:
    """Yield the days that publications state: that of the test, else that of the publication."""
    for at in set(collection.column("file", cells)):
        publication = collection.catalogue.files[at].origin.publication
        for text in (publication.tested, publication.date) if publication else ():
            day = _day(text)
            if day:
                yield f"{day}T00:00:00Z"
                break


def _day(text: str | None) -> str:
    """Return a stated day; the first of a month or year of which no more is stated."""
    found = _DAY.match(text or "")
    if found is None:
        return ""
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def _best(collection: Collection, found: Iterable[Format]) -> tuple[Best, ...]:
    """Return the fastest good format of each model, the largest gain first."""
    ordered = sorted(found, key=lambda one: (-(gain_of(one) or 0.0), one.key["model"]))
    return tuple(best for one in ordered if (best := _as_best(collection, one)))


def _as_best(collection: Collection, one: Format) -> Best | None:
    if one.gain is None:
        return None
    gain = _gain(one.gain)
    if gain is None:
        return None
    names = ("model", "platform", "runtime", "device", "precision", "recipe")
    return Best(
        **{name: one.key[name] for name in names},
        metric=one.gain.metric,
        gain=gain,
        text=told(collection, one, model=True, platform=True),
        anchor=anchors(collection, [one.gain.cell])[0],
    )


def _gain(found: Measured) -> Derived | None:
    """Return the gain of a value; ``None`` where there is none."""
    value, low, high = found.gain, found.gain_low, found.gain_high
    if value is None or not math.isfinite(value):
        return None
    if low is None or high is None or not math.isfinite(low) or not math.isfinite(high):
        return Derived(value=value, n=found.gain_rounds)
    return Derived(value=value, low=low, high=high, method=found.gain_method, n=found.gain_rounds)
