"""Who is told how a run goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from benchfolio.results import Cell


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

    def finished(self, cell: Cell) -> None:
        """Show nothing."""
