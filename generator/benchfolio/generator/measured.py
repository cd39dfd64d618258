"""One value of one metric with everything derived from it."""

from __future__ import annotations

import math

import msgspec

from benchfolio.generator.derive import DIFFERENCE_METHOD, RATIO_METHOD
from benchfolio.results import Calm
from benchfolio.statistics import Estimate, differs


class Measured(msgspec.Struct, frozen=True, gc=False):
    """One value of one metric with everything derived from it; ``None`` where there is none.

    Attributes:
        cell: Position of its cell.
        baseline: Position of the baseline's cell; its own for a baseline; -1 without one.
        refusal: Why it is not comparable (a key of ``derive.REFUSALS``); empty when it is.
        gain_method: How the interval of the gain and of the relative change was computed.
        gain_rounds: Over how many rounds the gain is taken; ``None`` where the two sides were not
            measured in turn.
        drop_method: How the interval of the drop and of the change was computed.
        drop_pairs: Over how many samples or resamples the drop is paired; ``None`` where it is not.
        floor: The noise floor of the platform and release, relative; ``None`` without an A/A run,
            and of what is no speed.
        calm: The worse verdict of its own cell and its baseline's; ``None`` where there is none.
        own_calm: The verdict of its own cell.
    """

    cell: int
    metric: str
    value: float
    unit: str
    low: float | None
    high: float | None
    confidence: float | None
    method: str
    n: int | None
    printed: str
    definition: str
    baseline: int
    refusal: str
    change: float | None
    change_low: float | None
    change_high: float | None
    relative: float | None
    relative_low: float | None
    relative_high: float | None
    drop: float | None
    drop_low: float | None
    drop_high: float | None
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    gain_method: str = RATIO_METHOD
    gain_rounds: int | None = None
    drop_method: str = DIFFERENCE_METHOD
    drop_pairs: int | None = None
    floor: float | None = None
    calm: Calm | None = None
    own_calm: Calm | None = None

    @property
    def is_baseline(self) -> bool:
        """Whether this is what others are compared with."""
        return self.baseline == self.cell

    @property
    def is_usable(self) -> bool:
        """Whether the machine let both sides alone enough to conclude anything from them."""
        return self.calm is not Calm.UNUSABLE

    @property
    def is_own_usable(self) -> bool:
        """Whether the machine let the value itself alone enough."""
        return self.own_calm is not Calm.UNUSABLE

    @property
    def is_within_noise(self) -> bool:
        """Whether its gain may not be called one: a second run of the baseline could give it.

        False where neither rounds nor an A/A run say anything of noise, as of transcribed figures.
        """
        unknown = self.floor is None and self.gain_rounds is None
        if self.gain is None or self.is_baseline or unknown:
            return False
        estimate = Estimate(value=self.gain, low=self.gain_low, high=self.gain_high, method="", n=0)
        return not is_beyond(estimate, self.floor)

    @property
    def is_undetectable(self) -> bool:
        """Whether paired samples show neither a loss nor a win of quality."""
        if self.drop_pairs is None or self.drop_low is None or self.drop_high is None:
            return False
        return self.drop_low <= 0 <= self.drop_high


def is_beyond(gain: Estimate, floor: float | None) -> bool:
    """Tell whether a gain may be called one; without an interval its distance from 1 decides."""
    if gain.low is None or gain.high is None:
        return gain.value > 0 and abs(math.log(gain.value)) > math.log1p(floor or 0.0)
    return differs(gain, floor or 0.0)
