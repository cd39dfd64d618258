"""The page on which a reader finds a format: what is acceptable, ranked, with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import (
    NOT_STATED,
    Shown,
    derived_number,
    finish,
    measured_number,
    name_entry,
)
from benchfolio.generator.explore import Explored, Ranked, Ranking, Wish
from benchfolio.generator.formatting import slug
from benchfolio.generator.view import Column, Entry, Page, Row, Section, Table

CHOOSER = "chooser"
METRICS = ("throughput", "latency@median")
"""What formats are ranked by: throughput, where it was measured."""

_NEEDS = (
    "Choosing for another loss, task or metric needs JavaScript. The table below has the best "
    "acceptable format of each model on each platform, by the limits of the suite."
)
_COLUMNS = (
    Column(id="model", label="Model", heading=True),
    Column(id="platform", label="Platform", heading=True),
    Column(id="precision", label="Precision"),
    Column(id="recipe", label="Recipe"),
    Column(id="runtime", label="Runtime"),
)


class Best(msgspec.Struct, frozen=True, kw_only=True):
    """The first acceptable format of a model on a platform, and those that share its place."""

    model: str
    platform: str
    metric: str = ""
    first: Ranked | None = None
    tied: tuple[Ranked, ...] = ()
    excluded: int = 0


def chooser_page(collection: Collection, explored: Explored) -> Page | None:
    """Return the page; ``None`` where no format was measured."""
    ranking = Ranking(explored)
    found = list(_all_best(explored, ranking))
    if not found:
        return None
    return Page(
        kind="page",
        id=CHOOSER,
        title="Choose a format",
        sentence=_sentence(explored, found),
        sections=(
            Section(id="choose", title="Your question", text=_NEEDS),
            Section(
                id="best",
                title="Best acceptable formats",
                table=_table(collection, explored, ranking, found),
            ),
        ),
    )


def _sentence(explored: Explored, found: Sequence[Best]) -> str:
    faster = sum(
        one.first is not None
        and not any(explored.part.choices[each.choice].baseline for each in (one.first, *one.tied))
        for one in found
    )
    pairs = f"{len(found)} pairs of model and platform" if len(found) > 1 else "one model"
    floors = (
        explored.head.floors[explored.part.cells[one.cell].place] for one in explored.part.choices
    )
    margin = "beyond noise" if any(floor is not None for floor in floors) else "by their intervals"
    return (
        f"Of {pairs}, {faster or 'none'} {'have' if faster != 1 else 'has'} a format that is "
        f"faster than every FP32 original {margin} and loses no more than the limit."
    )


def _all_best(explored: Explored, ranking: Ranking) -> Iterator[Best]:
    names = explored.head.names
    cells = explored.part.cells
    pairs = dict.fromkeys(
        (
            names["model"][cells[one.cell].model][0],
            names["platform"][explored.head.places[cells[one.cell].place][0]][0],
        )
        for one in explored.part.choices
    )
    for model, platform in pairs:
        yield _best(ranking, model, platform)


def _best(ranking: Ranking, model: str, platform: str) -> Best:
    where = {"model": model, "platform": platform}
    excluded = 0
    for metric in METRICS:
        found = ranking.rank(Wish(where=where, metric=metric))
        first = [one for one in found if one.rank == 1]
        if first:
            return Best(
                model=model,
                platform=platform,
                metric=metric,
                first=first[0],
                tied=tuple(first[1:]),
            )
        excluded = len(found)
    return Best(model=model, platform=platform, excluded=excluded)


def _table(
    collection: Collection, explored: Explored, ranking: Ranking, found: Sequence[Best]
) -> Table:
    speeds, gains, drops = zip(*(_figures(collection, explored, one) for one in found), strict=True)
    columns = [finish(column) for column in (speeds, gains, drops)]
    rows = [
        Row(
            entries=(
                *_names(collection, explored, one),
                *(entries[place] for entries, _ in columns),
                _tied(explored, ranking, one),
            ),
            anchor=slug(one.model, one.platform),
        )
        for place, one in enumerate(found)
    ]
    units = [unit for _, unit in columns]
    return Table(
        id="best-acceptable",
        title="Best acceptable formats",
        description="The fastest format that loses no more than the suite accepts.",
        columns=(
            *_COLUMNS,
            Column(id="speed", label="Speed", unit=units[0], numeric=True),
            Column(
                id="gain",
                label="Gain",
                unit=units[1],
                formula="candidate / FP32",
                better="higher",
                numeric=True,
            ),
            Column(
                id="drop",
                label="Drop",
                unit=units[2],
                formula="loss against FP32",
                better="lower",
                numeric=True,
            ),
            Column(id="tied", label="Noise cannot separate it from"),
        ),
        rows=tuple(rows),
        notes=("By throughput; by median latency where no throughput was measured.",),
    )


def _names(collection: Collection, explored: Explored, one: Best) -> Iterator[Entry]:
    yield name_entry(collection, "model", one.model)
    yield name_entry(collection, "platform", one.platform)
    if one.first is None:
        reason = f"none of {one.excluded} formats is acceptable and has a usable speed"
        yield from (Entry(text="none", state="not comparable", tip=reason) for _ in range(3))
        return
    cell = explored.part.choices[one.first.choice].cell
    for field in ("precision", "recipe", "runtime"):
        yield name_entry(collection, field, collection.text(field, cell))


def _figures(collection: Collection, explored: Explored, one: Best) -> tuple[Shown, Shown, Shown]:
    if one.first is None:
        return NOT_STATED, NOT_STATED, NOT_STATED
    speed = collection.measured(one.metric, [one.first.speed])[one.first.speed]
    choice = explored.part.choices[one.first.choice]
    drop: Shown = Entry(text="baseline", tip="the FP32 original") if choice.baseline else NOT_STATED
    if choice.loss is not None and not choice.baseline:
        metric = explored.head.metrics[choice.loss.metric].id
        drop = derived_number(
            collection, collection.measured(metric, [choice.loss.cell])[choice.loss.cell], "drop"
        )
    return measured_number(collection, speed), derived_number(collection, speed, "gain"), drop


def _tied(explored: Explored, ranking: Ranking, one: Best) -> Entry:
    if not one.tied:
        return Entry(text="")
    names = explored.head.names
    told = []
    for each in one.tied:
        cell = ranking.cell(each)
        runtime = explored.head.places[cell.place][2]
        parts = (("precision", cell.precision), ("recipe", cell.recipe), ("runtime", runtime))
        precision, recipe, on = (names[field][number][1] for field, number in parts)
        told.append(f"{precision} {recipe} on {on}")
    return Entry(text=", ".join(told))
