"""Statistics of the timed loops, against their definitions."""

from __future__ import annotations

import gc
import math
import random
import time
from collections.abc import Sequence

import pytest

from benchfolio.results import Share
from benchfolio.runner.engines.base import Feeds, Outputs, Scalar, Stream
from benchfolio.runner.measure import (
    latencies,
    latency_values,
    median,
    median_interval,
    nearest_rank,
    needed,
    throughput_value,
)


class Recorder:
    """A session that notes what it is fed and sleeps a little."""

    def __init__(self) -> None:
        self.fed: list[object] = []
        self.collecting: list[bool] = []

    def infer(self, feeds: Feeds) -> Outputs:
        """Note the sample."""
        self.fed.append(feeds)
        self.collecting.append(gc.isenabled())
        time.sleep(0.001)
        return {}

    def stream(self, feeds: Sequence[Feeds], seconds: float) -> Stream:
        """Do nothing of the kind."""
        raise NotImplementedError

    def settings(self) -> dict[str, Scalar]:
        """Return none."""
        return {}

    def executed(self, feeds: Sequence[Feeds]) -> dict[str, Share]:  # noqa: ARG002
        """Return none."""
        return {}

    def close(self) -> None:
        """Hold nothing."""


@pytest.mark.parametrize(("percent", "n"), [(50, 7), (90, 44), (95, 90), (97, 152), (99, 459)])
def test_needed(percent: float, n: int) -> None:
    """A percentile needs as many requests as 99 % confidence by order statistics asks for."""
    assert needed(percent) == n


def test_percentiles_only_where_supported() -> None:
    """One hundred requests support p95 and not p99; forty support neither p90."""
    hundred = latency_values([i / 1e3 for i in range(1, 101)])
    assert {"latency@p90", "latency@p95"} <= set(hundred)
    assert "latency@p99" not in hundred
    assert set(latency_values([1e-3] * 40)) == {"latency@median"}


def test_nearest_rank() -> None:
    """A percentile is the ⌈n·p/100⌉-th smallest value, and its value says so."""
    values = latency_values([i / 1e3 for i in range(1, 101)])
    assert values["latency@p90"].value == 90
    assert "nearest rank" in str(values["latency@p90"].definition)
    assert nearest_rank([1, 2, 3], 99) == 3
    assert nearest_rank([1, 2, 3], 0.1) == 1


def test_latency_values_state_n_spread_interval() -> None:
    """The median comes with n, the interquartile range and an interval around it."""
    value = latency_values([i / 1e3 for i in range(1, 102)])["latency@median"]
    assert (value.value, value.n, value.spread) == (51, 101, 76 - 26)
    assert value.interval is not None
    assert value.interval.low < 51 < value.interval.high


def test_median() -> None:
    """The median of an even number is the mean of the two in the middle."""
    assert median([1, 2, 4]) == 2
    assert median([1, 2, 4, 5]) == 3


@pytest.mark.parametrize("n", [6, 7, 10, 44, 100, 999, 1000, 1001, 5000])
def test_median_interval_covers(n: int) -> None:
    """The ranks of the interval are the narrowest symmetric ones with at least 95 % confidence."""
    interval = median_interval(list(range(n)))
    assert interval is not None
    below = int(interval.low)

    def confidence(k: int) -> float:
        tail = sum(math.exp(_log_binomial(n, i)) for i in range(k + 1))
        return 1 - 2 * tail

    assert confidence(below) >= 0.95 - 1e-9
    # For large n the ranks are those of the normal approximation, at most one off.
    assert confidence(below + (1 if n < 1000 else 2)) < 0.95


def _log_binomial(n: int, i: int) -> float:
    choose = math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)
    return choose - n * math.log(2)


def test_no_interval_of_five() -> None:
    """Five values enclose the median with less than 95 %, so there is no interval."""
    assert median_interval([1, 2, 3, 4, 5]) is None


def test_throughput_is_samples_per_wall_time() -> None:
    """Throughput counts samples from the first submission to the last completion."""
    stream = Stream(started=10.0, completed=[10.0 + 0.1 * i for i in range(1, 101)])
    value = throughput_value(stream, batch=4)
    assert value.value == pytest.approx(40)
    assert value.n == 400
    assert value.interval is not None
    assert value.interval.low == pytest.approx(40)


def test_throughput_interval_widens_with_noise() -> None:
    """The interval by block means covers the true rate of noisy completions."""
    rng = random.Random(1)
    clock, completed = 0.0, []
    for _ in range(2000):
        clock += rng.expovariate(1000)
        completed.append(clock)
    value = throughput_value(Stream(started=0.0, completed=completed), batch=1)
    assert value.interval is not None
    assert value.interval.low < value.value < value.interval.high
    assert value.interval.low < 1000 < value.interval.high


def test_few_requests_have_no_interval() -> None:
    """Of a handful of requests the rate is given without an interval."""
    value = throughput_value(Stream(started=0.0, completed=[1.0, 2.0, 3.0]), batch=1)
    assert value.value == 1
    assert value.interval is None


def test_latencies_cycle_samples() -> None:
    """The loop feeds all samples in turn, at least so often and so long as it is told."""
    session = Recorder()
    feeds: list[Feeds] = [{}, {}, {}]
    times = latencies(session, feeds, seconds=0.02, at_least=7, warmup=0)
    assert len(times) >= 7
    assert sum(times) >= 0.9 * 0.02 - 0.002
    assert [fed is feeds[i % 3] for i, fed in enumerate(session.fed)] == [True] * len(times)


def test_latencies_respect_minimum() -> None:
    """A slow model is timed as often as the minimum says, however short the time is."""
    assert len(latencies(Recorder(), [{}], seconds=1e-6, at_least=9, warmup=0)) == 9


def test_no_garbage_collection_in_timed_region() -> None:
    """Python's garbage collector is off in the timed region and on again after it."""
    session = Recorder()
    latencies(session, [{}], seconds=1e-6, at_least=3, warmup=0)
    assert session.collecting == [False] * 3
    assert gc.isenabled()
