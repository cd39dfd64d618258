"""What changed between two releases: finds the cells to compare, and says what else changed.

``compared`` has all of it as columns, and makes objects of the cells that a page lists. The
judgement itself is described by ``comparison.compare``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import msgspec
import numpy as np

from benchfolio.generator.collection import Collection
from benchfolio.generator.comparing import FIGURES, Comparing, Judged, worst_first
from benchfolio.generator.comparison import KINDS, Change
from benchfolio.generator.entries import field_label
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.formatting import clean
from benchfolio.generator.matching import KEY, Pairs, Speaking, match, speaking
from benchfolio.generator.measured import Measured
from benchfolio.results import Platform, release_order

if TYPE_CHECKING:
    from benchfolio.generator.derive import Ints

__all__ = [
    "KEY",
    "CellChange",
    "Compared",
    "compared",
    "measured_releases",
    "platform_changes",
]

T = TypeVar("T", Pairs, Speaking, Judged)


class CellChange(msgspec.Struct, frozen=True, kw_only=True):
    """How one cell compares with that of an earlier release.

    Attributes:
        key: Values of ``KEY``.
        before: Position of the cell in the earlier release; ``None`` where it is new.
        after: Position of the cell in the later release; ``None`` where it is gone.
        metric: The metric that speaks for it; empty where neither has a value.
        old: Its value before.
        new: Its value now.
        change: The judgement.
        stated: What else changed, as ``OpenVINO 2026.0 → 2026.1``; no reason not to compare.
    """

    key: Mapping[str, str]
    before: int | None
    after: int | None
    metric: str = ""
    old: Measured | None = None
    new: Measured | None = None
    change: Change
    stated: tuple[str, ...] = ()


@functools.lru_cache(maxsize=1)  # every page asks, of the same collection
def measured_releases(collection: Collection) -> tuple[str, ...]:
    """Return the releases in which anything was measured, oldest first."""
    found = {info.release for info in collection.catalogue.files if info.origin.kind in MEASURED}
    return tuple(sorted(found, key=release_order))


def compared(
    collection: Collection,
    before: str,
    after: str,
    where: Mapping[str, Iterable[str]] | None = None,
) -> Compared:
    """Compare the cells of two releases.

    Args:
        collection: The results.
        before: The earlier release.
        after: The later release.
        where: Accepted values by column; all measured cells when left out.
    """
    wanted = {"origin": MEASURED, **(where or {})}
    sides = [collection.select(wanted, releases=[release]) for release in (before, after)]
    pairs = match(collection, *sides)
    spoken = speaking(collection, pairs)
    judged = Comparing(collection, pairs, spoken, (before, after)).judged()
    order = worst_first(judged.kind.astype(np.int64), judged.size, _key_ranks(collection, pairs))
    return Compared(
        collection=collection,
        releases=(before, after),
        pairs=_taken(pairs, order),
        speaking=_taken(spoken, order),
        judged=_taken(judged, order),
    )


def _taken(columns: T, order: Ints | slice) -> T:
    """Return columns of one length in another order, or some of them."""
    return type(columns)(*(getattr(columns, name)[order] for name in columns.__slots__))


def _key_ranks(collection: Collection, pairs: Pairs) -> list[Ints]:
    """Return the columns of the key as numbers that sort as their texts do."""
    at = pairs.known()
    ranks = []
    for name in KEY:
        column = collection.cell_columns.arrays[name][at]
        if name in collection.cell_columns.categories:
            ranks.append(column.astype(np.int64))
        else:
            numbers, codes = np.unique(column, return_inverse=True)
            order = np.argsort(np.argsort(numbers.astype(str)))
            ranks.append(order[codes].astype(np.int64))
    return ranks


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The cells of two releases, compared, as columns: worse ones first.

    Attributes:
        collection: The results.
        releases: The earlier and the later one.
        pairs: Which cells are compared.
        speaking: By which metric and values.
        judged: How each pair came out.
    """

    collection: Collection
    releases: tuple[str, str]
    pairs: Pairs
    speaking: Speaking
    judged: Judged

    def __len__(self) -> int:
        return len(self.pairs.before)

    @property
    def before(self) -> str:
        """The earlier release."""
        return self.releases[0]

    @property
    def after(self) -> str:
        """The later release."""
        return self.releases[1]

    def of(self, kinds: Iterable[str]) -> Compared:
        """Return what came out in some ways, in the same order."""
        codes = [KINDS.index(kind) for kind in kinds]
        return self.take(np.flatnonzero(np.isin(self.judged.kind, codes)))

    def take(self, at: Ints | slice) -> Compared:
        """Return some of the pairs."""
        return replace(
            self,
            pairs=_taken(self.pairs, at),
            speaking=_taken(self.speaking, at),
            judged=_taken(self.judged, at),
        )

    @cached_property
    def counts(self) -> dict[str, tuple[int, ...]]:
        """How many cells of each platform came out in each of ``KINDS``."""
        columns = self.collection.cell_columns
        names = columns.categories["platform"]
        codes = columns.arrays["platform"][self.pairs.known()].astype(np.int64)
        numbers = np.bincount(
            codes * len(KINDS) + self.judged.kind, minlength=len(names) * len(KINDS)
        )
        rows = numbers.reshape(len(names), len(KINDS)).tolist()
        return {name: tuple(row) for name, row in zip(names, rows, strict=True) if any(row)}

    def count(self, kind: str, platform: str | None = None) -> int:
        """Return how many cells came out in one way, on one platform or on all."""
        place = KINDS.index(kind)
        named = self.counts if platform is None else (platform,)
        return sum(self.counts[name][place] for name in named if name in self.counts)

    def platforms_now(self) -> set[str]:
        """Return the platforms that were measured for the later release."""
        after = self.pairs.after[self.pairs.after >= 0]
        columns = self.collection.cell_columns
        names = columns.categories["platform"]
        return {names[code] for code in np.unique(columns.arrays["platform"][after]).tolist()}

    def sources(self) -> tuple[str, ...]:
        """Return the names of the files that the cells come from."""
        sides = np.concatenate([self.pairs.before, self.pairs.after])
        files = np.unique(self.collection.cell_columns.arrays["file"][sides[sides >= 0]])
        return tuple(sorted(self.collection.catalogue.files[at].name for at in files.tolist()))

    def texts(self, name: str) -> list[str]:
        """Return a column of the cells, as of the later release where a cell is in both."""
        at = self.pairs.known().tolist()
        return [str(each) for each in self.collection.column(name, at)]

    def metrics(self) -> list[str]:
        """Return the metric that speaks for each pair; empty where there is no value."""
        names = [*self.collection.value_columns.categories["metric"], ""]
        return [names[code] for code in self.speaking.metric.tolist()]

    def machines(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield what changed in the description of each platform of both releases."""
        files = self.collection.catalogue.files
        old, new = (
            {info.platform.id: info.platform for info in files if info.release == release}
            for release in self.releases
        )
        for id_ in sorted(old.keys() & new.keys()):
            told = platform_changes(old[id_], new[id_])
            if told:
                yield id_, told

    def cells(self) -> Iterator[CellChange]:
        """Yield every cell of either release once."""
        keys = zip(*(self.texts(name) for name in KEY), strict=True)
        metrics = self.metrics()
        sides = [self._measured(side, metrics) for side in (self.pairs.before, self.pairs.after)]
        columns = (self.pairs.before.tolist(), self.pairs.after.tolist(), *sides)
        rows = zip(keys, metrics, *columns, self._changes(), self.stated(), strict=True)
        for key, metric, before, after, old, new, change, stated in rows:
            yield CellChange(
                key=dict(zip(KEY, key, strict=True)),
                before=None if before < 0 else before,
                after=None if after < 0 else after,
                metric=metric,
                old=old,
                new=new,
                change=change,
                stated=stated,
            )

    def stated(self) -> list[tuple[str, ...]]:
        """Return what else changed for each pair; nothing for cells of one release."""
        column = self.collection.column
        both = np.flatnonzero((self.pairs.before >= 0) & (self.pairs.after >= 0))
        sides = [side[both].tolist() for side in (self.pairs.before, self.pairs.after)]
        names = ("runtime_version", "file", "artefact")
        known: dict[tuple[object, ...], tuple[str, ...]] = {}
        told: list[tuple[str, ...]] = [()] * len(self)
        rows = zip(
            both.tolist(),
            column("runtime", sides[1]),
            *(column(name, side) for name in names for side in sides),
            strict=True,
        )
        for i, *row in rows:
            key = tuple(row)
            if key not in known:
                known[key] = self._told(*row)
            told[i] = known[key]
        return told

    def _told(
        self,
        runtime: str,
        old: str,
        new: str,
        *made: str | int,
    ) -> tuple[str, ...]:
        told = []
        if old != new:
            name = field_label(self.collection, "runtime", runtime)
            told.append(f"{name} {clean(old) or 'not stated'} → {clean(new) or 'not stated'}")
        files = [
            self.collection.catalogue.files[int(file)].artefacts.get(str(artefact))
            for file, artefact in zip(made[:2], made[2:], strict=True)
        ]
        hashes = {found.sha256 for found in files if found and found.sha256}
        return (*told, "another file of the model") if len(hashes) > 1 else tuple(told)

    def _measured(self, side: Ints, metrics: list[str]) -> list[Measured | None]:
        """Return the value that speaks for each cell, with everything derived from it."""
        by_metric: dict[str, list[int]] = {}
        for cell, metric in zip(side.tolist(), metrics, strict=True):
            if cell >= 0 and metric:
                by_metric.setdefault(metric, []).append(cell)
        known = {
            metric: self.collection.measured(metric, cells) for metric, cells in by_metric.items()
        }
        return [
            known.get(metric, {}).get(cell)
            for cell, metric in zip(side.tolist(), metrics, strict=True)
        ]

    def _changes(self) -> Iterator[Change]:
        judged = self.judged
        numbers = (
            [None if each != each else each for each in column.tolist()]
            for column in (judged.value, judged.low, judged.high, judged.floor)
        )
        columns = (judged.size.tolist(), judged.method.tolist(), judged.reason.tolist())
        rows = zip(judged.kind.tolist(), judged.figure.tolist(), *numbers, *columns, strict=True)
        for kind, figure, value, low, high, floor, size, method, reason in rows:
            yield Change(
                kind=KINDS[kind],
                figure=FIGURES[figure],
                value=value,
                low=low,
                high=high,
                method=method,
                floor=floor,
                size=size,
                reason=reason,
            )


_SETTINGS = ("os", "kernel", "governor", "turbo", "smt", "hypervisor", "container")


def platform_changes(before: Platform, after: Platform) -> tuple[str, ...]:
    """Say what changed in the description of a platform, as ``kernel 6.8 → 6.9``."""
    pairs = [
        (name, getattr(before.system, name), getattr(after.system, name)) for name in _SETTINGS
    ]
    pairs += [
        ("microcode", before.processor.microcode, after.processor.microcode),
        ("memory", before.memory_bytes, after.memory_bytes),
    ]
    return tuple(f"{name} {_told(old)} → {_told(new)}" for name, old, new in pairs if old != new)


def _told(value: object) -> str:
    return "not stated" if value is None else clean(str(value))
