"""What changed in a release: counts first, then what is worse, then the rest."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np

from benchfolio.generator.anchors import anchors
from benchfolio.generator.changes import CellChange, Compared, measured_releases
from benchfolio.generator.collection import Collection
from benchfolio.generator.comparing import FIGURES
from benchfolio.generator.comparison import (
    BETTER,
    DROP,
    GAIN,
    GONE,
    KINDS,
    NEW,
    REFUSED,
    SAME,
    WORSE,
)
from benchfolio.generator.entries import (
    Number,
    Shown,
    derived_unit,
    field_label,
    finish,
    measured_number,
    name_entry,
)
from benchfolio.generator.figures import bars
from benchfolio.generator.formatting import DASH, THIN, clean, listing, natural, number, slug
from benchfolio.generator.measured import Measured
from benchfolio.generator.pages.comparisons import Comparisons
from benchfolio.generator.pages.parts import MOST_ROWS, drawn, more_rows, shown
from benchfolio.generator.view import (
    Chart,
    Column,
    Entry,
    Fact,
    Figure,
    Link,
    Page,
    Row,
    Section,
    Table,
)

CHANGES = "changes"
"""Id of the page."""

MOST_BARS = 40
"""A chart of more bars than these is a table drawn badly."""

_NOTHING = Entry(text=DASH, state="none", tip="does not apply")

_NOTES = (
    (
        "Before and now are separate runs: intervals of both sides are combined as independent, "
        "and what changed in a machine between them is part of a difference."
    ),
    (
        "Nothing is called a difference that its interval, or the larger noise floor of the two "
        "releases, could explain."
    ),
    "Speed: now / before for throughput, before / now for latency.",
)

_GROUPS: tuple[tuple[str, str, str, bool], ...] = (
    ("worse", "Worse", WORSE, False),
    ("gone", "Gone", GONE, False),
    ("refused", "Not comparable", REFUSED, True),
    ("better", "Better", BETTER, False),
    ("new", "New", NEW, True),
)
"""Id, title, kind and whether it is folded, in the order of the page."""


def changes_page(collection: Collection, compared: Comparisons) -> Page | None:
    """Return the page on the newest release; ``None`` where nothing was measured.

    Args:
        collection: The results.
        compared: All releases.
    """
    releases = measured_releases(collection)
    if not releases:
        return None
    found = compared.get(releases[-1])
    page = Page(
        kind="page",
        id=CHANGES,
        title=f"What changed in release {releases[-1]}",
        sentence=(
            f"Release {releases[-1]} is the first that was measured: there is nothing to compare "
            "it with."
        ),
        sections=shown(Section(id="links", title="", facts=_links(releases))),
    )
    if found is None:
        return page
    return msgspec.structs.replace(
        page,
        sentence=changes_sentence(found),
        figures=changes_figures(found),
        sections=shown(
            *change_sections(collection, found),
            Section(
                id="earlier", title="Earlier releases", table=_earlier(compared, releases[1:-1])
            ),
            Section(id="links", title="The releases", facts=_links(releases[-2:])),
        ),
        sources=found.sources(),
    )


def _links(releases: Sequence[str]) -> tuple[Fact, ...]:
    return tuple(
        Fact(label="release", text=f"{name}: what was measured", link=Link("release", name))
        for name in reversed(releases)
    )


def changes_sentence(found: Compared) -> str:
    """Say in one sentence how a release compares with the one before it."""
    counts = [(kind, found.count(kind)) for kind in KINDS]
    told = [_counted(kind, count) for kind, count in counts if count]
    total = number(len(found), 0)
    return (
        f"Against release {found.before}, of {total} measurements "
        f"{listing(told, most=len(KINDS)) or 'none is in both'}{_absent(found)}."
    )


def _absent(found: Compared) -> str:
    """Say how many are gone because their platform was not measured again: no loss of support."""
    there = found.platforms_now()
    absent = {name: sum(counts) for name, counts in found.counts.items() if name not in there}
    if not absent:
        return ""
    plural = "s that were" if len(absent) > 1 else " that was"
    cells = number(sum(absent.values()), 0)
    return f"; {cells} belong to {len(absent)} platform{plural} not measured again"


_WORDS = {
    WORSE: "worse",
    GONE: "gone",
    REFUSED: "not comparable",
    BETTER: "better",
    NEW: "new",
    SAME: "no different",
}


def _counted(kind: str, count: int) -> str:
    return f"{number(count, 0)} {'is' if count == 1 else 'are'} {_WORDS[kind]}"


def changes_figures(found: Compared) -> tuple[Figure, ...]:
    """Return the key figures of a comparison."""
    total = f"of {number(len(found), 0)}"
    worse, gone = found.count(WORSE), found.count(GONE)
    return (
        Figure(label="worse", value=number(worse, 0), detail=total, tone="bad" if worse else ""),
        Figure(label="gone", value=number(gone, 0), detail=total, tone="bad" if gone else ""),
        Figure(label="better", value=number(found.count(BETTER), 0), detail=total),
        Figure(label="no difference", value=number(found.count(SAME), 0), detail=total),
    )


def change_sections(collection: Collection, found: Compared) -> tuple[Section, ...]:
    """Return counts, chart and tables of a comparison of two releases."""
    return (
        Section(id="counts", title="Counts", table=counts_table(collection, found)),
        drawn("change-chart", "Speed now against before", _chart(collection, found)),
        *listed_sections(collection, found),
        _same_section(found),
        Section(id="machines", title="What else changed", facts=_machines(collection, found)),
    )


def listed_sections(
    collection: Collection, found: Compared, kinds: Sequence[str] = KINDS
) -> tuple[Section, ...]:
    """Return the tables of what came out in some ways, at most ``MOST_ROWS`` rows each."""
    return tuple(
        Section(
            id=f"changes-{id_}",
            title=f"{title} ({number(found.count(kind), 0)})",
            table=_table(collection, found, id_, title, (kind,)),
            folded=folded,
        )
        for id_, title, kind, folded in _GROUPS
        if kind in kinds
    )


def _same_section(found: Compared) -> Section:
    """Say how many cells are no different: they are counted and not listed."""
    count = found.count(SAME)
    return Section(
        id="changes-same",
        title=f"No difference ({number(count, 0)})",
        text=f"Counted above, not listed. {_all_of(found)}" if count else "",
    )


def _all_of(found: Compared) -> str:
    """Say where every cell of a comparison is."""
    releases = " ".join(clean(shlex.quote(name)) for name in found.releases)
    return f"All cells: benchfolio compare {releases} --format json."


def _chart(collection: Collection, found: Compared) -> Chart | None:
    moved = found.of((WORSE, BETTER))
    speeds = moved.take(np.flatnonzero(moved.judged.figure == FIGURES.index(GAIN)))
    if not 0 < len(speeds) <= MOST_BARS:
        return None
    return bars(
        _table(collection, speeds, "speeds", "Speed now against before", (WORSE, BETTER)),
        GAIN,
        id_="changes",
        title=f"Speed in {found.after} against {found.before}",
        x_label="speed now / before, ×",
        reference=(1.0, "1× (as before)"),
    )


def counts_table(collection: Collection, found: Compared) -> Table:
    """Return how many measurements of each platform came out how."""
    platforms = sorted(found.counts, key=natural)
    return Table(
        id=f"change-counts-{slug(found.after)}",
        title=f"Measurements of {found.after} against {found.before}",
        columns=(
            Column(id="platform", label="Platform", heading=True),
            *(Column(id=slug(kind), label=kind, numeric=True) for kind in KINDS),
        ),
        rows=tuple(
            Row(
                entries=(
                    name_entry(collection, "platform", platform),
                    *(_count(found.count(kind, platform), kind) for kind in KINDS),
                ),
                anchor=slug("counts", platform),
            )
            for platform in platforms
        ),
    )


def _count(count: int, kind: str) -> Entry:
    bad = bool(count) and kind in (WORSE, GONE)
    return Entry(text=number(count, 0), raw=float(count), tone="bad" if bad else "")


def _earlier(compared: Comparisons, releases: Sequence[str]) -> Table | None:
    """Return the counts of all releases before the newest; nothing where there are none."""
    rows = [
        Row(
            entries=(
                Entry(text=found.after, link=Link("release", found.after)),
                Entry(text=found.before, link=Link("release", found.before)),
                *(_count(found.counts[kind], kind) for kind in KINDS),
            ),
            anchor=slug("release", found.after),
        )
        for found in map(compared.tally, reversed(releases))
    ]
    if not rows:
        return None
    return Table(
        id="changes-by-release",
        title="Earlier releases",
        columns=(
            Column(id="release", label="Release", heading=True),
            Column(id="before", label="Against", heading=True),
            *(Column(id=slug(kind), label=kind, numeric=True) for kind in KINDS),
        ),
        rows=tuple(rows),
    )


def _machines(collection: Collection, found: Compared) -> tuple[Fact, ...]:
    versions: dict[str, None] = {}
    for stated in found.stated():
        versions |= dict.fromkeys(told for told in stated if "→" in told)
    return (
        *(Fact(label="runtime", text=told) for told in versions),
        *(
            Fact(label=field_label(collection, "platform", platform), text="; ".join(told))
            for platform, told in found.machines()
        ),
    )


_FIELDS = ("model", "precision", "runtime", "platform")
_MAYBE = ("recipe", "scenario", "form", "device", "dataset", "batch", "shape", "load")
"""Fields that get a column only where rows would not be told apart without them."""


def _table(
    collection: Collection,
    found: Compared,
    id_: str,
    title: str,
    kinds: Sequence[str],
) -> Table:
    wanted = found.of(kinds)
    listed = wanted.take(slice(MOST_ROWS))
    cells = list(listed.cells())
    fields = (*_FIELDS, *_telling(cells))
    before = [_value(collection, one.old) for one in cells]
    now = [_value(collection, one.new) for one in cells]
    columns = {
        GAIN: finish([_figure(collection, one, GAIN) for one in cells]),
        DROP: finish([_figure(collection, one, DROP) for one in cells]),
        "before": finish(before, pool=[*before, *now]),
        "now": finish(now, pool=[*before, *now]),
    }
    # What no row has gets no column.
    columns = {
        name: column
        for name, column in columns.items()
        if any(e is not _NOTHING for e in column[0])
    }
    rows = tuple(
        Row(
            entries=(
                *(name_entry(collection, field, one.key[field]) for field in fields),
                _what(collection, one),
                *(entries[at] for entries, _ in columns.values()),
                Entry(text=_why(one)) if _why(one) else _NOTHING,
            ),
            anchor=slug(id_, *one.key.values()),
            cells=tuple(anchors(collection, [one.after])) if one.after is not None else (),
        )
        for at, one in enumerate(cells)
    )
    return Table(
        id=f"changes-{slug(found.after)}-{id_}",
        title=f"{title} ({number(len(wanted), 0)})",
        columns=(
            *(Column(id=name, label=_label(name), heading=True) for name in fields),
            Column(id="metric", label="Measured", heading=True),
            *(_column(name, unit, found) for name, (_, unit) in columns.items()),
            Column(id="why", label="Why, and what else changed"),
        ),
        rows=rows,
        notes=(
            *([f"{more_rows(len(wanted))} {_all_of(found)}"] if len(wanted) > MOST_ROWS else ()),
            *(_NOTES if id_ in ("worse", "better") else ()),
        ),
        sources=listed.sources(),
    )


def _what(collection: Collection, one: CellChange) -> Entry:
    """Name the metric; the scenario where there is no value of any."""
    if one.metric:
        return name_entry(collection, "metric", one.metric)
    return name_entry(collection, "scenario", one.key["scenario"])


def _telling(cells: Sequence[CellChange]) -> tuple[str, ...]:
    """Return the further fields that tell rows apart."""
    seen: dict[tuple[str, ...], list[Mapping[str, str]]] = {}
    for one in cells:
        names = (*(one.key[name] for name in _FIELDS), one.metric or one.key["scenario"])
        seen.setdefault(names, []).append(one.key)
    doubled = [keys for keys in seen.values() if len(keys) > 1]
    return tuple(
        name for name in _MAYBE if any(len({key[name] for key in keys}) > 1 for keys in doubled)
    )


_COLUMNS: Mapping[str, Callable[[Compared, str], Column]] = {
    "before": lambda found, unit: Column(
        id="before", label="before", group="Value", unit=unit, formula=found.before, numeric=True
    ),
    "now": lambda found, unit: Column(
        id="now", label="now", group="Value", unit=unit, formula=found.after, numeric=True
    ),
    GAIN: lambda _, unit: Column(
        id=GAIN,
        label="speed",
        group="Difference",
        unit=unit,
        formula="now / before",
        better="higher",
        numeric=True,
    ),
    DROP: lambda _, unit: Column(
        id=DROP,
        label="quality lost",
        group="Difference",
        unit=unit,
        formula="loss since before",
        better="lower",
        numeric=True,
    ),
}


def _column(name: str, unit: str, found: Compared) -> Column:
    return _COLUMNS[name](found, unit)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _value(collection: Collection, found: Measured | None) -> Shown:
    return _NOTHING if found is None else measured_number(collection, found)


def _figure(collection: Collection, one: CellChange, figure: str) -> Shown:
    """Return the ratio or the loss of a cell, if that is what it is compared by."""
    change = one.change
    if change.figure != figure or change.value is None or one.new is None:
        return _NOTHING
    gain = figure == GAIN
    floor = "" if change.floor is None else f"noise floor {100 * change.floor:.1f}{THIN}%"
    return Number(
        value=change.value,
        low=change.low,
        high=change.high,
        unit="×" if gain else derived_unit(figure, one.new.unit),
        most=2 if gain else collection.metric(one.metric).decimals,
        signed=not gain,
        tone={WORSE: "bad", BETTER: "good"}.get(change.kind, ""),
        tip="; ".join(filter(None, (change.method, floor, change.reason))),
    )


def _why(one: CellChange) -> str:
    return clean("; ".join(filter(None, (one.change.reason, *one.stated))))
