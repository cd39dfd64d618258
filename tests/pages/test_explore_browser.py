"""Compare and Chooser in a real browser: from files, and from a server with the strict policy."""

from __future__ import annotations

import csv
import functools
import http.server
import threading
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pytest
from factory import portfolio, raced
from pages.browsing import address_of
from pages.building import Built, make_project, small, sphinx
from pages.test_browser import browser, context, visit

from benchfolio.generator.explore import (
    FACETS,
    Comparing,
    Explored,
    Question,
    Ranking,
    Wish,
    explore,
)
from benchfolio.generator.explore.script import scripts
from benchfolio.generator.load import load
from benchfolio.generator.merge import merge
from benchfolio.results import write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

__all__ = ["browser", "context"]

RESULTS = Path(__file__).parents[2] / "results"
STATIC = Path(__file__).parents[2] / "generator/benchfolio/sphinxext/static"
BOTH = ("chooser", "compare")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a project of two releases, measured in turn, one platform with hostile names."""
    folder = make_project(tmp_path_factory.mktemp("asked"), theme="pydata_sphinx_theme")
    for path in (folder / "results").rglob("*.json"):
        path.unlink()
    for name, file in portfolio():
        write(small(raced(file)), folder / "results" / name)
    return sphinx(folder, overrides={"benchfolio_strict_policy": True})


class Strict(http.server.SimpleHTTPRequestHandler):
    """Serves files with the policy that allows nothing inline and nothing from elsewhere."""

    def end_headers(self) -> None:
        """Add the policy."""
        self.send_header("Content-Security-Policy", "default-src 'self'")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base has it
        """Say nothing."""


@pytest.fixture(scope="module")
def address(asked: Built) -> Iterator[str]:
    """Return the address of a server of the built project."""
    handler = functools.partial(Strict, directory=str(asked.out))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def opened(page: Page, built: Built, name: str, state: str = "") -> list[str]:
    """Open Chooser or Compare and wait until it answers; return what went wrong."""
    bad = visit(page, built, f"benchfolio/{name}")
    if state:
        page.goto(f"{(built.out / f'benchfolio/{name}.html').as_uri()}#{state}")
        page.reload()
    page.wait_for_function("(document.querySelector('.bf-status') || {}).textContent")
    return bad


def status(page: Page) -> str:
    """Return what is announced."""
    return page.locator(".bf-status").inner_text()


# The same answers as in Python ---------------------------------------------------------------


def figures_page(context: BrowserContext, folder: Path, explored: Explored) -> Page:
    """Open an empty page with the scripts and the figures."""
    for name, text in scripts(explored, lambda _: ""):
        (folder / name).write_text(text, encoding="utf-8")
    names = [(STATIC / name).as_uri() for name in ("benchfolio.js", "explore.js")]
    names += [(folder / name).as_uri() for name in ("head.js", "part-0.js")]
    tags = "".join(f'<script src="{name}"></script>' for name in names)
    (folder / "page.html").write_text(f"<!doctype html><meta charset=utf-8>{tags}", "utf-8")
    page = context.new_page()
    page.goto((folder / "page.html").as_uri())
    page.evaluate(
        """async () => {
            const head = await benchfolio.find('explore', '');
            window.figures = new benchfolio.explore.Figures(
                head, await benchfolio.find('explore-0', ''));
        }"""
    )
    return page


def questions(explored: Explored, filters: Sequence[Mapping[str, str]]) -> list[Question]:
    """Return every question of two sides and a metric; those with filters the other way round."""
    return [
        Question(facet=facet, a=a, b=b, metric=metric.id, where=where)
        for facet in FACETS
        for pair in combinations([id_ for id_, _ in explored.head.names[facet]], 2)
        for metric in explored.head.metrics
        for where in filters
        for a, b in [pair[::-1] if where else pair]
    ]


def same(ours: Any, theirs: Any) -> bool:  # noqa: ANN401 - plain data of any depth
    """Tell whether two answers agree, numbers but for the last bits of logarithms."""
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, float) and isinstance(theirs, (int, float)):
        return ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)
    return bool(ours == theirs)


@pytest.mark.parametrize("which", ["committed", "made"])
def test_script_and_python_give_the_same_answers(
    context: BrowserContext, tmp_path: Path, which: str
) -> None:
    """For every pair of names and every metric, words, reasons, figures and means are equal."""
    files = (
        load(RESULTS).files
        if which == "committed"
        else [(name, raced(file)) for name, file in portfolio()]
    )
    explored = explore(merge(files))
    page = figures_page(context, tmp_path, explored)
    comparing = Comparing(explored)
    compared = 0
    filters = [{}] if which == "committed" else [{}, {"platform": "lab-xeon"}]
    asked = questions(explored, filters)
    for start in range(0, len(asked), 100):
        some = asked[start : start + 100]
        theirs = page.evaluate(
            "all => all.map(one => benchfolio.explore.compare(figures, one))",
            [msgspec.to_builtins(one) for one in some],
        )
        for question, their in zip(some, theirs, strict=True):
            ours = msgspec.to_builtins(comparing.answer(question))
            assert same(_lists(ours), their), question
            compared += sum(pair["found"] is not None for pair in ours["pairs"])
    assert compared > 300


def _lists(value: Any) -> Any:  # noqa: ANN401 - plain data of any depth
    if isinstance(value, dict):
        return {name: _lists(each) for name, each in value.items()}
    return [_lists(each) for each in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("which", ["committed", "made"])
def test_script_and_python_rank_alike(context: BrowserContext, tmp_path: Path, which: str) -> None:
    """For every model, task, platform, metric and several losses, ranks and reasons are equal."""
    files = (
        load(RESULTS).files
        if which == "committed"
        else [(name, raced(file)) for name, file in portfolio()]
    )
    explored = explore(merge(files))
    page = figures_page(context, tmp_path, explored)
    ranking = Ranking(explored)
    wishes = [
        Wish(where={field: id_}, metric=metric, by=by, accepted=accepted)
        for field in ("model", "task", "platform")
        for id_, _ in explored.head.names[field]
        for metric in ("throughput", "latency@median")
        for by in ("speed", "gain")
        for accepted in (None, 0.0, 0.4, 100.0)
    ]
    theirs = page.evaluate(
        "all => all.map(one => benchfolio.explore.rank(figures, one))",
        [msgspec.to_builtins(one) for one in wishes],
    )
    ranked = 0
    for wish, their in zip(wishes, theirs, strict=True):
        ours = [_lists(msgspec.to_builtins(one)) for one in ranking.rank(wish)]
        assert same(ours, their), wish
        ranked += sum(one["rank"] > 0 for one in ours)
    assert ranked > 100


def test_parts_of_a_large_collection_join_to_the_whole(
    context: BrowserContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures that come in parts give the answers of those that come in one."""
    explored = explore(merge((name, raced(file)) for name, file in portfolio()))
    page = figures_page(context, tmp_path, explored)
    monkeypatch.setattr("benchfolio.generator.explore.script.WHOLE", 100)
    cut = {name: text for name, text in scripts(explored, lambda _: "") if "part" in name}
    assert len(cut) > 2
    for name, text in cut.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    counts = page.evaluate(
        """async files => {
            const parts = [];
            for (const [number, file] of files.entries()) {
                await benchfolio.load(file);
                parts.push(await benchfolio.find(`explore-${number}`, ''));
            }
            const { Figures, compare, joined } = benchfolio.explore;
            const cut = new Figures(figures.head, joined(parts));
            const asked = { facet: 'precision', a: 'FP32', b: 'INT8', metric: 'throughput' };
            return [figures, cut].map(one => compare(one, asked))
                .map(({ counts, means }) => ({ counts, means }));
        }""",
        [(tmp_path / name).as_uri() for name in cut],
    )
    assert counts[0]["counts"] == counts[1]["counts"]
    assert same(counts[0]["means"], counts[1]["means"])


# As a reader would ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOTH)
def test_answers_from_files_and_under_the_strict_policy(
    context: BrowserContext, asked: Built, address: str, name: str
) -> None:
    """Both pages answer, from file:// and under ``default-src 'self'``, and nothing goes wrong."""
    assert opened(context.new_page(), asked, name) == []
    page = context.new_page()
    bad: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            bad.append(message.text)

    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.on("console", on_console)
    page.on("pageerror", lambda error: bad.append(str(error)))
    page.goto(f"{address}/benchfolio/{name}.html")
    page.wait_for_function("(document.querySelector('.bf-status') || {}).textContent")
    assert page.locator(".bf-answer table tbody tr").count() > 0
    assert bad == []


def test_reader_chooses_by_keyboard_and_shares_the_address(
    context: BrowserContext, asked: Built
) -> None:
    """Typing an accepted loss ranks anew, is announced, and stands in an address that works."""
    page = context.new_page()
    opened(page, asked, "chooser", "model=digits-resnet&platform=lab-xeon")
    loss = page.get_by_label("Accepted loss")
    assert loss.input_value() == "1"
    before = status(page)
    loss.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("0.1")
    assert status(page) != before
    assert "loss=0.1" in address_of(page)
    over = page.locator("table", has_text="Excluded").locator("tr", has_text="over the limit by")
    assert "over the limit by 1.6\u202fpoints" in over.first.inner_text()
    other = context.new_page()
    other.goto(address_of(page))
    other.wait_for_function("(document.querySelector('.bf-status') || {}).textContent")
    assert status(other) == status(page)
    assert other.get_by_label("Accepted loss").input_value() == "0.1"


def test_evidence_leads_to_the_row_of_the_model_page(context: BrowserContext, asked: Built) -> None:
    """The measurement of a ranked format is one link away and stands on the page of its model."""
    page = context.new_page()
    opened(page, asked, "chooser", "model=digits-resnet&platform=lab-xeon")
    page.locator(".bf-answer tbody a").first.click()
    page.wait_for_url("**/models/digits-resnet.html#c-*")
    assert page.locator(":target").count() == 1


def test_choices_say_what_noise_and_samples_allow(context: BrowserContext, asked: Built) -> None:
    """Excluded formats say why, and a loss that samples do not show is no detectable loss."""
    page = context.new_page()
    opened(page, asked, "chooser", "model=digits-resnet&loss=50")
    text = page.locator(".bf-answer").inner_text()
    assert "no detectable loss" in text
    assert "unsupported: the device has no bfloat16" in text
    assert "not judged" in text


def test_compare_says_first_what_differs(context: BrowserContext, asked: Built) -> None:
    """What differs and what is held equal stands before the pairs; sides can be exchanged."""
    page = context.new_page()
    opened(page, asked, "compare", "facet=precision&a=FP32&b=INT8&metric=throughput")
    facts = page.locator(".bf-differ dt").all_inner_texts()
    assert facts == ["Precision differs", "Recipe differs", "Held equal"]
    assert page.locator(".bf-differ").evaluate(
        "list => Boolean(list.compareDocumentPosition(document.querySelector('.bf-answer table'))"
        " & Node.DOCUMENT_POSITION_FOLLOWING)"
    )
    assert "INT8 against FP32" in status(page)
    assert "Geometric mean of the gains" in status(page)
    page.get_by_role("button", name="Swap A and B").click()
    assert "FP32 against INT8" in status(page)
    assert "a=INT8&b=FP32" in address_of(page)
    page.go_back()
    assert "INT8 against FP32" in status(page)


def test_only_worse_shows_only_what_is_worse(context: BrowserContext, asked: Built) -> None:
    """The filter leaves the counts as they are and shows the worse pairs alone."""
    page = context.new_page()
    opened(page, asked, "compare", "facet=platform&a=lab-xeon&b=desk-core&metric=throughput")
    page.get_by_label("Show").select_option("worse")
    words = page.locator(".bf-answer table tbody tr td:last-child").all_inner_texts()
    assert words
    assert all("worse" in word for word in words)
    assert "show=worse" in address_of(page)
    page.get_by_label("Show").select_option("better")
    assert page.locator(".bf-empty").inner_text() == "No pair is better."


@pytest.mark.parametrize("name", BOTH)
def test_answer_sorts_and_is_saved_as_it_stands(
    context: BrowserContext, asked: Built, name: str
) -> None:
    """An answer is sorted by a column and saved in that order, with numbers and their intervals."""
    page = context.new_page()
    opened(page, asked, name, "model=digits-resnet&platform=lab-xeon" if name == "chooser" else "")
    before = address_of(page)
    block = page.locator(".bf-answer .bf-block").first
    block.get_by_role("button", name="Gain").click()
    raw = "cells => cells.map(c => c.dataset.raw).filter(Boolean).map(Number)"
    place = block.locator("thead th[aria-sort]").evaluate("head => head.cellIndex + 1")
    gains = block.locator(f"tbody tr > :nth-child({place})").evaluate_all(raw)
    assert len(gains) > 1
    assert gains == sorted(gains, reverse=True)
    assert address_of(page) == before  # the address is that of the question
    block.locator("summary", has_text="Copy, save").click()
    with page.expect_download() as waiting:
        block.get_by_role("button", name="Save as CSV").click()
    rows = list(csv.DictReader(waiting.value.path().read_text("utf-8-sig").splitlines()))
    column = next(key for key in rows[0] if key.startswith("Gain") and key.endswith("(×)"))
    saved = [row[column] for row in rows]
    assert [float(text) for text in saved[: len(gains)]] == pytest.approx(gains)
    assert f"{column} low" in rows[0]


def test_long_answer_comes_in_steps_and_sorts_as_a_whole(
    context: BrowserContext, asked: Built
) -> None:
    """Rows beyond a step wait for a button, and sorting looks at them all."""
    page = context.new_page()
    opened(page, asked, "compare")
    page.evaluate(
        """() => {
            const { explore, element } = benchfolio;
            const rows = [...Array(25).keys()].map((at) => element('tr', {},
                element('th', { scope: 'row', class: 'bf-text bf-first' },
                    element('span', { class: 'bf-value' }, `name ${at}`)),
                explore.figureCell([at, null, null], String(at))));
            const heads = [explore.headCell('Name', { first: true, column: { heading: true } }),
                explore.headCell('Size', { numeric: true, column: { better: 'higher' } })];
            document.querySelector('.bf-answer').replaceChildren(
                explore.table('steps', 'Steps', heads, rows, 10));
        }"""
    )
    rows = page.locator(".bf-answer tbody tr")
    assert rows.count() == 10
    page.get_by_role("button", name="Size").click()
    assert rows.first.inner_text().startswith("name 24")
    page.get_by_role("button", name="Show 10 more of 25").click()
    page.get_by_role("button", name="Show 5 more of 25").click()
    assert rows.count() == 25
    assert not page.locator(".bf-more-rows").is_visible()


def test_what_is_not_comparable_is_refused_with_its_reason(
    context: BrowserContext, asked: Built
) -> None:
    """Where nothing can be compared no figure is shown, and the announcement says why."""
    page = context.new_page()
    opened(page, asked, "compare", "facet=recipe&a=nncf-ptq&b=ort-qdq&metric=throughput")
    assert status(page).startswith("Nothing of ORT QDQ is comparable with NNCF PTQ: ")
    assert "Geometric mean" not in status(page)


@pytest.mark.parametrize("name", BOTH)
def test_controls_have_names_and_answers_are_announced(
    context: BrowserContext, asked: Built, name: str
) -> None:
    """Every control has a label, every table a name, and the answer is a polite live region."""
    page = context.new_page()
    opened(page, asked, name)
    nameless = page.eval_on_selector_all(
        ".bf-ask select, .bf-ask input",
        "all => all.filter(one => !one.labels.length || !one.labels[0].textContent).length",
    )
    assert nameless == 0
    assert page.locator(".bf-status").get_attribute("aria-live") == "polite"
    for region in page.locator(".bf-answer .bf-scroll").all():
        named = region.get_attribute("aria-labelledby")
        assert page.locator(f"#{named}").inner_text()
    ids = page.eval_on_selector_all("[id]", "all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", BOTH)
def test_hostile_names_and_addresses_are_inert(
    context: BrowserContext, asked: Built, name: str
) -> None:
    """Markup in names is text, and an address may say anything without harm."""
    page = context.new_page()
    state = "model=hostile&a=<img src=x onerror=alert(1)>&facet=__proto__&platform=arm-board&loss=x"
    bad = opened(page, asked, name, state)
    assert bad == []
    assert page.locator("article .bf-answer script, article .bf-answer img").count() == 0
    assert page.locator("option", has_text="<script>").count() > 0
    assert status(page)


@pytest.mark.parametrize("name", BOTH)
def test_narrow_pages_do_not_overflow(browser: Browser, asked: Built, name: str) -> None:
    """At 400 px tables scroll within their region, and the page does not."""
    narrow = browser.new_context(viewport={"width": 400, "height": 900})
    page = narrow.new_page()
    opened(page, asked, name)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    narrow.close()


@pytest.mark.parametrize("name", BOTH)
def test_without_javascript_tables_are_complete(browser: Browser, asked: Built, name: str) -> None:
    """Without a script a table answers what is most asked, and the page says what needs one."""
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto((asked.out / f"benchfolio/{name}.html").as_uri())
    assert page.locator("table.bf-table tbody tr").count() > 3
    assert page.get_by_text("needs JavaScript").is_visible()
    plain.close()


def test_texts_are_readable_in_both_themes(browser: Browser, asked: Built) -> None:
    """Words, hints, details and controls have a contrast of at least 4.5, light and dark."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        themed = browser.new_context(color_scheme=scheme)
        for name in BOTH:
            page = themed.new_page()
            opened(page, asked, name)
            ratios = page.evaluate(CONTRASTS)
            assert len(ratios) > 4
            assert min(ratios.values()) >= 4.5, (scheme, name, ratios)
        themed.close()


CONTRASTS = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = text => {
    const [r, g, b] = parse(text).slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = one => {
    const colour = getComputedStyle(one).backgroundColor;
    const clear = /rgba\\(.*, 0\\)/.test(colour) || colour === 'transparent';
    return clear && one.parentElement ? ground(one.parentElement) : colour;
  };
  const found = {};
  for (const name of ['.bf-status', '.bf-hint', '.bf-field label', '.bf-field select',
                      '.bf-answer .bf-state', '.bf-answer .bf-detail', '.bf-answer .bf-value',
                      '.bf-answer .bf-notes', '.bf-answer .bf-same .bf-value']) {
    const one = document.querySelector(name);
    if (!one) continue;
    const a = light(getComputedStyle(one).color);
    const b = light(ground(one));
    found[name] = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }
  return found;
}"""


def test_ways_lead_with_the_model_chosen(context: BrowserContext, asked: Built) -> None:
    """From the page of a model, Chooser and Compare are one link away and begin with it."""
    for label, text in (("Choose", "Digits ResNet-8"), ("Compare", "")):
        page = context.new_page()
        visit(page, asked, "benchfolio/models/digits-resnet")
        page.locator("#ways div", has=page.locator("dt", has_text=label)).locator("a").click()
        page.wait_for_function("(document.querySelector('.bf-status') || {}).textContent")
        assert text in status(page)
        assert "model=digits-resnet" in address_of(page)


def test_figures_are_left_alone_when_nothing_changed(asked: Built) -> None:
    """A second build of the same results writes no figures again, and leaves no others."""
    project = asked.out.parents[1]
    again = sphinx(project, overrides={"benchfolio_strict_policy": True})
    assert not [name for name in again.written if "benchfolio-explore" in name]
    found = {path.name for path in (asked.out / "_static/benchfolio-explore").iterdir()}
    assert found == {"head.js", "part-0.js"}


def test_a_page_loads_only_the_part_it_needs(
    context: BrowserContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of figures in several parts, a question about one model loads that of this model alone."""
    monkeypatch.setattr("benchfolio.generator.explore.script.WHOLE", 20)
    folder = make_project(tmp_path / "parts", theme="alabaster")
    built = sphinx(folder)
    page = context.new_page()
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url.rpartition("/")[2]))
    for name in BOTH:
        page.goto("about:blank")
        asked_for.clear()
        page.goto(f"{(built.out / f'benchfolio/{name}.html').as_uri()}#model=digits-resnet")
        page.wait_for_function("(document.querySelector('.bf-status') || {}).textContent")
        assert len([one for one in asked_for if one.startswith("part-")]) == 1
    assert len(list((built.out / "_static/benchfolio-explore").glob("part-*.js"))) > 1
