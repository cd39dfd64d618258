"""Rules about derived figures as publications print them: do they follow from their sources?

Every printed number stands for the interval of everything that rounds to it. A claim is wrong only
if the interval of what follows from its sources and the interval of what it says do not meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchfolio.generator.lint.model import Hit, Subject, at_row, at_table
from benchfolio.generator.lint.printed import Figure, PrintedTable, Row, half_unit
from benchfolio.results import Cell, Claim, Direction, Value

_PERCENT_OF = {"%": 100.0, "1": 1.0}

Interval = tuple[float, float]

RULE_BY_FIGURE = {
    "relative-change": "({c} − {b}) / |{b}|",
    "change": "{c} − {b}",
    "drop": "{b} − {c}",
    "gain": "{c} / {b}",
}
RULE_BY_FIGURE_WHERE_LOWER_IS_BETTER = RULE_BY_FIGURE | {"drop": "{c} − {b}", "gain": "{b} / {c}"}


@dataclass(frozen=True, slots=True)
class _Checked:
    """A claim beside what follows from its sources."""

    figure: Figure
    claim: Claim
    candidate: Value
    baseline: Value
    said: Interval
    follows: Interval
    lower: bool

    @property
    def gap(self) -> float:
        """How far the two intervals are apart; 0 where they meet."""
        return max(self.said[0] - self.follows[1], self.follows[0] - self.said[1], 0.0)

    @property
    def unit(self) -> float:
        """One unit of the last printed digit."""
        return self.said[1] - self.said[0]


def claim(subject: Subject) -> Iterator[Hit]:
    """A derived figure does not follow from the values beside it.

    Why: one of three printed numbers is wrong, and the reader cannot know which. Rounding is
    allowed for: each number stands for everything that rounds to it.

    Do: look up the original measurement. In benchfolio the derived figure is computed, so correct
    the value if that is the wrong one.
    """
    for table, row, checked in _checked(subject):
        if checked.gap > checked.unit:
            yield _wrong(table, row, checked, "does not follow from its values")


def claim_rounding(subject: Subject) -> Iterator[Hit]:
    """A derived figure is off by its last digit.

    Why: it was cut instead of rounded, or computed from values with more digits than are printed.
    Harmless, but it shows that the figure was not made from this page.

    Do: nothing, or compute it from what is printed.
    """
    for table, row, checked in _checked(subject):
        if 0 < checked.gap <= checked.unit:
            yield _wrong(table, row, checked, "is off by its last digit")


def claim_source(subject: Subject) -> Iterator[Hit]:
    """A derived figure stands where a figure that it is derived from is missing.

    Why: nobody can check it, and no other convention (points, percent, ratio) can be computed.

    Do: ask the publisher for the values; without them the figure is shown as transcribed only.
    """
    for table in subject.sound_tables:
        missing = [(row, figure) for row in table.rows for figure in _orphans(row)]
        with_claims = [row for row in table.rows if row.claims]
        if missing and not any(row.values for row in table.rows):
            yield at_table(
                table,
                "has derived figures only",
                expected="the values that they are derived from",
                got=f"{len(with_claims)} rows with nothing to check against",
                remedy="publish the values; until then the figures are shown as transcribed",
            )
            continue
        for row, figure in missing:
            yield at_row(
                table,
                row,
                f"{_name(figure)} without the values that it is derived from",
                expected=f"{figure.metric} of both sides",
                got=f"{figure.printed} alone",
                remedy="publish the values, or take the figure out",
            )


def _name(figure: Figure) -> str:
    found = figure.source
    kind = found.figure if isinstance(found, Claim) else "value"
    return f"{kind.replace('-', ' ')} of {figure.metric}"


def _orphans(row: Row) -> Iterator[Figure]:
    for figure in row.claims:
        if figure.cell.values.get(figure.metric) is None or _baseline(row, figure) is None:
            yield figure


def _baseline(row: Row, figure: Figure) -> Value | None:
    """Return what a claim is against: the same model's original, or named precision, in its row."""
    named = figure.source.baseline if isinstance(figure.source, Claim) else None
    for cell in row.cells:
        if _is_baseline(cell, figure.cell, named) and figure.metric in cell.values:
            return cell.values[figure.metric]
    return None


def _is_baseline(cell: Cell, of: Cell, named: str | None) -> bool:
    return (
        cell is not of
        and (cell.recipe == "original" or of.precision != cell.precision == named)
        and (cell.model, cell.scenario, cell.device) == (of.model, of.scenario, of.device)
    )


def _checked(subject: Subject) -> Iterator[tuple[PrintedTable, Row, _Checked]]:
    for table in subject.sound_tables:
        for row in table.rows:
            for figure in row.claims:
                candidate = figure.cell.values.get(figure.metric)
                base = _baseline(row, figure)
                assert isinstance(figure.source, Claim)
                if candidate is None or base is None or candidate.unit != base.unit:
                    continue
                known = row.metrics.get(figure.metric)
                lower = known is not None and known.direction is Direction.LOWER
                follows = follow(figure.source, candidate, base, lower=lower)
                if follows is not None:
                    said = _around(figure.source.value, figure.source.printed)
                    yield (
                        table,
                        row,
                        _Checked(figure, figure.source, candidate, base, said, follows, lower),
                    )


def _around(value: float, printed: str | None) -> Interval:
    # A hair more, so that exact ties and binary fractions never count.
    half = half_unit(printed) + 1e-9 * max(1.0, abs(value))
    return (value - half, value + half)


def follow(claim: Claim, candidate: Value, base: Value, *, lower: bool) -> Interval | None:
    """Return the interval of what a claim should be; ``None`` where it cannot be computed."""
    c = _around(candidate.value, candidate.printed)
    b = _around(base.value, base.printed)
    if claim.figure in ("change", "drop"):
        # Points of 100 where the claim says % and the values are fractions, and the other way.
        scale = _PERCENT_OF.get(claim.unit, 1.0) / _PERCENT_OF.get(candidate.unit, 1.0)
        if candidate.unit not in _PERCENT_OF or claim.unit not in _PERCENT_OF:
            scale = 1.0
        if claim.figure == "drop" and not lower:
            c, b = b, c
        return ((c[0] - b[1]) * scale, (c[1] - b[0]) * scale)
    if claim.figure == "gain" and lower:
        c, b = b, c
    if b[0] <= 0:
        return None
    ratios = [x / y for x in c for y in b]
    if claim.figure == "gain":
        return (min(ratios), max(ratios))
    percent = _PERCENT_OF.get(claim.unit)
    if percent is None:
        return None
    return ((min(ratios) - 1) * percent, (max(ratios) - 1) * percent)


def ratio_follows(ratio: Value | Claim, over: Value | Claim, under: Value | Claim) -> bool:
    """Return whether one printed figure can be the ratio of two others."""
    said = _around(ratio.value, ratio.printed)
    a, b = (_around(one.value, one.printed) for one in (over, under))
    return b[0] > 0 and a[0] / b[1] <= said[1] and said[0] <= a[1] / b[0]


def _wrong(table: PrintedTable, row: Row, found: _Checked, what: str) -> Hit:
    claim = found.claim
    low, high = found.follows
    decimals = max(2, min(6, len(claim.printed.partition(".")[2].rstrip("%x×"))))
    middle = (low + high) / 2
    c, b = (value.printed or f"{value.value:g}" for value in (found.candidate, found.baseline))
    rules = RULE_BY_FIGURE_WHERE_LOWER_IS_BETTER if found.lower else RULE_BY_FIGURE
    formula = rules[claim.figure].format(c=c, b=b)
    unit = {"%": " %", "x": "×", "×": "×"}.get(claim.unit, "")
    return at_row(
        table,
        row,
        f"{_name(found.figure)} {what}",
        expected=f"{middle:.{decimals}f}{unit} = {formula}",
        got=claim.printed,
        remedy="find out which of the three figures is wrong",
    )
