"""Descriptions of the same thing by several files → one, with what they disagree on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import structs

from benchfolio.generator.formatting import clean
from benchfolio.results import (
    BadInput,
    Document,
    Metric,
    Platform,
    Problem,
    Processor,
    ResultFile,
    System,
)

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

MOST = 120
"""Characters of a value in a report."""


class Side(msgspec.Struct, frozen=True, order=True):
    """What one file says."""

    file: str
    value: str

    @property
    def place(self) -> str:
        """The file, in brackets, where it is one file's word."""
        return f" ({self.file})" if self.file else ""


class Conflict(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Two files said different things; one of them was taken.

    Attributes:
        kind: ``cell``, ``race``, ``artefact``, or the part of a file that was described.
        key: Which one: the parts of a cell's key, or an id.
        field: What of it; empty where it is the whole.
        won: What is in the merged file.
        lost: What is not.
        why: Why the one and not the other.
    """

    kind: str
    key: str
    field: str = ""
    won: Side
    lost: Side
    why: str

    def __str__(self) -> str:
        named = " ".join(filter(None, (self.kind, self.key, self.field)))
        parts = [("used:", self.won), ("not used:", self.lost)]
        lines = [f"  {label:<10}{side.value}{side.place}" for label, side in parts]
        return "\n".join(clean(line) for line in (named, *lines, f"  {'why:':<10}{self.why}"))


class Said(msgspec.Struct, Generic[T], frozen=True):
    """What one file says of something; lists of these have the winner first."""

    file: str
    value: T


class Descriptions:
    """Merges descriptions of files that are in the order of precedence, and keeps the conflicts.

    Args:
        files: Names and files, the winner first.
        why: Why the earlier wins.
    """

    def __init__(self, files: Sequence[tuple[str, ResultFile]], why: str) -> None:
        self._files = files
        self._why = why
        self.conflicts: set[Conflict] = set()

    def parts(self, name: str) -> dict[str, Any]:
        """Return models, data sets or recipes by id: what one leaves open, another may fill in.

        A description that contradicts the winner fills in nothing: it is of something else.
        """
        given = self._given(name)
        return {id_: self._part(_KINDS[name], id_, parts) for id_, parts in sorted(given.items())}

    def mapping(self, name: str) -> dict[str, Any]:
        """Return what files say by name (versions, limits, metrics)."""
        given = self._given(name)
        return {
            key: self._first((_KINDS[name], key, ""), said) for key, said in sorted(given.items())
        }

    def suite(self) -> str | None:
        """Return the name of the suite."""
        given = [Said(file, each.suite) for file, each in self._files if each.suite is not None]
        return self._first(("suite", "", ""), given) if given else None

    def documents(self) -> tuple[Document, ...]:
        """Return the outlines of all publications, those of the winner first."""
        kept: list[Document] = []
        owners: dict[str, Said[Document]] = {}
        for file, described in self._files:
            fresh = [each for each in described.documents if each.title not in owners]
            for one in described.documents:
                if one.title in owners and one not in kept:
                    sides = (owners[one.title], Said(file, one))
                    self._report(("document", one.title, ""), *sides)
            owners |= {one.title: Said(file, one) for one in reversed(fresh)}
            kept += sorted(fresh, key=lambda one: one.title) if kept else fresh
        return tuple(kept)

    def platform(self, *, another_machine: bool) -> Platform:
        """Return the platform; what the owner withheld in any file is withheld.

        Raises:
            BadInput: Two files describe different machines, and ``another_machine`` is not set.
        """
        different = list(_other_machines(self._files))
        if different and not another_machine:
            raise BadInput(different)
        given = [Said(file, described.platform) for file, described in self._files]
        first = given[0].value
        if all(each.value == first for each in given):
            return first
        fields = sorted({field for each in given for field in each.value.withheld})
        open_ = [Said(each.file, self._withheld(each, fields)) for each in given]
        merged = self._filled(("platform", first.id, ""), open_)
        return merged if not different else self._withheld(given[0], fields)

    def _given(self, name: str) -> dict[str, list[Said[Any]]]:
        found: dict[str, list[Said[Any]]] = {}
        for file, described in self._files:
            for key, value in getattr(described, name).items():
                found.setdefault(key, []).append(Said(file, value))
        return found

    def _withheld(self, said: Said[Platform], fields: Sequence[str]) -> Platform:
        """Return what a file says of the platform without what another withholds."""
        platform = said.value
        for field in set(fields) - set(platform.withheld):
            platform = _blanked(platform, field.split("."))
            lost = Side(said.file, "published there")
            why = "what is withheld once is not published"
            self.conflicts.add(
                Conflict(
                    kind="platform",
                    key=platform.id,
                    field=field,
                    won=Side("", "withheld"),
                    lost=lost,
                    why=why,
                )
            )
        if _NAME in set(fields) - set(said.value.withheld):
            platform = structs.replace(platform, label=platform.id)  # it may tell the name
        return structs.replace(platform, withheld=tuple(fields))

    def _part(self, kind: str, id_: str, given: Sequence[Said[S]]) -> S:
        at, agreed = (kind, id_, ""), [given[0]]
        for said in given[1:]:
            merged = Said(given[0].file, self._filled(at, agreed))
            fields = said.value.__struct_fields__
            if any(_contradict(merged.value, said.value, name) for name in fields):
                self._filled(at, [merged, said])  # says in what
            else:
                agreed.append(said)
        return self._filled(at, agreed)

    def _filled(self, at: At, given: Sequence[Said[S]]) -> S:
        """Take each field from the first that states it."""
        kind, id_, path = at
        changes: dict[str, object] = {}
        for name in given[0].value.__struct_fields__:
            said = [Said(each.file, getattr(each.value, name)) for each in given]
            if isinstance(said[0].value, Processor | System):
                changes[name] = self._filled((kind, id_, f"{path}{name}."), said)
                continue
            stated = [each for each in said if each.value not in _UNKNOWN]
            if stated:
                changes[name] = self._first((kind, id_, f"{path}{name}"), stated)
        return structs.replace(given[0].value, **changes)

    def _first(self, at: At, given: Sequence[Said[T]]) -> T:
        for other in given[1:]:
            if other.value != given[0].value:
                self._report(at, given[0], other)
        return given[0].value

    def _report(self, at: At, won: Said[T], lost: Said[T]) -> None:
        kind, key, field = at
        sides = (Side(each.file, told(each.value)) for each in (won, lost))
        self.conflicts.add(
            Conflict(
                kind=kind, key=key, field=field, won=next(sides), lost=next(sides), why=self._why
            )
        )


At = tuple[str, str, str]
"""Kind, key and field of what is described."""

_UNKNOWN: tuple[object, ...] = (None, (), {})
_NAME = "processor.name"
_KINDS = MappingProxyType(
    {
        "models": "model",
        "datasets": "data set",
        "recipes": "recipe",
        "software": "software",
        "acceptance": "acceptance",
        "metrics": "metric",
    }
)


def told(value: object) -> str:
    """Write a value for a report."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"


def check_metrics(files: Iterable[tuple[str, ResultFile]]) -> Iterator[Problem]:
    """Find metrics of which two files say different things: their values cannot stand together."""
    first: dict[str, tuple[str, Metric]] = {}
    for name, file in files:
        for id_, metric in sorted(file.metrics.items()):
            known_name, known = first.setdefault(id_, (name, metric))
            for field in ("direction", "unit", "kind"):
                if getattr(known, field) != getattr(metric, field):
                    yield Problem(
                        where=f"{name}: $.metrics[{id_!r}].{field}",
                        what=f"defines a metric otherwise than {known_name} does",
                        expected=str(getattr(known, field)),
                        got=str(getattr(metric, field)),
                        remedy="give one of the two metrics another id",
                    )


_MACHINE = ("name", "vendor", "architecture", "isa", "sockets", "cores", "threads")
"""What of a processor tells one machine from another; its microcode and settings may change."""


def _other_machines(files: Iterable[tuple[str, ResultFile]]) -> Iterator[Problem]:
    first: dict[str, tuple[str, object]] = {}
    for file, described in files:
        platform = described.platform
        facts = {f"processor.{each}": getattr(platform.processor, each) for each in _MACHINE}
        facts["accelerators"] = tuple(sorted(each.name for each in platform.accelerators))
        for field, value in facts.items():
            if value in _UNKNOWN:
                continue
            known_file, known = first.setdefault(field, (file, value))
            if known != value:
                yield Problem(
                    where=f"{file}: $.platform.{field}",
                    what=f"describes another machine under the same platform id as {known_file}",
                    expected=told(known),
                    got=told(value),
                    remedy="give one of them another platform id, or say that it is the same "
                    "machine with --another-machine",
                )


def _contradict(one: msgspec.Struct, other: msgspec.Struct, name: str) -> bool:
    first, second = getattr(one, name), getattr(other, name)
    return first != second and first not in _UNKNOWN and second not in _UNKNOWN


def _blanked(part: S, path: Sequence[str]) -> S:
    """Return a description without one field; names that it does not have are let be."""
    name, rest = path[0], path[1:]
    if name not in part.__struct_fields__ or name in ("id", "label"):
        return part
    value = getattr(part, name)
    if rest:
        inner = _blanked(value, rest) if isinstance(value, msgspec.Struct) else value
        return structs.replace(part, **{name: inner})
    defaults = {field.name: field.default for field in structs.fields(part)}
    return structs.replace(part, **{name: defaults[name]})
