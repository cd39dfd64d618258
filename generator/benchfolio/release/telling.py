"""Losses and wins in words, so that no sign must be read: ``6.9 % slower (5.6 to 8.2 %)``."""

from __future__ import annotations

from benchfolio.generator.comparison import DROP, GAIN


def figure_text(figure: str, value: float, low: float | None, high: float | None, unit: str) -> str:
    """Write a change with its interval.

    Args:
        figure: ``gain`` or ``drop``.
        value: The ratio, or the loss in the metric's unit.
        low: Lower end of its interval; ``None`` or NaN without one.
        high: Upper end.
        unit: Of the metric.
    """
    if low is None or high is None or low != low or high != high:
        return _bare(figure, value, unit)
    ends = (100 * (1 - high), 100 * (1 - low)) if figure == GAIN else (low, high)
    loses = value < 1 if figure == GAIN else value > 0
    first, second = ends if loses else (-ends[1], -ends[0])
    decimals = _decimals(second - first)
    span = f"{_signed(first, decimals)} to {_signed(second, decimals)}"
    return f"{_bare(figure, value, unit, decimals)} ({span}{' %' if figure == GAIN else ''})"


def loss_text(figure: str, loss: float, unit: str) -> str:
    """Write a limit: % of speed, or the metric's unit."""
    points = _points(unit).removesuffix("s" if loss == 1 else "")
    return f"{loss:g} %" if figure == GAIN else f"{loss:g}{points}"


def _bare(figure: str, value: float, unit: str, decimals: int = 2) -> str:
    change = 100 * (1 - value) if figure == GAIN else value
    if not f"{abs(change):.{decimals}f}".strip("0."):
        return "no change"
    if figure == GAIN:
        return f"{abs(change):.{decimals}f} % {'slower' if change > 0 else 'faster'}"
    if figure == DROP:
        return f"{abs(value):.{decimals}f}{_points(unit)} {'lost' if value > 0 else 'won'}"
    return ""


def _points(unit: str) -> str:
    if unit == "%":
        return " points"
    return "" if unit in ("", "1") else f" {unit}"


def _decimals(width: float) -> int:
    """Return decimals that show two digits of an interval's width, at most four."""
    decimals = 0
    while decimals < 4 and width < 10 ** (1 - decimals):
        decimals += 1
    return decimals


def _signed(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    if not text.strip("-0."):
        text = text.removeprefix("-")
    return text.replace("-", "−")
