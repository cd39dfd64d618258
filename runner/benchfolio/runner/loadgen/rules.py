"""What is asked of LoadGen: its own rules, and what a suite says instead."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from benchfolio.results import Scenario
from benchfolio.runner.engines.base import Scalar, Untyped
from benchfolio.runner.jobs import LoadGenSettings

NAMES = MappingProxyType(
    {
        Scenario.SINGLE_STREAM: "SingleStream",
        Scenario.MULTI_STREAM: "MultiStream",
        Scenario.OFFLINE: "Offline",
        Scenario.SERVER: "Server",
    }
)
"""Our scenarios → LoadGen's."""

SEEDS = ("qsl_rng_seed", "sample_index_rng_seed", "schedule_rng_seed")
_ONLY_MLPERF_CONF = 0
_NS = 1e6  # in a millisecond


def settings(loadgen: Untyped, scenario: Scenario, asked: LoadGenSettings) -> tuple[Untyped, str]:
    """Return LoadGen's settings, and which of MLPerf's rules they do not keep.

    The rules are those of the mlperf.conf that LoadGen carries. It notes an error when it reads
    that twice, so this is called once a process.
    """
    result = loadgen.TestSettings()
    result.FromConfig("", "benchfolio", NAMES[scenario], _ONLY_MLPERF_CONF)
    result.scenario = getattr(loadgen.TestScenario, NAMES[scenario])
    result.mode = loadgen.TestMode.PerformanceOnly
    rules = described(result, scenario)
    for name, value in _changes(asked).items():
        if value is not None:
            setattr(result, name, value)
    return result, _deviations(rules, described(result, scenario))


def described(used: Untyped, scenario: Scenario) -> dict[str, Scalar]:
    """Return the settings that decide about a result, as they are; seeds as text (64 bits)."""
    found: dict[str, Scalar] = {
        "min_duration_ms": used.min_duration_ms,
        "min_query_count": used.min_query_count,
        **{name: str(getattr(used, name)) for name in SEEDS},
    }
    if scenario is Scenario.MULTI_STREAM:
        found["samples_per_query"] = used.multi_stream_samples_per_query
    elif scenario is Scenario.OFFLINE:
        found["expected_qps"] = round(used.offline_expected_qps, 3)
    elif scenario is Scenario.SERVER:
        found["target_qps"] = round(used.server_target_qps, 3)
        found["target_latency_ms"] = used.server_target_latency_ns / _NS
    return found


def _changes(asked: LoadGenSettings) -> dict[str, int | float | None]:
    """Return what the suite says, in LoadGen's names and units."""
    latency, bound = asked.expected_latency_ms, asked.target_latency_ms
    expected = latency * _NS if latency is not None else None
    return {
        "min_duration_ms": asked.min_duration_ms,
        "min_query_count": asked.min_query_count,
        "multi_stream_samples_per_query": asked.samples_per_query,
        "single_stream_expected_latency_ns": expected,
        "multi_stream_expected_latency_ns": expected,
        "offline_expected_qps": asked.expected_qps,
        "server_target_qps": asked.target_qps,
        "server_target_latency_ns": round(bound * _NS) if bound is not None else None,
    }


def _deviations(rules: Mapping[str, Scalar], used: Mapping[str, Scalar]) -> str:
    """Name the rules that are not kept; more queries or a longer test than asked for keep them."""
    said = []
    for name in ("min_duration_ms", "min_query_count"):
        rule, value = rules[name], used[name]
        assert isinstance(rule, int)
        assert isinstance(value, int)
        if value < rule:
            said.append(f"{name} {value} (rule: {rule})")
    name = "samples_per_query"
    if used.get(name) != rules.get(name):
        said.append(f"{name} {used[name]} (rule: {rules[name]})")
    return "; ".join(said) or "none"
