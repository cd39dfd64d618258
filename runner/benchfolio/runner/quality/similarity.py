"""Outputs beside those of the FP32 baseline, for data without targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchfolio.results import BadInput
from benchfolio.runner.quality.intervals import mean, proportion
from benchfolio.runner.quality.problems import unfit
from benchfolio.runner.quality.score import Array, Evaluation, Floats, Score, evaluation
from benchfolio.runner.suite import Model

Outputs = Mapping[str, Array]


def similarity(
    model: Model, reference: Sequence[Outputs], outputs: Sequence[Outputs]
) -> Evaluation:
    """Compare raw outputs with those of the FP32 baseline for the same samples.

    Args:
        model: As the suite describes it; its ``output`` is compared, or all outputs.
        reference: Outputs of the baseline, one mapping per sample, see ``processing.split``.
        outputs: Outputs to compare, likewise.

    Returns:
        ``similarity@cosine`` (mean over samples of the cosine of all values of a sample as one
        vector), ``error@max`` (the largest absolute difference of any value of any sample; it has
        no interval, as the largest of more samples is larger) and, where the post-processing ranks
        classes, ``agreement@top1``.

    Raises:
        BadInput: The outputs differ in number, name or size, or are not finite numbers.
    """
    if len(reference) != len(outputs) or not outputs:
        got = f"{len(outputs)} samples against {len(reference)}"
        raise BadInput(unfit(model, "outputs of different samples", "the same samples", got))
    pairs = [_pair(model, *each) for each in zip(reference, outputs, strict=True)]
    scores = {
        "similarity@cosine": mean(np.array([_cosine(*pair) for pair in pairs])),
        "error@max": Score(part=max(_largest_error(*pair) for pair in pairs)),
    }
    if model.postprocess.name in ("argmax", "top"):
        scores["agreement@top1"] = proportion(
            np.array([one.argmax() == other.argmax() for one, other in pairs])
        )
    return evaluation(scores, len(pairs))


def _pair(model: Model, reference: Outputs, outputs: Outputs) -> tuple[Floats, Floats]:
    one, other = _vector(model, reference), _vector(model, outputs)
    if one.shape != other.shape:
        got = f"{other.size} values against {one.size}"
        raise BadInput(unfit(model, "outputs of different sizes", "the same size", got))
    return one, other


def _vector(model: Model, outputs: Outputs) -> Floats:
    names = sorted(outputs) if model.output is None else [model.output]
    missing = [name for name in names if name not in outputs]
    if missing:
        raise BadInput(unfit(model, "no such output", ", ".join(outputs), missing[0]))
    vector = np.concatenate([np.ravel(outputs[name]).astype(np.float64) for name in names])
    if not np.isfinite(vector).all():
        raise BadInput(unfit(model, "outputs that are not finite", "numbers", "NaN or infinity"))
    return vector


def _cosine(one: Floats, other: Floats) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    if lengths == 0.0:
        return float(not one.any() and not other.any())
    return float(np.clip(np.dot(one, other) / lengths, -1.0, 1.0))


def _largest_error(one: Floats, other: Floats) -> float:
    return float(np.abs(one - other).max(initial=0.0))
