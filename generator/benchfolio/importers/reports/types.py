"""What a reader makes of a tool's report: rows that say what the report says, and no more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, get_args

import msgspec

from benchfolio.results import (
    Claim,
    Dataset,
    Load,
    Metric,
    Model,
    Precision,
    Problem,
    Recipe,
    Scenario,
    State,
    Value,
)
from benchfolio.results.types import Scalar

Field = Literal[
    "release",
    "platform",
    "model",
    "task",
    "dataset",
    "scenario",
    "precision",
    "recipe",
    "runtime",
    "runtime_version",
    "device",
    "batch",
    "shape",
    "load",
]
"""What people may state where a report does not say it."""


def all_but(*said: Field) -> tuple[Field, ...]:
    """Return what a format never says, where that is all but these fields."""
    return tuple(field for field in get_args(Field) if field not in said)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a report; ``None`` is what the report does not say.

    Names are as the report spells them: ids are made of them when rows become cells.

    Attributes:
        where: Place in the report, for errors: ``benchmark_report.json: $.execution_results``.
        scenario: What was measured; ``None`` where not even that is said.
        state: How it ended; anything but ``ok`` has a reason and no values.
        values: Value by metric id; units are those of the metric registry.
        claims: Figures that the tool derived itself; ours are computed from values.
        form: Source form where it distinguishes, as the backend that quantised.
    """

    where: str
    release: str | None = None
    platform: str | None = None
    model: str | None = None
    task: str | None = None
    dataset: str | None = None
    scenario: Scenario | None = None
    precision: Precision | None = None
    recipe: str | None = None
    runtime: str | None = None
    runtime_version: str | None = None
    device: str | None = None
    batch: int | None = None
    shape: str | None = None
    load: Load | None = None
    state: State = State.OK
    reason: str | None = None
    values: dict[str, Value] = {}
    claims: tuple[Claim, ...] = ()
    form: str | None = None
    settings: dict[str, Scalar] = {}
    started: datetime | None = None
    seconds: float | None = None
    command: str | None = None
    note: str | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader found in one report.

    Attributes:
        tool: The tool that wrote it, with its version where the report says it.
        rows: What it measured.
        metrics: Definitions of metrics that the registry does not know, with their direction:
            only where the format or the person says which way is better.
        models: What the report says of models, by name as spelt in rows.
        datasets: What it says of data sets, by name as spelt in rows.
        recipes: How artefacts were made, by name as spelt in rows.
        software: Versions that it states.
        left_out: What was read but has no place in a result file, or could not be understood.
    """

    tool: str
    rows: tuple[Row, ...]
    metrics: dict[str, Metric] = {}
    models: dict[str, Model] = {}
    datasets: dict[str, Dataset] = {}
    recipes: dict[str, Recipe] = {}
    software: dict[str, str] = {}
    left_out: tuple[Problem, ...] = ()


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says beside the report.

    Attributes:
        fields: What the report does not say, by field. What the report does say is not overruled:
            a contradiction is an error.
        directions: Which way is better, by the report's name of a metric.
        mapping: Mapping file of formats that need one (plain CSV).
    """

    fields: dict[Field, str] = {}
    directions: dict[str, Literal["higher", "lower"]] = {}
    mapping: Path | None = None


class Reader(Protocol):
    """Reads the reports of one tool. Plug-ins are found by the entry points of GROUP.

    Attributes:
        name: As people type it after ``--from``: ``benchmark-app``.
        title: As people know the tool and its format.
        asks: Fields that this format never says.
    """

    name: str
    title: str
    asks: tuple[Field, ...]

    def recognises(self, name: str, head: str) -> bool:
        """Tell from the file's name and its first 64 KiB whether this is such a report."""

    def read(self, text: str, where: str, stated: Stated) -> Report:
        """Read the text of a report.

        Args:
            text: The whole file, decoded, line ends as ``\\n``.
            where: How problems name it.
            stated: What the person said.

        Raises:
            BadInput: It is not such a report, or a figure in it cannot be understood.
        """


GROUP = "benchfolio.readers"
"""Entry points of plug-ins: name → a reader, or what makes one when called without arguments."""
