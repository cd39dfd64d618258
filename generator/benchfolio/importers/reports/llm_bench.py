"""llm_bench of OpenVINO GenAI: its report as JSON (``-rj``) and as CSV (``-r``).

Format: ``tools/llm_bench/llm_bench_utils/output_{json,csv}.py`` of openvinotoolkit/openvino.genai.
Iteration 0 of each prompt is its warm-up. The tool's own averages leave out the very first entry
alone, and mix prompts; here each prompt is a cell, and its value the median of its iterations after
the warm-up. A text that is empty, ``NA`` or negative is no figure. Time per token and tokens per
second follow from what is taken. Models that generate no text have steps in the place of tokens,
which the report does not say: they are known by their missing output size, and left out.
"""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import msgspec

from benchfolio.importers.reports.openvino_names import FIRST, LLM_METRICS, NEXT, narrowest
from benchfolio.importers.reports.parsing import (
    check_columns,
    items,
    number,
    obj,
    parse_csv,
    parse_json,
    problem,
    whole,
)
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.importers.reports.units import SIZE, scaled
from benchfolio.results import BadInput, Problem, Scenario, Value
from benchfolio.results.types import Scalar

_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "1st_latency(ms)": "first_latency",
        "2nd_avg_latency(ms)": "second_avg_latency",
        "pretrain_time(s)": "compile_time",
    }
)
"""Columns of the CSV → keys of the JSON, where they differ in more than a unit."""

_UNIT = re.compile(r"(\w{1,60})\((MiB|GiB|KiB)\)", re.ASCII)
_RUNTIMES: Mapping[str, str] = MappingProxyType({"ov": "openvino", "pt": "pytorch"})
_MISSING = ("", None, "NA", "N/A")
_NEEDED = ("iteration", "model", "framework", "device", "precision", "prompt_idx")


class _Run(msgspec.Struct, frozen=True, kw_only=True):
    """A report whatever its form.

    Attributes:
        about: Model, framework, device, precision, beams and batch size.
        iterations: Place and figures of each.
        load: Seconds that loading and compiling took.
        memory_unit: Unit of memory figures; ``None`` where the report does not say.
    """

    about: dict[str, Any]
    iterations: list[tuple[str, dict[str, Any]]]
    load: object
    memory_unit: str | None


class LlmBench:
    """Reader of one run: one latency cell for each prompt."""

    name = "llm-bench"
    title = "llm_bench (OpenVINO GenAI): its JSON (-rj) and CSV (-r) reports"
    asks: tuple[Field, ...] = ("release", "platform", "recipe", "runtime_version")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by the sections of the JSON, or the columns of the CSV."""
        del name
        start = head.lstrip()
        if start.startswith("{"):
            return '"perfdata"' in head and '"metadata"' in head
        return start.startswith("iteration,model,framework,device,pretrain_time(s)")

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Read a run."""
        del stated
        is_json = text.lstrip().startswith("{")
        run = _from_json(text, where) if is_json else _from_csv(text, where)
        prompts: dict[int, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        for at, figures in run.iterations:
            prompt = _index(figures.get("prompt_idx"), f"{at}: prompt_idx")
            prompts[prompt].append((at, figures))
        found = [_row(run, prompt, prompts[prompt]) for prompt in sorted(prompts)]
        rows = tuple(each for each in found if isinstance(each, Row))
        named = {metric for row in rows for metric in row.values}
        return Report(
            tool="llm_bench",
            rows=rows,
            metrics={name: metric for name, metric in LLM_METRICS.items() if name in named},
            left_out=tuple(each for each in found if isinstance(each, Problem)),
        )


def _from_json(text: str, where: str) -> _Run:
    root = obj(parse_json(text, where), where)
    data = obj(root.get("perfdata"), f"{where}: $.perfdata")
    results = items(data.get("results"), f"{where}: $.perfdata.results")
    return _Run(
        about=obj(root.get("metadata"), f"{where}: $.metadata"),
        iterations=[
            (at, obj(each, at))
            for index, each in enumerate(results)
            for at in [f"{where}: $.perfdata.results[{index}]"]
        ],
        load=data.get("compile_time"),
        memory_unit=_memory_unit(data),
    )


def _from_csv(text: str, where: str) -> _Run:
    """Read the rows of iterations; averages and comments below them are not taken."""
    lines = parse_csv(text, where)
    header = lines[0][1] if lines else []
    names = [_UNIT.sub(r"\1", _COLUMNS.get(name, name)) for name in header]
    check_columns(names, _NEEDED, where)
    iterations = []
    for line, fields in lines[1:]:
        if fields and re.fullmatch(r"\d{1,9}", fields[0], re.ASCII):
            if len(fields) != len(names):
                at = f"{where}:{line}"
                raise BadInput(
                    problem(at, "a row of another width", f"{len(names)} fields", len(fields))
                )
            iterations.append((f"{where}:{line}", dict(zip(names, fields, strict=True))))
    first = iterations[0][1] if iterations else {}
    return _Run(
        about=first,
        iterations=iterations,
        load=first.get("compile_time"),
        memory_unit=_memory_unit(header),
    )


def _memory_unit(names: Iterable[str]) -> str | None:
    """Return the unit that names of figures give for memory; MB of older versions is ambiguous."""
    units = {found[2] for found in map(_UNIT.fullmatch, names) if found and "mem" in found[1]}
    return units.pop() if len(units) == 1 else None


def _row(run: _Run, prompt: int, iterations: list[tuple[str, dict[str, Any]]]) -> Row | Problem:
    """Return the cell of a prompt, or why there is none."""
    at = iterations[0][0]
    measured = [
        (place, figures)
        for place, figures in iterations
        if _index(figures.get("iteration"), f"{place}: iteration") > 0
    ]
    if not measured:
        return problem(at, f"prompt {prompt} ran its warm-up alone", "iteration 1 and on", "none")
    if all(figures.get("output_size") in _MISSING for _, figures in measured):
        return problem(at, f"prompt {prompt} generated no text", "an output size", "none")
    values = _values(run, measured)
    if not values:
        return problem(at, f"prompt {prompt} has no latency", "a figure", "none")
    about = run.about
    framework = _text(about, "framework")
    sizes = {str(figures.get("input_size")) for _, figures in measured}
    tokens = f",tokens={sizes.pop()}" if len(sizes) == 1 else ""
    return Row(
        where=at,
        model=_text(about, "model"),
        task="text-generation",
        scenario=Scenario.LATENCY,
        precision=narrowest(_text(about, "precision") or ""),
        runtime=_RUNTIMES.get(framework or "", framework),
        device=_text(about, "device"),
        batch=None
        if about.get("batch_size") in _MISSING
        else whole(about["batch_size"], f"{at}: batch_size"),
        shape=f"prompt={prompt}{tokens}"[:200],
        values=values,
        settings=_settings(about),
    )


def _values(run: _Run, measured: list[tuple[str, dict[str, Any]]]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for metric, key in ((FIRST, "first_latency"), (NEXT, "second_avg_latency")):
        figures = _figures(measured, key)
        if figures:
            values[metric] = Value(
                value=statistics.median(figures),
                unit="ms",
                n=len(figures),
                definition="median of the iterations after the warm-up",
            )
    memory = _figures(measured, "max_rss_mem")
    if values and memory and run.memory_unit:
        most = scaled(max(memory), SIZE[run.memory_unit], measured[0][0])
        values["memory@peak"] = Value(value=most, unit="MiB")
    load = _figure(run.load, f"{measured[0][0]}: compile_time")
    if values and load is not None:
        at = f"{measured[0][0]}: compile_time"
        values["time@load"] = Value(value=scaled(load, Fraction(1000), at), unit="ms")
    return values


def _figures(measured: list[tuple[str, dict[str, Any]]], key: str) -> list[float]:
    found = (_figure(figures.get(key), f"{place}: {key}") for place, figures in measured)
    return [figure for figure in found if figure is not None]


def _figure(value: object, at: str) -> float | None:
    """Return a figure; ``None`` for the tool's ways of saying that there is none."""
    if value in _MISSING:
        return None
    found = number(value, at)
    return None if found < 0 else found


def _index(value: object, at: str) -> int:
    found = number(value, at)
    if found < 0 or found != int(found) or found > 2**53:
        raise BadInput(problem(at, "not an index", "0 or more", value))
    return int(found)


def _text(about: dict[str, Any], key: str) -> str | None:
    value = about.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _settings(about: dict[str, Any]) -> dict[str, Scalar]:
    beams = about.get("num_beams")
    kept = isinstance(beams, int | str) and beams not in _MISSING
    found: dict[str, Scalar] = {"num_beams": str(beams)[:20]} if kept else {}
    precision = _text(about, "precision")
    return found | ({"precision": precision[:200]} if precision else {})
