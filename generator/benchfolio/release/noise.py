"""How far speeds of one platform lie apart in two releases where nothing changed.

The interval of a cell knows the rounds within its own race. It does not know what a process keeps
throughout (how it lies in memory), which A/A runs show, nor what the machine kept throughout a
release (a kernel, a neighbour, a season), which only all cells of the platform together show.

- *Noise*: the root mean square of the platform's A/A gains, on logarithms, of both releases; it
  has as many degrees of freedom as there are A/A runs. Where these are few and cells are many, the
  spread of the cells themselves, as their quartiles give it, takes its place: what concerns fewer
  than a quarter of them hardly widens it (an empirical null: Efron 2004).
- *Drift*: the median over models of what their cells gained. It is taken out of the cells, and
  judged once, for the platform, where it is common: there are enough models, its interval excludes
  none, and three quarters of the cells are no different once it is taken out.

Efron, B. (2004). Large-scale simultaneous hypothesis testing: the choice of a null hypothesis.
Journal of the American Statistical Association 99, 96–104.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import numpy.typing as npt

from benchfolio.release.alarms import Z95, Floats, t95
from benchfolio.statistics import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchfolio.generator.collection import Collection

Ints = npt.NDArray[np.int64]

ENOUGH_TWINS = 8
"""A/A runs of both releases from which on they alone say how large noise is."""
ENOUGH_CELLS = 50
"""Cells of a platform from which on their own spread says how large noise is."""
ENOUGH_MODELS = 11
"""Models from which on a platform may have a drift: fewer could all move one way by chance."""
_CHANCE = 0.001
"""Of calling a platform drifting that is not."""
COMMON = 0.75
"""Share of the cells that a common drift explains."""
RESTLESS = 2.0
"""Cells that lie so many times as far apart as their noise tells are worth a remark."""

OWN_FREEDOM = 30.0
"""Degrees of freedom that a cell's own interval is taken to rest on: by simulation, differences of
medians of two dozen rounds and more have tails no heavier than that."""
_OWN = float(t95(np.array(OWN_FREEDOM)))

_HALVINGS = 25
_EFFICIENCY = 0.37
"""Of quartiles as an estimate of a standard deviation, against the root mean square."""
_QUARTILES = 1.3489795003921634
"""Distance between the quartiles of a normal distribution, in standard deviations."""


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform's noise between two releases is.

    Attributes:
        scale: Standard deviation of a gain where nothing changed, on logarithms, beyond what the
            cell's own interval tells.
        freedom: Degrees of freedom it rests on.
        source: Where it comes from: ``A/A runs``, ``spread of the cells`` or nothing.
        twins: Number of A/A runs of both releases.
        restless: How many times as far apart cells lie as their noise tells; NaN of few cells.
    """

    scale: float = 0.0
    freedom: float = math.inf
    source: str = ""
    twins: int = 0
    restless: float = math.nan


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """What all cells of a platform gained together.

    Attributes:
        gain: Now against before, above 1 is faster.
        models: Number of models that it rests on.
        cells: Number of cells.
    """

    gain: Estimate
    models: int
    cells: int


def twin_gains(collection: Collection, platform: str, releases: Iterable[str]) -> list[float]:
    """Return the gains of a platform's baselines over themselves, on logarithms."""
    wanted = {(release, platform) for release in releases}
    return [
        math.log(pair.gain().value)
        for info in collection.catalogue.files
        if (info.release, info.platform.id) in wanted
        for pair in info.twins
    ]


def noise(logs: Floats, errors: Floats, twins: list[float], which: str) -> Noise:
    """Return the noise of a platform between two releases.

    Args:
        logs: [N], gains of its cells, on logarithms.
        errors: [N], their standard errors as the cells' intervals give them; 0 without one.
        twins: Gains of its A/A runs, on logarithms.
        which: ``auto``, ``twins`` or ``spread``, as in a policy.
    """
    own = math.sqrt(math.fsum(x * x for x in twins) / len(twins)) if twins else 0.0
    spread, freedom = _spread(logs, errors) if len(logs) >= ENOUGH_CELLS else (math.nan, 0.0)
    enough = len(twins) >= ENOUGH_TWINS or which == "twins"
    if not math.isnan(spread) and (which == "spread" or not enough):
        scale = max(own, spread) if which == "spread" else spread
        return Noise(scale=scale, freedom=freedom, source="spread of the cells", twins=len(twins))
    if not twins:
        return Noise()
    return Noise(
        scale=own,
        freedom=float(len(twins)),
        source="A/A runs",
        twins=len(twins),
        restless=_restless(logs, errors, own),
    )


def _spread(logs: Floats, errors: Floats) -> tuple[float, float]:
    """Return the standard deviation that is missing for the quartiles to be those of noise.

    The larger of that of all cells and that of the third with the narrowest intervals, which it
    matters most for; with the degrees of freedom of the latter.
    """
    centred = logs - np.median(logs)
    third = np.argsort(errors, kind="stable")[: len(logs) // 3]
    scale = max(_missing(centred, errors), _missing(centred[third], errors[third]))
    return scale, _EFFICIENCY * len(third)


def _missing(centred: Floats, errors: Floats) -> float:
    low, high = 0.0, float(np.max(np.abs(centred), initial=1e-9))
    if _quartiles(centred, errors, low) <= _QUARTILES:
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_wide = _quartiles(centred, errors, middle) > _QUARTILES
        low, high = (middle, high) if is_wide else (low, middle)
    return high


def _quartiles(centred: Floats, errors: Floats, scale: float) -> float:
    standard = centred / np.maximum(np.hypot(errors, scale), 1e-12)
    quarter = len(standard) // 4
    ordered = np.partition(standard, (quarter, -1 - quarter))
    return float(ordered[-1 - quarter] - ordered[quarter])


def _restless(logs: Floats, errors: Floats, scale: float) -> float:
    if len(logs) < ENOUGH_CELLS or scale <= 0:
        return math.nan
    return _quartiles(logs - np.median(logs), errors, scale) / _QUARTILES


def drift(logs: Floats, errors: Floats, models: Ints, scale: Noise, floor: float) -> Drift | None:
    """Return what all cells of a platform have in common; ``None`` where there is no such thing.

    Args:
        logs: [N], gains of its cells, on logarithms.
        errors: [N], their standard errors.
        models: [N], numbers that stand for the models.
        scale: The platform's noise.
        floor: Its noise floor, relative; 0 where none is known.
    """
    medians = _medians(logs, models)
    if len(medians) < ENOUGH_MODELS:
        return None
    centre = float(np.median(medians))
    sure, shown = (_sign_rank(len(medians), chance) for chance in (_CHANCE, 0.05))
    reach = np.maximum(Z95 * np.hypot(errors, scale.scale), math.log1p(floor))
    is_common = np.mean(np.abs(logs - centre) <= reach) >= COMMON
    if medians[sure] <= 0 <= medians[-1 - sure] or not is_common:
        return None
    low, high = float(medians[shown]), float(medians[-1 - shown])
    method = f"median over {len(medians)} models, order statistics"
    gain = Estimate(math.exp(centre), math.exp(low), math.exp(high), method, len(medians))
    return Drift(gain=gain, models=len(medians), cells=len(logs))


def _medians(logs: Floats, models: Ints) -> Floats:
    """Return the median of each model's cells, ascending."""
    order = np.lexsort((logs, models))
    ordered = logs[order]
    starts = np.flatnonzero(np.diff(models[order], prepend=-1))
    counts = np.diff(starts, append=len(order))
    middle = (ordered[starts + (counts - 1) // 2] + ordered[starts + counts // 2]) / 2
    return np.sort(middle)


@cache
def _sign_rank(count: int, chance: float) -> int:
    """Return which order statistics miss the median with no more than some chance (sign test)."""
    below, rank, ways = 0, 0, 1
    while True:
        below += ways
        if below / 2 ** (count - 1) > chance:
            return max(0, rank - 1)
        ways = ways * (count - rank) // (rank + 1)
        rank += 1


def standard_errors(low: Floats, high: Floats) -> Floats:
    """Return standard errors of gains, on logarithms, as their 95 % intervals give them.

    Args:
        low: [N], lower ends; NaN without an interval, of which the error is 0 here.
        high: [N], upper ends.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.nan_to_num(np.log(high / low) / (2 * _OWN))
    return found


def widened(
    value: Floats, low: Floats, high: Floats, scale: Noise
) -> tuple[Floats, Floats, Floats]:
    """Return gains' intervals with their platform's noise in them, and their degrees of freedom.

    Standard errors of both are added as squares; degrees of freedom are Welch and Satterthwaite's.
    A cell's own interval is taken to rest on ``OWN_FREEDOM``.

    Args:
        value: [N], gains.
        low: [N], lower ends of the cells' own 95 % intervals; NaN without one.
        high: [N], upper ends.
        scale: The platform's noise.

    Returns:
        Lower ends, upper ends, degrees of freedom [N]; ends are NaN where nothing is known.
    """
    logs, own = np.log(value), standard_errors(low, high)
    with np.errstate(invalid="ignore", divide="ignore"):
        sides = [np.nan_to_num(np.abs(np.log(end) - logs)) / _OWN for end in (low, high)]
        parts = own**4 / OWN_FREEDOM + scale.scale**4 / scale.freedom
        freedom = np.where(parts > 0, (own**2 + scale.scale**2) ** 2 / parts, math.inf)
    factor = t95(freedom)
    lower, upper = (np.hypot(side, scale.scale) * factor for side in sides)
    known = ~np.isnan(low) | (scale.scale > 0)
    ends = [np.where(known, np.exp(log), np.nan) for log in (logs - lower, logs + upper)]
    return ends[0], ends[1], freedom
