"""``benchfolio import``: what it writes, and when it writes nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result
from importers.test_mapping import MAPPING, PAGE

from benchfolio.cli.import_ import command
from benchfolio.cli.main import cli
from benchfolio.results import BadInput, NotFine, read


def imported(folder: Path, page: str, *options: str, mapping: str = MAPPING) -> Result:
    """Run the command on a page as text."""
    (folder / "page.md").write_text(page)
    (folder / "mapping.yaml").write_text(mapping)
    arguments = [str(folder / "page.md"), "--mapping", str(folder / "mapping.yaml")]
    return CliRunner().invoke(command, [*arguments, "--out", str(folder / "results"), *options])


def test_writes_one_file_a_platform_and_says_what_was_read(tmp_path: Path) -> None:
    """The file is valid, stands under its release, and the counts of the table are shown."""
    result = imported(tmp_path, PAGE)
    assert result.exit_code == 0
    assert "One: 1 rows, 1 cells, 1 values, 0 claims" in result.output
    assert read(tmp_path / "results/page/lab.json").platform.id == "lab"


def test_twice_is_the_same_bytes(tmp_path: Path) -> None:
    """Importing again changes nothing."""
    imported(tmp_path, PAGE)
    first = (tmp_path / "results/page/lab.json").read_bytes()
    imported(tmp_path, PAGE)
    assert (tmp_path / "results/page/lab.json").read_bytes() == first


def test_nothing_is_written_when_something_is_not_understood(tmp_path: Path) -> None:
    """One cell that is no figure is bad input, and no file appears."""
    result = imported(tmp_path, PAGE + "| other | often |\n")
    assert isinstance(result.exception, BadInput)
    assert result.exception.exit_code == 3
    assert not (tmp_path / "results").exists()


def test_partial_leaves_out_and_says_so(tmp_path: Path) -> None:
    """With --partial the rest is written and what is missing is named."""
    result = imported(tmp_path, PAGE + "| other | often |\n", "--partial")
    assert result.exit_code == 0
    assert "row 2" in result.output
    assert len(read(tmp_path / "results/page/lab.json").cells) == 1


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_partial_writes_no_file_of_nothing(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Where no table of the mapping is on the page, even --partial is bad input."""
    result = imported(tmp_path, PAGE.replace("One", "Other"), "--partial", *options)
    assert isinstance(result.exception, BadInput)
    assert "table 1 under the heading 'One'" in str(result.exception)
    assert "nothing was written" in str(result.exception)
    assert not (tmp_path / "results").exists()


def test_partial_leaves_out_a_platform_of_which_nothing_was_read(tmp_path: Path) -> None:
    """Of two platforms, the one whose table is not on the page gets no file."""
    table = MAPPING[MAPPING.index("  - heading") :]
    second = table.replace("One", "Two").replace("platform: lab", "platform: other")
    platforms = "  - {id: lab, label: Lab}\n  - {id: other, label: Other}\n"
    mapping = MAPPING.replace("  - {id: lab, label: Lab}\n", platforms) + second
    result = imported(tmp_path, PAGE, "--partial", mapping=mapping)
    assert result.exit_code == 0, result.output
    assert [path.name for path in (tmp_path / "results").rglob("*.json")] == ["lab.json"]


@pytest.mark.parametrize("options", ["--mapping {folder}/mapping.yaml", "--from loadgen-summary"])
def test_a_pipe_is_no_document(tmp_path: Path, options: str) -> None:
    """What is no regular file is refused at once; nobody waits for a writer that never comes."""
    os.mkfifo(tmp_path / "page.md")
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    arguments = [str(tmp_path / "page.md"), *options.format(folder=tmp_path).split()]
    result = CliRunner().invoke(command, arguments)
    assert isinstance(result.exception, BadInput)
    assert "a pipe" in str(result.exception)


@pytest.mark.parametrize("there", [False, True])
def test_check_writes_nothing_and_fails_on_a_difference(tmp_path: Path, there: bool) -> None:
    """A file that is missing, or was changed by hand, is not fine."""
    path = tmp_path / "results/page/lab.json"
    if there:
        imported(tmp_path, PAGE)
        path.write_bytes(path.read_bytes().replace(b"86.52", b"86.53"))
    result = imported(tmp_path, PAGE, "--check")
    assert isinstance(result.exception, NotFine)
    assert path.exists() == there


def test_check_is_silent_when_all_is_the_same(tmp_path: Path) -> None:
    """Right after an import the check passes."""
    imported(tmp_path, PAGE)
    assert imported(tmp_path, PAGE, "--check").exit_code == 0


def test_the_example_of_the_guide_gives_what_the_guide_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page and mapping of the guide, imported and checked, print the lines that stand there."""
    guide = Path(__file__).parents[2] / "site" / "docs" / "import.rst"
    block = re.compile(r"^\.\. code-block:: (\w+)\n\n((?:(?:   .*)?\n)+)", re.MULTILINE)
    blocks = {name: dedent(body) for name, body in block.findall(guide.read_text("utf-8"))}
    monkeypatch.chdir(tmp_path)
    Path("speeds.html").write_text(blocks["html"], "utf-8")
    Path("mapping.yaml").write_text(blocks["yaml"], "utf-8")
    commands = re.findall(r"\$ benchfolio (.*)\n((?:[^$].*\n)+)", blocks["console"])
    assert len(commands) == 2
    for line, expected in commands:
        assert CliRunner().invoke(cli, line.split()).output.split() == expected.split()
    states = {cell.state for cell in read(Path("results/edge-speeds-2026-05/arm-board.json")).cells}
    assert states == {"ok", "pending"}
