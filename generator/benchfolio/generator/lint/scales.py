"""Rules about one column in several scales, and about figures that their metric cannot have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from benchfolio.generator.lint.model import Hit, Subject, about, at_cell, at_row, at_table, cells_of
from benchfolio.generator.lint.printed import RATIO_UNITS, Figure, PrintedTable, Row
from benchfolio.results import METRICS, Claim, Kind, Metric, Problem, ResultFile, Value

SCALES = MappingProxyType({"%": "a percentage", "1": "a fraction", "": "a number without a unit"})

SAME_UNIT: Mapping[str, str] = MappingProxyType(
    {
        "fps": "1/s",
        "frames/s": "1/s",
        "samples/s": "1/s",
        "samples/sec": "1/s",
        "images/s": "1/s",
        "img/s": "1/s",
        "inferences/s": "1/s",
        "qps": "1/s",
        "msec": "ms",
        "milliseconds": "ms",
        "percent": "%",
        "pct": "%",
        "mib": "MiB",
        "mebibytes": "MiB",
    }
)
"""Other spellings of a unit, in lower case → the unit."""

OTHER_SCALES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "%": frozenset({"1", ""}),
        "1": frozenset({"", "%"}),
        "ms": frozenset({"s", "us", "µs", "μs", "ns"}),
        "1/s": frozenset({"1/min", "k/s"}),
        "MiB": frozenset({"B", "KiB", "GiB", "kB", "MB", "GB"}),
    }
)
"""Units that can be converted into the one of a metric."""

Take = Callable[[Row], list[Figure]]


def ratio_scale(subject: Subject) -> Iterator[Hit]:
    """A column of derived figures has fractions in some rows and percentages in others.

    Why: -0.0088 below 0.40% reads as fifty times less; who copies the column into a spreadsheet
    plots noise.

    Do: print one scale, and say which in the header. Here nothing is typed: benchfolio computes
    relative changes from the values, in one convention.
    """
    for table in subject.sound_tables:
        yield from _mixed(table, _ratios, "relative change")
    yield from _between(subject.sound_tables, _ratios, "relative changes")


def accuracy_scale(subject: Subject) -> Iterator[Hit]:
    """Accuracies of one table or one publication are in several scales.

    Why: 92.404 beside 86.52% may be the same scale without its sign, another metric, or an error,
    and the reader cannot tell.

    Do: print the sign in every row. If the figure is not an accuracy, name its metric.
    """
    for table in subject.sound_tables:
        yield from _mixed(table, _qualities, "accuracy")
    yield from _between(subject.sound_tables, _qualities, "accuracies")


def _ratios(row: Row) -> list[Figure]:
    return [
        figure
        for figure in row.claims
        if isinstance(figure.source, Claim)
        and figure.source.figure == "relative-change"
        and figure.source.unit in SCALES
    ]


def _qualities(row: Row) -> list[Figure]:
    return [
        figure
        for figure in row.values
        if row.is_percent(figure.metric) and figure.source.unit in SCALES
    ]


def _scales(table: PrintedTable, take: Take) -> list[tuple[Row, str, list[Figure]]]:
    """Return the scale of each row that has such figures."""
    found = ((row, take(row)) for row in table.rows)
    return [(row, figures[0].source.unit, figures) for row, figures in found if figures]


def _mixed(table: PrintedTable, take: Take, what: str) -> Iterator[Hit]:
    rows = _scales(table, take)
    counts = Counter(unit for _, unit, _ in rows)
    if len(counts) < 2:
        return
    (usual, number), *_ = sorted(counts.items(), key=lambda one: (-one[1], one[0] != "%"))
    # A lone zero is the same in every scale; it counts only where others are in its scale, too.
    meant = {unit for _, unit, figures in rows if any(figure.source.value for figure in figures)}
    for row, unit, figures in rows:
        if unit != usual and unit in meant:
            yield at_row(
                table,
                row,
                f"{what} in another scale than the rest of its column",
                expected=f"{SCALES[usual]}, as in {number} of {len(rows)} rows",
                got=f"{SCALES[unit]}: {', '.join(figure.printed for figure in figures)}",
                remedy="give all rows of a column the same scale, and name it in the header",
            )


def _between(tables: Sequence[PrintedTable], take: Take, what: str) -> Iterator[Hit]:
    """Find publications whose tables are each in one scale, but not in the same."""
    for _, group in groupby(tables, key=lambda table: (table.publication, table.release)):
        uniform = [
            (table, units.pop())
            for table in group
            if len(units := {unit for _, unit, _ in _scales(table, take)}) == 1
        ]
        counts = Counter(unit for _, unit in uniform)
        if len(counts) < 2:
            continue
        (usual, number), *_ = sorted(counts.items(), key=lambda one: (-one[1], one[0] != "%"))
        for table, unit in uniform:
            if unit != usual:
                yield at_table(
                    table,
                    f"{what} in another scale than in other tables of the publication",
                    expected=f"{SCALES[usual]}, as in {number} of {len(uniform)} such tables",
                    got=f"{SCALES[unit]} in every row",
                    remedy="use one scale in the whole publication",
                )


def quality_range(subject: Subject) -> Iterator[Hit]:
    """A figure is outside of what its metric can be.

    Why: an accuracy of 334 is none. Either the metric is another one, or the unit, or the column.

    Do: find out what was really measured, and name that metric and its unit.
    """
    for name, file, index in cells_of(subject):
        for metric, value in file.cells[index].values.items():
            known = file.metrics.get(metric) or METRICS[metric]
            limits = _limits(metric, known, value)
            if metric.startswith("latency"):
                continue  # the rule speed looks at all percentiles together
            if not limits[0] <= value.value <= limits[1]:
                yield at_cell(
                    name,
                    file,
                    index,
                    f"{metric} outside of what it can be",
                    part=f".values[{metric!r}]",
                    expected=f"{limits[0]:g} to {limits[1]:g}",
                    got=f"{value.printed or format(value.value, 'g')} ({_of(file, index)})",
                    remedy="correct the figure or its unit, or name the metric that it is of",
                )


def _of(file: ResultFile, index: int) -> str:
    cell = file.cells[index]
    return f"{cell.precision.value} {cell.recipe}"


def _limits(metric: str, known: Metric, value: Value) -> tuple[float, float]:
    """Return the least and the greatest possible value; rounding may go a hair beyond."""
    slack = 1e-9
    if known.kind is Kind.QUALITY and known.unit == "%":
        return (0.0, (1.0 if value.unit == "1" else 100.0) + slack)
    if metric.startswith("similarity"):
        return (-100.0 - slack, 100.0 + slack) if value.unit == "%" else (-1 - slack, 1 + slack)
    if metric.startswith("perplexity"):
        return (1.0 - slack, float("inf"))
    return (float("-inf") if known.kind is Kind.QUALITY else 0.0, float("inf"))


def percent_sign(subject: Subject) -> Iterator[Hit]:
    """A percent sign stands on something that is no percentage.

    Why: a perplexity of 12 % or a throughput of 800 % has lost its unit; the sign was copied from
    the column beside it.

    Do: correct the unit. If the figure is a ratio of two values, it is a derived figure and is not
    stored at all.
    """
    for name, file, index in cells_of(subject):
        for metric, value in file.cells[index].values.items():
            known = file.metrics.get(metric) or METRICS[metric]
            # A similarity of 0.98 may well be printed as 98 %.
            if value.unit == "%" and known.unit != "%" and not metric.startswith("similarity"):
                yield at_cell(
                    name,
                    file,
                    index,
                    f"{metric} with a percent sign",
                    part=f".values[{metric!r}].unit",
                    expected=f"a value in {known.unit}" if known.unit != "1" else "a plain number",
                    got=value.printed or f"{value.value:g} %",
                    remedy="correct the unit, or name the metric that it is of",
                )


def unit(subject: Subject) -> Iterator[Hit]:
    """A unit is spelled in another way, or is not one of the metric.

    Why: figures in "fps" and in "1/s" are the same and are never compared; figures in a unit of
    another metric are something else.

    Do: use the metric's own unit; `benchfolio schema` names it.
    """
    for name, file, index in cells_of(subject):
        for metric, value in file.cells[index].values.items():
            known = file.metrics.get(metric) or METRICS[metric]
            if value.unit in (known.unit, "%") or value.unit in OTHER_SCALES.get(
                known.unit, frozenset()
            ):
                continue
            same = SAME_UNIT.get(value.unit.casefold()) == known.unit
            ratio = value.unit in RATIO_UNITS
            yield at_cell(
                name,
                file,
                index,
                f"{metric} in another spelling of its unit"
                if same
                else f"{metric} in a unit that is not one of it",
                part=f".values[{metric!r}].unit",
                expected=known.unit,
                got=value.unit + (" (a ratio of two values)" if ratio else "") or "no unit",
                remedy="use the unit of the metric",
            )


def metric_scale(subject: Subject) -> Iterator[Hit]:
    """A metric's definition says a similarity where lower is better, or a distance where higher is.

    Why: ranking and colours follow the direction; with the wrong one the worst model comes first.
    A similarity near 0 of an optimised model that has kept its quality is a distance under the
    wrong name.

    Do: turn the direction round, or call the metric what it is (1 − similarity is a distance).
    """
    for name, file in subject.files:
        for id_, metric in file.metrics.items():
            yield from _turned(name, id_, metric)
    yield from _distances(subject)


_LIKENESS = ("similarity", "agreement", "cosine", "accuracy", "similar")
_DISTANCE = ("distance", "divergence", "error", "loss", "perplexity", "fid")


def _turned(name: str, id_: str, metric: Metric) -> Iterator[Hit]:
    words = f"{id_} {metric.label}".casefold().replace("@", " ").split()
    distance = [word for word in words if word in _DISTANCE]
    alike = [] if distance else [word for word in words if word in _LIKENESS]
    wrong = metric.direction.value == ("lower" if alike else "higher")
    if (alike or distance) and wrong:
        kind = f"a {alike[0]}" if alike else f"a {distance[0]}"
        yield about(
            Problem(
                where=f"{name}: $.metrics[{id_!r}].direction",
                what=f"{kind} whose {metric.direction.value} values are called better",
                expected="higher" if alike else "lower",
                got=metric.direction.value,
                remedy="turn the direction round, or name the metric after what it is",
            )
        )


def _distances(subject: Subject) -> Iterator[Hit]:
    for name, file, index in cells_of(subject):
        for metric, value in file.cells[index].values.items():
            if not metric.startswith(("similarity", "agreement")):
                continue
            one = 100.0 if value.unit == "%" else 1.0
            if 0 <= value.value < 0.25 * one:
                yield at_cell(
                    name,
                    file,
                    index,
                    "a similarity that is hardly any: it may be a distance",
                    part=f".values[{metric!r}]",
                    expected=f"near {one:g} for a model that still works",
                    got=value.printed or f"{value.value:g}",
                    remedy="if it is 1 − similarity, store the similarity; if not, mute this with "
                    "the reason",
                )
