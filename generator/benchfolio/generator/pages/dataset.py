"""The page of a data set."""

from __future__ import annotations

from collections.abc import Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import field_label
from benchfolio.generator.facets import MEASURED, TRANSCRIBED
from benchfolio.generator.formatting import listing, natural, number
from benchfolio.generator.pages.freshness import freshness, newest_release
from benchfolio.generator.pages.parts import (
    Definitions,
    facts,
    published,
    shown,
    sources,
    table,
)
from benchfolio.generator.view import Figure, Page, Section


def dataset_page(collection: Collection, definitions: Definitions, dataset: str) -> Page:
    """Return the page of a data set."""
    described = collection.datasets[dataset]
    cells = collection.select({"dataset": [dataset]})
    fresh = freshness(collection, {"dataset": [dataset]})
    return Page(
        kind="dataset",
        id=dataset,
        title=field_label(collection, "dataset", dataset),
        sentence=_sentence(collection, dataset),
        figures=(
            (Figure(label="samples", value=number(described.samples, 0)),)
            if described.samples
            else ()
        ),
        sections=shown(
            Section(
                id="facts",
                title="The data",
                facts=(
                    *newest_release(collection, {"dataset": [dataset]}),
                    *facts(
                        ("split", described.split),
                        ("licence", described.license),
                        ("SHA-256 of the content", described.sha256),
                        ("link", described.link),
                    ),
                ),
            ),
            table("accuracy-drop", "Quality lost", collection, definitions, {"dataset": dataset}),
            *published(collection, definitions, {"dataset": dataset}),
        ),
        sources=sources(collection, cells),
        fresh=fresh.text,
        old=fresh.note,
    )


def _sentence(collection: Collection, dataset: str) -> str:
    measured = _names(collection, dataset, MEASURED)
    transcribed = _names(collection, dataset, TRANSCRIBED)
    parts = [
        f"The quality of {listing(measured)} was measured on it." if measured else "",
        f"Publications state the quality of {listing(transcribed)} on it." if transcribed else "",
    ]
    told = " ".join(part for part in parts if part)
    return told or "No quality was measured on it; it served to calibrate."


def _names(collection: Collection, dataset: str, kinds: Sequence[str]) -> list[str]:
    cells = collection.select({"dataset": [dataset], "origin": kinds})
    models = sorted(set(collection.column("model", cells)), key=natural)
    return [field_label(collection, "model", model) for model in models]
