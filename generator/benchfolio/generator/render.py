"""Views to HTML: a Jinja environment, a few pure filters, and functions that return ``str``.

Nothing is written here and nothing is looked up: links come from the caller, who knows the page.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jinja2
import msgspec
from jinja2.compiler import CodeGenerator
from markupsafe import Markup, escape

from benchfolio.generator.formatting import number
from benchfolio.generator.packaged import template_folder
from benchfolio.generator.svg import bar_plot, chart_table, history_plot, scatter_plot
from benchfolio.generator.svgstyle import standalone
from benchfolio.generator.view import (
    Chart,
    Column,
    Entry,
    Fact,
    Figure,
    Link,
    Row,
    Table,
)
from benchfolio.results import BadInput, Problem

Href = Callable[[Link], str]
"""Address of a link as seen from the page it stands on; empty when it leads nowhere."""

SUFFIX = ".jinja"
OPEN_REASONS = 6
"""Up to so many reasons are shown at once; more are folded."""

TALL = 30
"""Tables of more rows scroll below their header; others are simply there."""

BAR = 8
"""Tables of more rows have search and filters above them; fewer are seen at a glance."""

LARGE = 1000
"""Of a table of more rows the page holds an excerpt; all of them are in a data file."""

EXCERPT = 200
"""Rows of an excerpt."""

NOTHING = "none"
"""State of a place where nothing was planned."""

KEPT = 32
"""Charts whose layout is kept until their page has been written."""

SHORT = 26
"""Texts of up to so many characters are not broken over lines."""

_has_markup = re.compile("[&<>'\"]").search
_HARMLESS = frozenset({int, float, Markup})
_SCOPES = ("", ' scope="row"')
_CLASSES = (' class="bf-text', ' class="bf-num')


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A file with the figures of a table, and what to call it."""

    label: str
    address: str


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """Where a script finds all rows of a large table: the name they have there, and the file."""

    name: str
    address: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A header cell.

    Attributes:
        column: The column it stands for, as JSON for scripts; empty over several.
    """

    label: str
    unit: str = ""
    formula: str = ""
    better: str = ""
    columns: int = 1
    rows: int = 1
    scope: str = "col"
    numeric: bool = False
    first: bool = False
    column: str = ""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A body cell.

    Attributes:
        entry: What it shows.
        column: The column it stands in.
        attributes: The attributes of its element, escaped: class, what scripts need, its id.
        note: Number of its reason; 0 where there is none.
        first: It stands in the first column.
        plain: Text, and at most a tip, a link and a detail of one part: what most cells are.
        others: Anchors of further measurements of its row that nothing else is the place of.
    """

    entry: Entry
    column: Column
    attributes: Markup
    note: int
    first: bool
    plain: bool
    others: tuple[str, ...] = ()


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A body row, its anchor on the page, whether its first header differs from above, and the
    lines to type to measure it again.
    """

    anchor: str
    cells: tuple[Body, ...]
    begins: bool
    verify: tuple[str, ...] = ()


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why cells have no value; said once, referred to by number."""

    number: int
    state: str
    text: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Neighbouring columns under one upper header."""

    label: str
    columns: tuple[Column, ...]


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """A table as the template writes it, row by row."""

    groups: tuple[Group, ...]
    heads: tuple[tuple[Head, ...], ...]
    shared: Head | None
    lines: tuple[Line, ...]
    tall: bool
    reasons: tuple[Reason, ...]
    nothing: Entry | None
    verifies: bool = False


def slug(text: str) -> str:
    """Return a text as an id: ASCII letters, digits, dot and dash, never empty."""
    plain = re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")
    if plain == text:
        return plain
    # Different names must stay different after what is unsafe has been taken out.
    return f"{plain or 'x'}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:6]}"


def css_word(text: str) -> str:
    """Return a state or tone as part of a class name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "none"


def paragraphs(text: str) -> list[str]:
    """Split plain text at blank lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def safe_address(address: str) -> str:
    """Return an outside address that a browser opens as a page; empty for every other scheme."""
    trimmed = address.strip()
    return trimmed if re.match(r"(?i)https?://[^\s/]", trimmed) else ""


def is_large(table: Table) -> bool:
    """Tell whether a page holds an excerpt of a table."""
    return len(table.rows) > LARGE


def grouped(count: int) -> str:
    """Write a count as tables do."""
    return number(float(count), 0)


def column_groups(columns: Sequence[Column]) -> tuple[Group, ...]:
    """Gather neighbours under the same upper header; a column without one stands alone."""
    groups: list[Group] = []
    for column in columns:
        if groups and column.group and groups[-1].label == column.group:
            joined = (*groups[-1].columns, column)
            groups[-1] = Group(label=column.group, columns=joined)
        else:
            groups.append(Group(label=column.group, columns=(column,)))
    return tuple(groups)


def _agreed(columns: Sequence[Column], name: str) -> str:
    """Return what several columns agree on, so that it is said once above them."""
    values = {getattr(column, name) for column in columns}
    return str(values.pop()) if len(columns) > 1 and len(values) == 1 else ""


def _shared_by_all(groups: Sequence[Group]) -> Head | None:
    """Return what is shown in every column, where each upper header has just one and all agree.

    The same word and formula below each of ten platforms would be all that a reader sees.
    """
    grouped = [group for group in groups if group.label]
    columns = [column for group in grouped for column in group.columns]
    label = _agreed(columns, "label")
    if not label or len(columns) > len(grouped):
        return None
    return Head(
        label=label,
        formula=_agreed(columns, "formula"),
        better=_agreed(columns, "better"),
        unit=_agreed(columns, "unit"),
    )


def header_rows(groups: Sequence[Group]) -> tuple[tuple[Head, ...], ...]:
    """Return one header row, or two when columns stand under upper headers."""
    said = _shared_by_all(groups)
    two = said is None and any(group.label for group in groups)
    upper: list[Head] = []
    lower: list[Head] = []
    for group in groups:
        if said and group.label:
            lower.append(_only(group, said))
        elif group.label:
            above = _upper(group)
            upper.append(above)
            lower += [_lower(column, above) for column in group.columns]
        else:
            cells = [_lower(column, None, rows=2 if two else 1) for column in group.columns]
            (upper if two else lower).extend(cells)
    first = upper if two else lower
    first[0] = msgspec.structs.replace(first[0], first=first[0].columns == 1)
    return (tuple(upper), tuple(lower)) if two else (tuple(lower),)


def _only(group: Group, said: Head) -> Head:
    """Return the header of a group of one column of which the rest is said above the table."""
    head = _lower(group.columns[0], said)
    return msgspec.structs.replace(head, label=group.label)


def _upper(group: Group) -> Head:
    return Head(
        label=group.label,
        unit=_agreed(group.columns, "unit"),
        formula=_agreed(group.columns, "formula"),
        better=_agreed(group.columns, "better"),
        columns=len(group.columns),
        scope="colgroup",
        numeric=all(column.numeric for column in group.columns),
    )


def _lower(column: Column, above: Head | None, rows: int = 1) -> Head:
    said = above or Head(label="")
    return Head(
        label=column.label,
        unit="" if said.unit else column.unit,
        formula="" if said.formula else column.formula,
        better="" if said.better else column.better,
        rows=rows,
        numeric=column.numeric,
        column=_told(column),
    )


def _told(column: Column) -> str:
    """Return what is said of a column as JSON, without what is empty."""
    found = msgspec.to_builtins(column)
    kept = {name: value for name, value in found.items() if value not in ("", False)}
    return msgspec.json.encode(kept).decode()


def grid(table: Table, prefix: str, taken: set[str] | None = None) -> Grid:
    """Arrange a table for its template: headers, rows with anchors, numbered reasons.

    Args:
        table: The table.
        prefix: What ids of its rows begin with.
        taken: Anchors of measurements that the page has a place of already; grows.
    """
    places = set() if taken is None else taken
    groups = column_groups(table.columns)
    missing = [e for row in table.rows for e in row.entries if e.state != "ok" and e.tip]
    nothing = _common_nothing(missing)
    numbers = _numbered(missing, nothing)
    starts = [_starts(column, index == 0) for index, column in enumerate(table.columns)]
    lines: list[Line] = []
    above: Row | None = None
    for place, row in enumerate(table.rows):
        anchor = f"{prefix}-{row_anchor(row, place)}"
        same = _same_as_above(row, above, table.columns)
        cells = _cells(row, same, table.columns, starts, numbers, places)
        lines.append(Line(anchor=anchor, cells=cells, begins=same == 0, verify=row.verify))
        above = row
    return Grid(
        groups=groups,
        heads=header_rows(groups),
        shared=_shared_by_all(groups),
        lines=tuple(lines) if _grouped(lines) else tuple(map(_without_rule, lines)),
        tall=len(lines) > TALL,
        reasons=tuple(
            Reason(number=number, state="" if state == NOTHING else state, text=text)
            for (state, text), number in numbers.items()
        ),
        nothing=nothing,
        verifies=any(row.verify for row in table.rows),
    )


def _cells(
    row: Row,
    same: int,
    columns: Sequence[Column],
    starts: Sequence[tuple[str, str]],
    numbers: Mapping[tuple[str, str], int],
    taken: set[str],
) -> tuple[Body, ...]:
    """Arrange the cells of a row; every measurement becomes a place on the page, once."""
    ids = [_place_of(entry, taken) for entry in row.entries]
    others = tuple(cell for cell in dict.fromkeys(row.cells) if cell not in taken)
    taken.update(others)
    return tuple(
        Body(
            entry=entry,
            column=column,
            attributes=_attributes(entry, start[index < same], place),
            note=numbers.get((entry.state, entry.tip), 0) if entry.state != "ok" else 0,
            first=index == 0,
            plain=_is_plain(entry),
            others=() if index else others,
        )
        for index, (entry, column, start, place) in enumerate(
            zip(row.entries, columns, starts, ids, strict=True)
        )
    )


def _place_of(entry: Entry, taken: set[str]) -> str:
    """Return the anchor of a measurement where nothing on the page has it yet."""
    if entry.cell in taken:
        return ""
    taken.add(entry.cell)
    return entry.cell


def _is_plain(entry: Entry) -> bool:
    return (
        entry.state == "ok"
        and entry.text != ""
        and not (entry.tone or entry.mark)
        and "; " not in entry.detail
    )


def _starts(column: Column, first: bool) -> tuple[str, str]:
    """Write what the attributes of all cells of a column begin with: else, and as that above."""
    start = _SCOPES[column.heading] + _CLASSES[column.numeric] + (" bf-first" if first else "")
    return start, f"{start} bf-same"


def _attributes(entry: Entry, start: str, place: str) -> Markup:
    """Write the attributes of a body cell; a template would take several times as long.

    Beside the class they are what scripts need: figures, state, measurement and file.
    """
    raw = entry.raw
    parts = [start, ' bf-short"' if len(entry.text) <= SHORT else '"']
    if isinstance(raw, (int, float)):
        parts.append(f' data-raw="{raw}"')
    elif raw and raw != entry.text:
        parts.append(f' data-key="{escaped(raw)}"')
    if entry.low is not None:
        parts.append(f' data-low="{entry.low}" data-high="{entry.high}"')
    if entry.state != "ok":
        parts.append(f' data-state="{escaped(entry.state)}"')
    if entry.unit:
        parts.append(f' data-unit="{escaped(entry.unit)}"')
    if entry.worded:
        parts.append(' data-worded=""')
    if place:
        parts.append(f' id="{escaped(place)}"')
    if entry.cell:
        parts.append(f' data-cell="{escaped(entry.cell)}"')
    if entry.file:
        parts.append(f' data-file="{escaped(entry.file)}"')
    return str.__new__(Markup, "".join(parts))  # all escaped; its own constructor looks again


def escaped(value: object) -> str:
    """Escape what a template shows; most has nothing to escape, and a look is faster."""
    if type(value) is str:
        return escape(value) if _has_markup(value) else value
    return str(value) if type(value) in _HARMLESS else escape(value)


def _grouped(lines: Sequence[Line]) -> bool:
    """Tell whether rows come in groups: a rule at every second row would say nothing."""
    return len(lines) >= 3 * sum(line.begins for line in lines)


def _without_rule(line: Line) -> Line:
    return msgspec.structs.replace(line, begins=False)


def _same_as_above(row: Row, above: Row | None, columns: Sequence[Column]) -> int:
    """Return how many row headers, from the first on, say the same as those above them."""
    if above is None:
        return 0
    count = 0
    for entry, other, column in zip(row.entries, above.entries, columns, strict=True):
        if not column.heading or entry.text != other.text:
            break
        count += 1
    return count


def row_anchor(row: Row, index: int) -> str:
    """Return the anchor of a row; its place where it has none of its own."""
    return slug(row.anchor) if row.anchor else f"row-{index + 1}"


def _numbered(missing: Sequence[Entry], nothing: Entry | None) -> dict[tuple[str, str], int]:
    """Number the reasons in the order of reading; the same reason has the same number."""
    reasons = dict.fromkeys((entry.state, entry.tip) for entry in missing)
    if nothing:
        reasons.pop((NOTHING, nothing.tip), None)
    return {reason: number for number, reason in enumerate(reasons, start=1)}


def _common_nothing(missing: Sequence[Entry]) -> Entry | None:
    """Return the entry that most often stands where nothing was planned.

    It is explained once under the table: a number at every dash would only be noise.
    """
    found = [entry for entry in missing if entry.state == NOTHING]
    counts = Counter(entry.tip for entry in found)
    return max(found, key=lambda entry: (counts[entry.tip], entry.tip), default=None)


class _Generator(CodeGenerator):
    """Has templates escape with ``escaped``: what is joined at once need not know it is markup.

    Jinja makes an object of each text that it escapes, which takes most of the time of a table.
    """

    def write(self, x: str) -> None:
        """Write a piece of the code of a template."""
        super().write("environment.escaped(" if x == "escape(" else x)


class _Environment(jinja2.Environment):
    """Templates of ours and of a project; they are read once, for a build has but one state."""

    code_generator_class = _Generator
    escaped = staticmethod(escaped)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the names that a template knows, in one dictionary: each rendering copies it."""
        return {**self.globals, **(d or {})}


class Renderer:
    """Writes views as HTML with the templates of a project, ours where it has none."""

    def __init__(self, own: Sequence[Path] = ()) -> None:
        # Of the project's folders the last one wins, as everywhere in a configuration.
        self.folders = (*reversed(own), template_folder())
        self._environment = _Environment(
            loader=jinja2.FileSystemLoader([str(folder) for folder in self.folders]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            auto_reload=False,
        )
        self._environment.filters.update(
            {"slug": slug, "css_word": css_word, "paragraphs": paragraphs}
        )
        self._drawn: dict[int, tuple[Chart, dict[str, object]]] = {}

    def paths(self) -> tuple[Path, ...]:
        """Return every template in use, ours and the project's, sorted."""
        found = {path for folder in self.folders for path in folder.glob(f"*{SUFFIX}")}
        return tuple(sorted(found))

    def digest(self) -> str:
        """Return a hash of all templates: what was rendered with others is out of date."""
        seen = hashlib.sha256()
        for path in self.paths():
            seen.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return seen.hexdigest()

    def table(
        self,
        table: Table,
        href: Href,
        *,
        prefix: str,
        downloads: Sequence[Download] = (),
        quiet: bool = False,
        data: Data | None = None,
        taken: set[str] | None = None,
    ) -> str:
        """Write a table with its caption, reasons, notes, downloads and provenance.

        Args:
            table: The table.
            href: Finds the address of a link.
            prefix: Id of the table on its page; ids of rows and reasons begin with it.
            downloads: Files with the same figures.
            quiet: The caption is for screen readers only: the heading above says the same.
            data: Where all rows of a large table are; the page then holds an excerpt.
            taken: Anchors of measurements that the page has a place of already; grows.
        """
        cut = data is not None and is_large(table)
        shown = msgspec.structs.replace(table, rows=table.rows[:EXCERPT]) if cut else table
        return self._render(
            "table.html",
            table=table,
            grid=grid(shown, prefix, taken),
            bar=len(table.rows) > BAR,
            data=data if cut else None,
            excerpt=EXCERPT,
            count=grouped(len(table.rows)),
            prefix=prefix,
            href=href,
            downloads=downloads,
            quiet=quiet,
            open_reasons=OPEN_REASONS,
        )

    def chart(
        self, chart: Chart, href: Href, *, prefix: str, downloads: Sequence[Download] = ()
    ) -> str:
        """Write a chart as inline SVG, with its figures as a folded table.

        Args:
            chart: The chart.
            href: Finds the address of a link.
            prefix: Id of the chart on its page; ids inside begin with it.
            downloads: The chart as files; the first one is SVG.
        """
        figures = chart_table(chart)
        return self._render(
            "chart.html",
            **self._drawing(chart),
            figures=figures,
            grid=grid(figures, f"{prefix}-figures"),
            prefix=prefix,
            href=href,
            downloads=downloads,
            open_reasons=OPEN_REASONS,
        )

    def drawing(self, chart: Chart) -> str:
        """Write a chart as an SVG file that needs no style sheet; it has no links."""
        drawn = self._drawing(chart)
        name = str(drawn["drawing"])
        text = self._render(
            name.removesuffix(SUFFIX), **drawn, prefix=slug(chart.id), href=lambda _: ""
        )
        try:
            return standalone(text)
        except ElementTree.ParseError as error:
            raise BadInput(_wrong_template(name, jinja2.TemplateError(str(error)))) from error

    def figures(self, figures: Sequence[Figure]) -> str:
        """Write the key figures of a page."""
        return self._render("figures.html", figures=figures)

    def facts(self, facts: Sequence[Fact], href: Href) -> str:
        """Write a list of facts."""
        return self._render("facts.html", facts=facts, href=href)

    def value(self, value: Entry, href: Href) -> str:
        """Write one value for running text."""
        return self._render("value.html", value=value, href=href).strip()

    def badge(self, badge: object, drawing: object, label_colour: str) -> str:
        """Write a badge as SVG; see ``publish.badges``."""
        return self._render("badge.svg", badge=badge, drawing=drawing, label_colour=label_colour)

    def sources(self, sources: Sequence[str]) -> str:
        """Write which result files a page was made from."""
        return self._render("sources.html", sources=sources)

    def _drawing(self, chart: Chart) -> dict[str, object]:
        """Return a chart laid out; of the last few it is known, for a page and a file show it."""
        known = self._drawn.get(id(chart))
        if known is None or known[0] is not chart:
            if len(self._drawn) == KEPT:
                del self._drawn[next(iter(self._drawn))]
            known = self._drawn[id(chart)] = chart, _drawing(chart)
        return known[1]

    def _render(self, name: str, **values: object) -> str:
        try:
            template = self._environment.get_template(name + SUFFIX)
            return template.render(**values).strip() + "\n"
        except jinja2.TemplateError as error:
            raise BadInput(_wrong_template(name + SUFFIX, error)) from error


def _drawing(chart: Chart) -> dict[str, object]:
    """Return a chart with its geometry and the name of its template."""
    if chart.kind == "scatter":
        return {"chart": chart, "plot": scatter_plot(chart), "drawing": f"scatter.svg{SUFFIX}"}
    if chart.kind == "history":
        return {"chart": chart, "plot": history_plot(chart), "drawing": f"history.svg{SUFFIX}"}
    return {"chart": chart, "plot": bar_plot(chart), "drawing": f"bars.svg{SUFFIX}"}


def _wrong_template(name: str, error: jinja2.TemplateError) -> Problem:
    place = (
        f"{error.name}:{error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else name
    )
    return Problem(
        where=place,
        what="this template cannot be used",
        expected="a template that is given what README.md beside ours lists",
        got=error.message or type(error).__name__,
        remedy="correct your template, or remove it to use ours",
    )
