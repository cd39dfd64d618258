"""Inference engines, one file each; an engine's package is imported when it is asked for."""

from __future__ import annotations

import importlib
import importlib.metadata
from types import MappingProxyType

from benchfolio.results import MissingEnvironment, Problem, WrongUsage
from benchfolio.runner.engines.base import Engine

ENGINES = MappingProxyType({"openvino": "openvino", "onnxruntime": "onnxruntime"})
"""Runtime id in a suite → distribution it needs; the module is of the runtime's name."""


def find(name: str) -> Engine:
    """Return an engine by its runtime id.

    Raises:
        WrongUsage: There is no such engine.
        MissingEnvironment: Its package is not installed.
    """
    if name not in ENGINES:
        raise WrongUsage(
            Problem(
                where="",
                what="no such runtime",
                expected=f"one of {', '.join(ENGINES)}",
                got=repr(name),
                remedy="correct the runtime's id in the suite",
            )
        )
    try:
        module = importlib.import_module(f"benchfolio.runner.engines.{name}")
        engine = module.load_engine()
    except ModuleNotFoundError as error:
        raise MissingEnvironment(missing(name)) from error
    assert hasattr(engine, "load")
    return engine  # type: ignore[no-any-return]


def version(name: str) -> str | None:
    """Return the installed version of an engine without importing it; ``None`` when absent."""
    try:
        return importlib.metadata.version(ENGINES[name])
    except importlib.metadata.PackageNotFoundError:
        # GPU builds of ONNX Runtime are distributions of their own with the same module.
        for variant in ("gpu", "openvino", "directml"):
            try:
                return importlib.metadata.version(f"{ENGINES[name]}-{variant}")
            except importlib.metadata.PackageNotFoundError:
                continue
    return None


def missing(name: str) -> Problem:
    """Return the problem of an engine that is not installed."""
    return Problem(
        where=name,
        what="this engine is not installed",
        expected=f"the package {ENGINES.get(name, name)}",
        got="nothing of that name",
        remedy=f"pip install 'benchfolio[{name}]'",
    )
