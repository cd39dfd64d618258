"""YAML as nodes, within bounds.

Documents are typed by people and passed between them: errors need a place, and a hostile or broken
file (aliases that multiply, endless nesting, keys given twice, tags) needs a clear end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchfolio.documents.node import Form, Mark, Node, problem
from benchfolio.documents.text import read_text
from benchfolio.results import BadInput, Problem

if TYPE_CHECKING:
    from ruamel.yaml import YAML

MAX_INTEGER = 2**63 - 1
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}": name
    for name in ("null", "bool", "int", "float", "str", "timestamp", "map", "seq", "merge")
}


def read(path: Path, where: str, form: Form) -> Node:
    """Read a YAML file.

    Args:
        path: The file.
        where: How errors name it.
        form: What the file is to be.

    Returns:
        Its value; that of an empty file is none. Dates stay text.

    Raises:
        BadInput: It cannot be read, is not YAML, or leaves the bounds; all repeated keys, unknown
            tags and numbers that are not finite are reported at once.
    """
    return parse(read_text(path, where, form), where, form)


def parse(text: str, where: str, form: Form) -> Node:
    """Make nodes of YAML text; see ``read``."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # YAML 1.2 allows it; nobody has to be told
    try:
        _check_size(yaml, text, where, form)
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        raise BadInput(_malformed(where, error, form)) from error
    except (YAMLError, ValueError) as error:
        found = problem(
            where, (1, 1), "not valid YAML", expected=form.expected, got=_first_line(error)
        )
        raise BadInput(found) from error
    builder = _Builder(yaml, where, form)
    tree = builder.build(root) if root is not None else Node(None, (1, 1))
    if builder.problems:
        raise BadInput(builder.problems)
    return tree


def _check_size(yaml: YAML, text: str, where: str, form: Form) -> None:
    """Stop at deep nesting and at too many values before anything recurses or grows."""
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent, ScalarEvent

    depth = count = 0
    for event in yaml.parse(text):
        count += isinstance(event, ScalarEvent)
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        is_deep = depth > form.max_depth
        if is_deep or count > 2 * form.max_values:  # a key and its value are one node
            what = "nested too deeply" if is_deep else "too many values"
            expected = f"at most {form.max_depth} levels and {form.max_values} values"
            raise BadInput(problem(where, _mark(event), what, expected=expected))


class _Builder:
    """Copies a composed document into nodes, counting them and collecting problems."""

    def __init__(self, yaml: YAML, where: str, form: Form) -> None:
        self.problems: list[Problem] = []
        self._yaml = yaml
        self._where = where
        self._form = form
        self._count = 0
        self._open: set[int] = set()

    def build(self, raw: Any) -> Node:  # noqa: ANN401 - ruamel's nodes are untyped
        mark = _mark(raw)
        self._count += 1
        self._check_bounds(id(raw), mark)
        self._open.add(id(raw))
        try:
            return self._node(raw, mark)
        finally:
            self._open.remove(id(raw))

    def _check_bounds(self, id_: int, mark: Mark) -> None:
        """Stop where following aliases has no end, or none that is near."""
        form = self._form
        if id_ in self._open:
            what = "an alias that contains itself"
            expected = "an array or mapping that ends"
        elif self._count > form.max_values:
            what = "too many values once its aliases are followed"
            expected = f"at most {form.max_values} values"
        elif len(self._open) > form.max_depth:
            what = "nested too deeply once its aliases are followed"
            expected = f"at most {form.max_depth} levels"
        else:
            return
        remedy = "use fewer aliases (*name)"
        raise BadInput(problem(self._where, mark, what, expected=expected, remedy=remedy))

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
        if not _is_whole(text):
            self._note(mark, "half a character", "whole characters", "an escaped surrogate")
            return None
        if tag in ("str", "timestamp", "merge"):
            return text
        try:
            value: bool | int | float | None = self._yaml.constructor.construct_object(raw)
        except (ValueError, ArithmeticError) as error:
            self._note(mark, "not a value of its tag", tag, _first_line(error))
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self._note(mark, "not a finite number", "a number", text)
        if isinstance(value, int) and abs(value) > MAX_INTEGER:
            self._note(mark, "too large a number", f"at most {MAX_INTEGER}", text)
            return None
        return value

    def _mapping(self, raw: Any, mark: Mark) -> Node:  # noqa: ANN401
        values: dict[str, Node] = {}
        marks: dict[str, Mark] = {}
        merged: list[Node] = []
        for raw_key, raw_value in raw.value:
            at, key = _mark(raw_key), raw_key.value
            value = self.build(raw_value)
            if not isinstance(key, str):
                self._note(at, "a key that is not text", "a word", "a list or mapping")
            elif not _is_whole(key):
                self._note(at, "half a character", "whole characters", "an escaped surrogate")
            elif str(raw_key.tag).endswith(":merge"):
                merged += value.value if isinstance(value.value, list) else [value]
            elif key in values:
                first = f"first on line {marks[key][0]}"
                self._note(at, f"the key {key!r} is given twice", "each key once", first)
            else:
                values[key], marks[key] = value, at
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
        self.problems.append(problem(self._where, mark, what, expected=expected, got=got))


def _is_whole(text: str) -> bool:
    """Tell whether text can be written: an escape may name half of a pair."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _mark(raw: Any) -> Mark:  # noqa: ANN401 - ruamel's events and nodes are untyped
    return raw.start_mark.line + 1, raw.start_mark.column + 1


def _malformed(where: str, error: Any, form: Form) -> Problem:  # noqa: ANN401 - MarkedYAMLError is untyped
    place = error.problem_mark or error.context_mark
    mark = (place.line + 1, place.column + 1) if place else (1, 1)
    said = " ".join(part for part in (error.context, error.problem) if part)
    return problem(
        where,
        mark,
        "not valid YAML",
        expected=form.expected,
        got=said,
        remedy="check indentation, quotes and colons",
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
