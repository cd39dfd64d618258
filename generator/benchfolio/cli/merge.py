"""``benchfolio merge``: result files of the same platform and release into one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchfolio.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchfolio.release.combining import Combined
    from benchfolio.results import Problem, ResultFile, WrongUsage


@click.command()
@click.argument(
    "paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="A .json file, or a folder: RELEASE/PLATFORM.json is written there.",
)
@click.option(
    "--precedence",
    "words",
    multiple=True,
    metavar="RULE",
    help="Who wins a conflict: newest (what was started last, the default), first or last of the "
    "files as named, or a pattern of file names; repeat it, the most trusted first.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail if anything is in conflict.")
@click.option("--replace", is_flag=True, help="Replace a file that is there but not among FILE.")
@click.option(
    "--another-machine",
    is_flag=True,
    help="Merge although the files describe different machines under one platform id.",
)
@options.printed_as("text", "json", text="How the report is printed.")
@click.pass_context
def command(
    context: click.Context,
    paths: tuple[Path, ...],
    out: Path,
    words: tuple[str, ...],
    check: bool,
    replace: bool,
    another_machine: bool,
    format_: str,
) -> None:
    """Merge result files (or folders of them), one for each platform and release among them.

    Cells are matched by their complete key. Equal ones are one; of two different ones the newer
    stays, but none with values gives way to one without. Every conflict is reported. Files may be
    named in any order. Exit status: 0 merged, 1 conflicts with --check, 3 files that cannot be
    merged; nothing is written then.
    """
    from benchfolio.release.combining import combine
    from benchfolio.release.precedence import parse_precedence
    from benchfolio.results.locking import locked

    precedence = parse_precedence(words)

    def made() -> tuple[dict[Path, Combined], dict[Path, bytes], set[Path]]:
        files = _read(paths)
        targets = _targets(combine(files, precedence, another_machine=another_machine), out)
        return targets, _encoded(targets), {Path(name).resolve() for name, _ in files}

    targets, data, inputs = made()
    if not check:
        with locked(*targets, by="benchfolio merge"):
            # Once more, now that nobody else can write what is written here.
            now, data, inputs = made()
            if now.keys() != targets.keys():
                raise _changed(paths)
            targets = now
            _write(data, inputs, replace=replace)
    show = _as_json if format_ == "json" else _as_text
    click.echo(show(targets, check), nl=False)
    context.exit(1 if check and any(each.conflicts for each in targets.values()) else 0)


def _read(paths: Sequence[Path]) -> list[tuple[str, ResultFile]]:
    """Read all files, or say what is wrong with each."""
    from benchfolio.results import BadInput, read_all, result_paths

    found = [each for path in paths for each in (result_paths(path) if path.is_dir() else [path])]
    files, problems = read_all(dict.fromkeys(found))
    if problems or not files:
        raise BadInput(problems or [_nothing(paths)])
    return files


def _nothing(paths: Iterable[Path]) -> Problem:
    from benchfolio.results import Problem

    return Problem(
        where=", ".join(path.as_posix() for path in paths),
        what="no result file in there",
        expected="files as benchfolio run writes them",
        got="nothing",
    )


def _changed(paths: Iterable[Path]) -> WrongUsage:
    from benchfolio.results import Problem, WrongUsage

    return WrongUsage(
        Problem(
            where=", ".join(path.as_posix() for path in paths),
            what="files were changed while they were read; nothing was written",
            expected="files of the same platforms and releases as a moment before",
            remedy="run again",
        )
    )


def _targets(merged: Sequence[Combined], out: Path) -> dict[Path, Combined]:
    """Return where each merged file goes."""
    from benchfolio.results import Problem, WrongUsage

    if out.suffix != ".json" or out.is_dir():
        return {out / each.file.release / f"{each.file.platform.id}.json": each for each in merged}
    if len(merged) > 1:
        named = [f"{each.file.platform.id} {each.file.release}" for each in merged]
        raise WrongUsage(
            Problem(
                where=f"--out {out.as_posix()}",
                what="one file for several platforms or releases",
                expected="a folder",
                got=", ".join(named[:5]),
                remedy="name a folder: each gets a file of its own there",
            )
        )
    return {out: merged[0]}


def _encoded(targets: Mapping[Path, Combined]) -> dict[Path, bytes]:
    """Encode all before one is written.

    Raises:
        BadInput: One would not be valid, or too large to be read again.
    """
    from benchfolio.results import BadInput, Problem, encode
    from benchfolio.results.reading import MAX_BYTES

    data = {path: encode(each.file) for path, each in targets.items()}
    problems = [
        Problem(
            where=path.as_posix(),
            what="the merged file would be too large to be read again",
            expected=f"at most {MAX_BYTES} bytes",
            got=f"{len(found)} bytes",
            remedy="merge fewer files into one",
        )
        for path, found in data.items()
        if len(found) > MAX_BYTES
    ]
    if problems:
        raise BadInput(problems)
    return data


def _write(data: Mapping[Path, bytes], inputs: set[Path], *, replace: bool) -> None:
    """Write what is not there yet; results that nobody named are not overwritten."""
    from benchfolio.results import Problem, WrongUsage, write_bytes
    from benchfolio.results.writing import holds

    changed = [path for path, found in data.items() if not holds(path, found)]
    strangers = [path for path in changed if path.exists() and path.resolve() not in inputs]
    if strangers and not replace:
        raise WrongUsage(
            Problem(
                where=path.as_posix(),
                what="a file is there that is not among those merged; its results would be lost",
                expected="a new file, or one of those named",
                got=f"{path.stat().st_size} bytes",
                remedy="name it too, or give --replace",
            )
            for path in strangers
        )
    for path in changed:
        write_bytes(data[path], path)


def _as_text(targets: Mapping[Path, Combined], check: bool) -> str:
    lines = []
    for path, each in targets.items():
        counts = {"cell": each.file.cells, "file": each.sources, "conflict": each.conflicts}
        cells, files, conflicts = (_count(len(items), name) for name, items in counts.items())
        written = " (not written)" if check else ""
        lines.append(f"{path.as_posix()}: {cells} from {files}, {conflicts}{written}")
        for conflict in each.conflicts:
            lines += [f"  {line}" for line in str(conflict).splitlines()]
    return "".join(f"{line}\n" for line in lines)


def _count(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def _as_json(targets: Mapping[Path, Combined], check: bool) -> str:
    import msgspec

    report = [
        {
            "path": path.as_posix(),
            "written": not check,
            "release": each.file.release,
            "platform": each.file.platform.id,
            "sources": each.sources,
            "cells": len(each.file.cells),
            "conflicts": each.conflicts,
        }
        for path, each in targets.items()
    ]
    return msgspec.json.format(msgspec.json.encode({"files": report})).decode() + "\n"
