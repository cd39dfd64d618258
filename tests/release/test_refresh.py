"""Release day in one command: stages, summary, reports, and a site only where all is fine."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from factory import HOSTILE, portfolio

from benchfolio.cli import cli
from benchfolio.release.judgement import Outcome
from benchfolio.release.refreshing import inspect
from benchfolio.release.report_refresh import to_markdown, to_text
from benchfolio.results import ResultFile, Scenario, State, write

CONF = 'project = "P"\nextensions = ["benchfolio.sphinxext"]\nbenchfolio_results = "results"\n'


def files() -> list[tuple[str, ResultFile]]:
    """Return two platforms, two releases that are the same but for their names, nothing open."""
    found = []
    for name, file in portfolio():
        if file.platform.id == "arm-board" or file.release == "2026.2":
            continue
        done = tuple(one for one in file.cells if one.state in (State.OK, State.UNSUPPORTED))
        for release in ("2026.1", "2026.2"):
            made = msgspec.structs.replace(file, release=release, cells=done)
            found.append((name.replace("2026.1", release), made))
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with two equal releases."""
    (tmp_path / "conf.py").write_text(CONF)
    (tmp_path / "index.rst").write_text("P\n=\n\n.. toctree::\n\n   benchfolio/index\n")
    for name, file in files():
        write(file, tmp_path / "results" / name)
    return tmp_path


def refresh(project: Path, *options: str) -> Result:
    """Call the command."""
    return CliRunner().invoke(
        cli,
        ["refresh", str(project), "--release", "2026.2", "--out", str(project / "out"),
         "--today", "2026-11-22", *options],
    )  # fmt: skip


def slowed(project: Path, factor: float) -> None:
    """Make every throughput of a platform lower in the newer release."""
    path = project / "results/2026.2/lab-xeon.json"
    file = next(one for name, one in files() if name == "2026.2/lab-xeon.json")
    cells = [_slower(cell, factor) if cell.scenario is Scenario.THROUGHPUT else cell
             for cell in file.cells]  # fmt: skip
    write(msgspec.structs.replace(file, cells=tuple(cells)), path)


def _slower(cell: object, factor: float) -> object:
    values = {
        name: msgspec.structs.replace(value, value=value.value / factor, interval=None)
        for name, value in cell.values.items()  # type: ignore[attr-defined]
    }
    return msgspec.structs.replace(cell, values=values)  # type: ignore[type-var]


def test_equal_release_is_fine_and_its_site_is_built(project: Path) -> None:
    """A release that is as the one before passes every stage, and the site is there."""
    done = refresh(project, "--reports", str(project / "reports"))
    assert done.exit_code == 0, done.output
    assert "Release 2026.2 against 2026.1: fine" in done.output
    assert (project / "out/index.html").is_file()
    names = {path.name for path in (project / "reports").iterdir()}
    assert names == {"summary.md", "compare.md", "compare.json", "compare.xml"}


def test_nothing_is_built_when_a_platform_is_missing(project: Path) -> None:
    """A platform that was not measured is named with its remedy, and no page is written."""
    (project / "results/2026.2/lab-xeon.json").unlink()
    done = refresh(project)
    assert done.exit_code == 1
    assert "platform lab-xeon was last measured for release 2026.1" in done.output
    assert "not built: something above fails" in done.output
    assert not (project / "out").exists()


def test_site_is_built_all_the_same_when_that_is_asked_for(project: Path) -> None:
    """With --build always the site is there, and the exit status still says that it is not fine."""
    (project / "results/2026.2/lab-xeon.json").unlink()
    done = refresh(project, "--build", "always")
    assert done.exit_code == 1
    assert (project / "out/index.html").is_file()


def test_cells_of_a_missing_platform_share_a_line(project: Path) -> None:
    """Hundreds of cells that are gone for one reason are one line of the summary."""
    (project / "results/2026.2/lab-xeon.json").unlink()
    done = refresh(project, "--build", "never")
    lines = [line for line in done.output.splitlines() if "gone" in line and "lab-xeon" in line]
    assert len(lines) == 1
    assert "cells: gone: this platform was not measured for 2026.2" in lines[0]


def test_broken_file_stops_with_its_own_status(project: Path) -> None:
    """A file that cannot be read is named, nothing is built, and the exit status is 3."""
    (project / "results/2026.2/lab-xeon.json").write_text('{"format": "benchfolio-results"')
    done = refresh(project)
    assert done.exit_code == 3
    assert "2026.2/lab-xeon.json: not valid JSON" in done.output
    assert not (project / "out").exists()


def test_slower_release_is_named_cell_by_cell(project: Path) -> None:
    """A release that is much slower on a machine is not fine, and the summary says where."""
    slowed(project, 3)
    stages = {stage.name: stage for stage in inspect(project / "results", "2026.2").stages}
    assert stages["compare"].outcome in (Outcome.FAIL, Outcome.WARN)
    assert any("lab-xeon" in line for line in stages["compare"].lines)


def test_first_release_has_nothing_to_compare_with(project: Path) -> None:
    """Without a release before it, a release is checked and built, and nothing is compared."""
    shutil.rmtree(project / "results/2026.1")
    done = refresh(project)
    assert done.exit_code == 0, done.output
    assert "the first release: nothing to compare with" in done.output


def test_baseline_that_is_not_there_is_not_fine(project: Path) -> None:
    """A baseline that has no results is said, instead of comparing with nothing."""
    done = refresh(project, "--baseline", "2020.1", "--build", "never")
    assert done.exit_code == 1
    assert "there are no results of 2020.1" in done.output


def test_twice_gives_the_same_summary(project: Path) -> None:
    """The summary and its reports are a function of the results alone."""
    texts = []
    for name in ("one", "two"):
        done = refresh(project, "--build", "never", "--reports", str(project / name))
        reports = {path.name: path.read_bytes() for path in (project / name).iterdir()}
        texts.append((done.output, reports))
    assert texts[0] == texts[1]


def test_hostile_names_do_nothing_in_markdown(project: Path) -> None:
    """Names of a result file stand in code spans: no tag, mention or link comes of them."""
    path = next((project / "results/2026.2").glob("*.json"))
    file = next(one for name, one in files() if name == f"2026.2/{path.name}")
    hostile = {**file.software, "openvino": HOSTILE[0] + " @everyone [x](https://x.example)"}
    write(msgspec.structs.replace(file, software=hostile), path)
    inspected = inspect(project / "results", "2026.2")
    text = to_markdown(inspected, inspected.stages)
    line = next(line for line in text.splitlines() if "@everyone" in line)
    assert line.startswith("- `")
    assert line.endswith("`")
    assert "everyone" in to_text(inspected, inspected.stages)
    assert "`" not in line[3:-1]
