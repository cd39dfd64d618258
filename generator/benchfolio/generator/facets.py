"""Text columns that follow from others: publication, evidence, and what a recipe says.

Tables select, sort and show them like any field of a cell; no result file states them twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from benchfolio.results import Recipe

MEASURED = ("measured", "imported")
"""Kinds of origin of figures that somebody measured and handed over as data."""
TRANSCRIBED = ("transcribed",)
"""Kinds of origin of figures that were read off a publication."""

ORIGINS: Mapping[str, Sequence[str]] = MappingProxyType(
    {"measured": MEASURED, "transcribed": TRANSCRIBED}
)
"""Kinds of origin by the word that a table definition has for them; ``any`` is all."""


COMPARED = ("baseline", "with FP32", "alone", "several FP32")
"""What a cell is compared with: it is a baseline, has one, has none, or several match."""


def evidence(has_values: bool, has_claims: bool) -> str:
    """Say what a cell has to show: ``values``, only ``claims`` of a publication, or ``nothing``."""
    if has_values:
        return "values"
    return "claims" if has_claims else "nothing"


def _ratio(recipe: Recipe) -> str:
    return f"{100 * recipe.pruning.ratio:g}%" if recipe.pruning else ""


def _pattern(recipe: Recipe) -> str:
    return (recipe.pruning.pattern or "") if recipe.pruning else ""


def _balance(recipe: Recipe) -> str:
    if recipe.pruning is None or recipe.pruning.balanced is None:
        return ""
    return "balanced" if recipe.pruning.balanced else "unbalanced"


def _teacher(recipe: Recipe) -> str:
    return recipe.distillation.teacher if recipe.distillation else ""


def _distributed(recipe: Recipe) -> str:
    if recipe.distillation is None:
        return ""
    return "distributed" if recipe.distillation.distributed else "one machine"


def _option(name: str) -> Callable[[Recipe], str]:
    return lambda recipe: str(recipe.options.get(name) or "")


RECIPE_FIELDS: Mapping[str, Callable[[Recipe], str]] = MappingProxyType(
    {
        "ratio": _ratio,
        "pattern": _pattern,
        "balance": _balance,
        "criterion": _option("criterion"),
        "comment": _option("comment"),
        "teacher": _teacher,
        "distributed": _distributed,
    }
)
"""Fields of a cell that its recipe gives: of pruning, and of distillation."""
