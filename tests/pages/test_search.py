"""Sphinx's own search page finds what readers look for, by name and by number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
import pytest
from factory import result_file
from pages.browsing import chromium, complaints, served
from pages.building import Built, make_project, small, sphinx

from benchfolio.results import write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def add_model(folder: Path, model_id: str, name: str) -> None:
    """Write the results of one more platform, whose model has another id and name."""
    file = small(result_file("lab-xeon"))
    ids = {"digits-resnet": model_id}
    models = {"digits-resnet": msgspec.structs.replace(file.models["digits-resnet"], name=name)}
    file = msgspec.structs.replace(
        file,
        platform=msgspec.structs.replace(file.platform, id=model_id, label=f"Machine {model_id}"),
        models={ids[old]: model for old, model in models.items()},
        artefacts={
            key: msgspec.structs.replace(one, model=model_id)
            for key, one in file.artefacts.items()
            if one.model in ids
        },
        cells=tuple(
            msgspec.structs.replace(cell, model=model_id)
            for cell in file.cells
            if cell.model in ids
        ),
    )
    write(file, folder / "results" / "2026.2" / f"{model_id}.json")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a site with models whose names and ids have digits, dots and hyphens."""
    project = make_project(tmp_path_factory.mktemp("search"), theme="pydata_sphinx_theme")
    add_model(project, "model-00012", "model-00012")
    add_model(project, "net-07341", "Grüße 3.5 mini")
    return sphinx(project, overrides={"benchfolio_strict_policy": True, "benchfolio_api": False})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running Chromium."""
    with chromium() as running:
        yield running


def found(page: Page, root: str, query: str) -> list[str]:
    """Return the addresses that a search finds, best first."""
    page.goto(f"{root}search.html?q={quote(query)}")
    page.locator("#search-results h2", has_text="Search Results").wait_for()
    links: list[str] = page.eval_on_selector_all(
        "#search-results li a", "links => links.map(link => link.getAttribute('href'))"
    )
    return links


QUERIES = (
    ("model-00012", "models/model-00012.html"),
    ("00012", "models/model-00012.html"),
    ("model-000", "models/model-00012.html"),
    ("net-07341", "models/net-07341.html"),
    ("07341", "models/net-07341.html"),
    ("Grüße mini", "models/net-07341.html"),
    ("3.5 mini", "models/net-07341.html"),
    ("digits-resnet", "models/digits-resnet.html"),
    ("ResNet", "models/digits-resnet.html"),
    ("Xeon Platinum 8380", "platforms/lab-xeon.html"),
    ("8380", "platforms/lab-xeon.html"),
    ("Digits scenes", "datasets/digits.html"),
)


@pytest.mark.parametrize(("query", "wanted"), QUERIES)
def test_search_finds_pages_by_name_and_id(
    browser: Browser, built: Built, query: str, wanted: str
) -> None:
    """Names, ids and their parts, digits among them, lead to the page from file://."""
    page = browser.new_page()
    places = [place.partition("#")[0] for place in found(page, f"{built.out.as_uri()}/", query)]
    page.close()
    assert any(place.endswith(wanted) for place in dict.fromkeys(places[:6])), places


def test_name_in_a_table_is_found(browser: Browser, built: Built) -> None:
    """A page of one's own that shows a model in a table is found by the name of the model."""
    page = browser.new_page()
    places = found(page, f"{built.out.as_uri()}/", "ResNet")
    page.close()
    assert "myst.html" in {place.partition("#")[0].rpartition("/")[2] for place in places}


def test_found_place_is_there(browser: Browser, built: Built) -> None:
    """What the search finds opens at a place that the page has."""
    page = browser.new_page()
    page.goto(f"{built.out.as_uri()}/search.html")
    for query in ("model-00012", "07341", "script"):
        for place in found(page, f"{built.out.as_uri()}/", query):
            name, _, anchor = place.partition("#")
            text = (built.out / name).read_text(encoding="utf-8")
            assert not anchor or f'id="{anchor}"' in text, place
    page.close()


def test_search_works_under_the_policy(browser: Browser, built: Built) -> None:
    """From a server with the strict policy the search finds the same, with extracts, quietly."""
    with served(built.out) as root:
        page = browser.new_page()
        bad = complaints(page)
        places = found(page, root, "model-00012")
        page.locator("#search-results p.context").first.wait_for()
        found(page, root, "<script>alert(1)</script>")
        page.wait_for_load_state("networkidle")
        assert bad == []
        page.close()
    assert any("models/model-00012" in place for place in places)


def test_only_the_page_of_results_loads_the_index(project_built: Built) -> None:
    """The search index, which names every page, is loaded where it is searched and nowhere else."""
    page = (project_built.out / "index.html").read_text(encoding="utf-8")
    search = (project_built.out / "search.html").read_text(encoding="utf-8")
    assert "searchindex.js" in search
    assert "searchindex.js" not in page
    assert "searchtools.js" not in page


def test_icons_of_a_page_are_three_kilobytes(browser: Browser, built: Built) -> None:
    """Icons are drawn without the theme's whole font, and without its script for brands."""
    with served(built.out) as root:
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        page.goto(f"{root}/benchfolio/index.html")
        page.wait_for_load_state("networkidle")
        width = page.locator(".search-button__button .fa-magnifying-glass").first.evaluate(
            "icon => icon.getBoundingClientRect().width"
        )
        page.close()
    assert width > 8
    assert "icons.woff2" in asked
    assert "fa-solid-900.woff2" not in asked
    assert not [name for name in asked if name.startswith("fontawesome.js")]
