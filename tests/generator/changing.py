"""Result files that change at random, as they do from one build to the next."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import msgspec
from factory import NOISY, UNUSABLE, in_rounds, raced, result_file, shifted, with_loadgen

from benchfolio.results import (
    Cell,
    Claim,
    Interval,
    Limit,
    Model,
    Origin,
    Publication,
    Recipe,
    ResultFile,
    Share,
    State,
    Value,
    pack_floats,
)

Files = dict[str, ResultFile]
Random = random.Random

MODELS = ("digits-resnet", "names-encoder", "tiny-lm")
PLATFORMS = ("lab-xeon", "arm-board", "desk-core")
RELEASES = ("2026.1", "2026.2", "2026.3", "2026.4")


def few(file: ResultFile) -> ResultFile:
    """Return a file with three of its models, and of these two precisions."""
    return msgspec.structs.replace(
        file,
        models={name: file.models[name] for name in MODELS},
        artefacts={name: one for name, one in file.artefacts.items() if one.model in MODELS},
        cells=tuple(
            cell
            for cell in file.cells
            if cell.model in MODELS and cell.precision in ("FP32", "INT8", "FP16")
        ),
    )


def measured(platform: str, release: str) -> ResultFile:
    """Return one platform's results for one release, measured in turn; each a little different."""
    chance = random.Random(f"{platform} {release}")
    plain = msgspec.structs.replace(few(result_file(platform)), release=release)
    moved = shifted(
        plain,
        speed=lambda cell: 1 + 0.2 * random.Random(f"{release} {cell}").random(),
        points=lambda _: chance.choice((0.0, -0.3, -1.5)),
        versions={"openvino": f"{release}.0"},
    )
    late = timedelta(days=30 * RELEASES.index(release))
    cells = tuple(
        msgspec.structs.replace(cell, started=cell.started and cell.started + late)
        for cell in moved.cells
    )
    file = msgspec.structs.replace(moved, cells=cells)
    return file if platform == "desk-core" else raced(file)


def transcribed(platform: str) -> ResultFile:
    """Return what a publication says: a student of another model, and one format on its own."""
    base = few(result_file("lab-xeon"))
    teach = msgspec.convert(
        {"method": "distillation", "distillation": {"teacher": "digits-resnet"}}, Recipe
    )
    origin = Origin(
        kind="transcribed", publication=Publication(title="A page", tested="2025-01-01")
    )
    student = Model(name="Student", task="image-classification")
    common = {"scenario": "accuracy", "runtime": "openvino", "device": "CPU", "state": "ok"}
    rows = (
        ("digits-resnet", "FP32", "original", "98.4"),
        ("student", "FP32", "original", "90.1"),
        ("student", "FP32", "taught", "93.2"),
        ("alone", "INT8", "nncf-ptq", "71.5"),
    )
    cells = [
        msgspec.convert(
            {
                **common,
                "model": model,
                "precision": precision,
                "recipe": recipe,
                "published": {"table": "T", "row": 7 if model == "alone" else 3, "name": model},
                "values": {
                    "accuracy@top1": {"value": float(printed), "unit": "%", "printed": printed}
                },
            },
            Cell,
        )
        for model, precision, recipe, printed in rows
    ]
    return msgspec.structs.replace(
        base,
        release="a-page",
        platform=msgspec.structs.replace(base.platform, id=platform, label=platform.title()),
        origin=origin,
        models={
            **base.models,
            "student": student,
            "alone": msgspec.structs.replace(student, name="Alone"),
        },
        recipes={**base.recipes, "taught": teach},
        artefacts={},
        acceptance={},
        software={},
        suite=None,
        cells=tuple(cells),
    )


def folder() -> Files:
    """Return three platforms in three releases, and a publication on two machines."""
    files = {
        f"{release}/{platform}.json": measured(platform, release)
        for release in RELEASES[:-1]
        for platform in PLATFORMS
        if (platform, release) != ("arm-board", RELEASES[-2])
    }
    return files | {f"a-page/{name}.json": transcribed(name) for name in ("one", "other")}


# What may happen to a cell -------------------------------------------------------------------

CellChange = Callable[[Cell, Random], Cell]


def _with(cell: Cell, **fields: object) -> Cell:
    return msgspec.structs.replace(cell, **fields)


def _values(cell: Cell, change: Callable[[Value], Value]) -> Cell:
    return _with(cell, values={name: change(value) for name, value in cell.values.items()})


def value(cell: Cell, chance: Random) -> Cell:
    """Change what was measured."""
    factor = 1 - 0.3 * chance.random()
    return _values(cell, lambda one: msgspec.structs.replace(one, value=one.value * factor))


def interval(cell: Cell, chance: Random) -> Cell:
    """Change how well it is known."""
    width = chance.random()
    return _values(
        cell,
        lambda one: msgspec.structs.replace(
            one,
            spread=width,
            interval=Interval(low=one.value * (1 - width / 9), high=one.value * 1.1, method="new"),
        ),
    )


def samples(cell: Cell, chance: Random) -> Cell:
    """Change on how many samples it rests."""
    return _values(cell, lambda one: msgspec.structs.replace(one, n=chance.randint(5, 5000)))


def definition(cell: Cell, chance: Random) -> Cell:
    """Change what was computed."""
    text = chance.choice(("nearest rank", "interpolated", None))
    return _values(cell, lambda one: msgspec.structs.replace(one, definition=text))


def unit(cell: Cell, chance: Random) -> Cell:
    """Print figures in another unit."""
    name = chance.choice(("", "%", "x"))
    return _values(cell, lambda one: msgspec.structs.replace(one, unit=name, printed="1.5"))


def words(cell: Cell, chance: Random) -> Cell:
    """Change what is said beside the figures."""
    text = f"words {chance.random()}"
    settings = {"threads": text} if cell.settings else {}
    return _with(cell, note=text, command=f"benchfolio run {text}", settings=settings)


def failed(cell: Cell, chance: Random) -> Cell:
    """Let a cell fail."""
    reason = f"out of memory {chance.randint(1, 3)}"
    return _with(
        cell, state=State.FAILED, reason=reason, values={}, executed={}, rounds=None, outcomes={}
    )


def reason(cell: Cell, chance: Random) -> Cell:
    """Give another reason for what failed."""
    return cell if cell.state == "ok" else _with(cell, reason=f"reason {chance.random()}")


def started(cell: Cell, chance: Random) -> Cell:
    """Measure a cell at another time, perhaps later than all others."""
    days = timedelta(days=chance.randint(-200, 200))
    return cell if cell.started is None else _with(cell, started=cell.started + days)


def executed(cell: Cell, chance: Random) -> Cell:
    """Let most of a model run in another precision."""
    return _with(cell, executed={"FP32": Share(layers=chance.randint(1, 99), time=0.9)})


def verdict(cell: Cell, chance: Random) -> Cell:
    """Say of the machine that it was busy."""
    return _with(cell, verdict=chance.choice((NOISY, UNUSABLE, None)))


def rounds(cell: Cell, chance: Random) -> Cell:
    """Measure every round anew."""
    if cell.rounds is None:
        return cell
    figures = pack_floats(in_rounds(str(chance.random()), 1 + chance.random(), 0.01))
    return _with(cell, rounds=msgspec.structs.replace(cell.rounds, figures=figures, disturbed=None))


def outcomes(cell: Cell, _chance: Random) -> Cell:
    """Forget how each sample came out."""
    return _with(cell, outcomes={})


def claims(cell: Cell, chance: Random) -> Cell:
    """State a drop as a publication does."""
    metric = next(iter(cell.values), "accuracy")
    claim = Claim(
        figure="drop", metric=metric, value=0.5, unit="%", printed=f"0.{chance.randint(1, 9)}"
    )
    return _with(cell, claims=(claim,))


def row(cell: Cell, chance: Random) -> Cell:
    """Read a cell off another row of a publication, whose figures may have slipped."""
    published = cell.published and msgspec.structs.replace(
        cell.published, row=chance.choice((3, 7))
    )
    return _with(cell, published=published)


def version(cell: Cell, chance: Random) -> Cell:
    """Run another version of the runtime."""
    return _with(cell, runtime_version=f"2026.{chance.randint(0, 3)}.1")


FIGURES: tuple[CellChange, ...] = (value, interval, words, reason, rounds, samples)
"""What belongs to no outline of a file."""

CELLS: tuple[CellChange, ...] = (
    *FIGURES,
    executed,
    verdict,
    outcomes,
    definition,
    unit,
    failed,
    started,
    claims,
    row,
    version,
)


# What may happen to a file -------------------------------------------------------------------

FileChange = Callable[[ResultFile, Random], ResultFile]


def _file(file: ResultFile, **fields: object) -> ResultFile:
    return msgspec.structs.replace(file, **fields)


def model_name(file: ResultFile, chance: Random) -> ResultFile:
    """Spell a model in another way."""
    id_ = chance.choice(sorted(file.models))
    named = msgspec.structs.replace(file.models[id_], name=f"Name {chance.random()}")
    return _file(file, models={**file.models, id_: named})


def platform_label(file: ResultFile, chance: Random) -> ResultFile:
    """Describe a platform in another way."""
    system = msgspec.structs.replace(file.platform.system, kernel=f"6.{chance.randint(1, 9)}")
    label = f"Label {chance.random()}"
    return _file(file, platform=msgspec.structs.replace(file.platform, label=label, system=system))


def software(file: ResultFile, chance: Random) -> ResultFile:
    """Install another version of something."""
    return _file(file, software={**file.software, "python": f"3.{chance.randint(9, 14)}"})


def acceptance(file: ResultFile, chance: Random) -> ResultFile:
    """Accept more or less."""
    limits = {
        task: Limit(metric=limit.metric, max_drop=round(2 * chance.random(), 2))
        for task, limit in file.acceptance.items()
    }
    return _file(file, acceptance=limits)


def artefact(file: ResultFile, chance: Random) -> ResultFile:
    """Run another file of a model."""
    if not file.artefacts:
        return file
    id_ = chance.choice(sorted(file.artefacts))
    made = msgspec.structs.replace(
        file.artefacts[id_], sha256=f"{chance.getrandbits(256):064x}", bytes=chance.randint(1, 9999)
    )
    return _file(file, artefacts={**file.artefacts, id_: made})


def race(file: ResultFile, chance: Random) -> ResultFile:
    """Let a race end in another way."""
    return _raced(file, chance, ended="time limit", time_limit=1 + chance.random(), target=1e-6)


def twins(file: ResultFile, chance: Random) -> ResultFile:
    """Let no baseline of a race run against itself."""
    return _raced(file, chance, twins=())


def _raced(file: ResultFile, chance: Random, **fields: object) -> ResultFile:
    if not file.races:
        return file
    id_ = chance.choice(sorted(file.races))
    return _file(
        file, races={**file.races, id_: msgspec.structs.replace(file.races[id_], **fields)}
    )


def loadgen(file: ResultFile, chance: Random) -> ResultFile:
    """Measure a model by other rules, too."""
    if not file.cells:
        return file
    more = with_loadgen(file).cells[len(file.cells) :]
    id_ = chance.choice(sorted({cell.model for cell in file.cells}))
    return _file(file, cells=(*file.cells, *(cell for cell in more if cell.model == id_)))


def turned(file: ResultFile, _chance: Random) -> ResultFile:
    """Write cells in another order."""
    return _file(file, cells=tuple(reversed(file.cells)))


def fewer(file: ResultFile, chance: Random) -> ResultFile:
    """Leave a cell out."""
    at = chance.randrange(len(file.cells) + 1)
    return _file(file, cells=(*file.cells[:at], *file.cells[at + 1 :]))


FILES: tuple[FileChange, ...] = (
    model_name,
    platform_label,
    software,
    acceptance,
    artefact,
    race,
    twins,
    loadgen,
    turned,
    fewer,
)


# What may happen to a folder -----------------------------------------------------------------

FolderChange = Callable[[Files, Random], Files]


def without(files: Files, chance: Random) -> Files:
    """Take a file away."""
    name = chance.choice(sorted(files))
    return {key: file for key, file in files.items() if key != name or len(files) < 4}


def with_file(files: Files, chance: Random) -> Files:
    """Add a release, or a second file of one that is there."""
    platform, release = chance.choice(PLATFORMS), chance.choice(RELEASES)
    name = f"{release}/{platform}.json"
    if name in files:
        name = f"{release}/{platform}-again.json"
    file = measured(platform, release)
    kept = (cell for cell in file.cells if chance.random() < 0.7)
    return {**files, name: _file(file, cells=tuple(started(cell, chance) for cell in kept))}


def _somewhere(change: FileChange) -> FolderChange:
    def somewhere(files: Files, chance: Random) -> Files:
        name = chance.choice(sorted(files))
        return {**files, name: change(files[name], chance)}

    somewhere.__name__ = change.__name__
    return somewhere


def in_a_cell(change: CellChange) -> FileChange:
    """Return a change of one of the cells in which it changes anything."""

    def within(file: ResultFile, chance: Random) -> ResultFile:
        places = list(range(len(file.cells)))
        chance.shuffle(places)
        for at in places:
            other = change(file.cells[at], chance)
            if other != file.cells[at]:
                return _file(file, cells=(*file.cells[:at], other, *file.cells[at + 1 :]))
        return file

    within.__name__ = change.__name__
    return within


CHANGES: tuple[FolderChange, ...] = (
    without,
    with_file,
    *map(_somewhere, FILES),
    *(_somewhere(in_a_cell(change)) for change in CELLS),
)
"""Everything that may happen from one build to the next."""
