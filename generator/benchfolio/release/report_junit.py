"""A judgement as JUnit XML: a suite per platform, a test case per cell, one suite for the policy.

What fails is a failure, what cannot be compared is skipped, and a warning is the output of a test
that passes: the format has no word for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from benchfolio.generator.comparison import REFUSED
from benchfolio.generator.formatting import clean
from benchfolio.release.judgement import JudgedCell, JudgedPlatform, Judgement, Note, Outcome
from benchfolio.release.listing import change_of, values_of

_Case = tuple[str, str]
"""What kind of end a case has (empty: it passed), and its XML."""


def to_junit(judgement: Judgement) -> str:
    """Write a judgement as JUnit XML, in the form that Jenkins, GitLab and GitHub actions read."""
    by_platform: dict[str, list[JudgedCell]] = {one.platform: [] for one in judgement.platforms}
    for cell in judgement.cells:
        by_platform.setdefault(cell.platform, []).append(cell)
    drifts = {one.platform: one for one in judgement.platforms if one.why}
    suites = [
        _suite(name, [*_drift(drifts.get(name)), *_cells(cells)])
        for name, cells in sorted(by_platform.items())
    ]
    if judgement.notes:
        suites.append(_suite("policy", [_note(note) for note in judgement.notes]))
    title = f"{judgement.candidate} against {judgement.base}"
    counts = [_counts([case for _, cases in suites for case in cases])]
    body = "".join(text for text, _ in suites)
    head = f'<testsuites name="{_attribute(title)}" {counts[0]}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{body}</testsuites>\n'


def _suite(name: str, cases: Sequence[_Case]) -> tuple[str, Sequence[_Case]]:
    body = "".join(text for _, text in cases)
    head = f' <testsuite name="{_attribute(name)}" {_counts(cases)} errors="0">'
    return f"{head}\n{body} </testsuite>\n", cases


def _counts(cases: Sequence[_Case]) -> str:
    ends = [end for end, _ in cases]
    return (
        f'tests="{len(cases)}" failures="{ends.count("failure")}" '
        f'skipped="{ends.count("skipped")}" time="0"'
    )


def _cells(cells: Sequence[JudgedCell]) -> Iterator[_Case]:
    seen: dict[str, int] = {}
    for cell in cells:
        name = "/".join(filter(None, (cell.name, cell.form, cell.dataset, cell.shape)))
        seen[name] = seen.get(name, 0) + 1
        numbered = name if seen[name] == 1 else f"{name} ({seen[name]})"
        skipped = cell.verdict == REFUSED
        told = "\n".join(filter(None, (change_of(cell), values_of(cell))))
        yield _case(cell.platform, numbered, cell.outcome, told, skipped=skipped)


def _drift(platform: JudgedPlatform | None) -> Iterator[_Case]:
    if platform is None:
        return
    failed = platform.outcome is Outcome.FAIL and ", limit" in platform.why
    outcome = Outcome.FAIL if failed else Outcome.OK
    yield _case(platform.platform, "the platform as a whole", outcome, platform.why)


def _note(note: Note) -> _Case:
    return _case("policy", note.what, note.outcome, note.what)


def _case(group: str, name: str, outcome: Outcome, told: str, *, skipped: bool = False) -> _Case:
    head = f'  <testcase classname="{_attribute(group)}" name="{_attribute(name)}" time="0"'
    first, text = _attribute(told.partition("\n")[0]), _content(told)
    if outcome is Outcome.FAIL:
        end = f'<failure message="{first}" type="fail">{text}</failure>'
        return "failure", f"{head}>{end}</testcase>\n"
    if skipped:
        return "skipped", f'{head}><skipped message="{first}"/></testcase>\n'
    if outcome is Outcome.OK:
        return "", f"{head}/>\n"
    return "", f"{head}><system-out>{outcome}: {text}</system-out></testcase>\n"


def _attribute(text: str) -> str:
    """Escape text for an attribute; ``clean`` has no control character left in it."""
    return escape(clean(text))


def _content(text: str) -> str:
    return "\n".join(_attribute(line) for line in text.split("\n"))
