"""Which gains may be spoken of outside a table: those that are acceptable and no noise."""

from __future__ import annotations

from collections.abc import Iterable

from benchfolio.generator.formats import Format, gain_of
from benchfolio.generator.measured import Measured
from benchfolio.generator.verdicts import ACCEPTABLE, OVER
from benchfolio.statistics import Estimate, differs


def is_known(found: Measured | None) -> bool:
    """Tell whether noise lets anything be said of a gain: it has an interval, and a floor exists.

    Without a baseline that ran against itself nobody knows how far noise alone goes.
    """
    if found is None or found.gain is None or found.refusal or not found.is_usable:
        return False
    return not (found.floor is None or found.gain_low is None or found.gain_high is None)


def is_real(found: Measured | None) -> bool:
    """Tell whether a gain is one: above 1, by more than its interval and the noise floor."""
    if found is None or not is_known(found) or found.is_baseline:
        return False
    value = found.gain or 0.0
    estimate = Estimate(value=value, low=found.gain_low, high=found.gain_high, method="", n=0)
    return value > 1 and differs(estimate, found.floor or 0.0)


def is_good(one: Format) -> bool:
    """Tell whether a format is acceptable, with a drop that is known, and really faster."""
    known = one.quality is not None and one.quality.drop is not None
    return one.verdict == ACCEPTABLE and known and is_real(one.gain)


def is_decided(one: Format) -> bool:
    """Tell whether it is known of a format that it is good, or that it is not."""
    return one.verdict == OVER or (one.verdict == ACCEPTABLE and is_known(one.gain))


def fastest(found: Iterable[Format]) -> Format | None:
    """Return the good format with the largest gain, if there is any."""
    return max(filter(is_good, found), key=lambda one: gain_of(one) or 0.0, default=None)
