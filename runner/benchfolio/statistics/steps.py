"""Steps in a short series of values, as of one figure over releases; outliers are not steps.

The series is cut into stretches of one level each, on the logarithmic scale, so that a loss of a
tenth counts the same at any speed. The cut is the one of least cost:

    Σ over values  min(|log value − level| / noise, 5)  +  6 for every step

with at least two values to a stretch, found exactly by dynamic programming over all cuts (optimal
partitioning, Jackson et al. 2005). Absolute deviations make levels medians; that one value cannot
cost more than 5 keeps a single bad one from looking like a step (the bounded loss of Fearnhead and
Rigaill 2019). asv's ``step_detect`` minimises absolute deviations too; it knows neither intervals
nor a floor, and an outlier is a step there and back.

The noise of a value is what its interval and the noise floor say, and at least what is seen:
releases are separate runs, which differ by more than an interval within a run tells. Seen is the
smaller of two medians: of the differences of neighbours, which a step leaves alone, and of the
distances from the median, which an outlier leaves alone. Where nothing else is known of the noise
it rests on that, widened by n/(n − 2) for n values.

- A single value off its level by 5 times the noise is an outlier, if the next ones return.
- The last value alone is neither: one more is needed to tell a step from an outlier. It is said to
  be unsettled.
- The first value alone is listed as an outlier, though a step behind it looks the same.
- Fewer than four values have no step.

By simulation (``python tests/steps_simulation.py``; the tables are in ``site/docs/merge.rst``) at
most two in a hundred series of independent noise have a false step, with outliers among it up to
four. A step of five times the noise in the middle of the series is found in nine of ten from eight
values on where the noise is known, from twelve on where it is not. What falls short: noise in which
neighbours resemble each other looks like steps (AR(1), ρ = 0.3: in up to a fifth of the series;
ρ = 0.6: in up to three quarters).

Jackson, B. et al. (2005). An algorithm for optimal partitioning of data on an interval. IEEE Signal
Processing Letters 12, 105–108. Fearnhead, P. and Rigaill, G. (2019). Changepoint detection in the
presence of outliers. Journal of the American Statistical Association 114, 169–183.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from benchfolio.statistics.estimate import Z95

Floats = npt.NDArray[np.float64]

FEWEST = 4
"""Values below which nothing is called a step."""

_CAP = 5.0
_PENALTY = 6.0
"""Chosen by simulation: about one in a hundred series of pure noise has a step; see the module."""

_SHORTEST = 2
_QUARTILE = 0.6744897501960817
"""The median of |z| for a standard normal z."""

_FLOOR_Z = 2.3263478740408408
"""A noise floor has 98 % of what is noise below it."""

_DIGITS = 9
"""Decimals of costs that count."""

_LEAST = 1e-9
"""Noise of values that repeat exactly: any change of them is one."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of values of one level.

    Attributes:
        start: Its first value.
        end: One behind its last.
        level: Median of its values without outliers, in their unit.
    """

    start: int
    end: int
    level: float


@dataclass(frozen=True, slots=True)
class Steps:
    """How a series is divided.

    Attributes:
        segments: From the first value to the last; a step is where one ends and the next begins.
        outliers: Single values that are off their level.
        unsettled: Whether the last value is off its level: a step or an outlier, not yet known.
    """

    segments: tuple[Segment, ...]
    outliers: tuple[int, ...]
    unsettled: bool


def steps(
    values: Sequence[float],
    half_widths: Sequence[float | None] | None = None,
    floor: float | None = None,
) -> Steps:
    """Find the steps of a series.

    Args:
        values: Above 0, oldest first, N.
        half_widths: Half of each 95 % interval, in the unit of the values, N; ``None`` where there
            is no interval.
        floor: Relative difference up to which nothing is called one, as ``noise.noise_floor``
            gives.

    Returns:
        Levels, outliers and whether the last value is unsettled; without a value, no segment.

    Raises:
        ValueError: A value is not above 0, or the half widths are not as many.
    """
    logs = _logarithms(values)
    if not logs.size:
        return Steps((), (), unsettled=False)
    noise = _noise(logs, _known(values, half_widths, floor))
    least = np.log1p(floor or 0.0)
    found = _merged(logs, noise, _losses(logs, noise), least)
    levels = np.repeat([level for _, _, level in found], [end - start for start, end, _ in found])
    off = np.abs(logs - levels) > np.maximum(_CAP * noise, least)
    last = len(logs) - 1
    outliers = np.flatnonzero(off[:last]).tolist() if len(logs) >= FEWEST else []
    return Steps(
        tuple(Segment(start, end, float(np.exp(level))) for start, end, level in found),
        tuple(outliers),
        unsettled=bool(off[last]),
    )


def _logarithms(values: Sequence[float]) -> Floats:
    array = np.asarray(values, np.float64)
    if not ((array > 0) & np.isfinite(array)).all():
        raise ValueError("values above 0 are wanted")
    logs: Floats = np.log(array)
    return logs


def _known(
    values: Sequence[float], half_widths: Sequence[float | None] | None, floor: float | None
) -> Floats:
    """Return the noise [N] that intervals and floor tell of, relative; 0 where they do not."""
    halves = [None] * len(values) if half_widths is None else half_widths
    if len(halves) != len(values):
        raise ValueError("as many half widths as values are wanted")
    relative = np.array(
        [(half or 0.0) / value for half, value in zip(halves, values, strict=True)], np.float64
    )
    known: Floats = np.hypot(relative / Z95, np.log1p(floor or 0.0) / _FLOOR_Z)
    return known


def _noise(logs: Floats, known: Floats) -> Floats:
    """Return the noise [N] of each value: what is known of it, and at least what is seen."""
    count = len(logs)
    if count < FEWEST:
        # Too few to tell noise from change: without other knowledge nothing is said.
        return np.where(known > 0, known, np.inf)
    jumps, spread = np.abs(np.diff(logs)), np.abs(logs - _median(logs))
    expected = np.hypot(known[1:], known[:-1])
    if np.all(known > 0):
        ratios = (float(_median(jumps / expected)), float(_median(spread / known)))
        widened: Floats = known * max(1.0, min(ratios) / _QUARTILE)
        return widened
    seen = min(float(_median(jumps)) / np.sqrt(2), float(_median(spread))) / _QUARTILE
    least: Floats = np.maximum(known, max(seen * count / (count - 2), _LEAST))
    return least


def _median(values: Floats) -> np.float64:
    """Return the median of some values, for a tenth of what ``numpy.median`` takes for few."""
    ordered, count = np.sort(values), len(values)
    middle: np.float64 = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    return middle


def _losses(logs: Floats, noise: Floats) -> Floats:
    """Return [N, N]: what each value costs where another one, of each row, is the level."""
    losses: Floats = np.minimum(np.abs(logs[None] - logs[:, None]) / noise[None], _CAP)
    return losses


def _edges(losses: Floats) -> list[int]:
    """Return where the stretches of the cut of least cost begin, and the end of the last."""
    count = len(losses)
    sums = np.concatenate([np.zeros((count, 1)), np.cumsum(losses, axis=1)], axis=1)
    if count < FEWEST or sums[:, count].min() <= _PENALTY:
        return [0, count]  # not even a cut without any deviation would cost less
    costs = _costs(sums)
    best = np.full(count + 1, np.inf)
    best[0], before = -_PENALTY, [0] * (count + 1)
    for end in range(_SHORTEST, count + 1):
        # Of cuts that cost the same the earliest, whatever was rounded on the way.
        totals = np.round(best[: end - 1] + costs[: end - 1, end] + _PENALTY, _DIGITS)
        before[end] = int(np.argmin(totals))
        best[end] = totals[before[end]]
    edges = [count]
    while edges[-1]:
        edges.append(before[edges[-1]])
    return edges[::-1]


def _costs(sums: Floats) -> Floats:
    """Return [N + 1, N + 1]: the cost of the stretch from one value up to another.

    The best level of a stretch is one of its values: between two of them the cost is concave.

    Args:
        sums: [N, N + 1], of each level the losses of the values before each.
    """
    count = len(sums)
    # [level, start, end]: a level is one of the values from the start on, before the end.
    totals = sums[:, None, :] - sums[:, :, None]
    level, edge = np.arange(count)[:, None, None], np.arange(count + 1)
    outside = (edge[:, None] > level) | (edge <= level)
    costs: Floats = np.where(outside, np.inf, totals).min(axis=0)
    return costs


def _merged(
    logs: Floats, noise: Floats, losses: Floats, least: float
) -> list[tuple[int, int, float]]:
    """Return stretches with their levels; neighbours closer than the floor are one."""
    edges = _edges(losses)
    while True:
        found = [
            (start, end, _level(logs[own], noise[own], losses[own, own]))
            for start, end in pairwise(edges)
            for own in (slice(start, end),)
        ]
        gaps = [abs(two[2] - one[2]) for one, two in pairwise(found)]
        if not gaps or min(gaps) > least:
            return found
        del edges[gaps.index(min(gaps)) + 1]


def _level(logs: Floats, noise: Floats, losses: Floats) -> float:
    """Return the weighted median of the values that are no outliers of the best level."""
    best = int(np.argmin(losses.sum(axis=1)))
    inside = losses[best] < _CAP
    if not np.isfinite(noise).all():
        return float(_median(logs[inside]))
    order = np.argsort(logs[inside], kind="stable")
    ordered, weights = logs[inside][order], 1 / noise[inside][order]
    shares = np.cumsum(weights) / weights.sum()
    middle = int(np.searchsorted(shares, 0.5 - 1e-12))
    if abs(shares[middle] - 0.5) < 1e-12 and middle + 1 < len(ordered):
        return float((ordered[middle] + ordered[middle + 1]) / 2)
    return float(ordered[middle])
