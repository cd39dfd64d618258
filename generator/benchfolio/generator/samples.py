"""How the same samples came out in two releases: drops paired sample by sample."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from benchfolio import statistics
from benchfolio.results import Direction, unpack_floats
from benchfolio.statistics import Estimate

if TYPE_CHECKING:
    from benchfolio.generator.collection import Collection
    from benchfolio.generator.derive import Ints

_NONE = float("nan")


class PairedDrop(msgspec.Struct, frozen=True):
    """A drop from one release to the next.

    Attributes:
        drop: In the metric's unit, positive when worse.
        exact: p of McNemar's exact test; NaN where the metric is no share of samples.
    """

    drop: Estimate
    exact: float


class SamplePairs:
    """Pairs outcomes of cells; equal counts are computed once."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._files: Ints = collection.cell_columns.arrays["file"]
        self._shares: dict[tuple[int, int, int], tuple[Estimate, float]] = {}
        self._same_data: dict[tuple[int, int, str], bool] = {}

    def any(self, cells: Ints) -> bool:
        """Tell whether outcomes of any of these cells are known."""
        return bool(self._collection.cell_columns.arrays["outcomes"][cells].any())

    def found(
        self,
        metric: str,
        unit: str,
        cells: tuple[int, int],
        values: tuple[float, float],
    ) -> PairedDrop | None:
        """Return the drop from one cell to another; ``None`` where they cannot be paired.

        Args:
            metric: Id of the metric.
            unit: Its unit in both cells.
            cells: Positions of the earlier and the later cell.
            values: Their values.
        """
        one, other = (self._collection.outcomes(cell).get(metric) for cell in cells)
        if one is None or other is None or one.samples != other.samples:
            return None
        if not self._is_same_data(*cells):
            return None
        if one.right is not None and other.right is not None:
            return self._of_shares(unit, one.right, other.right, one.samples)
        if one.resampled is None or other.resampled is None:
            return None
        if one.draws is None or one.draws != other.draws:
            return None
        higher = self._collection.metric(metric).direction is Direction.HIGHER
        drop = statistics.resampled_drop(
            (1 if higher else -1) * (values[0] - values[1]),
            unpack_floats(one.resampled),
            unpack_floats(other.resampled),
            higher_is_better=higher,
        )
        return PairedDrop(drop, _NONE)

    def _of_shares(self, unit: str, before: str, after: str, samples: int) -> PairedDrop:
        first, second = (int.from_bytes(b64decode(text), "big") for text in (before, after))
        lost, won = (first & ~second).bit_count(), (second & ~first).bit_count()
        key = (lost, won, samples)
        if key not in self._shares:
            self._shares[key] = _shares(*key)
        found, exact = self._shares[key]
        scale = 100.0 if unit == "%" else 1.0
        low, high = (None if end is None else scale * end for end in (found.low, found.high))
        method = f"{found.method}, {found.n} samples"
        return PairedDrop(Estimate(scale * found.value, low, high, method, found.n), exact)

    def _is_same_data(self, before: int, after: int) -> bool:
        id_ = self._collection.text("dataset", after)
        key = (int(self._files[before]), int(self._files[after]), id_)
        if key not in self._same_data:
            files = [self._collection.catalogue.files[file] for file in key[:2]]
            hashes = [found.sha256 for info in files if (found := info.datasets.get(id_))]
            self._same_data[key] = len(hashes) == 2 and None not in hashes
        return self._same_data[key]


def _shares(lost: int, won: int, samples: int) -> tuple[Estimate, float]:
    """Return drop and exact p of so many samples that only one of both has right."""
    before, after = np.zeros(samples, dtype=np.bool_), np.zeros(samples, dtype=np.bool_)
    before[:lost] = True
    after[lost : lost + won] = True
    return statistics.drop(before, after), statistics.mcnemar(before, after)
