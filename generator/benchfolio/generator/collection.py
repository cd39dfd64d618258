"""All merged results as two frames, with fast look-ups by position."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from benchfolio.generator.executed import Executed
from benchfolio.generator.facets import COMPARED, MEASURED, RECIPE_FIELDS, evidence
from benchfolio.generator.formatting import date
from benchfolio.generator.frame import Frame
from benchfolio.generator.measured import Measured
from benchfolio.generator.paired import TwinPair
from benchfolio.generator.together import Together
from benchfolio.results import (
    METRICS,
    Artefact,
    Claim,
    Dataset,
    Limit,
    Metric,
    Model,
    Origin,
    Outcomes,
    Platform,
    Problem,
    Race,
    Recipe,
    Rounds,
    Verdict,
    release_order,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Positions = Sequence[int]
"""Positions of cells in ``Collection.cells``, ascending."""


class Section:
    """A part of one file or several equal ones: JSON, decoded when it is asked for."""

    def __init__(self, data: bytes, kind: object) -> None:
        self._data = data
        self._kind = kind

    def __repr__(self) -> str:
        return self._data.decode()

    @cached_property
    def content(self) -> Any:  # noqa: ANN401 - what ``columns.SECTIONS`` says of it
        """What it says."""
        return msgspec.json.decode(self._data, type=self._kind)


@dataclass(frozen=True, kw_only=True, eq=False)
class FileInfo:
    """What a result file says beside its cells; the long parts are decoded when asked for."""

    name: str
    release: str
    platform: Platform
    origin: Origin
    suite: str | None
    software: Mapping[str, str]
    acceptance: Mapping[str, Limit]
    sections: Mapping[str, Section]

    @property
    def artefacts(self) -> Mapping[str, Artefact]:
        """Artefacts by id."""
        found: Mapping[str, Artefact] = self.sections["artefacts"].content
        return found

    @property
    def models(self) -> Mapping[str, Model]:
        """Models by id, as this file describes them."""
        found: Mapping[str, Model] = self.sections["models"].content
        return found

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """Data sets by id, as this file describes them."""
        found: Mapping[str, Dataset] = self.sections["datasets"].content
        return found

    @property
    def races(self) -> Mapping[str, Race]:
        """Races by id."""
        found: Mapping[str, Race] = self.sections["races"].content
        return found

    @property
    def twins(self) -> tuple[TwinPair, ...]:
        """Baselines that ran a second time in their own race."""
        found: tuple[TwinPair, ...] = self.sections["twins"].content
        return found


class Spelling(msgspec.Struct, frozen=True, order=True):
    """A name that a file gives to a model or platform."""

    kind: str
    id: str
    name: str
    file: str


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is described once and named by cells; newest release wins."""

    files: tuple[FileInfo, ...]
    models: Mapping[str, Model]
    datasets: Mapping[str, Dataset]
    recipes: Mapping[str, Recipe]
    platforms: Mapping[str, Platform]
    metrics: Mapping[str, Metric] = METRICS

    @property
    def spellings(self) -> tuple[Spelling, ...]:
        """Every name that any file gives to a model or platform, sorted."""
        found = [
            Spelling("model", id_, model.name, info.name)
            for info in self.files
            for id_, model in info.models.items()
        ]
        found += [
            Spelling("platform", info.platform.id, info.platform.label, info.name)
            for info in self.files
        ]
        return tuple(sorted(found))


class Collection:
    """All results, one per key, in an order that does not depend on the order of files.

    Attributes:
        cell_columns: One row per planned cell; see ``columns.CELL_COLUMNS``.
        value_columns: One row per measured value, sorted by cell and metric: ``cell`` (position
            in ``cells``), ``metric``, ``value``, ``unit``, ``low``, ``high``, ``confidence``,
            ``method``, ``n``, ``spread``, ``definition``, ``printed``, and the derived columns
            of ``derive.derived``, which know nothing of rounds and samples: ``measured`` does.
        catalogue: Models, data sets, recipes, platforms and files.
        findings: Conflicts between files.
        newest: The newest release of each platform.
    """

    def __init__(
        self,
        cells: Frame,
        values: Frame,
        catalogue: Catalogue,
        findings: Sequence[Problem] = (),
    ) -> None:
        self.cell_columns = cells
        self.value_columns = values
        self.catalogue = catalogue
        self.findings = tuple(findings)
        self._cells = Frame(dict(cells.arrays), dict(cells.categories), cells.objects)
        self._values = values
        self._keys = _value_keys(self._values)
        self._metrics_of: dict[str, tuple[str, ...]] | None = None
        self._scenarios_of: dict[str, frozenset[str]] = {}
        self._groups: dict[str, dict[str, NDArray[np.int64]]] = {}
        self._measured: dict[str, dict[int, Measured | None]] = {}  # of newest releases
        self._add_facets()
        self.newest = newest_releases((info.release, info.platform.id) for info in catalogue.files)

    def __len__(self) -> int:
        return len(self._cells)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The cells for pandas, all objects decoded; costs far more than ``cell_columns``."""
        return self.cell_columns.data_frame()

    @cached_property
    def values(self) -> pd.DataFrame:
        """The values for pandas."""
        return self.value_columns.data_frame()

    @property
    def models(self) -> Mapping[str, Model]:
        """Models by id."""
        return self.catalogue.models

    @property
    def platforms(self) -> Mapping[str, Platform]:
        """Platforms by id, as described in their newest release."""
        return self.catalogue.platforms

    @cached_property
    def machines(self) -> Mapping[str, Platform]:
        """Platforms that are machines: they have results, and something is known of them.

        Publications that name no machine have a place holder instead.
        """
        used = set(self._cells.categories["platform"])
        files = self.catalogue.files
        ours = {info.platform.id for info in files if info.origin.kind in MEASURED}
        return {
            id_: platform
            for id_, platform in self.platforms.items()
            if id_ in used and (id_ in ours or _is_described(platform))
        }

    @property
    def datasets(self) -> Mapping[str, Dataset]:
        """Data sets by id."""
        return self.catalogue.datasets

    @property
    def recipes(self) -> Mapping[str, Recipe]:
        """Recipes by id."""
        return self.catalogue.recipes

    @property
    def releases(self) -> tuple[str, ...]:
        """All releases, oldest first."""
        return tuple(sorted({info.release for info in self.catalogue.files}, key=release_order))

    def metric(self, id_: str) -> Metric:
        """Return the definition of a metric that occurs in the results.

        Raises:
            KeyError: Nobody has defined it.
        """
        return self.catalogue.metrics[id_]

    def metric_ids(self) -> tuple[str, ...]:
        """Return the ids of all metrics that have values, in the order of the registry."""
        present = set(self._values.categories["metric"])
        known = [name for name in self.catalogue.metrics if name in present]
        return tuple(known)

    def select(
        self,
        where: Mapping[str, Iterable[str]] | None = None,
        *,
        releases: str | Iterable[str] = "newest",
    ) -> list[int]:
        """Return the positions of the cells that match, ascending.

        Args:
            where: Accepted values by column; a cell must match in every column.
            releases: ``newest`` (of each platform), ``all``, or the releases wanted.

        Raises:
            KeyError: There is no such column.
        """
        conditions = {name: list(wanted) for name, wanted in (where or {}).items()}
        found = self._start(conditions)
        for name, wanted in conditions.items():
            found = found[self._cells.matches(name, wanted, found)]
        if releases == "newest":
            found = found[self._is_newest[found]]
        elif releases != "all":
            wanted = [releases] if isinstance(releases, str) else list(releases)
            found = found[self._cells.matches("release", wanted, found)]
        result: list[int] = found.tolist()
        return result

    def column(self, name: str, at: Positions) -> list[Any]:
        """Return one column of ``cells`` at some positions, as plain Python values."""
        return self._cells.take(name, at)

    def text(self, name: str, cell: int) -> str:
        """Return a text column at one position."""
        texts = self._cells.categories[name]
        return texts[int(self._cells.arrays[name].item(cell))]

    def is_original(self, cell: int) -> bool:
        """Tell whether a cell is of a model as it came, in FP32."""
        return bool(self._are_original[cell])

    @cached_property
    def _are_original(self) -> bytes:
        """Whether each cell is of an original: a byte for each costs less to look up in."""
        cells = self._cells
        found = cells.equals("precision", "FP32") & cells.equals("method", "original")
        return found.tobytes()

    def started(self, cell: int) -> float | None:
        """Return when a cell was started, in seconds since 1970."""
        seconds: float = self._cells.arrays["started"].item(cell)
        return None if math.isnan(seconds) else seconds

    def measured(self, metric: str, at: Positions) -> dict[int, Measured]:
        """Return one metric by position of the cell; cells without it are left out.

        Gains of cells that were measured in turn come from their rounds, and drops of cells with
        outcomes of the same samples have the interval that pairs these.
        """
        number = self._values.number("metric", metric)
        if number is None or not len(at):
            return {}
        known = self._measured.setdefault(metric, {})
        missing = [cell for cell in at if cell not in known] if known else at
        found = self._measure(metric, number, missing) if len(missing) else {}
        kept = {cell: found.get(cell) for cell in missing if self._is_newest[cell]}
        known |= kept
        every = ((cell, known.get(cell) or found.get(cell)) for cell in at)
        return {cell: one for cell, one in every if one is not None}

    def _measure(self, metric: str, number: int, at: Positions) -> dict[int, Measured]:
        wanted = np.asarray(at, dtype=np.int64) * self._metric_count + number
        found = np.searchsorted(self._keys, wanted)
        found = np.minimum(found, len(self._keys) - 1)
        rows = found[self._keys[found] == wanted]
        columns = {name: self._values.take(name, rows) for name in _COLUMNS}
        cells = columns["cell"]
        if not self._has_more:
            return dict(zip(cells, map(Measured, *columns.values()), strict=True))
        unrest = self.together.unrest(metric, cells, columns["baseline"])
        made = map(Measured, *columns.values(), *map(repeat, _UNPAIRED), *unrest)
        return dict(zip(cells, self.together.better(list(made)), strict=True))

    def verdict(self, cell: int) -> Verdict | None:
        """Return what is said of the machine while a cell was measured."""
        found: Verdict | None = self._object("verdict", cell)
        return found

    def rounds(self, cell: int) -> Rounds | None:
        """Return what a cell did in each round of its race."""
        found: Rounds | None = self._object("rounds", cell)
        return found

    def outcomes(self, cell: int) -> Mapping[str, Outcomes]:
        """Return how each sample came out, by metric."""
        found: Mapping[str, Outcomes] = self._object("outcomes", cell)
        return found

    def race(self, cell: int) -> Race | None:
        """Return the race that a cell took part in."""
        rounds = self.rounds(cell)
        return None if rounds is None else self.file_of(cell).races.get(rounds.race)

    @cached_property
    def together(self) -> Together:
        """What cells owe to having been measured together."""
        return Together(self)

    @cached_property
    def executed(self) -> Executed:
        """What files really ran in."""
        return Executed(self)

    def _object(self, name: str, cell: int) -> Any:  # noqa: ANN401 - of another type in each
        return self._cells.objects[name][self._cells.arrays[name].item(cell)]

    @cached_property
    def _has_more(self) -> bool:
        """Whether anything is known of rounds, samples or the machine."""
        return any(self._cells.arrays[name].any() for name in ("rounds", "outcomes", "verdict"))

    def metrics_of(self, model: str) -> tuple[str, ...]:
        """Return the metrics that a model has values or published claims of, in registry order."""
        if self._metrics_of is None:
            self._metrics_of = self._find_metrics()
        return self._metrics_of.get(model, ())

    def scenarios_of(self, metric: str) -> frozenset[str]:
        """Return the scenarios in which a metric is measured anywhere in these results."""
        if metric not in self._scenarios_of:
            number = self._values.number("metric", metric)
            cells = self._values.arrays["cell"][self._values.arrays["metric"] == number]
            codes = np.unique(self._cells.arrays["scenario"][cells])
            names = self._cells.categories["scenario"]
            self._scenarios_of[metric] = frozenset(names[code] for code in codes.tolist())
        return self._scenarios_of[metric]

    def claims(self, cell: int) -> tuple[Claim, ...]:
        """Return the derived figures that a publication states for a cell."""
        found: tuple[Claim, ...] = self._object("claims", cell)
        return found

    def texts(self, name: str) -> list[str]:
        """Return all values of a text column of ``cells``, sorted."""
        if name in self._cells.categories:
            return list(self._cells.categories[name])
        return sorted({str(value) for value in self._cells.arrays[name].tolist()})

    def _add_facets(self) -> None:
        """Add the columns that follow from others; see ``facets``."""
        recipes = [self.recipes.get(id_) for id_ in self._cells.categories["recipe"]]
        for name, read in RECIPE_FIELDS.items():
            texts = [read(recipe) if recipe else "" for recipe in recipes]
            self._cells.add(name, texts, self._cells.arrays["recipe"])
        titles = [
            info.origin.publication.title if info.origin.publication else ""
            for info in self.catalogue.files
        ]
        self._cells.add("publication", titles, self._cells.arrays["file"])
        valued = np.zeros(len(self), dtype=np.bool_)
        valued[self._values.arrays["cell"]] = True
        claims = self._cells.arrays["claims"] != 0
        words = [evidence(has, claim) for has in (False, True) for claim in (False, True)]
        self._cells.add("evidence", words, 2 * valued.astype(np.int64) + claims)
        base = self._cells.arrays["baseline"]
        own = base == np.arange(len(self))
        place = np.where(own, 0, np.where(base >= 0, 1, np.where(base == -1, 2, 3)))
        self._cells.add("compared", COMPARED, place)

    def _find_metrics(self) -> dict[str, tuple[str, ...]]:
        models, metrics = self._cells.categories["model"], self._values.categories["metric"]
        codes = self._cells.arrays["model"][self._values.arrays["cell"]].astype(np.int64)
        pairs = np.unique(codes * self._metric_count + self._values.arrays["metric"])
        found: dict[str, set[str]] = {}
        for pair in pairs.tolist():
            model, metric = divmod(pair, self._metric_count)
            found.setdefault(models[model], set()).add(metrics[metric])
        for cell in np.flatnonzero(self._cells.arrays["claims"]).tolist():
            model = models[self._cells.arrays["model"][cell]]
            found.setdefault(model, set()).update(claim.metric for claim in self.claims(cell))
        rank = {name: number for number, name in enumerate(self.catalogue.metrics)}
        return {
            model: tuple(sorted(names, key=lambda name: (rank.get(name, len(rank)), name)))
            for model, names in found.items()
        }

    def file_of(self, cell: int) -> FileInfo:
        """Return the file a cell comes from."""
        return self.catalogue.files[int(self._cells.arrays["file"].item(cell))]

    def tested(self, cell: int) -> str:
        """Return the day on which a cell was measured, or says its publication; may be empty."""
        seconds = self.started(cell)
        if seconds is not None:
            return _day(seconds // _DAY)
        publication = self.file_of(cell).origin.publication
        return (publication.tested or "") if publication else ""

    def limit(self, cell: int) -> Limit | None:
        """Return the acceptance limit that the cell's file states for its task."""
        return self.file_of(cell).acceptance.get(self.text("task", cell))

    @property
    def _metric_count(self) -> int:
        return max(1, len(self._values.categories["metric"]))

    def _start(self, conditions: dict[str, list[str]]) -> NDArray[np.int64]:
        """Return a superset to search in: one model's or platform's cells where one is named."""
        for name in ("model", "platform"):
            wanted = conditions.get(name)
            if wanted is not None and len(wanted) == 1:
                del conditions[name]
                return self._group(name).get(wanted[0], np.empty(0, dtype=np.int64))
        return np.arange(len(self), dtype=np.int64)

    def _group(self, name: str) -> dict[str, NDArray[np.int64]]:
        if name not in self._groups:
            codes = self._cells.arrays[name]
            order = np.argsort(codes, kind="stable").astype(np.int64)
            categories = self._cells.categories[name]
            edges = np.searchsorted(codes[order], np.arange(len(categories) + 1))
            self._groups[name] = {
                text: order[edges[i] : edges[i + 1]] for i, text in enumerate(categories)
            }
        return self._groups[name]

    @cached_property
    def _is_newest(self) -> NDArray[np.bool_]:
        """Whether each cell is of its platform's newest release."""
        rank = {release: at for at, release in enumerate(self._cells.categories["release"])}
        platforms = self._cells.categories["platform"]
        wanted = np.array([rank[self.newest[name]] for name in platforms], dtype=np.int64)
        newest: NDArray[np.bool_] = np.equal(
            wanted[self._cells.arrays["platform"]], self._cells.arrays["release"]
        )
        return newest


_DAY = 86_400.0
"""Seconds of a day."""

_COLUMNS = Measured.__struct_fields__[: Measured.__struct_fields__.index("gain_high") + 1]
"""What a value takes from the frame as it is: its first fields, in their order."""

_UNPAIRED = Measured.__struct_defaults__[:4]
"""What the next fields say of a value until its rounds and samples are looked at."""


@lru_cache(maxsize=1024)  # few days, each of thousands of cells
def _day(number: float) -> str:
    return date(number * _DAY)


def _is_described(platform: Platform) -> bool:
    """Tell whether anything is known of a platform but its name."""
    bare = Platform(id=platform.id, label=platform.label, note=platform.note)
    return platform != bare


def _value_keys(values: Frame) -> NDArray[np.int64]:
    count = max(1, len(values.categories["metric"]))
    keys: NDArray[np.int64] = values.arrays["cell"].astype(np.int64) * count
    keys += values.arrays["metric"]
    return keys


def newest_releases(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the newest release of each platform from (release, platform) pairs."""
    newest: dict[str, str] = {}
    for release, platform in pairs:
        known = newest.get(platform)
        if known is None or release_order(release) > release_order(known):
            newest[platform] = release
    return newest
