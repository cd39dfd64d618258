"""The extension in real builds."""

from __future__ import annotations

import json
import os
import re
from functools import partial
from pathlib import Path

import pytest
from pages import made
from pages.building import Built, make_project, sphinx
from pages.goldens import Html
from sphinx.errors import ExtensionError
from syrupy.assertion import SnapshotAssertion

from benchfolio.generator.pages import Planned
from benchfolio.generator.view import Chart, Entry, Page, Table

SPHINX_REWRITES = {".buildinfo", "genindex.html", "search.html", "searchindex.js", "objects.inv"}
"""What Sphinx writes in every build, whatever changed."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of its own."""
    return make_project(tmp_path)


def _never(*_arguments: object, **_options: object) -> None:
    raise AssertionError("results were read")


def page(built: Built, name: str) -> str:
    """Return a page of a build."""
    return (built.out / f"{name}.html").read_text(encoding="utf-8")


def test_build_has_no_warning(project_built: Built) -> None:
    """A project with directives, roles, generated pages and hostile names builds cleanly."""
    assert project_built.warnings == ""


def test_value_in_text_is_that_of_the_table(project_built: Built) -> None:
    """The role shows the very text that the table of the model shows."""
    text = page(project_built, "index")
    match = re.search(r'The gain is <span class="bf-value"[^>]*>([^<]+)<', text)
    assert match
    number = re.split(r"[^0-9.]", match[1])[0]
    assert f">{number}</span>" in page(project_built, "benchfolio/models/digits-resnet")


def test_reference_shows_the_title(project_built: Built) -> None:
    """A reference to a model reads as its name and leads to its page."""
    link = (
        r'href="benchfolio/models/digits-resnet\.html"[^>]*><span class="bf-ref">Digits ResNet-8<'
    )
    assert re.search(link, page(project_built, "index"))


def test_rst_and_myst_both_work(project_built: Built) -> None:
    """The table directive and its options work in reStructuredText and in MyST."""
    assert "Validated here" in page(project_built, "index")
    myst = page(project_built, "myst")
    assert 'class="bf-table"' in myst
    assert ">Task<" in myst
    assert ">License<" not in myst


def test_where_restricts_rows(project_built: Built) -> None:
    """Conditions of the directive leave out what does not match."""
    assert "Xeon" in page(project_built, "benchfolio/tables/validated-models")
    text = page(project_built, "index")
    shown = text[text.index('id="validated-models"') :].partition("bf-foot")[0]
    assert "Board" not in shown
    assert "Digits ResNet-8" in shown


def test_every_table_can_be_downloaded(project_built: Built) -> None:
    """Every download that a page offers is there, and the CSV has the rows of the table."""
    offered = 0
    for path in project_built.out.rglob("*.html"):
        for target in re.findall(r'href="([^"]+)" download=', path.read_text(encoding="utf-8")):
            assert (path.parent / target).resolve().is_file(), target
            offered += 1
    assert offered > 30
    folder = project_built.out / "_downloads" / "benchfolio"
    rows = json.loads((folder / "performance.json").read_text(encoding="utf-8"))["rows"]
    html = page(project_built, "benchfolio/tables/performance")
    assert len(rows) == len(re.findall(r'<tr id="performance-', html)) > 5


def test_every_link_inside_leads_somewhere(project_built: Built) -> None:
    """Links of fragments to other pages, rows and reasons find their target."""
    ids = {
        path: set(re.findall(r'\sid="([^"]+)"', path.read_text(encoding="utf-8")))
        for path in project_built.out.rglob("*.html")
    }
    for path in ids:
        body = path.read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]
        for target in re.findall(r'href="([^"]+)"', body):
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            file = (path.parent / name).resolve() if name else path
            assert file.is_file(), f"{path.name}: {target}"
            is_state = "=" in anchor  # of Chooser and Compare: what is chosen there
            if anchor and not is_state and file in ids:
                assert anchor in ids[file], f"{path.name}: {target}"


def test_titles_from_data_are_only_text(project_built: Built) -> None:
    """Hostile names reach titles, navigation and breadcrumbs escaped."""
    for path in project_built.out.rglob("*.html"):
        assert "<script>alert" not in path.read_text(encoding="utf-8"), path.name
    title = re.search(
        r"<title>(.*?)</title>", page(project_built, "benchfolio/models/hostile"), re.DOTALL
    )
    assert title
    assert "&lt;script&gt;" in title[1]


def test_inventory_names_models(project_built: Built) -> None:
    """Other projects can refer to models and tables by the inventory."""
    from sphinx.util.inventory import InventoryFile

    with (project_built.out / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(
            file, "https://example.org", lambda base, rest: f"{base}/{rest}"
        )
    assert "digits-resnet" in inventory["bf:model"]
    assert "performance" in inventory["bf:table"]


def test_nothing_changed_writes_nothing(project: Path) -> None:
    """A second build of the same inputs writes no page and no download.

    Sphinx itself writes its index, search page and static files again.
    """
    sphinx(project)
    again = sphinx(project)
    left = [name for name in again.written if not name.startswith("_static/")]
    assert set(left) <= SPHINX_REWRITES
    assert again.warnings == ""


def test_nothing_changed_reads_no_results(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second build of the same inputs does not even open the result files."""
    sphinx(project)
    monkeypatch.setattr("benchfolio.sphinxext.project.open_results", _never)
    assert sphinx(project).warnings == ""


def test_touched_but_equal_results_write_no_page(project: Path) -> None:
    """A result file with a new time but the same content rebuilds no page."""
    sphinx(project)
    os.utime(project / "results" / "2026.2" / "lab-xeon.json")
    pages = {name for name in sphinx(project).written if name.endswith(".html")}
    assert pages <= SPHINX_REWRITES


def test_changed_result_rebuilds_what_shows_it(project: Path) -> None:
    """A changed result rebuilds pages that show it and leaves those that do not."""
    sphinx(project)
    file = project / "results" / "2026.2" / "arm-board.json"
    file.write_text(file.read_text(encoding="utf-8").replace("Board ", "Plank "), encoding="utf-8")
    built = sphinx(project)
    assert "benchfolio/platforms/arm-board.html" in built.written
    assert "benchfolio/tables/performance.html" in built.written
    # index.html is written again by Sphinx: its table of contents names a page that changed.
    assert not built.written & {"myst.html", "benchfolio/platforms/lab-xeon.html"}
    assert "Plank" in page(built, "benchfolio/platforms/arm-board")


def test_changed_template_rebuilds_tables(project: Path) -> None:
    """A changed template rebuilds the pages with tables, hand-written ones too."""
    (project / "own").mkdir()
    template = project / "own" / "sources.html.jinja"
    template.write_text("<p>first</p>", encoding="utf-8")
    with (project / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write('benchfolio_templates = ["own"]\n')
    assert "<p>first</p>" in page(sphinx(project), "index")
    template.write_text("<p>second</p>", encoding="utf-8")
    assert "<p>second</p>" in page(sphinx(project), "index")


def test_newer_code_draws_charts_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When our own code is another, tables and charts are written again, also from old results."""
    out = sphinx(project).out
    drawing = next((out / "_downloads").rglob("chart-*.svg"))
    before = drawing.read_text(encoding="utf-8")
    drawing.write_text("drawn by older code", encoding="utf-8")
    for module in ("domain", "lifecycle"):
        monkeypatch.setattr(f"benchfolio.sphinxext.{module}.code_digest", lambda: "newer")
    assert sphinx(project).warnings == ""
    assert drawing.read_text(encoding="utf-8") == before


def test_own_table_gets_a_page_and_follows_its_definition(project: Path) -> None:
    """A table definition of the project gets a page, which is rebuilt when it changes."""
    (project / "mine").mkdir()
    definition = project / "mine" / "edge.yaml"
    text = "id: edge\ntitle: First title\nrows: [model]\nvalues: [{metric: size}]\n"
    definition.write_text(text, encoding="utf-8")
    with (project / "conf.py").open("a", encoding="utf-8") as conf:
        conf.write('benchfolio_tables = ["mine"]\n')
    assert "First title" in page(sphinx(project), "benchfolio/tables/edge")
    definition.write_text(text.replace("First", "Second"), encoding="utf-8")
    built = sphinx(project)
    assert "Second title" in page(built, "benchfolio/tables/edge")
    assert "benchfolio/tables/performance.html" not in built.written


def test_page_of_a_removed_platform_is_removed(project: Path) -> None:
    """When a result file goes, its platform's source and downloads go with it."""
    sphinx(project)
    (project / "results" / "2026.2" / "arm-board.json").unlink()
    built = sphinx(project)
    assert not (project / "benchfolio" / "platforms" / "arm-board.rst").exists()
    assert not list((built.out / "_downloads").rglob("arm-board*"))
    assert "Board" not in page(built, "benchfolio/tables/performance")


def test_bad_result_file_is_a_warning_with_its_place(project: Path) -> None:
    """A broken file is reported with name and JSON path, in every build, and the rest is shown."""
    (project / "results" / "2026.2" / "broken.json").write_text("{", encoding="utf-8")
    for _ in range(2):
        built = sphinx(project)
        assert "2026.2/broken.json" in built.warnings
        assert "remedy" in built.warnings
    assert "Xeon" in page(built, "benchfolio/tables/performance")


def test_strict_ends_the_build(project: Path) -> None:
    """Under benchfolio_strict a broken file ends the build with what is wrong."""
    (project / "results" / "2026.2" / "broken.json").write_text("{", encoding="utf-8")
    with pytest.raises(ExtensionError, match=r"broken\.json"):
        sphinx(project, overrides={"benchfolio_strict": True})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (".. benchfolio-table:: nowhere\n", "there is no table 'nowhere'"),
        (".. benchfolio-table:: performance\n   :where: model\n", "expected field=value"),
        (".. benchfolio-table:: performance\n   :columns: hue\n", "has no column hue"),
        (".. benchfolio-table:: performance\n   :where: hue=red\n", "there is no field 'hue'"),
        (".. benchfolio-table:: performance\n   :where: platform=nowhere\n", "is not there"),
        (".. benchfolio-chart:: gain\n   :where: model=nobody\n", "is not there"),
        (".. benchfolio-chart:: pie\n", "there is no such chart"),
        (":benchfolio:`model=nobody metric=size`\n", "is not there"),
        (".. benchfolio-page:: model nobody\n", "no model 'nobody'"),
        (":bf:model:`nobody`\n", "nobody"),
    ],
)
def test_mistake_in_a_page_is_a_warning_at_its_line(
    tmp_path: Path, text: str, expected: str
) -> None:
    """A wrong id, option or selector is a warning that names file, line and what there is."""
    index = f"Title\n=====\n\n{text}\n.. toctree::\n\n   myst\n   benchfolio/index\n"
    built = sphinx(make_project(tmp_path, index=index), "dummy", overrides={"nitpicky": True})
    assert re.search(r"index\.rst:4: WARNING:", built.warnings)
    assert expected in built.warnings


@pytest.mark.parametrize("builder", ["text", "latex", "man", "xml", "texinfo"])
def test_other_formats_get_plain_tables(project: Path, builder: str) -> None:
    """Builders that do not write HTML get the same figures as an ordinary table."""
    built = sphinx(project, builder)
    assert built.warnings == ""
    texts = [
        path.read_text(encoding="utf-8")
        for path in built.out.rglob("*")
        if path.is_file() and path.suffix in {".txt", ".tex", ".1", ".xml", ".texi"}
    ]
    text = "\n".join(texts)
    assert "Digits ResNet-8" in text.replace("\\sphinxhyphen{}", "-").replace("\\-", "-")
    assert "Precision" in text


def test_intervals_stand_in_brackets_in_plain_tables(project: Path) -> None:
    """Where a value and its interval share a line, the interval cannot be read as a number more."""
    text = (sphinx(project, "text").out / "benchfolio" / "tables" / "performance.txt").read_text(
        encoding="utf-8"
    )
    assert re.search(r"\d  ?\(\d[\d.]* to", text)


def test_a_condition_that_takes_a_column_away_is_told(project_built: Built) -> None:
    """What a condition pins to one value stands under the table, as no column says it any more."""
    assert "Only platform Xeon" in page(project_built, "index")


def test_messages_can_be_extracted(project: Path) -> None:
    """The catalogue builder passes over views without complaint: figures are not translated."""
    built = sphinx(project, "gettext")
    assert built.warnings == ""
    assert list(built.out.glob("*.pot"))


def test_large_table_is_cut_where_it_cannot_scroll(project: Path) -> None:
    """In formats other than HTML a large table has its first rows and says that it is cut."""
    built = sphinx(project, "text", overrides={"benchfolio_plain_rows": 3})
    text = (built.out / "benchfolio" / "tables" / "performance.txt").read_text(encoding="utf-8")
    assert re.search(r"The first 3 of \d+ rows", text)


def test_parallel_build_is_the_same(project: Path) -> None:
    """Two processes write, byte for byte, what one process writes."""
    one = sphinx(project)
    serial = {name: (one.out / name).read_bytes() for name in one.written if name.endswith("html")}
    other = make_project(project / "again")
    two = sphinx(other, jobs=2)
    assert "parallel" not in two.warnings
    for name, data in serial.items():
        assert (two.out / name).read_bytes() == data, name


def test_no_pages_when_not_wanted(tmp_path: Path) -> None:
    """Without generated pages directives still work, and no source is written."""
    index = "Title\n=====\n\n.. benchfolio-table:: performance\n\n.. toctree::\n\n   myst\n"
    project = make_project(tmp_path, index=index)
    built = sphinx(project, overrides={"benchfolio_pages": False})
    assert built.warnings == ""
    assert not (project / "benchfolio").exists()
    assert 'class="bf-table"' in page(built, "index")


@pytest.mark.parametrize("theme", ["alabaster", "pydata_sphinx_theme"])
def test_dirhtml_finds_downloads(tmp_path: Path, theme: str) -> None:
    """Links from pages that are folders lead to pages and downloads too."""
    built = sphinx(make_project(tmp_path, theme=theme), "dirhtml")
    path = built.out / "benchfolio" / "tables" / "performance" / "index.html"
    text = path.read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)" download=', text)
    assert links
    assert all((path.parent / link).resolve().is_file() for link in links)
    assert "../../models/digits-resnet/" in text


def test_model_called_index_has_its_own_page(tmp_path: Path) -> None:
    """Ids that look like other files (index) do not get in each other's way."""
    project = make_project(tmp_path)
    text = (project / "results" / "2026.2" / "lab-xeon.json").read_text(encoding="utf-8")
    (project / "results" / "2026.2" / "lab-xeon.json").write_text(
        text.replace('"digits-resnet"', '"index"'), encoding="utf-8"
    )
    built = sphinx(project)
    assert (built.out / "benchfolio" / "models" / "index.html").is_file()
    assert (built.out / "benchfolio" / "models.html").is_file()


PAGES = (made.MODEL, made.HOSTILE)


def _same(page: Page) -> Page:
    return page


class MadeSource:
    """Views made by hand in the place of results."""

    state = "made"

    def __init__(self, *_ignored: object) -> None:
        """Take what a source of results is given."""

    def table(self, _table_id: str, _where: object) -> Table:
        """Return the table."""
        return made.TABLE

    def chart(self, _chart_id: str, _where: object) -> Chart:
        """Return the chart."""
        return made.BARS

    def value(self, _selector: str) -> Entry:
        """Return a value."""
        return made.TABLE.rows[0].entries[1]

    def plan(self, _recall: object) -> tuple[Planned, ...]:
        """Return two models, the second of them hostile."""
        return tuple(Planned(one.kind, one.id, "", partial(_same, one)) for one in PAGES)

    def badge(self, *_ignored: object) -> None:
        """Return no badge."""

    def published(self, *_ignored: object) -> dict[str, bytes]:
        """Return no file: there are no results."""
        return {}


@pytest.fixture
def made_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Built:
    """Return a build of the pages made by hand."""
    monkeypatch.setattr("benchfolio.sphinxext.project.ResultSource", MadeSource)
    index = "Title\n=====\n\n.. toctree::\n\n   myst\n   benchfolio/models\n"
    project = make_project(tmp_path, index=index)
    (project / "myst.md").write_text("# In MyST\n", encoding="utf-8")
    return sphinx(project)


def test_page_is_written_as_it_was(made_pages: Built, snapshot: SnapshotAssertion) -> None:
    """A generated page has its sentence, figures, sections, folded facts and sources as agreed."""
    text = page(made_pages, "benchfolio/models/digits-resnet")
    body = text[text.index('<section class="benchfolio-page"') : text.rindex("</section>")]
    assert body == snapshot(extension_class=Html)


def test_title_is_no_markup_of_any_kind(made_pages: Built) -> None:
    """A title with roles, substitutions, emphasis, line breaks and bidi marks stays what it is."""
    assert made_pages.warnings == ""
    text = page(made_pages, "benchfolio/models/hostile")
    title = re.search(r"<h1>(.*?)<a", text, re.DOTALL)
    assert title
    assert title[1].startswith(
        "&lt;script&gt;alert(1)&lt;/script&gt; `x`_ |sub| **bold** trailing_ a b"
    )
