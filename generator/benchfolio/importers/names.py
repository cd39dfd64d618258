"""Ids made of printed names: stable, safe as file names, one for each name."""

from __future__ import annotations

import re
from itertools import chain, count


def slug(text: str) -> str:
    """Return a text as an id: lower case, letters, digits and ``. _ + -``, at most 120.

    ``inception v3`` → ``inception-v3``.
    """
    safe = re.sub(r"[^a-z0-9._+]+", "-", text.casefold())
    return safe.strip("-._+")[:120].rstrip("-._+") or "unnamed"


class Names:
    """Ids of models by printed name.

    Names that differ only in blanks or letter case are one model, known by its first spelling:
    such ids would be one file on many file systems. Names that differ otherwise get ids that
    differ, numbered where they would be equal.
    """

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._taken: set[str] = set()

    def id(self, name: str) -> str:
        """Return the id of a name."""
        folded = "".join(name.split()).casefold()
        if folded not in self._ids:
            wanted = slug(name)
            candidates = chain([wanted], (f"{wanted}.{number}" for number in count(2)))
            self._ids[folded] = next(id_ for id_ in candidates if id_ not in self._taken)
            self._taken.add(self._ids[folded])
        return self._ids[folded]
