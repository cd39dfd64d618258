"""Going from one version of a site to another, from file:// too.

A site learns of its versions from a list in ``conf.py``, or from a script beside the folders of all
versions, which ``benchfolio publish`` and ``benchfolio versions`` write: so an old version knows of
those after it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from docutils import nodes
from sphinx.util import logging

from benchfolio.generator.render import safe_address
from benchfolio.generator.versionlist import (
    LIST,
    PAGE,
    PAGES,
    TREE,
    Tree,
    Version,
    list_items,
    list_script,
    read_tree,
    tree_files,
    versions_beside,
)
from benchfolio.sphinxext.files import write_if_different
from benchfolio.sphinxext.nodes import DOWNLOADING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

logger = logging.getLogger(__name__)

TEMPLATES = Path(__file__).parent / "theme_templates"
SWITCHER = "version-switcher.js"
ENVIRONMENT = "BENCHFOLIO_VERSION"
"""Names the version that is being built, where it is built to be published beside others."""


def versions_in(setting: Sequence[Any]) -> tuple[Version, ...]:
    """Read a list of versions: names, pairs of name and address, or mappings; newest first.

    A name alone is a folder beside this version's. Where none is marked, the first is the newest.

    Raises:
        ValueError: Something else is in the list, or an address that is not one of a page.
    """
    found = [_version(one) for one in setting]
    if found and not any(one.newest for one in found):
        found[0] = msgspec.structs.replace(found[0], newest=True)
    return tuple(found)


def _version(one: Any) -> Version:  # noqa: ANN401 - it is what conf.py says
    if isinstance(one, str):
        one = {"name": one, "url": f"../{one}/"}
    elif isinstance(one, (list, tuple)) and len(one) == 2:
        one = {"name": one[0], "url": one[1]}
    try:
        version = msgspec.convert(one, Version)
    except msgspec.ValidationError as error:
        raise ValueError(f"{one!r}: expected a name, (name, url) or name, url, newest") from error
    if not _is_address(version.url):
        raise ValueError(f"{version.url!r}: expected a relative or an https:// address")
    url = version.url if version.url.endswith("/") else f"{version.url}/"
    return msgspec.structs.replace(version, url=url)


def _is_address(url: str) -> bool:
    return bool(safe_address(url)) or (":" not in url.partition("/")[0] and url[:2] != "//")


def write_list(folder: Path) -> tuple[Version, ...]:
    """Write the list of all versions in a folder, as a script and as a page; return it."""
    versions = versions_beside(folder)
    tree = read_tree(folder)
    files = tree_files(msgspec.structs.replace(tree or Tree(), versions=versions))
    for name, data in files.items():
        if name != TREE or tree is not None:
            write_if_different(folder / name, data)
    return versions


# In a build ------------------------------------------------------------------------------


def offer_template(app: Sphinx, config: Config) -> None:
    """Let themes find our template, after those of the project; add the script where it is used."""
    config.templates_path = [*config.templates_path, str(TEMPLATES)]
    _take_version(config)
    if not config.benchfolio_versions:
        return
    app.add_js_file(SWITCHER, loading_method="defer")
    if not _place(config):
        try:
            versions_in(config.benchfolio_versions)
        except ValueError as error:
            logger.warning("benchfolio_versions: %s", error, type="benchfolio")
            config.benchfolio_versions = ""


def _take_version(config: Config) -> None:
    """Take the version from the environment: a project need not be changed for each release."""
    version = os.environ.get(ENVIRONMENT)
    if version:
        config.benchfolio_version = version
        config.benchfolio_versions = config.benchfolio_versions or f"../{LIST}"


def _place(config: Config) -> str:
    """Return the address of the list beside all versions; empty where the project has the list."""
    setting = config.benchfolio_versions
    return setting if isinstance(setting, str) else ""


def show_versions(
    app: Sphinx,
    pagename: str,
    _template: str,
    context: dict[str, Any],
    _doctree: nodes.document | None,
) -> None:
    """Tell the template where the list is, seen from this page."""
    if not app.config.benchfolio_versions or app.builder.name not in DOWNLOADING:
        return
    root = str(context.get("content_root") or "./")
    place = _place(app.config) or LIST
    context["benchfolio_versions"] = {
        "name": this_version(app.config),
        "script": root + place,
        "page": root + place.removesuffix(LIST) + PAGE,
        "here": _here(app, pagename),
    }


def _here(app: Sphinx, pagename: str) -> str:
    """Return the address of a page from the root; empty for pages no other version may have."""
    return app.builder.get_target_uri(pagename) if pagename in app.env.found_docs else ""


def this_version(config: Config) -> str:
    """Return the name of the version that is being built."""
    return str(config.benchfolio_version or config.release or config.version)


def list_page(app: Sphinx) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Yield the page of versions, where this project has the list."""
    setting = app.config.benchfolio_versions
    name = PAGE.removesuffix(".html")
    if name in app.env.found_docs or app.builder.name not in DOWNLOADING:
        return  # a page of this name that the project has is its list of versions
    if setting and not _place(app.config):
        body = f"<h1>Versions</h1>\n{list_items(versions_in(setting))}"
        yield name, {"title": "Versions", "body": body}, "page.html"


def write_scripts(app: Sphinx, exception: Exception | None) -> None:
    """Write what pages this version has, and the list of versions where this project has it."""
    setting = app.config.benchfolio_versions
    if exception is not None or not setting or app.builder.name not in DOWNLOADING:
        return
    out, name = Path(app.outdir), this_version(app.config)
    pages = sorted(app.builder.get_target_uri(docname) for docname in app.env.found_docs)
    key = json.dumps(f"pages of {name}")
    script = f"benchfolio.data({key}, {json.dumps(pages)});\n"
    write_if_different(out / PAGES, script.encode())
    if not _place(app.config):
        write_if_different(out / LIST, list_script(versions_in(setting)).encode())
