"""Answers in words, compared as the SQuAD 1.1 script does (Rajpurkar et al. 2016)."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from benchfolio.runner.quality.intervals import mean, proportion
from benchfolio.runner.quality.score import Score
from benchfolio.runner.quality.targets import targets
from benchfolio.runner.suite import Model

if TYPE_CHECKING:
    from benchfolio.runner.datasets import References, Samples

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def exact_match(_: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """Share of answers that equal a reference once both are normalised."""
    best = _best(predictions, samples, lambda one, other: one == other)
    return proportion(np.array(best, np.bool_))


def f1_squad(_: Model, predictions: Sequence[Any], samples: Samples) -> Score:
    """Mean over answers of the best F1, among the references, of the words in common.

    As in version 1.1 of the script, an answer without a word has an F1 of 0, whatever the
    reference; version 2.0 and torchmetrics have 1 where the reference has none either.
    """
    return mean(np.array(_best(predictions, samples, _f1), np.float64))


def normalised(text: str) -> str:
    """Return a text in lower case, without ASCII punctuation and articles, single blanks."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def _best(
    predictions: Sequence[Any], samples: Samples, compare: Callable[[str, str], float]
) -> list[float]:
    """Return per sample the best comparison with any reference, all normalised."""
    return [
        max(compare(answer, normalised(each)) for each in references)
        for answer, references in zip(
            map(normalised, predictions), _references(samples), strict=True
        )
    ]


def _f1(answer: str, reference: str) -> float:
    found, wanted = answer.split(), reference.split()
    common = sum((Counter(found) & Counter(wanted)).values())
    if not common:
        return 0.0
    precision, recall = common / len(found), common / len(wanted)
    # In the order of the script: another order differs in the last digit.
    return (2 * precision * recall) / (precision + recall)


def _references(samples: Samples) -> list[References]:
    """Return the texts that count as right; a class that is text is its name.

    Raises:
        ValueError: The targets are something else.
    """
    wanted = targets(samples)
    if samples.classes and all(isinstance(each, np.integer) for each in wanted):
        return [(samples.classes[each],) for each in wanted]
    references = [each for each in wanted if isinstance(each, tuple)]
    if len(references) != len(samples):
        raise ValueError("references are wanted: a text, or a list of texts, per sample")
    return references
