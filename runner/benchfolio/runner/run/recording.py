"""The result file while it fills, whole on disk after every cell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path

from msgspec import structs

from benchfolio import results
from benchfolio.results import Artefact, Calibration, Cell, Race, Recipe, ResultFile, State, cell_id
from benchfolio.runner import engines, quantisers
from benchfolio.runner.artefacts import Kept
from benchfolio.runner.jobs import Inspected
from benchfolio.runner.plan import Planned
from benchfolio.runner.run.describing import described_dataset, described_model
from benchfolio.runner.suite import Suite


class Record:
    """The result file.

    Args:
        suite: What is measured.
        file: The file so far.
        earlier: The file that is gone on with, if any.
        target: Where it is written.

    Attributes:
        file: The file so far.
    """

    def __init__(
        self, suite: Suite, file: ResultFile, earlier: ResultFile | None, target: Path
    ) -> None:
        self.file = file
        self._suite = suite
        self._earlier = earlier
        self._earlier_cells = {cell_id(cell): cell for cell in earlier.cells} if earlier else {}
        self._target = target

    def write(self) -> None:
        """Put the file on disk."""
        results.write(self.file, self._target)

    def put(self, cell: Cell) -> None:
        """Put a cell into the file in the place of the one with its id, and the file on disk."""
        id_ = cell_id(cell)
        others = tuple(each for each in self.file.cells if cell_id(each) != id_)
        self.file = structs.replace(self.file, cells=(*others, cell))
        self.write()

    def put_race(self, id_: str, race: Race | None, cells: Sequence[Cell]) -> tuple[Cell, ...]:
        """Put a race and its cells into the file, and the file on disk; return the cells.

        Where other cells name a race of this id, from a run that is gone on with, it gets another:
        figures of two races are never compared round by round.
        """
        ids = {cell_id(cell) for cell in cells}
        others = tuple(each for each in self.file.cells if cell_id(each) not in ids)
        taken = {each.rounds.race for each in others if each.rounds}
        names = (id_ if number == 1 else f"{id_[:120]}@{number}" for number in count(1))
        name = next(each for each in names if each not in taken)
        named = tuple(
            structs.replace(cell, rounds=structs.replace(cell.rounds, race=name))
            if cell.rounds
            else cell
            for cell in cells
        )
        races = {key: value for key, value in self.file.races.items() if key in taken}
        if race is not None:
            races[name] = race
        self.file = structs.replace(self.file, races=races, cells=(*others, *named))
        self.write()
        return named

    def describe(self, id_: str, found: Inspected) -> None:
        """Put what was found out about the model and its data into the file."""
        model = structs.replace(
            described_model(self._suite, id_),
            inputs=found.inputs,
            outputs=found.outputs,
            parameters=found.parameters,
        )
        datasets = dict(self.file.datasets)
        name = self._suite.models[id_].dataset
        if name is not None:
            datasets[name] = described_dataset(self._suite, name, found.test)
        self.file = structs.replace(
            self.file, models={**self.file.models, id_: model}, datasets=datasets
        )

    def add_artefact(self, planned: Planned, found: Inspected, kept: Kept) -> str:
        """Put the artefact into the file and return its id."""
        cell, variant = planned.cell, planned.variant
        id_ = f"{cell.model}@{cell.recipe}"[:128]
        calibration = None
        dataset = self._suite.models[cell.model].dataset
        looked = variant.quantiser and quantisers.find(variant.quantiser).calibrates(variant.method)
        if looked and dataset is not None and found.calibration is not None:
            calibration = Calibration(
                dataset=dataset,
                split=found.calibration.split,
                samples=_looked_at(found.calibration.samples, self.file.recipes[cell.recipe]),
            )
        artefact = Artefact(
            model=cell.model,
            precision=cell.precision,
            recipe=cell.recipe,
            format=kept.format,
            sha256=kept.sha256,
            bytes=kept.bytes,
            opset=kept.opset,
            calibration=calibration,
        )
        self.file = structs.replace(self.file, artefacts={**self.file.artefacts, id_: artefact})
        return id_

    def reusable(self, planned: Planned, artefact: str) -> Cell | None:
        """Return the earlier cell if it is finished and was measured of the very same things."""
        cell = self._earlier_cells.get(planned.id)
        before = self._earlier
        if cell is None or before is None or cell.artefact != artefact:
            return None
        if cell.state not in (State.OK, State.UNSUPPORTED):
            return None
        if cell.rounds is not None and before.races[cell.rounds.race].ended == "interrupted":
            return None  # neither its target nor its time limit was reached
        same = (
            before.artefacts[artefact].sha256 == self.file.artefacts[artefact].sha256
            and cell.runtime_version in (None, engines.version(cell.runtime))
            and (
                cell.dataset is None
                or before.datasets[cell.dataset].sha256 == self.file.datasets[cell.dataset].sha256
            )
        )
        return cell if same else None


def _looked_at(samples: int, recipe: Recipe) -> int:
    subset = recipe.options.get("subset_size")
    return min(samples, subset) if isinstance(subset, int) else samples
