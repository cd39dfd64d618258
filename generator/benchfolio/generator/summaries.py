"""Tables that sum up: loss by task and format, and what was transcribed from where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median

from benchfolio.generator.collection import Collection, FileInfo
from benchfolio.generator.definitions import Definition, ValueSpec
from benchfolio.generator.entities import count_of, link_entry, text_entry
from benchfolio.generator.entries import field_label, name_entry
from benchfolio.generator.facets import TRANSCRIBED
from benchfolio.generator.formatting import DASH, clean, listing, natural, number, slug
from benchfolio.generator.losses import Loss, Losses, TaskFormat, find_losses
from benchfolio.generator.quality import Where, accepted
from benchfolio.generator.view import Column, Entry, Link, Row, Table

Line = tuple[str, Mapping[str, Entry]]
"""Anchor of a row, and its entries by field."""


def summary_table(definition: Definition, collection: Collection, where: Where) -> Table:
    """Build a table that sums up what ``definition.about`` says."""
    lines, notes = SUMMARIES[definition.about](collection, where)
    specs = [(name, ValueSpec(field=name)) for name in definition.rows]
    specs += [(spec.field or "", spec) for spec in definition.values]
    heading = set(definition.rows)
    return Table(
        id=definition.id,
        title=definition.title,
        description=definition.description,
        columns=tuple(_column(name, spec, heading=name in heading) for name, spec in specs),
        rows=tuple(
            Row(entries=tuple(entries[name] for name, _ in specs), anchor=anchor)
            for anchor, entries in lines
        ),
        notes=(*notes, *definition.notes) if lines else ("No results match.",),
        sources=tuple(info.name for info in collection.catalogue.files),
    )


_LABELS = {"n": "n", "tested": "Tests dated"}
_POINTS = ("median", "worst")
_COUNTS = ("n", "models", "platforms", "figures")


def _column(name: str, spec: ValueSpec, *, heading: bool) -> Column:
    last = name.rpartition("_")[2]
    return Column(
        id=name,
        label=spec.label or _LABELS.get(last, last.capitalize()),
        group=spec.group,
        unit="points" if last in _POINTS else "",
        numeric=last in _POINTS or last in _COUNTS,
        better="lower" if last in _POINTS else "",
        heading=heading,
    )


def _losses(collection: Collection, where: Where) -> tuple[list[Line], list[str]]:
    found = {origin: find_losses(collection, where, origin) for origin in _ORIGINS}
    keys = sorted({key for losses in found.values() for key in losses.by}, key=_order)
    lines: list[Line] = [(slug(*key), _loss_line(collection, key, found)) for key in keys]
    return lines, [note for origin, losses in found.items() for note in _left_out(origin, losses)]


_ORIGINS = ("measured", "transcribed")


def _order(key: TaskFormat) -> tuple[object, ...]:
    return tuple(natural(part) for part in key)


def _loss_line(
    collection: Collection, key: TaskFormat, found: Mapping[str, Losses]
) -> dict[str, Entry]:
    task, precision = key
    entries = {
        "task": name_entry(collection, "task", task),
        "precision": name_entry(collection, "precision", precision),
    }
    for origin, losses in found.items():
        entries |= {
            f"{origin}_{name}": entry
            for name, entry in _figures(collection, origin, losses.by.get(key, ()))
        }
    return entries


def _figures(
    collection: Collection, origin: str, losses: Sequence[Loss]
) -> Iterator[tuple[str, Entry]]:
    if not losses:
        nothing = Entry(text=DASH, state="none", tip=f"nothing {origin}")
        yield from ((name, nothing) for name in (*_POINTS, "n"))
        return
    middle, worst = median([loss.points for loss in losses]), losses[-1]
    yield "median", Entry(text=number(middle, 2), raw=middle)
    model = collection.text("model", worst.cell)
    yield (
        "worst",
        Entry(
            text=number(worst.points, 2),
            raw=worst.points,
            link=Link("model", model),
            tip=_where(collection, worst.cell),
        ),
    )
    yield "n", count_of(len(losses))


def _where(collection: Collection, cell: int) -> str:
    names = ("model", "form", "recipe", "runtime", "platform")
    texts = [field_label(collection, name, collection.text(name, cell)) for name in names]
    return ", ".join(text for text in texts if text)


def _left_out(origin: str, losses: Losses) -> Iterator[str]:
    parts = [
        f"{count} {reason}"
        for count, reason in (
            (losses.unstated, "whose unit is not stated or is no percentage"),
            (losses.refused, "without a comparable FP32"),
        )
        if count
    ]
    if parts:
        yield f"Left out of the {origin} figures: {listing(parts)}."


def _publications(collection: Collection, where: Where) -> tuple[list[Line], list[str]]:
    del where
    by_title: dict[str, list[FileInfo]] = {}
    for info in collection.catalogue.files:
        if info.origin.kind in TRANSCRIBED and info.origin.publication:
            by_title.setdefault(info.origin.publication.title, []).append(info)
    titles = sorted(by_title, key=natural)
    return [(slug(title), _publication(collection, title, by_title[title])) for title in titles], []


def _publication(collection: Collection, title: str, files: Sequence[FileInfo]) -> dict[str, Entry]:
    published = [info.origin.publication for info in files if info.origin.publication]
    tested = sorted({found.tested for found in published if found.tested})
    addresses = sorted({found.url for found in published if found.url})
    machines = {info.platform.id for info in files} & set(collection.machines)
    return {
        "publication": text_entry(title),
        "release": text_entry(", ".join(sorted({info.release for info in files}))),
        "models": count_of(len({id_ for info in files for id_ in info.models})),
        "platforms": count_of(len(machines)),
        "figures": count_of(_count(collection, title)),
        "tested": text_entry(clean(", ".join(tested))),
        "link": link_entry(addresses[0] if addresses else None),
    }


def _count(collection: Collection, title: str) -> int:
    """Count the measured figures of a publication, and the derived ones where it has no others."""
    cells = collection.select(accepted({"publication": title}), releases="all")
    values = sum(len(collection.measured(name, cells)) for name in collection.metric_ids())
    alone = zip(collection.column("evidence", cells), cells, strict=True)
    return values + sum(len(collection.claims(cell)) for kind, cell in alone if kind == "claims")


SUMMARIES: Mapping[str, Callable[[Collection, Where], tuple[list[Line], list[str]]]] = {
    "losses": _losses,
    "publications": _publications,
}
"""What sums up what, by the word of a definition's ``about``."""
