"""``benchfolio run``: measure a suite on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from benchfolio.cli import options
from benchfolio.runner.artefacts import default_cache
from benchfolio.runner.progress import first_line, observer
from benchfolio.runner.run import Request, path_of, planned_cells, run
from benchfolio.runner.summary import Change, Summary

_SHOWN_REASONS = 12


@click.command("run")
@click.argument("suite", type=options.FILE)
@click.option("--release", metavar="ID", help="Release the results belong to, as 2026.4.")
@click.option("--platform", "platform_id", metavar="ID", help="Id of this machine, chosen by you.")
@options.label
@click.option(
    "--out",
    type=options.FOLDER,
    default=Path("results"),
    show_default=True,
    help="Folder of result files.",
)
@options.cache
@click.option("--resume", is_flag=True, help="Keep the finished cells of an existing file.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@click.option("--only", multiple=True, metavar="GLOB", help="Cells to measure, by id; repeatable.")
@click.option(
    "--withhold",
    multiple=True,
    metavar="FIELD",
    help="Platform field that is not published, as system.kernel; repeatable.",
)
@options.time_limit("suite")
@options.target("suite")
@click.option("--list", "list_", is_flag=True, help="List the cells and measure nothing.")
def command(
    suite: Path,
    release: str | None,
    platform_id: str | None,
    label: str | None,
    out: Path,
    cache: Path | None,
    resume: bool,
    overwrite: bool,
    only: tuple[str, ...],
    withhold: tuple[str, ...],
    time_limit: float | None,
    target_percent: float | None,
    list_: bool,
) -> None:
    """Measure SUITE on this machine; the results are OUT/RELEASE/PLATFORM.json.

    Every finished cell is on disk before the next begins: after an interruption, go on with
    --resume.
    """
    if resume and overwrite:
        raise click.UsageError("--resume keeps the existing file and --overwrite replaces it")
    if not list_ and (release is None or platform_id is None):
        raise click.UsageError("--release and --platform say where the results belong")
    request = Request(
        suite=suite,
        release=release or "none",
        platform_id=platform_id or "none",
        label=label,
        out=out,
        cache=cache or default_cache(),
        resume=resume,
        overwrite=overwrite,
        only=only,
        withhold=withhold,
        time_limit=time_limit,
        target_percent=target_percent,
    )
    if list_:
        for planned in planned_cells(request):
            click.echo(planned.id)
        return
    _run(request)


def _run(request: Request) -> None:
    console = Console(stderr=True)
    try:
        with observer(console) as shown:
            summary = run(request, observer=shown)
    except KeyboardInterrupt:
        target = path_of(request)
        kept = f"finished cells are in {target}; " if target.exists() else ""
        click.echo(f"interrupted: {kept}go on with --resume", err=True)
        sys.exit(130)
    for line in report(summary):
        click.echo(line)


def report(summary: Summary) -> list[str]:
    """Return the lines that end a run: the file, and what a reader would look for first."""
    counts = ", ".join(f"{count} {state}" for state, count in sorted(summary.states.items()))
    lines = [f"{summary.path}: {counts}"]
    if summary.best_gain is not None:
        lines.append(f"best gain: {_change(summary.best_gain, '×')}")
    if summary.worst_drop is not None:
        lines.append(f"worst drop: {_change(summary.worst_drop, summary.worst_drop.unit)}")
    for state, reasons in sorted(summary.reasons.items()):
        by_reason: dict[str, list[str]] = {}
        for cell, reason in reasons.items():
            by_reason.setdefault(first_line(reason), []).append(cell)
        for reason, cells in list(by_reason.items())[:_SHOWN_REASONS]:
            more = f" and {len(cells) - 1} more" if len(cells) > 1 else ""
            lines.append(f"{state}: {cells[0]}{more}: {reason}")
    return lines


def _change(change: Change, unit: str) -> str:
    space = "" if unit == "×" else " "
    return (
        f"{change.change:.2f}{space}{unit} {change.metric} "
        f"({change.baseline:.4g} → {change.candidate:.4g} {change.unit}) {change.cell}"
    )
