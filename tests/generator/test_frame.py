"""Columns of a frame: what is looked up does not depend on how many are."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchfolio.generator.frame import Frame

TEXTS = st.lists(st.text(max_size=3), min_size=1, max_size=40)


@given(TEXTS, st.data())
def test_many_rows_are_read_as_each_alone(texts: list[str], data: st.DataObject) -> None:
    """Texts, counts and figures of many rows are those of one after the other, missing as None."""
    count = len(texts)
    figures = data.draw(st.lists(st.floats(), min_size=count, max_size=count))
    counts = data.draw(st.lists(st.integers(-1, 9), min_size=count, max_size=count))
    at = data.draw(st.lists(st.integers(0, count - 1), max_size=60))
    frame = Frame({"figure": np.array(figures), "n": np.array(counts)})
    frame.add("text", texts, np.arange(count))
    wanted = {
        "text": [texts[row] for row in at],
        "figure": [None if math.isnan(figures[row]) else figures[row] for row in at],
        "n": [None if counts[row] < 0 else counts[row] for row in at],
    }
    for name, expected in wanted.items():
        assert frame.take(name, at) == expected
        assert frame.take(name, np.array(at, dtype=np.int64)) == expected
        assert [frame.take(name, [row])[0] for row in at] == expected
