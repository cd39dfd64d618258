"""Findings as people, programs and code hosts get them."""

from __future__ import annotations

import json
from pathlib import Path

from generator.lint.made import DAY, EXAMPLES, FILE, Line, page, published

from benchfolio.generator.lint import RULES, Mute, examine
from benchfolio.generator.lint.report import Lines, to_github, to_json, to_text
from benchfolio.results import Cell, ResultFile, write


def mixed() -> list[tuple[str, ResultFile]]:
    """Return a table with three percentages and two fractions."""
    lines = [Line(name=name) for name in "abc"] + [
        Line(name="d", ratio="-0.0022"),
        Line(name="e", int8="76.02%", ratio="-0.0017"),
    ]
    return [(FILE, page(*published(lines)))]


def test_what_findings_share_is_said_once() -> None:
    """File, table, rule, expectation and remedy head the rows; each row has a line of its own."""
    text = to_text(examine(mixed(), today=DAY), 1, RULES)
    assert text.count(FILE) == 1
    assert text.count("expected:") == text.count("remedy:") == 1
    assert "      row 4, d: a fraction: -0.0022\n      row 5, e: a fraction: -0.0017\n" in text
    assert text.endswith("1 valid files, 0 errors, 2 warnings\n")


def test_findings_of_files_come_with_their_place_in_the_first_line() -> None:
    """A finding that has no table is one block: where, what, expected, got, remedy."""
    text = to_text(examine(EXAMPLES["misplaced"](), today=DAY), 1, RULES)
    assert text.startswith("warning[misplaced] 2026.1/lab-xeon.json: $.release, $.platform.id: ")


def test_muted_findings_are_counted_and_listed_on_request() -> None:
    """Silence by default, with a count; the reasons when asked."""
    findings = examine(
        mixed(), mutes=[Mute(rule="ratio-scale", where="*row 4*", reason="old page")], today=DAY
    )
    text = to_text(findings, 1, RULES)
    assert "row 4" not in text
    assert text.endswith("1 valid files, 0 errors, 1 warnings, 1 muted\n")
    assert "reason:   old page" in to_text(findings, 1, RULES, show_muted=True)
    assert len(json.loads(to_json(findings))) == 1
    assert json.loads(to_json(findings, show_muted=True))[0]["muted"] == "old page"


def test_hostile_names_stay_one_line_and_plain() -> None:
    """Escape codes and line breaks from a file never reach the terminal."""
    lines = [Line(name="x\x1b[2J\u202eevil\n::error::y ", ratio="-5.00%")]
    text = to_text(examine([(FILE, page(*published(lines)))], today=DAY), 1, RULES)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.startswith("::") for line in text.splitlines())


def test_annotations_are_escaped() -> None:
    """Percent signs, line breaks, colons and commas cannot end a command or begin another."""
    lines = [Line(name="x\n::error::y ", ratio="-5.00%")]
    files = [("a,b:c%.json", page(*published(lines, "100 %, really: yes")))]
    text = to_github(examine(files, today=DAY), lambda name: f"results/{name}")
    for line in text.splitlines():
        head, _, message = line[2:].partition("::")
        assert head.split(" ")[0] in ("error", "warning", "notice")
        assert "file=results/a%2Cb%3Ac%25.json,line=1,title=benchfolio " in head
        assert "100 %25, really: yes" in message
    assert len(text.splitlines()) == len(examine(files, today=DAY))


def test_severities_become_levels_of_annotations() -> None:
    """Errors, warnings and notices, so that a code host marks them by weight."""
    levels = {
        rule: to_github(examine(EXAMPLES[rule](), today=DAY), str).partition(" ")[0]
        for rule in ("claim", "blanks", "same-name")
    }
    assert levels == {"claim": "::error", "blanks": "::warning", "same-name": "::notice"}


def test_annotations_point_to_the_line_of_the_cell(tmp_path: Path) -> None:
    """Rows of tables, and cells by index, are found in the file as benchfolio writes it."""
    file = page(*published([Line(name="a"), Line(name="alexnet"), Line(name="alexnet ", form="x")]))
    path = tmp_path / "lab.json"
    write(file, path)
    text = path.read_text(encoding="utf-8")
    (finding,) = examine([(FILE, file)], today=DAY)
    line = Lines(text).of(finding)
    assert text.splitlines()[line - 1] == "    {"
    cell: Cell = file.cells[8]
    assert cell.published is not None
    following = "\n".join(text.splitlines()[line - 1 : line + 25])
    assert '"row": 3' in following
    assert f",line={line}," in to_github([finding], str, lambda _: text)


def test_json_has_the_place_in_parts() -> None:
    """Programs get file, table, row and name beside the text of the place."""
    first = json.loads(to_json(examine(mixed(), today=DAY)))[0]
    assert (first["file"], first["table"], first["row"], first["name"]) == (FILE, "Models", 4, "d")
