"""Geometry of charts: from a view chart to positions that a template only writes down.

Everything here is pure. Text widths are estimated, since nothing may depend on the fonts of the
machine that builds; labels that would not fit are shortened and given whole in a ``<title>``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from benchfolio.generator.view import (
    Bar,
    Chart,
    Column,
    Entry,
    Link,
    Point,
    Row,
    Stop,
    Table,
    Track,
)

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
    mark: str
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
    left, right, top, bottom = 66.0, WIDTH - 16.0, 42.0, SCATTER_HEIGHT - 56.0
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

TILE = 24.0
"""Side of the tiles by which taken places are looked up."""


def _dots(
    places: Iterable[tuple[Point, float, float]],
    left: float,
    right: float,
    top: float,
    bottom: float,
) -> tuple[Dot, ...]:
    """Place labels one after the other, each at the first free place around its point."""
    ordered = sorted(places, key=lambda place: (not place[0].front, place[1], place[2]))
    taken = Taken((x - 5, y - 5, x + 5, y + 5) for _, x, y in ordered)
    dots: list[Dot] = []
    for point, x, y in ordered:
        label = shorten(point.label)
        place = _label_place(label, x, y, taken, (left, top, right, bottom))
        if place is None:
            label, place = "", (x, y, "start")
        else:
            taken.add(_label_box(label, *place))
        dots.append(
            Dot(
                label=label,
                text=point.text,
                tone=point.tone,
                front=point.front,
                mark=mark_path("diamond" if point.tone == "bad" else "circle", x, y),
                x=_round(x),
                y=_round(y),
                label_x=_round(place[0]),
                label_y=_round(place[1]),
                anchor=place[2],
            )
        )
    return tuple(dots)


class Taken:
    """Boxes in which something stands, by the tiles that they touch: charts have thousands."""

    def __init__(self, boxes: Iterable[Box]) -> None:
        self._tiles: defaultdict[tuple[int, int], list[Box]] = defaultdict(list)
        for box in boxes:
            self.add(box)

    def add(self, box: Box) -> None:
        """Take a box."""
        for tile in _tiles(box):
            self._tiles[tile].append(box)

    def overlaps(self, box: Box) -> bool:
        """Tell whether something stands in a box already."""
        return any(
            _overlap(box, other) for tile in _tiles(box) for other in self._tiles.get(tile, ())
        )


def _tiles(box: Box) -> Iterator[tuple[int, int]]:
    columns = range(int(box[0] // TILE), int(box[2] // TILE) + 1)
    for row in range(int(box[1] // TILE), int(box[3] // TILE) + 1):
        yield from ((column, row) for column in columns)


def _label_box(label: str, x: float, y: float, anchor: str) -> Box:
    width = len(label) * CHARACTER
    start = {"start": x, "end": x - width, "middle": x - width / 2}[anchor]
    return (start, y - 11, start + width, y + 3)


def _label_place(
    label: str, x: float, y: float, taken: Taken, frame: Box
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
        if _inside(box, frame) and not taken.overlaps(box):
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
    if chart.kind == "history":
        return _history_table(chart)
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


_RADIUS = 4.5


def mark_path(shape: str, x: float, y: float) -> str:
    """Return the outline of a mark around a point."""
    r = _RADIUS
    w = 2 * r
    paths = {
        "circle": f"M{_text(x - r)} {_text(y)}a{r} {r} 0 1 0 {w} 0a{r} {r} 0 1 0 -{w} 0z",
        "square": f"M{_text(x - 4)} {_text(y - 4)}h8v8h-8z",
        "triangle": f"M{_text(x)} {_text(y - 5)}l5 9h-10z",
        "diamond": f"M{_text(x)} {_text(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
        "cross": f"M{_text(x - 4)} {_text(y - 4)}l8 8m0 -8l-8 8",
        "plus": f"M{_text(x - 5)} {_text(y)}h10m-5 -5v10",
        "down": f"M{_text(x)} {_text(y + 5)}l5 -9h-10z",
        "bar": f"M{_text(x - 5)} {_text(y - 2)}h10v4h-10z",
    }
    return paths[shape]


def _text(value: float) -> str:
    return f"{_round(value):g}"


# Histories: one line per track over releases ---------------------------------------------------

SHAPES = ("circle", "square", "triangle", "diamond", "cross", "plus", "down", "bar")
"""Marks of lines, in the order of the table: what tells them apart before any colour does."""

HISTORY_HEIGHT = 300.0
LINE = 15.0
"""Height of a line of text below or beside a chart."""


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a history where it is drawn; ``mark`` is the outline of its mark."""

    mark: str
    x: float
    y: float
    low: float | None
    high: float | None
    text: str
    changed: bool


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a history: its spots, the unbroken parts between them, and its label.

    Attributes:
        end: Where its last value is, if that is of the last release; else ``missing`` says why not.
    """

    label: str
    full_label: str
    shape: str
    number: int
    spots: tuple[Spot, ...]
    parts: tuple[tuple[tuple[float, float], ...], ...]
    end: tuple[float, float] | None
    missing: str
    label_y: float
    label_mark: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A release on the horizontal axis, with what is said below its name."""

    at: float
    text: str
    anchor: str
    notes: tuple[str, ...]


class HistoryPlot(msgspec.Struct, frozen=True, kw_only=True):
    """A chart of values over releases, ready to be written."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    label_x: float
    y_ticks: tuple[Tick, ...]
    steps: tuple[Step, ...]
    routes: tuple[Route, ...]


def history_plot(chart: Chart) -> HistoryPlot:
    """Lay out a history: speeds and costs from zero on, quality where its values are."""
    longest = max((len(shorten(track.label)) for track in chart.tracks), default=0)
    left, top = 66.0, 26.0
    right = WIDTH - min(longest * CHARACTER + 40.0, WIDTH / 2)
    bottom = top + max(HISTORY_HEIGHT - 80.0, LINE * len(chart.tracks))
    y_ticks, factor, offset = _axis(nice_ticks(*_history_extent(chart)), bottom, top)
    places = _places(len(chart.steps), left + 30.0, right - 24.0)
    steps = tuple(
        Step(
            at=_round(x),
            text=name,
            anchor="middle",
            notes=_step_notes(chart, at),
        )
        for at, (name, x) in enumerate(zip(chart.steps, places, strict=True))
    )
    routes = [
        _route(number, track, [x + aside for x in places], factor, offset)
        for number, (track, aside) in enumerate(
            zip(chart.tracks, _asides(len(chart.tracks)), strict=True)
        )
    ]
    lines = max((len(step.notes) for step in steps), default=0)
    return HistoryPlot(
        width=WIDTH,
        height=bottom + 44.0 + LINE * lines,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        label_x=right + 30.0,
        y_ticks=y_ticks,
        steps=steps,
        routes=_labelled(routes, right + 20.0, top, bottom),
    )


def _history_extent(chart: Chart) -> tuple[float, float]:
    numbers = [
        number
        for track in chart.tracks
        for stop in track.stops
        for number in (stop.value, stop.low, stop.high)
        if number is not None
    ]
    low, high = _extent(numbers)
    # The length above zero is what a speed is read by; shares near 100 % have no room for it.
    return (low, high) if chart.y_label.endswith("%") else (min(0.0, low), high)


def _places(count: int, left: float, right: float) -> list[float]:
    if count == 1:
        return [(left + right) / 2]
    return [left + at * (right - left) / (count - 1) for at in range(count)]


def _asides(count: int) -> list[float]:
    """Return how far each line stands beside its release, so that whiskers do not coincide."""
    step = min(6.0, 36.0 / max(count, 1))
    return [(at - (count - 1) / 2) * step for at in range(count)]


def _step_notes(chart: Chart, at: int) -> tuple[str, ...]:
    """Return what stands below a release: new versions of runtimes, and how much is missing."""
    stops = [track.stops[at] for track in chart.tracks]
    missing: dict[str, int] = {}
    for stop in stops:
        if stop.value is None:
            missing[stop.text] = missing.get(stop.text, 0) + 1
    changed = dict.fromkeys(stop.changed for stop in stops if stop.changed)
    return (*changed, *(f"{count} {word}" for word, count in missing.items()))


def _route(
    number: int, track: Track, places: Sequence[float], factor: float, offset: float
) -> Route:
    shape = SHAPES[number % len(SHAPES)]
    spots: list[Spot] = []
    parts: list[list[tuple[float, float]]] = [[]]
    for x, stop in zip(places, track.stops, strict=True):
        if stop.value is None:
            parts.append([])
            continue
        ends = [
            None if end is None else _round(end * factor + offset) for end in (stop.low, stop.high)
        ]
        spot = Spot(
            mark=mark_path(shape, x, stop.value * factor + offset),
            x=_round(x),
            y=_round(stop.value * factor + offset),
            low=ends[0],
            high=ends[1],
            text=f"{stop.text}; {stop.changed}" if stop.changed else stop.text,
            changed=bool(stop.changed),
        )
        spots.append(spot)
        parts[-1].append((spot.x, spot.y))
    return Route(
        label=shorten(track.label),
        full_label=track.label,
        shape=shape,
        label_mark="",
        number=number % len(SHAPES),
        spots=tuple(spots),
        parts=tuple(tuple(part) for part in parts if len(part) > 1),
        end=(spots[-1].x, spots[-1].y) if track.stops[-1].value is not None else None,
        missing="" if track.stops[-1].value is not None else track.stops[-1].text,
        label_y=0.0,
    )


def _labelled(routes: Sequence[Route], x: float, top: float, bottom: float) -> tuple[Route, ...]:
    """Set labels beside the ends of their lines, apart from each other, in the order of ends."""
    order = sorted(range(len(routes)), key=lambda at: (routes[at].end or (0.0, bottom))[1])
    heights: dict[int, float] = {}
    y = top - LINE
    for at in order:
        y = max(y + LINE, (routes[at].end or (0.0, bottom))[1])
        heights[at] = y
    # What was pushed below the frame moves up again, from the last label on.
    most = bottom
    for at in reversed(order):
        heights[at] = min(heights[at], most)
        most = heights[at] - LINE
    return tuple(
        msgspec.structs.replace(
            route,
            label_y=_round(heights[at]),
            label_mark=mark_path(route.shape, x, heights[at]),
        )
        for at, route in enumerate(routes)
    )


def _history_table(chart: Chart) -> Table:
    return Table(
        id=f"{chart.id}-figures",
        title=f"Figures of the chart: {chart.title}",
        columns=(
            Column(id="name", label="Name", heading=True),
            *(
                Column(id=f"step-{at + 1}", label=step, group=chart.y_label, numeric=True)
                for at, step in enumerate(chart.steps)
            ),
        ),
        rows=tuple(
            Row(
                entries=(
                    Entry(text=track.label),
                    *(_stop_entry(stop) for stop in track.stops),
                )
            )
            for track in chart.tracks
        ),
    )


def _stop_entry(stop: Stop) -> Entry:
    interval = "" if stop.low is None or stop.high is None else f"{stop.low:.4g} to {stop.high:.4g}"
    detail = "; ".join(filter(None, (interval.replace("-", "−"), stop.changed)))
    state = "ok" if stop.value is not None else stop.text
    return Entry(text=stop.text, detail=detail, tip=stop.tip, state=state, raw=stop.value)
