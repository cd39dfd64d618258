"""Documents of the static API. Their docstrings are the descriptions in its JSON Schema.

What is empty or not known is left out of a document; a reader treats a key that is not there as
``null``. New keys may appear within a version; a key never changes its meaning.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from benchfolio.results import (
    Artefact,
    Calm,
    Claim,
    Dataset,
    Direction,
    Interval,
    Limit,
    Metric,
    Model,
    Origin,
    Platform,
    Published,
    Recipe,
    Share,
    State,
    Verdict,
)

API = 1
"""Version of the API; raised only when an old reader would misunderstand a document."""

FOLDER = f"api/v{API}"
"""Where the API is within a site."""

Scalar = bool | int | float | str | None


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of everything in a document: immutable; what is empty is left out."""


class Reference(Part, frozen=True, kw_only=True):
    """Something that has a document of its own.

    Attributes:
        id: Its id.
        label: As readers know it.
        path: Its document, from the root of the site.
        page: Its page, from the root of the site; absent where it has none.
    """

    id: str
    label: str
    path: str
    page: str | None = None


class MeasurementsReference(Part, frozen=True, kw_only=True):
    """The cells of one platform for one release.

    Attributes:
        release: Id of the release.
        platform: Id of the platform.
        path: The document with the cells, from the root of the site.
        cells: Number of cells in it.
        values: Number of values in it.
        newest: Whether this is the newest release of the platform.
    """

    release: str
    platform: str
    path: str
    cells: int
    values: int
    newest: bool = False


class BadgeReference(Part, frozen=True, kw_only=True):
    """The badge of a model.

    Attributes:
        model: Id of the model.
        message: What the badge says.
        svg: The drawing, from the root of the site.
        endpoint: The same for shields.io, from the root of the site.
    """

    model: str
    message: str
    svg: str
    endpoint: str


class Schemas(Part, frozen=True, kw_only=True):
    """JSON Schema (draft 2020-12) of every kind of document, from the root of the site."""

    index: str
    release: str
    model: str
    platform: str
    dataset: str
    runtime: str
    measurements: str
    metrics: str
    recipes: str
    results: str


class Index(Part, frozen=True, kw_only=True):
    """What there is. Begin here.

    Attributes:
        api: Version of this API.
        contract: Version of the result file.
        title: Title of the site.
        site: Absolute address of the site's root; absent where it is not known.
        releases: Releases, newest first.
        models: Models by id.
        platforms: Platforms by id; one that is no machine stands for a publication that names none.
        datasets: Data sets by id.
        runtimes: Runtimes by id.
        measurements: All cells, one document for each release and platform.
        metrics: Definitions of all metrics, from the root of the site.
        recipes: All recipes, from the root of the site.
        schemas: JSON Schema of the documents.
        parquet: Everything in one table; absent where it was not written.
        feed: Atom feed of releases.
        badges: Badges of models that were measured.
    """

    api: int
    contract: int
    title: str
    site: str | None = None
    releases: tuple[Reference, ...] = ()
    models: tuple[Reference, ...] = ()
    platforms: tuple[Reference, ...] = ()
    datasets: tuple[Reference, ...] = ()
    runtimes: tuple[Reference, ...] = ()
    measurements: tuple[MeasurementsReference, ...] = ()
    metrics: str
    recipes: str
    schemas: Schemas
    parquet: str | None = None
    feed: str
    badges: tuple[BadgeReference, ...] = ()


class Metrics(Part, frozen=True, kw_only=True):
    """Definitions of all metrics that have values or published claims, by id."""

    api: int
    metrics: dict[str, Metric]


class Recipes(Part, frozen=True, kw_only=True):
    """How artefacts were made, by the recipe's id."""

    api: int
    recipes: dict[str, Recipe]


class Key(Part, frozen=True, kw_only=True):
    """Everything that, with release and platform, makes two values comparable.

    Attributes:
        load: Instances, cores, batch, streams and requests, as 1s4c8ins1bs.
        form: Source form of the model where it distinguishes.
    """

    model: str
    dataset: str | None = None
    form: str | None = None
    scenario: str
    precision: str
    recipe: str
    runtime: str
    runtime_version: str | None = None
    device: str
    batch: int
    shape: str | None = None
    load: str


class Derived(Part, frozen=True):
    """A figure that follows from a value and its baseline.

    Attributes:
        value: The figure.
        low: Lower end of its 95 % interval.
        high: Upper end of its 95 % interval.
        method: How the interval was computed.
        n: Rounds, samples or resamples over which it is paired; absent where both sides count as
            independent.
    """

    value: float
    low: float | None = None
    high: float | None = None
    method: str | None = None
    n: int | None = None


class Refusal(Part, frozen=True, kw_only=True):
    """Why nothing is derived from a value.

    Attributes:
        code: Stable word for programs.
        reason: The same for people.
    """

    code: str
    reason: str


class Value(Part, frozen=True):
    """One value of one metric, and what follows from it.

    Attributes:
        value: The value, in its unit.
        unit: % of an accuracy is points of 0–100.
        direction: Whether higher or lower is better.
        n: Samples or requests behind it.
        interval: Confidence interval of the value.
        spread: Interquartile range of the samples, same unit.
        definition: What exactly was computed, where a metric leaves a choice.
        printed: As printed, character for character, for transcribed figures.
        is_baseline: Others are compared with this one; nothing is derived from it.
        change: Candidate − baseline, in the unit of the value (points for %).
        relative: (Candidate − baseline) / |baseline|.
        drop: Loss of quality, positive when worse, whatever the direction.
        gain: Ratio that is above 1 when better: candidate / baseline where higher is better.
        within_noise: The gain may not be called one: the noise of the machine could have given it.
        undetectable: Paired samples show neither a loss nor a win of quality.
        noise_floor: Relative distance from 1 below which nothing is called a gain on this platform
            for this release; absent where no baseline ran against itself.
        calm: How far the machine let the value and its baseline alone, the worse of both.
        refusal: Why nothing is derived.
    """

    value: float
    unit: str
    direction: Direction
    n: int | None = None
    interval: Interval | None = None
    spread: float | None = None
    definition: str | None = None
    printed: str | None = None
    is_baseline: bool = False
    change: Derived | None = None
    relative: Derived | None = None
    drop: Derived | None = None
    gain: Derived | None = None
    within_noise: bool = False
    undetectable: bool = False
    noise_floor: float | None = None
    calm: Calm | None = None
    refusal: Refusal | None = None


class File(Part, frozen=True, kw_only=True):
    """An artefact that ran.

    Attributes:
        id: Id of the artefact in its result file.
        format: onnx, ir, onnx-qdq, …
        sha256: Hash of the file.
        bytes: Its size.
    """

    id: str
    format: str
    sha256: str | None = None
    bytes: int | None = None


class Cell(Part, frozen=True):
    """One planned measurement and what became of it.

    Attributes:
        anchor: The same in every build; a hash of release, platform and key.
        permalink: The page of its model, from the root of the site, with its anchor; the page opens
            at its top where it does not show the cell. Absent where there is no page.
        id: As typed after ``benchfolio run --only``.
        key: What makes it comparable.
        task: Task family of the model.
        state: How it ended; exactly one of the states.
        reason: Why it is not ok, in the engine's words.
        note: What its file remarks.
        values: Values by metric.
        claims: Derived figures as a publication states them; ours are in ``values``.
        published: Where in a publication it stands.
        acceptance: What is said of its format: baseline, acceptable, over the limit, not judged.
        verdict: How far the machine left it alone.
        baseline: Anchor of the cell it is compared with.
        artefact: The file that ran.
        executed: What the layers really ran in, by precision.
        settings: Engine settings as they really were.
        race: The race in which it was measured in turn with others.
        origin: Where the figures come from.
        file: Name of the result file.
        started: When it was started, UTC.
        seconds: Wall time it took.
        command: The command that measured it.
        verify: The line to type to measure it again and compare.
    """

    anchor: str
    id: str
    key: Key
    state: State
    origin: Origin
    file: str
    permalink: str | None = None
    task: str | None = None
    reason: str | None = None
    note: str | None = None
    values: dict[str, Value] = {}
    claims: tuple[Claim, ...] = ()
    published: Published | None = None
    acceptance: Literal["baseline", "acceptable", "over the limit", "not judged"] | None = None
    verdict: Verdict | None = None
    baseline: str | None = None
    artefact: File | None = None
    executed: dict[str, Share] = {}
    settings: dict[str, Scalar] = {}
    race: str | None = None
    started: str | None = None
    seconds: float | None = None
    command: str | None = None
    verify: str | None = None


class Measurements(Part, frozen=True, kw_only=True):
    """All cells of one platform for one release.

    Attributes:
        api: Version of this API.
        release: Id of the release.
        platform: Id of the platform.
        cells: In the order of their keys.
    """

    api: int
    release: str
    platform: str
    cells: tuple[Cell, ...]


class Where(Part, frozen=True, kw_only=True):
    """A release and platform in which something has cells.

    Attributes:
        release: Id of the release.
        platform: Id of the platform.
        cells: How many it has there.
        path: The document with them, from the root of the site.
    """

    release: str
    platform: str
    cells: int
    path: str


class ModelDocument(Part, frozen=True, kw_only=True):
    """A model.

    Attributes:
        api: Version of this API.
        id: Its id.
        page: Its page, from the root of the site.
        model: As described in the newest release.
        metrics: Metrics that it has values or published claims of.
        badge: Its badge; absent where nothing of it was measured.
        artefacts: The files that ran, by release, platform and id.
        measured: Where its cells are.
    """

    api: int
    id: str
    page: str | None = None
    model: Model
    metrics: tuple[str, ...] = ()
    badge: BadgeReference | None = None
    artefacts: dict[str, dict[str, dict[str, Artefact]]] = {}
    measured: tuple[Where, ...] = ()


class PlatformRelease(Part, frozen=True, kw_only=True):
    """What one platform has for one release.

    Attributes:
        release: Id of the release.
        path: The document with its cells, from the root of the site.
        states: Number of cells by state.
        files: Result files.
        software: Versions by result file.
        acceptance: Acceptance limits by task.
        noise_floor: Relative distance from 1 below which nothing is called a gain.
    """

    release: str
    path: str
    states: dict[str, int]
    files: tuple[str, ...]
    software: dict[str, dict[str, str]] = {}
    acceptance: dict[str, Limit] = {}
    noise_floor: float | None = None


class PlatformDocument(Part, frozen=True, kw_only=True):
    """A platform.

    Attributes:
        api: Version of this API.
        id: Its id.
        page: Its page, from the root of the site.
        platform: As described in its newest release.
        releases: What it has, newest release first.
    """

    api: int
    id: str
    page: str | None = None
    platform: Platform
    releases: tuple[PlatformRelease, ...] = ()


class DatasetDocument(Part, frozen=True, kw_only=True):
    """A data set.

    Attributes:
        api: Version of this API.
        id: Its id.
        page: Its page, from the root of the site.
        dataset: As described in the newest release.
        models: Ids of the models that were measured on it.
        measured: Where the cells are.
    """

    api: int
    id: str
    page: str | None = None
    dataset: Dataset
    models: tuple[str, ...] = ()
    measured: tuple[Where, ...] = ()


class RuntimeDocument(Part, frozen=True, kw_only=True):
    """A runtime.

    Attributes:
        api: Version of this API.
        id: Its id.
        label: As its makers write it.
        page: Its page, from the root of the site.
        versions: Versions that cells state.
        devices: Devices or execution providers that cells state.
        models: Ids of the models that were planned on it.
        measured: Where the cells are.
    """

    api: int
    id: str
    label: str
    page: str | None = None
    versions: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    measured: tuple[Where, ...] = ()


class Best(Part, frozen=True, kw_only=True):
    """An acceptable format whose gain is beyond the noise.

    Attributes:
        metric: What the gain is of.
        gain: Over FP32 of the same runtime on the same platform.
        text: The same in a sentence.
        anchor: Of the cell that it is measured in.
    """

    model: str
    platform: str
    runtime: str
    device: str
    precision: str
    recipe: str
    metric: str
    gain: Derived
    text: str
    anchor: str


class ReleaseDocument(Part, frozen=True, kw_only=True):
    """A release.

    Attributes:
        api: Version of this API.
        id: Its id.
        page: Its page, from the root of the site.
        updated: The newest date among its figures, UTC; absent where none has any.
        before: The release before it.
        states: Number of cells by state.
        models: Ids of models with cells in it.
        new_models: Those that no earlier release has.
        new_platforms: Ids of platforms that no earlier release has.
        new_runtimes: Runtimes with their versions that no earlier release has.
        best: The largest gain of each model that is acceptable and beyond the noise.
        measured: Its cells, by platform.
    """

    api: int
    id: str
    page: str | None = None
    updated: str | None = None
    before: str | None = None
    states: dict[str, int]
    models: tuple[str, ...] = ()
    new_models: tuple[str, ...] = ()
    new_platforms: tuple[str, ...] = ()
    new_runtimes: tuple[str, ...] = ()
    best: tuple[Best, ...] = ()
    measured: tuple[Where, ...] = ()
