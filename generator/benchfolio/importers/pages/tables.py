"""A page's tables, read as a mapping says, become result files of the contract.

Figures are carried as they stand, mistakes included: nothing is rescaled, moved or left out. What
is wrong with them is for ``benchfolio check`` to say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from string import Template
from typing import TypeVar

import msgspec

from benchfolio.importers.names import Ids, slug
from benchfolio.importers.pages.documents import Page
from benchfolio.importers.pages.figures import Figure, parse_figures
from benchfolio.importers.pages.grids import Grid, GridCell, bad
from benchfolio.importers.pages.mapping import (
    FIGURE_KINDS,
    LOAD,
    Mapping,
    Reading,
    Shape,
    Table,
    Word,
)
from benchfolio.results import (
    VERSION,
    BadInput,
    Cell,
    Claim,
    Dataset,
    Distillation,
    Document,
    Load,
    Model,
    Origin,
    Precision,
    Problem,
    Pruning,
    Published,
    Recipe,
    ResultFile,
    State,
    Value,
    validate,
)

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Summary:
    """What was read of one table; ``mapped`` is false for one that no mapping speaks of."""

    heading: str
    rows: int
    cells: int = 0
    values: int = 0
    claims: int = 0
    mapped: bool = True


@dataclass(frozen=True, slots=True)
class Imported:
    """What a page became.

    Attributes:
        files: One file a platform, in the order of the mapping.
        tables: One summary a table of the page.
        problems: Everything that was not understood; the files are without it.
    """

    files: tuple[ResultFile, ...]
    tables: tuple[Summary, ...]
    problems: tuple[Problem, ...]


def import_page(page: Page, mapping: Mapping, where: str) -> Imported:
    """Carry the tables of a page into the contract.

    Args:
        page: The page.
        mapping: What its tables say.
        where: How problems name the document.
    """
    work = _Work(mapping, where)
    summaries = [work.read(grid, table) for grid, table in _matched(page, work)]
    files = tuple(work.files(page))
    problems = [*work.problems]
    for file in files:
        problems += validate(file, f"{where}: {file.platform.id}")
    return Imported(files, tuple(summaries), tuple(problems))


def _matched(page: Page, work: _Work) -> Iterator[tuple[Grid, Table | None]]:
    """Pair the tables of the page with those of the mapping; report those that are not there."""
    wanted = {(table.heading, table.number): table for table in work.mapping.tables}
    seen: dict[str, int] = defaultdict(int)
    for grid in page.tables:
        seen[grid.heading] += 1
        yield grid, wanted.pop((grid.heading, seen[grid.heading]), None)
    for heading, number in wanted:
        headings = ", ".join(repr(grid.heading) for grid in page.tables) or "no tables"
        work.problems.append(
            Problem(
                where=work.where,
                what="a table that the mapping describes is not in the document",
                expected=f"table {number} under the heading {heading!r}",
                got=headings,
                remedy="correct the heading in the mapping, or take the table out of it",
            )
        )


@dataclass(slots=True)
class _Draft:
    """What a row says about one contract cell."""

    values: dict[str, Figure] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    word: Word | None = None
    printed_metric: str | None = None


@dataclass(slots=True)
class _Row:
    """One row while it is read: its texts by kind, and drafts by cell id."""

    where: str
    number: int
    texts: dict[str, str] = field(default_factory=dict)
    printed_name: dict[str, str] = field(default_factory=dict)
    link: str | None = None
    drafts: dict[str, _Draft] = field(default_factory=lambda: defaultdict(_Draft))


class _Work:
    """Everything gathered from one page; one use."""

    def __init__(self, mapping: Mapping, where: str) -> None:
        self.mapping = mapping
        self.where = where
        self.problems: list[Problem] = []
        self._model_ids = Ids()
        self._models: dict[str, Model] = {}
        self._datasets: dict[str, Dataset] = {}
        self._recipes: dict[str, Recipe] = dict(mapping.recipes)
        self._cells: dict[str, list[Cell]] = {platform.id: [] for platform in mapping.platforms}
        self._plain: dict[str, list[str]] = defaultdict(list)
        self._metrics = {name.casefold(): id_ for name, id_ in mapping.metric_names.items()}
        self._words = {word.casefold(): meaning for word, meaning in mapping.words.items()}

    def read(self, grid: Grid, table: Table | None) -> Summary:
        """Read one table; its problems are kept."""
        if table is None:
            return Summary(grid.heading, len(grid.rows), mapped=False)
        at = f"{self.where}:{grid.line}: table {grid.heading!r}"
        labels = tuple(column.label for column in table.columns)
        if labels != grid.labels:
            self.problems.append(_other_columns(at, labels, grid.labels))
            return Summary(grid.heading, len(grid.rows))
        cells: list[Cell] = []
        for number, cells_of_row in enumerate(grid.rows, 1):
            try:
                row = self._row(table, cells_of_row, f"{at}, row {number}", number)
                cells += self._made(table, row)
            except BadInput as error:
                self.problems += error.problems
        return Summary(
            grid.heading,
            len(grid.rows),
            len(cells),
            sum(len(cell.values) for cell in cells),
            sum(len(cell.claims) for cell in cells),
        )

    def files(self, page: Page) -> Iterator[ResultFile]:
        """Yield one result file a platform; the first also carries the outline of the page."""
        publication = self.mapping.publication
        outline = Document(title=publication.title, headings=page.headings, contents=page.contents)
        for number, platform in enumerate(self.mapping.platforms):
            cells = self._cells[platform.id]
            models = {cell.model for cell in cells} | set(self._plain[platform.id])
            recipes = {cell.recipe for cell in cells}
            datasets = {cell.dataset for cell in cells}
            metrics = {name for cell in cells for name in cell.values}
            metrics |= {claim.metric for cell in cells for claim in cell.claims}
            yield ResultFile(
                format="benchfolio-results",
                version=VERSION,
                release=self.mapping.release,
                platform=platform,
                origin=Origin(
                    kind="transcribed",
                    publication=msgspec.structs.replace(
                        publication, tested=self.mapping.tested.get(platform.id)
                    ),
                ),
                metrics=_only(self.mapping.metrics, metrics),
                models=_only(self._models, models),
                datasets=_only(self._datasets, datasets),
                recipes=_only(self._recipes, recipes),
                documents=() if number else (outline,),
                cells=tuple(cells),
            )

    def _row(self, table: Table, cells: tuple[GridCell, ...], where: str, number: int) -> _Row:
        """Read the texts of a row, then its values, then its claims, which need the values."""
        if len(cells) != len(table.columns):
            raise BadInput(
                bad(where, "a row of another width", f"{len(table.columns)} cells", f"{len(cells)}")
            )
        row = _Row(where, number)
        readings = [
            (reading, cell, f"{where}, column {column.label!r}")
            for column, cell in zip(table.columns, cells, strict=True)
            for reading in column.read
        ]
        for column, cell in zip(table.columns, cells, strict=True):
            _check_lines(column.read, cell, f"{where}, column {column.label!r}")
        for reading, cell, _ in readings:
            if reading.kind not in (*FIGURE_KINDS, "ignored"):
                _take_text(row, reading, cell)
        for kind in FIGURE_KINDS:
            for reading, cell, at in readings:
                if reading.kind == kind:
                    self._take_figures(row, reading, cell, at)
        return row

    def _take_figures(self, row: _Row, reading: Reading, cell: GridCell, at: str) -> None:
        text = _part(reading, cell)
        draft = row.drafts[reading.of or ""]
        if not text:
            return
        word = self._words.get(text.casefold())
        if word is not None:
            draft.word = word
            return
        found = parse_figures(text, at)
        known = list(draft.values)
        for index, figure in enumerate(found.figures):
            # Claims printed without names are in the order of the values that they belong to.
            fallback = known[index] if len(known) == len(found.figures) else None
            metric = self._metric(row, reading, figure, fallback, at)
            if reading.kind == "claims":
                draft.claims.append(_claim(reading, metric, figure))
            elif metric in draft.values:
                raise BadInput(bad(at, "two values of one metric", "one", repr(text)))
            else:
                draft.values[metric] = figure
                draft.units[metric] = figure.unit or reading.unit
        if draft.printed_metric is None:
            draft.printed_metric = found.names or row.texts.get("metric printed")

    def _metric(
        self, row: _Row, reading: Reading, figure: Figure, fallback: str | None, at: str
    ) -> str:
        name = figure.name or row.texts.get("metric", "")
        if name:
            metric = self._metrics.get(name.casefold())
            if metric is None:
                known = ", ".join(self.mapping.metric_names) or "none"
                raise BadInput(
                    Problem(
                        where=at,
                        what="a metric that the mapping does not know",
                        expected=f"one of {known}",
                        got=repr(name),
                        remedy="add it to metric_names of the mapping",
                    )
                )
            return metric
        metric = reading.metric or (fallback if reading.kind == "claims" else None)
        if metric is None:
            raise BadInput(bad(at, "a figure of no metric", "its name, or one in the mapping", ""))
        return metric

    def _made(self, table: Table, row: _Row) -> list[Cell]:
        """Make the cells of a row and describe what they name."""
        name = row.texts.get("model", "")
        if not name:
            raise BadInput(bad(row.where, "a row without a model", "a name", "nothing"))
        task = row.texts.get("task") or table.task or self._task(row)
        model = self._describe(name, row, task)
        if not table.cells:
            self._plain[table.defaults.platform or self.mapping.platforms[0].id].append(model)
        made = []
        for shape in table.cells:
            whole = shape.over(table.defaults)
            draft = row.drafts[shape.id]
            if not (draft.values or draft.claims or draft.word):
                raise BadInput(
                    bad(
                        row.where,
                        f"says nothing for the cell {shape.id!r}",
                        "a figure, or a word that the mapping knows",
                        "nothing",
                    )
                )
            made.append((whole.platform or "", self._cell(whole, draft, row, table, task)))
        for platform, cell in made:
            self._cells[platform].append(cell)
        return [cell for _, cell in made]

    def _cell(self, shape: Shape, draft: _Draft, row: _Row, table: Table, task: str | None) -> Cell:
        who = shape.model or "model"
        model = self._model_ids.id(row.texts[who])
        if who == "teacher":
            self._describe(row.texts[who], None, task)
        state = draft.word.state if draft.word else State.OK
        assert shape.scenario is not None
        load, batch = _load(shape.load)
        own_task = self._models[model].task
        return Cell(
            model=model,
            task=task if task != own_task else None,
            scenario=shape.scenario,
            precision=_precision(shape, row),
            recipe=self._recipe(shape, row),
            runtime=shape.runtime or "",
            runtime_version=shape.runtime_version,
            device=shape.device or "",
            dataset=self._dataset(row),
            form=_substituted(shape.form, row) or row.texts.get("form"),
            load=load,
            batch=batch,
            state=state,
            reason=draft.word.reason if draft.word else None,
            values={
                metric: Value(value=found.value, unit=draft.units[metric], printed=found.printed)
                for metric, found in draft.values.items()
            },
            claims=tuple(draft.claims),
            published=Published(
                table=table.heading or f"table {table.number}",
                row=row.number,
                name=row.printed_name[who],
                metric=draft.printed_metric,
            ),
        )

    def _recipe(self, shape: Shape, row: _Row) -> str:
        text = _substituted(shape.recipe, row) or ""
        if shape.made is None:
            return text
        id_ = slug(text)
        teacher = row.texts.get("teacher")
        comment = row.texts.get("balance", "")
        balanced = {"balanced": True, "unbalanced": False}.get(comment)
        options = {"criterion": row.texts.get("criterion"), "comment": comment}
        if balanced is not None:
            del options["comment"]
        self._recipes[id_] = Recipe(
            method="pruning" if shape.made == "pruning" else "distillation",
            label=text,
            pruning=_pruning(row, balanced) if shape.made == "pruning" else None,
            distillation=None
            if teacher is None or shape.made == "pruning"
            else Distillation(
                teacher=self._model_ids.id(teacher),
                distributed=shape.made.startswith("distributed"),
            ),
            options={name: text for name, text in options.items() if text},
        )
        return id_

    def _dataset(self, row: _Row) -> str | None:
        name = row.texts.get("dataset")
        if not name:
            return None
        self._datasets.setdefault(slug(name), Dataset(name=name))
        return slug(name)

    def _describe(self, name: str, row: _Row | None, task: str | None) -> str:
        """Describe a model; what was said first stays."""
        id_ = self._model_ids.id(name)
        known = self._models.get(id_, Model(name=name))
        texts = row.texts if row else {}
        self._models[id_] = msgspec.structs.replace(
            known,
            task=known.task or task,
            source=known.source or texts.get("source"),
            link=known.link or (row.link if row else None),
            input_size=known.input_size or texts.get("input_size"),
            description=known.description or texts.get("description"),
        )
        return id_

    def _task(self, row: _Row) -> str | None:
        folded = f"{row.texts['model']} {row.texts.get('dataset', '')}".casefold()
        for rule in self.mapping.tasks:
            if any(word in folded for word in rule.words):
                return rule.task
        return None


def _part(reading: Reading, cell: GridCell) -> str | None:
    """Return the text that a reading is of; ``None`` where the cell has not that many lines."""
    if reading.line is None:
        return cell.plain
    return cell.lines[reading.line - 1] if reading.line <= len(cell.lines) else None


def _take_text(row: _Row, reading: Reading, cell: GridCell) -> None:
    text = _part(reading, cell)
    if not text:
        return
    kind = reading.kind
    if kind == "metric":
        row.texts["metric printed"] = text
    row.texts[kind] = reading.words.get(text, text)
    if kind == "task":
        row.texts[kind] = slug(row.texts[kind])
    if kind in ("model", "teacher"):
        row.printed_name[kind] = cell.text if reading.line is None else text
    if kind == "model":
        row.link = cell.link


def _check_lines(readings: tuple[Reading, ...], cell: GridCell, where: str) -> None:
    """Refuse lines that nothing in the mapping reads."""
    last = max((reading.line or 0 for reading in readings), default=0)
    whole = not readings or any(reading.line is None for reading in readings)
    if not whole and len(cell.lines) > last:
        raise BadInput(
            bad(where, "more lines than the mapping reads", f"at most {last}", repr(cell.text))
        )


def _claim(reading: Reading, metric: str, figure: Figure) -> Claim:
    assert reading.figure is not None
    return Claim(
        figure=reading.figure,
        metric=metric,
        value=figure.value,
        unit=figure.unit or reading.unit,
        printed=figure.printed,
        baseline=reading.baseline,
    )


def _substituted(template: str | None, row: _Row) -> str | None:
    if template is None:
        return None
    texts = defaultdict(str, {name.replace(" ", "_"): text for name, text in row.texts.items()})
    return " ".join(Template(template).safe_substitute(texts).split())


def _precision(shape: Shape, row: _Row) -> Precision:
    said = [shape.precisions[text] for text in row.texts.values() if text in shape.precisions]
    assert shape.precision is not None
    return said[0] if said else shape.precision


def _load(text: str | None) -> tuple[Load, int]:
    match = re.fullmatch(LOAD, text or "")
    if match is None:
        return Load(), 1
    sockets, cores, instances, batch = (int(part) if part else None for part in match.groups())
    load = Load(sockets=sockets, cores_per_instance=cores, instances=instances or 1)
    return load, batch or 1


def _pruning(row: _Row, balanced: bool | None) -> Pruning:
    ratio = parse_figures(row.texts.get("ratio", ""), row.where).figures[0]
    share = round(ratio.value / 100, 6) if ratio.unit == "%" else ratio.value
    if not 0 <= share <= 1:
        raise BadInput(bad(row.where, "not a share of weights", "0–100%", ratio.printed))
    return Pruning(ratio=share, pattern=row.texts.get("pattern"), balanced=balanced)


def _other_columns(where: str, expected: tuple[str, ...], got: tuple[str, ...]) -> Problem:
    return Problem(
        where=where,
        what="has other columns than the mapping says",
        expected=" | ".join(expected),
        got=" | ".join(got) or "no header",
        remedy="correct the labels in the mapping, in the order of the page",
    )


def _only(described: dict[str, V], used: Collection[str | None]) -> dict[str, V]:
    return {id_: what for id_, what in described.items() if id_ in used}
