"""Which file wins where two of them say different things of the same cell."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath

import msgspec

from benchfolio.results import Problem, WrongUsage

RULES = ("newest", "first", "last")
"""Words for a precedence; anything else is a pattern of file names."""


class Precedence(msgspec.Struct, frozen=True):
    """Which of several files wins.

    Attributes:
        rule: ``newest``: what was started last; ``first`` or ``last``: of the files in the order
            given; ``patterns``: the file that the earliest pattern matches.
        patterns: Patterns of file names, the most trusted first.
    """

    rule: str = "newest"
    patterns: tuple[str, ...] = ()

    @property
    def is_stated(self) -> bool:
        """Whether a person has said which files win."""
        return self.rule != "newest"

    def levels(self, names: Sequence[str]) -> list[int]:
        """Return the rank of each file by its name; higher wins, equal ones go by their cells.

        Raises:
            WrongUsage: A pattern matches no file.
        """
        if self.rule == "first":
            return [-at for at in range(len(names))]
        if self.rule == "last":
            return list(range(len(names)))
        found = [self._level(name) for name in names]
        idle = [text for text in self.patterns if not any(_matches(name, text) for name in names)]
        if idle:
            raise WrongUsage(_idle(text, names) for text in idle)
        return found

    def _level(self, name: str) -> int:
        places = [at for at, text in enumerate(self.patterns) if _matches(name, text)]
        return -min(places, default=len(self.patterns))


def parse_precedence(texts: Sequence[str]) -> Precedence:
    """Return the precedence that the words of a command line state.

    Args:
        texts: One of ``RULES``, or patterns of file names, the most trusted first.

    Raises:
        WrongUsage: One of the words stands beside something else.
    """
    if not texts:
        return Precedence()
    words = [text for text in texts if text in RULES]
    if words and len(texts) > 1:
        raise WrongUsage(
            Problem(
                where="--precedence",
                what="a word that stands alone, beside something else",
                expected=f"one of {', '.join(RULES)}; or patterns of file names only",
                got=", ".join(texts),
            )
        )
    return Precedence(words[0]) if words else Precedence("patterns", tuple(texts))


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(PurePath(name).name, pattern)


def _idle(pattern: str, names: Sequence[str]) -> Problem:
    return Problem(
        where="--precedence",
        what="the pattern matches no file",
        expected=f"one of {', '.join(RULES)}, or a pattern such as measured/*",
        got=repr(pattern),
        remedy=f"the files are: {', '.join(sorted(names)[:5])}",
    )
