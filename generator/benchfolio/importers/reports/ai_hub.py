"""Qualcomm AI Hub Models: ``perf.yaml`` and ``numerics.yaml``.

Format: quic/ai-hub-models ``qai_hub_models/configs/perf_yaml.py``, ``numerics_yaml.py`` and the
files in ``qai_hub_models/models/``. Two generations of perf.yaml:

- ``models: [{name, performance_metrics: [{<runtime>: {inference_time, …}, reference_device_info,
  timestamp}]}]``: times in microseconds, memory in bytes;
- ``precisions: {<precision>: {components: {<name>: {performance_metrics: {<device>: {<runtime>:
  {inference_time_milliseconds, estimated_peak_memory_range_mb, …}}}}}}}``: milliseconds, and a MB
  that is 2²⁰ bytes, rounded; language models have tokens per second and times to the first token.

Microseconds and bytes become milliseconds and MiB. What AI Hub calls the inference time is its
estimate, not a median, and is ``latency@estimate``. Its throughput is one over it and is not read.
The device is the platform, the primary compute unit the device. ``float`` is no precision: what it
ran in depends on the compute unit. Weights and activations of different widths are MIXED, told
apart by the recipe. numerics.yaml does not name the model: its folder does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import msgspec

from benchfolio.documents import Form, parse
from benchfolio.importers.reports.parsing import (
    PRECISIONS,
    amount,
    items,
    number,
    obj,
    problem,
    string,
    whole,
)
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.importers.reports.units import ONE, SIZE, TIME, qualified, scaled
from benchfolio.results import (
    BadInput,
    Dataset,
    Direction,
    Kind,
    Metric,
    Precision,
    Problem,
    Recipe,
    Scenario,
    State,
    Value,
)
from benchfolio.results.types import Scalar

FORM = Form(
    name="a file of AI Hub Models",
    expected="perf.yaml or numerics.yaml",
    remedy="take the file as it is in the repository",
    max_bytes=4 * 1024 * 1024,
    max_values=200_000,
)
_ESTIMATE = "AI Hub: estimated inference time of a profile job"
_PEAK = "AI Hub: upper end of the estimated peak memory range"
_WIDTHS = re.compile(r"w(?P<weights>\d{1,2})a(?P<activations>\d{1,2})", re.ASCII)
_NOTHING = (None, "", "null", "None")
_VERSIONS = (
    ("tflite", "tflite"),
    ("onnx", "onnx_runtime"),
    ("qnn", "qairt"),
)
"""Beginning of a runtime's name → whose version is its own."""
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


class AiHub:
    """Reads perf.yaml and numerics.yaml of AI Hub Models."""

    name = "ai-hub"
    title = "Qualcomm AI Hub Models perf.yaml and numerics.yaml"
    asks: tuple[Field, ...] = ("release", "task", "batch", "load")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by keys that nobody else has."""
        del name
        is_perf = "performance_metrics:" in head and "job_status:" in head
        is_language = "performance_metrics:" in head and "tokens_per_second:" in head
        return is_perf or is_language or ("partial_torch_metric:" in head)

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Return one row for each model, device, precision and runtime, see ``types.Reader``."""
        if len(text) > FORM.max_bytes:
            expected = f"at most {FORM.max_bytes} characters"
            raise BadInput(problem(where, f"too large for {FORM.name}", expected, len(text)))
        root = obj(parse(text, where, FORM).plain(), where)
        found = _Found(where, stated)
        if "precisions" in root:
            found.precisions(obj(root["precisions"], f"{where}: $.precisions"))
        elif "models" in root:
            found.models(items(root["models"], f"{where}: $.models"))
        elif "metrics" in root:
            found.numerics(items(root["metrics"], f"{where}: $.metrics"))
        else:
            expected = "precisions, models or metrics"
            raise BadInput(problem(where, f"not {FORM.name}", expected, ", ".join(root)))
        if not found.rows and not found.left_out:
            raise BadInput(problem(where, "no figure in it", "a job of a device", "none"))
        return Report(
            tool="Qualcomm AI Hub Models",
            rows=tuple(found.rows),
            metrics=found.metrics,
            datasets=found.datasets,
            recipes=found.recipes,
            left_out=tuple(found.left_out),
        )


class _Found:
    """Rows and what belongs to them, as they are found."""

    def __init__(self, where: str, stated: Stated) -> None:
        self.rows: list[Row] = []
        self.metrics: dict[str, Metric] = {}
        self.datasets: dict[str, Dataset] = {}
        self.recipes: dict[str, Recipe] = {}
        self.left_out: list[Problem] = []
        self._where = where
        self._directions = stated.directions
        self._places: dict[tuple[object, ...], int] = {}

    def models(self, models: list[Any]) -> None:
        """Take the first generation of perf.yaml."""
        for number_, value in enumerate(models):
            path = f"{self._where}: $.models[{number_}]"
            model = obj(value, path)
            name = string(model.get("name"), f"{path}.name")
            place = f"{path}.performance_metrics"
            for index, entry in enumerate(items(model.get("performance_metrics"), place)):
                self._entry(name, obj(entry, f"{place}[{index}]"), f"{place}[{index}]")

    def _entry(self, model: str, entry: dict[str, Any], at: str) -> None:
        info = obj(entry.get("reference_device_info"), f"{at}.reference_device_info")
        platform = string(info.get("name"), f"{at}.reference_device_info.name")
        about: dict[str, Scalar] = {
            key: info[key] for key in ("chipset", "os_name", "os") if isinstance(info.get(key), str)
        }
        started = _time(entry.get("timestamp"), f"{at}.timestamp")
        for runtime, value in entry.items():
            if runtime in ("reference_device_info", "timestamp"):
                continue
            job = obj(value, f"{at}.{runtime}")
            fields = {"model": model, "platform": platform, "runtime": runtime, "started": started}
            precision = job.get("precision")
            self._job(job, fields, precision, about, f"{at}.{runtime}")

    def precisions(self, precisions: dict[str, Any]) -> None:
        """Take the second generation of perf.yaml."""
        for precision, details in precisions.items():
            path = f"{self._where}: $.precisions.{precision}"
            components = obj(obj(details, path).get("components"), f"{path}.components")
            for model, value in components.items():
                place = f"{path}.components.{model}"
                component = obj(value, place)
                own = component.get("precision") or precision
                devices = component.get("performance_metrics") or {}
                for fields, job, at in _jobs(devices, model, f"{place}.performance_metrics"):
                    self._job(job, fields, own, {}, at)

    def _job(
        self,
        job: dict[str, Any],
        fields: dict[str, Any],
        precision: object,
        about: dict[str, Scalar],
        at: str,
    ) -> None:
        """Take one profile job; of a language model, each context length is a shape."""
        settings = {**about, **_settings(job, at)}
        base = {
            **fields,
            **self._precision(precision, at),
            "scenario": Scenario.LATENCY,
            "device": _unit(job, at),
            "runtime_version": _version(fields["runtime"], job),
        }
        if "llm_metrics" in job or "tokens_per_second" in job:
            for shape, values in self._language(job, at):
                self.rows.append(
                    Row(where=at, shape=shape, values=values, settings=settings, **base)
                )
            return
        values = self._speed(job, at)
        state, reason = _state(job, values, at)
        self.rows.append(
            Row(
                where=at,
                state=state,
                reason=reason,
                values=values if state is State.OK else {},
                settings=settings,
                **base,
            )
        )

    def _precision(self, value: object, at: str) -> dict[str, Any]:
        """Return precision and recipe of a name as ``w8a16``."""
        if value in _NOTHING:
            return {}
        name = string(value, f"{at}.precision")
        widths = _WIDTHS.fullmatch(name)
        if widths is None:
            known = PRECISIONS.get(name.upper())
            return {"precision": known} if known else {}
        weights, activations = widths["weights"], widths["activations"]
        if weights == activations == "8":
            return {"precision": Precision.INT8}
        self.recipes[name] = Recipe(
            method="quantized",
            label=f"weights of {weights} bit, activations of {activations} bit",
        )
        return {"precision": Precision.MIXED, "recipe": name}

    def _speed(self, job: dict[str, Any], at: str) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key, factor in (
            ("inference_time", TIME["us"]),
            ("inference_time_milliseconds", ONE),
        ):
            if job.get(key) not in _NOTHING:
                milliseconds = scaled(amount(job[key], f"{at}.{key}"), factor, at)
                found["latency@estimate"] = self._latency("estimate", milliseconds, _ESTIMATE)
        for key, factor in (
            ("estimated_peak_memory_range", SIZE["B"]),
            ("estimated_peak_memory_range_mb", ONE),
        ):
            if job.get(key) not in _NOTHING:
                found |= _memory(obj(job[key], f"{at}.{key}"), factor, f"{at}.{key}")
        return found

    def _latency(self, qualifier: str, milliseconds: float, definition: str) -> Value:
        metric = f"latency@{qualifier}"
        label = f"{qualifier.replace('_', ' ')} latency"
        self.metrics[metric] = qualified(metric, label, definition)
        return Value(value=milliseconds, unit="ms", definition=definition)

    def _language(
        self, job: dict[str, Any], at: str
    ) -> Iterator[tuple[str | None, dict[str, Value]]]:
        listed = job.get("llm_metrics")
        entries = [job] if listed is None else items(listed, f"{at}.llm_metrics")
        for index, value in enumerate(entries):
            place = at if listed is None else f"{at}.llm_metrics[{index}]"
            entry = obj(value, place)
            length = entry.get("context_length")
            shape = None
            if length is not None:
                shape = f"context_length={whole(length, f'{place}.context_length')}"
            yield shape, self._tokens(entry, place)

    def _tokens(self, entry: dict[str, Any], at: str) -> dict[str, Value]:
        rate = amount(entry.get("tokens_per_second"), f"{at}.tokens_per_second")
        definition = "AI Hub: tokens per second after the first"
        self.metrics["throughput@tokens"] = qualified(
            "throughput@tokens", "token throughput", definition
        )
        found = {"throughput@tokens": Value(value=rate, unit="1/s", definition=definition)}
        key = "time_to_first_token_range_milliseconds"
        if entry.get(key) is not None:
            bounds = obj(entry[key], f"{at}.{key}")
            for name, prompt in (("min", "shortest"), ("max", "longest")):
                time = amount(bounds.get(name), f"{at}.{key}.{name}")
                definition = f"AI Hub: time to the first token of the {prompt} prompt"
                qualifier = f"first_token_{name}"
                found[f"latency@{qualifier}"] = self._latency(qualifier, time, definition)
        return found

    def numerics(self, metrics: list[Any]) -> None:
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
            self.left_out.append(problem(at, what, expected, f"{name}, {unit}", remedy))
            return None
        self.metrics[name] = Metric(
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
        self.left_out.append(problem(at, what, "values of 0–100", values[:5], "ask its authors"))
        return False

    def _figures(
        self,
        id_: str,
        metric: dict[str, Any],
        figures: list[tuple[dict[str, Any], float, str]],
        at: str,
    ) -> None:
        dataset = string(metric.get("dataset_name"), f"{at}.dataset_name")
        self.datasets[dataset] = Dataset(
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
            row = {**fields, **self._precision(precision, place)}
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
        if index is not None and not set(values) & set(self.rows[index].values):
            self.rows[index] = _joined(self.rows[index], row)
        else:
            self._places[key] = len(self.rows)
            self.rows.append(row)


def _joined(one: Row, other: Row) -> Row:
    values = {**one.values, **other.values}
    return msgspec.structs.replace(one, values=values, settings={**one.settings, **other.settings})


def _jobs(
    devices: object, model: str, at: str
) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
    """Yield what identifies each job, the job, and its place."""
    for platform, runtimes in obj(devices, at).items():
        for runtime, job in obj(runtimes, f"{at}.{platform}").items():
            place = f"{at}.{platform}.{runtime}"
            fields = {"model": model, "platform": platform, "runtime": runtime}
            yield fields, obj(job, place), place


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


def _memory(bounds: dict[str, Any], factor: Fraction, at: str) -> dict[str, Value]:
    """Return the upper end; 0 means that it was not measured."""
    highest = amount(bounds.get("max"), f"{at}.max")
    if not highest:
        return {}
    mebibytes = scaled(highest, factor, at)
    return {"memory@peak": Value(value=mebibytes, unit="MiB", definition=_PEAK)}


def _state(job: dict[str, Any], values: dict[str, Value], at: str) -> tuple[State, str | None]:
    """Return how a job ended; without an inference time it did not end well."""
    status = job.get("job_status")
    status = None if status in _NOTHING else string(status, f"{at}.job_status")
    if "latency@estimate" in values and status in (None, "Passed"):
        return State.OK, None
    said = f"AI Hub: job {status or 'without a status'}"
    if status is not None and status.lower() == "skipped":
        return State.SKIPPED, said
    return State.FAILED, said if status != "Passed" else f"{said}, but without an inference time"


def _settings(job: dict[str, Any], at: str) -> dict[str, Scalar]:
    """Return the job's id, where the layers ran, and versions."""
    found: dict[str, Scalar] = {}
    if job.get("job_id") not in _NOTHING:
        found["job_id"] = string(job["job_id"], f"{at}.job_id")
    for key, prefix in (("layer_info", ""), ("layer_counts", "layers_on_")):
        counts = obj(job.get(key) or {}, f"{at}.{key}")
        for name, count in counts.items():
            label = "total_layers" if name == "total" else f"{prefix}{name}"
            found[label] = int(amount(count, f"{at}.{key}.{name}"))
    versions = obj(job.get("tool_versions") or {}, f"{at}.tool_versions")
    for tool, version in versions.items():
        found[f"{tool}_version"] = str(version)[:100]
    return found


def _unit(job: dict[str, Any], at: str) -> str | None:
    unit = job.get("primary_compute_unit")
    return None if unit in _NOTHING else string(unit, f"{at}.primary_compute_unit")


def _version(runtime: str, job: dict[str, Any]) -> str | None:
    """Return the version of the runtime itself, where a job states its tools."""
    versions = job.get("tool_versions")
    if not isinstance(versions, dict):
        return None
    for beginning, tool in _VERSIONS:
        if runtime.startswith(beginning) and isinstance(versions.get(tool), str | int | float):
            return str(versions[tool])
    return None


def _said(owner: dict[str, Any], key: str) -> str | None:
    value = owner.get(key)
    return value.strip()[:4000] if isinstance(value, str) and value.strip() else None


def _time(value: object, at: str) -> datetime | None:
    if value in _NOTHING:
        return None
    try:
        found = datetime.fromisoformat(string(value, at))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(problem(at, "not a time", "a time in ISO 8601", value)) from error
