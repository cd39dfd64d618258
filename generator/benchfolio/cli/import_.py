"""``benchfolio import``: tables of a published page, or reports of other tools, into results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from benchfolio.cli.options import FILE, FOLDER, Command
from benchfolio.results import (
    BadInput,
    NotFine,
    Problem,
    ResultFile,
    WrongUsage,
    encode,
    write_bytes,
)
from benchfolio.results.locking import locked
from benchfolio.results.writing import holds

if TYPE_CHECKING:
    from benchfolio.importers.reports.types import Field, Stated

FIELDS: tuple[tuple[Field, str], ...] = (
    ("release", "Release that the results belong to."),
    ("platform", "Id of the machine; its label too, without --platform-label."),
    ("model", "Model."),
    ("task", "Task of the model, as image-classification."),
    ("dataset", "Data set."),
    ("scenario", "accuracy, latency, throughput, …"),
    ("precision", "FP32, FP16, BF16, INT8, …"),
    ("recipe", "How the model was made, as original or ptq."),
    ("runtime", "Runtime, as openvino or onnxruntime."),
    ("runtime_version", "Its version."),
    ("device", "Device or execution provider, as CPU."),
    ("batch", "Batch size."),
    ("shape", "Input shapes that ran, as image=1x3x224x224."),
    ("load", "How much work was offered at once, as 1s4c8ins1bs."),
)


def _options(command: Command) -> Command:
    """Add one option for each field that a person may state beside a report."""
    for field, help_ in reversed(FIELDS):
        command = click.option("--" + field.replace("_", "-"), field, help=help_)(command)
    return command


def _list(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from benchfolio.cli.importing import listing

        for line in listing():
            click.echo(line)
        context.exit()


@click.command(name="import")
@click.argument(
    "documents",
    metavar="DOCUMENT...",
    nargs=-1,
    required=True,
    type=FILE,
)
@click.option(
    "--mapping",
    "mapping_path",
    type=FILE,
    help="What the tables of a page, or the columns of a CSV file, say; see publications/.",
)
@click.option(
    "--out",
    default="results",
    show_default=True,
    type=FOLDER,
    help="Folder of result files; written as RELEASE/PLATFORM.json.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail if the files there differ.")
@click.option("--partial", is_flag=True, help="Leave out what is not understood, and say so.")
@click.option("--from", "reader", metavar="READER", help="Tool that wrote the reports.")
@click.option(
    "--formats",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list,
    help="List the readers and what must be stated for each, and exit.",
)
@_options
@click.option("--fill", is_flag=True, help="State fields only for rows that do not say them.")
@click.option("--platform-label", help="The machine as readers know it.")
@click.option(
    "--direction",
    "directions",
    metavar="METRIC=higher|lower",
    multiple=True,
    help="Which way is better, where a report does not say; may be repeated.",
)
@click.option(
    "--id",
    "ids",
    metavar="NAME=ID",
    multiple=True,
    help="Id of what a report calls NAME (model, data set, recipe, platform); may be repeated.",
)
@click.option("--replace", is_flag=True, help="Imported cells win over those that are there.")
def command(
    documents: tuple[Path, ...],
    mapping_path: Path | None,
    out: Path,
    check: bool,
    partial: bool,
    **options: Any,  # noqa: ANN401 - as click gives them, one for each field
) -> None:
    """Read reports of other tools, or the tables of a page, into result files.

    With --mapping, the tables of one DOCUMENT (HTML, Markdown, RST) are read. Figures are carried
    as they are printed, mistakes included; `benchfolio check` finds those.

    Without, each DOCUMENT is a report; the tool that wrote it is recognised, or named with --from.
    What a report does not say must be stated. Cells are added to result files that are there.

    The same input gives the same bytes.
    """
    if mapping_path is not None and not _is_report(documents, options):
        _refuse_fields(options)
        _import_page(documents, mapping_path, out, check=check, partial=partial)
    else:
        _import_reports(documents, mapping_path, out, options, check=check, partial=partial)


def _is_report(documents: tuple[Path, ...], options: dict[str, Any]) -> bool:
    tables = {".csv", ".tsv"}
    return options["reader"] is not None or all(path.suffix.lower() in tables for path in documents)


def _refuse_fields(options: dict[str, Any]) -> None:
    given = [name for name, value in sorted(options.items()) if value]
    if given:
        raise WrongUsage(
            Problem(
                where="import",
                what="these options are for reports of tools; a mapping says it for a page",
                expected="--mapping alone, or --from READER",
                got=", ".join(given),
                remedy="leave them out, or name the reader",
            )
        )


def _import_page(
    documents: tuple[Path, ...], mapping_path: Path, out: Path, *, check: bool, partial: bool
) -> None:
    from benchfolio.importers.pages import import_page, load_mapping, read_page

    if len(documents) > 1:
        raise WrongUsage(
            Problem(
                where="import",
                what="a mapping describes one page",
                expected="one document",
                got=f"{len(documents)} documents",
                remedy="import them one by one",
            )
        )
    mapping = load_mapping(mapping_path)
    imported = import_page(read_page(documents[0]), mapping, documents[0].as_posix())
    for table in imported.tables:
        click.echo(f"{table.heading or '(no heading)'}: {_summary(table)}")
    _finish(lambda: (imported.files, imported.problems), out, check=check, partial=partial)


def _import_reports(
    documents: tuple[Path, ...],
    mapping_path: Path | None,
    out: Path,
    options: dict[str, Any],
    *,
    check: bool,
    partial: bool,
) -> None:
    from benchfolio.cli.importing import assembled, pairs, read_reports
    from benchfolio.importers.reports.assembling import Order

    name = options["reader"] or ("csv" if mapping_path else None)
    stated = _stated(options, mapping_path)
    order = Order(
        stated=stated,
        ids=pairs(options["ids"], "--id", "NAME=ID"),
        label=options["platform_label"],
        replace=options["replace"],
        fill=options["fill"],
    )
    reports = read_reports(documents, name, stated)
    for named in reports:
        count = len(named.report.rows)
        told = f"{count} row{'' if count == 1 else 's'}"
        click.echo(f"{named.where}: {named.report.tool}, {told}")

    def made() -> tuple[tuple[ResultFile, ...], tuple[Problem, ...]]:
        found = assembled(reports, order, out)
        return found.files, found.problems

    _finish(made, out, check=check, partial=partial)


def _stated(options: dict[str, Any], mapping_path: Path | None) -> Stated:
    from benchfolio.cli.importing import directions
    from benchfolio.importers.reports.types import Stated

    fields: dict[Field, str] = {
        field: options[field] for field, _ in FIELDS if options[field] is not None
    }
    return Stated(fields=fields, directions=directions(options["directions"]), mapping=mapping_path)


def _finish(
    make: Callable[[], tuple[Sequence[ResultFile], Sequence[Problem]]],
    out: Path,
    *,
    check: bool,
    partial: bool,
) -> None:
    """Write result files or compare them with those that are there.

    Args:
        make: Makes the files, and what did not get into them. It is called once to see that all is
            well, and once more when nobody else can write the files that it adds to.
    """
    made, wrong = make()
    if wrong and not partial:
        raise BadInput(wrong)
    if wrong and not any(file.cells for file in made):
        raise BadInput([*wrong, _nothing_left()])
    for problem in wrong:
        click.echo(f"{click.style('left out:', fg='yellow')} {problem}", err=True)
    files = _encoded(out, made, wrong)
    if check:
        _compare(files)
        click.echo(f"{len(files)} files are as imported")
        return
    with locked(*files, by="benchfolio import"):
        for path, data in _encoded(out, *make()).items():
            write_bytes(data, path)
            click.echo(f"wrote {path.as_posix()}")


def _encoded(out: Path, made: Sequence[ResultFile], wrong: Sequence[Problem]) -> dict[Path, bytes]:
    """Encode files; where something was left out, not those of which nothing is left."""
    return {
        out / file.release / f"{file.platform.id}.json": encode(file)
        for file in made
        if not wrong or file.cells or file.documents
    }


def _nothing_left() -> Problem:
    return Problem(
        where="import",
        what="nothing of it was understood, so nothing was written",
        expected="at least one cell beside what --partial leaves out",
        got="none",
        remedy="correct what is named above",
    )


def _summary(table: object) -> str:
    from benchfolio.importers.pages import Summary

    assert isinstance(table, Summary)
    if not table.mapped:
        return f"{table.rows} rows, left alone: the mapping does not speak of it"
    counts = {"rows": table.rows, "cells": table.cells, "values": table.values}
    counts["claims"] = table.claims
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _compare(files: dict[Path, bytes]) -> None:
    different = [path for path, data in files.items() if not holds(path, data)]
    if different:
        raise NotFine(
            Problem(
                where=path.as_posix(),
                what="is not what was imported",
                expected=f"{len(files[path])} bytes as imported",
                got=f"{path.stat().st_size} other bytes" if path.is_file() else "no file",
                remedy="import again without --check",
            )
            for path in different
        )
