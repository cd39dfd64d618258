"""How sure a difference is, and how sure it stays among thousands of others.

A p-value here is read off the interval that is shown: the one of which the 95 % interval ends just
at the null. Intervals that rest on few A/A runs have heavier tails, those of Student's t; Wallace's
(1959) transformation turns it into a normal deviate in closed form, for any number of degrees of
freedom, and is used both ways, so that p < 0.05 exactly where the interval excludes the null.

Many comparisons are one family. Cells of one race share its baseline and the state of the machine,
cells of one model share its samples, and both tails are of interest: nothing is known of how they
depend on each other. Benjamini and Yekutieli's procedure keeps the expected share of false alarms
among all alarms below the rate however they depend; where nothing changed, every alarm is false,
and the rate is the chance that there is any.

Wallace, D. L. (1959). Bounds on normal approximations to Student's and the chi-square
distributions. Annals of Mathematical Statistics 30, 1121–1130. Benjamini, Y. and Hochberg, Y.
(1995). Controlling the false discovery rate. Journal of the Royal Statistical Society B 57,
289–300. Benjamini, Y. and Yekutieli, D. (2001). The control of the false discovery rate in multiple
testing under dependency. Annals of Statistics 29, 1165–1188. Holm, S. (1979). A simple sequentially
rejective multiple test procedure. Scandinavian Journal of Statistics 6, 65–70.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

Z95 = 1.959963984540054
"""Half width of a nominal 95 % interval, in standard deviations."""

_MANY = 1e6
"""Degrees of freedom from which on Student's t is taken as normal."""


def t95(freedom: Floats) -> Floats:
    """Return the half width of a 95 % interval, in standard errors, by degrees of freedom."""
    known = np.clip(freedom, 1.0, _MANY)
    normal = Z95 * (8 * known + 3) / (8 * known + 1)
    return np.where(freedom < _MANY, np.sqrt(known * np.expm1(normal**2 / known)), Z95)


def p_values(deviation: Floats, freedom: Floats | float = math.inf) -> Floats:
    """Return two-sided p-values.

    Args:
        deviation: Distances from the null, in standard errors.
        freedom: Degrees of freedom of the standard errors; none where they are known.

    Returns:
        Between 0 and 1, NaN where the deviation is.
    """
    t = np.abs(np.asarray(deviation, np.float64))
    own = np.broadcast_to(np.asarray(freedom, np.float64), t.shape)
    known = np.clip(own, 1.0, _MANY)
    with np.errstate(over="ignore", invalid="ignore"):
        normal = (8 * known + 1) / (8 * known + 3) * np.sqrt(known * np.log1p(t**2 / known))
    normal = np.where(own < _MANY, normal, t) / math.sqrt(2)
    found = np.fromiter(map(math.erfc, normal.ravel().tolist()), np.float64, t.size)
    return found.reshape(t.shape)


def benjamini_yekutieli(p: Floats) -> Floats:
    """Adjust p-values for the false discovery rate, whatever their dependence."""
    count = len(p)
    harmonic = math.fsum(1 / i for i in range(1, count + 1))
    return np.minimum(1.0, _stepped_up(p, harmonic))


def benjamini_hochberg(p: Floats) -> Floats:
    """Adjust p-values for the false discovery rate of independent or alike dependent tests."""
    return np.minimum(1.0, _stepped_up(p, 1.0))


def _stepped_up(p: Floats, factor: float) -> Floats:
    order = np.argsort(p, kind="stable")[::-1]
    ranks = np.arange(len(p), 0, -1)
    raw = p[order] * (factor * len(p)) / ranks
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum.accumulate(raw)
    return adjusted


def holm(p: Floats) -> Floats:
    """Adjust p-values for the chance of any false alarm, whatever their dependence."""
    order = np.argsort(p, kind="stable")
    raw = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(raw))
    return adjusted


def unadjusted(p: Floats) -> Floats:
    """Return p-values as they are: each comparison as if it were the only one."""
    return p.copy()


METHODS: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {
        "benjamini-yekutieli": benjamini_yekutieli,
        "benjamini-hochberg": benjamini_hochberg,
        "holm": holm,
        "none": unadjusted,
    }
)
"""Name in a policy → how p-values are adjusted."""


def adjust(p: Floats, method: str) -> Floats:
    """Adjust the p-values of one family; those that are NaN were not tested and stay so."""
    adjusted = np.full(len(p), np.nan)
    tested = ~np.isnan(p)
    adjusted[tested] = METHODS[method](p[tested])
    return adjusted
