"""What was decided about a release: frozen types, which are also the form of the JSON report."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

VERSION = 1


class Outcome(StrEnum):
    """What a policy says of a cell or platform; what must be looked at first comes first."""

    FAIL = "fail"
    WARN = "warn"
    ALLOWED = "allowed"
    OK = "ok"


class LimitState(StrEnum):
    """How a loss compares with its limit."""

    BEYOND = "beyond"
    UNDECIDED = "cannot be told"
    WITHIN = "within"
    NONE = "none"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Base of everything in a judgement."""


class JudgedCell(Part, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One cell of either release."""

    outcome: Outcome
    verdict: Annotated[
        Literal["worse", "gone", "not comparable", "better", "new", "no difference"],
        Meta(description="How the cell compares with the base, all comparisons accounted for."),
    ]
    platform: str
    model: str
    precision: str
    recipe: str
    runtime: str
    device: str
    scenario: str
    load: str
    batch: str
    task: str = ""
    form: str = ""
    dataset: str = ""
    shape: str = ""
    metric: Annotated[str, Meta(description="The metric that speaks for the cell.")] = ""
    unit: str = ""
    before: Annotated[float | None, Meta(description="Value in the base.")] = None
    now: Annotated[float | None, Meta(description="Value in the candidate.")] = None
    figure: Annotated[
        Literal["", "gain", "drop"],
        Meta(
            description="gain: ratio of speed or cost, above 1 is better. drop: loss of quality in "
            "the metric's unit, positive is worse."
        ),
    ] = ""
    value: float | None = None
    low: Annotated[
        float | None,
        Meta(description="Lower end of the 95 % interval, noise between releases included."),
    ] = None
    high: float | None = None
    net: Annotated[
        float | None,
        Meta(description="The gain without what all cells of the platform gained together."),
    ] = None
    p: Annotated[
        float | None, Meta(description="Two-sided, of no difference; read off the interval.")
    ] = None
    adjusted: Annotated[
        float | None, Meta(description="p, adjusted for the number of comparisons.")
    ] = None
    limit: Annotated[
        float | None, Meta(description="Loss allowed: % of speed, or the metric's unit.")
    ] = None
    limit_state: LimitState = LimitState.NONE
    why: Annotated[str, Meta(description="Why it is not ok, or why it is allowed.")] = ""
    reason: Annotated[str, Meta(description="Why it is no difference or not comparable.")] = ""
    stated: Annotated[
        tuple[str, ...], Meta(description="What else changed, as the version of the runtime.")
    ] = ()

    @property
    def name(self) -> str:
        """The cell's name, short: what usually tells cells of a platform apart."""
        parts = (self.model, self.precision, self.recipe, self.runtime, self.device, self.scenario)
        return "/".join((*parts, self.load))


class JudgedPlatform(Part, frozen=True, kw_only=True, omit_defaults=True):
    """One platform of either release."""

    platform: str
    outcome: Outcome
    counts: Annotated[Mapping[str, int], Meta(description="Cells by verdict.")]
    noise: Annotated[
        float | None,
        Meta(description="Standard deviation of gains between releases where nothing changed."),
    ] = None
    noise_source: str = ""
    twins: Annotated[int, Meta(description="A/A runs of both releases.")] = 0
    drift: Annotated[
        float | None, Meta(description="What all cells gained together; above 1 is faster.")
    ] = None
    drift_low: float | None = None
    drift_high: float | None = None
    drift_removed: bool = False
    limit: Annotated[float | None, Meta(description="Loss allowed, %.")] = None
    why: str = ""
    machine: Annotated[
        tuple[str, ...], Meta(description="What changed in the description of the platform.")
    ] = ()


class Note(Part, frozen=True, kw_only=True):
    """Something about the policy or a platform that is no cell."""

    outcome: Outcome
    about: Annotated[str, Meta(description="exception, limit, platform.")]
    what: str


class Judgement(Part, frozen=True, kw_only=True):
    """What was decided about a release."""

    format: Literal["benchfolio-comparison"] = "benchfolio-comparison"
    version: Annotated[int, Meta(description="Version of this form.")] = VERSION
    base: str
    candidate: str
    outcome: Annotated[Outcome, Meta(description="The worst of all.")]
    policy: Annotated[str, Meta(description="File of the policy; empty: the default.")] = ""
    today: Annotated[str, Meta(description="The day that exceptions were held against.")]
    tests: Annotated[int, Meta(description="Comparisons that are accounted for.")]
    method: Annotated[str, Meta(description="How.")]
    rate: Annotated[float, Meta(description="Rate of false alarms.")]
    counts: Annotated[Mapping[str, int], Meta(description="Cells by verdict.")]
    outcomes: Annotated[Mapping[str, int], Meta(description="Cells by outcome.")]
    platforms: tuple[JudgedPlatform, ...] = ()
    notes: tuple[Note, ...] = ()
    cells: Annotated[
        tuple[JudgedCell, ...], Meta(description="By outcome, verdict and size, worst first.")
    ] = ()

    @property
    def is_fine(self) -> bool:
        """Whether nothing fails."""
        return self.outcome is not Outcome.FAIL
