"""In which order those who take turns do so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

ORDER = "Williams design"


def order(count: int, number: int) -> Sequence[int]:
    """Return the order of a round.

    Over ``count`` rounds (twice as many where it is odd) everybody comes at every place equally
    often, and after everybody else equally often, so that neither drift nor what a predecessor
    leaves in caches favours one.

    Source: E. J. Williams, Experimental designs balanced for the estimation of residual effects of
    treatments, Australian Journal of Scientific Research A 2 (1949).

    Args:
        count: How many take turns.
        number: Number of the round, from 0.
    """
    rows = _square(count)
    return rows[number % len(rows)]


@lru_cache(maxsize=64)
def _square(count: int) -> tuple[tuple[int, ...], ...]:
    """Return the rows of a Williams square: 0, 1, n−1, 2, n−2, … and its rotations."""
    steps = range(1, count)
    first = [0, *((step + 1) // 2 if step % 2 else count - step // 2 for step in steps)]
    rows = [tuple((place + shift) % count for place in first) for shift in range(count)]
    # Of an odd number the rows alone favour some successions; mirrored ones make up for it. For two
    # the mirrored rows are there already.
    if count % 2:
        rows += [row[::-1] for row in rows]
    return tuple(rows)
