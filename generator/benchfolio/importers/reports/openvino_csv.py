"""OpenVINO's published tables: ``OV-benchmark-data.csv`` and ``OVMS-benchmark-data.csv``.

Format: ``docs/sphinx_setup/_static/benchmarks_files`` of openvinotoolkit/openvino. Models stand
between rows ``begin_rec`` and ``end_rec``; the device stands at the end of the platform's name.
``Value`` (FPS/price) and ``Efficiency`` (FPS/TDP) are derived from prices and nominal powers, and
are not taken. Not said: batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchfolio.importers.reports.openvino_names import (
    RECIPES,
    one_line,
    recipe_of,
    split_platform,
)
from benchfolio.importers.reports.parsing import (
    PRECISIONS,
    amount,
    check_columns,
    parse_csv,
    problem,
)
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.results import BadInput, Scenario, Value

_COLUMN = re.compile(r"(throughput|latency)[-_](?:(ovms|ov)[-_])?([a-z]+\d+)", re.ASCII)
_NEEDED = ("network model", "release", "platform name")
_UNITS = {"throughput": ("uom_t", ("fps",)), "latency": ("uom_l", ("msec.", "msec", "ms"))}
_MARKS = ("", "begin_rec", "end_rec")


class OpenvinoCsv:
    """Reader of a table: many platforms and models."""

    name = "openvino-csv"
    title = "OpenVINO benchmark tables: OV-benchmark-data.csv and OVMS-benchmark-data.csv"
    asks: tuple[Field, ...] = ("release", "batch")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by the first columns."""
        del name
        return head.casefold().lstrip().startswith("network model,release,ie-type,platform name,")

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Read all rows; columns are known by their names, which differ between releases."""
        del stated
        lines = [(line, row) for line, row in parse_csv(text, where) if any(map(str.strip, row))]
        header = [name.strip().casefold() for name in lines[0][1]] if lines else []
        check_columns(header, _NEEDED, where)
        rows: list[Row] = []
        for line, fields in lines[1:]:
            if fields[0].strip() not in _MARKS:
                rows += _rows(_named(header, fields, f"{where}:{line}"), f"{where}:{line}")
        return Report(tool="OpenVINO benchmarks, tables", rows=tuple(rows), recipes=dict(RECIPES))


def _named(header: list[str], fields: list[str], at: str) -> dict[str, str]:
    """Return the fields of a row by column.

    Raises:
        BadInput: There are more than columns, or far fewer.
    """
    needed = max(header.index(name) for name in _NEEDED)
    if len(fields) <= needed or any(field.strip() for field in fields[len(header) :]):
        raise BadInput(problem(at, "a row of another width", f"{len(header)} fields", len(fields)))
    return {name: field.strip() for name, field in zip(header, fields, strict=False)}


def _rows(fields: dict[str, str], at: str) -> Iterator[Row]:
    platform, device = split_platform(fields["platform name"])
    release = one_line(fields["release"])
    for column, text in fields.items():
        found = _COLUMN.fullmatch(column)
        if found is None or not text or found[3].upper() not in PRECISIONS:
            continue
        kind, server, width = found.groups()
        precision = PRECISIONS[width.upper()]
        place = f"{at}: {column}"
        _check_unit(kind, fields, at)
        latency = kind == "latency"
        yield Row(
            where=place,
            platform=platform,
            device=device,
            model=one_line(fields["network model"]),
            scenario=Scenario.LATENCY if latency else Scenario.THROUGHPUT,
            precision=precision,
            recipe=recipe_of(precision),
            runtime="ovms" if server == "ovms" else "openvino",
            runtime_version=release.removeprefix("OV-") or None,
            values=_values(amount(text, place), latency=latency),
        )


def _values(value: float, *, latency: bool) -> dict[str, Value]:
    if not latency:
        return {"throughput": Value(value=value, unit="1/s")}
    definition = "as OpenVINO publishes it: benchmark_app, one request at a time"
    return {"latency@median": Value(value=value, unit="ms", definition=definition)}


def _check_unit(kind: str, fields: dict[str, str], at: str) -> None:
    """Refuse other units than those that the format has.

    Raises:
        BadInput: The unit is another, or none.
    """
    column, units = _UNITS[kind]
    unit = fields.get(column, "")
    if unit.casefold() not in units:
        raise BadInput(problem(f"{at}: {column}", "another unit", ", ".join(units), unit))
