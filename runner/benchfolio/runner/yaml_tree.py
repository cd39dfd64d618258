"""YAML as a plain tree that knows the line of every key and value, within bounds.

A suite is typed by people and passed between them: its errors need a place, and a hostile or
broken one (aliases that multiply, endless nesting, keys given twice, tags) needs a clear end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchfolio.results import BadInput, Problem

if TYPE_CHECKING:
    from ruamel.yaml import YAML

MAX_BYTES = 512 * 1024
MAX_DEPTH = 24
MAX_NODES = 20_000

Mark = tuple[int, int]
"""Line and column, both from 1."""

_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}": name
    for name in ("null", "bool", "int", "float", "str", "timestamp", "map", "seq", "merge")
}


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a YAML document.

    Attributes:
        value: A scalar, a list of nodes, or nodes by key.
        mark: Where it begins.
        keys: Where the keys of a mapping begin.
    """

    value: dict[str, Node] | list[Node] | bool | int | float | str | None
    mark: Mark
    keys: dict[str, Mark] = field(default_factory=dict)

    def plain(self) -> Any:  # noqa: ANN401 - what YAML can say
        """Return the value as dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read(path: Path, where: str) -> Node:
    """Read a YAML file of one mapping.

    Args:
        path: The file.
        where: How errors name it.

    Raises:
        BadInput: It cannot be read, is not YAML, or leaves the bounds; all repeated keys and
            unknown tags are reported at once.
    """
    return parse(_text(path, where), where)


def parse(text: str, where: str) -> Node:
    """Make a tree of YAML text; see ``read``."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    try:
        _check_size(yaml, text, where)
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        raise BadInput(_malformed(where, error)) from error
    except YAMLError as error:
        raise BadInput(_wrong(where, (1, 1), "not valid YAML", got=_first_line(error))) from error
    builder = _Builder(yaml, where)
    tree = builder.build(root) if root is not None else Node(None, (1, 1))
    if builder.problems:
        raise BadInput(builder.problems)
    if not isinstance(tree.value, dict):
        raise BadInput(
            _wrong(
                where, tree.mark, "not a mapping", expected="keys and values, as `suite: my-suite`"
            )
        )
    return tree


def _text(path: Path, where: str) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise BadInput(
            Problem(
                where=where,
                what="cannot be read",
                expected="a readable YAML file",
                got=error.strerror or type(error).__name__,
                remedy="check the path and its permissions",
            )
        ) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(
            _wrong(where, (line, 1), "not UTF-8", remedy="save the file in UTF-8")
        ) from error
    if len(data) > MAX_BYTES:
        raise BadInput(
            Problem(
                where=where,
                what="too large for a suite",
                expected=f"at most {MAX_BYTES} bytes",
                got="more",
                remedy="check that this is the suite, and put data into files of their own",
            )
        )
    return text


def _check_size(yaml: YAML, text: str, where: str) -> None:
    """Stop at deep nesting and at too many values before anything recurses or grows."""
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent, ScalarEvent

    depth = count = 0
    for event in yaml.parse(text):
        count += isinstance(event, ScalarEvent)
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH or count > 2 * MAX_NODES:  # a key and its value are one node
            mark = (event.start_mark.line + 1, event.start_mark.column + 1)
            what = "nested too deeply" if depth > MAX_DEPTH else "too many values"
            expected = f"at most {MAX_DEPTH} levels and {MAX_NODES} values"
            raise BadInput(_wrong(where, mark, what, expected=expected))


class _Builder:
    """Copies a composed document into nodes, counting them and collecting problems."""

    def __init__(self, yaml: YAML, where: str) -> None:
        self.problems: list[Problem] = []
        self._yaml = yaml
        self._where = where
        self._count = 0
        self._open: set[int] = set()

    def build(self, raw: Any) -> Node:  # noqa: ANN401 - ruamel's nodes are untyped
        mark = (raw.start_mark.line + 1, raw.start_mark.column + 1)
        self._count += 1
        if self._count > MAX_NODES:
            raise BadInput(
                _wrong(
                    self._where,
                    mark,
                    "too many values once its aliases are followed",
                    expected=f"at most {MAX_NODES} values",
                    remedy="use fewer aliases (*name)",
                )
            )
        if id(raw) in self._open:
            raise BadInput(_wrong(self._where, mark, "an alias that contains itself"))
        self._open.add(id(raw))
        try:
            return self._node(raw, mark)
        finally:
            self._open.remove(id(raw))

    def _node(self, raw: Any, mark: Mark) -> Node:  # noqa: ANN401
        tag = _PLAIN_TAGS.get(str(raw.tag))
        if tag is None:
            self._note(mark, "a YAML tag", "plain values without tags (!…)", str(raw.tag))
            return Node(None, mark)
        if tag == "map" and isinstance(raw.value, list):
            return self._mapping(raw, mark)
        if tag == "seq" and isinstance(raw.value, list):
            return Node([self.build(item) for item in raw.value], mark)
        return Node(self._scalar(raw, tag, mark), mark)

    def _scalar(self, raw: Any, tag: str, mark: Mark) -> bool | int | float | str | None:  # noqa: ANN401
        text = str(raw.value)
        if tag in ("str", "timestamp", "merge"):
            return text
        try:
            value: bool | int | float | None = self._yaml.constructor.construct_object(raw)
        except (ValueError, ArithmeticError) as error:
            self._note(mark, "not a value of its tag", tag, _first_line(error))
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self._note(mark, "not a finite number", "a number", text)
        return value

    def _mapping(self, raw: Any, mark: Mark) -> Node:  # noqa: ANN401
        values: dict[str, Node] = {}
        marks: dict[str, Mark] = {}
        merged: list[Node] = []
        for raw_key, raw_value in raw.value:
            at = (raw_key.start_mark.line + 1, raw_key.start_mark.column + 1)
            value = self.build(raw_value)
            if not isinstance(raw_key.value, str):
                self._note(at, "a key that is not text", "a word", "a list or mapping")
            elif str(raw_key.tag).endswith(":merge"):
                merged += value.value if isinstance(value.value, list) else [value]
            elif raw_key.value in values:
                first = marks[raw_key.value][0]
                self._note(
                    at,
                    f"the key {raw_key.value!r} is given twice",
                    "each key once",
                    f"first on line {first}",
                )
            else:
                values[raw_key.value], marks[raw_key.value] = value, at
        for key, value, at in self._inherited(merged, mark):
            values.setdefault(key, value)
            marks.setdefault(key, at)
        return Node(values, mark, marks)

    def _inherited(self, merged: list[Node], mark: Mark) -> Iterator[tuple[str, Node, Mark]]:
        """Yield what ``<<`` brings in; keys of the mapping itself win, then the first merged."""
        for node in merged:
            if not isinstance(node.value, dict):
                self._note(mark, "`<<` merges something else than mappings", "<<: *name", "")
                continue
            for key, value in node.value.items():
                yield key, value, node.keys[key]

    def _note(self, mark: Mark, what: str, expected: str, got: str) -> None:
        self.problems.append(_wrong(self._where, mark, what, expected=expected, got=got[:200]))


def _wrong(
    where: str, mark: Mark, what: str, *, expected: str = "", got: str = "", remedy: str = ""
) -> Problem:
    return Problem(
        where=f"{where}:{mark[0]}:{mark[1]}",
        what=what,
        expected=expected,
        got=got,
        remedy=remedy or "correct the line",
    )


def _malformed(where: str, error: Any) -> Problem:  # noqa: ANN401 - MarkedYAMLError is untyped
    place = error.problem_mark or error.context_mark
    mark = (place.line + 1, place.column + 1) if place else (1, 1)
    said = " ".join(part for part in (error.context, error.problem) if part)
    return _wrong(
        where, mark, "not valid YAML", got=said[:200], remedy="check indentation, quotes and colons"
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
