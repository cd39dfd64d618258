"""Finds for each value what it owes to having been measured together with its baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from benchfolio.generator.paired import (
    RACED,
    noise_floor,
    paired_drop,
    scenario_gains,
    with_drop,
    with_gain,
    worse,
)
from benchfolio.results import Calm, Direction, Kind, Rounds

if TYPE_CHECKING:
    from benchfolio.generator.collection import Collection
    from benchfolio.generator.measured import Measured
    from benchfolio.statistics import Estimate


_AT_ONCE = 5_000
"""Pairs whose gains are computed at once: more would only take more memory."""


class Together:
    """Looks up rounds, samples and verdicts of a collection; what was found is kept."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._floors: dict[tuple[str, str], float | None] = {}
        self._gains: dict[tuple[int, int], Estimate | None] = {}
        arrays = collection.cell_columns.arrays
        # A byte for each cell: to look up one costs less than in an array.
        self._is_raced = (arrays["rounds"] != 0).tobytes()
        self._has_outcomes = (arrays["outcomes"] != 0).tobytes()

    def better(self, found: Sequence[Measured]) -> list[Measured]:
        """Return values of one metric with what rounds and samples say of them."""
        self.find_gains((one.cell, one.baseline) for one in found if self._has_gain(one))
        return [self._with_drop(self._with_gain(one)) for one in found]

    def _has_gain(self, found: Measured) -> bool:
        """Tell whether a value is what rounds hold, and its baseline is another cell's."""
        if not (_is_compared(found) and self._is_raced[found.cell]):
            return False
        return RACED.get(found.metric) == self._collection.text("scenario", found.cell)

    def unrest(
        self, metric: str, cells: Sequence[int], baselines: Sequence[int]
    ) -> Sequence[list[Any]]:
        """Return verdicts and noise floors of values that take time: nothing else suffers.

        Args:
            metric: Of the values.
            cells: Positions of their cells.
            baselines: Positions of their baselines' cells; negative without.

        Returns:
            ``floor``, ``calm`` and ``own_calm`` of each value; nothing where they do not matter.
        """
        is_speed = self._collection.metric(metric).kind is Kind.SPEED
        if not (is_speed or metric.startswith("time@")):
            return ()
        own, theirs = self._calm(cells), self._calm(baselines)
        pairs = list(zip(own, theirs, strict=True))
        known = {pair: worse(*pair) for pair in set(pairs)}
        floor = self._floors_of(cells) if is_speed else [None] * len(cells)
        return floor, [known[pair] for pair in pairs], own

    def _floors_of(self, cells: Sequence[int]) -> list[float | None]:
        names = (self._collection.column(name, cells) for name in ("platform", "release"))
        pairs = list(zip(*names, strict=True))
        known = {pair: self.noise_floor(*pair) for pair in set(pairs)}
        return [known[pair] for pair in pairs]

    def noise_floor(self, platform: str, release: str) -> float | None:
        """Return the relative distance from 1 below which nothing is called a gain.

        It follows from the baselines that ran against themselves on this platform for this
        release; ``None`` where there is none.
        """
        key = (platform, release)
        if key not in self._floors:
            files = self._collection.catalogue.files
            same = (info for info in files if (info.platform.id, info.release) == key)
            self._floors[key] = noise_floor(pair for info in same for pair in info.twins)
        return self._floors[key]

    def gain_between(self, one: int, other: int) -> Estimate | None:
        """Return the gain of a cell over another of the same rounds; ``None`` of any others."""
        if (one, other) not in self._gains:
            self.find_gains([(one, other)])
        return self._gains[one, other]

    def find_gains(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Look up the gains of cells over others at once: one by one they cost far more.

        Args:
            pairs: A cell, and the one that it is compared with.
        """
        unknown = [pair for pair in dict.fromkeys(pairs) if pair not in self._gains]
        for start in range(0, len(unknown), _AT_ONCE):
            some = unknown[start : start + _AT_ONCE]
            series = {pair: found for pair in some if (found := self._of_one_race(*pair))}
            self._gains |= dict.fromkeys(some)
            self._gains |= zip(series, scenario_gains(series.values()), strict=True)

    def _of_one_race(self, one: int, other: int) -> tuple[Rounds, Rounds, str] | None:
        """Return the rounds of two cells and their scenario, where they took turns."""
        if not (self._is_raced[one] and self._is_raced[other]):
            return None
        collection = self._collection
        first, second = collection.rounds(one), collection.rounds(other)
        if first is None or second is None or first.race != second.race:
            return None
        if collection.file_of(one) is not collection.file_of(other):
            return None
        if not (first.figures and second.figures):
            return None
        return first, second, collection.text("scenario", one)

    def _calm(self, cells: Sequence[int]) -> list[Calm | None]:
        """Return what is said of the machine at each cell; of a negative one nothing."""
        at = np.asarray(cells, dtype=np.int64)
        column = self._collection.cell_columns.arrays["verdict"]
        numbers = np.where(at >= 0, column[np.maximum(at, 0)], 0).tolist()
        verdicts = self._collection.cell_columns.objects["verdict"]
        known = {number: verdicts[number] for number in set(numbers)}
        calm = {number: one and one.calm for number, one in known.items()}
        return [calm[number] for number in numbers]

    def _with_gain(self, found: Measured) -> Measured:
        if not self._has_gain(found):
            return found
        gain = self.gain_between(found.cell, found.baseline)
        higher = self._is_higher(found.metric)
        return found if gain is None else with_gain(found, gain, higher_is_better=higher)

    def _with_drop(self, found: Measured) -> Measured:
        if not (_is_compared(found) and self._has_outcomes[found.cell]):
            return found
        outcomes = (self._collection.outcomes(cell) for cell in (found.cell, found.baseline))
        candidate, baseline = (known.get(found.metric) for known in outcomes)
        if candidate is None or baseline is None or not self._is_same_data(found):
            return found
        higher = self._is_higher(found.metric)
        drop = paired_drop(found, candidate, baseline, higher_is_better=higher)
        return found if drop is None else with_drop(found, drop, higher_is_better=higher)

    def _is_same_data(self, found: Measured) -> bool:
        """Tell whether a value and its baseline are of one file, or of data of one hash."""
        first, second = (self._collection.file_of(at) for at in (found.cell, found.baseline))
        if first is second:
            return True
        id_ = self._collection.text("dataset", found.cell)
        one, other = first.datasets.get(id_), second.datasets.get(id_)
        return bool(one and other and one.sha256 and one.sha256 == other.sha256)

    def _is_higher(self, metric: str) -> bool:
        return self._collection.metric(metric).direction is Direction.HIGHER


def _is_compared(found: Measured) -> bool:
    return found.baseline >= 0 and not found.refusal and not found.is_baseline
