"""What stands where a row and a column meet: a figure, a name, a verdict, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import msgspec

from benchfolio.generator.definitions import CELL_FIELDS, ValueSpec
from benchfolio.generator.derive import COMPARED_BY
from benchfolio.generator.entries import (
    NOT_PLANNED,
    TOO_FEW,
    Shown,
    claimed,
    count_entry,
    derived_number,
    field_label,
    measured_number,
    name_entry,
    refused,
    state_entry,
)
from benchfolio.generator.formatting import DASH, clean, listing, natural
from benchfolio.generator.measured import Measured
from benchfolio.generator.percentiles import percent_of, shortage
from benchfolio.generator.tables.headers import label
from benchfolio.generator.tables.layout import Layout, Slot
from benchfolio.generator.verdicts import Verdicts
from benchfolio.generator.view import Entry
from benchfolio.results import Direction


class Contents:
    """Makes the entries of value columns."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._selection = layout.selection
        self._collection = layout.selection.collection
        self._base: dict[str, dict[int, Measured]] = {}

    def show(self, spec: ValueSpec) -> Callable[[ValueSpec, Slot], Shown]:
        """Return what makes the entries of a value column."""
        if spec.derive == "verdict":
            return self._verdict
        if spec.derive == "coverage":
            return self._coverage
        if spec.field is not None:
            return self._field_entry
        return self._figure

    def _figure(self, spec: ValueSpec, slot: Slot) -> Shown:
        cells = self._layout.relevant(spec, slot)
        if not cells:
            return NOT_PLANNED
        metric = slot.metric
        known = self._selection.measured(metric) if metric is not None else {}
        chosen, others = self._choose([known[cell] for cell in cells if cell in known])
        if chosen is None:
            return self._without(spec, slot, cells)
        shown = self._of(spec, chosen)
        if others:
            shown = _with_tip(shown, self._best_of(chosen, others))
        return self._traced(shown, chosen.cell)

    def _traced(self, shown: Shown, cell: int) -> Shown:
        """Say which measurement it is, and which file it stands in."""
        file = self._collection.file_of(cell).name
        return msgspec.structs.replace(shown, cell=self._layout.anchors[cell], file=file)

    def _of(self, spec: ValueSpec, found: Measured) -> Shown:
        if spec.derive is not None:
            return derived_number(self._collection, found, spec.derive)
        if spec.of == "candidate":
            return measured_number(self._collection, found)
        if spec.of == "teacher":
            return self._teacher(found.cell, found.metric)
        base = self._baselines(found.metric).get(found.baseline)
        if base is None or found.refusal not in ("", "zero", "misplaced"):
            return refused(self._collection, found)
        return measured_number(self._collection, base)

    def _teacher(self, cell: int, metric: str) -> Shown:
        """Return the value of the model that taught this one, measured in the same way."""
        names = [name for name in COMPARED_BY if name not in ("model", "form")]
        same = {name: [str(self._collection.column(name, [cell])[0])] for name in names}
        same |= {
            "model": [self._collection.text("teacher", cell)],
            "form": [self._collection.text("form", cell)],
            "precision": ["FP32"],
            "method": ["original"],
        }
        found = self._collection.measured(metric, self._collection.select(same, releases="all"))
        if len(found) != 1:
            return Entry(text=DASH, state="none", tip="the teacher has no such value")
        return measured_number(self._collection, next(iter(found.values())))

    def _baselines(self, metric: str) -> dict[int, Measured]:
        """Return one metric's values of all baselines: they may be outside the filter."""
        if metric not in self._base:
            cells = sorted(
                {one.baseline for one in self._selection.measured(metric).values()} - {-1}
            )
            self._base[metric] = self._collection.measured(metric, cells)
        return self._base[metric]

    def _without(self, spec: ValueSpec, slot: Slot, cells: Sequence[int]) -> Shown:
        """Return what stands where there is no value: a published claim, or the state."""
        if spec.derive is not None and slot.metric is not None:
            for cell in cells:
                claim = claimed(self._collection.claims(cell), spec.derive, slot.metric)
                if claim is not None:
                    return claim
        bad = [cell for cell in cells if self._selection.field("state")[cell] != "ok"]
        if not bad:
            return self._unmeasured(slot.metric, cells)
        if spec.of == "teacher" and slot.metric is not None:
            return self._teacher(bad[0], slot.metric)
        if spec.of == "baseline" and slot.metric is not None:
            base = self._baseline_value(slot.metric, bad[0])
            if base is not None:
                return base
        return self._state(bad)

    def _unmeasured(self, metric: str | None, cells: Sequence[int]) -> Entry:
        """Say why a cell that is ok has no such value: too few requests for a percentile."""
        if metric is not None and percent_of(metric) is not None:
            requests = self._selection.measured("latency@median")
            counts = [requests[cell].n for cell in cells if cell in requests]
            known = [count for count in counts if count is not None]
            why = shortage(metric, max(known, default=None))
            if why:
                return Entry(text=TOO_FEW, state="none", tip=why)
        return Entry(text=DASH, state="none", tip="not measured")

    def _baseline_value(self, metric: str, cell: int) -> Shown | None:
        """Return the baseline's value beside a candidate that has none."""
        baseline = self._collection.column("baseline", [cell])[0]
        found = self._collection.measured(metric, [baseline]) if baseline >= 0 else {}
        return measured_number(self._collection, found[baseline]) if found else None

    def _state(self, cells: Sequence[int]) -> Entry:
        state, reason = self._selection.field("state"), self._selection.field("reason")
        return state_entry([state[cell] for cell in cells], [reason[cell] for cell in cells])

    def _choose(self, found: list[Measured]) -> tuple[Measured | None, list[Measured]]:
        """Return the best of several configurations, and the others."""
        if not found:
            return None, []
        higher = self._collection.metric(found[0].metric).direction is Direction.HIGHER
        sign = -1 if higher else 1
        ranked = sorted(found, key=lambda one: (not one.is_own_usable, sign * one.value, one.cell))
        return ranked[0], ranked[1:]

    def _best_of(self, best: Measured, others: Sequence[Measured]) -> str:
        """Say among what a value was chosen: nothing is left out silently."""
        cells = [best.cell, *(other.cell for other in others)]
        varied = []
        for name in CELL_FIELDS:
            texts = self._selection.texts(name, cells)
            if len(set(texts)) > 1 and name not in ("reason", "command", "date", "note"):
                varied.append(f"{label(name).lower()} {clean(texts[0]) or 'none'}")
        return f"best of {len(cells)} configurations: {', '.join(varied)}"

    def _field_entry(self, spec: ValueSpec, slot: Slot) -> Shown:
        assert spec.field is not None
        cells = self._layout.relevant(spec, slot)
        if not cells:
            return NOT_PLANNED
        if spec.field == "metric":
            return name_entry(self._collection, "metric", self._selection.primary(cells[0]) or "")
        if spec.field == "state":
            return self._state(cells)
        field = self._selection.field(spec.field)
        found = sorted({field[cell] for cell in cells} - {""}, key=natural)
        if len(found) == 1:
            return name_entry(self._collection, spec.field, found[0])
        if not found:
            return Entry(text=DASH, state="none", tip="not known")
        labels = [field_label(self._collection, spec.field, value) for value in found]
        return Entry(text=listing(labels), raw="; ".join(found), tip="; ".join(labels))

    def _coverage(self, spec: ValueSpec, slot: Slot) -> Shown:
        cells = self._layout.relevant(spec, slot)
        if not cells:
            return NOT_PLANNED
        state, reason = self._selection.field("state"), self._selection.field("reason")
        return count_entry([state[cell] for cell in cells], [reason[cell] for cell in cells])

    @cached_property
    def _verdicts(self) -> Verdicts:
        return Verdicts(self._collection, list(self._layout.slots.values()))

    def _verdict(self, spec: ValueSpec, slot: Slot) -> Shown:
        del spec
        return self._verdicts.entry(slot.cells) if slot.cells else NOT_PLANNED


def _with_tip(shown: Shown, tip: str) -> Shown:
    return msgspec.structs.replace(shown, tip=f"{tip}; {shown.tip}" if shown.tip else tip)
