"""``benchfolio verify``: measure a published cell again and say whether it agrees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from benchfolio.cli import options
from benchfolio.runner.artefacts import default_cache
from benchfolio.runner.progress import observer
from benchfolio.runner.verify import Asked, Compared, Word, as_json, as_text, verify


@click.command("verify")
@click.argument("cell")
@click.option("--release", metavar="ID", help="Of the record.  [default: the newest]")
@click.option(
    "--platform",
    "platform_id",
    metavar="ID",
    help="Of the record.  [default: the one with this machine's processor]",
)
@options.results("Folder of result files; it is only read.")
@click.option(
    "--suite",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Instead of the one that the record's command names.",
)
@options.cache
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0, max=1000),
    default=5.0,
    show_default=True,
    metavar="PERCENT",
    help="By how much absolute latency and throughput may differ.",
)
@options.time_limit("record")
@options.target("record")
@options.printed_as("text", "json", text="How it is printed.")
@click.option(
    "--keep",
    type=options.FOLDER,
    metavar="FOLDER",
    help="Keep the repetition's result files there.",
)
@click.pass_context
def command(
    context: click.Context,
    cell: str,
    release: str | None,
    platform_id: str | None,
    results: Path,
    suite: Path | None,
    cache: Path | None,
    tolerance: float,
    time_limit: float | None,
    target_percent: float | None,
    format_: str,
    keep: Path | None,
) -> None:
    """Measure CELL again on this machine and say whether the published figures agree.

    CELL is a cell's id as `benchfolio run SUITE --list` prints it, a pattern of ids, the id of a
    model, or a link to a row of the site. Exit status: 0 all agree, 1 something disagrees, 4
    nothing disagrees but something is not comparable here.
    """
    asked = Asked(
        cell=cell,
        results=results,
        release=release,
        platform_id=platform_id,
        suite=suite,
        cache=cache or default_cache(),
        tolerance=tolerance / 100,
        time_limit=time_limit,
        target_percent=target_percent,
        keep=keep,
    )
    with observer(Console(stderr=True)) as shown:
        compared = verify(asked, observer=shown, tell=lambda line: click.echo(line, err=True))
    json = format_ == "json"
    printed = as_json(compared, tolerance=asked.tolerance) if json else as_text(compared)
    click.echo(printed, nl=False)
    context.exit(status(compared))


def status(compared: Sequence[Compared]) -> int:
    """Return the exit status: 1 where something disagrees, 4 where something cannot be compared."""
    words = {each.word for each in compared}
    if Word.DISAGREES in words:
        return 1
    return 4 if Word.NOT_COMPARABLE in words else 0
