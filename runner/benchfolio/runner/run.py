"""The driver: plan, prepare, measure, and a file on disk that is whole after every cell."""

from __future__ import annotations

import fnmatch
import importlib.metadata
import re
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Protocol

import msgspec

from benchfolio import results
from benchfolio.results import (
    ID_PATTERN,
    Artefact,
    Calibration,
    Cell,
    Dataset,
    MissingEnvironment,
    Model,
    Origin,
    Problem,
    Recipe,
    ResultFile,
    Scenario,
    State,
    Value,
    WrongUsage,
    cell_id,
)
from benchfolio.runner import artefacts, engines, platform, process, quantisers
from benchfolio.runner.artefacts import Kept
from benchfolio.runner.engines.base import Scalar
from benchfolio.runner.jobs import (
    DataFound,
    DevicesFound,
    Inspect,
    Inspected,
    Job,
    LookForDevices,
    Measure,
    Measured,
    Prepare,
    Prepared,
    Refused,
    Reply,
    Subject,
)
from benchfolio.runner.plan import Planned, plan
from benchfolio.runner.suite import Latency, Suite, Throughput, Variant
from benchfolio.runner.suite_file import load_suite
from benchfolio.runner.summary import Summary, summarise

_INSPECT_SECONDS = 1800.0
_DEVICES_SECONDS = 60.0
_PREPARE_SECONDS = MappingProxyType({"accuracy-control": 20.0, "dynamic-ptq": 2.0})
_OTHER_PREPARE_SECONDS = 4.0
_MEMORY_SHARE = 0.9


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


class Execute(Protocol):
    """Runs a job in a process of its own; ``process.execute`` but in tests."""

    def __call__(self, job: Job, *, seconds: float, memory_bytes: int | None = None) -> Reply:
        """Return the reply, or why there is none."""
        ...


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks for.

    Attributes:
        suite: The suite file, as it was given.
        release: The release the results belong to.
        platform_id: Id of this machine.
        label: As a reader knows the machine.
        out: Folder of result files.
        cache: Folder for artefacts and data that may be deleted at any time.
        resume: Keep finished cells of an existing file.
        overwrite: Replace an existing file.
        only: Patterns of cell ids; all cells when empty.
        withhold: Platform fields that are not published.
        time_limit: Seconds for one measurement, instead of the suite's.
    """

    suite: Path
    release: str
    platform_id: str
    label: str | None = None
    out: Path = Path("results")
    cache: Path | None = None
    resume: bool = False
    overwrite: bool = False
    only: tuple[str, ...] = ()
    withhold: tuple[str, ...] = ()
    time_limit: float | None = None


def run(
    request: Request, *, observer: Observer | None = None, execute: Execute = process.execute
) -> Summary:
    """Measure a suite on this machine and write ``OUT/RELEASE/PLATFORM.json``.

    The file is written when the plan is made and again after every cell, so that an interruption
    loses at most the cell in flight.

    Raises:
        BadInput: The suite, or the file to resume, is broken.
        WrongUsage: The file exists and neither resume nor overwrite is asked for; no cell is
            chosen; the file to resume is of another machine.
        MissingEnvironment: None of the suite's engines is installed; the folder is not writable.
    """
    suite = load_suite(request.suite)
    target = path_of(request)
    earlier = _earlier(request, target)
    found = _devices(suite, execute)
    chosen = choose(plan_here(suite, found), request.only)
    here = platform.describe(request.platform_id, request.label, found.devices)
    here = platform.withhold(here, request.withhold)
    if earlier is not None:
        _same_machine(earlier, here, target)
    cache = (request.cache or artefacts.default_cache()).absolute()
    cache.mkdir(parents=True, exist_ok=True)
    with _scratch(cache) as scratch:
        driver = _Driver(
            request=request,
            suite=suite,
            chosen=chosen,
            earlier=earlier,
            file=_skeleton(request, suite, here, chosen, earlier),
            target=target,
            cache=cache,
            scratch=Path(scratch),
            observer=observer or Silent(),
            execute=execute,
        )
        driver.run()
    return summarise(driver.file, target)


def planned_cells(request: Request, *, execute: Execute = process.execute) -> tuple[Planned, ...]:
    """Return the cells that ``run`` would measure.

    Raises:
        BadInput: The suite is broken.
        WrongUsage: No cell is chosen.
        MissingEnvironment: None of the suite's engines is installed.
    """
    suite = load_suite(request.suite)
    return choose(plan_here(suite, _devices(suite, execute)), request.only)


def path_of(request: Request) -> Path:
    """Return the result file.

    Raises:
        WrongUsage: Release or platform is not an id.
    """
    for option, value in (("--release", request.release), ("--platform", request.platform_id)):
        if not re.fullmatch(ID_PATTERN, value):
            raise WrongUsage(
                Problem(
                    where=option,
                    what="not an id",
                    expected="letters, digits and . _ + @ -, at most 128",
                    got=repr(value)[:150],
                    remedy="choose another",
                )
            )
    return request.out / request.release / f"{request.platform_id}.json"


def plan_here(suite: Suite, found: DevicesFound) -> tuple[Planned, ...]:
    """Return all cells of a suite on this machine."""
    sockets = platform.describe("here").processor.sockets
    return plan(suite, found.devices, cores=platform.usable_cores(), sockets=sockets)


def choose(cells: Iterable[Planned], only: Sequence[str]) -> tuple[Planned, ...]:
    """Return the cells whose id matches one of the patterns; all where there is no pattern.

    Raises:
        WrongUsage: There is none.
    """
    cells = tuple(cells)
    chosen = tuple(
        cell
        for cell in cells
        if not only or any(fnmatch.fnmatchcase(cell.id, each) for each in only)
    )
    if not chosen:
        raise WrongUsage(
            Problem(
                where="--only" if only else "suite",
                what="no cell is chosen",
                expected="a pattern of MODEL/PRECISION/RECIPE/RUNTIME/DEVICE/SCENARIO/LOAD",
                got=", ".join(only) or "a suite without models, variants, runtimes or scenarios",
                remedy="list the cells with: benchfolio run SUITE --list",
            )
        )
    return chosen


def _devices(suite: Suite, execute: Execute) -> DevicesFound:
    installed = tuple(name for name in suite.runtimes if engines.version(name) is not None)
    if not installed:
        raise MissingEnvironment([engines.missing(name) for name in suite.runtimes])
    reply = execute(LookForDevices(engines=installed), seconds=_DEVICES_SECONDS)
    if isinstance(reply, DevicesFound):
        return reply
    reason = reply.reason if isinstance(reply, Refused) else "no answer"
    raise MissingEnvironment(
        Problem(
            where=", ".join(installed),
            what="the engines cannot be asked for their devices",
            expected="engines that can be imported",
            got=reason,
            remedy="install them again",
        )
    )


def _earlier(request: Request, target: Path) -> ResultFile | None:
    """Return the file to go on with, if there is one and it shall be gone on with."""
    if not target.exists() or request.overwrite:
        return None
    if not request.resume:
        raise WrongUsage(
            Problem(
                where=str(target),
                what="there are results of this release and platform already",
                expected="no such file",
                remedy="go on with --resume, or replace it with --overwrite",
            )
        )
    return results.read(target)


def _same_machine(earlier: ResultFile, here: results.Platform, target: Path) -> None:
    before, now = earlier.platform.processor, here.processor
    if before.name and now.name and (before.name, before.isa) != (now.name, now.isa):
        raise WrongUsage(
            Problem(
                where=f"{target}: $.platform.processor",
                what="the results there were measured on another processor",
                expected=f"{now.name} ({', '.join(now.isa)})",
                got=f"{before.name} ({', '.join(before.isa)})",
                remedy="choose another --platform for this machine, or --overwrite",
            )
        )


def _scratch(cache: Path) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=".run-", dir=cache, ignore_cleanup_errors=True)


def _skeleton(
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
    cells = {cell_id(planned.cell): planned.cell for planned in chosen}
    for cell in cells:
        cells[cell] = _with_command(cells[cell], request)
    before = earlier
    kept = {cell_id(cell): cell for cell in before.cells} if before else {}
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
        models={**(before.models if before else {}), **{id_: _model(suite, id_) for id_ in models}},
        datasets={
            **(before.datasets if before else {}),
            **{id_: _dataset(suite, id_, None) for id_ in datasets},
        },
        recipes={
            **(before.recipes if before else {}),
            **{id_: _recipe(suite.variants[id_]) for id_ in recipes},
        },
        artefacts=dict(before.artefacts) if before else {},
        cells=tuple({**cells, **kept}.values()),
    )


def _own_version() -> str:
    return importlib.metadata.version("benchfolio")


def _with_command(cell: Cell, request: Request) -> Cell:
    """Add the command that measures this cell again; it names no folder of this machine."""
    suite = PurePosixPath(request.suite)
    name = suite.name if suite.is_absolute() or ".." in suite.parts else str(suite)
    words = ["benchfolio", "run", name, "--release", request.release]
    words += ["--platform", request.platform_id, "--only", cell_id(cell)]
    return msgspec.structs.replace(cell, command=shlex.join(words))


def _model(suite: Suite, id_: str) -> Model:
    model = suite.models[id_]
    return Model(
        name=model.name,
        task=model.task,
        source=model.source,
        link=model.link,
        license=model.license,
        input_size=model.input_size,
        description=model.description,
    )


def _dataset(suite: Suite, id_: str, found: DataFound | None) -> Dataset:
    dataset = suite.datasets[id_]
    return Dataset(
        name=dataset.name,
        split=(found.split if found else None) or dataset.split,
        samples=found.samples if found else None,
        sha256=found.sha256 if found else None,
        link=dataset.link,
        license=dataset.license,
    )


def _recipe(variant: Variant) -> Recipe:
    if variant.quantiser is None:
        return Recipe(method=variant.method, label=variant.label, options=dict(variant.options))
    quantiser = quantisers.find(variant.quantiser)
    options = quantiser.options(variant.precision, variant.method, variant.options)
    return Recipe(
        method=variant.method,
        label=variant.label,
        tool=variant.quantiser,
        tool_version=quantisers.versions(variant.quantiser).get(quantiser.packages()[0]),
        options=options,
    )


class _Driver:
    """Goes through the plan, model by model, and keeps the file up to date."""

    def __init__(
        self,
        *,
        request: Request,
        suite: Suite,
        chosen: Sequence[Planned],
        earlier: ResultFile | None,
        file: ResultFile,
        target: Path,
        cache: Path,
        scratch: Path,
        observer: Observer,
        execute: Execute,
    ) -> None:
        self.file = file
        self._request = request
        self._suite = suite
        self._chosen = chosen
        self._earlier = {cell_id(cell): cell for cell in earlier.cells} if earlier else {}
        self._earlier_file = earlier
        self._target = target
        self._cache = cache
        self._scratch = scratch
        self._observer = observer
        self._execute = execute
        limit = suite.limits.memory_mib
        available = int(process.available_memory() * _MEMORY_SHARE)
        self._memory = min(limit * 2**20, available) if limit else available

    def run(self) -> None:
        """Give every chosen cell its state."""
        cells = [_with_command(planned.cell, self._request) for planned in self._chosen]
        seconds = sum(planned.seconds for planned in self._chosen)
        wanted = {(each.cell.model, each.cell.recipe): each for each in self._chosen}
        self._observer.planned(cells, seconds + sum(map(_prepare_seconds, wanted.values())))
        results.write(self.file, self._target)
        for planned in self._chosen:
            if planned.cell.state is not State.PENDING:
                self._finish(planned, planned.cell, 0.0)
        for model in dict.fromkeys(planned.cell.model for planned in self._chosen):
            self._model(model, [each for each in self._chosen if _is_open(each, model)])

    def _model(self, model: str, chosen: Sequence[Planned]) -> None:
        """Measure all cells of one model."""
        if not chosen:
            return
        subject = self._subject(model)
        self._observer.doing(f"{model}: reading model and data")
        batches = tuple(sorted({planned.cell.batch for planned in chosen}))
        scratch = self._scratch / model
        scratch.mkdir()
        reply = self._execute(
            Inspect(subject=subject, batches=batches, scratch=str(scratch)),
            seconds=_INSPECT_SECONDS,
            memory_bytes=self._memory,
        )
        if isinstance(reply, Inspected):
            self._describe(model, reply)
            names = tuple(port.name for port in reply.outputs)
            subject = msgspec.structs.replace(subject, ports=reply.inputs, outputs=names)
            for recipe in dict.fromkeys(planned.cell.recipe for planned in chosen):
                of_recipe = [planned for planned in chosen if planned.cell.recipe == recipe]
                self._variant(subject, reply, of_recipe)
        else:
            for planned in chosen:
                self._refuse(planned, reply)
            recipes = {planned.cell.recipe: planned for planned in chosen}
            self._observer.done(sum(map(_prepare_seconds, recipes.values())))
        shutil.rmtree(scratch, ignore_errors=True)

    def _subject(self, model: str) -> Subject:
        described = self._suite.models[model]
        dataset = self._suite.datasets[described.dataset] if described.dataset else None
        return Subject(
            model=described,
            dataset=dataset,
            folder=str(self._request.suite.absolute().parent),
            cache=str(self._cache),
        )

    def _describe(self, id_: str, found: Inspected) -> None:
        """Put what was found out about the model and its data into the file."""
        model = msgspec.structs.replace(
            _model(self._suite, id_),
            inputs=found.inputs,
            outputs=found.outputs,
            parameters=found.parameters,
        )
        datasets = dict(self.file.datasets)
        name = self._suite.models[id_].dataset
        if name is not None:
            datasets[name] = _dataset(self._suite, name, found.test)
        self.file = msgspec.structs.replace(
            self.file, models={**self.file.models, id_: model}, datasets=datasets
        )

    def _variant(self, subject: Subject, found: Inspected, chosen: Sequence[Planned]) -> None:
        """Prepare one artefact and measure its cells."""
        first = chosen[0]
        kept = self._artefact(subject, found, first)
        self._observer.done(_prepare_seconds(first))
        if isinstance(kept, Refused):
            for planned in chosen:
                self._refuse(planned, kept)
            return
        id_ = self._record(first, found, kept)
        for planned in chosen:
            earlier = self._reusable(planned, id_)
            if earlier is not None:
                self._finish(planned, earlier, planned.seconds)
            else:
                self._cell(planned, subject, found, kept, id_)

    def _artefact(self, subject: Subject, found: Inspected, planned: Planned) -> Kept | Refused:
        """Return the artefact: the original, one from the cache, or a new one."""
        variant, cell = planned.variant, planned.cell
        if variant.quantiser is None:
            return Kept(
                path=found.files[0],
                format=found.format,
                sha256=found.sha256,
                bytes=found.bytes,
                opset=found.opset,
            )
        recipe = self.file.recipes[cell.recipe]
        calibrates = quantisers.find(variant.quantiser).calibrates(variant.method)
        name = artefacts.key(
            {
                "model": found.sha256,
                "quantiser": variant.quantiser,
                "versions": quantisers.versions(variant.quantiser),
                "precision": variant.precision,
                "method": variant.method,
                "options": recipe.options,
                "calibration": found.calibration.sha256 if found.calibration else None,
                "subject": _what_changes_an_artefact(subject),
            }
        )
        kept = artefacts.find(self._cache, name)
        if kept is not None:
            return kept
        self._observer.doing(f"{cell.model}: making {variant.label or cell.recipe}")
        if calibrates and found.calibration is None:
            return Refused(
                state=State.SKIPPED,
                reason="the suite names no calibration samples, which this method needs",
            )
        return self._make(subject, planned, recipe.options, name)

    def _make(
        self, subject: Subject, planned: Planned, options: Mapping[str, Scalar], name: str
    ) -> Kept | Refused:
        assert planned.variant.quantiser is not None
        with artefacts.place(self._cache) as folder:
            reply = self._execute(
                Prepare(
                    subject=subject,
                    quantiser=planned.variant.quantiser,
                    precision=planned.variant.precision,
                    method=planned.variant.method,
                    options=dict(options),
                    out=str(folder),
                ),
                seconds=self._suite.limits.prepare_seconds,
                memory_bytes=self._memory,
            )
            if isinstance(reply, Prepared):
                return artefacts.keep(self._cache, name, folder, reply)
        assert isinstance(reply, Refused)
        return msgspec.structs.replace(reply, reason=f"quantising: {reply.reason}")

    def _record(self, planned: Planned, found: Inspected, kept: Kept) -> str:
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
        self.file = msgspec.structs.replace(
            self.file, artefacts={**self.file.artefacts, id_: artefact}
        )
        return id_

    def _reusable(self, planned: Planned, artefact: str) -> Cell | None:
        """Return the earlier cell if it is finished and was measured of the very same things."""
        cell = self._earlier.get(planned.id)
        before = self._earlier_file
        if cell is None or before is None or cell.artefact != artefact:
            return None
        if cell.state not in (State.OK, State.UNSUPPORTED):
            return None
        same = (
            before.artefacts[artefact].sha256 == self.file.artefacts[artefact].sha256
            and cell.runtime_version in (None, engines.version(cell.runtime))
            and (
                cell.dataset is None
                or before.datasets[cell.dataset].sha256 == self.file.datasets[cell.dataset].sha256
            )
        )
        return cell if same else None

    def _cell(
        self, planned: Planned, subject: Subject, found: Inspected, kept: Kept, artefact: str
    ) -> None:
        """Measure one cell and write the file."""
        self._observer.doing(planned.id)
        started, clock = datetime.now(UTC), time.monotonic()
        reply = self._execute(
            _measure(planned, subject, found, kept),
            seconds=self._request.time_limit or self._suite.limits.cell_seconds,
            memory_bytes=self._memory,
        )
        cell = msgspec.structs.replace(
            _with_command(planned.cell, self._request),
            artefact=artefact,
            runtime_version=engines.version(planned.cell.runtime),
            started=started.replace(microsecond=0),
            seconds=round(time.monotonic() - clock, 3),
        )
        if isinstance(reply, Measured):
            cell = msgspec.structs.replace(
                cell,
                state=State.OK,
                values=_values(planned, reply, kept),
                executed=reply.executed,
                settings=reply.settings,
                shape=reply.shape,
                runtime_version=reply.version or cell.runtime_version,
            )
        else:
            assert isinstance(reply, Refused)
            cell = msgspec.structs.replace(cell, state=reply.state, reason=reply.reason)
        self._finish(planned, cell, planned.seconds)

    def _refuse(self, planned: Planned, reply: Reply) -> None:
        assert isinstance(reply, Refused)
        cell = msgspec.structs.replace(
            _with_command(planned.cell, self._request),
            state=reply.state,
            reason=reply.reason,
            runtime_version=engines.version(planned.cell.runtime),
        )
        self._finish(planned, cell, planned.seconds)

    def _finish(self, planned: Planned, cell: Cell, seconds: float) -> None:
        """Put a cell into the file, and the file on disk."""
        others = tuple(each for each in self.file.cells if cell_id(each) != planned.id)
        self.file = msgspec.structs.replace(self.file, cells=(*others, cell))
        results.write(self.file, self._target)
        self._observer.finished(cell)
        self._observer.done(seconds)


def _prepare_seconds(planned: Planned) -> float:
    """Return about how long making the artefact takes; an original is there."""
    if planned.variant.quantiser is None:
        return 0.0
    return _PREPARE_SECONDS.get(planned.variant.method, _OTHER_PREPARE_SECONDS)


def _is_open(planned: Planned, model: str) -> bool:
    return planned.cell.model == model and planned.cell.state is State.PENDING


def _what_changes_an_artefact(subject: Subject) -> dict[str, object]:
    """Return what, beside model, recipe and samples, the calibration depends on."""
    model = subject.model
    wanted = {name: getattr(model, name) for name in ("inputs", "shape", "batch", "metrics")}
    wanted["postprocess"] = model.postprocess
    wanted["output"] = model.output
    return {name: msgspec.to_builtins(value) for name, value in wanted.items()}


def _looked_at(samples: int, recipe: Recipe) -> int:
    subset = recipe.options.get("subset_size")
    return min(samples, subset) if isinstance(subset, int) else samples


def _measure(planned: Planned, subject: Subject, found: Inspected, kept: Kept) -> Measure:
    cell, how = planned.cell, planned.how
    feeds = found.feeds[cell.batch]
    shapes = {
        name: tuple(size for size in shape if size is not None)
        for name, shape in feeds.shapes.items()
    }
    timed = (
        {"seconds": how.seconds, "warmup_seconds": how.warmup_seconds}
        if isinstance(how, Latency | Throughput)
        else {}
    )
    return Measure(
        subject=subject,
        scenario=cell.scenario,
        engine=cell.runtime,
        device=cell.device,
        precision=cell.precision,
        artefact=kept.path,
        baseline=found.files[0] if cell.scenario is Scenario.ACCURACY else None,
        feeds=feeds.path,
        shapes=shapes if feeds.static else {},
        batch=cell.batch,
        cores=platform.usable_cores(),
        streams=cell.load.streams,
        requests=cell.load.requests,
        min_requests=how.min_requests if isinstance(how, Latency) else 1,
        options=planned.runtime.options,
        **timed,
    )


def _values(planned: Planned, measured: Measured, kept: Kept) -> dict[str, Value]:
    """Return the measured values; with the size of the artefact in the latency cell."""
    if planned.cell.scenario is not Scenario.LATENCY:
        return measured.values
    size = Value(value=kept.bytes / 2**20, unit="MiB", n=1)
    return {**measured.values, "size": size}
