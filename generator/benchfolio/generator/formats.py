"""One format of one model on one platform: what it gains, what it loses, what is said of it."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.derive import geometric_mean
from benchfolio.generator.entries import Number, derived_number, field_label, lone
from benchfolio.generator.formatting import MINUS
from benchfolio.generator.lookups import Values
from benchfolio.generator.measured import Measured
from benchfolio.generator.quality import Where, measured_only, primary_quality
from benchfolio.generator.scenarios import OURS
from benchfolio.generator.verdicts import ACCEPTABLE, OVER, Verdicts
from benchfolio.results import Limit

if TYPE_CHECKING:
    from benchfolio.generator.derive import Ints

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
    cells = collection.select({"scenario": OURS, **measured_only(where)}, releases=releases)
    grouped: dict[int, list[int]] = {}
    for cell, number in zip(cells, _numbers(collection)[cells].tolist(), strict=True):
        grouped.setdefault(number, []).append(cell)
    found = list(grouped.values())
    verdicts = Verdicts(collection, found)
    firsts = [own[0] for own in found]
    columns = (collection.column(name, firsts) for name in FORMAT_FIELDS)
    keys = zip(*columns, strict=True)
    return [_format(collection, verdicts, *one) for one in zip(keys, found, strict=True)]


@functools.lru_cache(maxsize=1)  # every page asks, of the same collection
def _numbers(collection: Collection) -> Ints:
    """Return a number for each cell: cells of one format have the same."""
    return collection.cell_columns.numbers(FORMAT_FIELDS)


def _format(
    collection: Collection, verdicts: Verdicts, key: Sequence[str], cells: list[int]
) -> Format:
    named = dict(zip(FORMAT_FIELDS, key, strict=True))
    limit = collection.limit(cells[0])
    metric = primary_quality(collection, named["model"], limit.metric if limit else None)
    found = verdicts.values.of(metric, cells) if metric else []
    quality = max(found, key=lambda one: one.drop if one.drop is not None else -1.0, default=None)
    return Format(
        key=named,
        cells=tuple(cells),
        gain=_speed(verdicts.values, cells),
        quality=quality,
        limit=limit if limit is not None and limit.metric == metric else None,
        verdict=verdicts.word(cells),
        fastest=verdicts.is_fastest(cells),
    )


def _speed(values: Values, cells: list[int]) -> Measured | None:
    for metric, sign in (("throughput", 1), ("latency@median", -1)):
        found = values.of(metric, cells)
        if found:
            return max(found, key=lambda one: (one.is_usable, sign * one.value))
    return None


def best(found: Sequence[Format]) -> Format | None:
    """Return the format that a page speaks of first: acceptable before not, then by gain.

    What is within the noise counts as no gain, and what is unusable not at all.
    """
    candidates = [one for one in found if not one.is_baseline and gain_of(one) is not None]
    order = {ACCEPTABLE: 2, OVER: 0}
    return max(
        candidates, key=lambda one: (order.get(one.verdict, 1), _speed_up(one)), default=None
    )


def _speed_up(one: Format) -> float:
    return 1.0 if is_within_noise(one) else gain_of(one) or 0.0


def gain_of(one: Format) -> float | None:
    """Return the gain of a format, if it has one that can be relied on."""
    if one.gain is None or one.gain.refusal or not one.gain.is_usable:
        return None
    return one.gain.gain


def is_within_noise(one: Format) -> bool:
    """Tell whether the machine's own noise could have given the gain of a format."""
    return one.gain is not None and one.gain.is_within_noise


def mean_gain(found: Sequence[Format]) -> tuple[float, bool]:
    """Return the geometric mean of the gains of formats, and whether it is within the noise.

    A mean is within the noise where each of its gains is, or where it is as near to 1 as the
    noise floor of any of its platforms.
    """
    mean = geometric_mean(gain for one in found if (gain := gain_of(one)) is not None) or 0.0
    floors = [one.gain.floor for one in found if one.gain and one.gain.floor is not None]
    near = bool(floors) and mean > 0 and abs(math.log(mean)) <= math.log1p(max(floors))
    return mean, near or all(map(is_within_noise, found))


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
    if is_within_noise(one):
        speed = "is as fast as FP32 within the noise"
    return f"{name} {speed} and {_loss_words(collection, one)}"


def _loss_words(collection: Collection, one: Format) -> str:
    found = one.quality
    if found is None or found.drop is None:
        return "its loss of quality is not known"
    if not found.unit:
        return "its loss of quality is not told: no unit is published"
    label = field_label(collection, "metric", found.metric)
    shown = derived_number(collection, found, "drop")
    text = figure_text(collection, found, "drop").removeprefix(MINUS)
    if isinstance(shown, Number) and shown.words:
        words = f"loses no detectable {label} ({lone(shown).detail})"
    elif not re.search("[1-9]", text):
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
