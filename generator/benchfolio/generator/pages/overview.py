"""The page that says what was measured where, what came out, and what was transcribed."""

from __future__ import annotations

from collections.abc import Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import load_definitions
from benchfolio.generator.entries import field_label
from benchfolio.generator.facets import MEASURED, TRANSCRIBED
from benchfolio.generator.figures import drop_by_task_chart
from benchfolio.generator.formats import Format, best, formats, told
from benchfolio.generator.formatting import clean, listing, natural, number
from benchfolio.generator.pages.keyfigures import best_figures, worst_figures
from benchfolio.generator.pages.parts import (
    Definitions,
    comparison,
    drawn,
    shown,
    table,
    tradeoff,
)
from benchfolio.generator.pages.rankings import gains_table, states_table, worst_table
from benchfolio.generator.view import Figure, Page, Section

OVERVIEW = "overview"
"""Id of the page."""


def overview(collection: Collection, definitions: Definitions | None = None) -> Page:
    """Return the page that says what was measured where and what came out.

    Its figures speak of measured results; what was transcribed is summed up apart.
    """
    known = load_definitions() if definitions is None else definitions
    compared = comparison(collection, known, {})
    found = formats(collection, {})
    sections = (
        Section(id="gains", title="Speed by format", table=gains_table(collection, found)),
        Section(id="worst", title="Worst drops", table=worst_table(collection, found)),
        drawn("tradeoff", "Quality against speed", tradeoff(collection, compared, {})),
        drawn("drop-by-task", "Loss by task", drop_by_task_chart(collection, {})),
        table("task-summary", "Loss by task and format", collection, known, {}),
        Section(id="states", title="How the cells ended", table=states_table(collection)),
        table("coverage", "Coverage", collection, known, {}),
        table("platforms", "Platforms", collection, known, {}),
        table("publications", "Publications", collection, known, {}),
    )
    filled = shown(*sections)
    return Page(
        kind="page",
        id=OVERVIEW,
        title="Overview",
        sentence=_sentence(collection, found),
        figures=_figures(collection, found),
        sections=filled,
        sources=tuple(info.name for info in collection.catalogue.files),
        empty=tuple(section.id for section in sections if section not in filled),
    )


def _figures(collection: Collection, found: Sequence[Format]) -> tuple[Figure, ...]:
    models, platforms = _counted(collection, MEASURED, "model", "platform")
    cells = collection.select({"origin": MEASURED})
    states = collection.column("state", cells)
    ours = (
        Figure(label="models measured", value=str(len(models)), detail=_on(len(platforms))),
        *best_figures(collection, found),
        *worst_figures(collection, found),
        Figure(
            label="planned cells with a value",
            value=number(states.count("ok"), 0),
            detail=f"of {number(len(states), 0)}",
        ),
    )
    return ours if cells else _taken_figures(collection)


def _on(platforms: int) -> str:
    return f"on {platforms} platform{'' if platforms == 1 else 's'}"


def _taken_figures(collection: Collection) -> tuple[Figure, ...]:
    models, platforms, titles = _counted(
        collection, TRANSCRIBED, "model", "platform", "publication"
    )
    machines = [platform for platform in platforms if platform in collection.machines]
    return (
        Figure(label="models measured", value="0"),
        Figure(label="models with transcribed figures", value=str(len(models))),
        Figure(label="machines named", value=str(len(machines))),
        Figure(label="publications", value=str(len(titles))),
    )


def _counted(collection: Collection, kinds: Sequence[str], *names: str) -> tuple[list[str], ...]:
    cells = collection.select({"origin": kinds})
    return tuple(sorted(set(collection.column(name, cells)), key=natural) for name in names)


def _sentence(collection: Collection, found: Sequence[Format]) -> str:
    models, platforms = _counted(collection, MEASURED, "model", "platform")
    taken, titles = _counted(collection, TRANSCRIBED, "model", "publication")
    quoted = listing([f"“{clean(title)}”" for title in titles])
    beside = f"{len(taken)} models have figures transcribed from {quoted}" if taken else ""
    if not models:
        return f"No measured results yet. {beside}." if beside else "No results yet."
    labels = [field_label(collection, "platform", platform) for platform in platforms]
    parts = [f"{len(models)} models measured on {listing(labels)}"]
    first = best(found)
    if first is None:
        parts[0] += "; no format could be compared with FP32 in speed"
    else:
        parts.append(told(collection, first, model=True, platform=True))
    if beside:
        parts.append(f"Apart from these, {beside}")
    return f"{'. '.join(parts)}."
