"""Tables of dl-benchmark (DLI): of ``src/benchmark`` and of ``src/accuracy_checker``.

Format: itlab-vision/dl-benchmark ``src/benchmark/output.py``, ``src/accuracy_checker/output.py``
and their earlier revisions: CSV with ``;`` (newer: any delimiter, all fields quoted), columns
known by their header, a trailing delimiter in some revisions. Latencies are in seconds and become
milliseconds; FPS stay 1/s; accuracies are printed with ``%``.

Traps: the asynchronous mode prints the latency 0, which is none; ``N/A``, ``None``, ``Undefined``
and empty fields are none either; ``Latency per token`` is in seconds or milliseconds, depending on
the launcher, and ``BATCH FPS`` is nowhere defined, so both are settings, as printed. The machine
is one free text: a table of several machines has them as platforms; one machine is named by the
person. The accuracies of one model stand in lines of their own and are put together; of one that
was measured on several numbers of objects, that on the most is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from benchfolio.importers.names import slug
from benchfolio.importers.reports.parsing import (
    PRECISIONS,
    amount,
    number,
    parse_csv,
    problem,
    string,
    whole,
)
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.importers.reports.units import TIME, qualified, scaled
from benchfolio.results import (
    BadInput,
    Direction,
    Kind,
    Load,
    Metric,
    Precision,
    Problem,
    Scenario,
    State,
    Value,
)
from benchfolio.results.types import Scalar

_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "status": "status",
        "task type": "task",
        "topology name": "model",
        "model": "model",
        "dataset": "dataset",
        "framework": "source_framework",
        "inference framework": "runtime",
        "input blob sizes": "shape",
        "precision": "precision",
        "weight type": "precision",
        "batch size": "batch",
        "mode": "mode",
        "parameters": "parameters",
        "infrastructure": "machine",
        "infrastucture": "machine",
        "average time of single pass (s)": "mean",
        "latency": "latency",
        "fps": "fps",
        "error type": "error",
        "device": "device",
        "type accuracy": "metric",
        "accuracy type": "metric",
        "objects": "objects",
        "accuracy": "accuracy",
    }
)
"""Header, in lower case → what it is; others are settings, as printed."""
_NOTHING = ("", "n/a", "none", "undefined", "-", "nan")
_MODES = {"sync": Scenario.LATENCY, "async": Scenario.THROUGHPUT}
_PARAMETER = re.compile(r"(?:^|, )(?P<name>[A-Z][^:,]{0,60}): ?")
_MACHINE = ("CPU", "CPU family", "GPU", "RAM size")
_ACCURACIES: Mapping[str, str] = MappingProxyType(
    {
        "accuracy": "accuracy",
        "accuracy@top_k_1": "accuracy@top1",
        "accuracy@top_k_5": "accuracy@top5",
        "accuracy@top1": "accuracy@top1",
        "accuracy@top5": "accuracy@top5",
        "mean_iou": "mean_iou",
        "mean_iou@mean": "mean_iou",
    }
)
"""The table's name of a metric → that of the registry."""


class _Line(msgspec.Struct):
    """One line of a table: its place, and fields by what they are, then others; none is empty."""

    at: str
    fields: dict[str, str]
    others: dict[str, str]

    def get(self, name: str) -> str | None:
        return self.fields.get(name)


class DlBenchmark:
    """Reads the tables of dl-benchmark."""

    name = "dl-benchmark"
    title = "dl-benchmark (DLI) benchmark and accuracy tables"
    asks: tuple[Field, ...] = ("release", "platform", "recipe", "runtime_version")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by the columns that only these tables have."""
        del name
        first = head.lstrip("\n").partition("\n")[0].lower()
        return ("average time of single pass" in first and "fps" in first) or (
            "topology name" in first and "accuracy" in first
        )

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Return one row for each line, accuracies put together, see ``types.Reader``."""
        labels, lines = _table(text, where)
        left_out: list[Problem] = []
        machines = _machines(lines)
        metrics: dict[str, Metric] = {}
        if "accuracy" in _meanings(labels):
            rows = _accuracies(lines, stated, metrics, left_out)
        else:
            rows = [_speed(line, metrics) for line in lines]
        if machines:
            rows = [_placed(row, machines) for row in rows]
        return Report(
            tool="dl-benchmark", rows=tuple(rows), metrics=metrics, left_out=tuple(left_out)
        )


def _table(text: str, where: str) -> tuple[list[str], list[_Line]]:
    header = text.lstrip("\n").partition("\n")[0]
    delimiter = max(";,\t|", key=header.count)
    numbered = [(line, row) for line, row in parse_csv(text, where, delimiter) if any(row)]
    labels = [label.strip() for label in numbered[0][1]] if numbered else []
    known = _meanings(labels)
    if "model" not in known or not {"fps", "accuracy"} & set(known):
        expected = "columns Topology name, and FPS or Accuracy"
        raise BadInput(problem(f"{where}:1", "not a table of dl-benchmark", expected, labels))
    repeated = [label for label, count in Counter(known).items() if count > 1]
    if repeated:
        raise BadInput(problem(f"{where}:1", "a column is there twice", "each once", repeated[0]))
    if len(numbered) == 1:
        raise BadInput(problem(where, "a header without a row", "rows", "none"))
    return labels, [_line(labels, row, f"{where}:{line}") for line, row in numbered[1:]]


def _meanings(labels: Sequence[str]) -> list[str]:
    return [_NAMES[label.lower()] for label in labels if label.lower() in _NAMES]


def _line(labels: list[str], row: list[str], at: str) -> _Line:
    # Some revisions end lines, but not the header, with the delimiter; or the other way round.
    is_longer = any(row[len(labels) :])
    if is_longer or len(row) < len(labels) - 1:
        raise BadInput(
            problem(at, "not as many fields as columns", f"{len(labels)} fields", len(row))
        )
    fields = {
        _NAMES[label.lower()]: value.strip()
        for label, value in zip(labels, row, strict=False)
        if label.lower() in _NAMES and value.strip().lower() not in _NOTHING
    }
    string(fields.get("model"), at)
    others = {
        slug(label).replace("-", "_"): value.strip()
        for label, value in zip(labels, row, strict=False)
        if label and label.lower() not in _NAMES and value.strip().lower() not in _NOTHING
    }
    return _Line(at, fields, others)


def _machines(lines: Iterable[_Line]) -> dict[str, str]:
    """Return the machines of a table by its text of them; nothing where it is of one alone."""
    found = {text: _machine(text) for text in (line.get("machine") for line in lines) if text}
    return found if len(set(found.values())) > 1 else {}


def _machine(text: str) -> str:
    """Return what does not change with an update of the system: CPU, GPU, memory."""
    parts = _parameters(text)
    named = [parts[name] for name in _MACHINE if parts.get(name, "").lower() not in _NOTHING]
    return ", ".join(named) or text


def _parameters(text: str) -> dict[str, str]:
    """Divide ``Device: CPU, Iteration count: 1000``; values may have commas in them."""
    marks = list(_PARAMETER.finditer(text))
    found = {}
    for index, mark in enumerate(marks):
        end = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        found[mark["name"].strip()] = text[mark.end() : end].strip()
    return found


def _placed(row: Row, machines: Mapping[str, str]) -> Row:
    note = row.note or ""
    return msgspec.structs.replace(row, platform=machines.get(note))


def _speed(line: _Line, metrics: dict[str, Metric]) -> Row:
    parameters = _parameters(line.get("parameters") or "")
    mode = line.get("mode")
    scenario = _MODES.get(mode.lower()) if mode else None
    if mode and scenario is None:
        raise BadInput(problem(line.at, "not a mode", "Sync or Async", mode))
    state, reason = _state(line)
    values = _speeds(line, scenario, parameters, metrics) if state is State.OK else {}
    if state is State.OK and not values:
        state, reason = State.FAILED, "dl-benchmark: Success, but without a figure"
    return Row(
        where=line.at,
        model=line.get("model"),
        task=line.get("task"),
        dataset=line.get("dataset"),
        scenario=scenario,
        precision=_precision(line),
        runtime=line.get("runtime"),
        device=line.get("device") or parameters.get("Device"),
        batch=_whole(line.get("batch"), line.at),
        shape=line.get("shape"),
        load=_load(parameters, line.at),
        state=state,
        reason=reason,
        values=values,
        settings=_settings(line, parameters),
        note=line.get("machine"),
    )


def _state(line: _Line) -> tuple[State, str | None]:
    status = line.get("status") or "Success"
    if status.lower() == "success":
        return State.OK, None
    if status.lower() != "failed":
        raise BadInput(problem(line.at, "not a status", "Success or Failed", status))
    return State.FAILED, f"dl-benchmark: {line.get('error') or status}"


def _whole(text: str | None, at: str) -> int | None:
    return None if text is None else whole(text, at)


def _precision(line: _Line) -> Precision | None:
    """Return the precision; of names that are none of ours the person decides."""
    return PRECISIONS.get((line.get("precision") or "").upper())


def _load(parameters: Mapping[str, str], at: str) -> Load | None:
    streams = parameters.get("Stream count", "")
    requests = parameters.get("Async request count", "")
    if not streams.isdecimal() and not requests.isdecimal():
        return None
    return Load(
        streams=whole(streams, at) if streams.isdecimal() else None,
        requests=whole(requests, at) if requests.isdecimal() else None,
    )


def _settings(line: _Line, parameters: Mapping[str, str]) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {
        slug(name).replace("-", "_"): value
        for name, value in parameters.items()
        if name != "Device"
    }
    found |= line.others
    if line.get("source_framework"):
        found["source_framework"] = line.get("source_framework")
    if line.get("precision") and _precision(line) is None:
        found["precision_as_printed"] = line.get("precision")
    return found


def _speeds(
    line: _Line,
    scenario: Scenario | None,
    parameters: Mapping[str, str],
    metrics: dict[str, Metric],
) -> dict[str, Value]:
    count = parameters.get("Iteration count", "")
    n = whole(count, line.at) if count.isdecimal() and int(count[:9]) else None
    found: dict[str, Value] = {}
    if line.get("fps"):
        figure = amount(line.get("fps"), line.at)
        definition = "dl-benchmark FPS: samples per second, without outliers"
        found["throughput"] = Value(value=figure, unit="1/s", n=n, definition=definition)
    median = _milliseconds(line, "latency")
    if median and scenario is not Scenario.THROUGHPUT:
        definition = "dl-benchmark Latency: median time of a batch"
        found["latency@median"] = Value(value=median, unit="ms", n=n, definition=definition)
    mean = _milliseconds(line, "mean")
    if mean:
        definition = "dl-benchmark: average time of a single pass"
        metrics["latency@mean"] = qualified("latency@mean", "mean latency", definition)
        found["latency@mean"] = Value(value=mean, unit="ms", n=n, definition=definition)
    return found


def _milliseconds(line: _Line, name: str) -> float | None:
    text = line.get(name)
    return None if text is None else scaled(amount(text, line.at), TIME["s"], line.at)


def _accuracies(
    lines: Iterable[_Line], stated: Stated, metrics: dict[str, Metric], left_out: list[Problem]
) -> list[Row]:
    """Put lines of one model, data set, device and number of objects together."""
    rows: dict[tuple[str | None, ...], Row] = {}
    failed: list[_Line] = []
    for line in lines:
        if _state(line)[0] is State.FAILED:
            failed.append(line)
            continue
        found = _accuracy(line, stated, metrics)
        if isinstance(found, Problem):
            left_out.append(found)
            continue
        key = (*_of(line), line.get("precision"))
        row = rows.setdefault(key, _accuracy_row(line, State.OK))
        rows[key] = _with_most(row, found, line, left_out)
    return [*rows.values(), *_failures(failed, {key[:-1] for key in rows}, left_out)]


def _with_most(row: Row, found: tuple[str, Value], line: _Line, left_out: list[Problem]) -> Row:
    """Add an accuracy to a row; of several that of the most objects.

    Raises:
        BadInput: There are two of as many objects.
    """
    metric, value = found
    before = row.values.get(metric)
    if before is None:
        return msgspec.structs.replace(row, values={**row.values, metric: value})
    counts = sorted((before.n or 0, value.n or 0))
    if counts[0] == counts[1]:
        expected = "one, or with different numbers of objects"
        raise BadInput(problem(line.at, "the same accuracy twice", expected, metric))
    what = f"the same accuracy was measured on {counts[0]} and on {counts[1]} objects"
    expected = "the most objects, which are read"
    left_out.append(problem(line.at, what, expected, metric, "none is needed"))
    most = value if (value.n or 0) == counts[1] else before
    return msgspec.structs.replace(row, values={**row.values, metric: most})


def _of(line: _Line) -> tuple[str | None, ...]:
    names = ("model", "task", "runtime", "device", "dataset", "machine", "source_framework")
    return tuple(line.get(name) for name in names)


def _failures(
    lines: Iterable[_Line], known: set[tuple[str | None, ...]], left_out: list[Problem]
) -> list[Row]:
    """Return a failed row for what has no other; of others, only a metric has failed."""
    rows: dict[tuple[str | None, ...], Row] = {}
    for line in lines:
        key = _of(line)
        metric = line.get("metric") or "an accuracy"
        if key in known:
            left_out.append(problem(line.at, "a metric that failed", "a figure", metric))
        elif key not in rows:
            rows[key] = _accuracy_row(line, State.FAILED)
    return list(rows.values())


def _accuracy_row(line: _Line, state: State) -> Row:
    return Row(
        where=line.at,
        model=line.get("model"),
        task=line.get("task"),
        dataset=line.get("dataset"),
        scenario=Scenario.ACCURACY,
        precision=_precision(line),
        runtime=line.get("runtime"),
        device=line.get("device"),
        state=state,
        reason=_state(line)[1],
        settings=_settings(line, {}),
        note=line.get("machine"),
    )


def _accuracy(
    line: _Line, stated: Stated, metrics: dict[str, Metric]
) -> tuple[str, Value] | Problem:
    """Return one accuracy; or why it cannot be read."""
    name, printed = line.get("metric"), line.get("accuracy")
    if name is None or printed is None:
        return problem(line.at, "without a metric or its value", "both", printed or name)
    metric = _ACCURACIES.get(name) or _stated(name, stated, metrics)
    if metric is None:
        remedy = f"state it: --direction '{name}=higher', or lower"
        return problem(
            line.at, "it is not said which way is better", "a known metric", name, remedy
        )
    if not printed.endswith("%"):
        what = "a value of which it is not said whether it is of 1 or of 100"
        return problem(line.at, what, "a value with %", printed, "correct the table")
    value = number(printed.removesuffix("%"), line.at)
    n = _whole(line.get("objects"), line.at)
    return metric, Value(value=value, unit="%", n=n)


def _stated(name: str, stated: Stated, metrics: dict[str, Metric]) -> str | None:
    direction = stated.directions.get(name)
    if direction is None:
        return None
    metrics[name] = Metric(
        label=name,
        unit="%",
        direction=Direction(direction),
        kind=Kind.QUALITY,
        definition=f"{name} of Accuracy Checker, in percent",
    )
    return name
