"""The result file before anything is measured."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Sequence

from benchfolio import results
from benchfolio.results import Cell, Origin, Race, ResultFile, cell_id
from benchfolio.runner import platform
from benchfolio.runner.plan import Planned, compared_with
from benchfolio.runner.run.describing import (
    described_dataset,
    described_model,
    described_recipe,
    with_command,
)
from benchfolio.runner.run.request import Request
from benchfolio.runner.suite import Suite


def skeleton(
    request: Request,
    suite: Suite,
    here: results.Platform,
    chosen: Sequence[Planned],
    earlier: ResultFile | None,
) -> ResultFile:
    """Return the file before anything is measured: all that is known, and every cell pending.

    Cells of an earlier file stay as they are until they are measured again; those that the plan has
    no more stay too only where the plan was cut short by ``--only``.
    """
    models = {planned.cell.model for planned in chosen}
    recipes = {planned.cell.recipe for planned in chosen}
    datasets = {id_ for id_ in (suite.models[model].dataset for model in models) if id_}
    cells = {planned.id: commanded(planned, chosen, request) for planned in chosen}
    kept = {cell_id(cell): cell for cell in earlier.cells} if earlier else {}
    if not request.only:
        kept = {id_: cell for id_, cell in kept.items() if id_ in cells}
    return ResultFile(
        format="benchfolio-results",
        version=results.VERSION,
        release=request.release,
        platform=here,
        origin=Origin(kind="measured", tool=f"benchfolio {_own_version()}"),
        suite=suite.suite,
        software=platform.software(),
        acceptance=suite.acceptance,
        models={
            **(earlier.models if earlier else {}),
            **{id_: described_model(suite, id_) for id_ in models},
        },
        datasets={
            **(earlier.datasets if earlier else {}),
            **{id_: described_dataset(suite, id_, None) for id_ in datasets},
        },
        recipes={
            **(earlier.recipes if earlier else {}),
            **{id_: described_recipe(suite.variants[id_]) for id_ in recipes},
        },
        artefacts=dict(earlier.artefacts) if earlier else {},
        races=_still_named(earlier, kept.values()) if earlier else {},
        cells=tuple({**cells, **kept}.values()),
    )


def commanded(planned: Planned, chosen: Sequence[Planned], request: Request) -> Cell:
    """Return a cell with the command that measures it again."""
    against = compared_with(planned, chosen)
    return with_command(planned.cell, request, against.cell if against else None)


def _still_named(earlier: ResultFile, cells: Iterable[Cell]) -> dict[str, Race]:
    named = {cell.rounds.race for cell in cells if cell.rounds}
    return {id_: race for id_, race in earlier.races.items() if id_ in named}


def _own_version() -> str:
    return importlib.metadata.version("benchfolio")
