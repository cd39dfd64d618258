"""csv and jsonl: rows of text and numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchfolio.results import BadInput
from benchfolio.runner.datasets.files import fields_of, wrong
from benchfolio.runner.datasets.samples import Array, References, Samples, Targets
from benchfolio.runner.suite import Dataset


def read_csv(dataset: Dataset, _root: Path, path: Path, needs_targets: bool) -> Samples:
    """Read rows of text under a header; see ``numbers`` among the steps for numeric columns."""
    return _table(dataset, csv_rows(dataset, path), needs_targets)


def read_jsonl(dataset: Dataset, _root: Path, path: Path, needs_targets: bool) -> Samples:
    """Read one JSON object a line; empty lines are skipped."""
    return _table(dataset, _jsonl_rows(dataset, path), needs_targets)


Row = Mapping[str, Any]


def csv_rows(dataset: Dataset, path: Path) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a CSV file by their columns, with the line that each ends on."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream, strict=True)
            for row in rows:
                if None in row or None in row.values():
                    raise BadInput(
                        wrong(
                            dataset,
                            "a row with more or fewer cells than the header",
                            f"{len(rows.fieldnames or ())} cells",
                            "another number",
                            line=rows.line_num,
                        )
                    )
                yield rows.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(wrong(dataset, "not readable as CSV", "UTF-8 text", str(error))) from error


def _jsonl_rows(dataset: Dataset, path: Path) -> Iterator[tuple[int, Row]]:
    number = 0
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, msgspec.json.decode(line, type=dict[str, Any])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(
            wrong(dataset, "not readable as JSON lines", "one object a line", str(error), number)
        ) from error


def _table(dataset: Dataset, rows: Iterable[tuple[int, Row]], needs_targets: bool) -> Samples:
    kept = list(islice(rows, dataset.limit))
    columns = fields_of(dataset.inputs) or {
        name: name for name in (kept[0][1] if kept else ()) if name != dataset.targets
    }
    for number, row in kept:
        for name in columns.values():
            if name not in row:
                raise BadInput(wrong(dataset, "no such column", " or ".join(row), name, number))
    targets, classes = targets_of(dataset, kept, needs_targets)
    return Samples(
        fields=tuple(columns),
        count=len(kept),
        item=lambda index: {
            field: _field(dataset, *kept[index], name) for field, name in columns.items()
        },
        targets=targets,
        classes=classes,
        split=dataset.split,
    )


def _field(dataset: Dataset, line: int, row: Row, column: str) -> Array:
    """Return a value of a row: text as an object, as NumPy's own strings drop final zeros."""
    value = row[column]
    if isinstance(value, str):
        return np.array(value, object)
    try:
        array = np.array(value)
    except ValueError as error:
        raise BadInput(wrong(dataset, "a list of uneven lists", "numbers", column, line)) from error
    if array.dtype.kind not in "biuf":
        raise BadInput(wrong(dataset, "neither text nor numbers", "one of them", column, line))
    return array


def targets_of(
    dataset: Dataset, rows: Sequence[tuple[int, Row]], needs_targets: bool
) -> tuple[Targets | None, tuple[str, ...]]:
    """Return the target column, and the class names where it is text.

    Classes are int64 [N]. Where a row holds a list of texts, the column is of references, and a
    text alone is a list of one.
    """
    column = dataset.targets
    if column is None or not (needs_targets or all(column in row for _, row in rows)):
        return None, ()
    found = []
    for number, row in rows:
        if column not in row:
            raise BadInput(wrong(dataset, "no such column", " or ".join(row), column, number))
        found.append(row[column])
    if any(isinstance(each, list) for each in found):
        lines = (number for number, _ in rows)
        return [_references(dataset, *each) for each in zip(lines, found, strict=True)], ()
    return _class_indices(dataset, found)


def _references(dataset: Dataset, line: int, value: object) -> References:
    """Return the texts that count as right for one sample."""
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(each, str) for each in texts):
        expected = "a text, or a list of at least one text"
        got = "an empty list" if not texts else "another type"
        raise BadInput(wrong(dataset, "not references to compare with", expected, got, line))
    return tuple(texts)


def _class_indices(dataset: Dataset, found: Sequence[Any]) -> tuple[Array, tuple[str, ...]]:
    """Number classes: integers as they are, names by ``classes`` or else sorted."""
    if dataset.classes is None and all(_is_integer(each) for each in found):
        return np.array([int(each) for each in found], np.int64), ()
    names = dataset.classes or tuple(sorted({str(each) for each in found}))
    index = {name: number for number, name in enumerate(names)}
    indices = []
    for each in found:
        if str(each) in index:
            indices.append(index[str(each)])
        elif isinstance(each, int) and 0 <= each < len(names):
            indices.append(each)
        else:
            raise BadInput(
                wrong(dataset, "a target that is no class", ", ".join(names)[:200], str(each))
            )
    return np.array(indices, np.int64), names


def _is_integer(value: object) -> bool:
    return isinstance(value, int) or (
        isinstance(value, str) and value.strip().lstrip("-").isdecimal()
    )
