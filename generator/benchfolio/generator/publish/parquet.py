"""Everything in one table, as Parquet: a row for each value, and one for each cell without any."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from benchfolio.generator.publish.types import Cell, Measurements, Value
from benchfolio.results import KEY_FIELDS, MissingEnvironment, Problem

if TYPE_CHECKING:
    import pyarrow as pa


class Column(msgspec.Struct, frozen=True):
    """A column of the table.

    Attributes:
        kind: ``word`` (a text that many rows share), ``text``, ``count``, ``number``, ``flag`` or
            ``time``.
        path: Where its values are in a ``Row``, dotted; null where any part of the way is missing.
        meaning: What it is; stands in the file beside the column.
    """

    kind: str
    path: str
    meaning: str


class Row(msgspec.Struct, frozen=True):
    """What a row is made from; without metric and value where its cell has none."""

    document: Measurements
    cell: Cell
    metric: str | None = None
    value: Value | None = None


_FIGURES = {
    "change": "candidate − baseline, in the unit of the value",
    "relative": "(candidate − baseline) / |baseline|",
    "drop": "loss of quality, positive when worse",
    "gain": "ratio, above 1 when better",
}


def _derived() -> Iterator[tuple[str, Column]]:
    for name, meaning in _FIGURES.items():
        yield name, Column("number", f"value.{name}.value", meaning)
        yield f"{name}_low", Column("number", f"value.{name}.low", "lower end of it, 95 %")
        yield f"{name}_high", Column("number", f"value.{name}.high", "upper end of it, 95 %")
        yield f"{name}_method", Column("word", f"value.{name}.method", "how its ends were found")
        yield f"{name}_n", Column("count", f"value.{name}.n", "rounds or samples that are paired")


COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "release": Column("word", "document.release", "id of the release"),
        "platform": Column("word", "document.platform", "id of the platform"),
        **{
            name: Column("count" if name == "batch" else "word", f"cell.key.{name}", "part of key")
            for name in KEY_FIELDS
        },
        "task": Column("word", "cell.task", "task family of the model"),
        "metric": Column("word", "metric", "null where the cell has no value"),
        "value": Column("number", "value.value", "the value, in its unit"),
        "unit": Column("word", "value.unit", "% of an accuracy is points of 0–100"),
        "direction": Column("word", "value.direction", "whether higher or lower is better"),
        "n": Column("count", "value.n", "samples or requests behind it"),
        "low": Column("number", "value.interval.low", "lower end of its interval"),
        "high": Column("number", "value.interval.high", "upper end of its interval"),
        "confidence": Column("number", "value.interval.confidence", "of its interval"),
        "method": Column("word", "value.interval.method", "how its interval was computed"),
        "spread": Column("number", "value.spread", "interquartile range of the samples"),
        "definition": Column("word", "value.definition", "what exactly was computed"),
        "printed": Column("text", "value.printed", "as a publication prints it"),
        "is_baseline": Column("flag", "value.is_baseline", "others are compared with it"),
        "refusal": Column("word", "value.refusal.code", "why nothing is derived"),
        **dict(_derived()),
        "within_noise": Column("flag", "value.within_noise", "the gain may be noise"),
        "undetectable": Column("flag", "value.undetectable", "paired samples show no difference"),
        "noise_floor": Column("number", "value.noise_floor", "relative"),
        "calm": Column("word", "value.calm", "how far the machine let both sides alone"),
        "state": Column("word", "cell.state", "how the cell ended"),
        "reason": Column("word", "cell.reason", "why it is not ok"),
        "acceptance": Column("word", "cell.acceptance", "what is said of its format"),
        "origin": Column("word", "cell.origin.kind", "measured, imported or transcribed"),
        "started": Column("time", "cell.started", "when the cell was started"),
        "seconds": Column("number", "cell.seconds", "wall time the cell took"),
        "artefact": Column("text", "cell.artefact.sha256", "hash of the file that ran"),
        "command": Column("text", "cell.command", "the command that measured it"),
        "verify": Column("text", "cell.verify", "the line that measures it again"),
        "anchor": Column("text", "cell.anchor", "of the cell, the same in every build"),
        "permalink": Column("text", "cell.permalink", "from the root of the site"),
        "baseline": Column("text", "cell.baseline", "anchor of the cell it is compared with"),
        "file": Column("word", "cell.file", "name of the result file"),
    }
)
"""All columns, in their order."""


def is_available() -> bool:
    """Tell whether Parquet can be written here."""
    return importlib.util.find_spec("pyarrow") is not None


def parquet(documents: Sequence[Measurements]) -> bytes:
    """Return all cells as a Parquet file, compressed with Zstandard, in the order of their keys.

    Raises:
        MissingEnvironment: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingEnvironment(_missing()) from error
    out = io.BytesIO()
    pq.write_table(table(documents), out, compression="zstd")
    return out.getvalue()


def table(documents: Sequence[Measurements]) -> pa.Table:
    """Return all cells as an Arrow table with the columns of ``COLUMNS``."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "word": pa.dictionary(pa.int32(), pa.string()),
        "count": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    rows = list(_rows(documents))
    fields, arrays = [], []
    for name, column in COLUMNS.items():
        type_ = types[column.kind]
        arrays.append(pa.array([_found(row, column) for row in rows], type=type_))
        fields.append(pa.field(name, type_, metadata={"description": column.meaning}))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _rows(documents: Iterable[Measurements]) -> Iterator[Row]:
    for document in documents:
        for cell in document.cells:
            for metric, value in cell.values.items():
                yield Row(document, cell, metric, value)
            if not cell.values:
                yield Row(document, cell)


def _found(row: Row, column: Column) -> object:
    found: object = row
    for name in column.path.split("."):
        found = getattr(found, name)
        if found is None:
            return None
    if column.kind == "time":
        return datetime.fromisoformat(str(found))
    return found.value if isinstance(found, Enum) else found


def _missing() -> Problem:
    return Problem(
        where="parquet",
        what="pyarrow is not installed",
        expected="the extra that writes Parquet",
        got="no such package",
        remedy="pip install 'benchfolio[parquet]'",
    )
