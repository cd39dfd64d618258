"""Steps in the history of every measurement: where its level changed, and what changed with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec

from benchfolio.generator.changes import platform_changes
from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import field_label
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.formatting import clean, natural, number, with_unit
from benchfolio.generator.matching import KEY, SPEAKERS
from benchfolio.generator.measured import Measured
from benchfolio.generator.quality import primary_quality
from benchfolio.results import Direction, Kind, Metric, Scenario, release_order
from benchfolio.statistics.steps import FEWEST, Steps, steps

STEP, OUTLIER, UNSETTLED = "step", "outlier", "not yet known"
"""What may be said of a release in a history."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A release in which a series left its level.

    Attributes:
        kind: ``STEP`` to a new level; ``OUTLIER``, one value that returned; or ``UNSETTLED``, the
            last value, off its level: the next one will tell.
        release: The release.
        previous: The last one before it that has a value; empty for the first.
        before: The level it left, in the unit of the metric.
        after: The level it went to, or the value that stands alone.
        better: Whether that is better.
        changed: What else is new since the previous one, as ``OpenVINO 2026.0 → 2026.1``.
        cell: Position of the cell of the release.
    """

    kind: str
    release: str
    previous: str
    before: float
    after: float
    better: bool
    changed: tuple[str, ...]
    cell: int

    @property
    def ratio(self) -> float:
        """How many times the value before the value now is."""
        return self.after / self.before


class SeriesSteps(msgspec.Struct, frozen=True, kw_only=True):
    """The history of one measurement on one platform.

    Attributes:
        key: Values of ``matching.KEY``, the platform among them.
        metric: What was measured.
        releases: Those that have a usable value, oldest first.
        levels: Level of each of these releases, in the unit of the metric.
        events: Steps and single values that are off, oldest first.
    """

    key: Mapping[str, str]
    metric: str
    releases: tuple[str, ...]
    levels: tuple[float, ...]
    events: tuple[Event, ...]


def history_steps(collection: Collection) -> tuple[SeriesSteps, ...]:
    """Return the history of every measurement in which anything happened, by platform and key.

    Regressions that a comparison of two releases calls noise may be steps here, and a difference
    of two releases may be one outlier.
    """
    cells = collection.select({"origin": MEASURED}, releases="all")
    columns = [map(str, collection.column(name, cells)) for name in (*KEY, "release")]
    found: dict[tuple[str, ...], dict[str, int]] = {}
    for cell, (*key, release) in zip(cells, zip(*columns, strict=True), strict=True):
        newest_version(collection, found.setdefault(tuple(key), {}), release, cell)
    long = {key: places for key, places in sorted(found.items()) if len(places) >= FEWEST}
    speakers = _speakers(collection, long)
    metrics = sorted({metric for metric in speakers.values() if metric})
    values = {
        metric: collection.measured(
            metric,
            sorted(c for key, p in long.items() if speakers[key] == metric for c in p.values()),
        )
        for metric in metrics
    }
    series = (
        series_steps(
            collection,
            metric,
            long[key],
            values[metric],
            key=dict(zip(KEY, key, strict=True)),
        )
        for key, metric in speakers.items()
        if metric
    )
    return tuple(one for one in series if one.events)


def newest_version(collection: Collection, places: dict[str, int], release: str, cell: int) -> None:
    """Put a cell in the place of its release; of several versions the newest speaks."""
    known = places.get(release)
    versions = [collection.text("runtime_version", at) for at in (cell, known) if at is not None]
    if known is None or natural(versions[0]) >= natural(versions[1]):
        places[release] = cell


def series_steps(
    collection: Collection,
    metric: str,
    places: Mapping[str, int],
    values: Mapping[int, Measured],
    *,
    key: Mapping[str, str] = MappingProxyType({}),
) -> SeriesSteps:
    """Look for steps in one series.

    Values of a machine that was too busy are left out; of fewer than four nothing is said. The
    noise is what intervals and the noise floors of all its releases say, and at least what releases
    differ by among themselves.

    Args:
        collection: The results.
        metric: What is looked at.
        places: The cell of each release.
        values: What is known of these cells.
        key: What the series is of.
    """
    used = [
        (release, values[places[release]])
        for release in sorted(places, key=release_order)
        if places[release] in values and _counts(values[places[release]])
    ]
    measured = [one for _, one in used]
    floors = [one.floor for one in measured if one.floor is not None]
    found = steps(
        [one.value for one in measured],
        [_half(one) for one in measured],
        floor=max(floors, default=None),
    )
    releases = tuple(release for release, _ in used)
    # Of fewer, that the newest differs is what a comparison of two releases says, and better.
    enough = len(used) >= FEWEST
    return SeriesSteps(
        key=key,
        metric=metric,
        releases=releases,
        levels=tuple(each.level for each in found.segments for _ in range(each.start, each.end)),
        events=tuple(_events(collection, metric, releases, measured, found)) if enough else (),
    )


def _speakers(
    collection: Collection, series: Mapping[tuple[str, ...], Mapping[str, int]]
) -> dict[tuple[str, ...], str]:
    """Return the metric that speaks for each series; empty where none has a value."""
    scenario, model = KEY.index("scenario"), KEY.index("model")
    found: dict[tuple[str, ...], str] = {}
    wanted: dict[tuple[str, str], str] = {}
    for key, places in series.items():
        pair = (key[scenario], key[model])
        if pair not in wanted:
            wanted[pair] = _speaker(collection, *pair, max(places.values()))
        found[key] = wanted[pair]
    return found


def _speaker(collection: Collection, scenario: str, model: str, cell: int) -> str:
    candidates = SPEAKERS.get(scenario, ())
    if scenario == Scenario.ACCURACY.value:
        limit = collection.limit(cell)
        own = primary_quality(collection, model, limit.metric if limit else None)
        candidates = (own,) if own else ()
    there = collection.metrics_of(model)
    return next((name for name in candidates if name in there), "")


def _counts(one: Measured) -> bool:
    """Tell whether a value says anything here: a level is a logarithm."""
    return one.value > 0 and one.is_own_usable


def _half(one: Measured) -> float | None:
    if one.low is None or one.high is None:
        return None
    return max(one.high - one.value, one.value - one.low, 0.0)


def _events(
    collection: Collection,
    metric: str,
    releases: Sequence[str],
    measured: Sequence[Measured],
    found: Steps,
) -> Iterator[Event]:
    levels = [each.level for each in found.segments for _ in range(each.start, each.end)]
    starts = {each.start for each in found.segments[1:]}
    last = len(releases) - 1
    higher = collection.metric(metric).direction is Direction.HIGHER
    for at, release in enumerate(releases):
        off = at in found.outliers or (at == last and found.unsettled)
        if not (off or at in starts):
            continue
        kind = STEP if not off else OUTLIER if at in found.outliers else UNSETTLED
        ends = (levels[at], measured[at].value) if off else (levels[at - 1], levels[at])
        yield Event(
            kind=kind,
            release=release,
            previous=releases[at - 1] if at else "",
            before=ends[0],
            after=ends[1],
            better=(ends[1] > ends[0]) is higher,
            changed=_changed(collection, measured[at - 1].cell, measured[at].cell) if at else (),
            cell=measured[at].cell,
        )


def _changed(collection: Collection, before: int, after: int) -> tuple[str, ...]:
    """Say what is new between two cells of a series: runtime, file of the model, machine."""
    old, new = (collection.text("runtime_version", cell) for cell in (before, after))
    told = []
    if old != new:
        name = field_label(collection, "runtime", collection.text("runtime", after))
        told.append(f"{name} {clean(old) or 'not stated'} → {clean(new) or 'not stated'}")
    infos = [collection.file_of(cell) for cell in (before, after)]
    made = [
        info.artefacts.get(collection.text("artefact", cell))
        for info, cell in zip(infos, (before, after), strict=True)
    ]
    if len({each.sha256 for each in made if each and each.sha256}) > 1:
        told.append("another file of the model")
    return (*told, *platform_changes(infos[0].platform, infos[1].platform))


def event_words(event: Event, metric: Metric) -> str:
    """Say what happened, as ``step, +12.1 % (better)``; quality in its own unit."""
    good = "better" if event.better else "worse"
    return f"{event.kind}, {change_words(event, metric)} ({good})"


def change_words(event: Event, metric: Metric) -> str:
    """Write by how much a value changed."""
    change, unit = change_of(event, metric)
    decimals = 1 if unit == "%" else metric.decimals
    return with_unit(number(change, decimals, signed=True), unit)


def change_of(event: Event, metric: Metric) -> tuple[float, str]:
    """Return by how much a value changed, and the unit: percent, or of quality its own."""
    if metric.kind is Kind.QUALITY:
        return event.after - event.before, "points" if metric.unit == "%" else metric.unit
    return 100 * (event.ratio - 1), "%"
