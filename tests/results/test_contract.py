"""The contract: what a result file may say, and how it is read and written."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results.example import EXAMPLE
from results.strategies import loads, result_files

from benchfolio.results import (
    METRICS,
    VERSION,
    BadInput,
    Calm,
    Load,
    MissingEnvironment,
    Problem,
    ResultFile,
    Verdict,
    cell_key,
    decode,
    encode,
    load_name,
    pack_bits,
    pack_floats,
    parse_load,
    read,
    read_all,
    result_paths,
    schema,
    unpack_floats,
    write,
)
from benchfolio.results.migration import migrate


def example() -> ResultFile:
    """Return the example, decoded."""
    return decode(EXAMPLE.encode(), "example.json")


@settings(max_examples=150)
@given(result_files())
def test_round_trip(file: ResultFile) -> None:
    """Whatever is written reads back equal, up to the canonical order of the cells."""
    back = decode(encode(file), "file.json")
    assert sorted(back.cells, key=cell_key) == sorted(file.cells, key=cell_key)
    assert msgspec.structs.replace(back, cells=()) == msgspec.structs.replace(file, cells=())


@settings(max_examples=100)
@given(result_files())
def test_canonical(file: ResultFile) -> None:
    """The bytes do not depend on the order of cells, and writing what was read changes nothing."""
    data = encode(file)
    assert encode(msgspec.structs.replace(file, cells=file.cells[::-1])) == data
    assert encode(decode(data, "file.json")) == data
    assert data.endswith(b"}\n")


def break_example(old: str, new: str) -> str:
    """Return the example with one place changed."""
    assert EXAMPLE.count(old) >= 1
    return EXAMPLE.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (EXAMPLE[:-200], "bad.json", "not valid JSON"),
        (break_example("97.0", "NaN"), "bad.json", "not valid JSON"),
        (break_example("97.0", '"97.0"'), "$.cells[0].values[...].value", "`float`"),
        (break_example('"state": "ok"', '"state": "fine"'), "$.cells[0].state",
         "one of ok, failed, unsupported, skipped, pending, withheld\n  got:      'fine'"),
        (break_example('"device": "CPU",', '"device": "CPU", "btach": 1,'), "$.cells[0]",
         "got:      Object contains unknown field `btach`"),
        (break_example('"version": 1', '"version": 99'), "$.version", "newer benchfolio"),
        (break_example('"version": 1', '"version": 0'), "$.version", "not a version"),
        (break_example('"version": 1', '"version": true'), "$.version", "`int`"),
        (break_example('"benchfolio-results"', '"other"'), "$.format", "not a benchfolio"),
        (break_example('"lab-1"', '"../../etc"'), "$.platform.id", "regex"),
        (break_example('"lab-1"', '"lab\\n"'), "$.platform.id", "regex"),
        (break_example('"2026.4"', '"2026/4"'), "$.release", "regex"),
        (break_example('"2026.4"', '"2026/4"'), "$.release", "got:      '2026/4'"),
        (break_example('"unit": "%",', '"unit": "%", "unit": "1",'), "bad.json", "given twice"),
        (break_example('"model": "net", "scenario"', '"model": "tent", "scenario"'),
         "$.cells[0].model", "'tent'"),
        (break_example('"recipe": "ptq"', '"recipe": "qat"'), "$.cells[1].recipe", "'qat'"),
        (break_example('"dataset": "digits"', '"dataset": "mnist"'), "$.cells[0].dataset", "mnist"),
        (break_example('"artefact": "net-fp32"', '"artefact": "x"'), "$.cells[0].artefact", "'x'"),
        (break_example('"precision": "FP32", "recipe": "original",\n      "runtime"',
                       '"precision": "BF16", "recipe": "original",\n      "runtime"'),
         "$.cells[0].artefact", "another model, precision"),
        (break_example(', "reason": "no kernel"', ""), "$.cells[1].reason", "without a reason"),
        (break_example('"state": "ok"', '"state": "failed", "reason": "x"'),
         "$.cells[0].values", "has values"),
        (break_example('"low": 91.6', '"low": 99.9'), "interval", "upside down"),
        (break_example('"accuracy@top1"', '"acuracy"'), "['acuracy']", "nobody has stated"),
    ],
)  # fmt: skip
def test_broken(text: str, place: str, words: str) -> None:
    """A file broken in one place is refused with that place, what is wrong and a remedy."""
    with pytest.raises(BadInput) as caught:
        decode(text.encode(), "bad.json")
    problem = caught.value.problems[0]
    assert place in problem.where
    assert words in str(problem)
    assert problem.remedy
    assert "bad.json" in problem.where


def test_duplicate_cells() -> None:
    """Two cells with the same key are refused, naming both."""
    raw = json.loads(EXAMPLE)
    raw["cells"].append(raw["cells"][0])
    with pytest.raises(BadInput, match=r"same key as \$\.cells\[0\]"):
        decode(json.dumps(raw).encode(), "bad.json")


def test_all_problems_at_once() -> None:
    """Everything that is wrong beyond the types is said in one go."""
    raw = json.loads(EXAMPLE)
    raw["cells"][0]["model"] = "x"
    del raw["cells"][1]["reason"]
    with pytest.raises(BadInput) as caught:
        decode(json.dumps(raw).encode(), "bad.json")
    assert len(caught.value.problems) >= 2


def test_invalid_utf8() -> None:
    """Bytes that are not UTF-8 are refused, not guessed at."""
    with pytest.raises(BadInput, match="not valid JSON"):
        decode(EXAMPLE.encode().replace(b"Lab machine", b"Lab \xff\xfe"), "bad.json")


def test_nested_too_deeply() -> None:
    """A hundred thousand brackets give an error, not a crash."""
    with pytest.raises(BadInput, match="nested too deeply"):
        decode(b"[" * 100_000, "bad.json")


def test_too_large(tmp_path: Path) -> None:
    """A file over the size limit is refused without being read."""
    path = tmp_path / "big.json"
    with path.open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    with pytest.raises(BadInput, match="too large"):
        read(path)


def test_keys_with_spaces_before_the_colon() -> None:
    """Other spellings of the same JSON are read without a false alarm about duplicates."""
    assert decode(EXAMPLE.replace('":', '" :').encode(), "x.json") == example()


def test_escaped_quotes_and_colons_are_no_duplicates() -> None:
    """Text that looks like a key inside a string raises no false alarm."""
    text = break_example("Lab machine", '\\"a\\": \\"b\\": 12:00')
    assert decode(text.encode(), "x.json").platform.label == '"a": "b": 12:00'


def test_bad_files_are_skipped(tmp_path: Path) -> None:
    """Among good files a bad one is reported and skipped."""
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "a.json").write_text(EXAMPLE)
    (tmp_path / "r" / "b.json").write_text(EXAMPLE[:50])
    (tmp_path / "r" / ".c.json.tmp").write_text("x")
    files, problems = read_all(result_paths(tmp_path), root=tmp_path)
    assert [name for name, _ in files] == ["r/a.json"]
    assert [problem.where for problem in problems] == ["r/b.json"]


def test_write_refuses_what_it_could_not_read(tmp_path: Path) -> None:
    """Invalid results are not written, and the file that was there stays."""
    path = tmp_path / "a.json"
    write(example(), path)
    before = path.read_bytes()
    cell = example().cells[0]
    infinite = msgspec.structs.replace(cell.values["accuracy@top1"], value=float("inf"))
    broken = msgspec.structs.replace(cell, values={"accuracy@top1": infinite})
    with pytest.raises(BadInput, match="finite"):
        write(msgspec.structs.replace(example(), cells=(broken,)), path)
    wrong_type = msgspec.structs.replace(example(), release="a/b")
    with pytest.raises(BadInput, match="contract"):
        write(wrong_type, path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_write_where_it_cannot(tmp_path: Path) -> None:
    """A folder that cannot be made gives an error with a remedy, exit code 4."""
    (tmp_path / "file").write_text("")
    with pytest.raises(MissingEnvironment, match="cannot be written") as caught:
        write(example(), tmp_path / "file" / "a.json")
    assert caught.value.exit_code == 4


def test_migration_goes_step_by_step() -> None:
    """An old version passes through every step in order and ends as the current one."""
    steps = {
        1: lambda raw: {**raw, "seen": [1]},
        2: lambda raw: {**raw, "seen": [*raw["seen"], 2]},
    }
    raw = migrate({"version": 1}, "x.json", steps=steps, current=3)
    assert raw == {"version": 3, "seen": [1, 2]}


def test_schema_accepts_what_is_written_and_describes_keys() -> None:
    """The published schema names every field of a cell and documents the key ones."""
    definitions = schema()["$defs"]
    assert definitions["ResultFile"]["properties"]["version"]["const"] == VERSION
    cell = definitions["Cell"]["properties"]
    assert {"model", "state", "values", "reason", "load"} <= set(cell)
    assert definitions["Cell"]["additionalProperties"] is False
    assert "engine" in json.dumps(cell["reason"])


@pytest.mark.parametrize(
    ("load", "batch", "text"),
    [
        (Load(instances=8, cores_per_instance=4, sockets=1), 1, "1s4c8ins1bs"),
        (Load(), 16, "1ins16bs"),
        (Load(streams=2, requests=4), 1, "1ins1bs-2st-4req"),
    ],
)
def test_load_name(load: Load, batch: int, text: str) -> None:
    """A load configuration is written in the field's short notation."""
    assert load_name(load, batch) == text


@given(loads, st.integers(1, 4096))
def test_load_names_are_read_back(load: Load, batch: int) -> None:
    """Whatever load configuration is written short is the same when it is read."""
    assert parse_load(load_name(load, batch)) == (load, batch)


@pytest.mark.parametrize(
    "name", ["", "1s4c", "0s1ins1bs", "1ins0bs", "1s4c8ins1bs ", "4c1s8ins1bs", "1ins1bs-2req-1st"]
)
def test_what_is_no_load_name_is_refused(name: str) -> None:
    """Missing parts, zeros, another order and blanks are no load configuration."""
    with pytest.raises(ValueError, match="is no load configuration such as 1s4c8ins1bs"):
        parse_load(name)


RACE = {
    "scenario": "accuracy",
    "rounds": 3,
    "target": 0.01,
    "ended": "target",
    "time_limit": 60,
    "seconds": 1.5,
    "order": "Williams design",
    "block_seconds": 0.02,
}


def with_race(
    figures: object, *, name: str = "r", twin: object = None, disturbed: str | None = None
) -> bytes:
    """Return the example with a race of three rounds that its first cell took part in."""
    raw = json.loads(EXAMPLE)
    twins = [] if twin is None else [{"cell": "x", "figures": twin}]
    raw["races"] = {"r": {**RACE, "twins": twins}}
    raw["cells"][0]["rounds"] = {"race": name, "figures": figures, "disturbed": disturbed}
    raw["cells"][0]["verdict"] = {"calm": "noisy", "reasons": ["it was loud"]}
    return json.dumps(raw).encode()


@pytest.mark.parametrize("figures", [[1.5], [1.5, 2.5, 3.5]])
def test_figures_of_rounds_are_read(figures: list[float]) -> None:
    """A cell has at most as many figures as its race had rounds; the last may be missing."""
    flags = pack_bits([True] * len(figures))
    data = with_race(pack_floats(figures), twin=pack_floats([2]), disturbed=flags)
    file = decode(data, "a.json")
    rounds, verdict = file.cells[0].rounds, file.cells[0].verdict
    assert rounds is not None
    assert list(unpack_floats(rounds.figures)) == figures
    assert rounds.disturbed == flags
    assert verdict == Verdict(calm=Calm.NOISY, reasons=("it was loud",))


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (with_race(pack_floats([1]), name="q"), "$.cells[0].rounds.race", "'q'"),
        (with_race(pack_floats([1] * 4)), "$.cells[0].rounds.figures", "at most 3 numbers"),
        (with_race(pack_floats([1, 0])), "$.cells[0].rounds.figures", "greater than 0"),
        (with_race(pack_floats([math.inf])), "$.cells[0].rounds.figures", "greater than 0"),
        (with_race(pack_floats([math.nan])), "$.cells[0].rounds.figures", "greater than 0"),
        (with_race("AAA="), "$.cells[0].rounds", "base64 of 32-bit floats"),
        (
            with_race(pack_floats([1]), disturbed=pack_bits([True] * 9)),
            "$.cells[0].rounds",
            "1 bytes are wanted for 1 flags, not 2",
        ),
        (with_race("AAAAA"), "$.cells[0].rounds.figures", "regex"),
        (with_race("not base64!"), "$.cells[0].rounds.figures", "regex"),
        (with_race([1.0]), "$.cells[0].rounds.figures", "`str`"),
        (with_race("", twin=pack_floats([1] * 4)), "$.races['r'].twins[0].figures", "at most 3"),
    ],
)
def test_rounds_that_cannot_be_are_refused(data: bytes, place: str, words: str) -> None:
    """A race that is not there, too many figures or wrong ones are refused, with their place."""
    with pytest.raises(BadInput) as caught:
        decode(data, "bad.json")
    text = "\n".join(map(str, caught.value.problems))
    assert place in text
    assert words in text


def test_metric_directions() -> None:
    """Perplexity and latency are lower-is-better, accuracies and throughput higher."""
    better = {name: metric.direction.value for name, metric in METRICS.items()}
    assert better["perplexity"] == better["latency@p99"] == "lower"
    assert better["map@50:95"] == better["throughput"] == "higher"


def test_errors_go_from_process_to_process_whole() -> None:
    """An error that was pickled has the same problems and the same text."""
    error = BadInput([Problem(where="a.json", what="not valid"), Problem(where="b.json", what="x")])
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), back.problems, str(back)) == (BadInput, error.problems, str(error))
