"""The Sphinx domain ``bf``: what pages exist, who uses which view, and where links lead.

Its data are pickled with the environment, so that the next build knows what depends on what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

import msgspec
from docutils import nodes
from sphinx.domains import Domain, ObjType
from sphinx.roles import XRefRole
from sphinx.util.nodes import make_refnode
from sphinx.util.osutil import relative_uri

from benchfolio.generator.render import Renderer, safe_address, slug
from benchfolio.generator.view import Link
from benchfolio.sphinxext.files import code_digest
from benchfolio.sphinxext.generate import page_name
from benchfolio.sphinxext.views import Key, Views

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.addnodes import pending_xref
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

KINDS = ("model", "platform", "dataset", "runtime", "release", "table", "page")


class Badges(NamedTuple):
    """Badges that are published with the pages.

    Attributes:
        url: Absolute address of the site; empty when not known.
        address: Returns the address of a document from the root of the site.
    """

    url: str
    address: Callable[[str], str]


class BenchfolioDomain(Domain):
    """Generated pages as objects that text can refer to, from other projects too."""

    name = "bf"
    label = "Benchfolio"
    object_types: ClassVar[dict[str, ObjType]] = {
        **{kind: ObjType(kind, kind) for kind in KINDS},
        "id": ObjType("id"),
    }
    roles: ClassVar[dict[str, Any]] = {kind: XRefRole() for kind in KINDS}
    initial_data: ClassVar[dict[str, Any]] = {
        "titles": {},  # (kind, id) → title of a generated page
        "uses": {},  # docname → {key of a view → digest, and hash of what it follows from}
        "stems": {},  # docname → names of downloads
        "stamps": "",  # names, sizes and times of result files and table definitions
        "inputs": "",  # hash of what they say
        "compared": ("", ""),  # inputs and rendering that documents were last compared with
        "problems": (),  # what was wrong with the inputs
        "sources": (),  # files of the generated folder
        "kept": {},  # what need not be found again; see views.Memory
    }
    data_version = 3

    def __init__(self, env: BuildEnvironment) -> None:
        super().__init__(env)
        self.renderer = Renderer()
        self.views = Views.nothing()
        self.badges: Badges | None = None

    # What documents use ------------------------------------------------------------------

    def note_use(self, docname: str, key: Key, view: object) -> None:
        """Remember that a document shows a view, and what it looked like."""
        used = self.data["uses"].setdefault(docname, {})
        used[key] = (digest(view), self.views.follows(key))

    def note_download(self, docname: str, stem: str) -> None:
        """Remember that a document offers a table for download."""
        self.data["stems"].setdefault(docname, []).append(stem)

    def outdated(self) -> list[str]:
        """Return the documents that show something that is no longer the same."""
        if self.data["compared"][1] != self.rendering():
            return sorted(self.data["uses"])
        now: dict[Key, str] = {}
        return sorted(
            docname for docname, uses in self.data["uses"].items() if not self._is_same(uses, now)
        )

    def _is_same(self, uses: dict[Key, tuple[str, str]], now: dict[Key, str]) -> bool:
        """Tell whether views are what they were; only what may be another is looked at."""
        for key, (then, followed) in uses.items():
            follows = self.views.follows(key)
            if follows and follows == followed:
                continue
            if self._digest_now(key, now) != then:
                return False
            uses[key] = (then, follows)
        return True

    def rendering(self) -> str:
        """Return a hash of what turns views into files: templates and our own code."""
        return f"{self.renderer.digest()} {code_digest()}"

    def _digest_now(self, key: Key, known: dict[Key, str]) -> str:
        if key not in known:
            known[key] = digest(self.views.resolve(key))
        return known[key]

    def clear_doc(self, docname: str) -> None:
        """Forget a document."""
        self.data["uses"].pop(docname, None)
        self.data["stems"].pop(docname, None)

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, Any]) -> None:
        """Take over what another process has read."""
        for docname in docnames:
            for part in ("uses", "stems"):
                if docname in otherdata[part]:
                    self.data[part][docname] = otherdata[part][docname]

    # Where links lead --------------------------------------------------------------------

    def docname(self, kind: str, target: str) -> str | None:
        """Return the document of a generated page, if there is one."""
        if (kind, target) not in self.data["titles"]:
            return None
        name = f"{self.env.config.benchfolio_folder}/{page_name(kind, target)}"
        return name if name in self.env.all_docs else None

    def address(self, link: Link, builder: Builder) -> str:
        """Return the address of a link from the page being written; empty when there is none."""
        if link.kind == "url":
            return safe_address(link.target)
        if link.kind == "file":
            return self.file_address(link.target, builder)
        link, place = _parted(link)
        name = self._document(link)
        return "" if name is None else builder.get_relative_uri(_current(builder), name) + place

    def address_from(self, path: str, link: Link, builder: Builder) -> str:
        """Return the address of a link from a file of the output; empty when there is none."""
        if link.kind == "url":
            return safe_address(link.target)
        if link.kind == "file":
            return relative_uri(path, link.target)
        link, place = _parted(link)
        name = self._document(link)
        return "" if name is None else relative_uri(path, builder.get_target_uri(name)) + place

    def _document(self, link: Link) -> str | None:
        name = self.docname(link.kind, link.target)
        if name is None and link.kind == "page" and link.target in self.env.all_docs:
            return link.target
        return name

    def file_address(self, path: str, builder: Builder) -> str:
        """Return the address of a file of the output from the page being written."""
        return relative_uri(builder.get_target_uri(_current(builder)), path)

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> nodes.reference | None:
        """Resolve ``:bf:model:`digits-resnet```; its title stands where none was given."""
        del env
        name = self.docname(typ, target)
        if name is None:
            return None
        title = self.data["titles"].get((typ, target), target)
        if not node["refexplicit"] and contnode.astext() == target:
            contnode = cast("Element", nodes.inline(title, title, classes=["bf-ref"]))
        return make_refnode(builder, fromdocname, name, "", contnode, title)

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> list[tuple[str, nodes.reference]]:
        """Resolve a reference that does not say what it refers to."""
        found = (
            (kind, self.resolve_xref(env, fromdocname, builder, kind, target, node, contnode))
            for kind in KINDS
        )
        return [(f"bf:{kind}", reference) for kind, reference in found if reference is not None]

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """List the generated pages for the search, and for projects that link to this one.

        Sphinx's search drops words of digits alone, except in names of objects: so a page whose
        title does not tell its id has that as a name of its own.
        """
        for (kind, page_id), title in sorted(self.data["titles"].items()):
            name = self.docname(kind, page_id)
            if name is None or kind not in KINDS:
                continue
            anchor, shown = page_anchor(kind, page_id), " ".join(title.split())
            yield page_id, shown, kind, name, anchor, 1
            if page_id.casefold() not in shown.casefold():
                yield f"{kind}:{page_id}", page_id, "id", name, anchor, 1


def _parted(link: Link) -> tuple[Link, str]:
    """Return a link to a page without what it says of the state of that page, and this."""
    target, sign, place = link.target.partition("#")
    return Link(kind=link.kind, target=target), sign + place


def domain_of(env: BuildEnvironment) -> BenchfolioDomain:
    """Return our domain."""
    return cast("BenchfolioDomain", env.domains["bf"])


def page_anchor(kind: str, page_id: str) -> str:
    """Return the anchor of a generated page as a whole.

    Sphinx's search takes an anchor that is an object's name for that of its title, and it asks for
    anchors as selectors: so it is another than the name, and without dots.
    """
    return f"bf-{slug(kind)}-{slug(page_id)}".replace(".", "-")


def digest(view: object) -> str:
    """Return a hash of everything a view shows."""
    return hashlib.sha256(msgspec.msgpack.encode(view)).hexdigest()


def _current(builder: Builder) -> str:
    return str(getattr(builder, "current_docname", "") or builder.config.root_doc)
