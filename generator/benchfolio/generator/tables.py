"""Build tables from their definitions: view rows, already formatted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import msgspec

from benchfolio.generator.apart import (
    APART,
    NOBODY,
    NOT_STATED_ISA,
    SEPARATOR,
    UNSTATED,
    Place,
    apart_entry,
)
from benchfolio.generator.collection import Collection, Measured
from benchfolio.generator.definitions import CELL_FIELDS, Definition, Not, Texts, ValueSpec
from benchfolio.generator.derive import COMPARED_BY
from benchfolio.generator.entities import entity_table
from benchfolio.generator.entries import (
    NOT_PLANNED,
    Shown,
    claimed,
    count_entry,
    derived_number,
    derived_unit,
    field_label,
    finish,
    formula,
    measured_number,
    name_entry,
    refused,
    state_entry,
)
from benchfolio.generator.facets import ORIGINS
from benchfolio.generator.formatting import DASH, clean, listing, natural, slug
from benchfolio.generator.origins import mark
from benchfolio.generator.quality import QUALITY, Where, primary_quality
from benchfolio.generator.summaries import SUMMARIES, summary_table
from benchfolio.generator.verdicts import Verdicts
from benchfolio.generator.view import Column, Entry, Row, Table
from benchfolio.results import Direction, Kind, Precision

Key = tuple[str, ...]
_PRECISIONS = {precision.value: number for number, precision in enumerate(Precision)}


def build(definition: Definition, collection: Collection, where: Where | None = None) -> Table:
    """Build one table.

    Args:
        definition: What it shows.
        collection: The results.
        where: Further restriction by field, as ``{"model": "digits-resnet"}``; what it pins to one
            value needs no column of its own and has none.

    Returns:
        The table; without rows when nothing matches.
    """
    if definition.about in SUMMARIES:
        return summary_table(definition, collection, where or {})
    if definition.about != "results":
        return entity_table(definition, collection, where or {})
    return _Builder(definition, collection, where or {}).table()


CANDIDATE = "{candidate}"
"""Stands in labels for what is compared with the baseline."""


class _Slot(msgspec.Struct, frozen=True):
    """One row and column group: the cells that belong there."""

    row: Key
    cells: tuple[int, ...]
    metric: str | None


class _Builder:
    """Builds one table of results."""

    def __init__(self, definition: Definition, collection: Collection, where: Where) -> None:
        self.definition = definition
        self.collection = collection
        self.where = {
            name: [wanted] if isinstance(wanted, str) else list(wanted)
            for name, wanted in where.items()
        }
        pinned = {name for name, wanted in self.where.items() if len(wanted) == 1}
        kept = [name for name in definition.rows if name not in pinned]
        self.row_fields = kept or list(definition.rows)
        self.column_fields = [name for name in definition.columns if name not in pinned]
        self.cells = self._select()
        self._measured: dict[str, dict[int, Measured]] = {}
        self._base: dict[str, dict[int, Measured]] = {}
        self._fields: dict[str, dict[int, str]] = {}
        self._quality: dict[tuple[str, str], str | None] = {}

    def table(self) -> Table:
        """Put the parts together."""
        shown = self._shown_row_fields()
        first = [name for name in shown if name not in self.definition.last]
        last = [name for name in shown if name in self.definition.last]
        columns = [_heading(name) for name in first]
        rows = self.rows
        entries = [[self._row_entry(row, name) for name in first] for row in rows]
        behind = [
            (Column(id=name, label=_label(name)), [self._row_entry(row, name) for row in rows])
            for name in last
        ]
        for column, found in chain(self._value_columns(), behind):
            columns.append(column)
            for row, entry in zip(entries, found, strict=True):
                row.append(entry)
        order = self._order(rows, columns, entries)
        anchors = self._anchors(rows)
        return Table(
            id=self.definition.id,
            title=self.definition.title,
            description=self.definition.description,
            columns=_distinct(columns),
            rows=tuple(Row(entries=tuple(entries[i]), anchor=anchors[i]) for i in order),
            notes=(*self._notes(shown), *self._counted(columns, entries), *self.definition.notes),
            mark=mark(self.collection, self._cells_shown()),
            sources=self._sources(),
        )

    def _cells_shown(self) -> list[int]:
        return sorted({cell for found in self.slots.values() for cell in found})

    def _value_columns(self) -> Iterator[tuple[Column, list[Entry]]]:
        """Yield what is shown once, then every group of the upper header, then who is apart."""
        specs = [spec for spec in self.definition.values if not self._is_told(spec)]
        once = [spec for spec in specs if spec.once]
        spread = [spec for spec in specs if not spec.once]
        yield from self._group_columns(once, None)
        groups = [(key, self._group_columns(spread, key)) for key in self.column_keys]
        for _, found in groups:
            yield from found
        if self.definition.apart is not None and self.rows:
            yield self._apart(groups, self.definition.apart)

    def _apart(
        self, groups: Sequence[tuple[Key, list[tuple[Column, list[Entry]]]]], limit: float
    ) -> tuple[Column, list[Entry]]:
        """Return the column that names what differs from the others by more than a limit."""
        named = [dict(zip(self.column_fields, key, strict=True)) for key, _ in groups]
        places = [
            Place(
                label=" · ".join(self._group_labels(key)),
                platform=self.collection.platforms.get(names.get("platform", "")),
            )
            for names, (key, _) in zip(named, groups, strict=True)
        ]
        first = groups[0][1][0][0]
        entries = [
            apart_entry(places, [found[0][1][row] for _, found in groups], limit, first)
            for row in range(len(self.rows))
        ]
        column = Column(
            id=APART,
            label=f"Stands apart by more than {limit:g}",
        )
        return column, entries

    def _counted(self, columns: Sequence[Column], entries: Sequence[Sequence[Entry]]) -> list[str]:
        """Say how often each place stands apart."""
        if not columns or columns[-1].id != APART:
            return []
        named = Counter(
            name for row in entries for name in str(row[-1].raw or "").split(SEPARATOR) if name
        )
        named.pop(NOBODY, None)
        told = [f"{name} in {count}" for name, count in named.most_common()]
        unknown = sorted({row[-1].raw for row in entries if row[-1].tip == NOT_STATED_ISA}, key=str)
        return [
            f"Stands apart, of {len(entries)} rows: {listing(told)}."
            if told
            else "No machine stands apart.",
            *([f"{UNSTATED}: {listing([str(name) for name in unknown])}."] if unknown else []),
        ]

    def _is_told(self, spec: ValueSpec) -> bool:
        """Whether an optional field never varies, so that the notes tell it once."""
        return spec.optional and len(self._told(spec)) < 2

    def _told(self, spec: ValueSpec) -> list[str]:
        cells = self.cells
        if spec.scenario is not None:
            cells = [cell for cell in cells if self.field("scenario")[cell] == spec.scenario]
        field = self.field(spec.field or "scenario")
        return sorted({field[cell] for cell in cells})

    def _select(self) -> list[int]:
        conditions: dict[str, list[str]] = {
            name: self._wanted(name, wanted) for name, wanted in self.definition.filter.items()
        }
        if self.definition.origin != "any":
            kinds = ORIGINS[self.definition.origin]
            asked = conditions.get("origin", kinds)
            conditions["origin"] = [kind for kind in kinds if kind in asked]
        for name, wanted in self.where.items():
            known = conditions.get(name)
            conditions[name] = [x for x in wanted if known is None or x in known]
        return self.collection.select(conditions, releases=self.definition.releases)

    def _wanted(self, name: str, wanted: Texts | Not) -> list[str]:
        if isinstance(wanted, Not):
            unwanted = _as_list(wanted.unwanted)
            return [text for text in self.collection.texts(name) if text not in unwanted]
        return _as_list(wanted)

    def field(self, name: str) -> dict[int, str]:
        """Return one field of the selected cells as text."""
        if name not in self._fields:
            self._fields[name] = dict(zip(self.cells, self.texts(name, self.cells), strict=True))
        return self._fields[name]

    def texts(self, name: str, at: Sequence[int]) -> list[str]:
        """Return one field of any cells as text."""
        if name == "date":
            return [self.collection.tested(cell) for cell in at]
        return [str(value) for value in self.collection.column(name, at)]

    def measured(self, metric: str) -> dict[int, Measured]:
        """Return one metric's values by cell."""
        if metric not in self._measured:
            self._measured[metric] = self.collection.measured(metric, self.cells)
        return self._measured[metric]

    @cached_property
    def slots(self) -> dict[tuple[Key, Key], list[int]]:
        """Cells by row and column."""
        with_metric = "metric" in self.row_fields
        row_fields = [self.field(name) for name in self.row_fields if name != "metric"]
        column_fields = [self.field(name) for name in self.column_fields]
        slots: dict[tuple[Key, Key], list[int]] = {}
        place = self.row_fields.index("metric") if with_metric else 0
        for cell in self.cells:
            row = tuple([field[cell] for field in row_fields])
            column = tuple([field[cell] for field in column_fields])
            for metric in self._row_metrics(cell) if with_metric else (None,):
                key = row if metric is None else (*row[:place], metric, *row[place:])
                slots.setdefault((key, column), []).append(cell)
        if self.definition.least > 1:
            counts = Counter(row for row, _ in slots)
            slots = {
                (row, column): cells
                for (row, column), cells in slots.items()
                if counts[row] >= self.definition.least
            }
        return slots

    def _row_metrics(self, cell: int) -> tuple[str, ...]:
        """Return the metrics that a cell makes rows for, also where it has no value.

        Of a cell without a value nobody says which metrics it was to have: those of the others on
        the same data, else all of the model's.
        """
        scenario = self.field("scenario")[cell]
        known = self._metrics_on_data.get(self._data_of(cell))
        names = self._metrics_of_cell.get(cell) or known
        if not names:
            names = set(self.collection.metrics_of(self.field("model")[cell]))
        wanted = {spec.metric for spec in self.definition.values if spec.metric}
        return tuple(
            name
            for name in self.collection.metrics_of(self.field("model")[cell])
            if name in names
            and (name in wanted or (QUALITY in wanted and self._is_quality(name)))
            and scenario in (self.collection.scenarios_of(name) or {scenario})
        )

    def _data_of(self, cell: int) -> Key:
        return tuple(self.field(name)[cell] for name in ("model", "scenario", "dataset", "form"))

    @cached_property
    def _metrics_of_cell(self) -> dict[int, set[str]]:
        """Metrics that each selected cell has a value or a published claim of."""
        found: dict[int, set[str]] = {}
        for metric in self.collection.metric_ids():
            for cell in self.measured(metric):
                found.setdefault(cell, set()).add(metric)
        claimed = self.collection.column("claims", self.cells)
        for cell, claims in zip(self.cells, claimed, strict=True):
            if claims:
                found.setdefault(cell, set()).update(claim.metric for claim in claims)
        return found

    @cached_property
    def _metrics_on_data(self) -> dict[Key, set[str]]:
        """Metrics by model, scenario, data set and form."""
        found: dict[Key, set[str]] = {}
        for cell, names in self._metrics_of_cell.items():
            found.setdefault(self._data_of(cell), set()).update(names)
        return found

    def _is_quality(self, metric: str) -> bool:
        return self.collection.metric(metric).kind is Kind.QUALITY

    @cached_property
    def rows(self) -> list[Key]:
        """Row keys in the order of the row fields."""
        return sorted({row for row, _ in self.slots}, key=self._row_order)

    @cached_property
    def column_keys(self) -> list[Key]:
        """Keys of the upper header, in order."""
        keys = {column for _, column in self.slots} or {("",) * len(self.column_fields)}
        return sorted(keys, key=lambda key: self._sort_key(self.column_fields, key))

    def _row_order(self, row: Key) -> tuple[Any, ...]:
        return self._sort_key(self.row_fields, row)

    def _sort_key(self, fields: Sequence[str], key: Key) -> tuple[Any, ...]:
        return tuple(
            self._field_order(field, value) for field, value in zip(fields, key, strict=True)
        )

    def _field_order(self, field: str, value: str) -> tuple[Any, ...]:
        if field == "precision":
            return (_PRECISIONS.get(value, 99), ())
        if field == "recipe":
            return (value != "original", natural(value))
        if field == "distributed":
            # What is done on one machine comes before what takes several.
            return (value == "distributed", ())
        if field == "metric":
            return (0, ()) if not value else (1, natural(value))
        return (0, natural(field_label(self.collection, field, value)), natural(value))

    def _row_entry(self, row: Key, name: str) -> Entry:
        return name_entry(self.collection, name, row[self.row_fields.index(name)])

    def _shown_row_fields(self) -> list[str]:
        """Leave out optional fields that every row shares, or that follow from the runtime."""
        optional = self.definition.optional
        shown = [
            name
            for index, name in enumerate(self.row_fields)
            if name not in optional
            or (len({row[index] for row in self.rows}) > 1 and not self._by_runtime(name))
        ]
        return shown or self.row_fields[:1]

    def _by_runtime(self, name: str) -> dict[str, str]:
        """Return a field's value by runtime, where each runtime has but one; else nothing."""
        if name != "device" or "runtime" not in self.row_fields:
            return {}
        runtime, place = self.row_fields.index("runtime"), self.row_fields.index(name)
        pairs = {(row[runtime], row[place]) for row in self.rows}
        found = dict(sorted(pairs))
        return found if len(found) == len(pairs) else {}

    def _notes(self, shown: Sequence[str]) -> list[str]:
        if not self.rows:
            return ["No results match."]
        same = []
        for index, name in enumerate(self.row_fields):
            values = sorted({row[index] for row in self.rows})
            if name in shown or not any(values):
                continue
            told = [field_label(self.collection, name, value) for value in values]
            if len(values) > 1:
                told = [
                    f"{field_label(self.collection, 'runtime', runtime)} on {clean(value)}"
                    for runtime, value in self._by_runtime(name).items()
                ]
            colon = ":" if len(values) > 1 else ""
            same.append(f"{_label(name).lower()}{colon} {listing(told)}")
        for spec in self.definition.values:
            if self._is_told(spec) and any(self._told(spec)):
                name = spec.field or ""
                told = [field_label(self.collection, name, text) for text in self._told(spec)]
                same.append(f"{(spec.label or _label(name)).lower()} {listing(told)}")
        return [f"All rows: {'; '.join(same)}."] if same else []

    def _sources(self) -> tuple[str, ...]:
        files = sorted(set(self.collection.column("file", self.cells)))
        return tuple(self.collection.catalogue.files[position].name for position in files)

    def _anchors(self, rows: Sequence[Key]) -> list[str]:
        used: dict[str, int] = {}
        anchors = []
        for row in rows:
            name = slug(*row)
            used[name] = used.get(name, 0) + 1
            anchors.append(name if used[name] == 1 else f"{name}--{used[name]}")
        return anchors

    def _order(
        self, rows: Sequence[Key], columns: Sequence[Column], entries: Sequence[Sequence[Entry]]
    ) -> list[int]:
        """Return the order of rows; sorts are stable, so the last named field goes first."""
        order = list(range(len(rows)))
        for name in reversed(self.definition.sort):
            plain = name.removeprefix("-")
            turned = name.startswith("-")
            if plain in self.row_fields:
                place = self.row_fields.index(plain)
                order.sort(key=lambda i: self._field_order(plain, rows[i][place]), reverse=turned)
                continue
            at = next((n for n, column in enumerate(columns) if column.id.endswith(plain)), None)
            if at is not None:
                order.sort(key=lambda i: _raw_order(entries[i][at].raw, turned))
        return order

    def _group_columns(
        self, specs: Sequence[ValueSpec], group: Key | None
    ) -> list[tuple[Column, list[Entry]]]:
        """Return the columns under one upper header, or before them all, row by row."""
        shown: list[list[Shown]] = []
        metrics: list[set[str]] = []
        for spec in specs:
            slots = [self._slot(spec, row, group) for row in self.rows]
            show = self._show(spec)
            shown.append([show(spec, slot) for slot in slots])
            metrics.append({slot.metric for slot in slots if slot.metric})
        pools: dict[str, list[Shown]] = {}
        for spec, column in zip(specs, shown, strict=True):
            pools.setdefault(_pool(spec), []).extend(column)
        result = []
        for spec, column, names in zip(specs, shown, metrics, strict=True):
            entries, unit = finish(column, spec.decimals, pools[_pool(spec)])
            result.append((self._column(spec, group, unit, names), entries))
        return result

    def _show(self, spec: ValueSpec) -> Callable[[ValueSpec, _Slot], Shown]:
        if spec.derive == "verdict":
            return self._verdict
        if spec.derive == "coverage":
            return self._coverage
        if spec.field is not None:
            return self._field_entry
        return self._figure

    def _slot(self, spec: ValueSpec, row: Key, group: Key | None) -> _Slot:
        if group is None:
            cells = [c for key in self.column_keys for c in self.slots.get((row, key), [])]
        else:
            cells = self.slots.get((row, group), [])
        metric = spec.metric
        if metric == QUALITY:
            if "metric" in self.row_fields:
                metric = row[self.row_fields.index("metric")]
            else:
                metric = self._primary(cells[0]) if cells else None
        return _Slot(row, tuple(cells), metric)

    def _primary(self, cell: int) -> str | None:
        key = (self.field("model")[cell], self.field("file")[cell])
        if key not in self._quality:
            limit = self.collection.limit(cell)
            self._quality[key] = primary_quality(
                self.collection, key[0], limit.metric if limit else None
            )
        return self._quality[key]

    def _relevant(self, spec: ValueSpec, slot: _Slot) -> list[int]:
        """Return the cells of a slot where the value could stand."""
        scenarios: Iterable[str] = ()
        if spec.scenario is not None:
            scenarios = (spec.scenario,)
        elif slot.metric is not None:
            scenarios = self.collection.scenarios_of(slot.metric)
        elif spec.metric == QUALITY:
            scenarios = ("accuracy",)
        if not scenarios:
            return list(slot.cells)
        scenario = self.field("scenario")
        return [cell for cell in slot.cells if scenario[cell] in scenarios]

    def _figure(self, spec: ValueSpec, slot: _Slot) -> Shown:
        cells = self._relevant(spec, slot)
        if not cells:
            return NOT_PLANNED
        metric = slot.metric
        known = self.measured(metric) if metric is not None else {}
        chosen, others = self._choose([known[cell] for cell in cells if cell in known])
        if chosen is None:
            return self._without(spec, slot, cells)
        shown = self._of(spec, chosen)
        if others:
            shown = _with_tip(shown, self._best_of(chosen, others))
        return shown

    def _of(self, spec: ValueSpec, found: Measured) -> Shown:
        if spec.derive is not None:
            return derived_number(self.collection, found, spec.derive)
        if spec.of == "candidate":
            return measured_number(self.collection, found)
        if spec.of == "teacher":
            return self._teacher(found.cell, found.metric)
        base = self._baselines(found.metric).get(found.baseline)
        if base is None or found.refusal not in ("", "zero", "misplaced"):
            return refused(self.collection, found)
        return measured_number(self.collection, base)

    def _teacher(self, cell: int, metric: str) -> Shown:
        """Return the value of the model that taught this one, measured in the same way."""
        names = [name for name in COMPARED_BY if name not in ("model", "form")]
        same = {name: [str(self.collection.column(name, [cell])[0])] for name in names}
        same |= {
            "model": [self.collection.text("teacher", cell)],
            "form": [self.collection.text("form", cell)],
            "precision": ["FP32"],
            "method": ["original"],
        }
        found = self.collection.measured(metric, self.collection.select(same, releases="all"))
        if len(found) != 1:
            return Entry(text=DASH, state="none", tip="the teacher has no such value")
        return measured_number(self.collection, next(iter(found.values())))

    def _baselines(self, metric: str) -> dict[int, Measured]:
        """Return one metric's values of all baselines: they may be outside the filter."""
        if metric not in self._base:
            cells = sorted({one.baseline for one in self.measured(metric).values()} - {-1})
            self._base[metric] = self.collection.measured(metric, cells)
        return self._base[metric]

    def _without(self, spec: ValueSpec, slot: _Slot, cells: Sequence[int]) -> Shown:
        """Return what stands where there is no value: a published claim, or the state."""
        if spec.derive is not None and slot.metric is not None:
            for cell in cells:
                claim = claimed(self.collection.claims(cell), spec.derive, slot.metric)
                if claim is not None:
                    return claim
        bad = [cell for cell in cells if self.field("state")[cell] != "ok"]
        if not bad:
            return Entry(text=DASH, state="none", tip="not measured")
        if spec.of == "teacher" and slot.metric is not None:
            return self._teacher(bad[0], slot.metric)
        if spec.of == "baseline" and slot.metric is not None:
            base = self._baseline_value(slot.metric, bad[0])
            if base is not None:
                return base
        return self._state(bad)

    def _baseline_value(self, metric: str, cell: int) -> Shown | None:
        """Return the baseline's value beside a candidate that has none."""
        baseline = self.collection.column("baseline", [cell])[0]
        found = self.collection.measured(metric, [baseline]) if baseline >= 0 else {}
        return measured_number(self.collection, found[baseline]) if found else None

    def _state(self, cells: Sequence[int]) -> Entry:
        state, reason = self.field("state"), self.field("reason")
        return state_entry([state[cell] for cell in cells], [reason[cell] for cell in cells])

    def _choose(self, found: list[Measured]) -> tuple[Measured | None, list[Measured]]:
        """Return the best of several configurations, and the others."""
        if not found:
            return None, []
        higher = self.collection.metric(found[0].metric).direction is Direction.HIGHER
        ranked = sorted(found, key=lambda one: (-one.value if higher else one.value, one.cell))
        return ranked[0], ranked[1:]

    def _best_of(self, best: Measured, others: Sequence[Measured]) -> str:
        """Say among what a value was chosen: nothing is left out silently."""
        cells = [best.cell, *(other.cell for other in others)]
        varied = []
        for name in CELL_FIELDS:
            texts = self.texts(name, cells)
            if len(set(texts)) > 1 and name not in ("reason", "command", "date", "note"):
                varied.append(f"{_label(name).lower()} {clean(texts[0]) or 'none'}")
        return f"best of {len(cells)} configurations: {', '.join(varied)}"

    def _field_entry(self, spec: ValueSpec, slot: _Slot) -> Shown:
        assert spec.field is not None
        cells = self._relevant(spec, slot)
        if not cells:
            return NOT_PLANNED
        if spec.field == "metric":
            return name_entry(self.collection, "metric", self._primary(cells[0]) or "")
        if spec.field == "state":
            return self._state(cells)
        field = self.field(spec.field)
        found = sorted({field[cell] for cell in cells} - {""}, key=natural)
        if len(found) == 1:
            return name_entry(self.collection, spec.field, found[0])
        if not found:
            return Entry(text=DASH, state="none", tip="not known")
        labels = [field_label(self.collection, spec.field, value) for value in found]
        return Entry(text=listing(labels), raw="; ".join(found), tip="; ".join(labels))

    def _coverage(self, spec: ValueSpec, slot: _Slot) -> Shown:
        cells = self._relevant(spec, slot)
        if not cells:
            return NOT_PLANNED
        state, reason = self.field("state"), self.field("reason")
        return count_entry([state[cell] for cell in cells], [reason[cell] for cell in cells])

    @cached_property
    def _verdicts(self) -> Verdicts:
        return Verdicts(self.collection, list(self.slots.values()))

    def _verdict(self, spec: ValueSpec, slot: _Slot) -> Shown:
        del spec
        return self._verdicts.entry(slot.cells) if slot.cells else NOT_PLANNED

    def _column(self, spec: ValueSpec, group: Key | None, unit: str, metrics: set[str]) -> Column:
        labels = self._group_labels(group) if group is not None else []
        directions = {self.collection.metric(name).direction for name in metrics}
        direction = directions.pop() if len(directions) == 1 else None
        if not unit and spec.derive in ("drop", "gain") and len(metrics) == 1:
            unit = _derived_header_unit(self.collection, spec.derive, metrics)
        numeric = spec.field is None and spec.derive not in ("verdict", "coverage")
        return Column(
            id=".".join(part for part in (slug(*(group or ())) if labels else "", spec.id) if part),
            label=spec.label.replace(CANDIDATE, self._candidate()) or self._value_label(spec),
            group=" · ".join(part for part in (*labels, spec.group) if part),
            unit=unit,
            formula=self._formula(spec, direction) if numeric else "",
            better=_better(spec, direction) if numeric else "",
            numeric=numeric,
        )

    def _group_labels(self, group: Key) -> list[str]:
        """Return the labels of the upper header, without optional fields that never vary."""
        return [
            field_label(self.collection, name, value)
            for name, value in zip(self.column_fields, group, strict=True)
            if value and not (name in self.definition.optional and self._says_nothing(name))
        ]

    def _says_nothing(self, name: str) -> bool:
        """Whether a field of the columns never varies, or is a device that is clear without it."""
        index = self.column_fields.index(name)
        if len({key[index] for key in self.column_keys}) < 2:
            return True
        others = {(*key[:index], *key[index + 1 :]) for key in self.column_keys}
        return name == "device" and len(others) == len(self.column_keys)

    def _value_label(self, spec: ValueSpec) -> str:
        if spec.field is not None:
            return _label(spec.field)
        if spec.derive is not None:
            return spec.derive.replace("-", " ")
        assert spec.metric is not None
        if spec.metric == QUALITY:
            return QUALITY
        return field_label(self.collection, "metric", spec.metric)

    def _formula(self, spec: ValueSpec, direction: Direction | None) -> str:
        if spec.derive is None:
            return ""
        return formula(spec.derive, direction, self._candidate(), self.definition.baseline)

    def _candidate(self) -> str:
        """Name the candidate in formulas: as defined, else the one precision of the table."""
        if self.definition.candidate:
            return self.definition.candidate
        precisions = set(self.field("precision").values())
        return precisions.pop() if len(precisions) == 1 else "candidate"


def _pool(spec: ValueSpec) -> str:
    """Name the columns that choose their decimals together: a metric and its differences."""
    if spec.metric is None or spec.derive in ("gain", "relative-change"):
        return f"{spec.id} {spec.metric}"
    return spec.metric


def _as_list(texts: Texts) -> list[str]:
    return [str(text) for text in (texts if isinstance(texts, list) else [texts])]


def _derived_header_unit(collection: Collection, figure: str, metrics: set[str]) -> str:
    unit = derived_unit(figure, collection.metric(next(iter(metrics))).unit)
    return "" if unit == "1" else unit


def _better(spec: ValueSpec, direction: Direction | None) -> str:
    if spec.derive == "drop":
        return "lower"
    if spec.derive == "gain":
        return "higher"
    return direction.value if direction is not None else ""


_LABELS = {
    "artefact": "Artefact",
    "date": "Test date",
    "dataset": "Data set",
    "form": "Source form",
    "load": "Load",
    "metric": "Metric",
    "runtime_version": "Runtime version",
}


def _label(field: str) -> str:
    return _LABELS.get(field, field.replace("_", " ").capitalize())


def _heading(field: str) -> Column:
    return Column(id=field, label=_label(field), heading=field not in ("state", "reason", "note"))


def _with_tip(shown: Shown, tip: str) -> Shown:
    return msgspec.structs.replace(shown, tip=f"{tip}; {shown.tip}" if shown.tip else tip)


def _raw_order(raw: float | str | None, turned: bool) -> tuple[Any, ...]:
    """Sort numbers, then texts, then what is missing; turned round, the missing stay last."""
    if raw is None:
        return (2, 0.0, "")
    if isinstance(raw, str):
        return (1, 0.0, raw)
    return (0, -raw if turned else raw, "")


def _distinct(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Give columns that would share an id a number."""
    result: list[Column] = []
    used: dict[str, int] = {}
    for column in columns:
        used[column.id] = used.get(column.id, 0) + 1
        again = used[column.id]
        name = column.id if again == 1 else f"{column.id}-{again}"
        result.append(msgspec.structs.replace(column, id=name))
    return tuple(result)
