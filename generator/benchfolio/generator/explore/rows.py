"""Many rows of one kind, kept as columns: a row is made when somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")

_AT_ONCE = 4096
"""Rows that are made together where all are wanted."""


class Rows(Sequence[T], Generic[T]):
    """Rows by position.

    Args:
        kind: What a row is made of its values, in the order of the columns.
        columns: Arrays of one length by name: numbers, NaN where unknown, or ASCII as bytes.
    """

    def __init__(self, kind: type[T], columns: Mapping[str, NDArray[Any]]) -> None:
        self._kind = kind
        self._columns = dict(columns)

    def column(self, name: str) -> NDArray[Any]:
        """Return one column."""
        return self._columns[name]

    def take(self, at: NDArray[np.int64], **changed: NDArray[Any]) -> Rows[T]:
        """Return some rows, with other values in some columns."""
        columns = {name: column[at] for name, column in self._columns.items()}
        return Rows(self._kind, columns | changed)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    @overload
    def __getitem__(self, at: int) -> T: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[T]: ...

    def __getitem__(self, at: int | slice) -> T | Sequence[T]:
        columns = self._columns.values()
        if isinstance(at, slice):
            return list(map(self._kind, *(_plain(column[at]) for column in columns)))
        return self._kind(*[_told(column.item(at)) for column in columns])

    def __iter__(self) -> Iterator[T]:
        for start in range(0, len(self), _AT_ONCE):
            yield from self[start : start + _AT_ONCE]


def _plain(column: NDArray[Any]) -> list[Any]:
    """Return plain values; what is not known is ``None``."""
    if column.dtype.kind == "f":
        return [None if value != value else value for value in column.tolist()]
    known = column.astype(np.str_) if column.dtype.kind == "S" else column
    values: list[Any] = known.tolist()
    return values


def _told(value: float | bytes) -> float | str | None:
    """Return one plain value, likewise."""
    if isinstance(value, bytes):
        return value.decode("ascii")
    return None if value != value else value
