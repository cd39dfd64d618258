"""Formats that lose no more than a reader accepts, ranked; those noise cannot separate share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec
import numpy as np

from benchfolio.generator.explore.comparing import Comparing
from benchfolio.generator.explore.estimates import Between, is_beyond, ratio
from benchfolio.generator.explore.types import Cell, Choice, Explored, Speed


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader asks for.

    Attributes:
        where: Id by field (``model``, ``task``, ``platform``).
        metric: ``throughput`` or ``latency@median``.
        by: ``speed``, or ``gain`` over FP32.
        accepted: The loss that is accepted, in the metric's unit; the limit of the suite when
            left out.
    """

    where: Mapping[str, str]
    metric: str
    by: str = "speed"
    accepted: float | None = None


class Ranked(msgspec.Struct, frozen=True, kw_only=True):
    """A choice with its rank from 1 on; 0 where it is excluded, and ``reason`` says why."""

    choice: int
    rank: int
    speed: int = -1
    reason: str = ""


class Ranking:
    """Answers wishes."""

    def __init__(self, explored: Explored) -> None:
        self._head, self._part = explored.head, explored.part
        self._comparing = Comparing(explored)
        named = np.array([choice.cell for choice in self._part.choices], dtype=np.int64)
        self._cells = list(self._part.cells.take(named))
        self._values: dict[tuple[int, int], float] = {}

    def rank(self, wish: Wish) -> list[Ranked]:
        """Return what is acceptable, best first, then what is excluded, in their own order."""
        near = self._near(wish)
        wanted = [at for at in near if self._is_meant(wish, self._cells[at])]
        judged = [(at, self._exclusion(wish, self._part.choices[at])) for at in wanted]
        good = [at for at, reason in judged if not reason]
        ranked = self._ranked(wish, good)
        return [*ranked, *(Ranked(choice=at, rank=0, reason=why) for at, why in judged if why)]

    def _near(self, wish: Wish) -> Sequence[int]:
        """Return what to look through: one model's formats where one is named."""
        if "model" in wish.where:
            return self._by_model.get(wish.where["model"], ())
        return range(len(self._part.choices))

    @cached_property
    def _by_model(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = {}
        for at, cell in enumerate(self._cells):
            model = self._head.names["model"][cell.model][0]
            found.setdefault(model, []).append(at)
        return found

    def _is_meant(self, wish: Wish, cell: Cell) -> bool:
        names = self._head.names
        return all(
            names[field][self._comparing.field(cell, field)][0] == id_
            for field, id_ in wish.where.items()
        )

    def _exclusion(self, wish: Wish, choice: Choice) -> str:
        """Say why a format is out; empty where it is not."""
        return self._unaccepted(wish, choice) or self._unranked(wish, choice)

    def _unaccepted(self, wish: Wish, choice: Choice) -> str:
        if choice.baseline:
            return ""
        if choice.why or choice.loss is None:
            return f"not judged: {self._head.texts[choice.why] or 'its loss is not known'}"
        if wish.accepted is not None:
            most = wish.accepted
        elif choice.limit is not None and choice.limit.metric == choice.loss.metric:
            most = choice.limit.most
        else:
            return "not judged: no acceptance limit is stated"
        return "over" if choice.loss.drop > most else ""

    def _unranked(self, wish: Wish, choice: Choice) -> str:
        speed = self._speed(wish, choice)
        if speed is None:
            label = next((m.label for m in self._head.metrics if m.id == wish.metric), wish.metric)
            return self._head.texts[choice.slow] or f"{label} was not measured"
        if not speed.usable:
            return self._head.texts[self._part.cells[speed.cell].calm] or "unusable"
        if wish.by == "gain" and speed.gain is None:
            return "its gain is not known"
        return ""

    def _speed(self, wish: Wish, choice: Choice) -> Speed | None:
        found = [one for one in choice.speeds if self._head.metrics[one.metric].id == wish.metric]
        return found[0] if found else None

    def _ranked(self, wish: Wish, good: Sequence[int]) -> list[Ranked]:
        speeds = {at: self._speed(wish, self._part.choices[at]) for at in good}
        known = {at: one for at, one in speeds.items() if one is not None}
        order = sorted(good, key=lambda at: -self._score(wish, known[at]))
        ranked: list[Ranked] = []
        leader, rank = -1, 0
        for place, at in enumerate(order, start=1):
            if leader < 0 or self._is_apart(wish, known[leader], known[at]):
                leader, rank = at, place
            ranked.append(Ranked(choice=at, rank=rank, speed=known[at].cell))
        return ranked

    def _score(self, wish: Wish, speed: Speed) -> float:
        if wish.by == "gain":
            return math.log(speed.gain or 1e-300)
        value = self._value(speed)
        sign = 1 if self._head.metrics[speed.metric].higher else -1
        return sign * math.log(value) if value > 0 else -math.inf

    def _value(self, speed: Speed) -> float:
        key = (speed.metric, speed.cell)
        if key not in self._values:
            found = self._comparing.value(*key)
            assert found is not None
            self._values[key] = found.value
        return self._values[key]

    def _is_apart(self, wish: Wish, first: Speed, one: Speed) -> bool:
        """Tell whether noise cannot have put one before the other."""
        floor = self._comparing.floor(first.cell, one.cell)
        if wish.by == "gain":
            sides = ((each.gain or 1e-300, each.low, each.high) for each in (first, one))
            return is_beyond(ratio(*sides), floor)
        if min(map(self._value, (first, one))) <= 0:
            return True
        found: Between = self._comparing.between(first.metric, one.cell, first.cell)[0]
        return is_beyond(found, floor)

    def cell(self, ranked: Ranked) -> Cell:
        """Return the cell that names a format."""
        return self._cells[ranked.choice]
