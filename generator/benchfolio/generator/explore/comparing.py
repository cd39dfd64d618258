"""Two sides, cell by cell: better, worse, the same within noise, or not comparable and why.

The scripts of the page follow the same rules; ``tests/pages/test_explore_browser.py`` holds them
equal. Words, ratios and reasons come from here alone for everything that needs no script.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from benchfolio.generator.explore.estimates import (
    Between,
    difference,
    inverse,
    is_beyond,
    opposite,
    ratio,
)
from benchfolio.generator.explore.types import (
    CELL_FIELDS,
    PLACE_FIELDS,
    Cell,
    Explored,
    Paired,
    Shared,
    Value,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIELDS = tuple(name for name in (*CELL_FIELDS, *PLACE_FIELDS) if name != "task")
"""What two cells that are compared have in common, but for what is compared."""

FOLLOWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "release": ("runtime_version",),
        "platform": ("runtime_version",),
        "runtime": ("runtime_version", "device"),
        "precision": ("recipe",),
        "recipe": (),
    }
)
"""What may differ because of what is compared: another runtime has another version."""

CONDITIONS = ("dataset", "form", "runtime_version", "device", "batch", "shape", "load", "release")
"""What is named where two cells are not compared because of it."""

BETTER, WORSE, SAME, NOT = "better", "worse", "same within noise", "not comparable"
UNJUDGED, ALONE = "not judged", "on one side only"
WORDS = (WORSE, BETTER, SAME, UNJUDGED, NOT, ALONE)


UNKNOWN = "neither an interval nor a noise floor is known"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared.

    Attributes:
        facet: One of ``FACETS``.
        a: Id of the one side, which the other is held against.
        b: Id of the other side.
        metric: What is compared.
        where: Id by field, of what is looked at alone.
    """

    facet: str
    a: str
    b: str
    metric: str
    where: Mapping[str, str] = {}


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of each side; -1 where there is none, and then ``reason`` says so.

    Attributes:
        found: Gain of the other side over the one, or its loss of quality; ``None`` without.
        word: One of ``WORDS``.
        paired: Both were measured in the same rounds, or on the same samples.
        floor: The noise floor that was applied; ``None`` where it is not known.
    """

    one: int
    other: int
    word: str
    reason: str = ""
    found: Between | None = None
    paired: bool = False
    floor: float | None = None


class Mean(msgspec.Struct, frozen=True, kw_only=True):
    """Geometric mean of the gains of one origin: what was measured and what was published apart.

    Attributes:
        origin: Number of the origin.
        value: The mean.
        of: Over so many pairs.
        noise: Noise alone could have given it.
    """

    origin: int
    value: float
    of: int
    noise: bool


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All pairs of a question, and what is said of them; ``means`` only of ratios."""

    pairs: tuple[Pair, ...]
    counts: Mapping[str, int]
    means: tuple[Mean, ...]
    held: tuple[tuple[str, tuple[int, ...]], ...]
    differ: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]


Key = tuple[int, ...]

_ALL = slice(None)


class Comparing:
    """Answers questions about what was gathered."""

    def __init__(self, explored: Explored) -> None:
        self._head, self._part = explored.head, explored.part
        self._metrics = {one.id: number for number, one in enumerate(self._head.metrics)}
        self._places = np.array(self._head.places, dtype=np.int32).reshape(-1, len(PLACE_FIELDS))
        values, self._count = self._part.values, len(self._part.cells)
        numbers = values.column("metric").astype(np.int64) * self._count + values.column("cell")
        self._order = np.argsort(numbers)
        self._sorted = numbers[self._order]

    def value(self, metric: int, cell: int) -> Value | None:
        """Return the value of a metric in a cell, by their numbers."""
        wanted = metric * self._count + cell
        at = self._sorted.searchsorted(wanted)
        if at == len(self._sorted) or self._sorted[at] != wanted:
            return None
        return self._part.values[self._order.item(at)]

    def answer(self, question: Question) -> Comparison:
        """Compare two sides; pairs stand in the order of the cells of the one side."""
        pairs = tuple(self._pairs(question))
        same = [one for one in pairs if one.found is not None]
        counts = Counter(one.word for one in pairs)
        held, differ = self._told(same)
        return Comparison(
            pairs=pairs,
            counts={word: counts[word] for word in WORDS},
            means=tuple(self._means(question, same)),
            held=held,
            differ=differ,
        )

    # Who is compared with whom ------------------------------------------------------------

    def _pairs(self, question: Question) -> Iterator[Pair]:
        held = [name for name in FIELDS if name not in _free(question.facet)]
        sides = [self._side(question, id_, held) for id_ in (question.a, question.b)]
        keys = sorted({*sides[0], *sides[1]}, key=lambda key: _first(sides, key))
        for key in keys:
            ones, others = (side.get(key, []) for side in sides)
            if ones and others:
                yield from self._matched(question, ones, others)
            else:
                yield from self._alone(question, ones, others, held)

    def _side(self, question: Question, id_: str, held: Sequence[str]) -> dict[Key, list[int]]:
        number = self._metrics.get(question.metric, -1)
        scenarios = self._head.metrics[number].scenarios if number >= 0 else ()
        wanted = {**question.where, question.facet: id_}
        near = np.isin(self._field("scenario"), list(scenarios))
        near &= np.isin(self._field("model"), self._models_of(number))
        if "release" not in wanted:
            near &= self._part.cells.column("newest")
        for name, value in wanted.items():
            near &= self._field(name) == self._number(name, value)
        cells = np.flatnonzero(near)
        found: dict[Key, list[int]] = {}
        keys = zip(*(self._field(name, cells).tolist() for name in held), strict=True)
        for cell, key in zip(cells.tolist(), keys, strict=True):
            found.setdefault(key, []).append(cell)
        return found

    def _field(self, name: str, at: NDArray[np.int64] | slice = _ALL) -> NDArray[np.int32]:
        """Return the number of a name that cells have."""
        own = name in CELL_FIELDS
        numbers: NDArray[np.int32] = self._part.cells.column(name if own else "place")[at]
        return numbers if own else self._places[numbers, PLACE_FIELDS.index(name)]

    def _matched(
        self, question: Question, ones: Sequence[int], others: Sequence[int]
    ) -> Iterator[Pair]:
        if question.facet == "precision":
            ones, others = self._plain(ones), self._plain(others)
        elif len(ones) > 1 or len(others) > 1:
            reason = "several measurements match: choose more precisely"
            yield Pair(one=ones[0], other=others[0], word=NOT, reason=reason)
            return
        for one in ones:
            for other in others:
                yield self._pair(question, one, other)

    def _plain(self, cells: Sequence[int]) -> Sequence[int]:
        """Keep what no recipe has changed, where there is such: what others come from."""
        plain = [at for at in cells if self._head.originals[self._part.cells[at].recipe]]
        return plain or cells

    def _alone(
        self,
        question: Question,
        ones: Sequence[int],
        others: Sequence[int],
        held: Sequence[str],
    ) -> Iterator[Pair]:
        side, missing = (question.b, ones) if ones else (question.a, others)
        for at in missing:
            near = self._near(question, side, at, held)
            label = self._label(question.facet, side)
            told = f"{label} has it only with {near}" if near else f"not measured for {label}"
            one, other = (at, -1) if ones else (-1, at)
            yield Pair(one=one, other=other, word=NOT if near else ALONE, reason=told)

    def _near(self, question: Question, side: str, at: int, held: Sequence[str]) -> str:
        """Say what keeps the nearest cell of the other side from being compared with one."""
        mine = self._part.cells[at]
        conditions = (*CONDITIONS, "recipe") if question.facet == "runtime" else CONDITIONS
        identity = [name for name in held if name not in conditions]
        near = self._by_model[mine.model]
        near = near[self._field(question.facet, near) == self._number(question.facet, side)]
        for name in identity:
            near = near[self._field(name, near) == self.field(mine, name)]
        found = [self._differences(mine, self._part.cells[cell], held) for cell in near.tolist()]
        found = [one for one in found if one]
        fewest = min(map(len, found), default=0)
        return "; ".join(next((one for one in found if len(one) == fewest), []))

    def _differences(self, mine: Cell, cell: Cell, held: Sequence[str]) -> list[str]:
        return [
            f"{name.replace('_', ' ')} {self._named(name, cell)} instead of "
            f"{self._named(name, mine)}"
            for name in held
            if self.field(cell, name) != self.field(mine, name)
        ]

    def _named(self, name: str, cell: Cell) -> str:
        return self._head.names[name][self.field(cell, name)][1] or "none"

    def _models_of(self, metric: int) -> list[int]:
        """Return which models have values of a metric: of others nobody misses any."""
        values = self._part.values
        cells = values.column("cell")[values.column("metric") == metric]
        models: list[int] = np.unique(self._field("model", cells)).tolist()
        return models

    @cached_property
    def _by_model(self) -> Mapping[int, NDArray[np.int64]]:
        """Positions of the cells of each model."""
        models = self._field("model")
        return {model: np.flatnonzero(models == model) for model in np.unique(models).tolist()}

    # What comes of it ------------------------------------------------------------------------

    def _pair(self, question: Question, one: int, other: int) -> Pair:
        number = self._metrics[question.metric]
        metric = self._head.metrics[number]
        reason = self._refusal(metric, number, one, other)
        if reason:
            return Pair(one=one, other=other, word=NOT, reason=reason)
        known = self.between(number, one, other)
        floor = self.floor(one, other) if metric.timed else None
        found = known[0]
        word = _gain_word(metric, found, floor) if metric.ratio else _loss_word(found)
        return Pair(
            one=one,
            other=other,
            word=word,
            reason=UNKNOWN if word == UNJUDGED else "",
            found=found,
            paired=known[1],
            floor=floor,
        )

    def _refusal(self, metric: Shared, number: int, one: int, other: int) -> str:
        """Say why two cells are not compared; empty where they are."""
        sides = [self._part.cells[at] for at in (one, other)]
        values = [self.value(number, at) for at in (one, other)]
        for name, cell, value in zip("AB", sides, values, strict=True):
            reason = self._unfit(metric, cell, value)
            if reason:
                return f"{name}: {reason}"
        a, b = values
        return "" if a is None or b is None else self._unlike(metric, (a, b), sides)

    def _unfit(self, metric: Shared, cell: Cell, value: Value | None) -> str:
        state, reason, calm = (self._head.texts[at] for at in (cell.state, cell.reason, cell.calm))
        if state != "ok":
            return f"{state}, {reason}" if reason else state
        if value is None:
            return "measured without this metric"
        if value.misplaced:
            return "the published row stands shifted against its header"
        return calm if metric.timed else ""

    def _unlike(self, metric: Shared, values: tuple[Value, Value], sides: Sequence[Cell]) -> str:
        a, b = values
        if a.unit != b.unit:
            return "the two are in different units"
        if a.definition != b.definition:
            return "the two were computed by different definitions"
        if not metric.ratio and sides[0].data and sides[1].data and sides[0].data != sides[1].data:
            return "the data set is no longer the same"
        if not metric.ratio and a.n >= 0 and b.n >= 0 and a.n != b.n:
            return "the two were measured on different numbers of samples"
        if metric.ratio and not (a.value > 0 and b.value > 0):
            return "a ratio needs two positive values"
        return ""

    def between(self, number: int, one: int, other: int) -> tuple[Between, bool]:
        """Return what the other gains over the one, or loses, and whether this is paired."""
        metric = self._head.metrics[number]
        pair = self._paired.get((number, min(one, other), max(one, other)))
        if pair is not None:
            found = Between(pair.value, pair.low, pair.high, pair.n)
            if one > other:
                found = inverse(found) if metric.ratio else opposite(found)
            return found, True
        values = (self.value(number, at) for at in (one, other))
        sides = [(found.value, found.low, found.high) for found in values if found is not None]
        first, second = sides if metric.higher != metric.ratio else sides[::-1]
        return (ratio if metric.ratio else difference)(first, second), False

    @cached_property
    def _paired(self) -> Mapping[tuple[int, int, int], Paired]:
        known = (*self._part.gains, *self._part.drops)
        return {(one.metric, one.one, one.other): one for one in known}

    def floor(self, one: int, other: int) -> float | None:
        """Return the larger noise floor of two cells, of those that are known."""
        places = map(self._part.cells.column("place").item, (one, other))
        known = [floor for at in places if (floor := self._head.floors[at]) is not None]
        return max(known, default=None)

    # What is said of all ------------------------------------------------------------------------

    def _means(self, question: Question, same: Sequence[Pair]) -> Iterator[Mean]:
        number = self._metrics.get(question.metric, -1)
        if number < 0 or not self._head.metrics[number].ratio:
            return
        by: dict[int, list[Pair]] = {}
        for one in same:
            by.setdefault(self.field(self._part.cells[one.one], "origin"), []).append(one)
        for origin in sorted(by):
            yield _mean(origin, by[origin])

    def _told(
        self, same: Sequence[Pair]
    ) -> tuple[
        tuple[tuple[str, tuple[int, ...]], ...],
        tuple[tuple[str, tuple[tuple[int, int], ...]], ...],
    ]:
        """Return what all pairs have in common, and what differs within some."""
        held, differ = [], []
        both = [
            np.array([getattr(pair, side) for pair in same], dtype=np.int64)
            for side in ("one", "other")
        ]
        for name in FIELDS:
            columns = (self._field(name, cells).tolist() for cells in both)
            sides = set(zip(*columns, strict=True))
            apart = sorted((a, b) for a, b in sides if a != b)
            if apart:
                differ.append((name, tuple(apart)))
            elif sides:
                held.append((name, tuple(sorted(a for a, _ in sides))))
        return tuple(held), tuple(differ)

    # Names ----------------------------------------------------------------------------------

    def field(self, cell: Cell, name: str) -> int:
        """Return the number of a name that a cell has."""
        if name in CELL_FIELDS:
            number: int = getattr(cell, name)
            return number
        return self._head.places[cell.place][PLACE_FIELDS.index(name)]

    def _number(self, name: str, id_: str) -> int:
        return self._ids[name].get(id_, -1)

    def _label(self, name: str, id_: str) -> str:
        number = self._number(name, id_)
        return self._head.names[name][number][1] if number >= 0 else id_

    @cached_property
    def _ids(self) -> Mapping[str, Mapping[str, int]]:
        names = self._head.names.items()
        return {name: {id_: at for at, (id_, _) in enumerate(known)} for name, known in names}


def _mean(origin: int, pairs: Sequence[Pair]) -> Mean:
    logs = [math.log(one.found.value) for one in pairs if one.found is not None]
    mean = math.exp(sum(logs) / len(logs))
    floors = [one.floor for one in pairs if one.floor is not None]
    near = bool(floors) and abs(math.log(mean)) <= math.log1p(max(floors))
    noise = near or all(one.word == SAME for one in pairs)
    return Mean(origin=origin, value=mean, of=len(pairs), noise=noise)


def _free(facet: str) -> tuple[str, ...]:
    return (facet, *FOLLOWS[facet])


def _first(sides: Sequence[Mapping[Key, Sequence[int]]], key: Key) -> tuple[int, int]:
    """Put pairs in the order of the one side; what it does not have comes last."""
    return (0, sides[0][key][0]) if key in sides[0] else (1, sides[1][key][0])


def _gain_word(metric: Shared, gain: Between, floor: float | None) -> str:
    """Judge as ``comparison.compare`` does: what nothing is known of is no difference yet."""
    if gain.value == 1:
        return SAME
    if not metric.exact:
        if gain.low is None and floor is None:
            return UNJUDGED
        if not is_beyond(gain, floor):
            return SAME
    return BETTER if gain.value > 1 else WORSE


def _loss_word(loss: Between) -> str:
    if loss.value == 0:
        return SAME
    if loss.low is None or loss.high is None:
        return UNJUDGED
    if loss.low <= 0 <= loss.high:
        return SAME
    return WORSE if loss.value > 0 else BETTER
