"""Which files are published, what each follows from, and how it is made when it is wanted.

A build that finds the key of a file unchanged need not make it. A key holds the digests of the
result files that the file is computed from, and what it takes from descriptions that all share;
the version of our code is not in it: whoever keeps keys compares that once for all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType

import msgspec
import numpy as np

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import field_label
from benchfolio.generator.formats import formats
from benchfolio.generator.load import without_garbage_collection
from benchfolio.generator.publish import documents as made
from benchfolio.generator.publish import places
from benchfolio.generator.publish.badges import Badge, badges, draw, reference, tell
from benchfolio.generator.publish.cells import Group, Part, groups, parts
from benchfolio.generator.publish.feed import feed
from benchfolio.generator.publish.parquet import Writer, Written, table
from benchfolio.generator.publish.releases import release_document
from benchfolio.generator.publish.schemas import schemas
from benchfolio.generator.publish.site import Site
from benchfolio.generator.publish.types import FOLDER, ReleaseDocument
from benchfolio.generator.render import Renderer


class Before:
    """What the last build left; by itself nothing."""

    def key(self, path: str) -> str:  # noqa: ARG002 - others have an answer
        """Return the key of what was published at a path; empty where there was none."""
        return ""

    def read(self, path: str) -> bytes:  # noqa: ARG002
        """Return what was published, if it still is as it was left; else nothing."""
        return b""


NO_BUILD = Before()
NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True)
class Document:
    """A file to publish.

    Attributes:
        path: From the root of the site.
        key: Hash of everything it follows from beside our code; empty where that is not told, and
            the file has to be made to know whether it changed.
        make: Returns its content.
    """

    path: str
    key: str
    make: Callable[[], bytes]


def plan(
    collection: Collection,
    site: Site,
    renderer: Renderer,
    digests: Mapping[str, bytes] = NOTHING,
    before: Before = NO_BUILD,
) -> Iterator[Document]:
    """Yield every file to publish; each may be made as soon as it comes, and only then.

    Args:
        collection: The results.
        site: What the files need to know of the site.
        renderer: Draws badges.
        digests: Hash of the content of each result file by its name; without them no file that
            follows from results has a key.
        before: What the last build left.
    """
    return _Publisher(collection, site, renderer, digests, before).documents()


class _Publisher:
    """Makes files; what several of them need is found once."""

    def __init__(
        self,
        collection: Collection,
        site: Site,
        renderer: Renderer,
        digests: Mapping[str, bytes],
        before: Before,
    ) -> None:
        self._collection = collection
        self._site = site
        self._renderer = renderer
        self._digests = digests
        self._before = before
        self._groups = groups(collection)
        self._releases: dict[str, ReleaseDocument] = {}
        self._table: Writer | None = None

    def documents(self) -> Iterator[Document]:
        """Yield all documents; those of one release follow each other and share what is found."""
        yield from self._of_releases()
        yield Document(places.FEED, self._feed_key(), self._feed)
        yield from self._described()
        yield Document(places.INDEX, "", self._index)
        for name, schema in schemas().items():
            yield Document(getattr(places.SCHEMAS, name), "schema", partial(_json, schema))
        for badge in self._badges:
            yield from self._badge(badge)
        if self._site.parquet:
            yield Document(places.PARQUET, self._parquet_key(), self._parquet)

    # Documents of releases --------------------------------------------------------------

    def _of_releases(self) -> Iterator[Document]:
        """Yield the documents of releases, and write each into the table before it is let go."""
        key = self._parquet_key()
        is_other = not key or self._before.key(places.PARQUET) != key
        table = self._begun_table() if self._site.parquet and is_other else None
        for part in parts(self._collection, self._site):
            for group in part.groups:
                path = places.measurements_path(part.release, group.platform)
                make = partial(self._measurements, part, group)
                yield Document(path, self._group_key(group), make)
            path = places.document_path("release", part.release)
            yield Document(path, self._release_key(part.release), partial(self._release_json, part))
            if table is not None:
                table(part)

    def _measurements(self, part: Part, group: Group) -> bytes:
        with without_garbage_collection():
            return _json(made.measurements(part, group))

    def _release_json(self, part: Part) -> bytes:
        return _json(self._release(part))

    def _release(self, part: Part) -> ReleaseDocument:
        if part.release not in self._releases:
            with without_garbage_collection():
                found = release_document(self._collection, self._site, part.release, part.judged)
            self._releases[part.release] = found
        return self._releases[part.release]

    def _published(self, id_: str) -> ReleaseDocument:
        """Return the document of a release: made in this build, or as it was published."""
        if id_ not in self._releases:
            try:
                data = self._before.read(places.document_path("release", id_))
                self._releases[id_] = msgspec.json.decode(data, type=ReleaseDocument)
            except msgspec.DecodeError:
                own = [group for group in self._groups if group.release == id_]
                return self._release(Part(self._collection, self._site, id_, own))
        return self._releases[id_]

    def _feed(self) -> bytes:
        ids = reversed(self._collection.releases)
        return feed([self._published(id_) for id_ in ids], self._site)

    # Other documents --------------------------------------------------------------------

    @cached_property
    def _badges(self) -> tuple[Badge, ...]:
        with without_garbage_collection():
            return badges(self._collection, formats(self._collection, {}))

    def _badge(self, badge: Badge) -> Iterator[Document]:
        key = _hash(badge)
        drawing, endpoint = (places.badge_path(badge.model, kind) for kind in ("svg", "json"))
        yield Document(drawing, key, lambda: draw(badge, self._renderer))
        yield Document(endpoint, key, lambda: tell(badge))

    def _index(self) -> bytes:
        references = [reference(badge) for badge in self._badges]
        return _json(made.index(self._collection, self._site, self._groups, references))

    def _begun_table(self) -> Callable[[Part], None]:
        """Begin the table; return what writes a release into it.

        Rows of releases of which nothing has changed are taken as they were published.
        """
        same = self._same_releases()
        written = Written(self._before.read(places.PARQUET)) if same else None
        writer = self._table = Writer()

        def write(part: Part) -> None:
            own = {group.platform for group in part.groups}
            with without_garbage_collection():
                is_same = part.release in same
                rows = written.rows(part.release, own) if written and is_same else None
                writer.add(table(part) if rows is None else rows)

        return write

    def _parquet(self) -> bytes:
        """Return the table: all releases are in it already, unless nobody expected it to go."""
        if self._table is None:
            write = self._begun_table()
            for part in parts(self._collection, self._site):
                write(part)
        writer, self._table = self._table, None
        return writer.close() if writer is not None else b""

    def _same_releases(self) -> frozenset[str]:
        """Return the releases of which nothing has changed."""
        other = set()
        for group in self._groups:
            key = self._group_key(group)
            path = places.measurements_path(group.release, group.platform)
            if not key or self._before.key(path) != key:
                other.add(group.release)
        return frozenset(self._collection.releases) - other

    def _described(self) -> Iterator[Document]:
        """Yield the documents of what is described once, and what all cells refer to."""
        collection, site, path = self._collection, self._site, places.document_path
        of = {badge.model: reference(badge) for badge in self._badges}
        ran = made.artefacts(collection)
        for id_ in collection.models:
            model = made.model_document(collection, site, id_, of.get(id_), ran.get(id_, {}))
            yield _always(path("model", id_), model)
        for id_ in collection.platforms:
            yield _always(path("platform", id_), made.platform_document(collection, site, id_))
        for id_ in collection.datasets:
            yield _always(path("dataset", id_), made.dataset_document(collection, site, id_))
        for id_ in collection.texts("runtime"):
            yield _always(path("runtime", id_), made.runtime_document(collection, site, id_))
        yield _always(places.METRICS, made.metrics(collection))
        yield _always(places.RECIPES, made.recipes(collection))

    # Keys ---------------------------------------------------------------------------------

    def _key(self, *parts: object) -> str:
        """Return a key, where it is known what the result files hold."""
        return _hash((FOLDER, *parts)) if self._digests else ""

    @cached_property
    def _metrics(self) -> str:
        return _hash(self._collection.catalogue.metrics)

    @cached_property
    def _files(self) -> Mapping[tuple[str, str], list[tuple[str, str]]]:
        """Names and digests of result files by release and platform."""
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for info in self._collection.catalogue.files:
            digest = self._digests.get(info.name, b"").hex()
            found.setdefault((info.release, info.platform.id), []).append((info.name, digest))
        return found

    @cached_property
    def _pages(self) -> dict[str, str | None]:
        return {id_: self._site.page("model", id_) for id_ in self._collection.models}

    def _group_key(self, group: Group) -> str:
        """Return the key of the cells of one platform for one release.

        Nothing is compared with another platform or release; metrics are defined once for all.
        """
        frame = self._collection.cell_columns
        codes = np.unique(frame.arrays["model"][group.cells.start : group.cells.stop])
        pages = [self._pages.get(frame.categories["model"][code]) for code in codes.tolist()]
        return self._key(self._files[group.release, group.platform], self._metrics, pages)

    @cached_property
    def _labels(self) -> str:
        """Return a hash of what a sentence on a format takes from what all files describe."""
        known = self._collection
        models = [
            (id_, field_label(known, "model", id_), known.metrics_of(id_)) for id_ in known.models
        ]
        platforms = [(id_, field_label(known, "platform", id_)) for id_ in known.platforms]
        return _hash((models, platforms, self._metrics))

    def _release_key(self, id_: str) -> str:
        """Return the key of a release: what is new in it depends on those before it."""
        known = self._collection.releases
        upto = frozenset(known[: known.index(id_) + 1])
        files = [(key, found) for key, found in sorted(self._files.items()) if key[0] in upto]
        return self._key(files, self._labels, self._site.page("release", id_))

    def _feed_key(self) -> str:
        releases = [self._release_key(id_) for id_ in self._collection.releases]
        site = self._site
        pages = sorted(site.pages.items())
        return self._key(releases, site.title, site.author, site.url, site.home, pages)

    def _parquet_key(self) -> str:
        return self._key(sorted(self._files.items()), self._metrics, self._pages)


def _always(path: str, document: msgspec.Struct) -> Document:
    """Return a document that is made before it is known whether it changed: it costs little."""
    return Document(path, "", partial(_json, document))


def _hash(known: object) -> str:
    """Return a hash of what msgspec can write."""
    return hashlib.sha256(msgspec.json.encode(known, order="sorted")).hexdigest()


def _json(document: object) -> bytes:
    """Return a document as its canonical bytes: sorted keys, one space, a trailing newline."""
    data = msgspec.json.encode(document, order="sorted")
    return msgspec.json.format(data, indent=1) + b"\n"
