"""How many false alarms 10,000 unchanged cells raise, and which losses are found, by simulation.

    python tests/release/alarms_simulation.py false > site/docs/compare-false-alarms.csv
    python tests/release/alarms_simulation.py power > site/docs/compare-power.csv

Two releases of 10 platforms, with 100 models in 10 variants each. A cell is the median of 24 rounds
in each release, with the interval that ``statistics`` gives it. Noise of a round differs from cell
to cell (log-normal), half of the cells remember it (AR(1), ρ = 0.5). Each process keeps a deviation
of its own throughout, of which intervals know nothing; baselines run a second time in 20 races of
each release and platform (A/A), and floors follow from these. On a quiet machine the noise of a
round is 0.5 % and that of a process 0.2 %, on a shared one 2 % and 0.4 %. Everything is seeded: the
same numbers again from the same NumPy.
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from benchfolio.release.alarms import METHODS, adjust, benjamini_yekutieli, p_values, t95
from benchfolio.release.evidence import GainEvidence, Gains, examine, is_beyond_noise, p_of_drop
from benchfolio.release.policy import Performance
from benchfolio.statistics import Estimate, mcnemar, noise_floor
from benchfolio.statistics.proportions import drop_interval
from benchfolio.statistics.rounds import half_share, quantile

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Rng = np.random.Generator

PLATFORMS, MODELS, VARIANTS, ROUNDS = 10, 100, 10, 24
CELLS = PLATFORMS * MODELS * VARIANTS
RATE = 0.05
PLAIN = Performance()
CHANGED = 0.01
"""Share of the cells that lose something, where any do."""


@dataclass(frozen=True)
class Machine:
    """Standard deviations of logarithms: of a round (median over cells), and of a process."""

    name: str
    round: float
    process: float


SHARED = Machine("shared", 0.02, 0.004)
LAB = Machine("quiet", 0.005, 0.002)


@dataclass(frozen=True)
class World:
    """What is between two releases where nothing changed.

    Attributes:
        name: As the table calls it.
        twins: A/A runs of each platform and release.
        drift: What every cell of a platform gains, on logarithms.
        restless: Standard deviation of what each model of a platform gains beyond that.
        policy: How noise and drift are dealt with.
        machine: How noisy it is.
    """

    name: str
    twins: int = 20
    drift: float = 0.0
    restless: float = 0.0
    policy: Performance = PLAIN
    machine: Machine = SHARED


MACHINES = (
    World("quiet machine", machine=LAB),
    World("shared machine"),
)
WORLDS = (
    *MACHINES,
    World("two A/A runs", twins=2),
    World("no A/A runs", twins=0),
    World("all 3 % slower", drift=math.log(0.97)),
    World("all 3 % slower, drift: keep", drift=math.log(0.97), policy=Performance(drift="keep")),
    World("models differ by 1 % more", restless=0.01),
    World("the same, noise: spread", restless=0.01, policy=Performance(noise="spread")),
)
LOSSES = (0.02, 0.05, 0.10, 0.15)


def rounds(rng: Rng, series: int, spread: Floats) -> Floats:
    """Return logarithms of figures [series, rounds]; every other series remembers."""
    noise = rng.normal(size=(series, ROUNDS))
    for now in range(1, ROUNDS):
        noise[::2, now] = 0.5 * noise[::2, now - 1] + math.sqrt(0.75) * noise[::2, now]
    found: Floats = noise * spread[:, None]
    return found


def medians(figures: Floats) -> tuple[Floats, Floats, Floats]:
    """Return medians and their intervals, as ``statistics.centre`` does for each row."""
    count = figures.shape[1]
    ranks = (np.argsort(np.argsort(figures, axis=1), axis=1) + 0.5) / count - 0.5
    half, ordered = half_share(ranks, count), np.sort(figures, axis=1)
    value = np.median(figures, axis=1)
    low, high = (quantile(ordered, 0.5 + side) for side in (-half, half))
    return value, np.minimum(low, value), np.maximum(high, value)


def floors(rng: Rng, twins: int, machine: Machine) -> tuple[float, list[float]]:
    """Return the larger floor of two releases of a platform, and the gains of all its twins."""
    if not twins:
        return math.nan, []
    kept = rng.normal(0, math.sqrt(2) * machine.process, (2, twins))
    found, gains = [], []
    for release in range(2):
        spread = np.full(twins, machine.round * math.sqrt(2))
        value, low, high = medians(rounds(rng, twins, spread) + kept[release][:, None])
        ends = np.exp([value, low, high]).T.tolist()
        estimates = [Estimate(one, below, above, "", ROUNDS) for one, below, above in ends]
        found.append(noise_floor(estimates))
        gains += value.tolist()
    return max(found), gains


@dataclass(frozen=True)
class Draw:
    """Gains of all cells where nothing changed, before drift, floors and losses."""

    value: Floats
    low: Floats
    high: Floats
    models: Floats
    seed: int


@lru_cache(maxsize=2)
def draw(seed: int, machine: Machine) -> Draw:
    """Draw two releases of all cells."""
    rng = np.random.default_rng(seed)
    spread = machine.round * np.exp(rng.normal(0, 0.5, CELLS))
    old, new = (medians(rounds(rng, CELLS, spread)) for _ in range(2))
    kept = rng.normal(0, math.sqrt(2) * machine.process, CELLS)
    value = new[0] - old[0]
    low = value - np.hypot(new[0] - new[1], old[2] - old[0])
    high = value + np.hypot(new[2] - new[0], old[0] - old[1])
    each = rng.normal(size=PLATFORMS * MODELS)
    return Draw(value + kept, low + kept, high + kept, np.repeat(each, VARIANTS), seed)


def evidence(drawn: Draw, world: World, shift: Floats) -> tuple[list[GainEvidence], Gains]:
    """Examine each platform of a world; return that, and the gains."""
    rng = np.random.default_rng([drawn.seed, world.twins])
    moved = world.drift + world.restless * drawn.models + shift
    value, low, high = (np.exp(each + moved) for each in (drawn.value, drawn.low, drawn.high))
    size, floor, found = MODELS * VARIANTS, np.full(CELLS, np.nan), []
    gains = Gains(value, low, high, floor, np.arange(CELLS) // VARIANTS)
    for platform in range(PLATFORMS):
        own = slice(platform * size, (platform + 1) * size)
        floor[own], twins = floors(rng, world.twins, world.machine)
        part = Gains(*(getattr(gains, name)[own] for name in Gains.__slots__))
        found.append(examine(part, twins, world.policy))
    return found, gains


def alarms(drawn: Draw, world: World, shift: Floats, method: str) -> tuple[Flags, Floats]:
    """Return which cells are called different, and upper ends of their intervals."""
    found, gains = evidence(drawn, world, shift)
    low, high, p = (
        np.concatenate([getattr(one, name) for one in found]) for name in ("low", "high", "p")
    )
    centre = np.repeat([one.centre for one in found], MODELS * VARIANTS)
    excluded, beyond = is_beyond_noise(gains.value, (low, high), gains.floor, centre)
    return excluded & beyond & (adjust(p, method) <= RATE), _limit_p(found, gains, 0.95)


def _limit_p(found: Sequence[GainEvidence], gains: Gains, least: float) -> Floats:
    """Return p of a loss being no larger than 5 %, as ``judging`` computes it."""
    high, freedom = (
        np.concatenate([getattr(one, name) for one in found]) for name in ("high", "freedom")
    )
    half = np.log(high / gains.value)
    deviation = np.log(np.maximum(least / gains.value, 1.0)) / half * t95(freedom)
    return np.where(gains.value < least, p_values(deviation, freedom), 1.0)


def plain(drawn: Draw, world: World) -> Flags:
    """Return which cells differ if each is looked at by itself, by its own interval and floor."""
    found, gains = evidence(drawn, world, np.zeros(CELLS))
    del found
    excluded, beyond = is_beyond_noise(gains.value, (gains.low, gains.high), gains.floor, 1.0)
    return excluded & beyond


def false_alarms(replicates: int) -> Iterator[Mapping[str, str]]:
    """Yield a row for each world in which nothing changed."""
    nothing = np.zeros(CELLS)
    for world in WORLDS:
        counts: dict[str, list[int]] = {name: [] for name in ("alone", *METHODS)}
        for seed in range(replicates):
            drawn = draw(seed, world.machine)
            counts["alone"].append(int(plain(drawn, world).sum()))
            for method in METHODS:
                counts[method].append(int(alarms(drawn, world, nothing, method)[0].sum()))
        yield {"Nothing changed": world.name, **_told(counts)}
    counts = {name: [] for name in ("alone", *METHODS)}
    for seed in range(replicates):
        p = quality(seed)
        counts["alone"].append(int((p[0] < RATE).sum()))
        for method in METHODS:
            counts[method].append(int((adjust(p[1], method) <= RATE).sum()))
    yield {"Nothing changed": "quality, paired by samples", **_told(counts)}


def _told(counts: Mapping[str, Sequence[int]]) -> dict[str, str]:
    return {
        _label(name): f"{np.mean(each):.2f} ({100 * np.mean(np.array(each) > 0):.0f} %)"
        for name, each in counts.items()
    }


def _label(method: str) -> str:
    """Write the name of a column as names of people are."""
    return method.replace("-", " and ").title().replace(" And ", " and ")


def quality(seed: int) -> tuple[Floats, Floats]:
    """Return p of 10,000 accuracies on 1,000 samples, by interval and with McNemar's test.

    In half of the cells no sample changes, in the others up to 40 do, either way by chance.
    """
    rng = np.random.default_rng([seed, 1])
    changed = np.where(rng.random(CELLS) < 0.5, 0, rng.integers(1, 41, CELLS))
    lost = rng.binomial(changed, 0.5)
    pairs = list(zip(lost.tolist(), (changed - lost).tolist(), strict=True))
    ends = np.array([drop_interval(b, c, 1000) for b, c in pairs])
    value = (2 * lost - changed) / 1000
    by_interval = p_of_drop(value, ends[:, 0], ends[:, 1], 0.0)
    return by_interval, np.fmax(by_interval, [_mcnemar(b, c) for b, c in pairs])


@cache
def _mcnemar(lost: int, won: int) -> float:
    flags = np.zeros(lost + won + 1, dtype=np.bool_)
    before, after = flags.copy(), flags.copy()
    before[:lost], after[lost : lost + won] = True, True
    return mcnemar(before, after)


def power(replicates: int) -> Iterator[Mapping[str, str]]:
    """Yield a row for each machine and loss, of one cell in a hundred."""
    changed = np.zeros(CELLS, dtype=np.bool_)
    changed[:: round(1 / CHANGED)] = True
    for world, loss in product(MACHINES, LOSSES):
        shift = np.where(changed, math.log1p(-loss), 0.0)
        found: dict[str, list[float]] = {}
        for seed in range(replicates):
            drawn = draw(seed, world.machine)
            for method in METHODS:
                called, p = alarms(drawn, world, shift, method)
                found.setdefault(_label(method), []).append(float(called[changed].mean()))
                if method != "benjamini-yekutieli":
                    continue
                false = int(called[~changed].sum()) / max(1, int(called.sum()))
                fails = called & (benjamini_yekutieli(p) <= RATE)
                found.setdefault("False among all", []).append(false)
                found.setdefault("Fails a limit of 5 %", []).append(float(fails[changed].mean()))
        shown = {name: f"{100 * np.mean(each):.1f} %" for name, each in found.items()}
        yield {"Machine": world.machine.name, "Loss": f"{100 * loss:g} %", **shown}


TABLES = MappingProxyType({"false": false_alarms, "power": power})


def main() -> None:
    """Print both tables as CSV, one after the other."""
    replicates = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    rows = list(TABLES[sys.argv[1]](replicates))
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


if __name__ == "__main__":
    main()
