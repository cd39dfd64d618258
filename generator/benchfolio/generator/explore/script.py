"""Figures as classic scripts that register themselves: pages from file:// can load nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec.structs import astuple, replace

from benchfolio.generator.explore.types import Choice, Explored, Head, Paired, Part, Value
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
    head = replace(explored.head, parts=tuple(groups), pages=pages)
    files = {HEAD: registered("explore", head)}
    parts = _parts(explored.part, groups) if len(groups) > 1 else [explored.part]
    for number, part in enumerate(parts):
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
    counts = Counter(cell.model for cell in explored.part.cells)
    groups: list[tuple[int, ...]] = []
    group: list[int] = []
    size = 0
    for model in sorted(counts):
        if group and size + counts[model] > WHOLE:
            groups.append(tuple(group))
            group, size = [], 0
        group.append(model)
        size += counts[model]
    return [*groups, tuple(group)]


class _Moved:
    """Cells by part: which each is in, and which number it has there."""

    def __init__(self, part: Part, groups: Sequence[Sequence[int]]) -> None:
        of_model = {model: number for number, models in enumerate(groups) for model in models}
        self.part = [of_model[cell.model] for cell in part.cells]
        self.number: list[int] = []
        counts = [0] * len(groups)
        for number in self.part:
            self.number.append(counts[number])
            counts[number] += 1

    def value(self, one: Value) -> Value:
        """Return a value with the new number of its cell."""
        _, *rest = astuple(one)
        return Value(self.number[one.cell], *rest)

    def pair(self, found: Paired) -> Paired:
        """Return a pair with the new numbers of its cells."""
        metric, one, other, *rest = astuple(found)
        return Paired(metric, self.number[one], self.number[other], *rest)

    def choice(self, found: Choice) -> Choice:
        """Return a choice with the new numbers of its cells; what is in another part is out."""
        home = self.part[found.cell]
        loss = found.loss
        if loss is not None:
            own = self.part[loss.cell] == home
            loss = replace(loss, cell=self.number[loss.cell]) if own else None
        speeds = tuple(
            replace(speed, cell=self.number[speed.cell])
            for speed in found.speeds
            if self.part[speed.cell] == home
        )
        return replace(found, cell=self.number[found.cell], loss=loss, speeds=speeds)


def _parts(part: Part, groups: Sequence[Sequence[int]]) -> list[Part]:
    """Return the cells of each group of models, numbered from 0 on, with what belongs to them."""
    moved = _Moved(part, groups)
    found: list[tuple[list[Any], ...]] = [([], [], [], [], []) for _ in groups]
    for cell, home in zip(part.cells, moved.part, strict=True):
        found[home][0].append(cell)
    for value in part.values:
        found[moved.part[value.cell]][1].append(moved.value(value))
    for place, pairs in ((2, part.gains), (3, part.drops)):
        for pair in pairs:
            if moved.part[pair.one] == moved.part[pair.other]:
                found[moved.part[pair.one]][place].append(moved.pair(pair))
    for choice in part.choices:
        found[moved.part[choice.cell]][4].append(moved.choice(choice))
    names = Part.__struct_fields__
    return [Part(**dict(zip(names, map(tuple, rows), strict=True))) for rows in found]
