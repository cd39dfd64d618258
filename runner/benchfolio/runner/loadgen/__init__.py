"""MLPerf LoadGen as the one that issues the queries, keeps the clock and judges the result.

``answering`` is the system under test, ``rules`` what is asked of LoadGen, ``summary`` what it says
afterwards, ``testing`` brings them together. LoadGen is optional: its package is imported when it
is asked for.
"""

from __future__ import annotations

import importlib
import importlib.metadata

from benchfolio.results import MissingEnvironment, Problem
from benchfolio.runner.engines.base import Untyped

PACKAGE = "mlcommons-loadgen"
REMEDY = "pip install 'benchfolio[loadgen]'"


def version() -> str | None:
    """Return the installed version of LoadGen without importing it; ``None`` when absent."""
    try:
        return importlib.metadata.version(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None


def find() -> Untyped:
    """Return LoadGen's module.

    Raises:
        MissingEnvironment: Its package is not installed.
    """
    try:
        return importlib.import_module("mlperf_loadgen")
    except ModuleNotFoundError as error:
        raise MissingEnvironment(
            Problem(
                where="MLPerf LoadGen",
                what="this load generator is not installed",
                expected=f"the package {PACKAGE}",
                got="nothing of that name",
                remedy=REMEDY,
            )
        ) from error
