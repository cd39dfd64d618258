"""Pairs of made-up releases in which everything happens that can happen between two."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

import msgspec
from factory import PLATFORMS, RELEASES, raced, result_file, timing

from benchfolio.generator.collection import Collection
from benchfolio.generator.merge import merge
from benchfolio.release.judgement import JudgedCell, Judgement
from benchfolio.release.judging import judge
from benchfolio.release.policy import DEFAULT, Policy
from benchfolio.results import Calm, Cell, Dataset, ResultFile, Scenario, State, Value, Verdict

OLD, NOW = RELEASES
TODAY = date(2026, 11, 1)
_BUSY = Verdict(calm=Calm.UNUSABLE, reasons=("too busy",))


def plain_file(release: str = OLD, platform: str = "lab-xeon") -> ResultFile:
    """Return a file in which every cell is fine."""
    file = result_file(platform, release)
    ok = tuple(cell for cell in file.cells if cell.state is State.OK)
    return msgspec.structs.replace(file, cells=ok)


def many_models(
    models: int,
    speed: Callable[[int], float] = lambda _: 1.0,
    *,
    release: str = NOW,
    noise: float = 0.02,
    platform: str = "lab-xeon",
    names: Mapping[int, str] = MappingProxyType({}),
) -> ResultFile:
    """Return a file with one throughput of each of many models.

    Args:
        models: How many.
        speed: How many times as fast each is.
        release: The release.
        noise: Half width of every interval, relative.
        platform: The platform.
        names: Ids of some models.
    """
    file = plain_file(release, platform)
    template = next(cell for cell in file.cells if cell.scenario is Scenario.THROUGHPUT)
    known = next(iter(file.models.values()))
    ids = [names.get(number, f"model-{number:03}") for number in range(models)]
    cells = tuple(
        msgspec.structs.replace(
            template,
            model=id_,
            artefact=None,
            values={"throughput": timing(100 * (number + 1) * speed(number), "1/s", noise=noise)},
        )
        for number, id_ in enumerate(ids)
    )
    return msgspec.structs.replace(
        file, models=dict.fromkeys(ids, known), artefacts={}, cells=cells
    )


def judged(
    old: ResultFile | Sequence[ResultFile],
    new: ResultFile | Sequence[ResultFile],
    policy: Policy = DEFAULT,
    today: date = TODAY,
    **options: Any,  # noqa: ANN401 - those of ``judge``
) -> Judgement:
    """Judge one release against another."""
    sides = [[side] if isinstance(side, ResultFile) else side for side in (old, new)]
    files = [(f"{file.release}/{file.platform.id}.json", file) for side in sides for file in side]
    return judge(merge(files), OLD, NOW, policy, today, **options)


def of_model(judgement: Judgement, model: str) -> JudgedCell:
    """Return the one cell of a model."""
    (found,) = (cell for cell in judgement.cells if cell.model == model)
    return found


def mixed(seed: int) -> Collection:
    """Return two releases that differ in every way that a comparison knows, by chance."""
    chance = random.Random(seed)
    files = []
    for platform in PLATFORMS:
        for release in RELEASES:
            if chance.random() < 0.1:
                continue
            file = result_file(platform, release)
            if chance.random() < 0.6:
                file = raced(file, twins=chance.random() < 0.7)
            files.append((f"{release}/{platform}.json", _disturbed(file, chance)))
    return merge(files)


def _disturbed(file: ResultFile, chance: random.Random) -> ResultFile:
    cells = [
        changed
        for cell in file.cells
        for changed in _changed(cell, chance)
        if chance.random() > 0.05
    ]
    datasets = dict(file.datasets)
    if chance.random() < 0.3:
        datasets["digits"] = Dataset(name="Digits", samples=360, sha256="cd" * 32)
    platform = file.platform
    if chance.random() < 0.15:
        processor = msgspec.structs.replace(platform.processor, cores=3)
        platform = msgspec.structs.replace(platform, processor=processor)
    known: dict[tuple[object, ...], Cell] = {
        tuple(getattr(cell, name) for name in _UNIQUE): cell for cell in cells
    }
    return msgspec.structs.replace(
        file, cells=tuple(known.values()), datasets=datasets, platform=platform
    )


_UNIQUE = ("model", "precision", "recipe", "runtime", "runtime_version", "scenario", "batch")


def _changed(cell: Cell, chance: random.Random) -> list[Cell]:
    replace = msgspec.structs.replace
    throw = chance.random()
    if throw < 0.05:
        return [replace(cell, runtime_version=f"9.{chance.randrange(3)}")]
    if throw < 0.10:
        return [cell, replace(cell, runtime_version=f"9.{chance.randrange(3)}")]
    if throw < 0.13:
        return [cell, replace(cell, batch=chance.choice([2, 8, 10]))]
    if throw < 0.18:
        state = chance.choice([State.FAILED, State.SKIPPED])
        reason = chance.choice(["no memory", "line\none", None])
        return [replace(cell, state=state, reason=reason, values={}, executed={}, settings={})]
    if throw < 0.21:
        return [replace(cell, verdict=_BUSY)]
    if throw < 0.6:
        return [replace(cell, values={k: _value(v, chance) for k, v in cell.values.items()})]
    return [cell]


def _value(value: Value, chance: random.Random) -> Value:
    replace = msgspec.structs.replace
    throw = chance.random()
    if throw < 0.06:
        return replace(value, unit="other")
    if throw < 0.12:
        return replace(value, definition="another way")
    if throw < 0.18:
        return replace(value, n=7)
    if throw < 0.24:
        return replace(value, interval=None)
    if throw < 0.27:
        return replace(value, value=0.0, interval=None)
    factor = chance.choice([0.9, 0.99, 1.0, 1.01, 1.1])
    interval = value.interval and replace(
        value.interval, low=value.interval.low * factor, high=value.interval.high * factor
    )
    return replace(value, value=value.value * factor, interval=interval)
