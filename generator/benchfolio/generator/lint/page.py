"""What was found in transcribed publications, as a page of the site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from benchfolio.generator.lint import RULES, examine
from benchfolio.generator.lint.model import Finding
from benchfolio.generator.lint.mutes import Mute
from benchfolio.generator.view import (
    Column,
    Entry,
    Figure,
    Page,
    Row,
    Section,
    Table,
)
from benchfolio.results import ResultFile

ID = "findings"

COLUMNS = (
    Column(id="table", label="Table", heading=True),
    Column(id="row", label="Row", numeric=True),
    Column(id="name", label="Name as printed"),
    Column(id="what", label="What"),
    Column(id="got", label="Printed"),
    Column(id="expected", label="Expected"),
    Column(id="rule", label="Rule"),
    Column(id="severity", label="Severity"),
)

_TONES = {"error": "bad", "warning": "", "note": ""}
_ORDER = {"error": 0, "warning": 1, "note": 2}


def findings_page(
    files: Iterable[tuple[str, ResultFile]], *, mutes: Sequence[Mute] = ()
) -> Page | None:
    """Return the page about everything found in transcribed publications; one section for each.

    Args:
        files: Valid result files with their names; measured ones are left out.
        mutes: What was judged harmless: it is shown with its reason.

    Returns:
        The page; ``None`` where nothing is transcribed.
    """
    carried = [(name, file) for name, file in files if file.origin.kind == "transcribed"]
    if not carried:
        return None
    titles = {name: _title(file) for name, file in carried}
    found = [one for one in examine(carried, mutes=mutes) if one.place.file in titles]
    groups: dict[str, list[Finding]] = {}
    for one in found:
        groups.setdefault(titles[one.place.file], []).append(one)
    ordered = sorted(groups.items(), key=lambda group: (-_errors(group[1]), group[0]))
    counts = Counter(one.severity.value for one in found)
    return Page(
        kind="page",
        id=ID,
        title="Findings about transcribed publications",
        sentence=_sentence(len(carried), len(set(titles.values())), counts),
        figures=tuple(
            Figure(label=label, value=str(counts[name]), tone=_TONES[name] if counts[name] else "")
            for name, label in (("error", "Errors"), ("warning", "Warnings"), ("note", "Notes"))
        ),
        sections=tuple(
            section
            for number, (title, group) in enumerate(ordered, 1)
            for section in _sections(number, title, group)
        ),
        sources=tuple(sorted(titles)),
    )


def _errors(findings: Iterable[Finding]) -> int:
    return sum(one.severity.value == "error" for one in findings)


def _title(file: ResultFile) -> str:
    publication = file.origin.publication
    return f"{publication.title if publication else file.release} ({file.release})"


def _sentence(files: int, publications: int, counts: Counter[str]) -> str:
    if not counts:
        return "Nothing was found in the transcribed publications."
    return (
        f"{publications} publications were carried into {files} result files, figure by figure and "
        f"mistakes included; the rules of benchfolio check find {counts['error']} errors, "
        f"{counts['warning']} warnings and {counts['note']} notes in them."
    )


def _sections(number: int, title: str, findings: list[Finding]) -> Iterable[Section]:
    ranked = sorted(findings, key=lambda one: _ORDER[one.severity.value])
    yield Section(
        id=f"publication-{number}",
        title=title,
        text="What each rule found, the gravest first. Every row is listed below.",
        table=_overview(f"findings-{number}-rules", title, ranked),
    )
    for severity, group in groupby(ranked, key=lambda one: one.severity.value):
        listed = list(group)
        label = f"{severity.capitalize()}s"
        yield Section(
            id=f"publication-{number}-{severity}",
            title=f"{label}: {title}",
            table=_table(f"findings-{number}-{severity}", f"{label}: {title}", listed),
            folded=severity == "note",
        )


def _overview(id_: str, title: str, findings: list[Finding]) -> Table:
    counts = Counter(one.rule for one in findings)
    severities = {one.rule: one.severity.value for one in findings}
    return Table(
        id=id_,
        title=f"Rules: {title}",
        columns=(
            Column(id="rule", label="Rule", heading=True),
            Column(id="severity", label="Severity"),
            Column(id="count", label="Findings", numeric=True),
            Column(id="doc", label="What it finds"),
        ),
        rows=tuple(
            Row(
                anchor=f"{id_}-{rule}",
                entries=(
                    Entry(text=rule),
                    Entry(text=severities[rule], tone=_TONES[severities[rule]]),
                    Entry(text=str(count), raw=float(count)),
                    Entry(text=RULES[rule].doc),
                ),
            )
            for rule, count in sorted(
                counts.items(), key=lambda one: (_ORDER[severities[one[0]]], one[0])
            )
        ),
    )


def _table(id_: str, title: str, findings: list[Finding]) -> Table:
    return Table(
        id=id_,
        title=title,
        description="Each row names the row of the publication as it is printed there.",
        columns=COLUMNS,
        rows=tuple(
            Row(anchor=f"{id_}-{number}", entries=_entries(one))
            for number, one in enumerate(findings, 1)
        ),
        notes=("␣ stands for a blank, ⍽ for a no-break space, ↵ for a line break.",),
        sources=tuple(sorted({one.place.file for one in findings})),
    )


def _entries(finding: Finding) -> tuple[Entry, ...]:
    place, problem = finding.place, finding.problem
    row = Entry(text=str(place.row), raw=float(place.row)) if place.row else Entry(text="all")
    return (
        Entry(text=place.table or place.file),
        row,
        Entry(text=place.name),
        Entry(text=problem.what, detail=f"muted: {finding.muted}" if finding.muted else ""),
        Entry(text=problem.got),
        Entry(text=problem.expected, tip=problem.remedy),
        Entry(text=finding.rule, tip=RULES[finding.rule].doc),
        Entry(text=finding.severity.value, tone=_TONES[finding.severity.value]),
    )
