"""JSON Schema of every document, from the types that write them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from benchfolio.generator.publish.types import (
    API,
    DatasetDocument,
    Index,
    Measurements,
    Metrics,
    ModelDocument,
    Part,
    PlatformDocument,
    Recipes,
    ReleaseDocument,
    RuntimeDocument,
)
from benchfolio.results import schema as result_schema

DOCUMENTS: Mapping[str, type[Part]] = MappingProxyType(
    {
        "index": Index,
        "release": ReleaseDocument,
        "model": ModelDocument,
        "platform": PlatformDocument,
        "dataset": DatasetDocument,
        "runtime": RuntimeDocument,
        "measurements": Measurements,
        "metrics": Metrics,
        "recipes": Recipes,
    }
)
"""Kind of document → its type."""


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of every kind of document, and of the result file as ``results``."""
    found = {name: schema_of(name, type_) for name, type_ in DOCUMENTS.items()}
    return {**found, "results": result_schema()}


def schema_of(name: str, type_: type[Part]) -> dict[str, Any]:
    """Return the JSON Schema of one kind of document, every key with its description."""
    generated = msgspec.json.schema(type_)
    for described in generated["$defs"].values():
        _describe(described)
    generated["$defs"][type_.__name__]["properties"]["api"]["const"] = API
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"benchfolio API {API}: {name}",
        **generated,
    }


def _describe(described: dict[str, Any]) -> None:
    """Move what a docstring says of attributes to them."""
    # Python 3.13 has taken the indentation out already.
    told = inspect.cleandoc(described.get("description", ""))
    text, _, attributes = told.partition("Attributes:\n")
    if not text:
        return
    described["description"] = " ".join(text.split())
    for name, meaning in attribute_texts(attributes).items():
        found = described.get("properties", {}).get(name)
        if found is not None:
            found.setdefault("description", meaning)


def attribute_texts(block: str) -> dict[str, str]:
    """Return name → description of an ``Attributes`` block of a docstring."""
    parts = re.split(r"^ {4}(\w+): ", block, flags=re.MULTILINE)
    named = zip(parts[1::2], parts[2::2], strict=True)
    return {name: " ".join(text.split()) for name, text in named}
