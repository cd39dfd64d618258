"""One writer at a time: nothing that two processes write to one file is lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from factory import result_file
from pages.building import small
from runner import suites
from runner.runs import request_for
from runner.waiting import wait_for

from benchfolio.cli import run as cli_run
from benchfolio.results import (
    MissingEnvironment,
    WrongUsage,
    encode,
    read,
    result_paths,
    write,
    write_bytes,
)
from benchfolio.results.locking import lock_path, locked
from benchfolio.runner.run import run

HOLDER = """
import sys, time
from pathlib import Path
from benchfolio.results.locking import locked
with locked(Path(sys.argv[1]), by="benchfolio run"):
    print("held", flush=True)
    time.sleep(60)
"""


def holder(path: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock of a file until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_second_writer_is_told_who_is_there(tmp_path: Path) -> None:
    """Whoever comes second learns which command is writing since when, and what to do; no names."""
    path = tmp_path / "r1" / "here.json"
    held, taken = locked(path, by="benchfolio run"), locked(path, by="benchfolio merge")
    with held, pytest.raises(WrongUsage) as caught, taken:
        pytest.fail("two hold it")
    (problem,) = caught.value.problems
    assert re.fullmatch(r"benchfolio run, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", problem.got)
    assert "wait" in problem.remedy


def test_lock_is_gone_afterwards(tmp_path: Path) -> None:
    """Nothing is left beside the file, neither after success nor after an error."""
    path = tmp_path / "here.json"
    with locked(path, by="x"):
        assert lock_path(path).exists()
        assert result_paths(tmp_path) == []
    with pytest.raises(ZeroDivisionError), locked(path, by="x"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    deep = tmp_path / "results" / "r1" / "here.json"
    with locked(deep, by="x"):
        assert deep.parent.is_dir()
    assert list(tmp_path.iterdir()) == []
    with locked(deep, by="x"):
        deep.write_text("{}")
    assert deep.is_file()


def test_lock_ends_with_its_holder(tmp_path: Path) -> None:
    """A lock of a process that was killed holds nobody up, though its file is still there."""
    path = tmp_path / "here.json"
    process = holder(path)
    with pytest.raises(WrongUsage), locked(path, by="x"):
        pytest.fail("two hold it")
    process.kill()
    process.wait()
    assert lock_path(path).exists()
    with locked(path, by="x"):
        pass
    assert not lock_path(path).exists()


def test_files_are_locked_apart(tmp_path: Path) -> None:
    """Two platforms can be measured at once; several files are locked together or not at all."""
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    with locked(one, by="x"):
        with locked(other, by="x"):
            pass
        with pytest.raises(WrongUsage), locked(other, one, by="x"):
            pytest.fail("two hold it")
        assert not lock_path(other).exists()


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    """Half a file is never read, and goes away when its file is next written; others stay."""
    path = tmp_path / "here.json"
    left = tmp_path / ".here.json.abc12345.part"
    others = [tmp_path / ".here.json.b.json.abc12345.part", tmp_path / ".here.json.note"]
    for each in (left, *others):
        each.write_text("{")
    assert result_paths(tmp_path) == []
    with locked(path, by="x"):
        assert not left.exists()
        assert all(each.exists() for each in others)


def test_links_are_no_locks(tmp_path: Path) -> None:
    """A link in the place of a lock is not written through."""
    path, victim = tmp_path / "here.json", tmp_path / "victim"
    victim.write_text("precious")
    lock_path(path).symlink_to(victim)
    with pytest.raises(MissingEnvironment), locked(path, by="x"):
        pytest.fail("it was taken")
    assert victim.read_text() == "precious"


def _add(path: Path, name: str, times: int) -> None:
    """Add settings to a file, each in a turn of its own, and try again where another is at it."""
    for number in range(times):
        while True:
            try:
                with locked(path, by="test"):
                    file = read(path)
                    software = {**file.software, f"{name}{number}": "1"}
                    write(msgspec.structs.replace(file, software=software), path)
                break
            except WrongUsage:
                os.sched_yield()


def test_no_update_is_lost(tmp_path: Path) -> None:
    """Of four processes that read, change and write one file, none undoes what another did."""
    path = tmp_path / "here.json"
    write(msgspec.structs.replace(small(result_file()), software={}), path)
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_add, args=(path, name, 15)) for name in "abcd"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert len(read(path).software) == 60
    assert [each.name for each in tmp_path.iterdir()] == ["here.json"]


def test_second_run_of_a_platform_is_refused(tmp_path: Path) -> None:
    """While a run measures a platform, another one measures nothing and changes nothing."""
    request = request_for(suites.write(tmp_path / "suite"), tmp_path)
    target = tmp_path / "results" / "r1" / "here.json"
    write(small(result_file()), target)
    before = target.read_bytes()
    process = holder(target)
    try:
        for way in ("resume", "overwrite"):
            with pytest.raises(WrongUsage, match="another process is writing"):
                run(msgspec.structs.replace(request, **{way: True}))
        with pytest.raises(WrongUsage, match="another process is writing"):
            run(request)
    finally:
        process.kill()
        process.wait()
    assert target.read_bytes() == before


def test_run_holds_its_file_from_the_first_look_to_the_end(tmp_path: Path) -> None:
    """A run in another process holds the lock while it measures, and its command line says so."""
    suite = suites.write(tmp_path / "suite", runtimes="{onnxruntime: {devices: [CPU]}}")
    words = [
        *("run", str(suite), "--release", "r1", "--platform", "here"),
        *("--out", str(tmp_path / "results"), "--cache", str(tmp_path / "cache")),
    ]
    target = tmp_path / "results" / "r1" / "here.json"
    code = f"from benchfolio.cli import main; import sys; sys.argv[1:] = {words!r}; main()"
    process = subprocess.Popen([sys.executable, "-c", code], process_group=0)
    try:
        wait_for(lambda: lock_path(target).exists() and target.exists())
        result = CliRunner().invoke(cli_run.command, [*words[1:], "--overwrite"])
        assert isinstance(result.exception, WrongUsage)
        assert result.exception.exit_code == 2
        assert process.wait(120) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert not lock_path(target).exists()
    assert encode(read(target)) == target.read_bytes()


def test_lock_names_nobody(tmp_path: Path) -> None:
    """What stands in a lock file names neither a user nor a machine."""
    path = tmp_path / "here.json"
    with locked(path, by="benchfolio import"):
        text = lock_path(path).read_text()
    assert re.fullmatch(r"benchfolio import, since [0-9: -]+ UTC", text)


def test_written_bytes_are_whole_for_readers(tmp_path: Path) -> None:
    """A reader that looks all the time sees one whole file or the other, never half of one."""
    path = tmp_path / "a.json"
    texts = [json.dumps([letter] * 20_000).encode() for letter in "ab"]
    write_bytes(texts[0], path)
    context = multiprocessing.get_context("fork")
    worker = context.Process(target=_write_in_turn, args=(path, texts))
    worker.start()
    seen = set()
    while worker.is_alive():
        data = path.read_bytes()
        assert data in texts
        seen.add(data)
    worker.join()
    assert worker.exitcode == 0
    assert len(seen) == 2


def _write_in_turn(path: Path, texts: list[bytes]) -> None:
    for number in range(100):
        write_bytes(texts[number % 2], path)
