"""A site of results in which every text is hostile: nothing of it runs, anywhere."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import msgspec
import pytest
from pages.browsing import chromium, served
from safety.hostile import free_texts, hostile_project, text_of

from benchfolio.generator import render
from benchfolio.generator.build import build_site
from benchfolio.results import ResultFile

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Dialog, Page, Request

FORMULA = re.compile(r"\s*[=+\-@＝＋－＠−\t\r]")
NUMBER = re.compile(r"-?[0-9.]+(e[+-]?[0-9]+)?")
KINDS = 2
"""Pages of each folder that are opened."""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    """Return a project folder with hostile results, and the fields that are hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    return folder, hostile_project(folder)


@pytest.fixture(scope="module")
def site(places: tuple[Path, set[str]]) -> Path:
    """Return the built site; tables of twenty rows are large there, so that grids are drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "LARGE", 20)
        patch.setattr(render, "EXCERPT", 10)
        built = build_site(places[0], places[0] / "public")
    return built.index.parent


def test_every_text_of_the_contract_is_hostile(places: tuple[Path, set[str]]) -> None:
    """A field that is added to the contract is tested here without anybody thinking of it."""
    wanted = free_texts(msgspec.inspect.type_info(ResultFile))
    assert wanted - places[1] == set()
    assert len(wanted) > 70


def files(site: Path, *suffixes: str) -> list[Path]:
    """Return the files of the site that are made of results."""
    found = [path for path in site.rglob("*") if path.suffix in suffixes]
    return sorted(path for path in found if "_static" not in path.parts)


def pages_of(site: Path) -> list[Path]:
    """Return pages of every kind: some of each folder."""
    by_folder: dict[Path, list[Path]] = {}
    for path in files(site, ".html"):
        by_folder.setdefault(path.parent, []).append(path)
    return [
        path
        for folder, found in by_folder.items()
        for path in (found if folder.name in (site.name, "benchfolio") else found[:KINDS])
    ]


class Watch:
    """Notes what a page does that it may not do."""

    def __init__(self, page: Page, address: str = "file:") -> None:
        self._address = address
        self.bad: list[str] = []
        page.on("dialog", self._dialog)
        page.on("request", self._request)
        page.on("pageerror", lambda error: self.bad.append(f"error {error}"))

    def _dialog(self, dialog: Dialog) -> None:
        self.bad.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self._address, "data:")):
            self.bad.append(f"request {request.url}")


INJECTED = """() => {
  const bad = [];
  if (window.pwned !== undefined) bad.push('pwned');
  for (const element of document.querySelectorAll('*')) {
    for (const attribute of element.attributes) {
      if (/^on/i.test(attribute.name)) bad.push(element.tagName + ' ' + attribute.name);
      if (/^\\s*(javascript|vbscript):/i.test(attribute.value) &&
          /^(href|src|action|formaction|xlink:href|srcdoc)$/i.test(attribute.name))
        bad.push(element.tagName + ' ' + attribute.value);
    }
  }
  for (const name of ['iframe', 'object', 'embed', 'base', 'form:not([action])', 'img[src*=evil]'])
    if (document.querySelector(name) && !name.startsWith('form')) bad.push(name);
  for (const script of document.querySelectorAll('article script'))
    if (!script.src) bad.push('script ' + script.textContent.slice(0, 40));
  return bad;
}"""

STIR = """() => {
  document.querySelectorAll('details').forEach(each => { each.open = true; });
  document.querySelectorAll('article button').forEach(each => {
    try { each.click(); } catch (error) {}
  });
  document.querySelectorAll('[title], th, td, svg *').forEach((each, number) => {
    if (number < 400)
      for (const type of ['mouseover', 'mouseenter', 'focus', 'pointerover', 'keydown'])
        each.dispatchEvent(new Event(type, {bubbles: true}));
  });
}"""


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    """Return a profile of a running Chromium."""
    with chromium() as running:
        opened = running.new_context(viewport={"width": 1400, "height": 900})
        yield opened
        opened.close()


def test_nothing_runs_on_any_page(context: BrowserContext, site: Path) -> None:
    """Read, stirred and searched, no page runs, fetches or holds anything that a file brought."""
    seen = pages_of(site)
    assert len(seen) > 12
    for path in seen:
        page = context.new_page()
        watch = Watch(page)
        page.goto(path.as_uri())
        page.evaluate(STIR)
        for field in page.locator("article input[type=search]:visible").all()[:3]:
            field.fill("<img src=x onerror=window.pwned=1>")
        assert [*page.evaluate(INJECTED), *watch.bad] == [], path
        page.close()


def test_titles_are_shown_as_text(context: BrowserContext, site: Path) -> None:
    """A name of nothing but markup stands on its page as it was written."""
    page = context.new_page()
    page.goto((site / "benchfolio" / "models" / "hostile.html").as_uri())
    shown = page.locator("h1").first.text_content() or ""
    # Quotes of titles may be made round ones, as in any page of the theme.
    name = re.sub("['\"‘’“”]", "", " ".join(text_of("Model.name").split()))
    assert name[:90] in re.sub("['\"‘’“”]", "", " ".join(shown.split()))
    assert "onerror=window.pwned=1" in page.title()


def test_search_of_the_site_shows_text(context: BrowserContext, site: Path) -> None:
    """What the search of the theme finds and shows of hostile titles is text.

    The theme fetches the pages that it found, which it cannot do from file://.
    """
    page = context.new_page()
    with served(site) as address:
        watch = Watch(page, address)
        page.goto(f"{address}search.html?q=pwned")
        page.locator("#search-results li a").first.wait_for()
        page.wait_for_load_state("networkidle")
        assert [*page.evaluate(INJECTED), *watch.bad] == []
        page.close()


def test_csv_holds_no_formula(site: Path) -> None:
    """No cell of any CSV begins as a formula does, unless it is a number."""
    found = files(site, ".csv")
    assert found
    for path in found:
        for row in csv.reader(io.StringIO(path.read_text("utf-8"))):
            bad = [cell for cell in row if FORMULA.match(cell) and not NUMBER.fullmatch(cell)]
            assert bad == [], path


def test_workbooks_hold_no_formula(site: Path) -> None:
    """No workbook has a formula, a link, or an entry that leads out of where it is unpacked."""
    found = files(site, ".xlsx")
    assert found
    for path in found:
        with zipfile.ZipFile(path) as book:
            for name in book.namelist():
                assert not name.startswith("/"), name
                assert ".." not in name.split("/"), name
                tags = {
                    each.tag.rpartition("}")[2] for each in ET.fromstring(book.read(name)).iter()
                }
                assert not tags & {"f", "hyperlink", "hyperlinks", "externalReference", "oleObject"}


def test_json_is_json(site: Path) -> None:
    """Every JSON file is one, with hostile names as texts."""
    found = files(site, ".json")
    assert any("hostile" in path.name for path in found)
    for path in found:
        json.loads(path.read_bytes())


RUNS = {"script", "foreignObject", "iframe", "image", "animate", "set", "handler"}


def test_feed_drawings_and_badges_are_harmless_xml(site: Path) -> None:
    """Feed, charts and badges parse as XML and hold no script, handler or foreign address."""
    found = {*files(site, ".svg", ".xml"), site / "feed.xml"}
    assert any("badges" in path.parts for path in found)
    assert len(found) > 5
    for path in found:
        for element in ET.fromstring(path.read_bytes()).iter():
            assert element.tag.rpartition("}")[2] not in RUNS, path
            for name, value in element.attrib.items():
                assert not name.lower().startswith("on"), (path, name)
                is_address = name.rpartition("}")[2] in ("href", "src", "scheme")
                assert not (is_address and re.match(r"\s*javascript:", value, re.IGNORECASE)), path


def test_scripts_of_data_cannot_be_left(site: Path) -> None:
    """In scripts that carry data, no text ends the string, the script or the line."""
    found = [path for path in files(site, ".js") if b"benchfolio.data(" in path.read_bytes()]
    assert found
    for path in found:
        text = path.read_text("utf-8")
        for call in text.strip().split("\n"):
            start, end = call.index("("), call.rindex(")")
            json.loads(f"[{call[start + 1 : end]}]")


def test_nothing_is_written_beside_the_site(places: tuple[Path, set[str]], site: Path) -> None:
    """Names that climb out of a folder made no file anywhere but in site and project."""
    folder = places[0]
    assert site == folder / "public"
    known = {"conf.py", "index.rst", "results", "public", "benchfolio"}
    assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} <= known
    assert not Path("/tmp/pwned").exists()
