"""Rows that are kept as columns: each looks as if it had been kept itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchfolio.generator.explore.rows import Rows


class Fact(NamedTuple):
    """A row of every sort of column."""

    place: int
    value: float | None
    known: bool
    anchor: str


FACTS = st.lists(
    st.builds(
        Fact,
        st.integers(-5, 9),
        st.none() | st.floats(allow_nan=False),
        st.booleans(),
        st.text("c-0123456789abcdef", min_size=1),
    ),
    min_size=1,
    max_size=30,
)


def rows_of(facts: list[Fact]) -> Rows[Fact]:
    """Keep facts as columns."""
    places, values, known, anchors = zip(*facts, strict=True)
    figures = [np.nan if value is None else value for value in values]
    columns = map(np.array, (places, figures, known))
    named = dict(zip(Fact._fields, columns, strict=False))
    return Rows(Fact, named | {"anchor": np.array(anchors, dtype=np.bytes_)})


@given(FACTS, st.data())
def test_rows_come_back_as_they_were(facts: list[Fact], data: st.DataObject) -> None:
    """One by one, all together, a slice or a choice: the same rows, unknown figures as None."""
    rows = rows_of(facts)
    assert list(rows) == facts == [rows[at] for at in range(len(rows))]
    assert (rows[-1], list(rows[1:4])) == (facts[-1], facts[1:4])
    at = data.draw(st.lists(st.integers(0, len(facts) - 1)))
    taken = rows.take(np.array(at, dtype=np.int64), place=np.arange(len(at)))
    assert list(taken) == [facts[old]._replace(place=new) for new, old in enumerate(at)]
    assert len(taken) == len(at)


def test_more_rows_than_are_made_at_once() -> None:
    """A long list is complete, in order; behind its end is nothing."""
    facts = [Fact(at, at / 2, at % 2 == 0, f"c-{at}") for at in range(10_000)]
    rows = rows_of(facts)
    assert list(rows) == facts
    with pytest.raises(IndexError):
        rows[len(facts)]
