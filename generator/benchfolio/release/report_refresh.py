"""The summary of a release day, as text and as Markdown: one line a stage, then what to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchfolio.generator.formatting import clean
from benchfolio.release.judgement import Outcome
from benchfolio.release.refreshing import Inspected, Stage
from benchfolio.release.report_markdown import code, told

MOST = 12
"""Lines of a stage in text; the reports have all."""
_LIMIT = 60_000
"""Characters of Markdown: what a comment on a pull request can hold, with room to spare."""

_WORDS = {
    Outcome.FAIL: "not fine",
    Outcome.WARN: "look",
    Outcome.ALLOWED: "allowed",
    Outcome.OK: "fine",
}


def headline(inspected: Inspected, stages: Sequence[Stage]) -> str:
    """Say in one line how it came out."""
    against = f" against {clean(inspected.baseline)}" if inspected.baseline else ""
    failing = [stage.name for stage in stages if stage.outcome is Outcome.FAIL]
    told = f"not fine: {', '.join(failing)}" if failing else "fine"
    return f"Release {clean(inspected.release)}{against}: {told}"


def to_text(inspected: Inspected, stages: Sequence[Stage], *, most: int = MOST) -> str:
    """Write the summary for a terminal.

    Args:
        inspected: What was found.
        stages: Its stages, and that of the site.
        most: Lines shown of a stage.
    """
    return "".join(f"{line}\n" for line in _text(inspected, stages, most))


def _text(inspected: Inspected, stages: Sequence[Stage], most: int) -> Iterator[str]:
    for stage in stages:
        yield f"{stage.name:<9} {_WORDS[stage.outcome]:<9} {stage.told}"
        yield from (f"          - {line}" for line in stage.lines[:most])
        if len(stage.lines) > most:
            yield f"          … and {len(stage.lines) - most} more"
    yield headline(inspected, stages)


def to_markdown(inspected: Inspected, stages: Sequence[Stage]) -> str:
    """Write the summary for a pull request; what comes from files stands in code spans."""
    parts = [f"### {told(headline(inspected, stages), table=False)}\n"]
    parts.append("\n| Stage | | |\n| --- | --- | --- |\n")
    parts += [
        f"| {stage.name} | {_WORDS[stage.outcome]} | {told(stage.told)} |\n" for stage in stages
    ]
    left = _LIMIT - sum(map(len, parts))
    for stage in stages:
        if stage.lines:
            text = _folded(stage, left)
            left -= len(text)
            parts.append(text)
    return "".join(parts)


def _folded(stage: Stage, left: int) -> str:
    head = f"\n<details><summary>{stage.name}: {len(stage.lines)}</summary>\n\n"
    tail = "\n</details>\n"
    lines: list[str] = []
    room = left - len(head) - len(tail) - 40
    for line in stage.lines:
        text = f"- {code(line, table=False)}\n"
        room -= len(text)
        if room < 0:
            lines.append(f"- … and {len(stage.lines) - len(lines)} more\n")
            break
        lines.append(text)
    return head + "".join(lines) + tail
