"""Tables of what is described: models, platforms, data sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import Definition, Not, ValueSpec
from benchfolio.generator.entries import NOT_STATED, name_entry, outside
from benchfolio.generator.formatting import clean, natural, number, size, slug
from benchfolio.generator.view import Column, Entry, Row, Table
from benchfolio.results import Dataset, Model, Platform

Show = Callable[[Collection, str], Entry]

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
    kind = definition.about.removesuffix("s")
    described: Mapping[str, Any] = getattr(collection, definition.about)
    show = _FIELDS[definition.about]
    ids = [id_ for id_ in described if _matches(definition, where, show, collection, id_, kind)]
    fields = [
        (Column(id=name, label=_label(name), heading=True), show[name]) for name in definition.rows
    ]
    fields += [(_column(spec), show[spec.field or ""]) for spec in definition.values]
    rows = [
        Row(entries=tuple(field(collection, id_) for _, field in fields), anchor=slug(id_))
        for id_ in ids
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
        sources=tuple(info.name for info in collection.catalogue.files),
    )


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
    collection: Collection,
    id_: str,
    kind: str,
) -> bool:
    for name, wanted in [*definition.filter.items(), *where.items()]:
        if name != kind and name not in show:
            continue
        text = id_ if name in (kind, "id") else show[name](collection, id_).text
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
    return lambda collection, id_: read(collection.models[id_])


def _platform(read: Callable[[Platform], Entry]) -> Show:
    return lambda collection, id_: read(collection.platforms[id_])


def _dataset(read: Callable[[Dataset], Entry]) -> Show:
    return lambda collection, id_: read(collection.datasets[id_])


def software_of(collection: Collection, platform: str) -> dict[str, str]:
    """Return the software versions of a platform's newest release."""
    newest = collection.newest.get(platform)
    found: dict[str, str] = {}
    for info in collection.catalogue.files:
        if info.platform.id == platform and info.release == newest:
            found.update(info.software)
    return dict(sorted(found.items()))


def _software(collection: Collection, id_: str) -> Entry:
    versions = software_of(collection, id_)
    return text_entry(", ".join(f"{name} {version}" for name, version in versions.items()))


def _accelerators(platform: Platform) -> Entry:
    return text_entry(", ".join(one.name for one in platform.accelerators))


def _id(_: Collection, id_: str) -> Entry:
    return Entry(text=id_, raw=id_)


_FIELDS: Mapping[str, Mapping[str, Show]] = {
    "models": {
        "model": lambda collection, id_: name_entry(collection, "model", id_),
        "id": _id,
        "task": lambda collection, id_: name_entry(
            collection, "task", collection.models[id_].task or ""
        ),
        "source": _model(lambda model: text_entry(model.source)),
        "link": _model(lambda model: link_entry(model.link)),
        "license": _model(lambda model: text_entry(model.license)),
        "input_size": _model(lambda model: text_entry(model.input_size)),
        "parameters": _model(lambda model: count_of(model.parameters)),
        "description": _model(lambda model: text_entry(model.description)),
    },
    "platforms": {
        "platform": lambda collection, id_: name_entry(collection, "platform", id_),
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
        "release": lambda collection, id_: text_entry(collection.newest.get(id_)),
        "software": _software,
    },
    "datasets": {
        "dataset": lambda collection, id_: name_entry(collection, "dataset", id_),
        "id": _id,
        "split": _dataset(lambda dataset: text_entry(dataset.split)),
        "samples": _dataset(lambda dataset: count_of(dataset.samples)),
        "sha256": _dataset(lambda dataset: text_entry(dataset.sha256)),
        "license": _dataset(lambda dataset: text_entry(dataset.license)),
        "link": _dataset(lambda dataset: link_entry(dataset.link)),
    },
}
