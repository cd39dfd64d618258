"""``benchfolio build``: a complete new site, or the old one untouched."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner
from docutils import nodes
from pages.building import make_project
from sphinx.builders.html import StandaloneHTMLBuilder

from benchfolio.cli.build import command
from benchfolio.generator.build import build_site, split_warnings
from benchfolio.generator.build_output import swap
from benchfolio.results import BadInput, NotFine, WrongUsage


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project whose pages stand beside conf.py."""
    return make_project(tmp_path / "project")


def content(folder: Path) -> dict[str, str]:
    """Return hashes of all files of a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_build_leaves_a_site_and_nothing_else(project: Path, tmp_path: Path) -> None:
    """A build leaves the site, and beside it only the hidden folder that the next goes on from."""
    site = build_site(project, tmp_path / "out" / "site")
    assert site.warnings == ()
    assert site.index.is_file()
    assert site.pages > 10
    beside = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert beside == [".site.work", "site"]
    assert "*" in (tmp_path / "out" / ".site.work" / ".gitignore").read_text(encoding="utf-8")


def test_same_input_gives_same_bytes(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two builds of the same input at a stated time are equal byte for byte."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1750000000")
    build_site(project, tmp_path / "one")
    build_site(project, tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_failed_build_leaves_the_old_site(project: Path, tmp_path: Path) -> None:
    """When a build fails, the site that was there is whole and unchanged."""
    out = tmp_path / "site"
    build_site(project, out)
    before = content(out)
    (project / "conf.py").write_text("extensions = ['no.such.extension']", encoding="utf-8")
    with pytest.raises(BadInput, match=r"no\.such\.extension"):
        build_site(project, out)
    assert content(out) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["project", "site"]


def test_strict_fails_on_a_bad_result_file(project: Path, tmp_path: Path) -> None:
    """Under strict a bad result file is an error of input; otherwise a warning."""
    (project / "results" / "2026.2" / "broken.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadInput, match=r"broken\.json"):
        build_site(project, tmp_path / "site", strict=True)
    assert not (tmp_path / "site").exists()
    site = build_site(project, tmp_path / "site")
    assert any("broken.json" in warning for warning in site.warnings)


def test_strict_fails_on_any_warning(project: Path, tmp_path: Path) -> None:
    """Under strict any other warning means that the site is not fine."""
    with (project / "myst.md").open("a", encoding="utf-8") as page:
        page.write("\n{bf:model}`nobody` {unknown}`role`\n")
    with pytest.raises(NotFine, match="role"):
        build_site(project, tmp_path / "site", strict=True)


def test_other_folder_is_never_replaced(project: Path, tmp_path: Path) -> None:
    """A folder that holds anything but a site is refused and stays as it was."""
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(WrongUsage, match="not a site"):
        build_site(project, out)
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_killed_between_two_renames(project: Path, tmp_path: Path) -> None:
    """A site that was moved aside when a build was killed is brought back by the next."""
    out = tmp_path / "site"
    build_site(project, out)
    before = content(out)
    out.rename(tmp_path / ".site.previous")
    (project / "conf.py").write_text("extensions = ['no.such.extension']", encoding="utf-8")
    with pytest.raises(BadInput):
        build_site(project, out)
    assert content(out) == before


def test_old_site_comes_back_when_the_new_one_cannot_take_its_place(tmp_path: Path) -> None:
    """When the last rename fails, the old site is in its place again, whole."""
    out = tmp_path / "site"
    out.mkdir()
    (out / "index.html").write_text("old", encoding="utf-8")
    with pytest.raises(OSError, match="No such file"):
        swap(tmp_path / "not there", out)
    assert (out / "index.html").read_text(encoding="utf-8") == "old"


def test_folder_without_conf_is_wrong_usage(tmp_path: Path) -> None:
    """A folder that is no project is refused with the remedy."""
    with pytest.raises(WrongUsage, match="benchfolio init"):
        build_site(tmp_path, tmp_path / "site")


def test_command_says_where_the_site_is(project: Path, tmp_path: Path) -> None:
    """The command prints the page to open, and nothing of what Sphinx says on the way."""
    out = tmp_path / "site"
    done = CliRunner().invoke(command, [str(project), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1].endswith(str(out / "index.html"))
    assert len(done.output.splitlines()) == 1


def test_command_says_what_was_written(project: Path, tmp_path: Path) -> None:
    """The command counts the files that are new or changed; with --fresh Sphinx begins anew."""
    out, work = tmp_path / "site", tmp_path / ".site.work" / "doctrees" / "environment.pickle"
    options = [str(project), "--out", str(out)]
    first = CliRunner().invoke(command, options).output
    files = sum(path.is_file() for path in out.rglob("*"))
    pages = len(list(out.glob("_sources/**/*.txt")))
    assert first == f"{pages} pages, {files} files new or changed: {out / 'index.html'}\n"
    made = work.stat().st_mtime_ns
    again = CliRunner().invoke(command, options).output
    assert again == f"{pages} pages, 0 files new or changed: {out / 'index.html'}\n"
    assert work.stat().st_mtime_ns == made
    fresh = CliRunner().invoke(command, [*options, "--fresh"]).output
    assert fresh == again
    assert work.stat().st_mtime_ns > made


def test_names_stay_as_they_are(project: Path, tmp_path: Path) -> None:
    """Dashes and quotes in a name are part of it: no typography makes others of them."""
    path = project / "results" / "2026.2" / "lab-xeon.json"
    text = path.read_text(encoding="utf-8")
    name = json.loads(text)["models"]["digits-resnet"]["name"]
    path.write_text(text.replace(json.dumps(name), "\"a--b 'c' ...\""), encoding="utf-8")
    build_site(project, tmp_path / "site")
    pages = (tmp_path / "site" / "benchfolio").rglob("*.html")
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    shown = re.findall(r"\ba[-–—]{1,2}b[^c]*c[^.…]*(?:\.{3}|…)", text)
    assert len(shown) > 20
    assert {unescape(one) for one in shown} == {"a--b 'c' ..."}


def test_titles_are_rendered_once(project: Path, tmp_path: Path) -> None:
    """The title of a page is rendered once, however many pages show it."""
    rendered: Counter[str] = Counter()
    render = StandaloneHTMLBuilder.render_partial

    def counted(self: StandaloneHTMLBuilder, node: nodes.Node | None) -> dict[str, str]:
        if isinstance(node, nodes.title):
            rendered[f"{id(node)} {node.astext()}"] += 1
        return render(self, node)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StandaloneHTMLBuilder, "render_partial", counted)
        build_site(project, tmp_path / "site")
    assert len(rendered) > 10
    assert set(rendered.values()) == {1}


def test_command_takes_other_results(project: Path, tmp_path: Path) -> None:
    """With --results the figures come from there and not from the project."""
    other = tmp_path / "other"
    (project / "results").rename(other)
    out = tmp_path / "site"
    options = [str(project), "--out", str(out), "--results", str(other)]
    assert CliRunner().invoke(command, options).exit_code == 0
    assert (out / "benchfolio" / "models" / "digits-resnet.html").is_file()


def test_warnings_are_told_apart() -> None:
    """Warnings are split one by one, with what belongs to them, without colours and folders."""
    folder = Path("/somewhere/project")
    text = (
        f"\x1b[91m{folder.absolute()}/index.rst:4: WARNING: one\x1b[0m\n"
        "  expected: this\nWARNING: two\n"
    )
    found = split_warnings(text, (folder,))
    assert found == ("index.rst:4: WARNING: one\n  expected: this", "WARNING: two")
