"""What a person asks for."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from benchfolio.results import ID_PATTERN, Problem, WrongUsage
from benchfolio.runner.plan import Planned
from benchfolio.runner.suite import Scenarios, Suite


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks for.

    Attributes:
        suite: The suite file, as it was given.
        release: The release the results belong to.
        platform_id: Id of this machine.
        label: As a reader knows the machine.
        out: Folder of result files.
        cache: Folder for artefacts and data that may be deleted at any time.
        resume: Keep finished cells of an existing file.
        overwrite: Replace an existing file.
        only: Patterns of cell ids; all cells when empty.
        withhold: Platform fields that are not published.
        time_limit: Seconds for the rounds of one model and scenario, instead of the suite's.
        target_percent: Half width of the intervals of gains, instead of the suite's.
    """

    suite: Path
    release: str
    platform_id: str
    label: str | None = None
    out: Path = Path("results")
    cache: Path | None = None
    resume: bool = False
    overwrite: bool = False
    only: tuple[str, ...] = ()
    withhold: tuple[str, ...] = ()
    time_limit: float | None = None
    target_percent: float | None = None


def path_of(request: Request) -> Path:
    """Return the result file.

    Raises:
        WrongUsage: Release or platform is not an id.
    """
    for option, value in (("--release", request.release), ("--platform", request.platform_id)):
        if not re.fullmatch(ID_PATTERN, value):
            raise WrongUsage(
                Problem(
                    where=option,
                    what="not an id",
                    expected="letters, digits and . _ + @ -, at most 128",
                    got=repr(value)[:150],
                    remedy="choose another",
                )
            )
    return request.out / request.release / f"{request.platform_id}.json"


def adjusted(suite: Suite, request: Request) -> Suite:
    """Return the suite with the time limit and the target that a person asks for instead."""
    changes: dict[str, Any] = {
        name: getattr(request, name)
        for name in ("time_limit", "target_percent")
        if getattr(request, name) is not None
    }
    models = {
        id_: structs.replace(model, scenarios=_adjusted(model.scenarios, changes))
        if model.scenarios
        else model
        for id_, model in suite.models.items()
    }
    return structs.replace(suite, models=models, scenarios=_adjusted(suite.scenarios, changes))


def _adjusted(scenarios: Scenarios, changes: dict[str, Any]) -> Scenarios:
    latency, throughput = scenarios.latency, scenarios.throughput
    return structs.replace(
        scenarios,
        latency=structs.replace(latency, **changes) if latency else None,
        throughput=structs.replace(throughput, **changes) if throughput else None,
    )


def choose(cells: Iterable[Planned], only: Sequence[str]) -> tuple[Planned, ...]:
    """Return the cells whose id matches one of the patterns; all where there is no pattern.

    Raises:
        WrongUsage: There is none.
    """
    cells = tuple(cells)
    chosen = tuple(
        cell
        for cell in cells
        if not only or any(fnmatch.fnmatchcase(cell.id, each) for each in only)
    )
    if not chosen:
        raise WrongUsage(
            Problem(
                where="--only" if only else "suite",
                what="no cell is chosen",
                expected="a pattern of MODEL/PRECISION/RECIPE/RUNTIME/DEVICE/SCENARIO/LOAD",
                got=", ".join(only) or "a suite without models, variants, runtimes or scenarios",
                remedy="list the cells with: benchfolio run SUITE --list",
            )
        )
    return chosen
