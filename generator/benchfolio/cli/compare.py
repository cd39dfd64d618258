"""``benchfolio compare``: what got worse from one release to another, and is that acceptable?"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from benchfolio.cli import options

if TYPE_CHECKING:
    from benchfolio.release.judgement import Judgement
    from benchfolio.release.policy import Policy
    from benchfolio.release.sides import Sides

_SUFFIXES = {".md": "markdown", ".json": "json", ".xml": "junit"}
_VERDICTS = ("worse", "gone", "not-comparable", "better", "new", "no-difference")


def _print_schema(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from benchfolio.release.report_json import schema

    click.echo(json.dumps(schema(), indent=2, ensure_ascii=False))
    context.exit()


@click.command(name="compare")
@click.argument("base")
@click.argument("candidate")
@options.results("Folder of result files, where releases are named.")
@options.policy
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "markdown", "json", "junit"]),
    help="Made from the name of --out when left out, else text.",
)
@options.out_file
@click.option("--platform", "platforms", multiple=True, metavar="ID", help="Only this; repeatable.")
@click.option(
    "--only",
    type=click.Choice(_VERDICTS),
    multiple=True,
    help="List these cells alone, fine ones too; repeatable. The outcome stays that of all.",
)
@options.today("exceptions")
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON Schema of --format json.",
)
@click.pass_context
def command(
    context: click.Context,
    base: str,
    candidate: str,
    results: Path,
    policy_path: Path | None,
    format_: str | None,
    out: Path | None,
    platforms: tuple[str, ...],
    only: tuple[str, ...],
    today: datetime | None,
) -> None:
    """Compare the release CANDIDATE with BASE, cell by cell, and judge it by a policy.

    Each is a release in the results folder, a result file, or a folder of one release's files.
    Exit status: 0 fine, 1 something fails, 2 wrong usage, 3 a file that is not valid.
    """
    from benchfolio.release.sides import read_sides

    policy = _policy(policy_path)
    sides = read_sides(base, candidate, results)
    for problem in sides.problems:
        click.echo(str(problem), err=True)
    day = today.date() if today else datetime.now(UTC).date()
    name = policy_path.as_posix() if policy_path else ""
    judgement = _judged(sides, policy, name, platforms, day)
    if not judgement.cells:
        _refuse_nothing(sides)
    _print(judgement, format_ or _SUFFIXES.get(out.suffix if out else "", "text"), out, only)
    context.exit(0 if judgement.is_fine else 1)


def _policy(path: Path | None) -> Policy:
    from benchfolio.release.policy import DEFAULT, read_policy

    return DEFAULT if path is None else read_policy(path)


def _judged(
    sides: Sides, policy: Policy, name: str, platforms: tuple[str, ...], today: date
) -> Judgement:
    from benchfolio.generator.merge import merge
    from benchfolio.release.judging import judge

    collection = merge(sides.files)
    for problem in collection.findings:
        click.echo(str(problem), err=True)
    _refuse_unknown(platforms, tuple(collection.platforms))
    where = {"platform": list(platforms)} if platforms else None
    return judge(
        collection,
        sides.base,
        sides.candidate,
        policy,
        today,
        where=where,
        policy_name=name,
    )


def _refuse_unknown(platforms: tuple[str, ...], known: tuple[str, ...]) -> None:
    from benchfolio.results import Problem, WrongUsage

    problems = [
        Problem(
            where="--platform",
            what="neither release has results of this platform",
            expected=", ".join(known),
            got=repr(name)[:80],
            remedy="name one of these",
        )
        for name in platforms
        if name not in known
    ]
    if problems:
        raise WrongUsage(problems)


def _refuse_nothing(sides: Sides) -> NoReturn:
    from benchfolio.results import Problem, WrongUsage

    raise WrongUsage(
        Problem(
            where=f"{sides.base}, {sides.candidate}",
            what="neither holds anything that was measured",
            expected="cells that were measured or imported",
            got="none, or transcribed ones alone",
            remedy="name releases that were measured",
        )
    )


def _print(judgement: Judgement, format_: str, out: Path | None, only: tuple[str, ...]) -> None:
    from benchfolio.release.listing import headline
    from benchfolio.release.reports import render
    from benchfolio.results import write_bytes

    width = shutil.get_terminal_size().columns
    text = render(judgement, format_, only=only, width=width)
    if out is None:
        click.echo(text, nl=False)
    else:
        write_bytes(text.encode(), out)
        click.echo(f"{headline(judgement)}; {out.as_posix()}")
