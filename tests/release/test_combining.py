"""Merging result files of one platform and release: who wins, what is said, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from factory import raced, result_file, shifted

from benchfolio.cli.merge import command
from benchfolio.generator.paired import twin_pairs
from benchfolio.release.combining import Combined, combine
from benchfolio.release.precedence import parse_precedence
from benchfolio.results import (
    Accelerator,
    BadInput,
    Cell,
    Document,
    Metric,
    Origin,
    Platform,
    Precision,
    ResultFile,
    Scenario,
    State,
    WrongUsage,
    cell_key,
    encode,
    read,
    write,
)
from benchfolio.results.metrics import Direction, Kind

replace = msgspec.structs.replace
LAB = result_file("lab-xeon")
LATER = timedelta(days=1)


def moved(file: ResultFile, by: timedelta = LATER) -> ResultFile:
    """Return a file whose cells were started later."""
    cells = tuple(replace(cell, started=cell.started and cell.started + by) for cell in file.cells)
    return replace(file, cells=cells)


def only(file: ResultFile, keep: Callable[[Cell], bool]) -> ResultFile:
    """Return a file with some of its cells."""
    return replace(file, cells=tuple(cell for cell in file.cells if keep(cell)))


def together(file: ResultFile, day: int) -> ResultFile:
    """Return a raced file whose races were run on one day, all cells of each at once."""
    cells = tuple(
        replace(cell, started=datetime(2026, 3, day, tzinfo=UTC)) if cell.rounds else cell
        for cell in file.cells
    )
    return replace(file, cells=cells)


def merged(*files: ResultFile, rules: tuple[str, ...] = (), **options: bool) -> Combined:
    """Merge files named a.json, b.json …"""
    named = [(f"{name}.json", file) for name, file in zip("abcdef", files, strict=False)]
    (found,) = combine(named, parse_precedence(rules), **options)
    return found


def is_resnet(cell: Cell) -> bool:
    """Tell whether a cell is of one model."""
    return cell.model == "digits-resnet"


def by_key(file: ResultFile) -> dict[tuple[str, ...], Cell]:
    """Return the cells of a file by key."""
    return {cell_key(cell): cell for cell in file.cells}


def test_parts_of_a_suite_become_the_whole() -> None:
    """Two runs of different models give the file that one run of both would have given."""
    parts = [only(LAB, is_resnet), only(LAB, lambda cell: not is_resnet(cell))]
    found = merged(*parts)
    assert encode(found.file) == encode(LAB)
    assert found.conflicts == ()
    assert found.sources == ("a.json", "b.json")


def test_imported_accuracy_goes_beside_measured_speed() -> None:
    """Cells keep where they come from; the merged file is a measured one."""
    own = Origin(kind="imported", tool="accuracy checker 1.2")
    speed = only(LAB, lambda cell: cell.scenario is not Scenario.ACCURACY)
    quality = only(replace(LAB, origin=own), lambda cell: cell.scenario is Scenario.ACCURACY)
    found = merged(quality, speed).file
    assert found.origin == LAB.origin
    origins = {cell.origin for cell in found.cells if cell.scenario is Scenario.ACCURACY}
    assert origins == {own}
    assert {c.origin for c in found.cells if c.scenario is not Scenario.ACCURACY} == {None}


@pytest.mark.parametrize("tool", list("abcdef"))
def test_the_merged_file_is_of_the_best_origin(tool: str) -> None:
    """Measured goes before imported, however many cells; of two measured ones most cells decide."""
    imported = Origin(kind="imported", tool=tool)
    few, many = only(LAB, is_resnet), only(LAB, lambda cell: not is_resnet(cell))
    assert merged(few, replace(many, origin=imported)).file.origin == LAB.origin
    newer = Origin(kind="measured", tool=tool)
    assert merged(few, replace(many, origin=newer)).file.origin == newer
    assert merged(many, replace(few, origin=newer)).file.origin == LAB.origin


def test_what_time_does_not_decide_the_content_does() -> None:
    """Of two results of the same moment the same one wins, whatever the files are called."""
    files = [shifted(LAB, speed=lambda _: 1.5), shifted(LAB, speed=lambda _: 2.5)]
    assert encode(merged(*files).file) == encode(merged(*files[::-1]).file)
    whys = {each.why for each in merged(*files).conflicts}
    assert whys == {
        "started at the same time, they differ in values; a hash of the content decided"
    }


def test_the_newest_wins_and_the_report_says_of_what() -> None:
    """A cell measured again replaces the older one; the report has files, key, values and why."""
    again = only(moved(shifted(LAB, speed=lambda _: 2.0)), is_resnet)
    found = merged(again, LAB)
    kept = by_key(found.file)
    assert all(kept[key] == cell for key, cell in by_key(again).items() if cell.started)
    told = [str(each) for each in found.conflicts if each.kind == "cell"]
    (one,) = (
        t for t in told if "scenario=throughput" in t and "recipe=nncf-ptq" in t and "INT8" in t
    )
    assert one.splitlines()[0].startswith("cell model=digits-resnet, scenario=throughput")
    assert "used:     throughput 2506.45 1/s (a.json)" in one
    assert "not used: throughput 1253.23 1/s (b.json)" in one
    assert "why:      started 2026-05-31T" in one


def test_a_failure_does_not_replace_a_value() -> None:
    """A later failure is reported, and the value stays, unless a precedence is stated."""
    failed = moved(shifted(LAB, state=lambda _: (State.FAILED, "out of memory")))
    found = merged(LAB, failed)
    values = {key: cell.values for key, cell in by_key(LAB).items() if cell.values}
    assert {key: by_key(found.file)[key].values for key in values} == values
    whys = {each.why for each in found.conflicts if each.won.file == "a.json"}
    assert whys == {"it has values"}
    assert all(not cell.values for cell in merged(LAB, failed, rules=("last",)).file.cells)


def test_what_is_pending_never_wins() -> None:
    """Not even a stated precedence lets a cell that says nothing yet replace another."""
    pending = shifted(LAB, state=lambda _: (State.PENDING, ""))
    found = merged(pending, LAB, rules=("first",))
    assert [cell.state for cell in found.file.cells] == [
        cell.state for cell in merged(LAB).file.cells
    ]
    assert {each.why for each in found.conflicts} == {"the other is still pending"}


def _times(n: float) -> ResultFile:
    """Return results n times as fast, n days older."""
    return shifted(moved(LAB, -n * LATER), speed=lambda _: n)


@pytest.mark.parametrize(
    ("rules", "factor"), [(("first",), 1.0), (("last",), 3.0), (("b*", "[ac]*"), 2.0)]
)
def test_a_stated_precedence_decides(rules: tuple[str, ...], factor: float) -> None:
    """First, last, or the file that the earliest pattern matches wins, whenever it was started."""
    files = [_times(n) for n in (1.0, 2.0, 3.0)]
    expected = by_key(files[int(factor) - 1])
    found = merged(*files, rules=rules)
    assert by_key(found.file) == expected
    assert "of the file that is preferred" in {each.why for each in found.conflicts}


@pytest.mark.parametrize("rules", [("nothing*",), ("first", "last"), ("newest", "a*")])
def test_a_precedence_that_means_nothing_is_refused(rules: tuple[str, ...]) -> None:
    """A pattern without a file, and two words at once, are mistakes of the command line."""
    with pytest.raises(WrongUsage, match="--precedence"):
        merged(LAB, rules=rules)


def test_the_newer_race_takes_all_its_cells() -> None:
    """Two runs of the same race are not mixed, though both call it by one name."""
    old = together(raced(LAB), 1)
    new = together(raced(LAB, noise=0.002), 2)
    found = merged(new, old)
    assert found.file.races == new.races
    raced_cells = [cell for cell in found.file.cells if cell.rounds]
    assert raced_cells
    assert all(by_key(new)[cell_key(cell)] == cell for cell in raced_cells)
    assert not any(each.kind == "race" for each in found.conflicts)


def test_races_of_the_same_second_are_not_mixed() -> None:
    """Where the time does not decide, one race still takes all cells that both have."""
    found = merged(together(raced(LAB), 1), together(raced(LAB, noise=0.002), 1)).file
    by_race: dict[str, set[str]] = {}
    for cell in found.cells:
        if cell.rounds:
            kind = f"{cell.model} {cell.scenario}"
            by_race.setdefault(kind, set()).add(cell.rounds.race)
    assert by_race
    assert all(len(names) == 1 for names in by_race.values())


def test_ids_of_artefacts_and_races_are_only_names() -> None:
    """The same cells under other ids of artefacts and races are equal ones."""
    file = together(raced(LAB), 1)
    cells = tuple(
        replace(
            cell,
            artefact=cell.artefact and f"own-{cell.artefact}",
            rounds=cell.rounds and replace(cell.rounds, race=f"own-{cell.rounds.race}"),
        )
        for cell in file.cells
    )
    other = replace(
        file,
        artefacts={f"own-{id_}": made for id_, made in file.artefacts.items()},
        races={f"own-{id_}": race for id_, race in file.races.items()},
        cells=cells,
    )
    found = merged(file, other)
    assert found.conflicts == ()
    assert len(found.file.races) == len(file.races)


def test_a_race_of_which_a_part_was_measured_anew_is_reported() -> None:
    """What is left keeps its own race under another name, with its twins, and is named."""
    old = together(raced(LAB), 1)
    fp32 = together(raced(LAB, noise=0.002), 2)
    again = only(fp32, lambda cell: cell.precision is Precision.FP32)
    found = merged(old, again)
    names = {
        (cell.precision, cell.rounds.race)
        for cell in found.file.cells
        if cell.rounds and is_resnet(cell) and cell.scenario is Scenario.LATENCY
    }
    new_name = next(name for precision, name in names if precision is Precision.FP32)
    old_name = next(name for precision, name in names if precision is Precision.INT8)
    assert old_name.startswith(f"{new_name}@")
    assert found.file.races[new_name] == again.races[new_name]
    assert found.file.races[old_name] == old.races[new_name]
    told = [each for each in found.conflicts if each.kind == "race" and each.key == old_name]
    assert [(each.won.file, each.lost.file) for each in told] == [("b.json", "a.json")]
    assert told[0].won.value == "2 of its 6 cells"
    # The twin of a baseline that is in another race now says nothing of noise here.
    assert {pair.race for pair in twin_pairs(found.file)} == set(again.races)


def test_different_artefacts_of_one_id_are_told_apart() -> None:
    """Each cell still names the very file it was measured of."""
    id_, made = next((i, a) for i, a in LAB.artefacts.items() if a.model == "digits-resnet")
    other = replace(made, sha256="cd" * 32)
    again = replace(only(moved(LAB), is_resnet), artefacts={**LAB.artefacts, id_: other})
    first = next(cell for cell in again.cells if cell.artefact == id_)
    part = only(again, lambda cell: cell == first)
    found = merged(LAB, part)
    cells = by_key(found.file)
    renamed = {cells[cell_key(c)].artefact for c in LAB.cells if c.artefact == id_ and c != first}
    assert found.file.artefacts[id_] == other
    left = sorted(filter(None, renamed - {id_}))
    assert len(left) == 1
    assert left[0].startswith(f"{id_}@")
    assert found.file.artefacts[left[0]] == made
    assert [each.key for each in found.conflicts if each.kind == "artefact"] == [id_]
    assert merged(found.file, LAB).file == found.file


def test_descriptions_fill_in_what_the_newest_leaves_open() -> None:
    """A field that only one file states is kept; where two differ the newest is used and told."""
    models = LAB.models | {
        "digits-resnet": replace(LAB.models["digits-resnet"], license=None, parameters=78_043)
    }
    software = {**LAB.software, "openvino": "2026.1.0"}
    bare = replace(LAB.models["tiny-lm"], input_size=None)
    newer = moved(replace(LAB, models=models | {"tiny-lm": bare}, software=software))
    found = merged(LAB, newer)
    assert found.file.models["tiny-lm"] == LAB.models["tiny-lm"]
    assert found.file.models["digits-resnet"] == models["digits-resnet"]
    assert found.file.software == software
    told = {(e.kind, e.key, e.field, e.won.value, e.lost.value) for e in found.conflicts}
    assert ("model", "digits-resnet", "parameters", "78043", "78042") in told
    assert ("software", "openvino", "", "2026.1.0", "2026.0.0") in told


def test_a_kernel_update_makes_no_other_machine() -> None:
    """What may change of a machine is taken from the newest file, and reported."""
    system = replace(LAB.platform.system, kernel="6.9.0")
    newer = moved(replace(LAB, platform=replace(LAB.platform, system=system)))
    found = merged(newer, LAB)
    assert found.file.platform.system.kernel == "6.9.0"
    (one,) = (each for each in found.conflicts if each.kind == "platform")
    assert (one.field, one.won.value, one.lost.value) == ("system.kernel", "6.9.0", "6.8.0")


@pytest.mark.parametrize(
    "change",
    [
        lambda p: replace(p, processor=replace(p.processor, name="Another 9000")),
        lambda p: replace(p, processor=replace(p.processor, isa=("AVX2",))),
        lambda p: replace(p, processor=replace(p.processor, cores=40)),
    ],
)
def test_another_machine_under_the_same_id_is_refused(
    change: Callable[[Platform], Platform],
) -> None:
    """Another processor is no update; said to be meant, the newest file's description is used."""
    other = moved(replace(LAB, platform=change(LAB.platform)))
    with pytest.raises(BadInput, match=r"another machine under the same platform id") as caught:
        merged(LAB, other)
    assert "--another-machine" in str(caught.value)
    found = merged(LAB, other, another_machine=True)
    assert found.file.platform == other.platform
    assert any(each.kind == "platform" for each in found.conflicts)


def test_another_accelerator_is_another_machine() -> None:
    """Two different accelerators are not one platform; one that is not stated is no difference."""
    files = [
        replace(LAB, platform=replace(LAB.platform, accelerators=found))
        for found in (
            (),
            (Accelerator(name="A", kind="GPU"),),
            (Accelerator(name="B", kind="GPU"),),
        )
    ]
    assert merged(files[0], files[1]).file.platform.accelerators == files[1].platform.accelerators
    with pytest.raises(BadInput, match="accelerators"):
        merged(*files)


def test_what_was_withheld_once_is_not_published() -> None:
    """Another file that states it does not bring it back, nor the label that may tell it."""
    bare = replace(LAB.platform.processor, name=None)
    secret = replace(LAB.platform, label="lab-xeon", processor=bare, withheld=("processor.name",))
    found = merged(replace(LAB, platform=secret), moved(LAB))
    assert found.file.platform == secret
    told = [each for each in found.conflicts if each.field == "processor.name"]
    assert [(each.won.value, each.lost.file) for each in told] == [("withheld", "b.json")]
    assert not any("8380" in str(each) for each in found.conflicts)


def test_metrics_that_mean_something_else_are_refused() -> None:
    """A metric whose direction two files state differently cannot stand in one file."""
    up = Metric(label="Score", unit="1", direction=Direction.HIGHER, kind=Kind.QUALITY)
    files = [
        replace(LAB, metrics={"score": metric})
        for metric in (up, replace(up, direction=Direction.LOWER))
    ]
    with pytest.raises(BadInput, match=r"\$\.metrics\['score'\]\.direction"):
        merged(*files)
    assert merged(files[0], LAB).file.metrics == {"score": up}


def test_outlines_of_publications_are_kept() -> None:
    """Every publication that one of the files describes is there once."""
    one, two = Document(title="One"), Document(title="Two")
    files = [replace(LAB, documents=given) for given in ((two, one), (one,))]
    assert set(merged(*files).file.documents) == {one, two}
    assert merged(files[0], files[0]).file.documents == (two, one)


def test_platforms_and_releases_stay_apart() -> None:
    """Files of several platforms and releases give one merged file each, in their order."""
    files = [LAB, result_file("desk-core"), result_file("lab-xeon", "2026.1"), only(LAB, is_resnet)]
    found = combine((f"{at}.json", file) for at, file in enumerate(files))
    names = [(each.file.release, each.file.platform.id, each.sources) for each in found]
    assert names == [
        ("2026.1", "lab-xeon", ("2.json",)),
        ("2026.2", "desk-core", ("1.json",)),
        ("2026.2", "lab-xeon", ("0.json", "3.json")),
    ]
    assert [encode(each.file) for each in found] == [encode(files[at]) for at in (2, 1, 0)]


# ------------------------------------------------------------------------------------- the command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two parts of a run, and one of another platform."""
    write(only(LAB, is_resnet), tmp_path / "in/a.json")
    write(only(LAB, lambda cell: not is_resnet(cell)), tmp_path / "in/b.json")
    write(result_file("desk-core"), tmp_path / "in/c.json")
    return tmp_path


def run(*arguments: object) -> Result:
    """Call the command; errors come through."""
    return CliRunner().invoke(command, [str(each) for each in arguments], catch_exceptions=False)


def test_the_command_writes_one_file_for_each_platform(folder: Path) -> None:
    """A folder of parts becomes RELEASE/PLATFORM.json, twice the same."""
    for _ in range(2):
        done = run(folder / "in", "--out", folder / "out")
        assert done.exit_code == 0
        assert "2026.2/lab-xeon.json: 90 cells from 2 files, 0 conflicts" in done.output
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("out/**/*.json"))
    assert found == ["out/2026.2/desk-core.json", "out/2026.2/lab-xeon.json"]
    assert (folder / "out/2026.2/lab-xeon.json").read_bytes() == encode(LAB)


def test_a_file_may_be_merged_into(folder: Path) -> None:
    """The output may be one of the files; one that is not among them is not overwritten."""
    a, b, c = (folder / f"in/{name}.json" for name in "abc")
    before = c.read_bytes()
    with pytest.raises(WrongUsage, match="its results would be lost"):
        run(a, b, "--out", c)
    assert c.read_bytes() == before
    assert run(a, b, "--out", c, "--replace").exit_code == 0
    assert run(a, b, "--out", a).exit_code == 0
    assert read(a) == read(c)


def test_one_file_cannot_take_two_platforms(folder: Path) -> None:
    """Several platforms want a folder."""
    with pytest.raises(WrongUsage, match="one file for several platforms"):
        run(folder / "in", "--out", folder / "all.json")


def test_check_fails_where_files_are_in_conflict(folder: Path) -> None:
    """Nothing is written; exit status 1 and a report of every conflict, as text and as JSON."""
    again = only(moved(shifted(LAB, speed=lambda _: 2.0)), is_resnet)
    write(again, folder / "in/d.json")
    done = run(folder / "in", "--out", folder / "out", "--check")
    assert done.exit_code == 1
    assert "(not written)" in done.output
    assert "cell model=digits-resnet" in done.output
    assert not (folder / "out").exists()
    done = run(folder / "in", "--out", folder / "out", "--check", "--format", "json")
    report = msgspec.json.decode(done.output)["files"]
    assert [each["platform"] for each in report] == ["desk-core", "lab-xeon"]
    assert {each["kind"] for each in report[1]["conflicts"]} == {"cell"}
    assert run(folder / "in/a.json", folder / "in/b.json", "--out", "x", "--check").exit_code == 0


def test_a_broken_file_stops_everything(folder: Path) -> None:
    """Nothing is written where one of the files is not valid, or where there is none."""
    (folder / "in/broken.json").write_text("{")
    with pytest.raises(BadInput, match=r"broken\.json"):
        run(folder / "in", "--out", folder / "out")
    (folder / "empty").mkdir()
    with pytest.raises(BadInput, match="no result file"):
        run(folder / "empty", "--out", folder / "out")
    assert not (folder / "out").exists()
