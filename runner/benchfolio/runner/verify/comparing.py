"""A recorded cell and its repetition: what each figure says, and all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from benchfolio.results import Calm, Cell, ResultFile, State, cell_anchor, cell_id
from benchfolio.runner.verify.environment import Difference, differences
from benchfolio.runner.verify.figure import Figure, Word
from benchfolio.runner.verify.qualities import quality_figures
from benchfolio.runner.verify.side import Side
from benchfolio.runner.verify.speeds import share_figures, speed_figures

TOLERANCE = 0.05
"""Two sessions on one machine differ by as much in absolute speed, see ``site/docs/verify.rst``."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded cell beside its repetition.

    Attributes:
        cell: Id of the recorded cell.
        anchor: Its anchor on pages.
        release: Of the record.
        platform: Id of the record's platform.
        word: Agrees, disagrees, or not comparable.
        differences: Why it is not comparable; empty where it is.
        figures: Every figure that both sides have.
        notes: What a reader should know beside.
    """

    cell: str
    anchor: str
    release: str
    platform: str
    word: Word
    differences: tuple[Difference, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()


def compare(recorded: Side, here: Side, *, tolerance: float = TOLERANCE) -> Compared:
    """Compare a recorded cell with its repetition.

    Args:
        recorded: The published cell, ok.
        here: The repeated one, in whatever state.
        tolerance: By how much absolute speeds may differ, relative.
    """
    if here.cell.state is not State.OK:
        return not_measured(recorded, [_state(here.cell)])
    found = differences(recorded, here)
    figures = _figures(recorded, here, tolerance)
    if all(figure.word is Word.NOTED for figure in figures):
        names = [", ".join(sorted(side.cell.values)) for side in (recorded, here)]
        found.append(Difference(what="figures", recorded=names[0], here=names[1]))
    if found:
        figures = [_without_word(figure) for figure in figures]
    return msgspec.structs.replace(
        not_measured(recorded, found),
        word=Word.NOT_COMPARABLE if found else overall(figures),
        figures=tuple(figures),
        notes=tuple(_notes(recorded, here)),
    )


def not_measured(recorded: Side, found: Iterable[Difference]) -> Compared:
    """Return what is said of a cell that could not be measured here."""
    file, cell = recorded.file, recorded.cell
    return Compared(
        cell=cell_id(cell),
        anchor=cell_anchor(file.release, file.platform.id, cell),
        release=file.release,
        platform=file.platform.id,
        word=Word.NOT_COMPARABLE,
        differences=tuple(found),
    )


def overall(figures: Sequence[Figure]) -> Word:
    """Return what figures say together: the worst of them."""
    words = {figure.word for figure in figures}
    for word in (Word.DISAGREES, Word.NOT_COMPARABLE, Word.AGREES):
        if word in words:
            return word
    return Word.NOT_COMPARABLE


def _figures(recorded: Side, here: Side, tolerance: float) -> list[Figure]:
    """Return all figures: those that decide first, in the order readers ask for them."""
    found = [
        *quality_figures(recorded, here),
        *speed_figures(recorded, here, tolerance),
        *share_figures(recorded, here),
    ]
    return sorted(found, key=lambda figure: figure.word is Word.NOTED)


def _without_word(figure: Figure) -> Figure:
    if figure.word is Word.NOTED:
        return figure
    return msgspec.structs.replace(figure, word=Word.NOT_COMPARABLE, reason="")


def _state(cell: Cell) -> Difference:
    here = f"{cell.state.value}: {cell.reason}" if cell.reason else cell.state.value
    return Difference(what="state", recorded="ok", here=here)


def _notes(recorded: Side, here: Side) -> Iterator[str]:
    for name, side in (("the record", recorded), ("here", here)):
        yield from _calm(name, side.cell)
        yield from _ended(name, side.file, side.cell)
    versions = [side.file.software.get("benchfolio") for side in (recorded, here)]
    if None not in versions and versions[0] != versions[1]:
        yield f"recorded with benchfolio {versions[0]}, repeated with {versions[1]}"
    if recorded.file.platform.processor.name is None:
        yield "the record does not tell its processor"


def _calm(name: str, cell: Cell) -> Iterator[str]:
    if cell.verdict is not None and cell.verdict.calm is not Calm.QUIET:
        yield f"{name}: {cell.verdict.calm.value}: {'; '.join(cell.verdict.reasons)}"


def _ended(name: str, file: ResultFile, cell: Cell) -> Iterator[str]:
    race = file.races.get(cell.rounds.race) if cell.rounds else None
    if race is not None and race.ended != "target":
        yield (
            f"{name}: {race.ended} after {race.rounds} rounds; "
            f"gains known to ± {100 * race.target:g} % were wanted"
        )
