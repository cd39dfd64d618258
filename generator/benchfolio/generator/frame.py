"""Columns of one length: numbers as they are, text as numbers into a sorted list of texts.

This is all that results need of a data frame, without the third of a second that pandas takes to
import. Everybody but ``merge``, ``derive`` and ``collection`` gets plain lists and frozen values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_FEW = 8
"""Up to so many rows are looked up one by one: NumPy has a price for every call."""

_WIDEST = 2**62
"""Numbers that stand for several columns stay below."""


class Objects:
    """The objects of a column, kept as JSON and decoded when one is asked for.

    Attributes:
        encoded: What is kept, each once; the first place stands for the empty object.
    """

    def __init__(self, encoded: Sequence[bytes], kind: object, empty: object) -> None:
        self.encoded = encoded
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind)
        self._known: dict[int, Any] = {0: empty}

    def __getitem__(self, number: int) -> Any:  # noqa: ANN401 - of another type in each column
        if number not in self._known:
            self._known[number] = self._decoder.decode(self.encoded[number])
        return self._known[number]


@dataclass(frozen=True, eq=False)
class Frame:
    """Named columns of one length.

    Attributes:
        arrays: One number for each row; of text and objects the number that stands for it.
        categories: The texts of a text column, sorted: numbers compare as texts do.
        objects: The objects of a column of objects; number 0 is the empty one.
    """

    arrays: dict[str, NDArray[Any]]
    categories: dict[str, list[str]] = field(default_factory=dict)
    objects: dict[str, Objects] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values()), ()))

    def reorder(self, order: Ints) -> None:
        """Keep some of the rows, in another order; one column after the other, to save memory."""
        for name, column in self.arrays.items():
            self.arrays[name] = column[order]

    def add(self, name: str, texts: Sequence[str], at: NDArray[Any]) -> None:
        """Add a text column: one text for each place in another array."""
        known = sorted(set(texts))
        number = {text: place for place, text in enumerate(known)}
        rank = np.array([number[text] for text in texts], dtype=np.int32)
        self.categories[name] = known
        self.arrays[name] = rank[at] if len(rank) else np.zeros(0, dtype=np.int32)

    def number(self, name: str, text: str) -> int | None:
        """Return the number that stands for a text, if it occurs."""
        try:
            return self.categories[name].index(text)
        except ValueError:
            return None

    def equals(self, name: str, text: str) -> NDArray[np.bool_]:
        """Return where a text column has one text."""
        number = self.number(name, text)
        found: NDArray[np.bool_] = self.arrays[name] == (-1 if number is None else number)
        return found

    def text(self, name: str, row: int) -> str:
        """Return one value as text."""
        value = self.arrays[name][row]
        return self.categories[name][value] if name in self.categories else str(value)

    def matches(self, name: str, wanted: Sequence[str], at: Ints) -> NDArray[np.bool_]:
        """Return where a column has one of the wanted values, of some rows."""
        values = self.arrays[name][at]
        if name not in self.categories:
            return np.isin(values.astype(str), list(wanted))
        numbers = [self.number(name, text) for text in wanted]
        is_wanted = np.zeros(len(self.categories[name]), dtype=np.bool_)
        is_wanted[[number for number in numbers if number is not None]] = True
        found: NDArray[np.bool_] = is_wanted[values]
        return found

    def take(self, name: str, at: Sequence[int] | Ints) -> list[Any]:
        """Return plain values; what is not known (NaN, or -1 of a count) is ``None``."""
        column = self.arrays[name]
        if len(at) <= _FEW:
            values = [column.item(row) for row in at]
        else:
            values = column[np.asarray(at, dtype=np.int64)].tolist()
        known = self.categories.get(name) or self.objects.get(name)
        if known is not None:
            return list(map(known.__getitem__, values))
        if column.dtype.kind == "f":
            return [None if value != value else value for value in values]
        if name == "n":
            return [None if value < 0 else value for value in values]
        return list(values)

    def numbers(self, names: Iterable[str]) -> Ints:
        """Number the rows: equal ones, in these columns, alike; and in the order of the columns."""
        total, size = np.zeros(len(self), dtype=np.int64), 1
        for name in names:
            column = self.arrays[name].astype(np.int64)
            if name not in self.categories:
                column = dense(column)
            count = int(column.max(initial=0)) + 1
            if size * count > _WIDEST:
                total = dense(total)
                size = int(total.max(initial=0)) + 1
            total, size = total * count + column, size * count
        return total

    def data_frame(self) -> pd.DataFrame:
        """Return the columns for pandas: text as categories."""
        import pandas as pd

        columns: dict[str, Any] = {}
        for name, column in self.arrays.items():
            if name in self.categories:
                index = pd.Index(self.categories[name], dtype=object)
                columns[name] = pd.Categorical.from_codes(column.astype(np.int64), categories=index)
            elif name in self.objects:
                columns[name] = np.empty(len(column), dtype=object)
                columns[name][:] = [self.objects[name][number] for number in column.tolist()]
            else:
                columns[name] = column
        return pd.DataFrame(columns)


def dense(numbers: NDArray[Any]) -> Ints:
    """Return numbers from 0 on in the order of the given ones, without gaps."""
    return np.unique(numbers, return_inverse=True)[1].reshape(-1).astype(np.int64)
