"""What a suite comes to on this machine: a list of cells, each of which will get a state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from benchfolio.results import Cell, Load, Scenario, State, cell_id, load_name, parse_load
from benchfolio.runner import loadgen, topology
from benchfolio.runner.engines.base import Device
from benchfolio.runner.suite import (
    Accuracy,
    How,
    Latency,
    LoadGen,
    Runtime,
    Suite,
    Throughput,
    Variant,
)

_START_SECONDS = 1.2
_ACCURACY_SECONDS = 3.0
_ORIGINAL = "original"


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A cell to be measured.

    Attributes:
        cell: As it stands in the result file; pending, or skipped with its reason.
        variant: As the suite describes it.
        runtime: As the suite describes it.
        how: Settings of its scenario.
        places: Processors that each instance is bound to; none where it is one that may use all.
    """

    cell: Cell
    variant: Variant
    runtime: Runtime
    how: How
    places: tuple[tuple[int, ...], ...] = ()

    @property
    def id(self) -> str:
        """The cell's id, as people type it."""
        return cell_id(self.cell)

    @property
    def is_original(self) -> bool:
        """Whether others are compared with it."""
        return self.variant.method == _ORIGINAL and self.variant.precision == "FP32"

    @property
    def race(self) -> str | None:
        """The race that it takes part in: model, device, scenario and load; none if it has none.

        Runtimes that compute on the same processors race each other.
        """
        if not isinstance(self.how, Latency | Throughput):
            return None
        cell = self.cell
        device = cell.device.removesuffix("ExecutionProvider")
        load = load_name(cell.load, cell.batch)
        # Ids are at most 128 characters; the end is what tells races of a model apart.
        name = f"{cell.model[:64]}@{device}@{cell.scenario.value}@{load}"
        return re.sub(r"[^A-Za-z0-9._+@-]", "-", name)[:128]

    @property
    def seconds(self) -> float:
        """About how long it will take, but for the rounds of its race."""
        if isinstance(self.how, Accuracy):
            return _ACCURACY_SECONDS
        return self.how.warmup_seconds + _START_SECONDS


def compared_with(planned: Planned, among: Sequence[Planned]) -> Planned | None:
    """Return the FP32 original that differs in nothing but precision and recipe."""
    if planned.is_original:
        return None
    key = _but_format(planned)
    return next((each for each in among if each.is_original and _but_format(each) == key), None)


def _but_format(planned: Planned) -> tuple[object, ...]:
    cell = planned.cell
    return (cell.model, cell.scenario, cell.runtime, cell.device, cell.batch, cell.load)


def plan(
    suite: Suite,
    devices: Mapping[str, Sequence[Device]],
    *,
    cores: int | None = None,
    sockets: int | None = None,
    there: Sequence[topology.Core] = (),
) -> tuple[Planned, ...]:
    """Return the cells of a suite in its order: model, variant, runtime, device, scenario, load.

    Args:
        suite: What shall be measured.
        devices: What is present, by runtime. A runtime that is not installed is absent: its cells
            are planned and skipped.
        cores: Cores that one instance uses.
        sockets: Sockets they are on.
        there: The cores, for load configurations that bind instances to them.
    """
    machine = Load(cores_per_instance=cores, sockets=sockets)
    return tuple(
        _planned(suite, (model, variant, runtime, device, scenario), load, runtime in devices)
        for model in suite.models
        for variant in suite.variants_of(model)
        for runtime in suite.runtimes_of(variant)
        for device in _devices(suite.runtimes[runtime], devices.get(runtime, ()))
        for scenario, how in suite.scenarios_of(model).items()
        for load in _loads(how, machine, device, there)
    )


def _devices(runtime: Runtime, present: Sequence[Device]) -> Iterator[str]:
    """Yield the devices that are required, then those optional ones that are there."""
    yield from runtime.devices
    found = {device.id for device in present} | {device.id.split(".")[0] for device in present}
    for name in runtime.optional_devices:
        if name in found and name not in runtime.devices:
            yield name


class _Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A load configuration on this machine, or why it is not possible here."""

    load: Load
    batch: int
    places: tuple[tuple[int, ...], ...] = ()
    refusal: str | None = None


def _loads(
    how: How, machine: Load, device: str, there: Sequence[topology.Core]
) -> Iterator[_Placed]:
    """Yield the load configurations of a scenario; cores are bound on CPUs only."""
    named = how.loads if isinstance(how, Latency | Throughput) else ("auto",)
    known = set()
    for name in sorted(named, key=lambda each: each == "auto"):  # a bound one wins
        placed = _auto(how, machine, device) if name == "auto" else _bound(name, there)
        id_ = load_name(placed.load, placed.batch)
        if id_ not in known and (name == "auto" or device.startswith("CPU")):
            known.add(id_)
            yield placed


def _auto(how: How, machine: Load, device: str) -> _Placed:
    """Return one instance; an accelerator depends on no cores, an accuracy on nothing."""
    timed = not isinstance(how, Accuracy)
    load = machine if timed and device.startswith("CPU") else Load()
    if isinstance(how, Throughput):
        load = msgspec.structs.replace(
            load,
            streams=how.streams if isinstance(how.streams, int) else None,
            requests=how.requests if isinstance(how.requests, int) else None,
        )
    return _Placed(load=load, batch=how.batch)


def _bound(name: str, there: Sequence[topology.Core]) -> _Placed:
    load, batch = parse_load(name)
    try:
        return _Placed(load=load, batch=batch, places=topology.places(load, there))
    except ValueError as error:
        return _Placed(load=load, batch=batch, refusal=str(error))


def _planned(
    suite: Suite,
    what: tuple[str, str, str, str, Scenario],
    placed: _Placed,
    installed: bool,
) -> Planned:
    model, variant, runtime, device, scenario = what
    how = suite.scenarios_of(model)[scenario]
    state, reason = _state(suite, model, runtime, placed, installed=installed)
    if state is State.PENDING and isinstance(how, LoadGen) and loadgen.version() is None:
        state, reason = State.SKIPPED, f"MLPerf LoadGen is not installed: {loadgen.REMEDY}"
    cell = Cell(
        model=model,
        scenario=scenario,
        precision=suite.variants[variant].precision,
        recipe=variant,
        runtime=runtime,
        device=device,
        dataset=suite.models[model].dataset,
        batch=placed.batch,
        load=placed.load,
        state=state,
        reason=reason,
    )
    return Planned(
        cell=cell,
        variant=suite.variants[variant],
        runtime=suite.runtimes[runtime],
        how=how,
        places=placed.places,
    )


def _state(
    suite: Suite, model: str, runtime: str, placed: _Placed, *, installed: bool
) -> tuple[State, str | None]:
    if not installed:
        return State.SKIPPED, f"{runtime} is not installed: pip install 'benchfolio[{runtime}]'"
    if placed.batch > 1 and not suite.models[model].batch:
        return State.SKIPPED, f"the model has no batch axis, so there is no batch of {placed.batch}"
    if placed.refusal is not None:
        name = load_name(placed.load, placed.batch)
        return State.UNSUPPORTED, f"{name} cannot run here: {placed.refusal}"
    return State.PENDING, None
