"""Who is told how a run goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from benchfolio.results import Cell, Race


class News(msgspec.Struct, frozen=True, kw_only=True):
    """How a race went.

    Attributes:
        what: Model and scenario.
        race: As it stands in the result file.
        widest: Half width of the gain that is known least, relative; ``None`` without intervals.
        advice: What a person can change on the machine.
    """

    what: str
    race: Race
    widest: float | None
    advice: tuple[str, ...]


class Observer(Protocol):
    """Is told how a run goes; shows it, or does not."""

    def planned(self, cells: Sequence[Cell], seconds: float) -> None:
        """The run begins: what it will measure, and about how long that takes."""
        ...

    def doing(self, what: str) -> None:
        """Something begins that takes a while."""
        ...

    def done(self, seconds: float) -> None:
        """So many of the planned seconds are behind us, however long they took."""
        ...

    def raced(self, news: News) -> None:
        """A race is over."""
        ...

    def finished(self, cell: Cell) -> None:
        """A cell has got its state, and the file is written."""
        ...


class Silent:
    """Shows nothing."""

    def planned(self, cells: Sequence[Cell], seconds: float) -> None:
        """Show nothing."""

    def doing(self, what: str) -> None:
        """Show nothing."""

    def done(self, seconds: float) -> None:
        """Show nothing."""

    def raced(self, news: News) -> None:
        """Show nothing."""

    def finished(self, cell: Cell) -> None:
        """Show nothing."""
