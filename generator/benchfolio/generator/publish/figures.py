"""Everything that is known of values, as columns: what documents and the table are made from.

Figures come as the frame of the collection has them, for a whole stretch at once; only cells that
were measured in turn, or on the same samples as their baseline, are looked at one by one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchfolio.generator.collection import Collection
from benchfolio.generator.derive import DIFFERENCE_METHOD, RATIO_METHOD
from benchfolio.generator.measured import Measured
from benchfolio.results import Calm, Kind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_CONFIDENCE = 0.95
"""Of an interval that does not say."""

CALM = (Calm.QUIET, Calm.NOISY, Calm.UNUSABLE)
"""From good to bad."""

FIGURES: Mapping[str, str] = MappingProxyType(
    {"change": "drop", "relative": "gain", "drop": "drop", "gain": "gain"}
)
"""Derived figure → the one that it has method and pairs of."""

_METHODS: Mapping[str, str] = MappingProxyType({"drop": DIFFERENCE_METHOD, "gain": RATIO_METHOD})
_PAIRS: Mapping[str, str] = MappingProxyType({"drop": "drop_pairs", "gain": "gain_rounds"})
_ENDS = ("", "_low", "_high")


@dataclass(frozen=True, eq=False)
class Words:
    """A column of texts: each once, and the number of each row's; -1 is none."""

    names: Sequence[str]
    codes: NDArray[Any]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: slice) -> Words:
        """Return some of the rows."""
        return Words(self.names, self.codes[rows])

    def texts(self) -> list[str | None]:
        """Return the text of each row."""
        names = [*self.names, None]
        return [names[code] for code in self.codes.tolist()]


@dataclass(frozen=True, eq=False)
class Derived:
    """A figure that follows from values and their baselines; see ``types.Derived``.

    Attributes:
        value: The figure; NaN where there is none.
        low: Lower end; NaN where none is known.
        high: Upper end; NaN where none is known.
        method: How the ends were found; none without them.
        n: Rounds or samples that are paired; -1 where none are.
    """

    value: Floats
    low: Floats
    high: Floats
    method: Words
    n: Ints

    def __getitem__(self, rows: slice) -> Derived:
        """Return some of the rows."""
        return Derived(
            value=self.value[rows],
            low=self.low[rows],
            high=self.high[rows],
            method=self.method[rows],
            n=self.n[rows],
        )


class Figures:
    """The values of some consecutive rows of a collection.

    Args:
        collection: The results.
        first: The first row of ``value_columns``.
        last: The row after the last.
    """

    def __init__(self, collection: Collection, first: int, last: int) -> None:
        self._collection = collection
        frame, rows = collection.value_columns, slice(first, last)
        self._arrays = {name: column[rows] for name, column in frame.arrays.items()}
        self._names = frame.categories
        self.cell: Ints = self._arrays["cell"]
        self.is_baseline: Flags = self._arrays["baseline"] == self.cell
        self._derives: Flags = ~self.is_baseline & (self._arrays["refusal"] == 0)
        self._methods: dict[str, list[str]] = {name: [text] for name, text in _METHODS.items()}
        self._method = {name: np.zeros(len(self.cell), dtype=np.int64) for name in _METHODS}
        self._pairs = {name: np.full(len(self.cell), -1, dtype=np.int64) for name in _METHODS}
        self._pair()

    def __len__(self) -> int:
        return len(self.cell)

    # What was measured --------------------------------------------------------------------

    @property
    def metric(self) -> Words:
        """The metric of each value."""
        return Words(self._names["metric"], self._arrays["metric"])

    @cached_property
    def direction(self) -> Words:
        """Whether higher or lower is better."""
        names = [self._collection.metric(id_).direction.value for id_ in self._names["metric"]]
        return Words(names, self._arrays["metric"])

    @property
    def value(self) -> Floats:
        """The values."""
        return self._number("value")

    @property
    def unit(self) -> Words:
        """The unit of each, which may be an empty text."""
        return Words(self._names["unit"], self._arrays["unit"])

    @property
    def n(self) -> Ints:
        """Samples or requests; -1 where it is not known."""
        found: Ints = self._arrays["n"]
        return found

    @cached_property
    def _has_interval(self) -> Flags:
        known: Flags = ~(np.isnan(self._arrays["low"]) | np.isnan(self._arrays["high"]))
        return known

    @cached_property
    def low(self) -> Floats:
        """Lower end of the interval of each value."""
        return np.where(self._has_interval, self._arrays["low"], np.nan)

    @cached_property
    def high(self) -> Floats:
        """Upper end of the interval of each value."""
        return np.where(self._has_interval, self._arrays["high"], np.nan)

    @cached_property
    def confidence(self) -> Floats:
        """Confidence of these intervals."""
        found = self._arrays["confidence"]
        known = np.where(np.isnan(found) | (found == 0), _CONFIDENCE, found)
        return np.where(self._has_interval, known, np.nan)

    @cached_property
    def method(self) -> Words:
        """How these intervals were computed."""
        codes = np.where(self._has_interval, self._arrays["method"], -1)
        return Words(self._names["method"], codes)

    @cached_property
    def spread(self) -> Floats:
        """Interquartile ranges of the samples."""
        found = self._arrays["spread"]
        return np.where(np.isfinite(found), found, np.nan)

    @cached_property
    def definition(self) -> Words:
        """What exactly was computed."""
        return self._stated("definition")

    @cached_property
    def printed(self) -> Words:
        """What a publication prints."""
        return self._stated("printed")

    # What follows -------------------------------------------------------------------------

    @cached_property
    def refusal(self) -> Words:
        """Why nothing is derived; none of baselines, and where there is no reason."""
        codes = np.where(self.is_baseline, -1, self._arrays["refusal"])
        return Words(self._names["refusal"], np.where(codes == 0, -1, codes))

    @cached_property
    def derived(self) -> Mapping[str, Derived]:
        """Each of ``FIGURES``: drops are of quality, and gains of everything else."""
        return {name: self._derived(name) for name in FIGURES}

    @property
    def losses(self) -> Floats:
        """The drop of each value, also where it is not told; NaN where none is known."""
        return self._number("drop")

    @property
    def gains(self) -> Floats:
        """The gain of each value, of whatever it is; NaN where none is known."""
        return np.where(self._derives, self._number("gain"), np.nan)

    def _derived(self, figure: str) -> Derived:
        of = FIGURES[figure]
        known = self._derives & np.isfinite(self._number(figure))
        if figure in ("drop", "gain"):
            known &= self._arrays["quality"] == (figure == "drop")
        value, low, high = (self._number(figure + end) for end in _ENDS)
        ends = known & np.isfinite(low) & np.isfinite(high)
        return Derived(
            value=np.where(known, value, np.nan),
            low=np.where(ends, low, np.nan),
            high=np.where(ends, high, np.nan),
            method=Words(self._methods[of], np.where(ends, self._method[of], -1)),
            n=np.where(known, self._pairs[of], -1),
        )

    @cached_property
    def within_noise(self) -> Flags:
        """Whether noise could have given each gain; as ``Measured.is_within_noise``."""
        gain, low, high = (self._number("gain" + end) for end in _ENDS)
        told = ~np.isnan(self.noise_floor) | (self._pairs["gain"] >= 0)
        at = np.flatnonzero(told & self._derives & ~np.isnan(gain))
        far = np.array([_distance(one) for one in gain[at].tolist()], dtype=np.float64)
        floors = np.nan_to_num(self.noise_floor[at], nan=0.0).tolist()
        beyond = far > np.array([math.log1p(one) for one in floors], dtype=np.float64)
        around = (low[at] <= 1) & (high[at] >= 1)
        found = np.zeros(len(self), dtype=np.bool_)
        found[at] = ~(beyond & ~around)
        return found

    @cached_property
    def undetectable(self) -> Flags:
        """Whether paired samples show neither a loss nor a win of quality."""
        low, high = self._number("drop_low"), self._number("drop_high")
        return self._derives & (self._pairs["drop"] >= 0) & (low <= 0) & (high >= 0)

    @cached_property
    def noise_floor(self) -> Floats:
        """Distance from 1 below which nothing is called a gain; NaN where it is not known."""
        found = np.full(len(self), np.nan)
        is_speed = self._of_metrics(lambda id_: self._kind(id_) is Kind.SPEED)
        if not (is_speed.any() and self._is_watched):
            return found
        codes = np.array([self._cells.arrays[name][self.cell] for name in ("platform", "release")])
        pairs, place = np.unique(codes, axis=1, return_inverse=True)
        names = [self._cells.categories[name] for name in ("platform", "release")]
        floors = [
            self._collection.together.noise_floor(names[0][platform], names[1][release])
            for platform, release in pairs.T.tolist()
        ]
        known = np.array([np.nan if one is None else one for one in floors], dtype=np.float64)
        return np.where(is_speed, known[place.reshape(-1)], np.nan)

    @cached_property
    def calm(self) -> Words:
        """How far the machine let each value that takes time and its baseline alone."""
        names = [calm.value for calm in CALM]
        timed = self._of_metrics(
            lambda id_: self._kind(id_) is Kind.SPEED or id_.startswith("time@")
        )
        if not (timed.any() and self._is_watched):
            return Words(names, np.full(len(self), -1))
        base = self._arrays["baseline"]
        own, theirs = self._calm(self.cell), self._calm(np.maximum(base, 0))
        worse = np.maximum(own, np.where(base >= 0, theirs, -1))
        return Words(names, np.where(timed, worse, -1))

    # How it is looked up ------------------------------------------------------------------

    @property
    def _cells(self) -> Any:  # noqa: ANN401 - a frame; its type would have to be imported
        return self._collection.cell_columns

    @cached_property
    def _is_watched(self) -> bool:
        """Whether anything is known of rounds, samples or the machine, in any cell."""
        arrays = self._cells.arrays
        return any(arrays[name].any() for name in ("rounds", "outcomes", "verdict"))

    def _kind(self, metric: str) -> Kind:
        return self._collection.metric(metric).kind

    def _of_metrics(self, holds: Any) -> Flags:  # noqa: ANN401 - a predicate of a metric's id
        known = np.array([holds(id_) for id_ in self._names["metric"]], dtype=np.bool_)
        found: Flags = known[self._arrays["metric"]]
        return found

    def _calm(self, cells: Ints) -> Ints:
        """Return the place in ``CALM`` of what is said of each cell; -1 of nothing."""
        numbers, inverse = np.unique(self._cells.arrays["verdict"][cells], return_inverse=True)
        verdicts = (self._cells.objects["verdict"][number] for number in numbers.tolist())
        codes = [-1 if verdict is None else CALM.index(verdict.calm) for verdict in verdicts]
        found: Ints = np.array(codes, dtype=np.int64)[inverse.reshape(-1)]
        return found

    def _number(self, name: str) -> Floats:
        found: Floats = self._arrays[name]
        return found

    def _stated(self, name: str) -> Words:
        """Return a column of texts of which the empty one says nothing."""
        names, codes = self._names[name], self._arrays[name]
        empty = names.index("") if "" in names else -1
        return Words(names, np.where(codes == empty, -1, codes))

    def _pair(self) -> None:
        """Take what rounds and samples say for cells that have any."""
        paired = list(self._paired())
        if not paired:
            return
        rows = np.array([row for row, _ in paired], dtype=np.int64)
        found = [one for _, one in paired]
        for name in (name + end for name in FIGURES for end in _ENDS):
            column = self._arrays[name].copy()
            column[rows] = np.array([getattr(one, name) for one in found], dtype=np.float64)
            self._arrays[name] = column
        for name, attribute in _PAIRS.items():
            for row, one in paired:
                n = getattr(one, attribute)
                if n is not None:
                    self._pairs[name][row] = n
                    self._method[name][row] = self._numbered(name, getattr(one, f"{name}_method"))

    def _numbered(self, name: str, method: str) -> int:
        known = self._methods[name]
        if method not in known:
            known.append(method)
        return known.index(method)

    def _paired(self) -> Iterator[tuple[int, Measured]]:
        """Yield the rows that are paired with their baselines, and their values."""
        arrays = self._cells.arrays
        has = (arrays["rounds"][self.cell] != 0) | (arrays["outcomes"][self.cell] != 0)
        rows = np.flatnonzero(has & self._derives & (self._arrays["baseline"] >= 0))
        for code in np.unique(self._arrays["metric"][rows]).tolist():
            mine = rows[self._arrays["metric"][rows] == code]
            cells = self.cell[mine].tolist()
            found = self._collection.measured(self._names["metric"][code], cells)
            for row, cell in zip(mine.tolist(), cells, strict=True):
                one = found[cell]
                if one.gain_rounds is not None or one.drop_pairs is not None:
                    yield row, one


def _distance(gain: float) -> float:
    """Return how far a gain is from 1; one that is not positive is not far from anything."""
    return abs(math.log(gain)) if gain > 0 else -1.0
