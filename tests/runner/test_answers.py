"""Question answering from a suite file to a result file, through a real engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from runner import models

from benchfolio import results
from benchfolio.results import BadInput, Cell, State, unpack_bits, unpack_scores
from benchfolio.runner.run import Request, run
from benchfolio.runner.suite_file import load_suite

SUITE = """suite: answers
datasets:
  questions:
    name: Questions
    kind: jsonl
    path: test.jsonl
    inputs: [context, offsets]
    targets: answers
models:
  finder:
    name: Finder
    task: question-answering
    path: finder.onnx
    dataset: questions
    inputs:
      tokens: {from: context, steps: [utf8-bytes: 64]}
    postprocess:
      answer: {start: start_logits, end: end_logits, text: context, max_tokens: 40}
    metrics: [em, f1@squad]
variants:
  fp32: {precision: FP32, method: original}
runtimes: {onnxruntime: {devices: [CPU]}}
scenarios: {accuracy: {batch: 4}}
limits: {cell_seconds: 60}
"""
QUESTIONS = [
    ("The river <Thames> flows.", ["river Thames", "the Thames!"]),
    ("It was <Queen Anne>, in 1702.", ["Anne"]),
    ("In <Zürich> or in Bern?", ["Bern", "zürich"]),
    ("<Nobody> knows.", ["somebody"]),
    ("À <l'été 42> — 日本", "l'été 42"),
]
"""The model takes what is between < and >: right, half of it, right, wrong, right."""


def measure(folder: Path, suite: str = SUITE) -> Cell:
    """Measure the one cell of a suite; return it as the result file has it."""
    models.answering(folder / "finder.onnx")
    rows = [
        {"context": context, "offsets": character_offsets(context), "answers": references}
        for context, references in QUESTIONS
    ]
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "test.jsonl").write_text("\n".join(lines), encoding="utf-8")
    path = folder / "suite.yaml"
    path.write_text(suite, encoding="utf-8")
    summary = run(
        Request(
            suite=path, release="r1", platform_id="here", out=folder / "out", cache=folder / "cache"
        )
    )
    (cell,) = results.read(summary.path).cells
    assert cell.state is State.OK, cell.reason
    return cell


def character_offsets(text: str) -> list[list[int]]:
    """Return per UTF-8 byte the character it belongs to; < and > belong to no part of the text."""
    return [
        [-1, -1] if character in "<>" and text.isascii() else [index, index + 1]
        for index, character in enumerate(text)
        for _ in character.encode()
    ]


def test_answers_are_measured_and_recorded(tmp_path: Path) -> None:
    """A suite with questions ends in a file with exact match, F1 and how each answer came out."""
    cell = measure(tmp_path)
    em, f1 = cell.values["em"], cell.values["f1@squad"]
    assert (em.value, em.n, em.unit) == (100 * 3 / 5, 5, "%")
    assert f1.value == 100 * (1 + 2 / 3 + 1 + 0 + 1) / 5
    assert unpack_bits(cell.outcomes["em"].right or "", 5) == [True, False, True, False, True]
    scores = unpack_scores(cell.outcomes["f1@squad"].scores or "")
    assert scores == pytest.approx([1, 2 / 3, 1, 0, 1], abs=1 / 510)
    assert em.interval is not None
    assert f1.interval is not None
    assert f1.interval.low <= f1.value <= f1.interval.high


def test_neither_contexts_nor_answers_are_recorded(tmp_path: Path) -> None:
    """No word of a sample is in the result file."""
    measure(tmp_path)
    (path,) = (tmp_path / "out").rglob("*.json")
    text = path.read_text(encoding="utf-8")
    for word in ("Thames", "Anne", "rich", "Bern", "body", "42 —"):
        assert word not in text


def test_offsets_of_the_data_set_are_used(tmp_path: Path) -> None:
    """With offsets the tokens that stand for no text cannot be part of an answer's ends.

    In ASCII contexts < and > have no offsets, so that other tokens win, and no answer is right.
    """
    with_offsets = SUITE.replace("text: context,", "text: context, offsets: offsets,")
    cell = measure(tmp_path, with_offsets)
    right = unpack_bits(cell.outcomes["em"].right or "", 5)
    assert right == [False, False, True, False, True]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("text: context,", "text: contest,", r"postprocess\.answer\.text: no such field"),
        ("max_tokens: 40", "offsets: spans", r"postprocess\.answer\.offsets: no such field"),
        ("text: context, ", "", "the argument of answer does not fit"),
        ("max_tokens: 40", "max_tokens: 0", "the argument of answer does not fit"),
        ("[em, f1@squad]", "[accuracy]", "accuracy does not understand these predictions"),
        ("    dataset: questions\n", "", "an answer without a text to take it from"),
    ],
)
def test_a_suite_that_cannot_answer_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    """Fields, options and metrics that do not fit are reported before anything is measured."""
    assert old in SUITE
    path = tmp_path / "suite.yaml"
    path.write_text(SUITE.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        load_suite(path)
