"""``benchfolio refresh``: everything that a release needs, with one summary at the end."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchfolio.cli import options

if TYPE_CHECKING:
    from benchfolio.release.refreshing import Inspected, Stage


@click.command(name="refresh")
@click.argument("project", type=options.FOLDER, default=Path())
@click.option("--release", required=True, metavar="R", help="The release to be published.")
@click.option(
    "--baseline", metavar="P", help="What it is held against; the release before it when left out."
)
@click.option(
    "--results", type=options.FOLDER, help="Result files; results/ of PROJECT when left out."
)
@options.policy
@click.option(
    "--build",
    type=click.Choice(["if-fine", "always", "never"]),
    default="if-fine",
    show_default=True,
    help="Whether to build the site; if-fine: only where nothing fails.",
)
@options.site("Where it goes.")
@click.option(
    "--reports",
    type=options.FOLDER,
    help="Write summary.md, compare.md, compare.json and compare.xml (JUnit) into this folder.",
)
@options.today("exceptions and mutes")
@options.jobs
@click.pass_context
def command(
    context: click.Context,
    project: Path,
    release: str,
    baseline: str | None,
    results: Path | None,
    policy_path: Path | None,
    build: str,
    out: Path,
    reports: Path | None,
    today: datetime | None,
    jobs: int,
) -> None:
    """Check, compare and build the release of PROJECT, and say what to look at before publishing.

    Stages: check (contract and rules), complete (platforms, cells, versions), compare (against the
    baseline, by the policy), history (steps), site. Exit status: 0 fine, 1 something fails, 2 wrong
    usage, 3 a file that is not valid.
    """
    from benchfolio.release.policy import DEFAULT, read_policy
    from benchfolio.release.refreshing import inspect
    from benchfolio.release.report_refresh import to_text

    inspected = inspect(
        results or project / "results",
        release,
        baseline,
        policy=DEFAULT if policy_path is None else read_policy(policy_path),
        policy_name=policy_path.as_posix() if policy_path else "",
        today=(today or datetime.now(UTC)).date(),
    )
    wanted = build == "always" or (build == "if-fine" and inspected.is_fine)
    site = _built(project, out, results, jobs) if wanted else _not_built(build)
    stages = (*inspected.stages, site)
    if reports is not None:
        _write_reports(inspected, stages, reports)
    click.echo(to_text(inspected, stages), nl=False)
    if inspected.broken:
        context.exit(3)
    context.exit(0 if inspected.is_fine else 1)


def _built(project: Path, out: Path, results: Path | None, jobs: int) -> Stage:
    from benchfolio.generator.build import build_site
    from benchfolio.release.judgement import Outcome
    from benchfolio.release.refreshing import SITE, Stage

    site = build_site(project, out, results=results, jobs=jobs)
    click.echo(out / "index.html", err=True)  # the summary may be published, and no path with it
    told = f"{site.pages} pages, {site.written} files new or changed"
    outcome = Outcome.WARN if site.warnings else Outcome.OK
    return Stage(name=SITE, outcome=outcome, told=told, lines=site.warnings)


def _not_built(build: str) -> Stage:
    from benchfolio.release.judgement import Outcome
    from benchfolio.release.refreshing import SITE, Stage

    told = "not asked for" if build == "never" else "not built: something above fails"
    return Stage(name=SITE, outcome=Outcome.OK if build == "never" else Outcome.WARN, told=told)


def _write_reports(inspected: Inspected, stages: tuple[Stage, ...], folder: Path) -> None:
    from benchfolio.release.report_refresh import to_markdown
    from benchfolio.release.reports import render
    from benchfolio.results import write_bytes

    write_bytes(to_markdown(inspected, stages).encode(), folder / "summary.md")
    if inspected.judgement is None:
        return
    for suffix, format_ in (("md", "markdown"), ("json", "json"), ("xml", "junit")):
        text = render(inspected.judgement, format_)
        write_bytes(text.encode(), folder / f"compare.{suffix}")
