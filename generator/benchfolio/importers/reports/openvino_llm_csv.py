"""OpenVINO's published tables of language models: ``llm_models_*.csv``.

Format: ``docs/sphinx_setup/_static/benchmarks_files`` and ``download`` of openvinotoolkit/openvino.
One table a processor, named in the file's name alone; another (``llm_models_ovms.csv``) for model
servers at several rates of requests. Empty rows and columns at the end are ignored. The tokens per
second of a table are 1 / its second latency and are not taken. The same model, precision and input
size may be listed several times: which variants they were is not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchfolio.importers.reports.openvino_names import (
    FIRST,
    LLM_METRICS,
    NEXT,
    RECIPES,
    TOKENS,
    narrowest,
    one_line,
    recipe_of,
)
from benchfolio.importers.reports.parsing import amount, check_columns, parse_csv, problem, whole
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.results import BadInput, Precision, Recipe, Scenario, Value

_TABLE = ("topology", "precision", "input size", "1st latency (ms)", "2nd latency (ms)")
_SERVERS = ("product", "model", "precision", "node", "request rate")
_TOKENS = re.compile(r"throughput ?\[(tok|tokens)/s(ec)?\]")
_PLAIN = re.compile(r"[A-Z]{2,4}\d{1,2}", re.ASCII)


class OpenvinoLlmCsv:
    """Reader of a table of language models."""

    name = "openvino-llm-csv"
    title = "OpenVINO tables of language models: llm_models_*.csv and llm_models_ovms.csv"
    asks: tuple[Field, ...] = ("release", "platform", "device", "batch", "runtime_version")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by the first columns."""
        del name
        first = head.lstrip().split("\n", 1)[0].casefold()
        return first.startswith(("topology,precision,input size,", "product,model,framework,"))

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Read all rows."""
        del stated
        lines = [(line, row) for line, row in parse_csv(text, where) if any(map(str.strip, row))]
        header = [one_line(name).casefold() for name in lines[0][1]] if lines else []
        check_columns(header, (), where)
        made = [*_read(lines[1:], header, where)]
        recipes = dict(RECIPES)
        for row in made:
            if row.recipe is not None:
                unsaid = Recipe(method="unknown", label=row.recipe)
                recipes.setdefault(row.recipe, unsaid)
        return Report(
            tool="OpenVINO benchmarks, language models",
            rows=tuple(made),
            metrics=dict(LLM_METRICS),
            recipes=recipes,
        )


def _read(lines: list[tuple[int, list[str]]], header: list[str], where: str) -> Iterator[Row]:
    if set(_TABLE) <= set(header):
        make = _row
    elif set(_SERVERS) <= set(header) and any(map(_TOKENS.fullmatch, header)):
        make = _served
    else:
        expected = f"{', '.join(_TABLE)}; or {', '.join(_SERVERS)}"
        raise BadInput(problem(where, "columns are missing", expected, header))
    for line, fields in lines:
        at = f"{where}:{line}"
        if any(field.strip() for field in fields[len(header) :]):
            raise BadInput(
                problem(at, "a row wider than the header", f"{len(header)} fields", len(fields))
            )
        named = zip(header, [*fields, *[""] * len(header)], strict=False)
        yield make({name: one_line(field) for name, field in named if name}, at)


def _row(fields: dict[str, str], at: str) -> Row:
    precision, recipe = _made(fields["precision"])
    values = {
        metric: Value(value=amount(fields[column], f"{at}: {column}"), unit="ms")
        for metric, column in ((FIRST, "1st latency (ms)"), (NEXT, "2nd latency (ms)"))
        if fields[column]
    }
    if not values:
        raise BadInput(problem(at, "a row without a figure", "a latency", ""))
    memory = fields.get("max rss memory")
    return Row(
        where=at,
        model=fields["topology"],
        scenario=Scenario.LATENCY,
        precision=precision,
        recipe=recipe,
        runtime="openvino",
        shape=f"tokens={whole(fields['input size'], f'{at}: input size')}",
        values=values,
        note=f"max rss memory {memory}, unit not stated" if memory else None,
    )


def _served(fields: dict[str, str], at: str) -> Row:
    precision, recipe = _made(fields["precision"])
    throughput = next(name for name in fields if _TOKENS.fullmatch(name))
    columns = ((TOKENS, throughput, "1/s"), (NEXT, "tpot mean latency", "ms"))
    values = {
        metric: Value(value=amount(fields[column], f"{at}: {column}"), unit=unit)
        for metric, column, unit in columns
        if fields.get(column)
    }
    if not values:
        raise BadInput(problem(at, "a row without a figure", "a throughput or latency", ""))
    return Row(
        where=at,
        platform=fields["node"],
        model=fields["model"],
        scenario=Scenario.THROUGHPUT,
        precision=precision,
        recipe=recipe,
        runtime=fields["product"],
        shape=f"requests={fields['request rate']}/s",
        values=values,
        settings={"framework": fields["framework"]} if fields.get("framework") else {},
    )


def _made(text: str) -> tuple[Precision | None, str | None]:
    """Return precision and recipe: ``INT4-MIXED`` names a way of compressing, ``INT8`` none."""
    precision = narrowest(text)
    if precision is None:
        return None, None
    return precision, recipe_of(precision) if _PLAIN.fullmatch(text.upper()) else text
