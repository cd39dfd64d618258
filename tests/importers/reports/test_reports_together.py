"""Fixtures through recognition, their reader and the making of result files."""

from __future__ import annotations

from pathlib import Path

import pytest
from importers.reports.reading_reports import FIXTURES, unsaid

from benchfolio.importers.reports.assembling import Named, Order, assemble
from benchfolio.importers.reports.registry import reader, recognised
from benchfolio.importers.reports.types import Field, Stated
from benchfolio.results import ResultFile, State, WrongUsage, read, write

READERS = {
    "ai_hub": "ai-hub",
    "dl_benchmark": "dl-benchmark",
    "github_action_benchmark": "github-action-benchmark",
    "loadgen": "loadgen-summary",
    "optimum_benchmark": "optimum-benchmark",
    "ort_perf_test": "ort-perf-test",
    "plain_csv": "csv",
    "pytest_benchmark": "pytest-benchmark",
}
CASES = [
    pytest.param(path, name, id=f"{folder}/{path.name}")
    for folder, name in READERS.items()
    for path in sorted((FIXTURES / folder).iterdir())
    if path.is_file() and path.name not in ("mapping.yaml", "digits-resnet.yml")
]
STATED: dict[Field, str] = {
    "release": "2026.1",
    "platform": "lab-1",
    "model": "net",
    "scenario": "latency",
    "precision": "FP32",
    "recipe": "original",
    "runtime": "engine",
    "device": "CPU",
    "batch": "1",
}
TWICE = {"appended.txt"}
"""Reports in which something stands twice, which only a person can tell apart."""


def _none(release: str, platform: str) -> ResultFile | None:
    del release, platform
    return None


@pytest.mark.parametrize(("path", "name"), CASES)
def test_each_report_is_recognised_by_its_own_reader(path: Path, name: str) -> None:
    """Nobody but its reader takes a report; a CSV is nobody's."""
    text = path.read_text(encoding="utf-8")
    if name == "csv":
        assert not reader(name).recognises(path.name, text)
    else:
        assert recognised(path.name, text, path.name).name == name


@pytest.mark.parametrize(("path", "name"), CASES)
def test_each_report_becomes_sound_result_files(path: Path, name: str, tmp_path: Path) -> None:
    """With what its rows leave open every row is a cell of a file that can be written and read."""
    mapping = Stated(mapping=FIXTURES / "plain_csv" / "mapping.yaml")
    report = reader(name).read(path.read_text(encoding="utf-8"), path.name, mapping)
    missing = {field for row in report.rows for field in unsaid(row)}
    fields = {field: text for field, text in STATED.items() if field in missing}
    order = Order(stated=Stated(fields=fields), fill=True)
    found = assemble([Named(path.name, report)], order, _none)
    repeated = [problem for problem in found.problems if problem not in report.left_out]
    assert bool(repeated) == (path.name in TWICE)
    for file in found.files:
        target = tmp_path / f"{file.platform.id}.json"
        write(file, target)
        assert read(target) == file
    if not repeated:
        cells = [cell for file in found.files for cell in file.cells]
        assert len(cells) == len(report.rows)
        assert sum(cell.state is State.OK for cell in cells) == sum(
            row.state is State.OK for row in report.rows
        )


@pytest.mark.parametrize(
    ("path", "name"), [case for case in CASES if case.values[1] not in ("csv", "pytest-benchmark")]
)
def test_what_a_format_never_says_is_never_said(path: Path, name: str) -> None:
    """The fields that a reader asks for are open in all of its rows; mappings may say anything."""
    mapping = Stated()
    report = reader(name).read(path.read_text(encoding="utf-8"), path.name, mapping)
    asked = set(reader(name).asks)
    several_machines = name == "dl-benchmark" and "quoted" in path.name
    recipes = {row.recipe for row in report.rows} != {None}
    allowed = ({"platform"} if several_machines else set()) | ({"recipe"} if recipes else set())
    for row in report.rows:
        assert asked - unsaid(row) <= allowed


def test_what_is_not_said_is_asked_for() -> None:
    """A bare report ends in the options that are missing, never in a guess."""
    path = FIXTURES / "loadgen" / "offline.txt"
    report = reader("loadgen-summary").read(path.read_text(encoding="utf-8"), "s", Stated())
    with pytest.raises(WrongUsage) as caught:
        assemble([Named("s", report)], Order(), _none)
    options = " ".join(problem.remedy for problem in caught.value.problems)
    for option in ("--release", "--platform", "--model", "--precision", "--runtime", "--device"):
        assert option in options
