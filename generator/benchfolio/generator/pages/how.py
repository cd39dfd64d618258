"""How figures were found: data, commands, settings, recipes, artefacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import field_label
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.formatting import clean, natural, number, size
from benchfolio.generator.view import Fact, Link
from benchfolio.results import Share


def data_facts(collection: Collection, cells: Sequence[int]) -> tuple[Fact, ...]:
    """Describe the data sets and metrics of some cells of one model."""
    facts = []
    for dataset in sorted(set(collection.column("dataset", cells)) - {""}, key=natural):
        described = collection.datasets[dataset]
        samples = f"{number(described.samples, 0)} samples" if described.samples else ""
        parts = [clean(described.name), described.split or "", samples, described.license or ""]
        text = ", ".join(clean(part) for part in parts if part)
        facts.append(Fact(label="data set", text=text, link=Link("dataset", dataset)))
        if described.sha256:
            facts.append(Fact(label="SHA-256 of the content", text=described.sha256, code=True))
    # What a publication means by a metric is not known: our definitions speak of our figures.
    ours = [cell for cell in cells if collection.text("origin", cell) in MEASURED]
    for metric in collection.metrics_of(collection.text("model", ours[0]) if ours else ""):
        known = collection.metric(metric)
        if known.definition:
            facts.append(Fact(label=clean(known.label), text=clean(known.definition)))
    return tuple(facts)


def how(collection: Collection, cells: Sequence[int]) -> tuple[Fact, ...]:
    """Return command, settings and executed precisions of every format; equal ones once."""
    names = ("platform", "runtime", "runtime_version", "precision", "recipe", "scenario")
    texts = ("command", "settings", "executed")
    facts: dict[tuple[str, str], Fact] = {}
    columns = [collection.column(name, cells) for name in (*names, *texts)]
    for row in zip(*columns, strict=True):
        platform, runtime, version, precision, recipe, scenario, command, settings, executed = row
        what = ", ".join(
            (
                field_label(collection, "platform", platform),
                f"{field_label(collection, 'runtime', runtime)} {clean(version)}".strip(),
                f"{precision} {field_label(collection, 'recipe', recipe)}",
                scenario,
            )
        )
        for kind, text in (
            ("command", clean(command)),
            ("settings", _settings(settings)),
            ("ran in", _executed(executed)),
        ):
            if text:
                fact = Fact(label=f"{kind}: {what}", text=text, code=kind != "ran in")
                facts.setdefault((fact.label, text), fact)
    return (*facts.values(), *_recipe_facts(collection, cells))


def _settings(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{clean(name)}={clean(str(settings[name]))}" for name in sorted(settings))


def _executed(executed: Mapping[str, Share]) -> str:
    """Say what the layers really ran in, most first."""
    ranked = sorted(executed.items(), key=lambda item: (-item[1].layers, item[0]))
    return ", ".join(
        f"{clean(name)}: {share.layers} layers"
        + ("" if share.time is None else f" ({100 * share.time:.0f} % of the time)")
        for name, share in ranked
    )


def _recipe_facts(collection: Collection, cells: Sequence[int]) -> tuple[Fact, ...]:
    facts = []
    for id_ in sorted(set(collection.column("recipe", cells)), key=natural):
        recipe = collection.recipes[id_]
        calibration = recipe.calibration
        parts = [
            recipe.method,
            f"{recipe.tool} {recipe.tool_version or ''}".strip() if recipe.tool else "",
            f"calibrated on {calibration.samples or 'some'} samples of {calibration.dataset}"
            f"{' ' + calibration.split if calibration.split else ''}"
            if calibration
            else "",
            _settings(recipe.options),
        ]
        text = "; ".join(clean(part) for part in parts if part)
        facts.append(Fact(label=f"recipe {field_label(collection, 'recipe', id_)}", text=text))
    return tuple(facts)


def artefacts(collection: Collection, cells: Sequence[int]) -> tuple[Fact, ...]:
    """Name the very files that ran, with size and hash."""
    facts: dict[tuple[str, str], Fact] = {}
    pairs = zip(collection.column("file", cells), collection.column("artefact", cells), strict=True)
    for file, id_ in sorted(set(pairs)):
        made = collection.catalogue.files[file].artefacts.get(id_)
        if made is None:
            continue
        parts = [
            made.format,
            size(made.bytes) if made.bytes is not None else "",
            f"sha256 {made.sha256}" if made.sha256 else "",
        ]
        fact = Fact(label=clean(id_), text=", ".join(p for p in parts if p), code=True)
        facts.setdefault((fact.label, fact.text), fact)
    return tuple(facts.values())
