"""Quality and its loss against the baseline: recorded against here, sample by sample."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from benchfolio.results import Cell, Kind, Metric, Outcomes, unpack_bits, unpack_floats
from benchfolio.runner.verify.figure import (
    Figure,
    Span,
    Word,
    change,
    span_of,
    span_of_estimate,
)
from benchfolio.runner.verify.side import Side, is_higher_better
from benchfolio.statistics import drop, mcnemar, resampled_drop
from benchfolio.statistics.estimate import Z95

SIGNIFICANCE = 0.05

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class _Judged(msgspec.Struct, frozen=True):
    """What came of a comparison.

    Attributes:
        difference: Here − recorded, in the unit.
        word: What is said of it.
        reason: Why.
    """

    difference: Span
    word: Word
    reason: str

    def figure(
        self,
        metric: str,
        name: str,
        unit: str,
        spans: tuple[Span, Span],
        *,
        kind: Literal["value", "drop"],
    ) -> Figure:
        """Return the figure that was compared: recorded, and here."""
        return Figure(
            name=name,
            metric=metric,
            kind=kind,
            unit=unit,
            recorded=spans[0],
            here=spans[1],
            how="change",
            difference=self.difference,
            word=self.word,
            reason=self.reason,
        )


def quality_figures(recorded: Side, here: Side) -> Iterator[Figure]:
    """Yield every quality that both sides measured, and its drop where both have a baseline."""
    for metric in recorded.cell.values:
        if metric in here.cell.values and recorded.metric(metric).kind is Kind.QUALITY:
            yield _value(metric, recorded, here)
            dropped = _drop(metric, recorded, here)
            if dropped is not None:
                yield dropped


# ------------------------------------------------------------------------------------------ values


def _value(id_: str, recorded: Side, here: Side) -> Figure:
    metric = recorded.metric(id_)
    before, after = recorded.cell.values[id_], here.cell.values[id_]
    spans = span_of(before), span_of(after)
    judged = (
        _contradiction(id_, [recorded.cell], spans)
        or _by_flags(id_, recorded.cell, here.cell, before.unit)
        or _by_resamples(id_, [recorded.cell], [here.cell], metric, spans)
        or _by_intervals(spans, metric)
    )
    return judged.figure(id_, metric.label, before.unit, spans, kind="value")


def _contradiction(id_: str, cells: Sequence[Cell], spans: tuple[Span, Span]) -> _Judged | None:
    """Find a recorded share of right samples that its own outcomes do not come to."""
    for cell in cells:
        flags = _flags(cell.outcomes.get(id_))
        if flags is None:
            continue
        value, unit = cell.values[id_].value, cell.values[id_].unit
        share = _scale(unit) * float(np.mean(flags))
        if not math.isclose(share, value, rel_tol=1e-6, abs_tol=1e-6):
            reason = f"the record says {value:.4g}, its own outcomes {share:.4g}"
            return _Judged(change(*spans), Word.DISAGREES, reason)
    return None


def _by_flags(id_: str, recorded: Cell, here: Cell, unit: str) -> _Judged | None:
    """Compare right and wrong, sample by sample."""
    pair = _flags(recorded.outcomes.get(id_)), _flags(here.outcomes.get(id_))
    before, after = pair
    if before is None or after is None or len(before) != len(after):
        return None
    count = len(before)
    lost = drop(before, after)
    assert lost.low is not None
    assert lost.high is not None
    ends = -lost.value, -lost.high, -lost.low
    difference = Span(*(_scale(unit) * end + 0.0 for end in ends))
    better, worse = int(np.sum(after & ~before)), int(np.sum(before & ~after))
    if not better + worse:
        return _Judged(difference, Word.AGREES, f"every one of {count} samples came out the same")
    p = mcnemar(before, after)
    word = Word.AGREES if p >= SIGNIFICANCE else Word.DISAGREES
    told = f"{better + worse} of {count} samples changed, {better} for the better"
    return _Judged(difference, word, f"{told} (McNemar, p = {p:.2g})")


def _by_intervals(spans: tuple[Span, Span], metric: Metric) -> _Judged:
    """Compare two figures of which no single sample is known."""
    difference = change(*spans)
    if _prints_equal(difference.value, metric):
        return _Judged(difference, Word.AGREES, "equal as printed")
    if difference.low is None:
        return _Judged(difference, Word.DISAGREES, "not equal, and there is no interval")
    if difference.includes(0):
        return _Judged(difference, Word.AGREES, "within the intervals")
    return _Judged(difference, Word.DISAGREES, "beyond the intervals")


# ------------------------------------------------------------------------------------------- drops


def _drop(id_: str, recorded: Side, here: Side) -> Figure | None:
    metric = recorded.metric(id_)
    if recorded.baseline is None or here.baseline is None:
        return None
    before, after = (recorded.baseline, recorded.cell), (here.baseline, here.cell)
    if not all(id_ in cell.values for cell in (*before, *after)):
        return None
    unit = recorded.cell.values[id_].unit
    spans = _dropped(id_, before, metric), _dropped(id_, after, metric)
    judged = (
        _contradiction(id_, before, spans)
        or _drop_by_flags(id_, before, after, unit)
        or _by_resamples(id_, before, after, metric, spans)
        or _by_intervals(spans, metric)
    )
    return judged.figure(id_, f"drop in {metric.label}", unit, spans, kind="drop")


def _dropped(id_: str, pair: Sequence[Cell], metric: Metric) -> Span:
    """Return the drop of one side: the values' difference, with the narrowest interval there is."""
    baseline, candidate = pair
    values = baseline.values[id_], candidate.values[id_]
    higher = is_higher_better(metric)
    first, second = values if higher else values[::-1]
    plain = change(span_of(second), span_of(first))
    flags = [_flags(cell.outcomes.get(id_)) for cell in pair]
    if flags[0] is not None and flags[1] is not None and len(flags[0]) == len(flags[1]):
        found = drop(flags[0], flags[1])
        assert found.low is not None
        assert found.high is not None
        scale = _scale(values[0].unit)
        return Span(plain.value, scale * found.low, scale * found.high)
    resamples = _resamples(id_, pair)
    if resamples is None:
        return plain
    paired = resampled_drop(plain.value, *resamples, higher_is_better=higher)
    return span_of_estimate(paired)


def _drop_by_flags(
    id_: str, recorded: Sequence[Cell], here: Sequence[Cell], unit: str
) -> _Judged | None:
    """Compare two drops, sample by sample of all four cells."""
    flags = [_flags(cell.outcomes.get(id_)) for cell in (*recorded, *here)]
    known = [each for each in flags if each is not None]
    if len(known) < len(flags) or len({len(each) for each in known}) > 1:
        return None
    before_base, before, base, after = (each.astype(np.float64) for each in known)
    moved = (base - after) - (before_base - before)
    difference = Span(*(_scale(unit) * each for each in paired_mean(moved)))
    changed = int(np.count_nonzero(moved))
    if not changed:
        return _Judged(difference, Word.AGREES, "against the baseline no sample changed")
    word = Word.AGREES if difference.includes(0) else Word.DISAGREES
    return _Judged(difference, word, f"against the baseline {changed} of {len(moved)} changed")


def paired_mean(differences: Floats) -> tuple[float, float, float]:
    """Return the mean of paired differences with its 95 % interval.

    Bonett and Price's adjusted Wald interval, see ``statistics.drop``, for any differences: one
    more sample that rose by one and one that fell by one, so that it is never of zero width.

    Args:
        differences: [N], of each sample.

    Returns:
        Mean, lower and upper end.
    """
    widened = np.concatenate([differences, [1.0, -1.0]])
    middle = float(np.mean(widened))
    half = Z95 * math.sqrt(float(np.mean(widened**2)) - middle**2) / math.sqrt(len(widened))
    return float(np.mean(differences)), middle - half, middle + half


# --------------------------------------------------------------------------------------- resamples


def _by_resamples(
    id_: str,
    recorded: Sequence[Cell],
    here: Sequence[Cell],
    metric: Metric,
    spans: tuple[Span, Span],
) -> _Judged | None:
    """Compare values, or drops of pairs, by what the same resamples come to on both sides.

    Both 0 and the difference of the values must be likely by the resamples: a value that is not
    that of its own resamples is found too.
    """
    resamples = _resamples(id_, (*recorded, *here))
    if resamples is None:
        return None
    half = len(recorded)
    sign = 1.0 if half == 1 or is_higher_better(metric) else -1.0
    before, after = _combined(resamples[:half]), _combined(resamples[half:])
    low, high = (float(end) for end in np.percentile(sign * (after - before), [2.5, 97.5]))
    value = spans[1].value - spans[0].value
    difference = Span(value, min(low, value), max(high, value))
    if not low - 1e-9 <= value <= high + 1e-9 and not _prints_equal(value, metric):
        return _Judged(difference, Word.DISAGREES, "beyond what the resamples of both sides allow")
    if low <= 0 <= high or _prints_equal(value, metric):
        reason = f"within the interval of {len(before)} paired resamples"
        return _Judged(difference, Word.AGREES, reason)
    return _Judged(difference, Word.DISAGREES, f"beyond {len(before)} paired resamples")


def _combined(resamples: Sequence[Floats]) -> Floats:
    """Return one cell's resamples, or how much lower the candidate's are than the baseline's."""
    return resamples[0] if len(resamples) == 1 else resamples[0] - resamples[1]


def _resamples(id_: str, cells: Sequence[Cell]) -> list[Floats] | None:
    """Return the resamples of cells, where all are of the same draws."""
    found = [cell.outcomes.get(id_) for cell in cells]
    known = [each for each in found if each is not None and each.resampled is not None]
    drawn = {(each.samples, each.draws) for each in known}
    if len(known) < len(found) or len(drawn) > 1:
        return None
    unpacked = [np.asarray(unpack_floats(each.resampled or ""), np.float64) for each in known]
    return unpacked if len({len(each) for each in unpacked}) == 1 else None


def _flags(outcomes: Outcomes | None) -> Flags | None:
    if outcomes is None or outcomes.right is None:
        return None
    return np.asarray(unpack_bits(outcomes.right, outcomes.samples), np.bool_)


def _scale(unit: str) -> float:
    return 100.0 if unit == "%" else 1.0


def _prints_equal(difference: float, metric: Metric) -> bool:
    return abs(difference) < 0.5 * 10.0**-metric.decimals
