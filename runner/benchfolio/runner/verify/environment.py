"""What figures depend on beside the cell's own key: two sides that differ in it say nothing."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from benchfolio.results import (
    Artefact,
    Cell,
    Platform,
    ResultFile,
    Scenario,
    load_name,
)
from benchfolio.runner import engines, quantisers
from benchfolio.runner.suite import Scalar
from benchfolio.runner.verify.side import Side

_DECIDING = frozenset(
    {
        "enable_cpu_pinning",
        "enable_hyper_threading",
        "execution_devices",
        "execution_mode",
        "execution_mode_hint",
        "execution_providers",
        "graph_optimization_level",
        "inference_num_threads",
        "inference_precision_hint",
        "instances",
        "inter_op_num_threads",
        "intra_op_num_threads",
        "num_streams",
        "performance_hint",
        "requests",
        "scheduling_core_type",
        "timed_region",
    }
)
"""Settings that decide about speed; others are observations, as how busy processors were."""
_RACED = frozenset({Scenario.LATENCY, Scenario.THROUGHPUT})


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Something in which record and repetition differ, so that their figures may too.

    Attributes:
        what: As ``processor``.
        recorded: In the record.
        here: On this machine.
        note: What that means, where it is not plain.
    """

    what: str
    recorded: str
    here: str
    note: str = ""


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What is known before anything is measured; ``None`` and empty is what is not told.

    Attributes:
        processor: Its name.
        isa: Instruction sets that matter to inference.
        accelerators: Names, where the cell's device is none of the processor.
        engine: Version of the runtime.
        tool: Version of the quantiser.
    """

    processor: str | None
    isa: tuple[str, ...]
    accelerators: tuple[str, ...]
    engine: str | None
    tool: str | None


def recorded_environment(side: Side) -> Environment:
    """Return what a file says."""
    return _environment(
        side.file.platform,
        side.cell,
        side.cell.runtime_version,
        side.file.recipes[side.cell.recipe].tool_version,
    )


def environment_here(side: Side, here: Platform) -> Environment:
    """Return what would be said of this machine if a cell were measured now."""
    tool = side.file.recipes[side.cell.recipe].tool
    return _environment(here, side.cell, _engine_here(side.cell.runtime), _tool_here(tool))


def _environment(
    platform: Platform, cell: Cell, engine: str | None, tool: str | None
) -> Environment:
    names = () if cell.device.startswith("CPU") else platform.accelerators
    return Environment(
        processor=platform.processor.name,
        isa=tuple(sorted(platform.processor.isa)),
        accelerators=tuple(sorted(each.name for each in names)),
        engine=engine,
        tool=tool,
    )


def _engine_here(runtime: str) -> str | None:
    return engines.version(runtime) if runtime in engines.ENGINES else None


def _tool_here(tool: str | None) -> str | None:
    if tool is None or tool not in quantisers.QUANTISERS:
        return None
    package = quantisers.find(tool).packages()[0]
    return quantisers.versions(tool).get(package)


def differing(
    side: Side, recorded: Environment, here: Environment, *, measured: bool = False
) -> Iterator[Difference]:
    """Yield in what two environments differ; what the record does not tell is not held against it.

    Args:
        side: The recorded cell.
        recorded: Its environment.
        here: The other one.
        measured: Whether a quantiser that is not here was not needed after all.
    """
    tool = side.file.recipes[side.cell.recipe].tool
    rows: list[tuple[str, str | None, str | None]] = [
        ("processor", recorded.processor, here.processor),
        ("instruction sets", *_unlike(recorded.isa, here.isa)),
        ("accelerators", " ".join(recorded.accelerators), " ".join(here.accelerators)),
        (f"version of {side.cell.runtime}", recorded.engine, here.engine),
        (f"version of {tool}", recorded.tool, here.tool),
    ]
    for what, before, after in rows:
        if before and before != after and (after or not measured):
            yield Difference(what=what, recorded=before, here=after or "not installed")


def _unlike(recorded: tuple[str, ...], here: tuple[str, ...]) -> tuple[str, str]:
    """Return the instruction sets that only one of both has."""
    if not recorded or not here or recorded == here:
        return "", ""
    only = [sorted({*one} - {*other}) for one, other in ((recorded, here), (here, recorded))]
    before, after = (f"also {' '.join(each)}" if each else "nothing more" for each in only)
    return before, after


def differences(recorded: Side, here: Side) -> list[Difference]:
    """Return everything in which record and repetition differ beside their figures."""
    environments = recorded_environment(recorded), recorded_environment(here)
    found = list(differing(recorded, *environments, measured=True))
    found += _inputs(recorded, here)
    found += _artefacts(recorded, here, *environments)
    if recorded.baseline is not None and here.baseline is None:
        found.append(Difference(what="baseline", recorded="ok", here="came to no figure"))
    return found


def _inputs(recorded: Side, here: Side) -> Iterator[Difference]:
    """Yield differences in data, load, shapes and the engine's settings."""
    before, after = recorded.cell, here.cell
    yield from _row("data", _samples(recorded.file, before), _samples(here.file, after))
    names = load_name(before.load, before.batch), load_name(after.load, after.batch)
    yield from _row("load", *names)
    yield from _row("input shapes", before.shape, after.shape)
    if before.scenario in _RACED:
        for name in sorted({*before.settings, *after.settings} & _DECIDING):
            values = _told(before.settings, name), _told(after.settings, name)
            yield from _row(f"setting {name}", *values)


def _row(what: str, recorded: str | None, here: str | None) -> Iterator[Difference]:
    if recorded is not None and here is not None and recorded != here:
        yield Difference(what=what, recorded=recorded, here=here)


def _told(settings: dict[str, Scalar], name: str) -> str:
    return str(settings[name]) if name in settings else "not set"


def _samples(file: ResultFile, cell: Cell) -> str | None:
    """Return what tells a data set's samples from others."""
    dataset = file.datasets.get(cell.dataset or "")
    if dataset is None or dataset.sha256 is None:
        return None
    return f"{dataset.samples or '?'} samples, sha256 {dataset.sha256[:12]}"


def _artefacts(
    recorded: Side, here: Side, before: Environment, after: Environment
) -> Iterator[Difference]:
    """Yield differences in the very files that ran, the cell's own and its baseline's."""
    pairs = [("artefact", recorded.cell, here.cell)]
    if recorded.baseline is not None and here.baseline is not None:
        pairs.append(("model", recorded.baseline, here.baseline))
    for what, one, other in pairs:
        files = _artefact(recorded.file, one), _artefact(here.file, other)
        if files[0] is None or files[1] is None or files[0].sha256 == files[1].sha256:
            continue
        original = recorded.file.recipes[one.recipe].tool is None
        yield Difference(
            what="model" if original else what,
            recorded=f"sha256 {(files[0].sha256 or '')[:12]}",
            here=f"sha256 {(files[1].sha256 or '')[:12]}",
            note="" if original else _why_another(before, after),
        )


def _artefact(file: ResultFile, cell: Cell) -> Artefact | None:
    found = file.artefacts.get(cell.artefact or "")
    return found if found is not None and found.sha256 is not None else None


def _why_another(before: Environment, after: Environment) -> str:
    """Say what may have made another artefact of the same model."""
    if (before.engine, before.tool) != (after.engine, after.tool):
        return "made by other versions"
    if (before.processor, before.isa) != (after.processor, after.isa):
        return "made by the same versions on another processor, which may round otherwise"
    return "made by the same versions on the same processor: model, data or options are others"
