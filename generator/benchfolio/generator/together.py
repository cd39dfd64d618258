"""Finds for each value what it owes to having been measured together with its baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchfolio.generator.paired import (
    RACED,
    noise_floor,
    paired_drop,
    scenario_gain,
    with_drop,
    with_gain,
    worse,
)
from benchfolio.results import Calm, Direction, Kind

if TYPE_CHECKING:
    from benchfolio.generator.collection import Collection
    from benchfolio.generator.measured import Measured
    from benchfolio.statistics import Estimate


class Together:
    """Looks up rounds, samples and verdicts of a collection; what was found is kept."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._floors: dict[tuple[str, str], float | None] = {}
        self._better: dict[tuple[int, str], Measured] = {}

    def better(self, found: Measured) -> Measured:
        """Return a value with what rounds, samples and verdicts say of it."""
        key = (found.cell, found.metric)
        if key not in self._better:
            better = self._with_calm(found)
            if found.baseline >= 0 and not (found.refusal or found.is_baseline):
                better = self._with_drop(self._with_gain(better))
            self._better[key] = better
        return self._better[key]

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
        collection = self._collection
        first, second = collection.rounds(one), collection.rounds(other)
        if first is None or second is None or first.race != second.race:
            return None
        if collection.file_of(one) is not collection.file_of(other):
            return None
        if not (first.figures and second.figures):
            return None
        return scenario_gain(first, second, collection.text("scenario", one))

    def _with_calm(self, found: Measured) -> Measured:
        """Add verdicts and noise floor to what takes time: nothing else suffers from unrest."""
        is_speed = self._collection.metric(found.metric).kind is Kind.SPEED
        if not (is_speed or found.metric.startswith("time@")):
            return found
        own = self._calm(found.cell)
        base = self._calm(found.baseline) if found.baseline >= 0 else None
        floor = None
        if is_speed:
            names = (self._collection.text(name, found.cell) for name in ("platform", "release"))
            floor = self.noise_floor(*names)
        return msgspec.structs.replace(found, own_calm=own, calm=worse(own, base), floor=floor)

    def _calm(self, cell: int) -> Calm | None:
        verdict = self._collection.verdict(cell)
        return None if verdict is None else verdict.calm

    def _with_gain(self, found: Measured) -> Measured:
        if RACED.get(found.metric) != self._collection.text("scenario", found.cell):
            return found
        gain = self.gain_between(found.cell, found.baseline)
        higher = self._is_higher(found.metric)
        return found if gain is None else with_gain(found, gain, higher_is_better=higher)

    def _with_drop(self, found: Measured) -> Measured:
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
