"""Key figures at the top of a page."""

from __future__ import annotations

from collections.abc import Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import (
    NO_DIFFERENCE,
    Number,
    derived_number,
    field_label,
    lone,
)
from benchfolio.generator.formats import Format, best, figure_text, gain_of, is_within_noise
from benchfolio.generator.formatting import THIN, number
from benchfolio.generator.pages.rankings import is_lossy, loss, loss_rank
from benchfolio.generator.verdicts import ACCEPTABLE
from benchfolio.generator.view import Figure


def format_figures(collection: Collection, found: Sequence[Format]) -> tuple[Figure, ...]:
    """Return the key figures of measured formats."""
    return (
        *best_figures(collection, found),
        *worst_figures(collection, found),
        _acceptable(found),
        *_not_ok(collection, [cell for one in found for cell in one.cells]),
    )


def published_figures(collection: Collection, found: Sequence[Format]) -> tuple[Figure, ...]:
    """Return the key figures of transcribed formats: what is best and worst among them."""
    shares = [one for one in found if one.quality is None or one.quality.unit == "%"]
    return (
        *best_figures(collection, found, "best published gain"),
        *worst_figures(collection, shares, "worst published drop"),
    )


def best_figures(
    collection: Collection, found: Sequence[Format], label: str = ""
) -> tuple[Figure, ...]:
    """Return the gain of the format that is named first."""
    first = best(found)
    gain = figure_text(collection, first.gain, "gain") if first else ""
    if first is None or not gain:
        return ()
    label = label or ("best gain" if first.verdict != ACCEPTABLE else "best acceptable gain")
    if is_within_noise(first):
        # What is no gain is no headline either.
        return (Figure(label=label, value="none", detail=NO_DIFFERENCE),)
    return (
        Figure(
            label=label,
            value=gain.removesuffix("×"),
            unit="×",
            detail=_which(collection, first),
            tone="" if (gain_of(first) or 0) >= 1 else "bad",
        ),
    )


def worst_figures(
    collection: Collection, found: Sequence[Format], label: str = "worst drop"
) -> tuple[Figure, ...]:
    """Return the largest loss of quality."""
    lossy = [one for one in found if not one.is_baseline and loss(one) is not None]
    if not lossy:
        return ()
    worst = min(lossy, key=lambda one: (not is_lossy(one), loss_rank(one)))
    shown = derived_number(collection, worst.quality, "drop") if worst.quality else None
    if not isinstance(shown, Number):
        return ()
    entry = lone(shown)
    text, _, unit = entry.text.partition(THIN)
    bound = f"{entry.detail}: " if entry.worded else ""
    return (
        Figure(
            label=label,
            value="none detectable" if entry.worded else text,
            unit=unit,
            detail=bound + _which(collection, worst),
            tone=shown.tone,
        ),
    )


def _which(collection: Collection, one: Format) -> str:
    """Name a format in few words."""
    fields = ("model", "precision", "runtime", "platform")
    return ", ".join(field_label(collection, field, one.key[field]) for field in fields)


def _acceptable(found: Sequence[Format]) -> Figure:
    judged = [one for one in found if not one.is_baseline and one.limit is not None]
    good = [one for one in judged if one.verdict == ACCEPTABLE]
    return Figure(
        label="acceptable formats",
        value=str(len(good)),
        detail=f"of {len([one for one in found if not one.is_baseline])}",
    )


def platform_figures(
    collection: Collection, cells: Sequence[int], found: Sequence[Format]
) -> tuple[Figure, ...]:
    """Return the key figures of a platform."""
    models = {one.key["model"] for one in found}
    return (
        Figure(label="models", value=str(len(models))),
        *format_figures(collection, found)[:3],
        *_not_ok(collection, cells),
    )[:4]


def _not_ok(collection: Collection, cells: Sequence[int]) -> tuple[Figure, ...]:
    states = collection.column("state", cells)
    bad = len(states) - states.count("ok")
    return (
        Figure(label="cells without a value", value=number(bad, 0), detail=f"of {len(states)}"),
    )
