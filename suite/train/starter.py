"""Make the model and the data of the starter project that ``benchfolio init`` writes.

A small multilayer perceptron on scikit-learn's 8x8 handwritten digits, so that a new project
measures something real from its first minute. Needs scikit-learn and onnx, no PyTorch.

Usage: ``python suite/train/starter.py [OUT]``; OUT is ``templates/starter`` when left out.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

SEED = 20
HIDDEN = (256, 128)


def to_onnx(model: MLPClassifier) -> onnx.ModelProto:
    """Return the fitted perceptron as ONNX: ``image`` float32 [batch, 64] to ``logits``."""
    nodes, weights = [], []
    value = "image"
    last = len(model.coefs_) - 1
    for index, (matrix, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        weights.append(numpy_helper.from_array(matrix.astype(np.float32), f"weight{index}"))
        weights.append(numpy_helper.from_array(bias.astype(np.float32), f"bias{index}"))
        output = "logits" if index == last else f"hidden{index}"
        nodes.append(helper.make_node("Gemm", [value, f"weight{index}", f"bias{index}"], [output]))
        if index != last:
            nodes.append(helper.make_node("Relu", [output], [f"relu{index}"]))
            value = f"relu{index}"
    graph = helper.make_graph(
        nodes,
        "digits-mlp",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 64])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])],
        weights,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(made, full_check=True)
    return made


def main(out: Path) -> None:
    """Write ``models/digits-mlp.onnx``, ``data/test.npz`` and ``data/calibration.npz``."""
    images, labels = load_digits(return_X_y=True)
    images = images.astype(np.uint8)
    train, test, train_labels, test_labels = train_test_split(
        images, labels, test_size=500, random_state=SEED, stratify=labels
    )
    model = MLPClassifier(HIDDEN, random_state=SEED, max_iter=200).fit(train / 16.0, train_labels)
    (out / "models").mkdir(parents=True, exist_ok=True)
    (out / "data").mkdir(parents=True, exist_ok=True)
    onnx.save(to_onnx(model), out / "models" / "digits-mlp.onnx")
    np.savez_compressed(out / "data" / "test.npz", images=test, labels=test_labels)
    np.savez_compressed(
        out / "data" / "calibration.npz", images=train[:200], labels=train_labels[:200]
    )
    print(  # noqa: T201 - what a person runs it for
        f"accuracy on {len(test)} test images: {model.score(test / 16.0, test_labels):.4f}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("templates/starter"))
