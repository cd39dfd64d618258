"""Ids made of printed names: stable, safe as file names, one for each name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain, count
from types import MappingProxyType

_NONE: Mapping[str, str] = MappingProxyType({})


def slug(text: str) -> str:
    """Return a text as an id: lower case, letters, digits and ``. _ + -``, at most 120.

    ``inception v3`` → ``inception-v3``.
    """
    safe = re.sub(r"[^a-z0-9._+]+", "-", text.casefold())
    return safe.strip("-._+")[:120].rstrip("-._+") or "unnamed"


def folded(name: str) -> str:
    """Return a name without what does not distinguish it from others: blanks and letter case."""
    return "".join(name.split()).casefold()


class Ids:
    """Ids of names: those given, those of a file that is there, else made of the name.

    Names that differ only in blanks or letter case are one, known by its first spelling: such ids
    would be one file on many file systems. Names that differ otherwise get ids that differ,
    numbered where they would be equal.

    Args:
        given: Id by name.
        known: Name by id, of what is there already.
    """

    def __init__(self, given: Mapping[str, str] = _NONE, known: Mapping[str, str] = _NONE) -> None:
        self._taken = set(known)
        self._ids = {folded(id_): id_ for id_ in known}
        self._ids |= {folded(name): id_ for id_, name in known.items()}
        self._ids |= {folded(name): id_ for name, id_ in given.items()}

    def id(self, name: str) -> str:
        """Return the id of a name."""
        key = folded(name)
        if key not in self._ids:
            wanted = slug(name)
            candidates = chain([wanted], (f"{wanted}.{number}" for number in count(2)))
            self._ids[key] = next(id_ for id_ in candidates if id_ not in self._taken)
            self._taken.add(self._ids[key])
        return self._ids[key]
