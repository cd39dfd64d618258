"""What readers share: JSON, CSV and figures of a report, each problem with its place."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from benchfolio.results import BadInput, Precision, Problem

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)

PRECISIONS = {
    "FP32": Precision.FP32,
    "F32": Precision.FP32,
    "FLOAT32": Precision.FP32,
    "FP16": Precision.FP16,
    "F16": Precision.FP16,
    "FLOAT16": Precision.FP16,
    "BF16": Precision.BF16,
    "BFLOAT16": Precision.BF16,
    "FP8-E4M3": Precision.FP8_E4M3,
    "FP8-E5M2": Precision.FP8_E5M2,
    "INT8": Precision.INT8,
    "I8": Precision.INT8,
    "U8": Precision.INT8,
    "INT4": Precision.INT4,
    "I4": Precision.INT4,
    "U4": Precision.INT4,
    "MIXED": Precision.MIXED,
}
"""Precision by the names that tools have for it, in capitals."""


def problem(where: str, what: str, expected: str, got: object, remedy: str = "") -> Problem:
    """Return a problem; what was found is shown as Python writes it, cut at 120 characters."""
    text = repr(got)
    return Problem(
        where=where,
        what=what,
        expected=expected,
        got=text if len(text) <= 120 else text[:119] + "…",
        remedy=remedy or "check that this is a whole report, as the tool wrote it",
    )


def parse_json(text: str, where: str) -> Any:  # noqa: ANN401 - what JSON can say
    """Return the value of a JSON document.

    Raises:
        BadInput: It is not JSON, or is nested too deeply.
    """
    try:
        return msgspec.json.decode(text)
    except RecursionError as error:
        raise BadInput(problem(where, "not valid JSON", "JSON", "nested too deeply")) from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadInput(problem(where, "not valid JSON", "JSON", str(error))) from error


def obj(value: object, where: str) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        BadInput: It is something else.
    """
    if not isinstance(value, dict):
        raise BadInput(problem(where, "not what this report has there", "an object", value))
    return value


def items(value: object, where: str) -> list[Any]:
    """Return a JSON array.

    Raises:
        BadInput: It is something else.
    """
    if not isinstance(value, list):
        raise BadInput(problem(where, "not what this report has there", "a list", value))
    return value


def string(value: object, where: str) -> str:
    """Return a text that is not empty, without blanks around it.

    Raises:
        BadInput: It is something else.
    """
    if not isinstance(value, str) or not value.strip():
        raise BadInput(problem(where, "not what this report has there", "a text", value))
    return value.strip()


def parse_csv(text: str, where: str, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    """Return the rows of a CSV file, each with the line it ends on, from 1; empty rows too.

    Raises:
        BadInput: A field is longer than 128 KiB, or a quote is not closed.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((reader.line_num, row) for row in reader)
    except csv.Error as error:
        at = f"{where}:{max(reader.line_num, 1)}"
        raise BadInput(problem(at, "not valid CSV", "rows of fields", str(error))) from error
    return rows


def check_columns(names: Sequence[str], needed: Iterable[str], where: str) -> None:
    """Refuse a table that lacks a column, or has two of one name: a figure would be lost.

    Raises:
        BadInput: It does.
    """
    wanted = list(needed)
    missing = [name for name in wanted if name not in names]
    if missing:
        raise BadInput(problem(where, "columns are missing", ", ".join(missing), list(names)))
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise BadInput(problem(where, "two columns of one name", "each name once", twice))


def number(value: object, where: str) -> float:
    """Return a finite figure, which may be printed as text: digits, a point, an exponent.

    Raises:
        BadInput: It is anything else; a truth value is no figure.
    """
    found = _figure(value)
    if found is None or not math.isfinite(found):
        raise BadInput(problem(where, "not a figure", "a finite number", value))
    return found


def _figure(value: object) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        return float(text) if len(text) < 400 and _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def amount(value: object, where: str) -> float:
    """Return a figure that cannot be negative: a time, a size, a throughput.

    Raises:
        BadInput: It is no such figure.
    """
    found = number(value, where)
    if found < 0:
        raise BadInput(problem(where, "a negative amount", "0 or more", value))
    return found


def whole(value: object, where: str) -> int:
    """Return a whole number from 1 on: a batch size, a number of iterations.

    Raises:
        BadInput: It is no such number.
    """
    found = number(value, where)
    if found < 1 or found != int(found) or found > 2**53:
        raise BadInput(problem(where, "not a whole number", "1 or more", value))
    return int(found)


def precision(text: str, where: str) -> Precision:
    """Return a precision by a name that tools have for it.

    Raises:
        BadInput: It is no such name.
    """
    found = PRECISIONS.get(text.strip().upper())
    if found is None:
        known = ", ".join(sorted(PRECISIONS))
        raise BadInput(problem(where, "not a precision", f"one of {known}", text))
    return found


def moment(value: object, where: str) -> datetime:
    """Return a time in UTC; one that names no time zone is in UTC.

    Raises:
        BadInput: It is no time.
    """
    try:
        found = datetime.fromisoformat(string(value, where))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(problem(where, "not a time", "a time in ISO 8601", value)) from error
