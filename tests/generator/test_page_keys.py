"""Keys of pages: a page whose key did not change is what it was, whatever else changed."""

from __future__ import annotations

import functools
import random
from collections.abc import Collection as Collection_
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
import pytest
from factory import RESAMPLES, UNUSABLE
from generator import changing
from generator.changing import MODELS, Files

from benchfolio.generator.collection import Collection
from benchfolio.generator.columns import columns_of
from benchfolio.generator.definitions import load_definitions
from benchfolio.generator.explore import explore
from benchfolio.generator.merge import merge
from benchfolio.generator.pages import Content, Plan, Planned
from benchfolio.generator.publish import Site, badge_part
from benchfolio.generator.slices import slices_of
from benchfolio.results import Cell, Outcomes, Race, ResultFile, pack_bits, pack_floats
from benchfolio.sphinxext.views import Memory

DEFINITIONS = load_definitions()
NARROW = ("model", "platform", "release", "table")
OVERVIEW = ("page", "overview")
SITE = Site(title="", url="https://example.org/", pages={})

Name = tuple[str, str]


def content_of(files: Files) -> Content:
    """Return what files hold, in hashes."""
    return Content(
        digests={name: msgspec.json.encode(file) for name, file in files.items()},
        slices={name: slices_of(file, columns_of(file)) for name, file in files.items()},
        making="",
    )


def planned(collection: Collection, content: Content) -> dict[Name, Planned]:
    """Return the plan of all pages of results."""
    plan = Plan(collection, DEFINITIONS, (), content)
    found = plan.all(lambda: explore(collection), None)
    return {(one.kind, one.id): one for one in found}


def results(collection: Collection, content: Content) -> tuple[Planned, ...]:
    """Return the plan of the pages that are made without asking what can be chosen."""
    plan = Plan(collection, DEFINITIONS, (), content)
    return (plan.overview(), *plan.tables(), *plan.described())


def shown(collection: Collection, one: Planned) -> bytes:
    """Return everything that a page shows, with the badge of a model."""
    badge = badge_part(collection, one.id, SITE) if one.kind == "model" else None
    return msgspec.json.encode((one.make(), badge))


# What a key covers -------------------------------------------------------------------------

Slice = tuple[str, str]
"""Name of a file and a model; for the twins of the file, ``*``."""


def all_slices(content: Content) -> list[Slice]:
    """Return every part of every file that may change without its outline."""
    return [(name, id_) for name, one in content.slices.items() for id_ in ("*", *one.models)]


def without(content: Content, part: Slice) -> Content:
    """Return contents as they are when one part is another."""
    name, id_ = part
    slices = content.slices[name]
    if id_ == "*":
        other = msgspec.structs.replace(slices, twins=b"")
    else:
        other = msgspec.structs.replace(slices, models={**slices.models, id_: b""})
    return msgspec.structs.replace(
        content,
        digests={**content.digests, name: b""},
        slices={**content.slices, name: other},
    )


def covered(collection: Collection, content: Content) -> dict[Name, set[Slice]]:
    """Return by page the parts of which its key tells that they changed."""
    keys = {(one.kind, one.id): one.key for one in results(collection, content)}
    found: dict[Name, set[Slice]] = {name: set() for name in keys}
    for part in all_slices(content):
        for one in results(collection, without(content, part)):
            if one.key != keys[one.kind, one.id]:
                found[one.kind, one.id].add(part)
    return found


def scrambled(files: Files, kept: Collection_[Slice]) -> Files:
    """Return files in which everything is another that is in no outline nor in the parts kept."""
    newest = max(cell.started for file in files.values() for cell in file.cells if cell.started)
    return {
        name: _scrambled(
            file,
            {cell.model for cell in file.cells if (name, cell.model) not in kept},
            newest,
            twins=(name, "*") not in kept,
        )
        for name, file in files.items()
    }


def _scrambled(file: ResultFile, models: set[str], newest: datetime, *, twins: bool) -> ResultFile:
    """Change what is said of some models; twins stand beside the rounds of their baselines."""
    cells = tuple(
        _other(cell, newest, rounds=twins) if cell.model in models else cell for cell in file.cells
    )
    others = {cell.rounds.race for cell in file.cells if cell.rounds and cell.model not in models}
    races = {
        id_: race if id_ in others else _other_race(race, twins=twins)
        for id_, race in file.races.items()
    }
    return msgspec.structs.replace(file, cells=cells, races=races)


def _other(cell: Cell, newest: datetime, *, rounds: bool) -> Cell:
    """Return a cell of the same outline with other figures and words."""
    chance = random.Random(f"{cell.model} {cell.scenario} {cell.recipe} {cell.runtime}")
    for change in (changing.value, changing.samples, changing.interval, changing.words):
        cell = change(cell, chance)
    cell = changing.reason(cell, chance)
    cell = changing.rounds(cell, chance) if rounds else cell
    cell = changing.executed(cell, chance) if cell.executed else cell
    busy = cell.verdict and UNUSABLE
    early = cell.started if cell.started in (None, newest) else cell.started - timedelta(days=3)
    outcomes = {name: _other_outcomes(one) for name, one in cell.outcomes.items()}
    return msgspec.structs.replace(
        cell, verdict=busy, started=early, outcomes=outcomes, seconds=99.0
    )


def _other_outcomes(one: Outcomes) -> Outcomes:
    return msgspec.structs.replace(
        one,
        right=one.right and pack_bits([at % 3 == 0 for at in range(one.samples)]),
        resampled=one.resampled and pack_floats([float(at % 7) for at in range(RESAMPLES)]),
    )


def _other_race(race: Race, *, twins: bool) -> Race:
    figures = pack_floats([1.0, 5.0, 2.0] * 8)
    again = tuple(
        msgspec.structs.replace(twin, figures=figures, disturbed=None) for twin in race.twins
    )
    return msgspec.structs.replace(
        race,
        ended="interrupted",
        target=0.5,
        block_seconds=9.0,
        twins=again if twins else race.twins,
    )


def test_a_page_follows_from_nothing_but_what_its_key_covers() -> None:
    """With every figure changed that its key leaves out, a page shows the same, and its badge."""
    files = changing.folder()
    collection, content = merge(files.items()), content_of(files)
    pages = planned(collection, content)
    parts = set(all_slices(content))
    narrow = 0
    for name, kept in covered(collection, content).items():
        if kept == parts:
            continue
        narrow += 1
        other = scrambled(files, kept)
        others = merge(other.items())
        again = planned(others, content_of(other))[name]
        assert again.key == pages[name].key
        assert shown(others, again) == shown(collection, pages[name])
    assert narrow == len([name for name in pages if name[0] in NARROW or name == OVERVIEW])


def test_keys_are_narrow() -> None:
    """The parts that concern a page are those of its model, its platform, or two releases."""
    files = changing.folder()
    collection, content = merge(files.items()), content_of(files)
    found = covered(collection, content)
    assert {id_ for _, id_ in found["model", "tiny-lm"]} == {"tiny-lm", "*"}
    assert {id_ for _, id_ in found["model", "student"]} == {"student", "digits-resnet", "*"}
    own = {name for name, _ in found["platform", "lab-xeon"]}
    assert own == {name for name in files if name.endswith("lab-xeon.json")}
    assert ("a-page/other.json", "alone") in found["platform", "one"]
    shown_by = {name.partition("/")[0] for name, _ in found["release", "2026.3"]}
    assert shown_by == {"2026.2", "2026.3"}


def test_every_part_of_a_file_is_in_its_hashes() -> None:
    """Whatever changes in a file changes its hashes; figures change only those of their model."""
    whole = changing.measured("lab-xeon", "2026.2")
    lost = changing.failed(whole.cells[-1], CHANCE(0))
    file = msgspec.structs.replace(whole, cells=(*whole.cells[:-1], lost))
    before = slices_of(file, columns_of(file))
    for change in (*changing.FILES, *map(changing.in_a_cell, changing.CELLS)):
        other = change(file, CHANCE(1))
        after = slices_of(other, columns_of(other))
        assert (after == before) is (other == file)
        if change.__name__ in OUTLINED:
            assert after.outline != before.outline
    for figure in map(changing.in_a_cell, changing.FIGURES):
        other = figure(file, CHANCE(1))
        after = slices_of(other, columns_of(other))
        pairs = zip(file.cells, other.cells, strict=True)
        (changed,) = {cell.model for cell, then in pairs if cell != then}
        assert {id_ for id_ in MODELS if after.models[id_] != before.models[id_]} == {changed}
        assert after.outline == before.outline


CHANCE = random.Random
OUTLINED = frozenset(
    one.__name__
    for one in (
        *(changing.model_name, changing.software, changing.acceptance, changing.artefact),
        *(changing.platform_label, changing.loadgen, changing.turned, changing.fewer),
        *(changing.failed, changing.version, changing.unit, changing.definition),
        *(changing.claims, changing.outcomes),
    )
)
"""Changes of what every page may follow from."""


@pytest.mark.parametrize("change", changing.CHANGES, ids=lambda change: change.__name__)
def test_whatever_changes_no_page_is_stale(change: changing.FolderChange) -> None:
    """A page whose key stays when something changes in the folder shows what it did."""
    for seed in range(2):
        assert follow(seed, [change]).stale == []


def test_no_page_is_stale_after_many_changes() -> None:
    """However often something changes, pages of one key show the same; many keys stay."""
    chance = random.Random(1)
    found = follow(1, [chance.choice(changing.CHANGES) for _ in range(12)])
    assert found.stale == []
    assert found.same > 50


def test_tallies_of_earlier_releases_are_no_older_than_results() -> None:
    """What the page of changes takes from earlier builds is what it would find now."""
    chance = random.Random(2)
    files, kept = changing.folder(), dict[tuple[str, ...], tuple[str, object]]()
    for change in (lambda same, _: same, *changing.CHANGES):
        files = change(files, chance)
        collection, content = merge(files.items()), content_of(files)
        pages = [
            next(one.make() for one in plan.described() if one.id == "changes")
            for plan in (
                Plan(collection, DEFINITIONS, (), content, Memory(kept).recall),
                Plan(collection, DEFINITIONS),
            )
        ]
        assert pages[0] == pages[1]
    assert ("tally", "2026.2") in kept


def test_what_stays_of_two_cells_is_in_every_key() -> None:
    """Where files dispute a cell, every page follows from all of every file."""
    files = changing.folder()
    files["2026.2/again.json"] = files["2026.2/lab-xeon.json"]
    before = planned(merge(files.items()), content_of(files))
    change = changing.in_a_cell(changing.value)
    files["2026.2/again.json"] = change(files["2026.2/again.json"], CHANCE(1))
    after = planned(merge(files.items()), content_of(files))
    assert not {one.key for one in before.values()} & {one.key for one in after.values()}


class Followed(msgspec.Struct):
    """What came of changes.

    Attributes:
        stale: Pages that show something else although their key is the same.
        same: How often the key of a page stayed.
    """

    stale: list[Name]
    same: int


def follow(seed: int, changes: Iterable[changing.FolderChange]) -> Followed:
    """Make changes one after the other."""
    chance = random.Random(seed)
    files = changing.folder()
    known = dict(all_shown())
    found = Followed([], 0)
    for change in changes:
        files = change(files, chance)
        for name, now in pages_of(files).items():
            found.same += name in known
            if known.setdefault(name, now) != now:
                found.stale.append(name[0])
    return found


@functools.cache
def all_shown() -> Mapping[tuple[Name, str], bytes]:
    """Return what pages show before anything changes."""
    return pages_of(changing.folder())


def pages_of(files: Files) -> dict[tuple[Name, str], bytes]:
    """Return what all pages show, by name and key."""
    collection = merge(files.items())
    pages = planned(collection, content_of(files))
    return {(name, one.key): shown(collection, one) for name, one in pages.items()}
