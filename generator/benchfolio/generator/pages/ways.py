"""Ways from a page to Chooser and Compare, with what the page is about already chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.pages.chooser import CHOOSER
from benchfolio.generator.pages.compare import COMPARE, has_two_sides
from benchfolio.generator.pages.overview import OVERVIEW
from benchfolio.generator.pages.planned import Planned, hash_of
from benchfolio.generator.quality import measured_only
from benchfolio.generator.scenarios import OURS
from benchfolio.generator.view import Fact, Link, Page, Section

__all__ = ["Ways", "find_ways", "with_facts", "with_ways"]


class Ways(msgspec.Struct, frozen=True):
    """Which ways there are.

    Attributes:
        there: The pages on which readers can ask.
        chosen: Ids of models and platforms, by kind, of which a format can be chosen.
    """

    there: frozenset[str]
    chosen: Mapping[str, frozenset[str]]

    def of(self, kind: str, id_: str) -> tuple[Fact, ...]:
        """Return the ways from a page."""
        return tuple(self._facts(kind, id_))

    def _facts(self, kind: str, id_: str) -> Iterator[Fact]:
        if (kind, id_) == ("page", OVERVIEW):
            if CHOOSER in self.there:
                yield _way(
                    CHOOSER, "", "Choose", "the acceptable formats for your model and machine"
                )
            if COMPARE in self.there:
                yield _way(COMPARE, "", "Compare", "two releases, platforms, runtimes or formats")
        if kind not in ("model", "platform"):
            return
        state = f"{kind}={quote(id_, safe='')}"
        if CHOOSER in self.there and id_ in self.chosen[kind]:
            yield _way(CHOOSER, state, "Choose", "the acceptable formats, ranked")
        if COMPARE in self.there:
            what = "two formats, runtimes, platforms or releases side by side"
            yield _way(COMPARE, state, "Compare", what)
        if COMPARE in self.there and kind == "platform":
            state = f"facet=platform&b={quote(id_, safe='')}"
            yield _way(COMPARE, state, "Against another", "this platform beside another one")


def find_ways(collection: Collection) -> Ways:
    """Return which ways there are; the pages that they lead to need not be made for that."""
    cells = collection.select({"scenario": OURS, **measured_only({})})
    there = {CHOOSER: bool(cells), COMPARE: has_two_sides(collection)}
    return Ways(
        there=frozenset(page for page, is_there in there.items() if is_there),
        chosen={kind: frozenset(collection.column(kind, cells)) for kind in ("model", "platform")},
    )


def with_ways(planned: Planned, ways: Ways) -> Planned:
    """Return a page with links to those on which readers ask for themselves."""
    facts = ways.of(planned.kind, planned.id)
    if not facts:
        return planned

    def make() -> Page | None:
        page = planned.make()
        return None if page is None else with_facts(page, facts)

    key = hash_of((planned.key, facts)) if planned.key else ""
    return replace(planned, key=key, make=make)


def with_facts(page: Page, facts: Sequence[Fact]) -> Page:
    """Return a page with links behind its first section."""
    if not facts:
        return page
    section = Section(id="ways", title="Choose and compare", facts=tuple(facts))
    return msgspec.structs.replace(page, sections=(*page.sections[:1], section, *page.sections[1:]))


def _way(page: str, state: str, label: str, text: str) -> Fact:
    target = f"{page}#{state}" if state else page
    return Fact(label=label, text=text, link=Link(kind="page", target=target))
