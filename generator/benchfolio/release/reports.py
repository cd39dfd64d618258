"""All reports of a judgement by name: pure functions, no clock, no terminal, no file."""

from __future__ import annotations

from collections.abc import Sequence

from benchfolio.release.judgement import Judgement
from benchfolio.release.listing import VERDICTS
from benchfolio.release.listing import only as filtered
from benchfolio.release.report_json import to_json
from benchfolio.release.report_junit import to_junit
from benchfolio.release.report_markdown import to_markdown
from benchfolio.release.report_text import MOST, to_text

FORMATS = ("text", "markdown", "json", "junit")


def render(judgement: Judgement, format_: str, *, only: Sequence[str] = (), width: int = 80) -> str:
    """Write a judgement.

    Args:
        judgement: From ``judging.judge``.
        format_: One of ``FORMATS``.
        only: Verdicts, as ``not-comparable``, of the cells that are listed; all when left out.
        width: Columns of the terminal, of text.

    Raises:
        KeyError: There is no such verdict.
        ValueError: There is no such format.
    """
    chosen = filtered(judgement, [VERDICTS[name] for name in only]) if only else judgement
    everything = bool(only)
    if format_ == "text":
        most = len(chosen.cells) if only else MOST
        return to_text(chosen, width=width, most=most, everything=everything)
    if format_ == "markdown":
        return to_markdown(chosen, everything=everything)
    if format_ == "json":
        return to_json(chosen)
    if format_ == "junit":
        return to_junit(chosen)
    raise ValueError(f"{format_!r} is none of {', '.join(FORMATS)}")
