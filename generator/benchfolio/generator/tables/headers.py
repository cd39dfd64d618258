"""What stands above the columns: labels, units, formulas, directions."""

from __future__ import annotations

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import ValueSpec
from benchfolio.generator.entries import derived_unit, field_label, formula
from benchfolio.generator.formatting import slug
from benchfolio.generator.quality import QUALITY
from benchfolio.generator.tables.layout import Layout
from benchfolio.generator.tables.selection import Key
from benchfolio.generator.view import Column
from benchfolio.results import Direction

CANDIDATE = "{candidate}"
"""Stands in labels for what is compared with the baseline."""

_LABELS = {
    "artefact": "Artefact",
    "date": "Test date",
    "dataset": "Data set",
    "form": "Source form",
    "load": "Load",
    "metric": "Metric",
    "runtime_version": "Runtime version",
}


def label(field: str) -> str:
    """Return a field as a reader knows it."""
    return _LABELS.get(field, field.replace("_", " ").capitalize())


def heading(field: str) -> Column:
    """Return a column of row headers."""
    return Column(id=field, label=label(field), heading=field not in ("state", "reason", "note"))


class Headers:
    """Makes the headers of value columns."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._selection = layout.selection
        self._collection = layout.selection.collection

    def column(self, spec: ValueSpec, group: Key | None, unit: str, metrics: set[str]) -> Column:
        """Return a value column.

        Args:
            spec: What it shows.
            group: Its key in the upper header; ``None`` before them all.
            unit: The one unit of its entries, if there is one.
            metrics: The metrics of its entries.
        """
        labels = self.group_labels(group) if group is not None else []
        directions = {self._collection.metric(name).direction for name in metrics}
        direction = directions.pop() if len(directions) == 1 else None
        if not unit and spec.derive in ("drop", "gain") and len(metrics) == 1:
            unit = _derived_header_unit(self._collection, spec.derive, metrics)
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

    def group_labels(self, group: Key) -> list[str]:
        """Return the labels of the upper header, without optional fields that never vary."""
        return [
            field_label(self._collection, name, value)
            for name, value in zip(self._layout.column_fields, group, strict=True)
            if value
            and not (
                name in self._selection.definition.optional and self._layout.says_nothing(name)
            )
        ]

    def _value_label(self, spec: ValueSpec) -> str:
        if spec.field is not None:
            return label(spec.field)
        if spec.derive is not None:
            return spec.derive.replace("-", " ")
        assert spec.metric is not None
        if spec.metric == QUALITY:
            return QUALITY
        return field_label(self._collection, "metric", spec.metric)

    def _formula(self, spec: ValueSpec, direction: Direction | None) -> str:
        if spec.derive is None:
            return ""
        return formula(
            spec.derive, direction, self._candidate(), self._selection.definition.baseline
        )

    def _candidate(self) -> str:
        """Name the candidate in formulas: as defined, else the one precision of the table."""
        if self._selection.definition.candidate:
            return self._selection.definition.candidate
        precisions = set(self._selection.field("precision").values())
        return precisions.pop() if len(precisions) == 1 else "candidate"


def _derived_header_unit(collection: Collection, figure: str, metrics: set[str]) -> str:
    unit = derived_unit(figure, collection.metric(next(iter(metrics))).unit)
    return "" if unit == "1" else unit


def _better(spec: ValueSpec, direction: Direction | None) -> str:
    if spec.derive == "drop":
        return "lower"
    if spec.derive == "gain":
        return "higher"
    return direction.value if direction is not None else ""
