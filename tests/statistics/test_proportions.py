"""Shares of right samples against SciPy, and paired drops by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from simulation import DISCORDANT, SAMPLES, drops

from benchfolio.statistics import drop, mcnemar, wilson

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=80).map(
    lambda pairs: ([one for one, _ in pairs], [other for _, other in pairs])
)
Pair = tuple[list[bool], list[bool]]


def paired(only_baseline: int, only_candidate: int, count: int) -> Pair:
    """Return outcomes with so many discordant samples; the rest is right in both."""
    baseline, candidate = [True] * count, [True] * count
    baseline[:only_candidate] = [False] * only_candidate
    candidate[only_candidate : only_candidate + only_baseline] = [False] * only_baseline
    return baseline, candidate


@pytest.mark.parametrize(("hits", "count"), [(0, 1), (0, 50), (7, 50), (50, 50), (61, 9999)])
def test_wilson(hits: int, count: int) -> None:
    """Wilson's interval is SciPy's."""
    wanted = stats.binomtest(hits, count).proportion_ci(method="wilson")
    assert wilson(hits, count) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


@pytest.mark.parametrize(("hits", "count"), [(0, 0), (2, 1), (-1, 5)])
def test_wilson_of_nonsense(hits: int, count: int) -> None:
    """A share of no samples, or of more than all, is refused."""
    with pytest.raises(ValueError, match="hits of"):
        wilson(hits, count)


@given(PAIRS)
def test_mcnemar(pair: Pair) -> None:
    """McNemar's exact p is SciPy's binomial test of the discordant pairs, whoever comes first."""
    baseline, candidate = (np.array(each) for each in pair)
    worse, better = int((baseline & ~candidate).sum()), int((candidate & ~baseline).sum())
    wanted = stats.binomtest(worse, worse + better).pvalue if worse + better else 1.0
    assert mcnemar(baseline, candidate) == pytest.approx(wanted, rel=1e-9)
    assert mcnemar(candidate, baseline) == mcnemar(baseline, candidate)


def test_mcnemar_of_many() -> None:
    """Thousands of discordant pairs neither overflow nor vanish."""
    wanted = stats.binomtest(2600, 5000).pvalue
    assert mcnemar(*paired(2600, 2400, 6000)) == pytest.approx(wanted, rel=1e-6)


@given(PAIRS)
def test_drop(pair: Pair) -> None:
    """A drop is the difference of the shares, within its interval, and changes sign with sides."""
    found, turned = drop(*pair), drop(pair[1], pair[0])
    assert found.value == pytest.approx(np.mean(pair[0]) - np.mean(pair[1]))
    assert found.n == len(pair[0])
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high
    assert (turned.value, turned.low, turned.high) == pytest.approx(
        (-found.value, -found.high, -found.low)
    )


def test_drop_by_hand() -> None:
    """The interval is Bonett and Price's: one added to either kind of discordant pair."""
    found = drop(*paired(9, 3, 98))
    half = 1.959963984540054 * math.sqrt((14 / 100 - (6 / 100) ** 2) / 100)
    assert (found.low, found.high) == pytest.approx((0.06 - half, 0.06 + half))


@pytest.mark.parametrize("worse", range(12))
def test_drop_agrees_with_mcnemar(worse: int) -> None:
    """Where one side alone is ever wrong, interval and exact test tell the same."""
    pair = paired(worse, 0, 1000)
    low = drop(*pair).low
    assert low is not None
    assert (low > 0) == (mcnemar(*pair) < 0.05)


@pytest.mark.parametrize("samples", SAMPLES)
@pytest.mark.parametrize(("worse", "better"), DISCORDANT)
def test_drop_covers(worse: float, better: float, samples: int) -> None:
    """The interval covers in at least 93 %, few pairs or many, and in 97 % at most with many."""
    found = drops(worse, better, samples, 20_000)
    assert found >= 0.93
    assert found <= 0.97 or worse + better <= 5


@pytest.mark.parametrize("test", [drop, mcnemar])
@pytest.mark.parametrize("pair", [([], []), ([True], [True, False])])
def test_unpaired(test: object, pair: Pair) -> None:
    """Outcomes of no samples, or of different ones, are refused."""
    assert callable(test)
    with pytest.raises(ValueError, match="same samples"):
        test(*pair)
