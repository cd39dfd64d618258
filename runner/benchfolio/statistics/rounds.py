"""Medians over rounds, with intervals that allow for rounds that resemble their neighbours.

One method serves gains, centres and pooled requests. A confidence interval of the share of values
below the median is turned into two order statistics (Woodruff 1952), so that outliers count by
their number, not by their size. The variance of that share is the long-run variance of the ranks,
estimated from their first cosine transforms, with Student's t of as many degrees of freedom (equal-
weighted cosine estimator, Lazarus et al. 2018): neighbours that resemble each other widen the
interval. Ranks carry more about their neighbourhood than signs do; their variance, scaled, equals
that of signs where rounds are independent and is a little larger where they are not.

The constants below are chosen by simulation, because rounds end when the interval is narrow, and
that picks moments in which it is narrow by chance: a nominal level of 95.5 %, at least 0.95 of the
width that independent rounds would give, and a factor of 1 − 2/n.

Coverage of the nominal 95 %, by simulation (``python tests/simulation.py`` prints all of it):

- a fixed number of rounds, 12 to 400: 93–98 % with independent, heavy-tailed and autocorrelated
  ratios (AR(1), ρ = 0.5), bursts, and a mild drift;
- rounds that end when the interval is within ±1 %, from 24 on: 92–97 % in all of these; from 12 on
  down to 91 %, so 24 is the better minimum.

It falls short where few rounds meet a long memory. AR(1) with ρ = 0.8: 83 % for 12 rounds, 91 % for
30, 94 % for 100; 83–94 % where rounds end by themselves. A slow wander (ρ = 0.9) of a fifth of the
variance: 88–93 %, and 81–89 % where they end by themselves. With eight rounds ρ = 0.5 gives 90 %.

Woodruff, R. S. (1952). Confidence intervals for medians and other position measures. Journal of the
American Statistical Association 47, 635–646. Lazarus, E., Lewis, D. J., Stock, J. H. and Watson, M.
W. (2018). HAR inference: recommendations for practice. Journal of Business & Economic Statistics
36, 541–559.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchfolio.statistics.estimate import Z95, Estimate, student_t

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
Figures = Sequence[float] | Floats

FEWEST = 6
"""Rounds below which there is no interval: not even the extremes of five enclose at 95 %."""

_LEVEL = 0.955
_FLOOR = 0.95
_SHRINKAGE = 2
_TERMS, _EXPONENT = 0.6, 2 / 3
_METHOD = "median of {}, order statistics by the long-run variance of ranks (cosine terms, t)"
_TOO_FEW = f"median of {{}}, no interval from fewer than {FEWEST}"


ENOUGH = 12
"""Undisturbed rounds from which on the disturbed ones are left out."""


def gain(
    candidate: Figures,
    baseline: Figures,
    *,
    higher_is_better: bool,
    disturbed: Sequence[bool] | Flags = (),
) -> Estimate:
    """Return how many times better a candidate is: the median over rounds of the ratio in each.

    It is computed from logarithms, so that the inverse comparison gives the inverse gain. Rounds
    that were disturbed are left out where enough others remain: processes that take the processors
    away slow a long inference down by another factor than a short one. What is left out is decided
    by the system's count of waiting, never by the figures.

    Args:
        candidate: Figure of each round, above 0.
        baseline: Likewise; rounds at the end that only one of both has are left out.
        higher_is_better: Whether a higher figure is better (throughput) or a lower one (latency).
        disturbed: For each round, whether others took processors away; none was, where left out.

    Returns:
        The gain, above 1 where the candidate is better, n common rounds, and the 95 % interval
        over rounds; none from fewer than six.

    Raises:
        ValueError: There is no common round, or a figure is not above 0.
    """
    (found,) = gains([Pair(candidate, baseline, higher_is_better, disturbed)])
    return found


class Pair(NamedTuple):
    """Two series of figures of one race; see ``gain``."""

    candidate: Figures
    baseline: Figures
    higher_is_better: bool
    disturbed: Sequence[bool] | Flags = ()


def gains(pairs: Iterable[Pair]) -> list[Estimate]:
    """Return the gain of each pair: exactly what ``gain`` says, and many cost little more than one.

    Raises:
        ValueError: A pair has no common round, or a figure is not above 0.
    """
    groups: dict[tuple[str, int], list[tuple[int, Floats]]] = {}
    for place, pair in enumerate(pairs):
        what, figures = _compared(pair)
        groups.setdefault((what, figures.shape[1]), []).append((place, figures))
    found: dict[int, Estimate] = {}
    for (what, rounds), group in groups.items():
        logs = np.log(np.stack([figures for _, figures in group]))
        medians = _medians(logs[:, 0] - logs[:, 1], np.arange(rounds))
        estimates = _estimates([np.exp(column) for column in medians], what, rounds)
        found |= zip((place for place, _ in group), estimates, strict=True)
    return [found[place] for place in range(len(found))]


def _compared(pair: Pair) -> tuple[str, Floats]:
    """Return what the ratios are of, and the figures [2, N] whose ratio is above 1 when better."""
    sides = (pair.candidate, pair.baseline)
    rounds = min(map(len, sides))
    figures = np.array([side[:rounds] for side in sides], np.float64)
    if not np.all(figures > 0):
        raise ValueError("figures above 0 are wanted")
    figures = figures if pair.higher_is_better else figures[::-1]
    calm = np.ones(rounds, np.bool_)
    calm[: len(pair.disturbed)] = ~np.asarray(pair.disturbed[:rounds], np.bool_)
    if ENOUGH <= np.count_nonzero(calm) < rounds:
        return "ratios within undisturbed rounds", figures[:, calm]
    return "ratios within rounds", figures


def centre(figures: Figures) -> Estimate:
    """Return the median over rounds, with its 95 % interval.

    Args:
        figures: One per round, in order.

    Raises:
        ValueError: There is no figure.
    """
    values = np.asarray(figures, np.float64)
    return _estimate(values, np.arange(len(values)), "rounds")


def pooled_median(blocks: Sequence[Figures]) -> Estimate:
    """Return the median of all requests of all blocks, with its 95 % interval.

    Blocks are the unit of the interval: requests of one block may resemble each other as much as
    they like, and so may neighbouring blocks.

    Args:
        blocks: Requests of each block, in order; empty ones are left out.

    Returns:
        The median, n requests, and the interval; none from fewer than six blocks.

    Raises:
        ValueError: There is no request.
    """
    kept = [np.asarray(block, np.float64) for block in blocks if len(block)]
    values = np.concatenate([np.empty(0), *kept])
    starts = np.cumsum([0, *(len(block) for block in kept)])[:-1]
    return _estimate(values, starts, "requests of blocks")


def _estimate(values: Floats, starts: Places, what: str) -> Estimate:
    """Return the median of values [N] whose blocks begin at ``starts`` [B]."""
    (found,) = _estimates(_medians(values[None], starts), what, values.size)
    return found


def _medians(values: Floats, starts: Places) -> list[Floats]:
    """Return medians [R] of values [R, N], and lower and upper ends where B blocks suffice.

    Every row comes out as it would alone, to the last bit: sums run along rows of the same layout,
    and all else is element by element.
    """
    if not values.size:
        raise ValueError("the median of no figure")
    ordered = np.sort(values, axis=1)
    count = values.shape[1]
    medians = (ordered[:, (count - 1) // 2] + ordered[:, count // 2]) / 2
    if len(starts) < FEWEST:
        return [medians]
    sums = np.add.reduceat(_midranks(values), starts, axis=1)
    half = half_share(sums, count)
    low, high = (quantile(ordered, 0.5 + side) for side in (-half, half))
    return [medians, np.minimum(low, medians), np.maximum(high, medians)]


def _estimates(columns: Sequence[Floats], what: str, n: int) -> list[Estimate]:
    """Return an estimate for each row of medians, with the ends of its interval where known."""
    values, *ends = (column.tolist() for column in columns)
    lows, highs = ends or ([None] * len(values), [None] * len(values))
    method = (_METHOD if ends else _TOO_FEW).format(what)
    rows = zip(values, lows, highs, strict=True)
    return [Estimate(value, low, high, method, n) for value, low, high in rows]


def _midranks(values: Floats) -> Floats:
    """Return ranks [R, N] within rows, between −½ and ½, equal values the same."""
    count = values.shape[1]
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    differs = np.ones((len(values), count + 1), np.bool_)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=differs[:, 1:-1])
    places = np.arange(count)
    below = np.maximum.accumulate(np.where(differs[:, :-1], places, 0), axis=1)
    ends = np.where(differs[:, 1:], places + 1, count)
    up_to = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, (below + up_to) / (2 * count) - 0.5, axis=1)
    return ranks


def half_share(sums: Floats, values: int) -> Floats:
    """Return half the width of the interval of the share of values below the median.

    Args:
        sums: [R, B], sum of the ranks (−½ to ½) of each block, for R series.
        values: Number of values N in all blocks of a series.

    Returns:
        [R], shares of 0–½.
    """
    blocks = sums.shape[1]
    terms = max(1, round(_TERMS * blocks**_EXPONENT))
    # The first terms of a type-II cosine transform, by way of the fast Fourier transform.
    spectrum = np.fft.rfft(sums, 2 * blocks, axis=1)[:, 1 : terms + 1]
    cosines = (spectrum * np.exp(-0.5j * np.pi * np.arange(1, terms + 1) / blocks)).real
    long_run = student_t(terms, _LEVEL) * np.sqrt(2 * np.mean(cosines**2, axis=1))
    independent = _FLOOR * Z95 * np.sqrt(np.sum(sums**2, axis=1))
    # Ranks have the variance 1/12, signs of ±½ have 1/4.
    half = np.sqrt(3) * np.maximum(long_run, independent) / values
    shares: Floats = np.minimum(half * (1 - _SHRINKAGE / blocks), 0.5)
    return shares


def quantile(ordered: Floats, shares: Floats) -> Floats:
    """Return quantiles [R] of ascending values [R, N], linear between the order statistics."""
    count = ordered.shape[1]
    positions = np.clip(shares * count - 0.5, 0, count - 1)
    lower = np.minimum(positions.astype(np.intp), max(count - 2, 0))
    upper = np.minimum(lower + 1, count - 1)
    rows, part = np.arange(len(ordered)), positions - lower
    below, above = ordered[rows, lower], ordered[rows, upper]
    # Equal neighbours give exactly them; rounding leads to nothing beyond the upper one.
    quantiles: Floats = np.minimum(below + (above - below) * part, above)
    return quantiles
