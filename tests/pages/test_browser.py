"""The built site in a real browser, opened as files, as a reader would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import pytest
from pages.browsing import chromium
from pages.building import Built

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request

PAGES = (
    "index",
    "benchfolio/index",
    "benchfolio/models/hostile",
    "benchfolio/models/digits-resnet",
    "benchfolio/platforms/arm-board",
    "benchfolio/tables/performance",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running Chromium; without one, skip here and fail where CI promises one."""
    with chromium() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a fresh profile."""
    opened = browser.new_context(viewport={"width": 1400, "height": 900})
    yield opened
    opened.close()


def visit(page: Page, built: Built, name: str) -> list[str]:
    """Open a page; return errors, dialogs and requests that leave the machine."""
    bad: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            bad.append(message.text)

    def on_dialog(dialog: Dialog) -> None:
        bad.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def on_request(request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            bad.append(request.url)

    page.on("console", on_console)
    page.on("pageerror", lambda error: bad.append(str(error)))
    page.on("dialog", on_dialog)
    page.on("request", on_request)
    page.goto((built.out / f"{name}.html").as_uri())
    return bad


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_without_errors_or_network(
    context: BrowserContext, project_built: Built, name: str
) -> None:
    """A page from file:// logs no error, opens no dialog and asks nobody for anything."""
    assert visit(context.new_page(), project_built, name) == []


def test_hostile_names_are_inert(context: BrowserContext, project_built: Built) -> None:
    """Markup in names is shown as text: no element, handler or script address comes of it."""
    page = context.new_page()
    visit(page, project_built, "benchfolio/models/hostile")
    assert page.locator("h1").first.inner_text().startswith("<script>alert(1)</script>")
    assert page.locator("article script").count() == 0
    addresses = page.eval_on_selector_all("a[href]", "links => links.map(link => link.protocol)")
    assert set(addresses) <= {"file:", "https:", "http:"}
    handlers = page.eval_on_selector_all(
        "article *",
        "all => all.filter(one => [...one.attributes].some(a => a.name.startsWith('on')"
        " || a.name === 'style')).length",
    )
    assert handlers == 0


def test_table_is_complete_without_javascript(browser: Browser, project_built: Built) -> None:
    """Without JavaScript every row, value, reason and link of a table is there."""
    rows = []
    for javascript in (True, False):
        context = browser.new_context(java_script_enabled=javascript)
        page = context.new_page()
        page.goto((project_built.out / "benchfolio/tables/performance.html").as_uri())
        rows.append(page.locator("table.bf-table tbody tr").all_text_contents())
        assert page.locator(".bf-reasons li").first.is_visible()
        context.close()
    assert rows[0] == rows[1]
    assert len(rows[1]) > 5


@pytest.mark.parametrize("name", PAGES)
def test_narrow_page_does_not_overflow(browser: Browser, project_built: Built, name: str) -> None:
    """At 390 px tables scroll inside their region and the page itself does not."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    visit(page, project_built, name)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    context.close()


def test_wide_table_scrolls_by_keyboard(browser: Browser, project_built: Built) -> None:
    """The region of a table takes the focus and scrolls; first column and header stay in view."""
    context = browser.new_context(viewport={"width": 500, "height": 600})
    page = context.new_page()
    visit(page, project_built, "benchfolio/tables/performance")
    region = page.locator(".bf-scroll").first
    region.focus()
    before = page.locator("tbody .bf-first").first.bounding_box()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.bf-scroll').scrollLeft > 20")
    after = page.locator("tbody .bf-first").first.bounding_box()
    assert before
    assert after
    assert abs(before["x"] - after["x"]) < 2
    context.close()


def test_both_rows_of_a_header_stay_in_view(browser: Browser, project_built: Built) -> None:
    """However far a long table is scrolled, no header cell leaves it or covers half of a row."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    page = context.new_page()
    visit(page, project_built, "benchfolio/tables/performance")
    above, *bottoms = page.evaluate(
        """() => {
            const region = document.querySelector('.bf-scroll');
            region.style.maxHeight = '260px';
            region.scrollTop = region.scrollHeight;
            const cells = [...region.querySelectorAll('thead th')]
                .filter(cell => cell.getClientRects().length);
            const lower = cells.filter(cell => !cell.matches('.bf-upper'));
            const place = cell => cell.getBoundingClientRect();
            const tops = cells.map(cell => place(cell).top - place(region).top);
            return [Math.min(...tops), ...lower.map(cell => place(cell).bottom)];
        }"""
    )
    assert page.locator("thead .bf-upper").count()
    assert above >= -1
    assert max(bottoms) - min(bottoms) < 1.5
    context.close()


def test_reason_is_reached_by_keyboard(context: BrowserContext, project_built: Built) -> None:
    """The number beside a state is a link that leads to the visible reason."""
    page = context.new_page()
    visit(page, project_built, "benchfolio/tables/performance")
    page.locator(".bf-note a").first.focus()
    page.keyboard.press("Enter")
    target = page.locator(".bf-reasons li:target")
    target.wait_for()
    assert target.inner_text().strip()


def test_dark_and_light_are_readable(browser: Browser, project_built: Built) -> None:
    """Text of cells, details and states has a contrast of at least 4.5 in both themes."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        visit(page, project_built, "benchfolio/models/digits-resnet")
        ratios = page.evaluate(CONTRASTS)
        assert ratios
        assert min(ratios.values()) >= 4.5, (scheme, ratios)
        context.close()


CONTRASTS = """() => {
  const parse = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = text => {
    const [r, g, b] = parse(text).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = {};
  for (const name of ['.bf-value', '.bf-detail', '.bf-state', '.bf-unit', '.bf-same .bf-value',
                      '.bf-bad', '.bf-formula']) {
    const one = document.querySelector('table.bf-table ' + name);
    if (!one) continue;
    const cell = one.closest('td, th');
    const a = light(getComputedStyle(one).color);
    const b = light(getComputedStyle(cell).backgroundColor);
    found[name] = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }
  return found;
}"""


def test_print_shows_what_is_folded(context: BrowserContext, project_built: Built) -> None:
    """On paper folded facts are printed and nothing is cut off by scrolling."""
    page = context.new_page()
    visit(page, project_built, "benchfolio/models/digits-resnet")
    page.emulate_media(media="print")
    assert page.locator(".bf-folded .bf-facts").first.is_visible()
    overflow = page.evaluate("getComputedStyle(document.querySelector('.bf-scroll')).overflowX")
    assert overflow == "visible"


def test_from_table_to_model_to_platform(context: BrowserContext, project_built: Built) -> None:
    """The way from a table to the model and on to the platform is one link each."""
    page = context.new_page()
    visit(page, project_built, "benchfolio/tables/performance")
    page.locator("table.bf-table tbody a", has_text="Digits ResNet-8").first.click()
    page.wait_for_url("**/models/digits-resnet.html*")
    assert page.locator("h1").first.inner_text().startswith("Digits ResNet-8")
    page.locator("table.bf-table tbody a", has_text="Xeon").first.click()
    page.wait_for_url("**/platforms/*.html*")
    assert page.locator("h1").first.inner_text().startswith("Xeon")
