"""The command group that click runs: each command is imported when it is called."""

from __future__ import annotations

import importlib
from typing import NoReturn

import click

from benchfolio.cli.main import ABOUT, COMMANDS, EXTRA_OF, HELP, MODULES


class LazyGroup(click.Group):
    """Imports a command's module when the command is called, not when it is listed.

    So ``benchfolio run`` works without pandas and Sphinx, ``benchfolio build`` without an engine.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order people need them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return one command; ``None`` when there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"benchfolio.cli.{MODULES.get(cmd_name, cmd_name)}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands by their known summaries, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, help=ABOUT, context_settings={"help_option_names": list(HELP)})
@click.version_option(package_name="benchfolio")
def cli() -> None:
    """Turn models on your machines into a published site; see ``main.ABOUT``."""


def run() -> NoReturn:
    """Run the command line and end the process; see ``main.main``."""
    from benchfolio.results.errors import BenchfolioError

    try:
        code = cli.main(standalone_mode=False)
    except BenchfolioError as error:
        click.echo(f"{click.style('error:', fg='red', bold=True)} {error}", err=True)
        raise SystemExit(error.exit_code) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except ModuleNotFoundError as error:
        _explain_missing(error)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        raise SystemExit(130) from None
    except OSError as error:
        _explain_system(error)
    raise SystemExit(code if isinstance(code, int) else 0)


def _explain_system(error: OSError) -> NoReturn:
    """Say what the operating system refused, where no command had better words for it."""
    where = f"{error.filename}: " if error.filename is not None else ""
    click.echo(
        f"{click.style('error:', fg='red', bold=True)} {where}{error.strerror or error}\n"
        "  expected: files and folders that can be read and written, with space left\n"
        "  remedy:   make room, correct the path or its permissions, then run again",
        err=True,
    )
    raise SystemExit(4)


def _explain_missing(error: ModuleNotFoundError) -> NoReturn:
    name = (error.name or "").partition(".")[0]
    if name not in EXTRA_OF:
        raise error
    click.echo(
        f"{click.style('error:', fg='red', bold=True)} the package {name} is not installed here\n"
        f"  remedy:   pip install 'benchfolio[{EXTRA_OF[name]}]'",
        err=True,
    )
    raise SystemExit(4)
