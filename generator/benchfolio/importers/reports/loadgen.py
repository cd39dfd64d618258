"""Summaries of MLPerf LoadGen.

Format: mlcommons/inference ``loadgen/results.cc``, ``mlperf_log_summary.txt``: blocks between
lines of ``=``, lines ``key : value``, then ``Recommendations:`` and ``Early Stopping Result:``
with bullets. What counts of which scenario is that of MLPerf, as in benchfolio's own runs: the
90th percentile of single stream, the 99th of multi-stream, samples per second offline and as
scheduled in server. Nanoseconds become milliseconds; samples per second stay.

A test that LoadGen calls INVALID does not count: its cell has failed, for LoadGen's reasons; what
it printed is kept in the note.
"""

from __future__ import annotations

import re

import msgspec

from benchfolio.importers.reports.parsing import amount, problem, string, whole
from benchfolio.importers.reports.types import Report, Row, Stated, all_but
from benchfolio.importers.reports.units import TIME, scaled, supports
from benchfolio.results import BadInput, Scenario, State, Value
from benchfolio.results.types import Scalar

_TITLE = "MLPerf Results Summary"
_SCENARIOS = {
    "SingleStream": Scenario.SINGLE_STREAM,
    "MultiStream": Scenario.MULTI_STREAM,
    "Offline": Scenario.OFFLINE,
    "Server": Scenario.SERVER,
}
_MODES = ("PerformanceOnly", "SubmissionRun")
_PERCENTILES = (("median", 50.0), ("p90", 90.0), ("p95", 95.0), ("p99", 99.0), ("p99.9", 99.9))
_HEADLINES = {Scenario.SINGLE_STREAM: "p90", Scenario.MULTI_STREAM: "p99"}
_FLOOR_INDEX = "element ⌊n·p/100⌋ (from 0) of n ascending latencies"
_QUERIES = re.compile(r"Processed (?:at least \d+ queries \((\d+)\)|(\d+) queries)", re.ASCII)
_COMPLAINTS = re.compile(r"(\d+) (warning|ERROR)s? encountered", re.ASCII)
_PARAMETERS = {
    "min_duration (ms)": "min_duration_ms",
    "max_duration (ms)": "max_duration_ms",
    "min_query_count": "min_query_count",
    "max_query_count": "max_query_count",
    "performance_sample_count": "performance_sample_count",
}
_SEEDS = ("qsl_rng_seed", "sample_index_rng_seed", "schedule_rng_seed")
_TOKENS = re.compile(r"token|ttft|tpot", re.IGNORECASE)


class _Summary(msgspec.Struct):
    """A summary: figures by key in lower case with single blanks, conditions not met, bullets."""

    figures: dict[str, str]
    unmet: list[str]
    advice: list[str]
    text: str

    def number(self, key: str, where: str) -> float | None:
        """Return a figure, or nothing where it was not printed."""
        return amount(self.figures[key], where) if key in self.figures else None


class LoadgenSummary:
    """Reads ``mlperf_log_summary.txt``."""

    name = "loadgen-summary"
    title = "MLPerf LoadGen mlperf_log_summary.txt"
    asks = all_but("scenario")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by the title of the summary."""
        del name
        return _TITLE in head[:400]

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Return the one row of a summary, see ``types.Reader``."""
        del stated
        if _TITLE not in text[:400]:
            raise BadInput(problem(where, "not a summary of LoadGen", _TITLE, text[:80]))
        summary = _parse(text)
        row = _row(summary, where)
        return Report(tool="MLPerf LoadGen", rows=(row,))


def _parse(text: str) -> _Summary:
    figures: dict[str, str] = {}
    unmet = []
    for line in text.split("\n"):
        key, _, value = line.partition(":")
        name = " ".join(key.strip(" *").split())
        if value.strip():
            figures.setdefault(name.lower(), value.strip())
        if line.startswith("  ") and value.strip().upper() == "NO":
            unmet.append(name)
    return _Summary(figures, unmet, _bullets(text, "Recommendations:"), text)


def _bullets(text: str, title: str) -> list[str]:
    """Return the bulleted sentences under a title; each may go on in the next lines."""
    block = text.partition(f"\n{title}\n")[2]
    sentences: list[list[str]] = []
    for line in block.split("\n"):
        if line.startswith(" * "):
            sentences.append([line[3:].strip()])
        elif line.startswith(" ") and sentences:
            sentences[-1].append(line.strip())
        else:
            break
    return [" ".join(parts) for parts in sentences]


def _row(summary: _Summary, where: str) -> Row:
    scenario = _scenario(summary, where)
    result = summary.figures.get("result is")
    if result not in ("VALID", "INVALID"):
        expected = "Result is : VALID or INVALID"
        raise BadInput(problem(where, "no result in it", expected, result or "nothing"))
    values = _values(summary, scenario, where)
    if not values:
        raise BadInput(
            problem(where, "without the figure of its scenario", "a figure", scenario.value)
        )
    is_valid = result == "VALID"
    return Row(
        where=where,
        scenario=scenario,
        state=State.OK if is_valid else State.FAILED,
        reason=None if is_valid else _reason(summary),
        values=values if is_valid else {},
        settings={"loadgen_result": result, **_settings(summary, scenario, where)},
        note=None if is_valid else _note(values),
    )


def _scenario(summary: _Summary, where: str) -> Scenario:
    said = string(summary.figures.get("scenario"), f"{where}: Scenario")
    scenario = _SCENARIOS.get(said)
    if scenario is None:
        expected = f"one of {', '.join(_SCENARIOS)}"
        raise BadInput(problem(f"{where}: Scenario", "not a scenario of LoadGen", expected, said))
    mode = summary.figures.get("mode", "nothing")
    if mode not in _MODES:
        expected = f"one of {', '.join(_MODES)}"
        remedy = "import the summary of a performance run"
        raise BadInput(
            problem(f"{where}: Mode", "not a test of performance", expected, mode, remedy)
        )
    return scenario


def _reason(summary: _Summary) -> str:
    unmet = ", ".join(summary.unmet) or "not said"
    return "; ".join([f"LoadGen: INVALID; not met: {unmet}", *summary.advice])


def _note(values: dict[str, Value]) -> str:
    said = (f"{name} {value.value:g} {value.unit}" for name, value in values.items())
    return f"LoadGen printed {', '.join(said)}; figures of an INVALID test do not count."


def _values(summary: _Summary, scenario: Scenario, where: str) -> dict[str, Value]:
    """Return the scenario's own figure, and the percentiles that its queries support."""
    if scenario is Scenario.OFFLINE:
        samples = _whole(summary, "samples_per_query", where)
        rate = summary.number("samples per second", where)
        definition = "LoadGen offline: samples / seconds until the last one is done"
        return _value("throughput", rate, "1/s", samples, definition)
    n = _queries(summary)
    found: dict[str, Value] = {}
    if scenario is Scenario.SERVER:
        rate = summary.number("scheduled samples per second", where)
        definition = "LoadGen server: samples per second as scheduled"
        found = _value("throughput@server", rate, "1/s", n, definition)
    for name, percent in _PERCENTILES:
        if _HEADLINES.get(scenario) == name or (n is not None and supports(n, percent)):
            latency = summary.number(f"{percent:.2f} percentile latency (ns)", where)
            milliseconds = None if latency is None else scaled(latency, TIME["ns"], where)
            definition = f"LoadGen {scenario.value}, per query: {_FLOOR_INDEX}"
            found |= _value(f"latency@{name}", milliseconds, "ms", n, definition)
    return found


def _value(
    metric: str, figure: float | None, unit: str, n: int | None, definition: str
) -> dict[str, Value]:
    if figure is None:
        return {}
    return {metric: Value(value=figure, unit=unit, n=n, definition=definition)}


def _queries(summary: _Summary) -> int | None:
    """Return how many queries were processed, where early stopping says it."""
    match = _QUERIES.search(summary.text)
    count = next((each for each in match.groups() if each), None) if match else None
    return int(count) if count and len(count) <= 15 and int(count) else None


def _whole(summary: _Summary, key: str, where: str) -> int | None:
    return whole(summary.figures[key], f"{where}: {key}") if key in summary.figures else None


def _settings(summary: _Summary, scenario: Scenario, where: str) -> dict[str, Scalar]:
    """Return what decides about a result, as the runner records it; seeds as text (64 bits)."""
    figures = summary.figures
    found: dict[str, Scalar] = {"loadgen_mode": figures["mode"]}
    if "sut name" in figures:
        found["sut"] = figures["sut name"]
    for key, name in _PARAMETERS.items():
        if key in figures:
            found[name] = int(amount(figures[key], f"{where}: {key}"))
    found |= {seed: figures[seed] for seed in _SEEDS if seed in figures}
    found |= _of_scenario(summary, scenario, where)
    # What language models have beside it is kept as it is printed: it is no figure of queries.
    found |= {key: text for key, text in figures.items() if _TOKENS.search(key)}
    queries = _queries(summary)
    if queries is not None:
        found["queries"] = queries
    for count, kind in _COMPLAINTS.findall(summary.text):
        found[f"loadgen_{kind.lower()}s"] = int(count[:9])
    return found


def _of_scenario(summary: _Summary, scenario: Scenario, where: str) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    target = summary.number("target_qps", where)
    if scenario is Scenario.MULTI_STREAM:
        found["samples_per_query"] = _whole(summary, "samples_per_query", where)
    elif scenario is Scenario.OFFLINE:
        found["expected_qps"] = target
    elif scenario is Scenario.SERVER:
        bound = summary.number("target_latency (ns)", where)
        found["target_qps"] = target
        found["target_latency_ms"] = None if bound is None else scaled(bound, TIME["ns"], where)
        found["completed_qps"] = summary.number("completed samples per second", where)
    for percent in (90, 99):
        estimate = summary.number(f"early stopping {percent}.0th percentile estimate", where)
        if estimate is not None:
            found[f"early_stopping_p{percent}_ms"] = scaled(estimate, TIME["ns"], where)
    return {name: value for name, value in found.items() if value is not None}
