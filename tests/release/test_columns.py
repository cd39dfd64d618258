"""Comparing whole columns gives what comparing one cell after the other gives."""

from __future__ import annotations

import math

import msgspec
import pytest
from release.made import NOW, OLD, mixed
from release.onebyone import changes_one_by_one

from benchfolio.generator.changes import CellChange, compared
from benchfolio.generator.comparison import KINDS

_NUMBERS = ("value", "low", "high", "floor", "size")


@pytest.mark.parametrize("seed", range(12))
def test_columns_equal_single_cells(seed: int) -> None:
    """Matching, metric, judgement, reason, order and what else changed are the same for each."""
    collection = mixed(seed)
    ours, plain = compared(collection, OLD, NOW), changes_one_by_one(collection, OLD, NOW)
    assert len(ours) == len(plain.cells)
    assert tuple(ours.machines()) == plain.machines
    for mine, theirs in zip(ours.cells(), plain.cells, strict=True):
        assert _bare(mine) == _bare(theirs)
        for name in _NUMBERS:
            one, other = getattr(mine.change, name), getattr(theirs.change, name)
            assert (one is None) == (other is None)
            assert one is None or math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-15)


@pytest.mark.parametrize("seed", range(0, 12, 3))
def test_counts_and_parts_are_those_of_single_cells(seed: int) -> None:
    """Counting and taking columns gives what counting and taking cells one by one gives."""
    ours = compared(mixed(seed), OLD, NOW)
    cells = list(ours.cells())
    platforms = {cell.key["platform"] for cell in cells}
    assert set(ours.counts) == platforms
    for kind in KINDS:
        same = [cell for cell in cells if cell.change.kind == kind]
        assert ours.count(kind) == len(same)
        assert [_bare(cell) for cell in ours.of((kind,)).cells()] == [_bare(cell) for cell in same]
        for platform in platforms:
            there = [cell for cell in same if cell.key["platform"] == platform]
            assert ours.count(kind, platform) == len(there)
    assert ours.count(KINDS[0], "nowhere") == 0


def test_the_releases_hold_everything() -> None:
    """What the comparison above is made for occurs in it: each kind, and each reason."""
    found = [cell for seed in range(12) for cell in compared(mixed(seed), OLD, NOW).cells()]
    assert {cell.change.kind for cell in found} == set(KINDS)
    reasons = " ".join({cell.change.reason for cell in found})
    for word in (
        "several versions",
        "not planned",
        "not measured for",
        "in both",
        "it had a value",
        "another processor",
        "other content",
        "in other before",
        "another definition",
        "samples before",
        "too busy before",
        "too busy now",
        "two positive",
        "neither an interval",
        "includes 1",
        "includes 0",
        "noise floor",
        "same value",
        "no interval",
    ):
        assert word in reasons, word
    assert any("paired" in cell.change.method for cell in found)
    assert any("bootstrap" in cell.change.method for cell in found)


def _bare(cell: CellChange) -> CellChange:
    change = msgspec.structs.replace(cell.change, **dict.fromkeys(_NUMBERS))
    return msgspec.structs.replace(cell, change=change)
