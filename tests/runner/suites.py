"""A suite of tiny models for tests: a folder with models, data and a suite file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from runner import models

BOTH = """
  fp32: {precision: FP32, method: original}
  nncf-int8:
    precision: INT8
    quantiser: nncf
    method: ptq
    options: {subset_size: 16}
    runtimes: [openvino]
  ort-qdq:
    precision: INT8
    quantiser: onnxruntime
    method: ptq
    runtimes: [onnxruntime]
"""

FP32 = """
  fp32: {precision: FP32, method: original}
"""

ONE_MODEL = """
  tiny:
    name: Tiny
    task: image-classification
    path: tiny.onnx
    dataset: scenes
    inputs: {image: pixels}
    postprocess: argmax
    metrics: [accuracy@top1]
"""

QUICK = "{target_percent: 50, time_limit: 0.4, block_seconds: 0.005, warmup_seconds: 0}"
"""A race that is over in a moment: nobody looks at how exact its figures are."""


def write(
    folder: Path,
    *,
    variants: str = FP32,
    models_text: str = ONE_MODEL,
    runtimes: str = "{openvino: {devices: [CPU]}, onnxruntime: {devices: [CPU]}}",
    limits: str = "{cell_seconds: 60, prepare_seconds: 120}",
    scenarios: str = f"{{accuracy: {{}}, latency: {QUICK}, throughput: {QUICK}}}",
) -> Path:
    """Write model, data and suite; return the suite file."""
    folder.mkdir(parents=True, exist_ok=True)
    models.conv_net(folder / "tiny.onnx")
    images = models.images(40)
    labels = np.arange(40) % 10
    np.savez(folder / "test.npz", pixels=images[:24, ...], labels=labels[:24])
    np.savez(folder / "calibration.npz", pixels=images[24:, ...], labels=labels[24:])
    path = folder / "suite.yaml"
    path.write_text(
        f"""suite: tiny
datasets:
  scenes:
    name: Scenes
    kind: npz
    path: test.npz
    inputs: pixels
    targets: labels
    calibration: {{path: calibration.npz}}
models:{models_text}
variants:{variants}
runtimes: {runtimes}
scenarios: {scenarios}
limits: {limits}
""",
        encoding="utf-8",
    )
    return path
