"""``benchfolio versions``: the list of versions of a site, for the switcher on its pages."""

from __future__ import annotations

from pathlib import Path

import click

from benchfolio.results import Problem, WrongUsage


@click.command(name="versions")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def command(folder: Path) -> None:
    """List the versions of a site that stand side by side in FOLDER.

    Writes versions.js, which the switcher on the pages of every version reads, and versions.html,
    where the switcher leads without JavaScript. Run it whenever a version came or went.
    """
    from benchfolio.generator.versionlist import PAGES
    from benchfolio.sphinxext.versions import write_list

    versions = write_list(folder)
    if not versions:
        raise WrongUsage(
            Problem(
                where=str(folder),
                what="there is no version of a site in this folder",
                expected=f"folders with an index.html and {PAGES}",
                remedy='build each version with benchfolio_versions = "../versions.js"',
            )
        )
    for version in versions:
        click.echo(f"{version.name}{' (newest)' if version.newest else ''}")
