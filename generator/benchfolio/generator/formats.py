"""One format of one model on one platform: what it gains, what it loses, what is said of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from benchfolio.generator.collection import Collection, Measured
from benchfolio.generator.entries import Number, derived_number, field_label, lone
from benchfolio.generator.formatting import MINUS
from benchfolio.generator.quality import Where, measured_only, primary_quality
from benchfolio.generator.verdicts import ACCEPTABLE, OVER, Verdicts
from benchfolio.results import Limit

FORMAT_FIELDS = ("model", "form", "platform", "release", "runtime", "device", "precision", "recipe")


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """A model in one precision and recipe, on one runtime, device and platform.

    Attributes:
        key: Values of ``FORMAT_FIELDS``.
        cells: Its cells.
        gain: The value whose gain speaks for its speed: throughput, else median latency.
        quality: The value whose drop speaks for its quality.
        limit: What it may lose.
        verdict: One of the words of ``verdicts``.
        fastest: Nothing that is acceptable on this platform is faster.
    """

    key: Mapping[str, str]
    cells: tuple[int, ...]
    gain: Measured | None
    quality: Measured | None
    limit: Limit | None
    verdict: str
    fastest: bool

    @property
    def is_baseline(self) -> bool:
        """Whether it is what others are compared with."""
        return self.verdict == "baseline"


def formats(collection: Collection, where: Where, *, releases: str = "newest") -> list[Format]:
    """Return every measured format that matches, in the order of the cells.

    Transcribed ones are returned where ``where`` asks for their origin, and then only they.
    """
    cells = collection.select(measured_only(where), releases=releases)
    columns = [collection.column(name, cells) for name in FORMAT_FIELDS]
    grouped: dict[tuple[str, ...], list[int]] = {}
    for cell, key in zip(cells, zip(*columns, strict=True), strict=True):
        grouped.setdefault(key, []).append(cell)
    verdicts = Verdicts(collection, grouped.values())
    return [_format(collection, verdicts, key, found) for key, found in grouped.items()]


def _format(
    collection: Collection, verdicts: Verdicts, key: Sequence[str], cells: list[int]
) -> Format:
    named = dict(zip(FORMAT_FIELDS, key, strict=True))
    limit = collection.limit(cells[0])
    metric = primary_quality(collection, named["model"], limit.metric if limit else None)
    found = list(collection.measured(metric, cells).values()) if metric else []
    quality = max(found, key=lambda one: one.drop if one.drop is not None else -1.0, default=None)
    return Format(
        key=named,
        cells=tuple(cells),
        gain=_speed(collection, cells),
        quality=quality,
        limit=limit if limit is not None and limit.metric == metric else None,
        verdict=str(verdicts.entry(cells).raw),
        fastest=verdicts.is_fastest(cells),
    )


def _speed(collection: Collection, cells: list[int]) -> Measured | None:
    for metric, sign in (("throughput", 1), ("latency@median", -1)):
        found = collection.measured(metric, cells)
        if found:
            return max(found.values(), key=lambda one: sign * one.value)
    return None


def best(found: Sequence[Format]) -> Format | None:
    """Return the format that a page speaks of first: acceptable before not, then by gain."""
    candidates = [one for one in found if not one.is_baseline and gain_of(one) is not None]
    order = {ACCEPTABLE: 2, OVER: 0}
    return max(
        candidates, key=lambda one: (order.get(one.verdict, 1), gain_of(one) or 0.0), default=None
    )


def gain_of(one: Format) -> float | None:
    """Return the gain of a format, if it has one."""
    return None if one.gain is None or one.gain.refusal else one.gain.gain


def told(
    collection: Collection, one: Format, *, model: bool = False, platform: bool = False
) -> str:
    """Return a sentence on speed and quality of a format.

    As ``INT8 on OpenVINO runs 2.1× as fast as FP32 and loses 0.3 points of accuracy, within the
    limit of 1``.
    """
    name = f"{one.key['precision']} on {field_label(collection, 'runtime', one.key['runtime'])}"
    if model:
        name = f"{field_label(collection, 'model', one.key['model'])} in {name}"
    if platform:
        name += f" ({field_label(collection, 'platform', one.key['platform'])})"
    gain = figure_text(collection, one.gain, "gain")
    speed = f"runs {gain} as fast as FP32" if gain else "was not compared in speed"
    return f"{name} {speed} and {_loss_words(collection, one)}"


def _loss_words(collection: Collection, one: Format) -> str:
    found = one.quality
    if found is None or found.drop is None:
        return "its loss of quality is not known"
    if not found.unit:
        return "its loss of quality is not told: no unit is published"
    text = figure_text(collection, found, "drop").removeprefix(MINUS)
    label = field_label(collection, "metric", found.metric)
    if not re.search("[1-9]", text):
        words = f"loses no {label}"
    else:
        words = f"{'loses' if found.drop > 0 else 'wins'} {text} of {label}"
    if one.limit is None:
        return f"{words}; no limit is stated"
    relation = "over" if one.verdict == OVER else "within"
    return f"{words}, {relation} the limit of {one.limit.max_drop:g}"


def figure_text(collection: Collection, found: Measured | None, figure: str) -> str:
    """Return a derived figure with its unit as text; empty when there is none."""
    if found is None or found.refusal:
        return ""
    shown = derived_number(collection, found, figure)
    if not isinstance(shown, Number):
        return ""
    return lone(shown).text
