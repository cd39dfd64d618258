"""Hashes of the parts of a result file, by which a build finds out whom a change concerns.

Figures of a model are shown on a few pages; which models there are is shown, or decides something,
on many. So what a file says is told apart: its outline, from which any page may follow, and what
its cells say beyond that, model by model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import msgspec
import numpy as np

from benchfolio.generator.columns import Encoded, FileColumns, code_type
from benchfolio.results import Cell, ResultFile


class Slices(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Hashes of the parts of a file; two files with equal ones say the same there.

    Attributes:
        outline: Of what the file describes, of which cells there are and how they ended, and of
            which values and objects they have, without any figure.
        twins: Of the baselines that ran against themselves: noise floors follow from them.
        models: Of all that cells say and of the races they took part in, by model.
        cells: Number of cells.
    """

    outline: bytes
    twins: bytes
    models: dict[str, bytes]
    cells: int


_encode: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode

_REMARKS = ("reason", "note", "command")
"""Texts of a cell that nothing but its own figures is shown with."""

_APART = ("races", "twins")
"""Sections of a file that are no description of what was measured."""

_WHOLE = ("claims", "published")
"""Objects of cells from which follows which metrics a model has, and which rows are misplaced."""


def slices_of(file: ResultFile, columns: FileColumns) -> Slices:
    """Return the hashes of a file.

    Args:
        file: The file.
        columns: The same as columns.
    """
    return Slices(
        outline=_outline(columns),
        twins=_hash(columns.sections["twins"]),
        models={model: _of_cells(file, cells) for model, cells in _by_model(file).items()},
        cells=columns.cells,
    )


def _outline(columns: FileColumns) -> bytes:
    objects = columns.objects
    parts = (
        columns.head,
        {name: data for name, data in columns.sections.items() if name not in _APART},
        {name: texts for name, texts in columns.texts.items() if name not in _REMARKS},
        columns.numbers["batch"],
        {name: _is_there(column) for name, column in objects.items() if name not in _WHOLE},
        {name: objects[name] for name in _WHOLE},
        columns.value_numbers["cell"],
        {name: texts for name, texts in columns.value_texts.items() if name != "method"},
    )
    return _hash(_encode(parts))


def _is_there(column: Encoded) -> bytes:
    """Return of which cells a column has an object: number 0 is the empty one."""
    codes = np.frombuffer(column.codes, dtype=code_type(len(column.names)))
    return np.packbits(codes != 0).tobytes()


def _by_model(file: ResultFile) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for cell in file.cells:
        found.setdefault(cell.model, []).append(cell)
    return found


def _of_cells(file: ResultFile, cells: Iterable[Cell]) -> bytes:
    own = list(cells)
    races = sorted({cell.rounds.race for cell in own if cell.rounds is not None})
    return _hash(_encode((own, [file.races.get(id_) for id_ in races])))


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
