"""Rows of reports, and what a person says beside them, as result files.

What a report does not say is asked for by the name of the option that says it; what a person says
never overrules a report; cells that are there already are neither lost nor silently replaced.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from benchfolio.importers.names import Ids, folded, slug
from benchfolio.importers.reports.stating import Complete, completed
from benchfolio.importers.reports.types import Report, Row, Stated
from benchfolio.results import (
    ID_PATTERN,
    METRICS,
    VERSION,
    BadInput,
    Cell,
    Dataset,
    Direction,
    Kind,
    Metric,
    Model,
    Origin,
    Platform,
    Problem,
    Recipe,
    ResultFile,
    Scenario,
    WrongUsage,
    cell_key,
)

S = TypeVar("S", bound=msgspec.Struct)

METHODS = frozenset(
    {
        "original",
        "ptq",
        "dynamic-ptq",
        "accuracy-control",
        "weight-only",
        "cast",
        "qat",
        "pruning",
        "distillation",
    }
)
"""Methods of recipes that explain themselves; a recipe of another name has an unknown method."""


_WORDS = ("label", "definition", "decimals")
"""Fields of a metric in which two tools may differ and mean the same."""


class Named(msgspec.Struct, frozen=True):
    """A report with the name that problems give it."""

    where: str
    report: Report


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """How reports shall be taken in.

    Attributes:
        stated: What the person says beside them.
        ids: Id by name, where a name shall not make its own.
        label: Of the platform, where it is new and the reports do not name it.
        replace: Imported cells win over those that are there.
        fill: What is stated is for the rows that do not say it, see ``stating.completed``.
    """

    stated: Stated = Stated()
    ids: dict[str, str] = {}
    label: str | None = None
    replace: bool = False
    fill: bool = False


class Assembled(msgspec.Struct, frozen=True):
    """Result files, and what did not get into them."""

    files: tuple[ResultFile, ...]
    problems: tuple[Problem, ...]


Existing = Callable[[str, str], ResultFile | None]
"""The result file of a release and a platform, where there is one already."""


def assemble(reports: Sequence[Named], order: Order, existing: Existing) -> Assembled:
    """Make result files of reports; the order of the reports does not matter.

    Args:
        reports: What readers made of them.
        order: What the person wants.
        existing: Result files that are there already.

    Raises:
        WrongUsage: Something that no report says was not stated, or was stated otherwise.
        BadInput: A report says what no result file can hold.
    """
    ordered = sorted(reports, key=lambda named: named.where)
    found = [(named.where, named.report.rows) for named in ordered]
    whole = completed(found, order.stated, fill=order.fill)
    _check_unused(whole, order)
    problems = [problem for named in ordered for problem in named.report.left_out]
    ids = Ids(order.ids)
    names = sorted({row.platform for row in whole})
    fields = order.stated.fields
    platforms = {
        name: name if _typed_id(name, fields.get("platform")) else ids.id(name) for name in names
    }
    groups: dict[tuple[str, str], list[Complete]] = defaultdict(list)
    for row in whole:
        verbatim = _typed_id(row.release, fields.get("release"))
        release = row.release if verbatim else slug(row.release)
        groups[release, platforms[row.platform]].append(row)
    files = []
    for (release, platform), rows in sorted(groups.items()):
        here = existing(release, platform)
        builder = _Builder(ordered, order, here, (release, platform))
        files.append(builder.file(rows))
        problems += builder.problems
    return Assembled(tuple(files), tuple(problems))


def _typed_id(name: str, stated: str | None) -> bool:
    """Return whether a person typed this name, and as an id: that is kept as it is."""
    return name == stated and re.search(ID_PATTERN, name) is not None


class _Builder:
    """Builds one result file, on top of the one that is there."""

    def __init__(
        self,
        reports: Sequence[Named],
        order: Order,
        here: ResultFile | None,
        key: tuple[str, str],
    ) -> None:
        self.problems: list[Problem] = []
        self._reports = {named.where: named.report for named in reports}
        self._order = order
        self._here = here
        self._key = key
        names = {id_: model.name for id_, model in here.models.items()} if here else {}
        self._model_ids = Ids(order.ids, names)
        sets = {id_: dataset.name for id_, dataset in here.datasets.items()} if here else {}
        self._dataset_ids = Ids(order.ids, sets)
        labels = {id_: made.label or id_ for id_, made in here.recipes.items()} if here else {}
        self._recipe_ids = Ids(order.ids, labels)
        self._models = dict(here.models) if here else {}
        self._datasets = dict(here.datasets) if here else {}
        self._recipes = dict(here.recipes) if here else {}
        self._metrics = dict(here.metrics) if here else {}

    def file(self, rows: Sequence[Complete]) -> ResultFile:
        """Return the file with the cells of some rows added."""
        for ids, field in (
            (self._model_ids, "model"),
            (self._dataset_ids, "dataset"),
            (self._recipe_ids, "recipe"),
        ):
            # In the order of names, so that ids do not depend on the order of rows.
            for name in sorted({getattr(row, field) for row in rows} - {None}):
                ids.id(name)
        origin = self._origin(rows)
        made = [(self._cell(row, origin), row.row.where) for row in rows]
        cells = self._united(made)
        return ResultFile(
            format="benchfolio-results",
            version=VERSION,
            release=self._key[0],
            platform=self._platform(rows),
            origin=origin,
            suite=self._here.suite if self._here else None,
            software=self._software(rows),
            acceptance=self._here.acceptance if self._here else {},
            metrics=self._metrics,
            models=self._models,
            datasets=self._datasets,
            recipes=self._recipes,
            artefacts=self._here.artefacts if self._here else {},
            documents=self._here.documents if self._here else (),
            races=self._here.races if self._here else {},
            cells=cells,
        )

    def _tools(self, rows: Sequence[Complete]) -> list[str]:
        return sorted({self._reports[row.report].tool for row in rows})

    def _origin(self, rows: Sequence[Complete]) -> Origin:
        if self._here is not None:
            return self._here.origin
        return Origin(kind="imported", tool=", ".join(self._tools(rows)))

    def _platform(self, rows: Sequence[Complete]) -> Platform:
        label = self._order.label
        if self._here is None:
            return Platform(id=self._key[1], label=label or min(row.platform for row in rows))
        if label not in (None, self._here.platform.label):
            raise WrongUsage(
                Problem(
                    where="--platform-label",
                    what="the platform has another label already",
                    expected=self._here.platform.label,
                    got=label or "",
                    remedy="leave it out, or correct the label in the result file",
                )
            )
        return self._here.platform

    def _software(self, rows: Sequence[Complete]) -> dict[str, str]:
        """Return versions; what differs between reports stands in the cells alone."""
        stated: dict[str, set[str]] = defaultdict(set)
        for where in {row.report for row in rows}:
            for name, version in self._reports[where].software.items():
                stated[name].add(version)
        agreed = {name: found.pop() for name, found in stated.items() if len(found) == 1}
        return agreed | (self._here.software if self._here else {})

    def _cell(self, complete: Complete, origin: Origin) -> Cell:
        row = complete.row
        report = self._reports[complete.report]
        model, task = self._model(complete, report)
        for metric in sorted({*row.values, *(claim.metric for claim in row.claims)}):
            self._define(metric, complete, report)
        own = Origin(kind="imported", tool=report.tool)
        return Cell(
            model=model,
            task=task,
            scenario=complete.scenario,
            precision=complete.precision,
            recipe=self._recipe(complete, report),
            runtime=slug(complete.runtime),
            runtime_version=complete.runtime_version,
            device=complete.device,
            dataset=self._dataset(complete, report),
            form=row.form,
            batch=complete.batch,
            shape=complete.shape,
            load=complete.load,
            state=row.state,
            reason=row.reason,
            values=row.values,
            claims=row.claims,
            settings=row.settings,
            started=row.started,
            seconds=row.seconds,
            command=row.command,
            note=row.note,
            origin=own if own != origin else None,
        )

    def _model(self, row: Complete, report: Report) -> tuple[str, str | None]:
        """Describe a model; return its id, and the task where it is not the model's own."""
        id_ = self._model_ids.id(row.model)
        said = report.models.get(row.model, Model(name=row.model))
        task = row.task and slug(row.task)
        known = self._models.get(id_)
        if known is None:
            self._models[id_] = msgspec.structs.replace(said, task=said.task or task)
            return id_, None if task == self._models[id_].task else task
        known = msgspec.structs.replace(known, task=known.task or task)
        self._models[id_] = _joined(known, said, f"{row.row.where}: model {row.model}", ("name",))
        return id_, None if task == self._models[id_].task else task

    def _dataset(self, row: Complete, report: Report) -> str | None:
        if row.dataset is None:
            return None
        id_ = self._dataset_ids.id(row.dataset)
        said = report.datasets.get(row.dataset, Dataset(name=row.dataset))
        at = f"{row.row.where}: data set {row.dataset}"
        self._datasets[id_] = _joined(self._datasets.get(id_, said), said, at, ("name",))
        return id_

    def _recipe(self, row: Complete, report: Report) -> str:
        id_ = self._recipe_ids.id(row.recipe)
        said = report.recipes.get(row.recipe)
        if said is None:
            method = id_ if id_ in METHODS else "unknown"
            self._recipes.setdefault(id_, Recipe(method=method, label=row.recipe))
            return id_
        at = f"{row.row.where}: recipe {row.recipe}"
        self._recipes[id_] = _joined(self._recipes.get(id_, said), said, at, ("label",))
        return id_

    def _define(self, metric: str, row: Complete, report: Report) -> None:
        """Make sure that a metric has a unit and a direction that somebody stated."""
        stated = self._order.stated.directions.get(metric)
        value = row.row.values.get(metric)
        known = METRICS.get(metric) or report.metrics.get(metric) or self._metrics.get(metric)
        if known is None:
            if stated is None:
                raise WrongUsage(_no_direction(metric, row.row))
            unit = value.unit if value else next(c.unit for c in row.row.claims)
            known = Metric(
                label=metric,
                unit=unit,
                direction=Direction(stated),
                kind=Kind.QUALITY if row.scenario is Scenario.ACCURACY else Kind.SPEED,
                definition=f"as {report.tool} computes it",
            )
        elif stated is not None and stated != known.direction:
            raise WrongUsage(_other_direction(metric, known, row.row))
        if value is not None and value.unit != known.unit:
            raise BadInput(_other_unit(metric, known.unit, value.unit, row.row))
        if metric not in METRICS:
            at = f"{row.row.where}: metric {metric}"
            self._metrics[metric] = _joined(self._metrics.get(metric, known), known, at, _WORDS)

    def _united(self, made: Sequence[tuple[Cell, str]]) -> tuple[Cell, ...]:
        """Return the cells that were there and those that are new."""
        by_key: dict[tuple[str, ...], list[tuple[Cell, str]]] = defaultdict(list)
        for cell, where in made:
            by_key[cell_key(cell)].append((cell, where))
        cells = {cell_key(cell): cell for cell in (self._here.cells if self._here else ())}
        for key, found in by_key.items():
            if len(found) > 1:
                self.problems.append(_twice(found))
                continue
            cell, where = found[0]
            if key in cells and cells[key] != cell and not self._order.replace:
                self.problems.append(_there(self._key, where, cells[key], cell))
                continue
            cells[key] = cell
        return tuple(cells[key] for key in sorted(cells))


def _joined(known: S, said: S, where: str, free: tuple[str, ...]) -> S:
    """Return a description with what it leaves open filled in.

    Raises:
        BadInput: Both say something, and not the same; fields in ``free`` may differ.
    """
    if known == said:
        return known
    changes = {}
    for name in known.__struct_fields__:
        old, new = getattr(known, name), getattr(said, name)
        if name in free or new in _BLANK or old == new:
            continue
        if old not in _BLANK:
            raise BadInput(_otherwise(where, name, old, new))
        changes[name] = new
    return msgspec.structs.replace(known, **changes)


_BLANK: tuple[object, ...] = (None, "", {}, ())
"""What a description says of what it does not know."""


def _otherwise(where: str, name: str, old: object, new: object) -> Problem:
    return Problem(
        where=f"{where}: {name}",
        what="is described otherwise elsewhere",
        expected=repr(old)[:200],
        got=repr(new)[:200],
        remedy="correct one, or give one of them another id: --id 'NAME=ID'",
    )


def _no_direction(metric: str, row: Row) -> Problem:
    return Problem(
        where=row.where,
        what=f"nobody says which way is better for the metric {metric}",
        expected="higher or lower",
        got="nothing",
        remedy=f"state it: --direction '{metric}=higher', or lower",
    )


def _other_direction(metric: str, known: Metric, row: Row) -> Problem:
    return Problem(
        where="--direction",
        what=f"turns round the direction of {metric} at {row.where}",
        expected=known.direction.value,
        got=f"not {known.direction.value}",
        remedy="leave it out",
    )


def _other_unit(metric: str, expected: str, got: str, row: Row) -> Problem:
    return Problem(
        where=row.where,
        what=f"the metric {metric} has another unit",
        expected=expected,
        got=got,
        remedy="a figure is never rescaled here: the reader must give it in the metric's unit",
    )


def _twice(found: Sequence[tuple[Cell, str]]) -> Problem:
    (cell, first), *others = sorted(found, key=lambda pair: pair[1])
    return Problem(
        where=first,
        what=f"has the same key as {', '.join(where for _, where in others[:3])}",
        expected="one cell for each key",
        got=_described(cell),
        remedy="import one of them, or state what distinguishes them (--recipe, --shape, --load)",
    )


def _there(key: tuple[str, str], where: str, old: Cell, new: Cell) -> Problem:
    return Problem(
        where=where,
        what=f"the result file {key[0]}/{key[1]}.json has this cell already, with other content",
        expected=_content(old),
        got=_content(new),
        remedy="--replace to let imported cells win; nothing was changed",
    )


def _described(cell: Cell) -> str:
    parts = (cell.model, cell.precision, cell.recipe, cell.runtime, cell.device, cell.scenario)
    return " / ".join([*parts, *([cell.shape] if cell.shape else [])])


def _content(cell: Cell) -> str:
    values = ", ".join(f"{name} {value.value:g}" for name, value in sorted(cell.values.items()))
    return f"{_described(cell)}: {values or cell.state.value}"[:300]


def _check_unused(rows: Sequence[Complete], order: Order) -> None:
    """Refuse ids and directions of names that no report has: a name was mistyped."""
    named = {folded(name) for row in rows for name in row.names()}
    metrics = {name for row in rows for name in row.row.values}
    unused = [
        *_unused("--id", order.ids, lambda name: folded(name) in named),
        *_unused("--direction", order.stated.directions, lambda name: name in metrics),
    ]
    if unused and rows:
        raise WrongUsage(unused)


def _unused(
    option: str, given: Mapping[str, str], known: Callable[[str], bool]
) -> Iterator[Problem]:
    for name in given:
        if not known(name):
            yield Problem(
                where=option,
                what="no report has this name",
                expected="a name as the reports spell it",
                got=repr(name),
                remedy="correct the name, or leave it out",
            )
