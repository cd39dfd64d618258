"""Result files with something hostile in every text, found by walking the types of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from factory import raced, result_file
from msgspec import inspect
from pages.building import small

from benchfolio.results import Direction, Kind, Metric, ResultFile, write

STARTS = (
    "=HYPERLINK(pwned)",
    "<script>window.pwned=1</script>",
    "+1+cmd|' /C calc'!A0",
    "]]><svg onload=window.pwned=1>",
    "@SUM(1+1)",
    "`x <javascript:window.pwned=1>`_ :raw:`x` |x|",
    "\t=1+1",
    '" onmouseover="window.pwned=1" x="',
    "-1+1",
    "</script><script>window.pwned=1</script>",
    "../../../../tmp/pwned",
    "[x](javascript:window.pwned=1) ![x](http://evil.invalid/i)",
)
"""Every text begins with one of these: a spreadsheet looks at the first character."""

POLYGLOT = (
    "'\"><img src=http://evil.invalid/p onerror=window.pwned=1>"
    "</title></textarea></style><iframe srcdoc='<script>parent.pwned=1</script>'></iframe>"
    "{{7*7}} ${7*7} <!-- --> &lt;b&gt; \\u003cscript\\u003e \u2028 \u202e \x07 | a\n.. raw:: html"
)
LINK = "javascript:window.pwned=1//"
KNOWN = frozenset({"format", "version"})
"""What a file cannot be read without."""


def text_of(place: str) -> str:
    """Return the hostile text of a field: the same wherever the field occurs."""
    number = sum(place.encode())
    return f"{STARTS[number % len(STARTS)]} {place} {POLYGLOT}"


METRIC = text_of("a metric")


def bare(kind: inspect.Type) -> inspect.Type:
    """Return a type without its description."""
    return bare(kind.type) if isinstance(kind, inspect.Metadata) else kind


class Poison:
    """Puts hostile text into every text of a document that the types leave free.

    Attributes:
        places: The fields that got some, as ``Model.name``.
    """

    def __init__(self) -> None:
        self.places: set[str] = set()

    def value(self, node: Any, kind: inspect.Type, place: str) -> Any:  # noqa: ANN401 - any JSON
        """Return a value of this type in the place of another."""
        kind = bare(kind)
        if isinstance(kind, inspect.UnionType):
            return self._union(node, kind, place)
        if isinstance(kind, inspect.StructType):
            return self._struct({} if node is None else node, kind)
        if isinstance(kind, inspect.VarTupleType):
            items = [self.value(each, kind.item_type, place) for each in node or ()]
            return items or self._one_text(kind.item_type, place)
        if isinstance(kind, inspect.DictType):
            return self._dict(node or {}, kind, place)
        if isinstance(kind, inspect.StrType) and kind.pattern is None:
            self.places.add(place)
            if place in ("Claim.metric", "Limit.metric"):
                return METRIC  # one that the file defines
            return LINK if place.endswith((".link", ".url")) else text_of(place)
        return node

    def _union(self, node: Any, kind: inspect.UnionType, place: str) -> Any:  # noqa: ANN401
        kinds = [bare(each) for each in kind.types]
        texts = [each for each in kinds if isinstance(each, inspect.StrType)]
        structs = [each for each in kinds if isinstance(each, inspect.StructType)]
        if texts and (node is None or isinstance(node, str)):
            return self.value(node, texts[0], place) if texts[0].pattern is None else node
        if structs and isinstance(node, dict):
            return self.value(node, structs[0], place)
        return node

    def _struct(self, node: dict[str, Any], kind: inspect.StructType) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field in kind.fields:
            name = field.encode_name
            if kind.cls is ResultFile and name in KNOWN:
                found[name] = node[name]
                continue
            made = self.value(node.get(name), field.type, f"{kind.cls.__name__}.{name}")
            if made is not None:
                found[name] = made
        return found

    def _one_text(self, kind: inspect.Type, place: str) -> list[Any]:
        kind = bare(kind)
        free = isinstance(kind, inspect.StrType) and kind.pattern is None
        return [self.value(None, kind, place)] if free else []

    def _dict(self, node: dict[str, Any], kind: inspect.DictType, place: str) -> dict[str, Any]:
        keys = bare(kind.key_type)
        free = isinstance(keys, inspect.StrType) and keys.pattern is None
        values = {key: self.value(each, kind.value_type, place) for key, each in node.items()}
        if place in ("Cell.values", "Cell.outcomes", "ResultFile.metrics") or not free:
            return values
        self.places.add(f"{place} (key)")
        if place == "ResultFile.acceptance":
            return {text_of("Model.task"): each for each in list(values.values())[:1]}
        return {f"{text_of(place)} {key}": each for key, each in values.items()}


def poisoned(file: ResultFile) -> tuple[ResultFile, set[str]]:
    """Return a file with hostile texts, and the fields that have one."""
    poison = Poison()
    raw = poison.value(msgspec.to_builtins(file), inspect.type_info(ResultFile), "")
    raw["metrics"] = {
        METRIC: poison.value(
            msgspec.to_builtins(
                Metric(label="x", unit="x", direction=Direction.HIGHER, kind=Kind.QUALITY)
            ),
            inspect.type_info(Metric),
            "",
        )
    }
    for cell in raw["cells"]:
        for name, outcomes in cell.get("outcomes", {}).items():
            # One kind of outcomes or the other: not both.
            if name in file_outcomes(file) and outcomes.get("right"):
                outcomes.pop("draws", None)
        if cell["state"] == "ok" and cell["scenario"] == "accuracy":
            cell["values"][METRIC] = {"value": 1.0, "unit": text_of("Value.unit")}
    return msgspec.convert(raw, ResultFile), poison.places


def file_outcomes(file: ResultFile) -> set[str]:
    """Return the metrics whose outcomes a file has."""
    return {name for cell in file.cells for name in cell.outcomes}


def free_texts(
    kind: inspect.Type, place: str = "", seen: frozenset[type] = frozenset()
) -> set[str]:
    """Return every field of the contract in which any text may stand."""
    kind = bare(kind)
    if isinstance(kind, inspect.StrType):
        return {place} if kind.pattern is None else set()
    if isinstance(kind, inspect.StructType):
        if kind.cls in seen:
            return set()
        inner = seen | {kind.cls}
        fields = ((f"{kind.cls.__name__}.{each.encode_name}", each.type) for each in kind.fields)
        return {text for name, each in fields for text in free_texts(each, name, inner)}
    return {text for each in _inside(kind) for text in free_texts(each, place, seen)}


def _inside(kind: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(kind, inspect.UnionType):
        yield from kind.types
    elif isinstance(kind, inspect.VarTupleType):
        yield kind.item_type
    elif isinstance(kind, inspect.DictType):
        yield kind.value_type


CONF = """\
project = "Project"
author = "Somebody"
extensions = ["benchfolio.sphinxext"]
html_theme = "pydata_sphinx_theme"
html_baseurl = "https://example.org/"
"""
INDEX = "Project\n=======\n\n.. toctree::\n\n   benchfolio/index\n"


def hostile_project(folder: Path) -> set[str]:
    """Write a project of two releases in which every text is hostile; return the fields."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    (folder / "index.rst").write_text(INDEX, encoding="utf-8")
    places: set[str] = set()
    for platform, release in (
        ("lab-xeon", "2026.1"),
        ("lab-xeon", "2026.2"),
        ("arm-board", "2026.2"),
    ):
        file, found = poisoned(complete(raced(small(result_file(platform, release)))))
        write(file, folder / "results" / release / f"{platform}.json")
        places |= found
    return places


def complete(file: ResultFile) -> ResultFile:
    """Return a file with the parts that measured ones lack: claims, publications, ports, …"""
    raw = msgspec.to_builtins(file)
    raw["platform"]["accelerators"] = [{"name": "x", "kind": "x", "driver": "x"}]
    raw["origin"]["publication"] = {"title": "x"}
    raw["documents"] = [
        {
            "title": "x",
            "headings": [{"text": "x", "level": 1, "anchor": "x"}],
            "contents": [{"text": "x", "target": "x"}],
        }
    ]
    for model in raw["models"].values():
        model["inputs"] = model["outputs"] = [{"name": "x", "dtype": "x", "shape": ["x", 1]}]
    for number, recipe in enumerate(raw["recipes"].values()):
        recipe["pruning"] = {"ratio": 0.5, "pattern": "x"} if number == 1 else None
        recipe["options"] = {"x": "x"}
    for cell in raw["cells"]:
        cell["settings"] = {"x": "x"}
        if cell["state"] == "ok":
            cell["executed"] = {"x": {"layers": 1, "time": 0.5}}
            cell["published"] = {"table": "x", "row": 1, "name": "x", "metric": "x"}
            cell["origin"] = {"kind": "measured"}
            cell["claims"] = [
                {"figure": "gain", "metric": "throughput", "value": 1, "unit": "x", "printed": "x"}
            ]
            for value in cell["values"].values():
                value.setdefault("interval", {"low": 0, "high": 1e9, "method": "x"})
    return msgspec.convert(raw, ResultFile)
