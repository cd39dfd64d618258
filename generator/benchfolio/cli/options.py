"""Options that several commands have, each described once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class Option(Protocol):
    """What adds an option to a command."""

    def __call__(self, command: Command, /) -> Command:
        """Return the command with the option."""
        ...


FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])


def cache(command: Command) -> Command:
    """Add ``--cache``."""
    text = "Folder for artefacts and data; may be deleted.  [default: the user's cache]"
    return click.option("--cache", type=FOLDER, help=text)(command)


def label(command: Command) -> Command:
    """Add ``--label``."""
    text = "The machine as a reader knows it."
    return click.option("--label", metavar="TEXT", help=text)(command)


def time_limit(whose: str) -> Option:
    """Add ``--time-limit``, which is instead of somebody else's."""
    return click.option(
        "--time-limit",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help=f"For the rounds of one model and scenario, instead of the {whose}'s.",
    )


def target(whose: str) -> Option:
    """Add ``--target``, which is instead of somebody else's."""
    return click.option(
        "--target",
        "target_percent",
        type=click.FloatRange(min=0, max=100, min_open=True, max_open=True),
        metavar="PERCENT",
        help=f"Rounds go on until every gain is known to ± so much, instead of the {whose}'s.",
    )


def results(text: str) -> Option:
    """Add ``--results``: the folder of this name where it is left out."""
    return click.option(
        "--results", type=FOLDER, default=Path("results"), show_default=True, help=text
    )


def site(text: str) -> Option:
    """Add ``--out``: where a site is built."""
    return click.option(
        "--out", type=FOLDER, default=Path("build/site"), show_default=True, help=text
    )


def printed_as(*formats: str, text: str) -> Option:
    """Add ``--format``: the first of them where it is left out."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help=text,
    )


def out_file(command: Command) -> Command:
    """Add ``--out``: standard output where it is left out."""
    return click.option("--out", type=FILE, help="Write to a file.")(command)


def policy(command: Command) -> Command:
    """Add ``--policy``."""
    text = "What a release may lose; 1 point of accuracy and 5 % of speed when left out."
    return click.option("--policy", "policy_path", type=FILE, help=text)(command)


def today(what: str) -> Option:
    """Add ``--today``, for what runs out on a day."""
    text = f"The day that {what} are held against, instead of the current one (UTC)."
    return click.option("--today", type=DAY, help=text)


def jobs(command: Command) -> Command:
    """Add ``--jobs``."""
    return click.option(
        "--jobs",
        type=click.IntRange(min=1),
        default=_processes,
        show_default="as many as there are processors",
        help="Processes; with 1, everything is done in this one.",
    )(command)


def _processes() -> int:
    """Return as many as this process may use; those who do not build need no code of builds."""
    from benchfolio.generator.build_children import processes

    return processes()
