"""What the readers of all kinds share: fields, the limit, and what is wrong with a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchfolio.results import Problem
from benchfolio.runner.location import describe
from benchfolio.runner.suite import Dataset


def fields_of(inputs: str | Sequence[str] | Mapping[str, str] | None) -> dict[str, str]:
    """Return field → array or column, from any of the three ways to write it."""
    if inputs is None:
        return {}
    if isinstance(inputs, str):
        return {inputs: inputs}
    return dict(inputs) if isinstance(inputs, Mapping) else {name: name for name in inputs}


def limited(dataset: Dataset, count: int) -> int:
    """Return how many of so many samples are wanted."""
    return count if dataset.limit is None else min(count, dataset.limit)


def wrong(dataset: Dataset, what: str, expected: str, got: str, line: int | None = None) -> Problem:
    """Return a problem of a data set's file, with its line where there is one."""
    place = describe(dataset.path) + (f":{line}" if line else "")
    return Problem(
        where=f"{dataset.name}: {place}",
        what=what,
        expected=expected[:300],
        got=got[:300],
        remedy="correct the file, or what the suite says of the data set",
    )
