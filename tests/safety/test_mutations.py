"""Broken files, and files that are made to hold up or fill up whoever reads them."""

from __future__ import annotations

import os
import random
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from factory import raced, result_file
from hypothesis import given, settings
from hypothesis import strategies as st
from pages.building import make_project, small, sphinx
from results.strategies import result_files
from safety.mutate import Fence, Target, failures, limited, mutate, outcome, result_seeds, targets
from safety.mutations import mutated

from benchfolio.documents import Form, convert, parse, read, starred
from benchfolio.generator.load import load
from benchfolio.importers.pages import read_page
from benchfolio.importers.pages.documents import parse_page
from benchfolio.importers.pages.rst import MAX_TABLES
from benchfolio.results import BadInput, ResultFile, decode, encode, result_paths
from benchfolio.results import read as read_results
from benchfolio.results.reading import read_bytes
from benchfolio.results.types import MAX_CELLS, MAX_INTEGER

FORM = Form(name="a test", expected="a test")


def test_mutated_files_are_read_or_refused(tmp_path: Path) -> None:
    """Of two thousand broken files of every kind, each is accepted or refused, in time."""
    report = mutate(2000, seed=1, keep=tmp_path)
    told = [path.read_text() for path in tmp_path.glob("*.txt")]
    assert failures(report) == 0, told
    assert sum(one["files"] for one in report.values()) >= 1999
    for kind, one in report.items():
        assert one["outcomes"].get("accepted", 0) > 0, kind
        assert kind == "site" or one["outcomes"].get("refused", 0) > 0, kind


def test_same_seed_gives_the_same_files() -> None:
    """What fails can be made again from its number."""
    data = result_seeds()[0]
    one, other = (mutated(random.Random("0 results 7"), data) for _ in range(2))
    assert one == other
    assert mutated(random.Random("1 results 7"), data) != one


@pytest.mark.parametrize(
    ("reader", "came"),
    [
        (lambda path: (path.parent / "b").write_bytes(b""), "accepted"),
        (lambda path: path.parent.parent.joinpath("b").write_bytes(b""), "accepted"),
        (lambda _: dict[str, int]()["a"], "raised KeyError"),
        (lambda _: int("x"), "raised ValueError"),
        (lambda _: [None] * 2**60, "raised MemoryError"),
    ],
)
def test_fuzzer_sees_what_it_looks_for(
    tmp_path: Path, reader: Callable[[Path], object], came: str
) -> None:
    """A reader that fails otherwise than it may, or writes elsewhere, is found out."""
    folder = tmp_path / "inside"
    folder.mkdir()
    fence = Fence(folder)
    found, _ = outcome(reader, folder / "a", fence)
    assert found == came
    assert bool(fence.outside) == (tmp_path / "b").exists()


def test_fuzzer_sees_a_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that does not come back is stopped and counted."""
    monkeypatch.setattr("safety.mutate.SECONDS", 0.05)
    found, _ = outcome(lambda _: threading.Event().wait(30), tmp_path / "a", Fence(tmp_path))
    assert found == "hung"


def test_every_kind_of_file_has_valid_examples(tmp_path: Path) -> None:
    """What is mutated was right before: else every mutation would be refused for the example."""
    fence = Fence(tmp_path)
    for name, target in targets().items():
        for data in target.seeds:
            path = tmp_path / f"file{target.suffix}"
            path.write_bytes(data)
            came = outcome(target.read, path, fence)[0]
            # Of some reports other things are to be stated than of others.
            assert came == "accepted" or (name == "reports" and came == "refused"), name


@settings(max_examples=60, deadline=None)
@given(result_files(), st.randoms(use_true_random=False))
def test_any_file_mutated_is_read_or_refused(file: ResultFile, rng: random.Random) -> None:
    """Whatever a valid file holds, broken it is accepted or refused as bad input."""
    data = mutated(rng, encode(file))
    with limited(10):
        try:
            again = decode(data, "file")
        except BadInput:
            return
    assert decode(encode(again), "again") == decode(encode(again), "again")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Bytes of any kind are no more than bad input to whoever reads results or YAML."""
    with pytest.raises(BadInput):
        decode(data, "file")
    try:
        parse(data.decode("utf-8", "replace"), "file", FORM)
    except BadInput:
        return


def test_bad_files_are_reported_and_the_site_is_built(tmp_path: Path) -> None:
    """Through the complete build: what is broken is named, what is valid is shown."""
    project = make_project(tmp_path)
    folder = project / "results" / "2026.2"
    bad = 0
    for number in range(20):
        rng = random.Random(f"build {number}")
        data = mutated(rng, (folder / "lab-xeon.json").read_bytes())
        try:
            decode(data, "")
        except BadInput:
            (folder / f"bad-{number}.json").write_bytes(data)
            bad += 1
    os.mkfifo(folder / "pipe.json")
    (folder / "away.json").symlink_to("/etc/hostname")
    (folder / "round.json").symlink_to("round.json")
    built = sphinx(project)
    assert bad > 10
    for path in folder.glob("*.json"):
        is_good = path.name in ("lab-xeon.json", "arm-board.json")
        assert (f"2026.2/{path.name}" in built.warnings) != is_good, path.name
    assert (built.out / "benchfolio" / "models" / "digits-resnet.html").is_file()


# ------------------------------------------------------------------------------ what is no file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of results with one valid file."""
    place = tmp_path / "results" / "2026.2"
    place.mkdir(parents=True)
    (place / "good.json").write_bytes(encode(small(result_file())))
    return place


def pipe(path: Path) -> None:
    """Make a pipe that nobody writes to."""
    os.mkfifo(path)


def endless(path: Path) -> None:
    """Make a link to a device that never ends."""
    path.symlink_to("/dev/zero")


def sock(path: Path) -> None:
    """Make a socket."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def circle(path: Path) -> None:
    """Make a link to itself."""
    path.symlink_to(path)


def dangling(path: Path) -> None:
    """Make a link to nothing."""
    path.symlink_to(path.with_name("nothing"))


@pytest.mark.parametrize("make", [pipe, endless, sock, circle, dangling, Path.mkdir])
def test_what_is_no_file_holds_nobody_up(folder: Path, make: Callable[[Path], object]) -> None:
    """Pipes, devices, sockets, folders and broken links are refused; the others are read."""
    make(folder / "odd.json")
    with limited(10):
        loaded = load(folder.parent)
    assert [name for name, _ in loaded.files] == ["2026.2/good.json"]
    assert {problem.where for problem in loaded.problems} <= {"2026.2/odd.json"}
    with limited(10), pytest.raises(BadInput):
        read_results(folder / "odd.json")
    with limited(10), pytest.raises(BadInput):
        read(folder / "odd.json", "odd.yaml", FORM)


def test_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    """Nothing outside the folder of results is published because a link points there."""
    secret = tmp_path / "secret.json"
    (folder / "good.json").rename(secret)
    (folder / "odd.json").symlink_to(secret)
    (folder / "up.json").symlink_to("../../secret.json")
    loaded = load(folder.parent)
    assert loaded.files == ()
    assert [problem.where for problem in loaded.problems] == ["2026.2/odd.json", "2026.2/up.json"]
    assert all("leads out" in problem.what for problem in loaded.problems)


def test_link_within_the_folder_is_followed(folder: Path) -> None:
    """A link to another file of the same folder is as good as the file."""
    (folder / "again.json").symlink_to("good.json")
    loaded = load(folder.parent)
    assert [name for name, _ in loaded.files] == ["2026.2/again.json", "2026.2/good.json"]
    assert loaded.problems == ()


def test_linked_folders_are_not_entered(folder: Path, tmp_path: Path) -> None:
    """Neither a folder elsewhere nor one around itself is walked through a link."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "other.json").write_bytes((folder / "good.json").read_bytes())
    (folder / "elsewhere").symlink_to(elsewhere)
    (folder / "round").symlink_to(folder.parent)
    assert [path.name for path in result_paths(folder.parent)] == ["good.json"]


def test_file_that_says_it_is_empty_is_read_to_its_end() -> None:
    """Files of the kernel have no size; their content is taken all the same, up to the bound."""
    data = read_bytes(Path("/proc/self/status"), "status")
    assert data.startswith(b"Name:")
    with pytest.raises(BadInput, match="too large"):
        read_bytes(Path("/proc/self/status"), "status", max_bytes=10)


# -------------------------------------------------------------------------------------- limits


def changed(change: Callable[[dict[str, object]], object]) -> bytes:
    """Return a valid file in which one thing is different."""
    raw = msgspec.to_builtins(raced(small(result_file())))
    change(raw)
    return msgspec.json.encode(raw)


WAYS = {"direction": "higher", "kind": "quality"}
LIMITS: dict[str, Callable[[dict[str, object]], object]] = {
    "length <= 4000": lambda raw: raw.update(suite="x" * 10_000_000),
    f"length <= {MAX_CELLS}": lambda raw: raw.update(cells=raw["cells"] * 3000),  # type: ignore[operator]
    f"<= {MAX_INTEGER}": lambda raw: raw["platform"].update(memory_bytes=2**53),  # type: ignore[attr-defined]
    "too large a number": lambda raw: raw["cells"][0].update(settings={"x": 2**64}),  # type: ignore[index]
    "a year from 1970": lambda raw: raw["cells"][0].update(started="0001-01-01T00:00:00+14:00"),  # type: ignore[index]
    "nobody has stated": lambda raw: raw["cells"][0].update(  # type: ignore[index]
        claims=[{"figure": "gain", "metric": "x", "value": 1, "unit": "x", "printed": "1"}]
    ),
    "<= 12": lambda raw: raw.update(
        metrics={"x": {"label": "x", "unit": "x", "decimals": 10**9, **WAYS}}
    ),
}


@pytest.mark.parametrize("said", LIMITS)
def test_result_files_have_limits(said: str) -> None:
    """Long texts, many cells, huge numbers and impossible moments are refused, each by name."""
    with limited(30), pytest.raises(BadInput) as caught:
        decode(changed(LIMITS[said]), "file.json")
    assert said in str(caught.value)


def test_nesting_has_a_limit() -> None:
    """A million brackets are refused as nested too deeply."""
    for opening in (b"[", b'{"format":'):
        with pytest.raises(BadInput, match="nested too deeply"):
            decode(opening * 1_000_000, "file.json")


LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
BOMBS = {
    "aliases that multiply": (LAUGHS, "too many values|nested too deeply"),
    "an alias of itself": ("&a [*a]", "contains itself"),
    "merges that multiply": ("a: &a {x: 1}\nb:\n" + "  <<: *a\n" * 20_000, "too many values|twice"),
    "deep lists": ("[" * 400_000, "nested too deeply"),
    "deep keys": ("? " * 200_000, "nested too deeply"),
    "many values": ("- x\n" * 100_000, "too many values"),
    "a huge number": ("a: 0x" + "f" * 400_000, "too large a number"),
    "half a character": ('a: "\\ud800"', "half a character"),
    "half a character as key": ('"\\udfff": a', "half a character"),
    "a tag": ("a: !!python/object/apply:os.system [x]", "a YAML tag"),
    "too large": ("#" * 600_000, "too large"),
    "NUL": ("a: \0", "not valid YAML"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_yaml_bombs_end_early(tmp_path: Path, name: str) -> None:
    """Aliases that multiply, endless nesting, tags and huge numbers are refused with a place."""
    text, said = BOMBS[name]
    path = tmp_path / "bomb.yaml"
    path.write_text(text, "utf-8")
    with limited(60), pytest.raises(BadInput, match=said):
        convert(read(path, "bomb.yaml", FORM), dict[str, int], "bomb.yaml", FORM)


N = 20_000
PAGES = {
    "headings": ("<!doctype html>" + "<h1>x" * N, "without end"),
    "links": ("<!doctype html>" + '<a href="#x">y' * N, "without end"),
    "comments": ("<!doctype html>" + "<!--" * N, "without end"),
    "tags": ("<!doctype html>" + "<" * 5 * N, "without end"),
    "spans": ("<table>" + "<tr><td rowspan=1000 colspan=1000>x" * 500 + "</table>", "without end"),
    "directives": (".. table::\n\n" * (MAX_TABLES + 1), "too many tables"),
    "directives in directives": (
        "".join("   " * depth + ".. table::\n\n" for depth in range(300)),
        "nested too deeply",
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_pages_without_end_are_refused(name: str) -> None:
    """What would be searched or copied again and again is refused before it is."""
    text, said = PAGES[name]
    with limited(60), pytest.raises(BadInput, match=said):
        parse_page(text, "page.md")


def test_pages_have_a_size(tmp_path: Path) -> None:
    """A page of more than 4 MiB is refused."""
    path = tmp_path / "page.md"
    path.write_bytes(b"x" * (4 * 2**20 + 1))
    with pytest.raises(BadInput, match="too large for a page"):
        read_page(path)


def test_unclosed_markup_is_still_read() -> None:
    """Limits are far from what careless pages do: cells and rows that nobody closed are read."""
    rows = "<tr><td>a<td>b" * 2000
    page = parse_page(f"<!doctype html><h2>T</h2><table><tr><th>A<th>B{rows}</table>", "page.html")
    assert len(page.tables[0].rows) == 2000
    assert page.headings[0].text == "T"


def test_patterns_with_many_stars_end() -> None:
    """Twenty stars against a long text that almost fits take no time to speak of."""
    for text in ("a" * 4000, "a\n" * 2000):
        with limited(10):
            assert not re.fullmatch(starred("*a" * 20 + "*b"), text, re.DOTALL)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_stars_stand_for_anything(pattern: str, text: str) -> None:
    """A pattern fits exactly where the plain way to write it fits."""
    plain = ".*".join(map(re.escape, pattern.split("*")))
    assert bool(re.fullmatch(starred(pattern), text)) == bool(re.fullmatch(plain, text))


def test_target_is_named_by_its_seeds() -> None:
    """Seeds of results are of every state, measured in turn, and of a publication."""
    target: Target = targets()["results"]
    assert any(b'"races"' in seed for seed in target.seeds)
    assert any(b'"claims"' in seed for seed in target.seeds)
