"""Rules about metrics under the wrong name: accuracies that are perplexities, FIDs, or ROUGE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from benchfolio.generator.lint.model import Hit, Subject, at_row
from benchfolio.generator.lint.printed import Figure, PrintedTable, Row

LOWER_IS_BETTER: Mapping[str, str] = MappingProxyType(
    {
        "text-generation": "perplexity or loss",
        "language-modelling": "perplexity or loss",
        "image-generation": "FID",
        "speech": "word error rate",
        "speech-recognition": "word error rate",
    }
)
"""Task → what it is usually judged by, where lower is better."""

HIGHER_IS_BETTER: Mapping[str, str] = MappingProxyType(
    {"summarisation": "ROUGE", "translation": "BLEU"}
)
"""Task → what it is usually judged by, where higher is better but which is no accuracy."""

IMPLAUSIBLE_GROWTH = 0.1
"""Reduced precision hardly ever makes a model a tenth better."""


def direction(subject: Subject) -> Iterator[Hit]:
    """An accuracy is probably a metric of which lower is better.

    Why: what reads as a large gain is then a large loss. That the name is wrong is a suspicion: it
    rests on the task, on the missing percent sign, or on a growth that quantisation does not give.

    Do: look up what the model's script prints, and name that metric; its direction follows.
    """
    for table in subject.sound_tables:
        for row in table.rows:
            yield from _direction(table, row)


def metric_name(subject: Subject) -> Iterator[Hit]:
    """An accuracy is given for a task that is not judged by accuracy.

    Why: a ROUGE of 42 is good, an accuracy of 42 % is not. The direction is right, the name is not.

    Do: look up what the model's script prints, and name that metric.
    """
    for table in subject.sound_tables:
        for row in table.rows:
            usual = HIGHER_IS_BETTER.get(_task(row))
            figures = [figure for figure in _accuracies(row) if figure.source.unit != "%"]
            if usual and figures:
                yield at_row(
                    table,
                    row,
                    f"accuracy of a model for {_task(row)}, without a percent sign",
                    expected=f"{usual}, as such models are usually judged by",
                    got=_figures(figures),
                    remedy="name the metric that was computed",
                )


def _direction(table: PrintedTable, row: Row) -> Iterator[Hit]:
    figures = _accuracies(row)
    usual = LOWER_IS_BETTER.get(_task(row))
    unnamed = [figure for figure in figures if _is_unnamed(figure)]
    growth = _growth(figures)
    if usual and unnamed:
        reason = f"{_task(row)} is usually judged by {usual}, and the figures have no percent sign"
    elif growth is not None and growth > IMPLAUSIBLE_GROWTH:
        reason = f"reduced precision does not make a model {growth:.1%} better"
    else:
        return
    effect = "" if growth is None else f"; {_reading(growth)}"
    yield at_row(
        table,
        row,
        "accuracy that is probably a metric of which lower is better",
        expected=f"the metric's own name: {reason}",
        got=_figures(figures) + effect,
        remedy="look up what the model's script prints and name that metric",
    )


def _reading(growth: float) -> str:
    better, worse = ("better", "worse") if growth >= 0 else ("worse", "better")
    return f"{abs(growth):.1%} {better} as an accuracy, {worse} if lower is better"


def _task(row: Row) -> str:
    return next((task for cell in row.cells if (task := row.tasks.get(cell.model))), "")


def _accuracies(row: Row) -> list[Figure]:
    return [figure for figure in row.values if row.is_percent(figure.metric)]


def _is_unnamed(figure: Figure) -> bool:
    """Whether a figure carries no sign that it is an accuracy."""
    unit, value = figure.source.unit, figure.source.value
    return unit != "%" and not (unit == "1" and 0 <= value <= 1)


def _figures(figures: list[Figure]) -> str:
    return ", ".join(f"{figure.cell.precision.value} {figure.printed}" for figure in figures)


def _growth(figures: list[Figure]) -> float | None:
    """Return how much better the reduced precision is, relative to the original."""
    for base in figures:
        for other in figures:
            if (
                base.cell.recipe == "original"
                and other.cell.precision != base.cell.precision
                and other.metric == base.metric
                and other.cell.model == base.cell.model
                and base.source.value > 0
            ):
                return other.source.value / base.source.value - 1
    return None
