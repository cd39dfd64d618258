"""Rules that find what is wrong in valid data: each a small function with a name.

A rule yields problems; its severity says whether they fail a check. On data that is right,
every rule is silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.formatting import listing
from benchfolio.generator.merge import merge
from benchfolio.results import Cell, Problem, ResultFile, State

MARGIN = 4.0
"""How far a speed may be from what follows from another before it is called implausible."""


class Severity(StrEnum):
    """What a finding does to a check: errors fail it, warnings only under ``--strict``."""

    ERROR = "error"
    WARNING = "warning"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a rule found."""

    rule: str
    severity: Severity
    problem: Problem


class Subject(msgspec.Struct, frozen=True):
    """What rules look at.

    Attributes:
        files: Valid result files with their names.
        problems: What is wrong with the others.
        collection: The files merged.
    """

    files: tuple[tuple[str, ResultFile], ...]
    problems: tuple[Problem, ...]
    collection: Collection


Find = Callable[[Subject], Iterable[Problem]]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule.

    Attributes:
        name: As findings and settings call it.
        doc: What it finds, in one sentence.
    """

    name: str
    severity: Severity
    doc: str
    find: Find


def examine(
    files: Iterable[tuple[str, ResultFile]],
    problems: Iterable[Problem] = (),
    *,
    rules: Mapping[str, Rule] | None = None,
) -> tuple[Finding, ...]:
    """Run rules over files.

    Args:
        files: Valid result files with their names.
        problems: What was wrong with others when they were read.
        rules: Rules by name; all when left out.

    Returns:
        Findings, sorted by place.
    """
    known = tuple(files)
    subject = Subject(known, tuple(problems), merge(known))
    found = [
        Finding(rule=rule.name, severity=rule.severity, problem=problem)
        for rule in (RULES if rules is None else rules).values()
        for problem in rule.find(subject)
    ]
    return tuple(sorted(found, key=lambda one: (one.problem, one.rule)))


def _contract(subject: Subject) -> Iterable[Problem]:
    return subject.problems


def _misplaced(subject: Subject) -> Iterator[Problem]:
    for name, file in subject.files:
        parts = name.split("/")
        expected = [file.release, f"{file.platform.id}.json"]
        if len(parts) > 1 and parts[-2:] != expected:
            yield Problem(
                where=f"{name}: $.release, $.platform.id",
                what="the file's place does not match what it says",
                expected="/".join(expected),
                got="/".join(parts[-2:]),
                remedy="rename the file, or correct the release or platform in it",
            )


def _conflict(subject: Subject) -> Iterable[Problem]:
    return subject.collection.findings


def _pending(subject: Subject) -> Iterator[Problem]:
    for name, file in subject.files:
        at = [index for index, cell in enumerate(file.cells) if cell.state is State.PENDING]
        if at and file.origin.kind != "transcribed":
            yield Problem(
                where=f"{name}: $.cells[{at[0]}].state",
                what=f"{len(at)} of {len(file.cells)} cells are pending",
                expected="every planned cell ended",
                got="pending",
                remedy="finish the run with: benchfolio run … --resume",
            )


def _spelling(subject: Subject) -> Iterator[Problem]:
    """Find ids that differ only in case or punctuation, and names of one id that do."""
    spellings = subject.collection.catalogue.spellings
    for kind in ("model", "platform"):
        mine = [spelling for spelling in spellings if spelling.kind == kind]
        ids: dict[str, dict[str, str]] = {}
        names: dict[str, dict[str, str]] = {}
        for spelling in mine:
            ids.setdefault(_bare(spelling.id), {}).setdefault(spelling.id, spelling.file)
            names.setdefault(spelling.id, {}).setdefault(spelling.name, spelling.file)
        for found in ids.values():
            if len(found) > 1:
                yield _several(f"one {kind} seems to have several ids", found)
        for found in names.values():
            if len(found) > 1:
                yield _several(f"one {kind} has several names", found)


def _several(what: str, found: Mapping[str, str]) -> Problem:
    spelled = sorted(found)
    return Problem(
        where=found[spelled[-1]],
        what=what,
        expected=f"one spelling, as {spelled[0]!r} in {found[spelled[0]]}",
        got=listing([repr(name) for name in spelled]),
        remedy="decide for one and use it in all files",
    )


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold()) or text


def _baseline(subject: Subject) -> Iterator[Problem]:
    """Find formats whose values have nothing to be compared with, once for each format.

    What a publication left out cannot be measured again: transcribed cells are not blamed.
    """
    collection = subject.collection
    kinds = [kind for kind in collection.texts("origin") if kind != "transcribed"]
    cells = collection.select({"state": ["ok"], "origin": kinds}, releases="all")
    names = ("file", "model", "precision", "recipe", "runtime", "scenario", "baseline")
    seen: set[tuple[object, ...]] = set()
    for row in zip(*(collection.column(name, cells) for name in names), strict=True):
        *key, baseline = row
        if baseline >= 0 or tuple(key) in seen:
            continue
        seen.add(tuple(key))
        file, model, precision, recipe, runtime, scenario = key
        yield Problem(
            where=collection.catalogue.files[file].name,
            what=f"{scenario} of {model} {precision} {recipe} on {runtime} has no baseline",
            expected="one FP32 original with everything else equal",
            got="several" if baseline == -2 else "none",
            remedy="add FP32 original to the suite, with the same load, batch, shape and versions",
        )


def _speed(subject: Subject) -> Iterator[Problem]:
    """Find latencies and throughputs that cannot both be true."""
    for name, file in subject.files:
        alone = {
            _format_key(cell): cell.values["latency@median"].value
            for cell in file.cells
            if "latency@median" in cell.values and "throughput" not in cell.values
        }
        for index, cell in enumerate(file.cells):
            at = f"{name}: $.cells[{index}].values"
            yield from _percentiles(cell, at)
            throughput = cell.values.get("throughput")
            if throughput is None:
                continue
            own = cell.values.get("latency@median")
            if own is not None:
                yield from _in_flight(cell, own.value, throughput.value, at)
            elif (latency := alone.get(_format_key(cell))) is not None:
                workers = max(file.platform.processor.threads or 256, _requests(cell))
                yield from _against_latency(cell, latency, throughput.value, workers, at)


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


def _percentiles(cell: Cell, at: str) -> Iterator[Problem]:
    names = [n for n in ("median", "p90", "p95", "p99") if f"latency@{n}" in cell.values]
    values = [cell.values[f"latency@{name}"].value for name in names]
    if any(value <= 0 for value in values) or values != sorted(values):
        yield Problem(
            where=at,
            what="latency percentiles are not positive and in order",
            expected="0 < median ≤ p90 ≤ p95 ≤ p99",
            got=", ".join(f"{n} {value:g}" for n, value in zip(names, values, strict=True)),
            remedy="check units and how the percentiles were computed",
        )


def _in_flight(cell: Cell, latency: float, throughput: float, at: str) -> Iterator[Problem]:
    """Check Little's law within one cell: rate × time is the number of requests in flight."""
    flying = throughput * latency / 1000 / cell.batch
    if flying > MARGIN * _requests(cell):
        yield Problem(
            where=at,
            what="throughput and latency cannot both be true for this batch and load",
            expected=f"at most about {_requests(cell)} requests in flight (Little's law)",
            got=f"{throughput:g}/s × {latency:g} ms / batch {cell.batch} = {flying:.3g}",
            remedy="check units (s or ms), batch and load",
        )


def _against_latency(
    cell: Cell, latency: float, throughput: float, workers: int, at: str
) -> Iterator[Problem]:
    """Check throughput against one request at a time: no machine overlaps more than it has."""
    if latency <= 0:
        return
    overlap = throughput * latency / 1000 / cell.batch
    if not 1 / (MARGIN * workers) <= overlap <= MARGIN * workers:
        yield Problem(
            where=at,
            what="throughput is implausible beside the latency of one request at a time",
            expected=f"{cell.batch} / latency, within a factor of {MARGIN * workers:g}",
            got=f"{throughput:g}/s beside {latency:g} ms: {overlap:.3g} times",
            remedy="check units (s or ms), batch and load of both",
        )


def _rules(*rules: tuple[str, Severity, Find, str]) -> Mapping[str, Rule]:
    return MappingProxyType(
        {
            name: Rule(name=name, severity=severity, doc=doc, find=find)
            for name, severity, find, doc in rules
        }
    )


RULES = _rules(
    ("contract", Severity.ERROR, _contract, "A file is not a valid result file."),
    ("misplaced", Severity.WARNING, _misplaced, "A file is not at RELEASE/PLATFORM.json."),
    ("conflict", Severity.WARNING, _conflict, "Two files have the same cell with other figures."),
    ("pending", Severity.WARNING, _pending, "Planned cells were not run."),
    ("spelling", Severity.WARNING, _spelling, "One model or platform is spelled in several ways."),
    ("baseline", Severity.WARNING, _baseline, "Results have no FP32 original to compare with."),
    ("speed", Severity.ERROR, _speed, "Latency and throughput cannot both be true."),
)
"""All rules by name."""
