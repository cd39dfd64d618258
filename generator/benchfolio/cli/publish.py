"""``benchfolio publish``: a built site as one version beside the others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchfolio.cli import options
from benchfolio.results import Problem

if TYPE_CHECKING:
    from benchfolio.release.placing import Placed

LIMIT = 10**9
"""Bytes that GitHub Pages takes."""


@click.command(name="publish")
@click.argument("site", type=options.FOLDER, default=Path("build/site"))
@click.option("--into", type=options.FOLDER, required=True, help="The folder of all versions.")
@click.option("--version", required=True, metavar="NAME", help="Name of this version, as 2026.11.")
@click.option("--latest", is_flag=True, help="It is the newest; the first one is that anyhow.")
@click.option(
    "--base-path",
    metavar="PATH",
    help="Where the server will have the folder, as /repository/.  [default: as before, else /]",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    help="Remove all but the N newest versions.  [default: keep all]",
)
def command(
    site: Path, into: Path, version: str, latest: bool, base_path: str | None, keep: int | None
) -> None:
    """Place SITE, which benchfolio build made, as one version into a folder of versions.

    INTO/VERSION/ is the site, INTO/latest/ the newest one, INTO/index.html leads there. Switchers
    of earlier versions learn of this one. The folder is exchanged as a whole: when anything goes
    wrong it is as it was.
    """
    from benchfolio.release.placing import place

    placed = place(site, into, version, latest=latest, base_path=base_path, keep=keep)
    for problem in _remarks(placed):
        click.echo(problem, err=True)
    for line in _lines(placed):
        click.echo(line)


def _lines(placed: Placed) -> list[str]:
    lines = [f"{placed.folder / 'index.html'}"]
    names = (f"{name}{' (newest)' if name == placed.latest else ''}" for name in placed.versions)
    lines.append(f"versions: {', '.join(names)}")
    if placed.removed:
        lines.append(f"removed: {', '.join(placed.removed)}")
    if placed.gone:
        lines.append(f"not in {placed.latest}, but in others: {len(placed.gone)} pages")
    return lines


def _remarks(placed: Placed) -> list[Problem]:
    """Return what should be known before the folder goes to a server."""
    remarks = []
    if not placed.switcher:
        remarks.append(
            Problem(
                where=str(placed.folder),
                what="has no version switcher on its pages",
                remedy="build it with BENCHFOLIO_VERSION set to the name of the version, and place "
                "benchfolio-versions.html in the theme",
            )
        )
    if placed.size > LIMIT:
        remarks.append(
            Problem(
                where=str(placed.folder.parent),
                what="is larger than GitHub Pages takes",
                expected=f"{LIMIT / 1e6:.0f} MB",
                got=f"{placed.size / 1e6:.0f} MB",
                remedy="keep fewer versions, with --keep",
            )
        )
    return remarks
