"""What a release lacks, found before it is published."""

from __future__ import annotations

from pathlib import Path

import msgspec
from factory import portfolio

from benchfolio.generator.merge import merge
from benchfolio.release.readiness import Gap, Severity, gaps
from benchfolio.results import ResultFile, State

Files = list[tuple[str, ResultFile]]


def told(files: Files, release: str = "2026.2", baseline: str = "2026.1") -> list[Gap]:
    """Return the gaps of a release."""
    return list(gaps(merge(files), release, baseline))


def of_kind(found: list[Gap], kind: str) -> list[str]:
    """Return what is said of one kind."""
    return [gap.what for gap in found if gap.kind == kind]


def complete() -> Files:
    """Return two releases in which every platform was measured."""
    files = [(name, file) for name, file in portfolio() if file.platform.id != "arm-board"]
    return [(name, msgspec.structs.replace(file, cells=_done(file))) for name, file in files]


def _done(file: ResultFile) -> tuple[object, ...]:
    open_ = (State.FAILED, State.PENDING)
    return tuple(cell for cell in file.cells if cell.state not in open_)


def test_complete_release_has_no_gap() -> None:
    """A release in which everything was measured with equal versions lacks nothing."""
    assert told(complete()) == []


def test_platform_that_was_left_out_is_an_error() -> None:
    """A platform of the baseline without results for the release is named, with the remedy."""
    found = told(list(portfolio()))
    (gap,) = [gap for gap in found if gap.kind == "platform"]
    assert gap.severity is Severity.ERROR
    assert "arm-board was last measured for release 2026.1" in gap.what
    assert "--release 2026.2 --platform arm-board" in gap.remedy
    assert found[0].severity is Severity.ERROR


def test_platform_that_was_left_out_long_ago_is_a_warning() -> None:
    """A platform that the baseline did not have either is only warned of."""
    files = list(portfolio())
    later = [
        (name.replace("2026.2", "2026.3"), msgspec.structs.replace(file, release="2026.3"))
        for name, file in files
        if file.release == "2026.2"
    ]
    (gap,) = [gap for gap in told([*files, *later], "2026.3", "2026.2") if gap.kind == "platform"]
    assert gap.severity is Severity.WARNING


def test_release_without_results_says_what_there_is() -> None:
    """A release that nothing was measured for is one error that names the releases there are."""
    (gap,) = told(complete(), "2027.1", "2026.2")
    assert gap.severity is Severity.ERROR
    assert "2026.1 and 2026.2" in gap.what


def test_later_results_would_be_shown_instead() -> None:
    """Results of a later release than the one to be published are an error."""
    (text,) = of_kind(told(complete(), "2026.1", "2025.4"), "release")
    assert "later releases, 2026.2" in text


def test_file_in_the_folder_of_another_release_is_named() -> None:
    """A file that says another release than its folder is an error that names it."""
    files = complete()
    name, file = next((name, file) for name, file in files if file.release == "2026.2")
    files[[name for name, _ in files].index(name)] = (f"2026.1/{Path(name).stem}-2.json", file)
    (text,) = of_kind(told(files), "release")
    assert f"2026.1/{Path(name).stem}-2.json says that it is of release 2026.2" in text


def test_mixed_versions_name_who_has_which() -> None:
    """Runtimes that differ between platforms of the release are warned of, one line for each."""
    files = complete()
    changed = [
        (
            name,
            msgspec.structs.replace(file, software={**file.software, "openvino": "2026.9.0"})
            if file.platform.id == "lab-xeon" and file.release == "2026.2"
            else file,
        )
        for name, file in files
    ]
    (text,) = of_kind(told(changed), "versions")
    assert text.startswith("openvino is not the same everywhere")
    assert text.endswith("2026.9.0 on lab-xeon")


def test_open_cells_are_counted_by_platform() -> None:
    """Cells that failed or are pending are counted; what is unsupported is not."""
    files = complete()
    name, file = files[-1]
    cells = list(file.cells)
    cells[0] = msgspec.structs.replace(
        cells[0], state=State.FAILED, reason="out of memory", values={}, rounds=None, outcomes={}
    )
    files[-1] = (name, msgspec.structs.replace(file, cells=tuple(cells)))
    (text,) = of_kind(told(files), "cells")
    assert text == f"1 cell of {file.platform.id} is failed"
