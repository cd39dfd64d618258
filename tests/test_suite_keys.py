"""The documentation of suites is made from the types, and cannot fall behind them.

``python tests/test_suite_keys.py`` writes ``site/docs/suite-keys.rst`` anew.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from pathlib import Path

from benchfolio.runner import processing, suite

PAGE = Path(__file__).resolve().parent.parent / "site" / "docs" / "suite-keys.rst"
PARTS = (
    suite.Suite, suite.Model, suite.Input, suite.Step, suite.PackageFile, suite.Dataset,
    suite.Calibration, suite.Build, suite.Variant, suite.Runtime, suite.Scenarios, suite.Accuracy,
    suite.Latency, suite.Throughput, suite.LoadGen, suite.SingleStream, suite.MultiStream,
    suite.Offline, suite.Server, suite.Limits,
)  # fmt: skip


def literal(text: str) -> str:
    """Return text as RST: asterisks are not emphasis here."""
    return " ".join(text.split()).replace("*", "\\*")


def attributes(text: str) -> list[tuple[str, str]]:
    """Return name and meaning of what a docstring lists under Attributes."""
    block = textwrap.dedent(text.partition("Attributes:\n")[2])
    found = re.findall(r"^(\w+): (.*(?:\n(?: .*|$))*)", block, flags=re.MULTILINE)
    return [(name, literal(meaning)) for name, meaning in found]


def section(part: type) -> str:
    """Return the section of one type."""
    text = inspect.getdoc(part) or ""
    lead = text.partition("\n\nAttributes:")[0]
    names = {"source": "from"} if part is suite.Input else {}
    keys = [f"``{names.get(name, name)}``\n   {meaning}" for name, meaning in attributes(text)]
    intro = "\n\n".join(literal(paragraph) for paragraph in lead.split("\n\n"))
    title = part.__name__
    return "\n\n".join([f"{title}\n{'-' * len(title)}", intro, *keys])


def stages(title: str, known: dict[str, processing.Stage]) -> str:
    """Return the section of the pre-processing steps or the post-processings."""
    entries = []
    for name, stage in known.items():
        lead = (inspect.getdoc(stage.function) or "").partition("\n\n")[0]
        entries.append(f"``{name}``\n   {literal(lead)}")
    return "\n\n".join([f"{title}\n{'-' * len(title)}", *entries])


def page() -> str:
    """Return the whole page."""
    head = (
        ".. Written by tests/test_suite_keys.py from the types: change them, and write it anew.\n\n"
        "Keys of a suite\n===============\n\n"
        "Every key that a suite may have. In YAML a step is ``name`` or ``name: value``."
    )
    parts = [head, *(section(part) for part in PARTS)]
    parts.append(stages("Pre-processing steps", dict(processing.STEPS)))
    parts.append(stages("Post-processings", dict(processing.POSTPROCESSES)))
    return "\n\n".join(parts) + "\n"


def test_page_is_what_the_types_say() -> None:
    """The committed page is the one that the types give today."""
    assert PAGE.read_text(encoding="utf-8") == page(), f"write it anew: python {__file__}"


def test_every_key_is_documented() -> None:
    """No key of a suite is missing from its type's documentation."""
    for part in PARTS:
        documented = {name for name, _ in attributes(inspect.getdoc(part) or "")}
        fields = set(part.__annotations__)
        assert documented == fields or not documented, part


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
