"""numerics.yaml of AI Hub Models: quality on devices, see ``ai_hub``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from benchfolio.importers.reports.ai_hub_found import Found
from benchfolio.importers.reports.parsing import number, obj, problem, string, whole
from benchfolio.importers.reports.types import Row
from benchfolio.results import Dataset, Direction, Kind, Metric, Scenario, Value
from benchfolio.results.types import Scalar

_SAME = ("dataset", "platform", "runtime", "precision", "recipe")
"""Fields in which figures of one row agree."""
_ACCURACIES: Mapping[str, str] = MappingProxyType(
    {
        "top-1 accuracy": "accuracy@top1",
        "top-5 accuracy": "accuracy@top5",
        "mean iou": "mean_iou",
        "mean intersection over union": "mean_iou",
        "miou": "mean_iou",
    }
)


class Numerics:
    """Takes the metrics of a numerics.yaml."""

    def __init__(self, found: Found, where: str, directions: Mapping[str, str]) -> None:
        self._found = found
        self._where = where
        self._directions = directions
        self._places: dict[tuple[object, ...], int] = {}

    def metrics(self, metrics: list[Any]) -> None:
        """Take numerics.yaml."""
        for index, value in enumerate(metrics):
            at = f"{self._where}: $.metrics[{index}]"
            metric = obj(value, at)
            id_ = self._accuracy(metric, at)
            figures = list(_figures(metric, at))
            if id_ is not None and self._is_of_hundred(metric, figures, at):
                self._figures(id_, metric, figures, at)

    def _accuracy(self, metric: dict[str, Any], at: str) -> str | None:
        """Return the id of a metric, defined where it is not the registry's own."""
        name = string(metric.get("metric_name"), f"{at}.metric_name")
        known, stated = _ACCURACIES.get(name.lower()), self._directions.get(name)
        unit = str(metric.get("metric_unit") or "").strip()
        if known is not None and unit == "%":
            return known
        if stated is None:
            remedy = f"state it: --direction '{name}=higher', or lower"
            expected = "a known accuracy in percent"
            what = "it is not said which way is better"
            self._found.left_out.append(problem(at, what, expected, f"{name}, {unit}", remedy))
            return None
        self._found.metrics[name] = Metric(
            label=name,
            unit=unit or "1",
            direction=Direction(stated),
            kind=Kind.QUALITY,
            definition=str(metric.get("metric_description") or ""),
        )
        return name

    def _is_of_hundred(
        self, metric: dict[str, Any], figures: list[tuple[dict[str, Any], float, str]], at: str
    ) -> bool:
        """Leave a metric out whose percent may be fractions: some files have 0.58 for 58 %."""
        values = [value for _, value, _ in figures]
        if metric.get("metric_unit") != "%" or any(abs(value) > 1 for value in values):
            return True
        what = "percent of which none is above 1: they may be fractions"
        expected = "values of 0–100"
        self._found.left_out.append(problem(at, what, expected, values[:5], "ask its authors"))
        return False

    def _figures(
        self,
        id_: str,
        metric: dict[str, Any],
        figures: list[tuple[dict[str, Any], float, str]],
        at: str,
    ) -> None:
        dataset = string(metric.get("dataset_name"), f"{at}.dataset_name")
        self._found.datasets[dataset] = Dataset(
            name=dataset,
            split=_said(metric, "dataset_split_description"),
            link=_said(metric, "dataset_link"),
        )
        samples = metric.get("num_partial_samples")
        n = None if samples is None else whole(samples, f"{at}.num_partial_samples")
        unit = str(metric.get("metric_unit") or "").strip() or "1"
        settings: dict[str, Scalar] = {}
        if metric.get("partial_torch_metric") is not None:
            torch = number(metric["partial_torch_metric"], f"{at}.partial_torch_metric")
            settings = {f"torch_{id_}": torch}
        for fields, value, place in figures:
            precision = fields.pop("precision")
            row = {**fields, **self._found.precision(precision, place)}
            values = {id_: Value(value=value, unit=unit, n=n)}
            self._accuracy_row(row, dataset, values, settings, place)

    def _accuracy_row(
        self,
        fields: dict[str, Any],
        dataset: str,
        values: dict[str, Value],
        settings: dict[str, Scalar],
        at: str,
    ) -> None:
        """Add a row, or put the value to that of the same device, runtime and data set."""
        row = Row(
            where=at,
            dataset=dataset,
            scenario=Scenario.ACCURACY,
            values=values,
            settings=settings,
            **fields,
        )
        key = tuple(getattr(row, name) for name in _SAME)
        index = self._places.get(key)
        if index is not None and not set(values) & set(self._found.rows[index].values):
            self._found.rows[index] = _joined(self._found.rows[index], row)
        else:
            self._places[key] = len(self._found.rows)
            self._found.rows.append(row)


def _joined(one: Row, other: Row) -> Row:
    values = {**one.values, **other.values}
    return msgspec.structs.replace(one, values=values, settings={**one.settings, **other.settings})


def _figures(metric: dict[str, Any], at: str) -> Iterator[tuple[dict[str, Any], float, str]]:
    """Yield what identifies each figure of a metric, the figure, and its place."""
    devices = obj(metric.get("device_metric") or {}, f"{at}.device_metric")
    for platform, precisions in devices.items():
        path = f"{at}.device_metric.{platform}"
        for precision, runtimes in obj(precisions, path).items():
            for runtime, details in obj(runtimes, f"{path}.{precision}").items():
                place = f"{path}.{precision}.{runtime}"
                figure = number(obj(details, place).get("partial_metric"), place)
                fields = {"platform": platform, "precision": precision, "runtime": runtime}
                yield fields, figure, place


def _said(owner: dict[str, Any], key: str) -> str | None:
    value = owner.get(key)
    return value.strip()[:4000] if isinstance(value, str) and value.strip() else None
