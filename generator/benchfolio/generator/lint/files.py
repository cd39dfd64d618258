"""Rules about files: valid, in their place, complete, and not contradicting one another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from benchfolio.generator.formatting import listing
from benchfolio.generator.lint.model import Hit, Subject, about
from benchfolio.results import Problem, State


def contract(subject: Subject) -> Iterator[Hit]:
    """A file is not a valid result file.

    Why: nothing in it can be trusted, so it is left out of every page and every other rule.

    Do: correct the place that is named; ``benchfolio schema`` prints what is allowed.
    """
    return map(about, subject.problems)


def misplaced(subject: Subject) -> Iterator[Hit]:
    """A file is not at RELEASE/PLATFORM.json.

    Why: people look for results by release and platform; a file that was copied and changed only
    half is found this way.

    Do: rename the file, or correct the release or the platform's id in it.
    """
    for name, file in subject.files:
        parts = name.split("/")
        expected = [file.release, f"{file.platform.id}.json"]
        if len(parts) > 1 and parts[-2:] != expected:
            yield about(
                Problem(
                    where=f"{name}: $.release, $.platform.id",
                    what="the file's place does not match what it says",
                    expected="/".join(expected),
                    got="/".join(parts[-2:]),
                    remedy="rename the file, or correct the release or platform in it",
                )
            )


def conflict(subject: Subject) -> Iterator[Hit]:
    """Two files have the same cell with other figures.

    Why: only one of them can be shown, and which one is decided by the time it was started.

    Do: remove one, or add what distinguishes them: a recipe, a load, a shape, a source form.
    """
    return map(about, subject.collection.findings)


def pending(subject: Subject) -> Iterator[Hit]:
    """Planned cells were not run.

    Why: a release that is published with holes looks as if nobody had noticed.

    Do: finish the run with ``benchfolio run … --resume``.
    """
    for name, file in subject.files:
        at = [index for index, cell in enumerate(file.cells) if cell.state is State.PENDING]
        if at and file.origin.kind != "transcribed":
            yield about(
                Problem(
                    where=f"{name}: $.cells[{at[0]}].state",
                    what=f"{len(at)} of {len(file.cells)} cells are pending",
                    expected="every planned cell ended",
                    got="pending",
                    remedy="finish the run with: benchfolio run … --resume",
                )
            )


def spelling(subject: Subject) -> Iterator[Hit]:
    """One model or platform is spelled in several ways.

    Why: results that belong together stand apart, and comparisons between them are never made.

    Do: decide for one id and one name, and use them in all files (in the mapping file of an
    imported publication).
    """
    spellings = subject.collection.catalogue.spellings
    for kind in ("model", "platform"):
        ids: dict[str, dict[str, str]] = {}
        names: dict[str, dict[str, str]] = {}
        for spelled in spellings:
            if spelled.kind == kind:
                ids.setdefault(_bare(spelled.id), {}).setdefault(spelled.id, spelled.file)
                names.setdefault(spelled.id, {}).setdefault(spelled.name, spelled.file)
        for found in ids.values():
            if len(found) > 1:
                yield about(_several(f"one {kind} seems to have several ids", found))
        for found in names.values():
            if len(found) > 1:
                yield about(_several(f"one {kind} has several names", found))


def _several(what: str, found: Mapping[str, str]) -> Problem:
    spelled = sorted(found)
    return Problem(
        where=found[spelled[-1]],
        what=what,
        expected=f"one spelling, as {spelled[0]!r} in {found[spelled[0]]}",
        got=listing([repr(name) for name in spelled]),
        remedy="decide for one and use it in all files",
    )


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold()) or text


def baseline(subject: Subject) -> Iterator[Hit]:
    """Results have no FP32 original to compare with.

    Why: no drop and no gain can be computed. What a publication left out cannot be measured again,
    so transcribed results are not blamed.

    Do: add the FP32 original to the suite, with the same load, batch, shape and versions.
    """
    collection = subject.collection
    kinds = [kind for kind in collection.texts("origin") if kind != "transcribed"]
    cells = collection.select({"state": ["ok"], "origin": kinds}, releases="all")
    names = ("file", "model", "precision", "recipe", "runtime", "scenario", "baseline")
    seen: set[tuple[object, ...]] = set()
    for row in zip(*(collection.column(name, cells) for name in names), strict=True):
        *key, found = row
        if found >= 0 or tuple(key) in seen:
            continue
        seen.add(tuple(key))
        file, model, precision, recipe, runtime, scenario = key
        yield about(
            Problem(
                where=collection.catalogue.files[file].name,
                what=f"{scenario} of {model} {precision} {recipe} on {runtime} has no baseline",
                expected="one FP32 original with everything else equal",
                got="several" if found == -2 else "none",
                remedy="add FP32 original to the suite, with the same load, batch, shape and "
                "versions",
            )
        )
