"""What a build shows, by key: computed once per process, from results that are read once.

A page is computed when somebody reads it; what others show of it is remembered from build to build.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

import msgspec

from benchfolio.generator.pages import Planned, Recall
from benchfolio.generator.publish import Site
from benchfolio.generator.view import Chart, Column, Entry, Link, Page, Row, Section, Table
from benchfolio.results import BenchfolioError, Problem
from benchfolio.sphinxext.aside import Aside

if TYPE_CHECKING:
    from benchfolio.generator.explore import Explored
    from benchfolio.generator.publish import Before, Document
    from benchfolio.generator.render import Renderer

Key = tuple[str, ...]
"""Kind of view (``table``, ``chart``, ``value``, ``page``, ``list``), its id, then what selects."""

T = TypeVar("T")

Where = Mapping[str, Sequence[str]]
"""Accepted values by field."""


class Source(Protocol):
    """Where views come from: the results of one project.

    Attributes:
        state: Hash of everything that views follow from.
    """

    state: str

    def table(self, table_id: str, where: Where) -> Table:
        """Return a table."""

    def chart(self, chart_id: str, where: Where) -> Chart:
        """Return a chart."""

    def value(self, selector: str) -> Entry:
        """Return one value."""

    def plan(self, recall: Recall) -> Iterable[Planned]:
        """Return all generated pages, in the order in which lists show them."""

    def published(self, site: Site, renderer: Renderer, before: Before) -> Iterator[Document]:
        """Yield the files for programs."""

    def badge(self, model: str, site: Site) -> Section | None:
        """Return the part of a model's page that offers its badge."""

    def explored(self) -> Explored:
        """Return what Compare and Chooser work on."""


class Missing(msgspec.Struct, frozen=True):
    """There is no such view; ``text`` says what was expected."""

    text: str


View = Table | Chart | Entry | Page | Section | Missing

LIST_TITLES = {
    "model": "Models",
    "platform": "Platforms",
    "dataset": "Data sets",
    "table": "Tables",
    "release": "Releases",
    "runtime": "Runtimes",
}
GROUP_SEPARATOR = " "

FEWEST = 12
"""Pages that are worth another process."""


def table_key(table_id: str, where: Where, columns: Sequence[str] = ()) -> Key:
    """Return the key of a table: its id, which columns, and conditions as ``field=a,b``."""
    conditions = (f"{name}={','.join(wanted)}" for name, wanted in sorted(where.items()))
    return ("table", table_id, ",".join(columns), *conditions)


def chart_key(chart_id: str, where: Where) -> Key:
    """Return the key of a chart."""
    return ("chart", *table_key(chart_id, where)[1:])


def parse_where(text: str) -> dict[str, list[str]]:
    """Read conditions: ``field=value[, value]``, separated by line breaks or semicolons.

    Raises:
        ValueError: A condition is not of this form; the message says which.
    """
    where: dict[str, list[str]] = {}
    for part in text.replace("\n", ";").split(";"):
        if not part.strip():
            continue
        name, sign, values = part.partition("=")
        wanted = [value.strip() for value in values.split(",") if value.strip()]
        if not (sign and name.strip() and wanted):
            raise ValueError(f"expected field=value[, value], got {part.strip()!r}")
        where.setdefault(name.strip(), []).extend(wanted)
    return where


class Face(msgspec.Struct, frozen=True):
    """What others show of a page; see ``Page``."""

    kind: str
    id: str
    title: str
    sentence: str
    summary: str
    group: str


Kept = dict[tuple[str, ...], tuple[str, object]]
"""What was found, by name: the key of what it follows from, and it."""


class Memory:
    """What is found in a build and need not be found again while its key stays.

    Args:
        kept: From earlier builds; what is found is added.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._asked: set[tuple[str, ...]] = set()

    def recall(self, name: tuple[str, ...], key: str, find: Callable[[], T]) -> T:
        """Return what is kept under a name, if its key is the same, else what is found."""
        self._asked.add(name)
        then, found = self._kept.get(name, ("", None))
        if not key or then != key:
            found = find()
            self._kept[name] = (key, found)
        return cast("T", found)

    def knows(self, name: tuple[str, ...], key: str) -> bool:
        """Tell whether something is kept under a name and key."""
        return bool(key) and self._kept.get(name, ("", None))[0] == key

    def found_by(self, work: Callable[[], T]) -> tuple[T, Kept]:
        """Return what comes of some work, and what was found or asked for by it."""
        before, self._asked = self._asked, set()
        result = work()
        found = {name: self._kept[name] for name in self._asked if name in self._kept}
        self._asked |= before
        return result, found

    def add(self, found: Kept) -> None:
        """Keep what was found in another process."""
        self._kept |= found
        self._asked |= found.keys()

    def forget_rest(self) -> None:
        """Forget what nobody asked for."""
        for name in self._kept.keys() - self._asked:
            del self._kept[name]


class Views:
    """Views by key, with what was wrong with the results.

    Attributes:
        problems: What was wrong with result files and definitions.
        state: Hash of everything that views follow from.
    """

    def __init__(
        self,
        open_source: Callable[[], tuple[Source, Sequence[Problem]]],
        memory: Memory | None = None,
    ) -> None:
        self._open = open_source
        self._memory = memory or Memory({})
        self._source: Source | None = None
        self._problems: tuple[Problem, ...] = ()
        self._plan: dict[tuple[str, str], Planned] | None = None
        self._pages: dict[tuple[str, str], Page | None] = {}
        self._known: dict[Key, View] = {}

    @classmethod
    def nothing(cls) -> Views:
        """Return views of no results, for before they are opened."""
        return cls(_unopened)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was wrong with the results."""
        self._opened()
        return self._problems

    @property
    def state(self) -> str:
        """A hash of everything that views follow from."""
        return self._opened().state

    def faces(self, jobs: int = 1) -> tuple[Face, ...]:
        """Return what others show of all generated pages; only what is not remembered is made.

        Args:
            jobs: Processes that make pages.
        """
        plan = self._planned()
        known = self._memory.knows
        self._make(
            [name for name, one in plan.items() if not known(("face", *name), one.key)], jobs
        )
        found = (
            self._memory.recall(("face", *name), planned.key, lambda name=name: self._face(*name))  # type: ignore[misc]
            for name, planned in plan.items()
        )
        return tuple(face for face in found if face is not None)

    def _make(self, names: Sequence[tuple[str, str]], jobs: int) -> None:
        """Make pages in several processes; a few are made here, when they are asked for."""
        jobs = min(jobs, len(names) // FEWEST)
        if jobs < 2:
            return
        size = -(-len(names) // jobs)  # neighbours are alike, and share what they are made of
        *others, own = (names[at : at + size] for at in range(0, len(names), size))
        asides = [Aside("pages", partial(self._made_aside, part)) for part in others]
        try:
            for name in own:
                self._made(*name)
            for aside in asides:
                pages, found = aside.result()
                self._pages |= pages
                self._memory.add(found)
        finally:
            for aside in asides:
                aside.end()

    def _made_aside(
        self, names: Sequence[tuple[str, str]]
    ) -> tuple[dict[tuple[str, str], Page | None], Kept]:
        return self._memory.found_by(lambda: {name: self._made(*name) for name in names})

    def follows(self, key: Key) -> str:
        """Return a hash of everything that a view follows from; empty where that is not told."""
        match key:
            case ("page", kind, page_id):
                planned = self._planned().get((kind, page_id))
            case ("badge", model, *_):
                planned = self._planned().get(("model", model))
            case _:
                planned = None
        return planned.key if planned else ""

    def published(self, site: Site, renderer: Renderer, before: Before) -> Iterator[Document]:
        """Yield the files for programs."""
        return self._opened().published(site, renderer, before)

    def explored(self) -> Explored:
        """Return what Compare and Chooser work on."""
        return self._opened().explored()

    def resolve(self, key: Key) -> View:
        """Return the view of a key, or what is wrong with the key."""
        if key not in self._known:
            self._known[key] = self._compute(key)
        return self._known[key]

    def _compute(self, key: Key) -> View:
        try:
            match key:
                case ("table", table_id, columns, *conditions):
                    table = self._opened().table(table_id, parse_where("\n".join(conditions)))
                    return choose_columns(table, [name for name in columns.split(",") if name])
                case ("chart", chart_id, _, *conditions):
                    return self._opened().chart(chart_id, parse_where("\n".join(conditions)))
                case ("value", selector):
                    return self._opened().value(selector)
                case ("list", kind, *part):
                    return list_page(kind, self.faces(), part)
                case ("page", kind, page_id):
                    return self._page(kind, page_id)
                case ("badge", model, url, page):
                    return self._badge(model, url, page)
        except BenchfolioError as error:
            return Missing(" ".join(str(error).split()))
        except (KeyError, ValueError) as error:
            return Missing(str(error.args[0] if error.args else error))
        return Missing(f"no such view: {key}")

    def _page(self, kind: str, page_id: str) -> Page | Missing:
        found = self._made(kind, page_id) if (kind, page_id) in self._planned() else None
        return found or Missing(f"the results have no {kind} {page_id!r}")

    def _made(self, kind: str, page_id: str) -> Page | None:
        name = (kind, page_id)
        if name not in self._pages:
            self._pages[name] = self._planned()[name].make()
        return self._pages[name]

    def _face(self, kind: str, page_id: str) -> Face | None:
        page = self._made(kind, page_id)
        if page is None:
            return None
        return Face(kind, page_id, page.title, page.sentence, page.summary, page.group)

    def _badge(self, model: str, url: str, page: str) -> Section | Missing:
        site = Site(title="", url=url, pages={("model", model): page})
        found = self._opened().badge(model, site)
        return found or Missing(f"the results have no badge of {model!r}")

    def _planned(self) -> dict[tuple[str, str], Planned]:
        if self._plan is None:
            plan = self._opened().plan(self._memory.recall)
            self._plan = {(one.kind, one.id): one for one in plan}
        return self._plan

    def _opened(self) -> Source:
        if self._source is None:
            self._source, problems = self._open()
            self._problems = tuple(problems)
        return self._source


def _unopened() -> tuple[Source, Sequence[Problem]]:
    raise RuntimeError("results are opened when the builder is initialised")


def choose_columns(table: Table, wanted: Sequence[str]) -> Table:
    """Return a table with only some columns, in the order wanted.

    Raises:
        ValueError: A column does not exist.
    """
    if not wanted:
        return table
    places = {column.id: place for place, column in enumerate(table.columns)}
    unknown = [name for name in wanted if name not in places]
    if unknown:
        raise ValueError(
            f"table {table.id} has no column {', '.join(unknown)}; it has {', '.join(places)}"
        )
    kept = [places[name] for name in wanted]
    return msgspec.structs.replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(
            msgspec.structs.replace(row, entries=tuple(row.entries[place] for place in kept))
            for row in table.rows
        ),
    )


def list_page(kind: str, pages: Sequence[Page | Face], part: Sequence[str] = ()) -> Page:
    """Return the page that lists all pages of a kind: name and the answer each opens with.

    Args:
        kind: Kind of the pages listed.
        pages: All pages.
        part: Number of the part, and pages in a part, where the list is cut into parts.
    """
    listed = [page for page in pages if page.kind == kind]
    title = LIST_TITLES.get(kind, f"{kind.capitalize()}s")
    if part:
        number, size = (int(text) for text in part)
        listed = listed[(number - 1) * size : number * size]
        title = f"{title} {listed[0].title} to {listed[-1].title}" if listed else title
    groups = list(dict.fromkeys(page.group for page in listed))
    sections = tuple(
        Section(
            id=f"group-{number}" if group else "list",
            title=group,
            table=_listing(kind, group or title, [page for page in listed if page.group == group]),
        )
        for number, group in enumerate(groups or [""], start=1)
    )
    return Page(
        kind="list",
        id=kind,
        title=title,
        sentence="",
        sections=sections,
    )


def _listing(kind: str, title: str, pages: Sequence[Page | Face]) -> Table:
    rows = tuple(
        Row(
            anchor=page.id,
            entries=(
                Entry(text=page.title, link=Link(kind=kind, target=page.id)),
                Entry(text=page.summary or page.sentence),
            ),
        )
        for page in pages
    )
    return Table(
        id=f"{kind}-list",
        title=title,
        columns=(
            Column(id="name", label="Name", heading=True),
            Column(id="summary", label="In one sentence"),
        ),
        rows=rows,
    )
