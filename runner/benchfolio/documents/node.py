"""What a document is made of: values, each with its place; and what a kind of document may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from benchfolio.results import Problem

Mark = tuple[int, int]
"""Line and column, both from 1."""

Trail = tuple[str | int, ...]
"""Keys and indices from the root of a document to a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A kind of document: how errors speak of it, and its bounds.

    Attributes:
        name: With its article, as ``a suite``.
        expected: What the whole document is.
        remedy: What to do about a value that does not fit.
        max_bytes: Larger files are refused unread.
        max_depth: Levels of lists and mappings, after aliases are followed.
        max_values: Lists, mappings and scalars, after aliases are followed.
    """

    name: str
    expected: str
    remedy: str = "correct the line"
    max_bytes: int = 512 * 1024
    max_depth: int = 24
    max_values: int = 20_000


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document.

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

    def find(self, trail: Trail) -> tuple[Mark, Node]:
        """Return where the key or item at the end of a trail begins, and what stands there.

        Where the trail leads nowhere, the nearest part around its end is returned.
        """
        node, mark = self, self.mark
        for step in trail:
            value = node.value
            if isinstance(value, dict) and step in value:
                name = str(step)
                node, mark = value[name], node.keys[name]
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                node = value[step]
                mark = node.mark
            else:
                break
        return mark, node


def problem(
    where: str,
    mark: Mark,
    what: str,
    *,
    expected: str = "",
    got: str = "",
    remedy: str = "correct the line",
) -> Problem:
    """Return a problem at ``file:line:column``.

    Args:
        where: How errors name the file.
        mark: Line and column in it.
        what: What is wrong.
        expected: What would have been right.
        got: What was found; cut at 200 characters.
        remedy: What a person can do about it.
    """
    return Problem(
        where=f"{where}:{mark[0]}:{mark[1]}",
        what=what,
        expected=expected,
        got=got[:200],
        remedy=remedy,
    )
