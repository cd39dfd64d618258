"""Which pages there are, in the order in which lists show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import Definition
from benchfolio.generator.explore import Explored
from benchfolio.generator.formatting import natural
from benchfolio.generator.pages.changes import CHANGES, changes_page
from benchfolio.generator.pages.chooser import CHOOSER, chooser_page
from benchfolio.generator.pages.compare import COMPARE, compare_page
from benchfolio.generator.pages.comparisons import Comparisons
from benchfolio.generator.pages.dataset import dataset_page
from benchfolio.generator.pages.keys import Content, Keys
from benchfolio.generator.pages.model import group_of, model_page
from benchfolio.generator.pages.overview import OVERVIEW, overview
from benchfolio.generator.pages.parts import Definitions
from benchfolio.generator.pages.planned import Make, Planned, Recall, find_now
from benchfolio.generator.pages.platform import platform_group, platform_page
from benchfolio.generator.pages.release import release_group, release_page
from benchfolio.generator.pages.runtime import runtime_group, runtime_page
from benchfolio.generator.pages.tables import GROUPS, table_page
from benchfolio.generator.pages.ways import find_ways, with_ways
from benchfolio.generator.view import Page


class Plan:
    """Plans pages; what several of them need is found once, when the first of them is made.

    Args:
        collection: The results.
        definitions: Table definitions.
        templates: Folders of a project's own templates.
        content: What the results hold, in hashes; without it no page has a key.
        recall: Knows what was found in earlier builds.
    """

    def __init__(
        self,
        collection: Collection,
        definitions: Definitions,
        templates: Sequence[Path] = (),
        content: Content | None = None,
        recall: Recall = find_now,
    ) -> None:
        self._collection = collection
        self._definitions = definitions
        self._templates = templates
        self._keys = Keys(collection, content)
        self._compared = Comparisons(collection, self._keys, recall)

    def all(self, explored: Callable[[], Explored], findings: Page | None) -> Iterator[Planned]:
        """Yield the overview and findings, then pages of tables, models, platforms, data sets.

        Those on which readers ask for themselves stand beside the overview, which leads to them.

        Args:
            explored: Returns what can be asked for.
            findings: The page on publications, which is made already.
        """
        known = find_ways(self._collection)
        yield with_ways(self.overview(), known)
        if findings is not None:
            yield Planned(findings.kind, findings.id, "", lambda: findings)
        for one in (*self.tables(), *self.described()):
            yield with_ways(one, known)
        yield from self.asking(explored)

    def overview(self) -> Planned:
        """Plan the page that says what was measured and what came out."""
        make = partial(overview, self._collection, self._definitions)
        return Planned("page", OVERVIEW, self._key(*self._definitions.values()), make)

    def tables(self) -> Iterator[Planned]:
        """Plan a page for every table: measured figures first."""
        places = list(GROUPS)
        known = sorted(self._definitions.values(), key=lambda one: places.index(one.origin))
        for one in known:
            make = partial(table_page, self._collection, one)
            yield Planned("table", one.id, self._key(one), make)

    def described(self) -> Iterator[Planned]:
        """Plan a page for everything that is described, and for what changed in the newest release.

        Models are in the order in which lists show them: measured ones first, then by publication.
        """
        collection, known, keys = self._collection, self._definitions, self._keys
        yield self._wide("page", CHANGES, partial(changes_page, collection, self._compared))
        for id_ in sorted(collection.models, key=self._place_of_model):
            make: Make = partial(model_page, collection, known, id_)
            yield Planned("model", id_, keys.model(id_), make)
        for id_ in self._grouped(sorted(collection.machines, key=natural), platform_group):
            make = partial(platform_page, collection, known, id_, self._templates)
            yield Planned("platform", id_, keys.platform(id_), make)
        for id_ in collection.datasets:
            yield self._wide("dataset", id_, partial(dataset_page, collection, known, id_))
        names = sorted(set(collection.texts("runtime")) - {""}, key=natural)
        for id_ in self._grouped(names, runtime_group):
            yield self._wide("runtime", id_, partial(runtime_page, collection, id_))
        for id_ in self._grouped(reversed(collection.releases), release_group):
            make = partial(release_page, collection, id_, self._compared)
            yield Planned("release", id_, keys.release(id_), make)

    def asking(self, explored: Callable[[], Explored]) -> tuple[Planned, Planned]:
        """Plan the pages on which readers ask for themselves."""
        collection = self._collection
        return (
            self._wide("page", CHOOSER, lambda: chooser_page(collection, explored())),
            self._wide("page", COMPARE, lambda: compare_page(collection, explored())),
        )

    def _key(self, *shown: Definition) -> str:
        """Return the key of a page that shows tables of all results."""
        is_newest = all(one.releases == "newest" for one in shown)
        return self._keys.newest if is_newest else self._keys.everything

    def _wide(self, kind: str, id_: str, make: Make) -> Planned:
        """Plan a page that may follow from any figure."""
        return Planned(kind, id_, self._keys.everything, make)

    def _grouped(self, ids: Iterable[str], group: Callable[[Collection, str], str]) -> list[str]:
        return sorted(ids, key=lambda id_: group(self._collection, id_))

    def _place_of_model(self, id_: str) -> tuple[object, ...]:
        group, rank = group_of(self._collection, id_)
        return (rank, group, natural(self._collection.models[id_].name), id_)
