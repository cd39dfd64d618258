"""``benchfolio export``: a table of the site as CSV, JSON or Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from benchfolio.generator.definitions import Definition
    from benchfolio.generator.view import Table


@click.command()
@click.argument("table", required=False)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder of result files.",
)
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
    type=click.Choice(["csv", "json", "md"]),
    help="Made from the name of --out when left out, else csv.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")
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
    """Export TABLE as CSV, JSON or Markdown."""
    from benchfolio.generator.definitions import load_definitions

    definitions = load_definitions(tables)
    if list_:
        for definition in definitions.values():
            click.echo(f"{definition.id:<24}{definition.title}")
        return
    definition = _definition(definitions, table)
    made = _made(definition, results, release, strict=strict)
    _write(made, format_ or _format_of(out), out)


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


def _made(definition: Definition, results: Path, release: str | None, *, strict: bool) -> Table:
    from benchfolio.generator.load import load
    from benchfolio.generator.merge import merge
    from benchfolio.generator.tables import build
    from benchfolio.results import BadInput

    loaded = load(results, release=release)
    collection = merge(loaded.files)
    problems = (*loaded.problems, *collection.findings)
    if loaded.problems and (strict or not loaded.files):
        raise BadInput(loaded.problems)
    for problem in problems:
        click.echo(str(problem), err=True)
    return build(definition, collection)


def _format_of(out: Path | None) -> str:
    suffix = out.suffix.removeprefix(".").lower() if out is not None else ""
    return {"json": "json", "md": "md", "markdown": "md"}.get(suffix, "csv")


def _write(table: Table, format_: str, out: Path | None) -> None:
    from benchfolio.generator.writers import WRITERS
    from benchfolio.results import write_bytes

    data = WRITERS[format_](table).encode()
    if out is None:
        click.echo(data, nl=False)
    else:
        write_bytes(data, out)
