"""Going from one version of a site to another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from pages.browsing import chromium, complaints, served
from pages.building import make_project, sphinx

from benchfolio.cli.versions import command
from benchfolio.results import WrongUsage
from benchfolio.sphinxext.versions import Version, list_items, list_script, versions_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ONLY_NEW = "only-new"


def build(project: Path, version: str, versions: object) -> Path:
    """Build a version of a site; return its output."""
    options = {"navbar_end": ["benchfolio-versions", "theme-switcher"]}
    overrides = {
        "release": version,
        "benchfolio_versions": versions,
        "benchfolio_api": False,
        "benchfolio_strict_policy": True,
        "html_theme_options": options,
    }
    return sphinx(project, overrides=overrides).out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two versions side by side and their list."""
    base = tmp_path_factory.mktemp("versions")
    for version in ("2026.9", "2026.11"):
        index = "Home\n====\n\n.. toctree::\n   :hidden:\n   :glob:\n\n   *\n   benchfolio/index\n"
        project = make_project(base / "src" / version, theme="pydata_sphinx_theme", index=index)
        if version == "2026.11":
            (project / f"{ONLY_NEW}.rst").write_text("New\n===\n", encoding="utf-8")
        shutil.copytree(build(project, version, "../versions.js"), base / "site" / version)
    assert CliRunner().invoke(command, [str(base / "site")]).output == "2026.11 (newest)\n2026.9\n"
    return base / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running Chromium."""
    with chromium() as running:
        yield running


WAYS = (
    ("2026.11/benchfolio/models/digits-resnet", "2026.9"),
    ("2026.9/benchfolio/models/digits-resnet", "2026.11"),
)


@pytest.mark.parametrize(("start", "version"), WAYS)
def test_switcher_keeps_the_page(browser: Browser, folder: Path, start: str, version: str) -> None:
    """From file:// the same page of the other version opens, of newer and of older ones."""
    page = browser.new_page()
    bad = complaints(page)
    page.goto((folder / f"{start}.html").as_uri())
    choice = page.get_by_label("Version").locator("visible=true").first
    choice.select_option(version)
    name = start.partition("/")[2]
    page.wait_for_url((folder / version / f"{name}.html").as_uri())
    assert bad == []
    page.close()


def test_switcher_falls_back_to_the_root(browser: Browser, folder: Path) -> None:
    """A page that the other version does not have leads to its first page."""
    page = browser.new_page()
    page.goto((folder / "2026.11" / f"{ONLY_NEW}.html").as_uri())
    page.get_by_label("Version").locator("visible=true").first.select_option("2026.9")
    page.wait_for_url((folder / "2026.9" / "index.html").as_uri())
    page.close()


def test_switcher_works_under_the_policy(browser: Browser, folder: Path) -> None:
    """From a server with the strict policy it works the same, and quietly."""
    with served(folder) as root:
        page = browser.new_page()
        bad = complaints(page)
        page.goto(f"{root}2026.11/benchfolio/tables/performance.html")
        page.get_by_label("Version").locator("visible=true").first.select_option("2026.9")
        page.wait_for_url(f"{root}2026.9/benchfolio/tables/performance.html")
        page.wait_for_load_state("networkidle")
        assert bad == []
        page.close()


def test_switcher_is_a_link_without_javascript(browser: Browser, folder: Path) -> None:
    """Without JavaScript the version is a link to the list of versions, which leads to each."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "2026.9" / "benchfolio" / "index.html").as_uri())
    page.locator(".bf-versions a").locator("visible=true").first.click()
    assert page.locator("li").all_inner_texts() == ["2026.11 (newest)", "2026.9"]
    page.get_by_role("link", name="2026.11").click()
    assert page.url == (folder / "2026.11" / "index.html").as_uri()
    context.close()


def test_list_in_the_configuration(tmp_path: Path) -> None:
    """A list in conf.py is written into the site, as a script and as a page of the theme."""
    index = "Home\n====\n\n.. toctree::\n   :hidden:\n\n   myst\n   benchfolio/index\n"
    project = make_project(tmp_path, theme="pydata_sphinx_theme", index=index)
    out = build(project, "2026.9", ["2026.11", ("2026.9", "https://example.org/9")])
    assert '"newest": true' in (out / "versions.js").read_text(encoding="utf-8")
    page = (out / "versions.html").read_text(encoding="utf-8")
    assert '<a href="../2026.11/index.html">2026.11</a> (newest)' in page
    assert '<a href="https://example.org/9/index.html">' in page


@pytest.mark.parametrize("wrong", [["a", 3], [("a", "javascript:x")], [{"name": "a"}]])
def test_wrong_list_is_refused(wrong: list[object]) -> None:
    """What is no version, or leads elsewhere than to a page, is refused with its own words."""
    with pytest.raises(ValueError, match="expected"):
        versions_in(wrong)


def test_hostile_name_is_only_text() -> None:
    """A name with markup is text in the page and cannot end the script."""
    versions = (Version("</script><b>'\"", "x/"),)
    assert "<b>" not in list_items(versions)
    assert list_script(versions).count("\n") == 1


def test_folder_without_versions_is_an_error(tmp_path: Path) -> None:
    """A folder without any version is wrong usage, with what is needed."""
    result = CliRunner().invoke(command, [str(tmp_path)])
    assert isinstance(result.exception, WrongUsage)
    assert "benchfolio_versions" in str(result.exception)
