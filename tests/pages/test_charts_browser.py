"""Charts in a real browser, under the strict policy: SVG as a file, PNG from a canvas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from factory import raced, result_file, shifted
from pages.browsing import chromium, complaints, served
from pages.building import Built, make_project, small, sphinx

from benchfolio.results import write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

NAME = "benchfolio/models/digits-resnet"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a fresh profile."""
    opened = browser.new_context(viewport={"width": 1400, "height": 900})
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a site of two releases, so that there is something of every chart."""
    project = make_project(tmp_path_factory.mktemp("charts") / "project")
    for platform in ("lab-xeon", "arm-board"):
        old = small(raced(result_file(platform, "2026.1")))
        write(old, project / "results" / "2026.1" / f"{platform}.json")
    new = shifted(result_file("lab-xeon"), speed=lambda _: 1.2, versions={"openvino": "2026.1"})
    write(small(raced(new)), project / "results" / "2026.2" / "lab-xeon.json")
    return sphinx(project)


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    """Return the address of a local server of that site."""
    with served(built.out) as found:
        yield found.rstrip("/")


def test_every_chart_is_also_a_file(built: Built) -> None:
    """Each chart of a page links to its SVG, and the file is there."""
    html = (built.out / f"{NAME}.html").read_text(encoding="utf-8")
    charts = html.count('class="bf-block bf-chart"')
    links = [part.split('"')[0] for part in html.split('<a href="') if ".svg" in part[:200]]
    files = {link for link in links if "_downloads/benchfolio/" in link}
    assert charts >= 4
    assert len(files) == charts
    for link in files:
        path = Path(built.out, NAME).parent / link
        assert path.read_text(encoding="utf-8").startswith("<svg")


def test_a_server_gives_png_too(context: BrowserContext, address: str) -> None:
    """Under the strict policy a reader saves a chart as PNG, twice the size of the drawing."""
    page = context.new_page()
    page.goto(f"{address}/{NAME}.html")
    # What the theme does is no matter of ours.
    errors = complaints(page)
    button = page.locator(".bf-png").first
    with page.expect_download() as saving:
        button.click()
    assert saving.value.suggested_filename.endswith(".png")
    data = Path(saving.value.path()).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20], "big") == 2 * (760 + 24)
    assert button.is_enabled()
    assert errors == []


def test_from_files_only_svg_is_offered(context: BrowserContext, built: Built) -> None:
    """A browser gives out no pixels of file://, so that nothing is offered that would fail."""
    page = context.new_page()
    page.goto((built.out / f"{NAME}.html").as_uri())
    assert page.locator(".bf-chart-downloads").count() >= 4
    assert page.locator(".bf-png").count() == 0


def test_a_drawing_alone_looks_like_one(context: BrowserContext, address: str) -> None:
    """Opened by itself under the strict policy a chart keeps its colours."""
    page = context.new_page()
    page.goto(f"{address}/{NAME}.html")
    link = page.locator(".bf-chart-downloads a").first.get_attribute("href")
    page.goto(f"{address}/benchfolio/models/{link}")
    fill = page.evaluate(
        "getComputedStyle([...document.querySelectorAll('rect')].find(r => r.closest('g'))).fill"
    )
    assert fill == "rgb(63, 111, 168)"


def test_figures_are_reached_by_keyboard(context: BrowserContext, built: Built) -> None:
    """Every drawing is named and described, takes focus, and its table opens with a key."""
    page = context.new_page()
    page.goto((built.out / f"{NAME}.html").as_uri())
    for chart in page.locator(".bf-chart").all():
        svg = chart.locator("svg").first
        # An image may hold nothing to follow; a drawing with links is a group of what is in it.
        expected = "group" if svg.locator("a").count() else "img"
        assert svg.get_attribute("role") == expected
        for name in ("aria-labelledby", "aria-describedby"):
            told = page.locator(f"[id='{svg.get_attribute(name)}']")
            assert told.count() == 1
            assert (told.text_content() or "").strip()
        region = chart.locator(".bf-drawing")
        assert region.get_attribute("tabindex") == "0"
        same = region.get_attribute("aria-describedby")
        summary = page.locator(f"summary[id='{same}']")
        summary.focus()
        page.keyboard.press("Enter")
        assert chart.locator("table").is_visible()
