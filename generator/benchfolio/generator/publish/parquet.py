"""Everything in one table, as Parquet: a row for each value, and one for each cell without any."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchfolio.generator.collection import Collection
from benchfolio.generator.publish import figures
from benchfolio.generator.publish.cells import Part, parts
from benchfolio.generator.publish.figures import Words
from benchfolio.generator.publish.site import Site
from benchfolio.results import KEY_FIELDS, MissingEnvironment, Problem

if TYPE_CHECKING:
    import pyarrow as pa

    Places = NDArray[np.int64]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_MOST = 2**26
"""More rows than a release has: each is one row group, which is copied while nothing changes."""


class Column(msgspec.Struct, frozen=True):
    """A column of the table.

    Attributes:
        kind: ``word`` (a text that many rows share), ``text``, ``count``, ``number``, ``flag`` or
            ``time``.
        meaning: What it is; stands in the file beside the column.
        of: Whether it is of the cell, and the same in all of its rows, or of the value.
    """

    kind: str
    meaning: str
    of: str = "cell"


def _value(kind: str, meaning: str) -> Column:
    return Column(kind, meaning, "value")


_FIGURES = {
    "change": "candidate − baseline, in the unit of the value",
    "relative": "(candidate − baseline) / |baseline|",
    "drop": "loss of quality, positive when worse",
    "gain": "ratio, above 1 when better",
}


def _derived() -> Iterator[tuple[str, Column]]:
    for name, meaning in _FIGURES.items():
        yield name, _value("number", meaning)
        yield f"{name}_low", _value("number", "lower end of it, 95 %")
        yield f"{name}_high", _value("number", "upper end of it, 95 %")
        yield f"{name}_method", _value("word", "how its ends were found")
        yield f"{name}_n", _value("count", "rounds or samples that are paired")


COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "release": Column("word", "id of the release"),
        "platform": Column("word", "id of the platform"),
        **{
            name: Column("count" if name == "batch" else "word", "part of key")
            for name in KEY_FIELDS
        },
        "task": Column("word", "task family of the model"),
        "metric": _value("word", "null where the cell has no value"),
        "value": _value("number", "the value, in its unit"),
        "unit": _value("word", "% of an accuracy is points of 0–100"),
        "direction": _value("word", "whether higher or lower is better"),
        "n": _value("count", "samples or requests behind it"),
        "low": _value("number", "lower end of its interval"),
        "high": _value("number", "upper end of its interval"),
        "confidence": _value("number", "of its interval"),
        "method": _value("word", "how its interval was computed"),
        "spread": _value("number", "interquartile range of the samples"),
        "definition": _value("word", "what exactly was computed"),
        "printed": _value("text", "as a publication prints it"),
        "is_baseline": _value("flag", "others are compared with it"),
        "refusal": _value("word", "why nothing is derived"),
        **dict(_derived()),
        "within_noise": _value("flag", "the gain may be noise"),
        "undetectable": _value("flag", "paired samples show no difference"),
        "noise_floor": _value("number", "relative"),
        "calm": _value("word", "how far the machine let both sides alone"),
        "state": Column("word", "how the cell ended"),
        "reason": Column("word", "why it is not ok"),
        "acceptance": Column("word", "what is said of its format"),
        "origin": Column("word", "measured, imported or transcribed"),
        "started": Column("time", "when the cell was started"),
        "seconds": Column("number", "wall time the cell took"),
        "artefact": Column("text", "hash of the file that ran"),
        "command": Column("text", "the command that measured it"),
        "verify": Column("text", "the line that measures it again"),
        "anchor": Column("text", "of the cell, the same in every build"),
        "permalink": Column("text", "from the root of the site"),
        "baseline": Column("text", "anchor of the cell it is compared with"),
        "file": Column("word", "name of the result file"),
    }
)
"""All columns, in their order."""


def is_available() -> bool:
    """Tell whether Parquet can be written here."""
    return importlib.util.find_spec("pyarrow") is not None


class Writer:
    """Writes the table piece by piece, compressed with Zstandard: each release is a row group.

    Raises:
        MissingEnvironment: pyarrow is not installed.
    """

    def __init__(self) -> None:
        try:
            import pyarrow.parquet as pq
        except ImportError as error:
            raise MissingEnvironment(_missing()) from error
        self._out = io.BytesIO()
        self._writer = pq.ParquetWriter(self._out, _schema(), compression="zstd")

    def add(self, rows: pa.Table) -> None:
        """Write the rows of a release, if it has any."""
        if len(rows):
            self._writer.write_table(rows, row_group_size=_MOST)

    def close(self) -> bytes:
        """Return the file."""
        self._writer.close()
        return self._out.getvalue()


class Written:
    """A file that ``Writer`` wrote; one that is not, or is empty, has no rows.

    Args:
        data: The file.
    """

    def __init__(self, data: bytes) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._places: dict[str, tuple[int, set[str]]] = {}
        try:
            self._file = pq.ParquetFile(io.BytesIO(data))
            for at in range(self._file.num_row_groups):
                part = self._file.read_row_group(at, columns=["release", "platform"])
                platforms = set(part["platform"].unique().to_pylist())
                self._places[part["release"][0].as_py()] = at, platforms
        except (pa.ArrowException, OSError, KeyError):
            self._places = {}

    def rows(self, release: str, platforms: set[str]) -> pa.Table | None:
        """Return the rows of a release, if they are of exactly these platforms."""
        import pyarrow as pa

        at, there = self._places.get(release, (0, None))
        if there != platforms:
            return None
        try:
            found = self._file.read_row_group(at)
        except (pa.ArrowException, OSError):
            return None
        return found if found.schema.equals(_schema()) else None


def as_parquet(collection: Collection) -> bytes:
    """Return all cells as one Parquet file in the order of their keys, for whoever has no site.

    Raises:
        MissingEnvironment: pyarrow is not installed.
    """
    writer = Writer()
    for part in parts(collection, Site(title="")):
        writer.add(table(part))
    return writer.close()


def table(part: Part) -> pa.Table:
    """Return a part as an Arrow table with the columns of ``COLUMNS``."""
    import pyarrow as pa

    schema, piece = _schema(), _Piece(part)
    return pa.Table.from_arrays([_arrow(piece, field) for field in schema], schema=schema)


def _schema() -> pa.Schema:
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "word": pa.dictionary(pa.int32(), pa.string()),
        "count": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "time": pa.timestamp("us", tz="UTC"),
    }
    return pa.schema(
        pa.field(name, types[column.kind], metadata={"description": column.meaning})
        for name, column in COLUMNS.items()
    )


class _Piece:
    """The rows of a part: which cell and which value each is of."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.texts = part.collection.cell_columns.categories
        self._cells = part.cells
        cells = part.figures.cell - self._cells.start
        counts = np.bincount(cells, minlength=len(self._cells))
        self.cell = np.repeat(np.arange(len(counts)), np.maximum(counts, 1))
        has = np.repeat(counts > 0, np.maximum(counts, 1))
        self.value = np.where(has, np.cumsum(has) - 1, -1)

    def words(self, name: str) -> Words:
        """Return a text column of the cells; the empty text says nothing."""
        names = self.part.collection.cell_columns.categories[name]
        codes = self.numbers(name)
        return Words(names, np.where(codes == (names.index("") if "" in names else -1), -1, codes))

    def numbers(self, name: str) -> NDArray[Any]:
        """Return a column of numbers of the cells."""
        cells = slice(self._cells.start, self._cells.stop)
        found: NDArray[Any] = self.part.collection.cell_columns.arrays[name][cells]
        return found

    def files(self) -> Words:
        """Return the name of the file of each cell."""
        files = self.part.collection.catalogue.files
        return Words([info.name for info in files], self.numbers("file"))


Found = Words | Sequence[Any] | NDArray[Any]
"""A column of the cells or values of a piece."""


def _found(piece: _Piece, name: str) -> Found:
    figure, _, part = name.partition("_")
    column = COLUMNS[name]
    if figure in figures.FIGURES:
        found: Found = getattr(piece.part.figures.derived[figure], part or "value")
    elif column.of == "value":
        found = getattr(piece.part.figures, name)
    elif name in _GATHERED:
        found = _GATHERED[name](piece.part)
    elif name == "file":
        found = piece.files()
    else:
        found = piece.words(name) if name in piece.texts else piece.numbers(name)
    return found


_GATHERED: Mapping[str, Callable[[Part], Sequence[Any]]] = MappingProxyType(
    {
        "acceptance": lambda part: part.judged.words,
        "started": lambda part: part.started,
        "artefact": lambda part: [file and file.sha256 for file in part.artefacts],
        "verify": lambda part: part.verify_lines,
        "anchor": lambda part: part.anchors,
        "permalink": lambda part: part.permalinks,
        "baseline": lambda part: part.baselines,
    }
)
"""Columns of cells that take more than a look into the frame."""


_NO_TIME = -(2**63)


def _microseconds(found: Sequence[datetime | None]) -> Places:
    """Return times as microseconds since 1970, exactly."""
    return np.array(
        [_NO_TIME if time is None else (time - _EPOCH) // _MICROSECOND for time in found],
        dtype=np.int64,
    )


def _words(found: Sequence[str | None]) -> Words:
    names = sorted({text for text in found if text is not None})
    numbers: dict[str | None, int] = {text: at for at, text in enumerate(names)}
    return Words(names, np.array([numbers.get(text, -1) for text in found], dtype=np.int64))


def _arrow(piece: _Piece, field: pa.Field) -> pa.Array:
    column = COLUMNS[field.name]
    at = piece.cell if column.of == "cell" else piece.value
    found = _found(piece, field.name)
    if column.kind == "word" and isinstance(found, list):
        found = _words(found)
    if isinstance(found, Words):
        return _dictionary(found, at).cast(field.type)
    if column.kind == "text":
        return _texts(list(found)).take(_plain(at))
    if column.kind == "time":
        found = _microseconds(list(found))
    return _numbers(np.asarray(found), at, field.type, column.kind)


def _dictionary(found: Words, at: Places) -> pa.DictionaryArray:
    """Return texts at some places, each once that occurs; a place below 0 is none."""
    import pyarrow as pa

    # One more at the end stands for none: it is where -1 leads.
    codes = np.append(found.codes, -1)[at]
    used, places = np.unique(codes[codes >= 0], return_inverse=True)
    texts = [found.names[code] for code in used.tolist()]
    names = sorted(set(texts))  # files have no order of their own
    number = {text: at for at, text in enumerate(names)}
    numbers = np.zeros(len(codes), dtype=np.int32)
    numbers[codes >= 0] = np.array([number[text] for text in texts], dtype=np.int32)[places]
    return pa.DictionaryArray.from_arrays(_plain(numbers, codes < 0), _texts(names))


def _numbers(found: NDArray[Any], at: Places, type_: pa.DataType, kind: str) -> pa.Array:
    """Return values at some places; a place below 0 is none."""
    import pyarrow as pa

    values = np.append(found, found.dtype.type(0))[at]
    missing = at < 0
    if kind == "number":
        missing |= np.isnan(values)
    elif kind in ("count", "time"):
        missing |= values < (0 if kind == "count" else _NO_TIME + 1)
    if kind == "flag":
        values = np.packbits(values, bitorder="little")
    elif kind != "number":
        values = values.astype(np.int64)
    return pa.Array.from_buffers(type_, len(at), [_validity(missing), pa.py_buffer(values)])


# Arrow takes arrays of NumPy as they are; ``pyarrow.array`` would import pandas first.


def _plain(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> pa.Array:
    import pyarrow as pa

    type_ = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(
        type_,
        len(values),
        [
            None if missing is None else _validity(missing),
            pa.py_buffer(np.ascontiguousarray(values)),
        ],
    )


def _validity(missing: NDArray[np.bool_]) -> pa.Buffer | None:
    import pyarrow as pa

    return pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None


def _texts(found: Sequence[str | None]) -> pa.Array:
    import pyarrow as pa

    encoded = [b"" if text is None else text.encode() for text in found]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int32)
    np.cumsum([len(one) for one in encoded], out=offsets[1:])
    missing = np.array([text is None for text in found], dtype=np.bool_)
    buffers = [_validity(missing), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def _missing() -> Problem:
    return Problem(
        where="parquet",
        what="pyarrow is not installed",
        expected="the extra that writes Parquet",
        got="no such package",
        remedy="pip install 'benchfolio[parquet]'",
    )
