"""What cells owe to having been measured together: gains by rounds, drops by samples, noise.

Nothing is unpacked before it is asked for: most readers of results look at few figures.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchfolio import statistics
from benchfolio.generator.measured import Measured
from benchfolio.results import (
    Calm,
    Cell,
    Outcomes,
    ResultFile,
    Scenario,
    Series,
    cell_id,
    unpack_bits,
    unpack_floats,
)
from benchfolio.statistics import Estimate

RACED: Mapping[str, str] = MappingProxyType(
    {"latency@median": Scenario.LATENCY.value, "throughput": Scenario.THROUGHPUT.value}
)
"""The metric that rounds hold → the scenario it is measured in."""

_HIGHER = frozenset({Scenario.THROUGHPUT.value})
"""Scenarios whose figures are better when higher."""


class TwinPair(msgspec.Struct, frozen=True, kw_only=True):
    """A baseline and its second self in one race, round by round, packed.

    Attributes:
        race: Id of the race in its file.
        scenario: What was timed.
        twin: The second run.
        baseline: The baseline itself.
    """

    race: str
    scenario: str
    twin: Series
    baseline: Series

    def gain(self) -> Estimate:
        """Return the gain of a baseline over itself: noise, and nothing else."""
        (found,) = scenario_gains([(self.twin, self.baseline, self.scenario)])
        return found


def twin_pairs(file: ResultFile) -> Iterator[TwinPair]:
    """Yield the twins of a file's races beside their baselines; one without its baseline is out."""
    if not any(race.twins for race in file.races.values()):
        return
    known: dict[tuple[str, str], Cell] = {
        (cell.rounds.race, cell_id(cell)): cell for cell in file.cells if cell.rounds is not None
    }
    for id_, race in file.races.items():
        for twin in race.twins:
            own = known.get((id_, twin.cell))
            baseline = own.rounds if own is not None else None
            if baseline is not None and baseline.figures and twin.figures:
                yield TwinPair(
                    race=id_,
                    scenario=race.scenario.value,
                    twin=_series(twin),
                    baseline=_series(baseline),
                )


def _series(one: Series) -> Series:
    """Leave out what says whose figures they are."""
    return Series(figures=one.figures, disturbed=one.disturbed)


def noise_floor(pairs: Iterable[TwinPair]) -> float | None:
    """Return the relative distance from 1 below which nothing is called a gain.

    ``None`` where no baseline ran against itself.
    """
    gains = scenario_gains((pair.twin, pair.baseline, pair.scenario) for pair in pairs)
    return statistics.noise_floor(gains) if gains else None


def scenario_gains(pairs: Iterable[tuple[Series, Series, str]]) -> list[Estimate]:
    """Return the gain of one series over another of the same race, by rounds, of each pair.

    Args:
        pairs: Candidate, baseline and the scenario of both.
    """
    return statistics.gains(_unpacked(*pair) for pair in pairs)


def _unpacked(candidate: Series, baseline: Series, scenario: str) -> statistics.Pair:
    ours, theirs = _floats(candidate.figures), _floats(baseline.figures)
    disturbed = np.zeros(min(len(ours), len(theirs)), np.bool_)
    for series, figures in ((candidate, ours), (baseline, theirs)):
        if series.disturbed is not None:
            disturbed |= _flags(series.disturbed, len(figures))[: len(disturbed)]
    return statistics.Pair(ours, theirs, scenario in _HIGHER, disturbed)


@functools.lru_cache(maxsize=64)  # each candidate of a baseline asks for the same again
def _floats(figures: str) -> NDArray[np.float64]:
    floats = np.asarray(unpack_floats(figures), np.float64)
    floats.flags.writeable = False
    return floats


def with_gain(found: Measured, gain: Estimate, *, higher_is_better: bool) -> Measured:
    """Return a value whose gain and relative change are those of the rounds."""
    relative = [
        None if end is None else (end if higher_is_better else 1 / end) - 1
        for end in (gain.value, gain.low, gain.high)
    ]
    ends = relative[1:] if higher_is_better else relative[:0:-1]
    return msgspec.structs.replace(
        found,
        gain=gain.value,
        gain_low=gain.low,
        gain_high=gain.high,
        gain_method=_gain_method(gain.n, gain.method),
        gain_rounds=gain.n,
        relative=relative[0],
        relative_low=ends[0],
        relative_high=ends[1],
    )


@functools.lru_cache(maxsize=1024)  # few words for many gains: each is kept once
def _gain_method(rounds: int, method: str) -> str:
    return f"median over {rounds} rounds, measured in turn ({method})"


def paired_drop(
    found: Measured, candidate: Outcomes, baseline: Outcomes, *, higher_is_better: bool
) -> Estimate | None:
    """Return the drop, in the metric's unit, with the interval that pairs samples.

    Args:
        found: The value, with its drop.
        candidate: How each sample came out.
        baseline: How the same samples came out for the baseline.
        higher_is_better: Direction of the metric.

    Returns:
        ``None`` where the two cannot be paired: other samples, or other draws.
    """
    if found.drop is None or candidate.samples != baseline.samples:
        return None
    if candidate.right is not None and baseline.right is not None:
        return _drop_of_shares(found.unit, candidate.right, baseline.right, candidate.samples)
    if candidate.resampled is None or baseline.resampled is None:
        return None
    if candidate.draws is None or candidate.draws != baseline.draws:
        return None
    return statistics.resampled_drop(
        found.drop,
        unpack_floats(baseline.resampled),
        unpack_floats(candidate.resampled),
        higher_is_better=higher_is_better,
    )


@functools.lru_cache(maxsize=4096)  # several pages show the same
def _drop_of_shares(unit: str, candidate: str, baseline: str, samples: int) -> Estimate:
    found = statistics.drop(*(_flags(bits, samples) for bits in (baseline, candidate)))
    scale = 100.0 if unit == "%" else 1.0
    low, high = (None if end is None else scale * end for end in (found.low, found.high))
    method = f"{found.method}, {found.n} samples"
    return Estimate(value=scale * found.value, low=low, high=high, method=method, n=found.n)


@functools.lru_cache(maxsize=64)  # each candidate of a baseline asks for the same again
def _flags(bits: str, samples: int) -> NDArray[np.bool_]:
    flags = np.asarray(unpack_bits(bits, samples), np.bool_)
    flags.flags.writeable = False
    return flags


def with_drop(found: Measured, drop: Estimate, *, higher_is_better: bool) -> Measured:
    """Return a value whose drop and change have the paired interval."""
    low, high = drop.low, drop.high
    if low is None or high is None:
        return found
    change = (-high, -low) if higher_is_better else (low, high)
    return msgspec.structs.replace(
        found,
        drop_low=low,
        drop_high=high,
        drop_method=drop.method,
        drop_pairs=drop.n,
        change_low=change[0],
        change_high=change[1],
    )


_WORST = (Calm.QUIET, Calm.NOISY, Calm.UNUSABLE)


def worse(one: Calm | None, other: Calm | None) -> Calm | None:
    """Return the worse of two verdicts, where there is any."""
    known = [calm for calm in (one, other) if calm is not None]
    return max(known, key=_WORST.index, default=None)
