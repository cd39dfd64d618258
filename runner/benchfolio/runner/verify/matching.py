"""What a recorded cell is on this machine, and what is known to differ before it is measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from benchfolio.results import BenchfolioError, Cell, Platform, cell_id
from benchfolio.runner.location import describe, locate
from benchfolio.runner.plan import Planned
from benchfolio.runner.run import Request, planned_cells
from benchfolio.runner.suite import Suite
from benchfolio.runner.suite_file import load_suite
from benchfolio.runner.verify.command import suite_of
from benchfolio.runner.verify.environment import (
    Difference,
    differing,
    environment_here,
    recorded_environment,
)
from benchfolio.runner.verify.side import Side
from benchfolio.runner.verify.telling import plain


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded cell and what is measured here for it.

    Attributes:
        recorded: The record.
        cell: Id of the cell here; the same but for the cores that this machine has.
        baseline: Id of its baseline here.
        suite: The suite it is in.
    """

    recorded: Side
    cell: str | None
    baseline: str | None
    suite: Path


def matched(sides: Sequence[Side], suite: Path | None) -> list[Match]:
    """Find each recorded cell in the plan that its suite makes on this machine.

    Args:
        sides: The recorded cells.
        suite: Instead of what their commands name.

    Raises:
        BadInput: A suite is not here, or broken.
        MissingEnvironment: None of a suite's engines is installed.
    """
    suites = [suite or suite_of(side.cell, Path()) for side in sides]
    plans = {each: _plan(each) for each in dict.fromkeys(suites)}
    return [_match(side, name, plans[name]) for side, name in zip(sides, suites, strict=True)]


def _plan(suite: Path) -> tuple[Planned, ...]:
    return planned_cells(Request(suite=suite, release="none", platform_id="none"))


def _match(side: Side, suite: Path, plan: Sequence[Planned]) -> Match:
    cell = _counterpart(side.cell, plan)
    baseline = _counterpart(side.baseline, plan) if cell and side.baseline else None
    return Match(recorded=side, cell=cell, baseline=baseline, suite=suite)


def _counterpart(cell: Cell, plan: Sequence[Planned]) -> str | None:
    """Return the id of a cell here; where it has all cores, those that this machine has."""
    wanted, but_cores = cell_id(cell), _but_cores(cell)
    exact = (each.id for each in plan if each.id == wanted)
    near = (each.id for each in plan if not each.places and _but_cores(each.cell) == but_cores)
    return next(exact, None) or next(near, None)


def _but_cores(cell: Cell) -> str:
    load = msgspec.structs.replace(cell.load, cores_per_instance=None, sockets=None)
    return cell_id(msgspec.structs.replace(cell, load=load))


# -------------------------------------------------------------------------------- before measuring


def foreseen(match: Match, here: Platform) -> list[Difference]:
    """Return the differences that are known before anything is measured."""
    side = match.recorded
    found = list(differing(side, recorded_environment(side), environment_here(side, here)))
    if match.cell is None:
        found.append(not_in_suite(match))
    elif match.cell != cell_id(side.cell):
        load = [id_.rpartition("/")[2] for id_ in (cell_id(side.cell), match.cell)]
        found.append(Difference(what="load", recorded=load[0], here=load[1]))
    return [*found, *_missing_files(load_suite(match.suite), side.cell, match.suite.parent)]


def not_in_suite(match: Match) -> Difference:
    """Return that the suite does not plan such a cell here."""
    return Difference(what="suite", recorded=cell_id(match.recorded.cell), here="no such cell")


def _missing_files(suite: Suite, cell: Cell, folder: Path) -> Iterator[Difference]:
    """Yield model and data that the suite names and that are not there."""
    model = suite.models.get(cell.model)
    if model is None:
        return
    wanted = [("model", model.path)]
    dataset = suite.datasets.get(model.dataset or "")
    if dataset is not None and dataset.build is None:
        wanted.append(("data", dataset.path))
    for what, location in wanted:
        try:
            locate(location, folder)
        except BenchfolioError:
            yield Difference(what=what, recorded=describe(location), here="no such file")


def said(match: Match, difference: Difference) -> str:
    """Return a line that says of a cell in what this machine differs."""
    return plain(
        f"{cell_id(match.recorded.cell)}: not comparable: {difference.what}: "
        f"recorded {difference.recorded}, here {difference.here}"
    )
