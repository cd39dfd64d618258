"""Data of the GitHub action ``benchmark-action/github-action-benchmark``.

Format: the action's ``src/write.ts`` and ``src/extract.ts``. ``data.js`` is
``window.BENCHMARK_DATA = {lastUpdate, repoUrl, entries: {suite: [{commit, date, tool, benches:
[{name, value, unit, range?, extra?}]}]}}``, the external file the same without the assignment; and
the custom tools read a plain list of such benches.

Direction: the custom tools say it by their name (``customBiggerIsBetter``,
``customSmallerIsBetter``); for all others the unit does: a time, or calls per second. (The action
itself takes jmh for smaller is better even where the unit is ops/s; the unit is believed.)
Anything else needs a direction from the person, by the name ``figure@UNIT``.

The action keeps a history. The newest entry of each suite is read; or that of the commit that is
stated as the release, whole or from 7 characters on; settings say which of how many it is. People's
names and addresses are not carried. Times become milliseconds, exactly.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from benchfolio.importers.names import slug
from benchfolio.importers.reports import parsing
from benchfolio.importers.reports.parsing import amount, items, number, obj, problem, string
from benchfolio.importers.reports.types import Report, Row, Stated, all_but
from benchfolio.importers.reports.units import RATE, TIME, qualified, scaled
from benchfolio.results import BadInput, Direction, Kind, Metric, Problem, Scenario, Value
from benchfolio.results.types import Scalar

_ASSIGNMENT = re.compile(r"\s*window\.BENCHMARK_DATA\s*=\s*")
_CUSTOM = {
    "customBiggerIsBetter": Direction.HIGHER,
    "customSmallerIsBetter": Direction.LOWER,
}
_STATISTICS = {
    "cargo": "median",
    "cargo-criterion": "median",
    "go": "mean",
    "googlecpp": "mean",
    "catch2": "mean",
    "benchmarkdotnet": "mean",
}
"""What of a time each tool reports; of the others it is not known."""
_PER_CALL = re.compile(r"(?P<time>[^/]+)/(?:iter|op|call)", re.IGNORECASE)
_PER_SECOND = re.compile(r"(?:ops|iter|iterations?|calls)/s(?:ec)?", re.IGNORECASE)
_COUNT = re.compile(
    r"(?:rounds|iterations): (\d{1,15})\b|^(\d{1,15}) (?:samples|times)\b", re.ASCII
)
_LEAST_COMMIT = 7


class GithubActionBenchmark:
    """Reads ``data.js``, the external JSON file, and the list that custom tools give."""

    name = "github-action-benchmark"
    title = "github-action-benchmark data.js or JSON"
    asks = all_but("model", "scenario")

    def recognises(self, name: str, head: str) -> bool:
        """Tell by the assignment, or by the keys of the external file."""
        del name
        keys = ('"entries"', '"benches"', '"tool"')
        is_external = head.lstrip().startswith("{") and all(key in head for key in keys)
        return _ASSIGNMENT.match(head) is not None or is_external

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Return one row for each bench of the entries that count, see ``types.Reader``."""
        start = _ASSIGNMENT.match(text)
        body = text[start.end() :] if start else text
        root = parsing.parse_json(body.rstrip().removesuffix(";"), where)
        found = _Found(stated)
        if isinstance(root, list):
            found.benches("", {"benches": root, "tool": "none"}, where, "$", {})
        else:
            _entries(obj(root, where), where, found)
        if not found.rows and not found.left_out:
            raise BadInput(problem(where, "no benchmark in it", "entries with benches", "none"))
        return Report(
            tool="github-action-benchmark",
            rows=tuple(found.rows),
            metrics=found.metrics,
            left_out=tuple(found.left_out),
        )


def _entries(root: dict[str, Any], where: str, found: _Found) -> None:
    suites = obj(root.get("entries"), f"{where}: $.entries")
    for suite, entries in suites.items():
        path = f"$.entries[{suite!r}]"
        listed = items(entries, f"{where}: {path}")
        if listed:
            index = _chosen(listed, found.release, f"{where}: {path}")
            prefix = f"{suite}: " if len(suites) > 1 else ""
            entry = obj(listed[index], f"{where}: {path}[{index}]")
            settings: dict[str, Scalar] = {
                "suite": suite,
                "entry": index + 1,
                "entries": len(listed),
            }
            found.benches(prefix, entry, where, f"{path}[{index}].benches", settings)


def _chosen(entries: list[Any], release: str | None, at: str) -> int:
    """Return the place of the last entry of the stated commit, else of the last entry."""
    if release is not None and len(release) >= _LEAST_COMMIT:
        for index in reversed(range(len(entries))):
            if _commit(obj(entries[index], f"{at}[{index}]")).startswith(release):
                return index
    return len(entries) - 1


def _commit(entry: dict[str, Any]) -> str:
    """Return the id of an entry's commit; the oldest files have it alone."""
    commit = entry.get("commit")
    if isinstance(commit, dict):
        commit = commit.get("id")
    return commit if isinstance(commit, str) else ""


class _Found:
    """Rows, metrics and what was left out, as they are found."""

    def __init__(self, stated: Stated) -> None:
        self.rows: list[Row] = []
        self.metrics: dict[str, Metric] = {}
        self.left_out: list[Problem] = []
        self.release = stated.fields.get("release")
        self._directions = stated.directions

    def benches(
        self,
        prefix: str,
        entry: dict[str, Any],
        where: str,
        path: str,
        place: dict[str, Scalar],
    ) -> None:
        """Take the benches of one entry, with its place in the history."""
        tool = string(entry.get("tool", "none"), f"{where}: {path}")
        settings: dict[str, Scalar] = {"tool": tool, **place}
        settings |= {"commit": _commit(entry)} if _commit(entry) else {}
        started = _date(entry.get("date"), f"{where}: {path}")
        for index, value in enumerate(items(entry.get("benches"), f"{where}: {path}")):
            at = f"{where}: {path}[{index}]"
            bench = obj(value, at)
            name = string(bench.get("name"), f"{at}.name")
            metric, figure = self._figure(bench, tool, at)
            if figure is None:
                continue
            self.rows.append(
                Row(
                    where=at,
                    model=f"{prefix}{name}",
                    scenario=_scenario(metric),
                    values={metric: figure},
                    settings=settings | _beside(bench),
                    started=started,
                )
            )

    def _figure(self, bench: dict[str, Any], tool: str, at: str) -> tuple[str, Value | None]:
        unit = str(bench.get("unit") or "").strip()
        value = number(bench.get("value"), f"{at}.value")
        n = _n(bench)
        time = _PER_CALL.fullmatch(unit)
        factor = TIME.get(time["time"] if time else unit)
        if tool not in _CUSTOM and factor is not None:
            return self._time(amount(value, f"{at}.value"), factor, tool, n, at)
        if tool not in _CUSTOM and _PER_SECOND.fullmatch(unit):
            metric = "throughput@calls"
            self.metrics[metric] = qualified(metric, "calls per second", "1 / time of a call")
            return metric, Value(value=value, unit="1/s", n=n)
        return self._other(value, unit, tool, n, at)

    def _time(
        self, value: float, factor: Fraction, tool: str, n: int | None, at: str
    ) -> tuple[str, Value]:
        statistic = _STATISTICS.get(tool, "unspecified")
        metric = f"latency@{statistic}"
        definition = f"{statistic} time of a call, as {tool} reports it"
        if metric != "latency@median":
            self.metrics[metric] = qualified(metric, f"{statistic} latency", definition)
        milliseconds = scaled(value, factor, at)
        return metric, Value(value=milliseconds, unit="ms", n=n, definition=definition)

    def _other(
        self, value: float, unit: str, tool: str, n: int | None, at: str
    ) -> tuple[str, Value | None]:
        """Keep what is of any other unit, where its direction is known, in that unit."""
        metric = f"figure@{slug(unit)}" if unit else "figure"
        direction = _CUSTOM.get(tool)
        if direction is not None:
            # The same unit may be of both kinds: bytes sent per second, and bytes of a file.
            metric = f"{metric}.{direction}"
        elif metric in self._directions:
            direction = Direction(self._directions[metric])
        else:
            self.left_out.append(_undirected(metric, unit, at))
            return "", None
        self.metrics[metric] = Metric(
            label=unit or "figure",
            unit=unit or "1",
            direction=direction,
            kind=Kind.SPEED if unit in TIME or unit in RATE else Kind.COST,
            definition=f"as given to github-action-benchmark; {direction} is better",
        )
        return metric, Value(value=value, unit=unit or "1", n=n)


def _undirected(metric: str, unit: str, at: str) -> Problem:
    return problem(
        at,
        "it is not said whether higher or lower is better",
        "a time, calls per second, or a tool that says it",
        unit,
        f"state it: --direction '{metric}=higher', or lower",
    )


def _scenario(metric: str) -> Scenario | None:
    """Return what was measured: the time of single calls; of custom figures it is not said."""
    return None if metric.startswith("figure@") else Scenario.LATENCY


def _beside(bench: dict[str, Any]) -> dict[str, Scalar]:
    """Return what the tool printed beside a figure, as it printed it."""
    found: dict[str, Scalar] = {}
    for name in ("range", "extra"):
        if isinstance(bench.get(name), str | int | float):
            found[name] = bench[name]
    return found


def _n(bench: dict[str, Any]) -> int | None:
    """Return how many rounds or samples are behind a figure, where the tool prints it."""
    extra = bench.get("extra")
    match = _COUNT.search(extra) if isinstance(extra, str) else None
    return int(match[1] or match[2]) or None if match else None


def _date(value: object, at: str) -> datetime | None:
    """Return the time of an entry: milliseconds since 1970, UTC."""
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(amount(value, f"{at}.date") / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        expected = "milliseconds since 1970"
        raise BadInput(problem(f"{at}.date", "not a time", expected, value)) from error
