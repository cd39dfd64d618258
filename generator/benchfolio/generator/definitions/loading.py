"""Definitions from YAML files: the packaged ones, and a user's own in their place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchfolio import documents
from benchfolio.documents import Form, Node, convert, problem, read
from benchfolio.generator.definitions.checking import mistakes
from benchfolio.generator.definitions.types import Definition
from benchfolio.generator.packaged import template_folder
from benchfolio.results import BadInput, Problem

FORM = Form(
    name="a table definition",
    expected="a table definition",
    remedy="see templates/README.md, or copy a packaged definition",
    max_bytes=256 * 1024,
)


def parse(text: str, where: str) -> Definition:
    """Read one definition.

    Raises:
        BadInput: Not YAML, or not a definition; with file, line and column.
    """
    return _definition(documents.parse(text, where, FORM), where)


def _definition(root: Node, where: str) -> Definition:
    definition = convert(root, Definition, where, FORM)
    problems = [
        problem(where, root.find(trail)[0], what, expected=expected, got=got, remedy=remedy)
        for trail, what, expected, got, remedy in mistakes(definition)
    ]
    if problems:
        raise BadInput(problems)
    return definition


def packaged() -> Path:
    """Return the folder of the definitions that come with benchfolio."""
    return template_folder() / "tables"


def load_definitions(own: Iterable[Path] = ()) -> dict[str, Definition]:
    """Read the packaged definitions and those in a user's folders; later ones replace earlier.

    Args:
        own: Folders with ``*.yaml``; one that does not exist is ignored.

    Returns:
        Definitions by id, sorted.

    Raises:
        BadInput: A definition is wrong; all problems of all files at once.
    """
    found: dict[str, Definition] = {}
    problems: list[Problem] = []
    for folder in (packaged(), *own):
        for path in sorted(folder.glob("*.yaml")):
            where = f"{folder.name}/{path.name}"
            try:
                definition = _definition(read(path, where, FORM), where)
                found[definition.id] = definition
            except BadInput as error:
                problems += error.problems
    if problems:
        raise BadInput(problems)
    return dict(sorted(found.items()))
