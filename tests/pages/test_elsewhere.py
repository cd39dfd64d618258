"""Our directives and roles in somebody else's documentation."""

from __future__ import annotations

import importlib.util
import re
import shutil
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from pages.building import Built, make_project, sphinx
from pages.made import TABLE
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from benchfolio.generator.view import Table
from benchfolio.sphinxext.latex import DECLARED
from benchfolio.sphinxext.texts import messages, translated, words

THEMES = ("pydata_sphinx_theme", "furo", "alabaster", "sphinx_rtd_theme")
"""The names of themes, and of their packages."""

ALWAYS = {"genindex.html", "search.html", "searchindex.js", "objects.inv", ".buildinfo"}
"""What Sphinx writes in every build, whatever changed."""

STRICT: Mapping[str, object] = {"nitpicky": True, "benchfolio_api": False}

OTHER = """\
Other
=====

See :external+us:bf:model:`digits-resnet` and :external+us:bf:table:`performance`.

.. toctree::

   myst
   benchfolio/index
"""


@pytest.mark.parametrize("theme", THEMES)
def test_theme_builds_without_warning_and_then_not_again(theme: str, tmp_path: Path) -> None:
    """In every theme RST, MyST and generated pages build in parallel, and once only."""
    if importlib.util.find_spec(theme) is None:
        pytest.skip(f"{theme} is not installed: pip install -e '.[dev]'")
    project = make_project(tmp_path, theme=theme)
    first = sphinx(project, jobs=2, overrides=STRICT)
    assert first.warnings == ""
    assert "bf-table" in (first.out / "myst.html").read_text(encoding="utf-8")
    assert "bf-value" in (first.out / "index.html").read_text(encoding="utf-8")
    again = sphinx(project, jobs=2, overrides=STRICT)
    assert again.warnings == ""
    assert {name for name in again.written if not name.startswith("_static/")} <= ALWAYS


def test_parallel_build_is_the_same(tmp_path: Path) -> None:
    """Two processes write what one writes, byte for byte."""
    texts = []
    for jobs in (1, 2):
        project = make_project(tmp_path / str(jobs))
        built = sphinx(project, jobs=jobs, overrides=STRICT)
        pages = sorted(built.out.rglob("*.html"))
        texts.append({path.relative_to(built.out): path.read_bytes() for path in pages})
    assert texts[0] == texts[1]


def test_other_projects_link_here(tmp_path: Path) -> None:
    """By intersphinx another project links to a page of this one, and reads as its title."""
    ours = sphinx(make_project(tmp_path / "ours"), overrides=STRICT)
    other = make_project(tmp_path / "other", index=OTHER)
    where = ("https://us.example", str(ours.out / "objects.inv"))
    with (other / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write('extensions += ["sphinx.ext.intersphinx"]\n')
        conf.write(f"intersphinx_mapping = {{'us': {where!r}}}\n")
    built = sphinx(other, overrides=STRICT)
    assert built.warnings == ""
    text = (built.out / "index.html").read_text(encoding="utf-8")
    place = "https://us.example/benchfolio/models/digits-resnet.html#"
    anchor = re.search(rf'href="{re.escape(place)}([^"]+)"[^>]*>.*?>Digits<', text)
    assert anchor
    page = (ours.out / "benchfolio/models/digits-resnet.html").read_text(encoding="utf-8")
    assert f'id="{anchor[1]}"' in page


# Formats other than HTML -----------------------------------------------------------------

LONG = "Long\n====\n\n.. benchfolio-table:: performance\n\n.. benchfolio-chart:: gain\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a small table, a long one and a chart, and no generated pages."""
    folder = make_project(tmp_path_factory.mktemp("formats"), index=LONG)
    (folder / "myst.md").unlink()
    return folder


def built_as(project: Path, builder: str, **overrides: object) -> Built:
    """Build the project in a format."""
    settings = {"benchfolio_pages": False, "benchfolio_plain_rows": 8, **overrides}
    return sphinx(project, builder, overrides=settings)


def test_latex_has_tables_that_break_over_pages(project: Path) -> None:
    """LaTeX gets long tables with a caption; every environment that begins also ends."""
    built = built_as(project, "latex")
    assert built.warnings == ""
    text = (built.out / "project.tex").read_text(encoding="utf-8")
    begun = re.findall(r"\\begin\{(\w+\*?)\}", text)
    ended = re.findall(r"\\end\{(\w+\*?)\}", text)
    assert sorted(begun) == sorted(ended)
    assert "longtable" in begun
    assert r"\sphinxcaption" in text or r"\caption" in text
    assert "<script>alert(1)" not in re.sub(r"\\textless\{\}|\\textgreater\{\}", "", text)


TYPOGRAPHY = set("\u202f\u2009−≈≤≥⌈⌉→⚠")
"""Characters beyond Latin that we write ourselves, and pdflatex does not know."""


def test_typography_of_ours_is_declared_to_pdflatex_alone(project: Path) -> None:
    """What we write in formulas and numbers is declared to pdflatex, before the project's lines."""
    own = {"preamble": "% of the project"}
    for engine, wanted in (("pdflatex", True), ("xelatex", False)):
        built = built_as(project, "latex", latex_engine=engine, latex_elements=own)
        text = (built.out / "project.tex").read_text(encoding="utf-8")
        points = re.findall(
            r"DeclareUnicodeCharacter\{([0-9A-F]{4})\}.*% of the project", text, re.DOTALL
        )
        assert bool(points) is wanted
    assert {chr(int(point, 16)) for point, _ in DECLARED} >= TYPOGRAPHY


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_pdflatex_makes_a_document(tmp_path: Path) -> None:
    """A project with plain names becomes a PDF with the engine that Sphinx chooses by itself."""
    index = re.sub(r"(::.*)", r"\1\n   :where: model=digits-resnet", LONG)
    folder = make_project(tmp_path, index=index)
    (folder / "myst.md").unlink()
    (folder / "results" / "2026.2" / "arm-board.json").unlink()
    built = built_as(folder, "latex", benchfolio_plain_rows=60)
    name = (built.out / "project.tex").name
    for _ in range(2):
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", name],
            cwd=built.out, capture_output=True, text=True, errors="replace", check=False,
            timeout=120,
        )  # fmt: skip
    assert [line for line in done.stdout.splitlines() if line.startswith("!")] == []
    assert (built.out / "project.pdf").is_file()


@pytest.mark.parametrize(
    ("builder", "file"), [("latex", "project.tex"), ("text", "index.txt"), ("man", "project.1")]
)
def test_long_table_is_an_excerpt_that_says_so(project: Path, builder: str, file: str) -> None:
    """A long table shows its first rows and how many there are; a chart is a table of figures."""
    built = built_as(project, builder)
    assert built.warnings == ""
    text = (built.out / file).read_text(encoding="utf-8").replace("\\-", "-")
    said = re.search(r"first\s+8\s+of\s+(\d+)\s+rows", text)
    assert said
    assert int(said[1]) > 8
    assert "Figures of the chart" in text


def test_short_table_is_whole(project: Path) -> None:
    """A table within the limit has all of its rows, and says nothing of others."""
    built = built_as(project, "text", benchfolio_plain_rows=60)
    text = (built.out / "index.txt").read_text(encoding="utf-8")
    assert "rows; the web pages" not in text
    assert text.count("Digits ResNet-8") > 8


# Translations ----------------------------------------------------------------------------


def test_texts_of_views_can_be_translated(tmp_path: Path) -> None:
    """Titles and headers go into the catalogue, names do not; a translation is shown in HTML."""
    project = make_project(tmp_path, index="Home\n====\n\n.. benchfolio-table:: workloads\n")
    (project / "myst.md").unlink()
    template = catalogue(project)
    assert 'msgid "Workloads"' in template
    assert 'msgid "Task"' in template
    assert "Digits ResNet" not in template
    folder = project / "locale" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "index.mo").write_bytes(compiled({"Workloads": "Aufgaben", "Task": "Ziel"}))
    settings = {"language": "de", "locale_dirs": ["locale"], "benchfolio_pages": False}
    built = sphinx(project, overrides=settings)
    text = (built.out / "index.html").read_text(encoding="utf-8")
    assert ">Aufgaben<" in text
    assert ">Ziel<" in text


def catalogue(project: Path) -> str:
    """Return the template of translations of the index."""
    out = project / "_build" / "gettext"
    with patch_docutils(str(project)), docutils_namespace():
        settings = {"benchfolio_pages": False}
        places = (project, project, out, project / "_build" / "gettext-doctrees")
        Sphinx(*places, "gettext", confoverrides=settings, status=None).build()
    return (out / "index.pot").read_text(encoding="utf-8")


def compiled(texts: Mapping[str, str]) -> bytes:
    """Return translations as a binary catalogue (the format of GNU gettext)."""
    header = "Content-Type: text/plain; charset=UTF-8\n"
    pairs = [(a.encode(), b.encode()) for a, b in sorted({"": header, **texts}.items())]
    start = 28 + 16 * len(pairs)
    tables: list[list[int]] = [[], []]
    data = b""
    for side in (0, 1):
        for pair in pairs:
            tables[side] += [len(pair[side]), start + len(data)]
            data += pair[side] + b"\0"
    head = [0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0]
    numbers = [*head, *tables[0], *tables[1]]
    return struct.pack(f"<{len(numbers)}I", *numbers) + data


def test_only_what_we_say_is_translated() -> None:
    """Titles, headers and notes are messages; names and values of rows are not, and stay."""
    found = messages(TABLE)
    assert {"Validated models", "Accuracy", "Intervals are of 95 %."} <= set(found)
    assert "Digits ResNet-8" not in found
    changed = translated(TABLE, "Accuracy", "Genauigkeit")
    assert isinstance(changed, Table)
    assert [column.group for column in changed.columns].count("Genauigkeit") == 2
    assert changed.rows == TABLE.rows


def test_words_for_the_search_are_titles_and_names() -> None:
    """The search gets the title and each name of a row once, and no figure."""
    text = words(TABLE)
    assert "Validated models" in text
    assert text.count("Digits ResNet-8") == 1
    assert "98.3" not in text
