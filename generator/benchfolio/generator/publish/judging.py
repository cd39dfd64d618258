"""What is said of formats, all those of a release at once, and which of them is the fastest.

The words are those of ``verdicts``, by the same rules; what makes up a format is in ``formats``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchfolio.generator.collection import Collection
from benchfolio.generator.facets import MEASURED, TRANSCRIBED
from benchfolio.generator.formats import FORMAT_FIELDS, Format, formats, gain_of
from benchfolio.generator.frame import Frame
from benchfolio.generator.publish.figures import Figures, Flags, Floats, Ints
from benchfolio.generator.publish.gains import fastest
from benchfolio.generator.scenarios import OURS
from benchfolio.generator.verdicts import ACCEPTABLE, BASELINE, NOT_JUDGED, OVER

_SPEEDS = ("throughput", "latency@median")
"""Metrics whose gain speaks for a format."""


class Judged:
    """The formats among some consecutive cells.

    Attributes:
        words: What is said of the format of each cell; nothing of what other rules measured.

    Args:
        collection: The results.
        cells: Positions of the cells: all of some platforms for some releases.
        figures: Of their values.
    """

    def __init__(self, collection: Collection, cells: range, figures: Figures) -> None:
        self._collection = collection
        self._cells = cells
        self._figures = figures
        arrays = collection.cell_columns.arrays
        self._arrays = {name: column[cells.start : cells.stop] for name, column in arrays.items()}
        is_measured = self._is("origin", *MEASURED)
        is_format = self._is("scenario", *OURS) & (is_measured | self._is("origin", *TRANSCRIBED))
        at = np.flatnonzero(is_format)
        columns = {name: self._arrays[name][at] for name in FORMAT_FIELDS}
        columns["measured"] = is_measured[at]
        numbers = Frame(columns, collection.cell_columns.categories).numbers(columns)
        _, first, place = np.unique(numbers, return_index=True, return_inverse=True)
        self._first: Ints = at[first]
        """A cell of each format, the first."""
        self._format = np.full(len(cells), -1, dtype=np.int64)
        """The number of each cell's format."""
        self._format[at] = place.reshape(-1)
        self._words = self._judge()
        self.words = [*self._words, None]
        self.words = [self.words[number] for number in self._format.tolist()]

    def fastest(self) -> list[Format]:
        """Return the fastest good format of each model, as ``gains.fastest`` of all measured ones.

        Only those that could be it are looked at: by the largest gain that any of their values has.
        """
        by_model: dict[int, list[tuple[float, int]]] = {}
        for number, most in self._hopeful():
            model = int(self._arrays["model"][self._first[number]])
            by_model.setdefault(model, []).append((most, number))
        found = (self._fastest(hopeful) for hopeful in by_model.values())
        return [one for one in found if one is not None]

    def _fastest(self, hopeful: list[tuple[float, int]]) -> Format | None:
        good: list[tuple[int, Format]] = []
        best = 0.0
        for most, number in sorted(hopeful, reverse=True):
            if most < best:
                break
            one = fastest(self._formats(int(self._first[number])))
            if one is not None:
                good.append((int(self._first[number]), one))
                best = max(best, gain_of(one) or 0.0)
        # Of equal ones the first counts, in the order of the cells.
        return fastest(one for _, one in sorted(good, key=lambda pair: pair[0]))

    def _formats(self, cell: int) -> list[Format]:
        at = self._cells[cell]
        where = {name: [self._collection.text(name, at)] for name in FORMAT_FIELDS}
        return formats(self._collection, where, releases="all")

    def _hopeful(self) -> Iterator[tuple[int, float]]:
        """Yield the acceptable measured formats with a gain above 1, and their largest."""
        figures, most = self._figures, np.zeros(len(self._first))
        gain, metric = figures.gains, figures.metric
        wanted = [number for number, name in enumerate(metric.names) if name in _SPEEDS]
        place = self._format[figures.cell - self._cells.start]
        rows = np.isin(metric.codes, wanted) & (place >= 0) & (gain > 1)
        np.maximum.at(most, place[rows], gain[rows])
        is_measured = self._is("origin", *MEASURED)[self._first]
        for number in np.flatnonzero(is_measured & (most > 1)).tolist():
            if self._words[number] == ACCEPTABLE:
                yield number, float(most[number])

    def _judge(self) -> list[str]:
        """Return what is said of each format."""
        count = len(self._first)
        words = np.full(count, NOT_JUDGED, dtype=object)
        for metric, most, limited in self._limits():
            worst = self._worst(metric)[limited]
            # Nothing is at most NaN, which stands for what is not known.
            words[limited] = np.where(worst <= most, ACCEPTABLE, NOT_JUDGED)
            words[limited[worst > most]] = OVER
        words[self._originals()] = BASELINE
        found: list[str] = words.tolist()
        return found

    def _originals(self) -> Flags:
        """Return which formats are what the others are compared with."""
        other = ~(self._is("precision", "FP32") & self._is("method", "original"))
        others = np.bincount(self._format[other & (self._format >= 0)], minlength=len(self._first))
        found: Flags = others == 0
        return found

    def _limits(self) -> Iterator[tuple[str, float, Ints]]:
        """Yield metric and most loss of each limit that is stated, and the formats it is for."""
        columns = {name: self._arrays[name][self._first] for name in ("file", "task")}
        numbers = Frame(columns).numbers(columns)
        for number in np.unique(numbers).tolist():
            limited = np.flatnonzero(numbers == number)
            limit = self._collection.limit(self._cells[self._first[limited[0]]])
            if limit is not None:
                yield limit.metric, limit.max_drop, limited

    def _worst(self, metric: str) -> Floats:
        """Return the largest loss of each format; NaN where one is not known, or nothing is."""
        figures = self._figures
        if metric not in figures.metric.names:
            return np.full(len(self._first), np.nan)
        place = self._format[figures.cell - self._cells.start]
        rows = (figures.metric.codes == figures.metric.names.index(metric)) & (place >= 0)
        losses = figures.losses[rows]
        worst = np.full(len(self._first), -np.inf)
        np.maximum.at(worst, place[rows], np.where(np.isnan(losses), np.inf, losses))
        return np.where(np.isinf(worst), np.nan, worst)

    def _is(self, name: str, *texts: str) -> Flags:
        """Return which cells have one of these texts."""
        frame = self._collection.cell_columns
        numbers = [frame.number(name, text) for text in texts]
        known = [number for number in numbers if number is not None]
        column: NDArray[Any] = self._arrays[name]
        return np.isin(column, known)
