"""How often nominal 95 % intervals cover the truth, by simulation; prints a Markdown table.

    python tests/simulation.py [replicates]

Everything is seeded: the same numbers again from the same NumPy.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from statistics import NormalDist
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from benchfolio.statistics import Estimate, differs, noise_floor
from benchfolio.statistics.proportions import drop_interval
from benchfolio.statistics.rounds import half_share, quantile

Floats = npt.NDArray[np.float64]
Rng = np.random.Generator
Scenario = Callable[[Rng, int, int], Floats]
"""From generator, series R and rounds n to log ratios [R, n] whose true median is 0, in units of
their ordinary spread."""

LENGTHS = (8, 12, 30, 100, 400)
FIRSTS, GROWTH, LAST = (12, 24), 1.2, 300
"""The looks of the stopping rule: after 12, 15, 18, 22, … 300 rounds, or from 24 on."""
TARGET = 0.01
SPREADS = (0.01, 0.02, 0.04)
"""Ordinary spread of the log ratios where rounds end by themselves."""

# --------------------------------------------------------------------------------------- scenarios


def normal(rng: Rng, series: int, rounds: int) -> Floats:
    """Independent, normal."""
    return rng.normal(size=(series, rounds))


def student(freedom: float) -> Scenario:
    """Independent, with the heavy tails of Student's t."""
    return lambda rng, series, rounds: rng.standard_t(freedom, size=(series, rounds))


def spikes(rng: Rng, series: int, rounds: int) -> Floats:
    """Independent; in a tenth of the rounds either side is slowed by a log-normal spike."""
    size = (series, rounds)
    slowed = [(rng.random(size) < 0.1) * rng.lognormal(2, 1, size) for _ in range(2)]
    return rng.normal(size=size) + slowed[0] - slowed[1]


def remembering(memory: float) -> Scenario:
    """Autocorrelated: AR(1), normal."""

    def draw(rng: Rng, series: int, rounds: int) -> Floats:
        noise = rng.normal(size=(rounds, series))
        noise[1:] *= math.sqrt(1 - memory**2)
        for now in range(1, rounds):
            noise[now] += memory * noise[now - 1]
        return np.ascontiguousarray(noise.T)

    return draw


def _busy(rng: Rng, series: int, rounds: int, start: float, end: float) -> npt.NDArray[np.bool_]:
    """Return when a competing process works: a two-state Markov chain in equilibrium."""
    chance = rng.random((rounds, series))
    busy = np.empty((rounds, series), np.bool_)
    busy[0] = chance[0] < start / (start + end)
    for now in range(1, rounds):
        busy[now] = np.where(busy[now - 1], chance[now] >= end, chance[now] < start)
    return np.ascontiguousarray(busy.T)


def bursts_either(rng: Rng, series: int, rounds: int) -> Floats:
    """Bursts of 3 rounds, a quarter of the time, that slow now one, now the other side."""
    busy = _busy(rng, series, rounds, 0.1, 0.3)
    return rng.normal(size=(series, rounds)) + busy * rng.normal(0, 8, (series, rounds))


def bursts_one(start: float, end: float, shift: float = 4, spread: float = 3) -> Scenario:
    """Bursts, a fifth of the time, that slow one side more; the truth is the long-run median."""
    share, unit = start / (start + end), NormalDist()
    low, high = 0.0, shift
    for _ in range(60):
        middle = (low + high) / 2
        below = (1 - share) * unit.cdf(middle) + share * unit.cdf((middle - shift) / spread)
        low, high = (middle, high) if below < 0.5 else (low, middle)

    def draw(rng: Rng, series: int, rounds: int) -> Floats:
        busy = _busy(rng, series, rounds, start, end)
        noise = rng.normal(size=(series, rounds)) * np.where(busy, spread, 1)
        return noise + busy * shift - low

    return draw


def drift(rng: Rng, series: int, rounds: int) -> Floats:
    """Let the machine lose a third of its speed, which is in both, and the ratio drift by half.

    The speed is common to both sides of a round and drops out of the ratio exactly; the ratio
    drifts by half its ordinary spread over the rounds taken, and the truth is the mean of that.
    """
    speed = np.linspace(0, -0.4, rounds)
    one = speed + np.linspace(-0.25, 0.25, rounds) + rng.normal(size=(series, rounds))
    return one - speed


def wander(rng: Rng, series: int, rounds: int) -> Floats:
    """Independent, on top of a slow wander, ρ = 0.9, of a fifth of the variance."""
    slow = remembering(0.9)(rng, series, rounds)
    return math.sqrt(0.8) * rng.normal(size=(series, rounds)) + math.sqrt(0.2) * slow


SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        "independent, normal": normal,
        "heavy tails, Student's t, 2 d.f.": student(2),
        "heavy tails, Student's t, 3 d.f.": student(3),
        "spikes, log-normal": spikes,
        "AR(1), ρ = 0.5": remembering(0.5),
        "AR(1), ρ = 0.8": remembering(0.8),
        "bursts of 3 rounds, either side": bursts_either,
        "bursts of 2.5 rounds, one side": bursts_one(0.1, 0.4),
        "bursts of 6 rounds, one side": bursts_one(0.04, 0.16),
        "drift": drift,
        "slow wander under noise, ρ = 0.9": wander,
    }
)

# ---------------------------------------------------------------------------------------- coverage


def intervals(figures: Floats) -> tuple[Floats, Floats]:
    """Return both ends of the interval of the median of each series [R, n], as ``centre`` does."""
    rounds = figures.shape[1]
    order = np.argsort(figures, axis=1)
    ranks = np.empty_like(figures)
    np.put_along_axis(ranks, order, (np.arange(rounds) + 0.5)[None] / rounds - 0.5, axis=1)
    ordered = np.take_along_axis(figures, order, axis=1)
    half = half_share(ranks, rounds)
    return quantile(ordered, 0.5 - half), quantile(ordered, 0.5 + half)


def fixed(scenario: Scenario, rounds: int, replicates: int, seed: int = 1) -> float:
    """Return the coverage for a fixed number of rounds."""
    low, high = intervals(scenario(np.random.default_rng(seed), replicates, rounds))
    return float(np.mean((low <= 0) & (high >= 0)))


def looks(first: int) -> Iterator[int]:
    """Yield after how many rounds the stopping rule looks at the interval."""
    rounds = first
    while rounds < LAST:
        yield rounds
        rounds = math.ceil(rounds * GROWTH)
    yield LAST


@dataclass(frozen=True)
class Ended:
    """Series that ended by themselves, [R] each: log gain, its interval, number of rounds."""

    value: Floats
    low: Floats
    high: Floats
    rounds: Floats

    def coverage(self, truth: float = 0.0) -> float:
        """Return the share of intervals that enclose the truth."""
        return float(np.mean((self.low <= truth) & (self.high >= truth)))


def ended(
    scenario: Scenario, spread: float, replicates: int, *, first: int = 24, seed: int = 2
) -> Ended:
    """Let each series end when its interval is within ±1 % of its gain, or after 300 rounds."""
    series = spread * scenario(np.random.default_rng(seed), replicates, LAST)
    result, live = np.empty((4, replicates)), np.arange(replicates)
    for rounds in looks(first):
        seen = _centred(scenario, series[live, :rounds], spread)
        (low, high), middle = intervals(seen), np.median(seen, axis=1)
        known = np.maximum(np.expm1(high - middle), -np.expm1(low - middle)) <= TARGET
        known |= rounds == LAST
        taken = np.full_like(middle, rounds)
        result[:, live[known]] = np.stack([middle, low, high, taken])[:, known]
        live = live[~known]
        if not live.size:
            break
    return Ended(*result)


def _centred(scenario: Scenario, seen: Floats, spread: float) -> Floats:
    """Make the mean of the drift over the rounds taken, which is the truth, zero."""
    if scenario is not drift:
        return seen
    centred: Floats = seen + spread * 0.25 * (1 - (seen.shape[1] - 1) / (LAST - 1))
    return centred


# ------------------------------------------------------------------------------------------- pooled


def blocks(
    rng: Rng, series: int, rounds: int, requests: int, memory: float, between: float
) -> Floats:
    """Return requests [R, rounds, requests], skewed, whose blocks differ and remember."""
    level = between * remembering(memory)(rng, series, rounds)
    noise = rng.gumbel(math.log(math.log(2)), 1.0, (series, rounds, requests))
    requests_: Floats = level[:, :, None] + noise
    return requests_


def blocks_truth(between: float) -> float:
    """Return the median of all requests in the long run, by numerical integration."""
    level = np.linspace(-8, 8, 4001)
    weight = np.exp(-(level**2) / 2)
    low, high = -2.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        inside = np.exp(-np.exp(-(middle - between * level - math.log(math.log(2)))))
        if (inside @ weight) / weight.sum() < 0.5:
            low = middle
        else:
            high = middle
    return low


POOLED = ((0.0, 0.0), (0.5, 0.5), (0.5, 1.5), (0.8, 0.5))
"""Memory ρ of the level of blocks, and its spread; requests have a spread of 1.3."""


def pooled(memory: float, between: float, rounds: int, replicates: int, requests: int = 9) -> float:
    """Return the coverage of the interval of the median of all requests of all blocks."""
    rng, truth = np.random.default_rng(3), blocks_truth(between)
    drawn = blocks(rng, replicates, rounds, requests, memory, between)
    values = drawn.reshape(replicates, -1)
    count = values.shape[1]
    order = np.argsort(values, axis=1)
    ranks = np.empty_like(values)
    np.put_along_axis(ranks, order, (np.arange(count) + 0.5)[None] / count - 0.5, axis=1)
    half = half_share(ranks.reshape(drawn.shape).sum(axis=2), count)
    ordered = np.take_along_axis(values, order, axis=1)
    low, high = quantile(ordered, 0.5 - half), quantile(ordered, 0.5 + half)
    return float(np.mean((low <= truth) & (high >= truth)))


# -------------------------------------------------------------------------------------------- drops

DISCORDANT = ((0.5, 0.5), (1, 0), (3, 0), (5, 0), (2.5, 2.5), (5, 1), (20, 10), (40, 40))
"""Expected number of samples that only the baseline, and only the candidate, has right."""
SAMPLES = (100, 500, 5000)


def drops(worse: float, better: float, samples: int, replicates: int) -> float:
    """Return the coverage of the interval of a paired drop."""
    shares = np.array([worse, better, samples - worse - better]) / samples
    drawn = np.random.default_rng(4).multinomial(samples, shares, replicates)[:, :2]
    kinds, counts = np.unique(drawn, axis=0, return_counts=True)
    truth, covered = (worse - better) / samples, 0
    for (only_baseline, only_candidate), count in zip(kinds.tolist(), counts, strict=True):
        low, high = drop_interval(only_baseline, only_candidate, samples)
        covered += int(count) * (low <= truth <= high)
    return covered / replicates


# ---------------------------------------------------------------------------------------------- A/A

TWINS = (1, 2, 3, 4, 6, 8)
OFFSETS = (0.0, 0.005)
"""Spread of what a process keeps throughout, as where it lies in memory."""


def called_different(scenario: Scenario, twins: int, offset: float, replicates: int) -> float:
    """Return the share of A/A comparisons that are called different.

    The floor of each comes from so many other A/A races of the same machine.
    """
    races = ended(scenario, 0.02, replicates * (twins + 1), seed=5)
    kept = offset * np.random.default_rng(6).normal(size=len(races.value))
    logs = np.stack([races.value, races.low, races.high], axis=1) + kept[:, None]
    gains = [
        Estimate(value=value, low=low, high=high, method="", n=24)
        for value, low, high in np.exp(logs).tolist()
    ]
    called = 0
    for first in range(0, len(gains), twins + 1):
        floor = noise_floor(gains[first + 1 : first + 1 + twins])
        called += differs(gains[first], floor)
    return called / replicates


# -------------------------------------------------------------------------------------------- table


def tables(replicates: int) -> Iterator[str]:
    """Yield the lines of the Markdown tables, shares in %."""
    yield from _rounds_table(replicates)
    yield from _pooled_table(max(1, replicates // 4))
    yield from _drops_table(replicates)
    yield from _twins_table(max(1, replicates // 5))


def _rounds_table(replicates: int) -> Iterator[str]:
    """Coverage of the median over rounds, ended at ±1 % or 300; in brackets the mean number."""
    heads = [f"n = {n}" for n in LENGTHS]
    heads += [f"from {first}, spread {spread:.0%}" for first, spread in product(FIRSTS, SPREADS)]
    yield from _header(["log ratios", *heads])
    for name, scenario in SCENARIOS.items():
        cells = [f"{fixed(scenario, rounds, replicates):.1%}" for rounds in LENGTHS]
        races = [
            ended(scenario, spread, replicates, first=first)
            for first, spread in product(FIRSTS, SPREADS)
        ]
        cells += [f"{race.coverage():.1%} ({race.rounds.mean():.0f})" for race in races]
        yield _row([name, *cells])


def _pooled_table(replicates: int) -> Iterator[str]:
    yield from _header(["requests of blocks", *(f"{n} blocks" for n in LENGTHS)])
    for memory, between in POOLED:
        cells = [f"{pooled(memory, between, n, replicates):.1%}" for n in LENGTHS]
        yield _row([f"level of blocks: spread {between}, ρ = {memory}", *cells])


def _drops_table(replicates: int) -> Iterator[str]:
    yield from _header(["expected discordant pairs", *(f"n = {n}" for n in SAMPLES)])
    for worse, better in DISCORDANT:
        cells = [f"{drops(worse, better, samples, replicates):.1%}" for samples in SAMPLES]
        yield _row([f"{worse} worse, {better} better", *cells])


def _twins_table(replicates: int) -> Iterator[str]:
    yield from _header(["A/A called different", *(f"{twins} twins" for twins in TWINS)])
    for name in ("independent, normal", "AR(1), ρ = 0.5", "bursts of 6 rounds, one side"):
        for offset in OFFSETS:
            scenario = SCENARIOS[name]
            cells = [f"{called_different(scenario, n, offset, replicates):.1%}" for n in TWINS]
            yield _row([f"{name}; kept by processes {offset:.1%}", *cells])


def _header(cells: list[str]) -> list[str]:
    return ["", _row(cells), _row(["---"] * len(cells))]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    for line in tables(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000):
        print(line)
