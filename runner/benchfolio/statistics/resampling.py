"""Bootstrap over samples: the same draws for everybody, so that differences are paired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from benchfolio.statistics.estimate import CONFIDENCE, Estimate

Floats = npt.NDArray[np.float64]

DRAWS = "samples with replacement, PCG64 (NumPy) seed 0, raw output modulo the number of samples"
"""What ``draws`` does with its default seed; equal descriptions are equal draws."""

_CHUNK = 8_000_000
"""Draws held at once, so that memory does not grow with the samples."""
_FEWEST = 40
"""Resamples of which 2.5 % are at least one."""


def draws(samples: int, resamples: int, seed: int = 0) -> Iterator[Floats]:
    """Yield how often each sample is drawn, for one resample after the other.

    The numbers depend on nothing but the arguments: the raw stream of a NumPy bit generator is
    guaranteed never to change (NEP 19), what ``Generator`` makes of it is not. Taking 64 bits
    modulo the number of samples prefers some samples by less than 1 in 10¹² for up to 10⁷ of them.

    Args:
        samples: Number of samples N, at least one.
        resamples: How often N samples are drawn.
        seed: Of the bit generator; ``DRAWS`` describes that of 0.

    Yields:
        [r, N] with rows that sum to N; ``resamples`` rows in all.

    Raises:
        ValueError: There is no sample.
    """
    if samples < 1:
        raise ValueError("draws of no sample")
    raw = np.random.PCG64(seed)
    rows = max(1, _CHUNK // samples)
    for first in range(0, resamples, rows):
        size = min(rows, resamples - first)
        index = (raw.random_raw(size * samples) % np.uint64(samples)).astype(np.int64)
        index += np.repeat(np.arange(size) * samples, samples)
        counts = np.bincount(index, minlength=size * samples)
        yield counts.reshape(size, samples).astype(np.float64)


def resampled_drop(
    value: float,
    baseline_resamples: Sequence[float] | Floats,
    candidate_resamples: Sequence[float] | Floats,
    *,
    higher_is_better: bool,
) -> Estimate:
    """Return a drop with the percentile interval of its resamples, paired.

    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapter 13. It is of
    zero width where no resample differs, which tells nothing of samples that were not seen.

    Args:
        value: The drop observed on all samples, positive where the candidate is worse.
        baseline_resamples: [R], the metric of the baseline for each resample.
        candidate_resamples: [R], of the candidate for the very same resamples, see ``draws``.
        higher_is_better: Direction of the metric.

    Returns:
        The drop in the metric's own unit; n is the number of resamples in which both metrics are
        finite, and there is no interval where these are fewer than 40.

    Raises:
        ValueError: There are different numbers of resamples.
    """
    baseline = np.asarray(baseline_resamples, np.float64)
    candidate = np.asarray(candidate_resamples, np.float64)
    if baseline.shape != candidate.shape:
        raise ValueError(f"{candidate.size} resamples are not paired with {baseline.size}")
    with np.errstate(invalid="ignore"):
        differences = baseline - candidate if higher_is_better else candidate - baseline
    differences = differences[np.isfinite(differences)]
    low: float | None = None
    high: float | None = None
    if differences.size >= _FEWEST:
        ends = np.percentile(differences, [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)])
        low, high = min(float(ends[0]), value), max(float(ends[1]), value)
    method = f"paired percentile bootstrap, {differences.size} resamples"
    return Estimate(value=value, low=low, high=high, method=method, n=int(differences.size))
