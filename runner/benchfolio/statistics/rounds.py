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

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchfolio.statistics.estimate import Z95, Estimate, student_t

Floats = npt.NDArray[np.float64]
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
    disturbed: Sequence[bool] = (),
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
    rounds = min(len(candidate), len(baseline))
    logs = _logarithms(candidate[:rounds]) - _logarithms(baseline[:rounds])
    calm = ~np.asarray([*disturbed[:rounds], *[False] * (rounds - len(disturbed))], np.bool_)
    some_left_out = ENOUGH <= calm.sum() < rounds
    if some_left_out:
        logs = logs[calm]
    inner = centre(logs if higher_is_better else -logs)
    return Estimate(
        value=float(np.exp(inner.value)),
        low=None if inner.low is None else float(np.exp(inner.low)),
        high=None if inner.high is None else float(np.exp(inner.high)),
        method=inner.method.replace(
            "rounds", f"ratios within {'undisturbed ' if some_left_out else ''}rounds", 1
        ),
        n=inner.n,
    )


def _logarithms(figures: Figures) -> Floats:
    values = np.asarray(figures, np.float64)
    if not np.all(values > 0):
        raise ValueError("figures above 0 are wanted")
    logs: Floats = np.log(values)
    return logs


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


def _estimate(values: Floats, starts: npt.NDArray[np.intp], what: str) -> Estimate:
    """Return the median of values [N] whose blocks begin at ``starts`` [B]."""
    if not values.size:
        raise ValueError("the median of no figure")
    ordered = np.sort(values)
    value = float(np.median(ordered))
    if len(starts) < FEWEST:
        return Estimate(value, None, None, _TOO_FEW.format(what), values.size)
    sums = np.add.reduceat(_midranks(values, ordered), starts)
    half = half_share(sums[None], values.size)
    low, high = (float(quantile(ordered[None], 0.5 + side)[0]) for side in (-half, half))
    return Estimate(value, min(low, value), max(high, value), _METHOD.format(what), values.size)


def _midranks(values: Floats, ordered: Floats) -> Floats:
    """Return ranks between −½ and ½, equal values the same."""
    below = np.searchsorted(ordered, values, side="left")
    up_to = np.searchsorted(ordered, values, side="right")
    ranks: Floats = (below + up_to) / (2 * len(ordered)) - 0.5
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
    quantiles: Floats = below + (above - below) * part  # equal neighbours give exactly them
    return quantiles
