"""Loading and merging: nothing lost, nothing overwritten in silence, no order that matters."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from factory import START, portfolio, result_file, write_results
from hypothesis import given, settings
from hypothesis import strategies as st

from benchfolio.generator.collection import Collection, newest_releases
from benchfolio.generator.load import load
from benchfolio.generator.merge import KEY_COLUMNS, merge
from benchfolio.results import ResultFile, Value, release_order

FILES = portfolio()
MERGED = merge(FILES)


def everything(collection: Collection) -> tuple[str, ...]:
    """Write a collection down, to compare it with another."""
    names = [name for name in collection.cells.columns if name not in ("settings", "executed")]
    return (
        collection.cells[names].to_csv(),
        collection.values.to_csv(),
        repr(collection.catalogue),
        repr(collection.findings),
    )


def changed(file: ResultFile, days: int, factor: float) -> ResultFile:
    """Return a file whose first cell with values was run again on another day."""
    at = next(i for i, cell in enumerate(file.cells) if cell.values)
    cell = file.cells[at]
    values = {
        name: msgspec.structs.replace(value, value=value.value * factor)
        for name, value in cell.values.items()
    }
    again = msgspec.structs.replace(cell, started=START + timedelta(days=days), values=values)
    return msgspec.structs.replace(file, cells=(again,))


def test_every_value_of_every_file_is_there_once() -> None:
    """Merging keeps each cell and each value exactly once."""
    assert len(MERGED) == sum(len(file.cells) for _, file in FILES)
    assert len(MERGED.values) == sum(len(cell.values) for _, f in FILES for cell in f.cells)
    assert not MERGED.cells.duplicated(subset=list(KEY_COLUMNS)).any()
    assert MERGED.findings == ()


def test_values_stay_with_their_cells() -> None:
    """A value is found again under the key it was recorded with."""
    _, file = FILES[0]
    for cell in file.cells:
        at = MERGED.select(
            {
                "platform": [file.platform.id],
                "model": [cell.model],
                "precision": [cell.precision.value],
                "recipe": [cell.recipe],
                "runtime": [cell.runtime],
                "scenario": [cell.scenario.value],
            },
            releases=file.release,
        )
        assert len(at) == 1
        for name, value in cell.values.items():
            found = MERGED.measured(name, at)[at[0]]
            assert (found.value, found.unit, found.n) == (value.value, value.unit, value.n)


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_files_never_matters(shuffler: random.Random) -> None:
    """Any permutation of the files, with conflicts among them, gives the same collection."""
    files = [*FILES, ("extra/a.json", changed(FILES[0][1], 400, 2.0))]
    files.append(("extra/b.json", changed(FILES[0][1], 400, 3.0)))
    expected = everything(merge(files))
    shuffler.shuffle(files)
    assert everything(merge(files)) == expected


@pytest.mark.parametrize(("days", "winner"), [(400, "again"), (-400, "first")])
def test_of_two_cells_with_one_key_the_one_started_last_wins(days: int, winner: str) -> None:
    """A conflict is decided by time, whatever the names of the files, and is reported."""
    first = result_file()
    again = changed(first, days, 2.0)
    cell = again.cells[0]
    for names in (("a.json", "z.json"), ("z.json", "a.json")):
        merged = merge([(names[0], first), (names[1], again)])
        assert len(merged) == len(first.cells)
        at = merged.select(
            {
                "model": [cell.model],
                "precision": [cell.precision.value],
                "runtime": [cell.runtime],
                "scenario": [cell.scenario.value],
            }
        )
        metric, value = next(iter(cell.values.items()))
        factor = 1.0 if winner == "again" else 0.5
        assert merged.measured(metric, at)[at[0]].value == value.value * factor
        (finding,) = merged.findings
        loser = names[0] if winner == "again" else names[1]
        assert finding.where == loser
        assert metric in finding.got


def test_the_same_result_twice_is_no_conflict() -> None:
    """A file copied to another name is counted once and reported as nothing."""
    merged = merge([("a.json", result_file()), ("b.json", result_file())])
    assert len(merged) == len(result_file().cells)
    assert merged.findings == ()


def test_the_newest_release_of_each_platform_is_selected() -> None:
    """By default every platform shows its own newest release, and other releases on request."""
    shown = MERGED.select()
    pairs = set(zip(MERGED.column("platform", shown), MERGED.column("release", shown), strict=True))
    assert pairs == {("arm-board", "2026.1"), ("desk-core", "2026.2"), ("lab-xeon", "2026.2")}
    assert len(MERGED.select(releases="all")) == len(MERGED)
    assert set(MERGED.column("release", MERGED.select(releases="2026.1"))) == {"2026.1"}


def test_releases_are_ordered_as_people_count() -> None:
    """2026.10 follows 2026.2, and a candidate comes before its release."""
    releases = ["2026.10", "v1", "2026.2", "2026.1.1", "2026.1", "2026.1rc2", "2026.1-rc1"]
    ordered = ["v1", "2026.1-rc1", "2026.1rc2", "2026.1", "2026.1.1", "2026.2", "2026.10"]
    assert sorted(releases, key=release_order) == ordered
    assert newest_releases((release, "p") for release in releases) == {"p": "2026.10"}


def test_nothing_merges_to_nothing() -> None:
    """No files make an empty collection that can still be asked."""
    empty = merge([])
    assert len(empty) == 0
    assert empty.select({"model": ["x"]}) == []
    assert empty.measured("throughput", []) == {}


def test_a_broken_file_is_reported_and_skipped(tmp_path: Path) -> None:
    """Whatever is wrong with one file, the others are loaded."""
    write_results(tmp_path)
    (tmp_path / "2026.1" / "broken.json").write_bytes(b'{"format": "benchfolio-results", ')
    (tmp_path / "2026.1" / "latin.json").write_bytes(b"\xff\xfe{}")
    loaded = load(tmp_path)
    assert [name for name, _ in loaded.files] == sorted(name for name, _ in FILES)
    assert [problem.where.split(":")[0] for problem in loaded.problems] == [
        "2026.1/broken.json",
        "2026.1/latin.json",
    ]


def test_one_release_can_be_loaded_alone(tmp_path: Path) -> None:
    """Files of other releases are left out without a word."""
    write_results(tmp_path)
    loaded = load(tmp_path, release="2026.2")
    assert {file.release for _, file in loaded.files} == {"2026.2"}
    assert loaded.problems == ()


def test_a_folder_without_results_is_a_problem(tmp_path: Path) -> None:
    """An empty folder, or none, says where results come from."""
    for folder in (tmp_path, tmp_path / "missing"):
        loaded = load(folder)
        assert loaded.files == ()
        assert "benchfolio run" in loaded.problems[0].remedy


def test_unknown_columns_cannot_be_selected() -> None:
    """A misspelled field is an error, not an empty answer."""
    with pytest.raises(KeyError):
        MERGED.select({"modell": ["x"]})


def test_text_that_was_printed_is_kept() -> None:
    """A transcribed figure keeps its digits as printed."""
    file = result_file()
    cell = next(cell for cell in file.cells if cell.values)
    value = Value(value=86.5, unit="%", printed="86.50%")
    one = msgspec.structs.replace(cell, values={"accuracy": value})
    merged = merge([("a.json", msgspec.structs.replace(file, cells=(one,)))])
    assert merged.measured("accuracy", [0])[0].printed == "86.50%"
