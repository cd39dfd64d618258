"""Tables in a real browser, as a reader uses them: sort, filter, share, copy, save, ask."""

from __future__ import annotations

import csv
import io
import json
import math
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import msgspec
import pytest
from factory import MODELS, raced, result_file
from pages.browsing import address_of, chromium, drawn, served
from pages.building import CONF, Built, sphinx

from benchfolio.results import ResultFile, write
from benchfolio.sphinxext.lifecycle import SCRIPTS, STATIC

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page

HOSTILE = {
    "names-encoder": "=1+1",
    "tiny-lm": '"><img src=x onerror=alert(1)>',
    "digits-detector": "Not /really/ <fast>",
}
INDEX = """\
Tables
======

.. benchfolio-table:: precision-comparison

.. benchfolio-table:: performance

.. benchfolio-table:: validated-models
   :where: platform=lab-xeon; runtime=openvino
"""
LARGE = """\
Large
=====

.. benchfolio-table:: performance
"""
MANY = 300
"""Copies of each model: 300 × 5 models × 6 formats make more rows than a page holds."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a fresh profile; errors of scripts, and dialogs, fail the test."""
    opened = browser.new_context(viewport={"width": 1400, "height": 900})
    wrong: list[str] = []
    opened.on("weberror", lambda one: wrong.append(str(one.error)))

    def on_dialog(dialog: Dialog) -> None:
        wrong.append(f"dialog {dialog.message}")
        dialog.dismiss()

    opened.on("dialog", on_dialog)
    yield opened
    opened.close()
    assert wrong == []


def project(folder: Path, index: str, *files: ResultFile) -> Built:
    """Build one page without generated ones."""
    folder.mkdir(parents=True, exist_ok=True)
    conf = CONF.format(theme="pydata_sphinx_theme") + "benchfolio_pages = False\n"
    (folder / "conf.py").write_text(conf, encoding="utf-8")
    (folder / "index.rst").write_text(index, encoding="utf-8")
    for file in files:
        write(file, folder / "results" / file.release / f"{file.platform.id}.json")
    built = sphinx(folder)
    assert built.warnings == ""
    return built


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a page of three tables, some of whose models have hostile names."""
    file = raced(result_file("lab-xeon"))
    models = {
        name: msgspec.structs.replace(model, name=HOSTILE.get(name, model.name))
        for name, model in MODELS.items()
    }
    folder = tmp_path_factory.mktemp("tables")
    return project(folder, INDEX, msgspec.structs.replace(file, models=models))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a page with a table of more rows than a page holds."""
    file = result_file("lab-xeon")
    wanted = [cell for cell in file.cells if cell.scenario.value == "throughput"]
    artefacts = {}
    cells = []
    for place in range(MANY):
        for cell in wanted:
            name = f"{cell.model}-{place:04d}"
            artefact = f"{cell.artefact}-{place:04d}" if cell.artefact else None
            if artefact and cell.artefact:
                old = file.artefacts[cell.artefact]
                artefacts[artefact] = msgspec.structs.replace(old, model=name)
            cells.append(msgspec.structs.replace(cell, model=name, artefact=artefact))
    models = {
        f"{name}-{place:04d}": msgspec.structs.replace(
            model, name=f"{HOSTILE.get(name, model.name)} {place}"
        )
        for name, model in MODELS.items()
        for place in range(MANY)
    }
    many = msgspec.structs.replace(
        file, models=models, artefacts=artefacts, cells=tuple(cells), races={}
    )
    return project(tmp_path_factory.mktemp("large"), LARGE, many)


def visit(context: BrowserContext, built: Built, hash_: str = "") -> Page:
    """Open the page and wait for its tables."""
    page = context.new_page()
    page.goto((built.out / "index.html").as_uri() + hash_)
    page.wait_for_selector("html.bf-tables-ready")
    return page


def block(page: Page, name: str = "precision-comparison") -> Locator:
    """Return one of the tables with all that belongs to it."""
    return page.locator(f".bf-block[data-table='{name}']")


def column(table: Locator, id_: str) -> list[float | None]:
    """Return the numbers of a column in the order shown."""
    found: list[float | None] = table.evaluate(
        """(block, id) => {
          const heads = benchfolio.model.leafHeads(block.querySelector('table'));
          const at = heads.findIndex(head =>
            JSON.parse(head.dataset.column || '{}').id === id);
          return [...block.querySelectorAll('tbody tr:not(.bf-space, .bf-none)')]
            .map(row => row.cells[at].dataset.raw ?? null).map(raw => raw && Number(raw));
        }""",
        id_,
    )
    return found


def names(table: Locator) -> list[str]:
    """Return the row headers of each row, without signs beside them."""
    found: list[str] = table.evaluate(
        """block => [...block.querySelectorAll('tbody tr:not(.bf-space, .bf-none)')].map(row =>
          [...row.querySelectorAll('th .bf-value')].map(one => one.textContent).join(' | '))"""
    )
    return found


def sorter(table: Locator, id_: str) -> Locator:
    """Return the button in the header of a column."""
    return table.locator(f"th[data-column*='\"{id_}\"'] .bf-sort")


def aria_sort(table: Locator) -> list[str]:
    """Return what each header says of sorting."""
    found: list[str] = table.evaluate(
        "block => [...block.querySelectorAll('[aria-sort]')].map(h => h.getAttribute('aria-sort'))"
    )
    return found


def open_menu(table: Locator, name: str) -> Locator:
    """Open a menu and return its panel."""
    menu = table.locator("details.bf-menu", has=table.page.locator("summary", has_text=name))
    menu.locator("> summary").click()
    return filled(menu.locator(".bf-panel"))


def filled(panel: Locator) -> Locator:
    """Return a panel once it is filled and placed: the browser tells of opening it afterwards."""
    panel.locator("> *").first.wait_for()
    return panel


def saved(table: Locator, label: str) -> bytes:
    """Save what is shown and return the file."""
    panel = open_menu(table, "Copy, save")
    with table.page.expect_download() as waiting:
        panel.get_by_role("button", name=label).click()
    table.page.keyboard.press("Escape")
    return Path(waiting.value.path()).read_bytes()


# Sorting ---------------------------------------------------------------------------------


def test_sorting_goes_by_value_with_the_missing_last(context: BrowserContext, built: Built) -> None:
    """A header sorts best first, then the other way, then not; numbers by value, missing last."""
    table = block(visit(context, built))
    before = names(table)
    seen = []
    for said in (["descending"], ["ascending"], []):
        sorter(table, "throughput").press("Enter")
        assert aria_sort(table) == said
        seen.append(column(table, "throughput"))
    down, up, _ = seen
    known = [value for value in down if value is not None]
    assert known == sorted(known, reverse=True)
    assert max(known) >= 1000 > min(known)  # As text, 1253 would stand before 536.
    assert [value for value in up if value is not None] == sorted(known)
    assert up[len(known) :] == down[len(known) :] == [None] * (len(up) - len(known))
    assert len(up) > len(known)
    assert names(table) == before


def test_words_are_sorted_by_the_number_behind_them(context: BrowserContext, built: Built) -> None:
    """What is shown in words, as no detectable loss, has its place by value; lower is first."""
    table = block(visit(context, built))
    sorter(table, "drop-quality").click()
    assert aria_sort(table) == ["ascending"]
    drops = [drop for drop in column(table, "drop-quality") if drop is not None]
    assert drops == sorted(drops)
    words = table.locator("tbody td[data-worded]").count()
    assert 0 < words < len(drops)


def test_sorting_is_stable(context: BrowserContext, built: Built) -> None:
    """Rows that are equal in the sorted column stay in the order of the table."""
    table = block(visit(context, built))
    before = names(table)
    sorter(table, "precision").click()
    places = [before.index(name) for name in names(table)]
    by_precision = [name.split(" | ")[2] for name in names(table)]
    assert list(dict.fromkeys(by_precision)) == ["BF16", "FP8-E4M3", "FP32", "INT8"]
    assert len([a for a, b in pairwise(by_precision) if a != b]) == 3
    groups: dict[str, list[int]] = {}
    for precision, place in zip(by_precision, places, strict=True):
        groups.setdefault(precision, []).append(place)
    assert all(group == sorted(group) for group in groups.values())


def test_repeated_names_are_shown_again(context: BrowserContext, built: Built) -> None:
    """A name steps back only under the same name: not when sorted, and not over a gap."""
    table = block(visit(context, built))
    assert table.locator("tbody .bf-same").count()
    sorter(table, "throughput").click()
    assert table.locator("tbody .bf-same").count() == 0
    assert table.locator("tbody .bf-begins").count() == 0
    sorter(table, "throughput").click()
    sorter(table, "throughput").click()
    open_menu(table, "Filter").get_by_label("FP8-E4M3").check()
    assert table.locator("tbody tr").first.locator(".bf-same").count() == 0


# Filtering -------------------------------------------------------------------------------


def test_search_facets_and_limits(context: BrowserContext, built: Built) -> None:
    """Words, chosen values and limits leave the rows that answer all of them, and say how many."""
    page = visit(context, built)
    table = block(page)
    every = len(names(table))
    count = table.locator(".bf-count")
    assert count.get_attribute("role") == "status"
    assert count.inner_text() == f"{every} rows"
    panel = open_menu(table, "Filter")
    panel.get_by_label("INT8").check()
    panel.get_by_label("BF16").check()
    kept = names(table)
    assert all("INT8" in name or "BF16" in name for name in kept)
    assert count.inner_text() == f"{len(kept)} of {every} rows"
    panel.get_by_label("Throughput: gain at least").fill("1.5")
    page.wait_for_function("location.hash.includes('min=1.5')")
    gains = column(table, "gain-throughput")
    assert gains
    assert all(gain is not None and gain >= 1.5 for gain in gains)
    panel.get_by_label("Quality: drop at most").fill("0.1")
    drops = column(table, "drop-quality")
    assert all(drop is not None and drop <= 0.1 for drop in drops)
    panel.get_by_label("Quality: drop at most").fill("")
    page.keyboard.press("Escape")
    table.get_by_label("Search").fill("openvino resnet")
    assert names(table)
    assert all("Digits ResNet-8" in name for name in names(table))
    table.get_by_role("button", name="Reset").click()
    assert len(names(table)) == every
    assert "#" not in address_of(page)


def test_states_are_chosen_from(context: BrowserContext, built: Built) -> None:
    """Rows with a failed value are found by state."""
    table = block(visit(context, built))
    open_menu(table, "Filter").get_by_label("failed").check()
    kept = names(table)
    assert kept
    assert table.locator("tbody tr").count() == len(kept)
    assert table.locator("tbody tr:has([data-state=failed])").count() == len(kept)


def test_nothing_found_is_said(context: BrowserContext, built: Built) -> None:
    """A search without an answer says so, and can be taken back."""
    table = block(visit(context, built))
    table.get_by_label("Search").fill("no such thing")
    assert table.locator("tbody").inner_text() == "No row answers this."
    table.get_by_role("button", name="Remove: “no such thing”").click()
    assert len(names(table)) > 5


def test_columns_are_chosen_by_keyboard(context: BrowserContext, built: Built) -> None:
    """Columns are hidden by keyboard alone, one or a group; row headers are not offered."""
    page = visit(context, built)
    table = block(page)
    table.locator("summary", has_text="Columns").focus()
    page.keyboard.press("Enter")
    panel = filled(table.locator(".bf-menu[open] .bf-panel"))
    legends = panel.locator("legend").all_inner_texts()
    assert {"Quality", "Throughput", "Latency"} <= set(legends)
    assert panel.get_by_label("Precision").count() == 0
    group = panel.locator("fieldset", has_text="Latency").get_by_label("all of these")
    group.focus()
    page.keyboard.press("Space")
    assert table.locator("thead .bf-upper", has_text="Latency").is_hidden()
    assert table.locator("thead .bf-upper", has_text="Throughput").get_attribute("colspan") == "2"
    heads = table.locator("thead th:visible:not(.bf-upper)").count()
    assert table.locator("tbody tr").first.locator("th:visible, td:visible").count() == heads
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Columns"
    assert "hide=latency@median,gain-latency@median" in address_of(page)


def test_short_table_has_no_bar(context: BrowserContext, built: Built) -> None:
    """A table seen at a glance has no search, but sorts and can be taken along."""
    table = block(visit(context, built), "validated-models")
    assert len(names(table)) <= 8
    assert table.get_by_label("Search").count() == 0
    sorter(table, "throughput").click()
    assert aria_sort(table) == ["descending"]
    assert b"\r\n" in saved(table, "Save as CSV")


# The address -----------------------------------------------------------------------------


def test_address_carries_the_state_to_another_reader(
    browser: Browser, context: BrowserContext, built: Built
) -> None:
    """The address of a changed table opens in a new profile as the same rows, order, columns."""
    page = visit(context, built)
    table = block(page, "performance")
    sorter(table, "lab-xeon-2026-2.throughput").click()
    panel = open_menu(table, "Filter")
    panel.get_by_label("INT8").check()
    page.keyboard.press("Escape")
    open_menu(table, "Columns").get_by_label("size", exact=True).uncheck()
    page.keyboard.press("Escape")
    block(page).get_by_label("Search").fill("resnet")
    hash_ = page.evaluate("location.hash")
    assert hash_.startswith("#t=precision-comparison&q=resnet&t=performance&sort=-")
    assert "&precision=INT8" in hash_
    other = browser.new_context(viewport={"width": 1400, "height": 900})
    again = visit(other, built, hash_)
    for name in ("precision-comparison", "performance"):
        assert names(block(again, name)) == names(block(page, name))
    shared = block(again, "performance")
    assert aria_sort(shared) == ["descending"]
    assert shared.locator("thead th", has_text="size").last.is_hidden()
    assert block(again).get_by_label("Search").input_value() == "resnet"
    top = again.evaluate("document.querySelector('.bf-block').getBoundingClientRect().top")
    assert abs(top) < 200
    assert again.evaluate("scrollY") > 100
    other.close()


def test_short_word_for_the_only_drop(context: BrowserContext, built: Built) -> None:
    """``drop.max`` and a model's id are understood as people would write them."""
    page = visit(context, built, "#t=precision-comparison&model=digits-resnet&drop.max=0.5")
    table = block(page)
    assert names(table)
    assert all(name.startswith("Digits ResNet-8") for name in names(table))
    assert all(drop is not None and drop <= 0.5 for drop in column(table, "drop-quality"))


def test_back_and_forward(context: BrowserContext, built: Built) -> None:
    """Each choice is a step back; words typed letter by letter are one."""
    page = visit(context, built)
    table = block(page)
    every = len(names(table))
    open_menu(table, "Filter").get_by_label("INT8").check()
    page.keyboard.press("Escape")
    chosen = len(names(table))
    table.get_by_label("Search").press_sequentially("resnet")
    found = len(names(table))
    assert found < chosen < every
    page.go_back()
    assert len(names(table)) == chosen
    page.go_back()
    assert len(names(table)) == every
    page.go_forward()
    assert len(names(table)) == chosen


def test_unknown_words_in_an_address_do_nothing(context: BrowserContext, built: Built) -> None:
    """An address with wrong columns, numbers and escapes shows the table as it is."""
    bad = "#t=precision-comparison&sort=nothing&drop.max=x&%zz=1&hide=model,none&__proto__=1&t"
    table = block(visit(context, built, bad))
    assert len(names(table)) == len(names(block(visit(context, built))))
    assert table.locator("thead th:not(.bf-verify-head):not(:visible)").count() == 0


def test_anchor_of_a_row_leads_to_it_also_when_filtered_out(
    context: BrowserContext, built: Built
) -> None:
    """A link to a row, or to a measurement in it, shows the row whatever was filtered."""
    page = visit(context, built)
    table = block(page)
    row = table.locator("tbody tr").last
    anchor = row.get_attribute("id")
    cell = row.locator("[data-cell]").first.get_attribute("data-cell")
    for place in (anchor, cell):
        table.get_by_label("Search").fill("no such thing")
        page.evaluate("place => { location.hash = place; }", place)
        page.wait_for_function("document.querySelector('.bf-block tbody').rows.length > 5")
        assert page.locator(f"[id='{place}']").first.is_visible()


def test_anchor_of_a_row_in_sight_keeps_the_filter(context: BrowserContext, built: Built) -> None:
    """A link to a row that is shown takes nothing away, and the way back leads to the filter."""
    page = visit(context, built)
    table = block(page)
    table.get_by_label("Search").fill("resnet")
    kept = names(table)
    table.locator(".bf-anchor").first.click()
    page.wait_for_function("!location.hash.startsWith('#t=') && history.state !== null")
    assert names(table) == kept
    page.go_back()
    page.wait_for_function("location.hash.startsWith('#t=')")
    assert names(table) == kept
    page.go_back()
    assert len(names(table)) > len(kept)


# Taking along ----------------------------------------------------------------------------


def shown_table(context: BrowserContext, built: Built) -> Locator:
    """Return a table that is sorted, filtered and has fewer columns."""
    state = "&sort=-throughput&runtime=openvino&hide=size,verdict,memory@peak"
    return block(visit(context, built, f"#t=precision-comparison{state}"))


def test_csv_is_what_is_shown(context: BrowserContext, built: Built) -> None:
    """CSV holds the shown rows in order, chosen columns, values, intervals; no formula."""
    table = shown_table(context, built)
    lines = list(csv.reader(io.StringIO(saved(table, "Save as CSV").decode())))
    header, *rows = lines
    assert header[:4] == ["Model", "Runtime", "Precision", "Recipe"]
    assert "Throughput: samples (1/s)" in header
    assert "Throughput: samples (1/s) low" in header
    assert not any(title.startswith(("size", "Verdict")) for title in header)
    shown = ["'=1+1" if name.startswith("=") else name.split(" | ")[0] for name in names(table)]
    assert [row[0] for row in rows] == shown
    assert "'=1+1" in shown
    at = header.index("Throughput: samples (1/s)")
    values = [None if row[at] == "failed" else float(row[at]) for row in rows]
    assert values == column(table, "throughput")
    assert not any(value.startswith(("=", "@", "+")) for row in rows for value in row)


def test_json_is_what_is_shown(context: BrowserContext, built: Built) -> None:
    """JSON holds the same rows with values, intervals, states, reasons, files, anchors."""
    table = shown_table(context, built)
    found: dict[str, Any] = json.loads(saved(table, "Save as JSON"))
    assert [one["id"] for one in found["columns"]][:2] == ["model", "runtime"]
    cells = [row["cells"]["throughput"] for row in found["rows"]]
    assert [cell.get("value") for cell in cells] == column(table, "throughput")
    assert all(cell["low"] < cell["value"] < cell["high"] for cell in cells if "value" in cell)
    assert {cell["state"] for cell in cells if "value" not in cell} == {"failed"}
    assert cells[0]["file"] == "2026.2/lab-xeon.json"
    assert cells[0]["cell"].startswith("c-")


def test_xlsx_is_what_is_shown(context: BrowserContext, built: Built) -> None:
    """XLSX holds numbers as numbers and text as inline text, never a formula."""
    table = shown_table(context, built)
    with zipfile.ZipFile(io.BytesIO(saved(table, "Save as XLSX"))) as file:
        assert file.testzip() is None
        sheet = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml"))
        for name in file.namelist():
            ElementTree.fromstring(file.read(name))
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    assert sheet.findall(".//x:f", space) == []
    texts = [one.text for one in sheet.findall(".//x:c[@t='inlineStr']//x:t", space)]
    assert "=1+1" in texts
    assert HOSTILE["tiny-lm"] in texts
    numbers = {float(one.text or "nan") for one in sheet.findall(".//x:v", space)}
    values = {value for value in column(table, "throughput") if value is not None}
    assert values <= numbers
    assert len(sheet.findall(".//x:row", space)) == len(names(table)) + 1


def test_markdown_goes_to_the_clipboard(context: BrowserContext, built: Built) -> None:
    """Copying as Markdown puts exactly the shown table, escaped, on the clipboard."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    table = shown_table(context, built)
    panel = open_menu(table, "Copy, save")
    panel.get_by_role("button", name="Copy as Markdown").click()
    panel.get_by_text("Table copied.").wait_for()
    text = table.page.evaluate("navigator.clipboard.readText()")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert lines[0].startswith("| Model | Runtime | Precision | Recipe |")
    assert len(lines) == len(names(table)) + 2
    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_text_to_copy_where_the_clipboard_is_refused(context: BrowserContext, built: Built) -> None:
    """Where the browser refuses the clipboard, the text is shown, selected, and Escape closes."""
    context.add_init_script(
        "if (navigator.clipboard)"
        " navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));"
    )
    table = shown_table(context, built)
    open_menu(table, "Copy, save").get_by_role("button", name="Copy as Markdown").click()
    area = table.page.locator("dialog.bf-copy textarea")
    area.wait_for()
    assert area.input_value().count("\n| ") == len(names(table)) + 2
    picked = area.evaluate("one => one.selectionEnd - one.selectionStart")
    assert picked == len(area.input_value())
    table.page.keyboard.press("Escape")
    table.page.locator("dialog.bf-copy").wait_for(state="detached")


# What stands behind a figure ---------------------------------------------------------------


def test_popover_by_keyboard_alone(context: BrowserContext, built: Built) -> None:
    """A row's button opens what stands behind its figures; Escape closes and gives focus back."""
    page = visit(context, built)
    row = block(page).locator("tbody tr", has_text="INT8").first
    row.locator(".bf-more").focus()
    page.keyboard.press("Enter")
    popover = page.locator(".bf-popover")
    told = popover.inner_text()
    for part in ("Throughput: samples", "n = ", "bootstrap", "ONNX Runtime 1.24.0", "2026-",
                 "2026.2/lab-xeon.json", "benchfolio verify", "Interval"):  # fmt: skip
        assert part in told, part
    assert popover.evaluate("one => one.contains(document.activeElement)")
    page.keyboard.press("Tab")
    assert popover.evaluate("one => one.contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert popover.is_hidden()
    assert row.evaluate("one => one.contains(document.activeElement)")


def test_popover_of_one_figure_has_its_permalink(context: BrowserContext, built: Built) -> None:
    """A click on a figure tells of that one, with an address that leads back to it."""
    page = visit(context, built)
    cell = block(page).locator("td[data-raw][data-cell]").first
    cell.click()
    popover = page.locator(".bf-popover")
    assert popover.locator("section").count() == 1
    anchor = cell.get_attribute("data-cell")
    link = popover.get_by_role("link", name=f"#{anchor}")
    assert str(link.get_attribute("href")).endswith(f"index.html#{anchor}")
    page.keyboard.press("Escape")
    assert popover.is_hidden()
    cell.click()
    page.mouse.click(5, 5)
    assert popover.is_hidden()


def test_hostile_names_stay_text(context: BrowserContext, built: Built) -> None:
    """Names with markup or formulas are text in menus, words of filters, popover and copies."""
    page = visit(context, built)
    table = block(page)
    panel = open_menu(table, "Filter")
    panel.get_by_label(HOSTILE["tiny-lm"]).check()
    page.keyboard.press("Escape")
    assert HOSTILE["tiny-lm"] in table.locator(".bf-chip").inner_text()
    table.locator(".bf-more").first.click()
    assert page.locator("#bf-popover-title").inner_text().startswith(HOSTILE["tiny-lm"])
    assert page.locator("img[src=x]").count() == 0


# Everyone ----------------------------------------------------------------------------------


def test_without_javascript_nothing_is_empty(browser: Browser, built: Built) -> None:
    """Without JavaScript no control, and no room for one, is shown; all rows and anchors are."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((built.out / "index.html").as_uri())
    assert page.locator(".bf-bar").first.is_hidden()
    assert page.locator(".bf-block button, .bf-block input").count() == 0
    table = block(page)
    assert table.locator("tbody tr").count() > 20
    anchor = table.locator("td[data-cell]").first.get_attribute("data-cell")
    assert page.locator(f"tr [id='{anchor}']").count() == 1
    context.close()


def test_ids_are_unique(context: BrowserContext, built: Built) -> None:
    """A measurement that several cells or tables show is one place on the page."""
    page = visit(context, built)
    ids = page.eval_on_selector_all(".bf-block [id]", "all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))
    assert sum(name.startswith("c-") for name in ids) > 20
    every = page.eval_on_selector_all("[data-cell]", "all => all.map(one => one.dataset.cell)")
    assert set(every) <= set(ids)


SHIFTS = """
window.shifts = [];
window.note = entries => {
  for (const entry of entries) {
    for (const source of entry.sources) {
      const one = source.node && (source.node.closest ? source.node : source.node.parentElement);
      if (one && one.closest('.bf-block')) window.shifts.push([entry.value, one.className]);
    }
  }
};
window.observer = new PerformanceObserver(list => window.note(list.getEntries()));
window.observer.observe({type: 'layout-shift', buffered: true});
"""
TOLD_SHIFTS = "(note(observer.takeRecords()), shifts.splice(0))"
"""Returns what moved since it was asked last, also what is not yet told."""


@pytest.mark.parametrize("width", [1400, 400])
def test_controls_move_nothing(browser: Browser, built: Built, width: int) -> None:
    """When the controls appear on a page already drawn, nothing in or below a table moves."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    held = []
    page.route("**/tables.js*", lambda route: held.append(route))
    page.add_init_script(SHIFTS)
    page.goto((built.out / "index.html").as_uri(), wait_until="commit")
    page.wait_for_function("document.querySelectorAll('.bf-foot').length === 3")
    page.locator(".bf-block").first.evaluate("one => one.scrollIntoView()")
    page.evaluate("document.fonts.ready.then(() => true)")
    drawn(page)
    page.evaluate(TOLD_SHIFTS)
    places = """() => [...document.querySelectorAll('.bf-block, .bf-table, .bf-block th, .bf-foot')]
      .map(one => one.getBoundingClientRect()).map(at => [at.top, at.left, at.width, at.height])"""
    before = page.evaluate(places)
    assert held
    held[0].continue_()
    page.wait_for_selector("html.bf-tables-ready")
    drawn(page)
    assert page.evaluate(TOLD_SHIFTS) == []
    assert page.evaluate(places) == before
    context.close()


def test_narrow_page_holds_its_menus(browser: Browser, built: Built) -> None:
    """At 400 px the page is as wide as the screen, and so are open menus and the popover."""
    context = browser.new_context(viewport={"width": 400, "height": 800}, has_touch=True)
    page = visit(context, built)
    table = block(page)
    for name in ("Filter", "Columns", "Copy, save"):
        box = open_menu(table, name).bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 400
        assert box["y"] + box["height"] <= 800
        page.keyboard.press("Escape")
    table.locator(".bf-more").first.tap()
    box = page.locator(".bf-popover").bounding_box()
    assert box
    assert box["x"] + box["width"] <= 400
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    context.close()


def test_reduced_motion_is_no_motion(browser: Browser, built: Built) -> None:
    """Menus and popover open without any animation."""
    context = browser.new_context(reduced_motion="reduce")
    page = visit(context, built)
    open_menu(block(page), "Filter")
    running = (
        "document.getAnimations().filter(one => one.effect.target.closest('.bf-block')).length"
    )
    assert page.evaluate(running) == 0
    context.close()


def test_strict_policy_is_kept(context: BrowserContext, built: Built, large: Built) -> None:
    """Under ``default-src 'self'`` everything works and none of our files breaks the policy."""
    context.add_init_script(
        "window.broken = []; document.addEventListener('securitypolicyviolation', event =>"
        " window.broken.push([event.sourceFile, event.violatedDirective, event.blockedURI]));"
    )
    for one in (built, large):
        with served(one.out) as address:
            page = context.new_page()
            page.goto(f"{address}index.html")
            page.wait_for_selector("html.bf-tables-ready")
            table = page.locator(".bf-block").first
            sorter(table, "throughput").first.click()
            open_menu(table, "Filter").get_by_label("INT8").check()
            page.keyboard.press("Escape")
            table.locator(".bf-more").first.click()
            page.keyboard.press("Escape")
            assert zipfile.is_zipfile(io.BytesIO(saved(table, "Save as XLSX")))
            broken = page.evaluate("window.broken")
            names_of_ours = ("benchfolio", "table", "fflate", "_downloads")
            assert not [one for one in broken if any(n in one[0] for n in names_of_ours)], broken
            page.close()


# Large tables ------------------------------------------------------------------------------


def test_large_table_without_javascript_is_an_excerpt(browser: Browser, large: Built) -> None:
    """Without JavaScript the page holds the first 200 rows and says of how many."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((large.out / "index.html").as_uri())
    assert page.locator("tbody tr").count() == 200
    said = page.locator(".bf-excerpt").inner_text()
    assert said.startswith(f"200 of {total(large)} rows")
    assert "CSV" in said
    context.close()


def total(large: Built) -> str:
    """Return how many rows the table has, as the page writes it."""
    data = json.loads((large.out / "_downloads/benchfolio/performance.json").read_text())
    return str(len(data["rows"]))


def test_large_table_draws_what_is_in_view(context: BrowserContext, large: Built) -> None:
    """The grid shows every row on scrolling, with few in the document and none out of place."""
    page = visit(context, large)
    rows = page.locator("tbody tr:not(.bf-space)")
    assert rows.count() < 100
    assert page.locator("table").get_attribute("aria-rowcount") == str(int(total(large)) + 2)
    data = json.loads((large.out / "_downloads/benchfolio/performance.json").read_text())
    region = page.locator(".bf-scroll")
    page.evaluate("document.querySelector('.bf-block').scrollIntoView()")
    for share in (0.37, 1.0):
        region.evaluate("(one, share) => { one.scrollTop = share * one.scrollHeight; }", share)
        drawn(page)
        found = page.evaluate(
            """() => {
              const region = document.querySelector('.bf-scroll');
              const { left, top } = region.getBoundingClientRect();
              const row = document.elementFromPoint(left + 20, top + 400).closest('tr');
              return [Number(row.getAttribute('aria-rowindex')), row.cells[0].innerText];
            }"""
        )
        index, text = found
        name = data["rows"][index - 3]["cells"]["model"]["text"]
        assert text.startswith(name)
    heights = rows.evaluate_all("all => [...new Set(all.map(one => one.offsetHeight))]")
    assert len(heights) == 1


def test_large_table_does_what_small_ones_do(context: BrowserContext, large: Built) -> None:
    """Sorting, search, limits, address, saving and popover work on all rows, not the excerpt."""
    page = visit(context, large)
    table = page.locator(".bf-block")
    table.get_by_label("Search").fill("resnet 299")
    assert "of" in table.locator(".bf-count").inner_text()
    assert names(table)
    assert all(name.startswith("Digits ResNet-8 299") for name in names(table))
    sorter(table, "lab-xeon-2026-2.throughput").click()
    shown = [value for value in column_of_model(page) if not math.isnan(value)]
    assert shown == sorted(shown, reverse=True)
    lines = list(csv.reader(io.StringIO(saved(table, "Save as CSV").decode())))
    assert len(lines) == len(names(table)) + 1
    table.locator(".bf-more").first.click()
    assert "n = " in page.locator(".bf-popover").inner_text()
    page.keyboard.press("Escape")
    again = visit(context, large, page.evaluate("location.hash"))
    assert names(again.locator(".bf-block")) == names(table)


def column_of_model(page: Page) -> list[float]:
    """Return the throughputs drawn, top to bottom."""
    found: list[float] = page.evaluate(
        """() => [...document.querySelectorAll('tbody tr:not(.bf-space)')].map(row => {
          const cells = [...row.cells];
          return parseFloat(cells[cells.length - 1].textContent.replace(/[^0-9.]/g, '') || 'x');
        })"""
    )
    return found


def test_anchor_of_a_far_row_of_a_large_table(context: BrowserContext, large: Built) -> None:
    """An address of a row that is not drawn scrolls the grid to it and marks it."""
    data = json.loads((large.out / "_downloads/benchfolio/performance.json").read_text())
    anchor = data["rows"][-5]["anchor"]
    page = visit(context, large, f"#performance-{anchor}")
    row = page.locator("tr.bf-target")
    assert row.get_attribute("id") == f"performance-{anchor}"
    assert row.is_visible()


def test_row_keeps_the_focus_while_the_grid_scrolls(context: BrowserContext, large: Built) -> None:
    """A button in a row that stays in view keeps the focus when others are drawn."""
    page = visit(context, large)
    button = page.locator(".bf-more").nth(8)
    button.focus()
    page.locator(".bf-scroll").evaluate("one => { one.scrollTop += 200; }")
    drawn(page)
    assert page.evaluate("document.activeElement.className") == "bf-more"


# The scripts themselves ------------------------------------------------------------------


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_parses_and_makes_no_markup(name: str) -> None:
    """Every script is valid, strict, wrapped, and never turns text into markup or code."""
    text = (STATIC / name).read_text(encoding="utf-8")
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                 "new Function", "fetch(", "XMLHttpRequest"):  # fmt: skip
        assert word not in text, word
    assert "(function () {\n  'use strict';" in text
    node = shutil.which("node")
    if node is not None:
        subprocess.run([node, "--check", str(STATIC / name)], check=True)
