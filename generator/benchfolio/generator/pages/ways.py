"""Ways from a page to Chooser and Compare, with what the page is about already chosen."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.explore import Explored
from benchfolio.generator.pages.chooser import CHOOSER, chooser_page
from benchfolio.generator.pages.compare import COMPARE, compare_page
from benchfolio.generator.view import Fact, Link, Page, Section

__all__ = ["explore_pages", "with_ways"]


def explore_pages(collection: Collection, explored: Explored) -> tuple[Page, ...]:
    """Return the pages on which readers ask for themselves, as far as there is anything to ask."""
    found = (chooser_page(collection, explored), compare_page(collection, explored))
    return tuple(page for page in found if page is not None)


def with_ways(pages: Sequence[Page], explored: Explored, there: Sequence[Page]) -> tuple[Page, ...]:
    """Return pages with links to those on which readers ask for themselves.

    Args:
        pages: Pages of all kinds.
        explored: What can be asked for.
        there: Of ``explore_pages``.
    """
    known = frozenset(page.id for page in there)
    models = {explored.part.cells[one.cell].model for one in explored.part.choices}
    names = explored.head.names
    chosen = {
        "model": frozenset(names["model"][at][0] for at in models),
        "platform": frozenset(
            names["platform"][explored.head.places[explored.part.cells[one.cell].place][0]][0]
            for one in explored.part.choices
        ),
    }
    return tuple(_with_ways(page, known, chosen.get(page.kind, frozenset())) for page in pages)


def _with_ways(page: Page, known: frozenset[str], chosen: frozenset[str]) -> Page:
    facts = tuple(_ways(page, known, chosen))
    if not facts:
        return page
    section = Section(id="ways", title="Choose and compare", facts=facts)
    first, *others = page.sections or (section,)
    sections = (first, section, *others) if page.sections else (section,)
    return msgspec.structs.replace(page, sections=sections)


def _ways(page: Page, known: frozenset[str], chosen: frozenset[str]) -> list[Fact]:
    if page.kind == "page" and page.id == "overview":
        return [
            fact
            for fact in (
                _way(CHOOSER, "", "Choose", "the acceptable formats for your model and machine"),
                _way(COMPARE, "", "Compare", "two releases, platforms, runtimes or formats"),
            )
            if fact.link is not None and fact.link.target.partition("#")[0] in known
        ]
    if page.kind not in ("model", "platform"):
        return []
    state = f"{page.kind}={quote(page.id, safe='')}"
    facts = []
    if CHOOSER in known and page.id in chosen:
        facts.append(_way(CHOOSER, state, "Choose", "the acceptable formats, ranked"))
    if COMPARE in known:
        what = "two formats, runtimes, platforms or releases side by side"
        facts.append(_way(COMPARE, state, "Compare", what))
    if COMPARE in known and page.kind == "platform":
        state = f"facet=platform&b={quote(page.id, safe='')}"
        facts.append(_way(COMPARE, state, "Against another", "this platform beside another one"))
    return facts


def _way(page: str, state: str, label: str, text: str) -> Fact:
    target = f"{page}#{state}" if state else page
    return Fact(label=label, text=text, link=Link(kind="page", target=target))
