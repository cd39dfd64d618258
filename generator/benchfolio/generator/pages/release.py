"""The page of a release: what was measured on which platforms, and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from benchfolio.generator.changes import Compared, measured_releases
from benchfolio.generator.collection import Collection
from benchfolio.generator.comparison import GONE, WORSE
from benchfolio.generator.entries import field_label, name_entry
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.formats import Format, best, formats, gain_of, told
from benchfolio.generator.formatting import clean, listing, natural, number, slug
from benchfolio.generator.origins import publications
from benchfolio.generator.pages.changes import (
    CHANGES,
    change_sections,
    changes_sentence,
    listed_sections,
)
from benchfolio.generator.pages.compare import COMPARE
from benchfolio.generator.pages.keyfigures import best_figures, worst_figures
from benchfolio.generator.pages.parts import MOST_ROWS, drawn, more_rows, shown, sources
from benchfolio.generator.pages.rankings import gains_table, outcome_table, over_table
from benchfolio.generator.pages.runtime import gains_chart, version_facts
from benchfolio.generator.verdicts import OVER
from benchfolio.generator.view import Column, Entry, Fact, Figure, Link, Page, Row, Section, Table


def release_page(collection: Collection, release: str, compared: Mapping[str, Compared]) -> Page:
    """Return the page of a release.

    Args:
        collection: The results.
        release: Id of the release.
        compared: Measured releases with what changed in them; see ``Comparisons``.
    """
    cells = collection.select(releases=[release])
    ours = collection.select({"origin": MEASURED}, releases=[release])
    found = formats(collection, {"release": release}, releases="all")
    gains = gains_table(collection, found)
    return Page(
        kind="release",
        id=release,
        title=f"Release {clean(release)}",
        sentence=_sentence(collection, release, ours, found),
        figures=_figures(collection, ours, found) if ours else (),
        sections=shown(
            Section(id="links", title="", facts=_links(collection, release, compared)),
            Section(
                id="platforms",
                title="Platforms",
                table=outcome_table(collection, cells, "platform"),
            ),
            Section(id="best", title="Best gains", table=_best(collection, found)),
            Section(id="gains", title="Speed by format", table=gains),
            drawn("gains-chart", "Mean gains", gains_chart(gains)),
            Section(id="over", title="Losses over the limit", table=over_table(collection, found)),
            *_changes(collection, release, compared),
            Section(id="models", title="Models", table=outcome_table(collection, cells, "model")),
            Section(id="software", title="Versions", facts=version_facts(collection, cells)),
        ),
        sources=sources(collection, cells) or _files(collection, release),
        group=release_group(collection, release),
    )


def release_group(collection: Collection, release: str) -> str:
    """Return the heading under which lists show a release: measured ones first."""
    ours = collection.select({"origin": MEASURED}, releases=[release])
    return "Measured" if ours else "Transcribed from publications"


def _sentence(
    collection: Collection, release: str, ours: Sequence[int], found: Sequence[Format]
) -> str:
    if not ours:
        return _taken(collection, release)
    platforms = [
        field_label(collection, "platform", name) for name in _names(collection, "platform", ours)
    ]
    models = len(_names(collection, "model", ours))
    text = f"{models} model{'s' if models > 1 else ''} measured on {listing(platforms)}"
    first = best(found)
    if first is None:
        return f"{text}; no format could be compared with FP32 in speed."
    return f"{text}. {told(collection, first, model=True, platform=True)}."


def _taken(collection: Collection, release: str) -> str:
    """Say where the figures of a release come from that nobody measured."""
    cells = collection.select(releases=[release])
    named = listing(publications(collection, cells))
    if named:
        return f"As published in {named}; not measured by benchfolio."
    titles = {
        info.origin.publication.title
        for info in collection.catalogue.files
        if info.release == release and info.origin.publication
    }
    quoted = listing([f"“{clean(title)}”" for title in sorted(titles)])
    if not quoted:
        return "Nothing was planned for this release."
    return f"Described in {quoted}, without results; not measured by benchfolio."


def _files(collection: Collection, release: str) -> tuple[str, ...]:
    return tuple(info.name for info in collection.catalogue.files if info.release == release)


def _names(collection: Collection, field: str, cells: Sequence[int]) -> list[str]:
    return sorted(set(collection.column(field, cells)) - {""}, key=natural)


def _figures(
    collection: Collection, ours: Sequence[int], found: Sequence[Format]
) -> tuple[Figure, ...]:
    states = collection.column("state", ours)
    over = sum(one.verdict == OVER for one in found)
    return (
        *best_figures(collection, found),
        *worst_figures(collection, found),
        Figure(
            label="formats over the limit",
            value=number(over, 0),
            detail=f"of {len([one for one in found if not one.is_baseline])}",
            tone="bad" if over else "",
        ),
        Figure(
            label="planned cells with a value",
            value=number(states.count("ok"), 0),
            detail=f"of {number(len(states), 0)}",
        ),
    )


def _links(
    collection: Collection, release: str, compared: Mapping[str, Compared]
) -> tuple[Fact, ...]:
    """Name the release before and after, and where changes are told."""
    known = list(measured_releases(collection))
    if release not in known:
        return ()
    at = known.index(release)
    facts = []
    if at:
        facts.append(
            Fact(label="before it", text=known[at - 1], link=Link("release", known[at - 1]))
        )
    if release in compared and at == len(known) - 1:
        facts.append(
            Fact(label="what changed", text=changes_sentence(compared[release]), link=_CHANGES)
        )
    if at < len(known) - 1:
        facts.append(
            Fact(label="after it", text=known[at + 1], link=Link("release", known[at + 1]))
        )
    if at:
        state = f"facet=release&a={quote(known[at - 1], safe='')}&b={quote(release, safe='')}"
        what = f"{known[at - 1]} and {release}, cell by cell"
        facts.append(Fact(label="compare", text=what, link=Link("page", f"{COMPARE}#{state}")))
    return tuple(facts)


_CHANGES = Link("page", CHANGES)


def _changes(
    collection: Collection, release: str, compared: Mapping[str, Compared]
) -> tuple[Section, ...]:
    """Return what changed; of the newest release its own page has it all."""
    found = compared.get(release)
    if found is None:
        return ()
    if release == measured_releases(collection)[-1]:
        return listed_sections(collection, found, (WORSE, GONE))
    return change_sections(collection, found)


def _best(collection: Collection, found: Sequence[Format]) -> Table | None:
    """Return the format of each model and platform that speaks for it, the largest gain first."""
    grouped: dict[tuple[str, str], list[Format]] = {}
    for one in found:
        grouped.setdefault((one.key["model"], one.key["platform"]), []).append(one)
    firsts = [first for same in grouped.values() if (first := best(same)) is not None]
    real = [one for one in firsts if one.verdict != OVER]
    real.sort(key=lambda one: (-(gain_of(one) or 0.0), *one.key.values()))
    rows = [
        Row(
            entries=(
                name_entry(collection, "model", one.key["model"]),
                name_entry(collection, "platform", one.key["platform"]),
                Entry(text=told(collection, one)),
            ),
            anchor=slug("best", one.key["model"], one.key["platform"]),
        )
        for one in real[:MOST_ROWS]
    ]
    if not rows:
        return None
    return Table(
        id="best-gains",
        title="Best gains",
        description="The best format of each model and platform; none that is over its limit.",
        columns=(
            Column(id="model", label="Model", heading=True),
            Column(id="platform", label="Platform", heading=True),
            Column(id="told", label="Best format"),
        ),
        rows=tuple(rows),
        notes=(more_rows(len(real)),) if len(real) > MOST_ROWS else (),
    )
