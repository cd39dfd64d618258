"""A judgement as Markdown for a pull request: what fails in sight, the rest folded.

Whatever comes from a result file stands in a code span: neither Markdown nor the code host makes
anything of it there, be it a mention, a link, a reference to an issue or a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchfolio.generator.comparison import KINDS
from benchfolio.generator.formatting import clean
from benchfolio.release.judgement import JudgedCell, JudgedPlatform, Judgement
from benchfolio.release.listing import (
    FAILS,
    change_of,
    counts_line,
    groups,
    headline,
    multiplicity_line,
    noise_line,
    values_of,
)

LIMIT = 65_536
"""Bytes that GitHub takes as one comment (it counts characters, which are never more)."""
_SPARE = 400
"""For what closes a table, and the note on what was left out."""
_LONGEST = 400
"""Characters of one text; what is longer is cut."""

_PLAIN = re.compile(r"(?!.*www\.)(?:[A-Za-z0-9 %.,;()−–→]|: )*")
_HEAD = "| Platform | Cell | Value | Change |\n| --- | --- | --- | --- |\n"


def code(text: str, *, table: bool = True) -> str:
    """Write text that nobody vouches for as a code span, in a table or elsewhere."""
    shown = clean(text)
    if len(shown) > _LONGEST:
        shown = f"{shown[: _LONGEST - 1]}…"
    if not shown.strip():
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    if table:
        # A table takes the backslash before a pipe away, and takes two of them for one.
        shown = shown.replace("\\|", "\\ |").replace("|", "\\|")
    return f"{fence}{pad}{shown}{pad}{fence}"


def told(text: str, *, table: bool = True) -> str:
    """Write a sentence of ours as it is; as a code span where something foreign may be in it."""
    return text if _PLAIN.fullmatch(text) else code(text, table=table)


def to_markdown(judgement: Judgement, *, limit: int = LIMIT, everything: bool = False) -> str:
    """Write a judgement for a comment on a pull request.

    Args:
        judgement: What was decided.
        limit: Bytes of UTF-8 at most; what does not fit is left out, and said so.
        everything: Also list what is new or as before.
    """
    page = _Page(limit - _SPARE)
    names = f"{code(judgement.candidate, table=False)} against {code(judgement.base, table=False)}"
    page.add(f"### {names}: {headline(judgement).rpartition(': ')[2]}\n\n")
    page.add(f"{counts_line(judgement)}. {multiplicity_line(judgement)}.\n")
    for note in judgement.notes:
        page.add(f"- {note.outcome}: {told(note.what, table=False)}\n", before="\n")
    for number, (title, cells) in enumerate(groups(judgement, everything=everything)):
        folded = number > 0 or title != FAILS
        page.section(f"{title} ({len(cells)})", _HEAD, map(_row, cells), folded=folded)
    if judgement.platforms:
        head = f"| Platform | {' | '.join(KINDS)} |\n| --- |{' ---: |' * len(KINDS)}\n"
        page.section("Platforms", head, map(_platform, judgement.platforms), folded=True)
    lines = list(noise_line(judgement))
    if lines:
        page.section(
            "Noise and machines",
            "",
            (f"- {code(line, table=False)}\n" for line in lines),
            folded=True,
        )
    return page.text()


def _row(cell: JudgedCell) -> str:
    return (
        f"| {code(cell.platform)} | {code(cell.name)} | {code(values_of(cell))} | {_why(cell)} |\n"
    )


def _why(cell: JudgedCell) -> str:
    stated = told(clean(", ".join(cell.stated)))
    return "; ".join(filter(None, (told(change_of(cell)), stated)))


def _platform(one: JudgedPlatform) -> str:
    counts = " | ".join(str(one.counts.get(kind, 0)) for kind in KINDS)
    return f"| {code(one.platform)} | {counts} |\n"


class _Page:
    """Gathers text up to a number of bytes, and counts what did not fit."""

    def __init__(self, limit: int) -> None:
        self._parts: list[str] = []
        self._left = limit
        self._cut = 0

    def add(self, text: str, *, before: str = "") -> bool:
        """Add a piece if it fits; ``before`` goes in front where the piece starts a list."""
        if before and not (self._parts and self._parts[-1].startswith("- ")):
            text = before + text
        size = len(text.encode())
        if size > self._left:
            self._cut += 1
            return False
        self._left -= size
        self._parts.append(text)
        return True

    def section(self, title: str, head: str, rows: Iterator[str], *, folded: bool) -> None:
        """Add a table or list under a title, as far as it fits."""
        opening = f"\n<details><summary>{title}</summary>\n\n" if folded else f"\n#### {title}\n\n"
        closing = "\n</details>\n" if folded else ""
        room = len(closing)
        self._left -= room
        if self.add(opening + head):
            fits = True
            for row in rows:
                if fits:
                    fits = self.add(row)
                else:
                    self._cut += 1
            self._parts.append(closing)
        else:
            self._left += room
            self._cut += sum(1 for _ in rows)

    def text(self) -> str:
        """Return what fitted, and a note on what did not."""
        if self._cut:
            self._parts.append(
                f"\n{self._cut} more entries do not fit into a comment; "
                "`benchfolio compare --format json` lists all.\n"
            )
        return "".join(self._parts)
