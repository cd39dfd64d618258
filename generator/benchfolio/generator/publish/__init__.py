"""Files for programs beside the pages of a site: results in, path → bytes out, nothing written.

The static API (``types``), the same as one Parquet table, an Atom feed of releases, and badges.
The same input gives the same bytes; no file knows when or where it was made.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.publish import documents, places
from benchfolio.generator.publish.badges import badge_files, badge_part, badges, reference
from benchfolio.generator.publish.cells import cells
from benchfolio.generator.publish.feed import feed
from benchfolio.generator.publish.parquet import is_available, parquet
from benchfolio.generator.publish.releases import release_documents
from benchfolio.generator.publish.schemas import schemas
from benchfolio.generator.publish.site import Site
from benchfolio.generator.publish.types import BadgeReference
from benchfolio.generator.render import Renderer

__all__ = ["Site", "as_parquet", "badge_part", "is_available", "publish"]


def publish(collection: Collection, site: Site, renderer: Renderer) -> dict[str, bytes]:
    """Return every file for programs by its path from the root of the site, sorted.

    Args:
        collection: The results.
        site: What the files need to know of the site.
        renderer: Draws badges.
    """
    found = badges(collection)
    references = {badge.model: reference(badge) for badge in found}
    parts = documents.measurements(collection, cells(collection, site))
    releases = release_documents(collection, site)
    files = {path: _json(document) for path, document in _documents(collection, site, references)}
    for one in releases:
        files[places.document_path("release", one.id)] = _json(one)
    for part in parts:
        files[places.measurements_path(part.release, part.platform)] = _json(part)
    files[places.INDEX] = _json(documents.index(collection, site, parts, [*references.values()]))
    files[places.FEED] = feed(releases, site)
    for name, schema in schemas().items():
        files[getattr(places.SCHEMAS, name)] = _json(schema)
    for badge in found:
        files |= badge_files(badge, renderer)
    if site.parquet:
        files[places.PARQUET] = parquet(parts)
    return dict(sorted(files.items()))


def as_parquet(collection: Collection) -> bytes:
    """Return everything as one Parquet file, for whoever has no site.

    Raises:
        MissingEnvironment: pyarrow is not installed.
    """
    return parquet(documents.measurements(collection, cells(collection, Site(title=""))))


def _documents(
    collection: Collection, site: Site, badges: dict[str, BadgeReference]
) -> Iterator[tuple[str, msgspec.Struct]]:
    """Yield the documents of what is described once, and what all cells refer to."""
    path = places.document_path
    for id_ in collection.models:
        badge = badges.get(id_)
        yield path("model", id_), documents.model_document(collection, site, id_, badge)
    for id_ in collection.platforms:
        yield path("platform", id_), documents.platform_document(collection, site, id_)
    for id_ in collection.datasets:
        yield path("dataset", id_), documents.dataset_document(collection, site, id_)
    for id_ in collection.texts("runtime"):
        yield path("runtime", id_), documents.runtime_document(collection, site, id_)
    yield places.METRICS, documents.metrics(collection)
    yield places.RECIPES, documents.recipes(collection)


def _json(document: object) -> bytes:
    """Return a document as its canonical bytes: sorted keys, one space, a trailing newline."""
    data = msgspec.json.encode(document, order="sorted")
    return msgspec.json.format(data, indent=1) + b"\n"
