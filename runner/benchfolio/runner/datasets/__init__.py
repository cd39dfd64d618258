"""Data sets: from the files a suite names to samples, targets and a hash of the content."""

from __future__ import annotations

from pathlib import Path

import msgspec

from benchfolio.results import BadInput, Problem
from benchfolio.runner.datasets.building import built
from benchfolio.runner.datasets.kinds import KINDS
from benchfolio.runner.datasets.samples import Array, Fields, References, Samples, Targets, Truth
from benchfolio.runner.location import describe, locate
from benchfolio.runner.suite import Dataset, Subset

__all__ = ["KINDS", "Array", "Fields", "References", "Samples", "Targets", "Truth", "load"]


def load(dataset: Dataset, folder: Path, cache: Path, *, subset: Subset = "test") -> Samples:
    """Load a data set; images are decoded only when a sample is asked for.

    Args:
        dataset: As the suite has it.
        folder: The suite's folder.
        cache: Folder for data sets that are built; it may be deleted at any time.
        subset: ``test``, or ``calibration``: the samples a quantiser may look at.

    Raises:
        BadInput: Files are missing or are not what the suite says, the content has another hash,
            or calibration samples are asked for and the suite names none.
        MissingEnvironment: A package that carries or builds the data is not installed.
    """
    if subset == "calibration":
        return _read(_calibration(dataset), folder, cache, needs_targets=False)
    samples = _read(dataset, folder, cache, needs_targets=True)
    if dataset.sha256 is not None and samples.sha256 != dataset.sha256:
        raise BadInput(_other_content(dataset, samples.sha256))
    return samples


def _read(dataset: Dataset, folder: Path, cache: Path, *, needs_targets: bool) -> Samples:
    root = folder if dataset.build is None else built(dataset.build, folder, cache)
    samples = KINDS[dataset.kind](dataset, root, locate(dataset.path, root), needs_targets)
    if not len(samples):
        raise BadInput(
            Problem(
                where=f"{dataset.name}: {describe(dataset.path)}",
                what="the data set has no samples",
                expected="at least one",
                remedy="check the path and the file",
            )
        )
    return samples


def _calibration(dataset: Dataset) -> Dataset:
    """Return the data set that the calibration samples are."""
    calibration = dataset.calibration
    if calibration is None:
        raise BadInput(
            Problem(
                where=dataset.name,
                what="no calibration samples; those of the test split must not be used for it",
                expected="`calibration: {path: …, samples: …}`",
                got="nothing",
                remedy="add it to the data set in the suite",
            )
        )
    given = calibration
    return msgspec.structs.replace(
        dataset,
        path=given.path,
        limit=given.samples,
        split=given.split,
        kind=given.kind or dataset.kind,
        inputs=given.inputs if given.inputs is not None else dataset.inputs,
        images=given.images if given.images is not None else dataset.images,
        build=given.build or dataset.build,
        labels=given.labels,
        calibration=None,
        sha256=None,
    )


def _other_content(dataset: Dataset, got: str) -> Problem:
    return Problem(
        where=f"{dataset.name}: {describe(dataset.path)}",
        what="the content of the data set is not what the suite was written for",
        expected=f"sha256 {dataset.sha256}",
        got=f"sha256 {got}",
        remedy="restore the data; if the change is meant, put the new hash into the suite",
    )
