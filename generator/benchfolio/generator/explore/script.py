"""Figures as classic scripts that register themselves: pages from file:// can load nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from benchfolio.generator.explore.types import Explored, Head, Part
from benchfolio.generator.view import Link

HEAD = "head.js"
"""The file that a page loads first."""

WHOLE = 4000
"""Up to so many cells are in one part."""

Href = Callable[[Link], str]
"""Address of a page from the root of the site; empty where there is none."""


def scripts(explored: Explored, href: Href) -> dict[str, str]:
    """Return file name → script: what all share, then the cells of some models in each part."""
    groups = _groups(explored)
    pages = {
        name: tuple(_address(href, name, id_) for id_, _ in known)
        for name, known in ((name, explored.head.names[name]) for name in ("model", "platform"))
    }
    head = msgspec.structs.replace(explored.head, parts=tuple(groups), pages=pages)
    files = {HEAD: registered("explore", head)}
    for number, models in enumerate(groups):
        part = _part(explored, frozenset(models)) if len(groups) > 1 else explored.part
        files[part_name(number)] = registered(f"explore-{number}", part)
    return files


def part_name(number: int) -> str:
    """Return the file of a part."""
    return f"part-{number}.js"


def registered(name: str, value: Head | Part) -> str:
    """Return a script that registers data under a name; safe also where it is put into a page."""
    text = msgspec.json.encode(value, order="deterministic").decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'benchfolio.data("{name}", {text});\n'


def _address(href: Href, kind: str, id_: str) -> str:
    return href(Link(kind=kind, target=id_))


def _groups(explored: Explored) -> list[tuple[int, ...]]:
    """Cut the models into parts of a size that loads at once; their order is kept."""
    counts: dict[int, int] = {}
    for cell in explored.part.cells:
        counts[cell.model] = counts.get(cell.model, 0) + 1
    groups: list[tuple[int, ...]] = []
    group: list[int] = []
    for model in sorted(counts):
        if group and sum(counts[one] for one in group) + counts[model] > WHOLE:
            groups.append(tuple(group))
            group = []
        group.append(model)
    return [*groups, tuple(group)]


def _part(explored: Explored, models: frozenset[int]) -> Part:
    """Return the cells of some models, renumbered from 0 on, with what belongs to them."""
    part = explored.part
    places = [at for at, cell in enumerate(part.cells) if cell.model in models]
    new = {at: number for number, at in enumerate(places)}
    return Part(
        cells=tuple(part.cells[at] for at in places),
        values=tuple(_moved(part.values, new, "cell")),
        gains=tuple(_moved(part.gains, new, "one", "other")),
        drops=tuple(_moved(part.drops, new, "one", "other")),
        choices=tuple(_moved_choices(part, new)),
    )


def _moved(rows: Sequence[Any], new: dict[int, int], *names: str) -> Iterator[Any]:
    for row in rows:
        cells = {name: getattr(row, name) for name in names}
        if all(cell in new for cell in cells.values()):
            yield msgspec.structs.replace(row, **{name: new[at] for name, at in cells.items()})


def _moved_choices(part: Part, new: dict[int, int]) -> Iterator[Any]:
    for choice in _moved(part.choices, new, "cell"):
        loss = next(_moved([choice.loss], new, "cell"), None) if choice.loss else None
        speeds = tuple(_moved(choice.speeds, new, "cell"))
        yield msgspec.structs.replace(choice, loss=loss, speeds=speeds)
