"""Values of many cells, looked up at once: a look-up for each cell alone costs far more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.measured import Measured


class Values:
    """The values of some cells, by metric; what was looked up is kept.

    Args:
        collection: The results.
        cells: Positions of the cells.
    """

    def __init__(self, collection: Collection, cells: Sequence[int]) -> None:
        self.collection = collection
        self._cells = cells
        self._found: dict[str, Mapping[int, Measured]] = {}

    def all(self, metric: str) -> Mapping[int, Measured]:
        """Return one metric by position of the cell; cells without it are left out."""
        if metric not in self._found:
            self._found[metric] = self.collection.measured(metric, self._cells)
        return self._found[metric]

    def of(self, metric: str, cells: Sequence[int]) -> list[Measured]:
        """Return one metric's values in some of the cells; those without it are left out."""
        known = self.all(metric)
        return [known[cell] for cell in cells if cell in known]
