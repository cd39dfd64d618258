"""Builds that go on from the last one: the same bytes as a build from nothing, and no more work."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from factory import raced, result_file, shifted
from pages import made
from pages.building import make_project, small, sphinx

from benchfolio.generator.build import build_site
from benchfolio.results import MissingEnvironment, decode, write
from benchfolio.results import State as CellState
from benchfolio.sphinxext.nodes import (
    ChartView,
    FactsView,
    FiguresView,
    SourcesView,
    TableView,
    ValueView,
)

PAGE = "More\n====\n\nText.\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a project that has been built into ``site`` beside it."""
    folder = make_project(tmp_path_factory.mktemp("incremental") / "project")
    conf = folder / "conf.py"
    text = conf.read_text(encoding="utf-8") + 'benchfolio_templates = ["templates"]\n'
    conf.write_text(text + "benchfolio_strict_policy = True\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1750000000")
        build_site(folder, site_of(folder))
        yield folder


def site_of(project: Path) -> Path:
    """Return where the site of the project is built."""
    return project.parent / "site"


def content(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def places(folder: Path) -> dict[str, tuple[int, int]]:
    """Return what tells whether a file was written: its place on the disk and its time."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def result(project: Path, platform: str = "lab-xeon") -> Path:
    """Return a result file of the project."""
    return project / "results" / "2026.2" / f"{platform}.json"


def faster(project: Path) -> None:
    """Change the figures of one platform."""
    write(shifted(small(result_file("lab-xeon")), speed=lambda _: 1.5), result(project))


def slower(project: Path) -> None:
    """Change the figures of one of the models of one platform, and what is said of another."""
    file = shifted(
        small(result_file("lab-xeon")),
        speed=lambda cell: 0.8 if cell.model == "digits-resnet" else 1.0,
    )
    last = msgspec.structs.replace(file.cells[-1], note="A note.", command="benchfolio run again")
    write(msgspec.structs.replace(file, cells=(*file.cells[:-1], last)), result(project))


def in_turn(project: Path) -> None:
    """Measure one platform in turn: rounds, verdicts, and a noise floor."""
    write(raced(small(result_file("lab-xeon"))), result(project))


def failing(project: Path) -> None:
    """Let one precision fail, so that sections come and go."""
    worse = shifted(
        small(result_file("lab-xeon")),
        state=lambda cell: (
            (CellState.FAILED, "out of memory") if cell.precision == "INT8" else None
        ),
    )
    write(worse, result(project))


def with_platform(project: Path) -> None:
    """Add the results of another platform."""
    write(small(result_file("desk-core")), result(project, "desk-core"))


def without_platform(project: Path) -> None:
    """Take the results of a platform away."""
    result(project, "arm-board").unlink()


def with_release(project: Path) -> None:
    """Add an earlier release."""
    write(small(result_file("lab-xeon", "2026.1")), project / "results" / "2026.1" / "x.json")


def renamed(project: Path) -> None:
    """Give a model another name, which lists and references show."""
    file = small(result_file("lab-xeon"))
    model = msgspec.structs.replace(file.models["digits-resnet"], name="Another name")
    models = {**file.models, "digits-resnet": model}
    write(msgspec.structs.replace(file, models=models), result(project))


def with_template(project: Path) -> None:
    """Override a template."""
    ours = Path(__file__).parents[2] / "templates" / "facts.html.jinja"
    (project / "templates").mkdir(exist_ok=True)
    text = ours.read_text(encoding="utf-8")
    (project / "templates" / ours.name).write_text(f"<!-- mine -->{text}", encoding="utf-8")


def with_definition(project: Path) -> None:
    """Define another table."""
    (project / "templates" / "tables").mkdir(parents=True, exist_ok=True)
    ours = Path(__file__).parents[2] / "templates" / "tables" / "performance.yaml"
    text = ours.read_text(encoding="utf-8").replace("performance", "mine")
    (project / "templates" / "tables" / "mine.yaml").write_text(text, encoding="utf-8")


def with_mutes(project: Path) -> None:
    """Add a file of mutes."""
    (project / "results" / "lint.yaml").write_text("mute: []\n", encoding="utf-8")


def with_text(project: Path) -> None:
    """Change the text of a page."""
    with (project / "myst.md").open("a", encoding="utf-8") as page:
        page.write("\nMore text.\n")


def with_title(project: Path) -> None:
    """Change the title of a page, which other pages show."""
    text = (project / "myst.md").read_text(encoding="utf-8")
    (project / "myst.md").write_text(text.replace("# In", "# Still in"), encoding="utf-8")


def with_page(project: Path) -> None:
    """Add a page."""
    (project / "more.rst").write_text(PAGE, encoding="utf-8")
    text = (project / "index.rst").read_text(encoding="utf-8")
    (project / "index.rst").write_text(text.replace("   myst", "   myst\n   more"), "utf-8")


def without_page(project: Path) -> None:
    """Take a page away."""
    (project / "more.rst").unlink(missing_ok=True)
    text = (project / "index.rst").read_text(encoding="utf-8")
    (project / "index.rst").write_text(text.replace("   more\n", ""), encoding="utf-8")


def with_setting(project: Path) -> None:
    """Change the configuration."""
    with (project / "conf.py").open("a", encoding="utf-8") as page:
        page.write('html_title = "Another title"\nbenchfolio_api = False\n')


def together(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    """Return changes that do not meet as one."""

    def change(project: Path) -> None:
        for one in changes:
            one(project)

    change.__name__ = "+".join(one.__name__ for one in changes)
    return change


CHANGES: tuple[Callable[[Path], None], ...] = (
    faster,
    slower,
    in_turn,
    failing,
    with_platform,
    together(without_platform, with_text),
    with_release,
    renamed,
    with_template,
    together(with_definition, with_mutes),
    together(with_title, with_page),
    without_page,
    with_setting,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_goes_on_to_what_a_build_from_nothing_makes(
    project: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    """Whatever changes, the next build makes the same bytes as one that begins anew."""
    change(project)
    build_site(project, site_of(project))
    build_site(project, tmp_path / "cold")
    now, cold = content(site_of(project)), content(tmp_path / "cold")
    assert sorted(now) == sorted(cold)
    assert [name for name in now if now[name] != cold[name]] == []


def turned(entry: Path) -> None:
    """Turn a bit in the middle of a file."""
    data = bytearray(entry.read_bytes())
    data[len(data) // 2] ^= 1
    entry.write_bytes(data)


def cut(entry: Path) -> None:
    """Cut off the end of a file."""
    entry.write_bytes(entry.read_bytes()[:-100])


def exchanged(entry: Path) -> None:
    """Put the entry of another file in the place of this one."""
    other = next(one for one in sorted(entry.parent.iterdir()) if one != entry)
    entry.write_bytes(other.read_bytes())


def test_kept_columns_make_the_same_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether results are read, kept from an earlier build, or kept and damaged: the same bytes."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1750000000")
    project = make_project(tmp_path / "project")
    for release in ("2026.1", "2026.2"):
        write(raced(small(result_file("lab-xeon", release))), project / f"results/{release}/a.json")
    result(project).unlink()
    files = sorted((project / "results").rglob("*.json"))
    for path in files:
        os.utime(path, (1_700_000_000, 1_700_000_000))  # its status alone tells an old file
    read: list[str] = []

    def noting(data: bytes, where: str) -> object:
        read.append(where)
        return decode(data, where)

    monkeypatch.setattr("benchfolio.generator.load.decode", noting)
    cold = content(sphinx(project).out)
    assert len(read) == len(files) == 3
    work = project / "_build" / "doctrees"
    for damage, count in ((None, 0), (turned, 1), (cut, 1), (exchanged, 1)):
        read.clear()
        (work / "benchfolio-results").rename(tmp_path / "kept")
        shutil.rmtree(project / "_build")
        work.mkdir(parents=True)
        (tmp_path / "kept").rename(work / "benchfolio-results")
        if damage is not None:
            damage(min((work / "benchfolio-results").iterdir()))
        again = content(sphinx(project).out)
        assert sorted(again) == sorted(cold), damage
        assert [name for name in cold if again[name] != cold[name]] == [], damage
        assert len(read) == count, damage


def test_nothing_changed_touches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing changed Sphinx is not started, and no file of the site is written or moved."""
    project = make_project(tmp_path / "project")
    first = build_site(project, tmp_path / "site")
    before, folder = places(tmp_path / "site"), (tmp_path / "site").stat()
    monkeypatch.setattr("benchfolio.generator.build._run_sphinx", None)
    again = build_site(project, tmp_path / "site")
    assert (again.pages, again.warnings, again.written) == (first.pages, first.warnings, 0)
    assert places(tmp_path / "site") == before
    assert (tmp_path / "site").stat().st_ino == folder.st_ino


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    """After a change of one platform, pages and files that show nothing of it stay in place."""
    project = make_project(tmp_path / "project")
    build_site(project, tmp_path / "site")
    before = places(tmp_path / "site")
    faster(project)
    site = build_site(project, tmp_path / "site")
    after = places(tmp_path / "site")
    changed = {name for name in after if before.get(name) != after[name]}
    assert site.written == len(changed)
    assert "benchfolio/models/digits-resnet.html" in changed
    assert not changed & {
        "benchfolio/platforms/arm-board.html",
        "benchfolio/tables/datasets.html",
        "api/v1/measurements/2026.2/arm-board.json",
        "myst.html",
        "search.html",
        "_static/benchfolio.css",
        "searchindex.js",
    }


def test_published_files_are_never_written_into(tmp_path: Path) -> None:
    """What readers have open stays as it was while the next build writes others in its place."""
    project = make_project(tmp_path / "project")
    build_site(project, tmp_path / "site")
    before = content(tmp_path / "site")
    staged = {path.stat().st_ino for path in (tmp_path / ".site.work" / "html").rglob("*")}
    both = [one.name for one in (tmp_path / "site").rglob("*") if one.stat().st_ino in staged]
    assert "validated-models.csv" in both
    assert "index.html" not in both
    for name in before:  # another name for the same file
        (tmp_path / "read" / name).parent.mkdir(parents=True, exist_ok=True)
        os.link(tmp_path / "site" / name, tmp_path / "read" / name)
    faster(project)
    build_site(project, tmp_path / "site")
    assert content(tmp_path / "site") != before
    assert content(tmp_path / "read") == before


def test_download_that_somebody_changed_is_written_again(tmp_path: Path) -> None:
    """A published file that was written into by others is what it was after the next build."""
    project = make_project(tmp_path / "project")
    build_site(project, tmp_path / "site")
    before = content(tmp_path / "site")
    (changed,) = (tmp_path / "site").rglob("validated-models.csv")
    with changed.open("a", encoding="utf-8") as file:
        file.write("x")
    build_site(project, tmp_path / "site")
    assert content(tmp_path / "site") == before


def test_views_are_kept_as_they_are() -> None:
    """What is kept of a view from build to build is all of it."""
    for node in (
        TableView("a", view=made.TABLE, prefix="t", stem="s", quiet=False),
        ChartView(view=made.BARS, prefix="c", stem=""),
        ChartView(view=made.SCATTER),
        FiguresView(view=made.MODEL.figures),
        FactsView(view=made.MODEL.sections[1].facts),
        SourcesView(view=("a.json", "b.json")),
        ValueView(view=made.TABLE.rows[0].entries[1]),
    ):
        kept = pickle.loads(pickle.dumps(node.add_words()))
        assert type(kept) is type(node)
        assert (kept.attributes, kept.astext()) == (node.attributes, node.astext())


def test_touched_files_write_nothing(tmp_path: Path) -> None:
    """Files that are newer but the same are no reason to write anything."""
    project = make_project(tmp_path / "project")
    build_site(project, tmp_path / "site")
    before = places(tmp_path / "site")
    for path in (result(project), project / "index.rst", project / "conf.py"):
        os.utime(path)
    assert build_site(project, tmp_path / "site").written == 0
    assert places(tmp_path / "site") == before


def test_killed_in_the_middle_begins_anew(tmp_path: Path) -> None:
    """Work of a build that did not end properly is not gone on from; the site stays as it was."""
    project = make_project(tmp_path / "project")
    out = tmp_path / "site"
    build_site(project, out)
    before = content(out)
    work = tmp_path / ".site.work"
    (work / "state.json").unlink()  # as it is while a build runs
    (work / "html" / "index.html").write_text("half a page", encoding="utf-8")
    (tmp_path / ".site.next").mkdir()
    (tmp_path / ".site.next" / "index.html").write_text("half a site", encoding="utf-8")
    build_site(project, out)
    assert content(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [".site.work", "project", "site"]


def test_two_builds_at_once_are_refused(tmp_path: Path) -> None:
    """While one build writes a site, another into the same folder ends with a clear error."""
    fcntl = pytest.importorskip("fcntl")
    project = make_project(tmp_path / "project")
    (tmp_path / ".site.work").mkdir()
    with (tmp_path / ".site.work" / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(MissingEnvironment, match="another process"):
            build_site(project, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_warnings_come_again(tmp_path: Path) -> None:
    """A fault on a page is warned of in every build, not only the one that read the page."""
    project = make_project(tmp_path / "project")
    with (project / "myst.md").open("a", encoding="utf-8") as page:
        page.write("\n{unknown}`role`\n")
    first = build_site(project, tmp_path / "site")
    assert first.warnings
    assert build_site(project, tmp_path / "site").warnings == first.warnings
    faster(project)
    assert build_site(project, tmp_path / "site").warnings == first.warnings


def run(project: Path, out: Path, *, jobs: int, mask: int, **environment: str) -> None:
    """Build a project in a process of its own."""
    command = (sys.executable, "-c", "from benchfolio.cli import main; main()", "build")
    subprocess.run(
        [*command, project, "--out", out, "--jobs", str(jobs)],
        env={**os.environ, **environment},
        umask=mask,
        check=True,
        capture_output=True,
    )


def test_output_is_a_pure_function_of_input(tmp_path: Path) -> None:
    """Neither place, time zone, language, hash seed, rights, processes nor age of files matter."""
    one = make_project(tmp_path / "one", theme="pydata_sphinx_theme")
    other = tmp_path / "quite" / "another place"
    shutil.copytree(one, other)
    for number, path in enumerate(sorted(other.rglob("*.*"), reverse=True)):
        os.utime(path, (1_600_000_000 + number, 1_600_000_000 + number))
    run(one, tmp_path / "out", jobs=1, mask=0o022, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")
    settings = {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}
    run(other, tmp_path / "there" / "site", jobs=2, mask=0o077, **settings)
    here, there = content(tmp_path / "out"), content(tmp_path / "there" / "site")
    assert sorted(here) == sorted(there)
    assert [name for name in here if here[name] != there[name]] == []
    assert not [name for name, data in here.items() if str(tmp_path).encode() in data]
