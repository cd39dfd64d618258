"""How a run is shown: a bar with the time left on a terminal, a line per model elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from benchfolio.results import Calm, Cell, State, cell_id
from benchfolio.runner.run.observer import News


class Told:
    """What was said of races; advice is given once."""

    def __init__(self) -> None:
        self._advice: set[str] = set()

    def lines(self, news: News) -> Iterator[str]:
        """Yield what is to be said of a race: nothing where it reached its target in quiet."""
        race, conditions = news.race, news.race.conditions
        if race.ended != "target":
            known = "are not known"
            if news.widest is not None:
                known = f"are known to ± {news.widest:.1%}"
            yield (
                f"{news.what}: {race.ended} after {race.rounds} rounds; "
                f"gains {known}, ± {race.target:.1%} was wanted"
            )
        if conditions is not None and conditions.verdict.calm is not Calm.QUIET:
            reasons = "; ".join(conditions.verdict.reasons)
            yield f"{news.what}: {conditions.verdict.calm.value}: {reasons}"
        for advice in news.advice:
            if advice not in self._advice:
                self._advice.add(advice)
                yield f"  advice: {advice}"


class Bar:
    """Shows a bar, the time left, the current step, and cells that did not work as they end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            # The planned seconds are estimates; the speed of the last minute corrects them.
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            TextColumn("{task.fields[cells]} cells", style="dim"),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            speed_estimate_period=60,
            # Drawing takes processor time, and something is being timed meanwhile.
            refresh_per_second=1,
        )
        self._task = self._progress.add_task("planning", total=None, cells="")
        self._total = 0
        self._ended = 0
        self._told = Told()

    def __enter__(self) -> Self:
        """Begin to show."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away, also when interrupted."""
        self._progress.stop()

    def planned(self, cells: Sequence[Cell], seconds: float) -> None:
        """Set the length of the bar."""
        self._total = len(cells)
        self._progress.update(self._task, total=seconds, cells=f"0/{self._total}")

    def doing(self, what: str) -> None:
        """Show the current step; an id is no markup."""
        self._progress.update(self._task, description=what.replace("[", r"\["))

    def done(self, seconds: float) -> None:
        """Move the bar."""
        self._progress.advance(self._task, seconds)

    def raced(self, news: News) -> None:
        """Say how a race went where it did not go well; advise once."""
        for line in self._told.lines(news):
            self._console.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)

    def finished(self, cell: Cell) -> None:
        """Count a cell; say at once if it did not work."""
        self._ended += 1
        self._progress.update(self._task, cells=f"{self._ended}/{self._total}")
        if cell.state is not State.OK:
            self._console.print(
                f"{cell.state.value}: {cell_id(cell)}: {first_line(cell.reason)}",
                style="yellow" if cell.state is State.UNSUPPORTED else "red",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )


class Lines:
    """Prints one line per model, when the next one begins."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._open: dict[str, int] = {}
        self._states: dict[str, Counter[str]] = {}
        self._told = Told()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End."""

    def planned(self, cells: Sequence[Cell], seconds: float) -> None:
        """Note how many cells each model has."""
        self._open = dict(Counter(cell.model for cell in cells))
        self._print(f"{len(cells)} cells, about {max(1, round(seconds / 60))} min")

    def doing(self, what: str) -> None:
        """Say nothing."""

    def done(self, seconds: float) -> None:
        """Say nothing."""

    def raced(self, news: News) -> None:
        """Say how a race went where it did not go well; advise once."""
        for line in self._told.lines(news):
            self._print(line)

    def finished(self, cell: Cell) -> None:
        """Say how a model ended with its last cell."""
        states = self._states.setdefault(cell.model, Counter())
        states[cell.state.value] += 1
        self._open[cell.model] = self._open.get(cell.model, 0) - 1
        if self._open[cell.model] == 0:
            counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
            self._print(f"{cell.model}: {counts}")

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def observer(console: Console) -> Bar | Lines:
    """Return what shows a run on this console."""
    return Bar(console) if console.is_terminal else Lines(console)


def first_line(text: str | None) -> str:
    """Return the first line of a reason, short enough for a terminal."""
    line = (text or "").partition("\n")[0]
    return line if len(line) <= 160 else line[:159] + "…"
