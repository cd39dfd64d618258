"""One who takes turns: a cell, the processes that hold its model, and what they did so far."""

from __future__ import annotations

import math
import statistics as basic
from array import array
from collections.abc import Sequence
from typing import Literal

import msgspec

from benchfolio.results import State
from benchfolio.runner.engines.base import Stream
from benchfolio.runner.jobs import Block, Open, Opened, Profile, Profiled, Refused, Stretch, Timed
from benchfolio.runner.process import Held
from benchfolio.runner.timing import clock, durations, steady_rate

DISTURBED = 0.05
"""Share of a block's time that its threads, taken together, waited for a processor that others had;
above it the block counts as disturbed."""
_WAVES = 4
"""Blocks with requests in flight last at least so many waves: one fills the pipeline, three are
measured."""
_FEW = 3
_FEW_SECONDS = 0.02
"""A block has at least three requests where one takes no longer than this: see the order of the
shortest blocks in the methodology."""
_WAKE_SECONDS = 0.001
_SLOW_SECONDS = 0.05
"""A model that takes longer than this needs no untimed request first."""
_LEAD_SECONDS = 0.02
"""Several instances begin so long after they were told to."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """How an entrant works.

    Attributes:
        open: Command that loads the model; the same for all instances.
        figure: What a block comes to.
        batch: Samples per request.
        block_seconds: Length of a block, about.
        seconds: Wall time one answer may take; then the process is killed.
    """

    open: Open
    figure: Literal["latency", "throughput"]
    batch: int
    block_seconds: float
    seconds: float


class Entrant:
    """A cell, the processes that hold its model, and what they did so far.

    Args:
        id_: The cell's id.
        setting: How it works.
        holders: One process per instance.
        baseline: Whom it is compared with, if anybody.

    Attributes:
        opened: By instance, once it is ready.
        figures: One per round: mean latency in ms, or samples per second.
        disturbed: For each figure, whether others took processors away meanwhile.
        requests: Timed requests so far.
        refused: Why it does not go on, if so.
    """

    def __init__(
        self,
        id_: str,
        setting: Setting,
        holders: Sequence[Held],
        baseline: Entrant | None = None,
    ) -> None:
        self.id = id_
        self.setting = setting
        self.holders = tuple(holders)
        self.baseline = baseline
        self.opened: list[Opened] = []
        self.figures: list[float] = []
        self.disturbed: list[bool] = []
        self.requests = 0
        self.refused: Refused | None = None
        self._blocks: list[list[Stream]] = []
        self._busy = 0.0
        self._wall = 0.0
        self._block_seconds = setting.block_seconds

    @property
    def figure(self) -> Literal["latency", "throughput"]:
        """What a block comes to."""
        return self.setting.figure

    @property
    def against(self) -> Entrant | None:
        """Whom it is compared with; nobody once its baseline is refused."""
        baseline = self.baseline
        return baseline if baseline is not None and baseline.refused is None else None

    @property
    def cores_busy(self) -> float | None:
        """Processor time per wall time while it worked."""
        return self._busy / self._wall if self._wall > 0 else None

    def blocks(self) -> list[array[float]]:
        """Return the seconds of each request, block by block; of one request after the other."""
        found = []
        for stretches in self._blocks:
            times = array("d")
            for stretch in stretches:
                times.extend(durations(stretch))
            found.append(times)
        return found

    def forget(self) -> None:
        """Forget what was measured, and stay ready."""
        self.figures.clear()
        self.disturbed.clear()
        self._blocks.clear()
        self.requests = 0

    def open(self) -> None:
        """Load the model in every instance, one after the other, so that none disturbs another."""
        for holder in self.holders:
            answer = holder.ask(self.setting.open, self.setting.seconds)
            answer = holder.too_large() or answer
            if not isinstance(answer, Opened):
                self._refuse(answer)
                return
            self.opened.append(answer)
        pace = max(opened.pace for opened in self.opened)
        if self._in_one_queue():
            wave = pace * self.opened[0].in_flight
            self._block_seconds = max(self.setting.block_seconds, _WAVES * wave)
        elif len(self.holders) > 1:
            self._block_seconds = max(self.setting.block_seconds, _WAVES * pace)

    def turn(self) -> None:
        """Work for one block; whoever cannot is refused and has no figure for this round."""
        answers = self._work()
        refused = next((each for each in answers if not isinstance(each, Timed)), None)
        if refused is not None:
            self._refuse(refused)
            return
        stretches = [_stretch(each) for each in answers if isinstance(each, Timed)]
        figure = self._latency(stretches) if self.figure == "latency" else self._rate(stretches)
        if figure is None:
            self._block_seconds *= 2  # too short for its waves; the next will do
            self.turn()
            return
        waited = wall = 0.0
        for answer, stretch in zip(answers, stretches, strict=True):
            assert isinstance(answer, Timed)
            self._busy += answer.processor
            waited += answer.waited
            wall += stretch.completed[-1] - stretch.started
        self._wall += wall
        self.figures.append(figure)
        self.disturbed.append(waited > DISTURBED * wall)
        self.requests += sum(len(stretch.completed) for stretch in stretches)
        self._look_at_memory()

    def profile(self) -> Profiled | Refused:
        """Find out in which precision the layers run."""
        each = basic.median(self.figures) / 1e3 if self.figure == "latency" else 0.01
        command = Profile(name=self.setting.open.name, seconds_each=each)
        answer = self.holders[0].ask(command, self.setting.seconds)
        if isinstance(answer, Profiled | Refused):
            return answer
        raise AssertionError(answer)

    def _work(self) -> list[object]:
        name, seconds = self.setting.open.name, self.setting.seconds
        if len(self.holders) == 1 and self.figure == "latency":
            untimed, count = self._counts()
            return [self.holders[0].ask(Block(name=name, untimed=untimed, count=count), seconds)]
        many = len(self.holders) > 1
        command = Stretch(
            name=name,
            seconds=self._block_seconds,
            start=clock() + _LEAD_SECONDS if many else None,
            one_by_one=many,
        )
        for holder in self.holders:
            holder.send(command)
        return [holder.answer(seconds) for holder in self.holders]

    def _counts(self) -> tuple[int, int]:
        """Return how many untimed and timed requests make a block.

        A quick variant works as long as its baseline does: where others want the processors too,
        the first milliseconds after a rest are better ones, and both shall have as much of them.
        """
        pace, lead = self.opened[0].pace, _WAKE_SECONDS
        length = self.setting.block_seconds
        against = self.against
        if against is not None and against.opened[0].pace <= _FEW_SECONDS:
            lead = max(lead, against.opened[0].pace)
            length = max(length, _FEW * against.opened[0].pace)
        count = max(1, round(length / pace))
        if pace <= _FEW_SECONDS:
            count = max(_FEW, count)
        return (0 if pace > _SLOW_SECONDS else max(1, round(lead / pace))), count

    def _in_one_queue(self) -> bool:
        return self.figure == "throughput" and len(self.holders) == 1

    def _latency(self, stretches: list[Stream]) -> float:
        """Return the mean latency; what it consists of is kept for later.

        The mean, as a load that comes and goes takes a share of the time of every variant, which
        the median of a few requests sees or does not; bursts are left to the median over rounds.
        """
        self._blocks.append(stretches)
        passed = sum(stretch.completed[-1] - stretch.started for stretch in stretches)
        return passed / sum(len(stretch.completed) for stretch in stretches) * 1e3

    def _rate(self, stretches: Sequence[Stream]) -> float | None:
        """Return samples per second: of the queue, or summed over the instances."""
        if self._in_one_queue():
            rates = [steady_rate(stretches[0], self.opened[0].in_flight)]
        else:
            rates = _common_rates(stretches)
        known = [rate for rate in rates if rate is not None]
        return sum(known) * self.setting.batch if len(known) == len(rates) else None

    def _look_at_memory(self) -> None:
        if len(self.figures) % 16 == 1:  # asking the system takes longer than a short block's end
            for holder in self.holders:
                refused = holder.too_large()
                if refused is not None:
                    self._refuse(refused)

    def _refuse(self, answer: object) -> None:
        reason = f"answered {type(answer).__name__}"
        unexpected = Refused(state=State.FAILED, reason=reason)
        self.refused = answer if isinstance(answer, Refused) else unexpected


def _stretch(timed: Timed) -> Stream:
    completed: array[float] = array("d")
    completed.frombytes(timed.completed)
    return Stream(started=timed.started, stopped=timed.stopped, completed=completed.tolist())


def _common_rates(stretches: Sequence[Stream]) -> list[float | None]:
    """Return the rate of each instance within the window in which all of them ran."""
    if any(not stretch.completed for stretch in stretches):
        return [None]
    begin = max(stretch.started for stretch in stretches)
    end = min(stretch.completed[-1] for stretch in stretches)
    rates: list[float | None] = []
    for stretch in stretches:
        marks = [at for at in (stretch.started, *stretch.completed) if begin <= at <= end]
        span = marks[-1] - marks[0] if len(marks) > 1 else math.nan
        rates.append((len(marks) - 1) / span if span > 0 else None)
    return rates
