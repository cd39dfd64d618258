"""NNCF's conformance tests: ``results.csv`` of post-training quantisation and weight compression.

Format: ``tests/post_training/{test_quantize_conformance.py,pipelines/base.py}`` of
openvinotoolkit/nncf; the older table (``Metrics type``, ``Measured``) is of its accuracy tests.
Every backend's model is validated with OpenVINO, so that a backend is the form of the model. More
than the reference counts as an improvement there, whatever the metric: higher is better. ``Metric
diff`` is value − FP32 value. A status speaks of the reference: a value that is there stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType

import msgspec

from benchfolio.importers.reports.openvino_names import one_line
from benchfolio.importers.reports.parsing import amount, check_columns, number, parse_csv, problem
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.importers.reports.units import scaled
from benchfolio.results import (
    METRICS,
    BadInput,
    Claim,
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

_NEW = ("Model", "Backend", "Metric name", "Metric value", "Metric diff", "Status")
_OLD = ("Model", "Backend", "Metrics type", "Measured", "Diff FP32", "Status")
_TIMES: Mapping[str, str] = MappingProxyType(
    {
        "Num FQ": "fake_quantize_nodes",
        "Num int8": "int8_nodes",
        "Num int4": "int4_nodes",
        "Compr. time": "compression_time",
        "RAM MiB": "compression_memory_mib",
    }
)
"""Columns on the compression itself → name in a cell's settings."""

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "original": Recipe(method="original", label="original"),
        "nncf-ptq": Recipe(method="ptq", tool="nncf", label="NNCF PTQ"),
        "nncf-weight-compression": Recipe(
            method="weight-only", tool="nncf", label="NNCF weight compression"
        ),
    }
)

_ACCURACY = frozenset({"acc@1", "accuracy@1", "accuracy@top1"})


class NncfConformance:
    """Reader of a table: an accuracy cell for each model and backend, one more where FPS stands."""

    name = "nncf-conformance"
    title = "NNCF conformance tests: results.csv of PTQ and weight compression, and the older table"
    asks: tuple[Field, ...] = ("release", "platform", "device", "runtime_version")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by the columns."""
        del name
        first = set(head.lstrip().split("\n", 1)[0].split(","))
        return set(_NEW) <= first or set(_OLD) <= first

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Read all rows."""
        del stated
        lines = [(line, row) for line, row in parse_csv(text, where) if any(map(str.strip, row))]
        header = [name.strip() for name in lines[0][1]] if lines else []
        new = set(_NEW) <= set(header)
        check_columns(header, _OLD if set(_OLD) <= set(header) else _NEW, where)
        found: list[Row | Problem] = []
        metrics: dict[str, Metric] = {}
        for line, fields in lines[1:]:
            at = f"{where}:{line}"
            if len(fields) != len(header):
                raise BadInput(
                    problem(at, "a row of another width", f"{len(header)} fields", len(fields))
                )
            named = dict(zip(header, map(one_line, fields), strict=True))
            found += _rows(named, metrics, at) if new else [_old_row(named, metrics, at)]
        return Report(
            tool="NNCF conformance tests",
            rows=tuple(each for each in found if isinstance(each, Row)),
            metrics=metrics,
            recipes=dict(RECIPES),
            left_out=tuple(each for each in found if isinstance(each, Problem)),
        )


def _rows(fields: dict[str, str], metrics: dict[str, Metric], at: str) -> Iterator[Row | Problem]:
    base = _base(fields, at)
    value = fields["Metric value"]
    status = fields["Status"]
    if base.precision is None:
        yield problem(at, "no precision: it failed before its nodes were counted", "INT8", status)
        return
    if not value:
        state = State.FAILED if status else State.SKIPPED
        reason = status or "validation was skipped: the report has no metric value"
        yield msgspec.structs.replace(base, state=state, reason=reason)
    else:
        metric = _metric(fields["Metric name"], metrics, at, unit="1")
        yield msgspec.structs.replace(
            base,
            values={metric: _value(metric, value, f"{at}: Metric value")},
            claims=_claims(metric, fields["Metric diff"], f"{at}: Metric diff"),
            note=status or None,
        )
    if fields.get("FPS"):
        fps = amount(fields["FPS"], f"{at}: FPS")
        yield msgspec.structs.replace(
            base,
            where=f"{at}: FPS",
            scenario=Scenario.THROUGHPUT,
            values={"throughput": Value(value=fps, unit="1/s", definition="benchmark_app")},
        )


def _base(fields: dict[str, str], at: str) -> Row:
    """Return a row without its value: which model was made how."""
    backend = fields["Backend"]
    original = backend == "FP32"
    whole_ptq = "Num FQ" in fields
    recipe = "nncf-ptq" if whole_ptq else "nncf-weight-compression"
    settings: dict[str, Scalar] = {
        name: int(text) if text.isascii() and text.isdigit() and len(text) < 16 else text
        for column, name in _TIMES.items()
        if (text := fields.get(column))
    }
    settings |= {
        name.removesuffix(" time").lower().replace(". ", "_").replace(" ", "_") + "_time": text
        for name, text in fields.items()
        if name.endswith(" time") and name not in _TIMES and text
    }
    return Row(
        where=at,
        model=fields["Model"] or None,
        scenario=Scenario.ACCURACY,
        precision=Precision.FP32 if original else _precision(fields, at, ptq=whole_ptq),
        recipe="original" if original else recipe,
        runtime="openvino",
        form=None if original else backend or None,
        settings=settings,
    )


def _precision(fields: dict[str, str], at: str, *, ptq: bool) -> Precision | None:
    """Return what the weights were made: INT4 where nodes of it are counted, else INT8."""
    counted = {
        name: amount(fields[name], f"{at}: {name}")
        for name in ("Num int4", "Num int8", "Num FQ")
        if fields.get(name)
    }
    if not ptq and counted.get("Num int4"):
        return Precision.INT4
    if counted.get("Num int8") or counted.get("Num FQ"):
        return Precision.INT8
    return Precision.INT8 if ptq else None


def _old_row(fields: dict[str, str], metrics: dict[str, Metric], at: str) -> Row:
    """Read a row of the older table, whose values are points of 0–100."""
    status = fields["Status"]
    row = Row(
        where=at,
        model=fields["Model"] or None,
        scenario=Scenario.ACCURACY,
        runtime="openvino" if fields["Backend"] == "OV" else None,
        form=fields["Backend"] or None,
    )
    if not fields["Measured"]:
        reason = status or "the report has no measured value"
        return msgspec.structs.replace(row, state=State.FAILED, reason=reason)
    metric = _metric(fields["Metrics type"], metrics, at, unit="%")
    value = number(fields["Measured"], f"{at}: Measured")
    return msgspec.structs.replace(
        row,
        values={metric: Value(value=value, unit="%")},
        claims=_claims(metric, fields["Diff FP32"], f"{at}: Diff FP32", points=True),
        note=status or None,
    )


def _metric(name: str, metrics: dict[str, Metric], at: str, *, unit: str) -> str:
    """Return the id of a metric, and define it where it is not registered."""
    if not name:
        raise BadInput(problem(at, "a value of no metric", "a metric's name", name))
    if name.casefold() in _ACCURACY:
        return "accuracy@top1"
    id_ = f"{name}@nncf" if name in METRICS else name
    metrics[id_] = Metric(
        label=name,
        unit=unit,
        direction=Direction.HIGHER,
        kind=Kind.QUALITY,
        decimals=4 if unit == "1" else 2,
        definition="as the NNCF conformance tests compute it; more counts as better there",
    )
    return id_


def _value(metric: str, text: str, at: str) -> Value:
    """Return a value; accuracies are printed as fractions and shown in points."""
    found = number(text, at)
    if metric == "accuracy@top1":
        return Value(value=scaled(found, Fraction(100), at), unit="%")
    return Value(value=found, unit="1")


def _claims(metric: str, text: str, at: str, *, points: bool = False) -> tuple[Claim, ...]:
    """Return the difference from FP32 as a claim, in the value's unit."""
    if not text:
        return ()
    change = number(text, at)
    percent = points or metric == "accuracy@top1"
    if percent and not points:
        change = scaled(change, Fraction(100), at)
    return (
        Claim(
            figure="change",
            metric=metric,
            value=change,
            unit="%" if percent else "1",
            printed=text,
            baseline="FP32",
        ),
    )
