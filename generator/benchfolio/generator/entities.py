"""Tables of what is described: models, platforms, data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from benchfolio.generator.collection import Collection, FileInfo
from benchfolio.generator.definitions import Definition, Not, ValueSpec
from benchfolio.generator.entries import NOT_STATED, name_entry, outside
from benchfolio.generator.facets import ORIGINS, TRANSCRIBED
from benchfolio.generator.formatting import clean, listing, natural, number, size, slug
from benchfolio.generator.view import Column, Entry, Row, Table
from benchfolio.results import Dataset, Model, Platform, release_order


class Subject(msgspec.Struct, frozen=True):
    """What a row is about.

    Attributes:
        described: Its description: of the newest release that is of the table's origin.
        files: The files that describe it, of that origin.
        anchor: Name of its row.
    """

    collection: Collection
    id: str
    described: Any
    files: tuple[FileInfo, ...] = ()
    anchor: str = ""


Show = Callable[[Subject], Entry]

_LABELS = {
    "dataset": "Data set",
    "id": "Id",
    "input_size": "Input size",
    "isa": "Instruction sets",
    "os": "Operating system",
    "sha256": "SHA-256",
}


def entity_table(
    definition: Definition, collection: Collection, where: Mapping[str, str | Sequence[str]]
) -> Table:
    """Build a table with one row per model, platform or data set.

    Args:
        definition: Its ``about`` says of what; ``rows`` and ``values`` name fields.
        collection: The results.
        where: Restriction by field, by id or by the text shown.
    """
    show = _FIELDS[definition.about]
    subjects = [
        subject
        for subject in _SUBJECTS[definition.about](collection, definition.origin)
        if _matches(definition, where, show, subject)
    ]
    fields = [
        (Column(id=name, label=_label(name), heading=True), show[name]) for name in definition.rows
    ]
    fields += [(_column(spec), show[spec.field or ""]) for spec in definition.values]
    rows = [
        Row(
            entries=tuple(field(subject) for _, field in fields),
            anchor=subject.anchor or slug(subject.id),
        )
        for subject in subjects
    ]
    names = [column.id for column, _ in fields]
    for name in reversed(definition.sort or [definition.rows[0]]):
        at = names.index(name.removeprefix("-"))
        rows.sort(key=lambda row: natural(row.entries[at].text), reverse=name.startswith("-"))
    return Table(
        id=definition.id,
        title=definition.title,
        description=definition.description,
        columns=tuple(column for column, _ in fields),
        rows=tuple(rows),
        notes=tuple(definition.notes) if rows else ("Nothing is described.",),
        mark=_mark(subjects) if definition.about in ("models", "platforms") else "",
        sources=tuple(sorted({info.name for one in subjects for info in one.files})),
    )


def _mark(subjects: Sequence[Subject]) -> str:
    titles = sorted(
        {
            clean(info.origin.publication.title)
            for subject in subjects
            for info in subject.files
            if info.origin.kind in TRANSCRIBED and info.origin.publication
        }
    )
    quoted = [f"“{title}”" for title in titles]
    return f"Transcribed from {listing(quoted)}." if quoted else ""


def files_of(collection: Collection, origin: str) -> list[FileInfo]:
    """Return the files of an origin, as a table definition names it; oldest release first."""
    kinds = ORIGINS.get(origin)
    found = [
        info for info in collection.catalogue.files if kinds is None or info.origin.kind in kinds
    ]
    return sorted(found, key=lambda info: (release_order(info.release), info.name))


def _subjects(
    collection: Collection, described: Iterable[tuple[Named, Any, FileInfo]]
) -> list[Subject]:
    """Gather what several files describe: the last description stays."""
    latest: dict[Named, Any] = {}
    files: dict[Named, list[FileInfo]] = {}
    for named, description, info in described:
        latest[named] = description
        files.setdefault(named, []).append(info)
    return [
        Subject(collection, named[0], latest[named], tuple(files[named]), slug(*named))
        for named in sorted(latest)
    ]


Named = tuple[str, ...]
"""An id, and the publication where one name may mean several things."""


def _models(collection: Collection, origin: str) -> list[Subject]:
    """Return models; two publications may describe different ones under one name."""
    return _subjects(
        collection,
        (
            (_named(id_, info), model, info)
            for info in files_of(collection, origin)
            for id_, model in info.models.items()
        ),
    )


def _named(id_: str, info: FileInfo) -> Named:
    publication = info.origin.publication
    return (id_, publication.title) if publication else (id_,)


def _platforms(collection: Collection, origin: str) -> list[Subject]:
    files = [
        info for info in files_of(collection, origin) if info.platform.id in collection.machines
    ]
    return _subjects(collection, (((info.platform.id,), info.platform, info) for info in files))


def _datasets(collection: Collection, origin: str) -> list[Subject]:
    kinds = ORIGINS.get(origin)
    cells = collection.select({"origin": kinds} if kinds else {}, releases="all")
    used = set(collection.column("dataset", cells))
    calibrating = set(collection.datasets) - set(collection.texts("dataset"))
    files = tuple(files_of(collection, origin))
    return [
        Subject(collection, id_, dataset, files)
        for id_, dataset in collection.datasets.items()
        if id_ in used or (id_ in calibrating and files and origin != "transcribed")
    ]


_SUBJECTS: Mapping[str, Callable[[Collection, str], list[Subject]]] = {
    "models": _models,
    "platforms": _platforms,
    "datasets": _datasets,
}


def _column(spec: ValueSpec) -> Column:
    name = spec.field or ""
    numeric = name in ("parameters", "sockets", "cores", "threads", "samples", "memory")
    return Column(id=name, label=spec.label or _label(name), group=spec.group, numeric=numeric)


def _label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " ").capitalize())


def _matches(
    definition: Definition,
    where: Mapping[str, str | Sequence[str]],
    show: Mapping[str, Show],
    subject: Subject,
) -> bool:
    kind = definition.about.removesuffix("s")
    for name, wanted in [*definition.filter.items(), *where.items()]:
        if name != kind and name not in show:
            continue
        text = subject.id if name in (kind, "id") else show[name](subject).text
        unwanted = wanted.unwanted if isinstance(wanted, Not) else None
        listed = unwanted if unwanted is not None else wanted
        texts = [str(x) for x in listed] if isinstance(listed, list | tuple) else [str(listed)]
        if (text in texts) is (unwanted is not None):
            return False
    return True


def text_entry(text: str | None) -> Entry:
    """Return a text, or that it is not stated."""
    return Entry(text=clean(text), raw=clean(text)) if text else NOT_STATED


def count_of(value: int | None) -> Entry:
    """Return a count, or that it is not stated."""
    return NOT_STATED if value is None else Entry(text=number(value, 0), raw=float(value))


def link_entry(address: str | None) -> Entry:
    """Return an address as a link where it is one, else as text."""
    if not address:
        return NOT_STATED
    return Entry(text=clean(address), raw=clean(address), link=outside(address))


def bytes_entry(count: int | None) -> Entry:
    """Return a number of bytes in binary units."""
    return NOT_STATED if count is None else Entry(text=size(count), raw=float(count))


def _model(read: Callable[[Model], Entry]) -> Show:
    return lambda subject: read(subject.described)


def _platform(read: Callable[[Platform], Entry]) -> Show:
    return lambda subject: read(subject.described)


def _dataset(read: Callable[[Dataset], Entry]) -> Show:
    return lambda subject: read(subject.described)


def _publications(subject: Subject) -> Entry:
    titles = {
        clean(info.origin.publication.title) for info in subject.files if info.origin.publication
    }
    return text_entry("; ".join(sorted(titles)))


def _cells(subject: Subject) -> Entry:
    """Count the planned cells of a model in the files of the table's origin."""
    names = {info.name for info in subject.files}
    cells = subject.collection.select({"model": [subject.id]}, releases="all")
    files = subject.collection.column("file", cells)
    known = subject.collection.catalogue.files
    return count_of(sum(known[at].name in names for at in files))


def software_of(collection: Collection, platform: str) -> dict[str, str]:
    """Return the software versions of a platform's newest release."""
    newest = collection.newest.get(platform)
    found: dict[str, str] = {}
    for info in collection.catalogue.files:
        if info.platform.id == platform and info.release == newest:
            found.update(info.software)
    return dict(sorted(found.items()))


def _software(subject: Subject) -> Entry:
    versions = software_of(subject.collection, subject.id)
    return text_entry(", ".join(f"{name} {version}" for name, version in versions.items()))


def _accelerators(platform: Platform) -> Entry:
    return text_entry(", ".join(one.name for one in platform.accelerators))


def _id(subject: Subject) -> Entry:
    return Entry(text=subject.id, raw=subject.id)


def _model_name(subject: Subject) -> Entry:
    """Name a model as the files in question do: another origin may spell it differently."""
    entry = name_entry(subject.collection, "model", subject.id)
    return msgspec.structs.replace(entry, text=clean(subject.described.name))


def _name(field: str) -> Show:
    return lambda subject: name_entry(subject.collection, field, subject.id)


_FIELDS: Mapping[str, Mapping[str, Show]] = {
    "models": {
        "model": _model_name,
        "id": _id,
        "task": lambda subject: name_entry(
            subject.collection, "task", subject.described.task or ""
        ),
        "source": _model(lambda model: text_entry(model.source)),
        "link": _model(lambda model: link_entry(model.link)),
        "license": _model(lambda model: text_entry(model.license)),
        "input_size": _model(lambda model: text_entry(model.input_size)),
        "parameters": _model(lambda model: count_of(model.parameters)),
        "description": _model(lambda model: text_entry(model.description)),
        "publication": _publications,
        "cells": _cells,
    },
    "platforms": {
        "platform": _name("platform"),
        "id": _id,
        "processor": _platform(lambda platform: text_entry(platform.processor.name)),
        "vendor": _platform(lambda platform: text_entry(platform.processor.vendor)),
        "architecture": _platform(lambda platform: text_entry(platform.processor.architecture)),
        "isa": _platform(lambda platform: text_entry(", ".join(platform.processor.isa))),
        "sockets": _platform(lambda platform: count_of(platform.processor.sockets)),
        "cores": _platform(lambda platform: count_of(platform.processor.cores)),
        "threads": _platform(lambda platform: count_of(platform.processor.threads)),
        "memory": _platform(lambda platform: bytes_entry(platform.memory_bytes)),
        "accelerators": _platform(_accelerators),
        "os": _platform(lambda platform: text_entry(platform.system.os)),
        "release": lambda subject: text_entry(subject.collection.newest.get(subject.id)),
        "software": _software,
    },
    "datasets": {
        "dataset": _name("dataset"),
        "id": _id,
        "split": _dataset(lambda dataset: text_entry(dataset.split)),
        "samples": _dataset(lambda dataset: count_of(dataset.samples)),
        "sha256": _dataset(lambda dataset: text_entry(dataset.sha256)),
        "license": _dataset(lambda dataset: text_entry(dataset.license)),
        "link": _dataset(lambda dataset: link_entry(dataset.link)),
    },
}
