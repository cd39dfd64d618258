"""What templates and writers get: plain, already formatted, frozen values; never a frame.

Text in these types is plain text as a reader should see it. Nothing here is escaped: whoever
writes HTML, RST, Markdown or CSV escapes for that language.
"""

from __future__ import annotations

import msgspec


class Link(msgspec.Struct, frozen=True):
    """A place to go: a generated page by kind and id, or an outside address.

    Attributes:
        kind: ``model``, ``platform``, ``dataset``, ``runtime``, ``release``, ``page``, ``url``, or
            ``file``: one that is published beside the pages.
        target: Id of the page, the address, or the path of the file from the root of the site.
    """

    kind: str
    target: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a table, or one value in running text.

    Attributes:
        text: What is shown: a formatted number, a name, or the short word of a state.
        detail: Smaller type beside or under it: an interval, as ``97.1 to 98.9``.
        state: State of the measured cell; ``ok`` for names, ``not comparable`` for a refused
            ratio, ``none`` where nothing was planned.
        tone: ``good``, ``bad`` or empty; a second channel beside the text, never the only one.
        tip: Shown on demand: the reason of a state, n, method, versions.
        link: Where the text leads.
        raw: The unformatted value for CSV and JSON; ``None`` where there is none.
        low: Lower end of the interval, unformatted.
        high: Upper end of the interval, unformatted.
        unit: Unit of ``raw`` in a column of several units; ``text`` already has it.
        mark: A word of warning beside it: ``noisy``, ``unusable``, ``n too small``.
        worded: ``text`` says in words what ``raw`` amounts to: no unit belongs behind it.
        cell: Anchor of the measurement that it shows, as ``c-0123456789ab``.
        file: Result file that the measurement stands in.
    """

    text: str
    detail: str = ""
    state: str = "ok"
    tone: str = ""
    tip: str = ""
    link: Link | None = None
    raw: float | str | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    mark: str = ""
    worded: bool = False
    cell: str = ""
    file: str = ""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column: lower header, and the upper header it stands under.

    Attributes:
        id: Stable name, used in CSV and JSON; unique within its table.
        label: Lower header.
        group: Upper header; neighbours with the same group share it. Empty: spans both rows.
        unit: Unit, shown under the label.
        formula: How a derived column is computed, as ``INT8 − FP32``.
        better: ``higher``, ``lower`` or empty.
        numeric: Right-aligned, tabular figures.
        heading: A row header (``<th scope=row>``).
    """

    id: str
    label: str
    group: str = ""
    unit: str = ""
    formula: str = ""
    better: str = ""
    numeric: bool = False
    heading: bool = False


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row: one entry per column, and an anchor that stays the same between builds.

    Attributes:
        verify: The lines to type to measure its figures again.
        cells: Anchors of all measurements that belong in it.
    """

    entries: tuple[Entry, ...]
    anchor: str = ""
    verify: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table ready to be written in any language.

    Attributes:
        id: Stable name; also the file name of its downloads.
        title: Caption.
        description: One or two sentences: what is compared with what, and how to read it.
        columns: At least one.
        rows: Each with ``len(columns)`` entries.
        notes: Footnotes: conventions, what was left out and why.
        mark: What a reader must know before the first figure, as that all are transcribed.
        sources: Result files the figures come from, relative names.
    """

    id: str
    title: str
    description: str = ""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    mark: str = ""
    sources: tuple[str, ...] = ()


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A bar; ``value`` is ``None`` where there is none, and then ``text`` says why."""

    label: str
    value: float | None
    text: str
    low: float | None = None
    high: float | None = None
    tone: str = ""
    tip: str = ""
    link: Link | None = None


class BarGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Bars under one heading, in the order of the table beside them."""

    label: str
    bars: tuple[Bar, ...]


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A point of a scatter chart; ``front``: nothing else is better on both axes."""

    label: str
    x: float
    y: float
    text: str
    front: bool = False
    tone: str = ""


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A place on a line of a history; ``value`` is ``None`` where there is none: see ``text``.

    Attributes:
        changed: What is new here beside the release, as ``OpenVINO 2026.1``; empty when nothing.
        event: How the line left its level here, in words; empty where it did not.
        sign: ``up``, ``down``, ``off`` (an outlier) or ``open`` (the last one, not yet known);
            empty where nothing happened.
    """

    value: float | None
    text: str
    low: float | None = None
    high: float | None = None
    tip: str = ""
    changed: str = ""
    event: str = ""
    sign: str = ""


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a history: one stop for each of ``Chart.steps``."""

    label: str
    stops: tuple[Stop, ...]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A chart drawn from the same rows as a table.

    Attributes:
        kind: ``bar`` (horizontal), ``scatter`` or ``history``.
        steps: Names along the horizontal axis of a history.
        x_label: Name and unit of the horizontal axis (the value axis of bars).
        y_label: Name and unit of the vertical axis of a scatter chart.
        better: ``higher``, ``lower`` or empty, for the value axis.
        reference: A line, as 1 for a gain; with its label.
        limit: The acceptance limit on the vertical axis of a scatter chart.
    """

    id: str
    title: str
    description: str = ""
    kind: str
    x_label: str
    y_label: str = ""
    better: str = ""
    reference: float | None = None
    reference_label: str = ""
    limit: float | None = None
    limit_label: str = ""
    groups: tuple[BarGroup, ...] = ()
    points: tuple[Point, ...] = ()
    steps: tuple[str, ...] = ()
    tracks: tuple[Track, ...] = ()


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A key figure at the top of a page."""

    label: str
    value: str
    unit: str = ""
    detail: str = ""
    tone: str = ""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list of facts: a processor, a hash, a command.

    Attributes:
        picture: What the link leads to is shown; ``text`` says the same in words.
    """

    label: str
    text: str
    link: Link | None = None
    code: bool = False
    picture: bool = False


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a page; what is empty is not shown."""

    id: str
    title: str
    text: str = ""
    facts: tuple[Fact, ...] = ()
    chart: Chart | None = None
    table: Table | None = None
    folded: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A generated page: opens with its answer, then figures, then sections.

    Attributes:
        kind: ``model``, ``platform``, ``dataset`` …; also its folder.
        id: File name without suffix; safe.
        title: Heading.
        sentence: The answer in one generated sentence.
        summary: What lists say of it, where the sentence says more than needed there.
        group: Heading under which lists of pages show it.
        empty: Ids of sections that it would have if there were anything to show in them.
        fresh: How fresh its figures are: newest measurement and release.
        old: A visible note where its figures are older than the newest release.
    """

    kind: str
    id: str
    title: str
    sentence: str
    figures: tuple[Figure, ...] = ()
    sections: tuple[Section, ...] = ()
    sources: tuple[str, ...] = ()
    summary: str = ""
    group: str = ""
    empty: tuple[str, ...] = ()
    fresh: str = ""
    old: str = ""
