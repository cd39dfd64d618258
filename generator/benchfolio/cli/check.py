"""``benchfolio check``: is every result file valid, and plausible?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchfolio.generator.lint import Finding
    from benchfolio.results import Problem, ResultFile


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Warnings fail the check too.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How findings are printed.",
)
@click.pass_context
def command(context: click.Context, paths: tuple[Path, ...], strict: bool, format_: str) -> None:
    """Check result files, or folders of them (results/ when none is named).

    Every file is held against the contract, and all of them together against rules that find
    what cannot be right. Exit status: 0 fine, 1 findings, 3 a file that is not valid.
    """
    from benchfolio.generator.lint import examine

    files, problems = _read(paths or (Path("results"),))
    findings = examine(files, problems)
    text = _json(findings) if format_ == "json" else _text(findings, len(files))
    click.echo(text, nl=False)
    context.exit(_status(findings, strict=strict))


def _read(
    paths: Sequence[Path],
) -> tuple[list[tuple[str, ResultFile]], list[Problem]]:
    from benchfolio.generator.load import load
    from benchfolio.results import read_all

    files: list[tuple[str, ResultFile]] = []
    problems: list[Problem] = []
    for path in paths:
        if path.is_file():
            found, wrong = read_all([path])
        else:
            loaded = load(path)
            found, wrong = list(loaded.files), list(loaded.problems)
        files += found
        problems += wrong
    return files, problems


def _status(findings: Sequence[Finding], *, strict: bool) -> int:
    if any(finding.rule == "contract" for finding in findings):
        return 3
    return int(any(strict or finding.severity == "error" for finding in findings))


def _text(findings: Sequence[Finding], files: int) -> str:
    blocks = [f"{one.severity}[{one.rule}] {_harmless(one.problem)}" for one in findings]
    errors = sum(finding.severity == "error" for finding in findings)
    blocks.append(
        f"{files} valid files, {errors} errors, {len(findings) - errors} warnings"
        if findings
        else f"{files} valid files, nothing wrong"
    )
    return "\n".join(blocks) + "\n"


def _harmless(problem: Problem) -> Problem:
    """Keep texts from files from moving a terminal's cursor or starting lines of their own."""
    from benchfolio.generator.formatting import clean

    return msgspec.structs.replace(
        problem, **{name: clean(getattr(problem, name)) for name in _PARTS}
    )


def _json(findings: Sequence[Finding]) -> str:
    rows = [
        {
            "rule": finding.rule,
            "severity": finding.severity.value,
            **{name: getattr(finding.problem, name) for name in _PARTS},
        }
        for finding in findings
    ]
    return msgspec.json.format(msgspec.json.encode(rows), indent=2).decode() + "\n"


_PARTS = ("where", "what", "expected", "got", "remedy")
