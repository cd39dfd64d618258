"""Figures in the units of the metric registry, and metrics that qualify a registered one.

Conversions are exact: a figure counts as the decimal that it is printed as, factors are fractions,
and the product is rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import msgspec

from benchfolio.importers.reports.parsing import problem
from benchfolio.results import METRICS, BadInput, Metric, Value

ONE = Fraction(1)

TIME: Mapping[str, Fraction] = MappingProxyType(
    {
        "s": Fraction(1000),
        "sec": Fraction(1000),
        "ms": ONE,
        "msec": ONE,
        "us": Fraction(1, 1000),
        "µs": Fraction(1, 1000),
        "μs": Fraction(1, 1000),
        "usec": Fraction(1, 1000),
        "ns": Fraction(1, 10**6),
        "nsec": Fraction(1, 10**6),
    }
)
"""Units of time → milliseconds."""

SIZE: Mapping[str, Fraction] = MappingProxyType(
    {
        "B": Fraction(1, 2**20),
        "KB": Fraction(10**3, 2**20),
        "kB": Fraction(10**3, 2**20),
        "KiB": Fraction(2**10, 2**20),
        "MB": Fraction(10**6, 2**20),
        "MiB": ONE,
        "GB": Fraction(10**9, 2**20),
        "GiB": Fraction(2**10),
    }
)
"""Units of size → MiB; those without an i are powers of 1000."""

RATE: Mapping[str, Fraction] = MappingProxyType(
    {
        **dict.fromkeys(("1/s", "FPS", "fps", "QPS", "qps"), ONE),
        **dict.fromkeys(
            (
                f"{thing}/{time}"
                for thing in ("samples", "images", "frames", "tokens", "tok", "ops", "iter")
                for time in ("s", "sec")
            ),
            ONE,
        ),
    }
)
"""Units of throughput → 1/s."""

_SHARE: Mapping[str, Fraction] = MappingProxyType({"%": ONE, "fraction": Fraction(100)})
_PLAIN: Mapping[str, Fraction] = MappingProxyType({"1": ONE, "": ONE})
_BY_UNIT: Mapping[str, Mapping[str, Fraction]] = MappingProxyType(
    {"ms": TIME, "MiB": SIZE, "1/s": RATE, "%": _SHARE, "1": _PLAIN}
)
_FAMILIES: Mapping[str, Metric] = MappingProxyType(
    {
        "latency": METRICS["latency@median"],
        "throughput": METRICS["throughput"],
        "memory": METRICS["memory@peak"],
    }
)
_PERCENTILES = (("p90", 90.0), ("p95", 95.0), ("p99", 99.0), ("p99.9", 99.9))
_SUPPORT = 0.99


def units_of(canonical: str) -> Mapping[str, Fraction]:
    """Return the units that can be converted into a unit of the registry, with their factors."""
    return _BY_UNIT.get(canonical, {canonical: ONE})


def scaled(figure: float, factor: Fraction, where: str) -> float:
    """Return a finite figure times a factor, rounded once.

    Raises:
        BadInput: The product is no finite number.
    """
    return _rounded(_exact(figure) * factor, where)


def _exact(figure: float) -> Fraction:
    """Return a figure as the shortest decimal that it is printed as."""
    return Fraction(Decimal(repr(figure)))


def _rounded(exact: Fraction, where: str) -> float:
    try:
        return float(exact)
    except OverflowError as error:
        got = f"{exact.numerator.bit_length()} bits"
        raise BadInput(problem(where, "not a figure", "a finite number", got)) from error


def qualified(metric: str, label: str, definition: str) -> Metric:
    """Return the definition of a metric ``family@qualifier`` that the registry does not list.

    A latency of whatever is a latency: unit, direction and kind are the family's.

    Args:
        metric: Of the family latency, throughput or memory.
        label: As a reader knows it.
        definition: What exactly is computed.
    """
    family = _FAMILIES[metric.partition("@")[0]]
    return msgspec.structs.replace(family, label=label, definition=definition)


def supports(n: int, percent: float) -> bool:
    """Tell whether n requests support a percentile: 1 − (p/100)ⁿ ≥ 99 %.

    The rule of ``benchfolio.statistics``, which importers do not know: 44 requests for p90,
    459 for p99.
    """
    return n >= math.ceil(math.log(1 - _SUPPORT) / math.log(percent / 100))


def latencies(
    times: Sequence[float], factor: Fraction, definition: str, where: str
) -> dict[str, Value]:
    """Return the median with its spread, and the percentiles that so many times support.

    Args:
        times: Time of each request, at least one, in any order.
        factor: Their unit in milliseconds.
        definition: Whose times they are.
        where: Where they stand, for errors.
    """
    ordered = sorted(times)
    n = len(ordered)
    middle = (_exact(ordered[(n - 1) // 2]) + _exact(ordered[n // 2])) / 2
    spread = _exact(_rank(ordered, 75)) - _exact(_rank(ordered, 25))
    found = {
        "latency@median": Value(
            value=_rounded(middle * factor, where),
            unit="ms",
            n=n,
            spread=_rounded(spread * factor, where) if n > 1 else None,
            definition=definition,
        )
    }
    for name, percent in _PERCENTILES:
        if supports(n, percent):
            value = scaled(_rank(ordered, percent), factor, where)
            found[f"latency@{name}"] = Value(value=value, unit="ms", n=n, definition=definition)
    return found


def _rank(ordered: Sequence[float], percent: float) -> float:
    """Return the ⌈n·p/100⌉-th smallest."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
