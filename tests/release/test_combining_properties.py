"""Merging any result files: order, grouping and repetition make no difference; nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from benchfolio.release.combining import Combined, combine
from benchfolio.release.contents import Source, candidates, content
from benchfolio.release.precedence import Precedence
from benchfolio.results import (
    Artefact,
    Cell,
    CellKey,
    Limit,
    Model,
    Origin,
    Platform,
    Precision,
    Processor,
    Race,
    Recipe,
    ResultFile,
    Rounds,
    Scenario,
    State,
    System,
    Twin,
    Value,
    cell_id,
    cell_key,
    decode,
    encode,
    pack_floats,
)

MODELS = ("one", "two")
IDS = ("a", "b")
TIMES = (None, *(datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3)))
ORIGINS = (
    Origin(kind="measured", tool="benchfolio 0.1.0"),
    Origin(kind="measured", tool="benchfolio 0.2.0"),
    Origin(kind="imported", tool="accuracy checker"),
)
numbers = st.sampled_from((1.0, 2.0))


@st.composite
def races(draw: st.DrawFn) -> Race:
    """Return one of few races, with a twin."""
    twin = Twin(cell="one/FP32", figures=pack_floats([draw(numbers)]))
    return Race(
        scenario=Scenario.LATENCY,
        rounds=2,
        target=0.01,
        ended="target",
        time_limit=9.0,
        seconds=draw(numbers),
        order="in turn",
        block_seconds=0.1,
        twins=(twin,),
    )


@st.composite
def cells(draw: st.DrawFn, described: ResultFile) -> Cell:
    """Return one of few cells of a file: keys of different files often coincide."""
    id_ = draw(st.sampled_from(sorted(described.artefacts)))
    made = described.artefacts[id_]
    state = draw(st.sampled_from((State.OK, State.OK, State.FAILED, State.PENDING)))
    raced = state is State.OK and draw(st.booleans())
    race = draw(st.sampled_from(sorted(described.races))) if raced else None
    return Cell(
        model=made.model,
        scenario=Scenario.LATENCY,
        precision=made.precision,
        recipe=made.recipe,
        runtime="openvino",
        device="CPU",
        artefact=draw(st.sampled_from((None, id_))),
        state=state,
        reason="why" if state is State.FAILED else None,
        values={"size": Value(value=draw(numbers), unit="MiB")} if state is State.OK else {},
        rounds=Rounds(race=race, figures=pack_floats([1.0])) if race else None,
        started=draw(st.sampled_from(TIMES)),
        origin=draw(st.sampled_from((None, *ORIGINS))),
    )


@st.composite
def files(draw: st.DrawFn) -> ResultFile:
    """Return one of many files of one platform and release."""
    artefact = st.builds(
        Artefact,
        model=st.sampled_from(MODELS),
        precision=st.sampled_from((Precision.FP32, Precision.INT8)),
        recipe=st.just("original"),
        format=st.sampled_from(("onnx", "ir")),
    )
    described = ResultFile(
        format="benchfolio-results",
        version=1,
        release="2026.1",
        platform=Platform(
            id="lab",
            label=draw(st.sampled_from(("Lab", "Laboratory"))),
            processor=Processor(cores=8, microcode=draw(st.sampled_from((None, "1", "2")))),
            system=System(kernel=draw(st.sampled_from((None, "6.8", "6.9")))),
            withheld=draw(st.sampled_from(((), ("system.kernel",)))),
        ),
        origin=draw(st.sampled_from(ORIGINS)),
        suite=draw(st.sampled_from((None, "bundled"))),
        software=draw(st.dictionaries(st.sampled_from(IDS), st.sampled_from(("1", "2")))),
        acceptance=draw(
            st.dictionaries(
                st.sampled_from(IDS),
                st.builds(Limit, metric=st.just("accuracy"), max_drop=st.sampled_from((1.0, 2.0))),
            )
        ),
        models={
            id_: Model(name=draw(st.sampled_from(IDS)), task=draw(st.sampled_from((None, *IDS))))
            for id_ in MODELS
        },
        recipes={"original": Recipe(method="original")},
        artefacts=draw(st.dictionaries(st.sampled_from(IDS), artefact, min_size=1)),
        races=draw(st.dictionaries(st.sampled_from(IDS), races(), min_size=1)),
    )
    found = draw(st.lists(cells(described), max_size=4, unique_by=cell_key))
    return msgspec.structs.replace(described, cells=tuple(found))


def merged(*given: ResultFile) -> Combined:
    """Merge files of one platform and release, named by their places."""
    (found,) = combine((f"{at}.json", file) for at, file in enumerate(given))
    return found


def said(file: ResultFile) -> dict[CellKey, str]:
    """Return what every cell says, whatever its race and artefact are called."""
    found = candidates(Source("", file), 0)
    return {key: content(candidate) for key, candidate in found.items()}


@settings(max_examples=100, deadline=None)
@given(st.lists(files(), min_size=1, max_size=4))
def test_the_order_of_files_makes_no_difference(given_: list[ResultFile]) -> None:
    """All permutations give the same report and, whatever the files are called, the same bytes."""
    named = [(f"{at}.json", file) for at, file in enumerate(given_)]
    reports, data = set(), set()
    for order in permutations(named):
        (found,) = combine(order)
        reports.add((found.sources, found.conflicts))
        data |= {encode(found.file), encode(merged(*(file for _, file in order)).file)}
    assert len(reports) == len(data) == 1


@settings(max_examples=100, deadline=None)
@given(files(), files(), files())
def test_the_grouping_of_files_makes_no_difference(
    one: ResultFile, two: ResultFile, three: ResultFile
) -> None:
    """Merging a merged file gives the keys, figures and names of merging all at once."""
    at_once = merged(one, two, three).file
    for found in (merged(merged(one, two).file, three), merged(one, merged(two, three).file)):
        assert said(found.file) == said(at_once)
        assert _names(found.file) == _names(at_once)


def _names(file: ResultFile) -> dict[CellKey, tuple[str | None, str | None]]:
    return {cell_key(c): (c.artefact, c.rounds.race if c.rounds else None) for c in file.cells}


@settings(max_examples=100, deadline=None)
@given(files(), files())
def test_merging_again_changes_nothing(one: ResultFile, two: ResultFile) -> None:
    """A merged file is the same merged with itself, and with what it was made from."""
    first = merged(one, two).file
    assert encode(merged(first, first).file) == encode(first)
    assert merged(first, first).conflicts == ()
    assert said(merged(first, one).file) == said(first)


@settings(max_examples=100, deadline=None)
@given(files())
def test_a_file_merged_with_itself_is_itself(file: ResultFile) -> None:
    """Nothing is dropped or renamed, and nothing is in conflict, where there is one content."""
    plain = _without_own_origin(file)
    found = merged(plain, plain)
    assert found.conflicts == ()
    assert said(found.file) == said(plain)
    idle = set(plain.races) - {cell.rounds.race for cell in plain.cells if cell.rounds}
    assert set(plain.races) - idle <= set(found.file.races)
    assert encode(found.file) == encode(plain)


def _without_own_origin(file: ResultFile) -> ResultFile:
    replace = msgspec.structs.replace
    own = tuple(
        replace(cell, origin=None if cell.origin == file.origin else cell.origin)
        for cell in file.cells
    )
    return replace(file, cells=own)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(files(), min_size=1, max_size=4),
    st.sampled_from(("newest", "first", "last")),
)
def test_nothing_is_lost(given_: list[ResultFile], rule: str) -> None:
    """Every key of every file is there, from one of the files, and the merged file is valid."""
    (found,) = combine(((f"{n}.json", file) for n, file in enumerate(given_)), Precedence(rule))
    read = decode(encode(found.file), "merged.json")
    texts = [said(file) for file in given_]
    assert set(said(read)) == {key for each in texts for key in each}
    assert all(any(each.get(key) == text for each in texts) for key, text in said(read).items())
    ids = {
        name for file in given_ for name in ("models", "recipes") for name in getattr(file, name)
    }
    assert ids == {*read.models, *read.recipes}


@settings(max_examples=100, deadline=None)
@given(st.lists(files(), min_size=1, max_size=4))
def test_a_value_never_gives_way_to_none(given_: list[ResultFile]) -> None:
    """By default a cell that has values anywhere has some in the merged file."""
    valued = {cell_key(cell) for file in given_ for cell in file.cells if cell.values}
    found = merged(*given_).file
    assert {cell_key(cell) for cell in found.cells if cell.values} == valued


@settings(max_examples=100, deadline=None)
@given(st.lists(files(), min_size=2, max_size=3))
def test_every_cell_that_gave_way_is_reported(given_: list[ResultFile]) -> None:
    """There are conflicts of a key exactly where files say different things of it."""
    texts: dict[CellKey, set[str]] = {}
    for file in given_:
        for key, text in said(file).items():
            texts.setdefault(key, set()).add(text)
    differing = sum(len(each) > 1 for each in texts.values())
    found = {each.key for each in merged(*given_).conflicts if each.kind == "cell"}
    assert len(found) == differing


@settings(max_examples=100, deadline=None)
@given(st.lists(files(), min_size=1, max_size=3))
def test_rounds_stay_with_their_race_and_artefacts_with_what_was_measured(
    given_: Sequence[ResultFile],
) -> None:
    """Whatever they are called now, a cell names the race and the artefact it had."""
    pairs = {
        (cell_id(cell), _race(file, cell), _artefact(file, cell))
        for file in given_
        for cell in file.cells
    }
    found = merged(*given_).file
    assert {(cell_id(c), _race(found, c), _artefact(found, c)) for c in found.cells} <= pairs


def _race(file: ResultFile, cell: Cell) -> Race | None:
    return file.races[cell.rounds.race] if cell.rounds else None


def _artefact(file: ResultFile, cell: Cell) -> Artefact | None:
    return file.artefacts[cell.artefact] if cell.artefact else None
