"""Conversions into the registry's units."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchfolio.importers.reports.units import (
    RATE,
    SIZE,
    TIME,
    latencies,
    qualified,
    scaled,
    supports,
    units_of,
)
from benchfolio.results import METRICS, BadInput, Direction
from benchfolio.statistics import needed


@settings(deadline=None)
@given(st.integers(0, 10**9))
def test_a_decimal_is_converted_to_the_decimal_that_is_meant(digits: int) -> None:
    """Seconds with six decimals are the milliseconds with three that a person writes."""
    seconds, milliseconds = float(f"{digits}e-6"), float(f"{digits}e-3")
    assert scaled(seconds, TIME["s"], "x") == milliseconds


def test_a_product_that_is_no_number_is_refused() -> None:
    """1e308 seconds are no finite number of milliseconds."""
    with pytest.raises(BadInput):
        scaled(1e308, TIME["s"], "x")


def test_sizes_without_an_i_are_of_ten() -> None:
    """MB and GB are powers of 1000, MiB and GiB of 1024."""
    assert SIZE["MB"] == Fraction(10**6, 2**20)
    assert SIZE["GiB"] == 1024
    assert RATE["images/s"] == RATE["FPS"] == 1


def test_units_that_can_be_converted_are_those_of_the_registry() -> None:
    """Each unit of the registry converts at least from itself, by 1."""
    assert all(units_of(metric.unit)[metric.unit] == 1 for metric in METRICS.values())
    assert units_of("furlong") == {"furlong": 1}


@pytest.mark.parametrize("percent", [50.0, 90.0, 95.0, 99.0, 99.9])
def test_percentiles_are_supported_as_in_statistics(percent: float) -> None:
    """The rule is that of benchfolio.statistics, which importers do not know."""
    assert supports(needed(percent), percent)
    assert not supports(needed(percent) - 1, percent)


@settings(deadline=None)
@given(st.lists(st.floats(1e-9, 1e6), min_size=1, max_size=300))
def test_percentiles_are_ordered_and_within_the_times(times: list[float]) -> None:
    """Median, p90 and beyond are ordered, between the least and the greatest time."""
    found = latencies(times, TIME["s"], "d", "x")
    values = [value.value for value in found.values()]
    assert values == sorted(values)
    assert min(times) * 1000 <= values[0] * (1 + 1e-12)
    assert values[-1] <= max(times) * 1000 * (1 + 1e-12)
    assert all(value.n == len(times) for value in found.values())
    assert ("latency@p90" in found) == (len(times) >= 44)


def test_a_qualified_metric_is_as_its_family() -> None:
    """The latency of a phase has the unit and the direction of any latency."""
    metric = qualified("latency@prefill", "prefill latency", "d")
    assert (metric.unit, metric.direction, metric.label) == (
        "ms",
        Direction.LOWER,
        "prefill latency",
    )
    assert math.isclose(latencies([1.0], TIME["ms"], "d", "x")["latency@median"].value, 1.0)
