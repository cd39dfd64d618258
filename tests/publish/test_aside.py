"""Publishing in a process beside the one that writes pages: results, errors, and how it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from pages.building import make_project, sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.parallel import parallel_available

from benchfolio.results import BadInput, Problem
from benchfolio.sphinxext import publishing
from benchfolio.sphinxext.aside import Aside
from benchfolio.sphinxext.settling import MANIFEST, Staged, manifest, stage

pytestmark = pytest.mark.skipif(not parallel_available, reason="nothing is forked here")

INDEX = "api/v1/index.json"


class Unsendable(Exception):
    """An error that cannot be made again from what it was written as."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} {other}")


def fail(error: Exception) -> None:
    """Fail."""
    raise error


def kill(*_arguments: object) -> None:
    """End as a process does that memory ran out for."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_the_process_found_comes_back() -> None:
    """The result is that of another process, of which nothing is left afterwards."""
    value = [1]

    def work() -> tuple[int, list[int]]:
        value.append(2)
        return os.getpid(), value

    process, found = Aside("work", work).result()
    assert process != os.getpid()
    assert (found, value) == ([1, 2], [1])
    assert not psutil.pid_exists(process)
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        KeyError("lost"),
        BadInput([Problem(where="here", what="is wrong")]),
    ],
)
def test_errors_come_back_as_they_are(error: Exception) -> None:
    """What the process raises is raised here, of the same kind and with the same words."""
    with pytest.raises(type(error)) as caught:
        Aside("work", lambda: fail(error)).result()
    assert str(caught.value) == str(error)
    assert "in fail" in "".join(caught.value.__notes__)


def test_error_that_cannot_be_sent_is_told() -> None:
    """Of an error that would arrive as another one, or not at all, kind and words are told."""
    with pytest.raises(ExtensionError, match="Unsendable: so and so"):
        Aside("work", lambda: fail(Unsendable("so", "and so"))).result()


def test_killed_process_is_a_clear_error() -> None:
    """A process that somebody kills is told with the signal and a remedy."""
    with pytest.raises(ExtensionError, match=r"(?s)badges.*SIGKILL.*--jobs 1"):
        Aside("badges", kill).result()
    assert not multiprocessing.active_children()


def test_ended_early_nothing_is_left() -> None:
    """A process that is no longer wanted ends at once and leaves no zombie; twice is no error."""
    aside = Aside("work", lambda: time.sleep(60))
    (child,) = psutil.Process().children()
    aside.end()
    assert not child.is_running()
    aside.end()


def test_process_ends_with_its_parent(tmp_path: Path) -> None:
    """Where the parent is killed, the process ends too, in the middle of its work."""
    program = (
        "import os, signal, time; from benchfolio.sphinxext.aside import Aside\n"
        "aside = Aside('work', lambda: time.sleep(60))\n"
        f"open({str(tmp_path / 'child')!r}, 'w').write(str(aside._process.pid))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 20
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(child)


def _runs(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_publishing_is_done_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With two processes files are made in another one, with one in this one; they are the same."""
    places: list[int] = []
    real = publishing.Publication.settle

    def settle(self: publishing.Publication, staged: Staged) -> None:
        places.append(int((staged.folder / "process").read_text()))
        real(self, staged)

    def told(folder: Path, *arguments: Any) -> Staged:  # noqa: ANN401 - as ``stage`` has them
        staged = stage(folder, *arguments)
        (folder / "process").write_text(str(os.getpid()))
        return staged

    monkeypatch.setattr(publishing, "stage", told)
    monkeypatch.setattr(publishing.Publication, "settle", settle)
    one = sphinx(make_project(tmp_path / "one"), jobs=1)
    two = sphinx(make_project(tmp_path / "two"), jobs=2)
    assert places[0] == os.getpid() != places[1]
    assert manifest(one.out) == manifest(two.out)
    assert not list((tmp_path / "two" / "_build" / "doctrees").glob("*.new"))


def test_warnings_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process warns of is a warning of the build."""

    def warn(*arguments: Any) -> Staged:  # noqa: ANN401 - as ``stage`` has them
        logging.getLogger("benchfolio").warning("said in process %d", os.getpid())
        return stage(*arguments)

    monkeypatch.setattr(publishing, "stage", warn)
    told = sphinx(make_project(tmp_path), jobs=2).warnings
    assert "WARNING: said in process" in told
    assert str(os.getpid()) not in told


def test_failure_of_the_process_fails_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When files cannot be made, the build fails with the reason, and none is published."""
    project = make_project(tmp_path)
    monkeypatch.setattr(publishing, "stage", lambda *_: fail(OSError(28, "No space left")))
    with pytest.raises(ExtensionError, match="No space left"):
        sphinx(project, jobs=2)
    assert not (project / "_build" / "html" / MANIFEST).exists()
    monkeypatch.setattr(publishing, "stage", kill)
    with pytest.raises(ExtensionError, match="SIGKILL"):
        sphinx(project, jobs=2)
    monkeypatch.undo()
    assert INDEX in manifest(sphinx(project, jobs=2).out)


def test_foreign_file_is_told_from_the_process(tmp_path: Path) -> None:
    """A file of somebody else at one of our places is left, with a warning, for any processes."""
    project = make_project(tmp_path)
    theirs = project / "_build" / "html" / "feed.xml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs", encoding="utf-8")
    built = sphinx(project, jobs=2)
    assert "feed.xml was not written by benchfolio and is left as it is" in built.warnings
    assert theirs.read_text(encoding="utf-8") == "theirs"
    assert "feed.xml" not in manifest(built.out)


def test_file_that_sphinx_puts_there_is_foreign(tmp_path: Path) -> None:
    """A project's own file at one of our places stays, though it came while ours were made."""
    for jobs in (1, 2):
        project = make_project(tmp_path / str(jobs))
        (project / "extra").mkdir()
        (project / "extra" / "feed.xml").write_text("theirs", encoding="utf-8")
        built = sphinx(project, jobs=jobs, overrides={"html_extra_path": ["extra"]})
        assert (built.out / "feed.xml").read_text(encoding="utf-8") == "theirs"
        assert "feed.xml" not in manifest(built.out)
        assert "feed.xml was not written by benchfolio" in built.warnings


def test_pages_that_fail_leave_what_was_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When pages cannot be written, no published file is touched, and no process is left."""
    project = make_project(tmp_path)
    out = sphinx(project).out
    before = {name: (out / name).stat().st_mtime_ns for name in (*manifest(out), MANIFEST)}
    (project / "results" / "2026.2" / "arm-board.json").unlink()
    monkeypatch.setattr("sphinx.builders.html.StandaloneHTMLBuilder.write_documents", kill_none)
    with pytest.raises(RuntimeError, match="no pages"):
        sphinx(project, jobs=2)
    assert {name: (out / name).stat().st_mtime_ns for name in before} == before
    assert not multiprocessing.active_children()


def kill_none(*_arguments: object) -> None:
    """Fail as the writing of pages may."""
    raise RuntimeError("no pages")
