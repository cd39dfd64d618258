"""The documentation page of every rule, made of its function's documentation and an example.

``python tests/generator/lint/pages.py`` (from the root) writes them anew.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "site" / "rules"

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from generator.lint.made import DAY, EXAMPLES, MUTES, PROBLEMS  # noqa: E402

from benchfolio.generator.lint import RULES, Finding, Rule, examine  # noqa: E402
from benchfolio.generator.lint.mutes import NEVER  # noqa: E402
from benchfolio.generator.lint.report import to_text  # noqa: E402

INTRODUCTION = """\
.. Written by tests/generator/lint/pages.py: change the rules, or their documentation in the code.

Rules
=====

``benchfolio check`` holds result files against these rules. An error fails the check, a warning
only under ``--strict``, a note never. ``benchfolio check --explain RULE`` says what stands here.

Mute one finding
----------------

A finding that is harmless is muted in a file ``mutes.yaml`` beside the results, with the reason:

.. code-block:: yaml

   - rule: platform
     where: "2026.2/arm-board.json: *"
     reason: the board has no VNNI; the loss is real and explained on the page
     until: 2027-03-01

``where`` is the place as ``--format json`` gives it, with table, row and name; ``*`` stands for
anything, so ``"*, row 6 (*"`` is row 6 of every table. After ``until``, which may be left out, the
finding is back. An entry without a reason, for a rule that does not exist, or that mutes nothing is
a finding itself. Muted findings are counted, and ``--show-muted`` lists them.
"""


def example(rule: str) -> tuple[Finding, ...]:
    """Return what a rule finds in its example."""
    return examine(
        EXAMPLES[rule](),
        PROBLEMS.get(rule, ()),
        rules={rule: RULES[rule]},
        mutes=MUTES.get(rule, ()),
        today=DAY,
    )


def report(findings: Sequence[Finding]) -> str:
    """Return the report of an example as a person sees it, without the closing count."""
    return to_text(findings, 1, RULES).rstrip("\n").rpartition("\n")[0].strip("\n")


def rule_page(rule: Rule) -> str:
    """Return the page of a rule."""
    title = rule.name
    found = example(rule.name)
    literal = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", rule.more)
    parts = [
        f"{title}\n{'=' * len(title)}",
        f"{rule.severity.capitalize()}. {rule.doc}",
        _paragraphs(literal),
        "Example\n-------",
        f".. code-block:: text\n\n{textwrap.indent(report(found), '   ')}",
        "Mute it\n-------",
        _muting(rule.name, found[0].problem.where if found else ""),
    ]
    return "\n\n".join(parts) + "\n"


def _muting(rule: str, where: str) -> str:
    if rule in NEVER:
        return "This rule cannot be muted."
    # A place in double quotes, as YAML wants it.
    quoted = '"' + where.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return (
        ":doc:`With a reason <index>`, in ``mutes.yaml``:\n\n"
        f".. code-block:: yaml\n\n   - rule: {rule}\n     where: {quoted}\n"
        "     reason: why it is harmless"
    )


def _paragraphs(more: str) -> str:
    return re.sub(r"^(Why|Do): ", r"**\1:** ", more, flags=re.MULTILINE)


def index_page() -> str:
    """Return the list of all rules."""
    groups = []
    for severity in ("error", "warning", "note"):
        rules = [rule for rule in RULES.values() if rule.severity.value == severity]
        title = f"{severity.capitalize()}s"
        lines = [f":doc:`{rule.name}`\n   {rule.doc}" for rule in rules]
        groups.append(f"{title}\n{'-' * len(title)}\n\n" + "\n\n".join(lines) + "\n")
    names = "\n".join(f"   {name}" for name in RULES)
    tree = f".. toctree::\n   :hidden:\n\n{names}\n"
    return "\n".join([INTRODUCTION, *groups, tree])


def pages() -> dict[str, str]:
    """Return all pages by file name."""
    found = {f"{rule.name}.rst": rule_page(rule) for rule in RULES.values()}
    return {"index.rst": index_page()} | found


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
