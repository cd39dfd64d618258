"""The rounds: who takes turns, when somebody is done, and when all are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from benchfolio.runner.racing.entrant import Entrant
from benchfolio.runner.racing.orders import order
from benchfolio.runner.timing import clock
from benchfolio.statistics import Estimate, centre, gain

FEWEST = 24
"""Rounds before anything is said to be known. Of fewer, those that end by themselves end too often
where they happen to agree (see the simulated coverage in the methodology)."""
_GROWTH = 1.2
"""Looks are so far apart, as a factor: looking after every round would stop at every lucky one."""
_AT_LEAST = 3
"""Rounds, whatever the time limit."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How the rounds ended.

    Attributes:
        why: Every gain was known, the time was up, or a person interrupted.
        rounds: How many there were.
        seconds: How long they took.
    """

    why: Literal["target", "time limit", "interrupted"]
    rounds: int
    seconds: float


def race(
    entrants: Sequence[Entrant],
    *,
    target: float,
    time_limit: float,
    after_round: Callable[[int, float | None], None],
) -> Ended:
    """Let all take turns until every gain is known to the target, or the time is up.

    Whoever is known leaves, and so gives time to the others; a baseline stays as long as somebody
    is compared with it.

    Args:
        entrants: Opened, in any order; those that are refused are passed over.
        target: Half width of the 95 % interval of every gain, relative.
        time_limit: Seconds after which no further round begins, once there were three.
        after_round: Is told the number of rounds so far and the widest half width, if it is known.
    """
    running = [each for each in entrants if each.refused is None]
    started = clock()
    rounds, look = 0, float(FEWEST)
    widest: float | None = None
    try:
        while running:
            for index in order(len(running), rounds):
                running[index].turn()
            rounds += 1
            after_round(rounds, widest)
            running = [each for each in running if each.refused is None]
            if rounds >= look:
                running, widest = still_open(running, entrants, target)
                look = max(look + 1, look * _GROWTH)
            if running and rounds >= _AT_LEAST and clock() - started >= time_limit:
                return _ended(entrants, "time limit", started)
    except KeyboardInterrupt:
        return _ended(entrants, "interrupted", started)
    return _ended(entrants, "target", started)


def still_open(
    running: Sequence[Entrant], entrants: Sequence[Entrant], target: float
) -> tuple[list[Entrant], float | None]:
    """Return who must go on, and the widest half width of them.

    A baseline has no gain. It goes on for the others, not until its own figure is known, which on
    a machine that drifts would be never; unless nobody is compared with it.
    """
    baselines = {each.against.id for each in entrants if each.refused is None and each.against}
    judged = [each for each in running if each.against or each.id not in baselines]
    widths = {each.id: half_width(estimate_of(each)) for each in judged}
    unknown = {id_ for id_, width in widths.items() if width is None or width > target}
    needed = {each.against.id for each in judged if each.id in unknown and each.against}
    going_on = [each for each in running if each.id in unknown | needed]
    known = [width for id_, width in widths.items() if id_ in unknown and width is not None]
    return going_on, max(known, default=None)


def estimate_of(entrant: Entrant) -> Estimate:
    """Return the gain of an entrant; of one that is compared with nobody its own figure."""
    against = entrant.against
    if against is None:
        return centre(entrant.figures)
    return gain(
        entrant.figures,
        against.figures,
        higher_is_better=entrant.figure == "throughput",
        disturbed=[
            own or other for own, other in zip(entrant.disturbed, against.disturbed, strict=False)
        ],
    )


def half_width(estimate: Estimate) -> float | None:
    """Return the larger half of an interval, relative to the value; ``None`` without one."""
    if estimate.low is None or estimate.high is None or estimate.value <= 0:
        return None
    return max(estimate.value - estimate.low, estimate.high - estimate.value) / estimate.value


def _ended(
    entrants: Sequence[Entrant], why: Literal["target", "time limit", "interrupted"], started: float
) -> Ended:
    rounds = max((len(each.figures) for each in entrants), default=0)
    return Ended(why=why, rounds=rounds, seconds=clock() - started)
