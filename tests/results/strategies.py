"""Hypothesis strategies that make any valid result file."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from benchfolio.results import (
    METRICS,
    Artefact,
    Calm,
    Cell,
    Conditions,
    Dataset,
    Interval,
    Load,
    Model,
    Origin,
    Outcomes,
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
    Verdict,
    cell_key,
    count_floats,
    pack_bits,
    pack_floats,
    pack_scores,
)

ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+@-]{0,20}", fullmatch=True)
texts = st.text(min_size=1, max_size=40)
numbers = st.floats(allow_nan=False, allow_infinity=False)
versions = st.one_of(st.none(), st.from_regex(r"[0-9]\.[0-9]{1,2}", fullmatch=True))


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    """Any interval the right way up."""
    low, high = sorted((draw(numbers), draw(numbers)))
    return Interval(low=low, high=high, method=draw(texts))


values = st.builds(
    Value,
    value=numbers,
    unit=texts,
    n=st.one_of(st.none(), st.integers(1, 9), st.integers(1, 10**9)),
    interval=st.one_of(st.none(), intervals()),
    spread=st.one_of(st.none(), st.floats(0, 1e9)),
    definition=st.one_of(st.none(), texts),
)
loads = st.builds(
    Load,
    instances=st.integers(1, 64),
    cores_per_instance=st.one_of(st.none(), st.integers(1, 64)),
    sockets=st.one_of(st.none(), st.integers(1, 4)),
    streams=st.one_of(st.none(), st.integers(1, 64)),
    requests=st.one_of(st.none(), st.integers(1, 64)),
)
moments = st.datetimes(
    min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)
)
shares = st.none() | st.floats(0, 1)
verdicts = st.builds(
    Verdict, calm=st.sampled_from(Calm), reasons=st.lists(texts, max_size=2).map(tuple)
)
conditions = st.builds(
    Conditions,
    verdict=verdicts,
    others=shares,
    steal=shares,
    load=st.none() | st.floats(0, 1e3),
    mhz_low=st.none() | st.floats(0, 1e4),
    throttled=st.none() | st.integers(0, 99),
    celsius=st.none() | st.floats(-50, 150),
    quota=shares,
    governor=st.none() | texts,
    turbo=st.none() | st.booleans(),
)


def figures(rounds: int) -> st.SearchStrategy[str]:
    """Figures of at most so many rounds, packed."""
    figure = st.floats(2.0**-126, 2.0**127, width=32)
    return st.lists(figure, min_size=1, max_size=rounds).map(pack_floats)


@st.composite
def races(draw: st.DrawFn) -> Race:
    """Any race, with twins of whatever cells."""
    rounds = draw(st.integers(1, 9))
    twins = st.lists(st.builds(Twin, cell=texts, figures=figures(rounds)), max_size=2)
    return Race(
        scenario=draw(st.sampled_from([Scenario.LATENCY, Scenario.THROUGHPUT])),
        rounds=rounds,
        target=draw(st.floats(0.001, 0.9)),
        ended=draw(st.sampled_from(["target", "time limit", "interrupted"])),
        time_limit=draw(st.floats(0.1, 1e5)),
        seconds=draw(st.floats(0, 1e5)),
        order=draw(texts),
        block_seconds=draw(st.floats(0.001, 10)),
        twins=tuple(draw(twins)),
        conditions=draw(st.none() | conditions),
    )


@st.composite
def outcomes(draw: st.DrawFn, samples: int) -> Outcomes:
    """Any outcomes of so many samples: right and wrong ones, or scores with resamples."""
    if draw(st.booleans()):
        flags = st.lists(st.booleans(), min_size=samples, max_size=samples)
        return Outcomes(samples=samples, right=pack_bits(draw(flags)))
    scores = st.lists(st.floats(0, 1), min_size=samples, max_size=samples)
    return Outcomes(
        samples=samples,
        scores=pack_scores(draw(scores)),
        resampled=pack_floats(draw(st.lists(st.floats(0, 100, width=32), min_size=1, max_size=4))),
        draws=draw(texts),
    )


@st.composite
def cells(draw: st.DrawFn, model: str, recipe: str, dataset: str, raced: dict[str, Race]) -> Cell:
    """Any cell of a file that describes the given model, recipe, dataset and races."""
    state = draw(st.sampled_from(State))
    ok = state is State.OK
    measured = draw(
        st.dictionaries(st.sampled_from(sorted(METRICS)), values, min_size=1, max_size=3)
    )
    rounds = None
    if ok and raced and draw(st.booleans()):
        race = draw(st.sampled_from(sorted(raced)))
        taken = draw(figures(raced[race].rounds))
        count = count_floats(taken)
        flags = st.lists(st.booleans(), min_size=count, max_size=count).map(pack_bits)
        rounds = Rounds(race=race, figures=taken, disturbed=draw(st.none() | flags))
    sampled = {name: value.n for name, value in measured.items() if value.n and value.n < 20}
    return Cell(
        model=model,
        recipe=recipe,
        dataset=draw(st.sampled_from([None, dataset])),
        scenario=draw(st.sampled_from(Scenario)),
        precision=draw(st.sampled_from(Precision)),
        runtime=draw(ids),
        runtime_version=draw(versions),
        device=draw(texts),
        batch=draw(st.integers(1, 512)),
        load=draw(loads),
        state=state,
        reason=None if ok else "because " + draw(texts),
        values=measured if ok else {},
        outcomes={name: draw(outcomes(n)) for name, n in sampled.items()} if ok else {},
        rounds=rounds,
        verdict=draw(st.none() | verdicts) if ok else None,
        started=draw(st.one_of(st.none(), moments)),
        settings=draw(st.dictionaries(texts, st.one_of(st.booleans(), texts), max_size=2)),
    )


@st.composite
def result_files(draw: st.DrawFn) -> ResultFile:
    """Any valid result file, small."""
    model, recipe, dataset = draw(ids), draw(ids), draw(ids)
    raced = draw(st.dictionaries(ids, races(), max_size=2))
    found = draw(st.lists(cells(model, recipe, dataset, raced), max_size=4, unique_by=cell_key))
    return ResultFile(
        format="benchfolio-results",
        version=1,
        release=draw(ids),
        platform=Platform(
            id=draw(ids),
            label=draw(texts),
            processor=draw(st.builds(Processor, name=texts, cores=st.integers(1, 128))),
            system=draw(st.builds(System, os=texts)),
        ),
        origin=Origin(kind="measured"),
        models={model: Model(name=draw(texts))},
        datasets={dataset: Dataset(name=draw(texts))},
        recipes={recipe: Recipe(method="original")},
        artefacts={
            draw(ids): Artefact(
                model=model, precision=Precision.INT8, recipe=recipe, format="onnx", bytes=7
            )
        },
        races=raced,
        cells=tuple(found),
    )
