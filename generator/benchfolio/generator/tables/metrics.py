"""Which metrics have rows of their own, where a table has a row for each."""

from __future__ import annotations

from functools import cached_property

from benchfolio.generator.quality import QUALITY
from benchfolio.generator.tables.selection import Key, Selection
from benchfolio.results import Kind


class RowMetrics:
    """The metrics that cells make rows for."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._collection = selection.collection

    def of(self, cell: int) -> tuple[str, ...]:
        """Return the metrics that a cell makes rows for, also where it has no value.

        Of a cell without a value nobody says which metrics it was to have: those of the others on
        the same data, else all of the model's.
        """
        scenario = self._selection.field("scenario")[cell]
        known = self._metrics_on_data.get(self._data_of(cell))
        names = self._metrics_of_cell.get(cell) or known
        if not names:
            names = set(self._collection.metrics_of(self._selection.field("model")[cell]))
        wanted = {spec.metric for spec in self._selection.definition.values if spec.metric}
        return tuple(
            name
            for name in self._collection.metrics_of(self._selection.field("model")[cell])
            if name in names
            and (name in wanted or (QUALITY in wanted and self._is_quality(name)))
            and scenario in (self._collection.scenarios_of(name) or {scenario})
        )

    def _data_of(self, cell: int) -> Key:
        return tuple(
            self._selection.field(name)[cell] for name in ("model", "scenario", "dataset", "form")
        )

    @cached_property
    def _metrics_of_cell(self) -> dict[int, set[str]]:
        """Metrics that each selected cell has a value or a published claim of."""
        found: dict[int, set[str]] = {}
        for metric in self._collection.metric_ids():
            for cell in self._selection.measured(metric):
                found.setdefault(cell, set()).add(metric)
        claimed = self._collection.column("claims", self._selection.cells)
        for cell, claims in zip(self._selection.cells, claimed, strict=True):
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
        return self._collection.metric(metric).kind is Kind.QUALITY
