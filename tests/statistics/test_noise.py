"""The noise floor, and what may be called a gain."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulation import OFFSETS, SCENARIOS, called_different

from benchfolio.statistics import Estimate, differs, noise_floor

LOGS = st.floats(-0.2, 0.2)


def gain(log: float, half: float | None = 0.005) -> Estimate:
    """Return a gain with an interval of so much on either side, logarithms."""
    low, high = (None, None) if half is None else (math.exp(log - half), math.exp(log + half))
    return Estimate(value=math.exp(log), low=low, high=high, method="", n=24)


def inverse(gain: Estimate) -> Estimate:
    """Return the gain of the inverse comparison."""
    assert gain.low is not None
    assert gain.high is not None
    return Estimate(1 / gain.value, 1 / gain.high, 1 / gain.low, gain.method, gain.n)


def test_no_twin() -> None:
    """Without a twin no floor is known."""
    assert noise_floor([]) == 0.0


def test_one_twin() -> None:
    """The floor of one twin is the further end of its interval."""
    assert noise_floor([gain(-0.002, 0.005)]) == pytest.approx(math.expm1(0.007))
    assert noise_floor([gain(-0.002, None)]) == pytest.approx(math.expm1(0.002))


def test_prediction() -> None:
    """Where twins differ by more than their intervals, Student's t of their spread is the floor."""
    twins = [gain(each, 0.0) for each in (0.01, -0.01, 0.01, -0.01)]
    assert noise_floor(twins) == pytest.approx(math.expm1(3.746947 * 0.01))


@given(st.lists(LOGS, max_size=8))
def test_no_twin_passes_its_own_floor(logs: list[float]) -> None:
    """No twin is further from one than the floor that follows from it, nor is its inverse."""
    twins = [gain(each) for each in logs]
    floor = noise_floor(twins)
    assert not any(differs(twin, floor) or differs(inverse(twin), floor) for twin in twins)
    assert noise_floor(map(inverse, twins)) == pytest.approx(floor)


@given(LOGS, st.floats(0, 0.1))
def test_differs_is_symmetrical(log: float, floor: float) -> None:
    """A gain differs just if its inverse does."""
    if abs(abs(log) - math.log1p(floor)) > 1e-9:
        assert differs(gain(log), floor) == differs(inverse(gain(log)), floor)


@pytest.mark.parametrize(
    ("log", "half", "floor", "wanted"),
    [
        (0.05, 0.01, 0.012, True),
        (-0.05, 0.01, 0.012, True),
        (0.05, 0.06, 0.012, False),
        (0.011, 0.001, 0.012, False),
        (-0.011, 0.001, 0.012, False),
        (0.5, None, 0.012, False),
        (0.001, 0.0005, 0.0, True),
    ],
)
def test_differs(log: float, half: float | None, floor: float, wanted: bool) -> None:
    """A gain differs where its interval excludes one and it is beyond the floor."""
    assert differs(gain(log, half), floor) is wanted


@pytest.mark.parametrize("twins", [4, 6, 8])
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("name", ["heavy tails, Student's t, 3 d.f.", "AR(1), ρ = 0.5"])
def test_alike_is_not_called_different(name: str, offset: float, twins: int) -> None:
    """Of 2,000 A/A comparisons at most 2 % are called different, by the floor of 4 to 8 twins."""
    assert called_different(SCENARIOS[name], twins, offset, 2000) <= 0.02
