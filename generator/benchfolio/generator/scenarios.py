"""Scenarios of ours, and those of MLPerf LoadGen, which follow other rules."""

from __future__ import annotations

from benchfolio.results import Scenario

OURS = tuple(one.value for one in (Scenario.ACCURACY, Scenario.LATENCY, Scenario.THROUGHPUT))
"""Measured by benchfolio itself. Nothing is ever compared across the two lists."""

LOADGEN = tuple(one.value for one in Scenario if one.value not in OURS)
"""Measured by MLPerf LoadGen and by its rules."""
