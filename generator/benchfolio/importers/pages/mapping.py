"""The mapping file: which table of a page says what, in which column."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from benchfolio.documents import Form, Node, Trail, convert, problem, read
from benchfolio.results import (
    ID_PATTERN,
    METRICS,
    BadInput,
    Metric,
    Platform,
    Precision,
    Problem,
    Publication,
    Recipe,
    Scenario,
    State,
)

FORM = Form(
    name="a mapping",
    expected="a mapping file: plain YAML in UTF-8",
    remedy="see the mapping files in publications/ for examples",
    max_bytes=1024 * 1024,
    max_values=50_000,
)
Name = Annotated[str, Meta(pattern=ID_PATTERN)]
Count = Annotated[int, Meta(ge=1)]
LOAD = r"^(?:([0-9]{1,4})s)?(?:([0-9]{1,4})c)?([0-9]{1,4})ins([0-9]{1,6})bs$(?!\n)"
"""``1s4c8ins1bs``: sockets, cores per instance, instances, batch."""


TextKind = Literal[
    "model", "teacher", "form", "dataset", "metric", "task", "source", "input_size",
    "description", "ratio", "pattern", "criterion", "balance",
]  # fmt: skip
FIGURE_KINDS = ("values", "claims")
Figure = Literal["change", "relative-change", "drop", "gain"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything in a mapping file."""


class Reading(Part, frozen=True, kw_only=True, rename={"kind": "is"}):
    """What one column, or one line of its cells, is.

    Attributes:
        kind: A text that describes the row, figures (values or claims), or nothing of interest.
        line: Line of the cell, from 1; the whole cell when left out.
        words: The page's word → ours; others are kept as they are.
        of: The cell (an id of the table's ``cells``) that the figures belong to.
        metric: Metric of figures that are printed without a name.
        unit: Unit of figures that are printed without one; only where it is certain.
        figure: What the publication says a claim is.
        baseline: What a claim is against.
    """

    kind: TextKind | Literal["values", "claims", "ignored"]
    line: Count | None = None
    words: dict[str, str] = {}
    of: str | None = None
    metric: str | None = None
    unit: str = ""
    figure: Figure | None = None
    baseline: str | None = None


class Column(Part, frozen=True, kw_only=True):
    """One column, known by the text of its header."""

    label: str
    read: tuple[Reading, ...]


class Shape(Part, frozen=True, kw_only=True):
    """What a contract cell made of a row is; the table's ``all`` fills in what is left out.

    ``form`` and ``recipe`` may name texts of the row, as ``${form}``; a recipe is then made of
    them, the way ``made`` says. ``precisions`` gives the precision of rows in which one of these
    texts stands, in the place of ``precision``.
    """

    id: str = "all"
    model: Literal["model", "teacher"] | None = None
    platform: Name | None = None
    scenario: Scenario | None = None
    precision: Precision | None = None
    recipe: str | None = None
    made: Literal["pruning", "distillation", "distributed-distillation"] | None = None
    form: str | None = None
    runtime: Name | None = None
    runtime_version: str | None = None
    device: str | None = None
    load: Annotated[str, Meta(pattern=LOAD)] | None = None
    precisions: dict[str, Precision] = {}

    def over(self, defaults: Shape) -> Shape:
        """Return this shape with the defaults in the place of what it leaves out."""
        missing = {
            name: getattr(defaults, name)
            for name in self.__struct_fields__
            if getattr(self, name) in (None, {})
        }
        return msgspec.structs.replace(self, **missing)


class Table(Part, frozen=True, kw_only=True, rename={"defaults": "all"}):
    """One table, known by its heading, and by its number where a heading has several."""

    heading: str
    number: Count = 1
    task: str | None = None
    defaults: Shape = Shape()
    cells: tuple[Shape, ...] = ()
    columns: tuple[Column, ...]


class Word(Part, frozen=True, kw_only=True):
    """What a word in the place of a figure means."""

    state: State
    reason: str | None = None


class Task(Part, frozen=True, kw_only=True):
    """A task of all models whose name or data set, in lower case, has one of some words in it."""

    task: str
    words: tuple[str, ...]


class Mapping(Part, frozen=True, kw_only=True):
    """A mapping file.

    Attributes:
        tested: When the publication says that it tested, ISO 8601, by platform.
        metric_names: The page's name of a metric → metric id.
        words: Words that stand in the place of figures.
        layouts: Not read; a place for YAML anchors.
    """

    publication: Publication
    release: Name
    platforms: Annotated[tuple[Platform, ...], Meta(min_length=1)]
    tested: dict[str, str] = {}
    metrics: dict[str, Metric] = {}
    metric_names: dict[str, str] = {}
    words: dict[str, Word] = {}
    tasks: tuple[Task, ...] = ()
    recipes: dict[str, Recipe] = {}
    layouts: dict[str, object] = {}
    tables: Annotated[tuple[Table, ...], Meta(min_length=1)]


def load_mapping(path: Path, where: str | None = None) -> Mapping:
    """Read and validate a mapping file.

    Args:
        path: The file.
        where: How errors name it; the path as given when left out.

    Raises:
        BadInput: It cannot be read, is not such a mapping, or names what it does not describe;
            problems carry line and column.
    """
    name = where or path.as_posix()
    root = read(path, name, FORM)
    mapping = convert(root, Mapping, name, FORM)
    problems = list(_Checker(mapping, root, name).problems())
    if problems:
        raise BadInput(problems)
    return mapping


class _Checker:
    """Finds names that lead nowhere, each with its line."""

    def __init__(self, mapping: Mapping, root: Node, where: str) -> None:
        self._mapping = mapping
        self._root = root
        self._where = where
        self._platforms = {platform.id for platform in mapping.platforms}
        self._metrics = {*METRICS, *mapping.metrics}

    def problems(self) -> Iterator[Problem]:
        for name, metric in self._mapping.metric_names.items():
            yield from self._known(("metric_names", name), "metric", metric, self._metrics)
        for platform in self._mapping.tested:
            yield from self._known(("tested", platform), "platform", platform, self._platforms)
        for number, table in enumerate(self._mapping.tables):
            at: Trail = ("tables", number)
            for index, shape in enumerate(table.cells):
                yield from self._shape((*at, "cells", index), shape.over(table.defaults))
            shapes = {shape.id for shape in table.cells}
            for index, column in enumerate(table.columns):
                for place, reading in enumerate(column.read):
                    trail = (*at, "columns", index, "read", place)
                    yield from self._reading(trail, reading, shapes)

    def _shape(self, trail: Trail, shape: Shape) -> Iterator[Problem]:
        for name in ("scenario", "precision", "runtime", "device"):
            if getattr(shape, name) is None:
                yield self._lost(trail, name, "", ())
        yield from self._known(trail, "platform", shape.platform or "", self._platforms)
        if shape.made is None or not shape.recipe:
            yield from self._known(trail, "recipe", shape.recipe or "", self._mapping.recipes)

    def _reading(self, trail: Trail, reading: Reading, shapes: set[str]) -> Iterator[Problem]:
        if reading.kind not in FIGURE_KINDS:
            return
        yield from self._known(trail, "cell", reading.of or "", shapes)
        if reading.metric is not None:
            yield from self._known(trail, "metric", reading.metric, self._metrics)
        if reading.kind == "claims" and reading.figure is None:
            yield self._lost(trail, "figure", "", get_args(Figure))

    def _known(
        self, trail: Trail, kind: str, name: str, known: Collection[str]
    ) -> Iterator[Problem]:
        if name not in known:
            yield self._lost(trail, kind, name, known)

    def _lost(self, trail: Trail, kind: str, got: str, known: Collection[str]) -> Problem:
        mark, _ = self._root.find(trail)
        return problem(
            self._where,
            mark,
            f"names no {kind}, or one that is not described",
            expected="one of " + ", ".join(sorted(known)) if known else f"a {kind}",
            got=repr(got) if got else "nothing",
            remedy="correct the name, or describe it",
        )
