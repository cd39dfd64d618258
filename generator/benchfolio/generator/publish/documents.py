"""Documents of models, platforms, data sets and runtimes, and the index of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from benchfolio.generator.collection import Collection, FileInfo
from benchfolio.generator.entries import field_label
from benchfolio.generator.formatting import natural
from benchfolio.generator.publish import places
from benchfolio.generator.publish.cells import Group, Part, cells, states
from benchfolio.generator.publish.site import Site
from benchfolio.generator.publish.types import (
    API,
    BadgeReference,
    DatasetDocument,
    Index,
    Measurements,
    MeasurementsReference,
    Metrics,
    ModelDocument,
    PlatformDocument,
    PlatformRelease,
    Recipes,
    Reference,
    RuntimeDocument,
)
from benchfolio.results import VERSION, Artefact, release_order

Artefacts = dict[str, dict[str, dict[str, Artefact]]]
"""Files that ran, by release, platform and id."""


def measurements(part: Part, group: Group) -> Measurements:
    """Return the cells of one platform for one release, which is of a part."""
    return Measurements(
        api=API,
        release=group.release,
        platform=group.platform,
        cells=cells(part, group),
    )


def model_document(
    collection: Collection,
    site: Site,
    id_: str,
    badge: BadgeReference | None,
    artefacts: Artefacts,
) -> ModelDocument:
    """Return the document of a model: how it is described, what ran, and where it was measured."""
    return ModelDocument(
        api=API,
        id=id_,
        page=site.page("model", id_),
        model=collection.models[id_],
        metrics=collection.metrics_of(id_),
        badge=badge,
        artefacts=artefacts,
        measured=places.places(collection, collection.select({"model": [id_]}, releases="all")),
    )


def artefacts(collection: Collection) -> dict[str, Artefacts]:
    """Return the files that ran, by model."""
    found: dict[str, Artefacts] = {}
    for info in collection.catalogue.files:
        for id_, one in info.artefacts.items():
            by_platform = found.setdefault(one.model, {}).setdefault(info.release, {})
            by_platform.setdefault(info.platform.id, {})[id_] = one
    return found


def platform_document(collection: Collection, site: Site, id_: str) -> PlatformDocument:
    """Return the document of a platform: no more of a machine than its result files say."""
    files = [info for info in collection.catalogue.files if info.platform.id == id_]
    releases = sorted({info.release for info in files}, key=release_order, reverse=True)
    return PlatformDocument(
        api=API,
        id=id_,
        page=site.page("platform", id_),
        platform=collection.platforms[id_],
        releases=tuple(_platform_release(collection, id_, each, files) for each in releases),
    )


def _platform_release(
    collection: Collection, id_: str, release: str, files: Iterable[FileInfo]
) -> PlatformRelease:
    own = [info for info in files if info.release == release]
    return PlatformRelease(
        release=release,
        path=places.measurements_path(release, id_),
        states=states(collection, collection.select({"platform": [id_]}, releases=[release])),
        files=tuple(info.name for info in own),
        software={info.name: dict(info.software) for info in own if info.software},
        acceptance={task: limit for info in own for task, limit in info.acceptance.items()},
        noise_floor=collection.together.noise_floor(id_, release),
    )


def dataset_document(collection: Collection, site: Site, id_: str) -> DatasetDocument:
    """Return the document of a data set."""
    cells = collection.select({"dataset": [id_]}, releases="all")
    return DatasetDocument(
        api=API,
        id=id_,
        page=site.page("dataset", id_),
        dataset=collection.datasets[id_],
        models=_texts(collection, "model", cells),
        measured=places.places(collection, cells),
    )


def runtime_document(collection: Collection, site: Site, id_: str) -> RuntimeDocument:
    """Return the document of a runtime."""
    cells = collection.select({"runtime": [id_]}, releases="all")
    return RuntimeDocument(
        api=API,
        id=id_,
        label=field_label(collection, "runtime", id_),
        page=site.page("runtime", id_),
        versions=_texts(collection, "runtime_version", cells),
        devices=_texts(collection, "device", cells),
        models=_texts(collection, "model", cells),
        measured=places.places(collection, cells),
    )


def _texts(collection: Collection, name: str, cells: Sequence[int]) -> tuple[str, ...]:
    codes = np.unique(collection.cell_columns.arrays[name][np.asarray(cells, dtype=np.int64)])
    known = collection.cell_columns.categories[name]
    return tuple(sorted({known[code] for code in codes.tolist()} - {""}, key=natural))


def metrics(collection: Collection) -> Metrics:
    """Return the definitions of all metrics that have values or published claims."""
    used = {name for model in collection.models for name in collection.metrics_of(model)}
    return Metrics(api=API, metrics={name: collection.metric(name) for name in sorted(used)})


def recipes(collection: Collection) -> Recipes:
    """Return all recipes."""
    return Recipes(api=API, recipes=dict(collection.recipes))


def index(
    collection: Collection,
    site: Site,
    groups: Sequence[Group],
    badges: Sequence[BadgeReference],
) -> Index:
    """Return what there is."""
    return Index(
        api=API,
        contract=VERSION,
        title=site.title,
        site=site.url or None,
        releases=_references(collection, site, "release", reversed(collection.releases)),
        models=_references(collection, site, "model", collection.models),
        platforms=_references(collection, site, "platform", collection.platforms),
        datasets=_references(collection, site, "dataset", collection.datasets),
        runtimes=_references(collection, site, "runtime", collection.texts("runtime")),
        measurements=tuple(_measurements(collection, group) for group in groups),
        metrics=places.METRICS,
        recipes=places.RECIPES,
        schemas=places.SCHEMAS,
        parquet=places.PARQUET if site.parquet else None,
        feed=places.FEED,
        badges=tuple(badges),
    )


def _references(
    collection: Collection, site: Site, kind: str, ids: Iterable[str]
) -> tuple[Reference, ...]:
    return tuple(
        Reference(
            id=id_,
            label=field_label(collection, kind, id_),
            path=places.document_path(kind, id_),
            page=site.page(kind, id_),
        )
        for id_ in ids
    )


def _measurements(collection: Collection, group: Group) -> MeasurementsReference:
    return MeasurementsReference(
        release=group.release,
        platform=group.platform,
        path=places.measurements_path(group.release, group.platform),
        cells=len(group.cells),
        values=len(group.rows),
        newest=collection.newest.get(group.platform) == group.release,
    )
