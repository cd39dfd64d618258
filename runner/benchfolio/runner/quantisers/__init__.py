"""Quantisers, one file each; a tool's package is imported when it is to work."""

from __future__ import annotations

import importlib
import importlib.metadata
from types import MappingProxyType

from benchfolio.results import BadInput, Problem
from benchfolio.runner.quantisers.base import Quantiser

QUANTISERS = MappingProxyType({"nncf": "openvino", "onnxruntime": "onnxruntime"})
"""Quantiser id in a suite → extra that installs it."""


def find(name: str) -> Quantiser:
    """Return a quantiser by its id.

    Raises:
        BadInput: There is no such quantiser.
    """
    if name not in QUANTISERS:
        raise BadInput(
            Problem(
                where="quantiser",
                what="no such quantiser",
                expected=f"one of {', '.join(QUANTISERS)}",
                got=repr(name),
                remedy="correct the variant's quantiser in the suite",
            )
        )
    module = importlib.import_module(f"benchfolio.runner.quantisers.{name}")
    quantiser = module.load_quantiser()
    assert hasattr(quantiser, "quantise")
    return quantiser  # type: ignore[no-any-return]


def versions(name: str) -> dict[str, str]:
    """Return the installed versions of what a quantiser's result depends on, without importing."""
    found = {}
    for package in find(name).packages():
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
