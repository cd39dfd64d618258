"""The search index of a build that goes on from the last one.

Sphinx reads the old index back from what it published, which does not say everything: words that
are nowhere any more stay, and entries of the index of pages that were not written are lost. So what
it gathered is kept beside its other work.
"""

from __future__ import annotations

import functools
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any

BY_PAGE = ("_titles", "_filenames", "_all_titles", "_index_entries")
"""What the index gathers by page."""

BY_WORD = ("_mapping", "_title_mapping")
"""What it gathers by word: pages."""


def gather(builder: Any, kept: Path | None) -> None:  # noqa: ANN401 - it has no public type
    """Let a builder gather its index faster, and go on from one that was kept.

    Args:
        builder: One that writes HTML.
        kept: What an earlier build gathered; ``None`` in the first.
    """

    def load(docnames: Iterable[str]) -> None:
        lang = builder.indexer.lang
        # Most pages have most words in common, and the search for a stem is slow.
        lang.stem = functools.cache(lang.stem)
        if kept is not None:
            _go_on(builder, kept, docnames)

    builder.load_indexer = load


def _go_on(builder: Any, kept: Path, docnames: Iterable[str]) -> None:  # noqa: ANN401 - as above
    # Our own file in a folder that nobody else writes, beside Sphinx's own of the same kind.
    found: dict[str, dict[str, Any]] = pickle.loads(kept.read_bytes())  # noqa: S301
    pages = set(builder.env.all_docs).difference(docnames)
    for name in BY_PAGE:
        setattr(builder.indexer, name, _of_pages(found[name], pages))
    for name in BY_WORD:
        setattr(builder.indexer, name, _of_words(found[name], pages))
    for name in ("_objtypes", "_objnames"):  # numbered anew, as in a first build
        getattr(builder.indexer, name).clear()


def keep(builder: Any, kept: Path) -> None:  # noqa: ANN401 - as above
    """Keep what a builder has gathered; nothing where it wrote no page."""
    indexer = getattr(builder, "indexer", None)
    if indexer is not None:
        found = {name: getattr(indexer, name) for name in (*BY_PAGE, *BY_WORD)}
        kept.write_bytes(pickle.dumps(found, pickle.HIGHEST_PROTOCOL))


def _of_pages(found: dict[str, Any], pages: set[str]) -> dict[str, Any]:
    return {page: one for page, one in found.items() if page in pages}


def _of_words(found: dict[str, set[str]], pages: set[str]) -> dict[str, set[str]]:
    left = ((word, names & pages) for word, names in found.items())
    return {word: names for word, names in left if names}
