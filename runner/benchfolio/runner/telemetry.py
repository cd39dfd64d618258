"""Nothing is told to anybody: the switches that keep other packages' telemetry silent."""

from __future__ import annotations

import sys


def forbid() -> None:
    """Keep OpenVINO and NNCF from loading their telemetry package in this process.

    NNCF falls back to a stub when ``openvino_telemetry`` cannot be imported. ``import openvino``
    would send an event by way of its converter, unless a consent file in the user's home forbids
    it, and that file is the user's, not ours to write; it does without the converter, which is
    nothing we need, and loads a tenth of a second sooner. ONNX Runtime has a function for the same
    purpose, which its engine calls.
    """
    for name in ("openvino_telemetry", "openvino.tools.ovc"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type] # None: not to be imported
