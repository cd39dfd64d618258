"""The data of OpenVINO's benchmark graphs: ``graph-data-ov.json``, ``-ovms`` and ``-ovms-genai``.

Format: ``docs/sphinx_setup/_static/benchmarks_files/data`` of openvinotoolkit/openvino. The device
stands at the end of the platform's name; an empty text is no figure. Not said: version, batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from benchfolio.importers.reports.openvino_names import (
    LLM_METRICS,
    NEXT,
    RECIPES,
    TOKENS,
    one_line,
    recipe_of,
    split_platform,
)
from benchfolio.importers.reports.parsing import (
    PRECISIONS,
    amount,
    items,
    obj,
    parse_json,
    problem,
    string,
)
from benchfolio.importers.reports.types import Field, Report, Row, Stated
from benchfolio.results import BadInput, Precision, Problem, Scenario, State, Value

_KEY = re.compile(r"(token_)?([a-z]+\d+)(?:_(ovms|ov))?", re.ASCII)
_UNITS = MappingProxyType(
    {
        "throughput": (frozenset({"fps"}), "higher is better"),
        "latency": (frozenset({"ms", "msec", "msec."}), "lower is better"),
    }
)
_SERVERS: Mapping[str, str] = MappingProxyType({"Ovms": "ovms", "Vllm": "vllm"})
_PUBLISHED = "as OpenVINO publishes it: benchmark_app, one request at a time"


class OpenvinoGraph:
    """Reader of a graph's data: many platforms and models."""

    name = "openvino-graph"
    title = "OpenVINO benchmark graphs: graph-data-ov.json, -ovms.json and -ovms-genai.json"
    asks: tuple[Field, ...] = ("release", "batch", "runtime_version")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by the keys of its entries."""
        del name
        keys = ('"Platform"', '"Model"', '"Parameters"', '"Precisions"')
        return head.lstrip().startswith("[") and all(key in head for key in keys)

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Read all entries; what is neither throughput nor latency is left out by name."""
        del stated
        rows: list[Row] = []
        left_out: list[Problem] = []
        for index, raw in enumerate(items(parse_json(text, where), where)):
            at = f"{where}: $[{index}]"
            for found in _entry(obj(raw, at), at):
                if isinstance(found, Row):
                    rows.append(found)
                else:
                    left_out.append(found)
        named = {metric for row in rows for metric in row.values}
        return Report(
            tool="OpenVINO benchmarks, graph data",
            rows=tuple(rows),
            metrics={name: metric for name, metric in LLM_METRICS.items() if name in named},
            recipes=dict(RECIPES),
            left_out=tuple(left_out),
        )


def _entry(raw: dict[str, Any], at: str) -> Iterator[Row | Problem]:
    platform, device = split_platform(string(raw.get("Platform"), f"{at}.Platform"))
    model = one_line(string(raw.get("Model"), f"{at}.Model"))
    base = Row(where=at, platform=platform, device=device, model=model)
    parameters = obj(raw.get("Parameters"), f"{at}.Parameters")
    for name, parameter in parameters.items():
        place = f"{at}.Parameters.{name}"
        given = obj(parameter, place)
        for index, cells in enumerate(items(given.get("Precisions"), f"{place}.Precisions")):
            within = f"{place}.Precisions[{index}]"
            if name in _UNITS:
                _check_unit(name, given, place)
                yield from _precisions(name, obj(cells, within), base, within)
            elif name in _SERVERS:
                yield from _rates(_SERVERS[name], obj(cells, within), base, within)
            else:
                yield problem(place, "a parameter of unknown meaning", ", ".join(_UNITS), name)


def _check_unit(name: str, given: dict[str, Any], at: str) -> None:
    """Refuse other units than those that the format has.

    Raises:
        BadInput: A unit or a direction is another.
    """
    units, direction = _UNITS[name]
    unit = string(given.get("Unit"), f"{at}.Unit")
    if unit.casefold() not in units:
        raise BadInput(problem(f"{at}.Unit", "another unit", ", ".join(sorted(units)), unit))
    said = given.get("UnitDesc", direction)
    if said != direction:
        raise BadInput(problem(f"{at}.UnitDesc", "another direction", direction, said))


def _precisions(name: str, cells: dict[str, Any], base: Row, at: str) -> Iterator[Row | Problem]:
    for key, figure in cells.items():
        place = f"{at}.{key}"
        if figure in ("", None):
            continue
        found = _KEY.fullmatch(key)
        if found is None or found[2].upper() not in PRECISIONS:
            yield problem(place, "not a precision", ", ".join(sorted(PRECISIONS)), key)
            continue
        value = amount(figure, place)
        precision = PRECISIONS[found[2].upper()]
        runtime = "ovms" if found[3] == "ovms" else "openvino"
        yield _row(base, place, precision, runtime, _value(name, value, tokens=bool(found[1])))


def _value(name: str, value: float, *, tokens: bool) -> tuple[Scenario, dict[str, Value]]:
    if name == "latency":
        metric = NEXT if tokens else "latency@median"
        definition = None if tokens else _PUBLISHED
        return Scenario.LATENCY, {metric: Value(value=value, unit="ms", definition=definition)}
    return Scenario.THROUGHPUT, {TOKENS if tokens else "throughput": Value(value=value, unit="1/s")}


def _row(
    base: Row,
    where: str,
    precision: Precision,
    runtime: str,
    found: tuple[Scenario, dict[str, Value]],
) -> Row:
    scenario, values = found
    return Row(
        where=where,
        platform=base.platform,
        device=base.device,
        model=base.model,
        scenario=scenario,
        precision=precision,
        recipe=recipe_of(precision),
        runtime=runtime,
        state=State.OK,
        values=values,
    )


def _rates(runtime: str, cells: dict[str, Any], base: Row, at: str) -> Iterator[Row | Problem]:
    """Yield a row for each rate at which requests were offered."""
    throughput = obj(cells.get("Throughput", {}), f"{at}.Throughput")
    latency = obj(cells.get("Latency", {}), f"{at}.Latency")
    name, _, last = (base.model or "").rpartition(" ")
    precision = PRECISIONS.get(last.upper()) if name else None
    for rate in sorted({*throughput, *latency}):
        values = {}
        for metric, unit, figures in ((TOKENS, "1/s", throughput), (NEXT, "ms", latency)):
            if figures.get(rate) not in ("", None):
                value = amount(figures[rate], f"{at}: rate {rate}")
                values[metric] = Value(value=value, unit=unit)
        if values:
            yield Row(
                where=f"{at}: rate {rate}",
                platform=base.platform,
                device=base.device,
                model=name if precision else base.model,
                scenario=Scenario.THROUGHPUT,
                precision=precision,
                recipe=None if precision is None else recipe_of(precision),
                runtime=runtime,
                shape=f"requests={rate}/s",
                values=values,
            )
