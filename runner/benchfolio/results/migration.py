"""Old result files are brought to today's version one step at a time; newer ones are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchfolio.results.errors import BadInput, Problem
from benchfolio.results.types import VERSION

Raw = dict[str, Any]
Step = Callable[[Raw], Raw]

STEPS: Mapping[int, Step] = {}
"""Step ``n`` turns a raw file of version ``n`` into one of version ``n + 1``."""


def migrate(
    raw: Raw, where: str, *, steps: Mapping[int, Step] = STEPS, current: int = VERSION
) -> Raw:
    """Bring a raw (decoded, unvalidated) result file to the current version.

    Raises:
        BadInput: The version is missing, unknown, or newer than this benchfolio.
    """
    version = raw.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BadInput(_no_version(where, version, current))
    if version > current:
        raise BadInput(_too_new(where, version, current))
    while version < current:
        step = steps.get(version)
        if step is None:
            raise BadInput(_no_version(where, version, current))
        raw = step(raw)
        version += 1
        raw["version"] = version
    return raw


def _no_version(where: str, version: object, current: int) -> Problem:
    return Problem(
        where=f"{where}: $.version",
        what="not a version of the result format that is known",
        expected=f"an integer from 1 to {current}",
        got=repr(version)[:80],
        remedy="check that this is a benchfolio result file",
    )


def _too_new(where: str, version: int, current: int) -> Problem:
    return Problem(
        where=f"{where}: $.version",
        what="written by a newer benchfolio",
        expected=f"version {current} or older",
        got=str(version),
        remedy="upgrade with: pip install --upgrade benchfolio",
    )
