"""Any CSV or TSV, with a mapping file in YAML that says what its columns are.

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

A line makes one row of all metrics with the same ``fields``; a word beside figures of the same row
is a setting, as printed. So a column ``FPS INT8`` and a column
``FPS FP32`` make two. Figures are converted exactly into the unit of the registry: from the unit
that the column names, times its ``scale`` (a decimal). Metrics that the registry lacks need unit,
direction and kind; the direction may be stated on the command line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from benchfolio.documents import Form, Node, Trail, convert, read
from benchfolio.documents import problem as placed
from benchfolio.importers.reports import parsing
from benchfolio.importers.reports.parsing import amount, number, parse_csv, problem, whole
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.importers.reports.units import ONE, scaled, units_of
from benchfolio.results import (
    METRICS,
    BadInput,
    Direction,
    Kind,
    Load,
    Metric,
    Problem,
    Scenario,
    State,
    Value,
    WrongUsage,
    parse_load,
)
from benchfolio.results.types import Scalar

FORM = Form(
    name="a mapping of a CSV file",
    expected="a mapping file: plain YAML in UTF-8",
    remedy="see the mapping of plain CSV files in the documentation",
)
_MAX_PROBLEMS = 20
_SKIP = "name such lines under skip, or give the word for nothing under words"
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


class PlainCsv:
    """Reads any CSV with a mapping."""

    name = "csv"
    title = "any CSV or TSV, with a mapping file"
    asks: tuple[Field, ...] = ()

    def recognises(self, name: str, head: str) -> bool:
        """Never tell: any file of text may be one."""
        del name, head
        return False

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Return one row for each line and group of columns, see ``types.Reader``.

        Raises:
            WrongUsage: No mapping is stated.
            BadInput: The mapping or the table is broken; up to 20 problems at once.
        """
        if stated.mapping is None:
            raise WrongUsage(
                problem(where, "a CSV file without a mapping", "a mapping", None, "use --mapping")
            )
        mapping = load_mapping(stated.mapping)
        table = _Table(mapping, stated, where)
        rows = tuple(table.rows(text))
        if table.problems:
            raise BadInput(table.problems)
        return Report(
            tool=mapping.tool,
            rows=rows,
            metrics=table.metrics,
            left_out=tuple(table.left_out),
        )


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
        raise BadInput(problems[:_MAX_PROBLEMS])
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
            _parsed(field, text, self._where)
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


def _parsed(field: str, text: str, where: str) -> Any:  # noqa: ANN401 - of any field
    """Return the value of a field; all but these four are texts."""
    return _PARSERS.get(field, parsing.string)(text, where)


class _Table:
    """Makes rows of a table; problems and what was left out are collected."""

    def __init__(self, mapping: CsvMapping, stated: Stated, where: str) -> None:
        self.problems: list[Problem] = []
        self.left_out: list[Problem] = []
        self.metrics: dict[str, Metric] = {}
        self._mapping = mapping
        self._where = where
        self._units: dict[str, Fraction] = {}
        self._groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for label, column in mapping.columns.items():
            if column.metric is not None:
                self._units[label] = self._define(column.metric, column, stated)
                self._groups.setdefault(tuple(sorted(column.fields.items())), []).append(label)

    def _define(self, metric: str, column: Column, stated: Stated) -> Fraction:
        """Define a metric that the registry lacks; return what its figures are multiplied with."""
        scale = Fraction(Decimal(str(column.scale))) if column.scale is not None else ONE
        known = METRICS.get(metric)
        if known is not None:
            unit = known.unit if column.unit is None else column.unit
            return scale * units_of(known.unit)[unit]
        said = stated.directions.get(metric)
        direction = column.direction or (Direction(said) if said else None)
        if direction is None or (said is not None and direction != said):
            what = "it is not said which way is better" if said is None else "two directions"
            remedy = (
                f"state it: --direction '{metric}=higher', or lower; or write it into the mapping"
            )
            raise BadInput(problem(self._where, what, "higher or lower", metric, remedy))
        assert column.kind is not None
        assert column.unit is not None
        self.metrics[metric] = Metric(
            label=column.label or metric,
            unit=column.unit,
            direction=direction,
            kind=column.kind,
            definition=column.definition or "",
        )
        return scale

    def rows(self, text: str) -> Iterator[Row]:
        """Yield the rows of a table."""
        skipped = self._mapping.skip_lines
        body = text.split("\n", skipped)[-1] if text.count("\n") >= skipped else ""
        numbered = [
            (line + skipped, row)
            for line, row in parse_csv(body, self._where, self._mapping.delimiter)
            if any(field.strip() for field in row)
        ]
        if not numbered:
            raise BadInput(problem(self._where, "no header in it", "a line of column names", ""))
        labels = self._labels(*numbered[0])
        if len(numbered) == 1:
            raise BadInput(problem(self._where, "a header without a row", "rows", "none"))
        for line, row in numbered[1:]:
            try:
                yield from self._line(labels, row, f"{self._where}:{line}")
            except BadInput as error:
                self.problems += error.problems
            if len(self.problems) >= _MAX_PROBLEMS:
                return

    def _labels(self, line: int, row: list[str]) -> list[str]:
        """Return the header.

        Raises:
            BadInput: A column of the mapping is missing or there twice, or one is unknown.
        """
        at = f"{self._where}:{line}"
        labels = [label.strip() for label in row]
        columns = self._mapping.columns
        counts = Counter(labels)
        wrong = [
            problem(at, "not one column of this name", f"{label!r} once", counts[label])
            for label in columns
            if counts[label] != 1
        ]
        if self._mapping.others == "error":
            remedy = "list it in columns, or set others: ignore"
            wrong += [
                problem(at, "a column that the mapping does not know", "its columns", label, remedy)
                for label in counts
                if label and label not in columns
            ]
        named = {skip.column for skip in self._mapping.skip} - set(labels)
        wrong += [problem(at, "no column to skip by", name, "none") for name in sorted(named)]
        if wrong:
            raise BadInput(wrong[:_MAX_PROBLEMS])
        return labels

    def _line(self, labels: list[str], row: list[str], at: str) -> Iterator[Row]:
        if len(row) < len(labels) or any(field.strip() for field in row[len(labels) :]):
            expected = f"{len(labels)} fields"
            raise BadInput(problem(at, "not as many fields as columns", expected, len(row)))
        fields = {label: field.strip() for label, field in zip(labels, row, strict=False)}
        if any(fields[skip.column] in skip.values for skip in self._mapping.skip):
            return
        said = {**_parse_all(self._mapping.constants, at), **self._said(fields, at)}
        beside = self._beside(fields)
        found = False
        for group, columns in self._groups.items():
            made = self._row(columns, fields, at)
            if made is not None:
                found = True
                yield Row(where=at, **{**said, **_parse_all(dict(group), at), **beside, **made})
        if not found and not beside["settings"].keys() & self._units:
            self.left_out.append(
                problem(at, "a line without a figure", "a figure or a word", row, _SKIP)
            )

    def _said(self, fields: Mapping[str, str], at: str) -> dict[str, Any]:
        """Return the fields that columns state; an empty one states nothing."""
        found: dict[str, Any] = {}
        for label, column in self._mapping.columns.items():
            text = fields[label]
            if column.field is None or not text:
                continue
            if column.field in found:
                raise BadInput(problem(at, f"{column.field} is said twice", "once", text))
            ours = column.words.get(text, text)
            found[column.field] = _parsed(column.field, ours, f"{at}: {label}")
        return found

    def _beside(self, fields: Mapping[str, str]) -> dict[str, Any]:
        settings: dict[str, Scalar] = {}
        notes = []
        for label, column in self._mapping.columns.items():
            if column.setting and fields[label]:
                settings[column.setting] = fields[label]
            if column.note and fields[label]:
                notes.append(fields[label])
            if column.metric and fields[label] in self._mapping.words:
                settings[label] = fields[label]
        return {"settings": settings, "note": "; ".join(notes) or None}

    def _row(self, columns: list[str], fields: Mapping[str, str], at: str) -> dict[str, Any] | None:
        """Return values, or the state that a word in their place means; nothing without either."""
        values: dict[str, Value] = {}
        words: list[tuple[str, Word]] = []
        for label in columns:
            text = fields[label]
            word = self._mapping.words.get(text)
            if word is not None:
                words += [(text, word)] if word.state is not None else []
            elif text:
                metric = self._mapping.columns[label].metric
                assert metric is not None
                values[metric] = self._value(label, metric, text, fields, f"{at}: {label}")
        if values:
            return {"values": values}
        if not words:
            return None
        text, word = words[0]
        return {"state": word.state, "reason": word.reason or f"printed as {text!r}"}

    def _value(
        self, label: str, metric: str, text: str, fields: Mapping[str, str], at: str
    ) -> Value:
        column = self._mapping.columns[label]
        known = METRICS.get(metric)
        definition = known or self.metrics[metric]
        figure = self._figure(text, at)
        if definition.unit in ("ms", "1/s", "MiB"):
            amount(figure, at)
        samples = column.samples
        if isinstance(samples, str):
            n = whole(self._figure(fields[samples], at), at) if fields[samples] else None
        else:
            n = samples
        return Value(
            value=scaled(figure, self._units[label], at),
            unit=definition.unit,
            n=n,
            definition=column.definition,
        )

    def _figure(self, text: str, at: str) -> float:
        """Return a figure that is printed with the table's signs."""
        plain = text.replace("\N{MINUS SIGN}", "-")
        thousands, decimal = self._mapping.thousands, self._mapping.decimal
        if thousands is not None and thousands in plain:
            pattern = rf"[+-]?[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+(?:[^0-9].*)?"
            if not re.fullmatch(pattern, plain):
                expected = f"thousands divided by {thousands!r}"
                raise BadInput(problem(at, "not a figure", expected, text))
            plain = plain.replace(thousands, "")
        if decimal != ".":
            if "." in plain:
                expected = f"decimals after {decimal!r}"
                raise BadInput(problem(at, "not a figure", expected, text))
            plain = plain.replace(decimal, ".")
        return number(plain, at)


def _parse_all(fields: Mapping[Any, str], at: str) -> dict[str, Any]:
    return {name: _parsed(name, text, at) for name, text in fields.items()}
