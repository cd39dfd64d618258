"""``benchfolio platform``: what would be published about this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
import msgspec

from benchfolio.cli import options
from benchfolio.runner import platform as machine


@click.command("platform")
@click.option("--id", "id_", default="this-machine", metavar="ID", help="Id to show it with.")
@options.label
@click.option("--withhold", multiple=True, metavar="FIELD", help="Leave a field out; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="As it stands in a result file.")
def command(id_: str, label: str | None, withhold: tuple[str, ...], as_json: bool) -> None:
    """Show the description of this machine that would be published.

    Fields marked with * are those a person may want to withhold, with `benchfolio run --withhold`.
    Host and user names are never in it.
    """
    described = machine.withhold(machine.describe(id_, label, machine.devices()), withhold)
    raw = msgspec.to_builtins(described)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(raw), indent=2).decode())
        return
    rows = [*_rows(raw, ""), *_rows({"software": machine.software()}, "")]
    width = max(len(name) for name, _ in rows) + 2
    for name, value in rows:
        mark = "*" if _withholdable(name) else " "
        click.echo(f"{mark} {name:<{width}}{value}")
    click.echo("")
    for name, why in machine.WITHHOLDABLE.items():
        if any(row == name or row.startswith(f"{name}.") for row, _ in rows):
            click.echo(f"* --withhold {name}: {why}")


def _rows(node: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _rows(value, f"{name}.{key}" if name else str(key))
    elif isinstance(node, list | tuple) and any(isinstance(each, dict) for each in node):
        for index, each in enumerate(node):
            yield from _rows(each, f"{name}.{index}")
    else:
        yield name, _text(node)


def _text(value: Any) -> str:  # noqa: ANN401 - whatever a description holds
    if isinstance(value, list | tuple):
        return " ".join(str(each) for each in value)
    return str(value)


def _withholdable(name: str) -> bool:
    return any(name == field or name.startswith(f"{field}.") for field in machine.WITHHOLDABLE)
