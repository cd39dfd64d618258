"""Geometry of charts."""

from __future__ import annotations

from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import made
from pages.goldens import Html
from syrupy.assertion import SnapshotAssertion

from benchfolio.generator.render import Renderer
from benchfolio.generator.svg import (
    SHAPES,
    Box,
    Taken,
    bar_plot,
    chart_table,
    history_plot,
    nice_ticks,
    scatter_plot,
    shorten,
    tick_text,
)
from benchfolio.generator.svgstyle import TRACKS
from benchfolio.generator.view import Bar, BarGroup, Chart, Stop, Track

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


BOXES = st.tuples(*4 * (st.floats(0, 200),)).map(
    lambda box: (min(box[::2]), min(box[1::2]), max(box[::2]), max(box[1::2]))
)


@given(st.lists(BOXES, max_size=8), BOXES)
def test_taken_places_are_found(boxes: list[Box], box: Box) -> None:
    """A place is free when it overlaps with none of those taken, compared one by one."""
    apart = all(
        box[0] >= other[2] or other[0] >= box[2] or box[1] >= other[3] or other[1] >= box[3]
        for other in boxes
    )
    assert Taken(boxes).overlaps(box) is not apart


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


STEPS = ("2026.1", "2026.2", "2026.3")


def history(*tracks: tuple[float | None, ...], y_label: str = "throughput, 1/s") -> Chart:
    """Return a history of some lines."""
    return Chart(
        id="h",
        title="h",
        kind="history",
        x_label="release",
        y_label=y_label,
        better="higher",
        steps=STEPS,
        tracks=tuple(
            Track(
                label=f"line {number}",
                stops=tuple(
                    Stop(value=value, text="failed")
                    if value is None
                    else Stop(value=value, text=str(value), low=value - 1, high=value + 1)
                    for value in values
                ),
            )
            for number, values in enumerate(tracks)
        ),
    )


def test_a_line_is_broken_where_a_value_is_missing() -> None:
    """No line leads over a gap, and the gap is told in words below its release."""
    plot = history_plot(history((1.0, None, 3.0), (1.0, 2.0, 3.0)))
    broken, whole = plot.routes
    assert broken.parts == ()
    assert len(broken.spots) == 2
    assert [len(part) for part in whole.parts] == [3]
    assert [step.notes for step in plot.steps] == [(), ("1 failed",), ()]


def test_speeds_start_at_zero_and_shares_do_not() -> None:
    """The axis of a speed contains 0; that of a quality near 100 % is where its values are."""
    assert history_plot(history((90.0, 91.0, 92.0))).y_ticks[0].text == "0"
    near = history_plot(history((90.0, 91.0, 92.0), y_label="accuracy, %"))
    assert float(near.y_ticks[0].text) > 50


@given(st.lists(st.tuples(*(st.none() | st.floats(1, 100),) * 3), min_size=1, max_size=8))
def test_lines_are_told_apart_without_colour(
    tracks: list[tuple[float | None, float | None, float | None]],
) -> None:
    """Each line has a mark of its own shape, and labels never stand on each other."""
    routes = history_plot(history(*tracks)).routes
    assert len({route.shape for route in routes}) == len(routes)
    heights = sorted(route.label_y for route in routes)
    assert all(b - a >= 14.8 for a, b in pairwise(heights))
    for route, values in zip(routes, tracks, strict=True):
        assert (route.end is None) is (values[-1] is None)
        assert bool(route.missing) is (values[-1] is None)
        assert len(route.spots) == sum(value is not None for value in values)


def test_whiskers_of_neighbours_do_not_coincide() -> None:
    """Two lines of the same values stand beside each other."""
    one, other = history_plot(history((1.0, 2.0, 3.0), (1.0, 2.0, 3.0))).routes
    assert all(a.x != b.x for a, b in zip(one.spots, other.spots, strict=True))


def test_the_table_of_a_history_says_what_its_lines_say() -> None:
    """One row for each line, one column for each release, states as words."""
    table = chart_table(history((1.0, None, 3.0)))
    assert [column.label for column in table.columns] == ["Name", *STEPS]
    (row,) = table.rows
    assert [entry.text for entry in row.entries] == ["line 0", "1.0", "failed", "3.0"]
    assert row.entries[2].state == "failed"


HISTORY = history((10.0, None, 30.0), (12.0, 22.0, 31.0))


@pytest.mark.parametrize(
    "chart", [made.BARS, made.SCATTER, HISTORY], ids=lambda chart: str(chart.kind)
)
def test_a_chart_as_a_file_needs_no_style_sheet(chart: Chart) -> None:
    """It is well-formed, of a stated size, has no class, style or link, and colours of its own."""
    text = Renderer().drawing(chart)
    root = ElementTree.fromstring(text)
    assert float(root.attrib["width"]) > 0
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not names & {"style", "script", "a", "image", "foreignObject"}
    assert not any({"class", "style", "href"} & set(element.attrib) for element in root.iter())
    assert [element.tag.rpartition("}")[2] for element in root][:3] == ["title", "desc", "rect"]
    assert root[3].text == chart.title
    shapes = [element for element in root.iter() if element.tag.endswith(("path", "polyline"))]
    assert all(element.get("fill") for element in shapes)
    assert made.SCRIPT not in text


def test_colours_of_lines_are_those_of_the_style_sheet() -> None:
    """A chart as a file looks like the one on its page; every line has a colour in both themes."""
    css = (Path(str(files("benchfolio.sphinxext"))) / "static" / "benchfolio.css").read_text(
        "utf-8"
    )
    for number, colour in enumerate(TRACKS):
        assert f"--bf-track-{number}: light-dark({colour}, #" in css
        assert f"\n.bf-track-{number} {{\n" in css
    assert len(TRACKS) == len(SHAPES)


def test_history_is_written_as_it_was(snapshot: SnapshotAssertion) -> None:
    """A history with a gap, whiskers and labels is written as agreed."""
    html = Renderer().chart(HISTORY, lambda _: "", prefix="history")
    assert html == snapshot.use_extension(Html)
