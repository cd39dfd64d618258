"""The processes that hold a model's variants ready, and the races they run."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Self

import msgspec

from benchfolio.results import (
    Cell,
    Conditions,
    Race,
    Rounds,
    State,
    Twin,
    Value,
    load_name,
    pack_bits,
    pack_floats,
)
from benchfolio.runner import platform
from benchfolio.runner.artefacts import Kept
from benchfolio.runner.jobs import Hold, Inspected, Open, Profiled, Refused, Subject
from benchfolio.runner.plan import Planned, compared_with
from benchfolio.runner.process import Held, resident
from benchfolio.runner.racing import Ended, Entrant, Setting, race
from benchfolio.runner.racing.orders import ORDER
from benchfolio.runner.racing.race import estimate_of, half_width
from benchfolio.runner.racing.values import settings_of, values_of
from benchfolio.runner.run.means import Means
from benchfolio.runner.run.observer import News
from benchfolio.runner.suite import Latency, Throughput
from benchfolio.runner.watch import Watch, advice, busiest, cell_verdict

_TELL_SECONDS = 1.0


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that is to race, with its artefact.

    Attributes:
        planned: The cell.
        kept: The artefact.
        artefact: Its id in the result file.
    """

    planned: Planned
    kept: Kept
    artefact: str


class Raced(msgspec.Struct, frozen=True, kw_only=True):
    """A race that was run.

    Attributes:
        race: As it stands in the result file; none where nobody came to a figure.
        cells: Finished cells, in the members' order; their rounds name no race yet.
        deferred: Members for whom memory did not suffice; another race is theirs.
        interrupted: Whether a person ended it.
        news: How it went, for people.
    """

    race: Race | None
    cells: tuple[Cell, ...]
    deferred: tuple[Member, ...]
    interrupted: bool
    news: News | None


class Field:
    """Holds the variants of one model ready, each in a process of its own, until it is left.

    Args:
        subject: The model.
        found: What it and its data are.
        means: What the run works with.
        seconds: Wall time that loading, or a block, may take.
    """

    def __init__(self, subject: Subject, found: Inspected, means: Means, seconds: float) -> None:
        self._subject = subject
        self._found = found
        self._means = means
        self._seconds = seconds
        self._held: dict[tuple[object, ...], Held] = {}

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let all processes go."""
        for held in self._held.values():
            held.end()

    def race(self, members: Sequence[Member]) -> Raced:
        """Race the members: of one model, device, scenario and load."""
        started = datetime.now(UTC).replace(microsecond=0)
        clock = time.monotonic()
        how = members[0].planned.how
        assert isinstance(how, Latency | Throughput)
        entrants, twins, deferred = self._line_up(members)
        watch = Watch()
        watch.start(self._pids())
        ended = race(
            [*entrants.values(), *twins],
            target=how.target_percent / 100,
            time_limit=how.time_limit,
            after_round=_Telling(self._means, members[0].planned, watch, self._pids()),
        )
        conditions = watch.finish(self._pids())
        interrupted = ended.why == "interrupted"
        took = [member for member in members if member not in deferred]
        cells = tuple(
            self._cell(member, entrants[member.planned.id], conditions, profile=not interrupted)
            for member in took
        )
        seconds = round((time.monotonic() - clock) / max(1, len(cells)), 3)
        cells = tuple(
            msgspec.structs.replace(cell, started=started, seconds=seconds) for cell in cells
        )
        ran = None
        if any(cell.rounds for cell in cells):
            ran = _described(how, members[0].planned, ended, twins, conditions)
        if deferred:  # they need the memory
            for member in took:
                self._let_go(member)
                self._let_go(member, twin=True)
        return Raced(
            race=ran,
            cells=cells,
            deferred=tuple(deferred),
            interrupted=interrupted,
            news=News(
                what=_named(members[0].planned),
                race=ran,
                widest=_widest(entrants.values()),
                advice=tuple(advice(conditions, busiest(watch))),
            )
            if ran is not None
            else None,
        )

    # ------------------------------------------------------------------------------- lining up

    def _line_up(
        self, members: Sequence[Member]
    ) -> tuple[dict[str, Entrant], list[Entrant], list[Member]]:
        """Open everybody; from whoever finds no memory left on, all are deferred."""
        chosen = [member.planned for member in members]
        entrants: dict[str, Entrant] = {}
        deferred: list[Member] = []
        queue = _with_their_baselines(members)
        for index, member in enumerate(queue):
            planned = member.planned
            self._means.observer.doing(f"{planned.id}: loading")
            against = compared_with(planned, chosen)
            baseline = entrants.get(against.id) if against else None
            entrant = self._entrant(member, baseline)
            if len(entrants) > 1 and self._crowded():
                self._let_go(member)
                deferred = queue[index:]
                break
            entrants[planned.id] = entrant
        return entrants, self._twin(queue, entrants), deferred

    def _entrant(self, member: Member, baseline: Entrant | None, *, twin: bool = False) -> Entrant:
        planned = member.planned
        holders = [
            self._holder(member, place, (number, twin))
            for number, place in enumerate(planned.places or ((),))
        ]
        setting = self._setting(planned)
        entrant = Entrant(planned.id, setting, holders, baseline)
        entrant.open()
        return entrant

    def _twin(self, queue: Sequence[Member], entrants: Mapping[str, Entrant]) -> list[Entrant]:
        """Hold the first original a second time: what it gains over itself is noise.

        It comes last, as others need the memory more.
        """
        originals = [each for each in queue if each.planned.is_original]
        ready = (each for each in originals if each.planned.id in entrants)
        member = next((m for m in ready if entrants[m.planned.id].refused is None), None)
        if member is None:
            return []
        original = entrants[member.planned.id]
        twin = self._entrant(member, original, twin=True)
        if self._crowded() or twin.refused is not None:
            self._let_go(member, twin=True)
            return []
        twin.id = f"{original.id} (twin)"
        return [twin]

    def _holder(self, member: Member, place: tuple[int, ...], which: tuple[int, bool]) -> Held:
        planned = member.planned
        cell = planned.cell
        key = (cell.recipe, cell.runtime, cell.device, place, which)
        if key not in self._held or self._held[key].is_lost:
            self._held[key] = self._means.hold(
                Hold(
                    subject=self._subject,
                    engine=cell.runtime,
                    device=cell.device,
                    precision=cell.precision,
                    artefact=member.kept.path,
                    options=planned.runtime.options,
                    processors=place,
                ),
                memory_bytes=self._means.memory_bytes,
            )
        return self._held[key]

    def _let_go(self, member: Member, *, twin: bool = False) -> None:
        cell = member.planned.cell
        for key in list(self._held):
            if key[:3] == (cell.recipe, cell.runtime, cell.device) and key[4][1] is twin:  # type: ignore[index]
                self._held.pop(key).end()

    def _setting(self, planned: Planned) -> Setting:
        how, cell = planned.how, planned.cell
        assert isinstance(how, Latency | Throughput)
        feeds = self._found.feeds[cell.batch]
        shapes = {
            name: tuple(size for size in shape if size is not None)
            for name, shape in feeds.shapes.items()
        }
        several = len(planned.places) > 1
        bound = len(planned.places[0]) if planned.places else None
        latency = isinstance(how, Latency) or several
        return Setting(
            open=Open(
                name=planned.id,
                purpose="latency" if latency else "throughput",
                feeds=feeds.path,
                shapes=shapes if feeds.static else {},
                cores=bound or platform.usable_cores(),
                streams=cell.load.streams,
                requests=cell.load.requests,
                warmup_seconds=how.warmup_seconds,
            ),
            figure="latency" if isinstance(how, Latency) else "throughput",
            batch=cell.batch,
            block_seconds=how.block_seconds,
            seconds=self._seconds,
        )

    def _crowded(self) -> bool:
        """Whether the processes together take more memory than there is for them."""
        return sum(map(resident, self._pids())) > self._means.all_memory_bytes

    def _pids(self) -> list[int]:
        return [held.pid for held in self._held.values()]

    # --------------------------------------------------------------------------------- results

    def _cell(
        self, member: Member, entrant: Entrant, conditions: Conditions, *, profile: bool
    ) -> Cell:
        """Return what became of a cell; its race is named later."""
        cell = msgspec.structs.replace(member.planned.cell, artefact=member.artefact)
        if entrant.opened:
            version = entrant.opened[0].version
            cell = msgspec.structs.replace(cell, runtime_version=version)
        if entrant.refused is not None:
            refused = entrant.refused
            return msgspec.structs.replace(cell, state=refused.state, reason=refused.reason)
        if not entrant.figures:  # interrupted before its first block
            return cell
        values, settings = values_of(entrant), settings_of(entrant)
        if "latency@median" in values:
            values["size"] = Value(value=member.kept.bytes / 2**20, unit="MiB", n=1)
        how = member.planned.how
        assert isinstance(how, Latency | Throughput)
        executed = {}
        if isinstance(how, Latency) and profile:
            answer = entrant.profile()
            executed = answer.executed if isinstance(answer, Profiled) else {}
            unknown = answer.unknown if isinstance(answer, Profiled) else None
            if unknown or isinstance(answer, Refused):
                settings["executed_unknown"] = unknown or "the profiled run failed"
        return msgspec.structs.replace(
            cell,
            state=State.OK,
            values=values,
            executed=executed,
            settings=settings,
            shape=entrant.opened[0].shape,
            rounds=Rounds(
                race="unnamed",
                figures=pack_floats(entrant.figures),
                disturbed=_disturbed(entrant),
            ),
            verdict=cell_verdict(conditions, _gain_width(entrant), how.target_percent / 100),
        )


def _with_their_baselines(members: Sequence[Member]) -> list[Member]:
    """Return the members, each original followed by who is compared with it."""
    keys = [(each.planned.cell.runtime, each.planned.cell.device) for each in members]
    first = {key: index for index, key in reversed(list(enumerate(keys)))}
    ranked = sorted(
        zip(keys, members, strict=True),
        key=lambda each: (first[each[0]], not each[1].planned.is_original),
    )
    return [member for _, member in ranked]


def _described(
    how: Latency | Throughput,
    first: Planned,
    ended: Ended,
    twins: Sequence[Entrant],
    conditions: Conditions,
) -> Race:
    return Race(
        scenario=first.cell.scenario,
        rounds=ended.rounds,
        target=how.target_percent / 100,
        ended=ended.why,
        time_limit=how.time_limit,
        seconds=round(ended.seconds, 3),
        order=ORDER,
        block_seconds=how.block_seconds,
        twins=tuple(
            Twin(
                cell=twin.baseline.id,
                figures=pack_floats(twin.figures),
                disturbed=_disturbed(twin),
            )
            for twin in twins
            if twin.baseline is not None and twin.figures and twin.refused is None
        ),
        conditions=conditions,
    )


def _disturbed(entrant: Entrant) -> str | None:
    return pack_bits(entrant.disturbed) if any(entrant.disturbed) else None


def _named(planned: Planned) -> str:
    cell = planned.cell
    return f"{cell.model} {cell.scenario.value} {load_name(cell.load, cell.batch)}"


def _widest(entrants: Iterable[Entrant]) -> float | None:
    """Return the widest half width of all gains; ``None`` if one of them is not known at all."""
    ran = [each for each in entrants if each.figures and each.refused is None]
    widths = [width for width in map(_gain_width, ran) if width is not None]
    widest = max(widths, default=math.inf)
    return widest if math.isfinite(widest) else None


def _gain_width(entrant: Entrant) -> float | None:
    """Return the half width of a gain, infinite without an interval; ``None`` without a gain."""
    if entrant.against is None:
        return None
    width = half_width(estimate_of(entrant))
    return math.inf if width is None else width


class _Telling:
    """Says now and then how a race stands, and looks at the machine."""

    def __init__(self, means: Means, first: Planned, watch: Watch, pids: Sequence[int]) -> None:
        self._observer = means.observer
        self._what = _named(first)
        self._watch = watch
        self._pids = pids
        self._due = 0.0

    def __call__(self, rounds: int, widest: float | None) -> None:
        """Look at the machine; say how it stands if a second has passed."""
        self._watch.look(self._pids)
        now = time.monotonic()
        if now >= self._due:
            self._due = now + _TELL_SECONDS
            known = f", ± {widest:.1%} so far" if widest is not None else ""
            self._observer.doing(f"{self._what}: round {rounds}{known}")
