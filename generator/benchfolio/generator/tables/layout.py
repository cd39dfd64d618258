"""Rows and columns of a table, and the cells that belong where they meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import msgspec

from benchfolio.generator.anchors import anchors
from benchfolio.generator.definitions import ValueSpec
from benchfolio.generator.quality import QUALITY
from benchfolio.generator.scenarios import LOADGEN, OURS
from benchfolio.generator.tables.metrics import RowMetrics
from benchfolio.generator.tables.ordering import field_order
from benchfolio.generator.tables.selection import Key, Selection


class Slot(msgspec.Struct, frozen=True):
    """One row and column group: the cells that belong there."""

    row: Key
    cells: tuple[int, ...]
    metric: str | None


class Layout:
    """Where the selected cells stand.

    Attributes:
        row_fields: Fields that make a row; those with one value by restriction are left out.
        column_fields: Fields that make the upper header, in the same way.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        definition, pinned = selection.definition, selection.pinned
        kept = [name for name in definition.rows if name not in pinned]
        self.row_fields = kept or list(definition.rows)
        self.column_fields = [name for name in definition.columns if name not in pinned]
        self._metrics = RowMetrics(selection)
        self._orders: dict[tuple[str, str], tuple[Any, ...]] = {}

    @cached_property
    def slots(self) -> dict[tuple[Key, Key], list[int]]:
        """Cells by row and column."""
        with_metric = "metric" in self.row_fields
        row_fields = [self.selection.field(name) for name in self.row_fields if name != "metric"]
        column_fields = [self.selection.field(name) for name in self.column_fields]
        slots: dict[tuple[Key, Key], list[int]] = {}
        place = self.row_fields.index("metric") if with_metric else 0
        for cell in self.selection.cells:
            row = tuple([field[cell] for field in row_fields])
            column = tuple([field[cell] for field in column_fields])
            for metric in self._metrics.of(cell) if with_metric else (None,):
                key = row if metric is None else (*row[:place], metric, *row[place:])
                slots.setdefault((key, column), []).append(cell)
        if self.selection.definition.least > 1:
            counts = Counter(row for row, _ in slots)
            slots = {
                (row, column): cells
                for (row, column), cells in slots.items()
                if counts[row] >= self.selection.definition.least
            }
        return slots

    @cached_property
    def cells_by_row(self) -> dict[Key, list[int]]:
        """Cells of each row, in order."""
        found: dict[Key, set[int]] = {}
        for (row, _), cells in self.slots.items():
            found.setdefault(row, set()).update(cells)
        return {row: sorted(cells) for row, cells in found.items()}

    @cached_property
    def rows(self) -> list[Key]:
        """Row keys in the order of the row fields."""
        return sorted(
            {row for row, _ in self.slots}, key=lambda key: self._order(self.row_fields, key)
        )

    @cached_property
    def column_keys(self) -> list[Key]:
        """Keys of the upper header, in order."""
        keys = {column for _, column in self.slots} or {("",) * len(self.column_fields)}
        return sorted(keys, key=lambda key: self._order(self.column_fields, key))

    @cached_property
    def anchors(self) -> dict[int, str]:
        """Anchors of the cells that have a place: figures of one cell have the same."""
        cells = self.cells_shown()
        return dict(zip(cells, anchors(self.selection.collection, cells), strict=True))

    def cells_shown(self) -> list[int]:
        """Return the cells that have a place."""
        return sorted({cell for found in self.slots.values() for cell in found})

    def shown_row_fields(self) -> list[str]:
        """Leave out optional fields that every row shares, or that follow from the runtime."""
        optional = self.selection.definition.optional
        shown = [
            name
            for index, name in enumerate(self.row_fields)
            if name not in optional
            or (len({row[index] for row in self.rows}) > 1 and not self.by_runtime(name))
        ]
        return shown or self.row_fields[:1]

    def by_runtime(self, name: str) -> dict[str, str]:
        """Return a field's value by runtime, where each runtime has but one; else nothing."""
        if name != "device" or "runtime" not in self.row_fields:
            return {}
        runtime, place = self.row_fields.index("runtime"), self.row_fields.index(name)
        pairs = {(row[runtime], row[place]) for row in self.rows}
        found = dict(sorted(pairs))
        return found if len(found) == len(pairs) else {}

    def says_nothing(self, name: str) -> bool:
        """Whether a field of the columns never varies, or is a device that is clear without it."""
        index = self.column_fields.index(name)
        if len({key[index] for key in self.column_keys}) < 2:
            return True
        others = {(*key[:index], *key[index + 1 :]) for key in self.column_keys}
        return name == "device" and len(others) == len(self.column_keys)

    def slot(self, spec: ValueSpec, row: Key, group: Key | None) -> Slot:
        """Return the slot of a value; of all columns together where there is no group."""
        if group is None:
            cells = [c for key in self.column_keys for c in self.slots.get((row, key), [])]
        else:
            cells = self.slots.get((row, group), [])
        metric = spec.metric
        if metric == QUALITY:
            if "metric" in self.row_fields:
                metric = row[self.row_fields.index("metric")]
            else:
                metric = self.selection.primary(cells[0]) if cells else None
        return Slot(row, tuple(cells), metric)

    def relevant(self, spec: ValueSpec, slot: Slot) -> list[int]:
        """Return the cells of a slot where the value could stand."""
        scenarios: Iterable[str] = ()
        if spec.scenario is not None:
            scenarios = (spec.scenario,)
        elif slot.metric is not None:
            scenarios = self._comparable(slot.metric)
        elif spec.metric == QUALITY:
            scenarios = ("accuracy",)
        if not scenarios:
            return list(slot.cells)
        scenario = self.selection.field("scenario")
        return [cell for cell in slot.cells if scenario[cell] in scenarios]

    def _comparable(self, metric: str) -> Iterable[str]:
        """Return where a metric is measured; by one kind of rules where a table shows two."""
        known = self.selection.collection.scenarios_of(metric)
        ours = known & self._scenarios & set(OURS)
        apart = "scenario" in self.row_fields or "scenario" in self.column_fields
        return known if apart or not ours else (known - set(LOADGEN))

    @cached_property
    def _scenarios(self) -> frozenset[str]:
        return frozenset(self.selection.field("scenario").values())

    def order_of(self, field: str, value: str) -> tuple[Any, ...]:
        """Return what a value of a field is sorted by; rows have the same few again and again."""
        known = self._orders.get((field, value))
        if known is None:
            known = field_order(self.selection.collection, field, value)
            self._orders[field, value] = known
        return known

    def _order(self, fields: Sequence[str], key: Key) -> tuple[Any, ...]:
        return tuple(map(self.order_of, fields, key))
