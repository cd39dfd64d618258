"""Read result files strictly: bounded in size, every problem with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchfolio.results.errors import BadInput, Problem
from benchfolio.results.migration import migrate
from benchfolio.results.misfits import misfit, type_problem
from benchfolio.results.opening import bytes_of
from benchfolio.results.soundness import is_sound
from benchfolio.results.types import VERSION, ResultFile
from benchfolio.results.validation import validate

MAX_BYTES = 64 * 1024 * 1024

_decoder = msgspec.json.Decoder(ResultFile)
_encoder = msgspec.json.Encoder()


def read(
    path: Path,
    *,
    where: str | None = None,
    max_bytes: int = MAX_BYTES,
    root: Path | None = None,
) -> ResultFile:
    """Read and validate one result file.

    Args:
        path: The file.
        where: How errors name the file; the path as given when left out.
        max_bytes: Larger files are refused unread.
        root: A link must lead to a file below this folder.

    Raises:
        BadInput: It cannot be read or is not a valid result file.
    """
    name = where or str(path)
    return decode(read_bytes(path, name, max_bytes=max_bytes, root=root), name)


def read_bytes(
    path: Path, where: str, *, max_bytes: int = MAX_BYTES, root: Path | None = None
) -> bytes:
    """Read a file that is one, and not too large; see ``read``.

    Raises:
        BadInput: It cannot be read.
    """
    data = bytes_of(path, where, "a result file", most=max_bytes, root=root)
    if len(data) > max_bytes:
        raise BadInput(_too_large(where, path.stat().st_size, max_bytes))
    return data


def decode(data: bytes, where: str) -> ResultFile:
    """Decode and validate the bytes of a result file.

    Raises:
        BadInput: Not valid UTF-8 JSON, not of the contract, or inconsistent.
    """
    file = _sound(data)
    return _explained(data, where) if file is None else file


def _sound(data: bytes) -> ResultFile | None:
    """Decode a file of today's version in which certainly nothing is wrong."""
    try:
        file = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    certain = file.version == VERSION and _has_no_duplicate_keys(data, file) and is_sound(file)
    return file if certain else None


def _has_no_duplicate_keys(data: bytes, decoded: object) -> bool:
    """Tell whether certainly no key is given twice; JSON decoders silently keep the last.

    Written again, a document has the strings of what was kept. A key that was dropped leaves fewer
    quotes than there were, as does a default that a file spells out. Only an escape by number
    could make up for them.
    """
    return b"\\u" not in data and data.count(b'"') == _encoder.encode(decoded).count(b'"')


def _explained(data: bytes, where: str) -> ResultFile:
    """Decode an older file, or say what is wrong."""
    raw = _parse(data, where)
    if raw.get("version") == VERSION:
        file = _typed(data, where)
    else:
        file = _typed(msgspec.json.encode(migrate(raw, where)), where)
    problems = [*_duplicate_keys(data, raw, where), *validate(file, where)]
    if problems:
        raise BadInput(problems)
    return file


def _parse(data: bytes, where: str) -> dict[str, Any]:
    try:
        raw = msgspec.json.decode(data)
    except RecursionError as error:
        raise BadInput(_malformed(where, "nested too deeply")) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(_malformed(where, str(error))) from error
    if not isinstance(raw, dict) or raw.get("format") != "benchfolio-results":
        raise BadInput(
            Problem(
                where=f"{where}: $.format",
                what="not a benchfolio result file",
                expected='an object with "format": "benchfolio-results"',
                got=_short(raw.get("format") if isinstance(raw, dict) else raw),
                remedy="import other tools' reports with: benchfolio import",
            )
        )
    return raw


def _typed(data: bytes, where: str) -> ResultFile:
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        problem = type_problem(error, where, remedy="see the JSON Schema: benchfolio schema")
        if not problem.got:
            found = _found_at(data, misfit(str(error)).path)
            problem = msgspec.structs.replace(problem, got=found)
        raise BadInput(problem) from error


def _found_at(data: bytes, path: str) -> str:
    """Return what stands at a place, as ``$.cells[0].device``.

    A place inside an object whose keys are free (``[...]``, or such a key itself) is one of
    several: not to be told.
    """
    if not path.startswith("$"):
        return ""
    node: Any = msgspec.json.decode(data)
    for key, index in re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", path):
        if index == "...":
            return ""
        node = node[int(index)] if index else node[key]
    return _short(node)


def _duplicate_keys(data: bytes, raw: dict[str, Any], where: str) -> Iterator[Problem]:
    """Find keys given twice in one object; JSON decoders silently keep the last."""
    if _has_no_duplicate_keys(data, raw):
        return

    duplicates: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: set[str] = set()
        for key, _ in items:
            if key in seen:
                duplicates.append(key)
            seen.add(key)
        return dict(items)

    json.loads(data, object_pairs_hook=pairs)
    for key in duplicates:
        yield Problem(
            where=where,
            what="a key is given twice in one object",
            expected="each key once",
            got=_short(key),
            remedy="remove one of them",
        )


def _malformed(where: str, why: str) -> Problem:
    return Problem(
        where=where,
        what="not valid JSON",
        expected="one JSON object in UTF-8",
        got=why[:200],
        remedy="restore the file, or run again with --resume",
    )


def _too_large(where: str, size: int, limit: int) -> Problem:
    return Problem(
        where=where,
        what="too large to be a result file",
        expected=f"at most {limit} bytes",
        got=f"{size} bytes",
        remedy="one file holds one platform and one release; split it",
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def result_paths(folder: Path) -> list[Path]:
    """Return the result files below a folder (``RELEASE/PLATFORM.json``), sorted."""
    return sorted(
        path
        for path in folder.rglob("*.json")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def read_all(
    paths: Iterable[Path], *, root: Path | None = None
) -> tuple[list[tuple[str, ResultFile]], list[Problem]]:
    """Read many files; a bad one is reported and skipped.

    Args:
        paths: The files.
        root: Errors and names give paths relative to it.

    Returns:
        The good files with their names, in the order given, and the problems of the bad ones.
    """
    files: list[tuple[str, ResultFile]] = []
    problems: list[Problem] = []
    for path in paths:
        name = path.relative_to(root).as_posix() if root else path.as_posix()
        try:
            files.append((name, read(path, where=name, root=root)))
        except BadInput as error:
            problems += error.problems
    return files, problems
