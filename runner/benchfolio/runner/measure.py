"""Timed loops, and what may be said of their results: percentiles that n supports, intervals."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, pairwise

from benchfolio.results import Interval, Value
from benchfolio.runner.engines.base import Feeds, Session, Stream

CONFIDENCE = 0.95
_SUPPORT = 0.99
_PERCENTILES = (90, 95, 99)
_Z95 = 1.959963984540054
_NEAREST_RANK = "nearest rank: the ⌈n·p/100⌉-th smallest of n request latencies"
_BLOCKS = 20

# Student's t, two-sided 95 %, by degrees of freedom; between entries the larger value holds.
_T95 = ((4, 2.776), (9, 2.262), (14, 2.145), (19, 2.093))


def latencies(
    session: Session, feeds: Sequence[Feeds], *, seconds: float, at_least: int, warmup: float
) -> list[float]:
    """Time single inferences, one after the other, cycling the samples.

    Args:
        session: A loaded model.
        feeds: Pre-processed samples; pre-processing is not timed.
        seconds: Length of the timed part, at least.
        at_least: Timed requests, at least.
        warmup: Seconds of untimed inferences before.

    Returns:
        Seconds of each request, in order.
    """
    infer = session.infer
    clock = time.perf_counter
    count = len(feeds)
    _warm_up(session, feeds, warmup)
    times: list[float] = []
    note = times.append
    index = 0
    with _no_collection():
        end = clock() + seconds
        while True:
            sample = feeds[index % count]
            before = clock()
            infer(sample)
            after = clock()
            note(after - before)
            index += 1
            if after >= end and index >= at_least:
                return times


def stream(session: Session, feeds: Sequence[Feeds], *, seconds: float, warmup: float) -> Stream:
    """Keep many requests in flight for so long, after a warm-up of the same kind."""
    if warmup > 0:
        session.stream(feeds, warmup)
    with _no_collection():
        return session.stream(feeds, seconds)


def latency_values(times: Sequence[float]) -> dict[str, Value]:
    """Return the median and those percentiles that n supports, in milliseconds.

    A percentile is given where n requests hold, with 99 % confidence, one above it: n ≥ 44 for p90,
    90 for p95, 459 for p99 (binomial order statistics).
    """
    ordered = sorted(time * 1e3 for time in times)
    count = len(ordered)
    spread = nearest_rank(ordered, 75) - nearest_rank(ordered, 25)
    values = {
        "latency@median": Value(
            value=median(ordered),
            unit="ms",
            n=count,
            spread=spread,
            interval=median_interval(ordered),
        )
    }
    for percent in _PERCENTILES:
        if count >= needed(percent):
            values[f"latency@p{percent}"] = Value(
                value=nearest_rank(ordered, percent), unit="ms", n=count, definition=_NEAREST_RANK
            )
    return values


def throughput_value(stream: Stream, batch: int) -> Value:
    """Return samples per second of wall time, from the first submission to the last completion.

    The interval is that of the mean of up to 20 consecutive blocks of requests; with fewer than
    five blocks of two requests there is none.
    """
    requests = len(stream.completed)
    wall = stream.completed[-1] - stream.started
    rate = requests * batch / wall
    return Value(
        value=rate,
        unit="1/s",
        n=requests * batch,
        interval=_rate_interval(stream, batch, rate),
        definition="samples completed / wall time, first submission to last completion",
    )


def median(ordered: Sequence[float]) -> float:
    """Return the median of ascending values: the middle one, or the mean of the two."""
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def nearest_rank(ordered: Sequence[float], percent: float) -> float:
    """Return the ⌈n·p/100⌉-th smallest of ascending values."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def needed(percent: float) -> int:
    """Return how many requests a percentile needs: the least n with 1 − (p/100)ⁿ ≥ 99 %."""
    return math.ceil(math.log(1 - _SUPPORT) / math.log(percent / 100))


def median_interval(ordered: Sequence[float]) -> Interval | None:
    """Return the order statistics that enclose the median with at least 95 % confidence.

    ``None`` for fewer than six values, of which not even the extremes do. Requests are taken as
    independent, which those of a noisy machine are not.
    """
    below = _lower_rank(len(ordered))
    if below is None:
        return None
    return Interval(
        low=ordered[below],
        high=ordered[len(ordered) - 1 - below],
        confidence=CONFIDENCE,
        method="binomial order statistics",
    )


def _lower_rank(count: int) -> int | None:
    """Return the largest index k with P(Binomial(n, ½) ≤ k) ≤ 2.5 %, of both ends the same."""
    if count >= 1000:
        return math.floor((count - _Z95 * math.sqrt(count)) / 2) - 1
    tail = (1 - CONFIDENCE) / 2 * 2.0**count
    total = 0
    for index in range(count):
        total += math.comb(count, index)
        if total > tail:
            return index - 1 if index else None
    return None


def _rate_interval(stream: Stream, batch: int, rate: float) -> Interval | None:
    rates = _block_rates(stream, batch)
    if len(rates) < 5:
        return None
    mean = sum(rates) / len(rates)
    variance = sum((each - mean) ** 2 for each in rates) / (len(rates) - 1)
    factor = next((t for freedom, t in reversed(_T95) if len(rates) - 1 >= freedom), 2.776)
    half = factor * math.sqrt(variance / len(rates))
    return Interval(
        low=max(0.0, rate - half),
        high=rate + half,
        confidence=CONFIDENCE,
        method=f"means of {len(rates)} blocks, Student's t",
    )


def _block_rates(stream: Stream, batch: int) -> list[float]:
    """Cut the completions into blocks of equally many requests; return the rate of each."""
    count = len(stream.completed)
    blocks = min(_BLOCKS, count // 2)
    if blocks < 1:
        return []
    size = count // blocks
    edges = [stream.started, *islice(stream.completed, size - 1, size * blocks, size)]
    return [size * batch / (after - before) for before, after in pairwise(edges) if after > before]


def _warm_up(session: Session, feeds: Sequence[Feeds], seconds: float) -> None:
    end = time.perf_counter() + seconds
    index = 0
    while time.perf_counter() < end:
        session.infer(feeds[index % len(feeds)])
        index += 1


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python's garbage collector out of the timed region."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
