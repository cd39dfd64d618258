"""Mutes: findings that a person has judged harmless, each with a written reason.

A file ``mutes.yaml`` beside the results::

    - rule: platform
      where: "2026.2/arm-board.json: *"
      reason: the board has no VNNI; the loss is real and explained on the page
      until: 2027-03-01

``where`` is the place as a finding prints it; ``*`` stands for anything. After ``until`` the
finding is back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec

from benchfolio.documents import Form, convert, read, starred
from benchfolio.generator.lint.model import Finding, Hit, Place
from benchfolio.results import Problem

FILE = "mutes.yaml"
FORM = Form(
    name="a file of mutes",
    expected="a YAML list of mutes, each with rule, where and reason",
    remedy="correct the file; the page on muting shows an example",
    max_bytes=256 * 1024,
)
NEVER = frozenset({"contract", "mute"})
"""Rules that cannot be muted: nothing is known of a broken file, and a mute is no finding."""


class Mute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of a file of mutes.

    Attributes:
        rule: Name of the rule.
        where: Place of the finding as printed; ``*`` stands for anything.
        reason: Why it is harmless.
        until: Last day on which it holds; for ever when left out.
        file: Name of the file of mutes.
    """

    rule: str
    where: str
    reason: str = ""
    until: date | None = None
    file: str = FILE

    def fits(self, finding: Finding) -> bool:
        """Whether a finding is meant."""
        return self.rule == finding.rule and bool(
            re.fullmatch(starred(self.where), finding.problem.where, re.DOTALL)
        )

    def holds(self, today: date) -> bool:
        """Whether it has a reason and has not run out."""
        return bool(self.reason.strip()) and (self.until is None or today <= self.until)


def read_mutes(path: Path, where: str | None = None) -> tuple[Mute, ...]:
    """Read a file of mutes.

    Raises:
        BadInput: It cannot be read, or is not a list of mutes.
    """
    name = where or path.as_posix()
    root = read(path, name, FORM)
    entries = [] if root.value is None else convert(root, list[Mute], name, FORM)
    return tuple(msgspec.structs.replace(mute, file=name) for mute in entries)


def mutes_in(folder: Path) -> tuple[Mute, ...]:
    """Read the mutes beside results; none where there is no such file.

    Raises:
        BadInput: There is one, and it is no good.
    """
    path = folder / FILE
    return read_mutes(path, FILE) if path.is_file() else ()


def apply(
    findings: Iterable[Finding], mutes: Sequence[Mute], today: date
) -> tuple[list[Finding], list[bool]]:
    """Return findings with those muted that are meant, and which mutes were of use."""
    by_rule: dict[str, list[int]] = {}
    for number, mute in enumerate(mutes):
        if mute.rule not in NEVER:
            by_rule.setdefault(mute.rule, []).append(number)
    used = [False] * len(mutes)
    result = []
    for finding in findings:
        for number in by_rule.get(finding.rule, ()):
            mute = mutes[number]
            if mute.fits(finding):
                used[number] = True
                if mute.holds(today):
                    finding = msgspec.structs.replace(finding, muted=mute.reason.strip())
                    break
        result.append(finding)
    return result, used


def complaints(
    mutes: Sequence[Mute], used: Sequence[bool], rules: Iterable[str], today: date
) -> Iterator[Hit]:
    """Yield what is wrong with mutes: no such rule, no reason, run out, nothing to mute."""
    known = set(rules)
    for number, (mute, was_used) in enumerate(zip(mutes, used, strict=True), 1):
        if mute.rule not in known:
            said = ("names a rule that does not exist", "the name of a rule", mute.rule)
        elif mute.rule in NEVER:
            said = ("names a rule that cannot be muted", "the name of another rule", mute.rule)
        elif not mute.reason.strip():
            said = ("has no reason, and mutes nothing", "why the finding is harmless", "nothing")
        elif not was_used:
            said = ("mutes nothing", "a finding at this place", mute.where)
        elif mute.until is not None and today > mute.until:
            said = ("has run out", f"a day from {today} on", mute.until.isoformat())
        else:
            continue
        what, expected, got = said
        yield Hit(
            Place(mute.file),
            Problem(
                where=f"{mute.file}: entry {number} ({mute.rule})",
                what=what,
                expected=expected,
                got=got,
                remedy="correct the entry, or remove it if what it muted is gone",
            ),
        )
