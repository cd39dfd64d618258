"""What the package ``benchfolio.results`` gives: one list of names, told three ways."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

from benchfolio import results


def imported_for_mypy() -> dict[str, str]:
    """Return name → module, as type checkers see the package."""
    tree = ast.parse(Path(str(results.__file__)).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.name: str(node.module).removeprefix("benchfolio.results.")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_names_are_those_that_type_checkers_see() -> None:
    """Name by name, what is imported lazily comes from the module that mypy takes it from."""
    lazily = {name: module for module, names in results._MODULES.items() for name in names}
    assert lazily == imported_for_mypy()
    assert sorted(lazily) == sorted(results.__all__)
    for name, module in lazily.items():
        assert getattr(results, name) is getattr(
            import_module(f"benchfolio.results.{module}"), name
        )
