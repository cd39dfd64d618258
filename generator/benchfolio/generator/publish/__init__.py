"""Files for programs beside the pages of a site: results in, path → bytes out, nothing written.

The static API (``types``), the same as one Parquet table, an Atom feed of releases, and badges.
The same input gives the same bytes; no file knows when or where it was made.
"""

from __future__ import annotations

from benchfolio.generator.collection import Collection
from benchfolio.generator.publish.badges import badge_part
from benchfolio.generator.publish.parquet import as_parquet, is_available
from benchfolio.generator.publish.planning import Before, Document, plan
from benchfolio.generator.publish.site import Site
from benchfolio.generator.render import Renderer

__all__ = [
    "Before",
    "Document",
    "Site",
    "as_parquet",
    "badge_part",
    "is_available",
    "plan",
    "publish",
]


def publish(collection: Collection, site: Site, renderer: Renderer) -> dict[str, bytes]:
    """Return every file for programs by its path from the root of the site, sorted.

    Args:
        collection: The results.
        site: What the files need to know of the site.
        renderer: Draws badges.
    """
    found = {one.path: one.make() for one in plan(collection, site, renderer)}
    return dict(sorted(found.items()))
