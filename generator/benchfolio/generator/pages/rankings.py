"""Tables over many models: speed by format, worst drops, how cells ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import (
    NO_DIFFERENCE,
    WORST_FIRST,
    derived_number,
    finish,
    name_entry,
)
from benchfolio.generator.formats import Format, gain_of, is_within_noise, mean_gain
from benchfolio.generator.formatting import natural, number, slug
from benchfolio.generator.origins import mark
from benchfolio.generator.pages.parts import MOST_ROWS, more_rows
from benchfolio.generator.quality import measured_only
from benchfolio.generator.verdicts import OVER
from benchfolio.generator.view import Column, Entry, Row, Table

WORST_SHOWN = 10


def gains_table(collection: Collection, found: Sequence[Format]) -> Table:
    """Return the geometric mean of the gains of each precision, runtime and platform."""
    grouped: dict[tuple[str, str, str], list[Format]] = {}
    for one in found:
        if gain_of(one) is not None and not one.is_baseline:
            key = (one.key["precision"], one.key["runtime"], one.key["platform"])
            grouped.setdefault(key, []).append(one)
    rows = [
        _gain_row(collection, key, same)
        for key, same in sorted(grouped.items(), key=lambda item: [natural(x) for x in item[0]])
    ]
    unusable = sum(one.gain is not None and not one.gain.is_usable for one in found)
    return Table(
        id="gains",
        title="Speed against FP32",
        description=(
            "Geometric mean of the gains against FP32 of the same runtime, over models, their "
            "source forms and recipes."
        ),
        columns=(
            Column(id="precision", label="Precision", heading=True),
            Column(id="runtime", label="Runtime", heading=True),
            Column(id="platform", label="Platform", heading=True),
            Column(id="models", label="Comparisons", numeric=True),
            Column(
                id="gain",
                label="geometric mean",
                group="Gain",
                unit="×",
                formula="candidate / FP32",
                better="higher",
                numeric=True,
            ),
            Column(id="least", label="least", group="Gain", unit="×", numeric=True),
            Column(id="most", label="most", group="Gain", unit="×", numeric=True),
        ),
        rows=tuple(rows),
        notes=(
            "By throughput; by median latency where no throughput was measured.",
            *([f"Left out as unusable: {unusable}."] if unusable else []),
        ),
        mark=mark(collection, [cell for one in found for cell in one.cells]),
    )


def _gain_row(collection: Collection, key: tuple[str, str, str], found: Sequence[Format]) -> Row:
    ranked = sorted(found, key=lambda one: gain_of(one) or 0.0)
    ends = [
        _gain_entry(*mean_gain(found)),
        *(
            _gain_entry(gain_of(one) or 0.0, is_within_noise(one))
            for one in (ranked[0], ranked[-1])
        ),
    ]
    names = zip(("precision", "runtime", "platform"), key, strict=True)
    return Row(
        entries=(
            *(name_entry(collection, field, value) for field, value in names),
            _count(len(found)),
            *ends,
        ),
        anchor=slug(*key),
    )


def _gain_entry(gain: float, noise: bool) -> Entry:
    if noise:
        return Entry(text=NO_DIFFERENCE, raw=gain, tip=f"{number(gain, 2)}×", worded=True)
    return Entry(text=number(gain, 2), raw=gain, tone="bad" if gain < 1 else "")


def over_table(collection: Collection, found: Sequence[Format]) -> Table:
    """Return the losses of quality that are over their limit, the largest first."""
    over = [one for one in found if one.verdict == OVER]
    table = worst_table(collection, over, most=MOST_ROWS)
    cut = (more_rows(len(over)),) if len(over) > MOST_ROWS else ()
    return msgspec.structs.replace(
        table,
        id="losses-over-the-limit",
        title="Losses over the limit",
        description="All losses against FP32 of the same runtime that are over what is acceptable.",
        notes=(*cut, *table.notes[:1]),
    )


def worst_table(collection: Collection, found: Sequence[Format], most: int = WORST_SHOWN) -> Table:
    """Return the largest losses of quality, relative to what is acceptable where that is stated."""
    lossy = [one for one in found if one.quality is not None and loss(one) is not None]
    lossy = [one for one in lossy if not one.is_baseline and (loss(one) or 0) > 0]
    lossy = [one for one in lossy if is_lossy(one)]
    lossy.sort(key=lambda one: (loss_rank(one), tuple(one.key.values())))
    shown = lossy[:most]
    drops = [
        derived_number(collection, one.quality, "drop") for one in shown if one.quality is not None
    ]
    entries, unit = finish(drops)
    fields = ("model", "precision", "recipe", "runtime", "platform")
    rows = [
        Row(
            entries=(
                *(name_entry(collection, field, one.key[field]) for field in fields),
                name_entry(collection, "metric", one.quality.metric if one.quality else ""),
                entry,
                _limit_entry(one),
            ),
            anchor=slug(*(one.key[field] for field in fields)),
        )
        for one, entry in zip(shown, entries, strict=True)
    ]
    return Table(
        id="worst-drops",
        title="Worst drops",
        description="The largest losses of quality against FP32 of the same runtime.",
        columns=(
            *(Column(id=field, label=field.capitalize(), heading=True) for field in fields),
            Column(id="metric", label="Metric"),
            Column(
                id="drop",
                label="drop",
                unit=unit,
                formula="loss against FP32",
                better="lower",
                numeric=True,
            ),
            Column(id="limit", label="Limit", numeric=True),
        ),
        rows=tuple(rows),
        notes=(
            "Ordered by the loss as a multiple of the limit where one is stated, then by points.",
            "Losses in other units come last; what is no detectable loss is not among them.",
        ),
    )


def _limit_entry(one: Format) -> Entry:
    if one.limit is None:
        return Entry(text="none stated", state="none", tip="no acceptance limit is stated")
    return Entry(text=f"{one.limit.max_drop:g}", raw=one.limit.max_drop)


def states_table(collection: Collection) -> Table:
    """Return how many planned cells of each platform ended how."""
    cells = collection.select(measured_only({}))
    pairs = list(
        zip(collection.column("platform", cells), collection.column("state", cells), strict=True)
    )
    states = [state for state in reversed(WORST_FIRST) if any(state == got for _, got in pairs)]
    rows = [
        Row(
            entries=(
                name_entry(collection, "platform", platform),
                name_entry(collection, "release", collection.newest[platform]),
                *(_count(pairs.count((platform, state))) for state in states),
            ),
            anchor=slug(platform),
        )
        for platform in sorted({platform for platform, _ in pairs}, key=natural)
    ]
    return Table(
        id="cells-by-state",
        title="Planned cells by state",
        columns=(
            Column(id="platform", label="Platform", heading=True),
            Column(id="release", label="Release", heading=True),
            *(Column(id=state, label=state, numeric=True) for state in states),
        ),
        rows=tuple(rows),
    )


def outcome_table(collection: Collection, cells: Sequence[int], field: str) -> Table:
    """Return how many cells ended how, for each value of a field: ``model``, ``platform`` …"""
    pairs = Counter(
        zip(collection.column(field, cells), collection.column("state", cells), strict=True)
    )
    states = [state for state in reversed(WORST_FIRST) if any(state == got for _, got in pairs)]
    names = sorted({name for name, _ in pairs}, key=natural)
    return Table(
        id=f"outcomes-by-{field}",
        title=f"Cells by {field} and state",
        columns=(
            Column(id=field, label=field.capitalize(), heading=True),
            *(Column(id=state, label=state, numeric=True) for state in states),
        ),
        rows=tuple(
            Row(
                entries=(
                    name_entry(collection, field, name),
                    *(_count(pairs[name, state]) for state in states),
                ),
                anchor=slug(field, name),
            )
            for name in names
        ),
    )


def _count(count: int) -> Entry:
    return Entry(text=number(count, 0), raw=float(count))


def loss(one: Format) -> float | None:
    """Return the drop as a multiple of its limit where one is stated."""
    if one.quality is None or one.quality.drop is None:
        return None
    limit = one.limit.max_drop if one.limit else 0.0
    return one.quality.drop / limit if limit else one.quality.drop


def is_lossy(one: Format) -> bool:
    """Tell whether a loss may be called one: paired samples show it, or it is over the limit."""
    return one.quality is None or one.verdict == OVER or not one.quality.is_undetectable


def loss_rank(one: Format) -> tuple[int, float]:
    """Put the worst first: multiples of a limit, then points, then what has another unit."""
    points = one.quality is not None and one.quality.unit == "%"
    return (0 if one.limit is not None else 1 if points else 2, -(loss(one) or 0.0))
