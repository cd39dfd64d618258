"""What changed in each release, compared when a page asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import msgspec

from benchfolio.generator.changes import Compared, compared, measured_releases
from benchfolio.generator.collection import Collection
from benchfolio.generator.comparison import KINDS
from benchfolio.generator.pages.keys import Keys
from benchfolio.generator.pages.planned import Recall


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How a release compares with the one before it, in numbers.

    Attributes:
        before: The earlier release.
        after: The later release.
        counts: How many cells came out in each way, by ``comparison.KINDS``.
    """

    before: str
    after: str
    counts: Mapping[str, int]


class Comparisons(Mapping[str, Compared]):
    """Every measured release but the first, compared with the one before it.

    Args:
        collection: The results.
        keys: What pages of releases follow from.
        recall: Knows tallies of earlier builds.
    """

    def __init__(self, collection: Collection, keys: Keys, recall: Recall) -> None:
        self._collection = collection
        self._keys = keys
        self._recall = recall
        known = measured_releases(collection)
        self._before = {after: before for before, after in pairwise(known)}
        self._found: dict[str, Compared] = {}

    def __getitem__(self, release: str) -> Compared:
        if release not in self._found:
            before = self._before[release]
            self._found[release] = compared(self._collection, before, release)
        return self._found[release]

    def __contains__(self, release: object) -> bool:
        return release in self._before

    def __iter__(self) -> Iterator[str]:
        return iter(self._before)

    def __len__(self) -> int:
        return len(self._before)

    def tally(self, release: str) -> Tally:
        """Return how a release compares in numbers; of most releases nothing else is shown."""

        def find() -> Tally:
            found = self[release]
            counts = {kind: found.count(kind) for kind in KINDS}
            return Tally(before=found.before, after=found.after, counts=counts)

        return self._recall(("tally", release), self._keys.release(release), find)
