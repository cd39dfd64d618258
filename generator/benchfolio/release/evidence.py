"""How sure each difference is, all comparisons of two releases accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchfolio.generator.comparing import FIGURES
from benchfolio.generator.comparison import BETTER, DROP, EXACT, GAIN, KINDS, REFUSED, SAME, WORSE
from benchfolio.release.alarms import Z95, Floats, adjust, p_values, t95
from benchfolio.release.noise import (
    Drift,
    Noise,
    drift,
    noise,
    standard_errors,
    twin_gains,
    widened,
)

if TYPE_CHECKING:
    from benchfolio.generator.changes import Compared
    from benchfolio.release.policy import Performance, Policy
    from benchfolio.release.selecting import Columns

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
_CODE = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(slots=True)
class Evidence:
    """How each pair came out, as columns [P]; numbers are NaN where there is none.

    Attributes:
        kind: Position in ``comparison.KINDS``.
        low: Lower end of the interval, a platform's noise included.
        high: Upper end.
        freedom: Degrees of freedom it rests on.
        centre: The gain that the platform's drift alone would give; 1 where none is removed.
        p: Of no difference.
        adjusted: The same, adjusted.
        reason: Why it is no difference, or not comparable.
        platforms: What is known of each platform's noise and drift.
    """

    kind: Codes
    low: Floats
    high: Floats
    freedom: Floats
    centre: Floats
    p: Floats
    adjusted: Floats
    reason: Texts
    platforms: dict[str, tuple[Noise, Drift | None]]

    @property
    def tests(self) -> int:
        """How many comparisons were accounted for."""
        return int(np.count_nonzero(~np.isnan(self.p)))


def gather(found: Compared, columns: Columns, policy: Policy) -> Evidence:
    """Test every difference.

    Args:
        found: The cells, compared one by one.
        columns: Their fields.
        policy: Says how noise, drift and many comparisons are dealt with.
    """
    judged, count = found.judged, len(found)
    out = Evidence(
        kind=judged.kind.astype(np.int64),
        low=judged.low.copy(),
        high=judged.high.copy(),
        freedom=np.full(count, np.inf),
        centre=np.ones(count),
        p=np.full(count, np.nan),
        adjusted=np.full(count, np.nan),
        reason=judged.reason.copy(),
        platforms={},
    )
    names = columns.of("metric")[0]
    exact = np.array([name in EXACT for name in names], dtype=np.bool_)[columns.of("metric")[1]]
    speed = (judged.figure == FIGURES.index(GAIN)) & ~np.isnan(judged.value) & ~exact
    _add_noise(out, found, columns, policy, np.flatnonzero(speed))
    quality = (judged.figure == FIGURES.index(DROP)) & (judged.kind != _CODE[REFUSED])
    _test_quality(out, found, np.flatnonzero(quality))
    out.adjusted = adjust(out.p, policy.multiplicity.method)
    _decide(out, found, np.flatnonzero(speed))
    _hold_back(out, policy.multiplicity.rate)
    return out


def _add_noise(out: Evidence, found: Compared, columns: Columns, policy: Policy, at: Codes) -> None:
    """Test the speeds of each platform by its own noise and drift."""
    platforms, codes = columns.of("platform")
    models, judged = columns.of("model")[1], found.judged
    for code in np.unique(codes[at]).tolist():
        own = at[codes[at] == code]
        gains = Gains(
            judged.value[own], judged.low[own], judged.high[own], judged.floor[own], models[own]
        )
        twins = twin_gains(found.collection, platforms[code], found.releases)
        known = examine(gains, twins, policy.performance)
        out.platforms[platforms[code]] = (known.noise, known.drift)
        out.low[own], out.high[own], out.freedom[own] = known.low, known.high, known.freedom
        out.centre[own], out.p[own] = known.centre, known.p


@dataclass(frozen=True, slots=True)
class Gains:
    """Gains of the cells of one platform [N], from one release to another.

    Attributes:
        value: Above 1 is better.
        low: Lower end of its own 95 % interval; NaN without one.
        high: Upper end.
        floor: Noise floor, relative; NaN where none is known.
        model: A number that stands for the model.
    """

    value: Floats
    low: Floats
    high: Floats
    floor: Floats
    model: Codes


@dataclass(frozen=True, slots=True)
class GainEvidence:
    """What is known of the gains of one platform [N]; see ``Evidence``."""

    noise: Noise
    drift: Drift | None
    low: Floats
    high: Floats
    freedom: Floats
    centre: float
    p: Floats


def examine(gains: Gains, twins: list[float], policy: Performance) -> GainEvidence:
    """Test the gains of one platform.

    Args:
        gains: Of its cells.
        twins: Gains of its A/A runs in both releases, on logarithms.
        policy: Which noise counts, and whether a drift is taken out.
    """
    logs, errors = np.log(gains.value), standard_errors(gains.low, gains.high)
    known = noise(logs, errors, twins, policy.noise)
    floor = float(np.max(np.nan_to_num(gains.floor), initial=0.0))
    common = drift(logs, errors, gains.model, known, floor)
    removed = common is not None and policy.drift == "remove"
    centre = common.gain.value if common is not None and removed else 1.0
    low, high, freedom = widened(gains.value, gains.low, gains.high, known)
    p = _p_of_gain(gains.value, low, high, freedom, centre)
    return GainEvidence(known, common, low, high, freedom, centre, p)


def is_beyond_noise(
    value: Floats, ends: tuple[Floats, Floats], floor: Floats, centre: Floats | float
) -> tuple[Flags, Flags]:
    """Tell which gains differ from ``centre`` by their interval, and which by the noise floor."""
    excluded = (ends[0] > centre) | (ends[1] < centre)
    beyond = np.abs(np.log(value / centre)) > np.log1p(np.nan_to_num(floor))
    return excluded, beyond


def _p_of_gain(value: Floats, low: Floats, high: Floats, freedom: Floats, centre: float) -> Floats:
    """Return p of a gain being ``centre``, read off its interval."""
    with np.errstate(invalid="ignore", divide="ignore"):
        away = np.log(value / centre)
        half = np.where(away > 0, np.log(value / low), np.log(high / value))
        deviation = np.where(away == 0, 0.0, np.abs(away) / half * t95(freedom))
    deviation[np.isnan(half)] = np.nan
    return p_values(deviation, freedom)


def _test_quality(out: Evidence, found: Compared, at: Codes) -> None:
    """Test losses of quality: by their interval, and by McNemar's exact test where it can be."""
    judged = found.judged
    p = p_of_drop(judged.value[at], judged.low[at], judged.high[at], 0.0)
    out.p[at] = np.fmax(p, judged.exact[at])


def p_of_drop(value: Floats, low: Floats, high: Floats, null: Floats | float) -> Floats:
    """Return p of a drop being ``null``, read off its interval; 1 of what equals it."""
    away = value - null
    with np.errstate(invalid="ignore", divide="ignore"):
        half = np.where(away > 0, value - low, high - value)
        deviation = np.where(away == 0, 0.0, np.abs(away) / half * Z95)
    return p_values(deviation)


def _decide(out: Evidence, found: Compared, at: Codes) -> None:
    """Say of speeds what they are once noise and drift of their platform are known."""
    at = at[~np.isnan(out.p[at])]
    value, centre = found.judged.value[at], out.centre[at]
    ends = (out.low[at], out.high[at])
    excluded, beyond = is_beyond_noise(value, ends, found.judged.floor[at], centre)
    out.kind[at] = np.where(value > centre, _CODE[BETTER], _CODE[WORSE])
    out.reason[at] = ""
    drifting = centre != 1
    _call_same(out, at[excluded & ~beyond], "less than the noise floor")
    for drifts, told in (
        (False, "the interval includes 1"),
        (True, "as all cells of the platform"),
    ):
        _call_same(out, at[~excluded & (drifting == drifts)], told)
    same = found.judged.reason[at] == "the same value"
    _call_same(out, at[same & ~excluded], "the same value")


def _call_same(out: Evidence, at: Codes, reason: str) -> None:
    out.kind[at] = _CODE[SAME]
    out.reason[at] = reason


def _hold_back(out: Evidence, rate: float) -> None:
    """Call no difference what so many comparisons would bring forth by chance."""
    differs = (out.kind == _CODE[WORSE]) | (out.kind == _CODE[BETTER])
    with np.errstate(invalid="ignore"):
        chance = differs & ~np.isnan(out.p) & ~(out.adjusted <= rate)
    _call_same(out, np.flatnonzero(chance), f"chance explains it among {out.tests} comparisons")
