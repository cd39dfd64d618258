"""Release day: check, look for gaps, compare, look at the history; what comes of it in stages.

Nothing is written here, and nothing is built: ``benchfolio refresh`` builds when all is fine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec

from benchfolio.generator.changes import measured_releases
from benchfolio.generator.collection import Collection
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.formatting import clean
from benchfolio.generator.histories import (
    STEP,
    UNSETTLED,
    Event,
    SeriesSteps,
    change_words,
    history_steps,
)
from benchfolio.generator.lint import Finding, examine, mutes_in, standing
from benchfolio.generator.load import Opened, open_results
from benchfolio.release.judgement import JudgedCell, Judgement, Outcome
from benchfolio.release.judging import judge
from benchfolio.release.listing import change_of, counts_line, groups
from benchfolio.release.policy import DEFAULT, Policy
from benchfolio.release.readiness import Gap, Severity, gaps
from benchfolio.results import Problem, release_order

CHECK, COMPLETE, COMPARE, HISTORY, SITE = "check", "complete", "compare", "history", "site"
"""Names of the stages, in their order."""

_OF_SEVERITY = {"error": Outcome.FAIL, "warning": Outcome.WARN, "note": Outcome.OK}


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one stage.

    Attributes:
        name: One of the names above.
        outcome: ``fail`` keeps the site from being built.
        told: The result in one line.
        lines: What must be looked at, worst first.
    """

    name: str
    outcome: Outcome
    told: str
    lines: tuple[str, ...] = ()


class Inspected(msgspec.Struct, frozen=True, kw_only=True):
    """A release before it is published.

    Attributes:
        release: The release.
        baseline: What it was held against; empty where there is nothing before it.
        stages: What came of each stage.
        judgement: The comparison in full; ``None`` where there is nothing to compare with.
        broken: Whether a result file could not be read.
    """

    release: str
    baseline: str
    stages: tuple[Stage, ...]
    judgement: Judgement | None = None
    broken: bool = False

    @property
    def is_fine(self) -> bool:
        """Whether nothing fails."""
        return all(stage.outcome is not Outcome.FAIL for stage in self.stages)


def inspect(
    results: Path,
    release: str,
    baseline: str | None = None,
    *,
    policy: Policy = DEFAULT,
    policy_name: str = "",
    today: date = date.min,
) -> Inspected:
    """Look at everything that should be known before a release is published.

    Args:
        results: Folder of result files.
        release: The release.
        baseline: The release that it is held against; the one before it when left out.
        policy: What a release may lose.
        policy_name: How reports name the policy.
        today: The day that exceptions and mutes are held against.
    """
    opened = open_results(results)
    collection = opened.collection
    base = _before(collection, release) if baseline is None else baseline
    judgement = None
    if {base, release} <= set(measured_releases(collection)) and base != release:
        judgement = judge(collection, base, release, policy, today, policy_name=policy_name)
    stages = (
        _checked(opened, release, today),
        _complete(gaps(collection, release, base)),
        _compared(judgement, base),
        _history(collection, release),
    )
    return Inspected(
        release=release,
        baseline=base,
        stages=stages,
        judgement=judgement,
        broken=bool(opened.problems),
    )


def _before(collection: Collection, release: str) -> str:
    """Return the measured release before another one; empty where there is none."""
    order = release_order(release)
    known = [one for one in measured_releases(collection) if release_order(one) < order]
    return known[-1] if known else ""


def _checked(opened: Opened, release: str, today: date) -> Stage:
    """Hold the files of the release against the contract and the rules."""
    files = opened.whole(lambda info: info.release == release and info.origin.kind in MEASURED)
    mutes = mutes_in(opened.folder)
    found = standing(examine(files, opened.problems, mutes=mutes, today=today))
    ours = [one for one in found if one.rule != "mute"]
    counts = Counter(one.severity.value for one in ours)
    told = [f"{counts[name]} {name}{_s(counts[name])}" for name in _OF_SEVERITY if counts[name]]
    names = f"{len(files)} file{_s(len(files))}"
    shown = [one for one in ours if one.severity.value != "note"]
    return Stage(
        name=CHECK,
        outcome=_worst(_OF_SEVERITY[one.severity.value] for one in ours),
        told=f"{names}: {', '.join(told) or 'nothing found'}",
        lines=tuple(map(_finding_line, sorted(shown, key=_by_severity))),
    )


def _by_severity(finding: Finding) -> int:
    return list(_OF_SEVERITY).index(finding.severity.value)


def _finding_line(finding: Finding) -> str:
    return clean(f"{finding.severity}[{finding.rule}] {_in_short(finding.problem)}")


def _in_short(problem: Problem) -> str:
    got = f": {problem.got}" if problem.got else ""
    return f"{problem.where}: {problem.what}{got}" if problem.where else f"{problem.what}{got}"


def _complete(found: Sequence[Gap]) -> Stage:
    outcomes = [Outcome.FAIL if gap.severity is Severity.ERROR else Outcome.WARN for gap in found]
    counts = Counter(gap.kind for gap in found)
    told = [f"{count} about {kind}" for kind, count in counts.items()]
    return Stage(
        name=COMPLETE,
        outcome=_worst(outcomes),
        told=", ".join(told) or "every platform was measured, nothing is open or mixed",
        lines=tuple(f"{gap.severity}: {gap.what}; {gap.remedy}" for gap in found),
    )


def _compared(judgement: Judgement | None, base: str) -> Stage:
    if judgement is None:
        told = f"there are no results of {clean(base)}" if base else "the first release"
        outcome = Outcome.FAIL if base else Outcome.OK
        return Stage(name=COMPARE, outcome=outcome, told=f"{told}: nothing to compare with")
    notes = [f"{one.outcome}: {clean(one.what)}" for one in judgement.notes]
    cells = [
        line
        for title, of_title in groups(judgement, everything=False)
        for line in _cell_lines(title.lower(), of_title)
    ]
    platforms = [
        f"{one.outcome}: {clean(one.platform)}: {clean(one.why)}"
        for one in judgement.platforms
        if one.outcome in (Outcome.FAIL, Outcome.WARN) and one.why
    ]
    return Stage(
        name=COMPARE,
        outcome=judgement.outcome,
        told=f"against {clean(judgement.base)}, {counts_line(judgement)}",
        lines=(*cells, *platforms, *notes),
    )


def _cell_lines(title: str, cells: Sequence[JudgedCell]) -> Iterator[str]:
    """Write one line a cell; cells of a platform that share their reason share a line."""
    shared = Counter((cell.platform, cell.why) for cell in cells)
    told: set[tuple[str, str]] = set()
    for cell in cells:
        if cell.outcome not in (Outcome.FAIL, Outcome.WARN):
            continue
        key = (cell.platform, cell.why)
        if shared[key] == 1:
            yield f"{title}: {clean(cell.platform)} {clean(cell.name)}: {change_of(cell)}"
        elif key not in told:
            told.add(key)
            yield f"{title}: {clean(cell.platform)}, {shared[key]} cells: {clean(cell.why)}"


def _history(collection: Collection, release: str) -> Stage:
    """Name the steps that the release makes, or may make, for the worse.

    A step never fails by itself: what a release may lose is the policy's to say.
    """
    found = [
        (series, event)
        for series in history_steps(collection)
        for event in series.events
        if event.release == release and event.kind in (STEP, UNSETTLED) and not event.better
    ]
    several = len(measured_releases(collection))
    told = f"{len(found)} of the series {'leaves' if len(found) == 1 else 'leave'} the level of "
    told += f"the releases before for the worse ({several} release{_s(several)})"
    return Stage(
        name=HISTORY,
        outcome=Outcome.WARN if found else Outcome.OK,
        told=told if found else "no measurement leaves the level of the releases before",
        lines=tuple(_event_line(collection, series, event) for series, event in found),
    )


def _event_line(collection: Collection, series: SeriesSteps, event: Event) -> str:
    key = series.key
    names = ("model", "precision", "recipe", "runtime", "device", "scenario", "load")
    change = change_words(event, collection.metric(series.metric))
    told = f"{key['platform']} {'/'.join(key[name] for name in names)}: {event.kind}, {change}"
    return clean("; ".join((told, *event.changed)))


def _worst(outcomes: Iterator[Outcome] | Sequence[Outcome]) -> Outcome:
    there = set(outcomes)
    return next((each for each in Outcome if each in there), Outcome.OK)


def _s(count: int) -> str:
    return "" if count == 1 else "s"
