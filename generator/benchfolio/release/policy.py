"""A policy: what a release may lose, and what is done about the rest.

A YAML file; everything may be left out::

    accuracy:
      limits:                       # the first that fits a cell counts
        - max_drop: 0.5             # in the metric's own unit, against the base release
          where: {task: image-classification}
        - max_drop: 1.0
          where: {unit: "%"}
      floors:
        - at_least: 70
          where: {model: digits-*, metric: accuracy@top1}
    performance:
      limits:
        - max_loss: 5               # % of speed
          where: {scenario: throughput}
    undecided: warn                 # fail, warn or ignore
    exceptions:
      - where: {model: tiny-lm, platform: arm-board}
        reason: the new kernel is slower on this board; fixed in the next release
        until: 2027-03-01
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from benchfolio.documents import Form, Node, Trail, convert, problem, read, starred
from benchfolio.results import BadInput, Problem

FORM = Form(
    name="a policy",
    expected="a mapping with accuracy, performance, exceptions and so on",
    remedy="correct the line; the page on comparing releases lists every key",
    max_bytes=256 * 1024,
)

Patterns = str | int | list[str | int]
"""One pattern or several; ``*`` stands for anything."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything in a policy: no unknown keys."""


class Where(Part, frozen=True, kw_only=True):
    """Which cells are meant: those that fit in every field that is given; all without any.

    Attributes:
        unit: Unit of the metric that speaks for the cell, as ``metric`` is its id.
    """

    platform: Patterns | None = None
    model: Patterns | None = None
    task: Patterns | None = None
    scenario: Patterns | None = None
    precision: Patterns | None = None
    recipe: Patterns | None = None
    runtime: Patterns | None = None
    device: Patterns | None = None
    dataset: Patterns | None = None
    form: Patterns | None = None
    batch: Patterns | None = None
    shape: Patterns | None = None
    load: Patterns | None = None
    metric: Patterns | None = None
    unit: Patterns | None = None

    def conditions(self) -> Iterator[tuple[str, re.Pattern[str]]]:
        """Yield field and pattern of what is asked for."""
        for name in self.__struct_fields__:
            wanted: Patterns | None = getattr(self, name)
            if wanted is not None:
                yield name, _pattern(wanted)

    def __str__(self) -> str:
        told = []
        for name in self.__struct_fields__:
            wanted: Patterns | None = getattr(self, name)
            if wanted is not None:
                several = wanted if isinstance(wanted, list) else [wanted]
                told.append(f"{name} {' or '.join(map(str, several))}")
        return ", ".join(told) or "every cell"


def _pattern(wanted: Patterns) -> re.Pattern[str]:
    several = wanted if isinstance(wanted, list) else [wanted]
    parts = (starred(str(each)) for each in several)
    return re.compile("|".join(f"(?:{part})" for part in parts), re.DOTALL)


class Action(StrEnum):
    """What is done about something."""

    FAIL = "fail"
    WARN = "warn"
    IGNORE = "ignore"


class MaxDrop(Part, frozen=True, kw_only=True):
    """How much quality a cell may lose against the base release.

    Attributes:
        max_drop: In the metric's own unit: points of a percentage.
        where: Of which cells.
    """

    max_drop: Annotated[float, Meta(ge=0)]
    where: Where = Where()


class Floor(Part, frozen=True, kw_only=True):
    """What a metric must reach, whatever it was before.

    Attributes:
        at_least: Lowest value, of metrics of which more is better.
        at_most: Highest value, of metrics of which less is better.
        where: Of which cells.
    """

    at_least: float | None = None
    at_most: float | None = None
    where: Where = Where()


class Accuracy(Part, frozen=True, kw_only=True):
    """Limits of quality.

    Attributes:
        judge: ``value``: a loss beyond the limit fails as it was measured; ``interval``: only
            where its interval shows that the loss exceeds the limit.
        limits: The first that fits a cell counts.
        floors: All that fit a cell count.
    """

    judge: Literal["value", "interval"] = "value"
    limits: tuple[MaxDrop, ...] = ()
    floors: tuple[Floor, ...] = ()


class MaxLoss(Part, frozen=True, kw_only=True):
    """How much speed a cell may lose against the base release.

    Attributes:
        max_loss: In % of the base: 5 allows 95 % of the throughput, or a latency of 1 / 0.95.
        where: Of which cells.
    """

    max_loss: Annotated[float, Meta(ge=0, lt=100)]
    where: Where = Where()


class Performance(Part, frozen=True, kw_only=True):
    """Limits of speed.

    Attributes:
        limits: The first that fits a cell counts; one that asks for no more than a platform
            counts for the drift of the platform, too.
        drift: ``remove``: what all cells of a platform lose together is judged once, for the
            platform; ``keep``: it is part of the loss of every cell.
        noise: From what noise between releases is known: ``twins`` (A/A runs), ``spread`` (of the
            cells themselves), or ``auto``: A/A runs where they are enough.
    """

    limits: tuple[MaxLoss, ...] = ()
    drift: Literal["remove", "keep"] = "remove"
    noise: Literal["auto", "twins", "spread"] = "auto"


class Multiplicity(Part, frozen=True, kw_only=True):
    """How many comparisons are accounted for; see ``alarms``.

    Attributes:
        method: The procedure.
        rate: Of false alarms.
    """

    method: Literal["benjamini-yekutieli", "benjamini-hochberg", "holm", "none"] = (
        "benjamini-yekutieli"
    )
    rate: Annotated[float, Meta(gt=0, lt=1)] = 0.05


class Allowed(Part, frozen=True, kw_only=True):
    """An exception: what a person has judged acceptable for a while.

    Attributes:
        where: Which cells.
        reason: Why.
        until: Last day on which it holds.
        max_loss: It holds only of losses of speed up to this, in %.
        max_drop: It holds only of losses of quality up to this, in the metric's unit.
    """

    where: Where
    reason: Annotated[str, Meta(min_length=1, max_length=2000)]
    until: date
    max_loss: Annotated[float, Meta(ge=0, le=100)] | None = None
    max_drop: Annotated[float, Meta(ge=0)] | None = None


class Policy(Part, frozen=True, kw_only=True):
    """What a release may lose, and what is done about the rest.

    Attributes:
        accuracy: Limits of quality.
        performance: Limits of speed.
        worse: What to do about a cell that is worse where no limit speaks of it.
        undecided: About a loss of which cannot be told whether it exceeds its limit.
        gone: About a cell that has no value any more.
        not_comparable: About a cell that cannot be compared.
        new: About a cell that had no value before.
        drift: About a platform on which all cells lose together, where no limit speaks of it.
        exceptions: What is allowed all the same.
        multiplicity: How many comparisons are accounted for.
    """

    accuracy: Accuracy = Accuracy()
    performance: Performance = Performance()
    worse: Action = Action.FAIL
    undecided: Action = Action.WARN
    gone: Action = Action.FAIL
    not_comparable: Action = Action.WARN
    new: Action = Action.IGNORE
    drift: Action = Action.WARN
    exceptions: tuple[Allowed, ...] = ()
    multiplicity: Multiplicity = Multiplicity()


DEFAULT = Policy(
    accuracy=Accuracy(limits=(MaxDrop(max_drop=1.0, where=Where(unit="%")),)),
    performance=Performance(limits=(MaxLoss(max_loss=5.0),)),
)
"""Without a policy: one point of a percentage, 5 % of speed; worse by any other metric, and gone,
is not fine."""


def read_policy(path: Path, where: str | None = None) -> Policy:
    """Read a policy.

    Args:
        path: The file.
        where: How errors name it.

    Raises:
        BadInput: It cannot be read, or is no policy; each problem names line and column.
    """
    name = where or path.as_posix()
    root = read(path, name, FORM)
    if root.value is None:
        return Policy()
    policy = convert(root, Policy, name, FORM)
    problems = list(_problems(policy, root, name))
    if problems:
        raise BadInput(problems)
    return policy


def _problems(policy: Policy, root: Node, name: str) -> Iterator[Problem]:
    """Yield what types cannot say."""
    for number, floor in enumerate(policy.accuracy.floors):
        if (floor.at_least is None) == (floor.at_most is None):
            yield _problem(
                root,
                name,
                ("accuracy", "floors", number),
                "a floor needs one of at_least and at_most",
                "at_least where more is better, at_most where less is",
                "both" if floor.at_least is not None else "neither",
            )
    limits: Sequence[tuple[str, Sequence[MaxDrop | MaxLoss]]] = (
        ("accuracy", policy.accuracy.limits),
        ("performance", policy.performance.limits),
    )
    for part, rules in limits:
        seen: list[Where] = []
        for number, rule in enumerate(rules):
            if rule.where in seen or Where() in seen:
                yield _problem(
                    root,
                    name,
                    (part, "limits", number),
                    "a limit that never counts: an earlier one fits all its cells",
                    "the special limits first, the general ones last",
                    str(rule.where),
                )
            seen.append(rule.where)
    for number, allowed in enumerate(policy.exceptions):
        if not allowed.reason.strip():
            yield _problem(
                root,
                name,
                ("exceptions", number, "reason"),
                "an exception has no reason",
                "why the loss is acceptable",
                "nothing",
            )


def _problem(root: Node, name: str, trail: Trail, what: str, expected: str, got: str) -> Problem:
    mark, _ = root.find(trail)
    return problem(name, mark, what, expected=expected, got=got, remedy=FORM.remedy)
