"""One result file as columns: what a collection is joined from, and what is kept between builds.

Texts are stored once and as numbers, heavy objects (rounds, outcomes, settings, …) as the JSON that
the contract writes, decoded only when somebody asks for one. A file of 500 values takes a tenth of
its JSON.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np

from benchfolio.generator.paired import TwinPair, twin_pairs
from benchfolio.results import (
    KEY_FIELDS,
    Artefact,
    Cell,
    Claim,
    Dataset,
    Interval,
    Limit,
    Load,
    Metric,
    Model,
    Origin,
    Outcomes,
    Platform,
    Published,
    Race,
    Recipe,
    ResultFile,
    Rounds,
    Share,
    Value,
    Verdict,
    load_name,
)

KEY_COLUMNS = ("release", "platform", *KEY_FIELDS)
"""What makes a row of ``cells`` unique, and its order."""

CELL_COLUMNS = (
    *KEY_COLUMNS,
    "task",
    "method",
    "format",
    "artefact",
    "origin",
    "state",
    "reason",
    "note",
    "command",
    "started",
    "seconds",
    "settings",
    "executed",
    "claims",
    "published",
    "rounds",
    "outcomes",
    "verdict",
    "file",
)
"""Columns of ``cells``. Text is categorical, empty where unknown; ``started`` is seconds since 1970
(UTC) and ``seconds`` a duration, NaN where unknown; ``file`` is a position in the catalogue.
``baseline`` is added: the position of the cell that others are compared with, negative without."""

Scalar = bool | int | float | str | None

OBJECTS: Mapping[str, tuple[object, object]] = MappingProxyType(
    {
        "settings": (dict[str, Scalar], {}),
        "executed": (dict[str, Share], {}),
        "claims": (tuple[Claim, ...], ()),
        "published": (Published, None),
        "rounds": (Rounds, None),
        "outcomes": (dict[str, Outcomes], {}),
        "verdict": (Verdict, None),
    }
)
"""Columns of objects: what they are of, and the empty one."""

SECTIONS: Mapping[str, object] = MappingProxyType(
    {
        "models": dict[str, Model],
        "datasets": dict[str, Dataset],
        "recipes": dict[str, Recipe],
        "artefacts": dict[str, Artefact],
        "metrics": dict[str, Metric],
        "races": dict[str, Race],
        "twins": tuple[TwinPair, ...],
    }
)
"""Parts of a file beside its cells: what they are of."""

CELL_NUMBERS: Mapping[str, str] = MappingProxyType({"batch": "q", "started": "d", "seconds": "d"})
VALUE_NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "cell": "q",
        "value": "d",
        "low": "d",
        "high": "d",
        "confidence": "d",
        "n": "q",
        "spread": "d",
    }
)
"""Columns of numbers, as type codes of ``array`` and NumPy."""
VALUE_TEXTS = ("metric", "unit", "method", "definition", "printed")
CELL_TEXTS = tuple(name for name in CELL_COLUMNS if name not in {*OBJECTS, *CELL_NUMBERS, "file"})


def code_type(names: int) -> str:
    """Return the smallest type, as ``array`` and NumPy call it, that numbers so many names."""
    return "B" if names <= 2**8 else "H" if names <= 2**16 else "i"


class Head(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a file says of itself in a few words."""

    release: str
    platform: Platform
    origin: Origin
    suite: str | None
    software: dict[str, str]
    acceptance: dict[str, Limit]


class Texts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A column of texts: each once, and the number of each row's."""

    names: tuple[str, ...]
    codes: bytes


class Encoded(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A column of objects as JSON: each once, and the number of each row's; 0 is empty."""

    names: tuple[bytes, ...]
    codes: bytes


class FileColumns(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """What one file adds to a collection; numbers are in the byte order of this machine.

    Attributes:
        head: Release, platform, origin and the like.
        sections: JSON of what stands beside the cells; see ``SECTIONS``.
        cells: Number of cells.
        texts: Text columns of cells.
        numbers: Columns of numbers of cells.
        objects: Columns of objects of cells.
        value_texts: Text columns of values.
        value_numbers: Columns of numbers of values; ``cell`` counts within the file.
    """

    head: Head
    sections: dict[str, bytes]
    cells: int
    texts: dict[str, Texts]
    numbers: dict[str, bytes]
    objects: dict[str, Encoded]
    value_texts: dict[str, Texts]
    value_numbers: dict[str, bytes]


def columns_of(file: ResultFile) -> FileColumns:
    """Return the columns of one file."""
    values = [value for cell in file.cells for value in cell.values.values()]
    return FileColumns(
        head=Head(
            release=file.release,
            platform=file.platform,
            origin=file.origin,
            suite=file.suite,
            software=file.software,
            acceptance=file.acceptance,
        ),
        sections=_sections(file),
        cells=len(file.cells),
        texts={name: _coded(texts) for name, texts in _cell_texts(file)},
        numbers=_packed(CELL_NUMBERS, _cell_numbers(file.cells)),
        objects={name: _encoded(file.cells, name) for name in OBJECTS},
        value_texts={name: _coded(texts) for name, texts in _value_texts(file.cells, values)},
        value_numbers=_packed(VALUE_NUMBERS, _value_numbers(file.cells, values)),
    )


_encode: Callable[[object], bytes] = msgspec.json.Encoder().encode


def _sections(file: ResultFile) -> dict[str, bytes]:
    found = {name: getattr(file, name) for name in SECTIONS if name != "twins"}
    found["twins"] = tuple(twin_pairs(file))
    return {name: _encode(section) for name, section in found.items()}


def _coded(texts: Sequence[str]) -> Texts:
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    codes = array(code_type(len(numbers)), map(numbers.__getitem__, texts))
    return Texts(tuple(map(str.__str__, numbers)), codes.tobytes())


def _encoded(cells: Sequence[Cell], name: str) -> Encoded:
    numbers: dict[bytes, int] = {b"": 0}
    codes = [
        numbers.setdefault(_encode(found), len(numbers)) if (found := getattr(cell, name)) else 0
        for cell in cells
    ]
    return Encoded(tuple(numbers), array(code_type(len(numbers)), codes).tobytes())


def _packed(
    kinds: Mapping[str, str], columns: Mapping[str, Iterable[int | float]]
) -> dict[str, bytes]:
    return {name: array(kinds[name], column).tobytes() for name, column in columns.items()}


def _cell_texts(file: ResultFile) -> list[tuple[str, list[str]]]:
    """Return the text columns of a file's cells; of an enumeration its members, which are texts."""
    cells = file.cells
    tasks = {id_: model.task or "" for id_, model in file.models.items()}
    methods = {id_: recipe.method for id_, recipe in file.recipes.items()}
    formats: dict[str | None, str] = {id_: made.format for id_, made in file.artefacts.items()}
    kind = file.origin.kind
    loads: dict[tuple[Load, int], str] = {}
    return [
        ("release", [file.release] * len(cells)),
        ("platform", [file.platform.id] * len(cells)),
        ("model", [cell.model for cell in cells]),
        ("dataset", [cell.dataset or "" for cell in cells]),
        ("form", [cell.form or "" for cell in cells]),
        ("scenario", [cell.scenario for cell in cells]),
        ("precision", [cell.precision for cell in cells]),
        ("recipe", [cell.recipe for cell in cells]),
        ("runtime", [cell.runtime for cell in cells]),
        ("runtime_version", [cell.runtime_version or "" for cell in cells]),
        ("device", [cell.device for cell in cells]),
        ("shape", [cell.shape or "" for cell in cells]),
        ("load", [_load(cell, loads) for cell in cells]),
        ("task", [tasks.get(cell.model, "") for cell in cells]),
        ("method", [methods.get(cell.recipe, "") for cell in cells]),
        ("format", [formats.get(cell.artefact, "") for cell in cells]),
        ("artefact", [cell.artefact or "" for cell in cells]),
        ("origin", [cell.origin.kind if cell.origin else kind for cell in cells]),
        ("state", [cell.state for cell in cells]),
        ("reason", [cell.reason or "" for cell in cells]),
        ("note", [cell.note or "" for cell in cells]),
        ("command", [cell.command or "" for cell in cells]),
    ]


def _load(cell: Cell, known: dict[tuple[Load, int], str]) -> str:
    key = (cell.load, cell.batch)
    name = known.get(key)
    if name is None:
        name = known[key] = load_name(cell.load, cell.batch)
    return name


def _cell_numbers(cells: Sequence[Cell]) -> dict[str, list[Any]]:
    nan = np.nan
    return {
        "batch": [cell.batch for cell in cells],
        "started": [cell.started.timestamp() if cell.started else nan for cell in cells],
        "seconds": [nan if cell.seconds is None else cell.seconds for cell in cells],
    }


_NO_INTERVAL = Interval(low=np.nan, high=np.nan, confidence=np.nan, method="")


def _value_texts(cells: Sequence[Cell], values: Sequence[Value]) -> list[tuple[str, list[str]]]:
    return [
        ("metric", [name for cell in cells for name in cell.values]),
        ("unit", [value.unit for value in values]),
        ("method", [(value.interval or _NO_INTERVAL).method for value in values]),
        ("definition", [value.definition or "" for value in values]),
        ("printed", [value.printed or "" for value in values]),
    ]


def _value_numbers(cells: Sequence[Cell], values: Sequence[Value]) -> dict[str, list[Any]]:
    intervals = [value.interval or _NO_INTERVAL for value in values]
    return {
        "cell": [place for place, cell in enumerate(cells) for _ in cell.values],
        "value": [value.value for value in values],
        "low": [interval.low for interval in intervals],
        "high": [interval.high for interval in intervals],
        "confidence": [interval.confidence for interval in intervals],
        "n": [value.n or -1 for value in values],
        "spread": [np.nan if value.spread is None else value.spread for value in values],
    }
