"""History over releases: one table of the values of each platform, and the chart drawn from it.

Where a line left its level is marked in the chart, and listed with what changed then. Of a model on
many platforms one table has them all, and only those whose newest release stands out have a chart:
a page must not grow with platforms times releases.
"""

from __future__ import annotations

import math
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
from benchfolio.generator.figures import history_chart, row_label
from benchfolio.generator.formatting import clean, natural, number, slug
from benchfolio.generator.histories import (
    OUTLIER,
    STEP,
    Event,
    SeriesSteps,
    change_of,
    change_words,
    event_words,
    series_steps,
)
from benchfolio.generator.lookups import Values
from benchfolio.generator.measured import Measured
from benchfolio.generator.pages.parts import MOST_ROWS, sources
from benchfolio.generator.quality import primary_quality
from benchfolio.generator.view import Chart, Column, Entry, Link, Row, Section, Stop, Table
from benchfolio.results import Metric

_SERIES = ("runtime", "device", "precision", "recipe", "form", "batch", "shape", "load")
"""What tells one line of a chart from another, besides model, platform and metric."""

_SPEEDS = (("throughput", "throughput"), ("latency@median", "latency"))
"""Metrics and scenarios that speak for speed, in the order of preference."""

MOST_RELEASES = 12
"""Releases that fit beside each other; older ones are in the files for programs."""
MOST_CHARTS = 3
"""Platforms whose histories a reader looks at one by one."""
LONG = 40
"""Rows of a table beyond which it is folded."""

NOT_MEASURED = Entry(text="not measured", state="none", tip="not planned for this release")


class Place(msgspec.Struct, frozen=True):
    """A cell of a history, with the version of its runtime."""

    cell: int
    version: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured in the same way on one platform: values of ``_SERIES``, and the cells."""

    platform: str
    key: tuple[str, ...]
    places: Mapping[str, Place]

    def name(self, field: str) -> str:
        """Return one of the values that tell it from others."""
        return self.platform if field == "platform" else self.key[_SERIES.index(field)]


class History(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of a model over releases, on one platform or on several.

    Attributes:
        word: ``Speed`` or ``Quality``.
        metric: The metric that speaks for it.
        releases: Those from the first to the newest; oldest first.
        lines: One for each platform and series.
    """

    word: str
    metric: str
    releases: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def shown(self) -> tuple[str, ...]:
        """The releases that table and chart have columns and places for."""
        return self.releases[-MOST_RELEASES:]

    @property
    def cut(self) -> str:
        """Say which releases are left out; empty where all are shown."""
        if len(self.shown) == len(self.releases):
            return ""
        return f"The newest {len(self.shown)} of {len(self.releases)} releases"

    @property
    def platforms(self) -> list[str]:
        """The platforms of its lines, each once."""
        return list(dict.fromkeys(line.platform for line in self.lines))


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A history with its values: table, and what happened in each line.

    Attributes:
        history: What it is filled from.
        table: A row for each line.
        changed: What is new in which release beside it, for each line.
        found: Levels and steps of each line.
        moved: By how much the newest value of each line differs from the one before.
    """

    history: History
    table: Table
    changed: tuple[Mapping[str, str], ...]
    found: tuple[SeriesSteps, ...]
    moved: tuple[float, ...]


def history_sections(collection: Collection, model: str) -> tuple[Section, ...]:
    """Return speed and quality over releases, of platforms with at least two of them."""
    if len(measured_releases(collection)) < 2:
        return ()
    cells = collection.select({"model": [model], "origin": MEASURED}, releases="all")
    values = Values(collection, cells)
    places: dict[str, list[int]] = {}
    for cell, platform in zip(cells, collection.column("platform", cells), strict=True):
        places.setdefault(platform, []).append(cell)
    found = [
        one
        for name in sorted(places, key=natural)
        for one in _histories(values, name, places[name])
    ]
    if len({line.platform for one in found for line in one.lines}) <= MOST_CHARTS:
        return tuple(part for one in found for part in _alone(values, one))
    return tuple(part for one in _joined(found) for part in _together(values, one))


def _histories(values: Values, platform: str, own: Sequence[int]) -> Iterator[History]:
    """Yield what is known of a model's speed and quality on one platform, from its cells there."""
    collection = values.collection
    model = collection.text("model", own[-1])
    there = set(collection.column("release", own))
    known = measured_releases(collection)
    releases = [name for name in known if name in there]
    if len(releases) < 2:
        return
    limit = collection.limit(own[-1])
    quality = primary_quality(collection, model, limit.metric if limit else None)
    speeds = next((pair for pair in _SPEEDS if _has(values, own, *pair)), None)
    wanted = [("Speed", speeds), ("Quality", (quality, "accuracy") if quality else None)]
    for word, pair in wanted:
        if pair is not None and _has(values, own, *pair):
            yield History(
                word=word,
                metric=pair[0],
                # A release in between that left the platform out is a gap, not a shorter way.
                releases=known[known.index(releases[0]) :],
                lines=_lines(collection, _of(collection, own, pair[1]), platform),
            )


def _joined(found: Sequence[History]) -> list[History]:
    """Join the histories of all platforms; those of another metric stay apart."""
    grouped: dict[tuple[str, str], list[History]] = {}
    for one in found:
        grouped.setdefault((one.word, one.metric), []).append(one)
    words = list(dict.fromkeys(one.word for one in found))
    return [
        History(
            word=word,
            metric=metric,
            releases=max((one.releases for one in same), key=len),
            lines=tuple(line for one in same for line in one.lines),
        )
        for (word, metric), same in sorted(
            grouped.items(), key=lambda item: words.index(item[0][0])
        )
    ]


def _has(values: Values, cells: Sequence[int], metric: str, scenario: str) -> bool:
    return bool(values.of(metric, _of(values.collection, cells, scenario)))


def _of(collection: Collection, cells: Sequence[int], scenario: str) -> list[int]:
    names = collection.column("scenario", cells)
    return [cell for cell, name in zip(cells, names, strict=True) if name == scenario]


def _alone(values: Values, history: History) -> Iterator[Section]:
    """Yield the history of a metric on one platform, and what happened in it, if anything did."""
    collection = values.collection
    (platform,) = history.platforms
    label = field_label(collection, "platform", platform)
    word, id_ = history.word, f"{history.word.lower()}-{slug(platform)}"
    filled = _filled(values, history)
    yield Section(
        id=f"history-{id_}",
        title=f"{word} over releases: {label}",
        chart=_chart(collection, filled),
        table=filled.table,
    )
    if any(one.events for one in filled.found):
        yield Section(
            id=f"steps-{id_}",
            title=f"Steps in {word.lower()}: {label}",
            text=_METHOD,
            table=_steps_table(collection, filled),
        )


def _together(values: Values, history: History) -> Iterator[Section]:
    """Yield one table of all platforms, and charts of those whose newest release stands out."""
    collection = values.collection
    filled = _filled(values, history)
    chosen = _standing_out(filled)
    word, id_ = history.word, f"{history.word.lower()}-{slug(history.metric)}"
    for at, platform in enumerate(chosen):
        yield Section(
            id=f"history-{history.word.lower()}-{slug(platform)}",
            title=f"{word} over releases: {field_label(collection, 'platform', platform)}",
            text="" if at else _why_chosen(len(chosen), len(history.platforms)),
            chart=_chart(collection, _on_platform(collection, filled, platform)),
        )
    yield Section(
        id=f"history-{id_}",
        title=f"{word} over releases: all {len(history.platforms)} platforms",
        text="" if chosen else _NOTHING_MOVED,
        table=filled.table,
        folded=len(filled.table.rows) > LONG,
    )
    if any(one.events for one in filled.found):
        steps = _steps_table(collection, filled)
        yield Section(
            id=f"steps-{id_}",
            title=f"Steps in {word.lower()}",
            text=_METHOD,
            table=steps,
            folded=len(steps.rows) > LONG,
        )


_NOTHING_MOVED = (
    "Nothing is drawn: on no platform does the newest release differ from the one before."
)


def _why_chosen(chosen: int, platforms: int) -> str:
    return (
        f"Drawn for {chosen} of {platforms} platforms: those on which the newest release left its "
        "level, then those on which it differs most from the one before. The table has all of them."
    )


def _standing_out(filled: Filled) -> list[str]:
    """Choose the platforms that have a chart; none where nothing moved."""
    rank: dict[str, tuple[bool, float]] = {}
    for line, one, moved in zip(filled.history.lines, filled.found, filled.moved, strict=True):
        newest = filled.history.releases[-1]
        own = (any(event.release == newest for event in one.events), moved)
        rank[line.platform] = max(rank.get(line.platform, (False, 0.0)), own)
    known = [name for name, own in rank.items() if any(own)]
    ordered = sorted(known, key=lambda name: (not rank[name][0], -rank[name][1], natural(name)))
    return sorted(ordered[:MOST_CHARTS], key=natural)


def _on_platform(collection: Collection, filled: Filled, platform: str) -> Filled:
    """Return the lines of one platform of a table of all."""
    at = [i for i, line in enumerate(filled.history.lines) if line.platform == platform]
    title = _title(collection, filled.history, platform)
    table = msgspec.structs.replace(
        filled.table,
        id=f"{filled.table.id}-{slug(platform)}",
        title=title,
        rows=tuple(filled.table.rows[i] for i in at),
    )
    return Filled(
        history=msgspec.structs.replace(
            filled.history, lines=tuple(filled.history.lines[i] for i in at)
        ),
        table=table,
        changed=tuple(filled.changed[i] for i in at),
        found=tuple(filled.found[i] for i in at),
        moved=tuple(filled.moved[i] for i in at),
    )


def _filled(values: Values, history: History) -> Filled:
    collection, known = values.collection, values.all(history.metric)
    changed = [_changed(collection, line.places, history) for line in history.lines]
    return Filled(
        history=history,
        table=_table(collection, history, known, changed),
        changed=tuple(changed),
        found=tuple(_steps_of(collection, history, line, known) for line in history.lines),
        moved=tuple(_moved(history, line, known) for line in history.lines),
    )


def _steps_of(
    collection: Collection, history: History, line: Line, values: Mapping[int, Measured]
) -> SeriesSteps:
    """Look for steps in all releases; what happened before the first that is shown is left out."""
    places = {name: place.cell for name, place in line.places.items()}
    found = series_steps(collection, history.metric, places, values)
    events = tuple(event for event in found.events if event.release in history.shown)
    return msgspec.structs.replace(found, events=events)


def _moved(history: History, line: Line, values: Mapping[int, Measured]) -> float:
    """Return by how much the newest value differs: speed as a ratio, quality in its own unit."""
    pair = [
        values.get(line.places[name].cell) for name in history.releases[-2:] if name in line.places
    ]
    known = [one.value for one in pair if one is not None and one.is_own_usable]
    if len(known) < 2:
        return 0.0
    if history.word == "Quality":
        return abs(known[1] - known[0])
    return abs(math.log(known[1] / known[0])) if min(known) > 0 else 0.0


_METHOD = (
    "A step is a level that at least two releases in a row have; one release that is off and "
    "returns is an outlier. The newest release alone is not yet known: the next one will tell."
)


def _chart(collection: Collection, filled: Filled) -> Chart:
    """Draw the rows of a table, with what happened in them."""
    chart = history_chart(filled.table, filled.history.shown, filled.changed)
    cut = filled.history.cut
    if cut:
        chart = msgspec.structs.replace(chart, description=f"{chart.description.rstrip()} {cut}.")
    return _marked(chart, filled.found, collection)


def _marked(chart: Chart, found: Sequence[SeriesSteps], collection: Collection) -> Chart:
    """Mark in a chart where its lines left their levels."""
    if not any(one.events for one in found):
        return chart
    tracks = []
    for track, one in zip(chart.tracks, found, strict=True):
        events = {event.release: event for event in one.events}
        stops = tuple(
            _marked_stop(stop, events.get(release), collection, one.metric)
            for release, stop in zip(chart.steps, track.stops, strict=True)
        )
        tracks.append(msgspec.structs.replace(track, stops=stops))
    words = "Triangles: a step to another level. Rings: one release off its level, broken where it "
    description = f"{chart.description.rstrip()} {words}is the newest and not yet known."
    return msgspec.structs.replace(chart, tracks=tuple(tracks), description=description)


def _marked_stop(stop: Stop, event: Event | None, collection: Collection, metric: str) -> Stop:
    if event is None:
        return stop
    sign = {STEP: "up" if event.after > event.before else "down", OUTLIER: "off"}
    words = event_words(event, collection.metric(metric))
    return msgspec.structs.replace(stop, event=words, sign=sign.get(event.kind, "open"))


def _steps_table(collection: Collection, filled: Filled) -> Table:
    """List what happened, the newest release first."""
    history, table = filled.history, filled.table
    at = {name: place for place, name in enumerate(history.releases)}
    several = table.columns[0].id == "platform"
    events = [
        (event, line.platform, row_label(table, row))
        for line, row, one in zip(history.lines, table.rows, filled.found, strict=True)
        for event in one.events
    ]
    metric = collection.metric(history.metric)
    column = table.columns[-1]
    listed = sorted(events, key=lambda each: -at[each[0].release])
    return Table(
        id=f"{table.id}-steps",
        title=f"Steps: {table.title}",
        columns=(
            Column(id="release", label="Release", heading=True),
            *([Column(id="platform", label="Platform", heading=True)] if several else ()),
            Column(id="series", label="Series", heading=True),
            Column(id="what", label="What"),
            Column(id="before", label="before", group=column.group, unit=column.unit, numeric=True),
            Column(id="after", label="after", group=column.group, unit=column.unit, numeric=True),
            Column(id="change", label="Change", numeric=True),
            Column(id="changed", label="New since the release before"),
        ),
        rows=tuple(
            Row(
                entries=(
                    Entry(text=event.release, link=Link("release", event.release)),
                    *([name_entry(collection, "platform", platform)] if several else ()),
                    Entry(text=label),
                    Entry(text=event.kind),
                    *(_level(end, metric.decimals) for end in (event.before, event.after)),
                    _change(event, metric),
                    Entry(text="; ".join(event.changed) or "nothing that is known"),
                ),
                anchor=slug("step", event.release, *([platform] if several else ()), label),
            )
            for event, platform, label in listed[:MOST_ROWS]
        ),
        notes=(
            *([f"The newest {MOST_ROWS} of {len(listed)}."] if len(listed) > MOST_ROWS else ()),
            "Before and after are medians over releases of one level; of one off it, its value.",
        ),
        sources=table.sources,
    )


def _change(event: Event, metric: Metric) -> Entry:
    change, unit = change_of(event, metric)
    return Entry(
        text=change_words(event, metric),
        detail="better" if event.better else "worse",
        tone="good" if event.better else "bad",
        raw=change,
        unit=unit,
    )


def _level(value: float, decimals: int) -> Entry:
    return Entry(text=number(value, decimals), raw=value)


def _lines(collection: Collection, cells: Sequence[int], platform: str) -> tuple[Line, ...]:
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
    ordered = sorted(found.items(), key=lambda item: [natural(part) for part in item[0]])
    return tuple(Line(platform=platform, key=key, places=places) for key, places in ordered)


def _title(collection: Collection, history: History, platform: str) -> str:
    label = field_label(collection, "metric", history.metric)
    where = field_label(collection, "platform", platform)
    return f"{history.word} over releases: {label}, {where}"


def _table(
    collection: Collection,
    history: History,
    values: Mapping[int, Measured],
    changed: Sequence[Mapping[str, str]],
) -> Table:
    platforms = history.platforms
    several = len(platforms) > 1
    fields = [*(["platform"] if several else []), *_differing(history.lines)]
    metric = collection.metric(history.metric)
    label = field_label(collection, "metric", history.metric)
    # One number of decimals for all releases: they are read along the row.
    shown = [
        _shown(collection, line.places.get(release), values, news.get(release, ""))
        for line, news in zip(history.lines, changed, strict=True)
        for release in history.shown
    ]
    entries, unit = finish(shown)
    width = len(history.shown)
    id_ = f"history-{slug(history.metric)}"
    return Table(
        id=id_ if several else f"{id_}-{slug(platforms[0])}",
        title=f"{history.word} over releases: {label}"
        if several
        else _title(collection, history, platforms[0]),
        columns=(
            *(Column(id=name, label=name.capitalize(), heading=True) for name in fields),
            *(
                Column(
                    id=f"release-{slug(release)}",
                    label=release,
                    group=label,
                    unit=unit,
                    better=metric.direction.value,
                    numeric=True,
                )
                for release in history.shown
            ),
        ),
        rows=tuple(
            Row(
                entries=(
                    *(name_entry(collection, name, line.name(name)) for name in fields),
                    *entries[width * at : width * (at + 1)],
                ),
                anchor=slug(*([line.platform] if several else ()), *line.key),
            )
            for at, line in enumerate(history.lines)
        ),
        notes=(
            *([f"{history.cut}; all are in the API."] if history.cut else ()),
            "Releases are separate runs; a difference within the intervals is none.",
        ),
        sources=_sources(collection, history),
    )


def _sources(collection: Collection, history: History) -> tuple[str, ...]:
    cells = [
        line.places[name].cell
        for line in history.lines
        for name in history.shown
        if name in line.places
    ]
    return sources(collection, cells)


_ALWAYS = ("runtime", "precision")
_BY_WORTH = ("recipe", "form", "load", "batch", "shape", "device")
"""Further fields, in the order in which they get a column while rows look alike."""


def _differing(lines: Sequence[Line]) -> list[str]:
    """Return as few fields as tell the series of each platform apart, in the order of the key."""
    chosen = list(_ALWAYS)
    for name in _BY_WORTH:
        told = {(line.platform, *(line.name(field) for field in chosen)) for line in lines}
        if len(told) == len(lines):
            break
        if len({line.name(name) for line in lines}) > 1:
            chosen.append(name)
    return sorted(chosen, key=_SERIES.index)


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
    collection: Collection, places: Mapping[str, Place], history: History
) -> dict[str, str]:
    """Return the releases in which the runtime has another version than the last time before."""
    found: dict[str, str] = {}
    known = [name for name in history.releases if name in places]
    for before, after in pairwise(known):
        if places[before].version != places[after].version and after in history.shown:
            name = collection.text("runtime", places[after].cell)
            version = clean(places[after].version) or "version not stated"
            found[after] = f"{field_label(collection, 'runtime', name)} {version}"
    return found
