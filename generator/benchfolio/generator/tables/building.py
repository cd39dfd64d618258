"""Puts the parts of a table together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import Definition, ValueSpec
from benchfolio.generator.entities import entity_table
from benchfolio.generator.entries import Shown, field_label, finish, name_entry
from benchfolio.generator.formatting import slug
from benchfolio.generator.origins import mark
from benchfolio.generator.quality import Where
from benchfolio.generator.summaries import SUMMARIES, summary_table
from benchfolio.generator.tables.apart import apart_column, apart_notes
from benchfolio.generator.tables.contents import Contents
from benchfolio.generator.tables.headers import Headers, heading, label
from benchfolio.generator.tables.layout import Layout
from benchfolio.generator.tables.notes import shared_notes, sources
from benchfolio.generator.tables.ordering import raw_order
from benchfolio.generator.tables.selection import Key, Selection
from benchfolio.generator.verifying import verify_lines
from benchfolio.generator.view import Column, Entry, Row, Table


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


def shows_nothing(definition: Definition, collection: Collection, where: Where) -> bool:
    """Tell without building it whether a table of results has no cell to show."""
    return definition.about == "results" and not Selection(definition, collection, where).cells


class _Builder:
    """Builds one table of results."""

    def __init__(self, definition: Definition, collection: Collection, where: Where) -> None:
        self.selection = Selection(definition, collection, where)
        self.layout = Layout(self.selection)
        self.headers = Headers(self.layout)
        self.contents = Contents(self.layout)

    def table(self) -> Table:
        """Put the parts together."""
        definition = self.selection.definition
        shown = self.layout.shown_row_fields()
        first = [name for name in shown if name not in definition.last]
        last = [name for name in shown if name in definition.last]
        columns = [heading(name) for name in first]
        rows = self.layout.rows
        entries = [[self._row_entry(row, name) for name in first] for row in rows]
        behind = [
            (Column(id=name, label=label(name)), [self._row_entry(row, name) for row in rows])
            for name in last
        ]
        for column, found in chain(self._value_columns(), behind):
            columns.append(column)
            for row, entry in zip(entries, found, strict=True):
                row.append(entry)
        self._flag(columns, rows, entries)
        order = self._order(columns, entries)
        anchors = _numbered([slug(*row) for row in rows], "--")
        return Table(
            id=definition.id,
            title=definition.title,
            description=definition.description,
            columns=_distinct(columns),
            rows=tuple(
                Row(
                    entries=tuple(entries[i]),
                    anchor=anchors[i],
                    verify=self._verify(rows[i]),
                    cells=self._cells(rows[i]),
                )
                for i in order
            ),
            notes=(
                *shared_notes(self.layout, shown),
                *apart_notes(columns, entries),
                *definition.notes,
            ),
            mark=mark(self.selection.collection, self.layout.cells_shown()),
            sources=sources(self.selection),
        )

    def _flag(
        self, columns: Sequence[Column], rows: Sequence[Key], entries: Sequence[list[Entry]]
    ) -> None:
        """Say beside the name of a format where its file mostly ran in another precision."""
        names = [column.id for column in columns if column.heading]
        at = next((names.index(name) for name in ("precision", "recipe") if name in names), 0)
        if not names or not self._shows_figures:
            return
        for row, line in zip(rows, entries, strict=True):
            told = self._ran_elsewhere(row)
            if told:
                line[at] = msgspec.structs.replace(line[at], detail=told)

    def _ran_elsewhere(self, row: Key) -> str:
        collection = self.selection.collection
        cells, platform_of = self.layout.cells_by_row[row], self.selection.field("platform")
        told = {
            (found.told(), platform_of[cell])
            for cell in cells
            if (found := collection.executed.of(cell)) is not None
        }
        several = len({platform_of[cell] for cell in cells}) > 1
        return "; ".join(
            f"{text} ({field_label(collection, 'platform', platform)})" if several else text
            for text, platform in sorted(told)
        )

    def _verify(self, row: Key) -> tuple[str, ...]:
        """Return the lines that measure the figures of a row again."""
        if not self._shows_figures:
            return ()
        origin = self.selection.field("origin")
        ours = [cell for cell in self.layout.cells_by_row[row] if origin[cell] == "measured"]
        return verify_lines(self.selection.collection, ours) if ours else ()

    def _cells(self, row: Key) -> tuple[str, ...]:
        """Return the anchors of the cells of a row that shows figures."""
        if not self._shows_figures:
            return ()
        return tuple(self.layout.anchors[cell] for cell in self.layout.cells_by_row[row])

    @property
    def _shows_figures(self) -> bool:
        return any(spec.metric is not None for spec in self.selection.definition.values)

    def _value_columns(self) -> Iterator[tuple[Column, list[Entry]]]:
        """Yield what is shown once, then every group of the upper header, then who is apart."""
        specs = [
            spec for spec in self.selection.definition.values if not self.selection.is_told(spec)
        ]
        once = [spec for spec in specs if spec.once]
        spread = [spec for spec in specs if not spec.once]
        yield from self._group_columns(once, None)
        groups = [(key, self._group_columns(spread, key)) for key in self.layout.column_keys]
        for _, found in groups:
            yield from found
        if self.selection.definition.apart is not None and self.layout.rows:
            yield apart_column(self.layout, self.headers, groups, self.selection.definition.apart)

    def _group_columns(
        self, specs: Sequence[ValueSpec], group: Key | None
    ) -> list[tuple[Column, list[Entry]]]:
        """Return the columns under one upper header, or before them all, row by row."""
        shown: list[list[Shown]] = []
        metrics: list[set[str]] = []
        for spec in specs:
            slots = [self.layout.slot(spec, row, group) for row in self.layout.rows]
            show = self.contents.show(spec)
            shown.append([show(spec, slot) for slot in slots])
            metrics.append({slot.metric for slot in slots if slot.metric})
        pools: dict[str, list[Shown]] = {}
        for spec, column in zip(specs, shown, strict=True):
            pools.setdefault(_pool(spec), []).extend(column)
        result = []
        for spec, column, names in zip(specs, shown, metrics, strict=True):
            entries, unit = finish(column, spec.decimals, pools[_pool(spec)])
            result.append((self.headers.column(spec, group, unit, names), entries))
        return result

    def _row_entry(self, row: Key, name: str) -> Entry:
        return name_entry(self.selection.collection, name, row[self.layout.row_fields.index(name)])

    def _order(self, columns: Sequence[Column], entries: Sequence[Sequence[Entry]]) -> list[int]:
        """Return the order of rows; sorts are stable, so the last named field goes first."""
        rows, fields = self.layout.rows, self.layout.row_fields
        order = list(range(len(rows)))
        for name in reversed(self.selection.definition.sort):
            plain = name.removeprefix("-")
            turned = name.startswith("-")
            if plain in fields:
                place = fields.index(plain)
                order.sort(
                    key=lambda i: self.layout.order_of(plain, rows[i][place]), reverse=turned
                )
                continue
            at = next((n for n, column in enumerate(columns) if column.id.endswith(plain)), None)
            if at is not None:
                order.sort(key=lambda i: raw_order(entries[i][at].raw, turned))
        return order


def _numbered(names: Iterable[str], joint: str) -> list[str]:
    """Give names that come again a number, from the second on."""
    used: Counter[str] = Counter()
    result = []
    for name in names:
        used[name] += 1
        result.append(name if used[name] == 1 else f"{name}{joint}{used[name]}")
    return result


def _distinct(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Give columns that would share an id a number."""
    ids = _numbered([column.id for column in columns], "-")
    return tuple(
        msgspec.structs.replace(column, id=id_) for column, id_ in zip(columns, ids, strict=True)
    )


def _pool(spec: ValueSpec) -> str:
    """Name the columns that choose their decimals together: a metric and its differences."""
    if spec.metric is None or spec.derive in ("gain", "relative-change"):
        return f"{spec.id} {spec.metric}"
    return spec.metric
