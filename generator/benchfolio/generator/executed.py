"""What layers really ran in: whether a file that is called INT8 mostly ran in something else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from benchfolio.generator.formatting import THIN, clean
from benchfolio.results import Share

if TYPE_CHECKING:
    from benchfolio.generator.collection import Collection

BITS: Mapping[str, int] = MappingProxyType(
    {"FP32": 32, "FP16": 16, "BF16": 16, "FP8-E4M3": 8, "FP8-E5M2": 8, "INT8": 8, "INT4": 4}
)
"""Width of the numbers that layers compute with; what is not here computes no model."""

WEIGHT_ONLY = "weight-only"
"""The recipes that leave activations in floating point on purpose. An engine may rightly report
such a layer as INT4 (what it reads) or as FP32 (what it multiplies in), so that nothing follows."""

HALF = 0.5


class Elsewhere(msgspec.Struct, frozen=True):
    """Most of a model ran in another precision than its file is called after.

    Attributes:
        precision: Of the file.
        other: The precision in which most of it ran.
        share: How much ran there, 0–1.
        of: What the share is of: ``time``, or ``layers`` where times are not known.
    """

    precision: str
    other: str
    share: float
    of: str

    def told(self) -> str:
        """Say it, as ``INT8 file, 83 % of the time in FP32``."""
        return (
            f"{self.precision} file, {100 * self.share:.0f}{THIN}% of the {self.of} in "
            f"{clean(self.other)}"
        )


def elsewhere(precision: str, method: str, executed: Mapping[str, Share]) -> Elsewhere | None:
    """Return what a file mostly ran in, if that is not its own precision nor a narrower one.

    Args:
        precision: Of the file; FP32 and MIXED promise nothing.
        method: Of the recipe.
        executed: Share of layers and time by precision.
    """
    bits = BITS.get(precision, 32)
    if bits >= 32 or method == WEIGHT_ONLY or not executed:
        return None
    of, shares = _shares(executed)
    total = sum(shares.values())
    own = sum(share for name, share in shares.items() if BITS.get(name, 64) <= bits)
    unknown = shares.get("unknown", 0.0)
    others = {name: s for name, s in shares.items() if BITS.get(name, 0) > bits}
    if total <= 0 or own + unknown >= HALF * total or not others:
        return None
    most = max(sorted(others), key=lambda name: others[name])
    return Elsewhere(precision, most, others[most] / total, of)


def _shares(executed: Mapping[str, Share]) -> tuple[str, dict[str, float]]:
    times = {name: share.time for name, share in executed.items() if share.time is not None}
    if len(times) == len(executed):
        return "time", times
    return "layers", {name: float(share.layers) for name, share in executed.items()}


_SAME = ("platform", "release", "model", "form", "precision", "recipe", "runtime", "device")


class Executed:
    """Finds for any cell of a file what that file mostly ran in: one of its cells says so."""

    def __init__(self, collection: Collection) -> None:
        cells = range(len(collection))
        names = ("executed", "precision", "method")
        flagged = {
            cell: found
            for cell, *row in zip(
                cells, *(collection.column(name, cells) for name in names), strict=True
            )
            if (found := elsewhere(row[1], row[2], row[0])) is not None
        }
        self._found: dict[int, Elsewhere] = {}
        if flagged:
            keys = list(zip(*(collection.column(name, cells) for name in _SAME), strict=True))
            known = {keys[cell]: found for cell, found in flagged.items()}
            self._found = {cell: known[key] for cell, key in enumerate(keys) if key in known}

    def of(self, cell: int) -> Elsewhere | None:
        """Return what the file of a cell mostly ran in, if it is something else."""
        return self._found.get(cell)
