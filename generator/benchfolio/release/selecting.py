"""Which of the compared cells a policy means: selectors, for whole columns at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from benchfolio.generator.changes import Compared
    from benchfolio.release.policy import Where

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]


class Columns:
    """The fields of compared cells, as numbers into lists of texts; each is made once."""

    def __init__(self, found: Compared) -> None:
        self._found = found
        self._known: dict[str, tuple[list[str], Codes]] = {}

    def __len__(self) -> int:
        return len(self._found)

    def of(self, name: str) -> tuple[list[str], Codes]:
        """Return the texts of a field, and the number of each cell's."""
        if name not in self._known:
            own: dict[str, Callable[[], tuple[list[str], Codes]]] = {
                "metric": self._metric,
                "unit": self._unit,
            }
            self._known[name] = own[name]() if name in own else self._field(name)
        return self._known[name]

    def texts(self, name: str) -> list[str]:
        """Return a field of all cells."""
        texts, codes = self.of(name)
        return [texts[code] for code in codes.tolist()]

    def text(self, name: str, i: int) -> str:
        """Return a field of one cell."""
        texts, codes = self.of(name)
        return texts[int(codes[i])]

    def selected(self, where: Where) -> Flags:
        """Return which cells a selector means."""
        chosen = np.ones(len(self), dtype=np.bool_)
        for name, pattern in where.conditions():
            texts, codes = self.of(name)
            fits = np.array([bool(pattern.fullmatch(text)) for text in texts], dtype=np.bool_)
            chosen &= fits[codes] if len(fits) else False
        return chosen

    def first(self, wheres: Sequence[Where]) -> tuple[Codes, list[bool]]:
        """Return for each cell which selector means it first (-1: none), and which mean any."""
        rule = np.full(len(self), -1, dtype=np.int64)
        used = []
        for number, where in enumerate(wheres):
            chosen = self.selected(where)
            used.append(bool(chosen.any()))
            rule[chosen & (rule < 0)] = number
        return rule, used

    def _field(self, name: str) -> tuple[list[str], Codes]:
        cells = self._found.collection.cell_columns
        column = cells.arrays[name][self._found.pairs.known()]
        if name in cells.categories:
            return cells.categories[name], column.astype(np.int64)
        numbers, codes = np.unique(column, return_inverse=True)
        return [str(number) for number in numbers.tolist()], codes.astype(np.int64)

    def _metric(self) -> tuple[list[str], Codes]:
        names = self._found.collection.value_columns.categories["metric"]
        codes = self._found.speaking.metric
        return [*names, ""], np.where(codes < 0, len(names), codes)

    def _unit(self) -> tuple[list[str], Codes]:
        values = self._found.collection.value_columns
        names, codes = values.categories["unit"], values.arrays["unit"].astype(np.int64)
        speaking = self._found.speaking
        row = np.where(speaking.after >= 0, speaking.after, speaking.before)
        known = row >= 0
        unit = np.full(len(row), len(names), dtype=np.int64)
        unit[known] = codes[row[known]]
        return [*names, ""], unit
