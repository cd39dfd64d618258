"""``benchfolio check`` and ``benchfolio export`` as people call them."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from factory import result_file, write_results

from benchfolio.cli.check import command as check
from benchfolio.cli.export import command as export
from benchfolio.results import BadInput, WrongUsage, write


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder with right results of one platform."""
    write(result_file(), tmp_path / "2026.2" / "lab-xeon.json")
    return tmp_path


def run(command: click.Command, *arguments: str | Path) -> Result:
    """Call a command; our own errors come through."""
    return CliRunner().invoke(
        command, [str(argument) for argument in arguments], catch_exceptions=False
    )


def test_right_results_pass(results: Path) -> None:
    """Nothing wrong is exit status 0 and one line."""
    done = run(check, results, "--strict")
    assert (done.exit_code, done.output) == (0, "1 valid files, nothing wrong\n")


def test_warnings_fail_only_under_strict(tmp_path: Path) -> None:
    """Pending cells are told either way, and fail only when asked."""
    write_results(tmp_path)
    assert run(check, tmp_path).exit_code == 0
    done = run(check, tmp_path, "--strict")
    assert done.exit_code == 1
    assert "warning[pending] 2026.2/desk-core.json: $.cells" in done.output


def test_a_bad_file_is_status_3_with_place_and_remedy(results: Path) -> None:
    """File, JSON path, expected, got and remedy are printed; the other files are still checked."""
    bad = results / "2026.2" / "bad.json"
    bad.write_text((results / "2026.2" / "lab-xeon.json").read_text().replace('"CPU"', "7", 1))
    done = run(check, results)
    assert done.exit_code == 3
    assert "error[contract] 2026.2/bad.json: $.cells" in done.output
    for label in ("expected:", "got:", "remedy:"):
        assert label in done.output
    assert run(check, results / "2026.2" / "lab-xeon.json").exit_code == 0


def test_findings_as_json(results: Path) -> None:
    """Programs get a list of objects."""
    (results / "2026.2" / "bad.json").write_bytes(b"{")
    done = run(check, results, "--format", "json")
    (finding,) = json.loads(done.output)
    assert finding["rule"] == "contract"
    assert finding["where"].startswith("2026.2/bad.json")


def test_hostile_texts_do_not_reach_the_terminal(results: Path) -> None:
    """Escape sequences and line breaks from files are shown, not obeyed."""
    text = '{"format": "\\u001b[2Jx\\nerror"}'
    (results / "2026.2" / "bad.json").write_text(text)
    assert "\x1b" not in run(check, results).output


def test_tables_can_be_listed() -> None:
    """``--list`` names every table."""
    done = run(export, "--list")
    assert "accuracy-drop" in done.output
    assert done.exit_code == 0


@pytest.mark.parametrize(("suffix", "start"), [("csv", "Model,"), ("json", "{"), ("md", "**")])
def test_a_table_goes_to_a_file_in_the_format_of_its_name(
    results: Path, suffix: str, start: str
) -> None:
    """The suffix of ``--out`` chooses the format; stdout has the same bytes."""
    out = results / f"table.{suffix}"
    assert run(export, "workloads", "--results", results, "--out", out).exit_code == 0
    assert out.read_text(encoding="utf-8").startswith(start)
    shown = run(export, "workloads", "--results", results / "2026.2" / "..", "--format", suffix)
    assert shown.stdout_bytes == out.read_bytes() or suffix == "json"


def test_a_bad_file_is_told_and_skipped_unless_strict(results: Path) -> None:
    """An export of what is good works, with the problem on stderr; ``--strict`` refuses."""
    (results / "2026.2" / "bad.json").write_bytes(b"{")
    done = run(export, "workloads", "--results", results)
    assert done.exit_code == 0
    assert "bad.json" in done.stderr
    with pytest.raises(BadInput):
        run(export, "workloads", "--results", results, "--strict")


def test_an_unknown_table_is_wrong_usage(results: Path) -> None:
    """The error names the tables there are."""
    with pytest.raises(WrongUsage, match="accuracy-drop"):
        run(export, "nothing", "--results", results)


def test_a_users_own_table_needs_no_code(results: Path) -> None:
    """A definition in a folder of one's own can be exported at once."""
    own = results / "tables"
    own.mkdir()
    (own / "mine.yaml").write_text(
        "id: mine\ntitle: Mine\nrows: [model]\nvalues: [{metric: size, scenario: latency}]\n"
    )
    done = run(export, "mine", "--results", results / "2026.2", "--tables", own)
    assert done.output.splitlines()[0] == "Model,size (MiB)"
