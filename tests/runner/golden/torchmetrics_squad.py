"""Writes torchmetrics-squad.json: answers with references, and what torchmetrics makes of them.

Run once with torch and torchmetrics installed, which the tests do not need. An answer and a
reference of which normalising leaves nothing are not among the cases: torchmetrics has an F1 of 1
for them, as version 2.0 of the script has; version 1.1 has 0::

    python tests/runner/golden/torchmetrics_squad.py
"""

from __future__ import annotations

import json
from pathlib import Path

import torch  # type: ignore[import-not-found]
import torchmetrics  # type: ignore[import-not-found]
from torchmetrics.text import SQuAD  # type: ignore[import-not-found]

OUT = Path(__file__).with_name("torchmetrics-squad.json")

ANSWERS: dict[str, tuple[str, list[str]]] = {
    "equal": ("Denver Broncos", ["Denver Broncos"]),
    "article, case and punctuation": ("the Denver, broncos.", ["Denver Broncos"]),
    "one of several": ("1989", ["in the year 1989", "1989", "the 1980s"]),
    "part": ("Queen Anne of Britain", ["Anne", "Queen Anne"]),
    "repeated words": ("to be or not to be", ["to be to be to be"]),
    "other": ("gold", ["silver", "bronze"]),
    "empty": ("", ["something"]),
    "article within a word": ("theatre an anagram", ["atre anagram"]),
    "hyphen": ("twenty-one", ["twenty one", "21"]),
    "not ASCII": ("«Café» — Zoë", ["café zoë"]),
    "blanks": ("  New\tYork\n", ["New York"]),
}


def score(answers: dict[str, tuple[str, list[str]]]) -> dict[str, float]:
    """Return exact match and F1 in percent."""
    metric = SQuAD()
    for name, (answer, references) in answers.items():
        starts = [0] * len(references)
        metric.update(
            [{"prediction_text": answer, "id": name}],
            [{"answers": {"answer_start": starts, "text": references}, "id": name}],
        )
    return {name: float(each) for name, each in metric.compute().items()}


if __name__ == "__main__":
    golden = {
        "torch": torch.__version__,
        "torchmetrics": torchmetrics.__version__,
        "all": score(ANSWERS),
        "cases": {
            name: {"answer": each[0], "references": each[1], **score({name: each})}
            for name, each in ANSWERS.items()
        },
    }
    OUT.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
