"""How OpenVINO's published benchmarks name machines, precisions and language-model figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from benchfolio.importers.reports.parsing import PRECISIONS
from benchfolio.importers.reports.units import qualified
from benchfolio.results import Metric, Precision, Recipe

_MODE = re.compile(r"(.+?) (CPU|iGPU|dGPU|GPU|NPU|CPU\+iGPU|CPU\+GPU)(?:-only)?")

FIRST = "latency@first-token"
NEXT = "latency@next-token"
TOKENS = "throughput@tokens"

LLM_METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        FIRST: qualified(
            FIRST, "first token latency", "from the request to its first token, prefill included"
        ),
        NEXT: qualified(NEXT, "next token latency", "mean time of a token after the first"),
        TOKENS: qualified(TOKENS, "token throughput", "tokens generated / wall time"),
    }
)
"""Metrics of language models that generate text."""

_WIDTHS = (
    (frozenset({"4BIT", "INT4", "I4", "U4"}), Precision.INT4),
    (frozenset({"8BIT", "INT8", "I8", "U8"}), Precision.INT8),
    (frozenset({"BF16"}), Precision.BF16),
    (frozenset({"FP16", "F16"}), Precision.FP16),
    (frozenset({"FP32", "F32"}), Precision.FP32),
)
ORIGINAL = "original"
NOT_STATED = "not-stated"
RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        ORIGINAL: Recipe(method="original", label="original"),
        NOT_STATED: Recipe(method="unknown", label="not stated how it was made"),
    }
)
"""What a report that lists precisions side by side says of how they were made: nothing, of all
but FP32."""


def split_platform(text: str) -> tuple[str, str | None]:
    """Return machine and device of a platform's name, which ends on its device mode.

    ``Intel® Core™ i7-12700H CPU+iGPU`` is the machine ``Intel® Core™ i7-12700H`` and the device
    ``CPU+iGPU``; without such an end the device is not known.
    """
    name = one_line(text)
    found = _MODE.fullmatch(name)
    return (found[1], found[2]) if found else (name, None)


def one_line(text: str) -> str:
    """Return a name with single blanks: some are published with two, or with one at the end."""
    return " ".join(text.split())


def recipe_of(precision: Precision) -> str:
    """Return the recipe of a column of a precision."""
    return ORIGINAL if precision is Precision.FP32 else NOT_STATED


def narrowest(text: str) -> Precision | None:
    """Return the narrowest precision that a name has in it, that of the weights.

    ``FP16-INT8`` and ``OV_FP16-INT8_ASYM`` are models of INT8 weights (Open Model Zoo, llm_bench);
    ``None`` where no part is a precision.
    """
    if text.strip().upper() in PRECISIONS:
        return PRECISIONS[text.strip().upper()]
    parts = set(re.split(r"[^A-Z0-9]+", text.upper()))
    return next((precision for names, precision in _WIDTHS if names & parts), None)
