"""JSON of pytest-benchmark (``--benchmark-json``, ``--benchmark-save``).

Format: pytest-benchmark ``stats.py`` (``Stats.fields``, ``Metadata.as_dict``) and ``session.py``:
``{machine_info, commit_info, benchmarks: [{group, name, fullname, params, extra_info, options,
stats}], datetime, version}``. Statistics are in seconds; each round is the mean of ``iterations``
calls. Seconds become milliseconds.

It knows neither models nor precisions: a test's name is the row's model, and what a test writes
into ``benchmark.extra_info`` under the names of our fields (model, precision, runtime, device,
batch, …) is taken for these; the rest of it are settings. The host's name, users and paths of the
machine are not carried.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from benchfolio.importers.reports import parsing
from benchfolio.importers.reports.parsing import amount, items, moment, obj, problem, string, whole
from benchfolio.importers.reports.types import Report, Row, Stated, all_but
from benchfolio.importers.reports.units import TIME, latencies, scaled
from benchfolio.results import BadInput, Scenario, Value
from benchfolio.results.types import Scalar

_TEXTS = (
    "release",
    "platform",
    "model",
    "task",
    "dataset",
    "recipe",
    "runtime",
    "runtime_version",
    "device",
    "shape",
)
_OPTIONS = ("disable_gc", "min_rounds", "max_time", "min_time", "warmup", "timer")
_MAX_SETTING = 200


class PytestBenchmark:
    """Reads what ``pytest --benchmark-json`` writes."""

    name = "pytest-benchmark"
    title = "pytest-benchmark JSON"
    asks = all_but("model", "scenario")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by its first keys."""
        del name
        start = head.lstrip()
        return start.startswith("{") and (
            ('"machine_info"' in head[:200])
            or ('"benchmarks"' in head and '"stddev"' in head and '"iqr"' in head)
        )

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Return one row for each benchmark, see ``types.Reader``."""
        del stated
        root = obj(parsing.parse_json(text, where), where)
        benchmarks = items(root.get("benchmarks"), f"{where}: $.benchmarks")
        if not benchmarks:
            raise BadInput(problem(f"{where}: $.benchmarks", "no benchmark in it", "one", []))
        stamp = root.get("datetime")
        started = None if stamp is None else moment(stamp, f"{where}: $.datetime")
        commit = _commit(root)
        rows = tuple(
            _row(each, f"{where}: $.benchmarks[{index}]", started, commit)
            for index, each in enumerate(benchmarks)
        )
        version = root.get("version")
        tool = f"pytest-benchmark {version}" if isinstance(version, str) else "pytest-benchmark"
        return Report(tool=tool, rows=rows, software=_software(root))


def _row(
    value: object,
    at: str,
    started: datetime | None,
    commit: dict[str, Scalar],
) -> Row:
    benchmark = obj(value, at)
    name = string(benchmark.get("name"), f"{at}.name")
    extra = benchmark.get("extra_info") or {}
    said, others = _said(obj(extra, f"{at}.extra_info"), f"{at}.extra_info")
    values, counts = _values(obj(benchmark.get("stats"), f"{at}.stats"), f"{at}.stats")
    fields: dict[str, Any] = {
        "model": name,
        "scenario": Scenario.LATENCY,
        **said,
        "settings": {
            **_options(benchmark),
            **others,
            **counts,
            **commit,
            "benchmark": str(benchmark.get("fullname") or name),
        },
    }
    return Row(where=at, values=values, started=started, **fields)


def _values(stats: dict[str, Any], at: str) -> tuple[dict[str, Value], dict[str, Scalar]]:
    """Return the median, and percentiles where each round is one call and all are there."""
    rounds = whole(stats.get("rounds"), f"{at}.rounds")
    iterations = whole(stats.get("iterations", 1), f"{at}.iterations")
    median = amount(stats.get("median"), f"{at}.median")
    spread = amount(stats.get("iqr", 0), f"{at}.iqr")
    definition = "median of rounds, each one call"
    if iterations > 1:
        definition = f"median of rounds, each the mean of {iterations} calls"
    value = Value(
        value=scaled(median, TIME["s"], at),
        unit="ms",
        n=rounds,
        spread=scaled(spread, TIME["s"], at) if rounds > 1 else None,
        definition=f"pytest-benchmark: {definition}",
    )
    counts: dict[str, Scalar] = {"rounds": rounds, "iterations": iterations}
    found = _percentiles(stats, rounds, at) if iterations == 1 else {}
    return {**found, "latency@median": value}, counts


def _percentiles(stats: dict[str, Any], rounds: int, at: str) -> dict[str, Value]:
    if "data" not in stats:
        return {}
    data = items(stats["data"], f"{at}.data")
    if len(data) != rounds:
        raise BadInput(problem(f"{at}.data", "a round is missing", f"{rounds} times", len(data)))
    times = [amount(each, f"{at}.data[{index}]") for index, each in enumerate(data)]
    return latencies(times, TIME["s"], "pytest-benchmark: time of a round of one call", at)


def _said(extra: dict[str, Any], at: str) -> tuple[dict[str, object], dict[str, Scalar]]:
    """Return what a test says of itself: by field, and all else as settings."""
    found: dict[str, object] = {}
    others: dict[str, Scalar] = {}
    for key, value in extra.items():
        place = f"{at}.{key}"
        if key in _TEXTS:
            found[key] = string(value, place)
        elif key == "batch":
            found[key] = whole(value, place)
        elif key == "precision":
            found[key] = parsing.precision(string(value, place), place)
        elif isinstance(value, bool | int | float | str):
            others[f"extra.{key}"] = value
        elif value is not None:
            others[f"extra.{key}"] = msgspec.json.encode(value).decode()[:_MAX_SETTING]
    return found, others


def _options(benchmark: dict[str, Any]) -> dict[str, Scalar]:
    options = benchmark.get("options")
    found: dict[str, Scalar] = {}
    if isinstance(options, dict):
        for name in _OPTIONS:
            if isinstance(options.get(name), bool | int | float | str):
                found[name] = options[name]
    if isinstance(benchmark.get("group"), str):
        found["group"] = benchmark["group"]
    return found


def _commit(root: dict[str, Any]) -> dict[str, Scalar]:
    commit = root.get("commit_info")
    if not isinstance(commit, dict) or commit.get("id") in (None, "", "unknown"):
        return {}
    dirty = commit.get("dirty")
    found: dict[str, Scalar] = {"commit": str(commit["id"])[:100]}
    return {**found, "commit_dirty": dirty} if isinstance(dirty, bool) else found


def _software(root: dict[str, Any]) -> dict[str, str]:
    machine = root.get("machine_info")
    found = {}
    if isinstance(machine, dict) and isinstance(machine.get("python_version"), str):
        found["python"] = machine["python_version"]
    if isinstance(root.get("version"), str):
        found["pytest-benchmark"] = root["version"]
    return found
