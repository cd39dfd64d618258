"""Builds that go on from the last one compute only pages that can have changed."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from factory import result_file, shifted
from pages.building import make_project, small, sphinx
from sphinx.util.parallel import parallel_available

from benchfolio.generator.pages import Planned
from benchfolio.generator.view import Page
from benchfolio.results import BadInput, write
from benchfolio.sphinxext import views
from benchfolio.sphinxext.project import Project
from benchfolio.sphinxext.views import Face, Kept, Memory, Views

Name = tuple[str, str]


def nothing() -> Kept:
    """Return what a first build remembers."""
    return {}


class Watched(Views):
    """Views that note which pages they compute."""

    def __init__(self, project: Path, kept: Kept) -> None:
        super().__init__(Project(results=project / "results").open, Memory(kept))
        self.computed: list[Name] = []

    def _made(self, kind: str, page_id: str) -> Page | None:
        if (kind, page_id) not in self._pages:
            self.computed.append((kind, page_id))
        return super()._made(kind, page_id)


def one_model(project: Path, factor: float) -> None:
    """Change the figures of one model on one platform."""
    file = small(result_file("lab-xeon"))
    other = shifted(file, speed=lambda cell: factor if cell.model == "digits-resnet" else 1.0)
    write(other, project / "results" / "2026.2" / "lab-xeon.json")


def test_only_pages_that_can_have_changed_are_computed(tmp_path: Path) -> None:
    """Of an unchanged model and platform nothing is computed: lists show what was remembered."""
    project, kept = make_project(tmp_path / "project"), nothing()
    first = Watched(project, kept)
    faces = first.faces()
    assert {(face.kind, face.id) for face in faces} <= set(first.computed)
    one_model(project, 1.4)
    second = Watched(project, pickle.loads(pickle.dumps(kept)))
    again = second.faces()
    computed = set(second.computed)
    assert {("model", "digits-resnet"), ("platform", "lab-xeon"), ("release", "2026.2")} <= computed
    assert not computed & {("model", "hostile"), ("platform", "arm-board")}
    fresh = Watched(project, nothing())
    assert again == fresh.faces()
    for face in again:
        key = ("page", face.kind, face.id)
        assert second.resolve(key) == fresh.resolve(key)


def test_nothing_is_computed_where_nothing_changed(tmp_path: Path) -> None:
    """Files that are newer but the same are read, and nothing is computed from them."""
    project, kept = make_project(tmp_path / "project"), nothing()
    before = Watched(project, kept).faces()
    again = Watched(project, kept)
    assert again.faces() == before
    assert again.computed == []
    assert again.resolve(("list", "model")) == Watched(project, nothing()).resolve(
        ("list", "model")
    )
    assert again.computed == []


def test_a_page_that_is_wanted_is_computed_alone(tmp_path: Path) -> None:
    """To read one page again no other has to be computed."""
    alone = Watched(make_project(tmp_path / "project"), nothing())
    assert isinstance(alone.resolve(("page", "dataset", "digits")), Page)
    assert ("dataset", "digits") in alone.computed
    assert not {kind for kind, _ in alone.computed} & {"model", "platform", "release", "table"}


def test_what_was_made_otherwise_is_forgotten(tmp_path: Path) -> None:
    """With another template of remarks every page is computed again."""
    project, kept = make_project(tmp_path / "project"), nothing()
    (tmp_path / "own").mkdir()

    def opened_views() -> Views:
        opened = Project(results=project / "results", templates=(tmp_path / "own",))
        return Views(opened.open, Memory(kept))

    keys = (("page", "platform", "lab-xeon"), ("badge", "digits-resnet", "", ""))
    before = [opened_views().follows(key) for key in keys]
    (tmp_path / "own" / "remarks.txt.jinja").write_text("Mine.", encoding="utf-8")
    after = [opened_views().follows(key) for key in keys]
    assert all(before)
    assert not set(before) & set(after)


def test_memory_keeps_what_follows_from_the_same() -> None:
    """What has no key, or another, is found again; what nobody asks for goes."""
    kept: Kept = {("old",): ("key", 1), ("other",): ("key", 2)}
    memory = Memory(kept)
    found: list[int] = [memory.recall(("old",), "key", lambda: 3)]
    found += [memory.recall(("old",), key, lambda: 4) for key in ("new", "")]
    found.append(memory.recall(("nothing",), "key", lambda: 5))
    assert found == [1, 4, 4, 5]
    memory.forget_rest()
    assert kept == {("old",): ("", 4), ("nothing",): ("key", 5)}


@pytest.mark.skipif(not parallel_available, reason="nothing is forked here")
@pytest.mark.parametrize("jobs", [2, 5])
def test_several_processes_make_the_same_pages(
    tmp_path: Path, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages and what is remembered are those of one process; this one makes only its share."""
    monkeypatch.setattr(views, "FEWEST", 1)
    project, alone, together = make_project(tmp_path / "project"), nothing(), nothing()
    one, several = Watched(project, alone), Watched(project, together)
    faces = several.faces(jobs)
    share = -(-len(several._planned()) // jobs)
    assert len(several.computed) <= share
    assert faces == one.faces()
    assert together == alone
    for face in faces:
        key = ("page", face.kind, face.id)
        assert several.resolve(key) == one.resolve(key)
    assert len(several.computed) <= share


@pytest.mark.skipif(not parallel_available, reason="nothing is forked here")
def test_an_error_of_another_process_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that cannot be made fails the build, wherever it was to be made."""
    monkeypatch.setattr(views, "FEWEST", 1)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "remarks.txt.jinja").write_text("{{ nobody_gives }}", encoding="utf-8")
    project = make_project(tmp_path / "project")
    opened = Project(results=project / "results", templates=(tmp_path / "own",))
    for jobs in (1, 2, 3):
        with pytest.raises(BadInput, match="nobody_gives"):
            Views(opened.open).faces(jobs)
    assert not multiprocessing.active_children()


def test_pages_without_a_key_are_always_computed() -> None:
    """Where it is not told what a page follows from, nothing is remembered of it."""
    made = [Page(kind="model", id="a", title=title, sentence="") for title in ("Old", "New")]

    class Source:
        state = ""

        def __init__(self, page: Page) -> None:
            self._page = page

        def plan(self, _recall: object) -> list[Planned]:
            return [Planned("model", "a", "", lambda: self._page)]

    kept = nothing()
    titles = []
    for page in made:
        shown = Views(lambda page=page: (Source(page), ()), Memory(kept))  # type: ignore[misc,arg-type]
        titles += [face.title for face in shown.faces()]
        assert shown.follows(("page", "model", "a")) == ""
    assert titles == ["Old", "New"]


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[Name]:
    """Return a list of the pages that are computed from now on."""
    found: list[Name] = []
    made: Callable[[Views, str, str], Page | None] = Views._made

    def watched(self: Views, kind: str, page_id: str) -> Page | None:
        if (kind, page_id) not in self._pages:
            found.append((kind, page_id))
        return made(self, kind, page_id)

    monkeypatch.setattr(Views, "_made", watched)
    return found


def test_a_build_computes_what_it_writes(tmp_path: Path, computed: list[Name]) -> None:
    """A build after a change leaves alone what did not change; one of touched files all pages."""
    project = make_project(tmp_path / "project")
    sphinx(project)
    computed.clear()
    one_model(project, 1.4)
    built = sphinx(project)
    assert ("model", "digits-resnet") in computed
    assert ("model", "hostile") not in computed
    assert "benchfolio/models/digits-resnet.html" in built.written
    assert "benchfolio/models/hostile.html" not in built.written
    computed.clear()
    for path in (project / "results").rglob("*.json"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    sphinx(project)
    assert computed == []
    computed.clear()
    (project / "_build" / "html" / "benchfolio" / "models" / "hostile.html").unlink()
    (project / "benchfolio" / "models" / "hostile.rst").unlink()
    built = sphinx(project)
    assert "benchfolio/models/hostile.html" in built.written


def test_a_page_shows_what_changed_twice(tmp_path: Path) -> None:
    """A figure that comes back to what it was is shown as it is."""
    project = make_project(tmp_path / "project")
    page = project / "_build" / "html" / "benchfolio" / "models" / "digits-resnet.html"
    shown = []
    for factor in (1.4, 2.0, 1.4):
        one_model(project, factor)
        sphinx(project)
        shown.append(page.read_text(encoding="utf-8"))
    assert shown[0] == shown[2] != shown[1]


def test_faces_have_the_fields_of_pages() -> None:
    """What lists read of a page is there on what is remembered of it."""
    fields = {field.name for field in msgspec.structs.fields(Page)}
    assert {field.name for field in msgspec.structs.fields(Face)} <= fields
