"""What the scripts of Compare and Chooser work on: names as numbers, rows as arrays.

Python and the scripts compute from these same figures by the same rules; a test holds them equal.
Rows are written as arrays, in the order of their attributes. Names, units, reasons and hashes are
numbers into lists of ``Head``.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from benchfolio.generator.explore.rows import Rows

PLACE_FIELDS = (
    "platform",
    "release",
    "runtime",
    "runtime_version",
    "device",
    "dataset",
    "form",
    "batch",
    "shape",
    "load",
    "task",
    "origin",
)
"""What many cells have in common: a place is one number for each of these."""

CELL_FIELDS = ("model", "scenario", "precision", "recipe")
"""What a cell says of itself beside its place."""

FACETS = ("release", "platform", "runtime", "precision", "recipe")
"""What two sides may differ in."""


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What a metric is: ``ratio`` tells whether two values are divided or subtracted,
    ``timed`` whether unrest of a machine spoils it, ``exact`` that there is no noise in it.
    """

    id: str
    label: str
    higher: bool
    ratio: bool
    timed: bool
    exact: bool
    decimals: int
    scenarios: tuple[int, ...]


class Cell(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One planned cell; ``newest`` where it is of its platform's newest release."""

    model: int
    scenario: int
    precision: int
    recipe: int
    place: int
    state: int
    reason: int
    calm: int
    data: int
    artefact: int
    newest: bool
    anchor: str


class Value(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One value of a cell; ``n`` is -1 where it is not known."""

    cell: int
    metric: int
    value: float
    low: float | None
    high: float | None
    n: int
    unit: int
    definition: int
    misplaced: bool


class Paired(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one cell gains, or loses, against an earlier one, measured together with it."""

    metric: int
    one: int
    other: int
    value: float
    low: float | None
    high: float | None
    n: int


class Loss(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Drop of quality against FP32; ``paired`` where it is of the same samples."""

    cell: int
    metric: int
    drop: float
    low: float | None
    high: float | None
    paired: bool


class Speed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A speed and its gain over FP32; ``noise`` where noise alone could have given it."""

    cell: int
    metric: int
    gain: float | None
    low: float | None
    high: float | None
    noise: bool
    usable: bool


class Allowed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An acceptance limit."""

    metric: int
    most: float


class Choice(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A format that may be chosen: a cell that names it, its loss, its speeds.

    ``why`` says why its loss is not known, ``slow`` why no speed is.
    """

    cell: int
    baseline: bool
    loss: Loss | None
    limit: Allowed | None
    why: int
    slow: int
    speeds: tuple[Speed, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Cells of some models with all that belongs to them."""

    cells: Rows[Cell]
    values: Rows[Value]
    gains: tuple[Paired, ...]
    drops: tuple[Paired, ...]
    choices: tuple[Choice, ...]


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What all parts refer to.

    Attributes:
        names: By field: id and label of each name, in the order of their numbers.
        originals: For each recipe, whether it changes nothing.
        tasks: For each model, the number of its task.
        metrics: All metrics that have values.
        places: Numbers by ``PLACE_FIELDS``.
        floors: The noise floor at each place; ``None`` where no baseline ran against itself.
        texts: States, reasons, units, definitions, verdicts of calm, hashes.
        choosable: Models that have a format to choose.
        hosts: Platforms that have one, each with the first model that was measured there.
        parts: For each part, the models in it.
        pages: By field, the address of each name's page from the root of the site; may be empty.
    """

    names: Mapping[str, tuple[tuple[str, str], ...]]
    originals: tuple[bool, ...]
    tasks: tuple[int, ...]
    metrics: tuple[Shared, ...]
    places: tuple[tuple[int, ...], ...]
    floors: tuple[float | None, ...]
    texts: tuple[str, ...]
    choosable: tuple[int, ...] = ()
    hosts: tuple[tuple[int, int], ...] = ()
    parts: tuple[tuple[int, ...], ...] = ()
    pages: Mapping[str, tuple[str, ...]] = {}


class Explored(msgspec.Struct, frozen=True, kw_only=True):
    """Everything: what is shared, and one part with all cells."""

    head: Head
    part: Part
