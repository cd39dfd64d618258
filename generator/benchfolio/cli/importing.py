"""What ``benchfolio import`` does with reports of other tools."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from benchfolio.documents.node import Form
from benchfolio.documents.text import read_text
from benchfolio.importers.reports.assembling import Assembled, Named, Order, assemble
from benchfolio.importers.reports.registry import formats, reader, recognised
from benchfolio.importers.reports.stating import NEEDED, option
from benchfolio.importers.reports.types import Stated
from benchfolio.results import BadInput, Problem, ResultFile, WrongUsage, read

REPORT = Form(
    name="a report",
    expected="text in UTF-8",
    remedy="check that this is a whole report, as the tool wrote it",
    max_bytes=64 * 1024 * 1024,
)

Way = Literal["higher", "lower"]


def read_reports(paths: Sequence[Path], name: str | None, stated: Stated) -> list[Named]:
    """Read reports.

    Args:
        paths: The files.
        name: Of the reader; each report is recognised by its content when left out.
        stated: What the person says beside them.

    Raises:
        BadInput: A file cannot be read or is no such report.
        WrongUsage: There is no such reader, or a file is given twice.
        MissingEnvironment: A plug-in is broken.
    """
    named = []
    for path in paths:
        where = path.as_posix()
        text = read_text(path, where, REPORT).replace("\r\n", "\n").replace("\r", "\n")
        if not text.strip():
            raise BadInput(_empty(where))
        found = reader(name) if name else recognised(path.name, text, where)
        named.append(Named(where, found.read(text, where, stated)))
    if len({each.where for each in named}) < len(named):
        raise WrongUsage(Problem(where="import", what="a report is given twice"))
    return named


def assembled(reports: Sequence[Named], order: Order, out: Path) -> Assembled:
    """Make result files of reports, on top of those in a folder."""

    def existing(release: str, platform: str) -> ResultFile | None:
        path = out / release / f"{platform}.json"
        return read(path, where=path.as_posix()) if path.exists() else None

    return assemble(reports, order, existing)


def pairs(texts: Sequence[str], name: str, expected: str) -> dict[str, str]:
    """Return ``NAME=WHAT`` texts as a mapping; the last ``=`` divides.

    Raises:
        WrongUsage: One has no ``=``, or a name is given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        key, sign, value = text.rpartition("=")
        key, value = key.strip(), value.strip()
        if not (sign and key and value) or found.get(key, value) != value:
            raise WrongUsage(
                Problem(
                    where=name,
                    what="not understood, or a name given twice",
                    expected=expected,
                    got=repr(text),
                    remedy="correct it",
                )
            )
        found[key] = value
    return found


def directions(texts: Sequence[str]) -> dict[str, Way]:
    """Return ``METRIC=higher`` and ``METRIC=lower`` as a mapping.

    Raises:
        WrongUsage: One says neither.
    """
    found: dict[str, Way] = {}
    expected = "METRIC=higher or METRIC=lower"
    for metric, way in pairs(texts, "--direction", expected).items():
        if way == "higher":
            found[metric] = "higher"
        elif way == "lower":
            found[metric] = "lower"
        else:
            raise WrongUsage(
                Problem(
                    where="--direction",
                    what="not a direction",
                    expected=expected,
                    got=way,
                    remedy="correct it",
                )
            )
    return found


def listing() -> Iterator[str]:
    """Yield lines on each reader: its name, what it reads, what must or may be stated."""
    for name, title, asks in formats():
        yield name
        yield f"    {title}"
        needed = [option(field) for field in asks if field in NEEDED]
        yield f"    must be stated: {', '.join(needed) or 'nothing'}"
        others = [option(field) for field in asks if field not in NEEDED]
        if others:
            yield f"    unknown unless stated: {', '.join(others)}"


def _empty(where: str) -> Problem:
    return Problem(
        where=where,
        what="the report is empty",
        expected="a report, as the tool wrote it",
        got="nothing",
        remedy="run the tool again, or leave the file out",
    )
