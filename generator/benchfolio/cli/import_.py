"""``benchfolio import``: tables of a published page into result files."""

from __future__ import annotations

from pathlib import Path

import click

from benchfolio.results import (
    BadInput,
    NotFine,
    Problem,
    ResultFile,
    encode,
    write_bytes,
)


@click.command(name="import")
@click.argument("document", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    "mapping_path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="What the tables of the document say; see publications/ for examples.",
)
@click.option(
    "--out",
    default="results",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of result files; written as RELEASE/PLATFORM.json.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail if the files there differ.")
@click.option("--partial", is_flag=True, help="Leave out what is not understood, and say so.")
def command(document: Path, mapping_path: Path, out: Path, check: bool, partial: bool) -> None:
    """Read the tables of DOCUMENT (HTML, Markdown, RST) into result files.

    Figures are carried as they are printed, mistakes included; `benchfolio check` finds those.
    The same document and mapping give the same bytes.
    """
    from benchfolio.importers import import_page, load_mapping, read_page

    mapping = load_mapping(mapping_path)
    imported = import_page(read_page(document), mapping, document.as_posix())
    for table in imported.tables:
        click.echo(f"{table.heading or '(no heading)'}: {_summary(table)}")
    if imported.problems and not partial:
        raise BadInput(imported.problems)
    for problem in imported.problems:
        click.echo(f"{click.style('left out:', fg='yellow')} {problem}", err=True)
    files = {_path(out, file): encode(file) for file in imported.files}
    if check:
        _compare(files)
        click.echo(f"{len(files)} files are as imported")
        return
    for path, data in files.items():
        write_bytes(data, path)
        click.echo(f"wrote {path.as_posix()}")


def _summary(table: object) -> str:
    from benchfolio.importers import Summary

    assert isinstance(table, Summary)
    if not table.mapped:
        return f"{table.rows} rows, left alone: the mapping does not speak of it"
    counts = {"rows": table.rows, "cells": table.cells, "values": table.values}
    counts["claims"] = table.claims
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _path(out: Path, file: ResultFile) -> Path:
    return out / file.release / f"{file.platform.id}.json"


def _compare(files: dict[Path, bytes]) -> None:
    different = [path for path, data in files.items() if not _holds(path, data)]
    if different:
        raise NotFine(
            Problem(
                where=path.as_posix(),
                what="is not what the document and its mapping give",
                expected=f"{len(files[path])} bytes as imported",
                got=f"{path.stat().st_size} other bytes" if path.is_file() else "no file",
                remedy="import again without --check",
            )
            for path in different
        )


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data
