"""Goes through the plan: inspect a model, make its artefacts, measure its cells."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from benchfolio.results import Cell, State, cell_id
from benchfolio.runner import engines
from benchfolio.runner.artefacts import Kept
from benchfolio.runner.jobs import Inspect, Inspected, Measured, Refused, Reply, Subject
from benchfolio.runner.plan import Planned
from benchfolio.runner.run.field import Field, Member
from benchfolio.runner.run.making import Maker, prepare_seconds
from benchfolio.runner.run.means import Means
from benchfolio.runner.run.measuring import measure_job
from benchfolio.runner.run.recording import Record
from benchfolio.runner.run.request import Request
from benchfolio.runner.run.skeleton import commanded
from benchfolio.runner.suite import Latency, Suite, Throughput

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
        self._commands = {each.id: commanded(each, chosen, request).command for each in chosen}
        self._maker = Maker(means, suite.limits.prepare_seconds)
        self._limit = suite.limits.cell_seconds

    def run(self) -> None:
        """Give every chosen cell its state."""
        cells = [self._commanded(planned.cell) for planned in self._chosen]
        wanted = {(each.cell.model, each.cell.recipe): each for each in self._chosen}
        races = {each.race: each for each in self._chosen if each.race is not None}
        seconds = sum(planned.seconds for planned in self._chosen)
        seconds += sum(map(prepare_seconds, wanted.values()))
        self._means.observer.planned(cells, seconds + sum(map(race_seconds, races.values())))
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
            self._prepared(subject, reply, chosen)
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

    def _prepared(self, subject: Subject, found: Inspected, chosen: Sequence[Planned]) -> None:
        """Make all artefacts of a model; measure what is measured alone, then run the races."""
        members: list[Member] = []
        for recipe in dict.fromkeys(planned.cell.recipe for planned in chosen):
            of_recipe = [planned for planned in chosen if planned.cell.recipe == recipe]
            ready = self._variant(subject, found, of_recipe)
            for member in ready:
                if member.planned.race is None:
                    self._alone(member, subject, found)
            members += [member for member in ready if member.planned.race is not None]
        with Field(subject, found, self._means, self._limit) as field:
            for id_ in dict.fromkeys(member.planned.race for member in members):
                assert id_ is not None
                self._race(field, id_, [each for each in members if each.planned.race == id_])

    def _variant(
        self, subject: Subject, found: Inspected, chosen: Sequence[Planned]
    ) -> Sequence[Member]:
        """Prepare one artefact; return its cells, ready to be measured."""
        first = chosen[0]
        recipe = self._record.file.recipes[first.cell.recipe]
        kept = self._maker.artefact(subject, found, first, recipe)
        self._means.observer.done(prepare_seconds(first))
        if isinstance(kept, Refused):
            for planned in chosen:
                self._refuse(planned, kept)
            return ()
        id_ = self._record.add_artefact(first, found, kept)
        return [Member(planned=planned, kept=kept, artefact=id_) for planned in chosen]

    def _alone(self, member: Member, subject: Subject, found: Inspected) -> None:
        earlier = self._record.reusable(member.planned, member.artefact)
        if earlier is not None:
            self._finish(earlier, member.planned.seconds)
        else:
            self._cell(member.planned, subject, found, member.kept, member.artefact)

    def _race(self, field: Field, id_: str, members: Sequence[Member]) -> None:
        """Run a race, unless all its cells are there: figures of two races cannot be paired."""
        seconds = race_seconds(members[0].planned) / len(members)
        earlier = [self._record.reusable(each.planned, each.artefact) for each in members]
        if all(cell is not None for cell in earlier):
            for member, cell in zip(members, earlier, strict=True):
                assert cell is not None
                self._finish(cell, member.planned.seconds + seconds)
            return
        raced = field.race(members)
        # Whose first block was interrupted keeps what it had in a file that is gone on with.
        ended = [cell for cell in raced.cells if cell.state is not State.PENDING]
        cells = tuple(self._commanded(cell) for cell in ended)
        for cell in self._record.put_race(id_, raced.race, cells):
            self._means.observer.finished(cell)
        self._means.observer.done(sum(each.planned.seconds + seconds for each in members))
        if raced.news is not None:
            self._means.observer.raced(raced.news)
        if raced.interrupted:
            raise KeyboardInterrupt
        if raced.deferred:
            self._race(field, id_, raced.deferred)

    def _cell(
        self, planned: Planned, subject: Subject, found: Inspected, kept: Kept, artefact: str
    ) -> None:
        """Measure one cell and write the file."""
        self._means.observer.doing(planned.id)
        started, clock = datetime.now(UTC), time.monotonic()
        reply = self._means.do(
            measure_job(planned, subject, found, kept),
            self._limit,
        )
        cell = msgspec.structs.replace(
            self._commanded(planned.cell),
            artefact=artefact,
            runtime_version=engines.version(planned.cell.runtime),
            started=started.replace(microsecond=0),
            seconds=round(time.monotonic() - clock, 3),
        )
        if isinstance(reply, Measured):
            cell = msgspec.structs.replace(
                cell,
                state=State.OK,
                values=reply.values,
                outcomes=reply.outcomes,
                executed=reply.executed,
                settings=reply.settings,
                shape=reply.shape,
                runtime_version=reply.version or cell.runtime_version,
            )
        else:
            assert isinstance(reply, Refused)
            cell = msgspec.structs.replace(
                cell,
                state=reply.state,
                reason=reply.reason,
                settings=reply.settings,
                shape=reply.shape or cell.shape,
                note=reply.note,
            )
        self._finish(cell, planned.seconds)

    def _refuse(self, planned: Planned, reply: Reply) -> None:
        assert isinstance(reply, Refused)
        cell = msgspec.structs.replace(
            self._commanded(planned.cell),
            state=reply.state,
            reason=reply.reason,
            runtime_version=engines.version(planned.cell.runtime),
        )
        self._finish(cell, planned.seconds)

    def _commanded(self, cell: Cell) -> Cell:
        return msgspec.structs.replace(cell, command=self._commands[cell_id(cell)])

    def _finish(self, cell: Cell, seconds: float) -> None:
        """Put a cell into the file, and say so."""
        self._record.put(cell)
        self._means.observer.finished(cell)
        self._means.observer.done(seconds)


def race_seconds(planned: Planned) -> float:
    """Return how long the rounds of a cell's race may take."""
    how = planned.how
    return how.time_limit if isinstance(how, Latency | Throughput) else 0.0


def _is_open(planned: Planned, model: str) -> bool:
    return planned.cell.model == model and planned.cell.state is State.PENDING
