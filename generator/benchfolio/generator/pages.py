"""View models of whole pages: each opens with its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import Definition, load_definitions
from benchfolio.generator.derive import geometric_mean
from benchfolio.generator.entities import software_of
from benchfolio.generator.entries import (
    WORST_FIRST,
    Number,
    derived_number,
    field_label,
    finish,
    lone,
    name_entry,
    outside,
)
from benchfolio.generator.figures import (
    common_limit,
    drop_by_task_chart,
    gain_chart,
    tradeoff_chart,
)
from benchfolio.generator.formats import Format, best, figure_text, formats, gain_of, told
from benchfolio.generator.formatting import (
    THIN,
    clean,
    date,
    listing,
    natural,
    number,
    size,
    slug,
)
from benchfolio.generator.tables import Where, build
from benchfolio.generator.verdicts import ACCEPTABLE
from benchfolio.generator.view import (
    Chart,
    Column,
    Entry,
    Fact,
    Figure,
    Link,
    Page,
    Row,
    Section,
    Table,
)
from benchfolio.results import Share

Definitions = Mapping[str, Definition]
WORST_SHOWN = 10


def pages(collection: Collection, definitions: Definitions | None = None) -> tuple[Page, ...]:
    """Return a page for every model, platform and data set that is described.

    Args:
        collection: The results.
        definitions: Table definitions; the packaged ones when left out.
    """
    known = load_definitions() if definitions is None else definitions
    return (
        *(model_page(collection, known, id_) for id_ in collection.models),
        *(platform_page(collection, known, id_) for id_ in collection.platforms),
        *(dataset_page(collection, known, id_) for id_ in collection.datasets),
    )


def overview(collection: Collection, definitions: Definitions | None = None) -> Page:
    """Return the page that says what was measured where and what came out."""
    known = load_definitions() if definitions is None else definitions
    compared = _comparison(collection, known, {})
    found = formats(collection, {})
    states = collection.column("state", collection.select())
    gains = gains_table(collection, found)
    return Page(
        kind="page",
        id="overview",
        title="Overview",
        sentence=_overview_sentence(collection, found),
        figures=(
            Figure(
                label="models",
                value=str(len(collection.models)),
                detail=f"on {len(collection.platforms)} platforms",
            ),
            *_best_figures(collection, found),
            *_worst_figures(collection, found),
            Figure(
                label="planned cells with a value",
                value=number(states.count("ok"), 0),
                detail=f"of {number(len(states), 0)}",
            ),
        ),
        sections=_shown(
            Section(id="gains", title="Speed by format", table=gains),
            Section(id="worst", title="Worst drops", table=worst_table(collection, found)),
            _drawn("tradeoff", "Quality against speed", _tradeoff(collection, compared, {})),
            _drawn("drop-by-task", "Loss by task", drop_by_task_chart(collection, {})),
            Section(id="states", title="How the cells ended", table=states_table(collection)),
            _table("coverage", "Coverage", collection, known, {}),
            _table("platforms", "Platforms", collection, known, {}),
        ),
        sources=tuple(info.name for info in collection.catalogue.files),
    )


def model_page(collection: Collection, definitions: Definitions, model: str) -> Page:
    """Return the page of a model."""
    where = {"model": model}
    compared = _comparison(collection, definitions, where)
    found = formats(collection, where)
    cells = collection.select({"model": [model]})
    return Page(
        kind="model",
        id=model,
        title=field_label(collection, "model", model),
        sentence=_model_sentence(collection, found),
        figures=_format_figures(collection, found),
        sections=_shown(
            Section(id="precision-comparison", title="Formats compared", table=compared),
            _drawn("gain", "Speed", gain_chart(compared) if compared else None),
            _drawn("tradeoff", "Quality against speed", _tradeoff(collection, compared, where)),
            _table("accuracy-drop", "Quality lost by platform", collection, definitions, where),
            _table("performance", "Performance by platform", collection, definitions, where),
            _table("states", "What was not possible", collection, definitions, where),
            Section(id="facts", title="The model", facts=_model_facts(collection, model)),
            Section(id="data", title="Data", facts=_data_facts(collection, cells)),
            Section(
                id="how", title="How it was measured", facts=_how(collection, cells), folded=True
            ),
            Section(
                id="artefacts", title="Artefacts", facts=_artefacts(collection, cells), folded=True
            ),
        ),
        sources=_sources(collection, cells),
    )


def platform_page(collection: Collection, definitions: Definitions, platform: str) -> Page:
    """Return the page of a platform."""
    where = {"platform": platform}
    compared = _comparison(collection, definitions, where)
    found = formats(collection, where)
    cells = collection.select({"platform": [platform]})
    return Page(
        kind="platform",
        id=platform,
        title=field_label(collection, "platform", platform),
        sentence=_platform_sentence(collection, platform, found),
        figures=_platform_figures(collection, cells, found),
        sections=_shown(
            Section(id="summary", title="System", text=system_summary(collection, platform)),
            Section(id="gains", title="Speed by format", table=gains_table(collection, found)),
            Section(id="precision-comparison", title="Formats compared", table=compared),
            _drawn("tradeoff", "Quality against speed", _tradeoff(collection, compared, where)),
            _table("states", "What was not possible", collection, definitions, where),
            Section(id="facts", title="Configuration", facts=_platform_facts(collection, platform)),
            Section(
                id="software",
                title="Software",
                facts=tuple(
                    Fact(label=clean(name), text=clean(version))
                    for name, version in software_of(collection, platform).items()
                ),
            ),
        ),
        sources=_sources(collection, cells),
    )


def dataset_page(collection: Collection, definitions: Definitions, dataset: str) -> Page:
    """Return the page of a data set."""
    described = collection.datasets[dataset]
    cells = collection.select({"dataset": [dataset]})
    models = sorted(set(collection.column("model", cells)), key=natural)
    names = [field_label(collection, "model", model) for model in models]
    measured = (
        f"The quality of {listing(names)} was measured on it."
        if names
        else ("No quality was measured on it; it served to calibrate.")
    )
    return Page(
        kind="dataset",
        id=dataset,
        title=field_label(collection, "dataset", dataset),
        sentence=measured,
        figures=(
            (Figure(label="samples", value=number(described.samples, 0)),)
            if described.samples
            else ()
        ),
        sections=_shown(
            Section(
                id="facts",
                title="The data",
                facts=_facts(
                    ("split", described.split),
                    ("licence", described.license),
                    ("SHA-256 of the content", described.sha256),
                    ("link", described.link),
                ),
            ),
            _table("accuracy-drop", "Quality lost", collection, definitions, {"dataset": dataset}),
        ),
        sources=_sources(collection, cells),
    )


def system_summary(collection: Collection, platform: str) -> str:
    """Return a paragraph on a platform: day, processor, cores, memory, system, versions, load."""
    described = collection.platforms[platform]
    processor, system = described.processor, described.system
    cells = collection.select({"platform": [platform]})
    loads = sorted(set(collection.column("load", cells)), key=natural)
    sockets = f"{processor.sockets} × " if processor.sockets and processor.sockets > 1 else ""
    parts = [
        sockets + clean(processor.name or processor.architecture or "processor not stated"),
        f"{processor.cores} cores" if processor.cores else "",
        f"{processor.threads} threads" if processor.threads else "",
        ", ".join(processor.isa),
        f"{size(described.memory_bytes)} memory" if described.memory_bytes else "",
        clean(" ".join(filter(None, (system.os, system.kernel)))),
        f"governor {clean(system.governor)}" if system.governor else "",
        _switch("turbo", system.turbo),
        _switch("SMT", system.smt),
        clean(system.container or system.hypervisor or ""),
    ]
    software = [f"{clean(n)} {clean(v)}" for n, v in software_of(collection, platform).items()]
    text = f"{_tested(collection, cells)}{', '.join(part for part in parts if part)}."
    if software:
        text += f" Software: {', '.join(software)}."
    return f"{text} Load: {listing(loads, most=6)}." if loads else text


def gains_table(collection: Collection, found: Sequence[Format]) -> Table:
    """Return the geometric mean of the gains of each precision, runtime and platform."""
    grouped: dict[tuple[str, str, str], list[float]] = {}
    for one in found:
        gain = gain_of(one)
        if gain is not None and not one.is_baseline:
            key = (one.key["precision"], one.key["runtime"], one.key["platform"])
            grouped.setdefault(key, []).append(gain)
    rows = [
        _gain_row(collection, key, gains)
        for key, gains in sorted(grouped.items(), key=lambda item: [natural(x) for x in item[0]])
    ]
    return Table(
        id="gains",
        title="Speed against FP32",
        description="Geometric mean over models of the gain against FP32 of the same runtime.",
        columns=(
            Column(id="precision", label="Precision", heading=True),
            Column(id="runtime", label="Runtime", heading=True),
            Column(id="platform", label="Platform", heading=True),
            Column(id="models", label="Formats", numeric=True),
            Column(
                id="gain",
                label="geometric mean",
                group="Gain",
                unit="×",
                formula="candidate / FP32",
                better="higher",
                numeric=True,
            ),
            Column(id="least", label="least", group="Gain", unit="×", numeric=True),
            Column(id="most", label="most", group="Gain", unit="×", numeric=True),
        ),
        rows=tuple(rows),
        notes=("By throughput; by median latency where no throughput was measured.",),
    )


def worst_table(collection: Collection, found: Sequence[Format]) -> Table:
    """Return the largest losses of quality, relative to what is acceptable where that is stated."""
    lossy = [one for one in found if one.quality is not None and _loss(one) is not None]
    lossy = [one for one in lossy if not one.is_baseline and (_loss(one) or 0) > 0]
    lossy.sort(key=lambda one: (_loss_rank(one), tuple(one.key.values())))
    shown = lossy[:WORST_SHOWN]
    drops = [
        derived_number(collection, one.quality, "drop") for one in shown if one.quality is not None
    ]
    entries, unit = finish(drops)
    fields = ("model", "precision", "recipe", "runtime", "platform")
    rows = [
        Row(
            entries=(
                *(name_entry(collection, field, one.key[field]) for field in fields),
                name_entry(collection, "metric", one.quality.metric if one.quality else ""),
                entry,
                _limit_entry(one),
            ),
            anchor=slug(*(one.key[field] for field in fields)),
        )
        for one, entry in zip(shown, entries, strict=True)
    ]
    return Table(
        id="worst-drops",
        title="Worst drops",
        description="The largest losses of quality against FP32 of the same runtime.",
        columns=(
            *(Column(id=field, label=field.capitalize(), heading=True) for field in fields),
            Column(id="metric", label="Metric"),
            Column(
                id="drop",
                label="drop",
                unit=unit,
                formula="loss against FP32",
                better="lower",
                numeric=True,
            ),
            Column(id="limit", label="Limit", numeric=True),
        ),
        rows=tuple(rows),
        notes=(
            "Ordered by the loss as a multiple of the limit where one is stated, then by points.",
            "Losses in other units come last.",
        ),
    )


def states_table(collection: Collection) -> Table:
    """Return how many planned cells of each platform ended how."""
    cells = collection.select()
    pairs = list(
        zip(collection.column("platform", cells), collection.column("state", cells), strict=True)
    )
    states = [state for state in reversed(WORST_FIRST) if any(state == got for _, got in pairs)]
    rows = [
        Row(
            entries=(
                name_entry(collection, "platform", platform),
                name_entry(collection, "release", collection.newest[platform]),
                *(_count(pairs.count((platform, state))) for state in states),
            ),
            anchor=slug(platform),
        )
        for platform in sorted({platform for platform, _ in pairs}, key=natural)
    ]
    return Table(
        id="cells-by-state",
        title="Planned cells by state",
        columns=(
            Column(id="platform", label="Platform", heading=True),
            Column(id="release", label="Release", heading=True),
            *(Column(id=state, label=state, numeric=True) for state in states),
        ),
        rows=tuple(rows),
    )


def _count(count: int) -> Entry:
    return Entry(text=number(count, 0), raw=float(count))


def _gain_row(collection: Collection, key: tuple[str, str, str], gains: Sequence[float]) -> Row:
    mean = geometric_mean(gains) or 0.0
    ends = [
        Entry(text=number(value, 2), raw=value, tone="bad" if value < 1 else "")
        for value in (mean, min(gains), max(gains))
    ]
    names = zip(("precision", "runtime", "platform"), key, strict=True)
    return Row(
        entries=(
            *(name_entry(collection, field, value) for field, value in names),
            _count(len(gains)),
            *ends,
        ),
        anchor=slug(*key),
    )


def _loss(one: Format) -> float | None:
    """Return the drop as a multiple of its limit where one is stated."""
    if one.quality is None or one.quality.drop is None:
        return None
    limit = one.limit.max_drop if one.limit else 0.0
    return one.quality.drop / limit if limit else one.quality.drop


def _loss_rank(one: Format) -> tuple[int, float]:
    """Put the worst first: multiples of a limit, then points, then what has another unit."""
    points = one.quality is not None and one.quality.unit == "%"
    return (0 if one.limit is not None else 1 if points else 2, -(_loss(one) or 0.0))


def _limit_entry(one: Format) -> Entry:
    if one.limit is None:
        return Entry(text="none stated", state="none", tip="no acceptance limit is stated")
    return Entry(text=f"{one.limit.max_drop:g}", raw=one.limit.max_drop)


def _overview_sentence(collection: Collection, found: Sequence[Format]) -> str:
    first = best(found)
    start = (
        f"{len(collection.models)} models on {listing(_labels(collection, collection.platforms))}"
    )
    if first is None:
        return f"{start}; no format could be compared with FP32."
    return f"{start}. {told(collection, first, model=True, platform=True)}."


def _labels(collection: Collection, platforms: Iterable[str]) -> list[str]:
    return [field_label(collection, "platform", platform) for platform in platforms]


def _model_sentence(collection: Collection, found: Sequence[Format]) -> str:
    if not found:
        return "Nothing was planned for this model."
    first = best(found)
    several = len({one.key["platform"] for one in found}) > 1
    if first is None:
        states = collection.column("state", [cell for one in found for cell in one.cells])
        return (
            "No reduced precision could be compared with FP32: "
            f"{states.count('ok')} of {len(states)} planned cells have a value."
        )
    return f"{told(collection, first, platform=several)}."


def _platform_sentence(collection: Collection, platform: str, found: Sequence[Format]) -> str:
    models = {one.key["model"] for one in found}
    if not models:
        return "Nothing was planned on this platform."
    gains: dict[tuple[str, str], list[float]] = {}
    for one in found:
        gain = gain_of(one)
        if gain is not None and not one.is_baseline:
            gains.setdefault((one.key["precision"], one.key["runtime"]), []).append(gain)
    count = f"{len(models)} model{'s' if len(models) > 1 else ''}"
    release = collection.newest[platform]
    if not gains:
        return f"{count} in release {release}; no format could be compared with FP32."
    (precision, runtime), most = max(gains.items(), key=lambda item: geometric_mean(item[1]) or 0)
    name = f"{precision} on {field_label(collection, 'runtime', runtime)}"
    mean = number(geometric_mean(most) or 0.0, 2)
    return (
        f"Over {count} in release {release}, {name} runs {mean}× as fast as FP32 (geometric mean)."
    )


def _format_figures(collection: Collection, found: Sequence[Format]) -> tuple[Figure, ...]:
    return (
        *_best_figures(collection, found),
        *_worst_figures(collection, found),
        _acceptable(found),
        *_not_ok(collection, [cell for one in found for cell in one.cells]),
    )


def _best_figures(collection: Collection, found: Sequence[Format]) -> tuple[Figure, ...]:
    first = best(found)
    gain = figure_text(collection, first.gain, "gain") if first else ""
    if first is None or not gain:
        return ()
    return (
        Figure(
            label="best gain" if first.verdict != ACCEPTABLE else "best acceptable gain",
            value=gain.removesuffix("×"),
            unit="×",
            detail=_which(collection, first),
            tone="" if (gain_of(first) or 0) >= 1 else "bad",
        ),
    )


def _worst_figures(collection: Collection, found: Sequence[Format]) -> tuple[Figure, ...]:
    lossy = [one for one in found if not one.is_baseline and _loss(one) is not None]
    if not lossy:
        return ()
    worst = min(lossy, key=_loss_rank)
    shown = derived_number(collection, worst.quality, "drop") if worst.quality else None
    if not isinstance(shown, Number):
        return ()
    text, _, unit = lone(shown).text.partition(THIN)
    return (
        Figure(
            label="worst drop",
            value=text,
            unit=unit,
            detail=_which(collection, worst),
            tone=shown.tone,
        ),
    )


def _which(collection: Collection, one: Format) -> str:
    """Name a format in few words."""
    fields = ("model", "precision", "runtime", "platform")
    return ", ".join(field_label(collection, field, one.key[field]) for field in fields)


def _acceptable(found: Sequence[Format]) -> Figure:
    judged = [one for one in found if not one.is_baseline and one.limit is not None]
    good = [one for one in judged if one.verdict == ACCEPTABLE]
    return Figure(
        label="acceptable formats",
        value=str(len(good)),
        detail=f"of {len([one for one in found if not one.is_baseline])}",
    )


def _platform_figures(
    collection: Collection, cells: Sequence[int], found: Sequence[Format]
) -> tuple[Figure, ...]:
    models = {one.key["model"] for one in found}
    return (
        Figure(label="models", value=str(len(models))),
        *_format_figures(collection, found)[:3],
        *_not_ok(collection, cells),
    )[:4]


def _not_ok(collection: Collection, cells: Sequence[int]) -> tuple[Figure, ...]:
    states = collection.column("state", cells)
    bad = len(states) - states.count("ok")
    return (
        Figure(label="cells without a value", value=number(bad, 0), detail=f"of {len(states)}"),
    )


def _model_facts(collection: Collection, model: str) -> tuple[Fact, ...]:
    described = collection.models[model]
    return _facts(
        ("task", field_label(collection, "task", described.task) if described.task else None),
        ("source", described.source),
        ("licence", described.license),
        ("input size", described.input_size),
        ("parameters", number(described.parameters, 0) if described.parameters else None),
        ("link", described.link),
        ("description", described.description),
        ("id", model),
    )


def _facts(*pairs: tuple[str, str | None]) -> tuple[Fact, ...]:
    return tuple(
        Fact(label=label, text=clean(text), link=outside(text) if label == "link" else None)
        for label, text in pairs
        if text
    )


def _data_facts(collection: Collection, cells: Sequence[int]) -> tuple[Fact, ...]:
    facts = []
    for dataset in sorted(set(collection.column("dataset", cells)) - {""}, key=natural):
        described = collection.datasets[dataset]
        samples = f"{number(described.samples, 0)} samples" if described.samples else ""
        parts = [clean(described.name), described.split or "", samples, described.license or ""]
        text = ", ".join(clean(part) for part in parts if part)
        facts.append(Fact(label="data set", text=text, link=Link("dataset", dataset)))
        if described.sha256:
            facts.append(Fact(label="SHA-256 of the content", text=described.sha256, code=True))
    for metric in collection.metrics_of(collection.column("model", cells[:1])[0] if cells else ""):
        known = collection.metric(metric)
        if known.definition:
            facts.append(Fact(label=clean(known.label), text=clean(known.definition)))
    return tuple(facts)


def _how(collection: Collection, cells: Sequence[int]) -> tuple[Fact, ...]:
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


def _artefacts(collection: Collection, cells: Sequence[int]) -> tuple[Fact, ...]:
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


def _platform_facts(collection: Collection, platform: str) -> tuple[Fact, ...]:
    described = collection.platforms[platform]
    processor, system = described.processor, described.system
    facts = _facts(
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
        ("turbo", _switch("", system.turbo)),
        ("SMT", _switch("", system.smt)),
        ("hypervisor", system.hypervisor),
        ("container", system.container),
        ("note", described.note),
        ("id", platform),
    )
    withheld = ", ".join(described.withheld)
    return (*facts, *_facts(("withheld by the owner", withheld)))


def _text(value: int | None) -> str | None:
    return None if value is None else number(value, 0)


def _switch(name: str, on: bool | None) -> str:
    return "" if on is None else f"{name} {'on' if on else 'off'}".strip()


def _tested(collection: Collection, cells: Sequence[int]) -> str:
    days = sorted({date(seconds) for seconds in collection.column("started", cells)} - {""})
    if not days:
        return "System: "
    return (
        f"Tested {'on' if len(days) == 1 else 'from'} {' to '.join(sorted({days[0], days[-1]}))}: "
    )


def _sources(collection: Collection, cells: Sequence[int]) -> tuple[str, ...]:
    files = sorted(set(collection.column("file", cells)))
    return tuple(collection.catalogue.files[position].name for position in files)


def _table(
    id_: str, title: str, collection: Collection, definitions: Definitions, where: Where
) -> Section:
    """Return a section with a table; without rows, or without its definition, it is left out."""
    definition = definitions.get(id_)
    table = build(definition, collection, where) if definition else None
    return Section(id=id_, title=title, table=table)


def _comparison(collection: Collection, definitions: Definitions, where: Where) -> Table | None:
    """Return the table that sentence, figures and charts of a page rest on."""
    definition = definitions.get("precision-comparison")
    return build(definition, collection, where) if definition else None


def _tradeoff(collection: Collection, table: Table | None, where: Where) -> Chart | None:
    return tradeoff_chart(table, common_limit(collection, where)) if table else None


def _drawn(id_: str, title: str, chart: Chart | None) -> Section:
    """Return a section with a chart; one without a single value is left out."""
    bars = [bar for group in chart.groups for bar in group.bars] if chart else []
    shows = any(bar.value is not None for bar in bars) or bool(chart and chart.points)
    return Section(id=id_, title=title, chart=chart if shows else None)


def _shown(*sections: Section) -> tuple[Section, ...]:
    """Leave out what is empty."""
    return tuple(
        section
        for section in sections
        if section.text or section.facts or section.chart or (section.table and section.table.rows)
    )
