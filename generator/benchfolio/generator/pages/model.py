"""The page of a model: what is measured first, what publications say after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import field_label
from benchfolio.generator.facets import MEASURED, TRANSCRIBED
from benchfolio.generator.figures import gain_chart, latency_chart
from benchfolio.generator.formats import Format, best, formats, told
from benchfolio.generator.formatting import clean, listing, number
from benchfolio.generator.losses import REDUCTIONS
from benchfolio.generator.origins import publications
from benchfolio.generator.pages.freshness import freshness, newest_release
from benchfolio.generator.pages.history import history_sections
from benchfolio.generator.pages.how import artefacts, data_facts, how
from benchfolio.generator.pages.keyfigures import format_figures, published_figures
from benchfolio.generator.pages.parts import (
    Definitions,
    comparison,
    drawn,
    facts,
    loadgen,
    published,
    shown,
    sources,
    table,
    tradeoff,
)
from benchfolio.generator.view import Fact, Page, Section


def model_page(collection: Collection, definitions: Definitions, model: str) -> Page:
    """Return the page of a model."""
    where = {"model": model}
    compared = comparison(collection, definitions, where)
    found = formats(collection, where)
    taken = formats(collection, {**where, "origin": TRANSCRIBED})
    cells = collection.select({"model": [model]})
    ours = collection.select({"model": [model], "origin": MEASURED})
    group, _ = group_of(collection, model)
    fresh = freshness(collection, {"model": [model]})
    return Page(
        kind="model",
        id=model,
        title=field_label(collection, "model", model),
        sentence=_sentence(collection, model, found, taken),
        figures=format_figures(collection, found)
        if found
        else published_figures(collection, taken),
        sections=shown(
            Section(id="precision-comparison", title="Formats compared", table=compared),
            drawn("gain", "Speed", gain_chart(compared) if compared else None),
            drawn("latency", "Latency", latency_chart(compared) if compared else None),
            drawn("tradeoff", "Quality against speed", tradeoff(collection, compared, where)),
            *history_sections(collection, model),
            table("accuracy-drop", "Quality lost by platform", collection, definitions, where),
            table("performance", "Performance by platform", collection, definitions, where),
            loadgen(collection, definitions, where),
            table("states", "What was not possible", collection, definitions, where),
            *published(collection, definitions, where),
            Section(
                id="facts",
                title="The model",
                facts=(*newest_release(collection, {"model": [model]}), *_facts(collection, model)),
            ),
            Section(id="data", title="Data", facts=data_facts(collection, cells)),
            Section(
                id="how", title="How it was measured", facts=how(collection, ours), folded=True
            ),
            Section(
                id="artefacts", title="Artefacts", facts=artefacts(collection, cells), folded=True
            ),
        ),
        sources=sources(collection, cells) or _described_in(collection, model),
        summary="" if found else _told(collection, taken),
        group=group,
        fresh=fresh.text,
        old=fresh.note,
    )


def group_of(collection: Collection, model: str) -> tuple[str, int]:
    """Return the heading under which lists show a model, and its rank: measured ones first."""
    kinds = collection.column("origin", collection.select({"model": [model]}))
    if any(kind in MEASURED for kind in kinds):
        return "Measured", 0
    cells = collection.select({"model": [model]})
    if cells:
        titles = Counter(sorted(collection.column("publication", cells)))
        return f"Transcribed from “{clean(titles.most_common(1)[0][0])}”", 1
    return "Described, without results", 2


def _described_in(collection: Collection, model: str) -> tuple[str, ...]:
    return tuple(info.name for info in collection.catalogue.files if model in info.models)


def _sentence(
    collection: Collection, model: str, found: Sequence[Format], taken: Sequence[Format]
) -> str:
    if not found:
        return published_sentence(collection, model, taken)
    first = best(found)
    several = len({one.key["platform"] for one in found}) > 1
    if first is None:
        states = collection.column("state", [cell for one in found for cell in one.cells])
        return (
            "No reduced precision could be compared with FP32: "
            f"{states.count('ok')} of {len(states)} planned cells have a value."
        )
    return f"{told(collection, first, platform=several)}."


def published_sentence(collection: Collection, model: str, taken: Sequence[Format]) -> str:
    """Return what publications say of a model that was not measured."""
    if not taken:
        files = _described_in(collection, model)
        known = {info.name: info.origin.publication for info in collection.catalogue.files}
        titles = sorted({found.title for name in files if (found := known[name])})
        if not titles:
            return "Nothing was planned for this model."
        named = listing([f"“{clean(title)}”" for title in titles])
        return f"Described in {named}, without results; not measured by benchfolio."
    cells = [cell for one in taken for cell in one.cells]
    named = listing(publications(collection, cells))
    return f"As published in {named}: {_told(collection, taken)}."


def _told(collection: Collection, taken: Sequence[Format]) -> str:
    return "; ".join(part for part in _parts(collection, taken) if part)


def _parts(collection: Collection, taken: Sequence[Format]) -> list[str]:
    quantised = [one for one in taken if _method(collection, one) not in REDUCTIONS]
    reduced = {
        method: [one for one in taken if _method(collection, one) == method]
        for method in REDUCTIONS
    }
    first = best(quantised)
    comparable = "" if first is None else told(collection, first)
    return [
        comparable.removesuffix("; no limit is stated"),
        _claimed(collection, quantised),
        "" if comparable else _alone(collection, quantised),
        *(
            f"{word} in {len(found)} way{'s' if len(found) > 1 else ''}"
            for (word, found) in zip(("pruned", "distilled"), reduced.values(), strict=True)
            if found
        ),
    ]


def _method(collection: Collection, one: Format) -> str:
    return collection.text("method", one.cells[0])


def _claimed(collection: Collection, taken: Sequence[Format]) -> str:
    """Say what is lost where only the loss is published."""
    cells = [cell for one in taken for cell in one.cells]
    claims = [
        (collection.text("precision", cell), claim)
        for cell in cells
        if collection.text("evidence", cell) == "claims"
        for claim in collection.claims(cell)
        if claim.figure == "drop"
    ]
    if not claims:
        return ""
    values = sorted((claim.value, claim.printed) for _, claim in claims)
    names = sorted({precision for precision, _ in claims})
    metrics = sorted({collection.metric(claim.metric).label for _, claim in claims})
    ends = dict.fromkeys((_printed(*values[0]), _printed(*values[-1])))
    return (
        f"{listing(names)} loses {' to '.join(ends)} points of {listing(metrics)} on "
        f"{len(claims)} platform{'s' if len(claims) > 1 else ''}; "
        "the values behind these drops are not published"
    )


def _printed(value: float, printed: str) -> str:
    return number(value, len(printed.partition(".")[2]))


def _alone(collection: Collection, taken: Sequence[Format]) -> str:
    """Say between what the values lie that have no FP32 beside them."""
    found = [one.quality for one in taken if one.quality is not None and not one.is_baseline]
    alone = sorted(one.value for one in found if one.refusal == "no-baseline")
    if not alone:
        return ""
    label = collection.metric(found[0].metric).label
    ends = " to ".join(dict.fromkeys(number(value, 2) for value in (alone[0], alone[-1])))
    return (
        f"{label} {ends}\u202f% in reduced precision on {len(alone)} machines, "
        "without FP32 to compare with"
    )


def _facts(collection: Collection, model: str) -> tuple[Fact, ...]:
    described = collection.models[model]
    return facts(
        ("task", field_label(collection, "task", described.task) if described.task else None),
        ("source", described.source),
        ("licence", described.license),
        ("input size", described.input_size),
        ("parameters", number(described.parameters, 0) if described.parameters else None),
        ("link", described.link),
        ("description", described.description),
        ("id", model),
    )
