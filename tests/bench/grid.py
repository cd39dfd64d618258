"""A page with a table of 20,000 rows in a browser, beside the same data in a bare grid.

The bare grid is Tabulator, the quickest of the well-known ones from a script file: one table, no
filters, no address, plain text. It is in ``vendor/`` for this comparison alone.
"""

from __future__ import annotations

import random
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from bench.sides import Outcome

from benchfolio.generator.griddata import grid_data
from benchfolio.generator.render import Data, Renderer
from benchfolio.generator.view import Column, Entry, Row, Table
from benchfolio.sphinxext.lifecycle import SCRIPTS, STATIC

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROWS = 20_000
ROUNDS = 7
VENDOR = Path(__file__).resolve().parent / "vendor" / "tabulator"
TASKS = ("image-classification", "object-detection", "text-classification")
PRECISIONS = ("FP32", "BF16", "INT8", "FP8-E4M3")
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
BUDGETS = {"usable": 1000.0, "filter": 100.0, "sort": 150.0}
"""Milliseconds."""
MOST = 1.5
"""How much longer than the bare grid ours may take."""

NAMES = ("model", "task", "precision", "runtime", "platform")
FIGURES = ("latency", "throughput", "gain", "memory", "size")

HEAD = "<!doctype html><html><head><meta charset='utf-8'><title>bench</title>"

WATCH = """
(function watch() {
  if (READY) requestAnimationFrame(() => setTimeout(() => { window.usable = performance.now(); }));
  else requestAnimationFrame(watch);
})();
"""

BARE = """
const columns = Object.keys(rows[0]).filter(name => name !== 'id').map(name =>
  ({title: name, field: name, sorter: typeof rows[0][name] === 'number' ? 'number' : 'string'}));
window.grid = new Tabulator('#grid', {data: rows, columns, height: 600});
grid.on('tableBuilt', () => { window.built = true; });
"""

FRAME = "await new Promise(done => requestAnimationFrame(() => setTimeout(done)));"
TIMED = f"async () => {{ const start = performance.now(); ACTION; {FRAME}"
TIMED += " return performance.now() - start; }"

OUR_READY = "document.documentElement && document.querySelector('.bf-tables-ready')"
OURS = {
    "filter": "document.querySelector('.bf-panel input[data-bench]').click()",
    "sort": "document.querySelectorAll('.bf-sort')[6].click()",
}
PEERS = {
    "filter": "grid.getFilters().length ? grid.clearFilter()"
    " : grid.setFilter('precision', '=', 'INT8')",
    "sort": "grid.setSort('throughput', (window.way = window.way === 'asc' ? 'desc' : 'asc'))",
}
PREPARE = """() => {
  document.querySelector('.bf-menu > summary').click();
  return new Promise(done => setTimeout(() => {
    const label = [...document.querySelectorAll('.bf-panel label')]
      .find(one => one.textContent.startsWith('INT8'));
    label.querySelector('input').setAttribute('data-bench', '');
    document.querySelector('.bf-menu').open = false;
    done();
  }, 50));
}"""


def figures() -> list[dict[str, str | float]]:
    """Return the same made-up rows every time."""
    dice = random.Random(5)
    return [
        {
            "model": f"model-{place // 20:05d}",
            "task": TASKS[place // 20 % len(TASKS)],
            "precision": PRECISIONS[place % len(PRECISIONS)],
            "runtime": ("openvino", "onnxruntime")[place // 4 % 2],
            "platform": f"platform-{place % 5}",
            **{name: round(dice.lognormvariate(3, 1), 3) for name in FIGURES},
        }
        for place in range(ROWS)
    ]


def our_table(rows: list[dict[str, str | float]]) -> Table:
    """Return the rows as a view, with intervals and tips as real tables have them."""
    columns = (
        *(Column(id=name, label=name, heading=True) for name in NAMES),
        *(Column(id=name, label=name, numeric=True, unit="ms") for name in FIGURES),
    )
    return Table(
        id="bench",
        title="Bench",
        columns=columns,
        rows=tuple(
            Row(
                anchor=f"row-{place}",
                entries=(
                    *(Entry(text=str(row[name]), raw=row[name]) for name in NAMES),
                    *(_figure(float(row[name])) for name in FIGURES),
                ),
            )
            for place, row in enumerate(rows)
        ),
    )


def _figure(value: float) -> Entry:
    low, high = round(0.98 * value, 3), round(1.02 * value, 3)
    return Entry(
        text=f"{value:.2f}",
        detail=f"{low:.2f} to {high:.2f}",
        raw=value,
        low=low,
        high=high,
        tip="95 % interval (bootstrap); n = 200; OpenVINO 2026.0.0; 2026-05-30",
        file="2026.2/lab-xeon.json",
    )


def write_ours(folder: Path, table: Table) -> None:
    """Write our page: excerpt, style sheet, scripts, data."""
    shutil.copytree(STATIC, folder / "_static")
    (folder / "rows.js").write_text(grid_data(table, "bench", lambda _: ""), encoding="utf-8")
    scripts = "".join(f"<script defer src='_static/{name}'></script>" for name in SCRIPTS)
    data = Data(name="bench", address="rows.js")
    body = Renderer().table(table, lambda _: "", prefix="bench", data=data)
    (folder / "ours.html").write_text(
        f"{HEAD}<link rel='stylesheet' href='_static/benchfolio.css'>{scripts}</head>"
        f"<body>{body}</body></html>",
        encoding="utf-8",
    )


def write_bare(folder: Path, rows: list[dict[str, str | float]]) -> None:
    """Write the peer's page."""
    shutil.copytree(VENDOR, folder / "tabulator")
    numbered = [{"id": place, **row} for place, row in enumerate(rows)]
    encoded = msgspec.json.encode(numbered).decode()
    (folder / "bare-rows.js").write_text(f"window.rows = {encoded};", encoding="utf-8")
    (folder / "bare.js").write_text(BARE, encoding="utf-8")
    names = ("tabulator/tabulator.min.js", "bare-rows.js", "bare.js")
    scripts = "".join(f"<script defer src='{name}'></script>" for name in names)
    (folder / "bare.html").write_text(
        f"{HEAD}<link rel='stylesheet' href='tabulator/tabulator.min.css'>{scripts}</head>"
        "<body><div id='grid'></div></body></html>",
        encoding="utf-8",
    )


def visit(browser: Browser, address: str, ready: str) -> Page:
    """Open a page afresh and wait until it is usable."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
    page.add_init_script(WATCH.replace("READY", ready))
    page.goto(address)
    page.wait_for_function("window.usable")
    return page


def measure(page: Page, actions: dict[str, str]) -> dict[str, float]:
    """Return milliseconds until each answer is on the screen; every action is done twice."""
    found = {"usable": float(page.evaluate("window.usable"))}
    for name, action in actions.items():
        timed = TIMED.replace("ACTION", action)
        found[name] = statistics.mean(float(page.evaluate(timed)) for _ in range(2))
    return found


def rounds(browser: Browser, folder: Path) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """Measure both in turn; the first round only warms up."""

    def ours() -> dict[str, float]:
        page = visit(browser, (folder / "ours.html").as_uri(), OUR_READY)
        page.evaluate(PREPARE)
        found = measure(page, OURS)
        page.context.close()
        return found

    def peer() -> dict[str, float]:
        page = visit(browser, (folder / "bare.html").as_uri(), "window.built")
        found = measure(page, PEERS)
        page.context.close()
        return found

    sides: tuple[Callable[[], dict[str, float]], ...] = (ours, peer)
    mine: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    for index in range(ROUNDS + 1):
        pair = [side() for side in (sides if index % 2 else reversed(sides))]
        first, second = pair if index % 2 else reversed(pair)
        if index:
            mine.append(first)
            theirs.append(second)
    return mine, theirs


def bench() -> list[Outcome]:
    """Compare opening, filtering and sorting; milliseconds beside the budget, and the ratio."""
    from playwright.sync_api import sync_playwright

    rows = figures()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        write_ours(folder, our_table(rows))
        write_bare(folder, rows)
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=list(OPTIONS))
        mine, theirs = rounds(browser, folder)
        browser.close()
    outcomes = []
    for what, budget in BUDGETS.items():
        own = statistics.median(one[what] for one in mine)
        ratio = statistics.median(a[what] / b[what] for a, b in zip(mine, theirs, strict=True))
        told = f"{what}, {ROWS:,} rows"
        peer = statistics.median(one[what] for one in theirs)
        outcomes.append(Outcome(told, own, "ms", budget, f"budget; bare grid {peer:.0f} ms"))
        outcomes.append(
            Outcome(f"{told}, share of the peer's", ratio, "×", MOST, "bare Tabulator, same rows")
        )
    return outcomes
