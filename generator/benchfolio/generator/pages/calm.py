"""How calm a machine was: its races, its noise floor, and what is said of its figures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from benchfolio.generator.collection import Collection, FileInfo
from benchfolio.generator.entries import NOT_STATED, field_label
from benchfolio.generator.formatting import THIN, clean, listing, number, slug, span
from benchfolio.generator.pages.parts import switch
from benchfolio.generator.paired import TwinPair
from benchfolio.generator.view import Column, Entry, Row, Section, Table
from benchfolio.results import Calm, Conditions, Race
from benchfolio.statistics import Estimate

_FIGURE = re.compile(r"\d[\d.,]*")

_COLUMNS = (
    Column(id="model", label="Model", heading=True),
    Column(id="scenario", label="Scenario", heading=True),
    Column(id="rounds", label="Rounds", numeric=True),
    Column(id="known", label="Gains known to", numeric=True),
    Column(id="twin", label="FP32 against itself", unit="×", numeric=True),
    Column(id="verdict", label="Machine"),
    Column(id="others", label="Other processes", unit="%", numeric=True),
    Column(id="steal", label="Hypervisor", unit="%", numeric=True),
    Column(id="mhz", label="Frequency", unit="MHz", numeric=True),
    Column(id="rest", label="Also"),
)

_NOTE = (
    "All formats of a model are loaded at once and work one at a time, in short blocks; a gain is "
    "taken within rounds of these."
)


class Lap(msgspec.Struct, frozen=True, kw_only=True):
    """A race with the cells that took part."""

    id: str
    info: FileInfo
    race: Race
    cells: tuple[int, ...]


def calm_section(collection: Collection, platform: str) -> Section:
    """Return the section on races, noise and verdicts; empty where nothing is known of them."""
    cells = collection.select({"platform": [platform], "origin": ["measured"]})
    laps = sorted(_laps(collection, cells), key=lambda lap: (lap.info.name, lap.id))
    table = _table(collection, laps) if laps else None
    return Section(
        id="calm",
        title="How calm the machine was",
        text=_text(collection, platform, cells),
        table=table,
    )


def _laps(collection: Collection, cells: Sequence[int]) -> Iterator[Lap]:
    found: dict[tuple[str, str], list[int]] = {}
    infos: dict[str, FileInfo] = {}
    for cell in cells:
        rounds = collection.rounds(cell)
        if rounds is not None:
            info = collection.file_of(cell)
            infos[info.name] = info
            found.setdefault((info.name, rounds.race), []).append(cell)
    for (name, id_), own in found.items():
        yield Lap(id=id_, info=infos[name], race=infos[name].races[id_], cells=tuple(own))


def _text(collection: Collection, platform: str, cells: Sequence[int]) -> str:
    parts = []
    floor = collection.together.noise_floor(platform, collection.newest[platform])
    if floor is not None:
        least = f"{100 * floor:.1f}{THIN}%" if floor < 1 else f"a factor of {1 + floor:.1f}"
        parts.append(
            f"FP32 was also run against itself. From that follows a noise floor of {least}: "
            f"what differs by less is called no difference."
        )
    verdicts = [verdict for cell in cells if (verdict := collection.verdict(cell)) is not None]
    counts = Counter(verdict.calm for verdict in verdicts)
    if counts:
        words = [f"{counts[calm]} {calm.value}" for calm in Calm if counts[calm]]
        parts.append(f"Measurements: {listing(words)}.")
    reasons = _most_common([reason for verdict in verdicts for reason in verdict.reasons])
    if reasons:
        parts.append(f"Reasons: {'; '.join(reasons[:4])}.")
    return " ".join(parts)


def _most_common(reasons: Iterable[str]) -> list[str]:
    """Return each reason once, the most common first; of those that differ in figures, the last."""
    kinds: dict[str, list[str]] = {}
    for reason in sorted(map(clean, reasons)):
        kinds.setdefault(_FIGURE.sub("", reason), []).append(reason)
    return [alike[-1] for alike in sorted(kinds.values(), key=lambda alike: (-len(alike), alike))]


def _table(collection: Collection, laps: Sequence[Lap]) -> Table:
    rows = [_entries(collection, lap) for lap in laps]
    # What no race tells has no column.
    told = [any(row[at] is not NOT_STATED for row in rows) for at in range(len(_COLUMNS))]
    return Table(
        id="races",
        title="Rounds in which formats were measured in turn",
        columns=tuple(column for column, known in zip(_COLUMNS, told, strict=True) if known),
        rows=tuple(
            Row(
                entries=tuple(entry for entry, known in zip(row, told, strict=True) if known),
                anchor=slug(lap.id),
            )
            for lap, row in zip(laps, rows, strict=True)
        ),
        notes=(_NOTE,),
        sources=tuple(sorted({lap.info.name for lap in laps})),
    )


def _entries(collection: Collection, lap: Lap) -> tuple[Entry, ...]:
    race = lap.race
    names = sorted({collection.text("model", cell) for cell in lap.cells})
    return (
        Entry(text=listing([field_label(collection, "model", name) for name in names])),
        Entry(text=field_label(collection, "scenario", race.scenario.value)),
        Entry(
            text=number(race.rounds, 0),
            detail=f"blocks of {race.block_seconds:.3g}{THIN}s, {race.seconds:.3g}{THIN}s in all",
            tip=clean(race.order),
            raw=float(race.rounds),
        ),
        _known(collection, lap),
        _twins(lap),
        *_machine(race.conditions),
    )


def _known(collection: Collection, lap: Lap) -> Entry:
    """Say how well the gains of a race are known, and why no better where the target is missed."""
    race = lap.race
    halves = [half for cell in lap.cells if (half := _half(collection, cell)) is not None]
    text = f"±{100 * max(halves):.1f}{THIN}%" if halves else "not known"
    aim = f"target ±{100 * race.target:g}{THIN}%"
    why = {"target": "reached", "interrupted": "interrupted"}.get(
        race.ended, f"time limit of {race.time_limit:g}{THIN}s reached"
    )
    detail = f"{aim} {why}" if race.ended == "target" else f"{why}; {aim}"
    return Entry(text=text, detail=detail, raw=max(halves, default=None))


def _half(collection: Collection, cell: int) -> float | None:
    """Return half the width of the interval of a cell's gain, relative to it."""
    metric = "latency@median" if collection.text("scenario", cell) == "latency" else "throughput"
    found = collection.measured(metric, [cell]).get(cell)
    if found is None or found.gain_rounds is None or not found.gain:
        return None
    if found.gain_low is None or found.gain_high is None:
        return None
    return (found.gain_high - found.gain_low) / 2 / found.gain


def _twins(lap: Lap) -> Entry:
    """Show the gain of the baseline over itself that is furthest from 1."""
    gains = [pair.gain() for pair in _pairs(lap)]
    if not gains:
        return Entry(text="not run", state="none", tip="no baseline ran against itself")
    far = max(gains, key=lambda gain: abs(gain.value - 1))
    return Entry(
        text=number(far.value, 3),
        detail=_span(far),
        tip=f"{far.method}; {far.n} rounds",
        raw=far.value,
        low=far.low,
        high=far.high,
    )


def _pairs(lap: Lap) -> list[TwinPair]:
    return [pair for pair in lap.info.twins if pair.race == lap.id]


def _span(gain: Estimate) -> str:
    return "" if gain.low is None or gain.high is None else span(gain.low, gain.high, 3)


def _machine(conditions: Conditions | None) -> tuple[Entry, ...]:
    """Return the verdict, and what is known of the machine meanwhile."""
    if conditions is None:
        return (NOT_STATED,) * 5
    verdict, rest = conditions.verdict, _rest(conditions)
    return (
        Entry(
            text=verdict.calm.value,
            detail=clean("; ".join(verdict.reasons)),
            tone="bad" if verdict.calm is Calm.UNUSABLE else "",
            raw=verdict.calm.value,
        ),
        _share(conditions.others),
        _share(conditions.steal),
        _frequency(conditions),
        Entry(text=rest) if rest else NOT_STATED,
    )


def _share(share: float | None) -> Entry:
    return NOT_STATED if share is None else Entry(text=number(100 * share, 1), raw=100 * share)


def _frequency(known: Conditions) -> Entry:
    if known.mhz_low is None or known.mhz_high is None:
        return NOT_STATED
    low, high = f"{known.mhz_low:.0f}", f"{known.mhz_high:.0f}"
    return Entry(text=low if low == high else f"{low} to {high}")


def _rest(known: Conditions) -> str:
    """Write down what is told less often, and what is remarkable."""
    parts = (
        f"load average {known.load:.2f} before" if known.load is not None else "",
        f"slowed down by heat {known.throttled} times" if known.throttled else "",
        f"up to {known.celsius:.0f}{THIN}°C" if known.celsius is not None else "",
        _per_cent("waiting for memory", known.memory_pressure),
        _per_cent("held by a processor limit", known.quota),
        f"governor {clean(known.governor)}" if known.governor else "",
        switch("turbo", known.turbo),
    )
    return ", ".join(part for part in parts if part)


def _per_cent(name: str, share: float | None) -> str:
    return f"{name} {100 * share:.1f}{THIN}%" if share else ""
