"""Pages under ``Content-Security-Policy: default-src 'self'``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pages.browsing import chromium, complaints, served
from pages.building import Built, make_project, sphinx

from benchfolio.sphinxext.policy import FOLDER, without_inline

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGES = (
    "index",
    "benchfolio/index",
    "benchfolio/models/digits-resnet",
    "benchfolio/models/hostile",
    "benchfolio/platforms/lab-xeon",
    "benchfolio/datasets/digits",
    "benchfolio/tables/performance",
    "search",
    "genindex",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a site that is to work under the policy, with the theme we use."""
    project = make_project(tmp_path_factory.mktemp("policy"), theme="pydata_sphinx_theme")
    return sphinx(project, overrides={"benchfolio_strict_policy": True})


@pytest.fixture(scope="module")
def root(built: Built) -> Iterator[str]:
    """Return the address of the site on a server that sends the policy."""
    with served(built.out) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running Chromium."""
    with chromium() as running:
        yield running


@pytest.mark.parametrize("name", PAGES)
def test_page_breaks_no_rule(browser: Browser, root: str, name: str) -> None:
    """A page makes the browser complain of nothing: no violation, no error, no missing file."""
    page = browser.new_page()
    bad = complaints(page)
    page.goto(f"{root}{name}.html", wait_until="networkidle")
    assert bad == []
    page.close()


def test_policy_is_needed(browser: Browser, project_built: Built) -> None:
    """Without the setting the theme breaks the policy: the test above can fail."""
    with served(project_built.out) as address:
        page = browser.new_page()
        bad = complaints(page)
        page.goto(f"{address}index.html", wait_until="networkidle")
        assert any("Content Security Policy" in text for text in bad)
        page.close()


def choose_dark(page: Page) -> None:
    """Choose dark: in a menu, or in older themes by going through the modes."""
    switch = page.locator(".theme-switch-button:visible").first
    for _ in range(3):
        if page.locator("html").get_attribute("data-theme") == "dark":
            return
        switch.click()
        menu = page.locator("button.theme-change-button[data-mode=dark]:visible")
        if menu.count():
            menu.first.click()


def test_theme_switch_works(browser: Browser, root: str) -> None:
    """Light and dark can be chosen, and the choice holds on the next page."""
    context = browser.new_context(color_scheme="light", viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.goto(f"{root}index.html")
    assert page.locator("html").get_attribute("data-theme") == "light"
    choose_dark(page)
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.goto(f"{root}benchfolio/models/digits-resnet.html", wait_until="load")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    context.close()


def test_no_page_has_inline_parts(built: Built) -> None:
    """No page has a script or style of its own, a style attribute or a handler; files exist."""
    for path in built.out.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", text), path.name
        assert not re.search(r"<style|<[a-z][^<>]*\s(style|on[a-z]+)=", text), path.name
        for target in re.findall(rf'(?:src|href)="([^"]*{FOLDER}/[^"]+)"', text):
            assert (path.parent / target).is_file(), target


def test_files_are_shared(built: Built) -> None:
    """Pages share the files: there is none for each page."""
    assert 0 < len(list((built.out / FOLDER).iterdir())) < 10


def test_scripts_keep_order_and_attributes() -> None:
    """A script stays where it was with its attributes; data and scripts of files are untouched."""
    moved = without_inline(
        "<head></head><script data-a='1'>one()</script><script src=\"x.js\"></script>"
        '<script type="application/json">{"a": 1}</script><!-- <script>no()</script> -->',
        "../",
    )
    assert list(moved.files.values()) == ["one()\n"]
    (name,) = moved.files
    assert moved.html == (
        f"<head></head><script data-a='1' src=\"../{FOLDER}/{name}\"></script>"
        '<script src="x.js"></script><script type="application/json">{"a": 1}</script>'
        "<!-- <script>no()</script> -->"
    )


def test_style_becomes_a_class() -> None:
    """A style attribute becomes a class beside those that are there, of a linked style sheet."""
    moved = without_inline(
        '<head></head><p class="a" style="margin: 0">x</p><hr style=\'font: "A"\'>', ""
    )
    classes = re.findall(r"bf-style-[0-9a-f]+", moved.html)
    assert f'<p class="a {classes[0]}">x</p><hr class="{classes[1]}">' in moved.html
    assert moved.html.count('<link rel="stylesheet"') == 2
    assert [text[text.index("{") :] for text in moved.files.values()] == [
        "{ margin: 0 }\n",
        '{ font: "A" }\n',
    ]


def test_name_of_the_page_is_data() -> None:
    """The one script that differs between pages becomes one file, with the name beside it."""
    text = "<script>DOCUMENTATION_OPTIONS.pagename = 'a/it\\'s';</script>"
    moved = without_inline(text, "")
    other = without_inline(text.replace("it", "at"), "")
    assert moved.files == other.files
    assert 'data-pagename="a/it&#x27;s"' in moved.html
