"""What follows from how the machine was: a verdict, its reasons, and advice.

Gains are computed within rounds of short blocks and survive much noise; absolute figures do not.
So *noisy* is said early, with the figure, and *unusable* only where hardly anything of the machine
was left for the measurement.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from benchfolio.results import Calm, Conditions, Verdict


class Limits(NamedTuple):
    """From which share on a cause makes figures noisy, and from which on unusable."""

    noisy: float
    unusable: float
    says: str


Cause = Literal["others", "steal", "quota", "memory_pressure"]

LIMITS: MappingProxyType[Cause, Limits] = MappingProxyType(
    {
        # 2 %: a desktop at rest uses less. 75 %: with two busy processes on two processors, about
        # half of the time, gains still repeated within 8 %; a quarter has not been tried.
        "others": Limits(0.02, 0.75, "other processes used {} of the processors' time"),
        # 1 %: on processors of one's own it is 0; it comes in pieces of milliseconds, which is as
        # long as an inference.
        "steal": Limits(0.01, 0.5, "the hypervisor gave {} of the processors' time to others"),
        # Any: a process that is stopped stands still for up to 100 ms. Half of all periods: the
        # quota was measured, not the model.
        "quota": Limits(
            0.0, 0.5, "the control group's processor limit was reached in {} of its periods"
        ),
        # 0.1 %: 1 ms in a second. 10 %: the disk was measured, not the model.
        "memory_pressure": Limits(0.001, 0.1, "processes waited for memory {} of the time"),
    }
)

MHZ_RANGE = 0.05
"""Change of frequency, as a share of the highest, above which absolute figures are of no one
frequency. Slow changes do not touch gains, hence never unusable."""

LOAD = 0.5
"""Load average per processor, before the start, above which the machine was at work. Used only
where the time of other processes is not known: our own preparation counts in the load too."""

SWAPPED = 25.0
"""Pages per second swapped in or out above which it is more than the kernel tidying up; 4 KiB
pages make that 100 KiB/s."""

WIDE_NOISY = 2.0
"""Multiples of the target that a gain's half width may reach: at twice the target four times the
rounds would have been needed, and the figure is not the one that was asked for."""

WIDE_UNUSABLE = 10.0
"""At ten times the target (±10 % where ±1 % was asked) a usual gain of a few per cent cannot be
told from none."""

_SEVERITY = (Calm.QUIET, Calm.NOISY, Calm.UNUSABLE)
_LOADED = "the load average was"
_SWAPPING = "pages were swapped"

Finding = tuple[Calm, str]


def judge(conditions: Conditions, *, processors: int, swapped: float | None = None) -> Verdict:
    """Return what the machine's figures mean.

    Args:
        conditions: Its figures; the verdict in it is not looked at.
        processors: Logical processors.
        swapped: Pages per second that were swapped in or out.
    """
    found = [*_shares(conditions), *_heat(conditions)]
    if conditions.others is None and (conditions.load or 0.0) > LOAD * processors:
        loaded = f"{_LOADED} {conditions.load:.3g} on {processors} processors before the start"
        found.append((Calm.NOISY, loaded))
    if (swapped or 0.0) > SWAPPED:
        found.append((Calm.NOISY, f"{_SWAPPING}: {swapped:.0f} per second"))
    return _verdict(found)


def cell_verdict(conditions: Conditions, half_width: float | None, target: float) -> Verdict:
    """Return whether a cell's figure can be relied on.

    Args:
        conditions: The machine while it was taken.
        half_width: Half of the relative width of its gain's 95 % interval, as 0.01; ``None`` where
            it has no gain or no interval.
        target: The half width that was wanted.
    """
    machine = conditions.verdict
    found = [(machine.calm, reason) for reason in machine.reasons]
    if half_width is not None and not half_width <= WIDE_NOISY * target:
        calm = Calm.NOISY if half_width <= WIDE_UNUSABLE * target else Calm.UNUSABLE
        found.append((calm, _width(half_width, target)))
    own = _verdict(found)
    return Verdict(calm=_worst((machine.calm, own.calm)), reasons=own.reasons)


def advice(conditions: Conditions, busy: Sequence[str] = ()) -> list[str]:
    """Return what a person can change so that the next figures are better, for the terminal.

    Args:
        conditions: The machine while figures were taken.
        busy: The busiest other programs, as `busiest` returns them; nothing here is stored.
    """
    found = [_ADVICE[cause] for cause in LIMITS if _reached(conditions, cause)]
    if busy and _reached(conditions, "others"):
        found.insert(1, f"the busiest other programs were: {', '.join(busy)}")
    if _said(conditions, _LOADED):
        found.append("start when the machine has come to rest: its load average tells")
    if _said(conditions, _SWAPPING) and not _reached(conditions, "memory_pressure"):
        found.append(_ADVICE["memory_pressure"])
    return [*found, *_frequency_advice(conditions)]


_ADVICE: MappingProxyType[Cause, str] = MappingProxyType(
    {
        "others": "stop other programs, or keep them off the cores that are measured on"
        " (cpuset, taskset)",
        "steal": "use bare metal or a virtual machine with processors of its own: this one shares"
        " them with others",
        "quota": "raise the control group's processor limit (docker --cpus, Kubernetes limits.cpu)"
        " or use no more threads than it allows",
        "memory_pressure": "free memory: stop other programs, or measure fewer variants at once",
    }
)


def _shares(conditions: Conditions) -> Iterator[Finding]:
    for cause, limits in LIMITS.items():
        share = _share(conditions, cause)
        if share is not None and share > limits.noisy:
            calm = Calm.UNUSABLE if share > limits.unusable else Calm.NOISY
            yield calm, limits.says.format(_percent(share))


def _heat(conditions: Conditions) -> Iterator[Finding]:
    low, high = conditions.mhz_low, conditions.mhz_high
    if _unsteady(conditions):
        yield Calm.NOISY, f"the processor's frequency changed between {low:.0f} and {high:.0f} MHz"
    if conditions.throttled:
        times = "once" if conditions.throttled == 1 else f"{conditions.throttled} times"
        yield Calm.NOISY, f"the processor slowed itself down because of heat, {times}"


def _unsteady(conditions: Conditions) -> bool:
    low, high = conditions.mhz_low, conditions.mhz_high
    return low is not None and high is not None and high - low > MHZ_RANGE * high


def _share(conditions: Conditions, cause: Cause) -> float | None:
    return {
        "others": conditions.others,
        "steal": conditions.steal,
        "quota": conditions.quota,
        "memory_pressure": conditions.memory_pressure,
    }[cause]


def _reached(conditions: Conditions, cause: Cause) -> bool:
    share = _share(conditions, cause)
    return share is not None and share > LIMITS[cause].noisy


def _said(conditions: Conditions, words: str) -> bool:
    return any(reason.startswith(words) for reason in conditions.verdict.reasons)


def _frequency_advice(conditions: Conditions) -> Iterator[str]:
    if _unsteady(conditions) and conditions.governor not in {None, "performance"}:
        yield (
            f"set the frequency governor to performance; it is {conditions.governor}"
            " (cpupower frequency-set --governor performance)"
        )
    if _unsteady(conditions) and conditions.turbo is not False:
        yield "switch turbo off, or say beside the figures that it was on"
    if conditions.throttled:
        yield "cool the machine, or let it rest between races; a lower power limit helps too"


def _verdict(found: Sequence[Finding]) -> Verdict:
    return Verdict(
        calm=_worst([calm for calm, _ in found]), reasons=tuple(reason for _, reason in found)
    )


def _worst(calms: Sequence[Calm]) -> Calm:
    return max(calms, key=_SEVERITY.index, default=Calm.QUIET)


def _width(half_width: float, target: float) -> str:
    wanted = f"±{_percent(target)} was wanted"
    if not math.isfinite(half_width):
        return f"the gain is not known; {wanted}"
    return f"the gain is known to ±{_percent(half_width)} only; {wanted}"


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.2g} %"
