"""Where documents stand, from the root of a site."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchfolio.generator.collection import Collection
from benchfolio.generator.publish.types import FOLDER, Schemas, Where
from benchfolio.results import release_order

INDEX = f"{FOLDER}/index.json"
METRICS = f"{FOLDER}/metrics.json"
RECIPES = f"{FOLDER}/recipes.json"
PARQUET = f"{FOLDER}/measurements.parquet"
FEED = "feed.xml"

SCHEMAS = Schemas(
    **{name: f"{FOLDER}/schema/{name}.json" for name in Schemas.__struct_fields__},
)


def document_path(kind: str, id_: str) -> str:
    """Return the place of the document of a release, model, platform, data set or runtime.

    Ids are safe as file names by the contract.
    """
    return f"{FOLDER}/{kind}s/{id_}.json"


def measurements_path(release: str, platform: str) -> str:
    """Return the place of the cells of one platform for one release."""
    return f"{FOLDER}/measurements/{release}/{platform}.json"


def badge_path(model: str, suffix: str) -> str:
    """Return the place of a model's badge; suffix ``svg`` or ``json``."""
    return f"badges/{model}.{suffix}"


def places(collection: Collection, cells: Sequence[int]) -> tuple[Where, ...]:
    """Return in which releases and platforms cells are, newest release first."""
    counts = _counts(collection, cells)
    ordered = sorted(sorted(counts), key=lambda pair: release_order(pair[0]), reverse=True)
    return tuple(
        Where(
            release=release,
            platform=platform,
            cells=counts[release, platform],
            path=measurements_path(release, platform),
        )
        for release, platform in ordered
    )


def _counts(collection: Collection, cells: Sequence[int]) -> dict[tuple[str, str], int]:
    """Return the number of cells by release and platform."""
    frame, at = collection.cell_columns, np.asarray(cells, dtype=np.int64)
    releases, platforms = (frame.categories[name] for name in ("release", "platform"))
    codes = frame.arrays["release"][at].astype(np.int64) * len(platforms)
    found, counts = np.unique(codes + frame.arrays["platform"][at], return_counts=True)
    pairs = (divmod(code, len(platforms)) for code in found.tolist())
    names = ((releases[release], platforms[platform]) for release, platform in pairs)
    return dict(zip(names, counts.tolist(), strict=True))
