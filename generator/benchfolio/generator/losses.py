"""What reduced precisions lose, by task: measured and transcribed figures apart from each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.facets import ORIGINS
from benchfolio.generator.quality import Where, accepted, primary_quality

TaskFormat = tuple[str, str]
"""Task and precision."""

REDUCTIONS = ("pruning", "distillation")
"""Methods that change a model itself: what they lose says nothing about a number format."""


class Loss(msgspec.Struct, frozen=True):
    """A loss of quality, in points, and the cell it is of."""

    points: float
    cell: int


class Losses(msgspec.Struct, frozen=True, kw_only=True):
    """Losses of one origin.

    Attributes:
        by: Losses by task and precision, least first.
        unstated: Figures left out because they have no unit, or another than a share has.
        refused: Figures left out because they are not comparable with an FP32 of their own.
    """

    by: Mapping[TaskFormat, Sequence[Loss]]
    unstated: int
    refused: int


def find_losses(collection: Collection, where: Where, origin: str) -> Losses:
    """Gather the loss of every model in every reduced precision.

    There is one loss for each model, form, recipe, runtime, device and platform, of the metric
    that the model is judged by; where a publication gives no values, the loss that it states.

    Args:
        collection: The results.
        where: Which cells.
        origin: ``measured`` or ``transcribed``.
    """
    cells = _candidates(collection, where, origin)
    found, unstated, refused = _derived(collection, cells)
    for cell in cells:
        points = _claimed(collection, cell)
        if points is not None:
            found.append(Loss(points, cell))
    tasks = collection.column("task", [loss.cell for loss in found])
    precisions = collection.column("precision", [loss.cell for loss in found])
    by: dict[TaskFormat, list[Loss]] = {}
    for loss, task, precision in zip(found, tasks, precisions, strict=True):
        by.setdefault((task, precision), []).append(loss)
    return Losses(
        by={key: sorted(losses, key=lambda one: one.points) for key, losses in by.items()},
        unstated=unstated,
        refused=refused,
    )


def _candidates(collection: Collection, where: Where, origin: str) -> list[int]:
    conditions = accepted(where)
    conditions["origin"] = [
        kind for kind in ORIGINS[origin] if kind in conditions.get("origin", ORIGINS[origin])
    ]
    cells = collection.select({**conditions, "scenario": ["accuracy"]})
    columns = (collection.column(name, cells) for name in ("precision", "method"))
    return [
        cell
        for cell, precision, method in zip(cells, *columns, strict=True)
        if precision != "FP32" and method not in REDUCTIONS
    ]


def _derived(collection: Collection, cells: Sequence[int]) -> tuple[list[Loss], int, int]:
    found: list[Loss] = []
    unstated = refused = 0
    models = dict(zip(cells, collection.column("model", cells), strict=True))
    for metric in collection.metric_ids():
        for cell, value in collection.measured(metric, cells).items():
            limit = collection.limit(cell)
            wanted = limit.metric if limit else None
            if metric != primary_quality(collection, models[cell], wanted) or value.is_baseline:
                continue
            if value.refusal or value.drop is None:
                refused += 1
            elif value.unit != "%":
                unstated += 1
            else:
                found.append(Loss(value.drop, cell))
    return found, unstated, refused


def _claimed(collection: Collection, cell: int) -> float | None:
    """Return the loss in points that a publication states without the values behind it."""
    if collection.text("evidence", cell) != "claims":
        return None
    for claim in collection.claims(cell):
        if claim.figure == "drop" and claim.unit in ("%", "points"):
            return claim.value
    return None
