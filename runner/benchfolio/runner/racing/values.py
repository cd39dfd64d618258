"""What an entrant's blocks come to, in the words of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from benchfolio.results import Interval, Value
from benchfolio.runner.engines.base import Scalar
from benchfolio.runner.racing.entrant import Entrant
from benchfolio.statistics import (
    Estimate,
    centre,
    nearest_rank,
    pooled_median,
    supports,
)

CONFIDENCE = 0.95
_PERCENTILES = (90, 95, 99, 99.9)
_NEAREST_RANK = "nearest rank: the ⌈n·p/100⌉-th smallest of n request latencies"
_QUEUE = (
    "median over blocks of samples completed / wall time, from the completion that ends the first "
    "wave of requests to one whole waves later"
)
_INSTANCES = (
    "median over blocks of samples completed / wall time in the window in which all instances ran, "
    "summed over instances; each runs one request after the other"
)


def values_of(entrant: Entrant) -> dict[str, Value]:
    """Return the values of an entrant that has worked."""
    if entrant.figure == "throughput":
        return {"throughput": _throughput(entrant)}
    found = latency_values(entrant.blocks())
    opened = entrant.opened[0]
    found["time@load"] = Value(value=opened.load * 1e3, unit="ms", n=1)
    found["time@first"] = Value(value=opened.first * 1e3, unit="ms", n=1)
    memory = sum(each.memory for each in entrant.opened)
    found["memory@peak"] = Value(value=memory / 2**20, unit="MiB", n=1)
    return found


def latency_values(blocks: Sequence[Sequence[float]]) -> dict[str, Value]:
    """Return the median and those percentiles that n supports, in milliseconds.

    A percentile is given where n requests hold, with 99 % confidence, one above it: n ≥ 44 for p90,
    90 for p95, 459 for p99, 4,603 for p99.9 (binomial order statistics).

    Args:
        blocks: Seconds of each request, block by block.
    """
    scaled = [[time * 1e3 for time in block] for block in blocks]
    ordered = sorted(chain.from_iterable(scaled))
    count = len(ordered)
    values = {
        "latency@median": _value(
            pooled_median(scaled),
            "ms",
            n=count,
            blocks=len(blocks),
            spread=nearest_rank(ordered, 75) - nearest_rank(ordered, 25),
        )
    }
    for percent in _PERCENTILES:
        if supports(count, percent):
            values[f"latency@p{percent:g}"] = Value(
                value=nearest_rank(ordered, percent), unit="ms", n=count, definition=_NEAREST_RANK
            )
    return values


def settings_of(entrant: Entrant) -> dict[str, Scalar]:
    """Return the settings as they really were, of the first instance where there are several."""
    settings = dict(entrant.opened[0].settings)
    if entrant.cores_busy is not None:
        settings["processors_busy"] = round(entrant.cores_busy, 2)
    if len(entrant.holders) > 1:
        settings["instances"] = len(entrant.holders)
    return settings


def _throughput(entrant: Entrant) -> Value:
    several = len(entrant.holders) > 1
    return _value(
        centre(entrant.figures),
        "1/s",
        n=entrant.requests * entrant.setting.batch,
        blocks=len(entrant.figures),
        definition=_INSTANCES if several else _QUEUE,
    )


def _value(
    estimate: Estimate,
    unit: str,
    *,
    n: int,
    blocks: int,
    spread: float | None = None,
    definition: str | None = None,
) -> Value:
    interval = None
    if estimate.low is not None and estimate.high is not None:
        interval = Interval(
            low=estimate.low,
            high=estimate.high,
            confidence=CONFIDENCE,
            method=f"{estimate.method}, {blocks} blocks",
        )
    return Value(
        value=estimate.value,
        unit=unit,
        n=n,
        interval=interval,
        spread=spread,
        definition=definition,
    )
