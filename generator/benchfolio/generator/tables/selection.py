"""The cells that a table shows, their fields and their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import Definition, Not, Texts, ValueSpec
from benchfolio.generator.facets import ORIGINS
from benchfolio.generator.measured import Measured
from benchfolio.generator.quality import Where, accepted, primary_quality

Key = tuple[str, ...]
"""Values of the fields that make a row or a column, in their order."""


class Selection:
    """The cells of the results that a definition and a restriction ask for.

    Attributes:
        pinned: Fields that the restriction leaves but one value.
        cells: Positions of the cells in the collection.
    """

    def __init__(self, definition: Definition, collection: Collection, where: Where) -> None:
        self.definition = definition
        self.collection = collection
        restriction = accepted(where)
        self.pinned = {name for name, wanted in restriction.items() if len(wanted) == 1}
        self.cells = self._select(restriction)
        self._measured: dict[str, dict[int, Measured]] = {}
        self._fields: dict[str, dict[int, str]] = {}
        self._quality: dict[tuple[str, str], str | None] = {}

    def _select(self, restriction: Mapping[str, Sequence[str]]) -> list[int]:
        conditions: dict[str, list[str]] = {
            name: self._wanted(name, wanted) for name, wanted in self.definition.filter.items()
        }
        if self.definition.origin != "any":
            kinds = ORIGINS[self.definition.origin]
            asked = conditions.get("origin", kinds)
            conditions["origin"] = [kind for kind in kinds if kind in asked]
        for name, wanted in restriction.items():
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

    def primary(self, cell: int) -> str | None:
        """Return the quality metric of a cell's model."""
        key = (self.field("model")[cell], self.field("file")[cell])
        if key not in self._quality:
            limit = self.collection.limit(cell)
            self._quality[key] = primary_quality(
                self.collection, key[0], limit.metric if limit else None
            )
        return self._quality[key]

    def is_told(self, spec: ValueSpec) -> bool:
        """Whether an optional field never varies, so that the notes tell it once."""
        return spec.optional and len(self.told(spec)) < 2

    def told(self, spec: ValueSpec) -> list[str]:
        """Return the values of a field where a value spec would show it."""
        cells = self.cells
        if spec.scenario is not None:
            cells = [cell for cell in cells if self.field("scenario")[cell] == spec.scenario]
        if spec.field == "metric":
            return sorted({self.primary(cell) or "" for cell in cells})
        field = self.field(spec.field or "scenario")
        return sorted({field[cell] for cell in cells})


def _as_list(texts: Texts) -> list[str]:
    return [str(text) for text in (texts if isinstance(texts, list) else [texts])]
