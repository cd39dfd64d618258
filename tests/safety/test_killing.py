"""kill -9 at random moments, and at the worst ones: results and the site are always whole."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from safety.killing import KINDS, Building, command, kill, tree

from benchfolio.generator.exchanging import exchange
from benchfolio.runner.run.scratch import scratch


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_killed_at_random_moments(kind: str, tmp_path: Path) -> None:
    """Whenever it is killed, what is there is whole, no worker is left, and it can be gone on."""
    report = kill(kind, 8, tmp_path, seed=7)
    assert report["killed"] == 8
    assert any(end.startswith("at last") for end in report["ends"])


def test_site_is_there_whatever_rename_is_the_last(tmp_path: Path) -> None:
    """Killed before a rename of a build, the site that was there or the new one is there."""
    building = Building(tmp_path)
    for number in range(2):
        ended = command(building.arguments(number), tmp_path)
        assert ended.status == 0, ended.said
        building.finished()
    renames = ended.changes["os.rename"]
    # Most put one file in its place while Sphinx works; the last ones exchange the folders.
    few = range(1, renames + 1, max(1, renames // 6))
    for number in sorted({*few, *range(max(1, renames - 6), renames + 1)}):
        ended = command(building.arguments(number), tmp_path, change=number, which="os.rename")
        assert ended.status in (0, -signal.SIGKILL)
        building.check()


def test_folders_exchange_names(tmp_path: Path) -> None:
    """Two folders get each other's names; of one that is not there, the other stays as it is."""
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    if not exchange(one, other):
        pytest.skip("this file system cannot exchange names")
    assert (one / "name").read_text() == "other"
    assert (other / "name").read_text() == "one"
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "nothing", other)
    assert (other / "name").read_text() == "one"


def test_orphans_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness sees a process that outlives its parent, and ends it."""
    monkeypatch.setattr("safety.killing.PATIENCE", 0.5)
    monkeypatch.setattr(
        "safety.killing.PROGRAM",
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; "
        "time.sleep(99)'], process_group=0, stdout=subprocess.DEVNULL)",
    )
    ended = command([], tmp_path)
    assert len(ended.orphans) == 1


def test_trees_differ_by_names_and_bytes(tmp_path: Path) -> None:
    """What is called the same site is the same to the byte."""
    (tmp_path / "a").write_text("1")
    first = tree(tmp_path)
    (tmp_path / "a").write_text("2")
    second = tree(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({first, second, tree(tmp_path)}) == 3


def test_scratch_of_killed_runs_is_removed(tmp_path: Path) -> None:
    """The next run removes what a killed one left in the cache, but nothing of one that lives."""
    read, written = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - in the child
        with scratch(tmp_path):
            os.write(written, b"x")
            time.sleep(60)
        os._exit(0)
    os.read(read, 1)
    (alive,) = tmp_path.glob(".run-*")
    dead = tmp_path / ".run-dead"
    fresh = tmp_path / ".run-fresh"
    for folder in (dead, fresh):
        folder.mkdir()
    hour_ago = time.time() - 3600
    for folder in (dead, alive):
        os.utime(folder, (hour_ago, hour_ago))
    with scratch(tmp_path) as own:
        assert {*tmp_path.glob(".run-*")} == {alive, fresh, own}
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.utime(alive, (hour_ago, hour_ago))
    with scratch(tmp_path) as own:
        assert {*tmp_path.glob(".run-*")} == {fresh, own}
