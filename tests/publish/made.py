"""Small collections to publish."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from factory import portfolio, raced, result_file

from benchfolio.generator.collection import Collection
from benchfolio.generator.merge import merge
from benchfolio.generator.publish import Site, publish
from benchfolio.generator.render import Renderer
from benchfolio.results import ResultFile

SITE = Site(
    title="Validated <models>",
    author="The lab & friends",
    url="https://example.org/results/",
    pages={
        ("model", "digits-resnet"): "benchfolio/models/digits-resnet.html",
        ("platform", "lab-xeon"): "benchfolio/platforms/lab-xeon.html",
        ("page", "overview"): "benchfolio/index.html",
    },
)


def files() -> list[tuple[str, ResultFile]]:
    """Return two releases of three platforms; everything of the second was measured in turn."""
    return [(name, raced(file) if file.release == "2026.2" else file) for name, file in portfolio()]


def only(file: ResultFile, models: Iterable[str]) -> ResultFile:
    """Return a file with some of its models."""
    kept = set(models)
    return msgspec.structs.replace(
        file,
        models={name: one for name, one in file.models.items() if name in kept},
        artefacts={name: one for name, one in file.artefacts.items() if one.model in kept},
        cells=tuple(cell for cell in file.cells if cell.model in kept),
    )


def one_model() -> Collection:
    """Return one model on one platform, measured in turn."""
    return merge([("2026.2/lab-xeon.json", raced(only(result_file(), ["digits-resnet"])))])


def published(given: Sequence[tuple[str, ResultFile]], site: Site = SITE) -> dict[str, bytes]:
    """Return the published files of result files."""
    return publish(merge(given), site, Renderer())
