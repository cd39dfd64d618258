"""What rows, columns, filters and values of a table may name."""

from __future__ import annotations

from collections.abc import Mapping

CELL_FIELDS = (
    "platform",
    "release",
    "task",
    "model",
    "dataset",
    "form",
    "scenario",
    "precision",
    "recipe",
    "method",
    "runtime",
    "runtime_version",
    "device",
    "batch",
    "shape",
    "load",
    "format",
    "artefact",
    "origin",
    "state",
    "reason",
    "note",
    "command",
    "date",
    "publication",
    "evidence",
    "compared",
    "ratio",
    "pattern",
    "criterion",
    "balance",
    "comment",
    "teacher",
    "distributed",
)
"""Fields of a measured cell that rows, columns, filters and values may name."""

ROW_FIELDS = (*CELL_FIELDS, "metric")

ENTITY_FIELDS: Mapping[str, tuple[str, ...]] = {
    "models": (
        "model",
        "id",
        "task",
        "source",
        "link",
        "license",
        "input_size",
        "parameters",
        "description",
        "publication",
        "cells",
    ),
    "platforms": (
        "platform",
        "id",
        "processor",
        "vendor",
        "architecture",
        "isa",
        "sockets",
        "cores",
        "threads",
        "memory",
        "accelerators",
        "os",
        "release",
        "software",
    ),
    "datasets": ("dataset", "id", "split", "samples", "sha256", "license", "link"),
    "losses": (
        "task",
        "precision",
        "measured_median",
        "measured_worst",
        "measured_n",
        "transcribed_median",
        "transcribed_worst",
        "transcribed_n",
    ),
    "publications": (
        "publication",
        "release",
        "models",
        "platforms",
        "figures",
        "tested",
        "link",
    ),
}
"""Fields of the tables that list what is described, not what was measured."""
