"""Going from one version of a site to another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from pages import browsing
from pages.browsing import Strict, chromium, complaints, served
from pages.building import make_project, sphinx

from benchfolio.cli.versions import command
from benchfolio.generator.versionlist import Version, list_items, list_script
from benchfolio.release.placing import place
from benchfolio.results import WrongUsage
from benchfolio.sphinxext.versions import ENVIRONMENT, versions_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ONLY_NEW = "only-new"
ONLY_OLD = "only-old"
BASE = "some/base"


def build(project: Path, version: str, versions: object) -> Path:
    """Build a version of a site; return its output."""
    options = {"navbar_end": ["benchfolio-versions", "theme-switcher"]}
    overrides = {
        "release": version,
        **({"benchfolio_versions": versions} if versions else {}),
        "benchfolio_api": False,
        "benchfolio_strict_policy": True,
        "html_theme_options": options,
    }
    return sphinx(project, overrides=overrides).out


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return two versions of a site as they were built, the later one told by the environment."""
    base = tmp_path_factory.mktemp("versions")
    built = {}
    for version, only in (("2026.9", ONLY_OLD), ("2026.11", ONLY_NEW)):
        index = "Home\n====\n\n.. toctree::\n   :hidden:\n   :glob:\n\n   *\n   benchfolio/index\n"
        project = make_project(base / version, theme="pydata_sphinx_theme", index=index)
        (project / f"{only}.rst").write_text("Only here\n=========\n", encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            if version == "2026.11":
                patch.setenv(ENVIRONMENT, version)
                built[version] = build(project, "not this", None)
            else:
                built[version] = build(project, version, "../versions.js")
    return built


@pytest.fixture(scope="module")
def folder(outputs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two versions side by side and their list."""
    site = tmp_path_factory.mktemp("listed")
    for version, out in outputs.items():
        shutil.copytree(out, site / version)
    assert CliRunner().invoke(command, [str(site)]).output == "2026.11 (newest)\n2026.9\n"
    return site


@pytest.fixture(scope="module")
def tree(outputs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same versions published one after the other, somewhere on a server."""
    root = tmp_path_factory.mktemp("server")
    for version, out in outputs.items():
        place(out, root / BASE, version, latest=True, base_path=f"/{BASE}/")
    return root / BASE


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
    page.wait_for_url("**/versions.html")
    assert page.locator("li").all_inner_texts() == ["2026.11 (newest)", "2026.9"]
    page.get_by_role("link", name="2026.11").click()
    page.wait_for_url((folder / "2026.11" / "index.html").as_uri())
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


# As published -----------------------------------------------------------------------------


class Hosting(Strict):
    """Answers as GitHub Pages does: for what is not there with the page for that, from the root."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send 404.html in the place of a bare error."""
        if code != HTTPStatus.NOT_FOUND:
            super().send_error(code, message, explain)
            return
        body = Path(self.directory, BASE, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def hosted(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the published versions below a path, under the strict policy; return their address."""
    monkeypatch.setattr(browsing, "Strict", Hosting)
    with served(tree.parents[1]) as root:
        yield f"{root}{BASE}/"


def choose(page: Page, version: str) -> None:
    """Choose a version in the switcher."""
    page.get_by_label("Version").locator("visible=true").first.select_option(version)


@pytest.mark.parametrize("javascript", [True, False])
def test_the_root_leads_to_the_newest(browser: Browser, hosted: str, javascript: bool) -> None:
    """Who opens the folder of all versions is in the newest one, with and without JavaScript."""
    context = browser.new_context(java_script_enabled=javascript)
    page = context.new_page()
    page.goto(hosted)
    page.wait_for_url(f"{hosted}2026.11/index.html")
    context.close()


def test_every_version_switches_to_every_other(browser: Browser, hosted: str) -> None:
    """The version placed first knows of the one placed after it, and the other way round."""
    page = browser.new_page()
    bad = complaints(page)
    page.goto(f"{hosted}2026.9/benchfolio/models/digits-resnet.html")
    for version in ("2026.11", "2026.9"):
        choose(page, version)
        page.wait_for_url(f"{hosted}{version}/benchfolio/models/digits-resnet.html")
        page.wait_for_load_state("networkidle")
    assert bad == []
    page.close()


def test_published_versions_switch_from_files(browser: Browser, tree: Path) -> None:
    """From file:// the root leads on, and ``latest/`` says which version it is and switches."""
    page = browser.new_page()
    bad = complaints(page)
    page.goto((tree / "index.html").as_uri())
    page.wait_for_url((tree / "2026.11/index.html").as_uri())
    page.goto((tree / "latest/benchfolio/models/digits-resnet.html").as_uri())
    choice = page.get_by_label("Version").locator("visible=true").first
    assert choice.input_value() == "2026.11"
    choose(page, "2026.9")
    page.wait_for_url((tree / "2026.9/benchfolio/models/digits-resnet.html").as_uri())
    assert bad == []
    page.close()


def test_a_page_that_left_the_latest_says_where_it_is(browser: Browser, tree: Path) -> None:
    """A link to ``latest/`` that was right once leads to the version that still has the page."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tree / "latest" / f"{ONLY_OLD}.html").as_uri())
    page.get_by_role("link", name="2026.9", exact=True).click()
    page.wait_for_url((tree / "2026.9" / f"{ONLY_OLD}.html").as_uri())
    assert page.get_by_role("heading", name="Only here").is_visible()
    context.close()


MISSING: tuple[tuple[str, list[str], str], ...] = (
    (f"2026.9/{ONLY_NEW}.html#x", ["2026.11 (newest)"], f"2026.11/{ONLY_NEW}.html#x"),
    (
        "1.0/benchfolio/models/digits-resnet.html",
        ["2026.11 (newest)", "2026.9"],
        "2026.11/benchfolio/models/digits-resnet.html",
    ),
    ("2026.9/nowhere.html", [], ""),
    (
        "benchfolio/models/digits-resnet",
        ["2026.11 (newest)", "2026.9"],
        "2026.11/benchfolio/models/digits-resnet.html",
    ),
    ("2026.9/%E0%A4%A/../<img src=x onerror=alert(1)>", [], ""),
)


@pytest.mark.parametrize(("address", "offers", "first"), MISSING)
def test_nothing_there_says_where_there_is(
    browser: Browser, hosted: str, address: str, offers: list[str], first: str
) -> None:
    """An address without a page offers the versions that have it, and lists all in any case."""
    page = browser.new_page()
    bad = complaints(page)
    answer = page.goto(f"{hosted}{address}")
    assert answer is not None
    assert answer.status == 404
    page.wait_for_load_state("networkidle")
    assert page.locator("#elsewhere li").all_inner_texts() == offers
    assert page.locator(".bf-version-list li").all_inner_texts() == ["2026.11 (newest)", "2026.9"]
    assert [one for one in bad if "404" not in one] == []
    link = page.locator("#elsewhere a" if offers else ".bf-version-list a").first
    link.click()
    page.wait_for_url(f"{hosted}{first or '2026.11/index.html'}")
    page.close()
