"""Rules about dates and versions: tests before releases, disagreeing dates, old results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from benchfolio.generator.lint.facts import released
from benchfolio.generator.lint.model import Hit, Subject, about, at_row
from benchfolio.results import Cell, Problem, ResultFile

OLD_DAYS = 366
"""Results older than the newest of the site by more than a year are marked."""

_DATE = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)*")


def software_date(subject: Subject) -> Iterator[Hit]:
    """Results are older than the software that they name.

    Why: what is stated cannot have been run on that day. Either the date was left from an earlier
    page, or the version was raised without measuring again.

    Do: find out which of the two is right, and measure again if it is the version.
    """
    for name, file in subject.files:
        seen: set[tuple[str, str, str]] = set()
        for cell in file.cells:
            version = cell.runtime_version or ""
            table = cell.published.table if cell.published else ""
            key = (cell.runtime, version, table)
            if key not in seen:
                seen.add(key)
                yield from _too_early(name, file, cell, version)


def _too_early(name: str, file: ResultFile, cell: Cell, version: str) -> Iterator[Hit]:
    tested, public = _tested(file, cell), released(cell.runtime, version)
    if tested is None or public is None or tested >= public:
        return
    place = f": {cell.published.table}" if cell.published else ""
    problem = Problem(
        where=name + place,
        what=f"tested before {cell.runtime} {version} was released",
        expected=f"a test on {public.isoformat()} or later",
        got=f"tested on {tested.isoformat()}, {(public - tested).days} days earlier",
        remedy="correct the date or the version, or measure again",
    )
    hit = about(problem)
    if cell.published is None:
        yield hit
    else:
        yield Hit(type(hit.place)(name, cell.published.table), problem)


def _tested(file: ResultFile, cell: Cell) -> date | None:
    origin = cell.origin or file.origin
    stated = origin.publication.tested if origin.publication else None
    if cell.started is not None:
        return cell.started.date()
    return _day(stated)


def _day(text: str | None) -> date | None:
    found = _DATE.search(text or "")
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def release_date(subject: Subject) -> Iterator[Hit]:
    """A release, its test date and its publication date contradict one another.

    Why: at least one of them was not brought up to date, and readers will quote the wrong one.

    Do: correct what is wrong. A date in a release's id is the day of the test.
    """
    for name, file in subject.files:
        publication = file.origin.publication
        tested = _day(publication.tested) if publication else None
        published = _day(publication.date) if publication else None
        named = _day(file.release)
        if named and tested and named != tested:
            yield about(_contradiction(name, "release", named, "test", tested))
        if published and tested and tested > published:
            yield about(_contradiction(name, "publication", published, "test", tested))
        late = [cell.started.date() for cell in file.cells if cell.started]
        if published and late and max(late) > published:
            yield about(_contradiction(name, "publication", published, "measurement", max(late)))


def _contradiction(name: str, one: str, day: date, other: str, found: date) -> Problem:
    return Problem(
        where=f"{name}: $.origin.publication",
        what=f"the dates of {one} and {other} contradict each other",
        expected=f"{other} on {day.isoformat()}" + (" or before" if one != "release" else ""),
        got=found.isoformat(),
        remedy="correct the one that was not brought up to date",
    )


def heading_version(subject: Subject) -> Iterator[Hit]:
    """The heading of a table names another version than its cells.

    Why: text and table disagree about what was measured.

    Do: correct the heading, or the version in the mapping file.
    """
    for table in subject.tables:
        named = _VERSION.findall(table.heading)
        if not named:
            continue
        for row in table.rows:
            versions = {
                cell.runtime_version.partition("+")[0] for cell in row.cells if cell.runtime_version
            }
            wrong = sorted(version for version in versions if version not in named)
            if wrong:
                yield at_row(
                    table,
                    row,
                    "another version than the heading names",
                    expected=" or ".join(named),
                    got=", ".join(wrong),
                    remedy="correct the heading or the cells",
                )


def old(subject: Subject) -> Iterator[Hit]:
    """Results are much older than the newest on the site.

    Why: readers compare what stands side by side; software of two years ago is another product.

    Do: measure again, or leave it to the note that the site shows.
    """
    days = {name: day for name, file in subject.files if (day := _newest(file)) is not None}
    latest = max(days.values(), default=None)
    for name, day in days.items():
        if latest is not None and (latest - day).days > OLD_DAYS:
            yield about(
                Problem(
                    where=name,
                    what="much older than the newest results",
                    expected=f"within a year of {latest.isoformat()}",
                    got=day.isoformat(),
                    remedy="measure again, or keep it with its date in view",
                )
            )


def _newest(file: ResultFile) -> date | None:
    publication = file.origin.publication
    stated = [_day(publication.tested), _day(publication.date)] if publication else []
    days = [cell.started.date() for cell in file.cells if cell.started]
    return max([*days, *(day for day in stated if day)], default=None)
