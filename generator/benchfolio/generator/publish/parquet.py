"""Everything in one table, as Parquet: a row for each value, and one for each cell without any."""

from __future__ import annotations

import importlib.util
import io
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchfolio.generator.collection import Collection
from benchfolio.generator.publish import figures
from benchfolio.generator.publish.cells import Group
from benchfolio.generator.publish.figures import Figures, Words
from benchfolio.results import KEY_FIELDS, MissingEnvironment, Problem

if TYPE_CHECKING:
    import pyarrow as pa

    Places = NDArray[np.int64]

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


Rows = Mapping[str, "pa.Table"]
"""Rows by release."""


def parquet(
    collection: Collection, groups: Sequence[Group], known: Rows = MappingProxyType({})
) -> bytes:
    """Return all cells as a Parquet file, compressed with Zstandard, in the order of their keys.

    Args:
        collection: The results.
        groups: All cells, those of one release after each other.
        known: Rows that need not be made again.

    Raises:
        MissingEnvironment: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingEnvironment(_missing()) from error
    out = io.BytesIO()
    with pq.ParquetWriter(out, _schema(), compression="zstd") as writer:
        for release, own in itertools.groupby(groups, key=lambda group: group.release):
            part = list(own)
            own_rows = known[release] if release in known else table(collection, part)
            writer.write_table(own_rows, row_group_size=_MOST)
            for group in part:
                group.forget()
    return out.getvalue()


def rows(data: bytes, wanted: Mapping[str, set[str]]) -> Rows:
    """Return the rows of some releases from a file that ``parquet`` wrote; what can be read.

    Args:
        data: The file; may be empty.
        wanted: Platforms by release; where the file has others, nothing of the release is returned.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: dict[str, pa.Table] = {}
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        for at in range(file.num_row_groups):
            part = file.read_row_group(at)
            release = part["release"][0].as_py()
            there = set(part["platform"].unique().to_pylist())
            if there == wanted.get(release) and part.schema.equals(_schema()):
                found[release] = part
    except (pa.ArrowException, OSError):
        return {}
    return found


def table(collection: Collection, groups: Sequence[Group]) -> pa.Table:
    """Return consecutive groups as an Arrow table with the columns of ``COLUMNS``."""
    import pyarrow as pa

    schema, piece = _schema(), _Piece(collection, groups)
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
    """The rows of consecutive groups: which cell and which value each is of."""

    def __init__(self, collection: Collection, groups: Sequence[Group]) -> None:
        self.groups = groups
        self._collection = collection
        self._cells = range(groups[0].cells.start, groups[-1].cells.stop)
        self.figures = Figures(collection, groups[0].rows.start, groups[-1].rows.stop)
        cells = self.figures.cell - self._cells.start
        counts = np.bincount(cells, minlength=len(self._cells))
        self.cell = np.repeat(np.arange(len(counts)), np.maximum(counts, 1))
        has = np.repeat(counts > 0, np.maximum(counts, 1))
        self.value = np.where(has, np.cumsum(has) - 1, -1)

    @cached_property
    def derived(self) -> Mapping[str, figures.Derived]:
        """All figures that follow from values and their baselines."""
        return {name: self.figures.derived(name) for name in figures.FIGURES}

    def words(self, name: str) -> Words:
        """Return a text column of the cells; the empty text says nothing."""
        names = self._collection.cell_columns.categories[name]
        codes = self.numbers(name)
        return Words(names, np.where(codes == (names.index("") if "" in names else -1), -1, codes))

    def numbers(self, name: str) -> NDArray[Any]:
        """Return a column of numbers of the cells."""
        cells = slice(self._cells.start, self._cells.stop)
        found: NDArray[Any] = self._collection.cell_columns.arrays[name][cells]
        return found

    def files(self) -> Words:
        """Return the name of the file of each cell."""
        return Words([info.name for info in self._collection.catalogue.files], self.numbers("file"))

    def gathered(self, read: Callable[[Group], Sequence[Any]]) -> list[Any]:
        """Return what groups say of their cells, one after the other."""
        return [one for group in self.groups for one in read(group)]


Found = Words | Sequence[Any] | NDArray[Any]
"""A column of the cells or values of a piece."""


def _found(piece: _Piece, name: str) -> Found:
    figure, _, part = name.partition("_")
    column = COLUMNS[name]
    if figure in figures.FIGURES:
        found: Found = getattr(piece.derived[figure], part or "value")
    elif column.of == "value":
        found = getattr(piece.figures, name)
    elif name in _GATHERED:
        found = piece.gathered(_GATHERED[name])
    elif name == "file":
        found = piece.files()
    else:
        found = piece.words(name) if column.kind == "word" else piece.numbers(name)
    return found


_GATHERED: Mapping[str, Callable[[Group], Sequence[Any]]] = MappingProxyType(
    {
        "acceptance": lambda group: group.acceptance,
        "started": Group.started,
        "artefact": lambda group: [file and file.sha256 for file in group.artefacts()],
        "command": lambda group: [text or None for text in group.column("command")],
        "verify": Group.verify_lines,
        "anchor": lambda group: group.anchors,
        "permalink": Group.permalinks,
        "baseline": Group.baselines,
    }
)
"""Columns of cells that take more than a look into the frame."""


def _words(found: Sequence[str | None]) -> Words:
    names = sorted({text for text in found if text is not None})
    numbers: dict[str | None, int] = {text: at for at, text in enumerate(names)}
    return Words(names, np.array([numbers.get(text, -1) for text in found], dtype=np.int64))


def _arrow(piece: _Piece, field: pa.Field) -> pa.Array:
    import pyarrow as pa

    column = COLUMNS[field.name]
    at = piece.cell if column.of == "cell" else piece.value
    found = _found(piece, field.name)
    if column.kind == "word" and isinstance(found, list):
        found = _words(found)
    if isinstance(found, Words):
        return _dictionary(found, at).cast(field.type)
    if isinstance(found, np.ndarray):
        values, mask = _masked(found, at, column.kind)
        return pa.array(values, mask=mask, type=field.type)
    return pa.array(found, type=field.type).take(pa.array(at))


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
    dictionary = pa.array(names, pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(numbers, mask=codes < 0), dictionary)


def _masked(found: NDArray[Any], at: Places, kind: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return values at some places, and where there is none."""
    values = np.append(found, found.dtype.type(0))[at]
    missing = at < 0
    if kind == "number":
        missing |= np.isnan(values)
    elif kind == "count":
        missing |= values < 0
    return values, missing


def _missing() -> Problem:
    return Problem(
        where="parquet",
        what="pyarrow is not installed",
        expected="the extra that writes Parquet",
        got="no such package",
        remedy="pip install 'benchfolio[parquet]'",
    )
