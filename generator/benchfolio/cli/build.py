"""``benchfolio build``: the site of a project, complete or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from benchfolio.cli import options
from benchfolio.generator.build import Report, build_site


@click.command(name="build")
@click.argument("project", type=options.FOLDER, default=Path())
@options.site("Where the site goes; an old site there stays whole until the new one is complete.")
@click.option(
    "--results", type=options.FOLDER, help="Result files, instead of those conf.py names."
)
@click.option("--strict", is_flag=True, help="Any warning is an error, as a bad result file.")
@options.jobs
@click.option("--fresh", is_flag=True, help="Go on from no earlier build.")
def command(
    project: Path, out: Path, results: Path | None, strict: bool, jobs: int, fresh: bool
) -> None:
    """Build the site of PROJECT: a folder with conf.py, site/ and results/."""
    with _progress() as report:
        site = build_site(
            project, out, strict=strict, results=results, jobs=jobs, fresh=fresh, report=report
        )
    for warning in site.warnings:
        click.echo(warning, err=True)
    pages = f"{site.pages:,} page{'' if site.pages == 1 else 's'}"
    files = f"{site.written:,} file{'' if site.written == 1 else 's'}"
    click.echo(f"{pages}, {files} new or changed: {site.index}")


@contextlib.contextmanager
def _progress() -> Iterator[Report]:
    """Show what is being done on a terminal; elsewhere stay quiet."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _quiet
        return
    with console.status("building the site") as status:
        yield lambda text: status.update(Text(text[: console.width - 4]))


def _quiet(_text: str) -> None:
    """Say nothing."""
