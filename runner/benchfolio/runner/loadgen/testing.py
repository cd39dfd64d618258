"""A cell measured by LoadGen, in the child process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from benchfolio.results import Scenario, State, Value
from benchfolio.runner import loadgen
from benchfolio.runner.describing import shape_of
from benchfolio.runner.engines.base import (
    TIMED_REGION,
    Engine,
    Feeds,
    Purpose,
    Scalar,
    Session,
    Untyped,
)
from benchfolio.runner.inspecting import load_feeds
from benchfolio.runner.jobs import LoadGenSettings, Measure, Measured, Refused
from benchfolio.runner.loadgen import rules
from benchfolio.runner.loadgen.answering import Answerer, Infer, Library, requests_of
from benchfolio.runner.loadgen.summary import Summary, parse
from benchfolio.runner.timing import Turns, warm_up, without_collection
from benchfolio.statistics import supports

_FLOOR_INDEX = "element ⌊n·p/100⌋ (from 0) of n ascending latencies"
_REGION = (
    "LoadGen's clock: from the issue of a query (server: from when it was due) to the report of a "
    "sample; within it the making of batches and "
)
_PERCENTILES = (("median", 50.0), ("p90", 90.0), ("p95", 95.0), ("p99", 99.0), ("p99.9", 99.9))
_HEADLINES = {Scenario.SINGLE_STREAM: "p90", Scenario.MULTI_STREAM: "p99"}
_FASTER = 2.0
"""LoadGen makes its queries in advance, so a test must not outrun what a warm-up let expect:
so much shorter is the latency it is told …"""
_MORE = 1.2
"""… and so much higher the throughput."""
_CLOSE = 0.05
"""A search ends when the highest valid and the lowest invalid rate are so close."""
_LEAST_STREAM = 0.05


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """One test: what LoadGen says, and how many queries and samples it sent."""

    summary: Summary
    queries: int
    samples: int


def measure(engine: Engine, job: Measure) -> Measured | Refused:
    """Measure one cell with LoadGen.

    A test that LoadGen calls INVALID has failed, as an imported one has: by MLPerf's rules only a
    VALID run is a result. Its figures are no measurement of what the scenario asks for (in server,
    the rate is merely what was scheduled), so they are told in the note and are values of nothing.
    A state, unlike a verdict on how calm the machine was, also has ``--resume`` test it again.

    Raises:
        Unsupported: The engine says that it cannot; the reason is in its words.
        MissingEnvironment: LoadGen is not installed.
    """
    package = loadgen.find()
    assert job.loadgen is not None
    asked = job.loadgen
    settings, deviations = rules.settings(package, job.scenario, asked)
    at_once = _is_one_request(job, settings)
    feeds = load_feeds(Path(job.feeds))
    purpose: Purpose = "latency" if at_once else "throughput"
    session = engine.load(Path(job.artefact), job.config(purpose))
    requests, rate = _warm(session, feeds, asked.warmup_seconds, at_once=at_once)
    _expect(settings, job.scenario, asked, rate * job.batch)
    library = Library(job.subject.model, feeds, job.batch)
    without_collection()

    def test() -> Tested:
        answerer = Answerer(package, library, requests, batch=job.batch, at_once=at_once)
        return _test(package, settings, answerer, len(library))

    tested, found = _tested(job.scenario, settings, asked, test, rate)
    beside: dict[str, Scalar] = {
        "loadgen_version": loadgen.version(),
        "mlperf_rules_not_kept": deviations,
        "performance_sample_count": len(library),
        "requests": len(requests),
        "timed_region": _REGION + TIMED_REGION,
        "warmup_seconds": asked.warmup_seconds,
    }
    used = session.settings() | rules.described(settings, job.scenario) | found | _said(tested)
    return _ended(job.scenario, tested, used | beside, shape_of(feeds))


def _ended(
    scenario: Scenario, tested: Tested, settings: dict[str, Scalar], shape: str
) -> Measured | Refused:
    figures = values(scenario, tested)
    if tested.summary.is_valid:
        return Measured(values=figures, settings=settings, shape=shape)
    return Refused(
        state=State.FAILED,
        reason=tested.summary.reason,
        settings=settings,
        shape=shape,
        note=_note(figures),
    )


def _note(figures: Mapping[str, Value]) -> str | None:
    """Keep what an INVALID test printed, as the importer of summaries does."""
    said = ", ".join(f"{name} {each.value:g} {each.unit}" for name, each in figures.items())
    return f"LoadGen printed {said}; figures of an INVALID test do not count." if said else None


def values(scenario: Scenario, tested: Tested) -> dict[str, Value]:
    """Return the scenario's own figure, and the percentiles that its queries support."""
    summary = tested.summary
    if scenario is Scenario.OFFLINE:
        rate = summary.number("samples per second")
        definition = "LoadGen offline: samples / seconds until the last one is done"
        return _value("throughput", rate, "1/s", tested.samples, definition)
    found: dict[str, Value] = {}
    if scenario is Scenario.SERVER:
        rate = summary.number("scheduled samples per second")
        definition = "LoadGen server: samples per second as scheduled"
        found = _value("throughput@server", rate, "1/s", tested.samples, definition)
    for name, percent in _PERCENTILES:
        if supports(tested.queries, percent) or _HEADLINES.get(scenario) == name:
            latency = summary.number(f"{percent:.2f} percentile latency (ns)")
            milliseconds = None if latency is None else latency / 1e6
            definition = f"LoadGen {scenario.value}, per query: {_FLOOR_INDEX}"
            found |= _value(f"latency@{name}", milliseconds, "ms", tested.queries, definition)
    return found


def _value(
    metric: str, figure: float | None, unit: str, n: int, definition: str
) -> dict[str, Value]:
    if figure is None:
        return {}
    return {metric: Value(value=figure, unit=unit, n=n, definition=definition)}


def _is_one_request(job: Measure, settings: Untyped) -> bool:
    """Return whether a query is one request to the engine, with none beside it."""
    if job.scenario is Scenario.MULTI_STREAM:
        return bool(job.batch >= settings.multi_stream_samples_per_query)
    return job.scenario is Scenario.SINGLE_STREAM


def _warm(
    session: Session, feeds: list[Feeds], seconds: float, *, at_once: bool
) -> tuple[list[Infer], float]:
    """Warm up; return what serves requests side by side, and the requests per second."""
    session.infer(feeds[0])
    in_flight = 1 if at_once else int(session.settings().get("requests") or 1)
    requests = requests_of(session, in_flight)
    for infer in requests:
        infer(feeds[0])
    if in_flight == 1:
        return requests, 1 / warm_up(session, Turns(feeds), seconds)
    stream = session.stream(feeds, max(seconds, _LEAST_STREAM))
    return requests, len(stream.completed) / (stream.completed[-1] - stream.started)


def _expect(settings: Untyped, scenario: Scenario, asked: LoadGenSettings, rate: float) -> None:
    """Tell LoadGen what to expect, where the suite does not.

    Args:
        settings: LoadGen's.
        scenario: What is measured.
        asked: What the suite says.
        rate: Samples per second in the warm-up.
    """
    if asked.expected_latency_ms is None:
        nanoseconds = 1e9 / rate / _FASTER
        settings.single_stream_expected_latency_ns = nanoseconds
        samples = settings.multi_stream_samples_per_query
        settings.multi_stream_expected_latency_ns = nanoseconds * samples
    if scenario is Scenario.OFFLINE and asked.expected_qps is None:
        settings.offline_expected_qps = rate * _MORE


def _tested(
    scenario: Scenario,
    settings: Untyped,
    asked: LoadGenSettings,
    test: Callable[[], Tested],
    rate: float,
) -> tuple[Tested, dict[str, Scalar]]:
    """Return the test that counts, and what is to be recorded of how it was found.

    An offline test that was too short for LoadGen is done again with the rate it reached, as
    LoadGen advises; unless the suite says what to expect.
    """
    if scenario is Scenario.SERVER and asked.target_qps is None:
        return _search(settings, test, rate, asked.max_tests)
    tested = test()
    reached = tested.summary.number("samples per second")
    too_short = tested.summary.figures.get("min duration satisfied") == "NO"
    if scenario is Scenario.OFFLINE and too_short and reached and asked.expected_qps is None:
        settings.offline_expected_qps = reached * _MORE
        return test(), {"tests": 2}
    return tested, {}


def _search(
    settings: Untyped, test: Callable[[], Tested], rate: float, tests: int
) -> tuple[Tested, dict[str, Scalar]]:
    """Search for the most queries per second that LoadGen calls valid, by bisection.

    Returns:
        The valid test with the most, or the one with the fewest where none is valid; and what is
        to be recorded. ``settings`` are those of that test.
    """
    low, high, done = 0.0, rate, 0
    best: Tested | None = None
    while done < tests and (best is None or high - low > _CLOSE * high):
        settings.server_target_qps = (low + high) / 2
        tested = test()
        done += 1
        if tested.summary.is_valid:
            low, best = settings.server_target_qps, tested
        else:
            high = settings.server_target_qps
    settings.server_target_qps = low or high
    return best or tested, {
        "tests": done,
        "search": "bisection",
        "searched_below_qps": round(rate, 3),
        "lowest_qps_not_valid": round(high, 3) if high < rate else None,
    }


def _test(package: Untyped, settings: Untyped, answerer: Answerer, samples: int) -> Tested:
    """Run one test with its logs in a folder that goes away.

    Raises:
        Exception: What an inference raised.
    """
    sut = package.ConstructSUT(answerer.issue, answerer.flush)
    qsl = package.ConstructQSL(samples, samples, _loaded_already, _loaded_already)
    with tempfile.TemporaryDirectory(prefix="loadgen-") as folder:
        audit = str(Path(folder, "audit.config"))  # there is none; the default is one in the cwd
        package.StartTestWithLogSettings(sut, qsl, settings, _logs(package, folder), audit)
        answerer.end()
        text = Path(folder, "mlperf_log_summary.txt").read_text(encoding="utf-8", errors="replace")
    package.DestroyQSL(qsl)
    package.DestroySUT(sut)
    return Tested(summary=parse(text), queries=answerer.queries, samples=answerer.samples)


def _loaded_already(indices: list[int]) -> None:
    """Hear that samples shall be in memory, or need not be any more; they always are."""


def _logs(package: Untyped, folder: str) -> Untyped:
    output = package.LogOutputSettings()
    output.outdir = folder
    output.copy_summary_to_stdout = False
    logs = package.LogSettings()
    logs.log_output = output
    logs.enable_trace = False
    return logs


def _said(tested: Tested) -> dict[str, Scalar]:
    """Return LoadGen's judgement, and its estimates of percentiles, which MLPerf publishes."""
    summary = tested.summary
    found: dict[str, Scalar] = {
        "loadgen_result": summary.figures.get("result is", "none"),
        "queries": tested.queries,
    }
    for percent in (90, 99):
        estimate = summary.number(f"early stopping {percent}.0th percentile estimate")
        if estimate is not None:
            found[f"early_stopping_p{percent}_ms"] = estimate / 1e6
    completed = summary.number("completed samples per second")
    return found if completed is None else {**found, "completed_qps": completed}
