"""Outcomes of single samples in a result file: what they may be, and that they survive the trip."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results.example import EXAMPLE

from benchfolio.results import (
    BadInput,
    Outcomes,
    decode,
    encode,
    pack_bits,
    pack_floats,
    pack_scores,
    unpack_bits,
    unpack_floats,
    unpack_scores,
)

SCORES = {"scores": pack_scores([0.5] * 100), "resampled": pack_floats([96.0]), "draws": "so"}
RIGHT = {"right": pack_bits([True] * 100)}


def with_outcomes(metric: str = "accuracy@top1", **changes: object) -> bytes:
    """Return the example, whose value is of 100 samples, with outcomes."""
    raw = json.loads(EXAMPLE)
    raw["cells"][0]["outcomes"] = {metric: {"samples": 100, **changes}}
    return json.dumps(raw).encode()


@pytest.mark.parametrize("given_", [RIGHT, SCORES])
def test_outcomes_are_written_as_they_were_read(given_: dict[str, Any]) -> None:
    """Either kind of outcomes is accepted, and is the same after writing and reading."""
    file = decode(with_outcomes(**given_), "a.json")
    assert file.cells[0].outcomes == {"accuracy@top1": Outcomes(samples=100, **given_)}
    back = decode(encode(file), "b.json").cells
    assert [each.outcomes for each in back if each.outcomes] == [file.cells[0].outcomes]


@pytest.mark.parametrize(
    ("metric", "changes", "words"),
    [
        ("accuracy@top1", {**RIGHT, "samples": 99}, "100 samples, the value's n"),
        ("accuracy@top1", {}, "none of them"),
        ("accuracy@top1", {**RIGHT, **SCORES}, "draws, resampled, right, scores"),
        ("accuracy@top1", {**RIGHT, "draws": "so"}, "draws, right"),
        ("accuracy@top1", {**SCORES, "draws": None}, "resampled, scores"),
        ("accuracy@top1", {"right": pack_bits([True] * 88)}, "13 bytes for 100 samples"),
        ("accuracy@top1", {**SCORES, "scores": pack_scores([1] * 99)}, "100 bytes"),
        ("accuracy@top1", {**SCORES, "resampled": pack_scores([1] * 6)}, "resampled"),
        ("accuracy@top1", {**SCORES, "resampled": ""}, "at least one"),
        ("accuracy@top1", {**SCORES, "resampled": pack_floats([float("nan")])}, "not finite"),
        ("accuracy@top1", {"right": "not base64!"}, "right"),
        ("mean_iou", RIGHT, "samples that the value is not of"),
    ],
)
def test_outcomes_that_cannot_be_are_refused(
    metric: str, changes: dict[str, Any], words: str
) -> None:
    """Outcomes of the wrong size, kind or metric are refused, with their place."""
    with pytest.raises(BadInput) as caught:
        decode(with_outcomes(metric, **changes), "bad.json")
    text = "\n".join(map(str, caught.value.problems))
    assert words in text
    assert "$.cells[0].outcomes" in text


@given(st.lists(st.booleans(), max_size=70))
def test_bits_survive_packing(flags: list[bool]) -> None:
    """Flags are the same after packing, in an eighth of a byte each."""
    assert unpack_bits(pack_bits(flags), len(flags)) == flags
    with pytest.raises(ValueError, match="bytes are wanted"):
        unpack_bits(pack_bits(flags), len(flags) + 8)


@given(st.lists(st.floats(0, 1), max_size=20), st.lists(st.floats(width=32), max_size=20))
def test_scores_and_floats_survive_packing(scores: list[float], floats: list[float]) -> None:
    """Scores come back within 1/510, 32-bit floats bit for bit."""
    assert unpack_scores(pack_scores(scores)) == pytest.approx(scores, abs=1 / 510 + 1e-9)
    assert list(map(repr, unpack_floats(pack_floats(floats)))) == list(map(repr, floats))
