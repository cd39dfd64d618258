"""What pages show of one another: titles, sections, and what may be referred to.

Sphinx writes a page again when its own source changed, not when it shows the title of another that
did. A build that goes on from the last one has to, or it would leave other bytes than a first one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


class Faces:
    """What each page shows to the others, and what all of them did in the last build.

    Args:
        kept: Where this is kept from build to build.
    """

    def __init__(self, kept: Path) -> None:
        self._kept = kept
        self._last, self._known = _read(kept)

    def follow(self, app: Sphinx) -> None:
        """Have all pages written again where one of them shows another face."""
        app.connect("env-purge-doc", self._forget)
        app.connect("env-updated", self._find)

    def keep(self) -> None:
        """Keep what was found for the next build."""
        self._kept.write_bytes(msgspec.json.encode((self._last, self._known)))

    def _forget(self, _app: Sphinx, _env: BuildEnvironment, docname: str) -> None:
        self._known.pop(docname, None)

    def _find(self, _app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Return the pages to be written."""
        now = self._all(env)
        last, self._last = self._last, now
        return sorted(env.found_docs) if last not in ("", now) else []

    def _all(self, env: BuildEnvironment) -> str:
        """Return a hash of everything that a page may show of another."""
        seen = hashlib.sha256()
        for docname in sorted(env.found_docs):
            if docname not in self._known:
                self._known[docname] = _face(env, docname)
            seen.update(f"{docname}\0{self._known[docname]}\0".encode())
        for domain in env.domains.sorted():
            found = sorted(repr(one) for one in domain.get_objects())
            seen.update(f"{domain.name}\0{found}\0".encode("utf-8", "backslashreplace"))
        standard = env.domains.standard_domain
        labels = (sorted(standard.labels.items()), sorted(standard.anonlabels.items()))
        seen.update(repr(labels).encode("utf-8", "backslashreplace"))
        return seen.hexdigest()


def _read(kept: Path) -> tuple[str, dict[str, str]]:
    try:
        return msgspec.json.decode(kept.read_bytes(), type=tuple[str, dict[str, str]])
    except (OSError, msgspec.DecodeError):
        return "", {}


def _face(env: BuildEnvironment, docname: str) -> str:
    """Return a hash of a page's title, sections, metadata and place among the others."""
    shown = (env.titles.get(docname), env.longtitles.get(docname), env.tocs.get(docname))
    told = (
        *("" if node is None else node.pformat() for node in shown),
        sorted(env.metadata.get(docname, {}).items()),
        env.toctree_includes.get(docname, []),
        sorted(map(repr, env.toc_secnumbers.get(docname, {}).items())),
    )
    return hashlib.sha256(repr(told).encode("utf-8", "backslashreplace")).hexdigest()
