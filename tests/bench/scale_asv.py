"""The same made-up figures as an asv project: its documented files, version 2.

One machine for each platform, one commit for each release. Each value has a benchmark of its own
(``model_003.nncf_int8_openvino.track_latency_median``), as each has an anchor of its own on our
site; or the four ways of a model are the parameter of one benchmark, which asv publishes faster.
The statistics of a value are those that asv keeps itself.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.scale_data import METRICS, WAYS, Shape, figures, release_name, released

UNITS = {
    "latency_median": "ms",
    "latency_p99": "ms",
    "memory_peak": "MiB",
    "throughput": "1/s",
    "accuracy": "%",
}
QUOTE = "'"
WAY_NAMES = [repr(f"{way.recipe}_{way.runtime}".replace("-", "_")) for way in WAYS]
"""Parameters, as asv writes them: their ``repr``."""
ENVIRONMENT = "virtualenv-py3.11"
COLUMNS = [
    "result",
    "params",
    "version",
    "started_at",
    "duration",
    "stats_ci_99_a",
    "stats_ci_99_b",
    "stats_q_25",
    "stats_q_75",
    "stats_number",
    "stats_repeat",
]
CONFIGURATION = {
    "version": 1,
    "project": "synthetic",
    "project_url": "https://example.org",
    "repo": "code",
    "branches": ["main"],
    "environment_type": "virtualenv",
    "benchmark_dir": "benchmarks",
    "results_dir": "results",
    "html_dir": "html",
    "show_commit_url": "https://example.org/commit/",
}


def write_project(folder: Path, shape: Shape, *, parametrised: bool = False) -> None:
    """Write an asv project: a repository with a commit for each release, and its results."""
    folder.mkdir(parents=True)
    _write(folder / "asv.conf.json", CONFIGURATION)
    commits = _commits(folder / "code", shape.releases)
    results = folder / "results"
    listed = (name for model in range(shape.models) for name in _rows(0, 0, model, parametrised))
    _write(results / "benchmarks.json", {**_benchmarks(listed, parametrised), "version": 2})
    for platform in range(shape.platforms):
        machine = _machine(platform)
        _write(results / machine["machine"] / "machine.json", {**machine, "version": 1})
        for release, commit in enumerate(commits):
            rows = {
                name: row
                for model in range(shape.models)
                for name, row in _rows(platform, release, model, parametrised).items()
            }
            path = results / machine["machine"] / f"{commit[:8]}-{ENVIRONMENT}.json"
            _write(path, _results(release, commit, machine, rows))


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def _commits(repository: Path, releases: int) -> list[str]:
    """Make a repository with a tagged commit for each release; return their hashes."""
    repository.mkdir()

    def git(*arguments: str, date: str = "") -> str:
        environment = {
            **os.environ,
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_DATE": date,
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
        command = ["git", *identity, *arguments]
        done = subprocess.run(
            command, cwd=repository, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "--quiet", "--initial-branch=main")
    found = []
    for release in range(releases):
        day = released(release).isoformat()
        git("commit", "--quiet", "--allow-empty", "-m", release_name(release), date=day)
        git("tag", f"v{release_name(release)}")
        found.append(git("rev-parse", "HEAD"))
    return found


def _benchmarks(names: Iterable[str], parametrised: bool) -> dict[str, Any]:
    return {
        name: {
            "code": "",
            "name": name,
            "param_names": ["way"] if parametrised else [],
            "params": [WAY_NAMES] if parametrised else [],
            "timeout": 60.0,
            "type": "track",
            "unit": UNITS[name.rpartition(".track_")[2]],
            "version": "1",
        }
        for name in names
    }


def _machine(platform: int) -> dict[str, str]:
    return {
        "machine": f"platform-{platform:02}",
        "arch": "x86_64",
        "cpu": f"Processor {platform:02}",
        "num_cpu": "16",
        "os": "Debian GNU/Linux 12",
        "ram": "64GB",
    }


def _results(
    release: int, commit: str, machine: Mapping[str, str], rows: Mapping[str, list[Any]]
) -> dict[str, Any]:
    return {
        "commit_hash": commit,
        "env_name": ENVIRONMENT,
        "date": _moment(release),
        "params": {**machine, "python": "3.11"},
        "python": "3.11",
        "requirements": {},
        "env_vars": {},
        "result_columns": COLUMNS,
        "results": rows,
        "durations": {},
        "version": 2,
    }


def _moment(release: int) -> int:
    """Return the time of a release as asv writes it, in milliseconds since 1970."""
    return int(released(release).timestamp() * 1000)


def _rows(platform: int, release: int, model: int, parametrised: bool) -> dict[str, list[Any]]:
    """Return the results of one model by benchmark."""
    found = [figures(platform, release, model, way).values() for way in range(len(WAYS))]
    rows: dict[str, list[Any]] = {}
    for metric in METRICS:
        values = [one[metric] for one in found]
        track = f"track_{metric.replace('@', '_')}"
        if parametrised:
            rows[f"model_{model:03}.{track}"] = _row(metric, values, [WAY_NAMES], release)
            continue
        for way, value in zip(WAY_NAMES, values, strict=True):
            name = f"model_{model:03}.{way.strip(QUOTE)}.{track}"
            rows[name] = _row(metric, [value], [], release)
    return rows


def _row(metric: str, values: list[float], params: list[list[str]], release: int) -> list[Any]:
    row: list[Any] = [values, params, "1", _moment(release), 1.5]
    if metric not in ("latency@p99", "memory@peak"):
        ends = (0.996, 1.004, 0.99, 1.01)
        row += [[value * end for value in values] for end in ends]
        row += [[1] * len(values), [40] * len(values)]
    return row
