"""The mapping file of a plain CSV: YAML that says what its columns are.

A mapping has these keys; ``columns`` alone must be there::

    delimiter: ";"            # one character, "\\t" for TSV; a comma when left out
    decimal: ","              # sign before the decimals; a point when left out
    thousands: "."            # sign between thousands; none when left out
    skip_lines: 2             # lines before the header
    tool: our lab script 3    # who wrote the table
    constants:                # the same in all rows: fields of ``types.Field``
      runtime: openvino
      device: CPU
    columns:                  # by the text of the header
      Network: {field: model}
      Prec: {field: precision, words: {I8: INT8}}
      "Latency, s": {metric: latency@median, unit: s, fields: {scenario: latency}}
      "Rate (FPS)": {metric: throughput, unit: FPS, samples: Frames, fields: {scenario: throughput}}
      WER: {metric: wer, unit: "%", direction: lower, kind: quality, label: word error rate}
      Frames: {ignore: true}
      Driver: {setting: driver}
      Comment: {note: true}
    others: ignore            # columns that are not listed; an error when left out
    words:                    # words in the place of a figure
      n/a: {state: unsupported, reason: the plugin cannot compile it}
      FAIL: {state: failed, reason: the run crashed}
      "-": {}                 # nothing: as an empty field
    skip:                     # rows that are none
      - {column: Network, values: [begin_rec, end_rec]}

Metrics that the registry lacks need unit, direction and kind; the direction may be stated on the
command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from benchfolio.documents import Form, Node, Trail, convert, read
from benchfolio.documents import problem as placed
from benchfolio.importers.reports import parsing
from benchfolio.importers.reports.parsing import problem, whole
from benchfolio.importers.reports.types import Field
from benchfolio.importers.reports.units import units_of
from benchfolio.results import (
    METRICS,
    BadInput,
    Direction,
    Kind,
    Load,
    Problem,
    Scenario,
    State,
    parse_load,
)

FORM = Form(
    name="a mapping of a CSV file",
    expected="a mapping file: plain YAML in UTF-8",
    remedy="see the mapping of plain CSV files in the documentation",
)
MAX_PROBLEMS = 20
"""So many are told at once."""
_SIGN = r"^[^0-9A-Za-z\s+\-\"]$(?!\n)"
_DELIMITER = r"^[^0-9A-Za-z\"\n\r ]$(?!\n)"
_DECIMAL = r"^[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?$(?!\n)"


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything in a mapping."""


class Column(_Part, frozen=True, kw_only=True):
    """What one column is: exactly one of field, metric, setting, note and ignore.

    Attributes:
        field: The column states this field.
        words: Of a field: the table's word → ours.
        metric: The column has figures of this metric.
        unit: What the figures are printed in; the registry's unit when left out.
        scale: What the figures are multiplied with before the unit counts, as ``"0.01"``.
        samples: Column with the number of samples or requests behind a figure, or that number.
        fields: Fields of rows that are made of this column, over the table's constants.
        direction: Which way is better, of a metric that the registry lacks.
        kind: What such a metric speaks of.
        label: How a reader knows such a metric.
        definition: What exactly was computed.
        setting: The column is an engine setting of this name.
        note: The column is a remark.
        ignore: The column is of no interest.
    """

    field: Field | None = None
    words: dict[str, str] = {}
    metric: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    unit: str | None = None
    scale: Annotated[str, Meta(pattern=_DECIMAL)] | None = None
    samples: Annotated[int, Meta(ge=1)] | str | None = None
    fields: dict[Field, str] = {}
    direction: Direction | None = None
    kind: Kind | None = None
    label: str | None = None
    definition: str | None = None
    setting: str | None = None
    note: bool = False
    ignore: bool = False


class Word(_Part, frozen=True, kw_only=True):
    """What a word in the place of a figure means; nothing when no state is given."""

    state: State | None = None
    reason: str | None = None


class Skip(_Part, frozen=True, kw_only=True):
    """Rows that are none: those with one of some texts in a column."""

    column: str
    values: Annotated[tuple[str, ...], Meta(min_length=1)]


class CsvMapping(_Part, frozen=True, kw_only=True):
    """A mapping file, see the module."""

    delimiter: Annotated[str, Meta(pattern=_DELIMITER)] = ","
    decimal: Annotated[str, Meta(pattern=_SIGN)] = "."
    thousands: Annotated[str, Meta(pattern=r"^[^0-9A-Za-z+\-\"\n]$(?!\n)")] | None = None
    skip_lines: Annotated[int, Meta(ge=0, le=10_000)] = 0
    tool: Annotated[str, Meta(min_length=1, max_length=200)] = "CSV"
    constants: dict[Field, str] = {}
    columns: Annotated[dict[str, Column], Meta(min_length=1)]
    others: Annotated[str, Meta(pattern="^(?:ignore|error)$")] = "error"
    words: dict[str, Word] = {}
    skip: tuple[Skip, ...] = ()


def load_mapping(path: Path, where: str | None = None) -> CsvMapping:
    """Read and validate a mapping file.

    Args:
        path: The file.
        where: How errors name it; the path as given when left out.

    Raises:
        BadInput: It cannot be read, is no such mapping, or contradicts itself; problems carry line
            and column.
    """
    name = where or path.as_posix()
    root = read(path, name, FORM)
    mapping = convert(root, CsvMapping, name, FORM)
    problems = list(_Checker(mapping, root, name).problems())
    if problems:
        raise BadInput(problems[:MAX_PROBLEMS])
    return mapping


class _Checker:
    """Finds what the types of a mapping cannot say, each with its line."""

    def __init__(self, mapping: CsvMapping, root: Node, where: str) -> None:
        self._mapping = mapping
        self._root = root
        self._where = where

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with columns, signs and fixed fields."""
        mapping = self._mapping
        if not any(column.metric for column in mapping.columns.values()):
            yield self._at(("columns",), "no column has a metric", "metric: latency@median", "")
        signs = [mapping.delimiter, mapping.decimal, mapping.thousands]
        if len(set(signs)) < len(signs):
            what = "one sign for two things"
            yield self._at((), what, "three signs that differ", repr(signs))
        yield from self._fixed(("constants",), mapping.constants)
        for number_, skip in enumerate(mapping.skip):
            if skip.column not in mapping.columns and mapping.others == "error":
                trail: Trail = ("skip", number_, "column")
                yield self._at(trail, "names no column", "one of columns", repr(skip.column))
        for label, column in mapping.columns.items():
            yield from self._column(("columns", label), column)

    def _column(self, trail: Trail, column: Column) -> Iterator[Problem]:
        roles = [
            name
            for name in ("field", "metric", "setting", "note", "ignore")
            if getattr(column, name)
        ]
        if len(roles) != 1:
            expected = "one of field, metric, setting, note, ignore"
            yield self._at(trail, "not exactly one thing", expected, ", ".join(roles) or "none")
        elif column.field is not None and column.field in self._mapping.constants:
            what = f"{column.field} is a constant too"
            yield self._at(trail, what, "a column or a constant", str(column.field))
        if column.metric is None:
            yield from self._without_metric(trail, column)
        else:
            yield from self._metric(trail, column.metric, column)
        yield from self._fixed((*trail, "fields"), column.fields)
        if column.field is not None:
            for word, ours in column.words.items():
                yield from self._value((*trail, "words", word), column.field, ours)

    def _without_metric(self, trail: Trail, column: Column) -> Iterator[Problem]:
        for name in ("unit", "scale", "samples", "fields", "direction", "kind", "label"):
            if getattr(column, name):
                yield self._at((*trail, name), f"{name} of a column without metric", "metric", "")

    def _metric(self, trail: Trail, metric: str, column: Column) -> Iterator[Problem]:
        known = METRICS.get(metric)
        if known is None:
            if column.kind is None or column.unit is None:
                what = f"{metric!r} is not in the registry"
                yield self._at(trail, what, "its unit and its kind", "not both")
            return
        if column.unit is not None and column.unit not in units_of(known.unit):
            expected = f"one of {', '.join(filter(None, units_of(known.unit)))}"
            yield self._at((*trail, "unit"), f"not a unit of {metric}", expected, column.unit)
        if column.direction not in (None, known.direction):
            what = f"the registry knows the direction of {metric}"
            yield self._at((*trail, "direction"), what, known.direction, str(column.direction))
        samples = column.samples
        if isinstance(samples, str) and samples not in self._mapping.columns:
            yield self._at((*trail, "samples"), "names no column", "one of columns", samples)

    def _fixed(self, trail: Trail, fields: Mapping[Field, str]) -> Iterator[Problem]:
        for field, text in fields.items():
            yield from self._value((*trail, field), field, text)

    def _value(self, trail: Trail, field: Field, text: str) -> Iterator[Problem]:
        try:
            parsed(field, text, self._where)
        except BadInput as error:
            for found in error.problems:
                yield self._at(trail, found.what, found.expected, found.got)

    def _at(self, trail: Trail, what: str, expected: str, got: str) -> Problem:
        mark, _ = self._root.find(trail)
        remedy = "correct the mapping"
        return placed(self._where, mark, what, expected=expected, got=got, remedy=remedy)


def _scenario(text: str, where: str) -> Scenario:
    try:
        return Scenario(text.strip().lower())
    except ValueError as error:
        known = ", ".join(Scenario)
        raise BadInput(problem(where, "not a scenario", f"one of {known}", text)) from error


def _load(text: str, where: str) -> Load:
    try:
        return parse_load(text.strip())[0]
    except ValueError as error:
        raise BadInput(problem(where, "not a load", "as 1s4c8ins1bs", text)) from error


_PARSERS: Mapping[str, Callable[[str, str], Any]] = MappingProxyType(
    {
        "scenario": _scenario,
        "precision": parsing.precision,
        "batch": whole,
        "load": _load,
    }
)


def parsed(field: str, text: str, where: str) -> Any:  # noqa: ANN401 - of any field
    """Return the value of a field; all but four are texts.

    Raises:
        BadInput: It is no such value.
    """
    return _PARSERS.get(field, parsing.string)(text, where)


def parsed_all(fields: Mapping[Any, str], where: str) -> dict[str, Any]:
    """Return the values of several fields."""
    return {name: parsed(name, text, where) for name, text in fields.items()}
