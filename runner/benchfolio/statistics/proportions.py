"""Shares of right samples, alone and paired."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchfolio.statistics.estimate import Z95, Estimate

Flags = Sequence[bool] | npt.NDArray[np.bool_]
_DROP_METHOD = "paired shares, Wald interval after Bonett and Price (one added to either kind)"


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % score interval of a proportion, without continuity correction.

    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association 22, 209–212.

    Args:
        hits: Right samples, 0 to count.
        count: Samples, at least one.

    Returns:
        Both ends, shares of 0–1.

    Raises:
        ValueError: There is no sample, or there are more hits than samples.
    """
    if not 0 <= hits <= count or count < 1:
        raise ValueError(f"{hits} hits of {count} samples")
    share, square = hits / count, Z95 * Z95
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = Z95 * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    half /= 1 + square / count
    return max(0.0, middle - half), min(1.0, middle + half)


def drop(baseline_right: Flags, candidate_right: Flags) -> Estimate:
    """Return by how much the share of right samples is lower for the candidate, paired.

    The interval is that of Bonett and Price (2012): with b samples that only the baseline has right
    and c that only the candidate has, b + 1 and c + 1 of n + 2 go into Wald's formula. Fagerland,
    Lydersen and Laake (2014) recommend it among thirteen; it is never of zero width.

    Bonett, D. G. and Price, R. M. (2012). Adjusted Wald confidence interval for a difference of
    binomial proportions based on paired data. Journal of Educational and Behavioral Statistics 37,
    479–488. Fagerland, M. W., Lydersen, S. and Laake, P. (2014). Recommended tests and confidence
    intervals for paired binomial proportions. Statistics in Medicine 33, 2850–2875.

    Args:
        baseline_right: [N], whether the baseline has each sample right.
        candidate_right: [N], the same samples in the same order.

    Returns:
        The drop, a share of 0–1, positive where the candidate is worse.

    Raises:
        ValueError: There is no sample, or there are different numbers of them.
    """
    only_baseline, only_candidate, count = _discordant(baseline_right, candidate_right)
    value = (only_baseline - only_candidate) / count
    low, high = drop_interval(only_baseline, only_candidate, count)
    return Estimate(value=value, low=low, high=high, method=_DROP_METHOD, n=count)


def drop_interval(only_baseline: int, only_candidate: int, count: int) -> tuple[float, float]:
    """Return the interval of ``drop`` from the numbers of discordant samples, and of all."""
    b, c, n = only_baseline + 1, only_candidate + 1, count + 2
    middle = (b - c) / n
    half = Z95 * math.sqrt(((b + c) / n - middle**2) / n)
    return max(-1.0, middle - half), min(1.0, middle + half)


def mcnemar(baseline_right: Flags, candidate_right: Flags) -> float:
    """Return the exact two-sided p of McNemar's test: are both equally often right?

    The binomial test of the samples that only one of both has right (McNemar 1947, Psychometrika
    12, 153–157), 1 where there is none.

    Args:
        baseline_right: [N], whether the baseline has each sample right.
        candidate_right: [N], the same samples in the same order.

    Raises:
        ValueError: There is no sample, or there are different numbers of them.
    """
    only_baseline, only_candidate, _ = _discordant(baseline_right, candidate_right)
    count, fewer = only_baseline + only_candidate, min(only_baseline, only_candidate)
    if 2 * fewer == count:
        return 1.0
    return min(1.0, 2 * _half_binomial(fewer, count))


def _half_binomial(hits: int, count: int) -> float:
    """Return P(Binomial(count, ½) ≤ hits), in integers until the end: no overflow, no rounding."""
    term, total = 1, 0
    for k in range(hits + 1):
        total += term
        term = term * (count - k) // (k + 1)
    return total / (1 << count)


def _discordant(baseline_right: Flags, candidate_right: Flags) -> tuple[int, int, int]:
    """Return how many only the baseline has right, how many only the candidate, and of how many."""
    baseline = np.asarray(baseline_right, dtype=np.bool_)
    candidate = np.asarray(candidate_right, dtype=np.bool_)
    if baseline.shape != candidate.shape or baseline.ndim != 1 or not baseline.size:
        got = f"{baseline.shape} and {candidate.shape}"
        raise ValueError(f"outcomes of the same samples are wanted, not {got}")
    only_baseline = int(np.count_nonzero(baseline & ~candidate))
    only_candidate = int(np.count_nonzero(candidate & ~baseline))
    return only_baseline, only_candidate, int(baseline.size)
