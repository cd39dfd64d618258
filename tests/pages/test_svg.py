"""Geometry of charts."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import made

from benchfolio.generator.svg import (
    bar_plot,
    chart_table,
    nice_ticks,
    scatter_plot,
    shorten,
    tick_text,
)
from benchfolio.generator.view import Bar, BarGroup, Chart

NUMBERS = st.floats(min_value=-1e9, max_value=1e9, allow_nan=False).map(lambda n: round(n, 6))


def bars(*values: float | None) -> Chart:
    """Return a chart of some values."""
    shown = tuple(Bar(label=str(value), value=value, text=str(value)) for value in values)
    groups = (BarGroup(label="", bars=shown),)
    return Chart(id="c", title="c", kind="bar", x_label="x", groups=groups)


@given(NUMBERS, NUMBERS)
def test_ticks_enclose_the_values(one: float, other: float) -> None:
    """Ticks rise, enclose the values and are neither too few nor too many."""
    low, high = min(one, other), max(one, other)
    ticks = nice_ticks(low, high)
    margin = 1e-9 * max(abs(low), abs(high), 1)
    assert ticks[0] <= low + margin
    assert ticks[-1] >= high - margin
    assert list(ticks) == sorted(set(ticks))
    assert 2 <= len(ticks) <= 9


@pytest.mark.parametrize(
    ("value", "step", "expected"),
    [
        (0.0, 0.5, "0.0"),
        (-0.0, 0.5, "0.0"),
        (-2.0, 1.0, "−2"),
        (1.5, 0.5, "1.5"),
        (2500, 500, "2500"),
    ],
)
def test_ticks_are_written_like_numbers_in_tables(value: float, step: float, expected: str) -> None:
    """A tick has the decimals of its step, a true minus sign and no negative zero."""
    assert tick_text(value, step) == expected


@given(st.lists(st.none() | NUMBERS, min_size=1, max_size=12))
def test_lengths_of_bars_are_in_proportion(values: list[float | None]) -> None:
    """Bars start at zero, so that their lengths are to each other as their values are."""
    plot = bar_plot(bars(*values))
    known = [(abs(v), s.width) for v, s in zip(values, plot.bars, strict=True) if v is not None]
    largest = max((value for value, _ in known), default=0.0)
    for value, width in known:
        assert width is not None
        if largest > 0:
            longest = max(w for _, w in known if w is not None)
            assert width == pytest.approx(longest * value / largest, abs=0.2)
    assert all(s.width is None for v, s in zip(values, plot.bars, strict=True) if v is None)


def test_numbers_stay_inside_the_drawing() -> None:
    """The number at the end of the longest bar is not cut off."""
    plot = bar_plot(bars(1, 1234567))
    longest = max(plot.bars, key=lambda bar: bar.width or 0)
    assert longest.text_at + len(longest.text) * 7 <= plot.width + 1


def test_front_runs_from_left_to_right() -> None:
    """The line of the front joins its points in the order of the horizontal axis."""
    turned = msgspec.structs.replace(made.SCATTER, points=made.SCATTER.points[::-1])
    plot = scatter_plot(turned)
    assert len(plot.front) == 2
    assert [x for x, _ in plot.front] == sorted(x for x, _ in plot.front)


def test_labels_of_points_do_not_overlap() -> None:
    """Of points in one place, labels are set apart or left to the table, never on each other."""
    point = made.SCATTER.points[0]
    crowd = tuple(
        msgspec.structs.replace(point, label=f"point {n}", x=1 + n / 1000) for n in range(12)
    )
    dots = scatter_plot(msgspec.structs.replace(made.SCATTER, points=crowd)).dots
    shown = [dot for dot in dots if dot.label]
    places = {(dot.label_x, dot.label_y, dot.anchor) for dot in shown}
    assert 2 <= len(shown) == len(places) < len(dots)


def test_long_names_keep_their_ends() -> None:
    """A long label loses its middle: the ends are where names differ."""
    short = shorten("bert-large-uncased-whole-word-masking-squad-0001")
    assert len(short) == 34
    assert short.startswith("bert-large")
    assert short.endswith("0001")


def test_table_of_a_chart_keeps_order_and_states() -> None:
    """The table of a chart has its bars in the same order, and states where values are missing."""
    rows = chart_table(made.BARS).rows
    assert [row.entries[1].text for row in rows] == ["Digits ResNet-8", made.SCRIPT, "tiny-lm"]
    assert rows[2].entries[2].state == "unsupported"
