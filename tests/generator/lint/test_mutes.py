"""Mutes: one finding is put aside with a reason, and a bad mute is a finding."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from generator.lint.made import DAY, EXAMPLES

from benchfolio.generator.lint import Finding, Mute, examine, read_mutes, standing
from benchfolio.results import BadInput

WHERE = "page-1/lab.json: Models, row 2 (alexnet␣)"


def check(*mutes: Mute, today: date = DAY) -> tuple[Finding, ...]:
    """Examine a table with one finding."""
    return examine(EXAMPLES["blanks"](), mutes=mutes, today=today)


@pytest.mark.parametrize("where", [WHERE, "page-1/lab.json: *", "*row 2*", "*"])
def test_a_mute_with_a_reason_puts_a_finding_aside(where: str) -> None:
    """The finding stays in the result, with the reason, and no longer counts."""
    findings = check(Mute(rule="blanks", where=where, reason="both rows are meant"))
    assert [finding.muted for finding in findings] == ["both rows are meant"]
    assert standing(findings) == ()


@pytest.mark.parametrize(
    ("mute", "what"),
    [
        (Mute(rule="blanks", where="*"), "has no reason"),
        (Mute(rule="blanks", where="*", reason="  "), "has no reason"),
        (Mute(rule="blanks", where="page-1/lab.json", reason="x"), "mutes nothing"),
        (Mute(rule="claim", where="*", reason="x"), "mutes nothing"),
        (Mute(rule="blank", where="*", reason="x"), "does not exist"),
        (Mute(rule="contract", where="*", reason="x"), "cannot be muted"),
        (Mute(rule="blanks", where="*", reason="x", until=DAY - timedelta(days=1)), "run out"),
    ],
)
def test_a_mute_that_is_no_good_is_a_finding_and_mutes_nothing(mute: Mute, what: str) -> None:
    """No reason, no such place, no such rule, run out: the finding stays, and the mute is named."""
    findings = check(mute)
    assert {finding.rule for finding in standing(findings)} == {"blanks", "mute"}
    (about,) = [finding for finding in findings if finding.rule == "mute"]
    assert what in about.problem.what
    assert about.problem.where.startswith("mutes.yaml: entry 1")


def test_a_mute_holds_until_the_end_of_its_last_day() -> None:
    """``until`` is the last day on which the finding is put aside."""
    assert standing(check(Mute(rule="blanks", where="*", reason="x", until=DAY))) == ()


def test_only_the_star_is_special() -> None:
    """Brackets and dots of a place mean themselves: a JSON path can be named as printed."""
    findings = examine(
        EXAMPLES["unit"](),
        mutes=[Mute(rule="unit", where="2026.2/lab-xeon.json: $.cells[*", reason="x")],
        today=DAY,
    )
    assert standing(findings) == ()
    assert standing(check(Mute(rule="blanks", where=".*", reason="x")))


def test_mutes_are_read_from_yaml(tmp_path: Path) -> None:
    """Rule, place, reason and day come from a list; an empty file has none."""
    path = tmp_path / "mutes.yaml"
    path.write_text(
        "- rule: blanks\n  where: 'a: *'\n  reason: meant\n  until: 2027-03-01\n", encoding="utf-8"
    )
    (mute,) = read_mutes(path, "mutes.yaml")
    assert mute == Mute(rule="blanks", where="a: *", reason="meant", until=date(2027, 3, 1))
    path.write_text("# none yet\n", encoding="utf-8")
    assert read_mutes(path) == ()


@pytest.mark.parametrize(
    "text",
    ["rule: x\n", "- 3\n", "- rule: x\n  were: y\n", "- rule: [\n", "- rule: 3\n  where: x\n"],
)
def test_a_file_that_is_no_list_of_mutes_is_bad_input(tmp_path: Path, text: str) -> None:
    """The error names the file and what was expected."""
    path = tmp_path / "mutes.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"mutes\.yaml"):
        read_mutes(path)


def test_a_file_that_is_not_there_or_not_text_is_bad_input(tmp_path: Path) -> None:
    """Missing files and other encodings end the check with a reason."""
    with pytest.raises(BadInput, match="cannot be read"):
        read_mutes(tmp_path / "none.yaml")
    (tmp_path / "mutes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput):
        read_mutes(tmp_path / "mutes.yaml")
