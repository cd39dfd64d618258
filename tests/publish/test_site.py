"""Published files in a built site: written, kept, removed, and left alone."""

from __future__ import annotations

import functools
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import pytest
from factory import raced, result_file
from pages.building import Built, make_project, small, sphinx
from publish.made import SITE, files

from benchfolio.generator.merge import merge
from benchfolio.generator.publish import Document, plan
from benchfolio.generator.render import Renderer
from benchfolio.results import write
from benchfolio.sphinxext.settling import MANIFEST, Settled, Sight, clear, manifest, settle, stage

INDEX = "api/v1/index.json"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a built project."""
    folder = tmp_path_factory.mktemp("published")
    return sphinx(make_project(folder), overrides={"html_baseurl": "https://example.org/x"})


def ours(built: Built) -> set[str]:
    """Return the published files that an output holds."""
    found = [*built.out.glob("api/**/*"), *built.out.glob("badges/*"), built.out / "feed.xml"]
    return {path.relative_to(built.out).as_posix() for path in found if path.is_file()}


def test_output_holds_the_files_and_a_list_of_them(built: Built) -> None:
    """API, feed and badges are in the output, and the manifest names just these."""
    assert INDEX in ours(built)
    assert "badges/digits-resnet.svg" in ours(built)
    assert set(manifest(built.out)) == ours(built)
    assert not built.warnings


def test_addresses_lead_to_pages_that_exist(built: Built) -> None:
    """Every page that a document names is in the output."""
    read = msgspec.json.decode((built.out / INDEX).read_bytes())
    named = [one["page"] for kind in ("models", "platforms") for one in read[kind]]
    assert "benchfolio/models/digits-resnet.html" in named
    assert all((built.out / page).is_file() for page in named)
    assert read["site"] == "https://example.org/x/"


def test_permalink_stands_on_its_page(built: Built) -> None:
    """The address of every cell with a value leads to a place that is there."""
    path = built.out / "api/v1/measurements/2026.2/lab-xeon.json"
    cells = msgspec.json.decode(path.read_bytes())["cells"]
    links = [cell["permalink"].split("#") for cell in cells if cell.get("values")]
    lost = [
        anchor
        for page, anchor in links
        if f'id="{anchor}"' not in (built.out / page).read_text(encoding="utf-8")
    ]
    assert not lost


def test_every_page_names_the_feed(built: Built) -> None:
    """Readers of feeds find it from any page, by an address relative to that page."""
    for page, address in (("index", "feed.xml"), ("benchfolio/models/hostile", "../../feed.xml")):
        html = (built.out / f"{page}.html").read_text(encoding="utf-8")
        assert (
            '<link rel="alternate" type="application/atom+xml" title="Project: releases" '
            f'href="{address}">'
        ) in html


def test_every_table_is_a_workbook_too(built: Built) -> None:
    """Beside every CSV of a whole table there is an XLSX, with a link.

    The tables of pages about one thing, which come in thousands, have CSV and JSON alone; scripts
    make the rest of them.
    """
    downloads = built.out / "_downloads" / "benchfolio"
    tables = {path.with_suffix("") for path in downloads.glob("*.csv")}
    assert tables
    assert {path.with_suffix("") for path in downloads.rglob("*.xlsx")} == tables
    assert {path.parent.name for path in downloads.rglob("*.csv")} > {"benchfolio", "model"}
    assert ".xlsx" in (built.out / "index.html").read_text(encoding="utf-8")


def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    """The same project built in two places publishes the same files."""
    one, other = (sphinx(make_project(tmp_path / name)) for name in ("one", "two"))
    assert ours(one) == ours(other)
    for name in (*ours(one), MANIFEST):
        assert (one.out / name).read_bytes() == (other.out / name).read_bytes(), name


def test_build_without_a_change_writes_nothing(tmp_path: Path) -> None:
    """Results that are as they were are neither read nor published again."""
    project = make_project(tmp_path)
    known = ours(sphinx(project)) | {MANIFEST}
    assert not sphinx(project).written & known


def test_changed_results_change_what_depends_on_them(tmp_path: Path) -> None:
    """Removed results leave no file behind, and what is not touched keeps its time."""
    project = make_project(tmp_path)
    before = ours(sphinx(project))
    (project / "results" / "2026.2" / "arm-board.json").unlink()
    again = sphinx(project)
    gone = before - ours(again)
    assert gone == {
        "api/v1/platforms/arm-board.json", "api/v1/measurements/2026.2/arm-board.json",
    }  # fmt: skip
    assert INDEX in again.written
    assert "api/v1/measurements/2026.2/lab-xeon.json" not in again.written
    assert set(manifest(again.out)) == ours(again)


def test_lost_file_is_written_again(tmp_path: Path) -> None:
    """A file that somebody removed is there again after the next build."""
    project = make_project(tmp_path)
    first = sphinx(project)
    (first.out / INDEX).unlink()
    assert INDEX in sphinx(project).written


def test_switched_off_nothing_is_left(tmp_path: Path) -> None:
    """A project that does not want these files has none, also where it had them before."""
    project = make_project(tmp_path)
    sphinx(project)
    again = sphinx(project, overrides={"benchfolio_api": False})
    assert not ours(again)
    assert not (again.out / MANIFEST).exists()
    assert not (again.out / "api").exists()
    assert "atom+xml" not in (again.out / "index.html").read_text(encoding="utf-8")


def test_address_that_is_none_is_a_warning(tmp_path: Path) -> None:
    """A site's address that browsers would not open is told and not used."""
    overrides = {"benchfolio_site_url": "javascript:alert(1)"}
    again = sphinx(make_project(tmp_path), overrides=overrides)
    assert "benchfolio_site_url" in again.warnings
    assert b"javascript" not in (again.out / "feed.xml").read_bytes()


def test_other_builders_publish_nothing(tmp_path: Path) -> None:
    """Formats without room for files beside their pages get none."""
    assert not ours(sphinx(make_project(tmp_path), "text"))


def made(files: dict[str, bytes], key: str = "") -> list[Document]:
    """Return files as documents that all follow from the same."""
    return [Document(path, key, functools.partial(bytes, data)) for path, data in files.items()]


def settled(
    out: Path, documents: Iterable[Document], known: Mapping[str, Sight] | None = None
) -> Settled:
    """Make files and put them into an output."""
    with tempfile.TemporaryDirectory() as folder:
        staged = stage(Path(folder), out, documents, known or {})
        return settle(out, staged, known or {})


def test_foreign_files_are_kept(tmp_path: Path) -> None:
    """A file of somebody else at one of our places is left as it is, and told."""
    (tmp_path / "feed.xml").write_text("theirs", encoding="utf-8")
    found = settled(tmp_path, made({"feed.xml": b"ours", "api/a.json": b"{}"}))
    assert found.foreign == ["feed.xml"]
    assert (tmp_path / "feed.xml").read_text(encoding="utf-8") == "theirs"
    assert set(manifest(tmp_path)) == {"api/a.json"}
    (tmp_path / "api" / "theirs.json").write_text("{}", encoding="utf-8")
    assert settled(tmp_path, ()).foreign == []
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["api", "feed.xml", "theirs.json"]


def test_file_that_came_meanwhile_is_foreign(tmp_path: Path) -> None:
    """What somebody puts at one of our places while files are made is theirs; touching is not."""
    out, folder = tmp_path / "out", tmp_path / "folder"
    documents = made({"a.json": b"1", "b.json": b"2", "c.json": b"3"}, "same")
    known = settled(out, documents).files
    staged = stage(folder, out, documents, known)
    assert not staged.made
    (out / "a.json").write_bytes(b"theirs")
    os.utime(out / "b.json", (1, 1))
    assert settle(out, staged, known).foreign == ["a.json"]
    assert (out / "a.json").read_bytes() == b"theirs"
    assert set(manifest(out)) == {"b.json", "c.json"}


def test_file_changed_since_is_not_removed(tmp_path: Path) -> None:
    """What somebody has put into the place of ours is theirs."""
    settled(tmp_path, made({"badges/a.svg": b"ours"}))
    (tmp_path / "badges" / "a.svg").write_bytes(b"theirs")
    clear(tmp_path)
    assert (tmp_path / "badges" / "a.svg").read_bytes() == b"theirs"


def test_what_follows_from_the_same_is_not_made_again(tmp_path: Path) -> None:
    """A file is made where its key is another, or where it is not as it was left; only there."""

    def never() -> bytes:
        raise AssertionError("this file was made again")

    known = settled(tmp_path, made({"a.json": b"1", "b.json": b"2"}, "old")).files
    documents = [Document("a.json", "old", never), *made({"b.json": b"3"}, "new")]
    known = settled(tmp_path, documents, known).files
    assert [(tmp_path / name).read_bytes() for name in ("a.json", "b.json")] == [b"1", b"3"]
    assert set(manifest(tmp_path)) == {"a.json", "b.json"}
    (tmp_path / "b.json").unlink()
    settled(tmp_path, [Document("a.json", "old", never), *made({"b.json": b"3"}, "new")], known)
    assert (tmp_path / "b.json").read_bytes() == b"3"


def test_one_changed_file_leaves_the_keys_of_other_cells() -> None:
    """Only documents that a result file goes into have another key when its content is another."""
    given = files()
    names = {name for name, _ in given}
    changed = "2026.2/lab-xeon.json"
    assert changed in names
    collection, renderer = merge(given), Renderer()
    before, after = (
        {one.path: one.key for one in plan(collection, SITE, renderer, {**known, changed: end})}
        for known in [dict.fromkeys(names, b"same")]
        for end in (b"same", b"other")
    )
    other = {path for path, key in before.items() if key != after[path]}
    assert other == {
        "api/v1/measurements/2026.2/lab-xeon.json", "api/v1/releases/2026.2.json", "feed.xml",
    }  # fmt: skip


def test_manifest_cannot_reach_outside(tmp_path: Path) -> None:
    """A manifest that names a file elsewhere removes nothing there."""
    out = tmp_path / "out"
    settled(out, made({"a.json": b"{}"}))
    outside = tmp_path / "precious"
    shutil.copy(out / "a.json", outside)
    text = (out / MANIFEST).read_text(encoding="utf-8")
    (out / MANIFEST).write_text(text.replace("a.json", "../precious"), encoding="utf-8")
    clear(out)
    assert outside.is_file()


def test_badge_follows_the_results(tmp_path: Path) -> None:
    """When a model was measured in turn, its badge says what came out."""
    project = make_project(tmp_path)
    before = sphinx(project)
    assert b"not judged" in (before.out / "badges/digits-resnet.json").read_bytes()
    file = raced(small(result_file()))
    write(file, project / "results" / "2026.2" / "lab-xeon.json")
    after = sphinx(project)
    assert b"INT8" in (after.out / "badges/digits-resnet.json").read_bytes()


def test_page_of_a_model_offers_its_badge(tmp_path: Path) -> None:
    """A model's page shows its badge and the Markdown for a README; without the API it has none."""
    folder = make_project(tmp_path)
    address = {"benchfolio_site_url": "https://results.example"}
    text = page_of_resnet(sphinx(folder, overrides=address))
    shown = re.search(r'<img src="\.\./\.\./badges/digits-resnet\.svg" alt="([^"]+)"', text)
    assert shown
    assert shown[1].startswith("best format: ")
    assert "](https://results.example/badges/digits-resnet.svg)](https://results.example/" in text
    without = page_of_resnet(sphinx(folder, overrides={"benchfolio_api": False}))
    assert "badges/" not in without


def page_of_resnet(built: Built) -> str:
    """Return a model's page."""
    return (built.out / "benchfolio/models/digits-resnet.html").read_text(encoding="utf-8")
