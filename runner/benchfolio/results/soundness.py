"""A quick look at a file's consistency, which may err on the side of suspicion only.

Nearly every file that is read is sound. ``validate`` says what is wrong and where, and builds the
words for it as it goes; this says no more than that there is nothing to say, in a few dictionary
look-ups a cell. Whatever it is not sure of is left to ``validate``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from math import isfinite

from benchfolio.results.metrics import METRICS
from benchfolio.results.packing import unpack_bits, unpack_floats
from benchfolio.results.types import (
    Artefact,
    Cell,
    Claim,
    Outcomes,
    Race,
    ResultFile,
    Scalar,
    Series,
    State,
    Value,
)
from benchfolio.results.validation import MAX_OPTION, YEARS


def is_sound(file: ResultFile) -> bool:
    """Tell whether ``validate`` would certainly find nothing; ``False`` means: look closely."""
    if not _is_described(file):
        return False
    metrics = frozenset((*METRICS, *file.metrics))
    keys = set()
    for cell in file.cells:
        if not (_is_known(cell, file) and _is_complete(cell) and _is_plain(cell)):
            return False
        if cell.claims and not _are_numbers(cell.claims, metrics):
            return False
        for name, value in cell.values.items():
            if name not in metrics or not _is_number(value):
                return False
        if cell.rounds is not None and not _fits(cell.rounds, file.races.get(cell.rounds.race)):
            return False
        keys.add(_key(cell))
    return len(keys) == len(file.cells)


def _is_described(file: ResultFile) -> bool:
    """Look at what stands beside the cells."""
    calibrations = [recipe.calibration for recipe in file.recipes.values()]
    for artefact in file.artefacts.values():
        if artefact.model not in file.models or artefact.recipe not in file.recipes:
            return False
        calibrations.append(artefact.calibration)
    if any(one is not None and one.dataset not in file.datasets for one in calibrations):
        return False
    if any(name in METRICS for name in file.metrics):
        return False
    if not all(_are_short(recipe.options) for recipe in file.recipes.values()):
        return False
    return all(_fits(twin, race) for race in file.races.values() for twin in race.twins)


def _is_known(cell: Cell, file: ResultFile) -> bool:
    """Look at what a cell names."""
    if cell.model not in file.models or cell.recipe not in file.recipes:
        return False
    if cell.dataset is not None and cell.dataset not in file.datasets:
        return False
    return cell.artefact is None or _is_of(file.artefacts.get(cell.artefact), cell)


def _is_of(artefact: Artefact | None, cell: Cell) -> bool:
    return (
        artefact is not None
        and artefact.model == cell.model
        and artefact.precision is cell.precision
        and artefact.recipe == cell.recipe
    )


def _is_complete(cell: Cell) -> bool:
    """Look at state, reason, values and outcomes."""
    if cell.state is State.OK:
        return bool(cell.values or cell.claims) and (not cell.outcomes or _have_values(cell))
    if cell.values or cell.outcomes:
        return False
    return cell.state is State.PENDING or bool(cell.reason and cell.reason.strip())


def _is_plain(cell: Cell) -> bool:
    """Look at settings and the moment."""
    if cell.started is not None and not YEARS[0] <= cell.started.year <= YEARS[1]:
        return False
    return _are_short(cell.settings)


def _are_short(options: Mapping[str, Scalar]) -> bool:
    for option in options.values():
        if type(option) is int and not -MAX_OPTION <= option <= MAX_OPTION:
            return False
    return True


def _are_numbers(claims: Sequence[Claim], metrics: Set[str]) -> bool:
    return all(claim.metric in metrics and isfinite(claim.value) for claim in claims)


def _have_values(cell: Cell) -> bool:
    """Look at outcomes: each is of a value's samples, and as many as it says."""
    for metric, outcomes in cell.outcomes.items():
        value = cell.values.get(metric)
        if value is None or (value.n is not None and value.n != outcomes.samples):
            return False
        if not (_is_share(outcomes) if outcomes.right is not None else _is_scored(outcomes)):
            return False
    return True


def _is_share(outcomes: Outcomes) -> bool:
    if outcomes.right is None or _size(outcomes.right) != (outcomes.samples + 7) // 8:
        return False
    return outcomes.scores is outcomes.resampled is outcomes.draws is None


def _is_scored(outcomes: Outcomes) -> bool:
    if outcomes.scores is None or outcomes.resampled is None or outcomes.draws is None:
        return False
    if _size(outcomes.scores) != outcomes.samples:
        return False
    try:
        resampled = unpack_floats(outcomes.resampled)
    except ValueError:
        return False
    return bool(resampled) and isfinite(sum(resampled))


def _size(packed: str) -> int:
    """Return how many bytes a base64 text stands for; types have checked that it is one."""
    return len(packed) * 3 // 4 - packed.count("=", -2)


def _is_number(value: Value) -> bool:
    interval, spread = value.interval, value.spread
    total = value.value if spread is None else value.value + spread
    if interval is not None:
        low, high = interval.low, interval.high
        if not low <= high:
            return False
        total += low + high
    return isfinite(total)


def _fits(series: Series, race: Race | None) -> bool:
    """Look at the figures of a series: a sum is finite where every figure is."""
    if race is None:
        return False
    try:
        figures = unpack_floats(series.figures)
        if series.disturbed is not None:
            unpack_bits(series.disturbed, len(figures))
    except ValueError:
        return False
    if len(figures) > race.rounds:
        return False
    return not figures or (isfinite(sum(figures)) and min(figures) > 0)


def _key(cell: Cell) -> tuple[object, ...]:
    """Return what is equal for cells of equal ``cell_key``; texts and None alike when empty."""
    return (
        cell.model,
        cell.dataset,
        cell.form or "",
        cell.scenario,
        cell.precision,
        cell.recipe,
        cell.runtime,
        cell.runtime_version or "",
        cell.device,
        cell.batch,
        cell.shape or "",
        cell.load,
    )
