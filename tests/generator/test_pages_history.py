"""History over releases: a chart drawn from the rows of its table, with gaps where nothing is."""

from __future__ import annotations

import msgspec
from factory import raced, result_file, shifted

from benchfolio.generator.collection import Collection
from benchfolio.generator.merge import merge
from benchfolio.generator.pages.history import history_sections
from benchfolio.generator.view import Chart, Section, Table
from benchfolio.results import Cell, Precision, ResultFile, State

RELEASES = ("2026.1", "2026.2", "2026.10")


def _failed(cell: Cell) -> tuple[State, str] | None:
    if cell.precision is Precision.BF16:
        return State.FAILED, "out of memory"
    return None


def release(name: str, file: ResultFile) -> ResultFile:
    """Return a file under another release."""
    return msgspec.structs.replace(file, release=name)


def three() -> Collection:
    """Return three releases: faster in each, BF16 missing in the middle, a new OpenVINO last."""
    base = result_file("lab-xeon")
    files = (
        release(RELEASES[0], base),
        release(RELEASES[1], shifted(base, speed=lambda _: 1.1, state=_failed)),
        release(RELEASES[2], shifted(base, speed=lambda _: 1.3, versions={"openvino": "2026.3"})),
    )
    return merge((f"{file.release}/lab-xeon.json", file) for file in files)


COLLECTION = three()
SECTIONS = {section.id: section for section in history_sections(COLLECTION, "digits-resnet")}


def drawn(section: Section) -> tuple[Chart, Table]:
    """Return chart and table of a section."""
    assert section.chart is not None
    assert section.table is not None
    return section.chart, section.table


def test_speed_and_quality_have_a_history_on_each_platform() -> None:
    """A platform of several releases has both; one of a single release has none."""
    assert list(SECTIONS) == ["history-speed-lab-xeon", "history-quality-lab-xeon"]
    alone = merge([("a.json", result_file("lab-xeon"))])
    assert history_sections(alone, "digits-resnet") == ()


def test_a_history_is_drawn_from_the_rows_of_its_table() -> None:
    """Every line has the values, intervals and words of one row, releases oldest first."""
    for section in SECTIONS.values():
        chart, table = drawn(section)
        assert chart.steps == RELEASES
        assert [column.label for column in table.columns[-3:]] == list(RELEASES)
        assert len(chart.tracks) == len(table.rows) == 6
        for track, row in zip(chart.tracks, table.rows, strict=True):
            for stop, entry in zip(track.stops, row.entries[-3:], strict=True):
                raw = entry.raw if isinstance(entry.raw, float) else None
                assert (stop.value, stop.low, stop.high) == (raw, entry.low, entry.high)
                assert stop.text.startswith(entry.text)


def test_what_is_missing_is_a_word_and_no_value() -> None:
    """A release in which a format failed has no value there, and says why."""
    chart, table = drawn(SECTIONS["history-speed-lab-xeon"])
    (at,) = (n for n, track in enumerate(chart.tracks) if "BF16" in track.label)
    stops = chart.tracks[at].stops
    assert [stop.value is None for stop in stops] == [False, True, False]
    assert stops[1].text == "failed"
    assert table.rows[at].entries[-2].tip == "out of memory"


def test_a_release_that_left_a_platform_out_is_a_gap() -> None:
    """Releases in between stand on the axis though the platform was not measured for them."""
    base = result_file("lab-xeon")
    other = release("2026.2", result_file("desk-core"))
    files = (release("2026.1", base), other, release("2026.10", base))
    found = merge((f"{file.release}/{file.platform.id}.json", file) for file in files)
    chart, _ = drawn(history_sections(found, "digits-resnet")[0])
    assert chart.steps == ("2026.1", "2026.2", "2026.10")
    assert all(track.stops[1].text == "not measured" for track in chart.tracks)


def test_a_new_version_of_a_runtime_is_marked_where_it_came() -> None:
    """Only the lines of that runtime are marked, in the release that brought it."""
    chart, table = drawn(SECTIONS["history-speed-lab-xeon"])
    for track in chart.tracks:
        news = "OpenVINO 2026.3" if track.label.startswith("OpenVINO") else ""
        assert [stop.changed for stop in track.stops] == ["", "", news]
    assert "Hollow marks" in chart.description
    for track, row in zip(chart.tracks, table.rows, strict=True):
        news = track.stops[-1].changed
        assert row.entries[-1].detail.endswith("; OpenVINO 2026.3") is bool(news)


def test_names_of_lines_are_no_longer_than_needed() -> None:
    """Device and recipe are left out where runtime and precision tell lines apart."""
    chart, _ = drawn(SECTIONS["history-speed-lab-xeon"])
    labels = [track.label for track in chart.tracks]
    assert len(set(labels)) == len(labels)
    assert "OpenVINO · INT8" in labels


def test_histories_know_rounds_and_warnings() -> None:
    """Figures of a noisy machine carry their warning in the chart too."""
    files = [raced(release(name, result_file("lab-xeon"))) for name in RELEASES[:2]]
    found = merge((f"{file.release}.json", file) for file in files)
    chart, _ = drawn(history_sections(found, "digits-resnet")[0])
    assert all(stop.low is not None for track in chart.tracks for stop in track.stops if stop.value)


MANY = ("north", "south", "east", "west", "middle")


def on(platform: str, name: str, file: ResultFile) -> ResultFile:
    """Return a file as of another machine and release."""
    described = msgspec.structs.replace(file.platform, id=platform, label=platform.capitalize())
    return msgspec.structs.replace(file, release=name, platform=described)


def many(speeds: tuple[float, ...] = (1.02, 1.4, 0.7, 0.99, 1.2)) -> Collection:
    """Return three releases of five platforms; the newest is faster or slower on some."""
    base = result_file("lab-xeon")
    files = [
        on(platform, name, shifted(base, speed=lambda _, by=by, at=at: by if at == 2 else 1.0))  # type: ignore[misc]
        for platform, by in zip(MANY, speeds, strict=True)
        for at, name in enumerate(RELEASES)
    ]
    return merge((f"{file.release}/{file.platform.id}.json", file) for file in files)


def test_many_platforms_share_a_table_and_few_have_a_chart() -> None:
    """One table for each kind has every line; charts are those of the largest changes, and why."""
    sections = {one.id: one for one in history_sections(many(), "digits-resnet")}
    tables = {id_: one.table for id_, one in sections.items() if one.table is not None}
    assert list(tables) == ["history-speed-throughput", "history-quality-accuracy-top1"]
    for table in tables.values():
        assert table.columns[0].id == "platform"
        assert len(table.rows) == 6 * len(MANY)
        assert len({row.anchor for row in table.rows}) == len(table.rows)
    charts = [id_ for id_, one in sections.items() if one.chart is not None and "speed" in id_]
    assert charts == [f"history-speed-{name}" for name in ("east", "middle", "south")]
    assert "3 of 5 platforms" in sections[charts[0]].text


def test_where_nothing_moved_nothing_is_drawn() -> None:
    """Quality is the same in all releases of all platforms: there is a table, and it says so."""
    sections = {one.id: one for one in history_sections(many(), "digits-resnet")}
    quality = [one for id_, one in sections.items() if "quality" in id_]
    assert [one.chart for one in quality] == [None]
    assert quality[0].text.startswith("Nothing is drawn")


def test_charts_of_many_platforms_have_the_rows_of_the_shared_table() -> None:
    """Each chart has the values of its platform's rows, and no others."""
    sections = {one.id: one for one in history_sections(many(), "digits-resnet")}
    table = sections["history-speed-throughput"].table
    chart = sections["history-speed-south"].chart
    assert table is not None
    assert chart is not None
    rows = [row for row in table.rows if row.entries[0].raw == "south"]
    assert [[stop.value for stop in track.stops] for track in chart.tracks] == [
        [entry.raw for entry in row.entries[-3:]] for row in rows
    ]
    assert not any("South" in track.label for track in chart.tracks)


def test_long_tables_of_histories_are_folded() -> None:
    """A page does not open with a hundred lines; a few stand open."""
    every = {one.id: one for one in history_sections(many(), "digits-resnet")}
    assert not every["history-speed-throughput"].folded
    base = result_file("lab-xeon")
    names = (*MANY, "seventh", "eighth")
    files = [on(platform, name, base) for platform in names for name in RELEASES]
    found = merge((f"{file.release}/{file.platform.id}.json", file) for file in files)
    sections = {one.id: one for one in history_sections(found, "digits-resnet")}
    assert sections["history-speed-throughput"].folded


def test_only_the_newest_releases_are_shown_and_it_says_so() -> None:
    """Of fourteen releases twelve have columns and places; what is left out is told."""
    base = result_file("lab-xeon")
    files = [
        release(f"2026.{at}", shifted(base, speed=lambda _, at=at: 2.0 if at == 2 else 1.0))  # type: ignore[misc]
        for at in range(1, 15)
    ]
    found = merge((f"{file.release}.json", file) for file in files)
    sections = {one.id: one for one in history_sections(found, "digits-resnet")}
    chart, table = drawn(sections["history-speed-lab-xeon"])
    assert chart.steps == tuple(f"2026.{at}" for at in range(3, 15))
    assert [column.label for column in table.columns[-12:]] == list(chart.steps)
    assert table.notes[0] == "The newest 12 of 14 releases; all are in the API."
    assert chart.description.endswith("The newest 12 of 14 releases.")
    # What happened in a release that is not shown is not listed either.
    assert "steps-speed-lab-xeon" not in sections
