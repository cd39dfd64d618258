"""A metric as its function gives it, and how it is written into a result file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from benchfolio.results import (
    METRICS,
    Interval,
    Outcomes,
    Value,
    pack_bits,
    pack_floats,
    pack_scores,
)
from benchfolio.runner.suite import Model
from benchfolio.statistics import DRAWS

if TYPE_CHECKING:
    from benchfolio.runner.datasets import Samples

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What a metric function returns, in its own scale (0–1), before it becomes a ``Value``.

    Attributes:
        part: The metric is part / whole; a percentage is then 100·part / whole, in this order as in
            the SQuAD script, equal to the last digit.
        whole: 1 where the metric is no quotient of two numbers.
        low: Lower end of the 95 % interval; ``None`` where there can be none.
        high: Upper end.
        method: How the interval was computed.
        outcomes: [N], per sample: right (bool), or a share between 0 and 1; for paired tests.
        resampled: [R], the metric of resamples; for metrics that are no share of right samples.
    """

    part: float
    whole: float = 1.0
    low: float | None = None
    high: float | None = None
    method: str = ""
    outcomes: Array | None = None
    resampled: Floats | None = None


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """Quality of a model on a data set.

    Attributes:
        values: By metric id.
        outcomes: By metric id, one per sample in the data set's order; none for a metric that says
            nothing of single samples.
    """

    values: dict[str, Value]
    outcomes: dict[str, Outcomes]


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the registry.

    Attributes:
        function: From model, predictions and samples to a score.
        postprocesses: Names of the post-processings whose predictions it understands.
    """

    function: Callable[[Model, Sequence[Any], Samples], Score]
    postprocesses: frozenset[str]


def evaluation(scores: dict[str, Score], count: int) -> Evaluation:
    """Write scores in the units of their metrics.

    Args:
        scores: By metric id.
        count: Number of samples.
    """
    return Evaluation(
        values={id_: value(id_, score, count) for id_, score in scores.items()},
        outcomes={
            id_: found
            for id_, score in scores.items()
            if (found := outcomes(id_, score)) is not None
        },
    )


def value(metric: str, score: Score, count: int) -> Value:
    """Write a score in the metric's unit."""
    factor = _factor(metric)
    interval = None
    if score.low is not None and score.high is not None:
        low, high = score.low * factor, score.high * factor
        interval = Interval(low=low, high=high, method=score.method)
    return Value(
        value=factor * score.part / score.whole,
        unit=METRICS[metric].unit,
        n=count,
        interval=interval,
    )


def outcomes(metric: str, score: Score) -> Outcomes | None:
    """Write in few bytes how each sample came out; see ``results.Outcomes``."""
    if score.outcomes is None:
        return None
    count = len(score.outcomes)
    if score.resampled is None:
        return Outcomes(samples=count, right=pack_bits(score.outcomes.tolist()))
    return Outcomes(
        samples=count,
        scores=pack_scores(score.outcomes.tolist()),
        resampled=pack_floats((score.resampled * _factor(metric)).tolist()),
        draws=f"{DRAWS}, {len(score.resampled)} resamples",
    )


def _factor(metric: str) -> float:
    return 100.0 if METRICS[metric].unit == "%" else 1.0
