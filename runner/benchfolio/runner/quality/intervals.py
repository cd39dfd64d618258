"""Scores with 95 % intervals: Wilson's for proportions, a bootstrap over samples for the rest.

Whole samples or images are drawn with replacement, and a resample is computed from per-sample
counts and weights, so that hundreds of resamples cost a matrix product. The draws are those of
``statistics.draws``: the same for all cells with as many samples, so that differences are paired.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import numpy.typing as npt

from benchfolio.runner.quality.score import Array, Floats, Score
from benchfolio.statistics import draws, wilson

RESAMPLES = 500
SLOW_RESAMPLES = 200
"""For mAP, whose statistic is a walk over all detections, not a product."""


def proportion(outcomes: npt.NDArray[np.bool_]) -> Score:
    """Score a share of samples, with its Wilson interval."""
    hits, count = int(outcomes.sum()), int(outcomes.size)
    low, high = wilson(hits, count)
    return Score(part=hits, whole=count, low=low, high=high, method="Wilson", outcomes=outcomes)


def bootstrap(
    statistic: Callable[[Floats], Floats],
    outcomes: Array,
    *,
    resamples: int = RESAMPLES,
    over: str = "samples",
) -> Score:
    """Score a statistic of all samples, with a percentile bootstrap interval over samples.

    A resample for which the metric is not defined (mAP of images without an object) is left out of
    the interval, and stands among the resamples as the metric of all samples.

    Args:
        statistic: From weights [R, N], how often each sample was drawn, to values [R]; not finite
            where it is not defined. It must be the metric itself for weights of one.
        outcomes: [N], as in ``Score``.
        resamples: How often N samples are drawn.
        over: What is drawn, for the description.
    """
    count = len(outcomes)
    whole = float(statistic(np.ones((1, count)))[0])
    resampled = np.concatenate([statistic(weights) for weights in draws(count, resamples)])
    defined = np.isfinite(resampled)
    kept = resampled[defined] if defined.any() else np.array([whole])
    low, high = np.percentile(kept, [2.5, 97.5])
    return Score(
        part=whole,
        low=float(low),
        high=float(high),
        method=f"percentile bootstrap over {over}, {resamples} resamples, seed 0",
        outcomes=outcomes,
        resampled=np.where(defined, resampled, whole),
    )


def mean(outcomes: Floats) -> Score:
    """Score the mean of the samples' own scores."""
    count = len(outcomes)

    def statistic(weights: Floats) -> Floats:
        means: Floats = weights @ outcomes / count
        return means

    # Summed one after the other, as a script does: NumPy's own sum differs in the last digit.
    total = float(np.add.accumulate(outcomes)[-1])
    return msgspec.structs.replace(bootstrap(statistic, outcomes), part=total, whole=float(count))


def mean_of_present(part: Floats, whole: Floats) -> Floats:
    """Return the mean over classes of part / whole where whole > 0: [R, C] to [R]."""
    present = whole > 0
    ratio = np.divide(part, whole, out=np.zeros_like(part), where=present)
    means: Floats = ratio.sum(axis=1) / np.maximum(present.sum(axis=1), 1)
    return means
