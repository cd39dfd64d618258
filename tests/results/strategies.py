"""Hypothesis strategies that make any valid result file."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from benchfolio.results import (
    METRICS,
    Artefact,
    Cell,
    Dataset,
    Interval,
    Load,
    Model,
    Origin,
    Platform,
    Precision,
    Processor,
    Recipe,
    ResultFile,
    Scenario,
    State,
    System,
    Value,
    cell_key,
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
    n=st.one_of(st.none(), st.integers(1, 10**9)),
    interval=st.one_of(st.none(), intervals()),
    spread=st.one_of(st.none(), st.floats(0, 1e9)),
    definition=st.one_of(st.none(), texts),
)
loads = st.builds(
    Load,
    instances=st.integers(1, 64),
    cores_per_instance=st.one_of(st.none(), st.integers(1, 64)),
    sockets=st.one_of(st.none(), st.integers(1, 4)),
    requests=st.one_of(st.none(), st.integers(1, 64)),
)
moments = st.datetimes(
    min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)
)


@st.composite
def cells(draw: st.DrawFn, model: str, recipe: str, dataset: str) -> Cell:
    """Any cell of a file that describes the given model, recipe and dataset."""
    state = draw(st.sampled_from(State))
    ok = state is State.OK
    measured = st.dictionaries(st.sampled_from(sorted(METRICS)), values, min_size=1, max_size=3)
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
        values=draw(measured) if ok else {},
        started=draw(st.one_of(st.none(), moments)),
        settings=draw(st.dictionaries(texts, st.one_of(st.booleans(), texts), max_size=2)),
    )


@st.composite
def result_files(draw: st.DrawFn) -> ResultFile:
    """Any valid result file, small."""
    model, recipe, dataset = draw(ids), draw(ids), draw(ids)
    found = draw(st.lists(cells(model, recipe, dataset), max_size=4, unique_by=cell_key))
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
        cells=tuple(found),
    )
