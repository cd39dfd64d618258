"""A judgement as JSON, and the schema of that."""

from __future__ import annotations

from typing import Any

import msgspec

from benchfolio.release.judgement import Judgement


def to_json(judgement: Judgement) -> str:
    """Write a judgement as JSON: cells worst first, each on one line."""
    head = msgspec.to_builtins(msgspec.structs.replace(judgement, cells=()))
    del head["cells"]
    lines = [f"{_text(name)}: {_text(value)}" for name, value in head.items()]
    cells = b",\n  ".join(map(msgspec.json.encode, judgement.cells)).decode()
    lines.append(f'"cells": [\n  {cells}\n ]' if cells else '"cells": []')
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of ``to_json``."""
    found = msgspec.json.schema(Judgement)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
