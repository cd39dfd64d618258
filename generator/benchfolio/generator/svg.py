"""Geometry of charts: from a view chart to positions that a template only writes down.

Everything here is pure. Text widths are estimated, since nothing may depend on the fonts of the
machine that builds; labels that would not fit are shortened and given whole in a ``<title>``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from benchfolio.generator.view import Bar, Chart, Column, Entry, Link, Point, Row, Table

WIDTH = 760.0
ROW = 24.0
BAR = 14.0
GROUP = 30.0
CHARACTER = 8.0
"""Estimated width of a character at the size charts are set in."""

MAX_LABEL = 34
SCATTER_HEIGHT = 440.0


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """A position on an axis and the number that stands there."""

    at: float
    text: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A reference or limit: position on its axis, and its label."""

    at: float
    text: str
    anchor: str = "middle"


class BarShape(msgspec.Struct, frozen=True, kw_only=True):
    """A bar where it is drawn; ``width`` is ``None`` where there is no value."""

    label: str
    full_label: str
    text: str
    tip: str
    tone: str
    link: Link | None
    middle: float
    x: float
    width: float | None
    low: float | None
    high: float | None
    text_at: float
    text_anchor: str


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """Heading of a group of bars."""

    text: str
    at: float


class BarPlot(msgspec.Struct, frozen=True, kw_only=True):
    """A horizontal bar chart, ready to be written."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    zero: float
    bar: float
    ticks: tuple[Tick, ...]
    headings: tuple[Heading, ...]
    bars: tuple[BarShape, ...]
    reference: Line | None


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """A point of a scatter chart where it is drawn, with the place of its label."""

    label: str
    text: str
    tone: str
    front: bool
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str


class ScatterPlot(msgspec.Struct, frozen=True, kw_only=True):
    """A scatter chart, ready to be written; ``front`` are the corners of a line."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    front: tuple[tuple[float, float], ...]
    reference: Line | None
    limit: Line | None


def nice_step(span: float, wanted: int) -> float:
    """Return 1, 2 or 5 times a power of ten that cuts a span into about ``wanted`` parts."""
    if not (span > 0 and math.isfinite(span)):
        return 1.0
    raw = span / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    return next((power * factor for factor in (1, 2, 5) if raw <= power * factor), power * 10)


def nice_ticks(low: float, high: float, wanted: int = 5) -> tuple[float, ...]:
    """Return round numbers that enclose ``low`` to ``high``."""
    step = nice_step(high - low, wanted)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(index * step for index in range(first, max(last, first + 1) + 1))


def tick_text(value: float, step: float) -> str:
    """Write a tick with as many decimals as its step has, and a true minus sign."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{value:.{decimals}f}"
    return text.replace("-", "−") if float(f"{value:.{decimals}f}") else text.lstrip("-")


def shorten(text: str, most: int = MAX_LABEL) -> str:
    """Cut a label in the middle, where names of models differ least."""
    if len(text) <= most:
        return text
    head = (most - 1) // 2
    return f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"


def _scale(low: float, high: float, start: float, end: float) -> tuple[float, float]:
    factor = (end - start) / (high - low)
    return factor, start - low * factor


def _round(value: float) -> float:
    return round(value, 1) + 0.0


def _axis(
    ticks: Sequence[float], start: float, end: float
) -> tuple[tuple[Tick, ...], float, float]:
    factor, offset = _scale(ticks[0], ticks[-1], start, end)
    step = ticks[1] - ticks[0]
    marks = tuple(
        Tick(at=_round(tick * factor + offset), text=tick_text(tick, step)) for tick in ticks
    )
    return marks, factor, offset


def _bar_extent(chart: Chart) -> tuple[float, float]:
    numbers = [0.0]
    for group in chart.groups:
        for bar in group.bars:
            numbers += [n for n in (bar.value, bar.low, bar.high) if n is not None]
    if chart.reference is not None:
        numbers.append(chart.reference)
    low, high = min(numbers), max(numbers)
    return (low, high) if low < high else (low, low + 1.0)


def _edge_line(at: float, text: str, left: float, right: float) -> Line:
    half = len(text) * CHARACTER / 2
    anchor = "start" if at - half < left else "end" if at + half > right else "middle"
    return Line(at=_round(at), text=text, anchor=anchor)


def bar_plot(chart: Chart) -> BarPlot:
    """Lay out a horizontal bar chart; the value axis always contains zero."""
    bars = [bar for group in chart.groups for bar in group.bars]
    longest = max((len(shorten(bar.label)) for bar in bars), default=0)
    room = max((len(bar.text) for bar in bars), default=0)
    left = max(60.0, longest * CHARACTER + 14.0)
    right = WIDTH - max(24.0, room * CHARACTER + 12.0)
    low, high = _bar_extent(chart)
    ticks, factor, offset = _axis(nice_ticks(low, high), left, right)
    top = 26.0 if chart.reference is not None else 8.0
    shapes: list[BarShape] = []
    headings: list[Heading] = []
    y = top
    for group in chart.groups:
        if group.label:
            headings.append(Heading(text=group.label, at=_round(y + GROUP / 2 + 6)))
            y += GROUP
        for bar in group.bars:
            shapes.append(_bar_shape(bar, y + ROW / 2, factor, offset))
            y += ROW
    bottom = y + 4.0
    return BarPlot(
        width=WIDTH,
        height=bottom + 44.0,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        zero=_round(offset),
        bar=BAR,
        ticks=ticks,
        headings=tuple(headings),
        bars=tuple(shapes),
        reference=None
        if chart.reference is None
        else _edge_line(
            chart.reference * factor + offset,
            chart.reference_label or tick_text(chart.reference, 1),
            left,
            WIDTH,
        ),
    )


def _bar_shape(bar: Bar, middle: float, factor: float, offset: float) -> BarShape:
    ends = [n * factor + offset for n in (bar.value, bar.low, bar.high) if n is not None]
    negative = bar.value is not None and bar.value < 0
    value_at = offset if bar.value is None else bar.value * factor + offset
    # The number of a falling bar stands on the positive side, where nothing is drawn.
    text_at = (offset if negative else max([offset, *ends])) + 6
    if negative and bar.high is not None:
        text_at = max(text_at, bar.high * factor + offset + 6)
    return BarShape(
        label=shorten(bar.label),
        full_label=bar.label,
        text=bar.text,
        tip=bar.tip,
        tone=bar.tone,
        link=bar.link,
        middle=_round(middle),
        x=_round(min(offset, value_at)),
        width=None if bar.value is None else _round(abs(value_at - offset)),
        low=None if bar.low is None else _round(bar.low * factor + offset),
        high=None if bar.high is None else _round(bar.high * factor + offset),
        text_at=_round(text_at),
        text_anchor="start",
    )


def scatter_plot(chart: Chart) -> ScatterPlot:
    """Lay out a scatter chart; points without a finite place must have been left out before."""
    left, right, top, bottom = 66.0, WIDTH - 16.0, 26.0, SCATTER_HEIGHT - 56.0
    xs = [point.x for point in chart.points] + _known(chart.reference)
    ys = [point.y for point in chart.points] + _known(chart.limit)
    x_ticks, x_factor, x_offset = _axis(nice_ticks(*_extent(xs)), left, right)
    y_ticks, y_factor, y_offset = _axis(nice_ticks(*_extent(ys)), bottom, top)
    places = [(p, p.x * x_factor + x_offset, p.y * y_factor + y_offset) for p in chart.points]
    front = sorted((_round(x), _round(y)) for point, x, y in places if point.front)
    return ScatterPlot(
        width=WIDTH,
        height=SCATTER_HEIGHT,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        x_ticks=x_ticks,
        y_ticks=y_ticks,
        dots=_dots(places, left, right, top, bottom),
        front=tuple(front),
        reference=None
        if chart.reference is None
        else _edge_line(chart.reference * x_factor + x_offset, chart.reference_label, left, right),
        limit=None
        if chart.limit is None
        else Line(at=_round(chart.limit * y_factor + y_offset), text=chart.limit_label),
    )


def _known(value: float | None) -> list[float]:
    return [] if value is None else [value]


def _extent(numbers: Sequence[float]) -> tuple[float, float]:
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    if low == high:
        pad = abs(low) * 0.1 or 1.0
        return low - pad, high + pad
    pad = (high - low) * 0.04
    # What cannot be negative gets no negative axis just for the looks of it.
    return (low - pad if low < 0 or low > pad else 0.0), high + pad


Box = tuple[float, float, float, float]


def _dots(
    places: Iterable[tuple[Point, float, float]],
    left: float,
    right: float,
    top: float,
    bottom: float,
) -> tuple[Dot, ...]:
    """Place labels one after the other, each at the first free place around its point."""
    ordered = sorted(places, key=lambda place: (not place[0].front, place[1], place[2]))
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for _, x, y in ordered]
    dots: list[Dot] = []
    for point, x, y in ordered:
        label = shorten(point.label)
        place = _label_place(label, x, y, taken, (left, top, right, bottom))
        if place is None:
            label, place = "", (x, y, "start")
        else:
            taken.append(_label_box(label, *place))
        dots.append(
            Dot(
                label=label,
                text=point.text,
                tone=point.tone,
                front=point.front,
                x=_round(x),
                y=_round(y),
                label_x=_round(place[0]),
                label_y=_round(place[1]),
                anchor=place[2],
            )
        )
    return tuple(dots)


def _label_box(label: str, x: float, y: float, anchor: str) -> Box:
    width = len(label) * CHARACTER
    start = {"start": x, "end": x - width, "middle": x - width / 2}[anchor]
    return (start, y - 11, start + width, y + 3)


def _label_place(
    label: str, x: float, y: float, taken: Sequence[Box], frame: Box
) -> tuple[float, float, str] | None:
    """Return the first place that is inside the frame and free; ``None`` when there is none."""
    candidates = [
        (x + 9, y + 4, "start"),
        (x - 9, y + 4, "end"),
        (x, y - 10, "middle"),
        (x, y + 19, "middle"),
        (x + 9, y - 9, "start"),
        (x + 9, y + 17, "start"),
        (x - 9, y - 9, "end"),
        (x - 9, y + 17, "end"),
    ]
    for place in candidates:
        box = _label_box(label, *place)
        if _inside(box, frame) and not any(_overlap(box, other) for other in taken):
            return place
    return None


def _inside(box: Box, frame: Box) -> bool:
    return (
        box[0] >= frame[0] and box[1] >= frame[1] - 14 and box[2] <= frame[2] and box[3] <= frame[3]
    )


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def chart_table(chart: Chart) -> Table:
    """Return the figures of a chart as a table: the same values for who does not see it."""
    if chart.kind == "scatter":
        return _scatter_table(chart)
    grouped = any(group.label for group in chart.groups)
    group_column = (Column(id="group", label="Group", heading=True),) if grouped else ()
    return Table(
        id=f"{chart.id}-figures",
        title=f"Figures of the chart: {chart.title}",
        columns=(
            *group_column,
            Column(id="name", label="Name", heading=not grouped),
            Column(id="value", label=chart.x_label, better=chart.better, numeric=True),
            Column(id="interval", label="Interval", numeric=True),
        ),
        rows=tuple(
            Row(entries=(*((Entry(text=group.label),) if grouped else ()), *_bar_entries(bar)))
            for group in chart.groups
            for bar in group.bars
        ),
    )


def _bar_entries(bar: Bar) -> tuple[Entry, Entry, Entry]:
    interval = "" if bar.low is None or bar.high is None else f"{bar.low:.4g} to {bar.high:.4g}"
    state = "ok" if bar.value is not None else bar.text
    return (
        Entry(text=bar.label, link=bar.link),
        Entry(text=bar.text, tone=bar.tone, tip=bar.tip, state=state, raw=bar.value),
        Entry(text=interval.replace("-", "−")),
    )


def _scatter_table(chart: Chart) -> Table:
    return Table(
        id=f"{chart.id}-figures",
        title=f"Figures of the chart: {chart.title}",
        columns=(
            Column(id="name", label="Name", heading=True),
            Column(id="x", label=chart.x_label, numeric=True),
            Column(id="y", label=chart.y_label, numeric=True),
            Column(id="front", label="On the front"),
        ),
        rows=tuple(
            Row(
                entries=(
                    Entry(text=point.label),
                    Entry(text=f"{point.x:.4g}".replace("-", "−"), raw=point.x),
                    Entry(text=f"{point.y:.4g}".replace("-", "−"), raw=point.y),
                    Entry(text="yes" if point.front else "no"),
                )
            )
            for point in chart.points
        ),
    )
