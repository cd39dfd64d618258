"""What is kept between builds: never another result than without it, whatever happens to it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from factory import raced, result_file, write_results
from hypothesis import given, settings
from hypothesis import strategies as st

from benchfolio.generator import cache as caching
from benchfolio.generator import load as loading
from benchfolio.generator.cache import Cache, Found
from benchfolio.generator.collection import Collection
from benchfolio.generator.load import load, open_results
from benchfolio.generator.merge import merge
from benchfolio.results import BadInput, ResultFile, decode, encode

OLD = 1_700_000_000
RACED = "2026.3/raced.json"


def raced_file() -> ResultFile:
    """Return a file with rounds, outcomes, verdicts and twins, in its canonical order."""
    file = msgspec.structs.replace(raced(result_file()), release="2026.3", suite="bundled")
    return decode(encode(file), "raced.json")


def without_rounds(file: ResultFile) -> ResultFile:
    """Return a file that took part in no race."""
    cells = tuple(msgspec.structs.replace(cell, rounds=None) for cell in file.cells)
    return msgspec.structs.replace(file, cells=cells, races={})


def everything(collection: Collection) -> tuple[str, ...]:
    """Write a collection down, to compare it with another."""
    catalogue = collection.catalogue
    described = [
        (info, info.models, info.datasets, info.artefacts, info.races, info.twins)
        for info in catalogue.files
    ]
    return (
        collection.cells.to_csv(),
        collection.values.to_csv(),
        repr((catalogue, described, catalogue.spellings)),
        repr(collection.findings),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Result files of some age, one of them raced."""
    results = tmp_path / "results"
    write_results(results)
    path = results / RACED
    path.parent.mkdir()
    path.write_bytes(encode(raced_file()))
    for path in results.rglob("*.json"):
        os.utime(path, (OLD, OLD))
    return results


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A folder that is not there yet."""
    return tmp_path / "cache"


def read_paths(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the names of files that are decoded from now on."""
    seen: list[str] = []

    def noting(data: bytes, where: str) -> object:
        seen.append(where)
        return decode(data, where)

    monkeypatch.setattr("benchfolio.generator.load.decode", noting)
    return seen


def test_opening_is_loading_and_merging(folder: Path, cache: Path) -> None:
    """Without a cache, with an empty one and with a full one the collection is the same."""
    expected = everything(merge(load(folder).files))
    assert everything(open_results(folder).collection) == expected
    assert everything(open_results(folder, cache=cache).collection) == expected
    assert everything(open_results(folder, cache=cache).collection) == expected


def test_what_is_kept_is_not_read_again(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all files only the one that changed is read; one that is gone leaves no entry."""
    seen = read_paths(monkeypatch)
    first = open_results(folder, cache=cache)
    assert sorted(seen) == sorted(first.digests)
    seen.clear()
    assert open_results(folder, cache=cache).digests == first.digests
    assert seen == []
    path = folder / RACED
    path.write_bytes(encode(msgspec.structs.replace(raced_file(), suite="another")))
    again = open_results(folder, cache=cache)
    assert seen == [RACED]
    changed = [name for name, digest in again.digests.items() if digest != first.digests[name]]
    assert changed == [RACED]
    assert everything(again.collection) == everything(open_results(folder).collection)
    path.unlink()
    open_results(folder, cache=cache)
    assert len(list(cache.iterdir())) == len(first.digests) - 1


def test_a_file_that_was_only_touched_is_not_decoded(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a fresh checkout all files have other times; their content still tells them."""
    open_results(folder, cache=cache)
    for path in folder.rglob("*.json"):
        os.utime(path, (OLD + 60, OLD + 60))
    seen = read_paths(monkeypatch)
    open_results(folder, cache=cache)
    assert seen == []


def test_two_writes_within_one_tick_of_the_clock_are_told_apart(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that had just been written when it was read is compared by content."""
    path = folder / RACED
    data = path.read_bytes()
    path.write_bytes(data)
    open_results(folder, cache=cache)
    status = caching._status(path.stat())
    other = data.replace(b'"suite": "bundled"', b'"suite": "BUNDLED"')
    assert len(other) == len(data)
    assert other != data
    path.write_bytes(other)
    monkeypatch.setattr(caching, "_status", lambda _: status)
    opened = open_results(folder, cache=cache)
    assert {info.suite for info in opened.collection.catalogue.files} >= {"BUNDLED"}


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_broken_cache_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    """Bits turned, bytes cut off or other files in the folder: the files themselves are read."""
    base = tmp_path_factory.mktemp("broken")
    results, cache = base / "results", base / "cache"
    results.mkdir()
    path = results / "raced.json"
    path.write_bytes(encode(raced_file()))
    os.utime(path, (OLD, OLD))
    expected = everything(open_results(results, cache=cache).collection)
    (entry,) = cache.iterdir()
    data = bytearray(entry.read_bytes())
    match chance.choice(["turn", "cut", "foreign", "folder"]):
        case "turn":
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            entry.write_bytes(data)
        case "cut":
            entry.write_bytes(data[: chance.randrange(len(data))])
        case "foreign":
            entry.write_bytes(chance.randbytes(chance.randrange(200)))
        case _:
            entry.unlink()
            entry.mkdir()
    assert everything(open_results(results, cache=cache).collection) == expected
    shutil.rmtree(base)


def test_a_cache_of_other_code_is_not_used(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade all files are read again: rules may have changed."""
    open_results(folder, cache=cache)
    seen = read_paths(monkeypatch)
    monkeypatch.setattr(caching, "version", lambda: "another")
    opened = open_results(folder, cache=cache)
    assert sorted(seen) == sorted(opened.digests)


def test_an_entry_serves_its_own_file_only(folder: Path, cache: Path) -> None:
    """Entries that somebody exchanged are not used for each other's files."""
    expected = everything(open_results(folder, cache=cache).collection)
    one, other, *_ = sorted(cache.iterdir())
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)
    assert everything(open_results(folder, cache=cache).collection) == expected


def test_a_cache_that_cannot_be_written_is_done_without(folder: Path, tmp_path: Path) -> None:
    """A file stands where the cache should be: the results are opened all the same."""
    place = tmp_path / "file"
    place.write_text("mine")
    assert len(open_results(folder, cache=place).collection)
    assert place.read_text() == "mine"


def test_foreign_files_in_the_folder_are_left_alone(folder: Path, cache: Path) -> None:
    """Only what is ours is cleared away."""
    cache.mkdir()
    (cache / "notes.txt").write_text("mine")
    (cache / "left.part").write_text("of a killed build")
    open_results(folder, cache=cache)
    assert (cache / "notes.txt").read_text() == "mine"
    assert not (cache / "left.part").exists()


def test_problems_are_told_in_every_build(folder: Path, cache: Path) -> None:
    """A broken file is never kept, and a conflict is found among kept files too."""
    (folder / "2026.3" / "broken.json").write_bytes(b"{")
    path = folder / RACED
    cell = next(cell for cell in raced_file().cells if cell.values)
    slower = {
        name: msgspec.structs.replace(value, value=value.value / 2)
        for name, value in cell.values.items()
    }
    again = msgspec.structs.replace(cell, values=slower)
    other = msgspec.structs.replace(raced_file(), cells=(again,), races={})
    again_path = path.with_name("again.json")
    again_path.write_bytes(encode(without_rounds(other)))
    found = [open_results(folder, cache=cache) for _ in range(2)]
    for opened in found:
        assert [problem.where for problem in opened.problems] == ["2026.3/broken.json"]
        assert len(opened.collection.findings) == 1
    assert found[0].collection.findings == found[1].collection.findings


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_what_is_no_file_any_more_is_neither_used_nor_waited_for(folder: Path, cache: Path) -> None:
    """A pipe in the place of a file that was kept, or a link out of the folder, is refused."""
    open_results(folder, cache=cache)
    path = folder / RACED
    elsewhere = folder.parent / "elsewhere.json"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    (linked,) = open_results(folder, cache=cache).problems
    path.unlink()
    os.mkfifo(path)
    (piped,) = open_results(folder, cache=cache).problems
    assert linked.where == piped.where == RACED


def test_some_files_can_be_had_whole(folder: Path, cache: Path) -> None:
    """What looks at files as they are gets those it wants, and no others."""
    opened = open_results(folder, cache=cache)
    assert opened.whole(lambda info: info.name == RACED) == ((RACED, raced_file()),)
    (folder / RACED).write_bytes(b"{")
    with pytest.raises(BadInput):
        opened.whole(lambda info: info.name == RACED)


def test_one_release_can_be_opened_alone(folder: Path, cache: Path) -> None:
    """Files of other releases are left out, and stay in the cache."""
    count = len(open_results(folder, cache=cache).digests)
    opened = open_results(folder, release="2026.1", cache=cache)
    assert {info.release for info in opened.collection.catalogue.files} == {"2026.1"}
    assert len(list(cache.iterdir())) == count


def test_collecting_garbage_goes_on_afterwards(folder: Path) -> None:
    """Whatever becomes of reading, the interpreter is left as it was found."""
    assert gc.isenabled()
    open_results(folder)
    load(folder / "missing")
    assert gc.isenabled()


def test_opening_results_needs_no_pandas(folder: Path) -> None:
    """Results are opened, selected and measured without the time it takes to import pandas."""
    code = (
        "import sys; from pathlib import Path\n"
        "from benchfolio.generator.load import open_results\n"
        f"collection = open_results(Path({str(folder)!r})).collection\n"
        "assert collection.measured('throughput', collection.select())\n"
        "print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Twelve result files, one of them no JSON."""
    results = tmp_path / "many"
    for month in range(1, 13):
        path = results / f"2025.{month}" / "lab-xeon.json"
        path.parent.mkdir(parents=True)
        file = msgspec.structs.replace(result_file(), release=f"2025.{month}")
        path.write_bytes(encode(file) if month != 7 else b"{")
    return results


@pytest.mark.parametrize("jobs", [2, 4])
def test_several_processes_read_the_same(
    many: Path, cache: Path, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever read a file, results and problems are the same; each problem is told once."""
    monkeypatch.setattr(loading, "FEWEST", 1)
    alone, together = open_results(many), open_results(many, cache=cache, jobs=jobs)
    assert everything(alone.collection) == everything(together.collection)
    assert (alone.problems, alone.digests) == (together.problems, together.digests)
    assert len(together.problems) == 1


def test_process_that_dies_is_no_loss(
    many: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another process did not read is read here."""
    monkeypatch.setattr(loading, "FEWEST", 1)
    monkeypatch.setattr(loading, "_keep", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    alone, together = open_results(many), open_results(many, cache=cache, jobs=3)
    assert everything(alone.collection) == everything(together.collection)
    assert not multiprocessing.active_children()


def test_other_processes_read_their_share(
    many: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others have kept meanwhile is not read again."""
    monkeypatch.setattr(loading, "FEWEST", 1)
    paths = [(path.relative_to(many).as_posix(), path) for path in sorted(many.rglob("*.json"))]
    subprocesses = multiprocessing.get_context("fork")
    child = subprocesses.Process(target=loading._keep, args=(many, paths, Cache(cache, many)))
    child.start()
    child.join()
    here: list[str] = []
    read = loading._read

    def reading(path: Path, name: str, folder: Path, kept: Cache | None) -> Found:
        here.append(name)
        return read(path, name, folder, kept)

    monkeypatch.setattr(loading, "_read", reading)
    open_results(many, cache=cache)
    assert here == ["2025.7/lab-xeon.json"]
