"""What the result file says beside its values: models, data sets, recipes, commands."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

import msgspec

from benchfolio.results import Cell, Dataset, Model, Recipe, cell_id
from benchfolio.runner import quantisers
from benchfolio.runner.jobs import DataFound
from benchfolio.runner.run.request import Request
from benchfolio.runner.suite import Suite, Variant


def with_command(cell: Cell, request: Request, baseline: Cell | None = None) -> Cell:
    """Add the command that measures this cell again; it names no folder of this machine.

    It writes into a folder of its own, so that it works where the results are already, and it
    measures the baseline too, in the same rounds, without which there is no gain and no drop.
    """
    suite = PurePosixPath(request.suite)
    name = suite.name if suite.is_absolute() or ".." in suite.parts else str(suite)
    words = ["benchfolio", "run", name, "--release", request.release]
    words += ["--platform", request.platform_id, "--only", cell_id(cell)]
    if baseline is not None:
        words += ["--only", cell_id(baseline)]
    words += ["--out", "again"]
    return msgspec.structs.replace(cell, command=shlex.join(words))


def described_model(suite: Suite, id_: str) -> Model:
    """Return what a suite says of a model."""
    model = suite.models[id_]
    return Model(
        name=model.name,
        task=model.task,
        source=model.source,
        link=model.link,
        license=model.license,
        input_size=model.input_size,
        description=model.description,
    )


def described_dataset(suite: Suite, id_: str, found: DataFound | None) -> Dataset:
    """Return what a suite says of a data set, and what was found in it."""
    dataset = suite.datasets[id_]
    return Dataset(
        name=dataset.name,
        split=(found.split if found else None) or dataset.split,
        samples=found.samples if found else None,
        sha256=found.sha256 if found else None,
        link=dataset.link,
        license=dataset.license,
    )


def described_recipe(variant: Variant) -> Recipe:
    """Return how a variant is made, with all options of its quantiser."""
    if variant.quantiser is None:
        return Recipe(method=variant.method, label=variant.label, options=dict(variant.options))
    quantiser = quantisers.find(variant.quantiser)
    options = quantiser.options(variant.precision, variant.method, variant.options)
    return Recipe(
        method=variant.method,
        label=variant.label,
        tool=variant.quantiser,
        tool_version=quantisers.versions(variant.quantiser).get(quantiser.packages()[0]),
        options=options,
    )
