"""The anchor of a cell: what links to a published figure end in."""

from __future__ import annotations

import hashlib

from hypothesis import given
from results.strategies import result_files

from benchfolio.results import (
    Cell,
    Load,
    Precision,
    ResultFile,
    Scenario,
    State,
    cell_anchor,
    cell_key,
)

CELL = Cell(
    model="tiny",
    scenario=Scenario.LATENCY,
    precision=Precision.INT8,
    recipe="ptq",
    runtime="openvino",
    runtime_version="2026.0.0",
    device="CPU",
    dataset="scenes",
    shape="image=1x1x8x8",
    load=Load(cores_per_instance=4, sockets=1),
    state=State.PENDING,
)


def test_an_anchor_never_changes() -> None:
    """Links that people have kept lead to the same cell in every later version."""
    assert cell_anchor("2026.1", "lab-xeon", CELL) == "c-ae29357d87fc"


@given(result_files())
def test_an_anchor_is_of_one_cell(file: ResultFile) -> None:
    """Each cell of a file has its own, and another release or platform gives another."""
    cells = [cell_anchor(file.release, file.platform.id, cell) for cell in file.cells]
    assert len(set(cells)) == len(file.cells)
    for cell in file.cells:
        others = {
            cell_anchor(f"{file.release}-2", file.platform.id, cell),
            cell_anchor(file.release, f"{file.platform.id}-2", cell),
        }
        assert cell_anchor(file.release, file.platform.id, cell) not in others


def test_an_anchor_is_a_hash_of_the_whole_key() -> None:
    """It is the first twelve digits of the SHA-256 of release, platform and key, line by line."""
    text = "\n".join(["r", "p", *cell_key(CELL)])
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert cell_anchor("r", "p", CELL) == f"c-{digest[:12]}"
