"""``benchfolio check``: is every result file valid, and plausible?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchfolio.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchfolio.generator.lint import Finding, Mute
    from benchfolio.results import Problem, ResultFile


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Warnings fail the check too.")
@options.printed_as(
    "text",
    "json",
    "github",
    text="How findings are printed; github: annotations of a workflow run.",
)
@click.option(
    "--origin",
    "origins",
    type=click.Choice(["measured", "imported", "transcribed"]),
    multiple=True,
    help="Only files of this origin; may be repeated.",
)
@click.option(
    "--mutes",
    "mute_files",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Files of mutes; mutes.yaml in each folder when left out.",
)
@click.option("--show-muted", is_flag=True, help="List muted findings with their reasons.")
@click.option("--explain", metavar="RULE", help="Say what a rule finds, why, and what to do.")
@click.pass_context
def command(
    context: click.Context,
    paths: tuple[Path, ...],
    strict: bool,
    format_: str,
    origins: tuple[str, ...],
    mute_files: tuple[Path, ...],
    show_muted: bool,
    explain: str | None,
) -> None:
    """Check result files, or folders of them (results/ when none is named).

    Every file is held against the contract, and all of them together against rules that find
    what cannot be right. Exit status: 0 fine, 1 findings, 3 a file that is not valid.
    """
    from benchfolio.generator.lint import examine

    if explain is not None:
        click.echo(_explanation(explain))
        return
    chosen = paths or (Path("results"),)
    files, problems = _read(chosen)
    kept = [(name, file) for name, file in files if not origins or file.origin.kind in origins]
    findings = examine(kept, problems, mutes=_mutes(mute_files, chosen))
    print_as = _PRINTERS[format_]
    click.echo(print_as(findings, len(kept), chosen, show_muted), nl=False)
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


def _mutes(named: Sequence[Path], paths: Sequence[Path]) -> list[Mute]:
    from benchfolio.generator.lint import mutes_in, read_mutes

    if named:
        return [mute for path in named for mute in read_mutes(path)]
    return [mute for path in paths for mute in mutes_in(path)]


def _status(findings: Sequence[Finding], *, strict: bool) -> int:
    if any(finding.rule == "contract" for finding in findings):
        return 3
    failing = {"error", "warning"} if strict else {"error"}
    return int(
        any(finding.muted is None and finding.severity.value in failing for finding in findings)
    )


def _explanation(rule: str) -> str:
    from benchfolio.generator.lint import RULES
    from benchfolio.results import Problem, WrongUsage

    if rule not in RULES:
        raise WrongUsage(
            Problem(
                where="--explain",
                what="there is no such rule",
                expected=", ".join(RULES),
                got=rule,
                remedy="name one of these",
            )
        )
    found = RULES[rule]
    return f"{found.severity}[{rule}] {found.doc}\n\n{found.more}"


def _text(findings: Sequence[Finding], files: int, _: Sequence[Path], show_muted: bool) -> str:
    from benchfolio.generator.lint import RULES
    from benchfolio.generator.lint.report import to_text

    return to_text(findings, files, RULES, show_muted=show_muted)


def _json(findings: Sequence[Finding], _: int, __: Sequence[Path], show_muted: bool) -> str:
    from benchfolio.generator.lint.report import to_json

    return to_json(findings, show_muted=show_muted)


def _github(findings: Sequence[Finding], _: int, paths: Sequence[Path], __: bool) -> str:
    from benchfolio.generator.lint.report import to_github

    def path_of(name: str) -> str:
        for path in paths:
            if path.is_dir() and (path / name).is_file():
                return (path / name).as_posix()
        return name

    def text_of(name: str) -> str:
        try:
            return Path(path_of(name)).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    return to_github(findings, path_of, text_of)


_PRINTERS: dict[str, Callable[[Sequence[Finding], int, Sequence[Path], bool], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
}
