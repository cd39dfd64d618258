"""OpenVINO's benchmark_app: ``benchmark_report.json`` and ``.csv``, of C++ and of Python.

Format: ``samples/cpp/benchmark_app/{main,statistics_report}.cpp`` of openvinotoolkit/openvino
(typed values under machine keys) and ``openvino/tools/benchmark`` of the openvino wheel (texts
under labels). What they do not tell: the model's precision (``precision`` is that of the input, or
UNSPECIFIED), the OpenVINO version, and what the topology is (a graph's own name, as ``Model1``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from benchfolio.importers.reports.parsing import (
    amount,
    number,
    obj,
    parse_json,
    problem,
    string,
    whole,
)
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.importers.reports.units import qualified
from benchfolio.results import BadInput, Load, Metric, Problem, Scenario, State, Value
from benchfolio.results.types import Scalar

_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "target device": "target_device",
        "batch size": "batch_size",
        "number of iterations": "iterations_num",
        "number of parallel infer requests": "nireq",
        "duration (ms)": "duration",
        "benchmark mode": "benchmark_mode",
        "read model time (ms)": "read_model_time",
        "reshape model time (ms)": "reshape_model_time",
        "compile model time (ms)": "load_model_time",
        "load model time (ms)": "load_model_time",
        "import model time (ms)": "import_model_time",
        "first inference time (ms)": "first_inference_time",
        "total execution time (ms)": "execution_time",
        "total number of iterations": "iterations_num",
        "latency (ms)": "latency_median",
        "median latency (ms)": "latency_median",
        "percentile boundary": "percentile_boundary",
        "avg latency": "latency_avg",
        "average latency (ms)": "latency_avg",
        "min latency": "latency_min",
        "min latency (ms)": "latency_min",
        "max latency": "latency_max",
        "max latency (ms)": "latency_max",
    }
)
"""Labels of Python and of CSV, in lower case → keys of the C++ JSON."""

_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "hint": "hint",
        "perf_hint": "hint",
        "nthreads": "threads",
        "number_threads": "threads",
        "pin": "pin",
        "number_pin": "pin",
        "infer_precision": "infer_precision",
        "data_shape": "data_shape",
        "no_warmup": "no_warmup",
        "max_irate": "maximum_inference_rate",
        "maximum_inference_rate": "maximum_inference_rate",
    }
)
"""Options that decide a figure → name in a cell's settings. Others may hold paths and names."""

_PERCENTILE = re.compile(r"latency \((\d{1,3}) percentile\) \(ms\)")
_STREAMS = re.compile(r"number of (\S{1,80}) streams|(\S{1,80})_streams_num")
_LOADING: Mapping[str, str] = MappingProxyType(
    {
        "read_model_time": "read",
        "reshape_model_time": "reshape",
        "load_model_time": "compile",
        "import_model_time": "import compiled model",
    }
)
_SECTIONS: Mapping[str, str] = MappingProxyType(
    {
        "Command line parameters": "cmd_options",
        "Configuration setup": "configuration_setup",
        "Execution results": "execution_results",
        "Group Latencies": "group_latencies",
    }
)
_COUNTERS = re.compile(r"layerName[;,]execStatus[;,]|\"(?:avg|detailed)_performance\"")


class _Parts(msgspec.Struct, frozen=True, kw_only=True):
    """A report whatever its form: options as typed, the rest by the keys of the C++ JSON."""

    options: dict[str, str]
    config: dict[str, Any]
    results: dict[str, Any]
    overwritten: bool = False

    @property
    def python(self) -> bool:
        """Whether the Python tool wrote it; only that one names no percentile."""
        return "percentile_boundary" not in self.results


class BenchmarkApp:
    """Reader of one ``benchmark_report.{json,csv}``: one cell."""

    name = "benchmark-app"
    title = "OpenVINO benchmark_app: benchmark_report.json and .csv, of C++ and of Python"
    asks: tuple[Field, ...] = ("release", "platform", "model", "precision", "recipe")

    def recognises(self, name: str, head: str) -> bool:
        """Tell a report, or one of performance counters, by its sections."""
        del name
        start = head.lstrip()
        if start.startswith(("layerName;", "layerName,")):
            return True
        if start.startswith("{"):
            sections = ('"configuration_setup"', '"execution_results"')
            return any(key in head for key in sections) or _COUNTERS.search(head) is not None
        return start.split("\n", 1)[0] in _SECTIONS

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Read a report; one of performance counters has nothing for a result file."""
        del stated
        if _COUNTERS.match(text.lstrip()) or (
            text.lstrip().startswith("{") and "report_type" in obj(parse_json(text, where), where)
        ):
            return Report(tool="benchmark_app", rows=(), left_out=(_only_counters(where),))
        is_json = text.lstrip().startswith("{")
        parts = _from_json(text, where) if is_json else _from_csv(text, where)
        tool = f"benchmark_app ({'Python' if parts.python else 'C++'})"
        if not parts.results.keys() & {"throughput", "error"}:
            return Report(tool=tool, rows=(), left_out=(_no_result(where),))
        row, metrics = _row(parts, where)
        return Report(tool=tool, rows=(row,), metrics=metrics)


def _from_json(text: str, where: str) -> _Parts:
    root = obj(parse_json(text, where), where)
    sections = {
        name: obj(root.get(name, {}), f"{where}: $.{name}")
        for name in ("cmd_options", "configuration_setup", "execution_results")
    }
    raw = sections["execution_results"]
    if any(key.startswith("-") for key in raw):
        raise BadInput(_options_instead(where))
    return _Parts(
        options=_as_options(sections["cmd_options"].items()),
        config=_first(sections["configuration_setup"].items()),
        results=_first(raw.items()),
        # Python makes a dict of all labels: those of the last group replace the overall ones.
        overwritten="group" in raw,
    )


def _from_csv(text: str, where: str) -> _Parts:
    """Read sections of ``label;value`` lines; labels may be given twice, once for each group."""
    sections: dict[str, list[tuple[str, str]]] = {name: [] for name in _SECTIONS.values()}
    section = ""
    for number_, line in enumerate(text.split("\n"), 1):
        if line.strip() in _SECTIONS:
            section = _SECTIONS[line.strip()]
            continue
        label, semicolon, value = line.partition(";")
        if not line.strip():
            continue
        if not (section and semicolon):
            at = f"{where}:{number_}"
            raise BadInput(problem(at, "not a line of this report", "label;value", line))
        sections[section].append((label, value.rstrip("; ")))
    return _Parts(
        options=_as_options(sections["cmd_options"]),
        config=_first(sections["configuration_setup"]),
        results=_first(sections["execution_results"]),
    )


def _as_options(pairs: Any) -> dict[str, str]:  # noqa: ANN401 - items of any mapping
    return {str(name).lstrip("-"): str(value) for name, value in pairs}


def _first(pairs: Any) -> dict[str, Any]:  # noqa: ANN401 - items of any mapping
    """Return values by machine key: the first of each, which is that of the whole."""
    found: dict[str, Any] = {}
    for label, value in pairs:
        folded = label.strip().casefold()
        percentile = _PERCENTILE.fullmatch(folded)
        if percentile:
            found.setdefault("percentile", percentile[1])
        key = "latency_median" if percentile else _LABELS.get(folded, folded)
        found.setdefault(key, value)
    return found


def _row(parts: _Parts, where: str) -> tuple[Row, dict[str, Metric]]:
    """Return the one row, and the definitions of metrics that are not registered."""
    at = f"{where}: execution_results"
    results, config = parts.results, parts.config
    requests = _count(config.get("nireq"), f"{where}: nireq")
    scenario = _scenario(parts, requests)
    error = results.get("error")
    values: dict[str, Value] = {}
    if error is None:
        values = dict(_values(parts, scenario, at))
    device = config.get("target_device", parts.options.get("d"))
    row = Row(
        where=at,
        scenario=scenario,
        runtime="openvino",
        device=None if device is None else string(device, f"{where}: target device"),
        batch=_count(config.get("batch_size", parts.options.get("b")), f"{where}: batch size"),
        shape=parts.options.get("shape") or None,
        load=_load(parts, scenario, requests),
        state=State.OK if error is None else State.FAILED,
        reason=None if error is None else str(error)[:2000] or "no reason given",
        values=values,
        settings=_settings(parts),
        seconds=_seconds(parts, at),
        note="average, least and largest latency are those of the last group: not taken"
        if parts.overwritten
        else None,
    )
    return row, {name: _metric(name) for name in values if name in _unregistered(values)}


def _scenario(parts: _Parts, requests: int | None) -> Scenario | None:
    """Return what was measured: latency where one request is in flight, else throughput.

    Requests that wait for each other have another latency, whatever the hint says.
    """
    hint = parts.options.get("hint") or parts.options.get("perf_hint") or ""
    api = str(parts.config.get("api", parts.options.get("api", ""))).lower()
    if api == "sync":
        return Scenario.LATENCY
    if requests is not None and requests > 1:
        return Scenario.THROUGHPUT
    if hint in ("throughput", "tput", "cumulative_throughput", "ctput"):
        return Scenario.THROUGHPUT
    if hint == "latency" or (hint == "none" and requests == 1):
        return Scenario.LATENCY
    return None


def _values(parts: _Parts, scenario: Scenario | None, at: str) -> Iterator[tuple[str, Value]]:
    """Yield values by metric; latencies of requests that queue have names of their own."""
    results = parts.results
    n = _count(results.get("iterations_num"), f"{at}: number of iterations")
    alone = scenario is Scenario.LATENCY
    fps = amount(results.get("throughput"), f"{at}: throughput")
    yield (
        "throughput@sync" if alone else "throughput",
        Value(value=fps, unit="1/s", n=n, definition=_FPS),
    )
    for name, key, definition in _latencies(parts, at):
        if key in results:
            value = amount(results[key], f"{at}: {key}")
            metric = f"latency@{name if alone else f'loaded-{name}'}"
            yield metric, Value(value=value, unit="ms", n=n, definition=definition)
    loading = [key for key in _LOADING if key in results]
    if loading:
        total = sum(amount(results[key], f"{at}: {key}") for key in loading)
        what = " + ".join(_LOADING[key] for key in loading)
        yield "time@load", Value(value=round(total, 6), unit="ms", definition=what)
    if "first_inference_time" in results:
        first = amount(results["first_inference_time"], f"{at}: first inference time")
        yield "time@first", Value(value=first, unit="ms")


_FPS = "samples completed / wall time; older versions, one at a time: batch size / median latency"


def _latencies(parts: _Parts, at: str) -> list[tuple[str, str, str | None]]:
    """Return name, key and definition of each latency that can be trusted."""
    percent = _percent(parts, at)
    name = "median" if percent == 50 else f"p{percent}"
    rank = "the ⌈n·p/100⌉-th smallest" if parts.python else "the (⌊n·p/100⌋ + 1)-th smallest"
    definition = f"{rank} of n request latencies, p = {percent}"
    others = () if parts.overwritten else _OTHERS
    return [(name, "latency_median", definition), *((each, key, None) for each, key in others)]


_OTHERS = (("mean", "latency_avg"), ("min", "latency_min"), ("max", "latency_max"))


def _percent(parts: _Parts, at: str) -> int:
    """Return which percentile ``latency_median`` holds."""
    said = parts.results.get("percentile_boundary", parts.results.get("percentile", 50))
    percent = number(said, f"{at}: percentile boundary")
    if not 1 <= percent <= 100 or percent != int(percent):
        raise BadInput(problem(at, "not a percentile", "1–100", said))
    return int(percent)


_KNOWN = frozenset(
    {"throughput", "time@load", "time@first"}
    | {f"latency@{name}" for name in ("median", "p90", "p95", "p99")}
)


def _unregistered(values: Mapping[str, Value]) -> set[str]:
    return set(values) - _KNOWN


def _metric(name: str) -> Metric:
    family, _, which = name.partition("@")
    if family == "throughput":
        return qualified(name, "throughput, one request at a time", _FPS)
    loaded = which.startswith("loaded-")
    plain = which.removeprefix("loaded-")
    label = f"{plain} latency, several requests in flight" if loaded else f"{plain} latency"
    text = f"{plain} of the request latencies"
    return qualified(name, label, f"{text}, waiting for each other included" if loaded else text)


def _load(parts: _Parts, scenario: Scenario | None, requests: int | None) -> Load | None:
    if scenario is not Scenario.THROUGHPUT:
        return None
    streams = [
        int(str(value))
        for key, value in parts.config.items()
        if _STREAMS.fullmatch(key) and re.fullmatch(r"[1-9]\d{0,5}", str(value), re.ASCII)
    ]
    return Load(requests=requests, streams=streams[0] if len(streams) == 1 else None)


def _settings(parts: _Parts) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for key in ("topology", "api", "precision", "inference_only", "benchmark_mode"):
        value = parts.config.get(key)
        if isinstance(value, bool | int | str) and value not in ("", "UNSPECIFIED"):
            # It is the inputs' precision; the model's may be another.
            found["input_precision" if key == "precision" else key] = value
    for key, name in _OPTIONS.items():
        if key in parts.options:
            found[name] = parts.options[key] or True
    return {
        key: str(value)[:300] if isinstance(value, str) else value for key, value in found.items()
    }


def _seconds(parts: _Parts, at: str) -> float | None:
    value = parts.results.get("execution_time")
    return None if value is None else amount(value, f"{at}: total execution time") / 1000


def _count(value: object, where: str) -> int | None:
    """Return a number of requests, samples or iterations; ``None`` where it is open (``?``)."""
    if value in (None, "", "?", "0", 0) or (isinstance(value, str) and ".." in value):
        return None
    return whole(value, where)


def _only_counters(where: str) -> Problem:
    return Problem(
        where=where,
        what="times of layers (performance counters), not a result",
        expected="benchmark_report.json or benchmark_report.csv, which lies beside it",
        got="a counters report",
        remedy="give that file; --partial leaves this one out",
    )


def _no_result(where: str) -> Problem:
    return Problem(
        where=where,
        what="nothing was measured",
        expected="a throughput, or an error",
        got="neither: the model was compiled alone, or the tool was stopped",
        remedy="run benchmark_app again; --partial leaves this report out",
    )


def _options_instead(where: str) -> Problem:
    return Problem(
        where=f"{where}: $.execution_results",
        what="command line options stand in the place of results",
        expected="results",
        got="a report of a benchmark_app of 2023, which wrote the options three times",
        remedy="run it without -json_stats: its CSV report is right; or use a newer OpenVINO",
    )
