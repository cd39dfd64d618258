"""The judgement of ``comparison.compare`` for whole columns, and why cells are not compared.

What is the same for many cells (files, units, states) is decided once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchfolio.generator.comparison import (
    BETTER,
    DROP,
    EXACT,
    GAIN,
    GONE,
    KINDS,
    NEW,
    REFUSED,
    SAME,
    WORSE,
)
from benchfolio.generator.derive import DIFFERENCE_METHOD, RATIO_METHOD, Flags, Floats, Ints
from benchfolio.generator.formatting import clean
from benchfolio.generator.samples import SamplePairs
from benchfolio.results import Calm, Direction, Kind

if TYPE_CHECKING:
    from benchfolio.generator.collection import Collection, FileInfo
    from benchfolio.generator.matching import Pairs, Speaking

Texts = NDArray[np.object_]
FIGURES = ("", GAIN, DROP)
_CODE = {kind: number for number, kind in enumerate(KINDS)}


@dataclass(slots=True)
class Judged:
    """Judgements of pairs of cells, as columns of one length; see ``comparison.Change``.

    Attributes:
        kind: Position in ``KINDS``.
        figure: Position in ``FIGURES``.
        value: The ratio or difference; NaN where there is none, as of all numbers.
        low: Lower end of its interval.
        high: Upper end of its interval.
        floor: Noise floor.
        size: How large the difference is, relative.
        method: How the interval was computed.
        reason: Why it is no difference, or not comparable.
        exact: p of an exact test of the same samples, where they are known.
    """

    kind: NDArray[np.int8]
    figure: NDArray[np.int8]
    value: Floats
    low: Floats
    high: Floats
    floor: Floats
    size: Floats
    method: Texts
    reason: Texts
    exact: Floats

    @classmethod
    def blank(cls, count: int) -> Judged:
        """Return so many judgements in which nothing is said yet."""
        value, low, high, floor, exact = (np.full(count, np.nan) for _ in range(5))
        method, reason = (np.full(count, "", dtype=object) for _ in range(2))
        kind, figure = (np.zeros(count, dtype=np.int8) for _ in range(2))
        size = np.zeros(count)
        return cls(kind, figure, value, low, high, floor, size, method, reason, exact)

    def refuse(self, at: Ints, reason: str) -> None:
        """Call some pairs not comparable."""
        self.say(at, REFUSED, reason)

    def say(self, at: Ints, kind: str, reason: str) -> None:
        """Judge some pairs alike."""
        self.kind[at] = _CODE[kind]
        self.reason[at] = reason


@dataclass(frozen=True, slots=True)
class Side:
    """What one release says of some pairs.

    Attributes:
        cell: Positions of cells.
        value: Values of the metric that speaks, with ``low`` and ``high``; NaN where not known.
        unit: Codes of the unit, as ``definition`` and ``n`` (-1 where not known).
    """

    cell: Ints
    value: Floats
    low: Floats
    high: Floats
    n: Ints
    unit: Ints
    definition: Ints

    def take(self, at: Ints | Flags) -> Side:
        """Return some of the pairs."""
        columns = (getattr(self, name) for name in self.__slots__)
        return Side(*(column[at] for column in columns))


@dataclass(frozen=True)
class Comparing:
    """Two releases whose cells are matched.

    Attributes:
        collection: The results.
        pairs: Which cells are compared.
        speaking: By which values.
        releases: The earlier and the later one.
    """

    collection: Collection
    pairs: Pairs
    speaking: Speaking
    releases: tuple[str, str]
    _reasons: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def judged(self) -> Judged:
        """Judge every pair."""
        pairs, speaking = self.pairs, self.speaking
        out = Judged.blank(len(pairs.before))
        both = (pairs.before >= 0) & (pairs.after >= 0)
        old, new = speaking.before >= 0, speaking.after >= 0
        self._one_sided(out, np.flatnonzero(~both & ~pairs.doubt))
        self._valueless(out, np.flatnonzero(both & ~old & ~new))
        self._lost(out, np.flatnonzero(both & old & ~new))
        self._won(out, np.flatnonzero(both & ~old & new))
        out.refuse(np.flatnonzero(pairs.doubt), "several versions of the runtime match it")
        self._valued(out, np.flatnonzero(both & old & new))
        return out

    # ------------------------------------------------------------------ cells without two values

    def _one_sided(self, out: Judged, at: Ints) -> None:
        """Judge cells of one release only: gone or new where they have a value to lose or win."""
        cells = self.collection.cell_columns
        known = self.pairs.known()[at]
        is_new = self.pairs.before[at] < 0
        codes = cells.arrays["platform"][known]
        for group, first in _groups(is_new, codes, *self._state_codes(known)):
            new = bool(is_new[first])
            other = self.releases[0 if new else 1]
            reason = f"not planned for {other}"
            if cells.categories["platform"][codes[first]] not in self._platforms(other):
                reason = f"this platform was not measured for {other}"
            state = self._state(int(known[first]))
            if state == "ok":
                out.say(at[group], NEW if new else GONE, reason)
            else:
                out.refuse(at[group], f"{state} {'now' if new else 'before'}; {reason}")

    def _platforms(self, release: str) -> frozenset[str]:
        files = self.collection.catalogue.files
        return frozenset(info.platform.id for info in files if info.release == release)

    def _valueless(self, out: Judged, at: Ints) -> None:
        sides = [side[at] for side in (self.pairs.before, self.pairs.after)]
        codes = [code for side in sides for code in self._state_codes(side)]
        for group, first in _groups(*codes):
            old, new = (self._state(int(side[first])) for side in sides)
            told = f"{old} in both" if old == new else f"{old} before, {new} now"
            out.refuse(at[group], f"no value: {told}")

    def _lost(self, out: Judged, at: Ints) -> None:
        cells = self.pairs.after[at]
        for group, first in _groups(*self._state_codes(cells)):
            state = self._state(int(cells[first]))
            out.say(at[group], GONE, f"{state}; it had a value before")

    def _won(self, out: Judged, at: Ints) -> None:
        cells = self.pairs.before[at]
        for group, first in _groups(*self._state_codes(cells)):
            out.say(at[group], NEW, f"{self._state(int(cells[first]))} before")

    def _state_codes(self, at: Ints) -> tuple[Ints, ...]:
        arrays = self.collection.cell_columns.arrays
        return tuple(arrays[name][at] for name in ("state", "reason"))

    def _state(self, cell: int) -> str:
        state, reason = (self.collection.text(name, cell) for name in ("state", "reason"))
        return f"{state} ({clean(reason)})" if reason else state

    # --------------------------------------------------------------------- cells with two values

    def _valued(self, out: Judged, at: Ints) -> None:
        at = self._of_one_thing(out, at)
        old, new = (self._side(side, at) for side in ("before", "after"))
        metric = self.speaking.metric[at]
        free = self._comparable(out, at, metric, old, new)
        at, metric, old, new = at[free], metric[free], old.take(free), new.take(free)
        quality = self._of_metrics(lambda name: self._kind(name) is Kind.QUALITY)[metric]
        for which, judge in ((~quality, self._ratios), (quality, self._qualities)):
            judge(out, at[which], metric[which], old.take(which), new.take(which))

    def _of_one_thing(self, out: Judged, at: Ints) -> Ints:
        """Refuse pairs of different processors or data sets; return the others."""
        cells = self.collection.cell_columns
        before, after = self.pairs.before[at], self.pairs.after[at]
        files, data = cells.arrays["file"], cells.arrays["dataset"][after]
        kept = np.ones(len(at), dtype=np.bool_)
        for group, first in _groups(files[before], files[after], data):
            infos = [self.collection.catalogue.files[files[s[first]]] for s in (before, after)]
            reason = refusal_of_files(infos[0], infos[1], cells.categories["dataset"][data[first]])
            if reason:
                out.refuse(at[group], reason)
                kept[group] = False
        return at[kept]

    def _side(self, side: str, at: Ints) -> Side:
        rows, arrays = getattr(self.speaking, side)[at], self.collection.value_columns.arrays
        names = ("value", "low", "high", "n", "unit", "definition")
        return Side(getattr(self.pairs, side)[at], *(arrays[name][rows] for name in names))

    def _of_metrics(self, asked: Callable[[str], bool]) -> Flags:
        """Return the answer for every metric, by its code."""
        names = self.collection.value_columns.categories["metric"]
        return np.array([asked(name) for name in names], dtype=np.bool_)

    def _kind(self, metric: str) -> Kind:
        return self.collection.metric(metric).kind

    def _comparable(self, out: Judged, at: Ints, metric: Ints, old: Side, new: Side) -> Flags:
        """Refuse what ``comparison.refusal_of`` refuses; return which pairs are left."""
        units = self.collection.value_columns.categories["unit"]
        free = np.ones(len(at), dtype=np.bool_)
        quality = self._of_metrics(lambda name: self._kind(name) is Kind.QUALITY)[metric]

        def refuse(where: Flags, tell: Callable[[int], str], *codes: Ints) -> None:
            hit = np.flatnonzero(where & free)
            free[hit] = False
            for group, first in _groups(*(code[hit] for code in codes)):
                out.refuse(at[hit[group]], tell(int(hit[first])))

        def told_units(i: int) -> str:
            first, second = units[old.unit[i]], units[new.unit[i]]
            return f"in {first or 'no unit'} before, in {second or 'no unit'} now"

        refuse(old.unit != new.unit, told_units, old.unit, new.unit)
        refuse(
            old.definition != new.definition, lambda _: "computed by another definition", metric * 0
        )
        both_counted = (old.n >= 0) & (new.n >= 0)
        refuse(
            quality & both_counted & (old.n != new.n),
            lambda i: f"measured on {old.n[i]} samples before, on {new.n[i]} now",
            old.n,
            new.n,
        )
        busy = [self._unusable(metric, side) & ~quality for side in (old, new)]
        for which, when in zip(busy, ("before", "now"), strict=True):
            reason = f"the machine was too busy {when} to conclude anything"
            refuse(which, lambda _, reason=reason: reason, metric * 0)  # type: ignore[misc]
        positive = (old.value > 0) & (new.value > 0)
        refuse(~positive & ~quality, lambda _: "a ratio needs two positive values", metric * 0)
        return free

    def _unusable(self, metric: Ints, side: Side) -> Flags:
        """Return where a machine was too busy; only what takes time suffers from that."""
        numbers = self.collection.cell_columns.arrays["verdict"][side.cell]
        verdicts = self.collection.cell_columns.objects["verdict"]
        distinct, codes = np.unique(numbers, return_inverse=True)
        busy = [
            (verdict := verdicts[number]) is not None and verdict.calm is Calm.UNUSABLE
            for number in distinct.tolist()
        ]
        timed = self._of_metrics(
            lambda name: self._kind(name) is Kind.SPEED or name.startswith("time@")
        )
        return np.array(busy, dtype=np.bool_)[codes] & timed[metric]

    def _higher(self, metric: Ints) -> Flags:
        return self._of_metrics(
            lambda name: self.collection.metric(name).direction is Direction.HIGHER
        )[metric]

    def _floors(self, metric: Ints, old: Side) -> Floats:
        """Return the larger noise floor of both releases; NaN where none is known."""
        platforms = self.collection.cell_columns.categories["platform"]
        codes = self.collection.cell_columns.arrays["platform"][old.cell]
        speed = self._of_metrics(lambda name: self._kind(name) is Kind.SPEED)[metric]
        known = np.full(len(platforms), np.nan)
        for code in np.unique(codes[speed]).tolist():
            floors = [
                self.collection.together.noise_floor(platforms[code], release)
                for release in self.releases
            ]
            known[code] = max((each for each in floors if each is not None), default=np.nan)
        return np.where(speed, known[codes], np.nan)

    def _ratios(self, out: Judged, at: Ints, metric: Ints, old: Side, new: Side) -> None:
        """Do as ``comparison.ratio`` and its judgement do."""
        value, low, high = ratios(old, new, self._higher(metric))
        floor = self._floors(metric, old)
        out.figure[at] = FIGURES.index(GAIN)
        out.value[at], out.low[at], out.high[at], out.floor[at] = value, low, high, floor
        out.size[at] = np.abs(np.log(value))
        bounded = ~np.isnan(low)
        out.method[at[bounded]] = RATIO_METHOD
        out.kind[at] = np.where(value > 1, _CODE[BETTER], _CODE[WORSE])
        equal = old.value == new.value
        exact = self._of_metrics(EXACT.__contains__)[metric]
        out.say(at[equal], SAME, "the same value")
        open_ = ~equal & ~exact
        unknown = open_ & ~bounded & np.isnan(floor)
        out.refuse(at[unknown], "neither an interval nor a noise floor is known")
        inside = bounded & (low <= 1) & (high >= 1)
        limit = np.nan_to_num(floor)
        quiet = open_ & ~unknown & (inside | ~(np.abs(np.log(value)) > np.log1p(limit)))
        out.say(at[quiet & inside], SAME, "the interval includes 1")
        below = np.flatnonzero(quiet & ~inside)
        for group, first in _groups(limit[below]):
            shown = 100 * limit[below[first]]
            out.say(at[below[group]], SAME, f"less than the noise floor of {shown:.1f} %")

    def _qualities(self, out: Judged, at: Ints, metric: Ints, old: Side, new: Side) -> None:
        """Do as ``comparison.loss`` and its judgement do; paired by samples where known."""
        value, low, high = losses(old, new, self._higher(metric))
        method = np.where(np.isnan(low), "", DIFFERENCE_METHOD).astype(object)
        exact = np.full(len(at), np.nan)
        for i, found in self._paired(metric, old, new):
            value[i] = found.drop.value
            low[i], high[i] = (
                np.nan if end is None else end for end in (found.drop.low, found.drop.high)
            )
            method[i] = found.drop.method if found.drop.low is not None else ""
            exact[i] = found.exact
        out.figure[at] = FIGURES.index(DROP)
        out.value[at], out.low[at], out.high[at] = value + 0.0, low, high
        out.method[at], out.exact[at] = method, exact
        scale = np.where(old.value == 0, 1.0, np.abs(old.value))
        out.size[at] = np.abs(value) / scale
        out.kind[at] = np.where(value > 0, _CODE[WORSE], _CODE[BETTER])
        equal, bounded = value == 0, ~np.isnan(low) & ~np.isnan(high)
        out.refuse(at[~equal & ~bounded], "no interval is known")
        inside = ~equal & bounded & (low <= 0) & (high >= 0)
        out.say(at[inside], SAME, "the interval includes 0")
        out.say(at[equal], SAME, "the same value")

    def _paired(self, metric: Ints, old: Side, new: Side) -> Iterator[tuple[int, Any]]:
        samples = SamplePairs(self.collection)
        if not samples.any(new.cell):
            return
        names = self.collection.value_columns.categories["metric"]
        units = self.collection.value_columns.categories["unit"]
        for i in range(len(metric)):
            found = samples.found(
                names[metric[i]],
                units[new.unit[i]],
                (int(old.cell[i]), int(new.cell[i])),
                (float(old.value[i]), float(new.value[i])),
            )
            if found is not None:
                yield i, found


def ratios(old: Side, new: Side, higher: Flags) -> tuple[Floats, Floats, Floats]:
    """Return gains with their intervals, of independent runs; NaN ends where one is not known."""
    ends = [
        (
            np.where(higher, getattr(old, name), getattr(new, name)),
            np.where(higher, getattr(new, name), getattr(old, name)),
        )
        for name in ("value", "low", "high")
    ]
    (first, second), (first_low, second_low), (first_high, second_high) = ends
    value = second / first
    with np.errstate(invalid="ignore", divide="ignore"):
        known = (first_low > 0) & (second_low > 0) & (first_high > 0) & (second_high > 0)
        logs = [np.log(np.where(known, end, 1.0)) for pair in ends for end in pair]
    b, c, b_low, c_low, b_high, c_high = logs
    low = value * np.exp(-np.hypot(c - c_low, b_high - b))
    high = value * np.exp(np.hypot(c_high - c, b - b_low))
    return value, np.where(known, low, np.nan), np.where(known, high, np.nan)


def losses(old: Side, new: Side, higher: Flags) -> tuple[Floats, Floats, Floats]:
    """Return losses of quality with their intervals, positive when worse, as independent."""
    first = [np.where(higher, getattr(old, n), getattr(new, n)) for n in ("value", "low", "high")]
    second = [np.where(higher, getattr(new, n), getattr(old, n)) for n in ("value", "low", "high")]
    value = first[0] - second[0]
    low = value - np.hypot(first[0] - first[1], second[2] - second[0])
    high = value + np.hypot(first[2] - first[0], second[0] - second[1])
    missing = np.isnan(low) | np.isnan(high)
    return value, np.where(missing, np.nan, low), np.where(missing, np.nan, high)


def refusal_of_files(old: FileInfo, new: FileInfo, dataset: str) -> str:
    """Say why cells of two files are not of the same thing; empty where they are."""
    first, second = (info.platform.processor for info in (old, new))
    for name in ("name", "architecture", "cores", "sockets"):
        one, other = getattr(first, name), getattr(second, name)
        if one and other and one != other:
            return f"another processor: {clean(f'{one}, then {other}')} ({name})"
    hashes = [found.sha256 for info in (old, new) if (found := info.datasets.get(dataset))]
    if len({one for one in hashes if one}) > 1:
        return "the data set has other content"
    return ""


def _groups(*columns: NDArray[Any]) -> Iterator[tuple[Ints, int]]:
    """Yield the places of equal rows, and the first of them."""
    if not len(columns[0]):
        return
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        distinct, codes = np.unique(column, return_inverse=True)
        number = np.unique(number * len(distinct) + codes, return_inverse=True)[1].reshape(-1)
    order = np.argsort(number, kind="stable")
    edges = np.flatnonzero(np.diff(number[order])) + 1
    for places in np.split(order, edges):
        yield places, int(places[0])


def worst_first(kind: Ints, size: Floats, keys: Sequence[Ints]) -> Ints:
    """Return the order in which changes are looked at: by kind, then size, then key."""
    return np.lexsort((*reversed(keys), -size, kind))
