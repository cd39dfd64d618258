"""Result files of onnxruntime_perf_test.

Format: onnxruntime ``onnxruntime/test/perftest/performance_result.h``. One line a run, without a
header::

    model_name,time,peak_workingset_bytes,average_cpu_percent,run_index

and, with ``-s``, lines as ``P90 Latency is 0.0599845sec`` behind them. The file is appended to:
each invocation begins again with run 0. The time is in seconds, printed as a decimal of six
digits; revisions that use LoadGen's types print whole nanoseconds there, and seconds still in the
text.

Times become milliseconds, the peak working set MiB. Percentiles are computed from the runs by the
registry's definition; the tool's own (element ⌊n·p⌋ from 0) only serve to check the unit.
"""

from __future__ import annotations

import re
from fractions import Fraction

import msgspec

from benchfolio.importers.reports.parsing import amount, number, problem, string
from benchfolio.importers.reports.types import Report, Row, Stated, all_but
from benchfolio.importers.reports.units import SIZE, TIME, latencies, scaled
from benchfolio.results import BadInput, Scenario, Value

_TEXT = re.compile(
    r"(?P<what>Min|Max|P50|P90|P95|P99|P999) Latency is (?P<time>\S+?) ?se(?:c|conds?)?", re.ASCII
)
_ROW = re.compile(r"(?P<model>.+),(?P<time>[^,]+),(?P<bytes>\d+),(?P<cpu>-?\d+),(?P<run>\d+)")
_WHOLE = re.compile(r"\d+", re.ASCII)
_LEAST_NS = 1000
"""No run takes less than a microsecond, and none takes a thousand seconds to the second."""
_NS_IN_S = 1e9
_CLOSE = 1e-4
"""Six digits of a decimal are printed."""
_MAX_RUNS = 2_000_000


class _Invocation(msgspec.Struct):
    """What one invocation of the tool appended.

    Attributes:
        line: Line of its first run.
        times: As printed.
        said: Seconds by the tool's name of a statistic.
    """

    line: int
    model: str
    memory: float
    cpu: float
    times: list[str]
    said: dict[str, float]


class OrtPerfTest:
    """Reads what ``onnxruntime_perf_test MODEL RESULT_FILE`` writes."""

    name = "ort-perf-test"
    title = "ONNX Runtime onnxruntime_perf_test result file"
    asks = all_but("model", "dataset", "scenario", "runtime")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by the first line: four commas, and the first run of an invocation."""
        del name
        match = _ROW.fullmatch(head.lstrip("\n").partition("\n")[0].strip())
        return match is not None and match["run"] == "0" and _is_number(match["time"])

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Return one row for each invocation, see ``types.Reader``."""
        del stated
        invocations = _invocations(text, where)
        rows = [_row(each, f"{where}:{each.line}") for each in invocations]
        return Report(tool="onnxruntime_perf_test", rows=tuple(rows))


def _is_number(text: str) -> bool:
    try:
        amount(text, "")
    except BadInput:
        return False
    return True


def _invocations(text: str, where: str) -> list[_Invocation]:
    found: list[_Invocation] = []
    for line, content in enumerate(text.split("\n"), 1):
        if content.strip():
            _take(content.strip(), line, f"{where}:{line}", found)
    if not found:
        raise BadInput(problem(where, "no run in it", "model,time,bytes,cpu,run", text[:80]))
    return found


def _take(content: str, line: int, at: str, found: list[_Invocation]) -> None:
    """Add a line to the invocation that it belongs to."""
    run, said = _ROW.fullmatch(content), _TEXT.fullmatch(content)
    if said is not None and found:
        found[-1].said[said["what"]] = amount(said["time"], at)
    elif run is not None:
        _take_run(run, line, at, found)
    else:
        expected = "a run, or a latency with its percentile"
        raise BadInput(problem(at, "not a line of such a file", expected, content))


def _take_run(run: re.Match[str], line: int, at: str, found: list[_Invocation]) -> None:
    amount(run["time"], at)
    if run["run"] == "0":
        model = string(run["model"], at)
        memory, cpu = amount(run["bytes"], at), number(run["cpu"], at)
        found.append(_Invocation(line, model, memory, cpu, [], {}))
    expected = len(found[-1].times) if found else 0
    if len(run["run"]) > 8 or int(run["run"]) != expected or expected >= _MAX_RUNS:
        raise BadInput(problem(at, "a run is missing", f"run {expected}", run["run"]))
    if found[-1].model != run["model"].strip() or found[-1].said:
        raise BadInput(problem(at, "a run of another invocation", "run 0 first", run["model"]))
    found[-1].times.append(run["time"].strip())


def _row(run: _Invocation, at: str) -> Row:
    unit = _unit(run, at)
    times = [float(time) for time in run.times]
    definition = "time of a run, as onnxruntime_perf_test measured it"
    values = latencies(times, TIME[unit], definition, at)
    if run.memory:
        mebibytes = scaled(run.memory, SIZE["B"], at)
        values["memory@peak"] = Value(value=mebibytes, unit="MiB", definition="peak working set")
    return Row(
        where=at,
        model=run.model,
        scenario=Scenario.LATENCY,
        runtime="onnxruntime",
        values=values,
        settings={"runs": len(times), "average_cpu_percent": run.cpu, "time_unit": unit},
    )


def _unit(run: _Invocation, at: str) -> str:
    """Tell seconds from nanoseconds: by the text in seconds, else by how the times are printed.

    Raises:
        BadInput: The text is of other runs, or neither tells.
    """
    times = sorted(float(time) for time in run.times)
    if run.said:
        for unit, factor in (("s", 1.0), ("ns", 1 / _NS_IN_S)):
            if all(_agrees(times, factor, *said) for said in run.said.items()):
                return unit
        got = ", ".join(f"{what} {time} s" for what, time in run.said.items())
        raise BadInput(
            problem(at, "statistics of other runs", "those of the runs before them", got)
        )
    is_whole = all(_WHOLE.fullmatch(time) for time in run.times)
    if is_whole and times[0] >= _LEAST_NS:
        return "ns"
    if not is_whole and times[-1] < _LEAST_NS:
        return "s"
    remedy = "write the file again with -s, so that the text tells"
    expected = "decimals (seconds) or whole numbers from 1000 on (nanoseconds)"
    raise BadInput(problem(at, "times of an unknown unit", expected, run.times[0], remedy))


def _agrees(ordered: list[float], factor: float, what: str, seconds: float) -> bool:
    """Tell whether a statistic is that of the runs; the tool takes element ⌊n·p⌋ from 0."""
    n = len(ordered)
    places = {"Min": 0, "Max": n - 1}
    percents = {"P50": Fraction(1, 2), "P90": Fraction(9, 10), "P95": Fraction(19, 20)}
    percents |= {"P99": Fraction(99, 100), "P999": Fraction(999, 1000)}
    place = places[what] if what in places else min(int(n * percents[what]), n - 1)
    # In floating point the tool may land one below.
    near = ordered[max(0, place - 1) : place + 1] if what in percents else [ordered[place]]
    return any(abs(time * factor - seconds) <= _CLOSE * max(seconds, 1e-9) for time in near)
