"""What is said where targets, predictions or outputs do not fit."""

from __future__ import annotations

from benchfolio.results import Problem
from benchfolio.runner.suite import Model


def unfit(model: Model, what: str, expected: str, got: str) -> Problem:
    """Return the problem of a model whose quality cannot be computed."""
    return Problem(
        where=f"model {model.name}",
        what=what,
        expected=expected,
        got=got[:300],
        remedy="correct the data set, `postprocess` or `metrics` in the suite",
    )
