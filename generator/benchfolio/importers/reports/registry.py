"""Readers by name: those that come with benchfolio, and plug-ins by their entry points."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from benchfolio.importers.reports.types import GROUP, Field, Reader
from benchfolio.results import BadInput, MissingEnvironment, Problem, WrongUsage

READERS: Mapping[str, str] = MappingProxyType(
    {
        "accuracy-checker": "accuracy_checker:AccuracyChecker",
        "ai-hub": "ai_hub:AiHub",
        "benchmark-app": "benchmark_app:BenchmarkApp",
        "csv": "plain_csv:PlainCsv",
        "dl-benchmark": "dl_benchmark:DlBenchmark",
        "github-action-benchmark": "github_action_benchmark:GithubActionBenchmark",
        "inc-summary": "inc_summary:IncSummary",
        "llm-bench": "llm_bench:LlmBench",
        "loadgen-summary": "loadgen:LoadgenSummary",
        "nncf-conformance": "nncf_conformance:NncfConformance",
        "openvino-csv": "openvino_csv:OpenvinoCsv",
        "openvino-graph": "openvino_graph:OpenvinoGraph",
        "openvino-llm-csv": "openvino_llm_csv:OpenvinoLlmCsv",
        "optimum-benchmark": "optimum_benchmark:OptimumBenchmark",
        "ort-perf-test": "ort_perf_test:OrtPerfTest",
        "pytest-benchmark": "pytest_benchmark:PytestBenchmark",
    }
)
"""Name → ``module:Class`` in this package, imported when it is asked for.

The class is called without arguments and follows ``types.Reader``.
"""

HEAD = 64 * 1024
"""Characters of a report from which it is recognised."""


def names() -> tuple[str, ...]:
    """Return the names of all readers, plug-ins included, sorted."""
    return tuple(sorted({*READERS, *_plug_ins()}))


def reader(name: str) -> Reader:
    """Return a reader by its name.

    Raises:
        WrongUsage: There is none of that name.
        MissingEnvironment: It is a plug-in that cannot be imported or is no reader.
    """
    if name in READERS:
        module, _, kind = READERS[name].partition(":")
        made: Reader = getattr(importlib.import_module(f"{__package__}.{module}"), kind)()
        return made
    found = _plug_ins().get(name)
    if found is None:
        raise WrongUsage(_no_reader("--from", "there is no such reader", repr(name)))
    return _loaded(found)


def recognised(name: str, text: str, where: str) -> Reader:
    """Return the one reader that takes a report for its own.

    Args:
        name: File name, without folders.
        text: The report.
        where: How problems name it.

    Raises:
        BadInput: No reader does, or several do.
        MissingEnvironment: A plug-in cannot be imported or is no reader.
    """
    head = text[:HEAD]
    taken = [found for found in map(reader, names()) if found.recognises(name, head)]
    if len(taken) == 1:
        return taken[0]
    if not taken:
        raise BadInput(_no_reader(where, "no reader knows this as a report", "none that fits"))
    fitting = ", ".join(found.name for found in taken)
    raise BadInput(_no_reader(where, "several readers take this for theirs", fitting))


def formats() -> Iterator[tuple[str, str, tuple[Field, ...]]]:
    """Yield name, title and what a report never says, of each reader, plug-ins included."""
    for name in names():
        found = reader(name)
        yield name, found.title, tuple(found.asks)


def _no_reader(where: str, what: str, got: str) -> Problem:
    return Problem(
        where=where,
        what=what,
        expected=f"one of {', '.join(names())}",
        got=got,
        remedy="name the reader with --from; the tables of a page need --mapping",
    )


def _plug_ins() -> dict[str, EntryPoint]:
    """Return plug-ins by name; the readers of benchfolio cannot be replaced by them."""
    found: dict[str, EntryPoint] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda each: (each.name, _owner(each))):
        found.setdefault(point.name, point)
    return found


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unnamed distribution"


def _loaded(point: EntryPoint) -> Reader:
    try:
        # What others wrote may fail in any way; that is reported as theirs.
        found = point.load()
        made = found() if callable(found) else found
    except Exception as error:
        raise MissingEnvironment(_broken(point, f"{type(error).__name__}: {error}")) from error
    missing = [
        *(name for name in ("name", "title") if not isinstance(getattr(made, name, None), str)),
        *(name for name in ("recognises", "read") if not callable(getattr(made, name, None))),
        *([] if isinstance(getattr(made, "asks", None), tuple) else ["asks"]),
    ]
    if missing:
        raise MissingEnvironment(_broken(point, f"without {', '.join(missing)}"))
    plug_in: Reader = made
    return plug_in


def _broken(point: EntryPoint, why: str) -> Problem:
    return Problem(
        where=f"entry point {point.name} of {_owner(point)}",
        what="this plug-in is no reader of reports",
        expected="an object, or a class, with name, title, asks, recognises and read",
        got=why[:300],
        remedy=f"correct or uninstall {_owner(point)}",
    )
