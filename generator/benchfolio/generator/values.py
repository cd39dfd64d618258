"""One value for running text, named by a selector."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import CELL_FIELDS
from benchfolio.generator.entries import (
    Number,
    Shown,
    derived_number,
    lone,
    measured_number,
    refused,
    state_entry,
)
from benchfolio.generator.formatting import clean, listing
from benchfolio.generator.measured import Measured
from benchfolio.generator.quality import QUALITY, primary_quality
from benchfolio.generator.scenarios import OURS
from benchfolio.generator.view import Entry
from benchfolio.results import Problem, WrongUsage

DERIVED = ("drop", "gain", "change", "relative-change")
_FIELDS = tuple(name for name in CELL_FIELDS if name not in ("date", "reason", "note", "command"))
_OWN = ("metric", "derive", "of")


def value(collection: Collection, selector: str) -> Entry:
    """Return one value with its unit, as text can carry it.

    Args:
        collection: The results.
        selector: ``field=value`` pairs that select one cell, ``metric=`` (or ``quality``), and
            maybe ``derive=`` or ``of=baseline``; ``release=`` when not the newest.

    Raises:
        WrongUsage: The selector cannot be read, or selects nothing, or several cells; the
            message names the candidates.
    """
    wanted = _parse(selector)
    metric = wanted.pop("metric", "")
    derive, of = wanted.pop("derive", ""), wanted.pop("of", "candidate")
    _check(selector, metric, derive, of)
    cells = collection.select(
        {name: [text] for name, text in wanted.items()}, releases=_releases(wanted)
    )
    metric = _metric(collection, metric, cells)
    cells = _that_measure(collection, metric, cells)
    if "scenario" not in wanted:
        cells = _ours_first(collection, cells)
    if not cells:
        raise _wrong(selector, "selects nothing", _nearest(collection, wanted))
    if len(cells) > 1:
        raise _wrong(selector, f"selects {len(cells)} cells", _candidates(collection, cells))
    return _entry(collection, metric, cells[0], derive, of)


def _releases(wanted: Mapping[str, str]) -> str:
    return "all" if "release" in wanted else "newest"


def _parse(selector: str) -> dict[str, str]:
    try:
        words = shlex.split(selector)
    except ValueError as error:
        raise _wrong(selector, "cannot be read", f"{error}; quote values with blanks") from error
    pairs = [word.partition("=") for word in words]
    known = (*_FIELDS, *_OWN)
    bad = [name for name, equals, _ in pairs if not equals or name not in known]
    if bad or not pairs:
        told = ", ".join(bad) or "nothing"
        raise _wrong(selector, f"holds {told}", f"name=value with one of {', '.join(known)}")
    return {name: text for name, _, text in pairs}


def _check(selector: str, metric: str, derive: str, of: str) -> None:
    if not metric:
        raise _wrong(selector, "names no metric", "add metric=throughput or the like")
    if derive and derive not in DERIVED:
        raise _wrong(selector, f"derives {derive!r}", f"derive is one of {', '.join(DERIVED)}")
    if of not in ("candidate", "baseline"):
        raise _wrong(selector, f"asks for {of!r}", "of is candidate or baseline")


def _metric(collection: Collection, metric: str, cells: Sequence[int]) -> str:
    if metric != QUALITY or not cells:
        return metric
    limit = collection.limit(cells[0])
    model = collection.column("model", cells[:1])[0]
    return primary_quality(collection, model, limit.metric if limit else None) or metric


def _that_measure(collection: Collection, metric: str, cells: Sequence[int]) -> list[int]:
    """Keep the cells that have the metric, or that would have it had they been ok."""
    measured = collection.measured(metric, cells)
    if measured:
        return sorted(measured)
    scenarios = collection.scenarios_of(metric)
    columns = (collection.column(name, cells) for name in ("scenario", "state"))
    return [
        cell
        for cell, scenario, state in zip(cells, *columns, strict=True)
        if scenario in scenarios and state != "ok"
    ]


def _ours_first(collection: Collection, cells: list[int]) -> list[int]:
    """Leave out what follows MLPerf's rules, unless nothing else has the value."""
    scenarios = collection.column("scenario", cells)
    ours = [cell for cell, name in zip(cells, scenarios, strict=True) if name in OURS]
    return ours or cells


def _entry(collection: Collection, metric: str, cell: int, derive: str, of: str) -> Entry:
    found = collection.measured(metric, [cell])
    if not found:
        state, reason = (collection.column(name, [cell])[0] for name in ("state", "reason"))
        return state_entry([state], [reason])
    shown = _shown(collection, found[cell], derive, of)
    if isinstance(shown, Number):
        return lone(shown)
    return shown


def _shown(collection: Collection, found: Measured, derive: str, of: str) -> Shown:
    if derive:
        return derived_number(collection, found, derive)
    if of == "candidate":
        return measured_number(collection, found)
    base = collection.measured(found.metric, [found.baseline]) if found.baseline >= 0 else {}
    return measured_number(collection, base[found.baseline]) if base else refused(collection, found)


def _nearest(collection: Collection, wanted: Mapping[str, str]) -> str:
    """Name the first field that nothing matches, with what there is."""
    accepted: dict[str, list[str]] = {}
    for name, text in wanted.items():
        before = collection.select(accepted, releases=_releases(wanted))
        accepted[name] = [text]
        if not collection.select(accepted, releases=_releases(wanted)):
            there = sorted({clean(str(found)) for found in collection.column(name, before)} - {""})
            return f"{name} {text!r} is not there; there is {listing(there, most=8) or 'nothing'}"
    return "no cell that matches has the metric"


def _candidates(collection: Collection, cells: Sequence[int]) -> str:
    """Name the fields that would tell the cells apart."""
    told = []
    for name in _FIELDS:
        if name in (
            "artefact",
            "format",
            "method",
            "state",
            "origin",
            "publication",
            "evidence",
            "compared",
        ):
            continue
        there = sorted({clean(str(found)) for found in collection.column(name, cells)})
        if len(there) > 1:
            told.append(f"{name}: {listing(there, most=8)}")
    return "say which " + "; ".join(told)


def _wrong(selector: str, what: str, remedy: str) -> WrongUsage:
    return WrongUsage(
        Problem(
            where="selector",
            what=what,
            expected="name=value pairs that select one value",
            got=clean(selector)[:200],
            remedy=remedy,
        )
    )
