"""Runs recorded cells again, with their baselines in the same rounds, and compares."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from benchfolio import results
from benchfolio.results import Problem, ResultFile, State, WrongUsage, cell_id
from benchfolio.runner import platform
from benchfolio.runner.run import Observer, Request, path_of, run
from benchfolio.runner.summary import Summary
from benchfolio.runner.verify.comparing import Compared, compare, not_measured
from benchfolio.runner.verify.matching import Match, foreseen, matched, not_in_suite, said
from benchfolio.runner.verify.reference import find
from benchfolio.runner.verify.requesting import Asked, requests
from benchfolio.runner.verify.side import Side


class Measure(Protocol):
    """Measures a suite; ``run`` but in tests."""

    def __call__(self, request: Request, *, observer: Observer | None = None) -> Summary:
        """Write the result file of a request."""
        ...


Tell = Callable[[str], None]


def verify(
    asked: Asked,
    *,
    observer: Observer | None = None,
    tell: Tell = lambda _: None,
    measure: Measure = run,
) -> tuple[Compared, ...]:
    """Measure recorded cells again on this machine and say whether they agree.

    Args:
        asked: Which, and how.
        observer: Is told how the measuring goes.
        tell: Is told what is known before it begins: files passed over, differences.
        measure: Does the measuring.

    Returns:
        One comparison per recorded cell, in the order of the record.

    Raises:
        WrongUsage: No cell is meant, or several platforms' are; the folder to keep is not empty.
        BadInput: There are no results; the suite is not here, or broken.
        MissingEnvironment: None of the suite's engines is installed.
        KeyboardInterrupt: A person interrupted; nothing is left behind.
    """
    _check_keep(asked)
    here = platform.describe("here")
    found = find(
        asked.cell,
        asked.results,
        processor=here.processor,
        release=asked.release,
        platform=asked.platform_id,
    )
    for problem in found.problems:
        tell(f"passed over: {problem}")
    matches = matched(found.sides, asked.suite)
    for match in matches:
        for difference in foreseen(match, here):
            tell(said(match, difference))
    with _folder(asked.keep) as folder:
        return tuple(_repeated(matches, asked, folder, observer, measure))


# --------------------------------------------------------------------------------------- measuring


def _repeated(
    matches: Sequence[Match],
    asked: Asked,
    folder: Path,
    observer: Observer | None,
    measure: Measure,
) -> Iterator[Compared]:
    """Measure all that are measured in one way together; yield in the matches' order."""
    groups = requests(matches, asked)
    compared: dict[str, Compared] = {}
    for number, (request, members) in enumerate(groups, start=1):
        out = folder if len(groups) == 1 else folder / str(number)
        request = msgspec.structs.replace(request, out=out)
        measure(request, observer=observer)
        file = results.read(path_of(request), where="the repetition")
        for match in members:
            side = _side(file, match)
            found = compare(match.recorded, side, tolerance=asked.tolerance)
            compared[found.anchor] = found
    for match in matches:
        nothing = not_measured(match.recorded, [not_in_suite(match)])
        yield compared.get(nothing.anchor, nothing)


def _side(file: ResultFile, match: Match) -> Side:
    by_id = {cell_id(cell): cell for cell in file.cells}
    assert match.cell is not None
    baseline = by_id.get(match.baseline) if match.baseline else None
    if baseline is not None and baseline.state is not State.OK:
        baseline = None
    return Side(file=file, cell=by_id[match.cell], baseline=baseline)


# ----------------------------------------------------------------------------------------- folders


def _check_keep(asked: Asked) -> None:
    """Refuse to write among results, or over anything."""
    keep = asked.keep
    if keep is None:
        return
    inside = keep.resolve().is_relative_to(asked.results.resolve())
    if inside or (keep.exists() and (not keep.is_dir() or any(keep.iterdir()))):
        raise WrongUsage(
            Problem(
                where="--keep",
                what="the repetition is not written among other files",
                expected="a new or empty folder outside of the results",
                got="a folder of the results" if inside else "something is there",
                remedy="name another folder",
            )
        )


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Yield the folder of the repetition; without ``keep`` one that goes away."""
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="benchfolio-verify-") as folder:
        yield Path(folder)
