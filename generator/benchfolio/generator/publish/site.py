"""What published files need to know of the site they are part of."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A site; all addresses are relative to its root.

    Attributes:
        title: Its title.
        author: Who is responsible for it; its title when empty.
        url: Absolute address of its root, with a slash at its end; empty when not known.
        home: Its first page.
        pages: Addresses of generated pages by kind and id.
        parquet: Whether to write the table of everything; needs pyarrow.
    """

    title: str
    author: str = ""
    url: str = ""
    home: str = "index.html"
    pages: Mapping[tuple[str, str], str] = {}
    parquet: bool = False

    def page(self, kind: str, id_: str) -> str | None:
        """Return the address of a generated page, if there is one."""
        return self.pages.get((kind, id_)) or None

    def absolute(self, address: str) -> str:
        """Return an address as seen from anywhere, or from the root where that is not known."""
        return f"{self.url}{address}"
