"""Transcribed cells put together again as the rows of the tables they were printed in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from benchfolio.generator.formatting import clean
from benchfolio.results import METRICS, Cell, Claim, Kind, Metric, ResultFile, Value

_NUMBER = re.compile(r"[-+−]?[0-9]+(?:[.,]([0-9]+))?")
_IMPOSSIBLE_CHANGE = 2.0
"""A change by more than twice the baseline is no ratio of accuracies, but another figure."""

RATIO_UNITS = ("x", "×")


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed figure: a value, or a claim about values."""

    cell: Cell
    metric: str
    source: Value | Claim

    @property
    def printed(self) -> str:
        """The figure as printed."""
        return self.source.printed or f"{self.source.value:g}"

    @property
    def column(self) -> tuple[str, ...]:
        """What distinguishes the column that the figure stands in."""
        kind = self.source.figure if isinstance(self.source, Claim) else "value"
        return (kind, self.cell.scenario.value, self.cell.precision.value, self.metric)


@dataclass(frozen=True)
class Row:
    """A row of a published table.

    Attributes:
        number: As printed, from 1.
        file: Result file of its first cell.
        name: The model's name as printed.
        cells: In a fixed order; of several files where the table has columns for platforms.
        sources: Result file of each cell.
        metrics: Definitions by metric.
        tasks: Task families by model.
    """

    number: int
    file: str
    name: str
    cells: tuple[Cell, ...]
    sources: tuple[str, ...]
    metrics: dict[str, Metric]
    tasks: dict[str, str]

    @cached_property
    def values(self) -> tuple[Figure, ...]:
        """Measured figures."""
        return tuple(
            Figure(cell, name, value) for cell in self.cells for name, value in cell.values.items()
        )

    @cached_property
    def claims(self) -> tuple[Figure, ...]:
        """Derived figures."""
        return tuple(
            Figure(cell, claim.metric, claim) for cell in self.cells for claim in cell.claims
        )

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures, measured ones first."""
        return self.values + self.claims

    @property
    def form(self) -> str:
        """The source form of the row's cells."""
        return next((cell.form for cell in self.cells if cell.form), "")

    def is_percent(self, metric: str) -> bool:
        """Whether a metric is a quality that is counted in points of 100."""
        known = self.metrics.get(metric)
        return known is not None and known.unit == "%" and known.kind is Kind.QUALITY

    def is_speed(self, metric: str) -> bool:
        """Whether a metric is a speed."""
        known = self.metrics.get(metric)
        return known is not None and known.kind is Kind.SPEED

    @cached_property
    def misfits(self) -> tuple[str, ...]:
        """Figures that cannot be what their columns are headed."""
        return tuple(text for figure in self.figures if (text := self._misfit(figure)))

    def _misfit(self, figure: Figure) -> str:
        source = figure.source
        if isinstance(source, Claim):
            fraction = source.figure == "relative-change" and source.unit == "1"
            wrong = fraction and abs(source.value) > _IMPOSSIBLE_CHANGE
            return f"{source.printed!r} as relative change" if wrong else ""
        speed = self.is_speed(figure.metric) and source.unit in (*RATIO_UNITS, "%")
        negative = self.is_percent(figure.metric) and source.value < 0
        column = f"{figure.cell.precision.value} {figure.metric}"
        return f"{figure.printed!r} as {column}" if speed or negative else ""


@dataclass(frozen=True)
class PrintedTable:
    """A published table, its rows in order.

    Attributes:
        publication: Title of the publication.
        release: Release that its files belong to.
        heading: Heading of the table.
        file: Result file of its first row.
    """

    publication: str
    release: str
    heading: str
    file: str
    rows: tuple[Row, ...]

    @cached_property
    def is_shifted(self) -> bool:
        """Whether most rows have several figures that their columns cannot hold."""
        return sum(len(row.misfits) > 1 for row in self.rows) * 2 > len(self.rows)


def printed_tables(files: Iterable[tuple[str, ResultFile]]) -> tuple[PrintedTable, ...]:
    """Put the transcribed cells of many files together as tables."""
    found: dict[tuple[str, str, str], dict[int, list[tuple[str, Cell]]]] = {}
    metrics: dict[str, Metric] = dict(METRICS)
    tasks: dict[str, str] = {}
    for name, file in files:
        metrics |= file.metrics
        tasks |= {id_: model.task for id_, model in file.models.items() if model.task}
        publication = file.origin.publication
        for cell in file.cells:
            if cell.published is None:
                continue
            origin = (cell.origin.publication if cell.origin else None) or publication
            key = (origin.title if origin else "", file.release, cell.published.table)
            found.setdefault(key, {}).setdefault(cell.published.row, []).append((name, cell))
    return tuple(
        PrintedTable(*key, _home(rows), tuple(_rows(rows, metrics, tasks)))
        for key, rows in sorted(found.items())
    )


def _home(rows: dict[int, list[tuple[str, Cell]]]) -> str:
    return min(name for cells in rows.values() for name, _ in cells)


def _rows(
    rows: dict[int, list[tuple[str, Cell]]], metrics: dict[str, Metric], tasks: dict[str, str]
) -> Iterator[Row]:
    for number in sorted(rows):
        found = sorted(rows[number], key=lambda one: (one[0], *_order(one[1])))
        names = [cell.published.name for _, cell in found if cell.published]
        cells = tuple(cell for _, cell in found)
        sources = tuple(name for name, _ in found)
        yield Row(number, sources[0], names[0], cells, sources, metrics, tasks)


def _order(cell: Cell) -> tuple[object, ...]:
    # The trained model first, then what was made of it: a teacher never gives a row its name.
    return (cell.recipe == "original", cell.scenario.value, cell.precision.value, cell.model)


def half_unit(printed: str | None) -> float:
    """Return half a unit of the last printed digit: what rounding may have taken or added.

    A lone 0 says "no change" in columns of many decimals, so it is trusted to two.
    """
    found = _NUMBER.search(printed or "")
    if found is None:
        return 0.0
    if found[0] == "0":
        return 0.005
    return 0.5 * 10.0 ** -len(found[1] or "")


def collapsed(name: str) -> str:
    """Return a name with every run of blanks, of whatever kind, as one blank."""
    return " ".join(name.split())


def shown(name: str) -> str:
    """Return a name with blanks that cannot be seen made visible; single blanks stay."""
    text = name.replace("\xa0", "⍽")
    text = re.sub(r"^ +| +$| {2,}", lambda found: "␣" * len(found[0]), text)
    return clean(text.replace("\n", "↵"))


def spans(numbers: Iterable[int]) -> str:
    """Write row numbers short, as ``1–3, 7``."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts)
