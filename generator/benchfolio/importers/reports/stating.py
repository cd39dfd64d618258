"""What a report leaves open, filled in by what a person states; contradictions found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, get_args

import msgspec

from benchfolio.importers.names import folded, slug
from benchfolio.importers.reports.parsing import PRECISIONS
from benchfolio.importers.reports.types import Field, Row, Stated
from benchfolio.results import (
    BadInput,
    Load,
    Precision,
    Problem,
    Scenario,
    WrongUsage,
    load_name,
    parse_load,
)

NEEDED: tuple[Field, ...] = (
    "release",
    "platform",
    "model",
    "scenario",
    "precision",
    "recipe",
    "runtime",
    "device",
    "batch",
)
"""Fields without which a cell cannot be placed; the others may stay unknown."""

MAX_NAME = 500
"""Characters of a name; longer ones are no names."""


class Complete(msgspec.Struct, frozen=True, kw_only=True):
    """A row with everything that a cell needs.

    Attributes:
        report: Name of the report that it is from.
        row: As the reader made it.
    """

    report: str
    row: Row
    release: str
    platform: str
    model: str
    task: str | None
    dataset: str | None
    scenario: Scenario
    precision: Precision
    recipe: str
    runtime: str
    runtime_version: str | None
    device: str
    batch: int
    shape: str | None
    load: Load

    def names(self) -> tuple[str, ...]:
        """Return the names that ids are made of."""
        named = (self.platform, self.model, self.dataset, self.recipe)
        return tuple(name for name in named if name is not None)


def completed(
    reports: Sequence[tuple[str, Sequence[Row]]], stated: Stated, *, fill: bool = False
) -> list[Complete]:
    """Return all rows of some reports with what is stated in the place of what they do not say.

    Args:
        reports: Name and rows of each.
        stated: What the person says beside them.
        fill: What is stated is for the rows that do not say it; it is no contradiction that others
            do, unless all of them say otherwise.

    Raises:
        WrongUsage: A field is missing, cannot be read, or contradicts a report; one problem for
            each field and report.
        BadInput: A name in a report is no name.
    """
    said = _values(stated)
    problems: dict[tuple[str, str], Problem] = {}
    found = []
    used = (
        {field for _, rows in reports for row in rows for field in said if _open(row, field)}
        if fill
        else set()
    )
    for where, rows in reports:
        for row in rows:
            fields, wrong = _filled(row, said, stated, used)
            for name, problem in wrong:
                problems.setdefault((where, name), problem)
            if not wrong:
                found.append(Complete(report=where, row=row, **fields))
    if problems:
        raise WrongUsage(problems.values())
    return found


def option(field: Field) -> str:
    """Return the option that states a field, as people type it."""
    return "--" + field.replace("_", "-")


def _values(stated: Stated) -> dict[str, Any]:
    """Return what is stated as the types of a row.

    Raises:
        WrongUsage: A precision, scenario, batch size or load that is none.
    """
    values: dict[str, Any] = {}
    problems = []
    for field, text in stated.fields.items():
        try:
            values[field] = _typed(field, text.strip())
        except ValueError as error:
            problems.append(
                Problem(
                    where=option(field),
                    what="not understood",
                    expected=str(error),
                    got=repr(text),
                    remedy="correct it",
                )
            )
    if problems:
        raise WrongUsage(problems)
    return values


def _typed(field: Field, text: str) -> object:
    if not 0 < len(text) <= MAX_NAME:
        raise ValueError(f"1 to {MAX_NAME} characters")
    if field == "precision":
        if text.upper() not in PRECISIONS:
            raise ValueError(f"one of {', '.join(Precision)}")
        return PRECISIONS[text.upper()]
    if field == "scenario":
        if text not in set(Scenario):
            raise ValueError(f"one of {', '.join(Scenario)}")
        return Scenario(text)
    if field == "batch":
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
            raise ValueError("a whole number, 1 or more")
        return int(text)
    if field == "load":
        return _load(text)
    return text


def _load(text: str) -> tuple[Load, int]:
    try:
        return parse_load(text)
    except ValueError as error:
        raise ValueError("a load as 1s4c8ins1bs") from error


def _open(row: Row, field: str) -> bool:
    return getattr(row, field) is None


def _filled(
    row: Row, said: dict[str, Any], stated: Stated, used: Collection[str]
) -> tuple[dict[str, Any], list[tuple[str, Problem]]]:
    """Return the fields of a row, and what is wrong with them by field."""
    fields: dict[str, Any] = {}
    wrong: list[tuple[str, Problem]] = []
    for field in get_args(Field):
        ours = _said(field, said)
        theirs = getattr(row, field)
        _check_name(row, field, theirs)
        both = theirs is not None and ours is not None and field not in used
        if both and not _agree(field, theirs, ours):
            wrong.append((field, _contradiction(row, field, theirs, stated.fields.get(field, ""))))
        fields[field] = ours if theirs is None else theirs
    if fields["batch"] is None and fields["scenario"] is Scenario.ACCURACY:
        fields["batch"] = 1  # As all importers: a quality does not depend on how many go at once.
    fields["load"] = fields["load"] or Load()
    wrong += [(field, _missing(row, field)) for field in NEEDED if fields[field] is None]
    return fields, wrong


def _said(field: Field, said: dict[str, Any]) -> object:
    """Return what is stated for a field; a load also states the batch size at its end."""
    if field == "load" and "load" in said:
        return said["load"][0]
    if field == "batch" and "load" in said and "batch" not in said:
        return said["load"][1]
    return said.get(field)


def _check_name(row: Row, field: Field, value: object) -> None:
    """Refuse names that cannot be in a result file.

    Raises:
        BadInput: An empty or very long one.
    """
    if isinstance(value, str) and not 0 < len(value.strip()) <= MAX_NAME:
        raise BadInput(
            Problem(
                where=row.where,
                what=f"not a {field.replace('_', ' ')}",
                expected=f"1 to {MAX_NAME} characters",
                got=f"{len(value)} characters",
                remedy="check that this is a whole report, as the tool wrote it",
            )
        )


_IDS = frozenset({"release", "platform", "model", "task", "dataset", "recipe", "runtime"})


def _agree(field: Field, theirs: object, ours: object) -> bool:
    if field in _IDS:
        return slug(str(theirs)) == slug(str(ours))
    if isinstance(theirs, str) and isinstance(ours, str):
        return folded(theirs) == folded(ours)
    return theirs == ours


def _contradiction(row: Row, field: Field, theirs: object, ours: str) -> Problem:
    named = field in ("platform", "model", "dataset", "recipe")
    return Problem(
        where=row.where,
        what=f"{option(field)} contradicts the report",
        expected=_shown(theirs),
        got=ours,
        remedy=f"leave out {option(field)}, or state it for rows that do not say it: --fill"
        + (", or give the report's name an id of yours: --id 'NAME=ID'" if named else ""),
    )


def _missing(row: Row, field: Field) -> Problem:
    return Problem(
        where=row.where,
        what=f"the report does not say the {field.replace('_', ' ')}",
        expected=f"{option(field)} on the command line",
        got="nothing",
        remedy=f"add {option(field)} {'N' if field == 'batch' else field.upper()}",
    )


def _shown(value: object) -> str:
    return load_name(value, 1) if isinstance(value, Load) else str(value)[:200]
