"""Reports of optimum-benchmark: ``benchmark.json`` (with its configuration) and
``benchmark_report.json`` (without).

Format: optimum-benchmark ``benchmark/report.py``, ``trackers/*.py``, ``backends/*/config.py`` and
``scenarios/inference``. A report has targets (``load_model``, ``forward``, ``prefill``, …), each
with ``latency {unit: s, values, count, mean, p50, …}``, ``throughput {unit, value}``, ``memory
{unit: MB, max_ram, …}``, ``energy`` and ``efficiency``. Its MB are 10⁶ bytes. Seconds become
milliseconds, MB MiB. Percentiles are computed from the values by the registry's definition, and
only those that so many values support; the tool prints a p99 of ten values.

The figures of ``forward``, ``generate`` or ``call`` are the row's own; those of the phases are
metrics of their own: ``latency@prefill``, ``throughput@decode``. Its throughput is the batch over
the mean latency, one call at a time. What its configuration does not say (a dtype of ``auto``, a
quantisation whose result has no one precision) is not said.
"""

from __future__ import annotations

import re
from typing import Any

from benchfolio.importers.reports import parsing
from benchfolio.importers.reports.parsing import amount, items, obj, problem, string, whole
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.importers.reports.units import RATE, SIZE, TIME, latencies, qualified, scaled
from benchfolio.results import BadInput, Metric, Precision, Problem, Scenario, Value
from benchfolio.results.types import Scalar

_MAIN = ("forward", "generate", "call")
_FIRST = ("first_forward", "first_generate", "first_call")
_LOAD = ("load_model", "load")
_PHASES = ("prefill", "decode", "per_token", "per_step")
_TRACKERS = ("latency", "throughput", "memory", "energy", "efficiency")
_DTYPES = {
    "float32": Precision.FP32,
    "float16": Precision.FP16,
    "bfloat16": Precision.BF16,
}
_QUANTISED = (
    "load_in_8bit",
    "load_in_4bit",
    "quantization",
    "quantization_scheme",
    "quantization_config",
    "auto_quantization",
    "autocast_enabled",
)
_NOT_SETTINGS = ("name", "version", "_target_", "model", "task", "device", "provider", "processor")
_PACKAGE = re.compile(r"ort(?:-gpu|-training)?:(?P<version>.+)")
_MAX_SETTING = 200


class OptimumBenchmark:
    """Reads ``benchmark.json`` and ``benchmark_report.json``."""

    name = "optimum-benchmark"
    title = "optimum-benchmark benchmark.json or benchmark_report.json"
    asks: tuple[Field, ...] = ("release", "platform", "dataset", "recipe")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by its targets, or by what its configuration is made for."""
        del name
        if not head.lstrip().startswith("{"):
            return False
        has_targets = '"load_model"' in head and '"latency"' in head
        return has_targets or ('"optimum_benchmark.' in head and '"config"' in head)

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Return the one row of a report, see ``types.Reader``."""
        del stated
        root = obj(parsing.parse_json(text, where), where)
        has_config = "report" in root
        targets = obj(root["report"] if has_config else root, f"{where}: $.report")
        config = obj(root.get("config", {}), f"{where}: $.config") if has_config else {}
        if not has_config and "backend" in root:
            raise BadInput(_only_config(where))
        found = _Targets(f"{where}: {'$.report' if has_config else '$'}")
        found.take(targets)
        environment = config.get("environment") or {}
        software = _software(obj(environment, f"{where}: $.config.environment"))
        version = software.get("optimum-benchmark")
        row = _row(found, config, where)
        return Report(
            tool=f"optimum-benchmark {version}" if version else "optimum-benchmark",
            rows=(row,),
            metrics=found.metrics,
            software=software,
            left_out=tuple(found.left_out),
        )


def _only_config(where: str) -> Problem:
    remedy = "import benchmark.json or benchmark_report.json"
    return problem(where, "a configuration without figures", "a report", "backend, …", remedy)


def _row(found: _Targets, config: dict[str, Any], where: str) -> Row:
    if not any(metric.startswith(("latency@", "throughput")) for metric in found.values):
        expected = f"a latency of {', '.join(_MAIN)} or of a phase"
        raise BadInput(problem(where, "no inference was measured in it", expected, "none"))
    at = f"{where}: $.config"
    backend = obj(config.get("backend") or {}, f"{at}.backend")
    shapes = _shapes(config, at)
    batch = shapes.pop("batch_size", None)
    return Row(
        where=found.at,
        model=_text(backend, "model", at),
        task=_text(backend, "task", at),
        scenario=Scenario.LATENCY,
        precision=_precision(backend, at),
        runtime=_text(backend, "name", at),
        runtime_version=_version(backend, at),
        device=_text(backend, "provider", at) or _text(backend, "device", at),
        batch=None if batch is None else whole(batch, f"{at}.scenario.input_shapes.batch_size"),
        shape=", ".join(f"{name}={size}" for name, size in sorted(shapes.items())) or None,
        values=found.values,
        settings={**_settings(backend, config), **found.settings},
    )


def _text(owner: dict[str, Any], key: str, at: str) -> str | None:
    value = owner.get(key)
    return None if value is None else string(value, f"{at}.{key}")


def _version(backend: dict[str, Any], at: str) -> str | None:
    """Return the backend's version; that of ONNX Runtime has the package before it."""
    version = _text(backend, "version", at)
    package = _PACKAGE.fullmatch(version) if version else None
    return package["version"] if package else version


def _precision(backend: dict[str, Any], at: str) -> Precision | None:
    """Return the precision where the configuration leaves no doubt."""
    if any(backend.get(name) for name in _QUANTISED):
        return None
    if backend.get("half"):
        return Precision.FP16
    return _DTYPES.get(_text(backend, "torch_dtype", at) or "")


def _shapes(config: dict[str, Any], at: str) -> dict[str, int]:
    scenario = obj(config.get("scenario") or {}, f"{at}.scenario")
    place = f"{at}.scenario.input_shapes"
    shapes = obj(scenario.get("input_shapes") or {}, place)
    return {
        name: whole(size, f"{place}.{name}")
        for name, size in shapes.items()
        if size is not None and not isinstance(size, str)
    }


def _settings(backend: dict[str, Any], config: dict[str, Any]) -> dict[str, Scalar]:
    """Return what was chosen: the backend's options, and how long the scenario measured."""
    found: dict[str, Scalar] = {}
    for key, value in backend.items():
        if key not in _NOT_SETTINGS and value not in (None, False, "", {}, []):
            _put(found, key, value)
    scenario = config.get("scenario")
    for part, keys in (
        (scenario, ("iterations", "duration", "warmup_runs")),
        ((scenario or {}).get("generate_kwargs"), ("max_new_tokens", "num_beams")),
        ((scenario or {}).get("call_kwargs"), ("num_inference_steps",)),
    ):
        for key in keys:
            if isinstance(part, dict) and part.get(key) is not None:
                _put(found, key, part[key])
    return found


def _put(found: dict[str, Scalar], prefix: str, value: object) -> None:
    """Keep scalars; options within options are dotted."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(inner, dict):
                _put(found, f"{prefix}.{key}", inner)
    elif isinstance(value, bool | int | float):
        found[prefix] = value
    elif isinstance(value, str):
        found[prefix] = value[:_MAX_SETTING]


def _software(environment: dict[str, Any]) -> dict[str, str]:
    found = {}
    for key, value in environment.items():
        if key.endswith("_version") and isinstance(value, str):
            found[key.removesuffix("_version").replace("_", "-")] = value
    return found


class _Targets:
    """Values of all targets, as they are found."""

    def __init__(self, at: str) -> None:
        self.at = at
        self.values: dict[str, Value] = {}
        self.metrics: dict[str, Metric] = {}
        self.left_out: list[Problem] = []
        self.memory: list[float] = []
        self.settings: dict[str, Scalar] = {}

    def take(self, targets: dict[str, Any]) -> None:
        """Take all targets; those that are not of an inference are left out."""
        for target, measured in targets.items():
            at = f"{self.at}.{target}"
            if target in (*_MAIN, *_FIRST, *_LOAD, *_PHASES):
                for tracker, value in obj(measured, at).items():
                    if value is not None:
                        self._tracker(target, tracker, obj(value, f"{at}.{tracker}"))
            else:
                self._leave(at, "a target that is no inference", ", ".join((*_MAIN, *_PHASES)))
        if self.memory:
            mebibytes = scaled(max(self.memory), SIZE["MB"], self.at)
            definition = "optimum-benchmark max_ram: resident set, sampled, largest of the targets"
            self.values["memory@peak"] = Value(value=mebibytes, unit="MiB", definition=definition)

    def _tracker(self, target: str, tracker: str, value: dict[str, Any]) -> None:
        at = f"{self.at}.{target}.{tracker}"
        if tracker == "latency":
            self._latency(target, value, at)
        elif tracker == "throughput":
            self._throughput(target, value, at)
        elif tracker == "memory":
            self._memory(target, value, at)
        elif tracker in ("energy", "efficiency"):
            # Of the whole machine, and in kWh: kept as it is, for it is no figure of the model.
            _put(self.settings, f"{target}.{tracker}", value)
        else:
            self._leave(at, "of a metric that is not known", ", ".join(_TRACKERS))

    def _latency(self, target: str, latency: dict[str, Any], at: str) -> None:
        unit = string(latency.get("unit"), f"{at}.unit")
        if unit not in TIME:
            raise BadInput(problem(f"{at}.unit", "not a unit of time", "s", unit))
        if target in _MAIN:
            self.values |= _all(latency, unit, f"optimum-benchmark: latency of {target}", at)
        elif target in _PHASES:
            metric = f"latency@{target}"
            definition = f"optimum-benchmark: median latency of {target}"
            self.values[metric] = _median(latency, unit, definition, at)
            self.metrics[metric] = qualified(metric, f"{_plain(target)} latency", definition)
        else:
            metric = "time@load" if target in _LOAD else "time@first"
            definition = f"optimum-benchmark: {target}"
            self.values[metric] = _median(latency, unit, definition, at)

    def _throughput(self, target: str, throughput: dict[str, Any], at: str) -> None:
        unit = string(throughput.get("unit"), f"{at}.unit")
        if target in (*_FIRST, *_LOAD) or unit not in RATE:
            self._leave(at, "a throughput that is not read", "samples/s, tokens/s or images/s")
            return
        metric = "throughput" if target in _MAIN else f"throughput@{target}"
        definition = f"optimum-benchmark: {unit}, one {target} at a time, from the mean latency"
        if metric != "throughput":
            self.metrics[metric] = qualified(metric, f"{_plain(target)} throughput", definition)
        figure = scaled(amount(throughput.get("value"), f"{at}.value"), RATE[unit], at)
        self.values[metric] = Value(value=figure, unit="1/s", definition=definition)

    def _memory(self, target: str, memory: dict[str, Any], at: str) -> None:
        if memory.get("unit") != "MB":
            raise BadInput(
                problem(f"{at}.unit", "not its unit of memory", "MB", memory.get("unit"))
            )
        for name, value in memory.items():
            if name == "max_ram" and value is not None:
                self.memory.append(amount(value, f"{at}.max_ram"))
            elif name != "unit" and value is not None:
                self.settings[f"{target}.memory.{name} (MB)"] = amount(value, f"{at}.{name}")

    def _leave(self, at: str, what: str, expected: str) -> None:
        remedy = "none is needed; it stays in the report"
        self.left_out.append(problem(at, what, expected, at.rpartition(".")[2], remedy))


def _plain(target: str) -> str:
    return target.replace("_", " ")


def _times(latency: dict[str, Any], at: str) -> list[float]:
    values = items(latency.get("values") or [], f"{at}.values")
    return [amount(value, f"{at}.values[{index}]") for index, value in enumerate(values)]


def _all(latency: dict[str, Any], unit: str, definition: str, at: str) -> dict[str, Value]:
    times = _times(latency, at)
    if times:
        return latencies(times, TIME[unit], definition, at)
    return {"latency@median": _median(latency, unit, definition, at)}


def _median(latency: dict[str, Any], unit: str, definition: str, at: str) -> Value:
    """Return the median; where the values are not there, as the tool computed it."""
    times = _times(latency, at)
    if times:
        return latencies(times, TIME[unit], definition, at)["latency@median"]
    count = latency.get("count")
    return Value(
        value=scaled(amount(latency.get("p50"), f"{at}.p50"), TIME[unit], at),
        unit="ms",
        n=None if count is None else whole(count, f"{at}.count"),
        definition=definition,
    )
