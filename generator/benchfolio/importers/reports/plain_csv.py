"""Any CSV or TSV, with a mapping file in YAML that says what its columns are, see ``csv_mapping``.

A line makes one row of all metrics with the same ``fields``; a word beside figures of the same row
is a setting, as printed. So a column ``FPS INT8`` and a column ``FPS FP32`` make two. Figures are
converted exactly into the unit of the registry: from the unit that the column names, times its
``scale`` (a decimal).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from benchfolio.importers.reports.csv_mapping import (
    MAX_PROBLEMS,
    Column,
    CsvMapping,
    Word,
    load_mapping,
    parsed,
    parsed_all,
)
from benchfolio.importers.reports.parsing import amount, number, parse_csv, problem, whole
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.importers.reports.units import ONE, scaled, units_of
from benchfolio.results import METRICS, BadInput, Direction, Metric, Problem, Value, WrongUsage
from benchfolio.results.types import Scalar

_SKIP = "name such lines under skip, or give the word for nothing under words"


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
            if len(self.problems) >= MAX_PROBLEMS:
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
            raise BadInput(wrong[:MAX_PROBLEMS])
        return labels

    def _line(self, labels: list[str], row: list[str], at: str) -> Iterator[Row]:
        if len(row) < len(labels) or any(field.strip() for field in row[len(labels) :]):
            expected = f"{len(labels)} fields"
            raise BadInput(problem(at, "not as many fields as columns", expected, len(row)))
        fields = {label: field.strip() for label, field in zip(labels, row, strict=False)}
        if any(fields[skip.column] in skip.values for skip in self._mapping.skip):
            return
        said = {**parsed_all(self._mapping.constants, at), **self._said(fields, at)}
        beside = self._beside(fields)
        found = False
        for group, columns in self._groups.items():
            made = self._row(columns, fields, at)
            if made is not None:
                found = True
                yield Row(where=at, **{**said, **parsed_all(dict(group), at), **beside, **made})
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
            found[column.field] = parsed(column.field, ours, f"{at}: {label}")
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
