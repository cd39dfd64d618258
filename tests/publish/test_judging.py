"""Formats judged all at once: the same words, and the same fastest ones, as one by one."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from factory import portfolio
from publish.made import SITE, files

from benchfolio.generator.collection import Collection
from benchfolio.generator.facets import TRANSCRIBED
from benchfolio.generator.formats import Format, formats
from benchfolio.generator.merge import merge
from benchfolio.generator.publish.cells import parts
from benchfolio.generator.publish.gains import fastest
from benchfolio.generator.verdicts import ACCEPTABLE, BASELINE, NOT_JUDGED, OVER
from benchfolio.results import Cell, Limit, Origin, Precision, ResultFile, Scenario

Given = list[tuple[str, ResultFile]]


def limited(given: Given, most: float) -> Given:
    """Return files that let formats lose so much, and of some tasks say nothing."""
    return [
        (
            name,
            msgspec.structs.replace(
                file,
                acceptance={
                    task: Limit(metric=limit.metric, max_drop=most)
                    for task, limit in sorted(file.acceptance.items())[: 1 + len(name) % 2]
                },
            ),
        )
        for name, file in given
    ]


def transcribed(given: Given) -> Given:
    """Return files of which the first one was read off a publication."""
    (name, first), *rest = given
    return [(name, msgspec.structs.replace(first, origin=Origin(kind="transcribed"))), *rest]


def several(given: Given) -> Given:
    """Return files with every accuracy twice, in another batch: there nothing loses any."""
    return [
        (name, msgspec.structs.replace(file, cells=(*file.cells, *map(_better, _accuracies(file)))))
        for name, file in given
    ]


def _accuracies(file: ResultFile) -> Iterator[Cell]:
    return (cell for cell in file.cells if cell.scenario is Scenario.ACCURACY and cell.values)


def _better(cell: Cell) -> Cell:
    gained = 0.0 if cell.precision is Precision.FP32 else 5.0
    values = {
        name: msgspec.structs.replace(value, value=value.value + gained)
        for name, value in cell.values.items()
    }
    return msgspec.structs.replace(cell, batch=cell.batch + 1, values=values, outcomes={})


CASES = {
    "several": limited(several(portfolio()), 0.3),
    "raced": files(),
    "not raced": portfolio(),
    "transcribed": transcribed(files()),
    **{f"at most {most}": limited(files(), most) for most in (-1.0, 0.0, 0.3, 100.0)},
}


@pytest.fixture(params=sorted(CASES))
def collection(request: pytest.FixtureRequest) -> Collection:
    """Return a collection with formats of every kind."""
    return merge(CASES[request.param])


def test_words_are_those_of_each_format(collection: Collection) -> None:
    """The word of each cell is that of its format, and nothing where it is of none."""
    expected: dict[int, str] = {}
    for origin in ({}, {"origin": TRANSCRIBED}):
        for one in formats(collection, origin, releases="all"):
            expected |= dict.fromkeys(one.cells, one.verdict)
    found = {
        cell: word
        for part in parts(collection, SITE)
        for cell, word in zip(part.cells, part.judged.words, strict=True)
    }
    assert found == {cell: expected.get(cell) for cell in range(len(collection))}


def test_fastest_are_those_among_all(collection: Collection) -> None:
    """The fastest good format of each model and release is found without judging all others."""
    for part in parts(collection, SITE):
        by_model: dict[str, list[Format]] = {}
        own = [formats(collection, {"platform": group.platform, "release": part.release},
                       releases="all") for group in part.groups]  # fmt: skip
        for one in (one for each in own for one in each):
            by_model.setdefault(one.key["model"], []).append(one)
        expected = {model: best for model, all_ in by_model.items() if (best := fastest(all_))}
        found = {one.key["model"]: one for one in part.judged.fastest()}
        assert {model: (one.cells, one.gain) for model, one in found.items()} == {
            model: (one.cells, one.gain) for model, one in expected.items()
        }


def test_every_word_and_a_fastest_format_occur() -> None:
    """The cases above are of use: all words are said in them, and some formats are fastest."""
    known = [part for given in CASES.values() for part in parts(merge(given), SITE)]
    words = {word for part in known for word in part.judged.words}
    assert words >= {ACCEPTABLE, BASELINE, NOT_JUDGED, OVER}
    assert any(part.judged.fastest() for part in known)
