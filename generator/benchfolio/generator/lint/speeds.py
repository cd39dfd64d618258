"""A rule about latencies and throughputs that cannot both be true."""

from __future__ import annotations

from collections.abc import Iterator

from benchfolio.generator.lint.model import Hit, Subject, at_cell
from benchfolio.generator.scenarios import OURS
from benchfolio.results import Cell, ResultFile

MARGIN = 4.0
"""How far a speed may be from what follows from another before it is called implausible."""


def speed(subject: Subject) -> Iterator[Hit]:
    """Latency and throughput cannot both be true.

    Why: rate × time is the number of requests in flight (Little's law), and no machine overlaps
    more requests than it was given. Seconds taken for milliseconds break this at once.

    Do: check units, batch and load of both; then measure again.
    """
    for name, file in subject.files:
        alone = {
            _format_key(cell): cell.values["latency@median"].value
            for cell in file.cells
            if "latency@median" in cell.values
            and "throughput" not in cell.values
            and cell.scenario.value in OURS
        }
        for index, cell in enumerate(file.cells):
            yield from _percentiles(name, file, index)
            throughput = cell.values.get("throughput")
            if throughput is None:
                continue
            own = cell.values.get("latency@median")
            if own is not None:
                yield from _in_flight(name, file, index, own.value, throughput.value)
            elif cell.scenario.value not in OURS:
                continue
            elif (latency := alone.get(_format_key(cell))) is not None:
                yield from _against_latency(name, file, index, latency, throughput.value)


def _format_key(cell: Cell) -> tuple[str, ...]:
    return (
        cell.model,
        cell.precision.value,
        cell.recipe,
        cell.runtime,
        cell.device,
        cell.form or "",
        cell.shape or "",
        str(cell.batch),
    )


def _requests(cell: Cell) -> int:
    return cell.load.requests or cell.load.instances * (cell.load.streams or 1)


def _percentiles(file_name: str, file: ResultFile, index: int) -> Iterator[Hit]:
    cell = file.cells[index]
    ranked = ("median", "p90", "p95", "p99", "p99.9")
    names = [n for n in ranked if f"latency@{n}" in cell.values]
    values = [cell.values[f"latency@{name}"].value for name in names]
    if any(value <= 0 for value in values) or values != sorted(values):
        yield at_cell(
            file_name,
            file,
            index,
            "latency percentiles are not positive and in order",
            part=".values",
            expected="0 < median ≤ p90 ≤ p95 ≤ p99 ≤ p99.9",
            got=", ".join(f"{n} {value:g}" for n, value in zip(names, values, strict=True)),
            remedy="check units and how the percentiles were computed",
        )


def _in_flight(
    name: str, file: ResultFile, index: int, latency: float, throughput: float
) -> Iterator[Hit]:
    cell = file.cells[index]
    flying = throughput * latency / 1000 / cell.batch
    if flying > MARGIN * _requests(cell):
        yield at_cell(
            name,
            file,
            index,
            "throughput and latency cannot both be true for this batch and load",
            part=".values",
            expected=f"at most about {_requests(cell)} requests in flight (Little's law)",
            got=f"{throughput:g}/s × {latency:g} ms / batch {cell.batch} = {flying:.3g}",
            remedy="check units (s or ms), batch and load",
        )


def _against_latency(
    name: str, file: ResultFile, index: int, latency: float, throughput: float
) -> Iterator[Hit]:
    """Check throughput against one request at a time: no machine overlaps more than it has."""
    if latency <= 0:
        return
    cell = file.cells[index]
    workers = max(file.platform.processor.threads or 256, _requests(cell))
    overlap = throughput * latency / 1000 / cell.batch
    if not 1 / (MARGIN * workers) <= overlap <= MARGIN * workers:
        yield at_cell(
            name,
            file,
            index,
            "throughput is implausible beside the latency of one request at a time",
            part=".values",
            expected=f"{cell.batch} / latency, within a factor of {MARGIN * workers:g}",
            got=f"{throughput:g}/s beside {latency:g} ms: {overlap:.3g} times",
            remedy="check units (s or ms), batch and load of both",
        )
