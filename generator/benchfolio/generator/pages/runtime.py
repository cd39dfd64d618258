"""The page of a runtime: its versions, what runs on it how fast, and what it does not support."""

from __future__ import annotations

from collections.abc import Sequence

from benchfolio.generator.collection import Collection
from benchfolio.generator.entries import field_label, name_entry
from benchfolio.generator.facets import MEASURED, TRANSCRIBED
from benchfolio.generator.figures import bars
from benchfolio.generator.formats import Format, formats, gain_of, mean_gain
from benchfolio.generator.formatting import clean, listing, natural, number, slug
from benchfolio.generator.origins import mark, publications
from benchfolio.generator.pages.freshness import freshness
from benchfolio.generator.pages.keyfigures import best_figures, worst_figures
from benchfolio.generator.pages.parts import drawn, shown, sources
from benchfolio.generator.pages.rankings import gains_table, outcome_table
from benchfolio.generator.view import Chart, Column, Entry, Fact, Figure, Page, Row, Section, Table
from benchfolio.results import release_order


def runtime_page(collection: Collection, runtime: str) -> Page:
    """Return the page of a runtime: measured figures, else what publications say."""
    where = {"runtime": runtime}
    found = formats(collection, where)
    taken = formats(collection, {**where, "origin": TRANSCRIBED})
    cells = collection.select({"runtime": [runtime], "origin": MEASURED})
    all_cells = collection.select({"runtime": [runtime]}, releases="all")
    gains = gains_table(collection, found or taken)
    fresh = freshness(collection, {"runtime": [runtime]})
    return Page(
        kind="runtime",
        id=runtime,
        title=field_label(collection, "runtime", runtime),
        sentence=_sentence(collection, runtime, found, taken),
        figures=_figures(collection, cells, found),
        sections=shown(
            Section(id="gains", title="Speed by format", table=gains),
            drawn("gains-chart", "Mean gains", gains_chart(gains)),
            Section(
                id="versions", title="Versions by release", table=_versions(collection, all_cells)
            ),
            Section(
                id="unsupported",
                title="What was not possible",
                table=_missing(collection, cells),
            ),
            Section(id="models", title="Models", table=outcome_table(collection, cells, "model")),
            Section(
                id="platforms",
                title="Platforms",
                table=outcome_table(collection, cells, "platform"),
            ),
            Section(
                id="precisions",
                title="Precisions",
                table=outcome_table(collection, cells, "precision"),
            ),
        ),
        sources=sources(collection, all_cells),
        group=runtime_group(collection, runtime),
        fresh=fresh.text,
        old=fresh.note,
    )


def runtime_group(collection: Collection, runtime: str) -> str:
    """Return the heading under which lists show a runtime."""
    cells = collection.select({"runtime": [runtime], "origin": MEASURED})
    return "Measured" if cells else "Named in publications"


def gains_chart(table: Table) -> Chart | None:
    """Return the geometric means of a table of gains as bars; ``None`` of nothing."""
    if not table.rows:
        return None
    return bars(
        table,
        "gain",
        id_="mean-gain",
        title="Speed against FP32, by format",
        x_label="geometric mean of the gains, ×",
        reference=(1.0, "1× (FP32)"),
    )


def _sentence(
    collection: Collection, runtime: str, found: Sequence[Format], taken: Sequence[Format]
) -> str:
    name = field_label(collection, "runtime", runtime)
    if not found:
        cells = [cell for one in taken for cell in one.cells]
        named = listing(publications(collection, cells))
        if not named:
            return f"Nothing was measured with {name}."
        return f"Figures of {name} are transcribed from {named}; nothing was measured with it."
    models = len({one.key["model"] for one in found})
    platforms = len({one.key["platform"] for one in found})
    count = (
        f"{models} model{'s' if models > 1 else ''} on "
        f"{platforms} platform{'s' if platforms > 1 else ''}"
    )
    gains: dict[str, list[Format]] = {}
    for one in found:
        if gain_of(one) is not None and not one.is_baseline:
            gains.setdefault(one.key["precision"], []).append(one)
    if not gains:
        return f"{count}; no format could be compared with FP32 in speed."
    precision, most = max(gains.items(), key=lambda item: (len(item[1]), mean_gain(item[1])[0]))
    mean, noise = mean_gain(most)
    speed = "is as fast as FP32 within the noise"
    if not noise:
        speed = f"runs {number(mean, 2)}× as fast as FP32"
    over = f"geometric mean of {len(most)} comparisons" if len(most) > 1 else "one comparison"
    return f"{count}; {precision} on {name} {speed} ({over})."


def _figures(
    collection: Collection, cells: Sequence[int], found: Sequence[Format]
) -> tuple[Figure, ...]:
    if not found:
        return ()
    states = collection.column("state", cells)
    return (
        Figure(label="models", value=str(len({one.key["model"] for one in found}))),
        *best_figures(collection, found),
        *worst_figures(collection, found),
        Figure(
            label="unsupported cells",
            value=number(states.count("unsupported"), 0),
            detail=f"of {number(len(states), 0)}",
        ),
    )


def _versions(collection: Collection, cells: Sequence[int]) -> Table:
    """Return which version ran in which release on which platforms, the newest release first."""
    names = ("release", "runtime_version", "platform", "device")
    grouped: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for release, version, platform, device in zip(
        *(collection.column(name, cells) for name in names), strict=True
    ):
        platforms, devices = grouped.setdefault((release, version), (set(), set()))
        platforms.add(platform)
        devices.add(device)
    keys = sorted(grouped, key=lambda key: (release_order(key[0]), natural(key[1])), reverse=True)
    return Table(
        id="versions",
        title="Versions by release",
        columns=(
            Column(id="release", label="Release", heading=True),
            Column(id="version", label="Version", heading=True),
            Column(id="platforms", label="Platforms"),
            Column(id="devices", label="Devices and providers"),
        ),
        rows=tuple(
            Row(
                entries=(
                    name_entry(collection, "release", release),
                    name_entry(collection, "runtime_version", version),
                    Entry(text=_listed(collection, "platform", grouped[release, version][0])),
                    Entry(text=_listed(collection, "device", grouped[release, version][1])),
                ),
                anchor=slug(release, version),
            )
            for release, version in keys
        ),
        mark=mark(collection, cells),
    )


def _listed(collection: Collection, field: str, names: set[str]) -> str:
    labels = [field_label(collection, field, name) for name in sorted(names - {""}, key=natural)]
    return listing(labels, most=8)


def _missing(collection: Collection, cells: Sequence[int]) -> Table:
    """Return what ended without a value, by format and platform, with the reasons."""
    names = ("state", "precision", "platform", "reason", "model")
    grouped: dict[tuple[str, ...], set[str]] = {}
    counts: dict[tuple[str, ...], int] = {}
    for state, precision, platform, reason, model in zip(
        *(collection.column(name, cells) for name in names), strict=True
    ):
        if state != "ok":
            key = (state, precision, platform, reason or "")
            grouped.setdefault(key, set()).add(model)
            counts[key] = counts.get(key, 0) + 1
    keys = sorted(grouped, key=lambda key: [natural(part) for part in key])
    return Table(
        id="not-possible",
        title="Cells without a value, with the reason",
        columns=(
            Column(id="state", label="State", heading=True),
            Column(id="precision", label="Precision", heading=True),
            Column(id="platform", label="Platform", heading=True),
            Column(id="reason", label="Reason"),
            Column(id="models", label="Models"),
            Column(id="cells", label="Cells", numeric=True),
        ),
        rows=tuple(
            Row(
                entries=(
                    Entry(text=key[0], raw=key[0]),
                    name_entry(collection, "precision", key[1]),
                    name_entry(collection, "platform", key[2]),
                    Entry(text=clean(key[3]) or "no reason stated"),
                    Entry(text=_listed(collection, "model", grouped[key])),
                    Entry(text=number(counts[key], 0), raw=float(counts[key])),
                ),
                anchor=slug(*key[:3], str(at)),
            )
            for at, key in enumerate(keys)
        ),
    )


def version_facts(collection: Collection, cells: Sequence[int]) -> tuple[Fact, ...]:
    """Name the versions of the runtimes of some cells."""
    found: dict[str, set[str]] = {}
    columns = (collection.column(name, cells) for name in ("runtime", "runtime_version"))
    for runtime, version in zip(*columns, strict=True):
        if runtime:
            found.setdefault(runtime, set()).add(version or "version not stated")
    return tuple(
        Fact(
            label="runtime",
            text=f"{field_label(collection, 'runtime', name)} "
            + listing([clean(one) for one in sorted(found[name], key=natural)], most=6),
            link=name_entry(collection, "runtime", name).link,
        )
        for name in sorted(found, key=natural)
    )
