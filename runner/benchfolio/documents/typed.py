"""Documents as types, with the place of what does not fit."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from benchfolio.documents.node import Form, Node, Trail, problem
from benchfolio.results import BadInput, Problem
from benchfolio.results.misfits import misfit

T = TypeVar("T")


def convert(root: Node, kind: type[T], where: str, form: Form) -> T:
    """Return a document as a type.

    Args:
        root: The document.
        kind: What msgspec shall make of it.
        where: How errors name the file.
        form: What the document is to be.

    Raises:
        BadInput: It does not fit; msgspec stops at the first place where it does not.
    """
    try:
        return msgspec.convert(root.plain(), kind)
    except msgspec.ValidationError as error:
        raise BadInput(_problem(str(error), root, where, form)) from error


def _problem(said: str, root: Node, where: str, form: Form) -> Problem:
    """Turn msgspec's message into a problem with its line."""
    path, expected, got = misfit(said)
    mark, found = root.find(_trail(path))
    wants_text = got == "`float`" and "str" in expected
    return problem(
        where,
        mark,
        f"{path} is not what {form.name} has there",
        expected=expected or form.expected,
        got=got or repr(found.plain())[:80],
        remedy='put numbers with a point in quotes, as "2026.1"' if wants_text else form.remedy,
    )


def _trail(path: str) -> Trail:
    """Return ``$.a[0].b`` as a trail, up to a key that msgspec does not name (``[...]``)."""
    known = path.partition("[...]")[0]
    return tuple(
        int(index) if index else name
        for name, index in re.findall(r"\.([^.\[\]]+)|\[([0-9]+)\]", known)
    )
