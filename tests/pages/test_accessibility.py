"""What everybody needs: WCAG 2.2 A and AA by axe, the keyboard alone, little room, paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import pytest
from pages.browsing import chromium
from pages.building import Built, make_project, sphinx

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed: pip install -e '.[dev]'"
)

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""What can differ between light and dark."""
PAGES = (
    "benchfolio/index",
    "benchfolio/models/digits-resnet",
    "benchfolio/platforms/lab-xeon",
    "benchfolio/tables/precision-comparison",
    "benchfolio/compare",
    "benchfolio/chooser",
    "search",
)
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a site with the theme we use, and a choice of versions in its header."""
    project = make_project(tmp_path_factory.mktemp("accessible"), theme="pydata_sphinx_theme")
    overrides = {
        "release": "2026.2",
        "benchfolio_versions": ["2026.3", ("2026.2", "./")],
        "benchfolio_api": False,
        "html_theme_options": {"navbar_end": ["benchfolio-versions", "theme-switcher"]},
    }
    return sphinx(project, overrides=overrides)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running Chromium."""
    with chromium() as running:
        yield running


def opened(browser: Browser, built: Built, name: str, scheme: Scheme, width: int = 1400) -> Page:
    """Open a page in a context of its own."""
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 1000}, reduced_motion="reduce"
    )
    page = context.new_page()
    path = built.out / f"{name}.html"
    if not path.is_file():
        pytest.fail(f"{name} is not among the pages")
    page.goto(path.as_uri())
    return page


def violations(page: Page, rules: Mapping[str, object] = RULES) -> list[tuple[str, str]]:
    """Return the rules that a page breaks, each with the first element."""
    found: list[dict[str, Any]] = axe.Axe().run(page, options=dict(rules)).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


@pytest.mark.parametrize("name", PAGES)
def test_page_breaks_no_rule_of_wcag(browser: Browser, built: Built, name: str) -> None:
    """Axe finds no violation of WCAG 2.2 A or AA on a page, nor any of its colours in dark."""
    page = opened(browser, built, name, "light")
    assert violations(page) == []
    page.context.close()
    page = opened(browser, built, name, "dark")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert violations(page, COLOURS) == []
    page.context.close()


def test_narrow_page_breaks_no_rule(browser: Browser, built: Built) -> None:
    """On a small screen the pages are as accessible, and nothing but tables scrolls sideways."""
    for name in ("benchfolio/models/digits-resnet", "search"):
        page = opened(browser, built, name, "light", width=400)
        assert violations(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
        page.context.close()


def test_open_menus_break_no_rule(browser: Browser, built: Built) -> None:
    """An open menu of a table and the details of a row are as accessible as the page."""
    page = opened(browser, built, "benchfolio/tables/performance", "dark")
    page.locator(".bf-bar summary, .bf-bar button[aria-expanded]").first.click()
    page.locator(".bf-menu[open] .bf-panel > *").first.wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("tbody .bf-more").first.click()
    assert page.locator(".bf-popover:visible").count() == 1
    assert violations(page) == []
    page.context.close()


def test_everything_is_reached_by_tab(browser: Browser, built: Built) -> None:
    """Tab alone goes through all controls of a table in the order of the page, visibly, and on."""
    page = opened(browser, built, "benchfolio/tables/performance", "light")
    page.locator("h1").first.evaluate("one => { one.tabIndex = -1; one.focus(); }")
    seen: list[str] = []
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate("!document.activeElement.closest('article')"):
            break
        seen.append(page.evaluate(DESCRIBE_FOCUS))
    assert len(seen) < 400
    assert not [one for one in seen if one.startswith("invisible")]
    assert any("bf-sort" in one for one in seen)
    assert any("bf-scroll" in one for one in seen)
    assert any("bf-more" in one for one in seen)
    assert any("download" in one for one in seen)


DESCRIBE_FOCUS = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const shown = ring || style.boxShadow !== 'none' || one.matches('a');
  const box = one.getBoundingClientRect();
  const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  const name = `${one.tagName} ${one.className} ${one.hasAttribute('download') ? 'download' : ''}`;
  return `${shown && inside ? '' : 'invisible '}${name}`;
}"""


def test_table_is_sorted_by_keyboard(browser: Browser, built: Built) -> None:
    """Enter on a header sorts, says so to screen readers, and keeps the focus."""
    page = opened(browser, built, "benchfolio/tables/performance", "light")
    page.locator("thead .bf-sort").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("thead th[aria-sort]").count() == 1
    assert page.evaluate("document.activeElement.classList.contains('bf-sort')")
    page.context.close()


def test_reduced_motion_is_respected(browser: Browser, built: Built) -> None:
    """Where readers want no motion, nothing of ours moves."""
    page = opened(browser, built, "benchfolio/models/digits-resnet", "light")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('[class*="bf-"]')].filter(one => {
            const style = getComputedStyle(one);
            return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none';
        }).length"""
    )
    assert moving == 0
    page.context.close()


def test_paper_is_light_and_whole(browser: Browser, built: Built) -> None:
    """Printed from dark, text is dark on light, tables are whole, controls are left out."""
    page = opened(browser, built, "benchfolio/tables/performance", "dark", width=718)
    page.emulate_media(media="print", color_scheme="dark")
    lightness = page.evaluate(
        """() => ['h1', '.bf-table tbody .bf-value', 'table.bf-table thead th'].map(name =>
            getComputedStyle(document.querySelector(name)).color.match(/[\\d.]+/g).slice(0, 3)
              .map(Number).reduce((a, b) => a + b) / 765)"""
    )
    assert max(lightness) < 0.5
    assert page.locator(".bf-bar:visible, .bf-more:visible, .bf-downloads:visible").count() == 0
    assert page.locator("tbody tr").first.locator("td").count() > 8
    cut = page.evaluate(
        """() => [...document.querySelectorAll('table.bf-table')].filter(one =>
            one.getBoundingClientRect().right > innerWidth).length"""
    )
    assert cut == 0
    printed = page.evaluate(
        """() => [...document.querySelectorAll('article a')].filter(one =>
            /url|http|html/.test(getComputedStyle(one, '::after').content)).length"""
    )
    assert printed == 0
    page.context.close()
