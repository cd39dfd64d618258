"""Figures as classic scripts that register themselves: pages from file:// can load nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
import numpy as np
from msgspec.structs import astuple, replace

from benchfolio.generator.explore.rows import Rows
from benchfolio.generator.explore.types import Choice, Explored, Head, Paired, Part, Value
from benchfolio.generator.view import Link

HEAD = "head.js"
"""The file that a page loads first."""

WHOLE = 4000
"""Up to so many cells are in one part."""

T = TypeVar("T")

Href = Callable[[Link], str]
"""Address of a page from the root of the site; empty where there is none."""


def scripts(explored: Explored, href: Href) -> Iterator[tuple[str, str]]:
    """Yield names of files and scripts: what all share, then the cells of some models in each part.

    They come one after the other: together they may be large.
    """
    groups = _groups(explored)
    pages = {
        name: tuple(_address(href, name, id_) for id_, _ in known)
        for name, known in ((name, explored.head.names[name]) for name in ("model", "platform"))
    }
    head = replace(explored.head, parts=tuple(groups), pages=pages)
    yield HEAD, registered("explore", head)
    parts = _parts(explored.part, groups) if len(groups) > 1 else [explored.part]
    for number, part in enumerate(parts):
        yield part_name(number), registered(f"explore-{number}", part)


def part_name(number: int) -> str:
    """Return the file of a part."""
    return f"part-{number}.js"


def registered(name: str, value: Head | Part) -> str:
    """Return a script that registers data under a name; safe also where it is put into a page."""
    text = msgspec.json.encode(value, order="deterministic", enc_hook=list).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f'benchfolio.data("{name}", {text});\n'


def _address(href: Href, kind: str, id_: str) -> str:
    return href(Link(kind=kind, target=id_))


def _groups(explored: Explored) -> list[tuple[int, ...]]:
    """Cut the models into parts of a size that loads at once; their order is kept."""
    found = np.unique(explored.part.cells.column("model"), return_counts=True)
    counts = dict(zip(*(column.tolist() for column in found), strict=True))
    groups: list[tuple[int, ...]] = []
    group: list[int] = []
    size = 0
    for model in counts:
        if group and size + counts[model] > WHOLE:
            groups.append(tuple(group))
            group, size = [], 0
        group.append(model)
        size += counts[model]
    return [*groups, tuple(group)]


class _Moved:
    """Cells by part: which each is in, and which number it has there."""

    def __init__(self, part: Part, groups: Sequence[Sequence[int]]) -> None:
        models = part.cells.column("model")
        of_model = np.zeros(models.max(initial=0) + 1, dtype=np.int64)
        for number, some in enumerate(groups):
            of_model[list(some)] = number
        self.homes = of_model[models]
        self.places = [np.flatnonzero(self.homes == number) for number in range(len(groups))]
        self.numbers = np.zeros(len(models), dtype=np.int32)
        for places in self.places:
            self.numbers[places] = np.arange(len(places))
        self.part: list[int] = self.homes.tolist()
        self.number: list[int] = self.numbers.tolist()

    def values(self, values: Rows[Value]) -> Iterator[Rows[Value]]:
        """Yield the values of each part with the new numbers of their cells."""
        cells = values.column("cell")
        homes = self.homes[cells]
        for number in range(len(self.places)):
            own = np.flatnonzero(homes == number)
            yield values.take(own, cell=self.numbers[cells[own]])

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


def _parts(part: Part, groups: Sequence[Sequence[int]]) -> Iterator[Part]:
    """Yield the cells of each group of models, numbered from 0 on, with what belongs to them."""
    moved = _Moved(part, groups)
    gains, drops = (
        _by_home(
            (moved.part[pair.one], moved.pair(pair))
            for pair in pairs
            if moved.part[pair.one] == moved.part[pair.other]
        )
        for pairs in (part.gains, part.drops)
    )
    choices = _by_home((moved.part[one.cell], moved.choice(one)) for one in part.choices)
    for home, values in enumerate(moved.values(part.values)):
        yield Part(
            cells=part.cells.take(moved.places[home]),
            values=values,
            gains=tuple(gains.get(home, ())),
            drops=tuple(drops.get(home, ())),
            choices=tuple(choices.get(home, ())),
        )


def _by_home(rows: Iterable[tuple[int, T]]) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for home, row in rows:
        found.setdefault(home, []).append(row)
    return found
