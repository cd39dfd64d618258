"""``benchfolio export``: a table of the site as a file, or everything as Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchfolio.cli import options

if TYPE_CHECKING:
    from benchfolio.generator.collection import Collection
    from benchfolio.generator.definitions import Definition


@click.command()
@click.argument("table", required=False)
@options.results("Folder of result files.")
@click.option(
    "--tables",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    help="Folder of your own table definitions; may be given again.",
)
@click.option("--release", help="Only this release; the newest of each platform when left out.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "json", "md", "xlsx", "parquet"]),
    help="Made from the name of --out when left out, else csv.",
)
@options.out_file
@click.option("--list", "list_", is_flag=True, help="List the tables there are.")
@click.option("--strict", is_flag=True, help="A bad result file is an error.")
def command(
    table: str | None,
    results: Path,
    tables: tuple[Path, ...],
    release: str | None,
    format_: str | None,
    out: Path | None,
    list_: bool,
    strict: bool,
) -> None:
    """Export TABLE as CSV, JSON, Markdown or XLSX; as Parquet, all results in one table."""
    from benchfolio.generator.definitions import load_definitions

    definitions = load_definitions(tables)
    if list_:
        for definition in definitions.values():
            click.echo(f"{definition.id:<24}{definition.title}")
        return
    chosen = format_ or _format_of(out)
    if chosen == "parquet":
        _refuse_table(table)
        data = _everything(_merged(results, release, strict=strict))
    else:
        definition = _definition(definitions, table)
        data = _made(definition, _merged(results, release, strict=strict), chosen)
    _write(data, out)


def _definition(definitions: dict[str, Definition], table: str | None) -> Definition:
    from benchfolio.results import Problem, WrongUsage

    if table is not None and table in definitions:
        return definitions[table]
    raise WrongUsage(
        Problem(
            where="TABLE",
            what="there is no such table" if table else "no table is named",
            expected=f"one of {', '.join(definitions)}",
            got=repr(table)[:80] if table else "nothing",
            remedy="see benchfolio export --list",
        )
    )


def _refuse_table(table: str | None) -> None:
    from benchfolio.results import Problem, WrongUsage

    if table is not None:
        raise WrongUsage(
            Problem(
                where="TABLE",
                what="Parquet holds all results, not a table of the site",
                expected="no table",
                got=repr(table)[:80],
                remedy="leave the table out, or choose another format",
            )
        )


def _merged(results: Path, release: str | None, *, strict: bool) -> Collection:
    from benchfolio.generator.load import load
    from benchfolio.generator.merge import merge
    from benchfolio.results import BadInput

    loaded = load(results, release=release)
    collection = merge(loaded.files)
    problems = (*loaded.problems, *collection.findings)
    if loaded.problems and (strict or not loaded.files):
        raise BadInput(loaded.problems)
    for problem in problems:
        click.echo(str(problem), err=True)
    return collection


def _made(definition: Definition, collection: Collection, format_: str) -> bytes:
    from benchfolio.generator.tables import build
    from benchfolio.generator.workbook import table_bytes

    return table_bytes(build(definition, collection), format_)


def _everything(collection: Collection) -> bytes:
    from benchfolio.generator.publish import as_parquet

    return as_parquet(collection)


def _format_of(out: Path | None) -> str:
    suffix = out.suffix.removeprefix(".").lower() if out is not None else ""
    known = {"markdown": "md"} | {name: name for name in ("json", "md", "xlsx", "parquet")}
    return known.get(suffix, "csv")


def _write(data: bytes, out: Path | None) -> None:
    from benchfolio.results import write_bytes

    if out is None:
        click.echo(data, nl=False)
    else:
        write_bytes(data, out)
