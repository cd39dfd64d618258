"""Rules about machines: one that disagrees with all others, loads that do not fit a processor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchfolio.generator.lint.facts import cores_per_socket, sibling
from benchfolio.generator.lint.model import Hit, Place, Subject, at_cell, cells_of
from benchfolio.results import METRICS, Cell, Kind, Load, Problem, ResultFile, load_name

POINTS = 1.0
"""Platforms may differ by as much as this without a word: numerics are never quite the same."""

APART = 10.0
"""One platform disagrees if it is this many times farther away than the others are apart."""

FEW = 3


@dataclass(frozen=True, slots=True)
class _One:
    """A quality, or a loss of it, on one platform."""

    name: str
    file: ResultFile
    index: int
    value: float
    half: float
    printed: str


def platform(subject: Subject) -> Iterator[Hit]:
    """One platform disagrees with all others about the same model.

    Why: it may be a typing error, or the truth: processors without VNNI saturate in 8-bit products
    of some models, and the loss is real. Either way readers need a word about it.

    Do: measure again on that platform; if it stays, say why beside the table, or mute this.
    """
    groups: dict[tuple[str, ...], list[_One]] = {}
    for name, file, index in cells_of(subject):
        for key, one in _qualities(name, file, index):
            groups.setdefault(key, []).append(one)
    for (*_, what), found in groups.items():
        platforms = {one.file.platform.id for one in found}
        if len(found) >= FEW and len(platforms) == len(found):
            yield from _odd_one(what, found)


def _qualities(name: str, file: ResultFile, index: int) -> Iterator[tuple[tuple[str, ...], _One]]:
    cell = file.cells[index]
    for metric, value in cell.values.items():
        known = file.metrics.get(metric) or METRICS[metric]
        if known.kind is Kind.QUALITY and known.unit == "%":
            scale = 100.0 if value.unit == "1" else 1.0
            interval = value.interval
            half = (interval.high - interval.low) / 2 if interval else 0.0
            text = value.printed or f"{value.value:g} {value.unit}"
            yield (
                (*_key(file, cell), metric),
                _One(name, file, index, value.value * scale, half * scale, text),
            )
    for claim in cell.claims:
        if claim.figure in ("drop", "change") and claim.unit == "%":
            key = (*_key(file, cell), f"{claim.figure} of {claim.metric}")
            yield key, _One(name, file, index, claim.value, 0.0, claim.printed)


def _key(file: ResultFile, cell: Cell) -> tuple[str, ...]:
    """Return what must be the same for platforms to agree; the device may be another."""
    return (
        file.release,
        cell.model,
        cell.task or "",
        cell.dataset or "",
        cell.form or "",
        cell.scenario.value,
        cell.precision.value,
        cell.recipe,
        cell.runtime,
        cell.shape or "",
        load_name(cell.load, cell.batch),
    )


def _odd_one(what: str, found: list[_One]) -> Iterator[Hit]:
    """Yield the one that is far from all others, which are close to each other."""
    ranked = sorted(found, key=lambda one: one.value)
    for odd, others in ((ranked[0], ranked[1:]), (ranked[-1], ranked[:-1])):
        spread = others[-1].value - others[0].value
        gap = min(abs(odd.value - one.value) for one in others)
        if gap > max(POINTS, APART * spread, odd.half + max(one.half for one in others)):
            low, high = others[0], others[-1]
            said = (
                low.printed if low.printed == high.printed else f"{low.printed} to {high.printed}"
            )
            yield at_cell(
                odd.name,
                odd.file,
                odd.index,
                f"{what} on {odd.file.platform.label} disagrees with all other platforms",
                part=".values",
                expected=f"{said}, as on {len(others)} other platforms",
                got=odd.printed,
                remedy="measure again; if it stays, say why beside the table",
            )
            return


def load(subject: Subject) -> Iterator[Hit]:
    """A load asks for more cores than the processor has.

    Why: instances that share cores slow one another down, or another processor was meant.

    Do: check the name of the processor and the load.
    """
    for one in _loads(subject):
        if one.needed > one.cores:
            yield one.hit("the load asks for more cores than there are")


def idle_cores(subject: Subject) -> Iterator[Hit]:
    """A published load leaves cores idle of the processor that is named.

    Why: a load that fills another processor of the family exactly is a sign, though no proof, that
    the wrong one is named.

    Do: check which processor it was; state processor and load on the page.
    """
    for one in _loads(subject):
        several = one.cell.load.instances > 1 and one.file.origin.kind == "transcribed"
        if one.needed < one.cores and several:
            yield one.hit("the load does not fill the processor that is named")


@dataclass(frozen=True, slots=True)
class _Offered:
    """A load of a file: the first cell with it, the cores it asks for and those there are."""

    name: str
    file: ResultFile
    cell: Cell
    needed: int
    cores: int

    def hit(self, what: str) -> Hit:
        """Report that the two do not fit."""
        load, processor = self.cell.load, self.file.platform.processor.name or "the processor"
        filled = sibling(processor, self.needed // (load.sockets or 1))
        return Hit(
            Place(self.name),
            Problem(
                where=self.name,
                what=what,
                expected=f"{self.cores} cores of {processor}",
                got=f"{load_name(load, self.cell.batch)}: {load.instances} × "
                f"{load.cores_per_instance} = {self.needed} cores"
                + (f", as many as a {filled} has" if filled else ""),
                remedy="check which processor it was, and state processor and load on the page",
            ),
        )


def _loads(subject: Subject) -> Iterator[_Offered]:
    """Yield every load once a file."""
    for name, file in subject.files:
        seen: dict[Load, Cell] = {}
        for cell in file.cells:
            seen.setdefault(cell.load, cell)
        for offered, cell in seen.items():
            cores, each = _cores(file, offered), offered.cores_per_instance
            if cores is not None and each is not None:
                yield _Offered(name, file, cell, offered.instances * each, cores)


def _cores(file: ResultFile, load: Load) -> int | None:
    """Return the physical cores that a load may use: of the sockets it names, or of all."""
    processor = file.platform.processor
    sockets = processor.sockets or 1
    if processor.cores is not None:
        per_socket = processor.cores / sockets
        return int(per_socket * min(load.sockets or sockets, sockets))
    known = cores_per_socket(processor.name or "")
    return None if known is None or load.sockets is None else known * load.sockets
