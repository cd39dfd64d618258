"""Accuracy Checker's table of metrics: the file of ``accuracy_check --csv_result``.

Format: ``accuracy_checker/{main,utils,presenters}.py`` of openvinotoolkit/open_model_zoo. Values
are raw; the tool shows value · scale + postfix (100 and % unless a metric says otherwise), and so
do we. ``metric_target`` says which way is better. A vector of a metric is one row for each class,
``name@class``, and one for their mean. Runs are appended: the same result twice is an error.
Thresholds and reference values belong to the tool's own check and are not taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from benchfolio.importers.reports.openvino_names import narrowest, one_line
from benchfolio.importers.reports.parsing import check_columns, number, parse_csv, problem, whole
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.importers.reports.units import scaled
from benchfolio.results import METRICS, BadInput, Dataset, Direction, Kind, Metric, Scenario, Value

COLUMNS = (
    "model",
    "launcher",
    "device",
    "dataset",
    "tags",
    "metric_name",
    "metric_type",
    "metric_value",
    "metric_target",
    "metric_scale",
    "metric_postfix",
    "dataset_size",
)
"""Columns that are needed; ``ref``, thresholds and ``profiling_file`` follow in some versions."""

_TARGETS: Mapping[str, Direction] = MappingProxyType(
    {"higher-better": Direction.HIGHER, "higher-worse": Direction.LOWER}
)
_RUNTIMES: Mapping[str, str] = MappingProxyType(
    {"dlsdk": "openvino", "openvino": "openvino", "onnx_runtime": "onnxruntime"}
)
"""Launchers → runtimes as benchfolio names them; others keep their name."""

_Line = tuple[str, dict[str, str]]


class AccuracyChecker:
    """Reader of a table of metrics: one cell for each model, launcher, device and data set."""

    name = "accuracy-checker"
    title = "Accuracy Checker (Open Model Zoo): the CSV of accuracy_check --csv_result"
    asks: tuple[Field, ...] = ("release", "platform", "recipe", "runtime_version")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by the columns."""
        del name
        first = head.lstrip().split("\n", 1)[0]
        return all(column in first for column in ("launcher", "metric_target", "metric_scale"))

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Read all rows; the metrics of a model on a data set make one cell."""
        del stated
        groups: dict[tuple[str, ...], list[_Line]] = defaultdict(list)
        for at, fields in _lines(text, where):
            key = tuple(fields[name] for name in ("model", "launcher", "device", "dataset", "tags"))
            groups[key].append((at, fields))
        metrics: dict[str, Metric] = {}
        datasets: dict[str, Dataset] = {}
        rows = [_row(lines, metrics, datasets) for lines in groups.values()]
        return Report(tool="Accuracy Checker", rows=tuple(rows), metrics=metrics, datasets=datasets)


def _lines(text: str, where: str) -> list[_Line]:
    rows = [(line, row) for line, row in parse_csv(text, where) if any(map(str.strip, row))]
    header = [name.strip() for name in rows[0][1]] if rows else []
    check_columns(header, COLUMNS, where)
    found = []
    for line, fields in rows[1:]:
        at = f"{where}:{line}"
        if len(fields) != len(header):
            raise BadInput(
                problem(at, "a row of another width", f"{len(header)} fields", len(fields))
            )
        found.append((at, dict(zip(header, map(one_line, fields), strict=True))))
    return found


def _row(lines: list[_Line], metrics: dict[str, Metric], datasets: dict[str, Dataset]) -> Row:
    at, first = lines[0]
    samples = {fields["dataset_size"] for _, fields in lines} - {""}
    if len(samples) > 1:
        raise BadInput(problem(at, "a data set of several sizes", "one size", sorted(samples)))
    n = whole(samples.pop(), f"{at}: dataset_size") if samples else None
    places: dict[str, str] = {}
    values: dict[str, Value] = {}
    for place, fields in lines:
        name, metric = _metric(fields, place)
        if name in values:
            what = f"the metric {name} stands at {places[name]} already"
            raise BadInput(problem(place, what, "each metric once", fields["metric_value"]))
        places[name] = place
        values[name] = Value(value=_scaled(fields, place), unit=metric.unit, n=n)
        if name not in METRICS:
            metrics[name] = metric
    if first["dataset"]:
        # Subsets of a data set share its name: its size is the value's, not the data set's.
        datasets[first["dataset"]] = Dataset(name=first["dataset"])
    launcher = first["launcher"]
    return Row(
        where=at,
        model=first["model"] or None,
        dataset=first["dataset"] or None,
        scenario=Scenario.ACCURACY,
        precision=narrowest(first["tags"]),
        runtime=_RUNTIMES.get(launcher, launcher) or None,
        device=first["device"] or None,
        values=values,
        settings={"tags": first["tags"]} if first["tags"] else {},
    )


def _scaled(fields: dict[str, str], at: str) -> float:
    value = number(fields["metric_value"], f"{at}: metric_value")
    scale = number(fields["metric_scale"] or "100", f"{at}: metric_scale")
    return scaled(value, Fraction(scale), f"{at}: metric_value")


def _metric(fields: dict[str, str], at: str) -> tuple[str, Metric]:
    """Return id and definition of a metric: a registered one where name, unit and target agree."""
    name = fields["metric_name"]
    direction = _TARGETS.get(fields["metric_target"])
    if direction is None or not name:
        found = fields["metric_target"] if name else "a metric without a name"
        raise BadInput(problem(f"{at}: metric_target", "no direction", ", ".join(_TARGETS), found))
    unit = fields["metric_postfix"] or "1"
    metric = Metric(
        label=name,
        unit=unit,
        direction=direction,
        kind=Kind.QUALITY,
        definition=f"{fields['metric_type'] or name} of Accuracy Checker",
    )
    known = METRICS.get(name)
    if known is None:
        return name, metric
    if (known.unit, known.direction) == (unit, direction):
        return name, known
    return f"{name}@accuracy-checker", metric
