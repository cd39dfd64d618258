"""The contract as JSON Schema (draft 2020-12), for editors and other programs."""

from __future__ import annotations

from typing import Any

import msgspec

from benchfolio.results.types import VERSION, ResultFile


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a result file, every key with its description."""
    generated = msgspec.json.schema(ResultFile)
    generated["$defs"]["ResultFile"]["properties"]["version"]["const"] = VERSION
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"benchfolio result file, version {VERSION}",
        **generated,
    }
