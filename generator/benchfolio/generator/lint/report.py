"""Findings as text for people, as JSON for programs, as annotations for code-hosting CI."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

import msgspec

from benchfolio.generator.formatting import clean
from benchfolio.generator.lint.model import Finding, Rule

PARTS = ("where", "what", "expected", "got", "remedy")

_ANNOTATIONS = {"error": "error", "warning": "warning", "note": "notice"}


def to_text(
    findings: Sequence[Finding],
    files: int,
    rules: Mapping[str, Rule],
    *,
    show_muted: bool = False,
) -> str:
    """Write findings for people: by file, by table, by rule, then row by row.

    Args:
        findings: All findings, muted ones among them.
        files: How many valid files were checked.
        rules: Rules by name; their sentences head the groups.
        show_muted: Whether to list what is muted, with the reasons.
    """
    harmless = [_harmless(finding) for finding in findings]
    active = [finding for finding in harmless if finding.muted is None]
    blocks: list[str] = []
    for file, of_file in groupby(active, key=lambda one: one.place.file):
        blocks += _file_blocks(file, list(of_file), rules)
    if show_muted:
        blocks += [_muted(finding) for finding in harmless if finding.muted is not None]
    blocks.append(_summary(findings, files))
    return "\n".join(blocks) + "\n"


def _file_blocks(file: str, findings: list[Finding], rules: Mapping[str, Rule]) -> list[str]:
    plain = [one for one in findings if not one.place.table]
    blocks = [f"{one.severity}[{one.rule}] {one.problem}" for one in plain]
    named = sorted((one for one in findings if one.place.table), key=lambda one: one.place.table)
    for table, of_table in groupby(named, key=lambda one: one.place.table):
        blocks += ["", f"{file}", f"  {table}"]
        by_rule = sorted(of_table, key=lambda one: one.rule)
        for rule, group in groupby(by_rule, key=lambda one: one.rule):
            blocks.append(_group(list(group), rules[rule].doc if rule in rules else rule))
    return [*blocks, ""] if len(blocks) > len(plain) else blocks


def _group(findings: list[Finding], doc: str) -> str:
    """Write the findings of one rule in one table: what they share is said once."""
    first = findings[0]
    lines = [f"    {first.severity}[{first.rule}] {doc}"]
    shared = {name: _shared(findings, name) for name in PARTS[1:]}
    if shared["what"] and len(findings) > 1:
        lines.append(f"      {shared['what']}:")
    lines += [line for one in findings for line in _instance(one, shared, single=len(findings) < 2)]
    lines += [f"      {name + ':':<10}{shared[name]}" for name in PARTS[2:] if shared[name]]
    return "\n".join(lines)


def _instance(finding: Finding, shared: Mapping[str, str], *, single: bool) -> list[str]:
    """Write one finding of a group: in one line where only what was found is its own."""
    place, problem = finding.place, finding.problem
    head = f"      row {place.row}, {place.name}" if place.row else "      the whole table"
    own = [name for name in ("expected", "got") if not shared[name] and getattr(problem, name)]
    if shared["what"] and not single:
        if own == ["got"]:
            return [f"{head}: {problem.got}"]
    else:
        head += f": {problem.what}"
    return [head, *(f"        {name + ':':<10}{getattr(problem, name)}" for name in own)]


def _shared(findings: list[Finding], name: str) -> str:
    texts = {getattr(one.problem, name) for one in findings}
    return str(texts.pop()) if len(texts) == 1 else ""


def _muted(finding: Finding) -> str:
    return (
        f"muted {finding.severity}[{finding.rule}] {finding.problem.where}: "
        f"{finding.problem.what}\n  reason:   {clean(finding.muted or '')}"
    )


def _summary(findings: Sequence[Finding], files: int) -> str:
    if not findings:
        return f"{files} valid files, nothing wrong"
    counts = Counter(finding.severity.value for finding in findings if finding.muted is None)
    muted = sum(finding.muted is not None for finding in findings)
    parts = [f"{counts['error']} errors", f"{counts['warning']} warnings"]
    parts += [f"{counts['note']} notes"] if counts["note"] else []
    parts += [f"{muted} muted"] if muted else []
    return f"{files} valid files, {', '.join(parts)}"


def _harmless(finding: Finding) -> Finding:
    """Keep texts from files from moving a terminal's cursor or starting lines of their own."""
    problem, place = finding.problem, finding.place
    texts = {name: clean(getattr(problem, name)) for name in PARTS}
    return msgspec.structs.replace(
        finding,
        problem=msgspec.structs.replace(problem, **texts),
        place=msgspec.structs.replace(
            place, file=clean(place.file), table=clean(place.table), name=clean(place.name)
        ),
    )


def to_json(findings: Iterable[Finding], *, show_muted: bool = False) -> str:
    """Write findings as a list of objects."""
    rows = []
    for one in findings:
        if one.muted is not None and not show_muted:
            continue
        row: dict[str, object] = {"rule": one.rule, "severity": one.severity.value}
        row |= {name: getattr(one.problem, name) for name in PARTS}
        place = one.place
        row |= {"file": place.file, "table": place.table, "row": place.row, "name": place.name}
        rows.append(row if one.muted is None else row | {"muted": one.muted})
    return msgspec.json.format(msgspec.json.encode(rows), indent=2).decode() + "\n"


def to_github(
    findings: Iterable[Finding],
    path_of: Callable[[str], str],
    text_of: Callable[[str], str] = lambda _: "",
) -> str:
    """Write findings as workflow commands, which code hosts show beside the changed lines.

    Args:
        findings: All findings; muted ones are left out.
        path_of: File name → path from the root of the repository.
        text_of: File name → its text, to find lines in; empty where it cannot be read.
    """
    lines: dict[str, Lines] = {}
    commands = []
    for one in findings:
        if one.muted is not None:
            continue
        file = one.place.file
        if file not in lines:
            lines[file] = Lines(text_of(file))
        properties = {
            "file": path_of(file),
            "line": str(lines[file].of(one)),
            "title": f"benchfolio {one.rule}",
        }
        named = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
        commands.append(f"::{_ANNOTATIONS[one.severity.value]} {named}::{_data(_message(one))}")
    return "".join(f"{command}\n" for command in commands)


def _message(finding: Finding) -> str:
    place, problem = finding.place, finding.problem
    row = f", row {place.row} ({place.name})" if place.row else ""
    head = f"{place.table}{row}: " if place.table else ""
    parts = [f"{head}{problem.what}"]
    parts += [f"{name}: {text}" for name in PARTS[2:] if (text := getattr(problem, name))]
    return "\n".join(parts)


def _data(text: str) -> str:
    """Escape the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property of a workflow command."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


class Lines:
    """Where rows and cells stand in the text of a result file, as benchfolio writes it."""

    def __init__(self, text: str) -> None:
        self._rows: dict[tuple[str, int], int] = {}
        self._cells: list[int] = []
        inside, table = False, ""
        for number, line in enumerate(text.splitlines(), 1):
            inside = inside or line == '  "cells": ['
            if inside and line == "    {":
                self._cells.append(number)
            elif found := re.fullmatch(r' {8}"(table|row)": (.+?),?', line):
                if found[1] == "table":
                    table = json.loads(found[2])
                else:
                    self._rows.setdefault((table, int(found[2])), self._cell())

    def _cell(self) -> int:
        return self._cells[-1] if self._cells else 1

    def of(self, finding: Finding) -> int:
        """Return the line of what a finding is about; 1 where it is the whole file."""
        found = re.search(r"\$\.cells\[(\d+)\]", finding.problem.where)
        if found and int(found[1]) < len(self._cells):
            return self._cells[int(found[1])]
        return self._rows.get((finding.place.table, finding.place.row), 1)
