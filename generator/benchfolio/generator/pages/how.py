"""How figures were found: data, commands, settings, recipes, artefacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import field_label
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.formatting import clean, natural, number, size
from benchfolio.generator.verifying import verify_lines
from benchfolio.generator.view import Fact, Link
from benchfolio.results import Race, Rounds, Share, Verdict, count_floats


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
    texts = ("command", "settings", "executed", "rounds", "verdict")
    facts: dict[tuple[str, str], Fact] = {}
    columns = [collection.column(name, cells) for name in (*names, *texts)]
    for cell, *row in zip(cells, *columns, strict=True):
        command, settings, executed, rounds, verdict = row[len(names) :]
        what = _what(collection, row[: len(names)])
        for kind, text in (
            ("command", clean(command)),
            ("verify", "\n".join(verify_lines(collection, [cell]))),
            ("settings", _settings(settings)),
            ("ran in", _ran_in(collection, cell, executed)),
            ("rounds", _rounds(collection.race(cell), rounds)),
            ("machine", _verdict(verdict)),
        ):
            if text:
                fact = Fact(label=f"{kind}: {what}", text=text, code=kind in _CODE)
                facts.setdefault((fact.label, text), fact)
    return (*facts.values(), *_recipe_facts(collection, cells))


_CODE = ("command", "verify", "settings")


def _what(collection: Collection, names: Sequence[str]) -> str:
    platform, runtime, version, precision, recipe, scenario = names
    return ", ".join(
        (
            field_label(collection, "platform", platform),
            f"{field_label(collection, 'runtime', runtime)} {clean(version)}".strip(),
            f"{precision} {field_label(collection, 'recipe', recipe)}",
            field_label(collection, "scenario", scenario),
        )
    )


def _ran_in(collection: Collection, cell: int, executed: Mapping[str, Share]) -> str:
    """Say what the layers ran in, and first of all if that is not what the file is called."""
    found = collection.executed.of(cell) if executed else None
    return "; ".join(filter(None, (found.told() if found else "", _executed(executed))))


def _rounds(race: Race | None, rounds: Rounds | None) -> str:
    """Say in how many rounds a cell was measured in turn with the others."""
    if race is None or rounds is None:
        return ""
    done = count_floats(rounds.figures)
    return (
        f"{done} of {race.rounds} rounds, blocks of about {race.block_seconds:.3g} s, "
        f"{clean(race.order)}"
    )


def _verdict(verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    return ": ".join(filter(None, (verdict.calm.value, clean("; ".join(verdict.reasons)))))


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
