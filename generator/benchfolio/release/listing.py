"""What reports list, and in which order: what fails first, what is as before not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from benchfolio.generator.comparison import BETTER, KINDS, NEW, SAME, WORSE
from benchfolio.generator.formatting import clean
from benchfolio.release.judgement import JudgedCell, Judgement, LimitState, Outcome
from benchfolio.release.telling import figure_text

Group = tuple[str, list[JudgedCell]]
"""A title and the cells under it."""

FAILS = "Fails"
VERDICTS: dict[str, str] = {kind.replace(" ", "-"): kind for kind in KINDS}
"""Verdicts as words of a command line."""


def _is_undecided(cell: JudgedCell) -> bool:
    return cell.limit_state is LimitState.UNDECIDED


_GROUPS: tuple[tuple[str, Callable[[JudgedCell], bool]], ...] = (
    (FAILS, lambda one: one.outcome is Outcome.FAIL),
    ("Warnings", lambda one: one.outcome is Outcome.WARN and not _is_undecided(one)),
    ("Cannot be told", lambda one: one.outcome is Outcome.WARN),
    ("Allowed by exceptions", lambda one: one.outcome is Outcome.ALLOWED),
    ("Worse, within limits", lambda one: one.verdict == WORSE),
    ("Better", lambda one: one.verdict == BETTER),
)
_MORE: tuple[tuple[str, Callable[[JudgedCell], bool]], ...] = (
    ("New", lambda one: one.verdict == NEW),
    ("No difference", lambda one: one.verdict == SAME),
    ("Other cells", lambda _: True),
)


def only(judgement: Judgement, verdicts: Sequence[str]) -> Judgement:
    """Return a judgement with the cells of some verdicts alone; counts stay those of all."""
    wanted = frozenset(verdicts)
    kept = tuple(cell for cell in judgement.cells if cell.verdict in wanted)
    return msgspec.structs.replace(judgement, cells=kept)


def groups(judgement: Judgement, *, everything: bool) -> Iterator[Group]:
    """Yield titles with their cells, each cell once.

    Args:
        judgement: What was decided.
        everything: Also what is new or as before.
    """
    known = (*_GROUPS, *_MORE) if everything else _GROUPS
    found: list[list[JudgedCell]] = [[] for _ in known]
    for cell in judgement.cells:
        for number, (_, belongs) in enumerate(known):
            if belongs(cell):
                found[number].append(cell)
                break
    for (title, _), cells in zip(known, found, strict=True):
        if cells:
            yield title, cells


def change_of(cell: JudgedCell) -> str:
    """Say how a cell changed, or why nothing can be said."""
    if cell.why:
        return clean(cell.why)
    if cell.value is None or not cell.figure:
        return clean(cell.reason)
    told = figure_text(cell.figure, cell.value, cell.low, cell.high, cell.unit)
    return clean("; ".join(filter(None, (told, cell.reason))))


def values_of(cell: JudgedCell) -> str:
    """Write a cell's values, as ``latency@median 5.1 → 5.4 ms``."""
    if not cell.metric:
        return ""
    before, now = ("none" if each is None else f"{each:.5g}" for each in (cell.before, cell.now))
    unit = "" if cell.unit in ("", "1") else f" {cell.unit}"
    return clean(f"{cell.metric} {before} → {now}{unit}")


def headline(judgement: Judgement) -> str:
    """Say in one line how it came out."""
    words = {
        Outcome.FAIL: "not fine",
        Outcome.WARN: "fine, with warnings",
        Outcome.ALLOWED: "fine, with exceptions",
        Outcome.OK: "fine",
    }
    names = f"{clean(judgement.candidate)} against {clean(judgement.base)}"
    return f"{names}: {words[judgement.outcome]}"


def counts_line(judgement: Judgement) -> str:
    """Say how many cells came out how."""
    told = [f"{count} {kind}" for kind, count in judgement.counts.items() if count]
    total = sum(judgement.counts.values())
    return f"{total} cells: {', '.join(told)}" if told else "no cells"


def multiplicity_line(judgement: Judgement) -> str:
    """Say how the number of comparisons is accounted for."""
    if not judgement.tests:
        return "nothing was compared"
    if judgement.method == "none":
        return f"{judgement.tests} comparisons, their number not accounted for"
    name = judgement.method.replace("-", " and ").title().replace(" And ", " and ")
    rate = f"{100 * judgement.rate:g} %"
    return f"{judgement.tests} comparisons, accounted for by {name} at {rate}"


def noise_line(judgement: Judgement) -> Iterator[str]:
    """Say for each platform what its noise is, and what all its cells have in common."""
    for one in judgement.platforms:
        told = []
        if one.noise is not None:
            source = f"{one.twins} A/A runs" if one.noise_source == "A/A runs" else one.noise_source
            told.append(f"noise between releases {100 * one.noise:.2g} % ({source})")
        if one.why:
            told.append(one.why)
            if one.drift_removed:
                told.append("taken out of its cells")
        told += one.machine
        if told:
            yield clean(f"{one.platform}: {'; '.join(told)}")
