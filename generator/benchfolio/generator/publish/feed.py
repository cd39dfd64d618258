"""The Atom feed of releases (RFC 4287): one entry for each release that has a date.

Ids and dates follow from the results and the site's title, so that the same input is the same
feed. Without an absolute address of the site, links are relative to the feed.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from urllib.parse import quote
from xml.etree import ElementTree as ET

from benchfolio.generator.formatting import clean, listing
from benchfolio.generator.publish.places import FEED
from benchfolio.generator.publish.site import Site
from benchfolio.generator.publish.types import ReleaseDocument
from benchfolio.results import State

ATOM = "http://www.w3.org/2005/Atom"
XHTML = "http://www.w3.org/1999/xhtml"

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://pypi.org/project/benchfolio/")
"""Ids of feeds and entries are names in this one."""

MOST = 5
"""Up to so many gains are told of a release."""

NOTHING_DATED = "1970-01-01T00:00:00Z"
"""Date of a feed without any entry: Atom wants one."""


def feed(releases: Sequence[ReleaseDocument], site: Site) -> bytes:
    """Return the feed; releases without any date are left out, since none may be made up."""
    dated = [one for one in releases if one.updated]
    title = clean(site.title)
    root = ET.Element("feed", {"xmlns": ATOM})
    _text(root, "id", _id(site.title))
    _text(root, "title", f"{title}: releases")
    newest = max((one.updated or "" for one in dated), default=NOTHING_DATED)
    _text(root, "updated", newest)
    _text(ET.SubElement(root, "author"), "name", clean(site.author) or title)
    ET.SubElement(root, "link", {"rel": "self", "href": site.absolute(FEED)})
    ET.SubElement(root, "link", {"rel": "alternate", "href": _href(site, site.home)})
    ET.SubElement(root, "generator").text = "benchfolio"
    for one in dated:
        _entry(root, one, site)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _entry(root: ET.Element, one: ReleaseDocument, site: Site) -> None:
    entry = ET.SubElement(root, "entry")
    _text(entry, "id", _id(site.title, one.id))
    _text(entry, "title", f"Release {clean(one.id)}")
    _text(entry, "updated", one.updated or "")
    page = one.page or site.page("page", "overview") or site.home
    ET.SubElement(entry, "link", {"rel": "alternate", "href": _href(site, page)})
    content = ET.SubElement(entry, "content", {"type": "xhtml"})
    body = ET.SubElement(content, "div", {"xmlns": XHTML})
    _text(body, "p", _counts(one))
    for words in _new(one):
        _text(body, "p", words)
    if one.best:
        _text(body, "p", "Largest gains that are acceptable and beyond the noise:")
        items = ET.SubElement(body, "ul")
        for best in one.best[:MOST]:
            _text(items, "li", f"{best.text}.")


def _counts(one: ReleaseDocument) -> str:
    total = sum(one.states.values())
    ok = one.states[State.OK.value]
    others = [
        f"{count} {clean(state)}"
        for state, count in one.states.items()
        if count and state != State.OK.value
    ]
    places = len({where.platform for where in one.measured})
    text = (
        f"{len(one.models)} model{_s(len(one.models))} on {places} platform{_s(places)}; "
        f"{ok} of {total} planned cells have a value"
    )
    return f"{text}; {listing(others, most=len(others))}." if others else f"{text}."


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _new(one: ReleaseDocument) -> list[str]:
    """Say what no earlier release has; in the first one everything would be new."""
    if one.before is None:
        return []
    found = (
        ("models", one.new_models),
        ("platforms", one.new_platforms),
        ("runtimes", one.new_runtimes),
    )
    return [
        f"New {kind}: {listing([clean(name) for name in names], most=8)}."
        for kind, names in found
        if names
    ]


def _id(*names: str) -> str:
    return uuid.uuid5(NAMESPACE, "\n".join(names)).urn


def _href(site: Site, address: str) -> str:
    return site.absolute(quote(address, safe="/#%+@:&=~,;!$'()*"))


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
