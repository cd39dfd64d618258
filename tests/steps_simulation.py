"""How often steps are found and falsely found, by simulation; prints Markdown tables.

    python tests/steps_simulation.py [replicates]

Everything is seeded: the same numbers again from the same NumPy.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
from simulation import Floats, Rng, Scenario, normal, remembering, student

from benchfolio.statistics.steps import Steps, steps

LENGTHS = (5, 8, 12, 20, 40, 60)
SIZES = (3, 4, 5, 6, 8)
"""Heights of a step, in units of the noise of one value."""

NOISE = 0.02
"""Standard deviation of one value, relative."""


def outliers(rng: Rng, series: int, count: int) -> Floats:
    """Independent, normal; one value in ten is off by eight times the noise."""
    spikes = (rng.random((series, count)) < 0.1) * 8 * rng.choice([-1, 1], (series, count))
    noise: Floats = rng.normal(size=(series, count)) + spikes
    return noise


SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        "independent, normal": normal,
        "heavy tails, Student's t, 3 d.f.": student(3),
        "one value in ten an outlier": outliers,
        "AR(1), ρ = 0.3": remembering(0.3),
        "AR(1), ρ = 0.6": remembering(0.6),
    }
)


def found(noise: Floats, known: bool) -> Iterator[Steps]:
    """Look for steps in series [R, N] of logarithms in units of their noise.

    Args:
        noise: The series.
        known: Whether every value has an interval that tells its noise.
    """
    for values in np.exp(NOISE * noise):
        halves = (1.96 * NOISE * values).tolist() if known else None
        yield steps(values.tolist(), halves)


def alarms(scenario: Scenario, count: int, replicates: int, *, known: bool) -> float:
    """Return the share of series without a step in which one is found."""
    noise = scenario(np.random.default_rng(11), replicates, count)
    return _share(len(each.segments) > 1 for each in found(noise, known))


def stepped(count: int, at: int, size: float, replicates: int) -> Floats:
    """Return series [R, N] with one step up before a value, in units of the noise."""
    noise = np.random.default_rng(12).normal(size=(replicates, count))
    noise[:, at:] += size
    return noise


def power(count: int, at: int, size: float, replicates: int, *, known: bool) -> float:
    """Return the share in which exactly that step is found, at most one value beside its place."""
    series = stepped(count, at, size, replicates)
    return _share(_is_there(each, at) for each in found(series, known))


def _is_there(one: Steps, at: int) -> bool:
    return len(one.segments) == 2 and abs(one.segments[1].start - at) <= 1


def excursions(count: int, size: float, replicates: int, *, known: bool) -> tuple[float, float]:
    """Return how often one value off in the middle is an outlier, and how often it is a step."""
    series = np.random.default_rng(13).normal(size=(replicates, count))
    series[:, count // 2] += size
    all_ = list(found(series, known))
    return (
        _share(count // 2 in each.outliers for each in all_),
        _share(len(each.segments) > 1 for each in all_),
    )


def last_values(count: int, size: float, replicates: int, *, known: bool) -> float:
    """Return how often a last value that is off is called unsettled, and no step."""
    series = np.random.default_rng(14).normal(size=(replicates, count))
    series[:, -1] += size
    return _share(each.unsettled and len(each.segments) == 1 for each in found(series, known))


def _share(hits: Iterator[bool]) -> float:
    every = list(hits)
    return sum(every) / len(every)


def tables(replicates: int) -> Iterator[str]:
    """Yield the lines of the Markdown tables, shares in %."""
    heads = [f"n = {n}" for n in LENGTHS]
    for known in (True, False):
        word = "known" if known else "not known"
        yield from _header([f"step found where there is none; noise {word}", *heads])
        for name, scenario in SCENARIOS.items():
            shares = [alarms(scenario, n, replicates, known=known) for n in LENGTHS]
            yield _row([name, *map(_percent, shares)])
    for known in (True, False):
        word = "known" if known else "not known"
        yield from _header([f"step found where it is; noise {word}", *heads])
        for size in SIZES:
            shares = [power(n, n // 2, size, replicates, known=known) for n in LENGTHS]
            yield _row([f"in the middle, {size} × noise", *map(_percent, shares)])
        for size in SIZES:
            shares = [power(n, n - 2, size, replicates, known=known) for n in LENGTHS]
            yield _row([f"the last two values, {size} × noise", *map(_percent, shares)])
    yield from _header(["one value off, noise known: outlier / step", *heads])
    for size in (6, 8, 12):
        pairs = [excursions(n, size, replicates, known=True) for n in LENGTHS]
        cells = [" / ".join(map(_percent, pair)) for pair in pairs]
        yield _row([f"in the middle, {size} × noise", *cells])
    for size in (6, 8, 12):
        shares = [last_values(n, size, replicates, known=True) for n in LENGTHS]
        yield _row([f"the last, {size} × noise: unsettled", *map(_percent, shares)])


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _header(cells: list[str]) -> list[str]:
    return ["", _row(cells), _row(["---"] * len(cells))]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    for line in tables(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000):
        print(line)
