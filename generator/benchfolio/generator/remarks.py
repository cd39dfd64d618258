"""What a reader must keep in mind on a page: a template, given what is true of its figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import jinja2

from benchfolio.generator.collection import Collection
from benchfolio.generator.definitions import packaged
from benchfolio.generator.facets import MEASURED
from benchfolio.generator.formatting import clean
from benchfolio.generator.origins import publications
from benchfolio.generator.paired import RACED
from benchfolio.results import BadInput, Platform, Problem

TEMPLATE = "remarks.txt.jinja"


def remarks(
    collection: Collection,
    cells: Sequence[int],
    platform: Platform,
    templates: Sequence[Path] = (),
) -> str:
    """Return the remarks on the figures of some cells of one platform, as plain paragraphs.

    Args:
        collection: The results.
        cells: What the page shows.
        platform: The machine.
        templates: Folders of a project's own templates; the last one wins.
    """
    kinds = collection.column("origin", cells)
    imported = [cell for cell, kind in zip(cells, kinds, strict=True) if kind == "imported"]
    taken = [cell for cell, kind in zip(cells, kinds, strict=True) if kind == "transcribed"]
    days = sorted({collection.tested(cell) for cell in cells} - {""})
    system = platform.system
    try:
        return (
            _template(tuple(templates))
            .render(
                as_of=days[-1] if days else "",
                measured=any(kind in MEASURED for kind in kinds),
                in_turn=any(collection.rounds(cell) is not None for cell in cells),
                separate=_has_separate(collection, cells),
                floor=_floor(collection, platform.id),
                imported=_tools(collection, imported),
                transcribed=publications(collection, taken),
                virtual=clean(system.hypervisor or system.container or ""),
                note=clean(platform.note or ""),
            )
            .strip()
        )
    except jinja2.TemplateError as error:
        raise BadInput(
            Problem(
                where=TEMPLATE,
                what="this template cannot be used",
                expected="a template that is given what README.md beside ours lists",
                got=error.message or type(error).__name__,
                remedy="correct your template, or remove it to use ours",
            )
        ) from error


@lru_cache(maxsize=8)
def _template(folders: tuple[Path, ...]) -> jinja2.Template:
    searched = [str(folder) for folder in (*reversed(folders), packaged().parent)]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(searched),
        # Plain text: whoever writes HTML escapes it, as every other text of a view.
        autoescape=False,  # noqa: S701
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE)


def _has_separate(collection: Collection, cells: Sequence[int]) -> bool:
    """Tell whether a speed was measured that was not measured in turn with its baseline."""
    names = ("origin", "scenario", "state")
    columns = (collection.column(name, cells) for name in names)
    return any(
        origin in MEASURED and scenario in RACED.values() and state == "ok"
        for cell, origin, scenario, state in zip(cells, *columns, strict=True)
        if collection.rounds(cell) is None
    )


def _floor(collection: Collection, platform: str) -> str:
    """Return the noise floor in per cent as text; empty where no baseline ran against itself."""
    newest = collection.newest.get(platform)
    floor = None if newest is None else collection.together.noise_floor(platform, newest)
    return "" if floor is None else f"{100 * floor:.1f}"


def _tools(collection: Collection, cells: Sequence[int]) -> list[str]:
    """Name the tools that imported figures come from."""
    files = {collection.file_of(cell).name: collection.file_of(cell).origin for cell in cells}
    return sorted({clean(origin.tool or "a tool that is not named") for origin in files.values()})
