"""Steps in histories: found in results of many releases, marked in the chart, listed with why."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec
import pytest
from factory import HOSTILE, UNUSABLE, raced, result_file, shifted

from benchfolio.generator.collection import Collection
from benchfolio.generator.histories import (
    OUTLIER,
    STEP,
    UNSETTLED,
    SeriesSteps,
    event_words,
    history_steps,
)
from benchfolio.generator.merge import merge
from benchfolio.generator.pages.history import history_sections
from benchfolio.generator.render import Renderer
from benchfolio.generator.view import Section
from benchfolio.results import Cell, Precision, ResultFile, Scenario

LAB = result_file("lab-xeon")
NOISE = (1.0, 1.004, 0.997, 1.002, 0.999, 1.003, 0.998, 1.001)
INT8 = (1.0, 1.0, 1.0, 1.0, 1.3, 1.3, 1.3, 1.3)
"""Speed of INT8 by release: a step with the fifth."""
FP32 = (1.0, 1.0, 0.6, 1.0, 1.0, 1.0, 1.0, 1.0)
"""Of FP32: the third is an outlier."""
BF16 = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.7)
"""Of BF16: the last is off."""
FACTORS = {Precision.INT8: INT8, Precision.FP32: FP32, Precision.BF16: BF16}


def speed(at: int) -> Callable[[Cell], float]:
    """Return how fast each cell is in a release; every series has noise of its own."""

    def factor(cell: Cell) -> float:
        own = NOISE[(at + len(cell.model) + len(cell.recipe)) % len(NOISE)]
        return own * FACTORS.get(cell.precision, (1.0,) * 8)[at]

    return factor


def release(at: int) -> ResultFile:
    """Return one of eight releases; with the fifth come another OpenVINO and another kernel."""
    versions = {"openvino": "2026.0.0" if at < 4 else "2026.1.0"}
    file = shifted(LAB, speed=speed(at), versions=versions)
    system = msgspec.structs.replace(LAB.platform.system, kernel="6.8.0" if at < 4 else "6.9.0")
    platform = msgspec.structs.replace(LAB.platform, system=system)
    return msgspec.structs.replace(file, release=f"2026.{at + 1}", platform=platform)


def collected(files: Sequence[ResultFile]) -> Collection:
    """Merge files of one platform."""
    return merge((f"{file.release}/lab-xeon.json", file) for file in files)


FILES = [release(at) for at in range(8)]
COLLECTION = collected(FILES)
FOUND = history_steps(COLLECTION)


def of(precision: Precision, scenario: Scenario = Scenario.THROUGHPUT) -> list[SeriesSteps]:
    """Return the series of one model in one precision, OpenVINO's."""
    wanted = {
        "precision": precision.value,
        "scenario": scenario.value,
        "model": "digits-resnet",
        "runtime": "openvino",
    }
    return [one for one in FOUND if wanted.items() <= one.key.items()]


@pytest.fixture(scope="module")
def sections() -> dict[str, Section]:
    """Return the histories of one model."""
    return {one.id: one for one in history_sections(COLLECTION, "digits-resnet")}


def test_a_step_says_when_by_how_much_and_what_changed() -> None:
    """The release, both levels, whether that is better, and the versions before and after."""
    (one,) = of(Precision.INT8)
    (event,) = one.events
    assert (event.kind, event.release, event.previous) == (STEP, "2026.5", "2026.4")
    assert event.ratio == pytest.approx(1.3, rel=0.01)
    assert event.better
    assert event.changed == ("OpenVINO 2026.0.0 → 2026.1.0", "kernel 6.8.0 → 6.9.0")
    assert event_words(event, COLLECTION.metric(one.metric)).startswith("step, +30.")
    assert one.releases == tuple(f"2026.{at}" for at in range(1, 9))
    assert len(set(one.levels[:4])) == len(set(one.levels[4:])) == 1


def test_a_lower_latency_is_better() -> None:
    """The direction of the metric decides what is better, not its sign."""
    (one,) = of(Precision.INT8, Scenario.LATENCY)
    (event,) = one.events
    assert event.ratio == pytest.approx(1 / 1.3, rel=0.01)
    assert event.better


def test_outliers_and_the_newest_release_are_no_steps() -> None:
    """One that returned is an outlier, and of the last nothing is known yet."""
    (outlier,) = of(Precision.FP32)[0].events
    assert (outlier.kind, outlier.release, outlier.better) == (OUTLIER, "2026.3", False)
    assert outlier.after / outlier.before == pytest.approx(0.6, rel=0.02)
    (last,) = of(Precision.BF16)[0].events
    assert (last.kind, last.release) == (UNSETTLED, "2026.8")


def test_what_stays_on_its_level_is_not_listed() -> None:
    """Quality did not change and FP8 was as fast in every release: neither has steps."""
    assert of(Precision.FP8_E4M3) == []
    assert not any(one.key["scenario"] == "accuracy" for one in FOUND)
    assert history_steps(collected(FILES[:3])) == ()


def test_quality_has_steps_in_its_own_unit() -> None:
    """A loss of points beyond the intervals is a step that is told in points."""
    files = [
        msgspec.structs.replace(
            shifted(LAB, points=lambda cell: -8.0 if cell.precision is Precision.INT8 else 0.0)
            if at > 3
            else LAB,
            release=f"2026.{at + 1}",
        )
        for at in range(8)
    ]
    collection = collected(files)
    found = {one.key["model"]: one for one in history_steps(collection)}
    (event,) = found["digits-resnet"].events
    metric = collection.metric(found["digits-resnet"].metric)
    assert event_words(event, metric) == "step, −8.00 points (worse)".replace(
        " points", "\u202fpoints"
    )


def test_the_order_of_files_makes_no_difference() -> None:
    """The same results in any order have the same steps, in the same order."""
    assert history_steps(collected(FILES[::-1])) == FOUND


def test_values_of_a_machine_that_was_too_busy_are_left_out() -> None:
    """An unusable value is neither an outlier nor part of a level."""
    busy = [
        raced(FILES[at], verdict=lambda _: UNUSABLE) if at == 2 else FILES[at] for at in range(8)
    ]
    found = [one for one in history_steps(collected(busy)) if one.key["precision"] == "FP32"]
    assert not any(event.kind == OUTLIER for one in found for event in one.events)


def test_the_chart_marks_what_the_table_lists(sections: dict[str, Section]) -> None:
    """Each row of the table of steps has a mark of its kind in the chart, which says what it is."""
    chart, table = sections["history-speed-lab-xeon"].chart, sections["steps-speed-lab-xeon"].table
    assert chart is not None
    assert table is not None
    marks = [
        (release, track.label, stop.event.split(",")[0])
        for track in chart.tracks
        for release, stop in zip(chart.steps, track.stops, strict=True)
        if stop.sign
    ]
    rows = [tuple(entry.text for entry in row.entries[:3]) for row in table.rows]
    assert sorted(rows) == sorted(marks)
    assert rows[0][0] == "2026.8"
    changed = {row.entries[0].text: row.entries[-1].text for row in table.rows}
    assert changed["2026.5"] == "OpenVINO 2026.0.0 → 2026.1.0; kernel 6.8.0 → 6.9.0"
    assert changed["2026.3"] == "nothing that is known"
    assert "Triangles" in chart.description


def test_quality_that_never_changed_has_no_table_of_steps(sections: dict[str, Section]) -> None:
    """A history in which nothing happened is drawn as it was before there were steps."""
    chart = sections["history-quality-lab-xeon"].chart
    assert "steps-quality-lab-xeon" not in sections
    assert chart is not None
    assert "Triangles" not in chart.description


def test_the_drawing_has_a_shape_for_each_mark(sections: dict[str, Section]) -> None:
    """A triangle points where a step goes, a ring is around what is alone, and each says so."""
    chart = sections["history-speed-lab-xeon"].chart
    assert chart is not None
    drawing = str(Renderer().chart(chart, str, prefix="steps"))
    signs = re.findall(r'class="bf-left-level bf-(\w+)"', drawing)
    expected = [s.sign for t in chart.tracks for s in t.stops if s.sign]
    assert signs == expected
    assert set(signs) == {"up", "off", "open"}
    assert drawing.count("; step, +30.") == signs.count("up")
    assert drawing.count("stroke-dasharray") == signs.count("open")


def test_hostile_versions_are_text() -> None:
    """What a result file calls a version is shown, never obeyed."""
    named = [shifted(file, versions={"openvino": HOSTILE[0]}) for file in FILES[4:]]
    section = next(
        one
        for one in history_sections(collected([*FILES[:4], *named]), "digits-resnet")
        if one.id == "steps-speed-lab-xeon"
    )
    assert section.table is not None
    html = str(Renderer().table(section.table, str, prefix="steps"))
    assert HOSTILE[0] not in html
    assert any(HOSTILE[0] in row.entries[-1].text for row in section.table.rows)
