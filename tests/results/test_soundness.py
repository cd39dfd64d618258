"""The quick look at a file: whatever it lets pass, the close look has nothing to say about."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchfolio.results import (
    BadInput,
    ResultFile,
    decode,
    pack_floats,
    read,
    result_paths,
    validate,
    validation,
)
from benchfolio.results.soundness import is_sound

RESULTS = Path(__file__).resolve().parent.parent.parent / "results"
RACED = RESULTS / "2026.11" / "epyc-2core-vm.json"
RAW: dict[str, Any] = json.loads(RACED.read_text(encoding="utf-8"))


def small(random: Random) -> dict[str, Any]:
    """Return a few cells of the suite's own file, with everything that they name."""
    raw: dict[str, Any] = json.loads(json.dumps({**RAW, "cells": []}))
    raw["cells"] = json.loads(json.dumps(random.sample(RAW["cells"], 6)))
    return raw


def places(node: dict[str, Any] | list[Any]) -> list[tuple[Any, Any]]:
    """Return every place in a document as container and key."""
    found: list[tuple[Any, Any]] = []
    for key, child in node.items() if isinstance(node, dict) else enumerate(node):
        found.append((node, key))
        if isinstance(child, dict | list):
            found += places(child)
    return found


STRANGE: tuple[Any, ...] = (
    None,
    "",
    "   ",
    "other",
    0,
    1,
    7,
    -1.5,
    1e308,
    [],
    {},
    "AAAAAA==",
    "AADAfw==",
    "ok",
)


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_what_passes_the_quick_look_is_valid(random: Random, changes: int) -> None:
    """Of files with a few things changed, none passes in which ``validate`` finds a problem."""
    raw = small(random)
    for _ in range(changes):
        node, key = random.choice(places(raw))
        if random.random() < 0.3:
            del node[key]
        else:
            other, at = random.choice(places(raw))
            node[key] = random.choice([*STRANGE, other[at]])
    try:
        file = msgspec.convert(json.loads(json.dumps(raw)), ResultFile)
    except (msgspec.ValidationError, ValueError, RecursionError):
        return
    assert not (is_sound(file) and validate(file, "a.json"))


def first(scenario: str, state: str = "ok", **wanted: str) -> dict[str, Any]:
    """Return one cell of the suite's own file."""
    found: dict[str, Any] = next(
        cell
        for cell in RAW["cells"]
        if (cell["scenario"], cell["state"]) == (scenario, state)
        and all(cell[name] == value for name, value in wanted.items())
    )
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def cell_with(path: str, new: object, cell: dict[str, Any]) -> dict[str, Any]:
    """Change one place of a cell, which is a path with slashes; ``None`` removes it."""
    *parents, last = path.split("/")
    node: Any = cell
    for name in parents:
        node = node.setdefault(name, {})
    if new is None:
        node.pop(last)
    else:
        node[last] = new
    return cell


def undisturbed() -> dict[str, Any]:
    """Return a cell that was measured in turn, of which only figures are known."""
    return cell_with("rounds/disturbed", None, first("latency"))


NAN = "AADAfw=="
INFINITE = "AACAfw=="
MINUS_ONE = "AACAvw=="
SCORED = "cldr-transformer"


CLAIM = {"figure": "drop", "unit": "%", "printed": "1", "metric": "accuracy", "value": 1.0}
WRONG_CELLS = (
    cell_with("claims", [{**CLAIM, "metric": "unheard-of"}], first("accuracy")),
    cell_with("settings/mask", 2**64, first("accuracy")),
    cell_with("settings/mask", -(2**64), first("accuracy")),
    cell_with("started", "1969-12-31T23:59:59Z", first("accuracy")),
    cell_with("started", "3000-01-01T00:00:00Z", first("accuracy")),
    cell_with("model", "nobody", first("latency")),
    cell_with("recipe", "nothing", first("latency")),
    cell_with("dataset", "none", first("accuracy")),
    cell_with("artefact", "none", first("accuracy")),
    cell_with("artefact", "digits-resnet@fp32", first("latency", model=SCORED)),
    cell_with("recipe", "ort-qdq", first("latency", recipe="nncf-int8")),
    cell_with("precision", "INT4", first("latency", precision="INT8")),
    cell_with("values", None, first("throughput")),
    cell_with("values/unheard-of", {"value": 1, "unit": "%"}, first("accuracy")),
    cell_with("values/latency@median/interval/low", 1e6, first("latency")),
    cell_with("state", "failed", first("throughput")) | {"reason": "why"},
    cell_with("reason", None, first("latency", "unsupported")),
    cell_with("reason", "  ", first("latency", "unsupported")),
    cell_with("values/size", {"value": 1, "unit": "MiB"}, first("latency", "unsupported")),
    cell_with("rounds/race", "none", first("latency")),
    cell_with("rounds/figures", NAN, undisturbed()),
    cell_with("rounds/figures", INFINITE, undisturbed()),
    cell_with("rounds/figures", MINUS_ONE, undisturbed()),
    cell_with("rounds/figures", "AAAA", undisturbed()),
    cell_with("rounds/figures", pack_floats([1.0] * 1000), undisturbed()),
    cell_with("rounds/disturbed", "AAAAAAAAAAAA", first("latency")),
    cell_with("outcomes/f1", {"samples": 1, "right": "AA=="}, first("accuracy")),
    cell_with("outcomes/accuracy/samples", 2999, first("accuracy", model=SCORED)),
    cell_with("outcomes/accuracy/right", "AA==", first("accuracy", model=SCORED)),
    cell_with("outcomes/accuracy/draws", "any", first("accuracy", model=SCORED)),
    cell_with("outcomes/f1@macro/scores", "AA==", first("accuracy", model=SCORED)),
    cell_with("outcomes/f1@macro/resampled", NAN, first("accuracy", model=SCORED)),
    cell_with("outcomes/f1@macro/resampled", "", first("accuracy", model=SCORED)),
    cell_with("outcomes/f1@macro/draws", None, first("accuracy", model=SCORED)),
)


@pytest.mark.parametrize("cell", WRONG_CELLS, ids=str)
def test_nothing_that_is_wrong_with_a_cell_passes(cell: dict[str, Any]) -> None:
    """Each thing that ``validate`` says of a cell is noticed by the quick look, alone."""
    file = msgspec.convert({**RAW, "cells": [cell]}, ResultFile)
    assert validate(file, "a.json")
    assert not is_sound(file)


def wrong_beside() -> Iterator[dict[str, Any]]:
    """Yield files in which something is wrong that no cell shows alone."""
    cell = first("throughput")
    resnet = RAW["artefacts"]["digits-resnet@fp32"]
    recipe = {"method": "ptq", "calibration": {"dataset": "none"}}
    race = next(iter(RAW["races"].values()))
    twin = {"cell": "any", "figures": MINUS_ONE}
    metric = {"label": "", "unit": "%", "direction": "lower", "kind": "quality"}
    changes: list[dict[str, Any]] = [
        {"cells": [cell, {**cell, "note": "again", "load": {**cell["load"], "instances": 1}}]},
        {"cells": [{**cell, "form": ""}, cell]},
        {"artefacts": {**RAW["artefacts"], "a": {**resnet, "model": "nobody"}}},
        {"artefacts": {**RAW["artefacts"], "a": {**resnet, "recipe": "nothing"}}},
        {"artefacts": {**RAW["artefacts"], "a": {**resnet, "calibration": {"dataset": "none"}}}},
        {"recipes": {**RAW["recipes"], "r": recipe}},
        {"recipes": {**RAW["recipes"], "r": {"method": "ptq", "options": {"seed": 2**64}}}},
        {"races": {**RAW["races"], "r": {**race, "twins": [twin]}}},
        {"metrics": {"accuracy": metric}},
    ]
    for changed in changes:
        yield {**RAW, **changed}


def test_nothing_that_is_wrong_beside_the_cells_passes() -> None:
    """References of artefacts and recipes, races, and cells of one key are looked at too."""
    for raw in wrong_beside():
        file = msgspec.convert(raw, ResultFile)
        assert validate(file, "a.json"), raw
        assert not is_sound(file), raw


def test_the_quick_look_knows_every_rule() -> None:
    """Every problem that ``validate`` can tell occurs in the files above: none was added alone.

    If this fails, teach ``soundness`` the new rule and add a file that breaks it.
    """
    raws = [*({**RAW, "cells": [cell]} for cell in WRONG_CELLS), *wrong_beside(), NOT_A_NUMBER]
    told = " ".join(
        problem.what
        for raw in raws
        for problem in validate(msgspec.convert(raw, ResultFile), "a.json")
    )
    source = ast.parse(Path(str(validation.__file__)).read_text(encoding="utf-8"))
    words = [node for node in ast.walk(source) if isinstance(node, ast.keyword)]
    told_in_code = [fixed(node.value) for node in words if node.arg == "what"]
    assert told_in_code
    assert not [text for text in told_in_code if text not in told]


def fixed(node: ast.expr) -> str:
    """Return the longest piece of a text that is always the same."""
    pieces = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return max((piece for piece in pieces if isinstance(piece, str)), key=len)


def infinite() -> dict[str, Any]:
    """Return a file with a value that JSON cannot write, but a program could."""
    return {**RAW, "cells": [cell_with("values/throughput/value", math.inf, first("throughput"))]}


NOT_A_NUMBER = infinite()


def test_numbers_that_are_none_do_not_pass() -> None:
    """Infinite values and claims are noticed."""
    claim = {**CLAIM, "value": math.nan}
    for raw in (NOT_A_NUMBER, {**RAW, "cells": [{**first("accuracy"), "claims": [claim]}]}):
        file = msgspec.convert(raw, ResultFile)
        assert validate(file, "a.json")
        assert not is_sound(file)


@pytest.mark.parametrize("path", result_paths(RESULTS), ids=lambda path: path.stem)
def test_published_files_pass(path: Path) -> None:
    """The quick look lets sound files pass: else it would be of no use."""
    assert is_sound(read(path))


def doubled(text: str, key: str) -> str:
    """Give a key of the first object that has it twice."""
    value = json.dumps(RAW[key])
    return text.replace(f'"{key}": {value}', f'"{key}": {value}, "{key}": {value}', 1)


@pytest.mark.parametrize("also", ["", '"suite" :', '"suit\\u0065":', '"suit\\u0065" :'])
def test_no_spelling_hides_a_duplicate_key(also: str) -> None:
    """A key given twice is found however the file spells its other keys."""
    text = doubled(json.dumps(RAW), "release")
    if also:
        text = text.replace('"suite":', also, 1)
    with pytest.raises(BadInput, match="a key is given twice"):
        decode(text.encode(), "a.json")


def test_defaults_that_are_spelled_out_are_no_duplicates() -> None:
    """A file may say what it could leave out, and escape what it need not."""
    raw = {**RAW, "metrics": {}, "documents": []}
    for cell in raw["cells"]:
        cell.setdefault("note", None)
    assert decode(json.dumps(raw).encode(), "a.json") == read(RACED)
