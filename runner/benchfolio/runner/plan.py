"""What a suite comes to on this machine: a list of cells, each of which will get a state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from benchfolio.results import Cell, Load, Scenario, State, cell_id
from benchfolio.runner.engines.base import Device
from benchfolio.runner.suite import Accuracy, Latency, Runtime, Suite, Throughput, Variant

_OVERHEAD_SECONDS = 1.2
_ACCURACY_SECONDS = 3.0


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A cell to be measured.

    Attributes:
        cell: As it stands in the result file; pending, or skipped with its reason.
        variant: As the suite describes it.
        runtime: As the suite describes it.
        how: Settings of its scenario.
    """

    cell: Cell
    variant: Variant
    runtime: Runtime
    how: Accuracy | Latency | Throughput

    @property
    def id(self) -> str:
        """The cell's id, as people type it."""
        return cell_id(self.cell)

    @property
    def seconds(self) -> float:
        """About how long it will take."""
        if isinstance(self.how, Accuracy):
            return _ACCURACY_SECONDS
        return self.how.seconds + self.how.warmup_seconds + _OVERHEAD_SECONDS


def plan(
    suite: Suite,
    devices: Mapping[str, Sequence[Device]],
    *,
    cores: int | None = None,
    sockets: int | None = None,
) -> tuple[Planned, ...]:
    """Return the cells of a suite in its order: model, variant, runtime, device, scenario.

    Args:
        suite: What shall be measured.
        devices: What is present, by runtime. A runtime that is not installed is absent: its cells
            are planned and skipped.
        cores: Cores that one instance uses.
        sockets: Sockets they are on.
    """
    load = Load(cores_per_instance=cores, sockets=sockets)
    return tuple(
        _planned(suite, model, variant, runtime, device, scenario, load, runtime in devices)
        for model in suite.models
        for variant in suite.variants_of(model)
        for runtime in suite.runtimes_of(variant)
        for device in _devices(suite.runtimes[runtime], devices.get(runtime, ()))
        for scenario in suite.scenarios_of(model)
    )


def _devices(runtime: Runtime, present: Sequence[Device]) -> Iterator[str]:
    """Yield the devices that are required, then those optional ones that are there."""
    yield from runtime.devices
    found = {device.id for device in present} | {device.id.split(".")[0] for device in present}
    for name in runtime.optional_devices:
        if name in found and name not in runtime.devices:
            yield name


def _planned(
    suite: Suite,
    model: str,
    variant: str,
    runtime: str,
    device: str,
    scenario: Scenario,
    load: Load,
    installed: bool,
) -> Planned:
    how = suite.scenarios_of(model)[scenario]
    state, reason = _state(suite, model, runtime, how.batch, installed=installed)
    cell = Cell(
        model=model,
        scenario=scenario,
        precision=suite.variants[variant].precision,
        recipe=variant,
        runtime=runtime,
        device=device,
        dataset=suite.models[model].dataset,
        batch=how.batch,
        load=_load(how, load, device),
        state=state,
        reason=reason,
    )
    return Planned(
        cell=cell, variant=suite.variants[variant], runtime=suite.runtimes[runtime], how=how
    )


def _state(
    suite: Suite, model: str, runtime: str, batch: int, *, installed: bool
) -> tuple[State, str | None]:
    if not installed:
        return State.SKIPPED, f"{runtime} is not installed: pip install 'benchfolio[{runtime}]'"
    if batch > 1 and not suite.models[model].batch:
        return State.SKIPPED, f"the model has no batch axis, so there is no batch of {batch}"
    return State.PENDING, None


def _load(how: Accuracy | Latency | Throughput, machine: Load, device: str) -> Load:
    """Return the load; an accelerator's does not depend on the cores, an accuracy on nothing."""
    if isinstance(how, Accuracy):
        return Load()
    load = machine if device.startswith("CPU") else Load()
    if isinstance(how, Throughput):
        return msgspec.structs.replace(
            load,
            streams=how.streams if isinstance(how.streams, int) else None,
            requests=how.requests if isinstance(how.requests, int) else None,
        )
    return load
