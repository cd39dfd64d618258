"""``benchfolio check`` on published tables: formats, mutes, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from generator.lint.made import EXAMPLES

from benchfolio.cli.check import command
from benchfolio.results import BadInput, WrongUsage, write


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder with a page in which one claim is wrong."""
    for name, file in EXAMPLES["claim"]():
        write(file, tmp_path / name)
    return tmp_path


def check(*arguments: str | Path) -> Result:
    """Run the command; our own errors come through."""
    return CliRunner().invoke(command, [str(each) for each in arguments], catch_exceptions=False)


def test_an_error_is_status_1(results: Path) -> None:
    """A finding of severity error fails the check and is told with row and remedy."""
    done = check(results)
    assert done.exit_code == 1
    assert "row 1, Bert-Large" in done.output
    assert "remedy:" in done.output


@pytest.mark.parametrize(
    ("rule", "plain", "strict"), [("blanks", 0, 1), ("same-name", 0, 0), ("claim", 1, 1)]
)
def test_severities_decide_the_status(tmp_path: Path, rule: str, plain: int, strict: int) -> None:
    """Errors fail, warnings under ``--strict`` only, notes never."""
    for name, file in EXAMPLES[rule]():
        write(file, tmp_path / name)
    assert (check(tmp_path).exit_code, check(tmp_path, "--strict").exit_code) == (plain, strict)


def test_mutes_beside_the_results_are_used(results: Path) -> None:
    """A muted error does not fail the check, and is counted."""
    (results / "mutes.yaml").write_text("- {rule: claim, where: '*', reason: as published}\n")
    done = check(results, "--strict")
    assert (done.exit_code, done.output) == (0, "1 valid files, 0 errors, 0 warnings, 1 muted\n")
    assert "as published" in check(results, "--show-muted").output


def test_mutes_can_be_named(results: Path, tmp_path: Path) -> None:
    """``--mutes`` takes another file, and a bad one is bad input."""
    path = tmp_path / "elsewhere.yml"
    path.write_text("- {rule: claim, where: '*', reason: as published}\n")
    assert check(results, "--mutes", path).exit_code == 0
    path.write_text("no list\n")
    with pytest.raises(BadInput):
        check(results, "--mutes", path)


def test_files_can_be_chosen_by_origin(results: Path) -> None:
    """``--origin measured`` leaves transcribed files out, so that a project can check its own."""
    assert check(results, "--origin", "measured").output == "0 valid files, nothing wrong\n"
    assert check(results, "--origin", "transcribed").exit_code == 1


def test_annotations_name_the_file_and_the_line(results: Path) -> None:
    """``--format github`` prints workflow commands with a path that the host can follow."""
    done = check(results, "--format", "github")
    assert done.exit_code == 1
    assert done.output.startswith(f"::error file={results.as_posix()}/page-1/lab.json,line=")
    assert ",line=1," not in done.output


def test_json_is_a_list(results: Path) -> None:
    """Programs get rule, severity and place."""
    (finding,) = json.loads(check(results, "--format", "json").output)
    assert (finding["rule"], finding["severity"], finding["row"]) == ("claim", "error", 1)


def test_a_rule_can_be_explained() -> None:
    """``--explain`` says what, why and what to do; an unknown rule names those there are."""
    done = check("--explain", "claim")
    assert done.exit_code == 0
    assert done.output.startswith("error[claim] A derived figure does not follow")
    assert "Why: " in done.output
    with pytest.raises(WrongUsage, match="ratio-scale"):
        check("--explain", "nothing")
