"""A page that may be made: what it is called, what it follows from, and how it is made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from benchfolio.generator.view import Page

T = TypeVar("T")

Make = Callable[[], Page | None]


@dataclass(frozen=True)
class Planned:
    """A page that may be made.

    Attributes:
        kind: Of the page.
        id: Its id among those of its kind.
        key: Hash of everything it follows from; empty where that is not told, and it has to be
            made to know whether it changed.
        make: Returns it; ``None`` where there is nothing to show.
    """

    kind: str
    id: str
    key: str
    make: Make


def hash_of(known: object) -> str:
    """Return a hash of what msgspec can write."""
    return hashlib.sha256(msgspec.msgpack.encode(known)).hexdigest()


class Recall(Protocol):
    """Returns what an earlier build found under the same name and key; else finds it."""

    def __call__(self, name: tuple[str, ...], key: str, find: Callable[[], T]) -> T:
        """Return what is kept under a name, if its key is the same, else what is found."""


def find_now(name: tuple[str, ...], key: str, find: Callable[[], T]) -> T:  # noqa: ARG001
    """Recall nothing."""
    return find()
