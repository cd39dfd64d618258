"""``benchfolio schema``: the contract for editors and other programs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from benchfolio.cli import options
from benchfolio.results import schema, write_bytes


@click.command(name="schema")
@click.option("--out", type=options.FILE, help="File instead of stdout.")
def command(out: Path | None) -> None:
    """Print the JSON Schema of result files (draft 2020-12)."""
    text = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        write_bytes(text.encode(), out)
