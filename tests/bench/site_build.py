"""Building a site against Sphinx alone, with the same theme; and what its pages weigh."""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.scale_data import Shape, write_results
from bench.sides import Outcome, python, ratio, seconds
from pages.browsing import chromium, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Response

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 5
MODELS = 1000
THEME = 'html_theme = "pydata_sphinx_theme"\n'
BUILD = "from benchfolio.cli import main; main()"
MODELS_AT = "benchfolio/models"
WIDTHS = (1400, 400)

SHIFT = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 1000);
})"""
"""The sum of all shifts of the layout since the page began to load."""


def bench() -> list[Outcome]:
    """Build the committed results, and 1,000 models; look at one of their pages in a browser."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        return [_cold(work), *_many(work)]


def _cold(work: Path) -> Outcome:
    """Compare cold builds of the starter project with the committed results, and of nothing."""
    trivial(work / "empty", 0)
    project = work / "project"
    shutil.copytree(ROOT / "templates" / "starter", project)

    def ours() -> None:
        clear(work, "site")
        build(project, work / "site", "--results", str(ROOT / "results"))

    def peer() -> None:
        clear(work, "out")
        python("-m", "sphinx", "-qE", str(work / "empty"), str(work / "out"))()

    files = len(list((ROOT / "results").rglob("*.json")))
    peer_name = f"an empty Sphinx project; {files} result files"
    return Outcome("cold build of a site", ratio(ours, peer, ROUNDS), "×", 10.0, peer_name)


def _many(work: Path) -> Iterator[Outcome]:
    """Build 1,000 pages of models, and as many that say nothing."""
    project = work / "many"
    shutil.copytree(ROOT / "templates" / "starter", project)
    write_results(project / "results", Shape(platforms=1, releases=1, models=MODELS))
    trivial(work / "trivial", MODELS)
    plain = ("-m", "sphinx", "-qE", str(work / "trivial"), str(work / "pages"))
    theirs = seconds(python(*plain))
    mine = seconds(lambda: build(project, work / "models"))
    name = f"{MODELS:,} pages of models, cold"
    yield Outcome(name, mine, "s", 15.0, "wall time")
    yield Outcome(f"{name}, ratio", mine / theirs, "×", 2.0, f"{MODELS:,} empty pages, same theme")
    yield from _weight(work / "models", min((work / "models" / MODELS_AT).glob("*.html")))


def _weight(site: Path, path: Path) -> Iterator[Outcome]:
    """Weigh a page, and what a browser loads for it."""
    page = path.read_text(encoding="utf-8")
    beyond = (len(page.encode()) - len(content(page).encode())) / 1000
    yield Outcome("page of a model beyond its content", beyond, "KB", 20.0, "HTML, uncompressed")
    with served(site) as address, chromium() as browser:
        yield from _seen(browser, address + path.relative_to(site).as_posix())


def _seen(browser: Browser, address: str) -> Iterator[Outcome]:
    """Load a page with nothing in the cache, wide and narrow."""
    told = "with all that it loads, cold cache, gzip"
    for width in WIDTHS:
        page = browser.new_page(viewport={"width": width, "height": 900})
        found: list[Response] = []
        page.on("response", partial(_keep, found))
        page.goto(address, wait_until="networkidle")
        total = sum(len(gzip.compress(one.body())) for one in found) / 1000
        shift = float(page.evaluate(SHIFT))
        page.close()
        if width == WIDTHS[0]:
            yield Outcome("page of a model in all", total, "KB", 150.0, told)
        yield Outcome(f"layout shift at {width} px", shift, "", 0.01, "sum while loading")


def _keep(found: list[Response], one: Response) -> None:
    found.append(one)


def content(page: str) -> str:
    """Return the article of a page: what its own text, tables and charts are."""
    found = re.search(r"<article\b.*</article>", page, re.DOTALL)
    return found[0] if found else ""


def trivial(folder: Path, pages: int) -> None:
    """Write a Sphinx project that says nothing, on so many pages beside the first."""
    folder.mkdir()
    plain = 'html_sidebars = {"**": []}\nhtml_copy_source = False\n'
    (folder / "conf.py").write_text(f'project = "empty"\n{THEME}{plain if pages else ""}')
    (folder / "index.rst").write_text("Empty\n=====\n")
    for number in range(pages):
        text = f":orphan:\n\nPage {number}\n==========\n\nNothing.\n"
        (folder / f"page-{number:05}.rst").write_text(text)


def build(project: Path, out: Path, *options: str) -> None:
    """Build a project with the command."""
    python("-c", BUILD, "build", str(project), "--out", str(out), *options)()


def clear(work: Path, name: str) -> None:
    """Remove a site, and what the next build would go on from."""
    for folder in (name, f".{name}.work"):
        shutil.rmtree(work / folder, ignore_errors=True)
