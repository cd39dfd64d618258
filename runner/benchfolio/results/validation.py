"""What types cannot say: references that resolve, reasons, finite values, unique keys."""

from __future__ import annotations

import math
from base64 import b64decode
from collections.abc import Iterator

from benchfolio.results.errors import Problem
from benchfolio.results.keys import KEY_FIELDS, cell_key
from benchfolio.results.metrics import METRICS
from benchfolio.results.packing import unpack_bits, unpack_floats
from benchfolio.results.types import Cell, Outcomes, ResultFile, Scalar, Series, State, Value

MAX_OPTION = 2**64 - 1
"""Engines have settings of 64 bits without sign."""

YEARS = (1970, 2999)


def validate(file: ResultFile, where: str) -> list[Problem]:
    """Return everything that is wrong with a result file beyond its types; empty when fine."""
    problems = [
        *_artefact_references(file, where),
        *_recipe_references(file, where),
        *_metric_definitions(file, where),
        *_duplicate_cells(file, where),
        *_races(file, where),
    ]
    for id_, recipe in file.recipes.items():
        problems += _options(recipe.options, f"{where}: $.recipes[{id_!r}].options")
    for index, cell in enumerate(file.cells):
        at = f"{where}: $.cells[{index}]"
        problems += _cell_references(file, cell, at)
        problems += _state(cell, at)
        problems += _outcomes(cell, at)
        problems += _options(cell.settings, f"{at}.settings")
        problems += _claims(file, cell, at)
        problems += _moment(cell, at)
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


def _races(file: ResultFile, where: str) -> Iterator[Problem]:
    """Check that rounds name a race that is there, and have no more figures than it had rounds."""
    for index, cell in enumerate(file.cells):
        if cell.rounds is None:
            continue
        at = f"{where}: $.cells[{index}].rounds"
        race = file.races.get(cell.rounds.race)
        if race is None:
            yield _missing(f"{at}.race", "race", cell.rounds.race)
        else:
            yield from _figures(cell.rounds, race.rounds, at)
    for id_, race in file.races.items():
        for index, twin in enumerate(race.twins):
            at = f"{where}: $.races[{id_!r}].twins[{index}]"
            yield from _figures(twin, race.rounds, at)


def _figures(series: Series, rounds: int, at: str) -> Iterator[Problem]:
    try:
        figures = unpack_floats(series.figures)
        if series.disturbed is not None:
            unpack_bits(series.disturbed, len(figures))
    except ValueError as error:
        yield Problem(
            where=at,
            what="not packed as it should be",
            expected="base64 of 32-bit floats, and of one bit for each of them",
            got=str(error),
            remedy="write the file with benchfolio.results.write",
        )
        return
    if len(figures) > rounds or not all(math.isfinite(each) and each > 0 for each in figures):
        yield Problem(
            where=f"{at}.figures",
            what="these are not the figures of its race's rounds",
            expected=f"at most {rounds} numbers greater than 0",
            got=f"{len(figures)} numbers",
            remedy="correct the figures, or the race's number of rounds",
        )


def _outcomes(cell: Cell, at: str) -> Iterator[Problem]:
    """Check that outcomes are of a value's samples, and as many as they say."""
    for metric, outcomes in cell.outcomes.items():
        place = f"{at}.outcomes[{metric!r}]"
        value = cell.values.get(metric)
        if value is None or (value.n is not None and value.n != outcomes.samples):
            yield Problem(
                where=place,
                what="outcomes of samples that the value is not of",
                expected="a value" if value is None else f"{value.n} samples, the value's n",
                got="none" if value is None else f"{outcomes.samples} samples",
                remedy="correct the value or its outcomes",
            )
        given = {name for name in _OUTCOMES if getattr(outcomes, name) is not None}
        if given not in ({"right"}, {"scores", "resampled", "draws"}):
            yield Problem(
                where=place,
                what="neither one kind of outcomes nor the other",
                expected="right alone; or scores, resampled and draws",
                got=", ".join(sorted(given)) or "none of them",
                remedy="keep right for shares of right samples, the others for all other metrics",
            )
        yield from _packed_outcomes(outcomes, place)


_OUTCOMES = ("right", "scores", "resampled", "draws")


def _packed_outcomes(outcomes: Outcomes, at: str) -> Iterator[Problem]:
    """Check sizes, and that resamples are numbers."""
    sizes = {"right": (outcomes.samples + 7) // 8, "scores": outcomes.samples}
    for name, size in sizes.items():
        packed: str | None = getattr(outcomes, name)
        if packed is not None and (found := len(b64decode(packed))) != size:
            expected = f"{size} bytes for {outcomes.samples} samples"
            yield _not_outcomes(f"{at}.{name}", expected, f"{found} bytes")
    if outcomes.resampled is None:
        return
    wanted = "finite 32-bit floats, at least one"
    try:
        resampled = unpack_floats(outcomes.resampled)
    except ValueError as error:
        yield _not_outcomes(f"{at}.resampled", wanted, str(error))
        return
    if not resampled or not all(map(math.isfinite, resampled)):
        got = "one that is not finite" if resampled else "none"
        yield _not_outcomes(f"{at}.resampled", wanted, got)


def _not_outcomes(at: str, expected: str, got: str) -> Problem:
    return Problem(
        where=at,
        what="these are not the outcomes of the cell's samples",
        expected=expected,
        got=got,
        remedy="write the file with benchfolio.results.pack_bits, pack_scores and pack_floats",
    )


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


def _claims(file: ResultFile, cell: Cell, at: str) -> Iterator[Problem]:
    for index, claim in enumerate(cell.claims):
        yield from _metric(file, claim.metric, f"{at}.claims[{index}].metric")
        if not math.isfinite(claim.value):
            yield _not_finite(f"{at}.claims[{index}].value", claim.value)


def _metric(file: ResultFile, name: str, at: str) -> Iterator[Problem]:
    if name not in METRICS and name not in file.metrics:
        yield Problem(
            where=at,
            what="a metric whose unit and direction nobody has stated",
            expected=f"one of {', '.join(METRICS)} or a key of $.metrics",
            got=_short(name),
            remedy="define it in $.metrics",
        )


def _options(options: dict[str, Scalar], at: str) -> Iterator[Problem]:
    for name, option in options.items():
        if isinstance(option, int) and abs(option) > MAX_OPTION:
            yield Problem(
                where=f"{at}[{_short(name)}]",
                what="too large a number",
                expected=f"an integer up to {MAX_OPTION}",
                got=f"one of {len(str(abs(option)))} digits",
                remedy="write it as text",
            )


def _moment(cell: Cell, at: str) -> Iterator[Problem]:
    """Check that a moment can be told in any time zone, and is of the age of computers."""
    if cell.started is not None and not YEARS[0] <= cell.started.year <= YEARS[1]:
        yield Problem(
            where=f"{at}.started",
            what="not a moment at which anything was measured",
            expected=f"a year from {YEARS[0]} to {YEARS[1]}",
            got=cell.started.isoformat(),
            remedy="correct the moment, or leave it out",
        )


def _short(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= 80 else shown[:79] + "…"


def _value(file: ResultFile, name: str, value: Value, at: str) -> Iterator[Problem]:
    yield from _metric(file, name, at)
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
        yield _not_finite(at, value.value)


def _not_finite(at: str, number: float) -> Problem:
    return Problem(
        where=at,
        what="not a finite number",
        expected="a finite number, or a state that says why there is none",
        got=str(number),
        remedy="record the cell as failed with its reason",
    )
