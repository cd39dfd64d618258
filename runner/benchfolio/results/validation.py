"""What types cannot say: references that resolve, reasons, finite values, unique keys."""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchfolio.results.errors import Problem
from benchfolio.results.keys import KEY_FIELDS, cell_key
from benchfolio.results.metrics import METRICS
from benchfolio.results.types import Cell, ResultFile, State, Value


def validate(file: ResultFile, where: str) -> list[Problem]:
    """Return everything that is wrong with a result file beyond its types; empty when fine."""
    problems = [
        *_artefact_references(file, where),
        *_recipe_references(file, where),
        *_metric_definitions(file, where),
        *_duplicate_cells(file, where),
    ]
    for index, cell in enumerate(file.cells):
        at = f"{where}: $.cells[{index}]"
        problems += _cell_references(file, cell, at)
        problems += _state(cell, at)
        for name, value in cell.values.items():
            problems += _value(file, name, value, f"{at}.values[{name!r}]")
    return problems


def _missing(at: str, kind: str, id_: str) -> Problem:
    return Problem(
        where=at,
        what=f"names a {kind} that the file does not describe",
        expected=f"a key of $.{kind}s",
        got=repr(id_),
        remedy=f"add it to $.{kind}s or correct the id",
    )


def _artefact_references(file: ResultFile, where: str) -> Iterator[Problem]:
    for id_, artefact in file.artefacts.items():
        at = f"{where}: $.artefacts[{id_!r}]"
        if artefact.model not in file.models:
            yield _missing(f"{at}.model", "model", artefact.model)
        if artefact.recipe not in file.recipes:
            yield _missing(f"{at}.recipe", "recipe", artefact.recipe)
        calibration = artefact.calibration
        if calibration is not None and calibration.dataset not in file.datasets:
            yield _missing(f"{at}.calibration.dataset", "dataset", calibration.dataset)


def _recipe_references(file: ResultFile, where: str) -> Iterator[Problem]:
    for id_, recipe in file.recipes.items():
        calibration = recipe.calibration
        if calibration is not None and calibration.dataset not in file.datasets:
            at = f"{where}: $.recipes[{id_!r}].calibration.dataset"
            yield _missing(at, "dataset", calibration.dataset)


def _cell_references(file: ResultFile, cell: Cell, at: str) -> Iterator[Problem]:
    if cell.model not in file.models:
        yield _missing(f"{at}.model", "model", cell.model)
    if cell.recipe not in file.recipes:
        yield _missing(f"{at}.recipe", "recipe", cell.recipe)
    if cell.dataset is not None and cell.dataset not in file.datasets:
        yield _missing(f"{at}.dataset", "dataset", cell.dataset)
    if cell.artefact is None:
        return
    artefact = file.artefacts.get(cell.artefact)
    if artefact is None:
        yield _missing(f"{at}.artefact", "artefact", cell.artefact)
    elif (artefact.model, artefact.precision, artefact.recipe) != (
        cell.model,
        cell.precision,
        cell.recipe,
    ):
        yield Problem(
            where=f"{at}.artefact",
            what="the artefact is of another model, precision or recipe than the cell",
            expected=f"{cell.model} {cell.precision} {cell.recipe}",
            got=f"{artefact.model} {artefact.precision} {artefact.recipe}",
            remedy="correct the artefact id of the cell",
        )


def _metric_definitions(file: ResultFile, where: str) -> Iterator[Problem]:
    for name, metric in file.metrics.items():
        known = METRICS.get(name)
        if known is not None and known.direction != metric.direction:
            yield Problem(
                where=f"{where}: $.metrics[{name!r}].direction",
                what="turns round the direction of a metric that benchfolio knows",
                expected=known.direction.value,
                got=metric.direction.value,
                remedy="remove the definition or give the metric another id",
            )


def _duplicate_cells(file: ResultFile, where: str) -> Iterator[Problem]:
    first: dict[tuple[str, ...], int] = {}
    for index, cell in enumerate(file.cells):
        key = cell_key(cell)
        if key in first:
            described = ", ".join(
                f"{name}={part}" for name, part in zip(KEY_FIELDS, key, strict=True) if part
            )
            yield Problem(
                where=f"{where}: $.cells[{index}]",
                what=f"has the same key as $.cells[{first[key]}]",
                expected="one cell per key",
                got=described,
                remedy="remove one, or add what distinguishes them (recipe, load, shape, …)",
            )
        first.setdefault(key, index)


def _state(cell: Cell, at: str) -> Iterator[Problem]:
    if cell.state is State.OK and not (cell.values or cell.claims):
        yield Problem(
            where=f"{at}.values",
            what="the cell is ok but has no value",
            expected="at least one value",
            got="none",
            remedy="give the values, or the state that is true with its reason",
        )
    if cell.state is not State.OK and cell.values:
        yield Problem(
            where=f"{at}.values",
            what=f"the cell is {cell.state} but has values",
            expected="no values",
            got=", ".join(sorted(cell.values)),
            remedy="set the state to ok, or remove the values",
        )
    if cell.state not in (State.OK, State.PENDING) and not (cell.reason or "").strip():
        yield Problem(
            where=f"{at}.reason",
            what=f"the cell is {cell.state} without a reason",
            expected="why, in the engine's or a person's words",
            got="nothing",
            remedy="state the reason",
        )


def _value(file: ResultFile, name: str, value: Value, at: str) -> Iterator[Problem]:
    if name not in METRICS and name not in file.metrics:
        yield Problem(
            where=at,
            what="a metric whose unit and direction nobody has stated",
            expected=f"one of {', '.join(METRICS)} or a key of $.metrics",
            got=repr(name),
            remedy="define it in $.metrics",
        )
    numbers = [value.value, value.spread or 0.0]
    interval = value.interval
    if interval is not None:
        numbers += [interval.low, interval.high]
        if interval.low > interval.high:
            yield Problem(
                where=f"{at}.interval",
                what="the interval is upside down",
                expected="low ≤ high",
                got=f"{interval.low} > {interval.high}",
                remedy="exchange low and high",
            )
    if not all(math.isfinite(number) for number in numbers):
        yield Problem(
            where=at,
            what="not a finite number",
            expected="a finite number, or a state that says why there is none",
            got=str(value.value),
            remedy="record the cell as failed with its reason",
        )
