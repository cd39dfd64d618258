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
import pandas as pd
from numpy.typing import NDArray

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


def derived(
    cells: pd.DataFrame, values: pd.DataFrame, metrics: Mapping[str, Metric]
) -> pd.DataFrame:
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
    cell = values["cell"].to_numpy()
    base_cell = cells["baseline"].to_numpy()[cell]
    row, refusal = _baseline_rows(cells, values, base_cell)
    shifted = misplaced(cells, values, metrics)
    row[shifted], refusal[shifted] = -1, _CODES.index("misplaced")
    b, c = _sides(values, row)
    higher = _higher(values, metrics)
    change = _difference(c, b)
    drop = tuple(
        0.0 + np.where(higher, -x, y) for x, y in zip(_turned(change), change, strict=True)
    )
    gain = _ratios(c, b, higher)
    relative, zero = _relative(c, b)
    refusal[zero & (refusal == 0)] = _CODES.index("zero")
    own = base_cell == cell
    out: dict[str, Any] = {
        "baseline": np.where(base_cell >= 0, base_cell, -1),
        "refusal": pd.Categorical.from_codes(refusal.astype(np.int64), categories=pd.Index(_CODES)),
    }
    for name, parts in (("change", change), ("relative", relative), ("drop", drop), ("gain", gain)):
        for suffix, part in zip(("", "_low", "_high"), parts, strict=True):
            # What is compared with itself differs by nothing, and exactly so.
            out[name + suffix] = np.where(own, np.nan, part) if suffix else part
    return pd.DataFrame(out, index=values.index)


def misplaced(cells: pd.DataFrame, values: pd.DataFrame, metrics: Mapping[str, Metric]) -> Flags:
    """Return which values stand in a published row whose figures have slipped out of place.

    A throughput printed as ``1.62x`` is the gain of the next column. Nothing tells how far each
    figure has slipped, so that nothing may be computed from any of the row.
    """
    odd = _oddly_printed(values, metrics)
    if not odd.any():
        return np.zeros(len(values), dtype=np.bool_)
    cell = values["cell"].to_numpy()
    places = [
        _place(file, published)
        for file, published in zip(cells["file"], cells["published"], strict=True)
    ]
    rows = {places[at] for at in cell[odd].tolist()} - {None}
    return np.array([places[at] in rows for at in cell.tolist()], dtype=np.bool_)


def _oddly_printed(values: pd.DataFrame, metrics: Mapping[str, Metric]) -> Flags:
    """Return which printed values have a unit that their metric cannot have."""
    names, units = values["metric"].cat, values["unit"].cat
    fits = np.array(
        [
            [_fits(metrics[name].unit, unit) for unit in units.categories]
            for name in names.categories
        ],
        dtype=np.bool_,
    ).reshape(len(names.categories), len(units.categories))
    printed: Flags = (values["printed"] != "").to_numpy()
    odd: Flags = ~fits[names.codes.to_numpy(), units.codes.to_numpy()]
    return odd & printed


def _place(file: int, published: Published | None) -> tuple[int, str, int] | None:
    return (file, published.table, published.row) if published else None


_SHARES = ("%", "1")
"""Units of a share, which publications print either way."""


def _fits(canonical: str, unit: str) -> bool:
    """Tell whether a figure printed with a unit, or none, can be of a metric."""
    return unit in ("", canonical) or (unit in _SHARES and canonical in _SHARES)


def baselines(cells: pd.DataFrame) -> Ints:
    """Return the position of each cell's baseline: -1 without one, -2 where several match."""
    group = group_numbers(cells, COMPARED_BY)
    original = ((cells["precision"] == "FP32") & (cells["method"] == "original")).to_numpy()
    base = np.flatnonzero(original)
    named = (cells["recipe"] == "original").to_numpy()[base]
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


def group_numbers(frame: pd.DataFrame, names: Iterable[str]) -> Ints:
    """Number the rows of a frame so that equal rows, in these columns, have equal numbers."""
    numbers = np.zeros(len(frame), dtype=np.int64)
    for name in names:
        column = frame[name]
        if column.dtype == "category":
            codes = column.cat.codes.to_numpy().astype(np.int64)
        else:
            codes = pd.factorize(column)[0].astype(np.int64)
        # Dense again after every column, so that the product cannot overflow.
        numbers = pd.factorize(numbers * (int(codes.max(initial=0)) + 1) + codes)[0].astype(
            np.int64
        )
    return numbers


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


def _baseline_rows(
    cells: pd.DataFrame, values: pd.DataFrame, base_cell: Ints
) -> tuple[Ints, NDArray[np.int8]]:
    """Return each value's baseline row (-1 without) and the code of its refusal."""
    metric = values["metric"].cat.codes.to_numpy().astype(np.int64)
    count = max(1, len(values["metric"].cat.categories))
    keys = values["cell"].to_numpy().astype(np.int64) * count + metric
    wanted = base_cell * count + metric
    row = np.minimum(np.searchsorted(keys, wanted), max(0, len(keys) - 1))
    found = (keys[row] == wanted) & (base_cell >= 0)
    ok = (cells["state"] == "ok").to_numpy()
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


def _differs(values: pd.DataFrame, name: str, row: Ints) -> Flags:
    """Return where a column is known on both sides and not the same; samples count for quality."""
    if name == "n":
        n = values["n"].to_numpy()
        unequal: Flags = (n >= 0) & (n[row] >= 0) & (n != n[row]) & values["quality"].to_numpy()
        return unequal
    codes = values[name].cat.codes.to_numpy()
    differs: Flags = np.asarray(codes, dtype=np.int64) != np.asarray(codes[row], dtype=np.int64)
    return differs


def _sides(values: pd.DataFrame, row: Ints) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Return (value, low, high) of baselines and candidates; NaN without a baseline."""
    candidates = tuple(values[name].to_numpy(dtype=np.float64) for name in ("value", "low", "high"))
    missing = row < 0
    safe = np.where(missing, 0, row)
    base = tuple(
        np.where(missing, np.nan, side[safe]) if len(side) else side for side in candidates
    )
    return base, tuple(np.where(missing, np.nan, side) for side in candidates)


def _higher(values: pd.DataFrame, metrics: Mapping[str, Metric]) -> Flags:
    names = values["metric"].cat.categories
    better = np.array(
        [metrics[name].direction is Direction.HIGHER for name in names], dtype=np.bool_
    )
    codes = values["metric"].cat.codes.to_numpy()
    return better[codes] if len(better) else np.zeros(len(values), dtype=np.bool_)


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
    """Return c / b, or b / c where lower is better, with the interval; NaN unless positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = _difference(
            tuple(np.log(np.where(side > 0, side, np.nan)) for side in c),
            tuple(np.log(np.where(side > 0, side, np.nan)) for side in b),
        )
    turned = _turned(logs)
    value, low, high = (np.exp(np.where(higher, x, -y)) for x, y in zip(logs, turned, strict=True))
    return value, low, high


def _relative(
    c: Sequence[Floats], b: Sequence[Floats]
) -> tuple[tuple[Floats, Floats, Floats], Flags]:
    """Return (c − b) / |b| with an interval where both are positive, and where b is 0."""
    zero = b[0] == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(zero, np.nan, (c[0] - b[0]) / np.abs(b[0]))
    ones = np.ones(len(zero), dtype=np.bool_)
    _, low, high = _ratios(c, b, ones)
    return (relative, low - 1, high - 1), zero
