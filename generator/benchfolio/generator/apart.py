"""Which machine differs from the others in what one and the same artefact gives."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec

from benchfolio.generator.formatting import DASH, clean, number, with_unit
from benchfolio.generator.view import Column, Entry
from benchfolio.results import Platform

APART = "apart"
"""Id of the column that names what stands apart."""
NOBODY = "no"
SEPARATOR = "; "
NOT_STATED_ISA = "instruction sets not stated"
UNSTATED = "Instruction sets are not stated for"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A column: what it is called, and the machine it stands for."""

    label: str
    platform: Platform | None


def apart_entry(
    places: Sequence[Place], entries: Sequence[Entry], limit: float, column: Column
) -> Entry:
    """Name the places whose value is further from the median of the others than a limit.

    Args:
        places: The columns of a row.
        entries: Their values.
        limit: The distance that is still usual, in the unit of the values.
        column: One of the columns: its unit and direction are those of all.
    """
    known = [
        (place, entry.raw)
        for place, entry in zip(places, entries, strict=True)
        if isinstance(entry.raw, float)
    ]
    if len(known) < 3:
        return Entry(text=DASH, state="none", tip="fewer than three values to compare")
    far = _far(known, limit)
    if not far:
        return Entry(text=NOBODY, raw=NOBODY)
    machines = [place.platform for place in places if place.platform is not None]
    unit = next((entry.unit for entry in entries if entry.unit), column.unit)
    worse = [distance for _, distance in far if (distance > 0) is (column.better == "lower")]
    remark = SEPARATOR.join(dict.fromkeys(_isa(place.platform, machines) for place, _ in far))
    return Entry(
        text=SEPARATOR.join(
            f"{clean(place.label)} {_distance(distance, unit)}" for place, distance in far
        ),
        tone="bad" if worse else "",
        # What is not known is told once, under the table.
        detail="" if remark == NOT_STATED_ISA else remark,
        tip=remark,
        raw=SEPARATOR.join(clean(place.label) for place, _ in far),
    )


def _far(known: Sequence[tuple[Place, float]], limit: float) -> list[tuple[Place, float]]:
    """Return what is far from the median of the others, and how far.

    The farthest goes first and the rest is judged without it: beside a value that is really far,
    the others are only far from that one.
    """
    rest, far = list(known), []
    while len(rest) >= 3:
        found = [
            (place, value - median(raw for other, raw in rest if other is not place))
            for place, value in rest
        ]
        farthest = max(found, key=lambda one: abs(one[1]))
        if abs(farthest[1]) <= limit:
            break
        far.append(farthest)
        rest = [one for one in rest if one[0] is not farthest[0]]
    return far


def _distance(distance: float, unit: str) -> str:
    return with_unit(number(distance, 2, signed=True), "points" if unit == "%" else unit)


def _isa(platform: Platform | None, others: Sequence[Platform]) -> str:
    """Say which instruction sets a machine lacks, compared with those of its architecture."""
    own = platform.processor if platform is not None else None
    if own is None or not own.isa:
        return NOT_STATED_ISA
    alike = [one.processor for one in others if one.processor.architecture == own.architecture]
    lacking = sorted({name for one in alike for name in one.isa} - set(own.isa))
    if lacking:
        return f"without {clean(', '.join(lacking))}"
    return f"has {clean(', '.join(own.isa))}"
