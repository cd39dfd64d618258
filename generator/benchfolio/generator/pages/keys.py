"""What pages follow from, as hashes: a page whose key did not change need not be made again.

A key may hold more than a page shows, never less. Every key holds the outlines of all files, from
which names, links, selections and the baselines follow, and the few facts that pages take from the
figures of all files. Beyond that the page of a model follows from what the files say of that model,
those of a platform and of a release from whole files, most tables and the overview from the files
of newest releases. Other pages follow from everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import msgspec

from benchfolio.generator.changes import measured_releases
from benchfolio.generator.collection import Collection, FileInfo
from benchfolio.generator.pages.freshness import newest_day
from benchfolio.generator.pages.planned import hash_of
from benchfolio.generator.pages.platform import lone_models
from benchfolio.generator.slices import Slices


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What the result files hold, in hashes.

    Attributes:
        digests: Of the whole of each file, by name.
        slices: Of its parts.
        making: Of what makes pages: code, templates, table definitions, settings.
    """

    digests: Mapping[str, bytes]
    slices: Mapping[str, Slices]
    making: str


class Keys:
    """The keys of pages; all are empty, which is like no other, where contents are not known."""

    def __init__(self, collection: Collection, content: Content | None) -> None:
        self._collection = collection
        self._content = content
        self._files = collection.catalogue.files

    @cached_property
    def everything(self) -> str:
        """The key of a page that may follow from any figure."""
        return self._key("everything", self._digests(self._files))

    @cached_property
    def newest(self) -> str:
        """The key of a page that shows only the newest release of each platform."""
        newest = self._collection.newest
        own = [info for info in self._files if newest[info.platform.id] == info.release]
        return self._key("newest", self._digests(own))

    def model(self, id_: str) -> str:
        """Return the key of the page of a model."""
        return self._key("model", self._of_models([id_]))

    def platform(self, id_: str) -> str:
        """Return the key of the page of a platform.

        Models that a publication states on several machines, without FP32, are shown with all.
        """
        own = [info for info in self._files if info.platform.id == id_]
        shared = lone_models(self._collection, id_)
        return self._key("platform", self._digests(own), self._of_models(shared))

    def release(self, id_: str) -> str:
        """Return the key of the page of a release, which is compared with the one before."""
        known = measured_releases(self._collection)
        at = known.index(id_) if id_ in known else 0
        shown = {id_, *known[max(0, at - 1) : at]}
        return self._key(
            "release", self._digests(info for info in self._files if info.release in shown)
        )

    def _key(self, *parts: object) -> str:
        return hash_of((self._common, *parts)) if self._content else ""

    @cached_property
    def _common(self) -> str:
        """What every page follows from."""
        if self._content is None:
            return ""
        slices = self._content.slices
        outlines = [(info.name, slices[info.name].outline) for info in self._files]
        # Which of two cells with one key stays is decided by when they were started.
        is_disputed = sum(slices[info.name].cells for info in self._files) != len(self._collection)
        disputed = self._digests(self._files) if is_disputed else []
        return hash_of((self._content.making, outlines, newest_day(self._collection), disputed))

    def _digests(self, files: Iterable[FileInfo]) -> list[tuple[str, bytes]]:
        known = self._content.digests if self._content else {}
        return [(info.name, known[info.name]) for info in files if known]

    def _of_models(self, ids: Iterable[str]) -> list[object]:
        """Return what all files say of some models and of those that taught them.

        Noise floors are of a platform and release: any file of these may have a part in them.
        """
        if self._content is None:
            return []
        slices = self._content.slices
        shown = sorted({*ids, *self._teachers(ids)})
        told = [
            (info.name, id_, slices[info.name].models[id_])
            for info in self._files
            for id_ in shown
            if id_ in slices[info.name].models
        ]
        names = {name for name, _, _ in told}
        places = {_place(info) for info in self._files if info.name in names}
        floors = [
            (info.name, slices[info.name].twins) for info in self._files if _place(info) in places
        ]
        return [told, floors]

    def _teachers(self, ids: Iterable[str]) -> set[str]:
        if not any(self._collection.texts("teacher")):
            return set()
        cells = self._collection.select({"model": ids}, releases="all")
        return set(self._collection.column("teacher", cells)) - {""}


def _place(info: FileInfo) -> tuple[str, str]:
    return info.release, info.platform.id
