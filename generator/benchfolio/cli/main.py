"""Where the command starts: what there is to call, listed without importing any of it.

Only ``sys`` and ``os`` are imported before something is called: people ask for help often, and
shells complete names with it.
"""

from __future__ import annotations

import os
import sys
from types import MappingProxyType

TYPE_CHECKING = False  # as typing has it, without the time that importing typing takes
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from benchfolio.cli.group import cli

__all__ = ["COMMANDS", "EXTRA_OF", "MODULES", "cli", "main"]

ABOUT = "Turn models on your machines into a published site of validated-model tables."
HELP = ("-h", "--help")

COMMANDS = MappingProxyType(
    {
        "init": "Write a starter project that measures and builds.",
        "run": "Measure a suite on this machine.",
        "verify": "Measure a published cell again and say whether it agrees.",
        "platform": "Show the description of this machine that would be published.",
        "check": "Validate result files against the contract and the rules.",
        "merge": "Combine result files of the same platform and release.",
        "compare": "Say what got worse from one release to another, and whether that is fine.",
        "refresh": "Check, compare and build a release, with one summary at the end.",
        "build": "Build the site from result files.",
        "publish": "Place a built site among the versions that are published.",
        "versions": "List the versions of a site for the switcher on its pages.",
        "export": "Write a table as CSV, JSON or Markdown.",
        "import": "Read reports of other tools, or tables of publications, into result files.",
        "schema": "Print the JSON Schema of result files.",
    }
)
"""Command name → summary. The command itself is ``command`` in ``benchfolio.cli.NAME``."""


MODULES = MappingProxyType({"import": "import_"})
"""Command name → module, where the name is a word of Python."""

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
        "numpy": "openvino,onnxruntime,site",
        "ruamel": "openvino,onnxruntime",
        "psutil": "openvino,onnxruntime",
    }
)
"""Package that may be missing → the extra that brings it."""

_WIDTH = 80
"""Help is never wider; click wraps it where a terminal is narrower."""


def main() -> NoReturn:
    """Run the command line; exit codes are 0, 1 not fine, 2 usage, 3 bad input, 4 environment."""
    if len(sys.argv) == 2 and sys.argv[1] in HELP and _columns() >= _WIDTH:
        print(help_text(os.path.basename(sys.argv[0])))  # noqa: T201, PTH119 - the answer; no pathlib
        raise SystemExit(0)
    from benchfolio.cli.group import run

    run()


def help_text(program: str) -> str:
    """Return what click says of ``--help`` on 80 columns."""
    options = {
        "--version": "Show the version and exit.",
        ", ".join(HELP): "Show this message and exit.",
    }
    return "\n".join(
        (
            f"Usage: {program} [OPTIONS] COMMAND [ARGS]...",
            "",
            *(f"  {line}" for line in _wrapped(ABOUT, _WIDTH - 4)),
            "",
            "Options:",
            *_listed(options),
            "",
            "Commands:",
            *_listed(COMMANDS),
        )
    )


def _listed(described: Mapping[str, str]) -> list[str]:
    wide = max(map(len, described))
    lines = []
    for name, text in described.items():
        first, *others = _wrapped(text, _WIDTH - wide - 6)
        lines.append(f"  {name:{wide}}  {first}")
        lines += [f"{'':{wide + 4}}{line}" for line in others]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _columns() -> int:
    """Return how wide the output is; what is no terminal is as wide as help ever is."""
    try:
        return int(os.environ.get("COLUMNS", 0)) or os.get_terminal_size().columns
    except (OSError, ValueError):
        return _WIDTH


def __getattr__(name: str) -> object:
    if name == "cli":
        from benchfolio.cli.group import cli

        return cli
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
