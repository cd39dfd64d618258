"""Which metric speaks for the quality of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.facets import MEASURED
from benchfolio.results import Kind

Where = Mapping[str, str | Sequence[str]]
"""Accepted values by field."""
QUALITY = "quality"
"""Stands for the quality metric of a row, or of a model's task."""

_RELATIVE_METRICS = ("agreement@top1", "error@max", "similarity@cosine")
"""Metrics that are themselves relative to the baseline: never what a task is judged by."""


def primary_quality(
    collection: Collection, model: str, limit_metric: str | None = None
) -> str | None:
    """Return the metric that a model's quality is judged by.

    That of the acceptance limit where it was measured, else the first quality metric of the
    registry; ``None`` when no quality was measured.
    """
    found = [
        name
        for name in collection.metrics_of(model)
        if collection.metric(name).kind is Kind.QUALITY
    ]
    if limit_metric in found:
        return limit_metric
    own = [name for name in found if name not in _RELATIVE_METRICS]
    return next(iter(own or found), None)


def accepted(where: Where) -> dict[str, list[str]]:
    """Return a restriction as lists of accepted values."""
    return {name: [text] if isinstance(text, str) else list(text) for name, text in where.items()}


def measured_only(where: Where) -> dict[str, list[str]]:
    """Return a restriction that leaves out what was transcribed, unless it asks for an origin."""
    return {"origin": list(MEASURED), **accepted(where)}
