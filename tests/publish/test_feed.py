"""The feed: valid Atom, stable, and nothing but what the results say."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import msgspec
from factory import HOSTILE, result_file
from publish.made import SITE, files, published

from benchfolio.generator.publish import Site
from benchfolio.results import Origin, Publication, ResultFile

A = "{http://www.w3.org/2005/Atom}"
X = "{http://www.w3.org/1999/xhtml}"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def feed(given: list[tuple[str, ResultFile]], site: Site = SITE) -> ET.Element:
    """Return the parsed feed of result files."""
    return ET.fromstring(published(given, site)["feed.xml"])


def text(element: ET.Element, name: str) -> str:
    """Return the text of the only child of a name."""
    (found,) = element.findall(A + name)
    return found.text or ""


def undated(file: ResultFile, publication: Publication | None = None) -> ResultFile:
    """Return a file as if it was read off a publication: no cell knows when it was started."""
    kind = Origin(kind="transcribed", publication=publication)
    cells = tuple(msgspec.structs.replace(cell, started=None) for cell in file.cells)
    return msgspec.structs.replace(file, origin=kind, cells=cells)


def test_feed_has_everything_that_atom_requires() -> None:
    """Feed and entries have one id, title and date each; the feed has an author and links."""
    root = feed(files())
    assert root.tag == f"{A}feed"
    entries = root.findall(f"{A}entry")
    assert [text(entry, "title") for entry in entries] == ["Release 2026.2", "Release 2026.1"]
    for element in (root, *entries):
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", text(element, "id"))
        assert MOMENT.fullmatch(text(element, "updated"))
        (alternate,) = (
            link for link in element.findall(f"{A}link") if link.get("rel") == "alternate"
        )
        assert (alternate.get("href") or "").startswith("https://example.org/results/")
    ids = [text(element, "id") for element in (root, *entries)]
    assert len(set(ids)) == len(ids)
    (author,) = root.findall(f"{A}author")
    assert text(author, "name") == "The lab & friends"


def test_dates_are_those_of_the_newest_measurement() -> None:
    """The feed is as old as its figures, not as its build."""
    newest = {
        release: max(
            cell.started
            for _, file in files()
            if file.release == release
            for cell in file.cells
            if cell.started
        )
        for release in ("2026.1", "2026.2")
    }
    root = feed(files())
    found = [text(entry, "updated") for entry in root.findall(f"{A}entry")]
    assert found == [
        newest[release].isoformat().replace("+00:00", "Z") for release in ("2026.2", "2026.1")
    ]
    assert text(root, "updated") == found[0]


def test_ids_survive_other_results_and_addresses() -> None:
    """A reader of feeds sees a release once, also after it was measured again or moved."""
    before = feed(files()).findall(f"{A}entry")[1]
    moved = msgspec.structs.replace(SITE, url="https://example.com/", author="Others")
    (name, file), *_ = files()
    cells = tuple(
        msgspec.structs.replace(cell, started=cell.started and cell.started + timedelta(days=9))
        for cell in file.cells
    )
    again = msgspec.structs.replace(file, cells=cells)
    (after,) = feed([(name, again)], moved).findall(f"{A}entry")
    assert text(after, "updated") != text(before, "updated")
    assert text(after, "id") == text(before, "id")


def test_links_are_relative_where_no_address_is_known() -> None:
    """Without the site's address nothing is made up: links begin where the feed is."""
    root = feed(files(), Site(title="x"))
    found = {link.get("rel"): link.get("href") for link in root.findall(f"{A}link")}
    assert found == {"self": "feed.xml", "alternate": "index.html"}


def test_entry_leads_to_its_page_or_to_the_overview() -> None:
    """A release with a page leads there, and every other to the overview."""
    pages = {**SITE.pages, ("release", "2026.1"): "benchfolio/releases/2026.1.html"}
    root = feed(files(), msgspec.structs.replace(SITE, pages=pages))
    found = [link.get("href") for link in root.findall(f"{A}entry/{A}link")]
    assert found == [
        "https://example.org/results/benchfolio/index.html",
        "https://example.org/results/benchfolio/releases/2026.1.html",
    ]


def test_release_of_a_publication_has_its_date() -> None:
    """Transcribed figures are as old as the test their publication states, at least."""
    page = Publication(title="A page", date="2023-01-05", tested="2022-09")
    root = feed([("a.json", undated(result_file(), page))])
    assert text(root.findall(f"{A}entry")[0], "updated") == "2022-09-01T00:00:00Z"


def test_release_without_any_date_is_left_out() -> None:
    """No date is made up: what has none is not in the feed, which is valid all the same."""
    root = feed([("a.json", undated(result_file()))])
    assert not root.findall(f"{A}entry")
    assert MOMENT.fullmatch(text(root, "updated"))


def test_content_tells_counts_news_and_gains() -> None:
    """An entry says how much there is, what is new, and the best gains that are real."""
    first, last = ("".join(entry.itertext()) for entry in feed(files()).findall(f"{A}entry"))
    assert "147 of 180 planned cells have a value" in first
    assert "INT8 on OpenVINO" in first
    assert "New" not in first
    assert "207 of 270 planned cells have a value" in last
    assert "Largest gains" not in last, "nobody knows the noise of the first release"


def test_hostile_names_stay_text() -> None:
    """Markup and control characters in a name are shown, and neither obeyed nor invalid."""
    file = result_file("arm-board")
    models = {
        name: msgspec.structs.replace(model, name=f"{HOSTILE[0]}\x01{HOSTILE[5]}")
        for name, model in file.models.items()
    }
    data = published([("a.json", msgspec.structs.replace(file, models=models))])["feed.xml"]
    root = ET.fromstring(data)
    assert not [element for element in root.iter() if "script" in element.tag]
    assert root.findall(f"{A}title")[0].text == "Validated <models>: releases"
