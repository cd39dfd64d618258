"""Intel Neural Compressor's ``summary.log``: accuracies and throughputs of its example models.

Format: ``.azure-pipelines`` of intel/neural-compressor: fields between semicolons,
``OS;Platform;Framework;Version;Precision;Model;Mode;Type;BS;Value;Url``. An accuracy is some metric
of the example, in points or as a share: neither is said, nor which way is better.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchfolio.importers.reports.openvino_names import one_line
from benchfolio.importers.reports.parsing import (
    amount,
    number,
    parse_csv,
    precision,
    problem,
    whole,
)
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.results import BadInput, Problem, Scenario, Value

_COLUMNS = (
    "OS",
    "Platform",
    "Framework",
    "Version",
    "Precision",
    "Model",
    "Mode",
    "Type",
    "BS",
    "Value",
)
ACCURACY = "inc-accuracy"
"""The metric of accuracies: what the example computes; ``--direction`` says which way is better."""


class IncSummary:
    """Reader of a summary: one cell for each line."""

    name = "inc-summary"
    title = "Intel Neural Compressor: summary.log"
    asks: tuple[Field, ...] = ("release", "recipe", "device")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by the first line."""
        del name
        return head.lstrip().startswith(";".join(_COLUMNS))

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Read all lines."""
        del stated
        lines = [(n, row) for n, row in parse_csv(text, where, ";") if any(map(str.strip, row))]
        if not lines or tuple(map(str.strip, lines[0][1][: len(_COLUMNS)])) != _COLUMNS:
            raise BadInput(problem(where, "not a summary", ";".join(_COLUMNS), text[:80]))
        found = [each for line, fields in lines[1:] for each in _read(fields, f"{where}:{line}")]
        return Report(
            tool="Intel Neural Compressor",
            rows=tuple(each for each in found if isinstance(each, Row)),
            left_out=tuple(each for each in found if isinstance(each, Problem)),
        )


def _read(fields: list[str], at: str) -> Iterator[Row | Problem]:
    if len(fields) < len(_COLUMNS):
        raise BadInput(
            problem(at, "a line of another width", f"{len(_COLUMNS)} fields", len(fields))
        )
    named = dict(zip(_COLUMNS, map(one_line, fields), strict=False))
    speed = named["Type"] == "Performance"
    if not speed and named["Type"] != "Accuracy":
        yield problem(at, "neither accuracy nor performance", "one of them", named["Type"])
        return
    if not named["Value"]:
        yield problem(at, "a line without a value", "a figure", "")
        return
    place = f"{at}: Value"
    values = (
        {"throughput": Value(value=amount(named["Value"], place), unit="1/s")}
        if speed
        else {ACCURACY: Value(value=number(named["Value"], place), unit="1")}
    )
    yield Row(
        where=at,
        platform=named["Platform"] or None,
        model=named["Model"] or None,
        scenario=Scenario.THROUGHPUT if speed else Scenario.ACCURACY,
        precision=precision(named["Precision"], f"{at}: Precision"),
        runtime=named["Framework"] or None,
        runtime_version=named["Version"] or None,
        batch=whole(named["BS"], f"{at}: BS") if named["BS"] else None,
        values=values,
    )
