"""Rules about what a measurement can show: too few requests, another precision than named."""

from __future__ import annotations

from collections.abc import Iterator

from benchfolio.generator.executed import elsewhere
from benchfolio.generator.formatting import THIN
from benchfolio.generator.lint.model import Hit, Subject, at_cell, cells_of
from benchfolio.generator.percentiles import percent_of, shortage
from benchfolio.statistics import needed


def unsupported_percentile(subject: Subject) -> Iterator[Hit]:
    """A percentile is given that its number of requests does not support.

    Why: a p99 of 100 requests is the second largest of them, and comes out anywhere when it is
    measured again. By binomial order statistics p90 needs 44 requests, p95 90, p99 459 and p99.9
    4,603 before one of them is beyond it with 99 % confidence.

    Do: measure longer, or leave the percentile out.
    """
    for name, file, index in cells_of(subject):
        for metric, value in file.cells[index].values.items():
            percent = percent_of(metric)
            if percent is not None and shortage(metric, value.n):
                yield at_cell(
                    name,
                    file,
                    index,
                    f"{value.n} requests do not support a p{percent:g}",
                    part=f".values[{metric!r}]",
                    expected=f"at least {needed(percent):,} requests",
                    got=f"n = {value.n}",
                    remedy="measure longer, or leave the percentile out",
                )


def mostly_another_precision(subject: Subject) -> Iterator[Hit]:
    """A file of reduced precision mostly ran in a wider one.

    Why: readers take its speed for that of the precision it is named after. An engine without
    kernels for a format converts it back and computes in FP32. What counts is the share of the
    time, or of the layers where times are not known, in that precision or a narrower one, as the
    engine's own counters tell it. MIXED promises nothing. Nor is a weight-only recipe flagged: it
    leaves activations in floating point on purpose, and an engine may count such a layer as INT4,
    which it reads, or as FP32, which it multiplies in.

    Do: look which layers fell back, and whether the device has instructions for the format; if it
    stays, the page says so beside every figure.
    """
    for name, file, index in cells_of(subject):
        cell = file.cells[index]
        recipe = file.recipes.get(cell.recipe)
        method = recipe.method if recipe else ""
        found = elsewhere(cell.precision.value, method, cell.executed)
        if found is not None:
            yield at_cell(
                name,
                file,
                index,
                f"the {found.precision} file of {cell.model} on {cell.runtime} mostly ran in "
                f"{found.other}",
                part=".executed",
                expected=f"at least half of the {found.of} in {found.precision} or narrower",
                got=found.told().replace(THIN, " "),
                remedy="look which layers fell back; the page says so beside every figure",
            )
