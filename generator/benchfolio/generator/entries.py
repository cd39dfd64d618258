"""Entries: what one cell of a table shows for a value, a state, a name or a refusal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec

from benchfolio.generator.collection import Collection
from benchfolio.generator.derive import COMPARED_BY, REFUSALS, differences
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.formatting import (
    DASH,
    MAX_DECIMALS,
    RUNTIMES,
    SCENARIOS,
    THIN,
    Sample,
    clean,
    decimals,
    number,
    printed_decimals,
    span,
    with_unit,
)
from benchfolio.generator.measured import Measured
from benchfolio.generator.percentiles import percent_of, shortage
from benchfolio.generator.view import Entry, Link
from benchfolio.results import Calm, Claim, Direction, Metric

NOT_PLANNED = Entry(text=DASH, state="none", tip="not planned")
NOT_STATED = Entry(text=DASH, state="none", tip="not stated")
BASELINE_TIP = "the FP32 original that the others are compared with"
WORST_FIRST = ("failed", "unsupported", "skipped", "withheld", "pending", "ok")
"""States in the order in which they speak for a group of cells."""

NO_DIFFERENCE = "no difference beyond noise"
"""Stands in the place of a gain that the machine's own noise could have given."""
NO_LOSS = "no detectable loss"
"""Stands in the place of a drop that paired samples do not show."""
TOO_FEW = "n too small"
"""Marks a percentile that its requests do not support."""


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number on its way to an entry: its column decides on decimals first.

    Attributes:
        printed: Decimals as published, of a transcribed figure and its differences.
        most: Decimals when no uncertainty decides.
        signed: Write a plus sign.
        aside: What stands beside it in smaller type, as what a publication says instead.
        words: Shown instead of the number, which then is in the tip, with its interval.
        bounded: Say beside these words what the number is at most.
        mark: A word of warning beside it.
        cell: Anchor of the measurement.
        file: Result file that it stands in.
    """

    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""
    printed: int | None = None
    most: int = 2
    signed: bool = False
    tone: str = ""
    tip: str = ""
    aside: str = ""
    words: str = ""
    bounded: bool = False
    mark: str = ""
    cell: str = ""
    file: str = ""

    @property
    def sample(self) -> Sample:
        """What decides the decimals."""
        half = None if self.low is None or self.high is None else (self.high - self.low) / 2
        return Sample(self.value, half)

    def entry(self, places: int, *, unit: bool = False) -> Entry:
        """Format, with the unit behind the number where the header cannot state it.

        What was transcribed keeps the decimals it was printed with: no digit more or less.
        """
        places = places if self.printed is None else min(self.printed, MAX_DECIMALS)
        figure = number(self.value, places, signed=self.signed)
        interval = ""
        if self.low is not None and self.high is not None:
            interval = span(self.low, self.high, places, signed=self.signed)
        text = with_unit(figure, self.unit) if unit else figure
        detail, tip = "; ".join(filter(None, (interval, self.aside))), self.tip
        if self.words:
            text, detail = self.words, self._bound(places)
            found = with_unit(figure, self.unit)
            tip = "; ".join(filter(None, (found, interval, self.aside, self.tip)))
        return Entry(
            text=text,
            detail=detail,
            tone=self.tone,
            tip=tip,
            raw=self.value,
            low=self.low,
            high=self.high,
            unit=self.unit if unit else "",
            mark=self.mark,
            worded=bool(self.words),
            cell=self.cell,
            file=self.file,
        )

    def _bound(self, places: int) -> str:
        """Say what the number is at most; rounded up, since a bound must hold."""
        if not self.bounded or self.high is None:
            return ""
        scale = 10.0**places
        most = math.ceil(self.high * scale - 1e-9) / scale
        return f"at most {with_unit(number(most, places), self.unit)} at 95{THIN}%"


Shown = Number | Entry


def finish(
    column: Sequence[Shown], places: int | None = None, pool: Sequence[Shown] | None = None
) -> tuple[list[Entry], str]:
    """Format a column: one number of decimals for each unit in it.

    Args:
        column: What it shows.
        places: Decimals, when they are not chosen by uncertainty.
        pool: The numbers that decide together, so that a difference has the decimals of its
            terms; the column's own when left out.

    Returns:
        The entries, and the unit for the header; empty when it stands behind each number.
    """
    units = sorted({shown.unit for shown in column if isinstance(shown, Number)})
    numbers = [shown for shown in pool or column if isinstance(shown, Number)]
    deciding = [shown for shown in numbers if shown.printed is None] or numbers
    chosen: dict[str, int] = {}
    for unit in units:
        same = [shown for shown in deciding if _scale(shown.unit) == _scale(unit)]
        same = same or [shown for shown in numbers if _scale(shown.unit) == _scale(unit)]
        most = max(shown.most for shown in same)
        chosen[unit] = decimals([one.sample for one in same], most) if places is None else places
    mixed = len(units) > 1
    entries = [
        shown.entry(chosen[shown.unit], unit=mixed) if isinstance(shown, Number) else shown
        for shown in column
    ]
    return entries, "" if mixed or not units or units[0] == "1" else units[0]


def _scale(unit: str) -> str:
    return "%" if unit == "points" else unit


def lone(shown: Number) -> Entry:
    """Format a number that stands alone, in a sentence or as a key figure, with its unit.

    Points always have a decimal: a loss of 0.3 is not told as none.
    """
    places = decimals([shown.sample], shown.most)
    return shown.entry(max(1, places) if shown.unit == "points" else places, unit=True)


def measured_number(collection: Collection, found: Measured, tip: str = "") -> Shown:
    """Return a measured value as a number to show, unless it cannot be what it stands for."""
    if found.refusal == "misplaced":
        return refused(collection, found)
    return Number(
        value=found.value,
        low=found.low,
        high=found.high,
        unit=found.unit,
        printed=printed_decimals(found.printed),
        most=collection.metric(found.metric).decimals,
        tip=tip or measured_tip(collection, found),
        mark=_mark(found.own_calm, shortage(found.metric, found.n)),
    )


def _mark(calm: Calm | None, short: str = "") -> str:
    """Return the warning beside a figure; a quiet machine and enough requests need none."""
    calm_word = "" if calm is None or calm is Calm.QUIET else calm.value
    return ", ".join(filter(None, (calm_word, TOO_FEW if short else "")))


def calm_words(collection: Collection, cell: int) -> str:
    """Say why a figure is noisy or unusable; empty where nothing is said against it."""
    verdict = collection.verdict(cell)
    if verdict is None or verdict.calm is Calm.QUIET:
        return ""
    reasons = ", ".join(clean(reason) for reason in verdict.reasons)
    return f"{verdict.calm.value}: {reasons or 'no reason stated'}"


def measured_tip(collection: Collection, found: Measured) -> str:
    """Say how a value was found: interval method, n, versions, day, origin, calm."""
    cell, metric = found.cell, collection.metric(found.metric)
    runtime, kind = collection.text("runtime", cell), collection.text("origin", cell)
    version = collection.text("runtime_version", cell)
    parts = (
        clean(metric.label),
        _interval_words(found),
        shortage(found.metric, found.n) or (f"n = {found.n}" if found.n is not None else ""),
        f"{RUNTIMES.get(runtime, runtime)} {version}".strip(),
        collection.tested(cell),
        _origin_words(collection, cell, kind),
        _definition_words(metric, found, kind),
        calm_words(collection, cell) if found.own_calm else "",
    )
    return "; ".join(filter(None, parts))


def _definition_words(metric: Metric, found: Measured, kind: str) -> str:
    """Say what was computed; of our percentiles always, since tools disagree about them."""
    known = kind in MEASURED and metric.definition and percent_of(found.metric) is not None
    return clean(found.definition or (metric.definition if known else ""))


def _interval_words(found: Measured) -> str:
    if found.low is None:
        return ""
    return f"{100 * (found.confidence or 0):g} % interval ({clean(found.method)})"


def _origin_words(collection: Collection, cell: int, kind: str) -> str:
    if kind == "measured":
        return ""
    publication = collection.text("publication", cell)
    return f"{kind} from “{clean(publication)}”" if publication else kind


def derived_number(collection: Collection, found: Measured, figure: str) -> Shown:
    """Return a derived figure: ``drop``, ``gain``, ``change`` or ``relative-change``."""
    if found.refusal:
        # What was printed is shown with the value itself, not with what would follow from it.
        return msgspec.structs.replace(refused(collection, found), detail="")
    if found.is_baseline:
        return Entry(text="baseline", tip=BASELINE_TIP)
    value, low, high = figure_of(found, figure)
    if value is None:
        tip = "a ratio needs two positive values" if figure == "gain" else REFUSALS["zero"]
        return Entry(text="not comparable", state="not comparable", tip=tip)
    words = _words(collection, found, figure)
    return Number(
        value=_rounded(value),
        low=None if low is None else _rounded(low),
        high=None if high is None else _rounded(high),
        unit=derived_unit(figure, found.unit),
        printed=_difference_decimals(found) if figure in ("drop", "change") else None,
        most=2 if figure == "gain" else collection.metric(found.metric).decimals,
        signed=figure in ("change", "relative-change"),
        tone=_tone(collection, found, figure),
        tip=_derived_tip(collection, found, figure, low is not None),
        aside=_aside(collection, found, figure),
        words=words,
        bounded=words == NO_LOSS,
        mark=_mark(found.calm),
    )


def _words(collection: Collection, found: Measured, figure: str) -> str:
    """Return what stands for a figure that is not more than noise or chance."""
    if found.is_within_noise:
        return NO_DIFFERENCE
    if figure == "drop" and found.is_undetectable and not is_over(collection, found):
        return NO_LOSS
    return ""


def is_over(collection: Collection, found: Measured) -> bool:
    """Tell whether a drop is over the acceptance limit of its metric."""
    limit = collection.limit(found.cell)
    if limit is None or limit.metric != found.metric or found.drop is None:
        return False
    return found.drop > limit.max_drop


def _aside(collection: Collection, found: Measured, figure: str) -> str:
    """Return what stands beside a figure: why it is no better known, what is published instead."""
    parts = (unreached(collection, found, figure), contradiction(collection, found, figure))
    return "; ".join(filter(None, parts))


def unreached(collection: Collection, found: Measured, figure: str = "gain") -> str:
    """Say that a race ended before a gain was known, as ``±1.8 %; time limit of 12 s reached``."""
    race = collection.race(found.cell) if figure == "gain" and found.gain_rounds else None
    if race is None or race.ended == "target" or not found.gain:
        return ""
    why = "interrupted"
    if race.ended == "time limit":
        why = f"time limit of {race.time_limit:g}{THIN}s reached"
    if found.gain_low is None or found.gain_high is None:
        return why
    half = (found.gain_high - found.gain_low) / 2 / found.gain
    return "" if half <= race.target else f"±{100 * half:.1f}{THIN}%; {why}"


def _difference_decimals(found: Measured) -> int | None:
    """Return the decimals of a difference of two printed values: those of the finer one."""
    own = printed_decimals(found.printed)
    if own is None:
        return None
    base = repr(_rounded(found.value - (found.change or 0.0)))
    return max(own, len(base.partition(".")[2].rstrip("0")) if "e" not in base else 0)


def _rounded(value: float) -> float:
    """Drop the noise of binary fractions: 98.3 − 98.0 is 0.3, not 0.29999999999999716."""
    return float(f"{value:.12g}")


def figure_of(found: Measured, figure: str) -> tuple[float | None, float | None, float | None]:
    """Return a derived figure with its interval; relative changes in per cent."""
    if figure == "drop":
        return found.drop, found.drop_low, found.drop_high
    if figure == "gain":
        return found.gain, found.gain_low, found.gain_high
    if figure == "change":
        return found.change, found.change_low, found.change_high
    scaled = (found.relative, found.relative_low, found.relative_high)
    value, low, high = (None if part is None else 100 * part for part in scaled)
    return value, low, high


def derived_unit(figure: str, unit: str) -> str:
    """Return the unit of a derived figure; differences of percentages are points."""
    if figure == "gain":
        return "×"
    if figure == "relative-change":
        return "%"
    return "points" if unit == "%" else unit


def formula(
    figure: str,
    direction: Direction | None,
    candidate: str = "candidate",
    baseline: str = "FP32",
) -> str:
    """Return the formula of a derived column as its header shows it."""
    if figure == "change":
        return f"{candidate} − {baseline}"
    if figure == "relative-change":
        return f"({candidate} − {baseline}) / |{baseline}|"
    sign = "−" if figure == "drop" else "/"
    rising, falling = f"{candidate} {sign} {baseline}", f"{baseline} {sign} {candidate}"
    higher, lower = (falling, rising) if figure == "drop" else (rising, falling)
    if direction is Direction.HIGHER:
        return higher
    if direction is Direction.LOWER:
        return lower
    return f"{higher}; {lower} where lower is better"


def _tone(collection: Collection, found: Measured, figure: str) -> str:
    if figure == "gain":
        known = found.gain is not None and found.is_usable and not found.is_within_noise
        return "bad" if known and found.gain is not None and found.gain < 1 else ""
    return "bad" if figure == "drop" and is_over(collection, found) else ""


def _derived_tip(collection: Collection, found: Measured, figure: str, interval: bool) -> str:
    places = collection.metric(found.metric).decimals
    base = found.value - (found.change or 0.0)
    sides = " against ".join(number(side, places) for side in (found.value, base))
    ratio = figure in ("gain", "relative-change")
    method = found.gain_method if ratio else found.drop_method
    floor = found.floor if figure == "gain" else None
    parts = [
        f"{with_unit(sides, found.unit)} in FP32",
        f"interval: {method}" if interval else "",
        method if ratio and found.gain_rounds and not interval else "",
        "" if floor is None else f"noise floor {100 * floor:.1f}{THIN}%",
        measured_tip(collection, found),
        _baseline_words(collection, found),
    ]
    return "; ".join(part for part in parts if part)


def _baseline_words(collection: Collection, found: Measured) -> str:
    if found.calm in (None, Calm.QUIET) or found.baseline < 0:
        return ""
    words = calm_words(collection, found.baseline)
    return f"FP32 {words}" if words else ""


def claimed(claims: Sequence[Claim], figure: str, metric: str) -> Shown | None:
    """Return a derived figure as published, where the values behind it are not."""
    for claim in claims:
        if claim.figure == figure and claim.metric == metric:
            return Number(
                value=claim.value,
                unit=derived_unit(figure, claim.unit),
                printed=printed_decimals(claim.printed),
                signed=figure in ("change", "relative-change"),
                tip="as published; the values it was derived from are not",
            )
    return None


def contradiction(collection: Collection, found: Measured, figure: str) -> str:
    """Return what a publication says where it is not what follows from its own values.

    Rounding is no contradiction: neither that of the figure itself nor that of the two values it
    was derived from.
    """
    ours, _, _ = figure_of(found, figure)
    if ours is None or not found.printed:
        return ""
    for claim in collection.claims(found.cell):
        if claim.figure == figure and claim.metric == found.metric:
            scale = 100.0 if figure == "relative-change" and claim.unit == "1" else 1.0
            margin = scale * _half_step(claim.printed) + _carried(found, figure)
            if abs(ours - scale * claim.value) > margin * 1.000001:
                return f"published as {clean(claim.printed)}"
    return ""


def _half_step(printed: str) -> float:
    """Return half a unit of the last printed digit."""
    return 0.5 * 10.0 ** -(printed_decimals(printed) or 0)


def _carried(found: Measured, figure: str) -> float:
    """Return how far rounding of the two values behind a figure can move it."""
    if not found.printed or found.change is None:
        return 0.0
    half, base = _half_step(found.printed), found.value - found.change
    if figure in ("drop", "change"):
        return 2 * half
    ratio = abs(found.value / base) if base else 0.0
    return (100.0 if figure == "relative-change" else 1.0) * half * (1 + ratio) / abs(base or 1.0)


def refused(collection: Collection, found: Measured) -> Entry:
    """Return the entry of a value that is not comparable, with why, and what was printed."""
    printed = found.printed if found.refusal == "misplaced" else ""
    return Entry(
        text="not comparable",
        state="not comparable",
        tip=why_refused(collection, found),
        detail=f"printed {clean(printed)}" if printed else "",
    )


def why_refused(collection: Collection, found: Measured) -> str:
    """Say why a value is not compared: what differs, or what became of the baseline."""
    reason = REFUSALS[found.refusal]
    if found.refusal == "no-baseline":
        nearest = _nearest_difference(collection, found.cell)
        return f"{reason}: {nearest}" if nearest else reason
    if found.refusal == "baseline-not-ok":
        base = collection.column("baseline", [found.cell])
        state, cause = (collection.column(name, base)[0] for name in ("state", "reason"))
        return f"{reason}: {state}{', ' + clean(cause) if cause else ''}"
    return reason


def _nearest_difference(collection: Collection, cell: int) -> str:
    mine = key_of(collection, cell)
    same = {name: [mine[name]] for name in ("model", "platform", "release", "scenario")}
    same |= {"precision": ["FP32"], "method": ["original"]}
    originals = collection.select(same, releases="all")
    keys = [list(key_of(collection, other).values()) for other in originals]
    found = [differences(list(mine.values()), key) for key in keys]
    fewest = min(map(len, found), default=0)
    return "; ".join(next((parts for parts in found if len(parts) == fewest), []))


def key_of(collection: Collection, cell: int) -> Mapping[str, str]:
    """Return what a cell has in common with its baseline, by field."""
    return {name: str(collection.column(name, [cell])[0]) for name in COMPARED_BY}


def state_entry(states: Sequence[str], reasons: Sequence[str]) -> Entry:
    """Return the entry of cells that are not ok: the worst state, every reason as tip."""
    worst = min(states, key=WORST_FIRST.index)
    told = dict.fromkeys(clean(reason) for reason in reasons if reason)
    return Entry(text=worst, state=worst, tip="; ".join(told) or f"{worst}, no reason stated")


def count_entry(states: Sequence[str], reasons: Sequence[str]) -> Entry:
    """Return how many planned cells ended how, as ``5 ok, 1 failed``."""
    counts = {state: states.count(state) for state in reversed(WORST_FIRST) if state in states}
    worst = min(states, key=WORST_FIRST.index)
    told = dict.fromkeys(clean(reason) for reason in reasons if reason)
    text = ", ".join(f"{count} {state}" for state, count in counts.items())
    tone = "bad" if worst == "failed" else ""
    return Entry(text=text, state=worst, tone=tone, tip="; ".join(told))


def name_entry(collection: Collection, field: str, value: str) -> Entry:
    """Return the entry of a name, linked to the page it has."""
    if not value:
        return NOT_STATED
    label = field_label(collection, field, value)
    link = _page(collection, field, value)
    tip = "" if label == value else clean(value)
    state = value if field == "state" else "ok"
    return Entry(text=label, state=state, link=link, raw=value, tip=tip)


def _page(collection: Collection, field: str, value: str) -> Link | None:
    """Return the link to the page that a thing has; machines that nobody states have none."""
    described = {
        "model": collection.models,
        "teacher": collection.models,
        "platform": collection.machines,
        "dataset": collection.datasets,
    }
    if field in ("runtime", "release"):
        return Link(field, value)
    if value not in described.get(field, ()):
        return None
    return Link("model" if field == "teacher" else field, value)


def field_label(collection: Collection, field: str, value: str) -> str:
    """Return a field's value as readers know it."""
    label = value
    if field == "model" and value in collection.models:
        label = collection.models[value].name
    elif field == "platform" and value in collection.platforms:
        label = collection.platforms[value].label
    elif field == "dataset" and value in collection.datasets:
        label = collection.datasets[value].name
    elif field == "recipe" and value in collection.recipes:
        label = collection.recipes[value].label or value
    elif field == "metric" and value in collection.catalogue.metrics:
        label = collection.catalogue.metrics[value].label
    elif field == "runtime":
        label = RUNTIMES.get(value, value)
    elif field == "teacher" and value in collection.models:
        label = collection.models[value].name
    elif field == "scenario":
        label = SCENARIOS.get(value, value)
    elif field == "task":
        label = value.replace("-", " ")
    return clean(label)


def outside(address: str | None) -> Link | None:
    """Return a link to an address outside; ``None`` unless it is plain http or https."""
    if address and address.lower().startswith(("https://", "http://")) and address.isprintable():
        return Link("url", address)
    return None
