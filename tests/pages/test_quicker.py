"""What is remembered from page to page, against what Sphinx and the theme write without it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from benchfolio.sphinxext.quicker import remember_parts

PARTS = """

Accuracy
--------

Figures
~~~~~~~

Speed & size
------------
"""
PAGES: Mapping[str, str] = MappingProxyType(
    {
        "index": f"First\n=====\n\n.. toctree::\n   :glob:\n\n   *\n   deep/*\n{PARTS}",
        "same": f"Model one\n========={PARTS}",
        "deep/same": f"Model two\n========={PARTS}",
        "deep/again": f"Model three\n==========={PARTS}",
        "named": f"Accuracy\n========{PARTS}",
        "signs": f'A < B & "C"\n==========={PARTS}',
        "alone": "Nothing below\n=============\n",
        "two": f"Above\n====={PARTS}\nBelow\n=====\n",
        "at-one": f"One @ one\n========={PARTS}\nBelow\n=====\n",
        "at-two": f"Two @ two\n========={PARTS}\nBelow\n=====\n",
        "others": f"Other\n====={PARTS}\nBelow\n=====\n",
    }
)


def built(folder: Path, *, remembering: bool) -> dict[str, str]:
    """Build the pages with the theme; return them by name."""
    source = folder / "source"
    (source / "deep").mkdir(parents=True)
    (source / "conf.py").write_text('project = "Pages"\nhtml_theme = "pydata_sphinx_theme"\n')
    for name, text in PAGES.items():
        (source / f"{name}.rst").write_text(text)
    with patch_docutils(str(source)), docutils_namespace():
        app = Sphinx(source, source, folder / "out", folder / "trees", "html", status=None)
        if remembering:
            remember_parts(app)
        app.build()
    out = folder / "out"
    return {path.relative_to(out).as_posix(): path.read_text() for path in out.rglob("*.html")}


def test_pages_are_those_of_the_theme(tmp_path: Path) -> None:
    """Pages of the same parts, of others, of two titles and with signs are written as ever."""
    told = built(tmp_path / "told", remembering=False)
    assert built(tmp_path / "remembered", remembering=True) == told
    assert '<a class="reference internal nav-link" href="#accuracy"' in told["deep/same.html"]
    assert 'href="#below"' in told["two.html"]


def test_contents_of_the_same_parts_are_dressed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The theme parses contents again only where they differ in more than their title."""
    parsed: list[str] = []

    class Counted(BeautifulSoup):
        def __init__(self, text: str, features: str) -> None:
            parsed.append(text)
            super().__init__(text, features)

    monkeypatch.setattr("pydata_sphinx_theme.toctree.BeautifulSoup", Counted)
    built(tmp_path, remembering=True)
    assert sum(">Model t" in text and "#figures" in text for text in parsed) == 1
