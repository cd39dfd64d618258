"""YAML as plain values that know their lines, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchfolio.results import BadInput, Problem

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 24
MAX_NODES = 50_000


@dataclass(frozen=True, slots=True)
class Tree:
    """A document: plain values, and where the value of each path (``$.a[0].b``) begins."""

    value: Any
    marks: dict[str, str]

    def line(self, path: str) -> str:
        """Return ``line:column`` of a path, or of the nearest one above it that is known."""
        while path not in self.marks and path != "$":
            path = path[: max(path.rfind("."), path.rfind("["), 1)]
        return self.marks.get(path, "1:1")


def read_tree(path: Path, where: str) -> Tree:
    """Read a YAML file.

    Raises:
        BadInput: It cannot be read, is not YAML, or leaves the bounds; with line and column.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise BadInput(_problem(where, "cannot be read", error.strerror or "an error")) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(_problem(f"{where}:{line}:1", "not UTF-8", "other bytes")) from error
    if len(data) > MAX_BYTES:
        raise BadInput(_problem(where, f"larger than {MAX_BYTES} bytes", "more"))
    return parse_tree(text, where)


def parse_tree(text: str, where: str) -> Tree:
    """Make a tree of YAML text; see ``read_tree``."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    try:
        for event, depth in _depths(yaml.parse(text)):
            if depth > MAX_DEPTH:
                place = _mark(event.start_mark)
                raise BadInput(_problem(f"{where}:{place}", "nested too deeply", f"level {depth}"))
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _mark(mark) if mark else "1:1"
        raise BadInput(_problem(f"{where}:{place}", "not YAML", error.problem or "")) from error
    except YAMLError as error:
        raise BadInput(_problem(f"{where}:1:1", "not YAML", str(error)[:200])) from error
    builder = _Builder(yaml, where)
    return Tree(builder.build(root, "$") if root is not None else None, builder.marks)


def _depths(events: Any) -> Iterator[tuple[Any, int]]:  # noqa: ANN401 - ruamel is untyped here
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

    depth = 0
    for event in events:
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        yield event, depth


class _Builder:
    """Makes plain values of a composed document and keeps their lines."""

    def __init__(self, yaml: Any, where: str) -> None:  # noqa: ANN401
        self.marks: dict[str, str] = {}
        self._yaml = yaml
        self._where = where
        self._open: set[int] = set()

    def build(self, node: Any, path: str) -> Any:  # noqa: ANN401
        place = _mark(node.start_mark)
        deep = len(self._open) > MAX_DEPTH or id(node) in self._open
        if deep or len(self.marks) >= MAX_NODES:
            # Counted after following aliases: a few that multiply must not fill the memory.
            raise BadInput(_problem(f"{self._where}:{place}", "aliases without end", path[:80]))
        self.marks[path] = place
        self._open.add(id(node))
        value = self._value(node, path)
        self._open.remove(id(node))
        return value

    def _value(self, node: Any, path: str) -> Any:  # noqa: ANN401
        tag = str(node.tag).removeprefix("tag:yaml.org,2002:")
        if tag == "map":
            found: dict[str, Any] = {}
            for key, value in node.value:
                name = key.value
                if not isinstance(name, str) or name in found:
                    place = f"{self._where}:{_mark(key.start_mark)}"
                    raise BadInput(
                        _problem(place, "a key given twice, or not text", str(name)[:80])
                    )
                found[name] = self.build(value, f"{path}.{name}")
                self.marks[f"{path}.{name}"] = _mark(key.start_mark)
            return found
        if tag == "seq":
            return [self.build(item, f"{path}[{index}]") for index, item in enumerate(node.value)]
        if tag in ("str", "timestamp"):
            return str(node.value)
        if tag not in ("bool", "int", "float", "null"):
            place = f"{self._where}:{_mark(node.start_mark)}"
            raise BadInput(_problem(place, "a YAML tag", str(node.tag)[:80]))
        try:
            return self._yaml.constructor.construct_object(node)
        except (ValueError, ArithmeticError) as error:
            place = f"{self._where}:{_mark(node.start_mark)}"
            raise BadInput(
                _problem(place, f"not a value of its tag {tag}", str(error)[:80])
            ) from error


def _mark(mark: Any) -> str:  # noqa: ANN401
    return f"{mark.line + 1}:{mark.column + 1}"


def _problem(where: str, what: str, got: str) -> Problem:
    return Problem(
        where=where,
        what=what,
        expected="a mapping file: plain YAML in UTF-8",
        got=got,
        remedy="see the mapping files in publications/ for examples",
    )
