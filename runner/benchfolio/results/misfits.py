"""What msgspec says of data that do not fit a type, taken apart for people."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from benchfolio.results.errors import Problem
from benchfolio.results.metrics import Direction, Kind
from benchfolio.results.types import Precision, Scenario, State


class Misfit(NamedTuple):
    """A place, and why what stands there does not fit.

    Attributes:
        path: As ``$.cells[0].batch``; ``[...]`` is one of several keys, which ``key in $.models``
            speaks of itself.
        expected: Empty where msgspec names something else, as a key that is missing.
        got: What was found, or else the whole message; empty where only ``expected`` is said.
    """

    path: str
    expected: str
    got: str


_CHOICES = MappingProxyType(
    {
        "direction": Direction,
        "kind": Kind,
        "precision": Precision,
        "scenario": Scenario,
        "state": State,
    }
)
"""Key → what it may be, where that is one of a few words; msgspec does not name them."""


def misfit(message: str) -> Misfit:
    """Take a message as ``Expected `int`, got `str` - at `$.a``` apart."""
    what, _, place = message.partition(" - at ")
    path = place.replace("`", "") or "$"
    if what.startswith("Expected "):
        expected, _, got = what.removeprefix("Expected ").partition(", got ")
        return Misfit(path, expected, got)
    if what.startswith("Invalid enum value "):
        return Misfit(path, _choices(path), what.removeprefix("Invalid enum value "))
    return Misfit(path, "", what)


def _choices(path: str) -> str:
    """Return what the key at the end of a path may be."""
    kind = _CHOICES.get(path.rpartition(".")[2])
    return f"one of {', '.join(kind)}" if kind else "a value that the schema lists"


def type_problem(error: Exception, where: str, *, remedy: str) -> Problem:
    """Turn msgspec's error into a problem of a result file."""
    path, expected, got = misfit(str(error))
    return Problem(
        where=f"{where}: {path}",
        what="does not match the contract",
        expected=expected or "the keys and values that the schema lists",
        got=got,
        remedy=remedy,
    )
