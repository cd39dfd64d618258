"""The page on which a reader holds two releases, platforms, runtimes or formats side by side."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import Number, Shown, finish, measured_number, name_entry
from benchfolio.generator.explore import FACETS, Comparing, Explored, Pair, Question
from benchfolio.generator.explore.comparing import ALONE, BETTER, NOT, SAME, UNJUDGED, WORDS, WORSE
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.formatting import THIN, clean, listing, number, slug
from benchfolio.generator.pages.parts import MOST_ROWS
from benchfolio.generator.view import Column, Entry, Fact, Link, Page, Row, Section, Table
from benchfolio.results import release_order

COMPARE = "compare"
METRICS = ("throughput", "latency@median")
"""What releases are compared by without a script, beside the metrics of acceptance."""

_NEEDS = (
    "Choosing what to compare needs JavaScript. Without it, the newest release stands below beside "
    "the one before it."
)
_NAMES = ("model", "platform", "precision", "recipe", "runtime")


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of one metric."""

    metric: str
    pair: Pair


def compare_page(collection: Collection, explored: Explored) -> Page | None:
    """Return the page; ``None`` where there are no two sides of anything."""
    if not has_two_sides(collection):
        return None
    releases = _releases(collection)
    found = _compared(collection, explored, *releases[-2:]) if len(releases) > 1 else []
    table = _release_table(collection, explored, releases, found) if found else None
    return Page(
        kind="page",
        id=COMPARE,
        title="Compare",
        sentence=_sentence(releases, found),
        sections=(
            Section(id="compare-sides", title="Two sides", text=_NEEDS),
            *([Section(id="releases", title="Releases", table=table)] if _has_rows(table) else []),
            Section(id="elsewhere", title="Compared elsewhere", facts=_elsewhere()),
        ),
    )


def has_two_sides(collection: Collection) -> bool:
    """Tell whether there are two releases, platforms, runtimes, precisions or recipes."""
    cells = collection.select(releases="all")
    return any(len(set(collection.column(facet, cells))) > 1 for facet in FACETS)


def _has_rows(table: Table | None) -> bool:
    return table is not None and bool(table.rows)


def _elsewhere() -> tuple[Fact, ...]:
    link = Link(kind="table", target="precision-comparison")
    return (Fact(label="INT8 against FP32", text="all formats compared with FP32", link=link),)


def _releases(collection: Collection) -> tuple[str, ...]:
    cells = collection.select({"origin": MEASURED}, releases="all")
    return tuple(sorted(set(collection.column("release", cells)), key=release_order))


def _sentence(releases: Sequence[str], found: Sequence[Compared]) -> str:
    if len(releases) < 2:
        told = f"only {clean(releases[0])} is measured so far" if releases else "none is measured"
        return f"Of releases, {told}: platforms, runtimes and formats can be compared."
    numbers = Counter(one.pair.word for one in found)
    counts = ", ".join(f"{number(numbers[word], 0)} {word}" for word in WORDS if numbers[word])
    return f"{clean(releases[-1])} against {clean(releases[-2])}: {counts or 'nothing is in both'}."


def _listed(explored: Explored, found: Sequence[Compared]) -> list[Compared]:
    """Return what a table is for: not what is the same, and of each verdict the largest first."""
    ratios = {each.id: each.ratio for each in explored.head.metrics}
    ordered = sorted(found, key=lambda one: -_size(one, is_ratio=ratios[one.metric]))
    return [
        one
        for word in WORDS
        if word != SAME
        for one in [each for each in ordered if each.pair.word == word][:MOST_ROWS]
    ]


def _size(one: Compared, *, is_ratio: bool) -> float:
    """Return how far a pair is apart: of quality in its unit, of speed in hundredths."""
    if one.pair.found is None:
        return 0.0
    value = one.pair.found.value
    return 100 * abs(math.log(value)) if is_ratio and value > 0 else abs(value)


def _left_out(found: Sequence[Compared]) -> tuple[str, ...]:
    """Say what the table does not list."""
    numbers = Counter(one.pair.word for one in found)
    same = numbers.pop(SAME, 0)
    cut = [
        f"{number(MOST_ROWS, 0)} of {number(count, 0)} {word}"
        for word, count in numbers.items()
        if count > MOST_ROWS
    ]
    return (
        *([f"Counted, not listed: {number(same, 0)} {SAME}."] if same else ()),
        *([f"The largest are listed: {listing(cut)}."] if cut else ()),
    )


def _release_table(
    collection: Collection,
    explored: Explored,
    releases: Sequence[str],
    compared: Sequence[Compared],
) -> Table:
    a, b = releases[-2:]
    found = _listed(explored, compared)
    sides = [[_side(collection, one, at) for one in found] for at in ("one", "other")]
    values = [finish(side, pool=[*sides[0], *sides[1]]) for side in sides]
    changes, _ = finish([_change(explored, one) for one in found])
    rows = [
        _row(collection, one, (values[0][0][place], values[1][0][place], changes[place]))
        for place, one in enumerate(found)
    ]
    return Table(
        id="compare-releases",
        title=f"{clean(b)} against {clean(a)}",
        description="Everything else equal; only versions of runtimes may differ.",
        columns=(
            *(Column(id=field, label=field.capitalize(), heading=True) for field in _NAMES),
            Column(id="metric", label="Metric"),
            Column(id="a", label=clean(a), unit=values[0][1], numeric=True),
            Column(id="b", label=clean(b), unit=values[1][1], numeric=True),
            Column(
                id="change",
                label="Gain, or loss of quality",
                formula=f"{clean(b)} against {clean(a)}",
                numeric=True,
            ),
            Column(id="word", label="Verdict"),
        ),
        rows=tuple(rows),
        notes=(
            *_left_out(compared),
            "Gains above 1 and losses below 0 are better in the newer release.",
            "Two releases are two runs: what else changed on a machine is part of the difference.",
        ),
    )


def _compared(collection: Collection, explored: Explored, a: str, b: str) -> list[Compared]:
    comparing = Comparing(explored)
    limits = {
        explored.head.metrics[one.limit.metric].id
        for one in explored.part.choices
        if one.limit is not None
    }
    known = set(collection.metric_ids())
    return [
        Compared(metric=metric, pair=pair)
        for metric in (*METRICS, *sorted(limits))
        if metric in known
        for pair in comparing.answer(Question(facet="release", a=a, b=b, metric=metric)).pairs
    ]


def _row(collection: Collection, one: Compared, figures: Sequence[Entry]) -> Row:
    cell = one.pair.one if one.pair.one >= 0 else one.pair.other
    names = [collection.text(field, cell) for field in _NAMES]
    return Row(
        entries=(
            *(name_entry(collection, *pair) for pair in zip(_NAMES, names, strict=True)),
            name_entry(collection, "metric", one.metric),
            *figures,
            _verdict(one.pair),
        ),
        anchor=slug(*names, one.metric, str(cell)),
    )


def _verdict(pair: Pair) -> Entry:
    refused = pair.word in (NOT, ALONE, UNJUDGED)
    return Entry(
        text=pair.word,
        raw=pair.word,
        state="not comparable" if refused else "ok",
        tone={WORSE: "bad", BETTER: "good"}.get(pair.word, ""),
        tip=pair.reason,
    )


def _side(collection: Collection, one: Compared, name: str) -> Shown:
    cell: int = getattr(one.pair, name)
    if cell < 0:
        return Entry(text="none", state="none", tip="not measured")
    found = collection.measured(one.metric, [cell]).get(cell)
    if found is None:
        state = collection.text("state", cell)
        return Entry(text=state, state=state, tip=clean(collection.column("reason", [cell])[0]))
    return measured_number(collection, found)


def _change(explored: Explored, one: Compared) -> Shown:
    found = one.pair.found
    if found is None:
        return Entry(text="", state="none")
    metric = next(each for each in explored.head.metrics if each.id == one.metric)
    floor = one.pair.floor
    return Number(
        value=found.value,
        low=found.low,
        high=found.high,
        unit="×" if metric.ratio else "points",
        most=2 if metric.ratio else metric.decimals,
        signed=not metric.ratio,
        tone="bad" if one.pair.word == WORSE else "",
        tip="" if floor is None else f"noise floor {number(100 * floor, 1)}{THIN}%",
    )
