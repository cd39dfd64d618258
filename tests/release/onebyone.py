"""The comparison of two releases, one cell at a time: slow, plain, and what columns must equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from benchfolio.generator.changes import CellChange, platform_changes
from benchfolio.generator.collection import Collection
from benchfolio.generator.comparison import GONE, KINDS, NEW, REFUSED, Change, compare
from benchfolio.generator.entries import field_label
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.formatting import clean
from benchfolio.generator.matching import KEY, SPEAKERS
from benchfolio.generator.measured import Measured
from benchfolio.generator.paired import paired_drop
from benchfolio.generator.quality import primary_quality
from benchfolio.results import Direction, Kind, Scenario
from benchfolio.statistics import Estimate


class ReleaseChanges(msgspec.Struct, frozen=True, kw_only=True):
    """All cells of two releases, compared: worse ones first."""

    cells: tuple[CellChange, ...]
    machines: tuple[tuple[str, tuple[str, ...]], ...]


def changes_one_by_one(collection: Collection, before: str, after: str) -> ReleaseChanges:
    """Do as ``changes.compared`` does."""
    comparer = _Comparer(collection, before, after, {"origin": MEASURED})
    found = sorted(comparer.cells(), key=_order)
    return ReleaseChanges(cells=tuple(found), machines=tuple(comparer.machines()))


def _order(one: CellChange) -> tuple[object, ...]:
    return (KINDS.index(one.change.kind), -one.change.size, *one.key.values())


class _Comparer:
    """Compares the cells of two releases; values are looked up at once for all of them."""

    def __init__(
        self, collection: Collection, before: str, after: str, where: Mapping[str, Iterable[str]]
    ) -> None:
        self._collection = collection
        self._releases = (before, after)
        self._sides = tuple(
            _grouped(collection, collection.select(where, releases=[release]))
            for release in self._releases
        )
        both = [cell for side in self._sides for cells in side.values() for cell in cells]
        self._measured = {
            metric: collection.measured(metric, both) for metric in collection.metric_ids()
        }
        files = collection.catalogue.files
        self._platforms = [
            {info.platform.id: info.platform for info in files if info.release == release}
            for release in self._releases
        ]

    def cells(self) -> Iterator[CellChange]:
        """Yield every cell of either release once."""
        old, new = self._sides
        for values in dict.fromkeys((*old, *new)):
            key = dict(zip(KEY, values, strict=True))
            for before, after, doubt in self._matched(old.get(values, []), new.get(values, [])):
                yield self._cell(key, before, after, doubt)

    def machines(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield what changed in the description of each platform of both releases."""
        old, new = self._platforms
        for id_ in sorted(old.keys() & new.keys()):
            told = platform_changes(old[id_], new[id_])
            if told:
                yield id_, told

    def _matched(
        self, old: Sequence[int], new: Sequence[int]
    ) -> Iterator[tuple[int | None, int | None, bool]]:
        """Match cells of one key: by version first, then what is left if it is one of each."""
        versions = {self._version(cell): cell for cell in old}
        left_new = [cell for cell in new if self._version(cell) not in versions]
        same = [(versions[self._version(cell)], cell) for cell in new if cell not in left_new]
        left_old = [cell for cell in old if cell not in {before for before, _ in same}]
        yield from ((before, after, False) for before, after in same)
        if len(left_old) == len(left_new) == 1:
            yield left_old[0], left_new[0], False
            return
        doubt = bool(left_old and left_new)
        yield from ((before, None, doubt) for before in left_old)
        yield from ((None, after, doubt) for after in left_new)

    def _version(self, cell: int) -> str:
        return self._collection.text("runtime_version", cell)

    def _cell(
        self, key: Mapping[str, str], before: int | None, after: int | None, doubt: bool
    ) -> CellChange:
        metric = self._metric(key, before, after)
        known = self._measured.get(metric, {})
        old, new = (None if at is None else known.get(at) for at in (before, after))
        return CellChange(
            key=key,
            before=before,
            after=after,
            metric=metric,
            old=old,
            new=new,
            change=self._change(key, before, after, (metric, old, new), doubt),
            stated=self._stated(before, after) if before is not None and after is not None else (),
        )

    def _metric(self, key: Mapping[str, str], *cells: int | None) -> str:
        there = [cell for cell in cells if cell is not None]
        candidates = SPEAKERS.get(key["scenario"], ())
        if key["scenario"] == Scenario.ACCURACY.value:
            limit = self._collection.limit(there[-1])
            own = primary_quality(self._collection, key["model"], limit.metric if limit else None)
            candidates = (own,) if own else ()
        for metric in (*candidates, *self._measured):
            if any(cell in self._measured.get(metric, {}) for cell in there):
                return metric
        return ""

    def _change(
        self,
        key: Mapping[str, str],
        before: int | None,
        after: int | None,
        values: tuple[str, Measured | None, Measured | None],
        doubt: bool,
    ) -> Change:
        metric, old, new = values
        if doubt:
            return Change(kind=REFUSED, reason="several versions of the runtime match it")
        if before is None or after is None:
            return self._one_sided(key, before, after)
        if old is None and new is None:
            states = [self._state(cell) for cell in (before, after)]
            told = f"{states[0]} before, {states[1]} now"
            if states[0] == states[1]:
                told = f"{states[0]} in both"
            return Change(kind=REFUSED, reason=f"no value: {told}")
        if new is None or old is None:
            return self._lost(after) if new is None else self._won(before)
        refusal = self._refusal(key, before, after)
        if refusal:
            return Change(kind=REFUSED, reason=refusal)
        return compare(
            self._collection.metric(metric),
            old,
            new,
            floors=(old.floor, new.floor),
            paired=self._paired(metric, old, new),
        )

    def _one_sided(self, key: Mapping[str, str], before: int | None, after: int | None) -> Change:
        """Judge a cell of one release only: gone or new where it has a value to lose or to win."""
        kind, at = (NEW, 0) if before is None else (GONE, 1)
        release = self._releases[at]
        reason = f"not planned for {release}"
        if key["platform"] not in self._platforms[at]:
            reason = f"this platform was not measured for {release}"
        there = before if after is None else after
        state = "ok" if there is None else self._state(there)
        if state != "ok":
            when = "before" if after is None else "now"
            return Change(kind=REFUSED, reason=f"{state} {when}; {reason}")
        return Change(kind=kind, reason=reason)

    def _lost(self, after: int) -> Change:
        return Change(kind=GONE, reason=f"{self._state(after)}; it had a value before")

    def _won(self, before: int) -> Change:
        return Change(kind=NEW, reason=f"{self._state(before)} before")

    def _state(self, cell: int) -> str:
        state, reason = (self._collection.column(name, [cell])[0] for name in ("state", "reason"))
        return f"{state} ({clean(reason)})" if reason else str(state)

    def _refusal(self, key: Mapping[str, str], before: int, after: int) -> str:
        """Say why two cells are not of the same thing."""
        old, new = (self._collection.file_of(cell) for cell in (before, after))
        first, second = (info.platform.processor for info in (old, new))
        for name in ("name", "architecture", "cores", "sockets"):
            one, other = getattr(first, name), getattr(second, name)
            if one and other and one != other:
                return f"another processor: {clean(f'{one}, then {other}')} ({name})"
        hashes = [
            found.sha256 for info in (old, new) if (found := info.datasets.get(key["dataset"]))
        ]
        if len({one for one in hashes if one}) > 1:
            return "the data set has other content"
        return ""

    def _stated(self, before: int, after: int) -> tuple[str, ...]:
        old, new = self._version(before), self._version(after)
        told = []
        if old != new:
            name = field_label(self._collection, "runtime", self._collection.text("runtime", after))
            told.append(f"{name} {clean(old) or 'not stated'} → {clean(new) or 'not stated'}")
        files = [
            self._collection.file_of(cell).artefacts.get(self._collection.text("artefact", cell))
            for cell in (before, after)
        ]
        hashes = {made.sha256 for made in files if made and made.sha256}
        return (*told, "another file of the model") if len(hashes) > 1 else tuple(told)

    def _paired(self, metric: str, old: Measured, new: Measured) -> Estimate | None:
        known = self._collection.metric(metric)
        if known.kind is not Kind.QUALITY:
            return None
        one, other = (self._collection.outcomes(found.cell).get(metric) for found in (old, new))
        files = [self._collection.file_of(found.cell) for found in (old, new)]
        id_ = self._collection.text("dataset", new.cell)
        hashes = [found.sha256 for info in files if (found := info.datasets.get(id_))]
        if one is None or other is None or len(hashes) != 2 or None in hashes:
            return None
        higher = known.direction is Direction.HIGHER
        sign = 1 if higher else -1
        drop = msgspec.structs.replace(new, drop=sign * (old.value - new.value))
        return paired_drop(drop, other, one, higher_is_better=higher)


def _grouped(collection: Collection, cells: Sequence[int]) -> dict[tuple[str, ...], list[int]]:
    grouped: dict[tuple[str, ...], list[int]] = {}
    columns = [[str(each) for each in collection.column(name, cells)] for name in KEY]
    for cell, key in zip(cells, zip(*columns, strict=True), strict=True):
        grouped.setdefault(key, []).append(cell)
    return grouped
