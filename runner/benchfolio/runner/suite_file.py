"""A suite file: YAML into the types of ``suite``, with the line and column of every mistake.

Three spellings are shorter than the types they become: ``{scale: 0.5}`` or ``argmax`` for a step,
``image: pixels`` for an input that comes from a field, and ``a`` for a list of only ``a``.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Union

import msgspec

from benchfolio.documents import Form, Mark, Node, Trail, problem, read
from benchfolio.results import ID_PATTERN, BadInput, Problem
from benchfolio.runner.suite import Input, Step, Suite
from benchfolio.runner.suite_check import check, did_you_mean

FORM = Form(name="a suite", expected="keys and values, as `suite: my-suite`")


def load_suite(path: Path, *, where: str | None = None) -> Suite:
    """Read, type and check a suite file.

    Files that the suite names are not opened: a missing model is one model's matter, and a data
    set may yet be built.

    Args:
        path: The YAML file; paths in it are relative to its folder.
        where: How errors name it; the path as given when left out.

    Raises:
        BadInput: With every problem that was found, each with ``file:line:column``.
    """
    name = where or str(path)
    return from_tree(read(path, name, FORM), name)


def from_tree(root: Node, where: str) -> Suite:
    """Make a suite of a YAML tree; see ``load_suite``."""
    if not isinstance(root.value, dict):
        raise BadInput(problem(where, root.mark, "not a mapping", expected=FORM.expected))
    reading = _Reading(where)
    raw = reading.struct(root, Suite, ())
    suite = reading.partial(raw)
    checked = [
        reading.problem(trail, what, expected, got, remedy)
        for trail, what, expected, got, remedy in check(suite, root)
    ]
    problems = [*reading.problems, *checked]
    if problems:
        raise BadInput(sorted(problems, key=_line))
    return msgspec.convert(raw, Suite)


def _line(problem: Problem) -> tuple[int, int]:
    _, line, column = problem.where.rsplit(":", 2)
    return int(line), int(column)


class _Reading:
    """Walks a tree beside the types, so that one mistake does not hide the next."""

    def __init__(self, where: str) -> None:
        self.problems: list[Problem] = []
        self._where = where
        self._marks: dict[Trail, Mark] = {(): (1, 1)}
        self._bad: set[Trail] = set()

    def problem(self, trail: Trail, what: str, expected: str, got: str, remedy: str) -> Problem:
        """Give a problem its line; of the nearest part around it where it has none itself."""
        place = trail
        while place not in self._marks:
            place = place[:-1]
        return problem(
            self._where,
            self._marks[place],
            f"{_dotted(trail)}: {what}" if trail else what,
            expected=expected[:300],
            got=got,
            remedy=remedy,
        )

    def _note(self, trail: Trail, what: str, expected: str, got: str, remedy: str) -> None:
        self.problems.append(self.problem(trail, what, expected, got, remedy))
        self._bad.add(trail[:2])

    # ------------------------------------------------------------------------- reading by type

    def struct(self, node: Node, kind: type[msgspec.Struct], trail: Trail) -> dict[str, Any]:
        """Return what ``msgspec.convert`` makes a struct of, noting keys that do not fit."""
        node = _spelt_out(node, kind)
        if not isinstance(node.value, dict):
            self._note(
                trail, "wrong type", "keys and values", _shown(node), "see docs of suite files"
            )
            return {}
        fields = _fields(kind)
        self._unknown_keys(node, fields, trail)
        for info in msgspec.structs.fields(kind):
            if info.required and info.encode_name not in node.value:
                self._note(
                    trail,
                    f"`{info.encode_name}` is missing",
                    f"`{info.encode_name}: …`",
                    "nothing",
                    "add the key",
                )
        return {
            key: self.value(child, fields[key], (*trail, key), node.keys.get(key))
            for key, child in node.value.items()
            if key in fields
        }

    def _unknown_keys(self, node: Node, fields: Mapping[str, Any], trail: Trail) -> None:
        for key, mark in node.keys.items():
            if key not in fields:
                self._marks[*trail, key] = mark
                self._note(
                    (*trail, key), "unknown key", ", ".join(fields), key, did_you_mean(key, fields)
                )

    def value(self, node: Node, kind: Any, trail: Trail, key: Mark | None = None) -> Any:  # noqa: ANN401
        """Return builtins for any type of a suite."""
        # The line of `name:` says more than that of the first thing inside.
        inside = node.value is None or isinstance(node.value, dict | list)
        self._marks[trail] = key if key is not None and inside else node.mark
        inner, origin = _inner(kind), typing.get_origin(_inner(kind))
        if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            return self.struct(node, inner, trail)
        if origin in (Union, types.UnionType):
            return self._union(node, kind, trail)
        if origin is dict and isinstance(node.value, dict):
            return self._mapping(node, typing.get_args(inner), trail)
        if origin is tuple and typing.get_args(inner)[-1:] == (Ellipsis,):
            return self._sequence(node, kind, typing.get_args(inner)[0], trail)
        return self._leaf(node, kind, trail)

    def _union(self, node: Node, kind: Any, trail: Trail) -> Any:  # noqa: ANN401
        """Choose the part of a union that fits by shape, so that errors speak of that part."""
        parts = [part for part in typing.get_args(_inner(kind)) if part is not types.NoneType]
        if isinstance(node.value, dict):
            for part in parts:
                is_struct = isinstance(part, type) and issubclass(part, msgspec.Struct)
                if is_struct or typing.get_origin(part) is dict:
                    return self.value(node, part, trail)
        if len(parts) == 1 and node.value is not None:
            return self.value(node, parts[0], trail)
        return self._leaf(node, kind, trail)

    def _mapping(self, node: Node, kinds: tuple[Any, ...], trail: Trail) -> dict[str, Any]:
        assert isinstance(node.value, dict)
        result = {}
        for key, child in node.value.items():
            mark = self._marks[*trail, key] = node.keys[key]
            self._leaf(Node(key, mark), kinds[0], (*trail, key))
            result[key] = self.value(child, kinds[1], (*trail, key), mark)
        return result

    def _sequence(self, node: Node, kind: Any, item: Any, trail: Trail) -> Any:  # noqa: ANN401
        items = node.value
        if isinstance(items, str):
            items = [node]
        if not isinstance(items, list):
            return self._leaf(node, kind, trail)
        return [self.value(child, item, (*trail, i)) for i, child in enumerate(items)]

    def _leaf(self, node: Node, kind: Any, trail: Trail) -> Any:  # noqa: ANN401
        plain = node.plain()
        try:
            msgspec.convert(plain, kind)
        except msgspec.ValidationError as error:
            said = str(error).partition(" - at `")[0]
            expected = said.removeprefix("Expected ").partition(", got ")[0]
            self._note(
                trail,
                "not a value that fits",
                _in_words(expected),
                _shown(node),
                "correct the value",
            )
        return plain

    # ----------------------------------------------------------------------- what could be read

    def partial(self, raw: Mapping[str, Any]) -> Suite:
        """Return a suite of the parts without problems, for the checks that need types."""
        good: dict[str, Any] = {}
        for field in msgspec.structs.fields(Suite):
            name, part = field.encode_name, raw.get(field.encode_name)
            if isinstance(part, dict) and name in ("datasets", "models", "variants", "runtimes"):
                good[name] = {
                    id_: each for id_, each in part.items() if (name, id_) not in self._bad
                }
            elif field.required:
                good[name] = {} if name != "suite" else "partial"
            elif name in raw and not any(trail[:1] == (name,) for trail in self._bad):
                good[name] = part
        return msgspec.convert(good, Suite)


def _spelt_out(node: Node, kind: type[msgspec.Struct]) -> Node:
    """Write a short spelling out."""
    if kind is Input and isinstance(node.value, str):
        return Node({"from": node}, node.mark, {"from": node.mark})
    if kind is not Step:
        return node
    if isinstance(node.value, str):
        return Node({"name": node}, node.mark, {"name": node.mark})
    if isinstance(node.value, dict) and len(node.value) == 1 and "name" not in node.value:
        ((name, value),) = node.value.items()
        keys = {"name": node.keys[name], "value": value.mark}
        return Node({"name": Node(name, node.keys[name]), "value": value}, node.mark, keys)
    return node


@cache
def _fields(kind: type[msgspec.Struct]) -> Mapping[str, Any]:
    """Return the annotated types of a struct's fields by their names in YAML."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {info.encode_name: hints[info.name] for info in msgspec.structs.fields(kind)}


def _inner(kind: Any) -> Any:  # noqa: ANN401
    return typing.get_args(kind)[0] if typing.get_origin(kind) is Annotated else kind


def _dotted(trail: Trail) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in trail)[1:]


def _shown(node: Node) -> str:
    if isinstance(node.value, dict):
        return f"keys and values ({', '.join(list(node.value)[:6])})"
    if isinstance(node.value, list):
        return f"a list of {len(node.value)}"
    return "nothing" if node.value is None else repr(node.value)


_WORDS = {
    "`str`": "text",
    "`int`": "an integer",
    "`float`": "a number",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "keys and values",
    "`null`": "nothing",
}


def _in_words(expected: str) -> str:
    if repr(ID_PATTERN)[1:-1] in expected:
        return "an id: letters, digits and . _ + @ -, at most 128, a letter or digit first"
    for name, word in _WORDS.items():
        expected = expected.replace(name, word)
    return expected.replace(" | ", " or ")
