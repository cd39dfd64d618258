"""Targets of any kind, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples


def targets(samples: Samples) -> list[Any]:
    """Return one target per sample: a row of an array, a ``Truth`` or ``References``."""
    return [] if samples.targets is None else list(samples.targets)
