"""Goes through the plan: inspect a model, make its artefacts, measure its cells."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from benchfolio.results import Cell, State
from benchfolio.runner import engines
from benchfolio.runner.artefacts import Kept
from benchfolio.runner.jobs import Inspect, Inspected, Measured, Refused, Reply, Subject
from benchfolio.runner.plan import Planned
from benchfolio.runner.run.describing import with_command
from benchfolio.runner.run.making import Maker, prepare_seconds
from benchfolio.runner.run.means import Means
from benchfolio.runner.run.measuring import measure_job, values
from benchfolio.runner.run.recording import Record
from benchfolio.runner.run.request import Request
from benchfolio.runner.suite import Suite

_INSPECT_SECONDS = 1800.0


class Driver:
    """Goes through the plan, model by model, and keeps the file up to date."""

    def __init__(
        self,
        request: Request,
        suite: Suite,
        chosen: Sequence[Planned],
        record: Record,
        means: Means,
    ) -> None:
        self._request = request
        self._suite = suite
        self._chosen = chosen
        self._record = record
        self._means = means
        self._maker = Maker(means, suite.limits.prepare_seconds)

    def run(self) -> None:
        """Give every chosen cell its state."""
        cells = [with_command(planned.cell, self._request) for planned in self._chosen]
        seconds = sum(planned.seconds for planned in self._chosen)
        wanted = {(each.cell.model, each.cell.recipe): each for each in self._chosen}
        self._means.observer.planned(cells, seconds + sum(map(prepare_seconds, wanted.values())))
        self._record.write()
        for planned in self._chosen:
            if planned.cell.state is not State.PENDING:
                self._finish(planned.cell, 0.0)
        for model in dict.fromkeys(planned.cell.model for planned in self._chosen):
            self._model(model, [each for each in self._chosen if _is_open(each, model)])

    def _model(self, model: str, chosen: Sequence[Planned]) -> None:
        """Measure all cells of one model."""
        if not chosen:
            return
        subject = self._subject(model)
        self._means.observer.doing(f"{model}: reading model and data")
        batches = tuple(sorted({planned.cell.batch for planned in chosen}))
        scratch = self._means.scratch / model
        scratch.mkdir()
        reply = self._means.do(
            Inspect(subject=subject, batches=batches, scratch=str(scratch)), _INSPECT_SECONDS
        )
        if isinstance(reply, Inspected):
            self._record.describe(model, reply)
            names = tuple(port.name for port in reply.outputs)
            subject = msgspec.structs.replace(subject, ports=reply.inputs, outputs=names)
            for recipe in dict.fromkeys(planned.cell.recipe for planned in chosen):
                of_recipe = [planned for planned in chosen if planned.cell.recipe == recipe]
                self._variant(subject, reply, of_recipe)
        else:
            for planned in chosen:
                self._refuse(planned, reply)
            recipes = {planned.cell.recipe: planned for planned in chosen}
            self._means.observer.done(sum(map(prepare_seconds, recipes.values())))
        shutil.rmtree(scratch, ignore_errors=True)

    def _subject(self, model: str) -> Subject:
        described = self._suite.models[model]
        dataset = self._suite.datasets[described.dataset] if described.dataset else None
        return Subject(
            model=described,
            dataset=dataset,
            folder=str(self._request.suite.absolute().parent),
            cache=str(self._means.cache),
        )

    def _variant(self, subject: Subject, found: Inspected, chosen: Sequence[Planned]) -> None:
        """Prepare one artefact and measure its cells."""
        first = chosen[0]
        recipe = self._record.file.recipes[first.cell.recipe]
        kept = self._maker.artefact(subject, found, first, recipe)
        self._means.observer.done(prepare_seconds(first))
        if isinstance(kept, Refused):
            for planned in chosen:
                self._refuse(planned, kept)
            return
        id_ = self._record.add_artefact(first, found, kept)
        for planned in chosen:
            earlier = self._record.reusable(planned, id_)
            if earlier is not None:
                self._finish(earlier, planned.seconds)
            else:
                self._cell(planned, subject, found, kept, id_)

    def _cell(
        self, planned: Planned, subject: Subject, found: Inspected, kept: Kept, artefact: str
    ) -> None:
        """Measure one cell and write the file."""
        self._means.observer.doing(planned.id)
        started, clock = datetime.now(UTC), time.monotonic()
        reply = self._means.do(
            measure_job(planned, subject, found, kept),
            self._request.time_limit or self._suite.limits.cell_seconds,
        )
        cell = msgspec.structs.replace(
            with_command(planned.cell, self._request),
            artefact=artefact,
            runtime_version=engines.version(planned.cell.runtime),
            started=started.replace(microsecond=0),
            seconds=round(time.monotonic() - clock, 3),
        )
        if isinstance(reply, Measured):
            cell = msgspec.structs.replace(
                cell,
                state=State.OK,
                values=values(planned, reply, kept),
                executed=reply.executed,
                settings=reply.settings,
                shape=reply.shape,
                runtime_version=reply.version or cell.runtime_version,
            )
        else:
            assert isinstance(reply, Refused)
            cell = msgspec.structs.replace(cell, state=reply.state, reason=reply.reason)
        self._finish(cell, planned.seconds)

    def _refuse(self, planned: Planned, reply: Reply) -> None:
        assert isinstance(reply, Refused)
        cell = msgspec.structs.replace(
            with_command(planned.cell, self._request),
            state=reply.state,
            reason=reply.reason,
            runtime_version=engines.version(planned.cell.runtime),
        )
        self._finish(cell, planned.seconds)

    def _finish(self, cell: Cell, seconds: float) -> None:
        """Put a cell into the file, and say so."""
        self._record.put(cell)
        self._means.observer.finished(cell)
        self._means.observer.done(seconds)


def _is_open(planned: Planned, model: str) -> bool:
    return planned.cell.model == model and planned.cell.state is State.PENDING
