"""Derived values, by one convention, for whole columns at once.

- absolute change = candidate − baseline, in the metric's unit (points for accuracies);
- relative change = (candidate − baseline) / |baseline|;
- drop = loss of quality: baseline − candidate where higher is better, else candidate − baseline;
- gain = candidate / baseline where higher is better, else baseline / candidate.

The baseline of a cell is the FP32 ``original`` cell that differs in nothing but precision and
recipe. Without it, or where unit, definition or samples differ, nothing is derived and the
reason is kept.

Intervals combine those of both sides as if they were independent, which is too wide where both
were measured on the same samples, never too narrow for what is claimed: square-and-add for
differences (Newcombe 1998, method 10; for any two intervals Zou and Donner 2008), the same on
logarithms for ratios.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchfolio.generator.frame import Frame, dense
from benchfolio.results import Direction, Metric, Published

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

DIFFERENCE_METHOD = "square-and-add of both intervals as independent (Newcombe 1998)"
RATIO_METHOD = (
    "square-and-add of both intervals on logarithms, as independent (Zou and Donner 2008)"
)

COMPARED_BY = (
    "platform",
    "release",
    "model",
    "dataset",
    "form",
    "runtime",
    "runtime_version",
    "device",
    "scenario",
    "batch",
    "shape",
    "load",
)
"""What candidate and baseline must have in common."""

REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "": "comparable",
        "no-baseline": "no FP32 original was measured with everything else equal",
        "several-baselines": "several FP32 originals match",
        "baseline-not-ok": "the FP32 baseline has no value",
        "no-metric": "the FP32 baseline was measured without this metric",
        "unit": "the FP32 baseline is in another unit",
        "definition": "the FP32 baseline was computed by another definition",
        "samples": "the FP32 baseline was measured on another number of samples",
        "zero": "the value of the baseline is 0",
        "misplaced": (
            "a figure of this published row has a unit that its column cannot have: "
            "the row stands shifted against its header"
        ),
    }
)
"""Why a value is not compared, by code."""

_CODES = tuple(REFUSALS)


def derived(cells: Frame, values: Frame, metrics: Mapping[str, Metric]) -> Frame:
    """Return the derived columns of every value.

    Args:
        cells: One row per cell with the columns of ``COMPARED_BY``, ``precision``, ``method``,
            ``recipe``, ``state`` and ``baseline`` (see ``baselines``); text as categories.
        values: One row per value, sorted by ``cell`` and ``metric``.
        metrics: Definitions of all metrics in ``values``.

    Returns:
        As many rows as ``values``: ``baseline`` (position of the baseline's cell, -1 without),
        ``refusal`` (a key of ``REFUSALS``), and ``change``, ``relative``, ``drop`` and ``gain``
        with their ``_low`` and ``_high``, NaN where there is none.
    """
    cell = values.arrays["cell"]
    base_cell = cells.arrays["baseline"][cell]
    row, refusal = _baseline_rows(cells, values, base_cell)
    shifted = misplaced(cells, values, metrics)
    row[shifted], refusal[shifted] = -1, _CODES.index("misplaced")
    higher = _higher(values, metrics)
    own = base_cell == cell
    size = len(values)
    out: dict[str, NDArray[Any]] = {"baseline": np.where(base_cell >= 0, base_cell, -1)}
    out |= {name: np.empty(size) for name in _DERIVED}
    for start in range(0, size, _PART):
        part = slice(start, start + _PART)
        b, c = _sides(values, row[part], part)
        columns, zero = _compared(c, b, higher[part], own[part])
        for name, column in zip(_DERIVED, columns, strict=True):
            out[name][part] = column
        refusal[part][zero & (refusal[part] == 0)] = _CODES.index("zero")
    out["refusal"] = refusal
    return Frame(out, {"refusal": list(_CODES)})


_PART = 2**16
"""Values that are derived at a time: intermediate results of a million would take memory."""

_DERIVED = tuple(
    name + suffix
    for name in ("change", "relative", "drop", "gain")
    for suffix in ("", "_low", "_high")
)


def _compared(
    c: Sequence[Floats], b: Sequence[Floats], higher: Flags, own: Flags
) -> tuple[list[Floats], Flags]:
    """Return the columns of ``_DERIVED`` for candidates and baselines, and where these are 0."""
    change = _difference(c, b)
    drop = tuple(
        0.0 + np.where(higher, -x, y) for x, y in zip(_turned(change), change, strict=True)
    )
    gain = _ratios(c, b, higher)
    relative, zero = _relative(c, b)
    # What is compared with itself differs by nothing, and exactly so.
    columns = [
        np.where(own, np.nan, part) if place else part
        for parts in (change, relative, drop, gain)
        for place, part in enumerate(parts)
    ]
    return columns, zero


def misplaced(cells: Frame, values: Frame, metrics: Mapping[str, Metric]) -> Flags:
    """Return which values stand in a published row whose figures have slipped out of place.

    A throughput printed as ``1.62x`` is the gain of the next column. Nothing tells how far each
    figure has slipped, so that nothing may be computed from any of the row.
    """
    odd = _oddly_printed(values, metrics)
    if not odd.any():
        return np.zeros(len(values), dtype=np.bool_)
    cell = values.arrays["cell"]
    every = np.arange(len(cells))
    columns = (cells.take(name, every) for name in ("file", "published"))
    places = [_place(file, published) for file, published in zip(*columns, strict=True)]
    rows = {places[at] for at in cell[odd].tolist()} - {None}
    return np.array([places[at] in rows for at in cell.tolist()], dtype=np.bool_)


def _oddly_printed(values: Frame, metrics: Mapping[str, Metric]) -> Flags:
    """Return which printed values have a unit that their metric cannot have."""
    names, units = values.categories["metric"], values.categories["unit"]
    fits = np.array(
        [[_fits(metrics[name].unit, unit) for unit in units] for name in names], dtype=np.bool_
    ).reshape(len(names), len(units))
    odd: Flags = ~fits[values.arrays["metric"], values.arrays["unit"]]
    return odd & ~values.equals("printed", "")


def _place(file: int, published: Published | None) -> tuple[int, str, int] | None:
    return (file, published.table, published.row) if published else None


_SHARES = ("%", "1")
"""Units of a share, which publications print either way."""


def _fits(canonical: str, unit: str) -> bool:
    """Tell whether a figure printed with a unit, or none, can be of a metric."""
    return unit in ("", canonical) or (unit in _SHARES and canonical in _SHARES)


def baselines(cells: Frame) -> Ints:
    """Return the position of each cell's baseline: -1 without one, -2 where several match."""
    group = dense(cells.numbers(COMPARED_BY))
    original = cells.equals("precision", "FP32") & cells.equals("method", "original")
    base = np.flatnonzero(original)
    named = cells.equals("recipe", "original")[base]
    of_group = np.full(int(group.max(initial=-1)) + 1, -1, dtype=np.int64)
    found = group[base]
    of_group[found] = base
    counts = np.bincount(found, minlength=len(of_group))
    of_group[counts > 1] = -2
    # A recipe called `original` is preferred to others of that method.
    exact = base[named]
    once = np.bincount(group[exact], minlength=len(of_group)) == 1
    exact = exact[once[group[exact]]]
    of_group[group[exact]] = exact
    result = of_group[group]
    result[base] = np.where(result[base] == -2, base, result[base])
    return result


def differences(one: Sequence[Any], other: Sequence[Any]) -> list[str]:
    """Say in which columns of ``COMPARED_BY`` two cells differ, as ``batch 8, baseline 1``."""
    return [
        f"{name.replace('_', ' ')} {mine or 'none'}, baseline {theirs or 'none'}"
        for name, mine, theirs in zip(COMPARED_BY, one, other, strict=True)
        if mine != theirs
    ]


def geometric_mean(gains: Iterable[float]) -> float | None:
    """Return the geometric mean of positive ratios; ``None`` of nothing."""
    logs = [math.log(gain) for gain in gains]
    return math.exp(math.fsum(logs) / len(logs)) if logs else None


def _baseline_rows(cells: Frame, values: Frame, base_cell: Ints) -> tuple[Ints, NDArray[np.int8]]:
    """Return each value's baseline row (-1 without) and the code of its refusal."""
    metric = values.arrays["metric"].astype(np.int64)
    count = max(1, len(values.categories["metric"]))
    keys = values.arrays["cell"] * count + metric
    wanted = base_cell * count + metric
    row = np.minimum(np.searchsorted(keys, wanted), max(0, len(keys) - 1))
    found = (keys[row] == wanted) & (base_cell >= 0)
    ok = cells.equals("state", "ok")
    refusal = np.zeros(len(values), dtype=np.int8)
    for name, where in (
        ("samples", _differs(values, "n", row)),
        ("definition", _differs(values, "definition", row)),
        ("unit", _differs(values, "unit", row)),
        ("no-metric", ~found),
        ("baseline-not-ok", (base_cell >= 0) & ~ok[base_cell]),
        ("several-baselines", base_cell == -2),
        ("no-baseline", base_cell == -1),
    ):
        refusal[where] = _CODES.index(name)
    return np.where(refusal == 0, row, -1), refusal


def _differs(values: Frame, name: str, row: Ints) -> Flags:
    """Return where a column is known on both sides and not the same; samples count for quality."""
    if name == "n":
        n = values.arrays["n"]
        unequal: Flags = (n >= 0) & (n[row] >= 0) & (n != n[row]) & values.arrays["quality"]
        return unequal
    codes = values.arrays[name]
    differs: Flags = codes != codes[row]
    return differs


def _sides(values: Frame, row: Ints, part: slice) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Return (value, low, high) of baselines and of some candidates; NaN without a baseline."""
    columns = [values.arrays[name] for name in ("value", "low", "high")]
    missing = row < 0
    safe = np.where(missing, 0, row)
    base = tuple(np.where(missing, np.nan, side[safe]) for side in columns)
    return base, tuple(np.where(missing, np.nan, side[part]) for side in columns)


def _higher(values: Frame, metrics: Mapping[str, Metric]) -> Flags:
    names = values.categories["metric"]
    better = [metrics[name].direction is Direction.HIGHER for name in names]
    higher: Flags = np.array(better, dtype=np.bool_)[values.arrays["metric"]]
    return higher


def _difference(c: Sequence[Floats], b: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    """Return c − b with its square-and-add interval.

    Newcombe, Interval estimation for the difference between independent proportions, Statistics
    in Medicine 17 (1998), method 10; for any two intervals Zou and Donner, Statistics in
    Medicine 27 (2008).
    """
    (c0, c1, c2), (b0, b1, b2) = c, b
    change = c0 - b0
    low = change - np.hypot(c0 - c1, b2 - b0)
    high = change + np.hypot(c2 - c0, b0 - b1)
    return change, low, high


def _turned(parts: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    """Exchange low and high, as negation does."""
    value, low, high = parts
    return value, high, low


def _ratios(
    c: Sequence[Floats], b: Sequence[Floats], higher: Flags
) -> tuple[Floats, Floats, Floats]:
    """Return c / b, or b / c where lower is better, with the interval.

    NaN unless both are positive, and where the ratio is beyond all numbers.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = _difference(
            tuple(np.log(np.where(side > 0, side, np.nan)) for side in c),
            tuple(np.log(np.where(side > 0, side, np.nan)) for side in b),
        )
    turned = _turned(logs)
    with np.errstate(over="ignore"):
        value, low, high = (
            _finite(np.exp(np.where(higher, x, -y))) for x, y in zip(logs, turned, strict=True)
        )
    return value, low, high


def _finite(ratios: Floats) -> Floats:
    return np.where(np.isfinite(ratios), ratios, np.nan)


def _relative(
    c: Sequence[Floats], b: Sequence[Floats]
) -> tuple[tuple[Floats, Floats, Floats], Flags]:
    """Return (c − b) / |b| with an interval where both are positive, and where b is 0."""
    zero = b[0] == 0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        relative = _finite((c[0] - b[0]) / np.abs(b[0]))
    ones = np.ones(len(zero), dtype=np.bool_)
    _, low, high = _ratios(c, b, ones)
    return (relative, low - 1, high - 1), zero
