"""Declarative table definitions: YAML files, validated with file and line in every error.

A definition in a user's own directory replaces the packaged one of the same id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from benchfolio.results import BadInput, Problem

CELL_FIELDS = (
    "platform",
    "release",
    "task",
    "model",
    "dataset",
    "form",
    "scenario",
    "precision",
    "recipe",
    "method",
    "runtime",
    "runtime_version",
    "device",
    "batch",
    "shape",
    "load",
    "format",
    "artefact",
    "origin",
    "state",
    "reason",
    "note",
    "command",
    "date",
    "publication",
    "evidence",
    "compared",
    "ratio",
    "pattern",
    "criterion",
    "balance",
    "comment",
    "teacher",
    "distributed",
)
"""Fields of a measured cell that rows, columns, filters and values may name."""

ROW_FIELDS = (*CELL_FIELDS, "metric")

ENTITY_FIELDS: Mapping[str, tuple[str, ...]] = {
    "models": (
        "model",
        "id",
        "task",
        "source",
        "link",
        "license",
        "input_size",
        "parameters",
        "description",
        "publication",
        "cells",
    ),
    "platforms": (
        "platform",
        "id",
        "processor",
        "vendor",
        "architecture",
        "isa",
        "sockets",
        "cores",
        "threads",
        "memory",
        "accelerators",
        "os",
        "release",
        "software",
    ),
    "datasets": ("dataset", "id", "split", "samples", "sha256", "license", "link"),
    "losses": (
        "task",
        "precision",
        "measured_median",
        "measured_worst",
        "measured_n",
        "transcribed_median",
        "transcribed_worst",
        "transcribed_n",
    ),
    "publications": (
        "publication",
        "release",
        "models",
        "platforms",
        "figures",
        "tested",
        "link",
    ),
}
"""Fields of the tables that list what is described, not what was measured."""

MAX_BYTES = 256 * 1024
Texts = str | int | list[str | int]


class Not(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A filter turned round."""

    unwanted: Texts = msgspec.field(name="not")


class ValueSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value column.

    Attributes:
        metric: Metric id, or ``quality``: the quality metric of the row or of the model's task.
        field: A field of the cell, instead of a metric.
        derive: What to compute from the metric.
        of: Whose value: the cell's own, that of the baseline it is compared with, or that of the
            teacher of a distillation.
        scenario: Where the metric or field is taken from, when not from where it is measured.
        label: Lower header; made from the metric when left out.
        group: Upper header.
        decimals: Overrules the choice by uncertainty.
        once: Stands before the columns that are spread, and is the same for all of them.
        optional: A field that is shown only where it varies.
    """

    metric: str | None = None
    field: str | None = None
    derive: Literal["change", "relative-change", "drop", "gain", "verdict", "coverage"] | None = (
        None
    )
    of: Literal["candidate", "baseline", "teacher"] = "candidate"
    scenario: Literal["accuracy", "latency", "throughput"] | None = None
    label: str = ""
    group: str = ""
    decimals: Annotated[int, Meta(ge=0, le=6)] | None = None
    once: bool = False
    optional: bool = False

    @property
    def id(self) -> str:
        """Name of the column, made from what it shows."""
        base = None if self.of == "candidate" else self.of
        return "-".join(part for part in (base, self.derive, self.metric, self.field) if part)


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table.

    Attributes:
        about: ``results`` (rows are made from measured cells), or what is listed.
        origin: ``measured`` (imported figures among them), ``transcribed`` from publications, or
            ``any``: the two are never mixed unless a definition asks for it.
        releases: ``newest`` of each platform, ``all``, or a list.
        filter: Accepted values by field, or ``{not: …}``.
        rows: Fields that make a row, in order.
        last: Those of rows that stand behind the values.
        columns: Fields spread over the upper header.
        optional: Those of rows and columns that are shown only where they vary.
        values: What is shown for each row and column.
        least: Rows with a value in fewer of the columns are left out.
        apart: By how much one column may differ from the median of the others before a last
            column names it.
        candidate: What formulas call the candidate; its precision when left out.
        baseline: What formulas call the baseline.
        sort: Row fields or ids of values, ``-`` before one turns it round; the rows' own order
            when left out.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$(?!\n)")]
    title: Annotated[str, Meta(min_length=1)]
    description: str = ""
    about: Literal["results", "models", "platforms", "datasets", "losses", "publications"] = (
        "results"
    )
    origin: Literal["measured", "transcribed", "any"] = "measured"
    releases: str | list[str] = "newest"
    filter: dict[str, Texts | Not] = {}
    rows: Annotated[list[str], Meta(min_length=1)]
    optional: list[str] = []
    last: list[str] = []
    columns: list[str] = []
    values: Annotated[list[ValueSpec], Meta(min_length=1)]
    least: Annotated[int, Meta(ge=1, le=99)] = 1
    apart: Annotated[float, Meta(gt=0)] | None = None
    candidate: str = ""
    baseline: str = "FP32"
    sort: list[str] = []
    notes: list[str] = []


def parse(text: str, where: str) -> Definition:
    """Read one definition.

    Raises:
        BadInput: Not YAML, or not a definition; with file and line.
    """
    raw = _yaml(text, where)
    try:
        definition = msgspec.convert(_plain(raw), Definition)
    except msgspec.ValidationError as error:
        raise BadInput(_misfit(raw, str(error), where)) from error
    problems = [
        Problem(
            where=_place(raw, path, where)[0],
            what=what,
            expected=expected,
            got=got,
            remedy=remedy,
        )
        for path, what, expected, got, remedy in _mistakes(definition)
    ]
    if problems:
        raise BadInput(problems)
    return definition


_REMEDY = "see templates/README.md, or copy a packaged definition"


def _misfit(raw: Any, error: str, where: str) -> Problem:  # noqa: ANN401 - whatever YAML holds
    what, _, path = error.partition(" - at `")
    path = path.rstrip("`") or "$"
    expected, _, got = what.removeprefix("Expected ").partition(", got ")
    place, found = _place(raw, path, where)
    return Problem(
        where=place,
        what=f"{path} is not what a table definition has there",
        expected=expected,
        got=got or repr(_plain(found))[:80],
        remedy='put numbers with a point in quotes, as "2026.1"' if "float" in got else _REMEDY,
    )


def packaged() -> Path:
    """Return the folder of the definitions that come with benchfolio."""
    here = Path(__file__).resolve()
    shipped = here.parent / "templates" / "tables"
    return shipped if shipped.is_dir() else here.parents[3] / "templates" / "tables"


def load_definitions(own: Iterable[Path] = ()) -> dict[str, Definition]:
    """Read the packaged definitions and those in a user's folders; later ones replace earlier.

    Args:
        own: Folders with ``*.yaml``; one that does not exist is ignored.

    Returns:
        Definitions by id, sorted.

    Raises:
        BadInput: A definition is wrong; all problems of all files at once.
    """
    found: dict[str, Definition] = {}
    problems: list[Problem] = []
    for folder in (packaged(), *own):
        for path in sorted(folder.glob("*.yaml")):
            where = f"{folder.name}/{path.name}"
            try:
                definition = parse(_text(path, where), where)
                found[definition.id] = definition
            except BadInput as error:
                problems += error.problems
    if problems:
        raise BadInput(problems)
    return dict(sorted(found.items()))


def _text(path: Path, where: str) -> str:
    try:
        data = path.read_bytes()[: MAX_BYTES + 1]
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            Problem(where=where, what="cannot be read", expected="text in UTF-8", got=str(error))
        ) from error
    if len(data) > MAX_BYTES:
        raise BadInput(
            Problem(where=where, what="too large", expected=f"at most {MAX_BYTES} bytes")
        )
    return text


def _yaml(text: str, where: str) -> Any:  # noqa: ANN401 - whatever YAML holds
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        raw = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        at = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        raise BadInput(_not_yaml(at, str(error.problem))) from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise BadInput(_not_yaml(where, str(error)[:200])) from error
    if not isinstance(raw, dict):
        raise BadInput(_not_yaml(where, type(raw).__name__))
    return raw


def _not_yaml(where: str, got: str) -> Problem:
    return Problem(
        where=where,
        what="not a YAML mapping",
        expected="a table definition",
        got=got,
        remedy="check indentation and quotes",
    )


def _plain(node: object, depth: int = 0) -> object:
    """Strip the round-trip types of the YAML reader; depth is bounded, also with aliases."""
    if depth > 8:
        return "nested too deeply"
    if isinstance(node, dict):
        return {str(key): _plain(value, depth + 1) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item, depth + 1) for item in node]
    if isinstance(node, float):
        return float(node)
    if isinstance(node, str):
        return str(node)
    return node


def _place(raw: Any, path: str, where: str) -> tuple[str, Any]:  # noqa: ANN401 - whatever YAML holds
    """Return file and line of a path such as ``$.values[1].metric``, and what stands there."""
    node, line = raw, 0
    for name, index in re.findall(r"\.([A-Za-z_-]+)|\[([0-9]+)\]", path):
        key: Any = name or int(index)
        try:
            line = node.lc.key(key)[0] if name else node.lc.item(key)[0]
            node = node[key]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return f"{where}:{line + 1}", node


Mistake = tuple[str, str, str, str, str]


def _mistakes(definition: Definition) -> Iterator[Mistake]:
    """Yield what types cannot say, as (path, what, expected, got, remedy)."""
    if definition.about == "results":
        yield from _unknown("filter", definition.filter, CELL_FIELDS)
        yield from _unknown("rows", definition.rows, ROW_FIELDS)
        yield from _unknown("columns", definition.columns, CELL_FIELDS)
        spread = (*definition.rows, *definition.columns)
        yield from _unknown("optional", definition.optional, spread)
        yield from _unknown("last", definition.last, tuple(definition.rows))
    else:
        fields = ENTITY_FIELDS[definition.about]
        yield from _unknown("rows", definition.rows, fields)
        yield from _unknown("filter", definition.filter, fields)
        yield from _unknown("columns", definition.columns, ())
    sortable = (*definition.rows, *(spec.id for spec in definition.values))
    yield from _unknown("sort", [name.removeprefix("-") for name in definition.sort], sortable)
    seen: set[str] = set()
    for index, spec in enumerate(definition.values):
        yield from _wrong_value(definition, spec, f"$.values[{index}]")
        if (name := f"{spec.group}/{spec.scenario}/{spec.id}") in seen:
            yield (
                f"$.values[{index}]",
                "shows the same as another value",
                "each value once",
                spec.id,
                "remove it",
            )
        seen.add(name)


def _unknown(part: str, names: Iterable[str], known: tuple[str, ...]) -> Iterator[Mistake]:
    for index, name in enumerate(names):
        if name not in known:
            path = f"$.{part}.{name}" if part == "filter" else f"$.{part}[{index}]"
            expected = f"one of {', '.join(known)}" if known else "nothing"
            yield (
                path,
                f"{part} names a field that there is not",
                expected,
                repr(name),
                "correct it",
            )


def _wrong_value(definition: Definition, spec: ValueSpec, path: str) -> Iterator[Mistake]:
    whole = spec.derive in ("verdict", "coverage")
    stated = [name for name in (spec.metric, spec.field) if name is not None]
    if len(stated) != (0 if whole else 1):
        expected = "neither metric nor field" if whole else "a metric or a field, not both"
        got = ", ".join(stated) or "neither"
        yield path, "does not say what to show", expected, got, "give one of them"
    if spec.derive and spec.field:
        yield path, "derives from a field", "a metric", spec.field, "name a metric"
    if definition.about != "results":
        fields = ENTITY_FIELDS[definition.about]
        if spec.field not in fields:
            what = f"{definition.about} have no such field"
            yield path, what, f"field: one of {', '.join(fields)}", str(spec.id), "correct it"
    elif spec.field is not None and spec.field not in ROW_FIELDS:
        expected = f"one of {', '.join(ROW_FIELDS)}"
        yield f"{path}.field", "not a field", expected, spec.field, "correct it"
