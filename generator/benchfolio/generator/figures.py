"""Charts' data, taken from the entries of a table: a chart cannot contradict its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from statistics import median

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import Definition
from benchfolio.generator.entries import field_label
from benchfolio.generator.formatting import clean, natural, number, with_unit
from benchfolio.generator.losses import find_losses
from benchfolio.generator.quality import Where, accepted, measured_only
from benchfolio.generator.tables import build
from benchfolio.generator.view import (
    Bar,
    BarGroup,
    Chart,
    Column,
    Entry,
    Point,
    Row,
    Stop,
    Table,
    Track,
)
from benchfolio.results import Limit, Problem, WrongUsage

Definitions = Mapping[str, Definition]
_GROUPED_BY = ("model", "platform", "release")


def gain_chart(table: Table) -> Chart:
    """Return the speed of every format relative to FP32, grouped by model and platform.

    Args:
        table: A precision comparison.
    """
    metric = "gain-throughput" if _has_numbers(table, "gain-throughput") else "gain-latency@median"
    return bars(
        table,
        metric,
        id_="gain",
        title="Speed against FP32",
        x_label=f"{'throughput' if metric == 'gain-throughput' else 'median latency'} gain, ×",
        reference=(1.0, "1× (FP32)"),
        skip="baseline",
    )


def latency_chart(table: Table) -> Chart:
    """Return the median latency of every format, grouped by model and platform."""
    return bars(
        table, "latency@median", id_="latency", title="Median latency", x_label="median latency, ms"
    )


def tradeoff_chart(table: Table, limit: Limit | None) -> Chart:
    """Return quality lost against speed gained, with the front, and the limit if there is one.

    Only one unit of loss fits on an axis: points where there are any.
    """
    column = table.columns[_at(table, "drop-quality")]
    drops = [row.entries[_at(table, "drop-quality")] for row in table.rows]
    units = {_unit(column, entry) for entry in drops if isinstance(entry.raw, float)}
    unit = "points" if "points" in units else min(units, default="")
    return Chart(
        id="tradeoff",
        title="Quality lost against speed gained",
        description=_tradeoff_words(units - {unit}),
        kind="scatter",
        x_label="throughput gain, ×",
        y_label=f"quality lost, {unit}" if unit not in ("", "1") else "quality lost",
        reference=1.0,
        reference_label="1× (FP32)",
        limit=limit.max_drop if limit else None,
        limit_label=f"limit {limit.max_drop:g}" if limit else "",
        points=_points(table, unit),
    )


def drop_by_task_chart(collection: Collection, where: Where) -> Chart:
    """Return the median loss of each task and format, in points; whiskers span all models."""
    origin = "transcribed" if "transcribed" in accepted(where).get("origin", ()) else "measured"
    losses = {
        key: [loss.points for loss in found]
        for key, found in find_losses(collection, where, origin).by.items()
    }
    groups = [
        BarGroup(
            label=field_label(collection, "task", task) or "no task",
            bars=tuple(
                _loss_bar(name, losses[task, name])
                for name in sorted({name for found, name in losses if found == task}, key=natural)
            ),
        )
        for task in sorted({task for task, _ in losses}, key=natural)
    ]
    return Chart(
        id="drop-by-task",
        title="Quality lost by task",
        description=f"Median over all {origin} figures; the whiskers span the least and the most.",
        kind="bar",
        x_label="quality lost, points",
        better="lower",
        reference=0.0,
        reference_label="FP32",
        groups=tuple(groups),
    )


def history_chart(
    table: Table, releases: Sequence[str], changed: Sequence[Mapping[str, str]]
) -> Chart:
    """Return one line per row of a table over its last columns, which are releases.

    Args:
        table: Names first, then a column for each release.
        releases: Names of the releases.
        changed: For each row what is new in which release, beside the release.
    """
    first = len(table.columns) - len(releases)
    column = table.columns[first]
    return Chart(
        id=table.id,
        title=table.title,
        description=_history_words(any(changed)),
        kind="history",
        x_label="release",
        y_label=with_unit_label(column.group or column.label, column.unit),
        better=column.better,
        steps=tuple(releases),
        tracks=tuple(
            Track(
                label=row_label(table, row),
                stops=tuple(
                    _stop(entry, column, news.get(release, ""))
                    for release, entry in zip(releases, row.entries[first:], strict=True)
                ),
            )
            for row, news in zip(table.rows, changed, strict=True)
        ),
    )


def _history_words(news: bool) -> str:
    words = "Releases stand at equal distances; a line is broken where a value is missing."
    return f"{words} Hollow marks: a new version of the runtime." if news else words


def with_unit_label(label: str, unit: str) -> str:
    """Name an axis with its unit, as ``throughput, 1/s``."""
    return f"{label}, {unit}" if unit not in ("", "1") else label


def _stop(entry: Entry, column: Column, changed: str) -> Stop:
    value = entry.raw if isinstance(entry.raw, float) else None
    text = _marked(with_unit(entry.text, "" if entry.unit else column.unit), entry)
    return Stop(
        value=value,
        text=entry.text if value is None else text,
        low=entry.low,
        high=entry.high,
        tip=entry.tip,
        changed=changed,
    )


def chart(name: str, collection: Collection, definitions: Definitions, where: Where) -> Chart:
    """Return a chart by the name a directive gives: one of ``CHARTS``.

    Raises:
        WrongUsage: There is no such chart.
    """
    if name not in CHARTS:
        raise WrongUsage(
            Problem(
                where="chart",
                what="there is no such chart",
                expected=f"one of {', '.join(CHARTS)}",
                got=repr(name)[:80],
            )
        )
    if name == "drop-by-task":
        return drop_by_task_chart(collection, where)
    table = build(definitions["precision-comparison"], collection, where)
    if name == "tradeoff":
        return tradeoff_chart(table, common_limit(collection, where))
    return gain_chart(table) if name == "gain" else latency_chart(table)


CHARTS = ("gain", "latency", "tradeoff", "drop-by-task")
"""Names of charts."""


def bars(
    table: Table,
    value: str,
    *,
    id_: str,
    title: str,
    x_label: str,
    reference: tuple[float, str] | None = None,
    skip: str = "",
) -> Chart:
    """Draw one value column of a table as bars, in the table's order.

    Args:
        table: Where the figures come from.
        value: Id of the column.
        id_: Name of the chart.
        title: Its title.
        x_label: Name and unit of the value axis.
        reference: A line with its label.
        skip: Rows whose entry shows this text have no bar.
    """
    at = _at(table, value)
    grouped: dict[str, list[Bar]] = {}
    for row in table.rows:
        if row.entries[at].text != skip:
            heading = _names(table, row, grouped=True)
            grouped.setdefault(heading, []).append(_bar(table, row, at))
    return Chart(
        id=id_,
        title=title,
        description=" ".join(table.notes[:1]),
        kind="bar",
        x_label=x_label,
        better=table.columns[at].better,
        reference=reference[0] if reference else None,
        reference_label=reference[1] if reference else "",
        groups=tuple(BarGroup(label=label, bars=tuple(found)) for label, found in grouped.items()),
    )


def common_limit(collection: Collection, where: Where) -> Limit | None:
    """Return the acceptance limit, if all that is selected shares one."""
    cells = collection.select({**measured_only(where), "scenario": ["accuracy"]})
    files = collection.column("file", cells)
    tasks = collection.column("task", cells)
    limits = {
        collection.catalogue.files[file].acceptance.get(task)
        for file, task in set(zip(files, tasks, strict=True))
    }
    return limits.pop() if len(limits) == 1 else None


def _loss_bar(name: str, drops: Sequence[float]) -> Bar:
    middle = median(drops)
    return Bar(
        label=name,
        value=middle,
        text=number(middle, 2),
        low=min(drops),
        high=max(drops),
        tip=f"n = {len(drops)}; least {number(min(drops), 2)}, most {number(max(drops), 2)} points",
    )


def _bar(table: Table, row: Row, at: int) -> Bar:
    entry = row.entries[at]
    value = entry.raw if isinstance(entry.raw, float) else None
    unit = "" if entry.unit or entry.worded else table.columns[at].unit
    model = next((e.link for e in row.entries if e.link and e.link.kind == "model"), None)
    return Bar(
        label=row_label(table, row),
        value=value,
        text=_marked(with_unit(entry.text, unit) if value is not None else entry.text, entry),
        low=entry.low,
        high=entry.high,
        tone=entry.tone,
        tip=entry.tip,
        link=model,
    )


def row_label(table: Table, row: Row) -> str:
    """Name a row beside others of one model, platform and release."""
    return _names(table, row, grouped=False)


def _names(table: Table, row: Row, *, grouped: bool) -> str:
    """Join the row's names: those that bars are grouped by, or the others."""
    names = [
        entry.text
        for column, entry in zip(table.columns, row.entries, strict=True)
        if column.heading and (column.id in _GROUPED_BY) is grouped and entry.state != "none"
    ]
    return " · ".join(names)


def _at(table: Table, column: str) -> int:
    return [found.id for found in table.columns].index(column)


def _has_numbers(table: Table, column: str) -> bool:
    at = _at(table, column)
    return any(isinstance(row.entries[at].raw, float) for row in table.rows)


def _points(table: Table, unit: str) -> tuple[Point, ...]:
    x_at, y_at, verdict = (
        _at(table, name) for name in ("gain-throughput", "drop-quality", "verdict")
    )
    found: list[tuple[str, float, float, str, str, float]] = []
    for row in table.rows:
        x, y = row.entries[x_at], row.entries[y_at]
        if (
            isinstance(x.raw, float)
            and isinstance(y.raw, float)
            and _unit(table.columns[y_at], y) == unit
        ):
            label = " · ".join(filter(None, (_names(table, row, grouped=g) for g in (True, False))))
            # What noise could have given is worth no more than the baseline's 1.
            worth = 1.0 if x.worded else x.raw
            text = ", ".join((_gain_words(x), _loss_words(y, unit)))
            found.append((label, x.raw, y.raw, text, row.entries[verdict].tone, worth))
    best = _front([(worth, y) for _, _, y, _, _, worth in found])
    return tuple(
        Point(label=label, x=x, y=y, text=text, tone=tone, front=(worth, y) in best)
        for label, x, y, text, tone, worth in found
    )


def _gain_words(gain: Entry) -> str:
    return _marked(gain.text if gain.worded else with_unit(gain.text, "×"), gain)


def _loss_words(drop: Entry, unit: str) -> str:
    if drop.worded:
        return f"{drop.text} ({drop.detail})"
    return f"loses {drop.text if drop.unit else with_unit(drop.text, unit)}"


def _marked(text: str, entry: Entry) -> str:
    """Write the warning behind a figure, since a chart has no other place for it."""
    return f"{text} ({entry.mark})" if entry.mark else text


def _unit(column: Column, entry: Entry) -> str:
    return entry.unit or column.unit


def _front(points: Sequence[tuple[float, float]]) -> set[tuple[float, float]]:
    """Return the points that nothing beats in both: more gain (x) and less loss (y)."""
    front: set[tuple[float, float]] = set()
    least = float("inf")
    for x, y in sorted(points, key=lambda point: (-point[0], point[1])):
        if y < least:
            front.add((x, y))
            least = y
    return front


def _tradeoff_words(left_out: Set[str]) -> str:
    words = "Nothing beats the formats on the front in both speed and quality."
    if left_out:
        words += " Models whose quality is measured in another unit are in the table only."
    return clean(words)
