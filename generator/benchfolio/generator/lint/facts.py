"""Public facts that rules hold results against: what occurs in results and can be looked up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

RELEASED: Mapping[tuple[str, str], date] = MappingProxyType(
    {
        ("tensorflow", "2.11.0"): date(2022, 11, 18),
        ("pytorch", "1.13.1"): date(2022, 12, 15),
        ("ipex", "1.13.0"): date(2022, 11, 11),
        ("onnxruntime", "1.13.1"): date(2022, 10, 24),
        ("mxnet", "1.9.1"): date(2022, 5, 17),
    }
)
"""(runtime, version without build tag) → the day its first wheel appeared on PyPI (``uv pip compile
--exclude-newer`` names it; looked up for tensorflow, torch, intel-extension-for-pytorch,
onnxruntime and mxnet)."""

CORES: Mapping[str, int] = MappingProxyType(
    {
        "Xeon Platinum 8380": 40,
        "Xeon Platinum 8358": 32,
    }
)
"""Part of a processor's name → physical cores per socket; only processors that findings rest on."""


def released(runtime: str, version: str) -> date | None:
    """Return when a version became public; the build tag after + does not count."""
    return RELEASED.get((runtime, version.partition("+")[0]))


def cores_per_socket(processor: str) -> int | None:
    """Return the cores of a named processor, if they are known."""
    plain = _plain(processor)
    return next((cores for part, cores in CORES.items() if part.casefold() in plain), None)


def sibling(processor: str, cores: int) -> str:
    """Return another processor of the family with so many cores; empty if none is known."""
    plain = _plain(processor)
    family = [part for part in CORES if part.rpartition(" ")[0].casefold() in plain]
    return next((part for part in family if CORES[part] == cores), "")


def _plain(name: str) -> str:
    for mark in ("®", "™", "(R)", "(TM)"):
        name = name.replace(mark, "")
    return " ".join(name.split()).casefold()
