"""perf.yaml of AI Hub Models: speed and memory of profile jobs, see ``ai_hub``."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from benchfolio.importers.reports.ai_hub_found import NOTHING, Found
from benchfolio.importers.reports.parsing import amount, items, moment, obj, string, whole
from benchfolio.importers.reports.types import Row
from benchfolio.importers.reports.units import ONE, SIZE, TIME, qualified, scaled
from benchfolio.results import Scenario, State, Value
from benchfolio.results.types import Scalar

_ESTIMATE = "AI Hub: estimated inference time of a profile job"
_PEAK = "AI Hub: upper end of the estimated peak memory range"
_VERSIONS = (
    ("tflite", "tflite"),
    ("tflite", "litert"),
    ("onnx", "onnx_runtime"),
    ("precompiled_qnn_onnx", "onnx_runtime"),
    ("qnn", "qairt"),
    ("geniex", "geniex"),
)
"""Beginning of a runtime's name → whose version is its own."""


class Perf:
    """Takes the jobs of a perf.yaml."""

    def __init__(self, found: Found, where: str) -> None:
        self._found = found
        self._where = where

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
        stamp = entry.get("timestamp")
        started = None if stamp in NOTHING else moment(stamp, f"{at}.timestamp")
        for runtime, value in entry.items():
            if runtime in ("reference_device_info", "timestamp"):
                continue
            job = obj(value, f"{at}.{runtime}")
            fields = {"model": model, "platform": platform, "runtime": runtime, "started": started}
            precision = job.get("precision")
            self._job(job, fields, precision, about, f"{at}.{runtime}")

    def precisions(self, precisions: dict[str, Any]) -> None:
        """Take the second generation of perf.yaml.

        The only component of a model has its name. Of several, each has the name of a part, as
        ``decoder``, which is the form; the model is said by the folder alone.
        """
        found = {
            precision: obj(obj(details, path).get("components"), f"{path}.components")
            for precision, details in precisions.items()
            for path in (self._path(precision),)
        }
        has_parts = any(len(components) > 1 for components in found.values())
        for precision, components in found.items():
            for name, value in components.items():
                at = f"{self._path(precision)}.components.{name}"
                part = {"form": name} if has_parts else {"model": name}
                self._component(obj(value, at), part, precision, at)

    def _path(self, precision: str) -> str:
        return f"{self._where}: $.precisions.{precision}"

    def _component(
        self, component: dict[str, Any], named: dict[str, str], precision: str, at: str
    ) -> None:
        own = component.get("precision") or precision
        devices = component.get("performance_metrics") or {}
        for fields, job, place in _jobs(devices, f"{at}.performance_metrics"):
            self._job(job, {**named, **fields}, own, {}, place)

    def _job(
        self,
        job: dict[str, Any],
        fields: dict[str, Any],
        precision: object,
        about: dict[str, Scalar],
        at: str,
    ) -> None:
        """Take one profile job; a language model has one row for each length and compute unit."""
        settings = {**about, **_settings(job, at)}
        base = {
            **fields,
            **self._found.precision(precision, at),
            "scenario": Scenario.LATENCY,
            "device": _unit(job.get("primary_compute_unit"), f"{at}.primary_compute_unit"),
            "runtime_version": _version(fields["runtime"], job),
        }
        if "llm_metrics" in job or "tokens_per_second" in job:
            for own in self._language(job, at):
                self._found.rows.append(Row(where=at, settings=settings, **{**base, **own}))
            return
        values = self._speed(job, at)
        state, reason = _state(job, values, at)
        self._found.rows.append(
            Row(
                where=at,
                state=state,
                reason=reason,
                values=values if state is State.OK else {},
                settings=settings,
                **base,
            )
        )

    def _speed(self, job: dict[str, Any], at: str) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key, factor in (
            ("inference_time", TIME["us"]),
            ("inference_time_milliseconds", ONE),
        ):
            if job.get(key) not in NOTHING:
                milliseconds = scaled(amount(job[key], f"{at}.{key}"), factor, at)
                found["latency@estimate"] = self._latency("estimate", milliseconds, _ESTIMATE)
        for key, factor in (
            ("estimated_peak_memory_range", SIZE["B"]),
            ("estimated_peak_memory_range_mb", ONE),
        ):
            if job.get(key) not in NOTHING:
                found |= _memory(obj(job[key], f"{at}.{key}"), factor, f"{at}.{key}")
        return found

    def _latency(self, qualifier: str, milliseconds: float, definition: str) -> Value:
        metric = f"latency@{qualifier}"
        label = f"{qualifier.replace('_', ' ')} latency"
        self._found.metrics[metric] = qualified(metric, label, definition)
        return Value(value=milliseconds, unit="ms", definition=definition)

    def _language(self, job: dict[str, Any], at: str) -> Iterator[dict[str, Any]]:
        """Yield what rows have of their own: values, context length, compute unit."""
        listed = job.get("llm_metrics")
        entries = [job] if listed is None else items(listed, f"{at}.llm_metrics")
        for index, value in enumerate(entries):
            place = at if listed is None else f"{at}.llm_metrics[{index}]"
            entry = obj(value, place)
            row: dict[str, Any] = {"values": self._tokens(entry, place)}
            length = entry.get("context_length")
            if length is not None:
                row["shape"] = f"context_length={whole(length, f'{place}.context_length')}"
            unit = _unit(entry.get("desired_compute_unit"), f"{place}.desired_compute_unit")
            if unit is not None:
                row["device"] = unit.upper()
            yield row

    def _tokens(self, entry: dict[str, Any], at: str) -> dict[str, Value]:
        definition = "AI Hub: tokens per second after the first"
        found = self._rate(entry, "tokens_per_second", "tokens", definition, at)
        if entry.get("prefill_tokens_per_second") is not None:
            definition = "AI Hub: tokens of the prompt per second"
            found |= self._rate(entry, "prefill_tokens_per_second", "prompt_tokens", definition, at)
        key = "time_to_first_token_range_milliseconds"
        if entry.get(key) is not None:
            bounds = obj(entry[key], f"{at}.{key}")
            for name, prompt in (("min", "shortest"), ("max", "longest")):
                time = amount(bounds.get(name), f"{at}.{key}.{name}")
                definition = f"AI Hub: time to the first token of the {prompt} prompt"
                qualifier = f"first_token_{name}"
                found[f"latency@{qualifier}"] = self._latency(qualifier, time, definition)
        return found

    def _rate(
        self, entry: dict[str, Any], key: str, qualifier: str, definition: str, at: str
    ) -> dict[str, Value]:
        metric = f"throughput@{qualifier}"
        label = f"{qualifier.removesuffix('s').replace('_', ' ')} throughput"
        self._found.metrics[metric] = qualified(metric, label, definition)
        rate = amount(entry.get(key), f"{at}.{key}")
        return {metric: Value(value=rate, unit="1/s", definition=definition)}


def _jobs(devices: object, at: str) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
    """Yield what identifies each job, the job, and its place."""
    for platform, runtimes in obj(devices, at).items():
        for runtime, job in obj(runtimes, f"{at}.{platform}").items():
            place = f"{at}.{platform}.{runtime}"
            fields = {"platform": platform, "runtime": runtime}
            yield fields, obj(job, place), place


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
    status = None if status in NOTHING else string(status, f"{at}.job_status")
    if "latency@estimate" in values and status in (None, "Passed"):
        return State.OK, None
    said = f"AI Hub: job {status or 'without a status'}"
    if status is not None and status.lower() == "skipped":
        return State.SKIPPED, said
    return State.FAILED, said if status != "Passed" else f"{said}, but without an inference time"


def _settings(job: dict[str, Any], at: str) -> dict[str, Scalar]:
    """Return the job's id, where the layers ran, and versions."""
    found: dict[str, Scalar] = {}
    if job.get("job_id") not in NOTHING:
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


def _unit(unit: object, at: str) -> str | None:
    return None if unit in NOTHING else string(unit, at)


def _version(runtime: str, job: dict[str, Any]) -> str | None:
    """Return the version of the runtime itself, where a job states its tools."""
    versions = job.get("tool_versions")
    if not isinstance(versions, dict):
        return None
    for beginning, tool in _VERSIONS:
        if runtime.startswith(beginning) and isinstance(versions.get(tool), str | int | float):
            return str(versions[tool])
    return None
