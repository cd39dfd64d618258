"""History over releases: one table of the values of each platform, and the chart drawn from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from benchfolio.generator.changes import measured_releases
from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import (
    Number,
    Shown,
    field_label,
    finish,
    measured_number,
    name_entry,
    state_entry,
)
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.figures import history_chart
from benchfolio.generator.formatting import clean, natural, slug
from benchfolio.generator.measured import Measured
from benchfolio.generator.quality import primary_quality
from benchfolio.generator.view import Column, Entry, Row, Section, Table

_SERIES = ("runtime", "device", "precision", "recipe", "form", "batch", "shape", "load")
"""What tells one line of a chart from another, besides model, platform and metric."""

_SPEEDS = (("throughput", "throughput"), ("latency@median", "latency"))
"""Metrics and scenarios that speak for speed, in the order of preference."""

NOT_MEASURED = Entry(text="not measured", state="none", tip="not planned for this release")


class Place(msgspec.Struct, frozen=True):
    """A cell of a history, with the version of its runtime."""

    cell: int
    version: str


Tracks = Mapping[tuple[str, ...], Mapping[str, Place]]
"""Series → release → cell."""


def history_sections(collection: Collection, model: str) -> tuple[Section, ...]:
    """Return speed and quality over releases, for each platform with at least two of them."""
    if len(measured_releases(collection)) < 2:
        return ()
    cells = collection.select({"model": [model], "origin": MEASURED}, releases="all")
    platforms = sorted(set(collection.column("platform", cells)), key=natural)
    return tuple(
        section
        for platform in platforms
        for section in _platform_sections(collection, model, platform)
    )


def _platform_sections(collection: Collection, model: str, platform: str) -> Iterator[Section]:
    own = collection.select(
        {"model": [model], "platform": [platform], "origin": MEASURED}, releases="all"
    )
    there = set(collection.column("release", own))
    releases = [name for name in measured_releases(collection) if name in there]
    if len(releases) < 2:
        return
    known = measured_releases(collection)
    # A release in between that left the platform out is a gap, not a shorter way.
    releases = list(known[known.index(releases[0]) :])
    limit = collection.limit(own[-1])
    quality = primary_quality(collection, model, limit.metric if limit else None)
    speeds = next((pair for pair in _SPEEDS if _has(collection, own, *pair)), None)
    wanted = [("Speed", speeds), ("Quality", (quality, "accuracy") if quality else None)]
    for word, pair in wanted:
        if pair is not None and _has(collection, own, *pair):
            yield _section(collection, own, releases, pair[0], (word, platform, pair[1]))


def _has(collection: Collection, cells: Sequence[int], metric: str, scenario: str) -> bool:
    chosen = _of(collection, cells, scenario)
    return bool(collection.measured(metric, chosen))


def _of(collection: Collection, cells: Sequence[int], scenario: str) -> list[int]:
    names = collection.column("scenario", cells)
    return [cell for cell, name in zip(cells, names, strict=True) if name == scenario]


def _section(
    collection: Collection,
    cells: Sequence[int],
    releases: Sequence[str],
    metric: str,
    names: tuple[str, str, str],
) -> Section:
    word, platform, scenario = names
    label = field_label(collection, "platform", platform)
    tracks = _tracks(collection, _of(collection, cells, scenario))
    changed = [_changed(collection, places, releases) for places in tracks.values()]
    titles = (f"{word} over releases", platform)
    table = _table(collection, tracks, releases, metric, (titles, changed))
    return Section(
        id=f"history-{word.lower()}-{slug(platform)}",
        title=f"{word} over releases: {label}",
        chart=history_chart(table, releases, changed),
        table=table,
    )


def _tracks(collection: Collection, cells: Sequence[int]) -> Tracks:
    found: dict[tuple[str, ...], dict[str, Place]] = {}
    columns = [collection.column(name, cells) for name in _SERIES]
    rest = [collection.column(name, cells) for name in ("release", "runtime_version")]
    for cell, key, (release, version) in zip(
        cells, zip(*columns, strict=True), zip(*rest, strict=True), strict=True
    ):
        places = found.setdefault(tuple(map(str, key)), {})
        # Of several versions in one release the newest speaks.
        if release not in places or natural(version) >= natural(places[release].version):
            places[release] = Place(cell, version)
    return dict(sorted(found.items(), key=lambda item: [natural(part) for part in item[0]]))


def _table(
    collection: Collection,
    tracks: Tracks,
    releases: Sequence[str],
    metric: str,
    named: tuple[tuple[str, str], Sequence[Mapping[str, str]]],
) -> Table:
    (title, platform), changed = named
    measured = collection.measured(
        metric, sorted(place.cell for places in tracks.values() for place in places.values())
    )
    columns = [
        [
            _shown(collection, places.get(release), measured, news.get(release, ""))
            for places, news in zip(tracks.values(), changed, strict=True)
        ]
        for release in releases
    ]
    pool = [shown for column in columns for shown in column]
    done = [finish(column, pool=pool) for column in columns]
    unit = next((unit for _, unit in done if unit), "")
    fields = _differing(list(tracks))
    label = field_label(collection, "metric", metric)
    sources = {
        collection.file_of(p.cell).name for places in tracks.values() for p in places.values()
    }
    return Table(
        id=f"history-{slug(metric)}-{slug(platform)}",
        title=f"{title}: {label}, {field_label(collection, 'platform', platform)}",
        columns=(
            *(
                Column(id=name, label=name.capitalize(), heading=True)
                for name in (_SERIES[at] for at in fields)
            ),
            *(
                Column(
                    id=f"release-{slug(release)}",
                    label=release,
                    group=label,
                    unit=unit,
                    better=collection.metric(metric).direction.value,
                    numeric=True,
                )
                for release in releases
            ),
        ),
        rows=tuple(
            Row(
                entries=(
                    *(name_entry(collection, _SERIES[at], key[at]) for at in fields),
                    *(entries[index] for entries, _ in done),
                ),
                anchor=slug(*key),
            )
            for index, key in enumerate(tracks)
        ),
        notes=("Releases are separate runs; a difference within the intervals is none.",),
        sources=tuple(sorted(sources)),
    )


_ALWAYS = ("runtime", "precision")
_BY_WORTH = ("recipe", "form", "load", "batch", "shape", "device")
"""Further fields, in the order in which they get a column while rows look alike."""


def _differing(keys: Sequence[tuple[str, ...]]) -> list[int]:
    """Return the places of as few fields as tell the series apart, in the order of the key."""
    chosen = [_SERIES.index(name) for name in _ALWAYS]
    for name in _BY_WORTH:
        if len({tuple(key[at] for at in chosen) for key in keys}) == len(keys):
            break
        at = _SERIES.index(name)
        if len({key[at] for key in keys}) > 1:
            chosen.append(at)
    return sorted(chosen)


def _shown(
    collection: Collection, place: Place | None, measured: Mapping[int, Measured], news: str
) -> Shown:
    """Return a value, with the version of its runtime where that is another than before."""
    if place is None:
        return NOT_MEASURED
    found = measured.get(place.cell)
    if found is not None:
        shown = measured_number(collection, found)
        return msgspec.structs.replace(shown, aside=news) if isinstance(shown, Number) else shown
    state, reason = (collection.column(name, [place.cell])[0] for name in ("state", "reason"))
    if state == "ok":
        return Entry(text="no value", state="none", tip="measured without this metric")
    return state_entry([state], [reason])


def _changed(
    collection: Collection, places: Mapping[str, Place], releases: Sequence[str]
) -> dict[str, str]:
    """Return the releases in which the runtime has another version than the last time before."""
    found: dict[str, str] = {}
    known = [name for name in releases if name in places]
    for before, after in pairwise(known):
        if places[before].version != places[after].version:
            name = collection.text("runtime", places[after].cell)
            version = clean(places[after].version) or "version not stated"
            found[after] = f"{field_label(collection, 'runtime', name)} {version}"
    return found
