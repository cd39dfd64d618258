"""Processes that a build forks: they end with it, and what they open is an input of it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages.building import make_project
from pages.test_build import content
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util.parallel import parallel_available

from benchfolio.generator.build import build_site
from benchfolio.generator.build_children import children, processes
from benchfolio.generator.build_state import listening
from benchfolio.results import MissingEnvironment

pytestmark = pytest.mark.skipif(not parallel_available, reason="nothing is forked here")

FORK = multiprocessing.get_context("fork")


def read(path: Path) -> None:
    """Open a file, in another process."""
    process = FORK.Process(target=path.read_text)
    process.start()
    process.join()


def test_any_number_of_processes_builds_the_same_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One, two and three processes leave the same bytes, and remember the same inputs."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1750000000")
    project = make_project(tmp_path / "project")
    for jobs in (1, 2, 3):
        build_site(project, tmp_path / str(jobs), jobs=jobs)
        again = build_site(project, tmp_path / str(jobs), jobs=jobs)
        assert again.written == 0
    assert content(tmp_path / "1") == content(tmp_path / "2") == content(tmp_path / "3")
    assert not multiprocessing.active_children()


def test_one_process_forks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to use one process, a build stays in it."""

    def refuse() -> int:
        raise AssertionError("a process was forked")

    monkeypatch.setattr(os, "fork", refuse)
    assert build_site(make_project(tmp_path / "project"), tmp_path / "site", jobs=1).pages


def test_what_a_child_opens_is_known(tmp_path: Path) -> None:
    """A file that only another process opened is among what the build has opened."""
    one = tmp_path / "one"
    one.write_text("one", encoding="utf-8")
    with listening() as opened, children(opened, tmp_path / "told"):
        read(one)
    assert str(one) in opened.found
    assert not (tmp_path / "told").exists()
    read(one)  # nobody listens any more
    assert not (tmp_path / "told").exists()


def test_child_that_was_killed_may_have_opened_anything(tmp_path: Path) -> None:
    """Of a process that could not tell what it opened, the build does not claim to know."""

    def end() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with listening() as opened, children(opened, tmp_path / "told"):
        process = FORK.Process(target=end)
        process.start()
        process.join()
    assert not opened.is_closed


def test_template_that_only_children_open_is_an_input(tmp_path: Path) -> None:
    """A page template that a child alone has read is a reason to build again."""
    project = make_project(tmp_path / "project")
    with (project / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write("\ntemplates_path = ['own']\n")
    template = project / "own" / "page.html"
    template.parent.mkdir()
    template.write_text(
        '{% extends "!page.html" %}{% block footer %}'
        '{% if pagename == "myst" %}{% include "mine.html" %}{% endif %}{% endblock %}',
        encoding="utf-8",
    )
    mine = project / "own" / "mine.html"
    for text in ("first words", "other words"):
        mine.write_text(text, encoding="utf-8")
        build_site(project, tmp_path / "site", jobs=2)
        assert text in (tmp_path / "site" / "myst.html").read_text(encoding="utf-8")


def test_children_end_with_the_build(tmp_path: Path) -> None:
    """A build that is interrupted leaves no process behind, whatever they were doing."""
    process = FORK.Process(target=time.sleep, args=(60,))

    def interrupted() -> None:
        with listening() as opened, children(opened, tmp_path / "told"):
            process.start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not process.is_alive()
    assert not multiprocessing.active_children()


def in_a_child(act: Callable[[], None]) -> Callable[..., None]:
    """Return how a page is written where another process writes it, and nowhere else."""
    parent, write = os.getpid(), StandaloneHTMLBuilder.write_doc

    def written(self: StandaloneHTMLBuilder, docname: str, doctree: Any) -> None:  # noqa: ANN401
        if os.getpid() != parent:
            act()
        write(self, docname, doctree)

    return written


def full() -> None:
    """Fail as on a full disk."""
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("act", "told"),
    [(full, "No space left"), (lambda: os.kill(os.getpid(), signal.SIGKILL), "--jobs 1")],
)
def test_pages_that_a_child_cannot_write(
    act: Callable[[], None], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is told as in one process, a killed process with a remedy; the site stays."""
    project, out = make_project(tmp_path / "project"), tmp_path / "site"
    build_site(project, out, jobs=2)
    before = content(out)
    (project / "results" / "2026.2" / "arm-board.json").unlink()
    monkeypatch.setattr(StandaloneHTMLBuilder, "write_doc", in_a_child(act))
    with pytest.raises(MissingEnvironment, match=told):
        build_site(project, out, jobs=2)
    assert content(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["project", "site"]
    assert not multiprocessing.active_children()


def test_processes_are_those_that_may_be_used() -> None:
    """There is at least one process, and no more than processors."""
    assert 1 <= processes() <= (os.cpu_count() or 1)
