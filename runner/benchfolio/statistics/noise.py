"""The noise floor of a platform, from baselines that ran against themselves."""

from __future__ import annotations

import math
from collections.abc import Iterable

from benchfolio.statistics.estimate import Estimate, student_t

_PREDICTION = 0.98
"""Of A/A gains to come, this share shall be below the floor."""


def noise_floor(twins: Iterable[Estimate]) -> float:
    """Return the |gain − 1| below which nothing is called a gain or a regression.

    The larger of two, on the logarithmic scale, where a gain and its inverse are as far from one:

    - the furthest end of any twin's interval: noise that was seen, or cannot be excluded;
    - from two twins on, t·√(mean of squares), t of Student's distribution with as many degrees of
      freedom as twins: 98 % of further A/A gains of the same kind are below it. It allows for what
      the intervals cannot know, as where a process happened to lie in memory.

    By simulation (``python tests/simulation.py``) at most 2 % of further A/A comparisons are called
    different with two to eight twins. One twin cannot tell what a process keeps throughout: with
    0.5 % of that, 8 % are.

    Args:
        twins: Gains of baselines against themselves, one per race.

    Returns:
        The floor, relative (0.012 is 1.2 %); 0 where there is no twin.
    """
    known = list(twins)
    if not known:
        return 0.0
    furthest = max(_furthest(twin) for twin in known)
    if len(known) == 1:
        return math.expm1(furthest)
    scale = math.sqrt(sum(math.log(twin.value) ** 2 for twin in known) / len(known))
    return math.expm1(max(furthest, student_t(len(known), _PREDICTION) * scale))


def _furthest(twin: Estimate) -> float:
    ends = (end for end in (twin.low, twin.value, twin.high) if end is not None)
    return max(abs(math.log(end)) for end in ends)


def differs(gain: Estimate, floor: float) -> bool:
    """Tell whether a gain or a regression may be called one.

    Args:
        gain: From ``rounds.gain``.
        floor: From ``noise_floor``, relative.

    Returns:
        Whether its interval excludes 1 and it is further from 1 than the floor, as a gain or as an
        inverse gain; false where there is no interval.
    """
    if gain.low is None or gain.high is None or gain.low <= 1 <= gain.high:
        return False
    return abs(math.log(gain.value)) > math.log1p(floor)
