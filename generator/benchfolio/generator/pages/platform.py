"""The page of a platform: what kind of machine it is, and what came out on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchfolio.generator.collection import Collection
from benchfolio.generator.entities import software_of
from benchfolio.generator.entries import field_label
from benchfolio.generator.facets import MEASURED, TRANSCRIBED
from benchfolio.generator.formats import Format, formats, gain_of, mean_gain
from benchfolio.generator.formatting import clean, listing, natural, number, size
from benchfolio.generator.origins import publications
from benchfolio.generator.pages.calm import calm_section
from benchfolio.generator.pages.freshness import freshness, newest_release
from benchfolio.generator.pages.keyfigures import platform_figures, published_figures
from benchfolio.generator.pages.parts import (
    Definitions,
    comparison,
    drawn,
    facts,
    loadgen,
    published,
    shown,
    sources,
    switch,
    table,
    tradeoff,
)
from benchfolio.generator.pages.rankings import gains_table
from benchfolio.generator.remarks import remarks
from benchfolio.generator.view import Fact, Figure, Page, Section
from benchfolio.results import Platform


def platform_page(
    collection: Collection,
    definitions: Definitions,
    platform: str,
    templates: Sequence[Path] = (),
) -> Page:
    """Return the page of a platform."""
    where = {"platform": platform}
    compared = comparison(collection, definitions, where)
    found = formats(collection, where)
    taken = formats(collection, {**where, "origin": TRANSCRIBED})
    cells = collection.select({"platform": [platform]})
    remarked = remarks(collection, cells, collection.platforms[platform], templates)
    fresh = freshness(collection, {"platform": [platform]})
    return Page(
        kind="platform",
        id=platform,
        title=field_label(collection, "platform", platform),
        sentence=_sentence(collection, platform, found, taken),
        figures=platform_figures(collection, cells, found) if found else _taken(collection, taken),
        sections=shown(
            Section(id="summary", title="System", text=system_summary(collection, platform)),
            Section(id="remarks", title="How to read these figures", text=remarked),
            Section(id="gains", title="Speed by format", table=gains_table(collection, found)),
            calm_section(collection, platform),
            Section(id="precision-comparison", title="Formats compared", table=compared),
            drawn("tradeoff", "Quality against speed", tradeoff(collection, compared, where)),
            loadgen(collection, definitions, where),
            table("states", "What was not possible", collection, definitions, where),
            Section(
                id="published-gains",
                title="Speed by format, as published",
                table=gains_table(collection, taken),
            ),
            *published(
                collection, definitions, where, {"model": lone_models(collection, platform)}
            ),
            Section(
                id="facts",
                title="Configuration",
                facts=(
                    *newest_release(collection, {"platform": [platform]}),
                    *_configuration(collection, platform),
                ),
            ),
            Section(id="software", title="Software", facts=_software(collection, platform)),
        ),
        sources=sources(collection, cells),
        group=platform_group(collection, platform),
        fresh=fresh.text,
        old=fresh.note,
    )


def lone_models(collection: Collection, platform: str) -> list[str]:
    """Return the models that can only be compared with the same file on other machines."""
    cells = collection.select(
        {"platform": [platform], "origin": TRANSCRIBED, "compared": ["alone"]}
    )
    return sorted(set(collection.column("model", cells)))


def platform_group(collection: Collection, platform: str) -> str:
    """Return the heading under which lists show a platform."""
    cells = collection.select({"platform": [platform]})
    if any(kind in MEASURED for kind in collection.column("origin", cells)):
        return "Measured"
    return "Named in publications"


def _taken(collection: Collection, taken: Sequence[Format]) -> tuple[Figure, ...]:
    models = len({one.key["model"] for one in taken})
    return (
        Figure(label="models", value=str(models), detail="transcribed"),
        *published_figures(collection, taken),
    )


def _sentence(
    collection: Collection, platform: str, found: Sequence[Format], taken: Sequence[Format]
) -> str:
    release = f"in release {collection.newest[platform]}"
    if found:
        return _speed_sentence(collection, found, release)
    if not taken:
        return "Nothing was planned on this platform."
    cells = [cell for one in taken for cell in one.cells]
    told = _speed_sentence(collection, taken, "").replace("no format could", "none can")
    named = listing(publications(collection, cells))
    return f"As published in {named}: {told[0].lower()}{told[1:]}"


def _speed_sentence(collection: Collection, found: Sequence[Format], release: str) -> str:
    models = len({one.key["model"] for one in found})
    count = f"{models} model{'s' if models > 1 else ''} {release}".strip()
    gains: dict[tuple[str, str], list[Format]] = {}
    for one in found:
        if gain_of(one) is not None and not one.is_baseline:
            gains.setdefault((one.key["precision"], one.key["runtime"]), []).append(one)
    if not gains:
        return f"{count}; no format could be compared with FP32 in speed."
    (precision, runtime), most = max(
        gains.items(), key=lambda item: (len(item[1]), mean_gain(item[1])[0])
    )
    name = f"{precision} on {field_label(collection, 'runtime', runtime)}"
    mean, noise = mean_gain(most)
    over = f"geometric mean of {len(most)} comparisons" if len(most) > 1 else "one comparison"
    if noise:
        return f"{count}; {name} is as fast as FP32 within the noise ({over})."
    return f"{count}; {name} runs {number(mean, 2)}× as fast as FP32 ({over})."


def system_summary(collection: Collection, platform: str) -> str:
    """Return a paragraph on a platform: day, processor, cores, memory, system, versions, load."""
    described = collection.platforms[platform]
    cells = collection.select({"platform": [platform]})
    days = sorted({collection.tested(cell) for cell in cells} - {""})
    parts = [
        _tested(days) + _machine(described),
        _not_stated(described, days),
        _versions(collection, platform, cells),
    ]
    speed = collection.select({"platform": [platform], "scenario": ["latency", "throughput"]})
    loads = sorted(set(collection.column("load", speed)), key=natural)
    if loads:
        parts.append(f"Load: {listing(loads, most=6)}.")
    return " ".join(part for part in parts if part)


def _machine(described: Platform) -> str:
    processor, system = described.processor, described.system
    sockets = f"{processor.sockets} × " if processor.sockets and processor.sockets > 1 else ""
    named = processor.name or processor.architecture
    if not named and processor.vendor:
        named = f"{processor.vendor} processor"
    parts = [
        sockets + clean(named or "processor not stated"),
        f"{processor.cores} cores" if processor.cores else "",
        f"{processor.threads} threads" if processor.threads else "",
        clean(", ".join(processor.isa)),
        f"{size(described.memory_bytes)} memory" if described.memory_bytes else "",
        *(clean(one.name) for one in described.accelerators),
        clean(" ".join(filter(None, (system.os, system.kernel)))),
        f"governor {clean(system.governor)}" if system.governor else "",
        switch("turbo", system.turbo),
        switch("SMT", system.smt),
        clean(system.container or system.hypervisor or ""),
    ]
    return f"{', '.join(part for part in parts if part)}."


def _not_stated(described: Platform, days: Sequence[str]) -> str:
    """Name what a reader would look for in vain."""
    processor = described.processor
    wanted = {
        "test date": days,
        "processor model": processor.name or described.accelerators,
        "instruction sets": processor.isa,
        "cores": processor.cores,
        "memory": described.memory_bytes,
        "operating system": described.system.os,
    }
    missing = [name for name, known in wanted.items() if not known]
    return f"Not stated: {listing(missing, most=len(wanted))}." if missing else ""


def _versions(collection: Collection, platform: str, cells: Sequence[int]) -> str:
    """Name software with versions: as the file lists it, else as the cells name runtimes."""
    software = software_of(collection, platform)
    if not software:
        pairs = zip(
            *(collection.column(n, cells) for n in ("runtime", "runtime_version")), strict=True
        )
        software = {
            field_label(collection, "runtime", name): version
            for name, version in sorted(set(pairs))
            if version
        }
    named = [f"{clean(name)} {clean(version)}" for name, version in software.items()]
    return f"Software: {', '.join(named)}." if named else ""


def _tested(days: Sequence[str]) -> str:
    if not days:
        return ""
    if len(days) == 1:
        return f"Tested on {clean(days[0])}: "
    return f"Tested from {clean(days[0])} to {clean(days[-1])}: "


def _software(collection: Collection, platform: str) -> tuple[Fact, ...]:
    return tuple(
        Fact(label=clean(name), text=clean(version))
        for name, version in software_of(collection, platform).items()
    )


def _configuration(collection: Collection, platform: str) -> tuple[Fact, ...]:
    described = collection.platforms[platform]
    processor, system = described.processor, described.system
    known = facts(
        ("processor", processor.name),
        ("vendor", processor.vendor),
        ("architecture", processor.architecture),
        ("instruction sets", ", ".join(processor.isa)),
        ("sockets", _text(processor.sockets)),
        ("cores", _text(processor.cores)),
        ("threads", _text(processor.threads)),
        ("NUMA nodes", _text(processor.numa_nodes)),
        ("maximum frequency", f"{processor.max_mhz:g} MHz" if processor.max_mhz else None),
        ("microcode", processor.microcode),
        ("memory", size(described.memory_bytes) if described.memory_bytes else None),
        ("accelerators", ", ".join(one.name for one in described.accelerators)),
        ("operating system", system.os),
        ("kernel", system.kernel),
        ("governor", system.governor),
        ("turbo", switch("", system.turbo)),
        ("SMT", switch("", system.smt)),
        ("hypervisor", system.hypervisor),
        ("container", system.container),
        ("note", described.note),
        ("id", platform),
    )
    withheld = ", ".join(described.withheld)
    return (*known, *facts(("withheld by the owner", withheld)))


def _text(value: int | None) -> str | None:
    return None if value is None else number(value, 0)
