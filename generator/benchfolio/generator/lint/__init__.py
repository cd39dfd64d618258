"""Rules that find what is wrong in valid data: each a small function with a name.

A rule yields hits; its severity says whether they fail a check. On data that is right, every rule
is silent. What a rule finds, why it matters and what to do is its function's documentation, and
its page in the site is made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from benchfolio.generator.lint import (
    claims,
    dates,
    directions,
    documents,
    files,
    layout,
    measuring,
    names,
    platforms,
    scales,
    speeds,
)
from benchfolio.generator.lint.model import Finding, Hit, Place, Rule, Severity, Subject, rule
from benchfolio.generator.lint.mutes import Mute, apply, complaints, mutes_in, read_mutes
from benchfolio.results import Problem, ResultFile

__all__ = [
    "RULES",
    "Finding",
    "Hit",
    "Mute",
    "Place",
    "Rule",
    "Severity",
    "Subject",
    "examine",
    "mutes_in",
    "read_mutes",
    "standing",
]


def mute(_: Subject) -> Iterable[Hit]:
    """A mute has no reason, has run out, or mutes nothing.

    Why: a mute without a reason is a finding that was swept away; one that mutes nothing hides the
    next finding at its place.

    Do: write the reason, or remove the entry.
    """
    return ()


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        made.name: made
        for made in (
            rule(Severity.ERROR, files.contract),
            rule(Severity.WARNING, files.misplaced),
            rule(Severity.WARNING, files.conflict),
            rule(Severity.WARNING, files.pending),
            rule(Severity.WARNING, files.spelling),
            rule(Severity.WARNING, files.baseline),
            rule(Severity.ERROR, speeds.speed),
            rule(Severity.ERROR, layout.shifted),
            rule(Severity.ERROR, layout.repeated_block),
            rule(Severity.ERROR, layout.same_key),
            rule(Severity.WARNING, layout.hole),
            rule(Severity.ERROR, claims.claim),
            rule(Severity.NOTE, claims.claim_rounding),
            rule(Severity.NOTE, claims.claim_source),
            rule(Severity.WARNING, scales.ratio_scale),
            rule(Severity.WARNING, scales.accuracy_scale),
            rule(Severity.ERROR, scales.quality_range),
            rule(Severity.ERROR, scales.percent_sign),
            rule(Severity.WARNING, scales.unit),
            rule(Severity.WARNING, scales.metric_scale),
            rule(Severity.WARNING, directions.direction),
            rule(Severity.NOTE, directions.metric_name),
            rule(Severity.WARNING, names.blanks),
            rule(Severity.NOTE, names.same_name),
            rule(Severity.NOTE, names.name_spelling),
            rule(Severity.NOTE, names.metric_spelling),
            rule(Severity.WARNING, names.bracket),
            rule(Severity.ERROR, documents.anchor),
            rule(Severity.NOTE, documents.anchor_case),
            rule(Severity.ERROR, documents.contents_entry),
            rule(Severity.ERROR, dates.software_date),
            rule(Severity.WARNING, dates.release_date),
            rule(Severity.WARNING, dates.heading_version),
            rule(Severity.NOTE, dates.old),
            rule(Severity.NOTE, platforms.platform),
            rule(Severity.WARNING, platforms.load),
            rule(Severity.NOTE, platforms.idle_cores),
            rule(Severity.WARNING, measuring.unsupported_percentile),
            rule(Severity.WARNING, measuring.mostly_another_precision),
            rule(Severity.WARNING, mute),
        )
    }
)
"""All rules by name."""


def examine(
    files: Iterable[tuple[str, ResultFile]],
    problems: Iterable[Problem] = (),
    *,
    rules: Mapping[str, Rule] | None = None,
    mutes: Sequence[Mute] = (),
    today: date | None = None,
) -> tuple[Finding, ...]:
    """Run rules over files.

    Args:
        files: Valid result files with their names.
        problems: What was wrong with others when they were read.
        rules: Rules by name; all when left out.
        mutes: What a person has judged harmless. What is wrong with them is found, too.
        today: The day that mutes are held against.

    Returns:
        Findings, sorted by place, muted ones among them.
    """
    chosen = RULES if rules is None else rules
    subject = Subject(tuple(files), tuple(problems))
    found = [_finding(rule, hit) for rule in chosen.values() for hit in rule.find(subject)]
    day = today or date.today()
    found, used = apply(found, mutes, day)
    about_mutes = chosen.get("mute")
    if about_mutes is not None:
        found += [_finding(about_mutes, hit) for hit in complaints(mutes, used, RULES, day)]
    return tuple(sorted(found, key=_order))


def _finding(rule: Rule, hit: Hit) -> Finding:
    return Finding(rule=rule.name, severity=rule.severity, place=hit.place, problem=hit.problem)


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.place, finding.rule, finding.problem)


def standing(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that are not muted."""
    return tuple(finding for finding in findings if finding.muted is None)
