"""The one exception tree: every error says what, where, expected, got and the remedy."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that is wrong with an input.

    Attributes:
        where: File and position in it, as ``results/a.json: $.cells[3].values`` or
            ``suite.yaml:12:5``.
        what: One sentence without a trailing full stop.
        expected: What would have been right.
        got: What was found.
        remedy: What a person can do about it.
    """

    where: str
    what: str
    expected: str = ""
    got: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        for label in ("expected", "got", "remedy"):
            text = getattr(self, label)
            if text:
                parts.append(f"  {label + ':':<10}{text}")
        return "\n".join(parts)


class BenchfolioError(Exception):
    """Base of all errors raised on purpose; ``exit_code`` is the process exit status."""

    exit_code = 1

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[object, ...]:
        """Let it go from one process to another whole: an exception is remade from its text."""
        return type(self), (self.problems,), self.__dict__


class NotFine(BenchfolioError):
    """The thing checked is not fine: a regression, a lint error, a mismatch."""

    exit_code = 1


class WrongUsage(BenchfolioError):
    """The command was called in a way that makes no sense."""

    exit_code = 2


class BadInput(BenchfolioError):
    """A file that was given is broken; nothing was lost or overwritten."""

    exit_code = 3


class MissingEnvironment(BenchfolioError):
    """This machine lacks what is needed: an engine, a device, a package."""

    exit_code = 4
