"""What the two files of AI Hub Models share: names of precisions, and what is found in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from benchfolio.importers.reports.parsing import PRECISIONS, string
from benchfolio.importers.reports.types import Row
from benchfolio.results import Dataset, Metric, Precision, Problem, Recipe

NOTHING = (None, "", "null", "None")
"""What the files write where there is nothing."""
_WIDTHS = re.compile(
    r"w(?P<weights>\d{1,2})(a(?P<activations>\d{1,2})(_mixed_(?P<some>[a-z]{1,8}\d{1,2}))?)?",
    re.ASCII,
)
_BLOCKS = re.compile(r"q(?P<weights>\d)_[01k]", re.ASCII)
_OTHERS: Mapping[str, str] = MappingProxyType(
    {
        "mxfp4": "weights in MXFP4",
        "mixed": "several precisions",
        "mixed_with_float": "several precisions, some layers in floating point",
    }
)
"""Other names of precisions → what is known of them."""


class Found(msgspec.Struct):
    """Rows and what belongs to them, as they are found."""

    rows: list[Row] = []
    metrics: dict[str, Metric] = {}
    datasets: dict[str, Dataset] = {}
    recipes: dict[str, Recipe] = {}
    left_out: list[Problem] = []

    def precision(self, value: object, at: str) -> dict[str, Any]:
        """Return precision and recipe of a name as ``w8a16``; of ``float`` neither."""
        if value in NOTHING:
            return {}
        name = string(value, f"{at}.precision")
        if name == "w8a8":
            return {"precision": Precision.INT8}
        label = _label(name)
        if label is None:
            known = PRECISIONS.get(name.upper())
            return {"precision": known} if known else {}
        self.recipes[name] = Recipe(method="quantized", label=label)
        return {"precision": Precision.MIXED, "recipe": name}


def _label(name: str) -> str | None:
    """Return what the name of a mixed precision says, if it is one."""
    widths, blocks = _WIDTHS.fullmatch(name), _BLOCKS.fullmatch(name)
    if blocks is not None:
        return f"weights of {blocks['weights']} bit in blocks, as llama.cpp has them"
    if widths is None:
        return _OTHERS.get(name)
    parts = [f"weights of {widths['weights']} bit"]
    if widths["activations"]:
        parts.append(f"activations of {widths['activations']} bit")
    if widths["some"]:
        parts.append(f"some layers in {widths['some'].upper()}")
    return ", ".join(parts)
