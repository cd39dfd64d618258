"""What types cannot say of a definition: fields that there are, values that say one thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from benchfolio.documents import Trail
from benchfolio.generator.definitions.fields import CELL_FIELDS, ENTITY_FIELDS, ROW_FIELDS
from benchfolio.generator.definitions.types import Definition, ValueSpec

Mistake = tuple[Trail, str, str, str, str]
"""Trail of the value, what is wrong, expected, got, remedy."""


def mistakes(definition: Definition) -> Iterator[Mistake]:
    """Yield what is wrong with a definition beyond its types."""
    if definition.about == "results":
        yield from _unknown("filter", definition.filter, CELL_FIELDS)
        yield from _unknown("rows", definition.rows, ROW_FIELDS)
        yield from _unknown("columns", definition.columns, CELL_FIELDS)
        spread = (*definition.rows, *definition.columns)
        yield from _unknown("optional", definition.optional, spread)
        yield from _unknown("last", definition.last, tuple(definition.rows))
    else:
        fields = ENTITY_FIELDS[definition.about]
        yield from _unknown("rows", definition.rows, fields)
        yield from _unknown("filter", definition.filter, fields)
        yield from _unknown("columns", definition.columns, ())
    sortable = (*definition.rows, *(spec.id for spec in definition.values))
    yield from _unknown("sort", [name.removeprefix("-") for name in definition.sort], sortable)
    seen: set[str] = set()
    for index, spec in enumerate(definition.values):
        yield from _wrong_value(definition, spec, ("values", index))
        if (name := f"{spec.group}/{spec.scenario}/{spec.id}") in seen:
            yield (
                ("values", index),
                "shows the same as another value",
                "each value once",
                spec.id,
                "remove it",
            )
        seen.add(name)


def _unknown(part: str, names: Iterable[str], known: tuple[str, ...]) -> Iterator[Mistake]:
    for index, name in enumerate(names):
        if name not in known:
            trail: Trail = (part, name if part == "filter" else index)
            expected = f"one of {', '.join(known)}" if known else "nothing"
            yield (
                trail,
                f"{part} names a field that there is not",
                expected,
                repr(name),
                "correct it",
            )


def _wrong_value(definition: Definition, spec: ValueSpec, trail: Trail) -> Iterator[Mistake]:
    whole = spec.derive in ("verdict", "coverage")
    stated = [name for name in (spec.metric, spec.field) if name is not None]
    if len(stated) != (0 if whole else 1):
        expected = "neither metric nor field" if whole else "a metric or a field, not both"
        got = ", ".join(stated) or "neither"
        yield trail, "does not say what to show", expected, got, "give one of them"
    if spec.derive and spec.field:
        yield trail, "derives from a field", "a metric", spec.field, "name a metric"
    if definition.about != "results":
        fields = ENTITY_FIELDS[definition.about]
        if spec.field not in fields:
            what = f"{definition.about} have no such field"
            yield trail, what, f"field: one of {', '.join(fields)}", str(spec.id), "correct it"
    elif spec.field is not None and spec.field not in ROW_FIELDS:
        expected = f"one of {', '.join(ROW_FIELDS)}"
        yield (*trail, "field"), "not a field", expected, spec.field, "correct it"
