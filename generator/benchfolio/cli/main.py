"""The command group: names and summaries without importing what is behind them."""

from __future__ import annotations

import importlib
from types import MappingProxyType
from typing import NoReturn

import click

from benchfolio.results.errors import BenchfolioError

COMMANDS = MappingProxyType(
    {
        "init": "Write a starter project that measures and builds.",
        "run": "Measure a suite on this machine.",
        "verify": "Measure a published cell again and say whether it agrees.",
        "platform": "Show the description of this machine that would be published.",
        "check": "Validate result files against the contract and the rules.",
        "build": "Build the site from result files.",
        "versions": "List the versions of a site for the switcher on its pages.",
        "export": "Write a table as CSV, JSON or Markdown.",
        "import": "Read tables of other publications into result files.",
        "schema": "Print the JSON Schema of result files.",
    }
)
"""Command name → summary. The command itself is ``command`` in ``benchfolio.cli.NAME``."""


MODULES = MappingProxyType({"import": "import_"})
"""Command name → module, where the name is a word of Python."""


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


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="benchfolio")
def cli() -> None:
    """Turn models on your machines into a published site of validated-model tables."""


def main() -> NoReturn:
    """Run the command line; exit codes are 0, 1 not fine, 2 usage, 3 bad input, 4 environment."""
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
    raise SystemExit(code if isinstance(code, int) else 0)


EXTRA_OF = MappingProxyType(
    {
        "bs4": "import",
        "docutils": "import",
        "jinja2": "site",
        "markdown_it": "import",
        "pandas": "site",
        "xlsxwriter": "site",
        "sphinx": "site",
        "sphinx_design": "site",
        "pydata_sphinx_theme": "site",
        "numpy": "openvino,onnxruntime",
        "ruamel": "openvino,onnxruntime",
        "scipy": "openvino,onnxruntime",
        "psutil": "openvino,onnxruntime",
    }
)
"""Package that may be missing → the extra that brings it."""


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
